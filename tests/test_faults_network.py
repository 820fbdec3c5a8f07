"""Faults of the network: connections that are refused, closed, reset or left alone."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator

import pytest

import appassign
import faults
from appassign import (
    AppAssignError,
    AssignReceipt,
    ConnectError,
    MobileAppGroupAssignment,
    RequestTimeoutError,
    TransportError,
)
from checked import CANARY, DOORS, SALES, Checked, all_that_shows, leaks, through, together
from faults import FaultyGraph


@pytest.fixture
def refused() -> Iterator[socket.socket]:
    """A port of ours on which nobody listens yet."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound


def url(port: socket.socket) -> str:
    return f"http://127.0.0.1:{port.getsockname()[1]}/beta"


def test_a_refused_port_is_tried_again_and_nothing_was_sent(checked: Checked, refused: socket.socket) -> None:
    """D1."""

    def call(door: str) -> ConnectError:
        with pytest.raises(ConnectError) as refusal:
            through(door, "A", [SALES], credential=CANARY, base_url=url(refused))
        return refusal.value

    for error in together(*(lambda door=door: call(door) for door in DOORS)):
        assert (error.outcome, error.attempts) == ("not_sent", 4)
        assert error.elapsed >= 0.3, "three waits"
        assert error.client_request_id
        assert not leaks(all_that_shows(error))


@pytest.mark.parametrize("door", DOORS)
def test_a_port_that_is_refused_at_first_and_then_up_gets_one_request(
    checked: Checked, refused: socket.socket, door: str
) -> None:
    """D2."""
    graphs = []
    up = threading.Timer(0.15, lambda: graphs.append(FaultyGraph(listener=refused)))
    up.start()
    try:
        receipt = through(door, "A", [SALES], credential=CANARY, base_url=url(refused), attempts=20)
    finally:
        up.join()
        [graph] = graphs
        graph.close()
    assert receipt.attempts >= 2
    assert graph.read == 1
    assert graph.state == {"A": [SALES.to_dict()]}


UNREAD = [faults.accept_close(), faults.accept_close(reset=True), faults.close_before_reading()]


def test_a_connection_that_ends_before_it_is_read_is_made_again(checked: Checked) -> None:
    """D5."""
    for call in checked.each([step] * 2 for step in UNREAD):
        call.succeeded(attempts=3, posts=1)


def test_a_connection_that_ever_ends_before_it_is_read_is_given_up(checked: Checked) -> None:
    """D5."""
    for call in checked.each(([step] * 10 for step in UNREAD), attempts=2):
        assert isinstance(call.error, TransportError)
        # Whether a byte of the body had left is a matter of moments; that nothing was applied nobody here can know.
        call.raised(type(call.error), call.error.outcome, attempts=2, posts=0)
        assert call.error.outcome in {"not_sent", "unknown"}


@pytest.mark.parametrize("door", DOORS)
def test_connections_that_close_behind_each_answer_cost_no_item_anything(checked: Checked, door: str) -> None:
    """D6: a connection that died idle is no fault that a call should see."""
    items = [
        (f"A{n}", MobileAppGroupAssignment(target_group_id=f"G{n}", install_intent="required")) for n in range(400)
    ]
    with FaultyGraph(default=faults.okclose()) as graph:
        receipts = _each(door, items, graph)
    assert [receipt.status for receipt in receipts] == [204] * 400
    assert graph.read == 400
    assert graph.applied == dict.fromkeys((app for app, _ in items), 1)
    assert all(graph.state[app] == [one.to_dict()] for app, one in items)


def _each(door: str, items: list[tuple[str, MobileAppGroupAssignment]], graph: FaultyGraph) -> list[AssignReceipt]:
    """One call for each item, one after the other, all by one client if the door is one."""
    options = {"credential": CANARY, "base_url": graph.url}
    if door == "assign":
        return [appassign.assign(app, [one], **options) for app, one in items]
    if door == "Client":
        with appassign.Client(**options) as client:
            return [client.assign(app, [one]) for app, one in items]

    async def main() -> list[AssignReceipt]:
        if door == "assign_async":
            return [await appassign.assign_async(app, [one], **options) for app, one in items]
        async with appassign.AsyncClient(**options) as client:
            return [await client.assign(app, [one]) for app, one in items]

    return asyncio.run(main())


CUTS = [faults.rst, faults.fin, faults.half]


def test_a_connection_that_breaks_after_reading_is_made_again(checked: Checked) -> None:
    """D8, D9: the request says what the app shall have, whatever is there, so it is simply sent again."""
    for applies in (False, True):
        for call in checked.each([cut(applies=applies)] for cut in CUTS):
            call.succeeded(attempts=2, waits=[0.1])
            assert call.graph.applied["A"] == 1 + applies
            assert len({seen.body for seen in call.graph.log}) == 1


@pytest.mark.parametrize("applies", ["before the fault", "never"])
def test_what_became_of_a_request_is_unknown_once_the_connection_breaks(checked: Checked, applies: str) -> None:
    """D8, D9."""
    is_applied = applies != "never"
    for call in checked.each(([cut(applies=is_applied)] for cut in CUTS), attempts=1):
        call.raised(TransportError, "unknown", attempts=1, applied=is_applied)


def test_what_is_left_open_stays_unknown_though_the_last_attempt_was_refused(checked: Checked) -> None:
    """D9: a refusal of the second request says nothing of what became of the first."""
    for call in checked.each([cut(applies=True), faults.answer(409)] for cut in CUTS):
        call.raised(appassign.ConflictError, "unknown", attempts=2, applied=True)


def test_a_connection_that_dies_while_it_is_idle_is_not_taken_for_one_that_was_read(checked: Checked) -> None:
    """D5, D6."""
    for door in DOORS[2:]:
        with FaultyGraph([faults.OK, faults.accept_close(), faults.OK]) as graph:
            items = [("A", SALES), ("B", SALES)]
            assert [receipt.status for receipt in _each(door, items, graph)] == [204] * 2
            assert graph.applied == {"A": 1, "B": 1}


def test_a_server_that_stalls_ends_at_the_timeout(checked: Checked) -> None:
    """D11."""
    for call in checked.everywhere(default=faults.stall(applies=True), timeout=1.0):
        error = call.raised(RequestTimeoutError, "unknown", attempts=1, applied=True)
        assert isinstance(error, TimeoutError)
        assert error.elapsed >= 1.0


def test_a_call_that_runs_out_of_time_between_attempts_tells_the_last_fault(checked: Checked) -> None:
    """D11: the timeout is for the whole call, waits included."""
    for call in checked.everywhere(default=faults.rst(), timeout=0.05):
        error = call.error
        assert isinstance(error, AppAssignError)
        assert call.raised(type(error), "unknown", attempts=1).elapsed < 10


def test_a_slow_answer_is_waited_for(checked: Checked) -> None:
    """D11."""
    for call in checked.everywhere([faults.slow(0.5)]):
        assert call.succeeded(attempts=1).elapsed >= 0.5


@pytest.mark.parametrize("door", DOORS)
def test_the_body_is_sent_whole_though_the_server_reads_slowly(checked: Checked, door: str) -> None:
    """D11: 2 MB through a window of a few kB."""
    many = [
        MobileAppGroupAssignment(target_group_id=f"{n:04}" + "g" * 2_000, install_intent="required")
        for n in range(1_000)
    ]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        received = bytearray()

        def read() -> None:
            connection, _ = listener.accept()
            with connection:
                while not received.endswith(b"]}"):
                    received.extend(connection.recv(16_384))
                    time.sleep(0.0005)
                connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

        reader = threading.Thread(target=read)
        reader.start()
        receipt = through(door, "A", many, credential=CANARY, base_url=url(listener))
        reader.join()
    assert receipt.attempts == 1
    body = json.loads(received.partition(b"\r\n\r\n")[2])
    assert body == {"mobileAppGroupAssignments": [one.to_dict() for one in many]}
