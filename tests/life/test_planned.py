"""Planned writes of several processes: who shares a journal takes turns, and who does not is told of losses."""

import os
import pathlib
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from itertools import groupby, pairwise

import pytest
from interpreters import run as run_alone

from appassign import Client, StalePlanError, VerificationError, read_journal
from appassign.emulator import Emulator
from journals import Watched, group, numbers, of_yesterday, posts, records, run, start, told, wire
from planned import trouble
from relay import Relay

TESTS = str(pathlib.Path(__file__).parent.parent)
# CPython from 3.12 on warns of every fork of a process with threads, whoever started them.
QUIET = ("-W", "ignore::DeprecationWarning")

ADD = """
import sys
from appassign import AppAssignError, Client
from journals import group
url, token, journal, app, first, count, timeout = sys.argv[1:]
with Client(token, base_url=url, journal=journal or None, timeout=float(timeout)) as client:
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(int(first), int(first) + int(count)):
        try:
            client.change(app, add=[group(number)])
            print(number, "done", flush=True)
        except AppAssignError as error:
            print(number, type(error).__name__, error.outcome, flush=True)
"""


@pytest.fixture
def graph() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def journal(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "journal.jsonl"


def adder(
    url: str, graph: Emulator, journal: object, app: str, first: int, count: int, timeout: float = 60
) -> subprocess.Popen[str]:
    """A process that is ready to add so many groups, one after the other."""
    process = start(ADD, url, graph.token, journal, app, first, count, timeout)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def end(process: subprocess.Popen[str]) -> list[str]:
    """What became of its changes."""
    with process:
        printed, noise = process.communicate(timeout=90)
    assert (noise, process.returncode) == ("", 0), printed
    return printed.splitlines()


def test_processes_that_share_a_journal_lose_nothing_of_each_other(graph: Emulator, journal: pathlib.Path) -> None:
    """H9."""
    app = graph.add_app()
    processes = [adder(graph.url, graph, journal, app, first, 8) for first in range(0, 32, 8)]
    for process in processes:
        go(process)
    seen = [0]
    while any(process.poll() is None for process in processes):
        # Whoever reads meanwhile sees whole writes, and never fewer than before.
        seen.append(len(read_journal(journal)) if journal.exists() else 0)
    assert seen == sorted(seen)
    assert len(set(seen)) > 4
    for first, process in zip(range(0, 32, 8), processes, strict=True):
        assert end(process) == [f"{number} done" for number in range(first, first + 8)]
    assert numbers(graph.assignments(app)) == set(range(32))
    receipts = read_journal(journal)
    assert [len(receipt.after) for receipt in receipts] == list(range(1, 33))
    for before, after in pairwise(receipts):
        assert numbers(after.before) == numbers(before.after)
    # Each change reads, writes and verifies with nobody in between.
    calls = [request.headers["client-request-id"] for request in graph.requests]
    assert len([call for call, _ in groupby(calls)]) == len(set(calls)) == 32


def test_processes_on_different_apps_share_a_journal(graph: Emulator, journal: pathlib.Path) -> None:
    apps = [graph.add_app() for _ in range(4)]
    processes = [adder(graph.url, graph, journal, app, 0, 4) for app in apps]
    for process in processes:
        go(process)
    for process in processes:
        assert end(process) == [f"{number} done" for number in range(4)]
    receipts = read_journal(journal)
    for app in apps:
        assert numbers(graph.assignments(app)) == set(range(4))
        assert [numbers(receipt.after) for receipt in receipts if receipt.app_id == app] == [
            set(range(count)) for count in range(1, 5)
        ]


def test_processes_that_share_no_journal_lose_nothing_in_silence(graph: Emulator, tmp_path: pathlib.Path) -> None:
    """Whatever is missing at the end was named by an error of the process that wrote it, or was overwritten by a write
    whose read came before it: the window that is documented."""
    app = graph.add_app()
    firsts = range(0, 16, 4)
    journals = {first: tmp_path / f"{first}.jsonl" for first in firsts}
    processes = [adder(graph.url, graph, journals[first], app, first, 4, 3) for first in firsts]
    for process in processes:
        go(process)
    said = [line.split() for process in processes for line in end(process)]
    assert len(said) == 16
    assert {error for _, error, *_ in said} <= {"done", "VerificationError", "StalePlanError"}
    history = [numbers(moment.assignments) for moment in graph.history(app)]
    intents = [r for path in journals.values() for r in records(path) if r["record"] == "intent"]
    held = history[-1]
    for number, error, *_ in said:
        if error == "done" and int(number) not in held:
            # Somebody wrote what they had read before it was there.
            overwritten = [i for i, after in enumerate(history) if i and int(number) in history[i - 1] - after]
            assert overwritten
            for moment in overwritten:
                assert any(
                    numbers(intent["after"]) == history[moment] and int(number) not in numbers(intent["before"])
                    for intent in intents
                )
    assert len(posts(graph)) == len(history) - 1 == len(intents)


class Held(Relay):
    """A way to an emulator that holds back one request, until it is let go."""

    def __init__(self, url: str, method: bytes, which: int = 1) -> None:
        super().__init__(int(url.split("/")[2].split(":")[1]), forge=self._hold)
        self.reached, self.let_go = threading.Event(), threading.Event()
        self._method, self._left = method, which
        self.url = f"http://127.0.0.1:{self.port}/beta"

    def _hold(self, chunk: bytes, _: int) -> bytes:
        if chunk.startswith(self._method):
            self._left -= 1
            if self._left == 0:
                self.reached.set()
                self.let_go.wait(60)
        return chunk


def overlapping(graph: Emulator, app: str, journals: tuple[object, object], timeout: float) -> tuple[str, str]:
    """One process writes and is held before it verifies, between the read of another one and its write."""
    with (
        Held(graph.url, b"GET", which=2) as first_way,
        Held(graph.url, b"POST") as second_way,
        adder(first_way.url, graph, journals[0], app, 1, 1, timeout) as first,
        adder(second_way.url, graph, journals[1], app, 2, 1, timeout) as second,
    ):
        go(second)
        assert second_way.reached.wait(30)
        go(first)
        assert first_way.reached.wait(30)
        second_way.let_go.set()
        [said_second] = end(second)
        first_way.let_go.set()
        [said_first] = end(first)
    return said_first, said_second


def test_whoever_was_overwritten_is_told(graph: Emulator, tmp_path: pathlib.Path) -> None:
    app = graph.add_app(assignments=[wire(7)])
    journals = (tmp_path / "first", tmp_path / "second")
    said = overlapping(graph, app, journals, 5)
    assert said == ("1 VerificationError unknown", "2 done")
    assert [numbers(moment.assignments) for moment in graph.history(app)] == [{7}, {1, 7}, {2, 7}]
    [receipt] = read_journal(journals[0])
    assert (numbers(receipt.before), numbers(receipt.after)) == ({7}, {1, 7})
    with Client(graph.token, base_url=graph.url) as client, pytest.raises(StalePlanError):
        client.undo(receipt)
    assert numbers(graph.assignments(app)) == {2, 7}


def test_the_error_tells_what_was_overwritten(graph: Emulator, tmp_path: pathlib.Path) -> None:
    app = graph.add_app(assignments=[wire(7)])
    with (
        Held(graph.url, b"GET", which=2) as way,
        Client(graph.token, base_url=way.url, timeout=3, journal=tmp_path / "journal") as client,
        Client(graph.token, base_url=graph.url) as other,
    ):

        def overwrite() -> None:
            assert way.reached.wait(30)
            other.assign(app, [group(2)])
            way.let_go.set()

        thread = threading.Thread(target=overwrite)
        thread.start()
        with pytest.raises(VerificationError) as loss:
            client.change(app, add=[group(1)])
        thread.join()
    assert numbers(loss.value.missing) == {1, 7}
    assert numbers(loss.value.extra) == {2}
    assert loss.value.outcome == "unknown"


def test_whoever_shares_the_journal_waits_with_its_read(graph: Emulator, journal: pathlib.Path) -> None:
    app = graph.add_app(assignments=[wire(7)])
    with (
        Held(graph.url, b"POST") as way,
        adder(way.url, graph, journal, app, 1, 1) as first,
        adder(graph.url, graph, journal, app, 2, 1) as second,
    ):
        go(first)
        assert way.reached.wait(30)
        go(second)
        with pytest.raises(subprocess.TimeoutExpired):
            second.wait(0.5)
        assert len(graph.requests) == 1
        way.let_go.set()
        assert (end(first), end(second)) == (["1 done"], ["2 done"])
    assert [numbers(receipt.before) for receipt in read_journal(journal)] == [{7}, {1, 7}]


FORK = f"""
import pathlib, tempfile
sys.path.insert(0, {TESTS!r})
from journals import group, numbers
from planned import trouble
graph = Emulator()
app = graph.add_app()
journal = pathlib.Path(tempfile.mkdtemp()) / "journal.jsonl"
client = Client(graph.token, base_url=graph.url, journal=journal)
twin = AsyncClient(graph.token, base_url=graph.url, journal=journal)
def sync(number):
    return client.change(app, add=[group(number)])
def awaited(number):
    return asyncio.run(twin.change(app, add=[group(number)]))
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
"""


@pytest.mark.parametrize(("before", "after"), [("sync", "awaited"), ("awaited", "sync"), ("sync", "sync")])
def test_parent_and_child_write_to_one_journal(python: str, before: str, after: str) -> None:
    run_alone(
        python,
        f"""{FORK}
{before}(0)
pids = [in_child(lambda: [{after}(10 * child + turn) for turn in range(3)]) for child in (1, 2)]
for turn in range(1, 4):
    {before}(turn)
for pid in pids:
    assert os.waitpid(pid, 0)[1] == 0
{after}(30)
expected = {{0, 1, 2, 3, 10, 11, 12, 20, 21, 22, 30}}
assert numbers(graph.assignments(app)) == expected
receipts = read_journal(journal)
assert [len(receipt.after) for receipt in receipts] == list(range(1, 12))
assert all(receipt.response for receipt in receipts)
""",
        *QUIET,
    )


def test_a_fork_in_the_middle_of_a_write_takes_the_lock_from_nobody(python: str) -> None:
    run_alone(
        python,
        f"""{FORK}
trouble(graph, "delay", delay=0.5, method="POST")
writer = threading.Thread(target=sync, args=(0,))
writer.start()
while not any(request.method == "POST" for request in graph.requests):
    time.sleep(0.005)
pid = in_child(lambda: awaited(1))
writer.join()
sync(2)
assert os.waitpid(pid, 0)[1] == 0
receipts = read_journal(journal)
assert numbers(receipts[0].after) == {{0}}
assert numbers(graph.assignments(app)) == {{0, 1, 2}}
assert [len(receipt.after) for receipt in receipts] == [1, 2, 3]
""",
        *QUIET,
    )


def test_a_child_that_lives_on_keeps_the_journal_of_a_parent_that_was_killed_and_others_are_told(
    graph: Emulator, journal: pathlib.Path
) -> None:
    """A forked child shares every open file, the locked one too: nobody loses anything, and nobody waits for ever."""
    app = graph.add_app()
    trouble(graph, {"cut": "silence"}, method="POST")
    script = """
import os, sys, threading, time, warnings
warnings.simplefilter("ignore")
from appassign import Client
from journals import group
url, token, journal, app = sys.argv[1:]
client = Client(token, base_url=url, journal=journal)
threading.Thread(target=client.change, args=(app,), kwargs={"add": [group(1)]}).start()
sys.stdin.readline()
if os.fork() == 0:
    print("forked", os.getpid(), flush=True)
    time.sleep(60)
    os._exit(0)
time.sleep(60)
"""
    with start(script, graph.url, graph.token, journal, app) as process:
        while not posts(graph):
            assert process.poll() is None
            time.sleep(0.01)
        go(process)
        assert process.stdout is not None
        child = int(process.stdout.readline().split()[1])
        process.kill()
        process.wait()
        others = """
import sys
from appassign import Client, RequestTimeoutError
from journals import group
url, token, journal, app = sys.argv[1:]
try:
    print(len(Client(token, base_url=url, journal=journal, timeout=2).change(app, add=[group(2)]).after))
except RequestTimeoutError as error:
    print(error.outcome)
"""
        try:
            kept = run(others, graph.url, graph.token, journal, app)
        finally:
            os.kill(child, signal.SIGKILL)
        free = run(others, graph.url, graph.token, journal, app)
    assert (kept, free) == ("not_sent\n", "1\n")


def test_exit_in_the_middle_of_a_write_leaves_a_journal_that_can_undo_it(
    graph: Emulator, journal: pathlib.Path
) -> None:
    """I2: daemon threads end with their interpreter, in silence."""
    app = graph.add_app(assignments=[wire(1)])
    trouble(graph, {"cut": "silence"}, method="POST", after_apply=True)
    script = """
import sys, threading
from appassign import Client
from journals import group
url, token, journal, app = sys.argv[1:]
client = Client(token, base_url=url, journal=journal)
threading.Thread(target=client.change, args=(app,), kwargs={"add": [group(2)]}, daemon=True).start()
sys.stdin.readline()
"""
    with start(script, graph.url, graph.token, journal, app) as process:
        while not posts(graph):
            assert process.poll() is None
            time.sleep(0.01)
        go(process)
        assert end(process) == []
    assert told(journal) == ["intent"]
    [receipt] = read_journal(journal)
    with Client(graph.token, base_url=graph.url, journal=journal) as client:
        client.undo(of_yesterday(receipt))
    assert numbers(graph.assignments(app)) == {1}


def test_the_way_is_watched_for_nothing_but_writes(graph: Emulator) -> None:
    seen: list[int] = []
    with Watched(graph.url, lambda: seen.append(1)) as way, Client(graph.token, base_url=way.url) as client:
        app = graph.add_app()
        client.assignments(app)
        assert seen == []
        client.change(app, add=[group(1)])
        assert seen == [1]
