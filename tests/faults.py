"""A Graph that misbehaves: a real server on loopback, whose faults a test scripts request by request.

    with FaultyGraph([rst(applies=True), answer(429, retry_after=0.2)]) as graph:
        assign("A", [one], credential="T", base_url=graph.url)
    assert [seen.step for seen in graph.log] == ["rst", "429", "204"]

What was done stands in `state` (what each app holds), `applied` (how often that changed) and `log` (every request that
was read to its end, in order, with the time of its arrival).
"""

import asyncio
import gzip
import json
import re
import socket
import struct
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from http import HTTPStatus
from itertools import islice, pairwise, repeat
from types import TracebackType
from typing import Literal, Self, TypeAlias, cast

_APP = re.compile(r"/mobileApps/([^/]+)/")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CALL = re.compile(rb"\r\nclient-request-id: *([^\r]+)", re.IGNORECASE)
_CALLS_REMEMBERED = 10_000
_NOW_RESET = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Step:
    """What happens to one request: whether it is applied, then some bytes, then the end."""

    name: str
    parts: Iterable[bytes] = ()
    end: Literal["keep", "fin", "rst", "stall"] = "keep"
    applies: bool = False
    """Whether the app's state changes before the first byte of the answer."""
    delay: float = 0.0
    """Seconds before the first part."""
    pause: float = 0.0
    """Seconds between parts."""
    unread: bool = False
    """The connection ends before its next request is read: at once if it has just been accepted."""


# What happens to a request may depend on its head.
Choice: TypeAlias = Callable[[bytes], Step]


def raw(*parts: bytes, end: Literal["keep", "fin", "rst", "stall"] = "keep", applies: bool = False) -> Step:
    """These bytes, whatever they are."""
    return Step("raw", parts, end, applies)


def answer(
    status: int = 204,
    body: bytes | Mapping[str, object] = b"",
    *,
    headers: Mapping[str, str] | Sequence[tuple[str, str]] = (),
    retry_after: object = None,
    applies: bool | None = None,
    end: Literal["keep", "fin"] = "keep",
) -> Step:
    """A whole answer. The request is applied if the status is a success, unless a test says otherwise."""
    given = list(headers.items() if isinstance(headers, Mapping) else headers)
    if retry_after is not None:
        given.append(("Retry-After", str(retry_after)))
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    if status >= 200 and status != 204:
        given.append(("Content-Length", str(len(content))))
    applies = status in range(200, 205) if applies is None else applies
    return Step(str(status), (head(status, given) + content,), end, applies)


def head(status: int, headers: Iterable[tuple[str, str]] = ()) -> bytes:
    """The first lines of an answer."""
    reason = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Unknown"
    lines = [f"HTTP/1.1 {status} {reason}", f"Date: {formatdate(usegmt=True)}"]
    lines += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def rst(*, applies: bool = False) -> Step:
    """The request is read to its end, and the connection is reset."""
    return Step("rst", end="rst", applies=applies)


def fin(*, applies: bool = False) -> Step:
    """The request is read to its end, and the connection is closed without an answer."""
    return Step("fin", end="fin", applies=applies)


def half(*, applies: bool = False) -> Step:
    """The connection is closed in the middle of the answer's head."""
    return Step("half", (b"HTTP/1.1 204 No Con",), "fin", applies)


def half_body(status: int = 200, *, applies: bool = False) -> Step:
    """The connection is closed in the middle of the answer's body."""
    return Step("half_body", (head(status, [("Content-Length", "1000")]) + b'{"error":',), "fin", applies)


def drip(every: float = 0.2, *, status: int = 204, applies: bool = False) -> Step:
    """The answer comes byte by byte."""
    return Step("drip", [bytes([byte]) for byte in head(status)], applies=applies, pause=every)


def infinite(status: int = 200, *, applies: bool = False) -> Step:
    """A body that never ends."""
    start = head(status, [("Transfer-Encoding", "chunked")])
    chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    return Step("infinite", _Endless(start, chunk), applies=applies)


def bomb(status: int = 500, mebibytes: int = 200, *, applies: bool = False) -> Step:
    """A small body that is a huge one once it is decompressed."""
    content = gzip.compress(b" " * (mebibytes * 2**20), 9)
    headers = [("Content-Encoding", "gzip"), ("Content-Length", str(len(content)))]
    return Step("bomb", (head(status, headers) + content,), applies=applies)


def slow(seconds: float, step: Step | None = None) -> Step:
    """Another step, late."""
    return replace(step or OK, name="slow", delay=seconds)


def stall(*, applies: bool = False) -> Step:
    """The request is read to its end, and that is all."""
    return Step("stall", end="stall", applies=applies)


def okclose() -> Step:
    """A good answer, and the connection is closed right behind it."""
    return answer(204, end="fin")


def accept_close(*, reset: bool = False) -> Step:
    """The connection is closed before anything of its next request is read."""
    return Step("accept_close", end="rst" if reset else "fin", unread=True)


def close_before_reading(seconds: float = 0.05) -> Step:
    """The connection is left alone for a while, and closed with the request unread, which resets it."""
    return Step("close_before_reading", end="fin", delay=seconds, unread=True)


OK = answer(204)


def unless(token: str, step: Step) -> Choice:
    """A good answer to this token, and a step for any other."""
    signed = re.compile(rb"\r\nauthorization: Bearer " + re.escape(token.encode()) + rb"(\r\n|$)", re.IGNORECASE)
    return lambda head: OK if signed.search(head) else step


# What an app's id may ask for by name: see `FaultyGraph`.
BY_NAME: Mapping[str, Step] = {
    "ok": OK,
    "okclose": okclose(),
    "200": answer(200, {}),
    "400": answer(400, {"error": {"code": "BadRequest", "message": "No."}}),
    "429": answer(429, retry_after=0.05),
    "500": answer(500, applies=True),
    "502": answer(502),
    "503": answer(503, retry_after=0.05),
    "504": answer(504, applies=True),
    "rst": rst(),
    "rst-applied": rst(applies=True),
    "fin": fin(),
    "fin-applied": fin(applies=True),
    "half": half(),
    "half-applied": half(applies=True),
    "slow": slow(0.05),
    "stall": stall(),
}


@dataclass(frozen=True, slots=True)
class _Endless:
    start: bytes
    again: bytes

    def __iter__(self) -> Iterator[bytes]:
        yield self.start
        yield from repeat(self.again)


@dataclass(frozen=True, slots=True)
class Seen:
    """One request that was read to its end."""

    at: float
    """`time.monotonic()` at its arrival."""
    head: bytes
    body: bytes
    step: str
    """What happened to it."""
    applied: bool
    connection: int
    """Which of the server's connections it came by, from 1."""

    @property
    def path(self) -> str:
        return self.head.split(b" ", 2)[1].decode()

    @property
    def call(self) -> str:
        """Its client-request-id."""
        found = _CALL.search(self.head)
        return found[1].decode() if found else ""

    @property
    def headers(self) -> dict[str, str]:
        lines = self.head.decode("latin-1").split("\r\n")[1:]
        return {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}


@dataclass
class _Book:
    """What the server is to do, and what it has done. Only the server's own thread writes."""

    steps: deque[Step | Choice]
    default: Step | Choice
    log: deque[Seen]
    state: dict[str, list[dict[str, object]]]
    applied: Counter[str] = field(default_factory=Counter)
    connections: int = 0
    unread: int = 0
    read: int = 0
    calls: dict[str, int] = field(default_factory=dict)
    """How many requests each of the latest calls with a script of its own has made."""

    def next_is_unread(self) -> Step | None:
        if self.steps and isinstance(self.steps[0], Step) and self.steps[0].unread:
            self.unread += 1
            return cast("Step", self.steps.popleft())
        return None

    def enter(self, head: bytes, body: bytes, at: float, connection: int) -> Step:
        self.read += 1
        found = _APP.search(head.split(b" ", 2)[1].decode("latin-1"))
        app, _, names = (found[1] if found else "").partition("~~")
        step = self._named(names.split("~"), head) if names else self._next(head)
        if step.applies:
            self.state[app] = next(iter(json.loads(body).values()))
            self.applied[app] += 1
        self.log.append(Seen(at, head, body, step.name, step.applies, connection))
        return step

    def _next(self, head: bytes) -> Step:
        step = self.steps.popleft() if self.steps else self.default
        return step if isinstance(step, Step) else step(head)

    def _named(self, names: list[str], head: bytes) -> Step:
        found = _CALL.search(head)
        call = found[1].decode("latin-1") if found else ""
        done = self.calls.pop(call, 0)
        self.calls[call] = done + 1
        if len(self.calls) > _CALLS_REMEMBERED:
            del self.calls[next(iter(self.calls))]
        return BY_NAME[next(islice(names, done, None), "ok")]


class _Connection(asyncio.Protocol):
    def __init__(self, book: _Book, live: set["_Connection"]) -> None:
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
        if step.delay or step.pause or isinstance(step.parts, _Endless):
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
    """

    def __init__(
        self,
        steps: Iterable[Step | Choice] = (),
        default: Step | Choice = OK,
        *,
        holds: Mapping[str, list[dict[str, object]]] | None = None,
        keep: int | None = None,
        listener: socket.socket | None = None,
    ) -> None:
        self._book = _Book(deque(steps), default, deque(maxlen=keep), dict(holds or {}))
        self._live: set[_Connection] = set()
        self._loop = asyncio.new_event_loop()
        listener = listener or socket.create_server(("127.0.0.1", 0), backlog=512)
        host, port = listener.getsockname()[:2]
        self.url = f"http://[{host}]:{port}/beta" if ":" in host else f"http://{host}:{port}/beta"
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
    def state(self) -> dict[str, list[dict[str, object]]]:
        """What each app holds, as it came over the wire."""
        return dict(self._book.state)

    @property
    def applied(self) -> Counter[str]:
        """How often each app's state was replaced."""
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

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
