"""What `plan` says of a change, and that it writes nothing."""

import json
import pickle
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

import appassign
from appassign import (
    AllDevicesAssignmentTarget,
    AllLicensedUsersAssignmentTarget,
    AppAssignError,
    AssignmentTarget,
    BadRequestError,
    Client,
    ConfigurationError,
    ExclusionGroupAssignmentTarget,
    GroupAssignmentTarget,
    InvalidInputError,
    MobileAppAssignment,
    MobileAppGroupAssignment,
    NotFoundError,
    Plan,
    PlanError,
)
from appassign.emulator import Emulator
from planned import (
    FILTER,
    GRAPH,
    LOUD,
    OTHER_FILTER,
    QUIET,
    TWINS,
    Make,
    asked,
    clients_of,
    filtered,
    group,
    many,
    to_group,
    wire,
)


@pytest.fixture
def graph() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture(params=TWINS)
def make(request: pytest.FixtureRequest, graph: Emulator) -> Iterator[Make]:
    with clients_of(request.param, graph) as make:
        yield make


@pytest.fixture
def client(make: Make) -> Client:
    return make()


def listed(graph: Emulator, app: str) -> list[MobileAppAssignment]:
    return [MobileAppAssignment.from_dict(held) for held in graph.assignments(app)]


def test_a_plan_reads_once_and_writes_nothing(graph: Emulator, client: Client) -> None:
    graph._native.set_page_size(200)
    app = graph.add_app(assignments=many(103))
    before = graph.assignments(app)
    plan = client.plan(app, add=[to_group(200)], remove=[GroupAssignmentTarget(group(1))])
    assert asked(graph) == ["list"]
    assert graph.assignments(app) == before
    assert (plan.app_id, bool(plan), plan.changed) == (app, True, ())
    assert [entry.to_dict() for entry in plan.before] == before
    assert plan.added == (to_group(200),)
    assert [entry.target.group_id for entry in plan.removed] == [group(1)]
    assert len(plan.kept) == 102
    assert len(plan.after) == 103
    assert plan.warnings == ()


def test_an_empty_list_is_believed_when_the_app_says_so_too(graph: Emulator, client: Client) -> None:
    plan = client.plan(graph.add_app(), add=[to_group(1)])
    assert asked(graph) == ["list", "app"]
    assert (plan.before, plan.added) == ((), (to_group(1),))


def test_to_plan_what_is_there_is_to_plan_nothing(graph: Emulator, client: Client) -> None:
    app = graph.add_app(assignments=many(20))
    there = client.assignments(app)
    for plan in (
        client.plan(app),
        client.plan(app, replace=there),
        client.plan(app, replace=reversed(there)),
        client.plan(app, add=[entry for entry in there if type(entry.target) is GroupAssignmentTarget][:1]),
    ):
        assert not plan
        assert (plan.added, plan.removed, plan.changed, plan.before) == ((), (), (), plan.after)
        assert len(plan.kept) == 20


@pytest.mark.parametrize(
    "other",
    [
        to_group(1, "available"),
        to_group(1, "uninstall"),
        to_group(2),
        MobileAppAssignment(target=ExclusionGroupAssignmentTarget(group(1)), intent="required"),
        MobileAppAssignment(target=AllDevicesAssignmentTarget(), intent="required"),
        MobileAppAssignment(target=AllLicensedUsersAssignmentTarget(), intent="required"),
    ],
    ids=repr,
)
def test_another_intent_or_target_is_another_assignment(
    graph: Emulator, client: Client, other: MobileAppAssignment
) -> None:
    app = graph.add_app(assignments=[wire(1)])
    plan = client.plan(app, add=[other])
    assert (plan.added, len(plan.kept)) == ((other,), 1)
    plan = client.plan(app, remove=[other])
    assert not plan
    assert [code for code, _ in plan.warnings], "that it is not there is told"


def test_ids_are_the_same_in_any_letters(graph: Emulator, client: Client) -> None:
    held = "ABCDEFAB-0000-4000-8000-ABCDEFABCDEF"
    app = graph.add_app(assignments=[{**wire(1), "target": {**wire(1)["target"], "groupId": held}}])
    wanted = MobileAppAssignment(target=GroupAssignmentTarget(held.lower()), intent="required")
    assert not client.plan(app, add=[wanted])
    assert not client.plan(app, replace=[wanted])
    assert len(client.plan(app, remove=[wanted]).removed) == 1
    assert len(client.plan(app, remove=[wanted.target]).removed) == 1
    assert client.plan(app.upper(), remove=[wanted]).removed
    assert client.plan(uuid.UUID(app), remove=[wanted]).removed


@pytest.mark.parametrize(
    "added",
    [
        to_group(1),
        to_group(1, settings=QUIET),
        to_group(1, filter_id=FILTER, filter_type="include"),
        to_group(1, filter_id=FILTER.upper(), filter_type="include"),
        to_group(1, settings={**QUIET, "restartSettings": None}),
        MobileAppAssignment.from_dict(wire(1, deviceAndAppManagementAssignmentFilterType="none")),
        MobileAppAssignment.from_dict({**wire(1), "id": "whatever", "source": "direct", "sourceId": "whose"}),
    ],
    ids=repr,
)
def test_what_is_added_and_says_nothing_else_keeps_what_is_there(
    graph: Emulator, client: Client, added: MobileAppAssignment
) -> None:
    app = graph.add_app(assignments=[wire(1, settings=QUIET, colour="red", **filtered())])
    plan = client.plan(app, add=[added])
    assert not plan
    assert [entry.to_dict() for entry in plan.after] == graph.assignments(app)


@pytest.mark.parametrize(
    ("added", "differs"),
    [
        (to_group(1, settings=LOUD), "showAll"),
        (to_group(1, filter_id=OTHER_FILTER, filter_type="include"), OTHER_FILTER),
        (to_group(1, filter_id=FILTER, filter_type="exclude"), f"exclude {FILTER}"),
        (MobileAppAssignment.from_dict(wire(1, colour="blue")), "blue"),
    ],
    ids=["settings", "filter", "filter type", "unknown property"],
)
def test_what_contradicts_is_refused_and_both_are_shown(
    graph: Emulator, client: Client, added: MobileAppAssignment, differs: str
) -> None:
    app = graph.add_app(assignments=[wire(1, settings=QUIET, colour="red", **filtered())])
    before = graph.assignments(app)
    for act in (client.plan, client.change):
        with pytest.raises(PlanError) as refusal:
            act(app, add=[to_group(2), added])
        assert type(refusal.value) is PlanError
        said = str(refusal.value)
        for shown in ("add[1]", group(1), differs, f"include {FILTER}", "hideAll"):
            assert shown in said
        assert "remove" in (refusal.value.hint or "")
        assert (refusal.value.outcome, refusal.value.attempts) == ("not_sent", 1)
    assert graph.assignments(app) == before
    assert asked(graph) == ["list", "list"]


def test_what_is_removed_and_added_is_changed(graph: Emulator, client: Client) -> None:
    app = graph.add_app(assignments=[*many(8), wire(50, settings=QUIET, colour="red", crater="Tycho", **filtered())])
    wanted = to_group(50, settings=LOUD, filter_id=OTHER_FILTER, filter_type="exclude")
    for remove in ([wanted], [wanted.target], [to_group(50)]):
        plan = client.plan(app, add=[wanted], remove=remove)
        [(before, after)] = plan.changed
        assert (plan.added, plan.removed, len(plan.kept)) == ((), (), 8)
        assert before.to_dict() == graph.assignments(app)[-1]
        # What the wanted one does not know is taken over.
        assert after.to_dict() == {
            **before.to_dict(),
            "settings": LOUD,
            "target": {**before.to_dict()["target"], **filtered("exclude", OTHER_FILTER)},
        }


def test_a_change_can_take_filter_and_settings_away(graph: Emulator, client: Client) -> None:
    app = graph.add_app(assignments=[wire(1, settings=QUIET, **filtered())])
    for plan in (
        client.plan(app, add=[to_group(1)], remove=[to_group(1)]),
        client.plan(app, replace=[to_group(1)]),
    ):
        [(_, after)] = plan.changed
        assert (after.settings, after.target.filter_id, after.target.filter_type) == (None, None, None)
        client.apply(plan)
        [held] = graph.assignments(app)
        assert held["settings"] is None
        assert held["target"]["deviceAndAppManagementAssignmentFilterType"] == "none"
        client.change(
            app, add=[MobileAppAssignment.from_dict(wire(1, settings=QUIET, **filtered()))], remove=[to_group(1)]
        )


def test_a_target_is_removed_with_all_its_intents(graph: Emulator, client: Client) -> None:
    held = [
        wire(1),
        wire(1, "available", **filtered()),
        wire(1, "uninstall", "exclusionGroupAssignmentTarget"),
        wire(2),
        wire(0, kind="allDevicesAssignmentTarget"),
        wire(0, kind="allLicensedUsersAssignmentTarget"),
    ]
    app = graph.add_app(assignments=held)
    there = client.assignments(app)
    assert client.plan(app, remove=[GroupAssignmentTarget(group(1))]).removed == (there[0], there[1])
    assert client.plan(app, remove=[ExclusionGroupAssignmentTarget(group(1))]).removed == (there[2],)
    assert client.plan(app, remove=[AllDevicesAssignmentTarget()]).removed == (there[4],)
    filtered_target = GroupAssignmentTarget(group(1), filter_id=OTHER_FILTER, filter_type="include")
    assert client.plan(app, remove=[filtered_target]).removed == (there[0], there[1])
    assert client.plan(app, remove=[to_group(1, "available"), there[5]]).removed == (there[1], there[5])


def test_what_is_removed_and_not_there_is_a_warning(graph: Emulator, client: Client) -> None:
    app = graph.add_app(assignments=[wire(1)])
    plan = client.plan(app, remove=[to_group(7), GroupAssignmentTarget(group(8)), to_group(1)])
    assert len(plan.removed) == 1
    (one, said_of_seven), (two, said_of_eight) = plan.warnings
    assert one == two
    assert one
    assert group(7) in said_of_seven
    assert group(8) in said_of_eight
    assert group(7) in str(plan)


def test_whatever_a_server_listed_can_be_removed(graph: Emulator, client: Client) -> None:
    app = graph.add_app(assignments=[wire(1, "lunar"), wire(0, kind="lunarTarget", crater="Tycho"), wire(2)])
    there = client.assignments(app)
    assert client.plan(app, remove=there[:2]).removed == tuple(there[:2])
    assert client.plan(app, remove=[there[1].target]).removed == (there[1],)


def test_a_replacement_is_all_that_the_app_is_to_have(graph: Emulator, client: Client) -> None:
    app = graph.add_app(assignments=[wire(1, colour="red"), wire(2, settings=QUIET), wire(3)])
    plan = client.plan(app, replace=[to_group(4), to_group(2, settings=LOUD), to_group(1)])
    one, two, three = plan.before
    assert (plan.added, plan.removed, plan.kept) == ((to_group(4),), (three,), (one,))
    assert [(before, after.settings) for before, after in plan.changed] == [(two, LOUD)]
    plan = client.plan(app, replace=[])
    assert (plan.after, plan.removed, bool(plan)) == ((), (one, two, three), True)
    assert not client.plan(graph.add_app(), replace=[])


def test_a_replacement_goes_alone(graph: Emulator, client: Client) -> None:
    app = graph.add_app()
    for more in ({"add": [to_group(1)]}, {"remove": [to_group(1)]}, {"add": [to_group(1)], "remove": [to_group(2)]}):
        with pytest.raises(TypeError, match="replace"):
            client.plan(app, replace=[to_group(3)], **more)
    assert graph.requests == []


def test_an_app_of_a_policy_set_is_left_alone(graph: Emulator, client: Client) -> None:
    app = graph.add_app(assignments=[wire(1), wire(2, source="policySets", sourceId="p")])
    before = graph.assignments(app)
    for act in (
        lambda: client.plan(app, add=[to_group(3)]),
        lambda: client.plan(app, remove=[to_group(1)]),
        lambda: client.plan(app, replace=[to_group(2)]),
        lambda: client.change(app, add=[to_group(3)]),
    ):
        with pytest.raises(PlanError, match="policy set") as refusal:
            act()
        assert group(2) in str(refusal.value)
        assert refusal.value.hint
        assert refusal.value.outcome == "not_sent"
    assert len(client.assignments(app)) == 2, "reading is no harm"
    assert graph.assignments(app) == before
    assert "assign" not in asked(graph)


def test_the_form_of_2017_is_told_the_way(graph: Emulator, client: Client, sales: MobileAppGroupAssignment) -> None:
    app: Any = graph.add_app()
    for refused in (
        lambda: client.plan(app, add=[sales]),
        lambda: client.plan(app, replace=[sales]),
        lambda: client.plan(app, remove=[sales]),
        lambda: client.change(app, add=[sales]),
    ):
        with pytest.raises((TypeError, InvalidInputError), match=r"to_mobile_app_assignment\(\)"):
            refused()
    assert graph.requests == []
    converted = sales.to_mobile_app_assignment()
    assert client.plan(app, add=[converted]).added == (converted,)


@pytest.mark.parametrize("argument", ["add", "remove", "replace"])
@pytest.mark.parametrize("given", [to_group(1), "x", b"x", {"target": 1}, 7, [None], [{"target": 1}], ["x"]], ids=repr)
def test_what_is_no_list_of_assignments_is_a_type_error(
    graph: Emulator, client: Client, argument: str, given: Any
) -> None:
    with pytest.raises(TypeError) as refusal:
        client.plan(graph.add_app(), **{argument: given})
    assert argument in str(refusal.value)
    assert graph.requests == []


def test_two_for_one_target_and_intent_are_refused(graph: Emulator, client: Client) -> None:
    app = graph.add_app()
    two = [to_group(1), to_group(2), to_group(1, settings=QUIET)]
    for argument in ("add", "replace"):
        with pytest.raises(InvalidInputError) as refusal:
            client.plan(app, **{argument: two})
        assert refusal.value.location == f"{argument}[2]"
        assert f"{argument}[0]" in str(refusal.value)
    assert graph.requests == []


def test_what_a_caller_may_not_send_is_refused_with_its_place(graph: Emulator, client: Client) -> None:
    app = graph.add_app(assignments=[wire(1, "lunar")])
    [strange] = client.assignments(app)
    for argument in ("add", "replace"):
        with pytest.raises(InvalidInputError) as refusal:
            client.plan(graph.add_app(), **{argument: [to_group(1), strange]})
        assert (refusal.value.location or "").startswith(f"{argument}[1]")
    assert {request.method for request in graph.requests} == {"GET"}


@pytest.mark.parametrize("app", ["", "../x", "a/b", "ä", "..", "a b"])
def test_an_id_of_an_app_that_is_none_is_refused(graph: Emulator, client: Client, app: str) -> None:
    for act in (client.assignments, client.plan, client.change):
        with pytest.raises(InvalidInputError):
            act(app)
    assert graph.requests == []


def test_there_is_no_such_app(graph: Emulator, client: Client) -> None:
    for act in (client.assignments, client.plan, client.change):
        with pytest.raises(NotFoundError) as refusal:
            act("11111111-2222-4333-8444-555555555555")
        assert (refusal.value.outcome, refusal.value.attempts) == ("not_sent", 1)
        assert refusal.value.client_request_id == graph.requests[-1].headers["client-request-id"]


def test_v1_is_refused_because_it_hides_filters(graph: Emulator, make: Make) -> None:
    app = graph.add_app(assignments=[wire(1)])
    plan = make().plan(app, add=[to_group(2)])
    receipt = make().change(app, add=[to_group(2)])
    graph_asked = len(graph.requests)
    client = make(base_url=graph.url.replace("/beta", "/v1.0"))
    for act in (
        lambda: client.assignments(app),
        lambda: client.plan(app, add=[to_group(3)]),
        lambda: client.change(app, add=[to_group(3)]),
        lambda: client.apply(plan),
        lambda: client.undo(receipt),
    ):
        with pytest.raises(ConfigurationError, match="beta") as refusal:
            act()
        assert (refusal.value.outcome, refusal.value.attempts) == ("not_sent", 0)
    assert len(graph.requests) == graph_asked
    assert client.assign(app, [to_group(1)]).status == 204, "the bare action works on both"


def test_a_plan_is_one_line_of_json(graph: Emulator, client: Client) -> None:
    app = graph.add_app(assignments=[*many(30), wire(50, settings=QUIET)])
    for plan in (
        client.plan(app),
        client.plan(app, add=[to_group(99)], remove=[to_group(77), GroupAssignmentTarget(group(1))]),
        client.plan(app, add=[to_group(50)], remove=[to_group(50)]),
        client.plan(app, replace=[]),
    ):
        text = plan.to_json()
        assert "\n" not in text
        read = Plan.from_json(text)
        assert read == plan == Plan.from_json(text.encode()) == pickle.loads(pickle.dumps(plan))
        assert hash(read) == hash(plan)
        assert read.to_json() == text
        assert str(read) == str(plan)
        assert [entry.to_json() for entry in read.after] == [entry.to_json() for entry in plan.after]
        assert (read.added, read.removed, read.changed, read.kept) == (
            plan.added,
            plan.removed,
            plan.changed,
            plan.kept,
        )
        assert read.warnings == plan.warnings


def test_what_is_no_plan_is_refused(graph: Emulator, client: Client) -> None:
    plan = client.plan(graph.add_app(assignments=[wire(1)]), add=[to_group(2)])
    document = json.loads(plan.to_json())
    for name in document:
        for broken in ({k: v for k, v in document.items() if k != name}, {**document, name: 7}):
            with pytest.raises(InvalidInputError):
                Plan.from_json(json.dumps(broken))
    for text in ("", "{", "[]", "null", "{}", "7", plan.to_json() + "x"):
        with pytest.raises(InvalidInputError):
            Plan.from_json(text)
    with pytest.raises(TypeError):
        Plan.from_json(7)  # type: ignore[arg-type]


def test_what_was_edited_is_checked_as_if_a_caller_had_made_it(graph: Emulator, client: Client) -> None:
    plan = client.plan(graph.add_app(), add=[to_group(1)])
    document = json.loads(plan.to_json())
    [entry] = document["after"]
    for edited in (
        {**entry, "intent": "mandatory"},
        {**entry, "target": {**entry["target"], "groupId": "Sales"}},
        {key: value for key, value in entry.items() if key != "target"},
    ):
        with pytest.raises(InvalidInputError) as refusal:
            Plan.from_json(json.dumps({**document, "after": [edited]}))
        assert (refusal.value.location or "").startswith("after[0]")
    with pytest.raises(InvalidInputError):
        Plan.from_json(json.dumps({**document, "after": [entry, entry]}))


def test_the_diff_shows_what_goes_comes_and_changes(graph: Emulator, client: Client) -> None:
    app = graph.add_app(assignments=[wire(1), wire(2, settings=QUIET, **filtered()), wire(3), *many(10)])
    add = [to_group(200), to_group(2, settings=LOUD)]
    shown = str(client.plan(app, add=add, remove=[to_group(2), to_group(3)]))
    assert app in shown
    for part in (group(200), group(2), group(3), "hideAll", "showAll", FILTER):
        assert part in shown
    lines = shown.splitlines()
    assert any(line.lstrip().startswith("+") and group(200) in line for line in lines)
    assert any(line.lstrip().startswith("-") and group(3) in line for line in lines)
    assert not any(line.lstrip()[:1] in "+-~" and group(1) in line for line in lines), "kept is neither"


def test_nothing_in_a_diff_fools_a_terminal(graph: Emulator, client: Client) -> None:
    strange = wire(1, colour="\x1b[2J\u202e\n+ required group")
    shown = str(client.plan(graph.add_app(assignments=[strange]), remove=[GroupAssignmentTarget(group(1))]))
    assert all(line.isprintable() for line in shown.splitlines())
    assert len([line for line in shown.splitlines() if line.lstrip().startswith("+")]) == 0


GROUP = GroupAssignmentTarget(group(1))
IOS = f"{GRAPH}iosVppAppAssignmentSettings"


def ios(name: str) -> dict[str, object]:
    return {"@odata.type": IOS, name: True}


@pytest.mark.parametrize(
    ("code", "entry"),
    [
        ("is_removable_without_required", (GROUP, "available", ios("isRemovable"))),
        (
            "uninstall_on_removal_with_uninstall",
            (GROUP, "uninstall", ios("uninstallOnDeviceRemoval")),
        ),
        ("prevent_backup_with_uninstall", (GROUP, "uninstall", ios("preventManagedAppBackup"))),
        ("available_to_all_devices", (AllDevicesAssignmentTarget(), "available", None)),
        ("exclusion_with_settings", (ExclusionGroupAssignmentTarget(group(1)), "required", QUIET)),
        ("settings_type_unknown", (GROUP, "required", {"@odata.type": f"{GRAPH}lunarSettings"})),
    ],
)
def test_what_graph_is_known_to_refuse_is_a_warning(
    graph: Emulator, client: Client, code: str, entry: tuple[AssignmentTarget, str, Any]
) -> None:
    is_ios = entry[2] is None or entry[2]["@odata.type"] == IOS
    app = graph.add_app(odata_type=GRAPH + ("iosVppApp" if is_ios else "win32LobApp"))
    target, intent, given = entry
    added = MobileAppAssignment(target=target, intent=intent, settings=given)
    plan = client.plan(app, add=[added])
    assert plan.added == (added,), "it is a warning, not a refusal"
    [(told, message)] = plan.warnings
    assert told == code
    assert f"{code}: {message}" in str(plan)
    assert (target.group_id if hasattr(target, "group_id") else "all devices") in message
    with pytest.raises(BadRequestError):  # as Graph does, so far as the emulator knows
        client.apply(plan)


def test_what_is_kept_is_no_warning(graph: Emulator, client: Client) -> None:
    app = graph.add_app(assignments=[wire(1, settings={"@odata.type": f"{GRAPH}lunarSettings"})])
    assert client.plan(app, add=[to_group(2)]).warnings == ()


def test_an_app_holds_no_more_than_a_call_may_carry(graph: Emulator, client: Client) -> None:
    app = graph.add_app(assignments=[wire(n) for n in range(1000)])
    with pytest.raises(PlanError, match=r"1,?000"):
        client.plan(app, add=[to_group(5000)])
    assert len(client.plan(app, remove=[GroupAssignmentTarget(group(n)) for n in range(1000)]).removed) == 1000


def test_a_plan_is_immutable_and_says_what_it_is(graph: Emulator, client: Client) -> None:
    plan = client.plan(graph.add_app(assignments=[wire(1)]), add=[to_group(2)])
    with pytest.raises(AttributeError):
        plan.app_id = "x"  # type: ignore[misc]
    assert repr(plan).startswith("<Plan ")
    assert "added=1" in repr(plan)
    assert plan != client.plan(plan.app_id)
    assert appassign.Plan is type(plan)
    with pytest.raises(AppAssignError):
        Plan.from_json("{}")
