"""Many calls for a long time, a tenth of the requests faulty: each must end as it should, and nothing may pile up.

    python tests/soak.py --seconds 600
    python tests/soak.py --calls 20000

The server runs in a process of its own, so that the memory measured is the client's.
"""

import argparse
import asyncio
import gc
import multiprocessing
import os
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import TypeAlias

import psutil

from appassign import AppAssignError, AssignReceipt, AsyncClient, Client, MobileAppGroupAssignment
from faults import FaultyGraph

RATE = 0.1
ATTEMPTS = 4
TASKS, THREADS = 64, 16
MEBIBYTE = 2**20
MOST_GROWTH = 4 * MEBIBYTE
MOST_GROWTH_IN_AN_HOUR = MEBIBYTE

# Faults that pass, with what a call ends in whose last attempt meets one, and what that leaves open. Throttling is
# rarer: each time, all calls of the client wait.
PASSING = {
    "429": ("ThrottledError", "not_applied", 0.2),
    **dict.fromkeys(("500", "502", "503", "504"), ("ServiceError", "unknown", 1.0)),
    **dict.fromkeys(
        ("rst", "rst-applied", "fin", "fin-applied", "half", "half-applied"), ("TransportError", "unknown", 1.0)
    ),
}
REFUSED = "400"
FAULTS = {**{name: weight for name, (_, _, weight) in PASSING.items()}, REFUSED: 0.5}
GOOD = {"ok": 20.0, "200": 1.0, "slow": 1.0}

End: TypeAlias = tuple[str, str, int]


def script(dice: random.Random) -> list[str]:
    """What the requests of one call meet, one after the other."""
    names: list[str] = []
    while len(names) < ATTEMPTS:
        if dice.random() >= RATE:
            return names + dice.choices([*GOOD], [*GOOD.values()])
        names += dice.choices([*FAULTS], [*FAULTS.values()])
        if names[-1] == REFUSED:
            break
    return names


def end_of(names: list[str]) -> End:
    """What a call must end in that meets this: receipt or exception, outcome, number of attempts."""
    last = names[-1]
    if last in GOOD:
        return "AssignReceipt", "applied", len(names)
    left_open = any(PASSING[name][1] == "unknown" for name in names if name in PASSING)
    kind = "BadRequestError" if last == REFUSED else PASSING[last][0]
    return kind, "unknown" if left_open else "not_applied", len(names)


class Tally:
    """Hands out calls, and counts what came of them."""

    def __init__(self, calls: int | None, seconds: float) -> None:
        self.ends: Counter[str] = Counter()
        self.attempts = 0
        self.wrong: list[str] = []
        self.may_hold: dict[str, set[str]] = {}
        self._left = calls
        self._until = time.monotonic() + seconds
        self._lock = threading.Lock()

    def next(self) -> bool:
        with self._lock:
            if time.monotonic() >= self._until or self._left == 0:
                return False
            self._left = None if self._left is None else self._left - 1
            return True

    def count(self, worker: str, group: str, names: list[str], end: AssignReceipt | AppAssignError) -> None:
        found = type(end).__name__, getattr(end, "outcome", "applied"), end.attempts
        with self._lock:
            self.ends[f"{found[0]}/{found[1]}"] += 1
            self.attempts += end.attempts
            if found != end_of(names):
                self.wrong.append(f"{names} ended in {found}: {end!r}")
            if found[1] == "applied":
                self.may_hold[worker] = {group}
            elif found[1] == "unknown" and worker in self.may_hold:
                self.may_hold[worker].add(group)


class Worker:
    """Makes one call after the other, each for its own app."""

    def __init__(self, name: str, tally: Tally) -> None:
        self._name = name
        self._tally = tally
        self._dice = random.Random(name)

    def _next(self) -> tuple[list[str], str, str, list[MobileAppGroupAssignment]]:
        names, group = script(self._dice), f"{self._dice.getrandbits(64):x}"
        assignments = [MobileAppGroupAssignment(target_group_id=group, install_intent="required")]
        return names, group, f"{self._name}~~{'~'.join(names)}", assignments

    def in_a_thread(self, client: Client) -> None:
        while self._tally.next():
            names, group, app, assignments = self._next()
            try:
                self._tally.count(self._name, group, names, client.assign(app, assignments))
            except AppAssignError as error:
                self._tally.count(self._name, group, names, error)

    async def in_a_task(self, client: AsyncClient) -> None:
        while self._tally.next():
            names, group, app, assignments = self._next()
            try:
                self._tally.count(self._name, group, names, await client.assign(app, assignments))
            except AppAssignError as error:
                self._tally.count(self._name, group, names, error)


def work(url: str, tally: Tally) -> None:
    """All workers, to their end."""

    async def tasks() -> None:
        async with AsyncClient("T", base_url=url, attempts=ATTEMPTS) as client:
            await asyncio.gather(*(Worker(f"task{n}", tally).in_a_task(client) for n in range(TASKS)))

    with Client(lambda: "T", base_url=url, attempts=ATTEMPTS) as client:
        workers = [Worker(f"thread{n}", tally) for n in range(THREADS)]
        threads = [threading.Thread(target=worker.in_a_thread, args=(client,)) for worker in workers]
        for thread in threads:
            thread.start()
        asyncio.run(tasks())
        for thread in threads:
            thread.join()


def serve(pipe: Connection) -> None:
    """The server's process: tells its address; and whenever it is asked, how much it has read and what apps hold."""
    with FaultyGraph(keep=0) as graph:
        pipe.send(graph.url)
        while pipe.recv() == "tell":
            pipe.send((graph.read, {app: str(held[0]["targetGroupId"]) for app, held in graph.state.items()}))


@contextmanager
def served() -> Iterator[tuple[str, Connection]]:
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    server = spawn.Process(target=serve, args=(theirs,))
    server.start()
    try:
        yield ours.recv(), ours
    finally:
        ours.send("end")
        server.join(20)


def resources() -> tuple[int, int]:
    process = psutil.Process()
    return process.num_threads(), process.num_fds()


class Watch:
    """Looks at the process every so many seconds, and prints what it sees."""

    def __init__(self, tally: Tally, every: float) -> None:
        self._tally = tally
        self._every = every
        self._samples: list[tuple[float, int]] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        start = time.monotonic()
        while not self._over.wait(self._every):
            passed, rss = time.monotonic() - start, psutil.Process().memory_info().rss
            self._samples.append((passed, rss))
            threads, files = resources()
            print(
                f"{passed:7.1f} s {rss / MEBIBYTE:8.2f} MiB {threads:4} threads {files:4} files",
                *(f"{count} {end}" for end, count in self._tally.ends.items()),
                flush=True,
            )

    def stop(self) -> None:
        self._over.set()
        self._thread.join()

    def growth(self) -> tuple[float, float]:
        """By the straight line nearest to all samples after the first third: in bytes, and in bytes an hour."""
        warm = self._samples[len(self._samples) // 3 :]
        count = len(warm)
        if count < 2:
            return 0.0, 0.0
        middle, mean = sum(at for at, _ in warm) / count, sum(rss for _, rss in warm) / count
        slope = sum((at - middle) * (rss - mean) for at, rss in warm) / sum((at - middle) ** 2 for at, _ in warm)
        return slope * (warm[-1][0] - warm[0][0]), slope * 3_600


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--calls", type=int, help="stop after so many")
    parser.add_argument("--seconds", type=float, default=float(os.environ.get("SOAK_SECONDS", "600")))
    parser.add_argument("--every", type=float, default=5.0, help="seconds from one line to the next")
    given = parser.parse_args()

    failures = []
    with served() as (url, pipe):
        work(url, Tally(500, 60))  # what a process starts once is there
        pipe.send("tell")
        read_before, _ = pipe.recv()
        gc.collect()
        baseline = resources()
        tally = Tally(given.calls, given.seconds)
        watch = Watch(tally, given.every)
        work(url, tally)
        watch.stop()
        pipe.send("tell")
        read, holds = pipe.recv()
    growth, in_an_hour = watch.growth()

    failures += tally.wrong[:10]
    if read - read_before != tally.attempts:
        failures.append(f"the server read {read - read_before} requests, and the calls made {tally.attempts} attempts")
    failures += [f"{app} holds {holds[app]}" for app, may in tally.may_hold.items() if holds[app] not in may]
    if growth > MOST_GROWTH or (given.seconds >= 3_600 and in_an_hour > MOST_GROWTH_IN_AN_HOUR):
        failures.append("the memory grows")
    end = time.monotonic() + 20
    while any(now > before for now, before in zip(resources(), baseline, strict=True)):
        if time.monotonic() > end:
            failures.append(f"{resources()} threads and files are left of {baseline}")
            break
        time.sleep(0.05)
    calls, wrong = sum(tally.ends.values()), len(tally.wrong)
    print(f"{calls} calls, {tally.attempts} attempts, {wrong} ended otherwise than they should")
    print(f"memory: {growth / MEBIBYTE:+.2f} MiB after warm-up, {in_an_hour / MEBIBYTE:+.2f} MiB an hour")
    print(*failures, "FAILED" if failures else "passed", sep="\n")
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
