"""`undo` brings back what was there, exactly, unless somebody else has changed it since."""

import json
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from appassign import (
    ApplyReceipt,
    Client,
    GroupAssignmentTarget,
    MobileAppAssignment,
    NotFoundError,
    StalePlanError,
    read_journal,
)
from appassign.emulator import Emulator
from planned import (
    FILTER,
    LOUD,
    QUIET,
    TWINS,
    Make,
    asked,
    clients_of,
    filtered,
    group,
    holds,
    id_of,
    many,
    somebody_adds,
    somebody_removes,
    to_group,
    wire,
    writes,
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


def in_any_order(documents: list[dict[str, Any]]) -> list[str]:
    return sorted(json.dumps(document, sort_keys=True) for document in documents)


ACTS: dict[str, Callable[[Client, str], ApplyReceipt]] = {
    "added": lambda client, app: client.change(app, add=[to_group(500)]),
    "removed": lambda client, app: client.change(app, remove=[GroupAssignmentTarget(group(n)) for n in range(1, 9)]),
    "changed": lambda client, app: client.change(
        app,
        add=[to_group(1, settings=LOUD, filter_id=FILTER, filter_type="include"), to_group(2, "available")],
        remove=[to_group(1), to_group(2, "available")],
    ),
    "replaced": lambda client, app: client.apply(client.plan(app, replace=[to_group(500), to_group(1)])),
    "cleared": lambda client, app: client.apply(client.plan(app, replace=[]), allow_empty=True),
}


@pytest.mark.parametrize("act", ACTS)
def test_an_undo_restores_the_exact_documents(graph: Emulator, client: Client, act: str) -> None:
    app = graph.add_app(
        assignments=[*many(12), wire(1, settings=QUIET, colour="red"), wire(2, "available", **filtered())][2:]
    )
    before = graph.assignments(app)
    receipt = ACTS[act](client, app)
    after = graph.assignments(app)
    assert in_any_order(after) != in_any_order(before)
    undone = client.undo(receipt)
    assert in_any_order(graph.assignments(app)) == in_any_order(before)
    assert in_any_order([entry.to_dict() for entry in undone.before]) == in_any_order(after)
    assert in_any_order([entry.to_dict() for entry in undone.after]) == in_any_order(before)
    client.undo(undone)
    assert in_any_order(graph.assignments(app)) == in_any_order(after), "an undo can be undone"


def test_an_undo_is_a_read_a_write_and_a_read(graph: Emulator, client: Client) -> None:
    app = graph.add_app(assignments=[wire(1)])
    receipt = client.change(app, add=[to_group(2)])
    graph_asked = len(graph.requests)
    undone = client.undo(receipt)
    assert asked(graph)[graph_asked:] == ["list", "assign", "list"]
    assert undone.app_id == app
    assert undone.response is not None
    assert (undone.response.status, undone.recovered) == (204, False)


def test_to_undo_a_first_assignment_is_to_clear_the_app(graph: Emulator, client: Client) -> None:
    app = graph.add_app()
    receipt = client.change(app, add=[to_group(1)])
    assert client.undo(receipt).after == ()
    assert graph.assignments(app) == []


@pytest.mark.parametrize("reason", [None, "rollout"])
def test_the_reason_says_that_it_was_an_undo(graph: Emulator, client: Client, reason: str | None) -> None:
    receipt = client.change(graph.add_app(), add=[to_group(1)], reason=reason)
    said = client.undo(receipt).reason or ""
    assert "undo" in said
    assert (reason or "") in said


@pytest.mark.parametrize(
    "meanwhile",
    [
        lambda graph, app: somebody_adds(graph, app, 50),
        lambda graph, app: somebody_removes(graph, app, 1),
        lambda graph, app: somebody_removes(graph, app, 2),
    ],
    ids=["added", "removed", "removed what was added"],
)
def test_somebody_elses_change_stands(
    graph: Emulator, client: Client, meanwhile: Callable[[Emulator, str], None]
) -> None:
    app = graph.add_app(assignments=[wire(1), wire(3)])
    receipt = client.change(app, add=[to_group(2)], remove=[to_group(3)])
    meanwhile(graph, app)
    there = graph.assignments(app)
    written = len(writes(graph))
    with pytest.raises(StalePlanError) as refusal:
        client.undo(receipt)
    assert graph.assignments(app) == there
    assert len(writes(graph)) == written
    assert refusal.value.planned == receipt.after
    assert [entry.to_dict() for entry in refusal.value.live] == there
    assert (refusal.value.outcome, bool(refusal.value.hint)) == ("not_sent", True)


def test_a_filter_that_somebody_changed_is_a_change(graph: Emulator, client: Client) -> None:
    app = graph.add_app(assignments=[wire(1)])
    receipt = client.change(app, add=[to_group(2)])
    other = to_group(1, filter_id=FILTER, filter_type="include")
    client.change(app, add=[other], remove=[other])
    with pytest.raises(StalePlanError):
        client.undo(receipt)


def test_what_was_undone_already_is_not_written_again(graph: Emulator, client: Client) -> None:
    app = graph.add_app(assignments=[wire(1)])
    receipt = client.change(app, add=[to_group(2)])
    client.undo(receipt)
    written = len(writes(graph))
    again = client.undo(receipt)
    assert (again.response, again.before) == (None, again.after)
    assert len(writes(graph)) == written
    assert holds(graph, app) == [id_of(1)]


def test_where_nothing_was_written_nothing_is_undone(graph: Emulator, client: Client) -> None:
    app = graph.add_app(assignments=[wire(1)])
    receipt = client.change(app, add=[to_group(1)])
    undone = client.undo(receipt)
    assert undone.response is None
    assert "assign" not in asked(graph)
    assert holds(graph, app) == [id_of(1)]


def test_what_comes_first_is_undone_last(graph: Emulator, client: Client) -> None:
    app = graph.add_app(assignments=many(6))
    before = graph.assignments(app)
    one, two = client.change(app, add=[to_group(50)]), client.change(app, add=[to_group(51)])
    with pytest.raises(StalePlanError):
        client.undo(one)
    client.undo(two)
    client.undo(one)
    assert graph.assignments(app) == before


def test_another_client_undoes_what_it_reads(graph: Emulator, make: Make) -> None:
    app = graph.add_app(assignments=many(12))
    before = graph.assignments(app)
    for carried in (lambda receipt: ApplyReceipt.from_json(receipt.to_json()), lambda r: pickle.loads(pickle.dumps(r))):
        receipt = carried(make().change(app, add=[to_group(50)], remove=[GroupAssignmentTarget(group(1))]))
        make().undo(receipt)
        assert in_any_order(graph.assignments(app)) == in_any_order(before)


def test_a_journal_undoes_what_was_done_yesterday(graph: Emulator, make: Make, tmp_path: Path) -> None:
    app = graph.add_app(assignments=many(12))
    before = graph.assignments(app)
    journal = tmp_path / "journal"
    with_journal = make(journal=journal)
    receipts = [with_journal.change(app, add=[to_group(n)], reason=str(n)) for n in (50, 51)]
    assert read_journal(journal) == receipts
    for receipt in reversed(read_journal(journal)):
        make(journal=journal).undo(receipt)
    assert in_any_order(graph.assignments(app)) == in_any_order(before)
    assert len(read_journal(journal)) == 4
    assert graph.token not in journal.read_text()


def test_a_plan_shows_what_an_undo_would_do(graph: Emulator, client: Client) -> None:
    app = graph.add_app(assignments=[wire(1), wire(2, settings=QUIET, colour="red", **filtered())])
    receipt = client.change(app, add=[to_group(3)], remove=[to_group(2)])
    plan = client.plan(receipt.app_id, replace=receipt.before)
    assert [entry.target.group_id for entry in plan.removed] == [group(3)]
    assert [entry.target.group_id for entry in plan.added] == [group(2)]
    assert plan.added[0].settings == QUIET
    client.apply(plan)
    assert holds(graph, app) == [id_of(1), id_of(2)]
    assert client.plan(app, replace=receipt.before).changed == ()


def test_an_app_that_is_gone_is_not_found(graph: Emulator, client: Client) -> None:
    receipt = client.change(graph.add_app(), add=[to_group(1)])
    graph.reset()
    with pytest.raises(NotFoundError) as refusal:
        client.undo(receipt)
    assert (refusal.value.outcome, refusal.value.attempts) == ("not_sent", 1)


def test_what_a_server_listed_and_a_caller_may_not_send_is_brought_back(graph: Emulator, client: Client) -> None:
    strange = wire(1, "lunar", kind="lunarTarget", crater="Tycho", colour={"hue": 1.0})
    app = graph.add_app(assignments=[strange, wire(2)])
    before = graph.assignments(app)
    [entry] = [entry for entry in client.assignments(app) if entry.intent == "lunar"]
    assert isinstance(entry, MobileAppAssignment)
    client.undo(client.change(app, remove=[entry]))
    assert in_any_order(graph.assignments(app)) == in_any_order(before)
