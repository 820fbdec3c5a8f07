"""Loops of other makes, and many clients and calls that come and go. Most of the life of a process is in tests/life."""

import asyncio
import gc
import pathlib
import sys
import threading
from collections.abc import Callable

import psutil
import pytest
import uvloop
from interpreters import SOAK, run

import appassign
from checked import CANARY, SALES, Checked, come_back_to, resources
from faults import FaultyGraph

TESTS = str(pathlib.Path(__file__).parent)


def memory() -> int:
    gc.collect()
    return psutil.Process().memory_info().rss


@pytest.fixture(scope="module", autouse=True)
def uvloop_in_use() -> None:
    """The first loop of uvloop's opens a pipe for good."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(asyncio.sleep(0))


@pytest.mark.parametrize("factory", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_one_client_serves_loops_of_each_make_in_several_threads(
    checked: Checked, factory: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    """I16."""
    with FaultyGraph() as graph:
        client = appassign.AsyncClient(CANARY, base_url=graph.url)

        async def main() -> set[int]:
            calls = (client.assign(f"A{n}~~503", [SALES]) for n in range(5))
            return {receipt.attempts for receipt in await asyncio.gather(*calls)}

        def work() -> None:
            for _ in range(2):
                with asyncio.Runner(loop_factory=factory) as runner:
                    ended.append(runner.run(main()))

        ended: list[set[int]] = []
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert ended == [{2}] * 8
        asyncio.run(client.close())


def test_calls_work_inside_a_loop_that_may_be_nested() -> None:
    """I14."""
    run(
        sys.executable,
        f"""
sys.path.insert(0, {TESTS!r})
import nest_asyncio2
from faults import FaultyGraph, answer
nest_asyncio2.apply()
async def inner(client):
    return (await client.assign("A", [one])).attempts
async def main():
    loop = asyncio.get_running_loop()
    async with AsyncClient("T", base_url=graph.url) as client:
        assert loop.run_until_complete(inner(client)) == 2
        assert assign("A", [one], credential="T", base_url=graph.url).status == 204
        assert asyncio.run(assign_async("A", [one], credential="T", base_url=graph.url)).status == 204
        assert await inner(client) == 1
graph = FaultyGraph([answer(503)])
asyncio.run(main())
""",
    )


def test_ten_thousand_clients_leave_nothing_behind(checked: Checked) -> None:
    """J9."""
    with FaultyGraph(keep=1) as graph:

        async def call() -> None:
            await appassign.AsyncClient(CANARY, base_url=graph.url).assign("A", [SALES])

        def make(count: int) -> None:
            for _ in range(count):
                appassign.Client(CANARY, base_url=graph.url)
                appassign.AsyncClient(lambda: CANARY, base_url=graph.url)

        def use(count: int) -> None:
            for _ in range(count):
                appassign.Client(CANARY, base_url=graph.url).assign("A", [SALES])
                asyncio.run(call())

        make(100)
        use(50)
        gc.collect()
        before, start = resources(), memory()
        make(5_000)
        use(150)
        gc.collect()
        come_back_to(before)
        assert memory() - start < 8 * 2**20


IDLE = 100_000 if SOAK else 5_000


def test_idle_futures_leave_nothing_once_they_are_cancelled() -> None:
    """J10: counted by the allocators themselves, as what they keep for later use is no leak."""
    run(
        sys.executable,
        f"""
import ctypes
class Heap(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in (
        "arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost")]
ask = getattr(ctypes.CDLL(None), "mallinfo2", None)
if ask is not None:
    ask.restype = Heap
def in_use():
    gc.collect()
    heap = ask() if ask is not None else Heap()
    return sys.getallocatedblocks(), heap.uordblks + heap.hblkhd
async def never():
    await asyncio.Event().wait()
async def main():
    one = MobileAppGroupAssignment(target_group_id="g" * 1_000, install_intent="required")
    async with AsyncClient(never, base_url="http://127.0.0.1:1/beta") as client:
        calls = [client.assign("A", [one]) for _ in range({IDLE} // 2)]
        calls += [assign_async("A", [one], credential=never, base_url="http://127.0.0.1:1") for _ in range({IDLE} // 2)]
        tasks = [asyncio.create_task(call) for call in calls]
        await asyncio.sleep(0)
        peak = in_use()
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert {{type(end) for end in ended}} == {{asyncio.CancelledError}}
        return peak
asyncio.run(main())
before = in_use()
peak = asyncio.run(main())
after = in_use()
for name, start, most, end in zip(("blocks of Python", "bytes of the heap"), before, peak, after):
    assert end - start < (most - start) / 100, (name, start, most, end)
""",
        within=600 if SOAK else 120,
    )
