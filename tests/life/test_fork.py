"""A process may fork whenever it likes; both sides go on calling."""

import os
import subprocess
import sys

import pytest
from interpreters import ROOT, run, run_often

pytestmark = [pytest.mark.skipif(sys.platform == "win32", reason="the system has no fork")]
# CPython from 3.12 on warns of every fork of a process with threads, whoever started them.
QUIET = ("-W", "ignore::DeprecationWarning")

CHILD = """
def in_child(work):
    pid = os.fork()
    if pid == 0:
        try:
            work()
            sys.stdout.flush()
            os._exit(0)
        except BaseException as error:
            print("child:", type(error).__name__, error, flush=True)
            os._exit(1)
    assert os.waitpid(pid, 0)[1] == 0
def sync():
    assert assign(app, [one], **options).status == 204
def awaited():
    assert asyncio.run(assign_async(app, [one], **options)).status == 204
options = emulated()
"""


@pytest.mark.parametrize("before", ["sync", "awaited"])
@pytest.mark.parametrize("after", ["sync", "awaited"])
def test_both_sides_call_after_a_fork(python: str, before: str, after: str) -> None:
    run(python, f"{CHILD}\n{before}()\nfor _ in range(3): in_child({after})\n{before}()\n{after}()", *QUIET)


def test_a_child_forks_in_turn(python: str) -> None:
    run(python, f"{CHILD}\nsync()\nin_child(lambda: (sync(), in_child(lambda: (awaited(), in_child(sync)))))", *QUIET)


def test_a_fork_while_other_threads_are_making_their_first_call(python: str) -> None:
    """Whatever is made once and for all is half made in another thread, at the worst, when the child is forked."""
    run_often(
        python,
        CHILD
        + """
# asyncio makes its policy once and for all, too, and under a lock that a child inherits as it was.
asyncio.new_event_loop().close()
for work in (sync, awaited):
    threading.Thread(target=work).start()
for _ in range(4):
    in_child(lambda: (sync(), awaited()))
""",
        *QUIET,
        often=10,
        soak=100,
    )


def test_a_fork_while_other_threads_are_calling(python: str) -> None:
    run(
        python,
        CHILD
        + """
stop = threading.Event()
def spin(work):
    while not stop.is_set():
        work()
threads = [threading.Thread(target=spin, args=(work,)) for work in (sync, sync, awaited, awaited)]
for thread in threads: thread.start()
for _ in range(20):
    in_child(lambda: (sync(), awaited()))
stop.set()
for thread in threads: thread.join()
""",
        *QUIET,
    )


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_pool_of_processes(python: str, method: str, tmp_path) -> None:
    script = tmp_path / "pooled.py"
    script.write_text(
        """
import multiprocessing, sys
from appassign import MobileAppGroupAssignment, assign
from appassign.emulator import Emulator

def work(task):
    app, one, options = task
    return assign(app, [one], **options)

if __name__ == "__main__":
    with Emulator(profile="2017") as graph:
        options = {"credential": graph.token, "base_url": graph.url}
        one = MobileAppGroupAssignment(target_group_id="G", install_intent="required")
        apps = [graph.add_app() for _ in range(8)]
        assign(apps[0], [one], **options)
        with multiprocessing.get_context(sys.argv[1]).Pool(2) as pool:
            receipts = pool.map(work, [(app, one, options) for app in apps])
        assert [receipt.status for receipt in receipts] == [204] * 8
        assert all(graph.assignments(app) for app in apps)
""",
        encoding="utf-8",
    )
    command = [python, "-X", "dev", *QUIET, str(script), method]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "python")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert done.stderr == ""
    assert done.returncode == 0


def test_a_signal_handler_that_forks_in_the_middle_of_a_call(python: str) -> None:
    printed = run(
        python,
        """
def handler(*_):
    pids.append(os.fork())
pids = []
signal.signal(signal.SIGALRM, handler)
signal.setitimer(signal.ITIMER_REAL, 0.1)
try:
    assign("A", [one], timeout=1, **mute())
except ClientClosedError as error:
    assert pids == [0], pids
    print("child:", error, flush=True)
    os._exit(0)
except RequestTimeoutError as error:
    assert os.waitpid(pids[0], 0)[1] == 0
    print("parent:", error.outcome)
""",
        *QUIET,
    )
    assert printed == "child: this call belongs to the process that this one was forked from\nparent: unknown\n"


def test_a_credential_that_forks(python: str) -> None:
    printed = run(
        python,
        CHILD
        + """
def token():
    pids.append(os.fork())
    return graph.token
pids = []
for call in (assign, lambda *a, **k: asyncio.run(assign_async(*a, **k))):
    try:
        assert call(app, [one], credential=token, base_url=graph.url).status == 204
    except ClientClosedError as error:
        print("child:", error, flush=True)
        os._exit(0)
    assert os.waitpid(pids.pop(), 0)[1] == 0
""",
        *QUIET,
    )
    # The asynchronous twin asks in a thread: it is all that the child has, and ends with it.
    assert printed == "child: this call belongs to the process that this one was forked from\n"
