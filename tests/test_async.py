"""The asynchronous twin: a true coroutine function, on any loop, whose cancellation reaches the core."""

import asyncio
import gc
import inspect
import threading

import psutil
import pytest
import uvloop

import appassign
from appassign import MobileAppGroupAssignment, _core, assign, assign_async
from appassign.emulator import Emulator
from servers import AnsweringServer


@pytest.fixture(params=["asyncio", "uvloop"])
def runner(request: pytest.FixtureRequest):
    factory = uvloop.new_event_loop if request.param == "uvloop" else None
    with asyncio.Runner(loop_factory=factory, debug=True) as runner:
        runner.get_loop().slow_callback_duration = 60  # how long a callback takes says nothing of us
        yield runner


def test_it_is_a_true_coroutine_function(sales: MobileAppGroupAssignment) -> None:
    assert inspect.iscoroutinefunction(assign_async)
    coroutine = assign_async("..", [], credential="")  # nothing is looked at before it is awaited
    assert inspect.iscoroutine(coroutine)
    coroutine.close()
    with pytest.raises(RuntimeError, match="no running event loop"):
        assign_async("A", [sales], credential="T", base_url="http://127.0.0.1:1").send(None)


def test_it_runs_wherever_a_coroutine_runs(
    graph: Emulator, sales: MobileAppGroupAssignment, runner: asyncio.Runner
) -> None:
    options = {"credential": graph.token, "base_url": graph.url}
    app = graph.add_app()

    async def main() -> None:
        assert (await assign_async(app, [sales], **options)).status == 204
        assert (await asyncio.wait_for(assign_async(app, [sales], **options), 20)).status == 204
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(assign_async(app, [sales], **options)) for _ in range(10)]
        assert [task.result().status for task in tasks] == [204] * 10
        results = await asyncio.gather(
            assign_async(app, [sales], **options), assign_async("nobody", [sales], **options), return_exceptions=True
        )
        assert isinstance(results[0], appassign.AssignReceipt)
        assert isinstance(results[1], appassign.NotFoundError)
        assert assign(app, [sales], **options).status == 204  # the synchronous twin, inside a running loop

    runner.run(main())
    runner.run(main())


class Unwatching(asyncio.SelectorEventLoop):
    """Watches no sockets for others, as the default loop on Windows."""

    def add_reader(self, *_):
        raise NotImplementedError


class Forgetful(Unwatching):
    """Loses the first callback that another thread gives it, as when a signal handler raises just before it runs."""

    lost = False

    def call_soon_threadsafe(self, callback, *arguments, context=None):
        if not self.lost and type(callback).__name__ == "Mailbox":
            self.lost = True
            return super().call_soon_threadsafe(lambda: None)
        return super().call_soon_threadsafe(callback, *arguments, context=context)


class Refusing(Forgetful):
    """Has no memory left for the first one."""

    def call_soon_threadsafe(self, callback, *arguments, context=None):
        if not self.lost and type(callback).__name__ == "Mailbox":
            self.lost = True
            raise MemoryError
        return super().call_soon_threadsafe(callback, *arguments, context=context)


class Distracted(asyncio.SelectorEventLoop):
    """Does not hear the first ring of a bell, as when a signal handler raises just before."""

    lost = False

    def add_reader(self, file, callback, *arguments):
        def heard():
            if self.lost:
                callback(*arguments)
            self.lost = True

        super().add_reader(file, heard)


@pytest.mark.parametrize("factory", [asyncio.SelectorEventLoop, Unwatching, Distracted])
def test_any_loop_hears_of_what_finishes(
    graph: Emulator, sales: MobileAppGroupAssignment, factory: type[asyncio.SelectorEventLoop]
) -> None:
    options = {"credential": graph.token, "base_url": graph.url}

    async def main() -> None:
        for _ in range(3):
            calls = [assign_async(graph.add_app(), [sales], **options) for _ in range(20)]
            assert {receipt.status for receipt in await asyncio.gather(*calls)} == {204}

    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(main())


def test_closed_loops_that_somebody_keeps_hold_no_files(graph: Emulator, sales: MobileAppGroupAssignment) -> None:
    options = {"credential": graph.token, "base_url": graph.url}
    kept = []
    files = []
    for _ in range(10):
        with asyncio.Runner() as runner:
            kept.append(runner.get_loop())
            runner.run(assign_async(graph.add_app(), [sales], **options))
        files.append(psutil.Process().num_fds())
    assert len(kept) == 10
    assert files[-1] - files[0] < 4


@pytest.mark.parametrize("factory", [Forgetful, Refusing])
def test_a_loop_that_lost_a_wake_up_hears_of_it_with_the_next_call(
    graph: Emulator, sales: MobileAppGroupAssignment, factory: type[Forgetful]
) -> None:
    options = {"credential": graph.token, "base_url": graph.url}

    async def main() -> None:
        first = asyncio.create_task(assign_async(graph.add_app(), [sales], **options))
        while not asyncio.get_running_loop().lost:  # type: ignore[attr-defined]
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.4)
        assert not first.done()
        second = await asyncio.wait_for(assign_async(graph.add_app(), [sales], **options), 30)
        assert (second.status, (await first).status) == (204, 204)

    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(main())


def test_many_in_flight_all_come_back(graph: Emulator, runner: asyncio.Runner) -> None:
    apps = [graph.add_app() for _ in range(500)]
    options = {"credential": graph.token, "base_url": graph.url}

    async def one(app: str) -> None:
        await assign_async(app, [MobileAppGroupAssignment(target_group_id=app, install_intent="required")], **options)

    async def main() -> None:
        await asyncio.gather(*map(one, apps))

    runner.run(main())
    assert all(graph.assignments(app)[0]["targetGroupId"] == app for app in apps)


def test_the_loop_goes_on_while_calls_wait(sales: MobileAppGroupAssignment, runner: asyncio.Runner) -> None:
    hold = threading.Event()

    async def main() -> None:
        call = asyncio.create_task(assign_async("A", [sales], credential="T", base_url=server.url))
        while not server.seen:
            await asyncio.sleep(0.001)
        assert not call.done()
        hold.set()
        assert (await call).status == 204

    with AnsweringServer(204, hold=hold) as server:
        runner.run(main())


@pytest.mark.parametrize("how", ["cancel", "wait_for", "timeout"])
def test_cancellation_breaks_off_the_call(sales: MobileAppGroupAssignment, runner: asyncio.Runner, how: str) -> None:
    hold, gone = threading.Event(), threading.Event()

    async def main() -> None:
        call = asyncio.create_task(assign_async("A", [sales], credential="T", base_url=server.url))
        while not server.seen:
            await asyncio.sleep(0.001)
        if how == "cancel":
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
        elif how == "wait_for":
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(call, 0.05)
        else:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await call
        assert call.cancelled()

    with AnsweringServer(204, hold=hold, gone=gone) as server:
        runner.run(main())
        assert gone.wait(20), "the core still holds the connection"
        hold.set()


def test_a_call_cancelled_before_it_starts_sends_nothing(
    graph: Emulator, sales: MobileAppGroupAssignment, runner: asyncio.Runner
) -> None:
    async def main() -> None:
        call = asyncio.create_task(assign_async("A", [sales], credential=graph.token, base_url=graph.url))
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

    runner.run(main())
    assert graph.requests == []


def test_cancelling_at_any_moment_loses_nothing_and_says_nothing(
    graph: Emulator, sales: MobileAppGroupAssignment, runner: asyncio.Runner, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        for number in range(100):
            call = asyncio.create_task(assign_async("A", [sales], credential=graph.token, base_url=graph.url))
            await asyncio.sleep(number * 0.00005)
            call.cancel()
            with pytest.raises((asyncio.CancelledError, appassign.NotFoundError)):
                await call
        await asyncio.sleep(0.05)

    runner.run(main())
    gc.collect()
    assert caplog.records == []


def test_a_coroutine_that_is_closed_in_the_middle_is_forgotten(
    sales: MobileAppGroupAssignment, runner: asyncio.Runner, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        coroutine = assign_async("A", [sales], credential="T", base_url=server.url)
        coroutine.send(None)
        while not server.seen:
            await asyncio.sleep(0.001)
        coroutine.close()
        hold.set()
        await asyncio.sleep(0.05)

    hold = threading.Event()
    with AnsweringServer(500, hold=hold) as server:
        runner.run(main())
    gc.collect()
    assert caplog.records == []


@pytest.mark.skipif(not hasattr(_core, "_break_off"), reason="a release build cannot be made to panic")
class TestPanics:
    """A panic in the core is an error like others; what it says may hold anything, and is not shown."""

    def test_in_a_synchronous_call(self, capfd: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(appassign.InternalError) as refusal:
            _core._break_off()
        self.check(refusal.value)
        assert "CANARY" not in "".join(capfd.readouterr())

    def test_in_an_asynchronous_one(self, runner: asyncio.Runner, capfd: pytest.CaptureFixture[str]) -> None:
        async def main() -> None:
            future, _ = _core._break_off_async(asyncio.get_running_loop())
            with pytest.raises(appassign.InternalError) as refusal:
                await future
            self.check(refusal.value)

        runner.run(main())
        assert "CANARY" not in "".join(capfd.readouterr())

    def check(self, error: appassign.InternalError) -> None:
        assert "the call broke off inside, at src/python/call.rs:" in str(error)
        assert "CANARY" not in str(error)
        assert error.outcome == "unknown"
        assert "please report" in str(error.hint)

    def test_the_process_lives_on(self, graph: Emulator, sales: MobileAppGroupAssignment) -> None:
        with pytest.raises(appassign.InternalError):
            _core._break_off()
        assert assign(graph.add_app(), [sales], credential=graph.token, base_url=graph.url).status == 204
