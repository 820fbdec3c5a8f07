"""Planned writes in trouble: nobody's assignment is lost, and nothing is sent twice that arrived once."""

import asyncio
import functools
import itertools
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from appassign import (
    AppAssignError,
    ApplyReceipt,
    AsyncClient,
    Client,
    ConflictError,
    LimitError,
    PermissionDeniedError,
    PlanError,
    RequestTimeoutError,
    ServiceError,
    StalePlanError,
    ThrottledError,
    VerificationError,
)
from appassign.emulator import Emulator
from checked import together
from planned import (
    FILTER,
    OTHER_FILTER,
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
    somebody_at_each_write,
    somebody_removes,
    to_group,
    trouble,
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


def to_change(client: Client, app: str) -> Callable[[], ApplyReceipt]:
    return lambda: client.change(app, add=[to_group(2)])


def to_apply(client: Client, app: str) -> Callable[[], ApplyReceipt]:
    plan = client.plan(app, add=[to_group(2)])
    return lambda: client.apply(plan)


def to_undo(client: Client, app: str) -> Callable[[], ApplyReceipt]:
    removed = client.apply(client.plan(app, replace=[to_group(2)]))
    client.undo(removed)
    without = client.change(app, remove=[to_group(2)])
    return lambda: client.undo(without)


ACTS = {"change": to_change, "apply": to_apply, "undo": to_undo}


@dataclass
class Case:
    """An app that holds an assignment to group 1, and an act that adds one to group 2."""

    name: str
    graph: Emulator
    app: str
    act: Callable[[], ApplyReceipt]
    before: int
    """How many requests there were before."""

    def asked(self) -> list[str]:
        return asked(self.graph)[self.before :]

    def holds(self) -> list[str]:
        return holds(self.graph, self.app)

    def raises(self, kind: type[AppAssignError], outcome: str, attempts: int) -> Any:
        with pytest.raises(kind) as refusal:
            self.act()
        assert type(refusal.value) is kind
        assert (refusal.value.outcome, refusal.value.attempts) == (outcome, attempts), self.name
        assert refusal.value.client_request_id in {r.headers.get("client-request-id") for r in self.graph.requests}
        assert refusal.value.elapsed > 0
        return refusal.value


def each(test: Callable[[Case], None], acts: str = "change apply undo", **options: Any) -> None:
    """The same trouble for each act of both twins, at the same time, each on a Graph of its own."""

    def one(kind: type, name: str) -> None:
        with Emulator() as graph, clients_of(kind, graph) as make:
            app = graph.add_app(assignments=[wire(1), wire(2)] if name == "undo" else [wire(1)])
            act = ACTS[name](make(**options), app)
            assert holds(graph, app) == [id_of(1)]
            test(Case(name, graph, app, act, len(graph.requests)))

    together(*(functools.partial(one, kind, name) for kind in TWINS for name in acts.split()))


def test_one_more_of_103_is_104(graph: Emulator, make: Make) -> None:
    """G1."""
    app = graph.add_app(assignments=many(103))
    before = graph.assignments(app)
    make().change(app, add=[to_group(500)])
    assert [held for held in graph.assignments(app) if held["id"] != id_of(500)] == before
    assert len(graph.assignments(app)) == 104


def test_what_is_there_already_is_not_written(graph: Emulator, make: Make) -> None:
    """G2."""
    app = graph.add_app(assignments=[wire(1)])
    receipt = make().change(app, add=[to_group(1)])
    assert (receipt.response, receipt.before) == (None, receipt.after)
    assert writes(graph) == []


def test_what_is_removed_and_not_there_is_not_written(graph: Emulator, make: Make) -> None:
    """G3."""
    app = graph.add_app(assignments=[wire(1)])
    receipt = make().change(app, remove=[to_group(9)])
    assert (receipt.response, receipt.before) == (None, receipt.after)
    assert make().plan(app, remove=[to_group(9)]).warnings
    assert writes(graph) == []


def test_somebody_who_is_always_in_between_ends_a_change() -> None:
    """G6: three rounds. A round knows of another one's change only from a write that failed."""

    def test(case: Case) -> None:
        def somebody(number: int) -> None:
            somebody_adds(case.graph, case.app, 50 + number)
            trouble(case.graph, {"answer": {"status": 503}}, method="POST", delay=0.4)

        trouble(case.graph, {"answer": {"status": 503}}, method="POST", delay=0.4)
        with somebody_at_each_write(case.graph, somebody, times=3):
            error = case.raises(StalePlanError, "unknown", 9)
        assert case.asked() == ["list", "assign", "list"] * 3
        assert case.holds() == [id_of(n) for n in (1, 51, 52, 53)]
        assert len(error.live) == len(error.planned) + 1 == 4

    each(test, "change")


def test_32_threads_of_one_client_add_to_one_app(graph: Emulator) -> None:
    """G7."""
    app = graph.add_app(assignments=many(10))
    before = graph.assignments(app)
    with Client(graph.token, base_url=graph.url) as client, ThreadPoolExecutor(32) as pool:
        receipts = list(pool.map(lambda n: client.change(app, add=[to_group(n)]), range(100, 132)))
    assert all(receipt.response is not None for receipt in receipts)
    assert set(holds(graph, app)) == {held["id"] for held in before} | {id_of(n) for n in range(100, 132)}
    assert graph.assignments(app)[:10] == before
    assert asked(graph) == ["list", "assign", "list"] * 32, "one after the other"
    assert [len(write) for write in writes(graph)] == list(range(11, 43))
    assert [len(moment.assignments) for moment in graph.history(app)] == list(range(10, 43))


def test_32_tasks_of_one_client_add_to_one_app(graph: Emulator) -> None:
    """G7."""
    app = graph.add_app()

    async def main() -> None:
        async with AsyncClient(graph.token, base_url=graph.url) as client:
            await asyncio.gather(*(client.change(app, add=[to_group(n)]) for n in range(100, 132)))

    asyncio.run(main())
    assert holds(graph, app) == [id_of(n) for n in range(100, 132)]
    assert asked(graph) == ["list", "app", "assign", "list"] + ["list", "assign", "list"] * 31


def test_both_twins_and_several_clients_add_to_one_app(graph: Emulator) -> None:
    """G7: one call at a time in a process, whichever client makes it."""
    app = graph.add_app(assignments=[wire(1)])

    def add(number: int) -> None:
        with Client(graph.token, base_url=graph.url) as client:
            client.change(app.upper() if number % 2 else app, add=[to_group(number)])

    async def main() -> None:
        async with AsyncClient(graph.token, base_url=graph.url) as client:
            await asyncio.gather(*(client.change(app, add=[to_group(n)]) for n in range(108, 116)))

    together(lambda: asyncio.run(main()), *(lambda n=n: add(n) for n in range(100, 108)))
    assert holds(graph, app) == [id_of(n) for n in (1, *range(100, 116))]
    assert asked(graph) == ["list", "assign", "list"] * 16


def test_a_turn_that_does_not_come_in_time_is_told(graph: Emulator, make: Make) -> None:
    """G7: nothing was sent."""
    app = graph.add_app(assignments=[wire(1)])
    patient, hasty = make(), make(timeout=0.2)
    trouble(graph, "delay", method="POST", delay=1.0)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(patient.change, app, add=[to_group(2)])
        while "assign" not in asked(graph):
            time.sleep(0.002)
        with pytest.raises(RequestTimeoutError, match=app) as refusal:
            hasty.change(app, add=[to_group(3)])
        first.result()
    assert (refusal.value.outcome, refusal.value.attempts) == ("not_sent", 0)
    assert holds(graph, app) == [id_of(1), id_of(2)]


def test_other_apps_do_not_wait(graph: Emulator) -> None:
    """G7: only what is changed is waited for."""
    slow, quick = graph.add_app(), graph.add_app()
    trouble(graph, "delay", method="POST", delay=0.7)
    ended: list[str] = []
    with Client(graph.token, base_url=graph.url) as client, ThreadPoolExecutor(2) as pool:
        first = pool.submit(lambda: (client.change(slow, add=[to_group(1)]), ended.append("slow")))
        while "assign" not in asked(graph):
            time.sleep(0.002)
        client.change(quick, add=[to_group(1)])
        ended.append("quick")
        first.result()
    assert ended == ["quick", "slow"]


def test_a_replacement_that_drops_too_many_is_not_sent(graph: Emulator, make: Make) -> None:
    """G9."""
    app = graph.add_app(assignments=[wire(n) for n in range(100)])
    plan = make().plan(app, replace=[to_group(n) for n in range(40)])
    assert len(plan.removed) == 60
    with pytest.raises(LimitError, match="60") as refusal:
        make().apply(plan, max_removals=59)
    assert refusal.value.outcome == "not_sent"
    assert writes(graph) == []
    make().apply(plan, max_removals=60)
    assert len(graph.assignments(app)) == 40


def test_what_contradicts_what_is_there_is_shown_with_it(graph: Emulator, make: Make) -> None:
    """G10."""
    app = graph.add_app(assignments=[wire(1, settings=QUIET, **filtered())])
    before = graph.assignments(app)
    with pytest.raises(PlanError) as refusal:
        make().change(app, add=[to_group(1, filter_id=OTHER_FILTER, filter_type="include")])
    for shown in (group(1), FILTER, OTHER_FILTER):
        assert shown in str(refusal.value)
    assert (writes(graph), graph.assignments(app)) == ([], before)


def test_an_entry_of_a_policy_set_is_named_and_nothing_is_written() -> None:
    """G11: also where it became one after the plan was made."""

    def test(case: Case) -> None:
        [held] = case.graph.assignments(case.app)
        became = [{**held, "source": "policySets", "sourceId": "p"}]
        app = {"id": case.app, "@odata.type": "#microsoft.graph.win32LobApp", "assignments": became}
        case.graph._native.add_app(json.dumps(app))
        error = case.raises(PlanError, "not_sent", 1)
        assert group(1) in str(error)
        assert "policy set" in str(error)
        assert error.hint
        assert case.asked() == ["list"]

    each(test)


def test_a_list_that_lags_behind_is_waited_for() -> None:
    """G12. Longer waits are held in virtual time, by the core's own tests."""

    def test(case: Case) -> None:
        trouble(case.graph, "delay", method="GET")
        trouble(case.graph, "stale_read", method="GET", times=2)
        receipt = case.act()
        assert receipt.response is not None
        assert case.asked() == ["list", "assign", "list", "list", "list"]
        assert case.holds() == [id_of(1), id_of(2)]
        assert [entry.to_dict() for entry in receipt.after] == case.graph.assignments(case.app)

    each(test)


def test_a_list_that_lags_behind_the_last_change_loses_nothing(graph: Emulator, make: Make) -> None:
    """G12: changes one after the other, as a script makes them."""
    client = make()
    app = graph.add_app(assignments=[wire(1)])
    client.change(app, add=[to_group(2)])
    trouble(graph, "stale_read", method="GET")
    client.change(app, add=[to_group(3)])
    assert holds(graph, app) == [id_of(1), id_of(2), id_of(3)]


@pytest.mark.parametrize(
    "acts", [({"add": [to_group(2)]}, [1]), ({"remove": [to_group(1)]}, [1, 3])], ids=["added", "removed"]
)
def test_an_undo_of_what_a_list_does_not_show_yet_is_done(
    graph: Emulator, make: Make, acts: tuple[dict[str, Any], list[int]]
) -> None:
    """G12: a list that lags behind shows what is to be brought back."""
    change, before = acts
    client = make()
    app = graph.add_app(assignments=[wire(n) for n in before])
    receipt = client.change(app, **change)
    trouble(graph, "stale_read", method="GET")
    client.undo(receipt)
    assert holds(graph, app) == [id_of(n) for n in before]


@pytest.mark.parametrize("status", [202, 204])
def test_a_success_that_changed_nothing_is_told(status: int) -> None:
    """B2."""

    def test(case: Case) -> None:
        trouble(case.graph, {"answer": {"status": status}}, method="POST")
        error = case.raises(VerificationError, "unknown", 4)
        assert case.asked() == ["list", "assign", "list", "list"]
        assert [entry.target.group_id for entry in error.missing] == [group(2)]
        assert error.extra == ()
        assert error.hint
        assert case.holds() == [id_of(1)]

    each(test, timeout=1.2)


def test_a_removal_that_changed_nothing_is_told(graph: Emulator, make: Make) -> None:
    """B2."""
    app = graph.add_app(assignments=[wire(1), wire(2)])
    graph.fail_next(status=202)
    with pytest.raises(VerificationError) as refusal:
        make(timeout=1.2).change(app, remove=[to_group(2)])
    assert refusal.value.missing == ()
    assert [entry.target.group_id for entry in refusal.value.extra] == [group(2)]


@pytest.mark.parametrize("status", [409, 412])
def test_a_conflict_is_planned_again_by_a_change(status: int) -> None:
    """B16."""

    def test(case: Case) -> None:
        case.graph.fail_next(status=status)
        if case.name == "change":
            receipt = case.act()
            assert case.asked() == ["list", "assign", "list", "assign", "list"]
            assert case.holds() == [id_of(1), id_of(2)]
            assert (len(receipt.before), receipt.recovered, receipt.response is not None) == (1, False, True)
        else:
            error = case.raises(ConflictError, "not_applied", 2)
            assert error.status == status
            assert case.asked() == ["list", "assign"]
            assert case.holds() == [id_of(1)]

    each(test)


def test_a_conflict_that_stays_is_told_after_three_rounds() -> None:
    """B16."""

    def test(case: Case) -> None:
        case.graph.fail_next(status=409, times=9)
        case.raises(ConflictError, "not_applied", 6)
        assert case.asked() == ["list", "assign"] * 3
        assert case.holds() == [id_of(1)]

    each(test, "change")


LOST_ANSWERS = {
    "503": {"answer": {"status": 503}},
    "504 without a word": {"answer": {"status": 504, "form": "empty"}},
    "reset": {"cut": "reset"},
    "closed": {"cut": "close"},
    "half": {"cut": "half"},
}


@pytest.mark.parametrize("how", LOST_ANSWERS)
def test_a_write_whose_answer_is_lost_is_found_done_and_not_repeated(how: str) -> None:
    """B9, D1: a planned write looks before it sends again."""

    def test(case: Case) -> None:
        before = case.graph.assignments(case.app)
        trouble(case.graph, LOST_ANSWERS[how], method="POST", after_apply=True)
        receipt = case.act()
        assert (receipt.recovered, receipt.response) == (True, None)
        assert case.asked() == ["list", "assign", "list", "list"]
        assert case.holds() == [id_of(1), id_of(2)]
        assert [entry.to_dict() for entry in receipt.before] == before
        assert [entry.to_dict() for entry in receipt.after] == case.graph.assignments(case.app)
        assert ApplyReceipt.from_json(receipt.to_json()).recovered

    each(test)


def test_the_last_attempt_is_looked_for_too() -> None:
    """B9."""

    def test(case: Case) -> None:
        case.graph.fail_next(status=503, after_apply=True)
        assert case.act().recovered
        assert case.asked().count("assign") == 1

    each(test, attempts=1)


def test_what_was_recovered_is_undone(graph: Emulator, make: Make) -> None:
    """B9."""
    app = graph.add_app(assignments=many(10))
    before = graph.assignments(app)
    graph.fail_next(status=503, after_apply=True)
    client = make()
    receipt = client.change(app, add=[to_group(50)])
    assert receipt.recovered
    client.undo(receipt)
    assert graph.assignments(app) == before


@pytest.mark.parametrize("how", ["503", "reset", "closed"])
def test_a_write_that_was_not_done_is_sent_again(how: str) -> None:
    """B9, D1."""

    def test(case: Case) -> None:
        trouble(case.graph, LOST_ANSWERS[how], method="POST")
        receipt = case.act()
        assert case.asked() == ["list", "assign", "list", "assign", "list"]
        assert not receipt.recovered
        assert receipt.response is not None
        assert (receipt.response.status, receipt.response.attempts) == (204, 2)
        one, two = writes(case.graph)[-2:]
        assert one == two
        assert case.holds() == [id_of(1), id_of(2)]

    each(test)


def test_a_service_that_fails_for_ever_is_known_to_have_done_nothing() -> None:
    """B12: a read turns what nobody knows into something better."""

    def test(case: Case) -> None:
        case.graph.fail_next(status=500, times=9)
        error = case.raises(ServiceError, "not_applied", 5)
        assert error.status == 500
        assert case.asked() == ["list", "assign", "list", "assign", "list"]
        assert case.holds() == [id_of(1)]

    each(test, attempts=2)


def test_where_no_read_tells_the_writes_own_error_is_raised() -> None:
    """B12."""

    def test(case: Case) -> None:
        trouble(case.graph, "delay", method="GET")
        case.graph.fail_next(status=500, times=9, method="GET")
        case.graph.fail_next(status=504, after_apply=True)
        error = case.raises(ServiceError, "unknown", 4)
        assert error.status == 504
        assert case.asked() == ["list", "assign", "list", "list"]
        assert case.holds() == [id_of(1), id_of(2)]

    each(test, attempts=2)


def test_an_answer_that_never_comes_leaves_the_outcome_unknown() -> None:
    """D8."""

    def test(case: Case) -> None:
        trouble(case.graph, {"cut": "silence"}, method="POST", after_apply=True)
        case.raises(RequestTimeoutError, "unknown", 2)
        assert case.asked() == ["list", "assign"]

    each(test, timeout=1.0)


@pytest.mark.parametrize("is_applied", [False, True], ids=["write not done", "write done"])
def test_what_somebody_else_writes_after_a_fault_stands(*, is_applied: bool) -> None:
    """B9: a change plans again, a plan and an undo are stale; unless the write is found done, beside what is theirs."""

    def test(case: Case) -> None:
        trouble(case.graph, {"answer": {"status": 503}}, method="POST", after_apply=is_applied, delay=0.4)
        with somebody_at_each_write(case.graph, lambda _: somebody_adds(case.graph, case.app, 50)):
            if case.name == "change":
                case.act()
                assert case.asked().count("assign") == (1 if is_applied else 2)
                assert case.holds() == [id_of(1), id_of(2), id_of(50)]
            elif is_applied:
                receipt = case.act()
                assert receipt.recovered
                assert id_of(50) not in [entry.id for entry in receipt.after]
                assert id_of(50) in case.holds()
            else:
                error = case.raises(StalePlanError, "unknown", 3)
                assert case.asked() == ["list", "assign", "list"]
                assert id_of(50) in case.holds()
                assert [entry.id for entry in error.planned] == [id_of(1)]
                assert {entry.id for entry in error.live} == set(case.holds())

    each(test)


def test_what_a_change_has_done_before_it_planned_again_is_in_its_receipt() -> None:
    """B9: the write was done, no answer told so, and somebody else wrote something too."""

    def test(case: Case) -> None:
        trouble(case.graph, {"answer": {"status": 503}}, method="POST", after_apply=True, delay=0.4)
        with somebody_at_each_write(case.graph, lambda _: somebody_adds(case.graph, case.app, 50)):
            receipt = case.act()
        assert receipt.recovered
        assert id_of(2) not in [entry.id for entry in receipt.before]

    each(test, "change")


def test_what_somebody_else_removes_right_after_a_write_is_told(graph: Emulator, make: Make) -> None:
    """B2."""
    app = graph.add_app(assignments=[wire(1)])
    trouble(graph, "delay", method="POST", delay=0.3)
    with (
        somebody_at_each_write(graph, lambda _: somebody_removes(graph, app, 2)),
        pytest.raises(VerificationError) as refusal,
    ):
        make(timeout=1.5).change(app, add=[to_group(2)])
    assert [entry.target.group_id for entry in refusal.value.missing] == [group(2)]
    assert holds(graph, app) == [id_of(1)]


def test_what_is_written_and_cannot_be_verified_was_applied() -> None:
    """B13: the write was taken, and the read is refused."""

    def test(case: Case) -> None:
        trouble(case.graph, "delay", method="GET")
        case.graph.fail_next(status=403, method="GET")
        error = case.raises(PermissionDeniedError, "applied", 3)
        assert "could not be verified" in str(error)
        assert "journal" in (error.hint or "")
        assert case.holds() == [id_of(1), id_of(2)]

    each(test)


def test_reads_that_fail_for_a_while_are_waited_for() -> None:
    """B12: of what verifies a write."""

    def test(case: Case) -> None:
        trouble(case.graph, "delay", method="GET")
        case.graph.fail_next(status=500, method="GET")
        trouble(case.graph, {"cut": "reset"}, method="GET")
        receipt = case.act()
        assert case.asked() == ["list", "assign", "list", "list", "list"]
        assert [entry.id for entry in receipt.after] == [id_of(1), id_of(2)]

    each(test)


def test_what_somebody_else_adds_right_after_a_write_is_theirs(graph: Emulator, make: Make) -> None:
    """G6."""
    client = make()
    app = graph.add_app(assignments=[wire(1)])
    trouble(graph, "delay", method="POST", delay=0.3)
    with somebody_at_each_write(graph, lambda _: somebody_adds(graph, app, 50)):
        receipt = client.change(app, add=[to_group(2)])
    assert {entry.id for entry in receipt.after} == {id_of(1), id_of(2)}
    with pytest.raises(StalePlanError):
        client.undo(receipt)
    assert holds(graph, app) == [id_of(1), id_of(2), id_of(50)]


def test_a_token_that_ends_in_the_middle_is_renewed() -> None:
    """F1: before any of the requests."""

    def test(kind: type, place: int) -> None:
        with Emulator() as graph, clients_of(kind, graph) as make:
            tokens = itertools.count()
            client = make(lambda: graph._native.make_token(json.dumps({"uti": str(next(tokens))})))
            app = graph.add_app(assignments=[wire(1)])
            methods = ["GET", "POST", "GET"]
            if place == 2:
                trouble(graph, "delay", method="GET")
            graph.fail_next(status=401, method=methods[place])
            receipt = client.change(app, add=[to_group(2)])
            assert holds(graph, app) == [id_of(1), id_of(2)]
            assert (receipt.recovered, receipt.response is not None) == (False, True)
            assert next(tokens) == 2
            sent = [request.headers["authorization"] for request in graph.requests]
            assert len(set(sent)) == 2
            assert asked(graph).count("assign") == (2 if place == 1 else 1)

    together(*(functools.partial(test, kind, place) for kind in TWINS for place in range(3)))


def test_a_wait_that_graph_asks_for_is_kept() -> None:
    """B3."""

    def test(case: Case) -> None:
        case.graph.fail_next(status=429, retry_after=1)
        start = time.monotonic()
        receipt = case.act()
        assert time.monotonic() - start >= 1
        assert receipt.response is not None
        assert (receipt.response.attempts, receipt.recovered) == (2, False)
        assert case.holds() == [id_of(1), id_of(2)]

    each(test)


def test_a_wait_that_is_too_long_is_told_at_once() -> None:
    """B7."""

    def test(case: Case) -> None:
        case.graph.fail_next(status=429, retry_after=3600)
        error = case.raises(ThrottledError, "not_applied", 3)
        assert error.retry_after == 3600
        assert case.asked() == ["list", "assign", "list"]
        assert case.holds() == [id_of(1)]

    each(test)


def test_a_client_that_is_held_back_reads_after_the_wait(graph: Emulator) -> None:
    """G6: a wait between the read and the write is a window for everybody else."""
    busy, app = graph.add_app(), graph.add_app(assignments=[wire(1)])
    graph.fail_next(status=429, retry_after=1.5)
    with Client(graph.token, base_url=graph.url) as client, ThreadPoolExecutor(2) as pool:
        first = pool.submit(client.change, busy, add=[to_group(1)])
        while "assign" not in asked(graph):
            time.sleep(0.002)
        time.sleep(0.2)  # until the client has the answer, with room to spare
        second = pool.submit(client.change, app, add=[to_group(2)])
        time.sleep(0.5)  # until it has read, if it reads before it waits
        somebody_adds(graph, app, 50)
        first.result()
        second.result()
    assert holds(graph, app) == [id_of(1), id_of(2), id_of(50)]


def test_a_token_that_is_renewed_before_the_write_costs_nobody_an_assignment(graph: Emulator, make: Make) -> None:
    """G6: while a credential is asked, much may happen."""
    app = graph.add_app(assignments=[wire(1)])
    tokens = itertools.count()

    def credential() -> str:
        number = next(tokens)
        if number == 1:
            somebody_adds(graph, app, 50)
        return graph._native.make_token(json.dumps({"uti": str(number)}))

    graph.fail_next(status=401)
    make(credential).change(app, add=[to_group(2)])
    assert holds(graph, app) == [id_of(1), id_of(2), id_of(50)]
