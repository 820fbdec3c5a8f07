"""Runs about many apps whose caller goes, looks on, or is asked for a token in the middle: nothing is lost."""

import asyncio
import contextvars
import gc
import json
import logging
import signal
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from azure.core.credentials import AccessTokenInfo

from appassign import (
    AppAssignError,
    ApplyReport,
    AsyncClient,
    AuthenticationError,
    Client,
    CredentialError,
    PlanReport,
    read_journal,
)
from appassign.emulator import Emulator
from bulk import additions, apps_of, outcomes, planned, written
from journals import run, start, told
from planned import TWINS, Make, asked, clients_of, trouble


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


class MineError(Exception):
    """A caller's own."""


@dataclass(frozen=True)
class FrozenError(Exception):
    """One that lets no attribute be set."""

    number: int = 1


def slow(graph: Emulator, seconds: float = 0.2, method: str = "POST", times: int = 10_000) -> None:
    """Every answer takes so long."""
    trouble(graph, "delay", delay=seconds, method=method, times=times)


def is_true(graph: Emulator, report: ApplyReport) -> None:
    """What a report says became of each write is what the apps hold, and nothing was left in doubt."""
    held = written(graph, report)
    assert [outcome == "applied" for outcome in outcomes(report)] == held
    assert set(outcomes(report)) <= {"applied", "not_sent"}
    for result in report.failures:
        assert type(result.error) is AppAssignError
        assert "interrupted" in str(result.error)


def partly(report: ApplyReport) -> bool:
    return 0 < len(report.failures) < len(report)


# --- who looks on


def test_progress_is_told_on_the_callers_own_thread_and_ends_with_all(graph: Emulator, client: Client) -> None:
    here = contextvars.ContextVar("here", default=False)
    heard: list[tuple[int, int, int, bool]] = []
    here.set(True)
    report = client.plan_many(
        additions(apps_of(graph, 300)),
        progress=lambda done, total: heard.append((done, total, threading.get_ident(), here.get())),
        concurrency=1,
    )
    assert len(report) == 300
    told_of = [done for done, _, _, _ in heard]
    assert told_of == sorted(told_of)
    assert told_of[-1] == 300
    assert len(told_of) > 1
    assert {tuple(rest) for _, *rest in heard} == {(300, threading.get_ident(), True)}


def test_progress_is_told_however_much_is_logged(graph: Emulator, client: Client, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG, "appassign")
    heard: list[int] = []
    client.plan_many(additions(apps_of(graph, 500)), progress=lambda done, _: heard.append(done), concurrency=2)
    assert len(caplog.records) >= 500
    assert any(0 < done < 500 for done in heard)


def test_progress_is_a_bar_of_tqdm_where_there_is_one(graph: Emulator, client: Client, capsys: Any) -> None:
    client.plan_many(additions(apps_of(graph, 20)), progress=True)
    assert "20/20" in capsys.readouterr().err


WITHOUT_TQDM = """
import asyncio, sys
sys.modules["tqdm"] = None
from appassign import AsyncClient, Client, ConfigurationError
url = "http://127.0.0.1:9/beta"
calls = [
    lambda: Client("T", base_url=url).plan_many([], progress=True),
    lambda: asyncio.run(AsyncClient("T", base_url=url).apply_many([], progress=True)),
]
for call in calls:
    try:
        call()
    except ConfigurationError as error:
        print(error, error.hint, type(error.__cause__).__name__, sep="|")
"""


def test_without_tqdm_it_says_how_to_get_it() -> None:
    said = run(WITHOUT_TQDM).splitlines()
    hint = "pip install tqdm, or pass a function of (done, total)"
    error = f"progress=True shows a bar of tqdm, which is not installed\nhint: {hint}"
    assert "\n".join(said) == "\n".join([f"{error}|{hint}|ModuleNotFoundError"] * 2)


@pytest.mark.parametrize("error", [MineError, KeyboardInterrupt, FrozenError])
def test_what_progress_raises_comes_out_with_the_report(graph: Emulator, client: Client, error: Any) -> None:
    report = planned(client, graph, 60)
    slow(graph, 0.1)

    def progress(done: int, _: int) -> None:
        if done >= 8:
            raise error

    with pytest.raises(error) as raised:
        client.apply_many(report, concurrency=4, progress=progress)
    told_of = vars(raised.value)["report"]
    assert partly(told_of)
    is_true(graph, told_of)
    posts = asked(graph).count("assign")
    assert posts == sum(written(graph, told_of))
    client.assignments(report[0].plan.app_id)
    assert asked(graph).count("assign") == posts


@pytest.mark.parametrize("error", [MineError, KeyboardInterrupt, FrozenError])
def test_what_progress_raises_at_the_end_comes_out_with_the_report(graph: Emulator, client: Client, error: Any) -> None:
    report = planned(client, graph, 3)

    def progress(done: int, total: int) -> None:
        if done == total:
            raise error

    with pytest.raises(error) as raised:
        client.apply_many(report, progress=progress)
    told_of = vars(raised.value)["report"]
    assert (outcomes(told_of), written(graph, told_of)) == (["applied"] * 3, [True] * 3)


def test_progress_may_make_calls_of_the_same_client(graph: Emulator) -> None:
    with Client(graph.token, base_url=graph.url) as client:
        report = planned(client, graph, 40)
        inner = planned(client, graph, 5)
        slow(graph, 0.05, times=40)
        seen: list[ApplyReport] = []
        done = client.apply_many(report, concurrency=4, progress=lambda *_: seen.append(client.apply_many(inner)))
    assert written(graph, done) == [True] * 40
    assert seen
    assert written(graph, seen[-1]) == [True] * 5


# --- who goes


def test_a_cancelled_task_has_the_report_and_everything_in_it_is_true(graph: Emulator, tmp_path: Path) -> None:
    async def main() -> ApplyReport:
        async with AsyncClient(graph.token, base_url=graph.url, journal=tmp_path / "journal") as client:
            report = await client.plan_many(additions(apps_of(graph, 40)))
            slow(graph)
            task = asyncio.create_task(client.apply_many(report, concurrency=4))
            while asked(graph).count("assign") < 6:
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError) as cancelled:
                await task
            return cancelled.value.report  # type: ignore[attr-defined,no-any-return]

    report = asyncio.run(main())
    assert partly(report)
    is_true(graph, report)
    applied = [result.plan.app_id for result in report if result.receipt]
    assert {receipt.app_id for receipt in read_journal(tmp_path / "journal")} == set(applied)
    entries = told(tmp_path / "journal")
    assert (entries.count("intent"), entries.count("applied"), len(entries)) == (len(applied),) * 2 + (
        2 * len(applied),
    )


def test_a_timeout_has_the_report_as_its_cause_has(graph: Emulator) -> None:
    async def main() -> PlanReport:
        async with AsyncClient(graph.token, base_url=graph.url) as client:
            changes = additions(apps_of(graph, 40))
            slow(graph, 0.2, "GET")
            with pytest.raises(TimeoutError) as late:
                async with asyncio.timeout(0.5):
                    await client.plan_many(changes, concurrency=2)
            return late.value.__cause__.report  # type: ignore[union-attr,no-any-return]

    report = asyncio.run(main())
    assert 0 < len(report.failures) < len(report) == 40
    assert {str(result.error).partition("\n")[0] for result in report.failures} == {
        "not begun: the run was interrupted"
    }
    assert {result.error.outcome for result in report.failures if result.error} == {"not_sent"}


def test_who_is_cancelled_twice_does_not_wait(graph: Emulator) -> None:
    async def main() -> None:
        async with AsyncClient(graph.token, base_url=graph.url) as client:
            report = await client.plan_many(additions(apps_of(graph, 8)))
            slow(graph, 30, times=8)
            task = asyncio.create_task(client.apply_many(report))
            while asked(graph).count("assign") < 8:
                await asyncio.sleep(0.01)
            task.cancel()
            await asyncio.sleep(0.1)
            assert not task.done()
            start = time.monotonic()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert time.monotonic() - start < 4

    asyncio.run(main())


def test_a_coroutine_that_is_closed_ends_in_silence(graph: Emulator, recwarn: Any) -> None:
    reached: list[str] = []

    async def main() -> None:
        client = AsyncClient(graph.token, base_url=graph.url)
        changes = additions(apps_of(graph, 40))
        slow(graph, 0.2, "GET")
        running = client.plan_many(changes, concurrency=2)
        running.send(None)
        while len(asked(graph)) < 4:
            await asyncio.sleep(0.01)
        running.close()
        reached.extend(asked(graph))
        await client.plan(changes[0].app_id)

    asyncio.run(main())
    assert len(asked(graph)) <= len(reached) + 1 + 2
    gc.collect()
    assert [str(each.message) for each in recwarn] == []


CTRL_C = """
import asyncio, os, signal, sys
from appassign import AsyncClient, Client, Plan
url, token, journal, kind, again = sys.argv[1:]
plans = [Plan.from_json(line) for line in sys.stdin]
options = {"base_url": url, "journal": journal}
print("ready", flush=True)
try:
    if kind == "sync":
        Client(token, **options).apply_many(plans, concurrency=4)
    else:
        asyncio.run(AsyncClient(token, **options).apply_many(plans, concurrency=4))
except KeyboardInterrupt as interrupt:
    report = getattr(interrupt, "report", None) or getattr(interrupt.__context__, "report", None)
    for result in report or ():
        error = result.error
        print(result.plan.app_id, error.outcome if error else "applied", str(error).splitlines()[0], sep="|")
    print("over")
"""


def interrupted(graph: Emulator, journal: Path, kind: str, plans: PlanReport, times: int) -> list[list[str]]:
    """What a process printed that got Ctrl-C in the middle, so many times."""
    with start(CTRL_C, graph.url, graph.token, journal, kind, times) as process:
        try:
            assert process.stdin is not None
            process.stdin.write("".join(f"{plan.to_json()}\n" for plan in plans.plans))
            process.stdin.close()
            process.stdin = None
            while asked(graph).count("assign") < 6:
                time.sleep(0.01)
            for _ in range(times):
                process.send_signal(signal.SIGINT)
                time.sleep(0.3 if times > 1 else 0)
            printed, noise = process.communicate(timeout=30)
        finally:
            process.kill()
    assert (noise, process.returncode) == ("", 0)
    first, *lines, last = printed.splitlines()
    assert (first, last) == ("ready", "over")
    return [line.split("|") for line in lines]


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_ctrl_c_in_the_middle_gives_the_report(graph: Emulator, tmp_path: Path, kind: str) -> None:
    with Client(graph.token, base_url=graph.url) as client:
        plans = planned(client, graph, 40)
    slow(graph)
    lines = interrupted(graph, tmp_path / "journal", kind, plans, 1)
    assert [app for app, _, _ in lines] == [plan.app_id for plan in plans.plans]
    applied = [app for app, outcome, _ in lines if outcome == "applied"]
    assert applied == [plan.app_id for plan in plans.plans if graph.assignments(plan.app_id)]
    assert 6 <= len(applied) < 20
    assert {outcome for _, outcome, _ in lines} == {"applied", "not_sent"}
    said = {text for _, outcome, text in lines if outcome == "not_sent"}
    assert said - {"interrupted before it wrote"} == {"not begun: the run was interrupted"}
    journal = read_journal(tmp_path / "journal")
    assert {receipt.app_id for receipt in journal} == set(applied)
    assert all(receipt.response for receipt in journal)


def test_who_presses_ctrl_c_twice_does_not_wait_and_the_journal_has_all_that_was_begun(
    graph: Emulator, tmp_path: Path
) -> None:
    with Client(graph.token, base_url=graph.url) as client:
        plans = planned(client, graph, 40)
    slow(graph, 0.0, times=4)
    slow(graph, 20)
    assert interrupted(graph, tmp_path / "journal", "sync", plans, 2) == []
    reached = {request.path.split("/")[-2] for request in graph.requests if request.method == "POST"}
    assert {receipt.app_id for receipt in read_journal(tmp_path / "journal")} == reached


def test_run_again_after_a_kill_it_does_what_is_left(graph: Emulator, tmp_path: Path) -> None:
    with Client(graph.token, base_url=graph.url, journal=tmp_path / "journal") as client:
        plans = planned(client, graph, 40)
        slow(graph, 0.05)
        with start(CTRL_C, graph.url, graph.token, tmp_path / "journal", "sync", 0) as process:
            assert process.stdin is not None
            process.stdin.write("".join(f"{plan.to_json()}\n" for plan in plans.plans))
            process.stdin.close()
            process.stdin = None
            while asked(graph).count("assign") < 10:
                time.sleep(0.01)
            process.kill()
            process.wait(30)
        begun = {receipt.app_id for receipt in read_journal(tmp_path / "journal")}
        assert {plan.app_id for plan in plans.plans if graph.assignments(plan.app_id)} <= begun
        again = client.plan_many([result.change for result in plans])
        done = client.apply_many(again)
        done.raise_for_errors()
    assert all(graph.assignments(plan.app_id) for plan in plans.plans)


# --- who is asked


def token(graph: Emulator, number: int) -> str:
    """One of several that are good."""
    made: str = graph._native.make_token(json.dumps({"uti": str(number)}))
    return made


class Asked:
    """A credential: each time it is asked, it does the next thing and gives another token."""

    def __init__(self, graph: Emulator, *acts: Callable[[], object]) -> None:
        self._graph = graph
        self._acts = [*acts]
        self.times = 0

    def __call__(self) -> str:
        self.times += 1
        if self._acts:
            self._acts.pop(0)()
        return token(self._graph, self.times)


class Renewed(Asked):
    """One whose first token is good, and to be renewed at once: the others need not wait."""

    def get_token_info(self, *_: str, options: Any) -> AccessTokenInfo:
        first, now = self.times == 0, int(time.time())
        return AccessTokenInfo(self(), now + 3600, refresh_on=now if first else now + 3000)


def writes_within(graph: Emulator, seconds: float, enough: int = 3) -> int:
    """How many writes arrive until there are enough."""
    before, until = asked(graph).count("assign"), time.monotonic() + seconds
    while (more := asked(graph).count("assign") - before) < enough and time.monotonic() < until:
        time.sleep(0.01)
    return more


def refused_once(graph: Emulator) -> None:
    """The service refuses the token of one write."""
    graph.fail_next(status=401)


def test_while_a_credential_is_asked_the_others_go_on(graph: Emulator, make: Make) -> None:
    gone_on: list[int] = []
    report = planned(make(), graph, 40)
    credential = Renewed(graph, lambda: None, lambda: gone_on.append(writes_within(graph, 20)))
    done = make(credential).apply_many(report, concurrency=4)
    assert (done.failures, written(graph, done)) == ((), [True] * 40)
    assert (credential.times, gone_on[0] >= 3) == (2, True)


@pytest.mark.parametrize("act", ["plan_many", "apply_many"])
def test_a_token_that_is_refused_in_the_middle_is_renewed_once_for_all(graph: Emulator, make: Make, act: str) -> None:
    report = planned(make(), graph, 40)
    credential = Asked(graph, lambda: None, lambda: time.sleep(0.1))
    client = make(credential)
    # Several have the refused token in hand.
    slow(graph, 0.05, "GET", times=6)
    graph.fail_next(status=401, method="GET", times=3)
    given: Any = [result.change for result in report] if act == "plan_many" else report
    done = getattr(client, act)(given, concurrency=8)
    assert (done.failures, credential.times) == ((), 2)


def test_a_credential_that_is_asynchronous_is_asked_in_the_task(graph: Emulator) -> None:
    given: list[asyncio.Task[Any] | None] = []

    async def credential() -> str:
        await asyncio.sleep(0.05)
        given.append(asyncio.current_task())
        return token(graph, len(given))

    async def main() -> None:
        async with AsyncClient(credential, base_url=graph.url) as client:
            report = await client.plan_many(additions(apps_of(graph, 20)))
            refused_once(graph)
            assert written(graph, await client.apply_many(report)) == [True] * 20
            assert given == [asyncio.current_task()] * 2

    asyncio.run(main())


def fails() -> None:
    raise MineError("no token today")


def test_a_credential_that_fails_at_first_stops_the_run_before_anything_is_sent(graph: Emulator, make: Make) -> None:
    credential = Asked(graph, *[fails] * 50)
    report = make(credential).plan_many(additions(apps_of(graph, 50)), concurrency=4)
    assert {type(result.error) for result in report} == {CredentialError}
    assert all("no token today" in str(result.error) for result in report)
    assert {result.error.outcome for result in report if result.error} == {"not_sent"}
    assert credential.times <= 2
    assert asked(graph) == []


def test_a_credential_that_fails_in_the_middle_stops_the_run(graph: Emulator, make: Make) -> None:
    credential = Asked(graph, lambda: None, fails)
    client = make(credential)
    report = planned(client, graph, 60)
    slow(graph, 0.02, times=8)
    refused_once(graph)
    slow(graph, 0.02)
    done = client.apply_many(report, concurrency=4)
    classes = {type(result.error) for result in done.failures}
    assert classes <= {AuthenticationError, CredentialError}
    assert [result.error is None for result in done] == written(graph, done)
    assert 0 < len(done.failures) < 60
    assert sum(str(result.error).startswith("not begun") for result in done.failures) >= 60 - 9 - 8


def press() -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("when", ["at first", "in the middle"])
def test_ctrl_c_while_a_credential_is_asked_gives_the_report(graph: Emulator, when: str) -> None:
    with Client(graph.token, base_url=graph.url) as client:
        report = planned(client, graph, 40)
    credential = Asked(graph, *([press] if when == "at first" else [lambda: None, press]))
    with Client(credential, base_url=graph.url) as client:
        slow(graph, 0.05, times=6)
        refused_once(graph)
        slow(graph, 0.05)
        with pytest.raises(KeyboardInterrupt) as interrupt:
            client.apply_many(report, concurrency=4)
        told_of = interrupt.value.report  # type: ignore[attr-defined]
        assert [result.error is None for result in told_of] == written(graph, told_of)
        assert {type(result.error) for result in told_of.failures} <= {AppAssignError, AuthenticationError}
        assert any(written(graph, told_of)) == (when == "in the middle")
        assert told_of.failures
        # Whoever keeps what interrupted the run keeps nobody waiting.
        again = client.apply_many(client.plan_many([result.change for result in report]))
    assert (again.failures, written(graph, again)) == ((), [True] * 40)


def test_a_task_that_is_cancelled_while_a_credential_is_asked_has_the_report(graph: Emulator) -> None:
    asking = asyncio.Event()
    times = 0

    async def credential() -> str:
        nonlocal times
        times += 1
        if times == 2:
            asking.set()
            await asyncio.sleep(60)
        return token(graph, times)

    async def main() -> ApplyReport:
        async with AsyncClient(credential, base_url=graph.url) as client:
            report = await client.plan_many(additions(apps_of(graph, 40)))
            slow(graph, 0.05, times=6)
            refused_once(graph)
            slow(graph, 0.05)
            task = asyncio.create_task(client.apply_many(report, concurrency=4))
            await asking.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError) as cancelled:
                await task
            assert (await client.plan(report[0].change.app_id)).before is not None
            return cancelled.value.report  # type: ignore[attr-defined,no-any-return]

    report = asyncio.run(main())
    assert [result.error is None for result in report] == written(graph, report)
    assert partly(report)


def test_what_happens_while_a_credential_is_asked_is_logged_afterwards(
    graph: Emulator, make: Make, caplog: Any
) -> None:
    caplog.set_level(logging.DEBUG, "appassign")
    report = planned(make(), graph, 30)
    caplog.clear()
    lines: list[int] = []

    def wait() -> None:
        writes_within(graph, 20)
        lines.append(len(caplog.records))

    client = make(Renewed(graph, lambda: lines.append(0), wait))
    assert client.apply_many(report, concurrency=4).failures == ()
    said = [record.getMessage() for record in caplog.records]
    assert sum("POST" in line and "204" in line for line in said) >= 30
    assert lines[1] < len(said)
    assert all(token(graph, number) not in caplog.text for number in (1, 2))


def test_a_call_whose_question_is_lost_keeps_nobody_waiting(graph: Emulator) -> None:
    """As when a signal strikes between the core's question and the caller's answer."""
    from appassign import _core

    with Client(Asked(graph), base_url=graph.url, timeout=20) as client:
        call = _core.Call.plan_many(client._native, additions(apps_of(graph, 20)), 4)
        request = call.run()
        assert isinstance(request, _core.TokenRequest)
        del request, call
        start = time.monotonic()
        assert client.plan_many(additions(apps_of(graph, 20))).failures == ()
        assert time.monotonic() - start < 10


def test_reports_and_what_they_tell_go_with_their_last_holder(graph: Emulator, client: Client) -> None:
    class Held:
        def __call__(self, *_: int) -> None: ...

    held = Held()
    gone = weakref.ref(held)
    report = client.apply_many(planned(client, graph, 20), progress=held)
    del held
    gc.collect()
    assert (gone(), len(report)) == (None, 20)


FORKED = """
import os, sys, threading
from appassign import Client, Plan
url, token, journal = sys.argv[1:]
plans = [Plan.from_json(line) for line in sys.stdin]
half = len(plans) // 2
client = Client(token, base_url=url, journal=journal)
pids = []

def progress(done, total):
    if not pids:
        pids.append(os.fork())

try:
    report = client.apply_many(plans[:half], concurrency=2, progress=progress)
except BaseException as error:
    assert pids == [0], error
    assert "forked" in str(error), error
    rest = Client(token, base_url=url, journal=journal + ".child").apply_many(plans[half:])
    os._exit(len(rest.failures))
assert not report.failures
_, status = os.waitpid(pids[0], 0)
assert os.waitstatus_to_exitcode(status) == 0, status
"""


def test_a_run_that_is_forked_in_its_middle_goes_on_in_the_parent_alone(graph: Emulator, tmp_path: Path) -> None:
    with Client(graph.token, base_url=graph.url) as client:
        plans = planned(client, graph, 40)
    slow(graph, 0.05)
    with start(FORKED, graph.url, graph.token, tmp_path / "journal") as process:
        try:
            printed, noise = process.communicate("".join(f"{plan.to_json()}\n" for plan in plans.plans), timeout=60)
        finally:
            process.kill()
    assert (printed, noise, process.returncode) == ("", "", 0)
    assert [len(graph.assignments(plan.app_id)) for plan in plans.plans] == [1] * 40
    assert asked(graph).count("assign") == 40


DAEMON = """
import sys, threading, time
from appassign import Client, Plan
plans = [Plan.from_json(line) for line in sys.stdin]
client = Client(sys.argv[2], base_url=sys.argv[1])
begun = threading.Event()
threading.Thread(target=lambda: client.apply_many(plans, progress=lambda *_: begun.set()), daemon=True).start()
begun.wait(20)
"""


def test_a_process_ends_though_a_run_is_under_way_in_a_thread(graph: Emulator) -> None:
    with Client(graph.token, base_url=graph.url) as client:
        plans = planned(client, graph, 40)
    slow(graph, 0.3)
    with start(DAEMON, graph.url, graph.token) as process:
        try:
            printed, noise = process.communicate("".join(f"{plan.to_json()}\n" for plan in plans.plans), timeout=20)
        finally:
            process.kill()
    assert (printed, noise, process.returncode) == ("", "", 0)
    assert asked(graph).count("assign") < 40
