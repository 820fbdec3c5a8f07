"""Today's assignments and their targets go in and come out again, by every way that a value has."""

import contextlib
import json
import uuid
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appassign import (
    AllDevicesAssignmentTarget,
    AllLicensedUsersAssignmentTarget,
    AssignmentTarget,
    ConfigurationManagerCollectionAssignmentTarget,
    ExclusionGroupAssignmentTarget,
    GroupAssignmentTarget,
    InstallIntent,
    InvalidInputError,
    MobileAppAssignment,
    MobileAppGroupAssignment,
    assign,
)
from documents import (
    FILTER,
    TARGETS,
    TODAY,
    class_of_target,
    copies,
    documents,
    evaluated,
    exactly,
    guids,
    is_target,
    is_today,
    json_values,
    near_targets,
    near_todays,
    strictly,
    targets,
    todays,
)
from servers import AnsweringServer

Model = AssignmentTarget | MobileAppAssignment
INTENTS = [intent for intent in InstallIntent if intent is not InstallIntent.NOT_APPLICABLE]


def comes_back(value: Model, document: Mapping[str, Any]) -> None:
    cls = type(value)
    ways = [
        cls.from_dict(value.to_dict()),
        cls.from_json(value.to_json()),
        cls.from_json(value.to_json().encode()),
        value.replace(),
        *copies(value),
    ]
    for again in [value, *ways]:
        assert type(again) is cls
        assert exactly(again.to_dict()) == exactly(document)
        assert exactly(json.loads(again.to_json())) == exactly(document)
        assert again == value
        assert hash(again) == hash(value)
        assert repr(again) == repr(value)
        assert list(again.to_dict()) == list(json.loads(again.to_json()))
    shown = evaluated(value)
    assert type(shown) is cls
    assert shown == value
    assert hash(shown) == hash(value)


@given(targets)
def test_a_target_comes_back_as_it_was_sent(document: dict[str, Any]) -> None:
    target = AssignmentTarget.from_dict(document)
    assert type(target) is class_of_target(document)
    assert next(iter(target.to_dict())) == "@odata.type"
    comes_back(target, document)


@given(todays)
def test_an_assignment_comes_back_as_it_was_sent(document: dict[str, Any]) -> None:
    value = MobileAppAssignment.from_dict(document)
    comes_back(value, document)
    target = AssignmentTarget.from_dict(document["target"])
    assert type(value.target) is type(target)
    assert value.target == target
    assert exactly(value.target.to_dict()) == exactly(document["target"])
    assert value.intent == document["intent"]
    assert value.id == document.get("id")
    assert exactly(value.settings) == exactly(document.get("settings"))
    for again in copies(value.settings):
        assert type(again) is type(value.settings)
        assert exactly(again) == exactly(document.get("settings"))


@given(near_targets | json_values)
def test_a_target_is_refused_for_nothing_but_what_lacks_or_mistypes_a_property(document: Any) -> None:
    if is_target(document):
        assert exactly(AssignmentTarget.from_dict(document).to_dict()) == exactly(document)
    else:
        with pytest.raises(InvalidInputError if isinstance(document, Mapping) else TypeError):
            AssignmentTarget.from_dict(document)


@given(near_todays | json_values)
def test_an_assignment_is_refused_for_nothing_but_what_lacks_or_mistypes_a_property(document: Any) -> None:
    if is_today(document):
        assert exactly(MobileAppAssignment.from_dict(document).to_dict()) == exactly(document)
    else:
        with pytest.raises(InvalidInputError if isinstance(document, Mapping) else TypeError):
            MobileAppAssignment.from_dict(document)


@given(targets, st.sampled_from([cls for cls, _ in TARGETS.values()]))
def test_each_class_reads_its_own_targets_and_no_other(document: dict[str, Any], cls: type[AssignmentTarget]) -> None:
    if class_of_target(document) is cls:
        comes_back(cls.from_dict(document), document)
    else:
        for read in (lambda: cls.from_dict(document), lambda: cls.from_json(json.dumps(document))):
            with pytest.raises(InvalidInputError) as refusal:
                read()
            assert refusal.value.location
            assert "AssignmentTarget" in (refusal.value.hint or "")


@st.composite
def damaged(draw: st.DrawFn) -> str:
    text = json.dumps(draw(todays), ensure_ascii=draw(st.booleans()))
    pieces = ["", ",", ":", '"', "\\", "{", "[", "0", "-", ".", "e9", "NaN", "null", '"intent":"x",', "\\ud800"]
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = start + draw(st.integers(0, 3))
        text = text[:start] + draw(st.sampled_from([*pieces, text[start:end] * 2]) | st.text(max_size=2)) + text[end:]
    return text


@given(damaged())
@settings(max_examples=100)
def test_from_json_and_pythons_parser_agree_on_what_an_assignment_is(text: str) -> None:
    expected: object = None
    with contextlib.suppress(ValueError):
        expected = strictly(text)
    if is_today(expected):
        value = MobileAppAssignment.from_json(text)
        assert exactly(value.to_dict()) == exactly(expected)
        assert evaluated(value) == value
    else:
        with pytest.raises(InvalidInputError):
            MobileAppAssignment.from_json(text)


filters = st.just({}) | st.fixed_dictionaries(
    {"filter_id": guids | st.uuids(), "filter_type": st.sampled_from(["include", "exclude"])}
)
made_targets = st.one_of(
    st.builds(lambda group, few: GroupAssignmentTarget(group, **few), guids | st.uuids(), filters),
    st.builds(lambda group, few: ExclusionGroupAssignmentTarget(group, **few), guids | st.uuids(), filters),
    st.builds(lambda few: AllLicensedUsersAssignmentTarget(**few), filters),
    st.builds(lambda few: AllDevicesAssignmentTarget(**few), filters),
    st.builds(
        lambda key, few: ConfigurationManagerCollectionAssignmentTarget(key, **few), st.text(min_size=1), filters
    ),
)
arguments = st.fixed_dictionaries(
    {"target": made_targets, "intent": st.sampled_from(INTENTS)},
    optional={
        "settings": st.none() | st.dictionaries(st.text(), json_values, max_size=3),
        "id": st.none() | st.text(min_size=1),
    },
)


@given(made_targets)
def test_what_a_caller_makes_of_a_target_reads_as_the_same(target: AssignmentTarget) -> None:
    document = target.to_dict()
    assert class_of_target(document) is type(target)
    assert None not in document.values()
    comes_back(target, document)
    assert repr(target).startswith(f"{type(target).__name__}(")
    assert AssignmentTarget.from_dict(document) == target
    named = type(target).__match_args__  # type: ignore[attr-defined]
    other = AssignmentTarget.from_dict({**document, **dict.fromkeys(FILTER), "new": 1})
    changed = other.replace(**{name: getattr(target, name) for name in named})
    assert [getattr(changed, name) for name in named] == [getattr(target, name) for name in named]
    assert changed.to_dict() == {**document, "new": 1}


@given(arguments, todays)
def test_what_a_caller_makes_of_an_assignment_reads_as_the_same(made: dict[str, Any], document: dict[str, Any]) -> None:
    value = MobileAppAssignment(**made)
    given = {"settings": None, "id": None, **made}
    assert {name: getattr(value, name) for name in given} == given
    comes_back(value, value.to_dict())
    assert repr(value).startswith("MobileAppAssignment(target=")
    sent = [("@odata.type", None), ("id", made.get("id")), ("intent", None), ("target", None)]
    sent.append(("settings", made.get("settings")))
    assert list(value.to_dict()) == [
        name for name, said in sent if name in {"@odata.type", "intent", "target"} or said is not None
    ]
    assert value.to_dict()["@odata.type"] == TODAY

    changed = MobileAppAssignment.from_dict(document).replace(**given)
    assert {name: getattr(changed, name) for name in given} == given
    unknown = {name: document[name] for name in document.keys() - {"id", "intent", "target", "settings"}}
    kept = changed.to_dict()
    assert exactly({name: kept[name] for name in unknown}) == exactly(unknown)
    assert kept.keys() - unknown.keys() <= {"id", "intent", "target", "settings"}


def _without_nulls(document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if value is not None}


def essence_of_target(document: Mapping[str, Any]) -> dict[str, Any]:
    """What makes two targets equal."""
    said = _without_nulls(document)
    if said.get(FILTER[1]) == "none":
        del said[FILTER[1]]
    return {**said, "@odata.type": said["@odata.type"].removeprefix("#")}


def essence(document: Mapping[str, Any]) -> str:
    """What makes two assignments equal."""
    said = _without_nulls(document)
    if said.get("@odata.type") in {TODAY, TODAY[1:]}:
        del said["@odata.type"]
    return exactly({**said, "target": essence_of_target(document["target"])})


def respelled(document: dict[str, Any], draw: st.DrawFn) -> dict[str, Any]:
    """The same, or nearly."""
    spelled = dict(document)
    for name, value in draw(
        st.dictionaries(
            st.sampled_from(["id", "settings", "source", "new", *FILTER, "groupId"]),
            st.none() | st.sampled_from(["none", "x"]),
            max_size=2,
        )
    ).items():
        if spelled.get(name) is None and (name != "settings" or value is None):
            spelled[name] = value
    for name in draw(st.sets(st.sampled_from(["id", "settings", "source", *FILTER]), max_size=2)):
        if draw(st.booleans()) or spelled.get(name) is None:
            spelled.pop(name, None)
    if isinstance(spelled.get("@odata.type"), str):
        spelled["@odata.type"] = draw(st.sampled_from(["", "#"])) + spelled["@odata.type"].removeprefix("#")
    return dict(draw(st.permutations(list(spelled.items()))))


@st.composite
def pairs_of_targets(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    one = {name: value for name, value in draw(targets).items() if name != "@odata.type"}
    one["@odata.type"] = f"#microsoft.graph.{draw(st.sampled_from([*TARGETS, 'newTarget']))}"
    return one, respelled(one, draw)


@given(pairs_of_targets())
def test_targets_are_equal_if_they_say_the_same(pair: tuple[dict[str, Any], dict[str, Any]]) -> None:
    one, two = (AssignmentTarget.from_dict(document) for document in pair)
    expected = exactly(essence_of_target(pair[0])) == exactly(essence_of_target(pair[1]))
    assert (one == two) is (two == one) is expected
    assert (one != two) is not expected
    assert len({one, two}) == (1 if expected else 2)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    target, other = draw(pairs_of_targets())
    one = {**draw(todays), "target": target}
    if "@odata.type" in one:
        one["@odata.type"] = draw(st.sampled_from([TODAY, None]))
    return one, {**respelled(one, draw), "target": other}


@given(pairs())
def test_assignments_are_equal_if_they_say_the_same(pair: tuple[dict[str, Any], dict[str, Any]]) -> None:
    one, two = (MobileAppAssignment.from_dict(document) for document in pair)
    expected = essence(pair[0]) == essence(pair[1])
    assert (one == two) is (two == one) is expected
    assert (one != two) is not expected
    assert len({one, two}) == (1 if expected else 2)


@given(documents, st.none() | st.sampled_from(["iosStoreAppAssignmentSettings", "macOsVppAppAssignmentSettings"]))
def test_the_form_of_2017_becomes_todays_whole_or_not_at_all(document: dict[str, Any], settings_type: str) -> None:
    becomes_today(document, settings_type)


@given(
    st.fixed_dictionaries(
        {"targetGroupId": guids | st.text(max_size=3), "installIntent": st.sampled_from(list(InstallIntent))},
        optional={
            "@odata.type": st.sampled_from(
                [
                    None,
                    "#microsoft.graph.mobileAppGroupAssignment",
                    "microsoft.graph.mobileAppVppGroupAssignment",
                    "#microsoft.graph.newAssignment",
                ]
            ),
            "vpnConfigurationId": st.none() | st.text(max_size=3),
            "id": st.none() | st.text(max_size=3),
            "useDeviceLicensing": st.none() | st.booleans() | st.just("true"),
            "new": st.none() | json_values,
        },
    ),
    st.none()
    | st.sampled_from(
        ["iosVppAppAssignmentSettings", "#microsoft.graph.iosLobAppAssignmentSettings", "macOsVppAppAssignmentSettings"]
    ),
)
def test_a_likely_assignment_of_2017_becomes_todays_whole_or_not_at_all(
    document: dict[str, Any], settings_type: str | None
) -> None:
    becomes_today(document, settings_type)


def becomes_today(document: dict[str, Any], settings_type: str | None) -> None:
    old = MobileAppGroupAssignment.from_dict(document)
    name = (settings_type or "").removeprefix("#microsoft.graph.")
    places = {"vpnConfigurationId": name.startswith("ios"), "useDeviceLicensing": "Vpp" in name}
    said = {key: value for key, value in document.items() if value is not None and key != "id"}
    placed = {key: said.pop(key) for key in places if key in said}
    lost = said.keys() - {"@odata.type", "targetGroupId", "installIntent"}
    odata_type = (
        str(said.get("@odata.type", "mobileAppGroupAssignment")).removeprefix("#").removeprefix("microsoft.graph.")
    )
    faults = {
        "target_group_id": not _is_guid(document["targetGroupId"]),
        "install_intent": document["installIntent"] not in INTENTS,
        "vpn_configuration_id": "vpnConfigurationId" in placed
        and not (places["vpnConfigurationId"] and placed["vpnConfigurationId"]),
        "useDeviceLicensing": "useDeviceLicensing" in placed
        and not (places["useDeviceLicensing"] and isinstance(placed["useDeviceLicensing"], bool)),
        "@odata.type": odata_type not in {"mobileAppGroupAssignment", "mobileAppVppGroupAssignment"},
        **dict.fromkeys(lost, True),
    }
    if any(faults.values()):
        with pytest.raises(InvalidInputError) as refusal:
            old.to_mobile_app_assignment(settings_type=settings_type)
        assert faults.get(str(refusal.value.location)), refusal.value
        return
    new = old.to_mobile_app_assignment(settings_type=settings_type)
    assert new.target == GroupAssignmentTarget(document["targetGroupId"])
    assert new.target.to_dict()["groupId"] == document["targetGroupId"]
    assert new.intent == document["installIntent"]
    assert new.id is None
    expected = {"@odata.type": f"#microsoft.graph.{name}", **placed} if placed else None
    assert exactly(new.settings) == exactly(expected)
    comes_back(new, new.to_dict())


def _is_guid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


@given(st.lists(arguments, min_size=1, max_size=3), todays, arguments)
@settings(max_examples=25)
def test_assignments_go_over_the_wire_as_they_are(
    made: list[dict[str, Any]], document: dict[str, Any], known: dict[str, Any]
) -> None:
    read = MobileAppAssignment.from_dict(document)
    read = read.replace(target=known["target"], intent=known["intent"], id=read.id or None)
    given = [*(MobileAppAssignment(**one) for one in made), read]
    with AnsweringServer(204) as server:
        assign("A", iter(given), credential="T", base_url=server.url)
    [(method, path, _, body)] = server.seen
    assert (method, path) == ("POST", "/beta/deviceAppManagement/mobileApps/A/assign")
    assert exactly(json.loads(body)) == exactly({"mobileAppAssignments": [one.to_dict() for one in given]})
