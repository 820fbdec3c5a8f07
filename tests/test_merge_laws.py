"""Laws of planned writes, on whatever a server can list and a caller can want."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from appassign import (
    AllDevicesAssignmentTarget,
    AllLicensedUsersAssignmentTarget,
    ApplyReceipt,
    AssignmentTarget,
    Client,
    ExclusionGroupAssignmentTarget,
    GroupAssignmentTarget,
    MobileAppAssignment,
    Plan,
)
from appassign.emulator import Emulator
from planned import FILTER, GRAPH, LOUD, OTHER_FILTER, QUIET, filtered, group, holds, wire

Documents: TypeAlias = list[dict[str, Any]]
lawful = settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])

# What a caller wants, and the service takes.
filters = st.sampled_from(
    [
        {},
        {"filter_id": FILTER, "filter_type": "include"},
        {"filter_id": OTHER_FILTER, "filter_type": "exclude"},
    ]
)
include: st.SearchStrategy[AssignmentTarget] = st.one_of(
    st.builds(lambda n, f: GroupAssignmentTarget(group(n), **f), st.integers(1, 4), filters),
    st.builds(lambda f: AllDevicesAssignmentTarget(**f), filters),
    st.builds(lambda f: AllLicensedUsersAssignmentTarget(**f), filters),
)
exclude = st.builds(lambda n, f: ExclusionGroupAssignmentTarget(group(n), **f), st.integers(1, 4), filters)
targets = include | exclude
wanted_intents = st.sampled_from(["required", "uninstall"])
wanted = st.one_of(
    st.builds(
        lambda target, intent, settings: MobileAppAssignment(target=target, intent=intent, settings=settings),
        include,
        wanted_intents,
        st.sampled_from([None, QUIET, LOUD]),
    ),
    st.builds(lambda target, intent: MobileAppAssignment(target=target, intent=intent), exclude, wanted_intents),
)

# What a server lists: types, intents and properties of which nobody knows, beside what everybody does.
letters = st.characters(codec="utf-8", categories=["L", "N"])
names = st.text(letters, min_size=1, max_size=5).map(lambda name: f"x{name}")
numbers = st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=5,
)
strange = st.dictionaries(names, values, max_size=2)
server_settings = st.one_of(
    st.none(),
    st.sampled_from([QUIET, LOUD, {**QUIET, "restartSettings": None}]),
    st.builds(lambda more: {"@odata.type": f"{GRAPH}lunarAppAssignmentSettings", **more}, strange),
)
server_filters = st.sampled_from(
    [
        {},
        {"deviceAndAppManagementAssignmentFilterType": "none"},
        filtered(),
        filtered("eclipse", FILTER.upper()),
    ]
)


def listed_entry(
    number: int, intent: str, kind: str, filters: dict[str, Any], more: tuple[dict[str, Any], dict[str, Any]], said: Any
) -> dict[str, Any]:
    own, of_target = more
    number += 4 if kind.startswith("lunar") else 0  # ids are made of groups, whatever the type
    settings = None if kind.startswith("exclusion") else said  # as the service has it
    return {**wire(number, intent, kind, **filters, **of_target), "settings": settings, **own}


listed = st.builds(
    listed_entry,
    st.integers(1, 4),
    st.sampled_from(["required", "uninstall", "lunar"]),
    st.sampled_from(
        ["groupAssignmentTarget", "exclusionGroupAssignmentTarget", "allDevicesAssignmentTarget", "lunarGroupTarget"]
    ),
    server_filters,
    st.tuples(strange, strange),
    server_settings,
)


def key(document: dict[str, Any]) -> tuple[object, ...]:
    target = document["target"]
    return (target["@odata.type"], target.get("groupId"), document["intent"])


apps = st.lists(listed, max_size=6, unique_by=key)


def any_order(documents: Documents) -> list[str]:
    return sorted(json.dumps(document, sort_keys=True) for document in documents)


def distinct(entries: Sequence[MobileAppAssignment]) -> bool:
    keys = [(type(entry.target), getattr(entry.target, "group_id", None), entry.intent) for entry in entries]
    return len(set(keys)) == len(keys)


several = st.lists(wanted, max_size=4).filter(distinct)


@pytest.fixture(scope="module")
def graph() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture(scope="module")
def client(graph: Emulator) -> Iterator[Client]:
    with Client(graph.token, base_url=graph.url) as client:
        yield client


def app_of(graph: Emulator, documents: Documents) -> str:
    graph.reset()
    return graph.add_app(assignments=documents)


@lawful
@given(documents=apps)
def test_what_a_server_lists_is_read_and_written_as_it_is(
    graph: Emulator, client: Client, documents: Documents
) -> None:
    app = app_of(graph, documents)
    before = graph.assignments(app)
    receipt = client.change(app, add=[MobileAppAssignment(target=GroupAssignmentTarget(group(99)), intent="required")])
    after = graph.assignments(app)
    assert any_order(after[:-1]) == any_order(before)
    assert after[-1]["target"]["groupId"] == group(99)
    assert any_order([entry.to_dict() for entry in receipt.before]) == any_order(before)
    client.undo(receipt)
    assert any_order(graph.assignments(app)) == any_order(before)


@lawful
@given(documents=apps)
def test_to_plan_what_is_there_is_to_plan_nothing(graph: Emulator, client: Client, documents: Documents) -> None:
    app = app_of(graph, documents)
    there = client.assignments(app)
    assert not client.plan(app)
    known = [entry for entry in there if entry.intent != "lunar" and type(entry.target) is not AssignmentTarget]
    known = [entry for entry in known if getattr(entry.target, "filter_type", None) != "eclipse"]
    assert not client.plan(app, add=known)
    if known == there:
        assert not client.plan(app, replace=reversed(there))


@lawful
@given(documents=apps, replace=several)
def test_what_was_replaced_is_what_was_wanted(
    graph: Emulator, client: Client, documents: Documents, replace: list[MobileAppAssignment]
) -> None:
    app = app_of(graph, documents)
    before = graph.assignments(app)
    plan = client.plan(app, replace=replace)
    assert Plan.from_json(plan.to_json()) == plan
    assert len(plan.after) == len(replace)
    assert len(plan.added) + len(plan.changed) + len(plan.kept) == len(replace)
    assert len(plan.removed) + len(plan.changed) + len(plan.kept) == len(before)
    receipt = client.apply(plan, allow_empty=True)
    assert not client.plan(app, replace=replace), "what was applied is there"
    assert (receipt.response is not None) == bool(plan)
    client.undo(receipt)
    assert any_order(graph.assignments(app)) == any_order(before)


@lawful
@given(documents=apps, wanted=several, data=st.data())
def test_to_add_is_idempotent_and_the_order_does_not_count(
    graph: Emulator,
    client: Client,
    documents: Documents,
    wanted: list[MobileAppAssignment],
    data: st.DataObject,
) -> None:
    one = app_of(graph, documents)
    two = graph.add_app(assignments=documents)
    before = graph.assignments(one)
    changes = {"add": wanted, "remove": wanted}  # whatever is there, it is no contradiction
    client.change(one, **changes)
    after = graph.assignments(one)
    again = client.change(one, add=wanted)
    assert (again.response, graph.assignments(one)) == (None, after)
    for entry in data.draw(st.permutations(wanted)):
        client.change(two, add=[entry], remove=[entry])
    assert any_order(graph.assignments(two)) == any_order(after)
    named = {(type(entry.target).__name__, getattr(entry.target, "group_id", None), entry.intent) for entry in wanted}
    for document in before:
        kind, group_id, intent = key(document)
        name = str(kind).removeprefix(GRAPH)
        if (name[0].upper() + name[1:], group_id, intent) not in named:
            assert document in after, "what is not named stays as it is"


@lawful
@given(documents=apps, remove=st.lists(wanted | targets, max_size=4))
def test_only_what_is_named_is_removed(
    graph: Emulator,
    client: Client,
    documents: Documents,
    remove: list[Any],
) -> None:
    app = app_of(graph, documents)
    before = graph.assignments(app)

    def is_named(document: dict[str, Any]) -> bool:
        for named in remove:
            target = named.target if isinstance(named, MobileAppAssignment) else named
            kind = f"{GRAPH}{type(target).__name__[0].lower()}{type(target).__name__[1:]}"
            same_target = (kind, getattr(target, "group_id", None)) == (
                document["target"]["@odata.type"],
                document["target"].get("groupId"),
            )
            if same_target and (not isinstance(named, MobileAppAssignment) or named.intent == document["intent"]):
                return True
        return False

    plan = client.plan(app, remove=remove)
    receipt = client.change(app, remove=remove)
    after = [document for document in before if not is_named(document)]
    assert any_order(graph.assignments(app)) == any_order(after)
    assert len(plan.removed) == len(before) - len(after)
    assert (plan.added, plan.changed) == ((), ())
    client.undo(receipt)
    assert any_order(graph.assignments(app)) == any_order(before)


class Changes(RuleBasedStateMachine):
    """Any changes after each other, and undone in any number, last first."""

    graph: Emulator
    client: Client

    @initialize(documents=apps)
    def begin(self, documents: Documents) -> None:
        self.app = app_of(self.graph, documents)
        self.receipts: list[tuple[ApplyReceipt, list[str]]] = []

    def _act(self, act: Any) -> None:
        before = any_order(self.graph.assignments(self.app))
        receipt = act()
        self.receipts.append((receipt, before))
        assert any_order([entry.to_dict() for entry in receipt.after]) == any_order(self.graph.assignments(self.app))

    @rule(wanted=several, remove=st.lists(targets, max_size=1))
    def change(self, wanted: list[MobileAppAssignment], remove: list[AssignmentTarget]) -> None:
        self._act(lambda: self.client.change(self.app, add=wanted, remove=[*wanted, *remove]))

    @rule(wanted=several)
    def replace(self, wanted: list[MobileAppAssignment]) -> None:
        plan = Plan.from_json(self.client.plan(self.app, replace=wanted).to_json())
        self._act(lambda: self.client.apply(plan, allow_empty=True))

    @rule()
    def undo(self) -> None:
        assume(self.receipts)
        receipt, before = self.receipts.pop()
        self.client.undo(ApplyReceipt.from_json(receipt.to_json()))
        assert any_order(self.graph.assignments(self.app)) == before

    @invariant()
    def nothing_is_there_twice(self) -> None:
        if hasattr(self, "app"):
            ids = holds(self.graph, self.app)
            assert len(set(ids)) == len(ids)


def test_changes_are_undone_to_the_very_documents(graph: Emulator, client: Client) -> None:
    machine = type("Here", (Changes,), {"graph": graph, "client": client})
    run_state_machine_as_test(machine, settings=settings(max_examples=25, stateful_step_count=10))
