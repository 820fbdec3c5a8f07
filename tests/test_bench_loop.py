"""The benches' loop in threads."""

import json
import threading

import pytest

import loop

THREADS = 3


class Blocking:
    """A contestant whose first call in each thread waits until all threads are in theirs."""

    def __init__(self, meeting: threading.Barrier) -> None:
        self.meeting = meeting
        self.known = threading.local()
        self.closed = 0

    def assign(self) -> int:
        if not hasattr(self.known, "met"):
            self.meeting.wait(timeout=60)
            self.known.met = True
        return 204

    def close(self) -> None:
        self.closed += 1


class Shared(Blocking):
    shared = True


class Own(Blocking):
    shared = False


@pytest.mark.parametrize(("kind", "connected"), [(Shared, 1), (Own, THREADS)])
def test_those_that_block_have_a_thread_for_each_call_in_flight(kind, connected, monkeypatch, capsys) -> None:
    meeting = threading.Barrier(THREADS)
    clients = []

    def connect():
        clients.append(kind(meeting))
        return clients[-1]

    monkeypatch.setattr(loop, "_pause", lambda _: None)
    loop.measure(connect, THREADS, warm_up=0.001, seconds=0.001)
    assert len(json.loads(capsys.readouterr().out)["latencies_ns"]) >= THREADS
    assert [client.closed for client in clients] == [1] * connected


def test_any_other_answer_ends_the_loop(monkeypatch) -> None:
    class Refused(Shared):
        def assign(self) -> int:
            return 404

    monkeypatch.setattr(loop, "_pause", lambda _: None)
    with pytest.raises(SystemExit, match="404"):
        loop.measure(lambda: Refused(threading.Barrier(1)), 2, warm_up=0.001, seconds=0.001)
