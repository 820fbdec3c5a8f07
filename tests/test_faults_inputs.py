"""Faults of inputs: ids, URLs and tokens. What is refused never reaches the wire, through whichever door it comes."""

import itertools
import json
import socket
import threading
import time
import uuid
from typing import Any

import pytest

from appassign import ConfigurationError, InvalidInputError, MobileAppGroupAssignment
from checked import CANARY, DOORS, SALES, Checked, through
from faults import FaultyGraph


def group(name: str, intent: str = "required") -> MobileAppGroupAssignment:
    return MobileAppGroupAssignment(target_group_id=name, install_intent=intent)


def read(document: dict[str, object]) -> MobileAppGroupAssignment:
    return MobileAppGroupAssignment.from_dict(document)


UNSAFE_IDS = [
    "../../users", "..", ".", "", " " * 36, "a/b", "a?b", "a#b", "a%2Fb", "%2e%2e", "a;b",
    "\uff13f6a1c52-8f0e-4b7e-9a55-0c1d2e3f4a5b", "3f6\u04301c52-8f0e-4b7e-9a55-0c1d2e3f4a5b", "a\u202eb", "a\u200bb",
    "{3f6a1c52-8f0e-4b7e-9a55-0c1d2e3f4a5b}", "urn:uuid:3f6a1c52-8f0e-4b7e-9a55-0c1d2e3f4a5b",
]  # fmt: skip


@pytest.mark.parametrize("unsafe", UNSAFE_IDS)
def test_an_unsafe_app_id_never_reaches_the_wire(checked: Checked, unsafe: str) -> None:
    """A1, A2, A4, A5, A6."""
    for call in checked.everywhere(app=unsafe):
        assert call.raised(InvalidInputError, "not_sent", attempts=0).location == "app"
        assert call.graph.connections == 0


@pytest.mark.parametrize("safe", ["3F6A1C52-8F0E-4B7E-9A55-0C1D2E3F4A5B", uuid.UUID(int=7), "not.a_guid~1"])
def test_a_safe_app_id_is_sent_as_it_stands(checked: Checked, safe: str | uuid.UUID) -> None:
    """A6, A7, A8."""
    for call in checked.everywhere(app=safe):
        call.succeeded(attempts=1)
        assert call.graph.log[0].path == f"/beta/deviceAppManagement/mobileApps/{safe}/assign"


@pytest.mark.parametrize("wrong", [b"A", 7, None])
@pytest.mark.parametrize("door", DOORS)
def test_an_app_id_of_a_wrong_type_is_a_type_error(checked: Checked, door: str, wrong: object) -> None:
    """A8."""
    with pytest.raises(TypeError, match="app must be a str"):
        checked.everywhere(app=wrong, doors=[door])


UNSAFE_TOKENS = [
    "", f"{CANARY}\r\nX-Evil: 1", f"{CANARY}\n", f"Bearer {CANARY}", CANARY * 1_200, f"{CANARY}\u00e9", f"{CANARY} x",
]  # fmt: skip


@pytest.mark.parametrize("token", UNSAFE_TOKENS)
def test_a_token_that_cannot_be_sent_is_refused_and_not_repeated(checked: Checked, token: str) -> None:
    """A9, A11."""
    for call in checked.everywhere(credential=token):
        error = call.raised(ConfigurationError, "not_sent", attempts=0)
        assert "X-Evil" not in str(error)
        assert call.graph.connections == 0


UNSAFE_URLS = [
    "http://graph.microsoft.com",
    "http://127.0.0.1.evil.test",
    "http://localhost.evil.test",
    "http://0x7f.1@evil.test",
    "http://127.0.0.1:80@evil.test",
    "https://user:SECRET@localhost/beta",
    "https://localhost/beta?sig=SECRET",
    "https://localhost/beta#SECRET",
    "ftp://localhost/beta",
    "file:///SECRET",
]


@pytest.mark.parametrize("url", UNSAFE_URLS)
def test_an_unsafe_base_url_is_refused_and_its_secrets_are_not_repeated(checked: Checked, url: str) -> None:
    """A12, A14, A15, A16, J4."""
    for call in checked.everywhere(base_url=url):
        error = call.raised(ConfigurationError, "not_sent", attempts=0)
        assert "SECRET" not in f"{error!s} {error!r} {error.args} {vars(error)}"
        assert call.graph.connections == 0


@pytest.mark.parametrize(("host", "family"), [("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6)])
def test_loopback_may_be_plain_http(checked: Checked, host: str, family: socket.AddressFamily) -> None:
    """A13."""

    def graph(*given: Any, **options: Any) -> FaultyGraph:
        return FaultyGraph(*given, listener=socket.create_server((host, 0), family=family), **options)

    for call in checked.everywhere(graph=graph):
        call.succeeded(attempts=1)


def test_an_empty_list_is_refused(checked: Checked) -> None:
    """A18."""
    for call in checked.everywhere(assignments=[]):
        error = call.raised(InvalidInputError, "not_sent", attempts=0)
        assert error.location == "assignments"


@pytest.mark.parametrize(
    "given",
    [
        [group("G"), group("G")],
        [group("G", "required"), group("G", "uninstall")],
        [group("G", "available"), group("G", "notApplicable"), group("g", "available")],
    ],
)
def test_entries_that_contradict_each_other_are_sent_as_given(
    checked: Checked, given: list[MobileAppGroupAssignment]
) -> None:
    """A19, A20."""
    for call in checked.everywhere(assignments=given):
        assert call.receipt is not None
        assert json.loads(call.graph.log[0].body) == {"mobileAppGroupAssignments": [one.to_dict() for one in given]}
        assert call.graph.state["A"] == [one.to_dict() for one in given]


@pytest.mark.parametrize(
    ("document", "attribute"),
    [
        ({"targetGroupId": "", "installIntent": "required"}, "target_group_id"),
        ({"targetGroupId": "G", "installIntent": "later"}, "install_intent"),
        ({"targetGroupId": "G", "installIntent": "required", "id": ""}, "id"),
    ],
)
def test_what_from_dict_let_through_is_refused_by_its_place(
    checked: Checked, document: dict[str, object], attribute: str
) -> None:
    """A21."""
    for call in checked.everywhere(assignments=[SALES, SALES, SALES, read(document)]):
        error = call.raised(InvalidInputError, "not_sent", attempts=0)
        assert error.location == f"assignments[3].{attribute}"


@pytest.mark.parametrize(
    "given", [[SALES] * 1_001, [group("G" * 5_000_000)]], ids=["1,001 assignments", "a body of more than 4 MiB"]
)
def test_too_much_is_refused(checked: Checked, given: list[MobileAppGroupAssignment]) -> None:
    """A23."""
    for call in checked.everywhere(assignments=given):
        call.raised(InvalidInputError, "not_sent", attempts=0)
        assert call.graph.connections == 0


@pytest.mark.parametrize("door", DOORS)
def test_a_list_that_another_thread_changes_is_never_sent_as_a_mix(checked: Checked, door: str) -> None:
    """A24."""
    before, after = [group(f"before {n}") for n in range(300)], [group(f"after {n}") for n in range(200)]
    given, over = list(before), threading.Event()

    def change() -> None:
        for now in itertools.cycle([after, before]):
            given[:] = now
            time.sleep(0)  # so that the call gets its turn as well
            if over.is_set():
                return

    thread = threading.Thread(target=change)
    thread.start()
    try:
        with FaultyGraph() as graph:
            for _ in range(50):
                through(door, "A", given, credential=CANARY, base_url=graph.url)
    finally:
        over.set()
        thread.join()
    allowed = [[one.to_dict() for one in whole] for whole in (before, after)]
    assert len(graph.log) == 50
    assert all(json.loads(seen.body)["mobileAppGroupAssignments"] in allowed for seen in graph.log)
