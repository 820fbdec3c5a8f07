"""`plan_many` and `apply_many`: what they take, what they give, and where they stop."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from appassign import (
    AppAssignError,
    ApplyReport,
    AsyncClient,
    AuthenticationError,
    Change,
    Client,
    ClientClosedError,
    ConfigurationError,
    GroupAssignmentTarget,
    InvalidInputError,
    JournalError,
    LimitError,
    NotFoundError,
    PermissionDeniedError,
    Plan,
    StalePlanError,
    read_journal,
)
from appassign.emulator import Emulator
from bulk import additions, apps_of, outcomes, planned, sends_nothing, written
from journals import of_yesterday, start, told
from planned import TWINS, Make, asked, clients_of, group, holds, id_of, somebody_adds, to_group, trouble, wire

ABSENT = "99999999-2222-4333-8444-555555555555"


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


def test_each_app_is_planned_and_written_and_told_of_in_order(graph: Emulator, client: Client) -> None:
    apps = apps_of(graph, 500)
    report = client.plan_many(additions(apps))
    assert [result.change.app_id for result in report] == apps
    assert [result.plan.added[0].target.group_id for result in report] == [group(n) for n in range(100, 600)]
    assert asked(graph).count("assign") == 0
    done = client.apply_many(report)
    assert [result.plan.app_id for result in done] == apps
    assert outcomes(done) == ["applied"] * 500
    assert [holds(graph, app) for app in apps] == [[id_of(n)] for n in range(100, 600)]
    assert asked(graph).count("assign") == 500


def test_what_is_done_plans_as_nothing_to_do(graph: Emulator, client: Client) -> None:
    changes = additions(apps_of(graph, 20))
    client.apply_many(client.plan_many(changes[:10]))
    again = client.plan_many(changes)
    assert [bool(plan) for plan in again.plans] == [False] * 10 + [True] * 10
    done = client.apply_many(again)
    assert [result.receipt.response is None for result in done] == [True] * 10 + [False] * 10
    assert asked(graph).count("assign") == 20


@pytest.mark.parametrize("shape", [list, tuple, iter, lambda changes: (each for each in changes)])
def test_changes_come_in_any_iterable(graph: Emulator, client: Client, shape: Callable[..., Iterable[Change]]) -> None:
    apps = apps_of(graph, 5)
    assert [plan.app_id for plan in client.plan_many(shape(additions(apps))).plans] == apps


def test_changes_may_be_a_mapping_from_apps(graph: Emulator, client: Client) -> None:
    apps = apps_of(graph, 3, assignments=[wire(1)])
    wanted = {apps[0]: {"add": [to_group(2)]}, apps[1]: {"remove": [to_group(1)]}, apps[2]: {"replace": [to_group(3)]}}
    first, second, third = client.plan_many(MappingProxyType(wanted)).plans
    assert (first.app_id, second.app_id, third.app_id) == tuple(apps)
    assert ([len(first.added)], [len(second.removed)], [len(third.added), len(third.removed)]) == ([1], [1], [1, 1])


@pytest.mark.parametrize(
    "shape",
    [
        lambda report: report,
        lambda report: report.plans,
        lambda report: (result.plan for result in report),
        lambda report: [Plan.from_json(plan.to_json()) for plan in report.plans],
    ],
)
def test_plans_come_in_a_report_or_any_iterable(graph: Emulator, client: Client, shape: Callable[..., Any]) -> None:
    done = client.apply_many(shape(planned(client, graph, 5)))
    assert outcomes(done) == ["applied"] * 5
    assert written(graph, done) == [True] * 5


def test_plans_may_be_made_while_they_are_taken(graph: Emulator) -> None:
    apps = apps_of(graph, 5)
    with Client(graph.token, base_url=graph.url) as client:
        done = client.apply_many(client.plan(app, add=[to_group(1)]) for app in apps)
    assert written(graph, done) == [True] * 5


def test_nothing_to_do_is_no_error(graph: Emulator, client: Client) -> None:
    assert str(client.plan_many([])) == "0 apps: 0 planned, 0 nothing to do, 0 failed"
    assert str(client.apply_many(iter(()))) == "0 apps: 0 applied, 0 nothing to do, 0 failed"
    assert client.plan_many({}).plans == ()
    assert sends_nothing(graph)


APP = "11111111-2222-4333-8444-aaaaaaaaaaaa"
CHANGE = Change(APP, add=[to_group(1)])


def a_plan(app: str = APP, before: Iterable[int] = (), after: Iterable[int] = (1,)) -> Plan:
    """A plan that was kept."""
    lists = {"before": [*map(wire, before)], "after": [*map(wire, after)]}
    return Plan.from_json(json.dumps({"app_id": app, **lists, "warnings": []}))


PLAN = a_plan()
TYPE_ERRORS: list[tuple[str, Any, dict[str, Any], str]] = [
    ("plan_many", CHANGE, {}, "changes must be an iterable of Change; wrap a single one in a list"),
    ("plan_many", "APP", {}, "changes must be an iterable of Change, not str"),
    ("plan_many", None, {}, "changes must be an iterable of Change, not NoneType"),
    ("plan_many", [CHANGE, APP], {}, r"changes\[1\] must be a Change, not str"),
    ("plan_many", [PLAN], {}, r"changes\[0\] must be a Change, not Plan"),
    (
        "plan_many",
        {APP: CHANGE},
        {},
        f"changes\\['{APP}'\\] must be a mapping such as .*; Change objects go into a list",
    ),
    ("plan_many", {APP: {"ad": []}}, {}, "unexpected keyword argument 'ad'"),
    ("plan_many", {APP: {"add": [], "replace": []}}, {}, "add and remove do not go with it"),
    ("plan_many", {APP: {"app_id": APP}}, {}, "app_id"),
    ("plan_many", {7: {}}, {}, "app_id must be a str or a uuid.UUID, not int"),
    ("apply_many", PLAN, {}, "plans must be an iterable of Plan; wrap a single one in a list"),
    ("apply_many", 7, {}, "plans must be an iterable of Plan, not int"),
    ("apply_many", [CHANGE], {}, r"plans\[0\] must be a Plan, not Change; client.plan_many\(...\).plans are some"),
    ("apply_many", {APP: PLAN}, {}, r"plans\[0\] must be a Plan, not str"),
    ("apply_many", [PLAN], {"max_removals": 1.0}, "max_removals must be an int or None, not float"),
    ("apply_many", [PLAN], {"allow_empty": 1}, "allow_empty must be a bool, not int"),
    ("apply_many", [PLAN], {"reason": b"why"}, "reason must be a str, not bytes"),
    *[
        (method, [], {"concurrency": concurrency}, f"concurrency must be an int, not {type(concurrency).__name__}")
        for method in ("plan_many", "apply_many")
        for concurrency in (2.0, "2", None, True)
    ],
    *[
        (method, [], {"progress": progress}, "progress must be True, a function of .done, total. or None, not")
        for method in ("plan_many", "apply_many")
        for progress in (False, 1, "tqdm", object())
    ],
]


@pytest.mark.parametrize(("method", "argument", "options", "message"), TYPE_ERRORS)
def test_what_is_of_the_wrong_type_is_refused(
    graph: Emulator, client: Client, method: str, argument: Any, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(TypeError, match=message):
        getattr(client, method)(argument, **options)
    assert sends_nothing(graph)


REFUSALS: list[tuple[str, Any, dict[str, Any], str, str, str | None]] = [
    *[
        (method, [], {"concurrency": n}, "concurrency", f"must be from 1 to 256, not {n}$", None)
        for method in ("plan_many", "apply_many")
        for n in (0, -3, 257, 10**30, -(10**30))
    ],
    (
        "plan_many",
        [Change(ABSENT), CHANGE, Change(APP.upper())],
        {},
        "changes[2]",
        rf"the app {APP.upper()} is there twice: changes\[1\] is about it, too",
        "put all that is wanted of an app into one",
    ),
    (
        "plan_many",
        {APP: {}, APP.upper(): {}},
        {},
        "changes[1]",
        r"changes\[0\] is about it, too",
        "put all that is wanted of an app into one",
    ),
    (
        "apply_many",
        [PLAN, a_plan(ABSENT), PLAN],
        {},
        "plans[2]",
        rf"the app {APP} is there twice: plans\[0\] is about it, too",
        "put all that is wanted of an app into one",
    ),
    ("plan_many", {APP: {"add": [to_group(1), to_group(1)]}}, {}, "add[1]", "has target and intent of", None),
    ("apply_many", [PLAN], {"max_removals": -1}, "max_removals", "must be 0 or more, not -1", None),
    ("apply_many", [PLAN], {"max_removals": -(10**30)}, "max_removals", f"must be 0 or more, not {-(10**30)}", None),
]


@pytest.mark.parametrize(("method", "argument", "options", "location", "message", "hint"), REFUSALS)
def test_what_cannot_be_meant_is_refused(
    graph: Emulator,
    client: Client,
    method: str,
    argument: Any,
    options: dict[str, Any],
    location: str,
    message: str,
    hint: str | None,
) -> None:
    with pytest.raises(InvalidInputError, match=message) as refusal:
        getattr(client, method)(argument, **options)
    error = refusal.value
    assert (error.location, error.outcome, error.attempts) == (location, "not_sent", 0)
    assert hint is None or (error.hint or "").startswith(hint)
    assert sends_nothing(graph)


def test_an_entry_of_a_mapping_that_is_refused_is_named(client: Client) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        client.plan_many({ABSENT: {}, APP: {"add": [to_group(1), to_group(1)]}})
    assert refusal.value.__notes__ == [f"of changes['{APP}']; nothing was sent"]


def test_a_report_in_which_something_failed_is_not_passed_over_in_silence(graph: Emulator, client: Client) -> None:
    apps = apps_of(graph, 2)
    report = client.plan_many(additions([apps[0], ABSENT, apps[1]]))
    with pytest.raises(InvalidInputError, match=f"1 of 3 changes could not be planned, such as .* {ABSENT}") as refusal:
        client.apply_many(report)
    assert refusal.value.location == "plans"
    assert (refusal.value.hint or "").startswith("look at report.failures")
    assert asked(graph).count("assign") == 0
    assert outcomes(client.apply_many(report.plans)) == ["applied"] * 2


LIMITS: list[tuple[list[Plan], dict[str, Any], str, str]] = [
    (
        [a_plan(before=[1, 2]), a_plan(ABSENT, before=[1, 2, 3])],
        {"max_removals": 2},
        f"the plans remove 3 assignments, of 2 apps ({APP}, {ABSENT}), and max_removals is 2 for all of them",
        "print the plans",
    ),
    (
        [a_plan(before=[1, 2])],
        {"max_removals": 0},
        f"the plans remove 1 assignment, of 1 app ({APP}), and max_removals is 0 for all of them",
        "print the plans",
    ),
    (
        [PLAN, a_plan(ABSENT, before=[1], after=[])],
        {},
        f"the plans leave 1 app ({ABSENT}) without any assignment",
        "if these shall have none, pass allow_empty=True",
    ),
]


@pytest.mark.parametrize(("plans", "options", "message", "hint"), LIMITS)
def test_a_limit_is_checked_before_anything_is_written(
    graph: Emulator, client: Client, plans: list[Plan], options: dict[str, Any], message: str, hint: str
) -> None:
    with pytest.raises(LimitError) as refusal:
        client.apply_many(plans, **options)
    assert str(refusal.value).startswith(message)
    assert (refusal.value.hint or "").startswith(hint)
    assert (refusal.value.outcome, sends_nothing(graph)) == ("not_sent", True)


def test_what_is_within_the_limits_is_written(graph: Emulator, client: Client) -> None:
    apps = apps_of(graph, 3, assignments=[wire(1), wire(2)])
    report = client.plan_many({app: {"replace": []} for app in apps})
    done = client.apply_many(report, max_removals=6, allow_empty=True, reason="spring cleaning")
    assert [graph.assignments(app) for app in apps] == [[]] * 3
    assert [result.receipt.reason for result in done] == ["spring cleaning"] * 3


def test_what_the_iterable_raises_passes_through(graph: Emulator, client: Client) -> None:
    def changes() -> Iterator[Change]:
        yield from additions(apps_of(graph, 3))
        raise OSError("the table ends here")

    with pytest.raises(OSError, match="the table ends here") as raised:
        client.plan_many(changes())
    assert raised.value.__notes__ == ["raised by the iterable instead of changes[3]; nothing was sent"]
    assert sends_nothing(graph)


def test_more_than_a_run_is_about_are_refused_however_many_there_are(graph: Emulator, client: Client) -> None:
    taken = 0

    def changes() -> Iterator[Change]:
        nonlocal taken
        while True:
            taken += 1
            yield CHANGE

    with pytest.raises(InvalidInputError, match="more than 100000 entries; nothing was sent") as refusal:
        client.plan_many(changes())
    assert (refusal.value.location, refusal.value.hint, taken) == ("changes", "make several runs of it", 100_001)
    assert sends_nothing(graph)


@pytest.mark.parametrize("act", [lambda client: client.plan_many([CHANGE]), lambda client: client.apply_many([PLAN])])
def test_a_closed_client_and_another_version_are_refused(graph: Emulator, act: Callable[[Any], Any]) -> None:
    async def main() -> None:
        async with AsyncClient(graph.token, base_url=graph.url) as client:
            await client.close()
            with pytest.raises(ClientClosedError):
                await act(client)
        async with AsyncClient(graph.token, base_url=graph.url.replace("/beta", "/v1.0")) as client:
            with pytest.raises(ConfigurationError, match="/beta"):
                await act(client)

    asyncio.run(main())
    with Client(graph.token, base_url=graph.url) as client:
        client.close()
        with pytest.raises(ClientClosedError):
            act(client)
        old = Client(graph.token, base_url=graph.url.replace("/beta", "/v1.0"))
        with pytest.raises(ConfigurationError, match="/beta"):
            act(old)
    assert sends_nothing(graph)


def test_a_client_that_its_own_iterable_closes_sends_nothing(graph: Emulator) -> None:
    client = Client(graph.token, base_url=graph.url)

    def changes() -> Iterator[Change]:
        yield CHANGE
        client.close()

    with pytest.raises(ClientClosedError):
        client.plan_many(changes())
    assert sends_nothing(graph)


def test_one_bad_app_never_spoils_the_rest(graph: Emulator, client: Client) -> None:
    apps = apps_of(graph, 30)
    report = client.plan_many(additions(apps))
    somebody_adds(graph, apps[20], 7)
    graph.fail_next(status=400, times=4)
    done = client.apply_many(report)
    classes = [type(result.error).__name__ for result in done.failures]
    assert sorted(classes) == ["BadRequestError"] * 4 + ["StalePlanError"]
    assert isinstance(done[20].error, StalePlanError)
    assert [holds(graph, app) for app in apps] == [
        [id_of(7)] if number == 120 else [id_of(number)] if result.error is None else []
        for number, result in enumerate(done, start=100)
    ]
    assert {result.error.attempts > 0 for result in done.failures} == {True}
    with pytest.raises(ExceptionGroup):
        done.raise_for_errors()


def not_begun(report: Any, kind: type[AppAssignError]) -> int:
    """How many were not begun, each with an error of this kind that says so."""
    stopped = [result.error for result in report.failures if str(result.error).startswith("not begun")]
    assert {type(error) for error in stopped} <= {kind}
    assert all((error.outcome, error.attempts, error.elapsed) == ("not_sent", 0, 0.0) for error in stopped)
    assert all(error.client_request_id is None for error in stopped)
    return len(stopped)


@pytest.mark.parametrize(("status", "kind"), [(401, AuthenticationError), (403, PermissionDeniedError)])
@pytest.mark.parametrize("act", ["plan_many", "apply_many"])
def test_it_stops_where_every_call_would_fail_alike(
    graph: Emulator, client: Client, act: str, status: int, kind: type[AppAssignError]
) -> None:
    apps = apps_of(graph, 40)
    given: Any = additions(apps) if act == "plan_many" else client.plan_many(additions(apps))
    graph.fail_next(status=status, times=100, method="GET" if act == "plan_many" else "POST")
    report = getattr(client, act)(given, concurrency=4)
    assert {type(result.error) for result in report} == {kind}
    assert 40 - not_begun(report, kind) <= 3 + 4
    assert [graph.assignments(app) for app in apps] == [[]] * 40


def test_it_stops_at_a_journal_that_cannot_be_written(graph: Emulator, make: Make, tmp_path: Path) -> None:
    (tmp_path / "journal").write_text("damaged\n")
    report = planned(make(), graph, 40)
    done = make(journal=tmp_path / "journal").apply_many(report, concurrency=4)
    assert {type(result.error) for result in done} == {JournalError}
    assert not_begun(done, JournalError) >= 40 - 8
    assert asked(graph).count("assign") == 0


def test_each_write_is_in_the_journal_and_can_be_undone(graph: Emulator, make: Make, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    client = make(journal=journal)
    done = client.apply_many(planned(client, graph, 30), reason="why")
    receipts = {receipt.app_id: receipt for receipt in read_journal(journal)}
    assert receipts == {result.plan.app_id: result.receipt for result in done}
    assert (told(journal).count("applied"), {receipt.reason for receipt in receipts.values()}) == (30, {"why"})
    for result in done:
        client.undo(of_yesterday(result.receipt))
    assert written(graph, done) == [False] * 30


def test_with_a_journal_that_fills_up_nothing_is_sent_that_is_not_in_it(graph: Emulator, make: Make) -> None:
    report = planned(make(), graph, 10)
    done = make(journal="/dev/full").apply_many(report)
    assert {type(result.error) for result in done} == {JournalError}
    assert set(outcomes(done)) == {"not_sent"}
    assert asked(graph).count("assign") == 0


def test_runs_over_the_same_apps_at_once_lose_nothing(graph: Emulator, tmp_path: Path) -> None:
    apps = apps_of(graph, 25, assignments=[wire(0)])
    ended = threading.Barrier(4)

    def run(number: int) -> None:
        with Client(graph.token, base_url=graph.url, journal=tmp_path / "journal") as client:
            wanted = {app: {"add": [to_group(number)]} for app in apps}
            ended.wait()
            while failures := client.apply_many(client.plan_many(wanted)).failures:
                assert {type(result.error) for result in failures} == {StalePlanError}

    threads = [threading.Thread(target=run, args=(number,)) for number in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert [holds(graph, app) for app in apps] == [[id_of(number) for number in range(5)]] * 25


def test_threads_share_a_client(graph: Emulator) -> None:
    reports: list[ApplyReport] = []
    with Client(graph.token, base_url=graph.url) as client:
        plans = [planned(client, graph, 30) for _ in range(6)]
        threads = [threading.Thread(target=lambda each=each: reports.append(client.apply_many(each))) for each in plans]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
    assert [written(graph, report) for report in reports] == [[True] * 30] * 6


def test_tasks_share_a_client_with_single_calls(graph: Emulator) -> None:
    async def main() -> None:
        async with AsyncClient(graph.token, base_url=graph.url) as client:
            apps = apps_of(graph, 60)
            single = apps_of(graph, 20)
            many, other, *changed = await asyncio.gather(
                client.plan_many(additions(apps[:30])),
                client.plan_many(additions(apps[30:])),
                *(client.change(app, add=[to_group(1)]) for app in single),
            )
            applied, rest, listed = await asyncio.gather(
                client.apply_many(many), client.apply_many(other), client.assignments(single[0])
            )
            assert (written(graph, applied), written(graph, rest)) == ([True] * 30, [True] * 30)
            assert [receipt.app_id for receipt in changed] == single
            assert [assignment.target for assignment in listed] == [GroupAssignmentTarget(group(1))]

    asyncio.run(main())


def test_a_missing_app_is_an_error_in_its_place(graph: Emulator, client: Client) -> None:
    apps = apps_of(graph, 2)
    report = client.plan_many(additions([apps[0], ABSENT, apps[1]]))
    assert [type(result.error) for result in report] == [type(None), NotFoundError, type(None)]
    assert [result.plan is None for result in report] == [False, True, False]
    assert report[1].error.attempts == 1


def test_a_probe_waits_for_nobody_who_waits_for_it(graph: Emulator, make: Make, tmp_path: Path) -> None:
    """Writes that failed keep the journal, whose turn is over by the time that the circuit lets another app try."""
    client = make(journal=tmp_path / "journal", timeout=20)
    failing = planned(client, graph, 5)
    # What is there already is not written, so that it closes no circuit.
    there = client.plan_many([Change(app, add=[to_group(1)]) for app in apps_of(graph, 60, assignments=[wire(1)])])
    trouble(graph, "delay", delay=0.05, method="GET", times=65)
    graph.fail_next(status=503, times=5, retry_after=6)
    done = client.apply_many([*failing.plans, *there.plans], concurrency=8)
    assert (done.failures, written(graph, done)) == ((), [True] * 65)


WEIGHED = """
import sys
import psutil
from appassign import Change, Client
url, token, *_ = sys.argv[1:]
apps = sys.stdin.read().split()
client = Client(token, base_url=url)
client.plan_many(map(Change, apps[:500]))
before = psutil.Process().memory_info().rss
report = client.plan_many(map(Change, apps))
print((psutil.Process().memory_info().rss - before) / len(report))
"""


def test_a_report_of_many_apps_weighs_little(graph: Emulator) -> None:
    apps = apps_of(graph, 10_000)
    with start(WEIGHED, graph.url, graph.token) as process:
        try:
            printed, noise = process.communicate("\n".join(apps), timeout=300)
        finally:
            process.kill()
    assert (noise, process.returncode) == ("", 0)
    assert float(printed) < 2_048
