"""The faulty server does on the wire what its steps are named for, as a plain socket sees it."""

import contextlib
import socket
import time
from collections.abc import Iterator

import pytest

import faults
from faults import FaultyGraph, Step

REQUEST = b'POST /beta/x/mobileApps/A/assign HTTP/1.1\r\nContent-Length: 9\r\nclient-request-id: I\r\n\r\n{"a":[1]}'


def connect(graph: FaultyGraph) -> socket.socket:
    host, _, port = graph.url.split("/")[2].partition(":")
    return socket.create_connection((host, int(port)), timeout=10)


@contextlib.contextmanager
def connected(*steps: Step) -> Iterator[tuple[FaultyGraph, socket.socket]]:
    with FaultyGraph(steps) as graph, connect(graph) as wire:
        yield graph, wire


def ask_anew(graph: FaultyGraph) -> bytes:
    with connect(graph) as wire:
        return ask(wire)


def ask(wire: socket.socket, request: bytes = REQUEST) -> bytes:
    """What comes until the connection ends, or a head without a body is there, or 100,000 bytes are."""
    wire.sendall(request)
    said = b""
    while not (said.endswith(b"\r\n\r\n") and b"chunked" not in said) and len(said) < 100_000:
        more = wire.recv(65_536)
        if not more:
            return said + b"<fin>"
        said += more
    return said


@pytest.mark.parametrize("applies", ["before the fault", "never"])
@pytest.mark.parametrize(
    ("make", "heard"),
    [
        (faults.fin, b"<fin>"),
        (faults.half, b"HTTP/1.1 204 No Con<fin>"),
        (faults.half_body, b'{"error":<fin>'),
        (faults.infinite, b"x" * 60_000),
    ],
)
def test_a_fault_after_reading(make, heard: bytes, applies: str) -> None:
    with connected(make(applies=applies != "never")) as (graph, wire):
        assert heard in ask(wire)
    assert [(seen.call, seen.applied) for seen in graph.log] == [("I", applies != "never")]
    assert graph.state == ({} if applies == "never" else {"A": [1]})


@pytest.mark.parametrize("step", [faults.rst(), faults.accept_close(reset=True), faults.close_before_reading()])
def test_a_connection_is_reset(step: Step) -> None:
    with FaultyGraph([step]) as graph:
        with pytest.raises(ConnectionError):
            ask_anew(graph)
        assert (graph.read, graph.unread) == ((0, 1) if step.unread else (1, 0))
        assert graph.state == {}


def test_a_connection_is_closed_unread() -> None:
    with connected(faults.accept_close()) as (graph, wire):
        assert wire.recv(1) == b""
        assert (graph.connections, graph.read, graph.unread) == (1, 0, 1)


def test_a_connection_that_is_kept_is_closed_when_its_next_request_comes() -> None:
    with connected(faults.OK, faults.accept_close()) as (graph, wire):
        assert b"204" in ask(wire)
        assert ask(wire) == b"<fin>"
        assert (graph.connections, graph.read, graph.unread) == (1, 1, 1)


def test_a_good_answer_and_the_end_behind_it() -> None:
    with connected(faults.okclose()) as (graph, wire):
        assert ask(wire).startswith(b"HTTP/1.1 204 No Content\r\n")
        assert wire.recv(1) == b""
    assert graph.applied == {"A": 1}


def test_slow_drip_and_stall_take_their_time() -> None:
    with connected(faults.slow(0.2), faults.drip(0.002), faults.stall()) as (graph, wire):
        assert b"204" in ask(wire)
        start = time.monotonic()
        answer = ask(wire)
        assert time.monotonic() - start >= 0.002 * (len(answer) - 1)
        wire.settimeout(0.2)
        with pytest.raises(TimeoutError):
            ask(wire)
    assert graph.gaps()[0] >= 0.2


def test_a_bomb_is_small_on_the_wire() -> None:
    with connected(faults.bomb(mebibytes=8)) as (_, wire):
        wire.sendall(REQUEST)
        assert len(wire.recv(2**20)) < 20_000


def test_an_app_may_bring_its_own_script() -> None:
    def of(call: str) -> bytes:
        return REQUEST.replace(b"/A/", b"/w7~~503~okclose/").replace(b": I", f": {call}".encode())

    with connected() as (graph, wire):
        assert b" 503 " in ask(wire, of("one"))
        assert b" 503 " in ask(wire, of("another"))
        assert b" 204 " in ask(wire, of("another"))
    assert [seen.step for seen in graph.log] == ["503", "503", "204"]
    assert (graph.state, graph.applied) == ({"w7": [1]}, {"w7": 1})
