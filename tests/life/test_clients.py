"""Clients and their calls in the life of a process: its end, forks, signals, loops that come and go."""

import pathlib

import pytest
from interpreters import run, run_often

TESTS = str(pathlib.Path(__file__).parent.parent)
# CPython from 3.12 on warns of every fork of a process with threads, whoever started them.
QUIET = ("-W", "ignore::DeprecationWarning")

FAULTS = f"""
sys.path.insert(0, {TESTS!r})
import faults
from faults import FaultyGraph, answer
def open_files():
    return len(os.listdir("/proc/self/fd"))
def settle(condition):
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)
"""


@pytest.mark.parametrize("door", ["Client(**options).assign", "functools.partial(assign, **options)"])
def test_exit_while_threads_wait_for_their_next_attempt(python: str, door: str) -> None:
    """I2."""
    run_often(
        python,
        FAULTS
        + f"""
import functools
graph = FaultyGraph(default=answer(503, retry_after=60))
options = {{"credential": "T", "base_url": graph.url}}
for _ in range(4):
    threading.Thread(target={door}, args=("A", [one]), daemon=True).start()
settle(lambda: graph.read == 4)
""",
        often=3,
        soak=30,
    )


@pytest.mark.parametrize("door", ["client.assign('A', [one])", "assign_async('A', [one], **options)"])
def test_exit_while_tasks_wait_for_their_next_attempt(python: str, door: str) -> None:
    """I2, I3."""
    run_often(
        python,
        FAULTS
        + f"""
graph = FaultyGraph(default=answer(503, retry_after=60))
options = {{"credential": "T", "base_url": graph.url}}
async def main():
    client = AsyncClient(**options)
    tasks = [asyncio.create_task({door}) for _ in range(30)]  # more would use up the client's budget of retries
    while graph.read < 30:
        await asyncio.sleep(0.01)
asyncio.run(main())
""",
        often=3,
        soak=30,
    )


@pytest.mark.parametrize("how", ["wait_for", "cancel"])
@pytest.mark.parametrize("door", ["client.assign('A', [one])", "assign_async('A', [one], **options)"])
def test_a_call_that_is_given_up_sends_nothing_more(python: str, door: str, how: str) -> None:
    """I4, I5."""
    run(
        python,
        FAULTS
        + f"""
graph = FaultyGraph(default=answer(503, retry_after=0.3))
options = {{"credential": "T", "base_url": graph.url}}
async def main():
    async with AsyncClient(**options) as client:
        task = asyncio.create_task({door})
        while not graph.read:
            await asyncio.sleep(0.001)
        if {how!r} == "cancel":
            task.cancel()
        try:
            await asyncio.wait_for(task, 0.1)
        except (TimeoutError, asyncio.CancelledError) as error:
            assert isinstance(error, TimeoutError) == ({how!r} == "wait_for"), error
        else:
            raise AssertionError
        assert task.cancelled()
        await asyncio.sleep(0.6)
asyncio.run(main())
assert graph.read == 1
""",
    )


def test_a_client_serves_on_after_a_hundred_calls_were_cancelled_at_any_moment(python: str) -> None:
    """I6."""
    run(
        python,
        FAULTS
        + """
import random
random.seed(7)
# One fault in four: a call that is given up while it waits has paid for its retry, and the client's budget is bounded.
steps = [answer(503, retry_after=0.1), faults.OK, faults.slow(0.01), faults.okclose()]
steps += [faults.rst(applies=True), faults.OK, faults.slow(0.01), faults.okclose()]
async def token():
    await asyncio.sleep(random.uniform(0, 0.01))
    return "T"
async def main():
    ended = []
    async with AsyncClient(token, base_url=graph.url) as client:
        for number in range(100):
            task = asyncio.create_task(client.assign(f"A{number}", [one]))
            await asyncio.sleep(random.uniform(0, 0.02))
            task.cancel()
            ended += await asyncio.gather(task, return_exceptions=True)
        assert (await client.assign("last", [one])).status == 204
    assert {type(end) for end in ended} <= {asyncio.CancelledError, AssignReceipt}, ended
    assert {type(end) for end in ended} >= {asyncio.CancelledError}
graph = FaultyGraph(steps * 100)
asyncio.run(main())
assert graph.applied["last"] >= 1
before = open_files()
settle(lambda: open_files() <= before)
""",
    )


def test_a_call_cancelled_before_it_starts_sends_nothing(python: str) -> None:
    """I5, I15: nor does a coroutine that nobody awaits."""
    run(
        python,
        FAULTS
        + """
async def main():
    async with AsyncClient("T", base_url=graph.url) as client:
        task = asyncio.create_task(client.assign("A", [one]))
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            pass
        else:
            raise AssertionError
graph = FaultyGraph()
client = AsyncClient("T", base_url=graph.url)
coroutine = client.assign("A", [one])
assert asyncio.iscoroutine(coroutine)
try:
    coroutine.send(None)
except RuntimeError as error:
    assert "no running event loop" in str(error), error
else:
    raise AssertionError
client.assign("A", [one]).close()
asyncio.run(main())
assert graph.connections == 0
""",
    )


def test_the_failure_of_one_call_leaves_its_siblings_alone(python: str) -> None:
    """I7."""
    run(
        python,
        FAULTS
        + """
async def main():
    async with AsyncClient("T", base_url=graph.url) as client:
        ended = await asyncio.gather(
            *(client.assign(f"A{n}~~{'400' if n == 3 else 'ok'}", [one]) for n in range(8)), return_exceptions=True
        )
        kinds = [type(end).__name__ for end in ended]
        assert kinds == ["AssignReceipt"] * 3 + ["BadRequestError"] + ["AssignReceipt"] * 4, kinds
        try:
            async with asyncio.TaskGroup() as group:
                slow = [group.create_task(client.assign(f"B{n}~~stall", [one])) for n in range(3)]
                group.create_task(client.assign("B~~400", [one]))
        except* BadRequestError as failures:
            assert len(failures.exceptions) == 1
        assert all(task.cancelled() for task in slow)
        assert (await client.assign("C", [one])).status == 204
graph = FaultyGraph()
asyncio.run(main())
""",
    )


FORKS = (
    FAULTS
    + """
def in_child(work):
    pid = os.fork()
    if pid == 0:
        try:
            work()
            os._exit(0)
        except BaseException as error:
            print("child:", type(error).__name__, error, flush=True)
            os._exit(1)
    return pid
def ended_well(pids):
    for pid in pids:
        assert os.waitpid(pid, 0)[1] == 0
"""
)


def test_children_that_inherit_a_client_make_connections_of_their_own(python: str) -> None:
    """I8, I10: as under a server that forks its workers beforehand; no byte goes over a shared socket."""
    run(
        python,
        FORKS
        + """
graph = FaultyGraph()
client = Client("T", base_url=graph.url)
client.assign("parent", [one])
def work(name):
    for _ in range(20):
        assert client.assign(name, [one]).status == 204
children = [in_child(lambda: work(f"child{n}")) for n in range(4)]
work("parent")
ended_well(children)
work("parent")
client.close()
used = {}
for seen in graph.log:
    used.setdefault(seen.path.split("/")[4], set()).add(seen.connection)
assert len(used) == 5 and graph.read == 41 + 80, used
assert sum(map(len, used.values())) == len(set().union(*used.values())), used
""",
        *QUIET,
    )


@pytest.mark.parametrize("door", ["asynchronous", "synchronous"])
def test_both_sides_call_after_a_fork_in_the_middle_of_calls(python: str, door: str) -> None:
    """I8."""
    run_often(
        python,
        FORKS
        + f"""
graph = FaultyGraph()
def work():
    if {door!r} == "synchronous":
        assert client.assign("A", [one]).status == 204
    else:
        async def main():
            assert (await client.assign("A", [one])).status == 204
        asyncio.run(main())
client = Client("T", base_url=graph.url) if {door!r} == "synchronous" else AsyncClient("T", base_url=graph.url)
stop = threading.Event()
def spin():
    while not stop.is_set():
        work()
threads = [threading.Thread(target=spin) for _ in range(3)]
for thread in threads: thread.start()
for _ in range(10):
    ended_well([in_child(work)])
stop.set()
for thread in threads: thread.join()
work()
""",
        *QUIET,
        often=2,
        soak=20,
    )


@pytest.mark.parametrize("pool", ["multiprocessing.get_context('fork').Pool(2)", "executor"])
def test_a_pool_of_forked_processes_uses_the_client_it_inherits(python: str, pool: str) -> None:
    """I8."""
    run(
        python,
        FORKS
        + f"""
import concurrent.futures, multiprocessing
graph = FaultyGraph()
client = Client("T", base_url=graph.url)
client.assign("A", [one])
def work(n):
    return client.assign(f"A{{n}}", [one]).status
if {pool!r} == "executor":
    pool = concurrent.futures.ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("fork"))
else:
    pool = {pool if pool != "executor" else None}
with pool:
    assert list(pool.map(work, range(20))) == [204] * 20
assert client.assign("A", [one]).status == 204
assert graph.read == 22
""",
        *QUIET,
    )


@pytest.mark.parametrize(
    "door", ["Client(**options).assign('A', [one])", "asyncio.run(AsyncClient(**options).assign('A', [one]))"]
)
@pytest.mark.parametrize("step", ["faults.stall()", "answer(503, retry_after=60)"], ids=["unanswered", "waiting"])
def test_ctrl_c_is_heard_in_the_middle_of_a_call(python: str, door: str, step: str) -> None:
    """I11."""
    run(
        python,
        FAULTS
        + f"""
graph = FaultyGraph([{step}])
options = {{"credential": "T", "base_url": graph.url}}
def press():
    settle(lambda: graph.read)
    time.sleep(0.1)
    signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
threading.Thread(target=press).start()
start = time.monotonic()
try:
    {door}
except KeyboardInterrupt:
    assert time.monotonic() - start < 20
else:
    raise AssertionError
{door}
""",
    )


def test_an_exception_of_a_signal_handler_leaves_the_client_usable(python: str) -> None:
    """I13."""
    run(
        python,
        FAULTS
        + """
class Mine(Exception): pass
def handler(*_): raise Mine
signal.signal(signal.SIGALRM, handler)
graph = FaultyGraph([answer(503, retry_after=60)])
with Client("T", base_url=graph.url) as client:
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    try:
        client.assign("A", [one])
    except Mine:
        pass
    else:
        raise AssertionError
    assert client.assign("A", [one]).status == 204
assert graph.read == 2
""",
    )


def test_a_synchronous_client_works_inside_a_running_loop(python: str) -> None:
    """I14."""
    run(
        python,
        FAULTS
        + """
graph = FaultyGraph([answer(503, retry_after=0.1)])
async def main():
    with Client("T", base_url=graph.url) as client:
        assert client.assign("A", [one]).attempts == 2
        assert assign("A", [one], credential="T", base_url=graph.url).status == 204
asyncio.run(main())
""",
    )


def test_one_client_serves_loop_after_loop_and_several_at_once(python: str) -> None:
    """I16."""
    run(
        python,
        FAULTS
        + """
graph = FaultyGraph(keep=10)
async def token():
    await asyncio.sleep(0)
    return "T"
for credential in ("T", token, lambda: "T"):
    client = AsyncClient(credential, base_url=graph.url)
    async def main():
        receipts = await asyncio.gather(*(client.assign("A", [one]) for _ in range(10)))
        assert {receipt.status for receipt in receipts} == {204}
    for _ in range(10):
        asyncio.run(main())
    def work():
        for _ in range(10):
            asyncio.run(main())
        done.append(1)
    done = []
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    assert len(done) == 4
    asyncio.run(client.close())
    try:
        asyncio.run(main())
    except ClientClosedError as error:
        assert error.outcome == "not_sent"
    else:
        raise AssertionError
""",
    )


def test_a_loop_that_ends_in_the_middle_leaves_the_client_to_the_next(python: str) -> None:
    """I3, I16."""
    run(
        python,
        FAULTS
        + """
graph = FaultyGraph(keep=10)
async def token():
    await asyncio.sleep(0.001)
    return "T"
client = AsyncClient(token, base_url=graph.url)
async def leave():
    calls = [asyncio.create_task(client.assign("A~~slow", [one])) for _ in range(10)]
    await asyncio.sleep(0.001 * (number % 5))
async def stay():
    assert (await client.assign("A", [one])).status == 204
for number in range(50):
    asyncio.run(leave())
    asyncio.run(stay())
""",
    )


def test_a_loop_that_ends_while_a_credential_is_awaited_leaves_no_trace_of_it(python: str) -> None:
    """I3."""
    run(
        python,
        FAULTS
        + """
asked = []
async def credential():
    asked.append(1)
    if len(asked) == 1:
        await asyncio.Event().wait()
    return "T"
graph = FaultyGraph()
client = AsyncClient(credential, base_url=graph.url)
loop = asyncio.new_event_loop()
task = loop.create_task(client.assign("A", [one]))
task._log_destroy_pending = False
while not asked:
    loop.run_until_complete(asyncio.sleep(0))
loop.close()
unraised = []
sys.unraisablehook = unraised.append
del task
gc.collect()
assert not unraised, unraised
assert asyncio.run(client.assign("A", [one])).status == 204
""",
    )


def test_clients_that_nobody_closes_are_collected_in_silence(python: str) -> None:
    """I2, J9."""
    run(
        python,
        FAULTS
        + """
graph = FaultyGraph()
async def main():
    client = AsyncClient("T", base_url=graph.url)
    assert (await client.assign("A", [one])).status == 204
def work():
    client = Client("T", base_url=graph.url)
    assert client.assign("A", [one]).status == 204
work(); asyncio.run(main()); gc.collect()
before = open_files()
for _ in range(30):
    work()
    asyncio.run(main())
gc.collect()
settle(lambda: open_files() <= before)
""",
    )
