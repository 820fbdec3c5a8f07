"""Many apps at once in trouble: one bad app spoils no other, a run that cannot go well ends, and what is known is kept.

Section H of the catalogue of faults. Waits of many seconds, and who is under way at each moment, stand in
``tests/rust/bulk.rs``, where time is virtual.
"""

import asyncio
import itertools
import json
import os
import pathlib
import re
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any, Self, TypeAlias

import pytest

from appassign import (
    AppAssignError,
    ApplyReport,
    AsyncClient,
    AuthenticationError,
    Change,
    Client,
    CredentialError,
    InvalidInputError,
    NotFoundError,
    PermissionDeniedError,
    Plan,
    PlanReport,
    read_journal,
)
from appassign.emulator import Emulator
from checked import CANARY, Checked
from faults import FaultyGraph, Read, Seen, Step, answer
from journals import Awaited, Watched, group, numbers, of_yesterday, records, run, settle, start, wire

Make: TypeAlias = Callable[..., Client]
NINTH = group(9)
"""What each app is to have besides what it holds."""


@pytest.fixture(params=[Client, Awaited], ids=["Client", "AsyncClient"])
def make(request: pytest.FixtureRequest) -> Iterator[Make]:
    """Makes clients of one kind, and closes them."""
    made: list[Client] = []

    def one(graph: FaultyGraph | Emulator, credential: Any = CANARY, **options: Any) -> Client:
        made.append(request.param(credential, base_url=graph.url, **options))
        return made[-1]

    yield one
    for client in made:
        client.close()


def app(number: int) -> str:
    """The id of one of many apps."""
    return f"aaaaaaaa-bbbb-4ccc-8ddd-{number:012}"


def changes(count: int) -> list[Change]:
    return [Change(app(number), add=[NINTH]) for number in range(count)]


def plans(count: int) -> list[Plan]:
    """As made for apps that hold group 1."""
    document = {"after": [wire(1), NINTH.to_dict()], "before": [wire(1)], "warnings": []}
    return [Plan.from_json(json.dumps({"app_id": app(number), **document})) for number in range(count)]


def holding(count: int) -> dict[str, list[Any]]:
    """So many apps that hold group 1."""
    return {app(number): [wire(1)] for number in range(count)}


def posts(graph: FaultyGraph) -> list[str]:
    """The apps that were written to, in order."""
    return [seen.path.split("/")[-2] for seen in graph.log if seen.method == "POST"]


def number_of(head: bytes) -> int:
    """The number of the app that a request is about."""
    return int(re.findall(rb"/mobileApps/[^/?]*-(\d{12})", head)[0])


REFUSAL = {"error": {"code": "Forbidden", "message": "Application is not authorized to perform this operation."}}
FORBIDDEN = answer(403, REFUSAL)


def not_begun(report: PlanReport | ApplyReport, kind: type[AppAssignError]) -> list[int]:
    """The places of the apps that were left alone, for the same reason as those before them."""
    found = []
    for place, result in enumerate(report):
        if result.error is not None and result.error.attempts == 0:
            assert type(result.error) is kind
            assert result.error.outcome == "not_sent"
            found.append(place)
    return found


def in_order(report: PlanReport | ApplyReport, count: int) -> None:
    """There is a result for each app, at its place."""
    of = [result.change if isinstance(report, PlanReport) else result.plan for result in report]
    assert [one.app_id for one in of] == [app(number) for number in range(count)]


class TestInput:
    """All of it is taken before the first request."""

    def test_an_app_that_is_named_twice_is_refused(self, checked: Checked, make: Make) -> None:
        """H2."""
        with FaultyGraph(holds=holding(9)) as graph:
            client = make(graph)
            again = Change(app(3).upper(), remove=[group(1)])
            with pytest.raises(InvalidInputError, match=app(3).upper()) as refusal:
                client.plan_many([*changes(7), again, *changes(9)[7:]])
            assert (refusal.value.location, refusal.value.outcome) == ("changes[7]", "not_sent")
            document = json.loads(plans(4)[3].to_json())
            twin = Plan.from_json(json.dumps({**document, "app_id": app(3).upper()}))
            with pytest.raises(InvalidInputError, match=app(3).upper()) as refusal:
                client.apply_many([*plans(7), twin])
            assert (refusal.value.location, refusal.value.outcome) == ("plans[7]", "not_sent")
            assert graph.read == 0

    def test_a_generator_that_fails_has_its_own_exception_and_nothing_is_sent(
        self, checked: Checked, make: Make
    ) -> None:
        """H15: nothing is sent before the whole input is there, so there are no earlier results to keep."""

        def failing(items: list[Any]) -> Iterator[Any]:
            yield from items
            raise LookupError("row 700 is broken")

        with FaultyGraph() as graph:
            client = make(graph)
            with pytest.raises(LookupError, match="row 700 is broken") as raised:
                client.plan_many(failing(changes(700)))
            assert "changes[700]" in "".join(raised.value.__notes__)
            with pytest.raises(LookupError, match="row 700 is broken") as raised:
                client.apply_many(failing(plans(700)))
            assert "plans[700]" in "".join(raised.value.__notes__)
            assert graph.read == 0

    def test_a_generator_without_an_end_is_asked_no_longer_than_the_limit(self, checked: Checked, make: Make) -> None:
        """H16."""
        taken = itertools.count(1)

        def endless(item: Any) -> Iterator[Any]:
            while next(taken) <= 200_000:
                yield item

        with FaultyGraph() as graph:
            client = make(graph)
            with pytest.raises(InvalidInputError, match="100000") as refusal:
                client.plan_many(endless(changes(1)[0]))
            assert refusal.value.location == "changes"
            assert next(taken) == 100_002
            with pytest.raises(InvalidInputError, match="100000") as refusal:
                client.apply_many(itertools.repeat(plans(1)[0]))
            assert refusal.value.location == "plans"
            assert graph.read == 0


class TestResults:
    def test_they_stand_in_the_order_of_the_input(self, checked: Checked, make: Make) -> None:
        """H1: how many are under way, of 5,000, is told in virtual time."""
        late = {number: 0.02 * (number % 5) for number in range(60)}

        def some_late(head: bytes) -> Read:
            return Read(delay=late[number_of(head)])

        with FaultyGraph(reads=some_late, holds=holding(60)) as graph:
            client = make(graph)
            planned = client.plan_many(changes(60), concurrency=8)
            in_order(planned, 60)
            assert not planned.failures
            applied = client.apply_many(planned.plans, concurrency=8)
            in_order(applied, 60)
            assert not applied.failures
            assert all(graph.applied[app(number)] == 1 for number in range(60))

    def test_one_bad_app_spoils_no_other(self, checked: Checked, make: Make) -> None:
        def some_missing(head: bytes) -> Step | Read:
            return (
                answer(404, {"error": {"code": "ResourceNotFound", "message": "No."}})
                if number_of(head) % 5 == 3
                else Read()
            )

        with FaultyGraph(reads=some_missing, holds=holding(30)) as graph:
            client = make(graph)
            report = client.apply_many(plans(30), concurrency=4)
            failed = [place for place, result in enumerate(report) if result.error is not None]
            assert failed == list(range(3, 30, 5))
            assert {type(result.error) for result in report.failures} == {NotFoundError}
            assert sum(graph.applied.values()) == 24
            with pytest.raises(ExceptionGroup) as raised:
                report.raise_for_errors()
            assert len(raised.value.exceptions) == 6


class TestStops:
    """What would befall every app ends the run; those that were not begun have an error of the same kind."""

    def test_a_permission_that_the_first_three_apps_show_to_be_missing(self, checked: Checked, make: Make) -> None:
        """H11."""
        with FaultyGraph(default=FORBIDDEN, holds=holding(50)) as graph:
            report = make(graph).apply_many(plans(50), concurrency=8)
            in_order(report, 50)
            assert len(report.failures) == 50
            left_alone = not_begun(report, PermissionDeniedError)
            assert 3 <= len(posts(graph)) == 50 - len(left_alone) <= 3 + 8
            assert all(result.error.status == 403 for result in report)
        with FaultyGraph(reads=FORBIDDEN, holds=holding(50)) as graph:
            report = make(graph).plan_many(changes(50), concurrency=8)
            left_alone = not_begun(report, PermissionDeniedError)
            assert 3 <= graph.read == 50 - len(left_alone) <= 3 + 8

    def test_a_permission_that_is_missing_for_some_apps_ends_nothing(self, checked: Checked, make: Make) -> None:
        """H11: a scope tag hides an app or two from whoever may write to the others."""

        def some_forbidden(head: bytes) -> Step:
            return FORBIDDEN if number_of(head) >= 2 else answer(204)

        with FaultyGraph(default=some_forbidden, holds=holding(30)) as graph:
            report = make(graph).apply_many(plans(30), concurrency=1)
            assert len(posts(graph)) == 30
            assert len(report.failures) == 28

    def test_a_token_that_is_refused(self, checked: Checked, make: Make) -> None:
        given = itertools.count()
        for credential in (CANARY, lambda: f"{next(given)}{CANARY}"):
            with FaultyGraph(default=answer(401), holds=holding(50)) as graph:
                report = make(graph, credential).apply_many(plans(50), concurrency=8)
                in_order(report, 50)
                assert len(report.failures) == 50
                left_alone = not_begun(report, AuthenticationError)
                assert 50 - len(left_alone) <= 8
                assert len(posts(graph)) <= 8 * 2

    def test_a_credential_that_gives_no_token(self, checked: Checked, make: Make) -> None:
        asked = itertools.count(1)

        def broken() -> str:
            raise LookupError(f"no token the {next(asked)}. time")

        with FaultyGraph(holds=holding(50)) as graph:
            report = make(graph, broken).plan_many(changes(50), concurrency=8)
            assert len(not_begun(report, CredentialError)) == 50
            assert graph.read == 0
        assert next(asked) == 2, "it is asked once"

    def test_a_journal_that_cannot_be_written(self, tmp_path: pathlib.Path, make: Make) -> None:
        """H6, H7."""
        with Emulator() as graph:
            apps = [graph.add_app(assignments=[wire(1)]) for _ in range(40)]
            twin = "Client" if isinstance(make(graph, graph.token), Client) else "Awaited"
            printed = run(FULL, twin, graph.url, graph.token, tmp_path / "journal.jsonl", *apps)
            written = [app for app in apps if 9 in numbers(graph.assignments(app))]
        refused, left_alone = map(int, printed.split())
        assert refused >= 1
        assert left_alone >= 40 - len(written) - 4
        told = records(tmp_path / "journal.jsonl")
        assert {record["app_id"] for record in told if record["record"] == "intent"} >= set(written)


FULL = """
import os, resource, sys
from appassign import Change, Client, JournalError
from journals import Awaited, Watched, group
twin, url, token, journal, *apps = sys.argv[1:]
with {"Client": Client, "Awaited": Awaited}[twin](token, base_url=url, journal=journal) as client:
    planned = client.plan_many(Change(app, add=[group(9)]) for app in apps)
    client.apply_many(planned.plans[:5]).raise_for_errors()
    resource.setrlimit(resource.RLIMIT_FSIZE, (os.path.getsize(journal) + 5_000, resource.RLIM_INFINITY))
    report = client.apply_many(planned.plans[5:], concurrency=4)
    errors = [result.error for result in report.failures]
    assert {type(error) for error in errors} == {JournalError}, errors
    print(len(errors), sum(error.attempts == 0 and error.outcome == "not_sent" for error in errors))
"""


class TestCancelled:
    def test_ctrl_c_gives_the_exception_what_is_known(self, checked: Checked) -> None:
        """H14."""
        with FaultyGraph(holds=holding(40)) as graph, Blocked(graph, at=11) as blocked:
            client = Client(CANARY, base_url=graph.url)
            interrupt = threading.Thread(target=blocked.then(lambda: os.kill(os.getpid(), signal.SIGINT)))
            interrupt.start()
            with pytest.raises(KeyboardInterrupt) as raised:
                client.apply_many(plans(40), concurrency=8)
            interrupt.join()
            blocked.release()
            tells(raised.value.report, graph)

    def test_a_cancelled_task_gives_the_exception_what_is_known(self, checked: Checked) -> None:
        """H14."""

        async def main(graph: FaultyGraph, blocked: "Blocked") -> ApplyReport:
            async with AsyncClient(CANARY, base_url=graph.url) as client:
                task = asyncio.create_task(client.apply_many(plans(40), concurrency=8))
                await asyncio.to_thread(blocked.wait)
                task.cancel()
                with pytest.raises(asyncio.CancelledError) as raised:
                    await task
                blocked.release()
                return raised.value.report

        with FaultyGraph(holds=holding(40)) as graph, Blocked(graph, at=11) as blocked:
            tells(asyncio.run(main(graph, blocked)), graph)


class Blocked:
    """A service that falls silent when it has read so many writes, until it is released."""

    def __init__(self, graph: FaultyGraph, *, at: int) -> None:
        self._is_silent, self._is_released = threading.Event(), threading.Event()
        self._at = at
        graph.between(self._see, on="POST")

    def _see(self, number: int, _: Seen) -> None:
        if number == self._at:
            self._is_silent.set()
            assert self._is_released.wait(60)

    def wait(self) -> None:
        assert self._is_silent.wait(60)

    def then(self, act: Callable[[], object]) -> Callable[[], None]:
        def waiting() -> None:
            self.wait()
            act()

        return waiting

    def release(self) -> None:
        self._is_released.set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def tells(report: ApplyReport, graph: FaultyGraph) -> None:
    """What a report of a run that was broken off says is what became of each app, as far as anybody can know.

    The eleventh write was never answered. Of the ten before it, those have receipts that were verified by then.
    """
    in_order(report, 40)
    graph.close()  # the requests that were on the way are read now
    begun = {number_of(seen.head) for seen in graph.log}
    done = 0
    for number, result in enumerate(report):
        is_there = graph.applied[app(number)] == 1
        if result.receipt is not None:
            done += 1
            assert is_there
        elif result.error.outcome == "not_sent":
            assert not is_there
        else:
            assert result.error.outcome == "unknown"
            assert number in begun
    assert 3 <= done <= 10
    assert len(begun) <= 10 + 8, "no app was begun after it"


RUN = """
import sys
from appassign import Change, Client
from journals import group
url, token, journal, *apps = sys.argv[1:]
with Client(token, base_url=url, journal=journal) as client:
    planned = client.plan_many(Change(app, add=[group(9)]) for app in apps)
    planned.raise_for_errors()
    client.apply_many(planned.plans).raise_for_errors()
"""


class Killed:
    """A process that is killed when its write of this number is about to arrive."""

    def __init__(self, *, at: int) -> None:
        self._writes = itertools.count(1)
        self._at = at
        self._process: Future[subprocess.Popen[str]] = Future()

    def let_go(self, process: subprocess.Popen[str]) -> None:
        self._process.set_result(process)

    def see(self) -> None:
        if next(self._writes) == self._at:
            self._process.result().kill()


def test_a_run_that_was_killed_and_run_again_does_what_is_left(tmp_path: pathlib.Path) -> None:
    """H8: no run is resumed, so none can be resumed with other input, or in another tenant.

    A second run is one like any other: it plans what is left on what the apps hold, so that what was done is nothing to
    do, and the journal tells of both runs.
    """
    journal, count, kills = tmp_path / "journal.jsonl", 200, 4
    with Emulator() as graph:
        apps = [graph.add_app(assignments=[wire(1)]) for _ in range(count)]

        def written() -> int:
            return sum(request.method == "POST" for request in graph.requests)

        for _ in range(kills):
            killed = Killed(at=15)
            with Watched(graph.url, killed.see) as way, start(RUN, way.url, graph.token, journal, *apps) as process:
                killed.let_go(process)
                assert process.wait(60) == -signal.SIGKILL
            settle(graph)
        # At the moment of a kill, no more writes than the run has apps under way were on the way.
        assert kills * 14 <= written() <= kills * (15 + 16) < count
        run(RUN, graph.url, graph.token, journal, *apps)
        assert written() == count, "no app was written to twice"
        assert all(numbers(graph.assignments(app)) == {1, 9} for app in apps)
        receipts = read_journal(journal)
        assert {receipt.app_id for receipt in receipts} == set(apps)
        # Whoever was killed did not hear of them.
        doubtful = [receipt for receipt in receipts if receipt.response is None]
        assert len(doubtful) >= kills
        with Client(graph.token, base_url=graph.url, journal=journal) as client:
            for receipt in doubtful:
                client.undo(of_yesterday(receipt))
                assert numbers(graph.assignments(receipt.app_id)) == {1}
