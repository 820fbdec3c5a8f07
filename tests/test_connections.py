"""Connections that a server ends when it likes."""

import asyncio
import socket
import threading
import time
from collections import Counter
from types import TracebackType
from typing import Self

import pytest

import appassign
from appassign import AsyncClient, Client, MobileAppGroupAssignment, assign


class HangingUp:
    """Answers one request of each connection as if it would stay, and closes it. The first ones it closes unread."""

    def __init__(self, *, unread: int = 0) -> None:
        self.seen: list[str] = []
        self._unread = unread
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/beta"
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            if self._unread > 0:
                self._unread -= 1
                connection.close()
                continue
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as sent:
            asked = sent.readline().decode()
            length = 0
            while (line := sent.readline()) not in {b"\r\n", b""}:
                name, _, value = line.decode().partition(":")
                if name.lower() == "content-length":
                    length = int(value)
            if asked and len(sent.read(length)) == length:
                self.seen.append(asked.split("/")[-3])
                connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        # On Linux, to close a listener does not wake who waits for it.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(20)


def test_a_server_that_hangs_up_after_each_answer_gets_each_call_once(sales: MobileAppGroupAssignment) -> None:
    apps = [f"app-{number}" for number in range(400)]

    async def all_of_them(url: str) -> None:
        free = asyncio.Semaphore(8)

        async def one(client: AsyncClient, app: str) -> None:
            async with free:
                await client.assign(app, [sales])

        async with AsyncClient("T", base_url=url) as client:
            await asyncio.gather(*(one(client, app) for app in apps))

    with HangingUp() as server:
        asyncio.run(all_of_them(server.url))
        assert Counter(server.seen) == Counter(apps)


@pytest.mark.parametrize("pause", [0.005, 0.03, 0.06])
def test_a_call_made_alone_writes_to_no_connection_that_was_closed_meanwhile(
    sales: MobileAppGroupAssignment, pause: float
) -> None:
    """Whether nobody looked after the connections in the pause, or the thread did that stands by."""
    with HangingUp() as server, Client("T", base_url=server.url) as client:
        for _ in range(10):
            assert client.assign("A", [sales]).attempts == 1
            time.sleep(pause)
    assert len(server.seen) == 10


@pytest.mark.usefixtures("both_twins")
def test_a_server_that_takes_a_connection_and_drops_it_is_asked_again(sales: MobileAppGroupAssignment) -> None:
    with HangingUp(unread=2) as server:
        receipt = assign("A", [sales], credential="T", base_url=server.url)
        assert server.seen == ["A"]
    assert receipt.attempts == 3


@pytest.mark.usefixtures("both_twins")
def test_a_call_that_was_dropped_unread_does_not_claim_to_know_that(sales: MobileAppGroupAssignment) -> None:
    with HangingUp(unread=1) as server, pytest.raises(appassign.TransportError) as refusal:
        assign("A", [sales], credential="CANARY", base_url=server.url, attempts=1)
    assert refusal.value.outcome in {"not_sent", "unknown"}
    assert server.seen == []
