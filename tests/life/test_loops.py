"""Any loop, again and again, many at once; and nothing is left when one has gone."""

import pytest
from interpreters import SOAK, run

LOOPS = 300 if SOAK else 60


def test_loop_after_loop_leaves_nothing_behind(python: str) -> None:
    run(
        python,
        f"""
def resources():
    gc.collect()
    with open("/proc/self/statm") as file:
        pages = int(file.read().split()[1])
    return len(os.listdir("/proc/self/task")), len(os.listdir("/proc/self/fd")), pages * 4096
async def main():
    results = await asyncio.gather(*(assign_async(app, [one], **options) for _ in range(50)))
    assert all(result.status == 204 for result in results)
options = emulated()
for _ in range(20):
    asyncio.run(main())
    graph.reset(); app = graph.add_app()
threads, fds, memory = resources()
for _ in range({LOOPS}):
    asyncio.run(main())
    graph.reset(); app = graph.add_app()
after = resources()
assert after[0] <= threads + 2, (after, threads)
assert after[1] <= fds + 60, (after, fds)  # connections that the pool keeps
assert after[2] <= memory + 24 * 2**20, (after, memory)
""",
    )


def test_a_loop_that_is_gone_is_forgotten(python: str) -> None:
    run(
        python,
        """
import weakref
gone = []
async def main(ends):
    gone.append(weakref.ref(asyncio.get_running_loop()))
    tasks = [asyncio.create_task(assign_async(app, [one], **options)) for _ in range(20)]
    if ends:
        await asyncio.gather(*tasks)
    else:
        await asyncio.sleep(0)
options = emulated()
for number in range(40):
    asyncio.run(main(number % 2))
time.sleep(0.2)
asyncio.run(main(True))
gc.collect()
alive = [ref for ref in gone if ref() is not None]
assert len(alive) <= 2, len(alive)
""",
    )


@pytest.mark.parametrize(
    "end", ["loop.close()", "loop.run_until_complete(asyncio.sleep(0)); loop.close()", "loop.stop(); loop.close()"]
)
def test_a_loop_that_ends_before_completion_says_nothing(python: str, end: str) -> None:
    run(
        python,
        f"""
options = emulated()
for _ in range(50):
    loop = asyncio.new_event_loop()
    task = loop.create_task(assign_async(app, [one], **options))
    task._log_destroy_pending = False
    loop.run_until_complete(asyncio.sleep(0))
    {end}
    del task, loop
time.sleep(0.2)
gc.collect()
""",
    )


def test_several_loops_in_several_threads_at_once(python: str) -> None:
    """Loops come and go in all threads, so that the table of loops changes under each of them."""
    run(
        python,
        """
async def main():
    results = await asyncio.gather(*(assign_async(app, [one], **options) for _ in range(10)))
    assert [result.status for result in results] == [204] * 10
def work():
    for _ in range(30):
        asyncio.run(main())
    done.append(1)
done = []
options = emulated()
threads = [threading.Thread(target=work) for _ in range(6)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert len(done) == 6
""",
    )


def test_fire_and_forget_is_not_forgotten(python: str) -> None:
    run(
        python,
        """
async def main():
    for _ in range(100):
        asyncio.create_task(assign_async(app, [one], **options))
        gc.collect()
    while len(graph.requests) < 100:
        await asyncio.sleep(0.01)
options = emulated()
asyncio.run(main())
""",
    )


def test_a_sub_interpreter_gets_a_clean_import_error(python: str) -> None:
    run(
        python,
        """
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
execute = getattr(interpreters, "run_string", None)
script = '''
import sys
sys.path.insert(0, %r)
try:
    import appassign._core
except ImportError as error:
    assert "interpreter" in str(error), error  # ours, or CPython's own
else:
    raise AssertionError
''' % os.environ["PYTHONPATH"]
options = emulated()
for _ in range(2):
    other = interpreters.create()
    failed = execute(other, script)
    assert failed is None, failed
    interpreters.destroy(other)
assert assign(app, [one], **options).status == 204
""",
    )


def test_reloading_is_harmless(python: str) -> None:
    run(
        python,
        """
import importlib, appassign
options = emulated()
assign(app, [one], **options)
importlib.reload(appassign)
assert appassign.assign(app, [one], **options).status == 204
for name in [name for name in sys.modules if name.startswith("appassign")]:
    del sys.modules[name]
import appassign
again = appassign.MobileAppGroupAssignment(target_group_id="G", install_intent="required")
assert appassign.assign(app, [again], **options).status == 204
""",
    )
