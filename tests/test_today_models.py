"""Today's models as values: the five targets, the assignment to one, and the way to it from the form of 2017."""

import collections
import contextlib
import copy
import datetime as dt
import json
import math
import pickle
import sys
import types
import uuid
from collections.abc import Callable
from typing import Any

import pytest

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
)
from documents import FILTER, TARGETS, copies, evaluated

GROUP = "11111111-2222-4333-8444-555555555501"
OTHER = "11111111-2222-4333-8444-555555555502"
FILTER_ID = "c0ffee00-0000-4000-8000-000000000001"
FILTERED = {"filter_id": FILTER_ID, "filter_type": "include"}
KINDS = [cls for cls, _ in TARGETS.values()]
TYPES = {cls: f"#microsoft.graph.{name}" for name, (cls, _) in TARGETS.items()}
GROUPS = [GroupAssignmentTarget, ExclusionGroupAssignmentTarget]
SALES = GroupAssignmentTarget(GROUP)
SETTINGS = {
    "@odata.type": "#microsoft.graph.win32LobAppAssignmentSettings",
    "notifications": "showReboot",
    "restartSettings": {"gracePeriodInMinutes": 1440},
    "newIn2030": [1.50, {"deep": [None, True]}],
}
# As the live service lists one.
LISTED = {
    "id": f"{GROUP}_1_0",
    "intent": "required",
    "source": "direct",
    "sourceId": None,
    "target": {
        "@odata.type": "#microsoft.graph.groupAssignmentTarget",
        FILTER[0]: None,
        FILTER[1]: "none",
        "groupId": GROUP,
    },
    "settings": SETTINGS,
}


def made(cls: type[AssignmentTarget], **options: Any) -> AssignmentTarget:
    """A target of the class, with the id that it needs."""
    ids = {
        GroupAssignmentTarget: [GROUP],
        ExclusionGroupAssignmentTarget: [GROUP],
        ConfigurationManagerCollectionAssignmentTarget: ["SMS00001"],
    }
    return cls(*ids.get(cls, []), **options)


def to_group(**options: Any) -> MobileAppAssignment:
    return MobileAppAssignment(**{"target": SALES, "intent": "required", **options})


def refused(act: Callable[[], object]) -> InvalidInputError:
    with pytest.raises(InvalidInputError) as refusal:
        act()
    error = refusal.value
    assert isinstance(error, ValueError)
    assert (error.outcome, error.attempts, error.elapsed, error.client_request_id) == ("not_sent", 0, 0.0, None)
    assert str(error).startswith(f"{error.location}: ")
    return error


class TestTargets:
    """The five kinds and their base."""

    def test_the_five_are_siblings(self) -> None:
        for one in KINDS:
            assert one.__mro__[1] is AssignmentTarget
            for other in KINDS:
                assert isinstance(made(one), other) is (one is other)
        assert ExclusionGroupAssignmentTarget(GROUP) != GroupAssignmentTarget(GROUP)

    @pytest.mark.parametrize("arguments", [((), {}), ((GROUP,), {}), ((), {"group_id": GROUP}), ((), FILTERED)])
    def test_the_base_is_read_and_never_made(self, arguments: tuple[tuple[str, ...], dict[str, str]]) -> None:
        with pytest.raises(TypeError, match=r"AssignmentTarget.*GroupAssignmentTarget"):
            AssignmentTarget(*arguments[0], **arguments[1])  # type: ignore[call-arg]

    @pytest.mark.parametrize("cls", KINDS)
    def test_none_of_the_five_is_a_base_class(self, cls: type[AssignmentTarget]) -> None:
        with pytest.raises(TypeError):
            type("Sub", (cls,), {})

    @pytest.mark.parametrize("cls", KINDS)
    @pytest.mark.parametrize("options", [{}, FILTERED, {**FILTERED, "filter_type": "exclude"}])
    def test_it_says_on_the_wire_what_graph_documents(
        self, cls: type[AssignmentTarget], options: dict[str, str]
    ) -> None:
        target = made(cls, **options)
        expected: dict[str, str] = {"@odata.type": TYPES[cls]}
        if cls in GROUPS:
            expected["groupId"] = GROUP
        if cls is ConfigurationManagerCollectionAssignmentTarget:
            expected["collectionId"] = "SMS00001"
        if options:
            expected |= {FILTER[0]: FILTER_ID, FILTER[1]: options["filter_type"]}
        assert target.to_dict() == expected
        assert next(iter(target.to_dict())) == "@odata.type"
        assert json.loads(target.to_json()) == expected
        assert (target.filter_id, target.filter_type) == (options.get("filter_id"), options.get("filter_type"))

    @pytest.mark.parametrize("cls", KINDS)
    def test_the_base_reads_each_as_its_own_class(self, cls: type[AssignmentTarget]) -> None:
        for target in (made(cls), made(cls, **FILTERED)):
            for document in (target.to_dict(), {**target.to_dict(), "@odata.type": TYPES[cls][1:]}):
                for reader in (AssignmentTarget, cls):
                    for read in (reader.from_dict(document), reader.from_json(json.dumps(document))):
                        assert type(read) is cls
                        assert read == target
                        assert hash(read) == hash(target)
                        assert read.to_dict() == document

    @pytest.mark.parametrize("cls", KINDS)
    def test_another_class_is_refused_and_the_right_one_named(self, cls: type[AssignmentTarget]) -> None:
        for other in set(KINDS) - {cls}:
            document = made(other).to_dict()
            for read in (lambda: cls.from_dict(document), lambda: cls.from_json(json.dumps(document))):  # noqa: B023
                error = refused(read)
                assert error.location == "@odata.type"
                assert TYPES[other].removeprefix("#") in str(error)
                assert f"is no {cls.__name__}" in str(error)
                assert f"read it with {other.__name__}, or with AssignmentTarget" in str(error.hint)

    @pytest.mark.parametrize("cls", KINDS)
    def test_a_type_that_nobody_knows_is_read_by_the_base_alone(self, cls: type[AssignmentTarget]) -> None:
        document = {"groupId": 7, "@odata.type": "#microsoft.graph.newTarget", "a": {"b": [None]}, FILTER[1]: "none"}
        target = AssignmentTarget.from_dict(document)
        assert type(target) is AssignmentTarget
        assert (target.filter_id, target.filter_type) == (None, None)
        assert target.to_dict() == document
        assert repr(target).startswith("AssignmentTarget.from_dict({")
        for again in (evaluated(target), AssignmentTarget.from_json(target.to_json()), *copies(target)):
            assert again == target
            assert again.to_dict() == document
        error = refused(lambda: cls.from_dict(document))
        assert (error.location, error.hint) == ("@odata.type", "AssignmentTarget.from_dict reads any target")

    @pytest.mark.parametrize("cls", GROUPS)
    @pytest.mark.parametrize("rest", [{}, {"groupId": None}])
    def test_a_group_that_a_server_left_out_is_kept_out(
        self, cls: type[AssignmentTarget], rest: dict[str, None]
    ) -> None:
        document = {"@odata.type": TYPES[cls], **rest}
        target = AssignmentTarget.from_dict(document)
        assert type(target) is AssignmentTarget
        assert target.to_dict() == document
        assert target == AssignmentTarget.from_dict({"@odata.type": TYPES[cls]})
        assert MobileAppAssignment.from_dict({"intent": "required", "target": document}).target == target
        for again in (evaluated(target), *copies(target)):
            assert again.to_dict() == document

    @pytest.mark.parametrize("cls", GROUPS)
    def test_a_class_that_needs_a_group_says_that_it_is_missing(self, cls: type[AssignmentTarget]) -> None:
        for rest in ({}, {"groupId": None}):
            error = refused(lambda: cls.from_dict({"@odata.type": TYPES[cls], **rest}))  # noqa: B023
            assert error.location == "groupId"

    @pytest.mark.parametrize(
        ("document", "location", "said"),
        [
            ({}, "@odata.type", "required and missing"),
            ({"groupId": GROUP}, "@odata.type", "required and missing"),
            ({"@odata.type": None}, "@odata.type", "must be a string, not null"),
            ({"@odata.type": TYPES[GroupAssignmentTarget], "groupId": 7}, "groupId", "must be a string"),
            ({"@odata.type": "new", FILTER[0]: 7}, FILTER[0], "must be a string or null, not a number"),
            ({"@odata.type": "new", FILTER[1]: []}, FILTER[1], "must be a string or null, not an array"),
            ({"@odata.type": "new", "x": [0, {"y": math.nan}]}, "x[1].y", "NaN is no JSON number"),
            ({"@odata.type": "new", "x": {1, 2}}, "x", "set is no JSON type"),
        ],
    )
    def test_a_document_that_is_refused_says_where(self, document: Any, location: str, said: str) -> None:
        error = refused(lambda: AssignmentTarget.from_dict(document))
        assert error.location == location
        assert said in str(error)
        inner = refused(lambda: MobileAppAssignment.from_dict({"intent": "required", "target": document}))
        assert inner.location == f"target.{location}"

    def test_each_reader_names_the_other(self) -> None:
        for cls in (AssignmentTarget, *KINDS):
            with pytest.raises(TypeError, match="JSON text goes to from_json"):
                cls.from_dict("{}")  # type: ignore[arg-type]
            with pytest.raises(TypeError, match="a dict goes to from_dict"):
                cls.from_json({})  # type: ignore[arg-type]
            with pytest.raises(InvalidInputError, match="a target is a JSON object, not an array"):
                cls.from_json("[]")

    def test_any_mapping_is_read(self) -> None:
        document = types.MappingProxyType({**SALES.to_dict(), "x": collections.ChainMap({"y": 1})})
        assert AssignmentTarget.from_dict(document).to_dict()["x"] == {"y": 1}

    @pytest.mark.parametrize("cls", KINDS)
    def test_it_is_a_value_that_does_not_change(self, cls: type[AssignmentTarget]) -> None:
        target = made(cls, **FILTERED)
        for name in (*cls.__match_args__, "anything_else"):  # type: ignore[attr-defined]
            with pytest.raises(AttributeError):
                setattr(target, name, GROUP)
            with pytest.raises(AttributeError):
                delattr(target, name)
        with pytest.raises(TypeError):
            target < target  # type: ignore[operator]  # noqa: B015, PLR0124
        assert copy.copy(target) is copy.deepcopy(target) is target
        assert target != target.to_dict()
        assert target != made(cls)
        assert {target, made(cls, **FILTERED), made(cls)} == {target, made(cls)}

    @pytest.mark.parametrize("cls", KINDS)
    def test_the_repr_is_what_a_caller_writes(self, cls: type[AssignmentTarget]) -> None:
        for target in (made(cls), made(cls, **FILTERED)):
            assert repr(target).startswith(f"{cls.__name__}(")
            assert evaluated(target) == target
            assert evaluated(target).to_dict() == target.to_dict()
        assert repr(SALES) == f"GroupAssignmentTarget('{GROUP}')"

    @pytest.mark.parametrize("cls", KINDS)
    def test_replace_changes_what_is_named_and_keeps_the_rest(self, cls: type[AssignmentTarget]) -> None:
        known = made(cls, **FILTERED)
        target = AssignmentTarget.from_dict({**known.to_dict(), "new": {"x": 1}})
        assert target.replace() == target
        excluded = target.replace(filter_type="exclude")
        assert type(excluded) is cls
        assert excluded.to_dict() == {**target.to_dict(), FILTER[1]: "exclude"}
        bare = target.replace(filter_id=None, filter_type=None)
        assert bare.to_dict() == {**made(cls).to_dict(), "new": {"x": 1}}
        assert bare.replace(filter_id=uuid.UUID(FILTER_ID), filter_type="include") == target
        if sys.version_info >= (3, 13):
            assert copy.replace(target, filter_type="exclude") == excluded
        assert target.__replace__(filter_type="exclude") == excluded
        for change in ({"filter_id": None}, {"filter_type": None}, {"filter_type": "none"}):
            assert "come together" in str(refused(lambda: target.replace(**change)).hint)  # noqa: B023
        for name in {"group_id", "collection_id", "intent", "id"} - set(cls.__match_args__):  # type: ignore[attr-defined]
            with pytest.raises(TypeError, match=f"unexpected keyword argument '{name}'"):
                target.replace(**{name: GROUP})

    def test_replace_moves_a_group_and_checks_it(self) -> None:
        target = GroupAssignmentTarget(GROUP, **FILTERED)
        assert target.replace(group_id=uuid.UUID(OTHER)) == GroupAssignmentTarget(OTHER, **FILTERED)
        assert refused(lambda: target.replace(group_id="Sales")).location == "group_id"
        with pytest.raises(TypeError, match=r"group_id must be a str or a uuid\.UUID, not NoneType"):
            target.replace(group_id=None)  # type: ignore[arg-type]
        collection = ConfigurationManagerCollectionAssignmentTarget("SMS00001")
        assert collection.replace(collection_id="SMS00002").collection_id == "SMS00002"
        assert refused(lambda: collection.replace(collection_id="")).location == "collection_id"

    def test_it_matches_by_position_and_by_name(self) -> None:
        seen = []
        for target in [*map(made, KINDS), GroupAssignmentTarget(GROUP, **FILTERED)]:
            match target:
                case GroupAssignmentTarget(group, str(key), kind):
                    seen.append((group, key, kind))
                case GroupAssignmentTarget(group_id=group, filter_id=None):
                    seen.append(group)
                case ExclusionGroupAssignmentTarget(group):
                    seen.append(("not", group))
                case AllLicensedUsersAssignmentTarget(None, None):
                    seen.append("users")
                case AllDevicesAssignmentTarget():
                    seen.append("devices")
                case ConfigurationManagerCollectionAssignmentTarget(collection, None):
                    seen.append(collection)
        assert seen == [GROUP, ("not", GROUP), "users", "devices", "SMS00001", (GROUP, FILTER_ID, "include")]


class TestIds:
    """What a caller may give as an id."""

    @pytest.mark.parametrize("cls", GROUPS)
    def test_a_group_is_a_guid_in_any_letters_and_stays_as_it_is_spelled(self, cls: type[Any]) -> None:
        assert cls(GROUP).group_id == cls(uuid.UUID(GROUP)).group_id == GROUP
        spelled = "ABCDEFAB-2222-4333-8444-55555555550A"
        assert cls(spelled).group_id == cls(spelled).to_dict()["groupId"] == spelled
        assert cls(group_id=GROUP) == cls(GROUP)
        assert cls(GROUP, filter_id=uuid.UUID(FILTER_ID), filter_type="include").filter_id == FILTER_ID

    @pytest.mark.parametrize(
        "name", ["Sales", "All Users", "sales@example.com", GROUP[:-1], GROUP + "0", "g" + GROUP[1:]]
    )
    def test_a_name_is_told_from_an_id(self, name: str) -> None:
        for cls in GROUPS:
            error = refused(lambda: cls(name))  # noqa: B023
            assert error.location == "group_id"
            assert f"'{name}' looks like a name; pass the group's id, a GUID" in str(error)
        error = refused(lambda: AllDevicesAssignmentTarget(filter_id=name, filter_type="include"))
        assert error.location == "filter_id"
        assert f"'{name}' looks like a name; pass the filter's id, a GUID" in str(error)

    @pytest.mark.parametrize(
        "spelled", [f"{{{GROUP}}}", f" {GROUP}", f"{GROUP}\n", GROUP.replace("-", ""), f"urn:uuid:{GROUP}"]
    )
    def test_a_guid_in_another_form_is_shown_in_the_right_one(self, spelled: str) -> None:
        error = refused(lambda: GroupAssignmentTarget(spelled))
        assert (error.location, error.hint) == ("group_id", f"pass '{GROUP}'")

    @pytest.mark.parametrize("wrong", [None, 7, uuid.UUID(GROUP).bytes, [GROUP], SALES, {"groupId": GROUP}])
    def test_an_id_of_a_wrong_type_is_a_type_error(self, wrong: Any) -> None:
        said = f"must be a str or a uuid.UUID, not {type(wrong).__name__}"
        for cls in GROUPS:
            with pytest.raises(TypeError, match=f"^group_id {said}$"):
                cls(wrong)
        if wrong is not None:
            with pytest.raises(TypeError, match=f"^filter_id {said}$"):
                AllDevicesAssignmentTarget(filter_id=wrong, filter_type="include")
        with pytest.raises(TypeError, match=f"^collection_id must be a str, not {type(wrong).__name__}$"):
            ConfigurationManagerCollectionAssignmentTarget(wrong)

    def test_an_empty_id_is_refused(self) -> None:
        empty: list[tuple[str, Callable[[], object]]] = [
            ("group_id", lambda: GroupAssignmentTarget("")),
            ("group_id", lambda: ExclusionGroupAssignmentTarget("")),
            ("collection_id", lambda: ConfigurationManagerCollectionAssignmentTarget("")),
            ("filter_id", lambda: AllDevicesAssignmentTarget(filter_id="", filter_type="include")),
        ]
        for location, act in empty:
            error = refused(act)
            assert error.location == location
            assert "is empty" in str(error)

    def test_half_a_surrogate_pair_is_refused(self) -> None:
        for act in (
            lambda: GroupAssignmentTarget("\ud800"),
            lambda: ConfigurationManagerCollectionAssignmentTarget("\udfff"),
            lambda: AllDevicesAssignmentTarget(filter_id=FILTER_ID, filter_type="\ud800"),  # type: ignore[arg-type]
            lambda: to_group(id="\ud800"),
            lambda: to_group(settings={"x": ["\ud800"]}),
        ):
            error = refused(act)
            assert "lone surrogate" in str(error)
            assert error.location in {"group_id", "collection_id", "filter_type", "id", "settings.x[0]"}

    def test_arguments_beside_the_id_have_names(self) -> None:
        for cls in GROUPS:
            with pytest.raises(TypeError):
                cls()
            with pytest.raises(TypeError):
                cls(GROUP, FILTER_ID, "include")
            with pytest.raises(TypeError, match="unexpected keyword argument 'groupId'"):
                cls(groupId=GROUP)
        for cls in (AllDevicesAssignmentTarget, AllLicensedUsersAssignmentTarget):
            with pytest.raises(TypeError):
                cls(GROUP)


class TestFilters:
    """A filter is an id and what to do with it."""

    @pytest.mark.parametrize("cls", KINDS)
    def test_its_halves_come_together_or_not_at_all(self, cls: type[AssignmentTarget]) -> None:
        error = refused(lambda: made(cls, filter_id=FILTER_ID))
        assert (error.location, "filter_type='include' or 'exclude'" in str(error.hint)) == ("filter_type", True)
        error = refused(lambda: made(cls, filter_type="exclude"))
        assert (error.location, "the filter's id, a GUID" in str(error.hint)) == ("filter_id", True)

    @pytest.mark.parametrize("cls", KINDS)
    def test_none_of_both_spellings_is_no_filter(self, cls: type[AssignmentTarget]) -> None:
        bare = made(cls)
        for options in ({"filter_type": "none"}, {"filter_id": None, "filter_type": None}, {"filter_id": None}):
            assert made(cls, **options) == bare
            assert made(cls, **options).to_dict() == bare.to_dict()

    @pytest.mark.parametrize("cls", KINDS)
    def test_absent_null_and_none_are_equal_and_stay_as_they_are_spelled(self, cls: type[AssignmentTarget]) -> None:
        bare = made(cls)
        for spelled in (
            {FILTER[0]: None},
            {FILTER[1]: None},
            {FILTER[1]: "none"},
            {FILTER[0]: None, FILTER[1]: "none"},
            {FILTER[0]: None, FILTER[1]: None},
        ):
            document = {**bare.to_dict(), **spelled}
            target = AssignmentTarget.from_dict(document)
            assert target == bare
            assert hash(target) == hash(bare)
            assert (target.filter_id, target.filter_type) == (None, None)
            assert target.to_dict() == document
            assert target.replace().to_dict() == document
            filtered = target.replace(**FILTERED)
            assert filtered == made(cls, **FILTERED)
            assert filtered.to_dict() == made(cls, **FILTERED).to_dict()

    @pytest.mark.parametrize("wrong", ["Include", "includes", "", "EXCLUDE", "None", " include"])
    def test_an_unknown_filter_type_is_refused(self, wrong: str) -> None:
        error = refused(lambda: GroupAssignmentTarget(GROUP, filter_id=FILTER_ID, filter_type=wrong))  # type: ignore[arg-type]
        assert error.location == "filter_type"
        assert f"must be include or exclude, not '{wrong}'" in str(error)

    def test_a_filter_type_is_text(self) -> None:
        for wrong in (True, 1, b"include", InstallIntent):
            with pytest.raises(TypeError, match=f"^filter_type must be a str, not {type(wrong).__name__}$"):
                GroupAssignmentTarget(GROUP, filter_id=FILTER_ID, filter_type=wrong)  # type: ignore[arg-type]

    def test_half_a_filter_of_a_servers_is_read_and_not_accepted_from_a_caller(self) -> None:
        for half in ({FILTER[0]: FILTER_ID}, {FILTER[1]: "include"}, {FILTER[0]: "x", FILTER[1]: "later"}):
            document = {**SALES.to_dict(), **half}
            target = AssignmentTarget.from_dict(document)
            assert type(target) is GroupAssignmentTarget
            assert target.to_dict() == document
            assert repr(target).startswith("GroupAssignmentTarget.from_dict({")
            assert evaluated(target) == target
            error = refused(lambda: to_group(target=target))  # noqa: B023
            assert error.location in {"target.filter_id", "target.filter_type"}


class TestAssignment:
    """`MobileAppAssignment`."""

    def test_attributes_read_as_they_were_given(self) -> None:
        value = to_group(settings=SETTINGS, id="I")
        assert value.target == SALES
        assert type(value.target) is GroupAssignmentTarget
        assert value.intent is InstallIntent.REQUIRED
        assert value.settings == SETTINGS
        assert value.id == "I"
        assert (to_group().settings, to_group().id) == (None, None)
        assert to_group(settings=None, id=None) == to_group()

    def test_it_says_on_the_wire_what_was_given_and_no_more(self) -> None:
        assert list(to_group().to_dict()) == ["@odata.type", "intent", "target"]
        value = to_group(settings=SETTINGS, id="I")
        assert value.to_dict() == {
            "@odata.type": "#microsoft.graph.mobileAppAssignment",
            "id": "I",
            "intent": "required",
            "target": {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": GROUP},
            "settings": SETTINGS,
        }
        assert list(value.to_dict()) == ["@odata.type", "id", "intent", "target", "settings"]
        assert json.loads(value.to_json()) == value.to_dict()

    @pytest.mark.parametrize("intent", [each for each in InstallIntent if each != "notApplicable"])
    def test_every_intent_of_today_goes_in_as_member_and_as_text(self, intent: InstallIntent) -> None:
        one, two = to_group(intent=intent), to_group(intent=str(intent))
        assert one == two
        assert one.intent is two.intent is intent
        assert one.to_dict()["intent"] == intent.value
        assert to_group(intent="required").replace(intent=intent) == one

    @pytest.mark.parametrize("intent", [InstallIntent.NOT_APPLICABLE, "notApplicable"])
    def test_not_applicable_is_of_2017(self, intent: str) -> None:
        for act in (lambda: to_group(intent=intent), lambda: to_group().replace(intent=intent)):
            error = refused(act)
            assert error.location == "intent"
            assert 'today\'s enumeration lacks "notApplicable"' in str(error)
            assert "available, required, uninstall, availableWithoutEnrollment" in str(error)
        read = MobileAppAssignment.from_dict({**LISTED, "intent": "notApplicable"})
        assert read.intent is InstallIntent.NOT_APPLICABLE
        assert read.to_dict()["intent"] == "notApplicable"

    @pytest.mark.parametrize(
        ("arguments", "location", "said", "hint"),
        [
            ({"intent": "later"}, "intent", '"later" is no install intent; the known ones are available, req', None),
            ({"intent": "Required"}, "intent", "is no install intent", 'Graph spells it "required"'),
            ({"intent": " required"}, "intent", "is no install intent", 'Graph spells it "required"'),
            ({"intent": ""}, "intent", "is no install intent", None),
            ({"id": ""}, "id", "is empty", "pass None"),
            ({"settings": {"x": {1, 2}}}, "settings.x", "set is no JSON type", None),
            ({"settings": {"x": (1, 2)}}, "settings.x", "tuple is no JSON type", None),
            ({"settings": {"x": [math.inf]}}, "settings.x[0]", "inf is no JSON number", None),
            ({"settings": {"x": {"y": [b""]}}}, "settings.x.y[0]", "bytes is no JSON type", None),
            ({"settings": {"x": dt.datetime(2026, 12, 1, tzinfo=dt.UTC)}}, "settings.x", "datetime is no JSON", None),
            ({"settings": {1: 2}}, "settings", "a property name must be a str, not int", None),
            (
                {"target": AssignmentTarget.from_dict({**SALES.to_dict(), "groupId": "Sales"})},
                "target.group_id",
                "looks like a name",
                None,
            ),
        ],
    )
    def test_the_constructor_says_what_is_wrong_and_where(
        self, arguments: dict[str, Any], location: str, said: str, hint: str | None
    ) -> None:
        for act in (lambda: to_group(**arguments), lambda: to_group().replace(**arguments)):
            error = refused(act)
            assert error.location == location
            assert said in str(error)
            assert (hint or "") in (error.hint or "")

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (
                {"target": GROUP},
                r"target must be a target, such as GroupAssignmentTarget\(\.\.\.\), not str; a group's id goes into",
            ),
            ({"target": SALES.to_dict()}, r"not dict; a dict goes through AssignmentTarget\.from_dict"),
            ({"target": None}, "target must be a target, .* not NoneType"),
            ({"target": [SALES]}, "target must be a target, .* not list"),
            ({"target": GroupAssignmentTarget}, "target is the class GroupAssignmentTarget itself"),
            ({"intent": None}, "^intent must be a str, not NoneType$"),
            ({"intent": 1}, "^intent must be a str, not int$"),
            ({"intent": b"required"}, "^intent must be a str, not bytes$"),
            ({"settings": "{}"}, "^settings must be a mapping or None, not str$"),
            ({"settings": [("a", 1)]}, "^settings must be a mapping or None, not list$"),
            ({"settings": 0}, "^settings must be a mapping or None, not int$"),
            ({"id": 7}, "^id must be a str, not int$"),
            ({"id": uuid.UUID(GROUP)}, "^id must be a str, not UUID$"),
            ({"install_intent": "required"}, "unexpected keyword argument 'install_intent'"),
            ({"group_id": GROUP}, "unexpected keyword argument 'group_id'"),
            ({"source": "direct"}, "unexpected keyword argument 'source'"),
        ],
    )
    def test_a_wrong_type_is_a_type_error_with_advice(self, arguments: dict[str, Any], said: str) -> None:
        for act in (to_group, to_group().replace):
            with pytest.raises(TypeError, match=said):
                act(**arguments)

    def test_arguments_have_names(self) -> None:
        with pytest.raises(TypeError):
            MobileAppAssignment(SALES, "required")  # type: ignore[misc,call-arg]
        with pytest.raises(TypeError, match="'target' and 'intent'"):
            MobileAppAssignment()  # type: ignore[call-arg]

    def test_what_a_server_lists_survives(self) -> None:
        document = {**LISTED, "newIn2030": {"deep": [None, 1.50]}, "source": "policySets", "sourceId": "P"}
        value = MobileAppAssignment.from_dict(document)
        assert value.to_dict() == document
        assert value.id == f"{GROUP}_1_0"
        assert value.target == SALES
        changed = value.replace(intent="uninstall", id=None)
        assert changed.to_dict() == {**{key: document[key] for key in document if key != "id"}, "intent": "uninstall"}
        moved = value.replace(target=AllDevicesAssignmentTarget())
        assert moved.to_dict() == {**document, "target": AllDevicesAssignmentTarget().to_dict()}
        assert value.to_dict() == document
        for again in copies(value):
            assert again == value
            assert again.to_dict() == document
        assert value != value.replace(target=ExclusionGroupAssignmentTarget(GROUP))
        assert value != MobileAppAssignment.from_dict({**document, "source": "direct"})

    def test_a_server_may_know_more(self) -> None:
        document = {"intent": "later", "target": {"@odata.type": "#microsoft.graph.newTarget", "who": ["x"]}}
        value = MobileAppAssignment.from_dict(document)
        assert type(value.intent) is str
        assert value.intent == "later"
        assert type(value.target) is AssignmentTarget
        assert value.to_dict() == document
        assert evaluated(value).to_dict() == document
        assert value.replace(settings={"x": 1}).to_dict() == {**document, "settings": {"x": 1}}

    @pytest.mark.parametrize(
        ("document", "location", "said"),
        [
            ({"intent": "required"}, "target", "required and missing"),
            ({"target": SALES.to_dict()}, "intent", "required and missing"),
            ({**LISTED, "intent": None}, "intent", "must be a string, not null"),
            ({**LISTED, "target": None}, "target", "a target is a JSON object, not null"),
            ({**LISTED, "target": {}}, "target.@odata.type", "required and missing"),
            ({**LISTED, "target": SALES}, "target", "GroupAssignmentTarget is no JSON type"),
            ({**LISTED, "settings": []}, "settings", "must be an object or null, not an array"),
            ({**LISTED, "settings": "{}"}, "settings", "must be an object or null, not a string"),
            ({**LISTED, "settings": {"x": [{"y": math.nan}]}}, "settings.x[0].y", "NaN is no JSON number"),
            ({**LISTED, "id": 7}, "id", "must be a string or null, not a number"),
            ({**LISTED, "@odata.type": False}, "@odata.type", "must be a string or null, not a boolean"),
        ],
    )
    def test_a_document_that_is_refused_says_where(self, document: Any, location: str, said: str) -> None:
        error = refused(lambda: MobileAppAssignment.from_dict(document))
        assert error.location == location
        assert said in str(error)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "{",
            "\ufeff{}",
            b"\xff",
            '{"intent": "a", "intent": "b", "target": {"@odata.type": "x"}}',
            '{"intent": "a", "target": {"@odata.type": "x", "@odata.type": "y"}}',
            '{"intent": "a", "target": {"@odata.type": "x"}, "settings": {"x": NaN}}',
            '{"intent": "a", "target": {"@odata.type": "x"}, "settings": {"x": 1, "x": 1}}',
            "[]",
            "null",
        ],
    )
    def test_text_that_is_no_strict_json_is_refused(self, text: str | bytes) -> None:
        with pytest.raises(InvalidInputError):
            MobileAppAssignment.from_json(text)

    def test_each_reader_names_the_other(self) -> None:
        with pytest.raises(TypeError, match="JSON text goes to from_json"):
            MobileAppAssignment.from_dict("{}")  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="a dict goes to from_dict"):
            MobileAppAssignment.from_json({})  # type: ignore[arg-type]

    def test_absent_and_null_are_equal_and_stay_distinct(self) -> None:
        bare = {"intent": "required", "target": SALES.to_dict()}
        for spelled in ({"settings": None}, {"id": None}, {"@odata.type": None}, {"source": None}):
            value = MobileAppAssignment.from_dict({**bare, **spelled})
            assert value == to_group()
            assert hash(value) == hash(to_group())
            assert value.to_dict() == {**bare, **spelled}
        assert MobileAppAssignment.from_dict(bare).to_dict() == bare
        assert to_group(settings={}) != to_group()

    def test_what_the_constructor_cannot_spell_has_a_repr_that_can(self) -> None:
        bare = {"intent": "required", "target": SALES.to_dict()}
        for document in (
            LISTED,
            bare,
            {**to_group().to_dict(), "settings": None},
            {**to_group().to_dict(), "source": None},
            {**bare, "target": {**SALES.to_dict(), FILTER[1]: "none"}},
        ):
            value = MobileAppAssignment.from_dict(document)
            assert evaluated(value) == value

    def test_the_repr_is_what_a_caller_writes(self) -> None:
        value = to_group(settings=SETTINGS, id="quote ' \" \\ é\n")
        assert repr(value).startswith(f"MobileAppAssignment(target=GroupAssignmentTarget('{GROUP}'), intent='required'")
        assert evaluated(value) == value
        assert evaluated(value).to_dict() == value.to_dict()

    @pytest.mark.parametrize("number", ["1e400", "0.1000000000000000000001", "1e-400", "7" * 700])
    def test_numbers_are_kept_exactly(self, number: str) -> None:
        text = f'{{"intent":"required","target":{{"@odata.type":"x"}},"settings":{{"x":{number}}}}}'
        value = MobileAppAssignment.from_json(text)
        assert value.to_json() == text
        assert pickle.loads(pickle.dumps(value)).to_json() == text
        assert evaluated(value).to_json() == text
        assert value.replace(intent="available").to_json() == text.replace("required", "available")

    @pytest.mark.parametrize("where", ["settings", "target"])
    def test_what_may_be_made_can_be_read_again_however_deep(self, where: str) -> None:
        nested: dict[str, Any] = {"@odata.type": "new"}
        deepest = 0
        for levels in range(1, 102):
            with contextlib.suppress(InvalidInputError):
                value = to_group(**{where: nested if where == "settings" else AssignmentTarget.from_dict(nested)})
                deepest = levels
            nested = {"@odata.type": "new", "x": nested}
        assert deepest >= 98  # what a server lists: its answer is two levels deeper than an entry
        assert MobileAppAssignment.from_dict(value.to_dict()) == value
        assert pickle.loads(pickle.dumps(value)) == value

    def test_it_is_a_value_that_does_not_change(self) -> None:
        value = to_group(settings=SETTINGS)
        for name in ("target", "intent", "settings", "id", "anything_else"):
            with pytest.raises(AttributeError):
                setattr(value, name, None)
        with pytest.raises(TypeError):
            value < value  # type: ignore[operator]  # noqa: B015, PLR0124
        with pytest.raises(TypeError):
            type("Sub", (MobileAppAssignment,), {})
        assert copy.copy(value) is copy.deepcopy(value) is value
        assert value != value.to_dict()
        assert {value, to_group(settings=SETTINGS), to_group()} == {value, to_group()}
        assert to_group(settings={"a": 1, "b": 2}) == to_group(settings={"b": 2, "a": 1.0})
        assert hash(to_group(settings={"a": 1, "b": 2})) == hash(to_group(settings={"b": 2, "a": 1.0}))

    def test_replace_changes_what_is_named_and_keeps_the_rest(self) -> None:
        value = MobileAppAssignment.from_dict({**LISTED, "new": 1})
        changed = value.replace(settings=None, target=AllDevicesAssignmentTarget(**FILTERED))
        assert changed.to_dict() == {
            "id": LISTED["id"],
            "intent": "required",
            "target": AllDevicesAssignmentTarget(**FILTERED).to_dict(),
            "source": "direct",
            "sourceId": None,
            "new": 1,
        }
        assert value.replace() == value
        assert value.__replace__(settings=None).settings is None
        if sys.version_info >= (3, 13):
            assert copy.replace(value, intent="available") == value.replace(intent="available")
        merged = value.replace(settings={**(value.settings or {}), "notifications": "hideAll"})
        assert merged.settings == {**SETTINGS, "notifications": "hideAll"}

    def test_replace_leaves_alone_what_only_a_server_may_say(self) -> None:
        read = MobileAppAssignment.from_dict({**LISTED, "intent": "later", "id": ""})
        assert read.replace(settings=None).intent == "later"
        assert read.replace(intent="required").id == ""

    def test_it_matches_by_position_and_by_name(self) -> None:
        match MobileAppAssignment.from_dict(LISTED):
            case MobileAppAssignment(
                GroupAssignmentTarget(group), "required", {"restartSettings": {"gracePeriodInMinutes": grace}}, id=key
            ):
                assert (group, grace, key) == (GROUP, 1440, LISTED["id"])
            case _:
                pytest.fail("it did not match")
        match to_group():
            case MobileAppAssignment(AllDevicesAssignmentTarget()):
                pytest.fail("a group is not all devices")
            case MobileAppAssignment(
                target=AssignmentTarget(filter_id=None), intent=InstallIntent.REQUIRED, settings=None
            ):
                pass
            case _:
                pytest.fail("it did not match")

    def test_an_exception_of_the_callers_mapping_passes_through(self) -> None:
        class Broken(dict[str, object]):
            def items(self):
                raise LookupError("the caller's own")

        for act in (
            lambda: MobileAppAssignment.from_dict(Broken()),
            lambda: AssignmentTarget.from_dict(Broken()),
            lambda: to_group(settings=Broken()),
            lambda: to_group().replace(settings={"x": Broken()}),
        ):
            with pytest.raises(LookupError, match="the caller's own"):
                act()


WRITES_TO_DICT: list[Callable[[Any], object]] = [
    lambda held: held.__setitem__("x", 1),
    lambda held: held.__delitem__("@odata.type"),
    lambda held: held.__ior__({"x": 1}),
    lambda held: held.clear(),
    lambda held: held.pop("@odata.type"),
    lambda held: held.pop("x", None),
    lambda held: held.popitem(),
    lambda held: held.setdefault("@odata.type", "x"),
    lambda held: held.update(x=1),
    lambda held: held.update({"x": 1}),
]
WRITES_TO_LIST: list[Callable[[Any], object]] = [
    lambda held: held.__setitem__(0, 1),
    lambda held: held.__setitem__(slice(None), []),
    lambda held: held.__delitem__(0),
    lambda held: held.__iadd__([1]),
    lambda held: held.__imul__(2),
    lambda held: held.append(1),
    lambda held: held.clear(),
    lambda held: held.extend([1]),
    lambda held: held.insert(0, 1),
    lambda held: held.pop(),
    lambda held: held.remove(1.5),
    lambda held: held.reverse(),
    lambda held: held.sort(key=str),
]


class TestSettings:
    """Read as a dict that nobody writes to."""

    @pytest.mark.parametrize("write", WRITES_TO_DICT)
    def test_a_dict_refuses_to_be_written_at_any_depth(self, write: Callable[[Any], object]) -> None:
        for value in (to_group(settings=SETTINGS), MobileAppAssignment.from_dict(LISTED)):
            settings: Any = value.settings
            for held in (settings, settings["restartSettings"], settings["newIn2030"][1], copy.copy(settings)):
                before = dict(held)
                with pytest.raises(TypeError, match=r"this dict is read-only: .*replace\(settings="):
                    write(held)
                assert held == before
            assert value.settings == SETTINGS

    @pytest.mark.parametrize("write", WRITES_TO_LIST)
    def test_a_list_refuses_to_be_written_at_any_depth(self, write: Callable[[Any], object]) -> None:
        value = to_group(settings=SETTINGS)
        settings: Any = value.settings
        for held in (settings["newIn2030"], settings["newIn2030"][1]["deep"], copy.copy(settings["newIn2030"])):
            before = list(held)
            with pytest.raises(TypeError, match=r"this list is read-only: .*replace\(settings="):
                write(held)
            assert held == before
        assert value.settings == SETTINGS

    def test_no_method_of_a_later_python_writes(self) -> None:
        settings: Any = to_group(settings=SETTINGS).settings
        reads = {"copy", "count", "fromkeys", "get", "index", "items", "keys", "values"}
        for held in (settings, settings["newIn2030"]):
            named = {name for name in dir(held) if not name.startswith("__")}
            assert named - reads <= vars(type(held)).keys()

    def test_statements_that_write_are_refused_too(self) -> None:
        value = to_group(settings=SETTINGS)
        settings: Any = value.settings
        with pytest.raises(TypeError, match="read-only"):
            settings["notifications"] = "hideAll"
        with pytest.raises(TypeError, match="read-only"):
            del settings["notifications"]
        with pytest.raises(TypeError, match="read-only"):
            settings |= {"x": 1}
        with pytest.raises(TypeError, match="read-only"):
            settings["newIn2030"] += [1]
        with pytest.raises(TypeError, match="read-only"):
            settings["newIn2030"] *= 2
        with pytest.raises(TypeError, match="read-only"):
            settings["restartSettings"]["gracePeriodInMinutes"] = 1
        with pytest.raises(AttributeError):
            settings.notifications = "hideAll"
        assert value.settings == SETTINGS

    def test_it_reads_as_any_dict(self) -> None:
        settings: Any = to_group(settings=SETTINGS).settings
        assert isinstance(settings, dict)
        assert settings == SETTINGS
        assert SETTINGS == settings
        assert settings != {**SETTINGS, "x": 1}
        assert list(settings) == list(SETTINGS)
        assert list(settings.items()) == list(SETTINGS.items())
        assert settings["restartSettings"]["gracePeriodInMinutes"] == 1440
        assert settings.get("x", 7) == 7
        assert "notifications" in settings
        assert len(settings) == len(SETTINGS)
        assert repr(settings) == repr(SETTINGS)
        assert json.dumps(settings) == json.dumps(SETTINGS)
        assert json.dumps(settings, indent=1, sort_keys=True) == json.dumps(SETTINGS, indent=1, sort_keys=True)
        with pytest.raises(TypeError):
            hash(settings)

    def test_what_is_made_of_it_is_the_callers(self) -> None:
        settings: Any = to_group(settings=SETTINGS).settings
        for made_of_it in (dict(settings), {**settings}, settings | {}, {} | settings, settings.copy()):
            assert type(made_of_it) is dict
            made_of_it["x"] = 1
            assert made_of_it == {**SETTINGS, "x": 1}
        for made_of_it in (list(settings["newIn2030"]), settings["newIn2030"][:], settings["newIn2030"] + []):
            assert type(made_of_it) is list
            made_of_it.append(1)
        assert settings == SETTINGS

    def test_copies_are_as_read_only_as_it_is(self) -> None:
        settings: Any = to_group(settings=SETTINGS).settings
        for held in (settings, settings["newIn2030"]):
            for again in copies(held):
                assert type(again) is type(held)
                assert again == held
                with pytest.raises(TypeError, match="read-only"):
                    again.clear()
        with pytest.raises(TypeError, match="read-only"):
            copy.deepcopy(settings)["restartSettings"].clear()

    def test_it_goes_into_another_assignment(self) -> None:
        value = to_group(settings=SETTINGS)
        assert to_group(settings=value.settings) == value
        assert to_group().replace(settings=value.settings) == value
        assert MobileAppAssignment.from_dict({**value.to_dict(), "settings": value.settings}) == value

    def test_what_the_caller_gave_stays_the_callers(self) -> None:
        given = copy.deepcopy(SETTINGS)
        value = to_group(settings=given)
        given["restartSettings"].clear()  # type: ignore[attr-defined]
        assert value.settings == SETTINGS
        document = value.to_dict()
        document["settings"]["notifications"] = "hideAll"
        document["target"]["groupId"] = OTHER
        assert value.settings == SETTINGS
        assert value.target == SALES

    @pytest.mark.parametrize(
        "given", [types.MappingProxyType(SETTINGS), collections.ChainMap(SETTINGS), collections.OrderedDict(SETTINGS)]
    )
    def test_any_mapping_is_taken(self, given: Any) -> None:
        assert to_group(settings=given).settings == SETTINGS

    def test_an_empty_mapping_is_kept(self) -> None:
        assert to_group(settings={}).to_dict()["settings"] == {}
        assert to_group(settings={}).settings == {}


class TestFrom2017:
    """`to_mobile_app_assignment`: all of it, or the name of what has no place."""

    @pytest.mark.parametrize("intent", [each for each in InstallIntent if each != "notApplicable"])
    def test_group_and_intent_are_the_same(self, intent: InstallIntent) -> None:
        old = MobileAppGroupAssignment(target_group_id=GROUP, install_intent=intent, id="old")
        assert old.to_mobile_app_assignment() == to_group(intent=intent)
        assert old.to_mobile_app_assignment().to_dict() == to_group(intent=intent).to_dict()
        assert old.to_mobile_app_assignment(settings_type="iosVppAppAssignmentSettings").settings is None

    @pytest.mark.parametrize(
        "name",
        [
            "iosStoreAppAssignmentSettings",
            "#microsoft.graph.iosLobAppAssignmentSettings",
            "microsoft.graph.iosVppAppAssignmentSettings",
        ],
    )
    def test_a_vpn_profile_goes_into_settings_that_have_it(self, name: str) -> None:
        old = MobileAppGroupAssignment(target_group_id=GROUP, install_intent="required", vpn_configuration_id="V")
        assert old.to_mobile_app_assignment(settings_type=name).settings == {
            "@odata.type": f"#microsoft.graph.{name.rpartition('.')[2]}",
            "vpnConfigurationId": "V",
        }

    def test_licensing_goes_into_settings_that_have_it(self) -> None:
        document = {
            "@odata.type": "#microsoft.graph.mobileAppVppGroupAssignment",
            "targetGroupId": GROUP,
            "vpnConfigurationId": "V",
            "installIntent": "required",
            "useDeviceLicensing": False,
        }
        old = MobileAppGroupAssignment.from_dict(document)
        assert old.to_mobile_app_assignment(settings_type="iosVppAppAssignmentSettings").settings == {
            "@odata.type": "#microsoft.graph.iosVppAppAssignmentSettings",
            "vpnConfigurationId": "V",
            "useDeviceLicensing": False,
        }
        error = refused(lambda: old.to_mobile_app_assignment(settings_type="macOsVppAppAssignmentSettings"))
        assert error.location == "vpn_configuration_id"
        error = refused(lambda: old.to_mobile_app_assignment(settings_type="iosStoreAppAssignmentSettings"))
        assert error.location == "useDeviceLicensing"

    @pytest.mark.parametrize(
        ("change", "settings_type", "location", "said", "hint"),
        [
            ({"installIntent": "notApplicable"}, None, "install_intent", "lacks", "nothing is guessed"),
            ({"installIntent": "later"}, None, "install_intent", "is no install intent", None),
            ({"targetGroupId": "Sales"}, None, "target_group_id", "looks like a name", None),
            ({"targetGroupId": ""}, None, "target_group_id", "is empty", None),
            ({"vpnConfigurationId": "V"}, None, "vpn_configuration_id", "pass a settings_type that has it: ios", None),
            ({"vpnConfigurationId": ""}, "iosLobAppAssignmentSettings", "vpn_configuration_id", "is empty", None),
            ({"useDeviceLicensing": True}, None, "useDeviceLicensing", "pass a settings_type that has it", None),
            ({"useDeviceLicensing": 1}, "iosVppAppAssignmentSettings", "useDeviceLicensing", "not a number", None),
            ({"colour": "red"}, None, "colour", "has no counterpart", None),
            ({"@odata.type": "#microsoft.graph.new"}, None, "@odata.type", "has no counterpart", None),
            ({}, "win32LobAppAssignmentSettings", "settings_type", "takes nothing of the old form", None),
            ({}, "", "settings_type", "takes nothing of the old form", None),
        ],
    )
    def test_what_has_no_place_is_named(
        self, change: dict[str, Any], settings_type: str | None, location: str, said: str, hint: str | None
    ) -> None:
        document = {"targetGroupId": GROUP, "installIntent": "required", **change}
        old = MobileAppGroupAssignment.from_dict(document)
        error = refused(lambda: old.to_mobile_app_assignment(settings_type=settings_type))
        assert error.location == location
        assert said in str(error)
        assert (hint or "") in (error.hint or "")

    def test_what_is_null_is_not_lost(self) -> None:
        document = {"targetGroupId": GROUP, "installIntent": "required", "colour": None, "vpnConfigurationId": None}
        assert MobileAppGroupAssignment.from_dict(document).to_mobile_app_assignment() == to_group()

    def test_the_settings_type_is_text_and_has_a_name(self) -> None:
        old = MobileAppGroupAssignment(target_group_id=GROUP, install_intent="required")
        with pytest.raises(TypeError, match="settings_type must be a str, not int"):
            old.to_mobile_app_assignment(settings_type=7)  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            old.to_mobile_app_assignment("iosVppAppAssignmentSettings")  # type: ignore[misc]
