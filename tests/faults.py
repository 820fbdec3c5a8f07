"""A Graph that misbehaves: a real server on loopback, whose faults a test scripts request by request.

    with FaultyGraph([rst(applies=True), answer(429, retry_after=0.2)]) as graph:
        assign("A", [one], credential="T", base_url=graph.url)
    assert [seen.step for seen in graph.log] == ["rst", "429", "204"]

What was done stands in `state` (what each app holds), `applied` (how often a request changed that) and `log` (every
request that was read to its end, in order, with the time of its arrival).

Steps are in `faults_steps`, reads in `faults_reads`, and what the server keeps in `faults_book`.
"""

import asyncio
import re
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from types import TracebackType
from typing import Any, Self

from faults_book import Book, Choice, Script, Seen, unless
from faults_reads import TRUE, Read
from faults_steps import (
    BY_NAME,
    OK,
    Endless,
    Step,
    accept_close,
    answer,
    bomb,
    close_before_reading,
    drip,
    fin,
    half,
    half_body,
    head,
    infinite,
    okclose,
    on,
    raw,
    rst,
    slow,
    stall,
)

__all__ = [
    "BY_NAME",
    "OK",
    "Choice",
    "FaultyGraph",
    "Read",
    "Seen",
    "Step",
    "accept_close",
    "answer",
    "bomb",
    "close_before_reading",
    "drip",
    "fin",
    "half",
    "half_body",
    "head",
    "infinite",
    "okclose",
    "on",
    "raw",
    "rst",
    "slow",
    "stall",
    "unless",
]

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_NOW_RESET = struct.pack("ii", 1, 0)


class _Connection(asyncio.Protocol):
    def __init__(self, book: Book, live: set["_Connection"]) -> None:
        self._book = book
        self._live = live
        self._buffer = b""
        self._busy = False
        self._room = asyncio.Event()
        self._room.set()
        self._playing: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._live.add(self)
        self._book.connections += 1
        self._number = self._book.connections
        step = self._book.next_is_unread()
        if step is not None:
            self._busy = True
            transport.pause_reading()
            asyncio.get_running_loop().call_later(step.delay, self._end, step)

    def connection_lost(self, _: Exception | None) -> None:
        self._live.discard(self)
        if self._playing is not None:
            self._playing.cancel()

    def pause_writing(self) -> None:
        self._room.clear()

    def resume_writing(self) -> None:
        self._room.set()

    def data_received(self, data: bytes) -> None:
        at = time.monotonic()
        if not self._buffer and not self._busy:
            step = self._book.next_is_unread()
            if step is not None:
                self._busy = True
                self._end(step)
                return
        self._buffer += data
        if not self._busy:
            self._take(at)

    def _take(self, at: float) -> None:
        head, end, rest = self._buffer.partition(b"\r\n\r\n")
        found = _LENGTH.search(head)
        length = int(found[1]) if found else 0
        if not end or len(rest) < length:
            return
        self._buffer = rest[length:]
        self._busy = True
        step = self._book.enter(head, rest[:length], at, self._number)
        if step.delay or step.pause or isinstance(step.parts, Endless):
            self._playing = asyncio.get_running_loop().create_task(self._play(step))
            return
        for part in step.parts:
            self._transport.write(part)
        self._end(step)

    async def _play(self, step: Step) -> None:
        await asyncio.sleep(step.delay)
        for part in step.parts:
            self._transport.write(part)
            await self._room.wait()
            await asyncio.sleep(step.pause)
        self._playing = None
        self._end(step)

    def _end(self, step: Step) -> None:
        if step.end == "keep":
            self._busy = False
            if self._buffer:
                self._take(time.monotonic())
        elif step.end == "fin":
            self._transport.close()
        elif step.end == "rst":
            self.reset()

    def reset(self) -> None:
        plain: socket.socket = self._transport.get_extra_info("socket")
        if plain.fileno() != -1:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NOW_RESET)
        self._transport.abort()


class FaultyGraph:
    """A server whose faults are scripted: these steps, one for each request, and then the default.

    An app's id may bring its own script, so that a client in another process knows what will become of a call:
    requests of one call for the app ``w7~~503~rst`` meet those two of `BY_NAME`, and a good answer after them; the
    app is ``w7``. `holds` is what apps hold at first, `keep` how many requests `log` keeps, and `listener` a socket
    that has an address already.

    A step waits for the next request, or for the next of those that its `on` means. `default` is for what is left, but
    for GETs: those go as `reads` says.
    """

    def __init__(
        self,
        steps: Iterable[Script] = (),
        default: Step | Choice = OK,
        *,
        reads: Script = TRUE,
        holds: Mapping[str, list[Any]] | None = None,
        keep: int | None = None,
        listener: socket.socket | None = None,
    ) -> None:
        self._live: set[_Connection] = set()
        self._loop = asyncio.new_event_loop()
        listener = listener or socket.create_server(("127.0.0.1", 0), backlog=512)
        host, port = listener.getsockname()[:2]
        self.url = f"http://[{host}]:{port}/beta" if ":" in host else f"http://{host}:{port}/beta"
        self._book = Book(self.url, steps, default, reads, holds=holds or {}, keep=keep)
        self._closing = asyncio.Event()
        started = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(listener, started), name="faulty-graph", daemon=True)
        self._thread.start()
        started.wait()

    def _run(self, listener: socket.socket, started: threading.Event) -> None:
        async def serve() -> None:
            server = await self._loop.create_server(lambda: _Connection(self._book, self._live), sock=listener)
            started.set()
            await self._closing.wait()
            server.close()
            for connection in list(self._live):
                connection.reset()
            while self._live:
                await asyncio.sleep(0)

        try:
            self._loop.run_until_complete(serve())
        finally:
            self._loop.close()

    @property
    def log(self) -> list[Seen]:
        """Every request that was read to its end, in order."""
        return list(self._book.log)

    @property
    def requests(self) -> list[str]:
        """The method of each, in order."""
        return [seen.method for seen in self._book.log]

    @property
    def state(self) -> dict[str, list[Any]]:
        """What each app holds: of today's form as it is listed, else as it came over the wire."""
        return dict(self._book.state)

    @property
    def is_assigned(self) -> dict[str, bool]:
        """What an app says of itself when it is asked for `isAssigned`. A test may write here; else it is the truth."""
        return self._book.is_assigned

    def change(self, app: str, entries: list[Any]) -> None:
        """Somebody else changes an app. It does not count as applied."""
        self._book.change(app, entries)

    def between(self, callback: Callable[[int, Seen], object], *, on: str = "GET") -> None:
        """Something happens after each request that `on` means, before its settled answer is sent.

        `callback` takes the number of the request among those, from 1, and the request; what it raises, `close` raises.
        It runs in the server's thread.
        """
        self._book.between(on, callback)

    @property
    def applied(self) -> Counter[str]:
        """How often each app's state was replaced by a request."""
        return self._book.applied.copy()

    @property
    def connections(self) -> int:
        """How many were accepted."""
        return self._book.connections

    @property
    def unread(self) -> int:
        """How many connections ended with a request unread because a step said so."""
        return self._book.unread

    @property
    def read(self) -> int:
        """How many requests were read to their end, whatever `log` still holds."""
        return self._book.read

    def gaps(self) -> list[float]:
        """Seconds from each request to the next."""
        times = [seen.at for seen in self._book.log]
        return [after - before for before, after in pairwise(times)]

    def close(self) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join(20)
        if self._book.failed is not None:
            failed, self._book.failed = self._book.failed, None
            raise failed

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
