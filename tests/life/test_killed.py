"""Writers that are killed: their journals tell of every write that arrived, and can undo the last one."""

import json
import pathlib
import random
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import pytest
from interpreters import SOAK

from appassign import ApplyReceipt, Client, read_journal
from appassign.emulator import Emulator
from journals import numbers, of_yesterday, records, settle, start

ROUNDS = 500 if SOAK else 50
LANES = 4
WRITER = "import sys, writer; writer.main(*sys.argv[1:])"


@pytest.fixture
def graph() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@dataclass
class Lane:
    """A journal, and who forks the processes that write to it."""

    journal: pathlib.Path
    forker: subprocess.Popen[str]
    app: str = ""
    doubtful: int = 0
    posts: int = 0

    def let_write(self, app: str, seed: int, seconds: float) -> None:
        self.app = app
        assert self.forker.stdin is not None
        self.forker.stdin.write(f"{app} {seed} {seconds}\n")
        self.forker.stdin.flush()

    def wait_for_the_kill(self) -> None:
        assert self.forker.stdout is not None
        assert self.forker.stdout.readline() == f"{-signal.SIGKILL}\n"

    def check(self, graph: Emulator) -> None:
        """Whatever arrived was noted before, with what the app held just then; and it can be undone."""
        history = graph.history(self.app)
        intents = iter([r for r in records(self.journal) if r["record"] == "intent" and r["app_id"] == self.app])
        for before, after in pairwise(history):
            assert after.request is not None
            body = json.loads(after.request.body)["mobileAppAssignments"]
            noted = next((intent for intent in intents if intent["after"] == body), None)
            assert noted is not None, body
            assert numbers(noted["before"]) == numbers(before.assignments)
            assert numbers(noted["after"]) == numbers(after.assignments)
        self.posts += len(history) - 1
        receipts = [receipt for receipt in read_journal(self.journal) if receipt.app_id == self.app]
        if receipts and receipts[-1].response is None:
            self.doubtful += 1
            self._undo(graph, receipts[-1])
        assert all(receipt.response is not None for receipt in receipts[:-1])
        assert [numbers(receipt.after) for receipt in receipts][: len(history) - 1] == [
            numbers(moment.assignments) for moment in history[1:]
        ]

    def _undo(self, graph: Emulator, receipt: ApplyReceipt) -> None:
        before = graph.assignments(self.app)
        assert numbers(before) in (numbers(receipt.before), numbers(receipt.after))
        with Client(graph.token, base_url=graph.url, journal=self.journal) as client:
            client.undo(of_yesterday(receipt))
        assert numbers(graph.assignments(self.app)) == numbers(receipt.before)


def test_the_journal_of_who_was_killed_tells_of_every_write_that_arrived(
    graph: Emulator, tmp_path: pathlib.Path
) -> None:
    chance = random.Random(200)
    lanes = []
    for number in range(LANES):
        journal = tmp_path / f"{number}.jsonl"
        journal.touch(0o600)
        lanes.append(Lane(journal, start(WRITER, graph.url, graph.token, journal)))
    try:
        for _ in range(ROUNDS):
            for lane in lanes:
                lane.let_write(graph.add_app(), chance.randrange(2**32), chance.uniform(0.005, 0.15))
            for lane in lanes:
                lane.wait_for_the_kill()
            settle(graph)
            for lane in lanes:
                lane.check(graph)
    finally:
        for lane in lanes:
            with lane.forker:
                lane.forker.kill()
    assert sum(lane.posts for lane in lanes) > ROUNDS, "they hardly ever wrote"
    assert sum(lane.doubtful for lane in lanes) > ROUNDS // 10, "they were hardly ever killed in the middle of a write"
