"""Planned writes whose caller goes: before it is sent nothing is, and what was sent is not left half-known."""

import asyncio
import fcntl
import gc
import pathlib
import random
import sys
import time
from collections.abc import Coroutine, Iterator

import pytest
import uvloop
from interpreters import ROOT
from interpreters import run as run_alone

from appassign import ApplyReceipt, AsyncClient, Client, StalePlanError, read_journal
from appassign.emulator import Emulator
from journals import group, numbers, posts, told, wire
from planned import trouble

SILENCE = {"cut": "silence"}


@pytest.fixture
def graph() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def journal(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "journal.jsonl"


@pytest.fixture
def client(graph: Emulator, journal: pathlib.Path) -> AsyncClient:
    return AsyncClient(graph.token, base_url=graph.url, journal=journal)


@pytest.fixture(params=["asyncio", "uvloop"])
def runner(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> Iterator[asyncio.Runner]:
    """A loop on which nothing is left behind that asyncio would complain of."""
    factory = uvloop.new_event_loop if request.param == "uvloop" else None
    with asyncio.Runner(loop_factory=factory, debug=True) as runner:
        runner.get_loop().slow_callback_duration = 60  # how long a callback takes says nothing of us
        yield runner
        gc.collect()
        runner.run(asyncio.sleep(0))
    assert caplog.records == []


async def arrived(graph: Emulator, method: str) -> None:
    """Until a request with this method is at the service."""
    async with asyncio.timeout(30):
        while not any(request.method == method for request in graph.requests):
            await asyncio.sleep(0.005)


async def within_its_arrival(graph: Emulator, call: Coroutine[None, None, ApplyReceipt]) -> None:
    """The time is over as soon as the write has left."""
    async with asyncio.timeout(None) as limit:
        task = asyncio.create_task(arrived(graph, "POST"))
        task.add_done_callback(lambda _: limit.reschedule(asyncio.get_running_loop().time()))
        await call


async def beside_one_that_fails(graph: Emulator, call: Coroutine[None, None, ApplyReceipt]) -> None:
    """A sibling fails as soon as the write has left."""

    async def fail() -> None:
        await arrived(graph, "POST")
        raise ValueError

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(call)
        tasks.create_task(fail())


@pytest.mark.parametrize("how", ["cancel", "wait_for", "timeout", "task group"])
def test_a_write_that_has_left_is_finished_and_noted(
    graph: Emulator, client: AsyncClient, journal: pathlib.Path, runner: asyncio.Runner, how: str
) -> None:
    """I4, I7."""
    app = graph.add_app(assignments=[wire(7)])

    async def main() -> ApplyReceipt:
        await client.assignments(app)  # the connection is there
        trouble(graph, "delay", delay=1.5 if how == "wait_for" else 0.3, method="POST")
        call = client.change(app, add=[group(1)])
        if how == "wait_for":
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(call, 0.8)
        elif how == "cancel":
            task = asyncio.create_task(call)
            await arrived(graph, "POST")
            task.cancel("because")
            with pytest.raises(asyncio.CancelledError, match="because"):
                await task
            assert task.cancelled()
        elif how == "timeout":
            with pytest.raises(TimeoutError):
                await within_its_arrival(graph, call)
        else:
            with pytest.raises(ExceptionGroup):
                await beside_one_that_fails(graph, call)
        # What was left is all told by now.
        assert told(journal) == ["intent", "applied"]
        return await client.change(app, add=[group(2)])

    second = runner.run(main())
    first, again = read_journal(journal)
    assert (first.response is not None, again) == (True, second)
    assert (numbers(first.before), numbers(first.after), numbers(second.before)) == ({7}, {1, 7}, {1, 7})
    assert numbers(graph.assignments(app)) == {1, 2, 7}


def test_a_refusal_of_a_write_whose_caller_has_gone_is_noted(
    graph: Emulator, client: AsyncClient, journal: pathlib.Path, runner: asyncio.Runner
) -> None:
    """I4."""
    app = graph.add_app()
    trouble(graph, {"answer": {"status": 400}}, delay=0.3, method="POST")

    async def main() -> None:
        task = asyncio.create_task(client.change(app, add=[group(1)]))
        await arrived(graph, "POST")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    runner.run(main())
    assert told(journal) == ["intent", "not_applied"]
    assert read_journal(journal) == []


def test_a_write_that_nobody_answered_is_looked_for_though_its_caller_has_gone(
    graph: Emulator, client: AsyncClient, journal: pathlib.Path, runner: asyncio.Runner
) -> None:
    """I4."""
    app = graph.add_app()
    trouble(graph, {"cut": "close"}, delay=0.3, method="POST", after_apply=True)

    async def main() -> None:
        task = asyncio.create_task(client.change(app, add=[group(1)]))
        await arrived(graph, "POST")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    runner.run(main())
    [receipt] = read_journal(journal)
    assert (receipt.recovered, numbers(receipt.after)) == (True, {1})


@pytest.mark.parametrize(
    "when",
    [
        "at once",
        "as it reads",
        "as it waits for its turn",
        "as it gets a token",
        "as others have the journal",
    ],
)
def test_a_write_that_has_not_left_never_leaves(
    graph: Emulator, client: AsyncClient, journal: pathlib.Path, runner: asyncio.Runner, when: str
) -> None:
    """I5."""
    app = graph.add_app(assignments=[wire(7)])
    journal.touch(0o600)

    async def cancelled(task: asyncio.Task[ApplyReceipt]) -> None:
        task.cancel()
        # What it waits for never comes.
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, 30)

    async def main() -> None:
        if when == "at once":
            await cancelled(asyncio.create_task(client.change(app, add=[group(1)])))
        elif when == "as it reads":
            trouble(graph, SILENCE, method="GET")
            task = asyncio.create_task(client.change(app, add=[group(1)]))
            await arrived(graph, "GET")
            await cancelled(task)
        elif when == "as it gets a token":
            asked = asyncio.Event()

            async def never() -> str:
                asked.set()
                await asyncio.sleep(3600)
                return graph.token

            mute = AsyncClient(never, base_url=graph.url, journal=journal)
            task = asyncio.create_task(mute.change(app, add=[group(1)]))
            await asked.wait()
            await cancelled(task)
        elif when == "as others have the journal":
            with journal.open("ab") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                task = asyncio.create_task(client.change(app, add=[group(1)]))
                await asyncio.sleep(0.1)
                await cancelled(task)
        else:
            trouble(graph, SILENCE, method="GET")
            first = asyncio.create_task(client.change(app, add=[group(1)]))
            await arrived(graph, "GET")
            second = asyncio.create_task(client.change(app, add=[group(2)]))
            await asyncio.sleep(0.1)
            await cancelled(second)
            await cancelled(first)
        assert posts(graph) == []
        # Nothing is held for ever by who has gone.
        await asyncio.wait_for(client.change(app, add=[group(3)]), 30)

    runner.run(main())
    assert [numbers(moment.assignments) for moment in graph.history(app)] == [{7}, {3, 7}]
    assert told(journal) == ["intent", "applied"]


def test_a_write_that_is_cancelled_at_any_moment_is_told_of(
    graph: Emulator, client: AsyncClient, journal: pathlib.Path, runner: asyncio.Runner
) -> None:
    """I6."""
    app = graph.add_app(assignments=[wire(1000)])
    chance = random.Random(6)
    ended: list[object] = []

    async def main() -> None:
        await client.change(app, add=[group(1001)])
        for number in range(100):
            change = client.change(app, add=[group(number)], remove=[group(number - 3)] if number >= 3 else [])
            task = asyncio.create_task(change)
            await asyncio.sleep(chance.uniform(0, 0.03))
            task.cancel()
            ended.extend(await asyncio.gather(task, return_exceptions=True))

    runner.run(main())
    cancelled = [end for end in ended if isinstance(end, asyncio.CancelledError)]
    receipts = [end for end in ended if isinstance(end, ApplyReceipt)]
    assert len(cancelled) + len(receipts) == 100
    noted, history = read_journal(journal), graph.history(app)
    assert all(receipt.response is not None for receipt in noted)
    assert {receipt.time for receipt in receipts} <= {receipt.time for receipt in noted}
    assert [numbers(receipt.after) for receipt in noted] == [numbers(moment.assignments) for moment in history[1:]]
    assert [numbers(receipt.before) for receipt in noted] == [numbers(moment.assignments) for moment in history[:-1]]
    assert len(posts(graph)) == len(noted)
    written = len(noted) - 1 - len(receipts)
    assert 0 < written < 100, "some of the cancelled ones had left, and some had not"


def test_many_writes_of_one_app_that_are_cancelled_together(
    graph: Emulator, client: AsyncClient, journal: pathlib.Path, runner: asyncio.Runner
) -> None:
    """I6: one of them is writing, and the others wait for their turn."""
    app = graph.add_app()
    trouble(graph, "delay", delay=0.3, method="POST")

    async def main() -> None:
        tasks = [asyncio.create_task(client.change(app, add=[group(number)])) for number in range(50)]
        await arrived(graph, "POST")
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(end, asyncio.CancelledError) for end in ended)

    runner.run(main())
    assert len(posts(graph)) == 1
    [receipt] = read_journal(journal)
    assert receipt.response is not None
    assert numbers(receipt.after) == numbers(graph.assignments(app))


def test_many_writes_of_many_apps_by_two_clients_with_one_journal(
    graph: Emulator, client: AsyncClient, journal: pathlib.Path, runner: asyncio.Runner
) -> None:
    apps = [graph.add_app() for _ in range(20)]

    async def main() -> None:
        other = AsyncClient(graph.token, base_url=graph.url, journal=journal)
        changes = [
            one.change(app, add=[group(number)])
            for app in apps
            for number, one in enumerate([client, other, client, other])
        ]
        await asyncio.gather(*changes)

    runner.run(main())
    assert all(numbers(graph.assignments(app)) == {0, 1, 2, 3} for app in apps)
    receipts = read_journal(journal)
    assert all(receipt.response is not None for receipt in receipts)
    for app in apps:
        assert [len(receipt.after) for receipt in receipts if receipt.app_id == app] == [1, 2, 3, 4]


def test_the_loop_that_ends_waits_for_what_has_left(
    graph: Emulator, client: AsyncClient, journal: pathlib.Path
) -> None:
    """I3."""
    app = graph.add_app()
    trouble(graph, "delay", delay=0.3, method="POST")

    async def main() -> asyncio.Task[ApplyReceipt]:
        task = asyncio.create_task(client.change(app, add=[group(1)]))
        await arrived(graph, "POST")
        return task

    assert asyncio.run(main()).cancelled()
    assert told(journal) == ["intent", "applied"]


def test_a_second_cancellation_does_not_wait(
    graph: Emulator, client: AsyncClient, journal: pathlib.Path, runner: asyncio.Runner
) -> None:
    app = graph.add_app()
    trouble(graph, SILENCE, method="POST", after_apply=True)

    async def main() -> float:
        task = asyncio.create_task(client.change(app, add=[group(1)]))
        await arrived(graph, "POST")
        task.cancel()
        await asyncio.sleep(0.2)
        assert not task.done()
        start = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return time.monotonic() - start

    assert runner.run(main()) < 4
    [receipt] = read_journal(journal)
    assert receipt.response is None
    with Client(graph.token, base_url=graph.url, journal=journal) as other:
        other.undo(receipt)
    assert graph.assignments(app) == []


def test_a_service_that_never_answers_holds_nobody_who_wants_to_go(
    graph: Emulator, client: AsyncClient, journal: pathlib.Path
) -> None:
    app = graph.add_app()
    trouble(graph, SILENCE, method="POST")

    async def main() -> float:
        task = asyncio.create_task(client.change(app, add=[group(1)]))
        await arrived(graph, "POST")
        start = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        took = time.monotonic() - start
        # Its turn, and its place in the journal, are free for others.
        await client.change(app, add=[group(2)])
        return took

    assert 4.9 <= asyncio.run(main()) < 15
    assert told(journal) == ["intent", "intent", "applied"]
    doubtful, done = read_journal(journal)
    assert (doubtful.response, numbers(done.after)) == (None, {2})
    with Client(graph.token, base_url=graph.url) as other, pytest.raises(StalePlanError):
        other.undo(doubtful)


def test_who_goes_while_a_write_is_verified_leaves_word_that_it_was_taken(
    graph: Emulator, client: AsyncClient, journal: pathlib.Path
) -> None:
    """I4: the service has said 204, and its lists lag behind for longer than anybody waits."""
    app = graph.add_app(assignments=[wire(7)])

    async def main() -> None:
        await client.assignments(app)
        task = asyncio.create_task(client.change(app, add=[group(1)]))
        await arrived(graph, "POST")
        trouble(graph, "stale_read", method="GET", times=100)
        async with asyncio.timeout(30):
            while len(graph.requests) < 4:
                await asyncio.sleep(0.005)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    trouble(graph, "delay", delay=0.2, method="POST")
    asyncio.run(main())
    assert told(journal) == ["intent", "applied"]


@pytest.mark.parametrize(("status", "outcome"), [(429, "not_applied"), (503, "unknown")])
def test_who_goes_while_a_write_waits_to_be_sent_again_leaves_word_of_what_is_known(
    graph: Emulator, client: AsyncClient, journal: pathlib.Path, status: int, outcome: str
) -> None:
    """I4: the service wants it to wait for longer than anybody waits who goes.

    After a 503, one read that finds nothing done is not enough to say that nothing will be.
    """
    app = graph.add_app(assignments=[wire(7)])
    graph.fail_next(status=status, retry_after=60)

    async def main() -> None:
        task = asyncio.create_task(client.change(app, add=[group(1)]))
        await arrived(graph, "POST")
        await asyncio.sleep(0.3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert numbers(graph.assignments(app)) == {7}
    assert told(journal) == ["intent", outcome]


@pytest.mark.parametrize("asked", ["sync", "async"])
def test_who_goes_while_the_service_wants_another_token_leaves_word_of_the_refusal(
    graph: Emulator, journal: pathlib.Path, asked: str
) -> None:
    """I4: nobody is asked for a token any more, and so the write did not happen."""
    app = graph.add_app(assignments=[wire(7)])
    trouble(graph, {"answer": {"status": 401}}, delay=0.3, method="POST")
    times: list[int] = []

    def token() -> str:
        times.append(1)
        return graph.token

    async def token_async() -> str:
        return token()

    credential = token if asked == "sync" else token_async

    async def main() -> None:
        client = AsyncClient(credential, base_url=graph.url, journal=journal)
        task = asyncio.create_task(client.change(app, add=[group(1)]))
        await arrived(graph, "POST")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert numbers(graph.assignments(app)) == {7}
    assert told(journal) == ["intent", "not_applied"]


INTERRUPTED = f"""
import json, pathlib, tempfile
sys.path.insert(0, {str(ROOT / "tests")!r})
from journals import group, numbers, posts, told
from planned import trouble
graph = Emulator()
app = graph.add_app()
journal = pathlib.Path(tempfile.mkdtemp()) / "journal.jsonl"
client = Client(graph.token, base_url=graph.url, journal=journal)
pressed = []
def press(times, method="POST"):
    def work():
        while not any(request.method == method for request in graph.requests):
            time.sleep(0.005)
        for _ in range(times):
            time.sleep(0.2)
            pressed.append(time.monotonic())
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
    threading.Thread(target=work).start()
def change():
    try:
        client.change(app, add=[group(1)])
    except KeyboardInterrupt:
        return time.monotonic() - pressed[-1]
    raise AssertionError
"""


def test_ctrl_c_in_the_middle_of_a_write_waits_for_its_outcome(python: str) -> None:
    """I11."""
    run_alone(
        python,
        f"""{INTERRUPTED}
trouble(graph, "delay", delay=0.8, method="POST")
press(1)
assert change() < 15
assert told(journal) == ["intent", "applied"]
assert len(client.change(app, add=[group(2)]).before) == 1
assert all(receipt.response for receipt in read_journal(journal))
""",
    )


def test_a_second_ctrl_c_does_not_wait(python: str) -> None:
    """I11."""
    run_alone(
        python,
        f"""{INTERRUPTED}
trouble(graph, {SILENCE}, method="POST", after_apply=True)
press(2)
assert change() < 4
[receipt] = read_journal(journal)
assert receipt.response is None
client.undo(receipt)
assert graph.assignments(app) == []
""",
    )


def test_ctrl_c_before_a_write_is_sent_keeps_it_from_being_sent(python: str) -> None:
    """I11."""
    run_alone(
        python,
        f"""{INTERRUPTED}
trouble(graph, {SILENCE}, method="GET")
press(1, "GET")
assert change() < 4
assert posts(graph) == []
assert not read_journal(journal)
client.change(app, add=[group(2)])
assert numbers(graph.assignments(app)) == {{2}}
""",
    )


def test_ctrl_c_amid_a_service_that_never_answers() -> None:
    """I11."""
    run_alone(
        sys.executable,
        f"""{INTERRUPTED}
trouble(graph, {SILENCE}, method="POST")
press(1)
assert 4.9 <= change() < 15
assert told(journal) == ["intent"]
""",
    )


def test_ctrl_c_with_a_credential_that_is_asked_again(python: str) -> None:
    """I11: the service wants another token while the caller is leaving."""
    run_alone(
        python,
        f"""{INTERRUPTED}
trouble(graph, {{"answer": {{"status": 401}}}}, delay=0.8, method="POST")
client = Client(lambda: graph.token, base_url=graph.url, journal=journal)
press(1)
assert change() < 15
assert told(journal) == ["intent", "not_applied"]
""",
    )
