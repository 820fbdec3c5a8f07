"""What goes in comes out again, by every way that a value has: documents, paths, receipts, errors."""

import contextlib
import copy
import datetime as dt
import inspect
import json
import pickle
import re
import string
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appassign import (
    AppAssignError,
    AssignReceipt,
    GroupAssignmentTarget,
    InstallIntent,
    InvalidInputError,
    MobileAppAssignment,
    MobileAppGroupAssignment,
    MobileAppPath,
    assign,
    exceptions,
)
from documents import documents, exactly, is_assignment, json_values, near_documents, strictly
from servers import AnsweringServer

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


def copies(value: Any) -> list[Any]:
    pickled = [pickle.loads(pickle.dumps(value, protocol)) for protocol in PROTOCOLS]
    return [*pickled, copy.copy(value), copy.deepcopy(value)]


@given(documents)
def test_what_from_dict_accepts_every_way_gives_back(document: dict[str, Any]) -> None:
    value = MobileAppGroupAssignment.from_dict(document)
    ways = [
        MobileAppGroupAssignment.from_dict(value.to_dict()),
        MobileAppGroupAssignment.from_json(value.to_json()),
        MobileAppGroupAssignment.from_json(value.to_json().encode()),
        eval(repr(value)),
        *copies(value),
    ]
    for again in [value, *ways]:
        assert exactly(again.to_dict()) == exactly(document)
        assert exactly(json.loads(again.to_json())) == exactly(document)
        assert again == value
        assert hash(again) == hash(value)
        assert repr(again) == repr(value)


@given(st.text(min_size=1), st.sampled_from(list(InstallIntent)), st.none() | st.text(min_size=1))
def test_what_is_constructed_survives_every_way_round(group: str, intent: InstallIntent, vpn: str | None) -> None:
    value = MobileAppGroupAssignment(target_group_id=group, install_intent=intent, vpn_configuration_id=vpn)
    assert (value.target_group_id, value.install_intent, value.vpn_configuration_id) == (group, intent, vpn)
    ways = [
        MobileAppGroupAssignment.from_dict(value.to_dict()),
        MobileAppGroupAssignment.from_json(value.to_json()),
        MobileAppGroupAssignment(
            target_group_id="x", install_intent="available", vpn_configuration_id="y", id="z"
        ).replace(target_group_id=group, install_intent=intent, vpn_configuration_id=vpn, id=None),
        eval(repr(value)),
        *copies(value),
    ]
    for again in ways:
        assert again == value
        assert hash(again) == hash(value)
        assert again.to_json() == value.to_json()


@given(near_documents)
def test_from_dict_refuses_nothing_but_what_lacks_or_mistypes_a_property(document: dict[str, Any]) -> None:
    if is_assignment(document):
        assert exactly(MobileAppGroupAssignment.from_dict(document).to_dict()) == exactly(document)
    else:
        with pytest.raises(InvalidInputError):
            MobileAppGroupAssignment.from_dict(document)


@given(
    document=documents | near_documents | json_values,
    is_ascii=st.booleans(),
    indent=st.none() | st.sampled_from(["", " ", "\t"]),
    separators=st.sampled_from([(",", ":"), (" , ", " : "), (",\n", "\t:\r\n")]),
)
def test_from_json_reads_a_document_however_it_is_spelled(
    *, document: object, is_ascii: bool, indent: str | None, separators: tuple[str, str]
) -> None:
    text = json.dumps(document, ensure_ascii=is_ascii, indent=indent, separators=separators)
    if is_assignment(document):
        value = MobileAppGroupAssignment.from_dict(document)  # type: ignore[arg-type]
        for again in (MobileAppGroupAssignment.from_json(text), MobileAppGroupAssignment.from_json(text.encode())):
            assert again == value
            assert exactly(again.to_dict()) == exactly(document)
    else:
        with pytest.raises(InvalidInputError):
            MobileAppGroupAssignment.from_json(text)


@st.composite
def damaged_texts(draw: st.DrawFn) -> str:
    text = json.dumps(draw(documents), ensure_ascii=draw(st.booleans()))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = start + draw(st.integers(0, 3))
        pieces = [
            "",
            text[start:end] * 2,
            ",",
            ":",
            '"',
            "\\",
            "{",
            "[",
            "0",
            "-",
            ".",
            "e9",
            "NaN",
            '"id":1,',
            "\\ud800",
        ]
        text = text[:start] + draw(st.sampled_from(pieces) | st.text(max_size=2)) + text[end:]
    return text


@given(damaged_texts())
@settings(max_examples=300)
def test_from_json_and_pythons_parser_agree_on_what_strict_json_is(text: str) -> None:
    expected: object = None
    with contextlib.suppress(ValueError):
        expected = strictly(text)
    if is_assignment(expected):
        value = MobileAppGroupAssignment.from_json(text)
        assert exactly(value.to_dict()) == exactly(expected)
        assert eval(repr(value)) == value
    else:
        with pytest.raises(InvalidInputError):
            MobileAppGroupAssignment.from_json(text)


ids = st.text(string.ascii_letters + string.digits + "._~-", min_size=1, max_size=256).filter(
    lambda key: key not in {".", ".."}
)
NAVIGATIONS = {
    "userStatuses": MobileAppPath.user_status,
    "deviceStatuses": MobileAppPath.device_status,
    "groupAssignments": MobileAppPath.group_assignment,
}
paths = st.builds(MobileAppPath, ids) | st.builds(
    lambda app, navigate, key: navigate(MobileAppPath(app), key), ids, st.sampled_from(list(NAVIGATIONS.values())), ids
)


@given(paths, paths)
def test_a_path_survives_every_way_round(path: MobileAppPath, other: MobileAppPath) -> None:
    match path.path.split("/"):
        case ["deviceAppManagement", "mobileApps", app, "assign"]:
            read = MobileAppPath(app)
        case ["deviceAppManagement", "mobileApps", app, segment, key, "app", "assign"]:
            read = NAVIGATIONS[segment](MobileAppPath(app), key)
    for again in [read, eval(repr(path)), *copies(path)]:
        assert again == path
        assert hash(again) == hash(path)
        assert (again.path, repr(again)) == (path.path, repr(path))
    assert (path == other) == (path.path == other.path)


@given(ids | st.text(max_size=4) | st.builds(lambda key, char: key + char, ids, st.characters()))
def test_an_id_is_taken_as_it_is_or_refused(key: str) -> None:
    if re.fullmatch(r"[A-Za-z0-9._~-]{1,256}", key) and key not in {".", ".."}:
        assert MobileAppPath(key).path == f"deviceAppManagement/mobileApps/{key}/assign"
    else:
        with pytest.raises(InvalidInputError) as refusal:
            MobileAppPath(key)
        assert refusal.value.location == "mobile_app_id"


RECEIPT = ("status", "request_id", "client_request_id", "date", "attempts", "elapsed")


def survives(receipt: AssignReceipt) -> None:
    for again in copies(receipt):
        assert again == receipt
        assert hash(again) == hash(receipt)
        assert repr(again) == repr(receipt)
        assert [getattr(again, name) for name in RECEIPT] == [getattr(receipt, name) for name in RECEIPT]


# A call may take a year at most, and a service dates its answers in the years 1 to 9998.
FIRST, END = (int(dt.datetime(year, 1, 1, tzinfo=dt.UTC).timestamp()) for year in (1, 9999))


@given(
    st.integers(200, 204),
    st.none() | st.text(),
    st.uuids().map(str),
    st.none() | st.integers(FIRST, END - 1),
    st.integers(1, 2**32 - 1),
    st.floats(0, 31_536_000),
)
def test_a_receipt_pickles_whatever_it_says(
    status: int, request_id: str | None, key: str, second: int | None, attempts: int, elapsed: float
) -> None:
    receipt = AssignReceipt._restore(status, request_id, key, second, attempts, elapsed)  # type: ignore[attr-defined]
    date = None if second is None else dt.datetime.fromtimestamp(second, dt.UTC)
    assert [getattr(receipt, name) for name in RECEIPT[:-1]] == [status, request_id, key, date, attempts]
    assert receipt.elapsed == pytest.approx(elapsed, abs=1e-8)
    survives(receipt)


@given(st.text(string.ascii_letters + string.punctuation + " ", max_size=300).map(str.strip))
@settings(max_examples=20)
def test_the_receipt_of_a_call_pickles_whatever_the_service_calls_it(request_id: str) -> None:
    sales = MobileAppGroupAssignment(target_group_id="G", install_intent="required")
    with AnsweringServer(200, headers={"request-id": request_id}) as server:
        receipt = assign("A", [sales], credential="CANARY", base_url=server.url)
    said = request_id.replace("CANARY", "<token>")
    assert receipt.request_id == (said if len(said) <= 256 else f"{said[:256]}…")
    survives(receipt)


CLASSES = [value for value in vars(exceptions).values() if inspect.isclass(value) and issubclass(value, AppAssignError)]
COMPARED = st.lists(
    st.uuids().map(
        lambda group: MobileAppAssignment(target=GroupAssignmentTarget(str(group)), intent=InstallIntent.REQUIRED)
    ),
    max_size=2,
).map(tuple)
ATTRIBUTES: dict[str, st.SearchStrategy[Any]] = {
    "outcome": st.sampled_from(["not_sent", "not_applied", "applied", "unknown"]),
    "attempts": st.integers(0, 2**32 - 1),
    "elapsed": st.floats(0, 31_536_000),
    "client_request_id": st.none() | st.uuids().map(str),
    "hint": st.none() | st.text(),
    "location": st.none() | st.text(),
    "status": st.integers(100, 999),
    "body": st.text(),
    "code": st.none() | st.text(),
    "message": st.text(),
    "request_id": st.none() | st.text(),
    "date": st.none() | st.datetimes(timezones=st.just(dt.UTC)),
    "retry_after": st.none() | st.floats(0, allow_infinity=False),
    **dict.fromkeys(["planned", "live", "missing", "extra"], COMPARED),
}


def attributes(cls: type) -> set[str]:
    return {
        name for base in cls.__mro__ if base.__module__ == exceptions.__name__ for name in inspect.get_annotations(base)
    }


def test_every_attribute_of_every_error_is_tried() -> None:
    assert set(ATTRIBUTES) == {name for cls in CLASSES for name in attributes(cls)}


@given(st.data(), st.sampled_from(CLASSES), st.text(), st.lists(st.text(), max_size=2))
def test_an_error_pickles_and_copies_whatever_it_says(
    data: st.DataObject, cls: type[AppAssignError], message: str, notes: list[str]
) -> None:
    error = cls(message)
    vars(error).update(
        data.draw(st.fixed_dictionaries({}, optional={name: ATTRIBUTES[name] for name in attributes(cls)}))
    )
    for note in notes:
        error.add_note(note)
    for again in copies(error):
        assert type(again) is cls
        assert again.args == error.args
        assert {name: getattr(again, name) for name in attributes(cls)} == {
            name: getattr(error, name) for name in attributes(cls)
        }
        assert vars(again) == vars(error)
        assert str(again) == str(error)
        assert repr(again) == repr(error)
    assert str(error) == (f"{message}\nhint: {error.hint}" if error.hint else message)
