"""What can happen to one request: a list of steps, each made by a function that is named for it."""

import gzip
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from email.utils import formatdate
from http import HTTPStatus
from itertools import repeat
from typing import Literal


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
    on: str = ""
    """Which requests it waits for, such as ``"GET"``: see `waits_for`."""


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
    on: str = "",
) -> Step:
    """A whole answer. The request is applied if the status is a success, unless a test says otherwise."""
    given = list(headers.items() if isinstance(headers, Mapping) else headers)
    if retry_after is not None:
        given.append(("Retry-After", str(retry_after)))
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    if status >= 200 and status != 204:
        given.append(("Content-Length", str(len(content))))
    applies = status in range(200, 205) if applies is None else applies
    return Step(str(status), (head(status, given) + content,), end, applies, on=on)


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
    return Step("infinite", Endless(start, chunk), applies=applies)


def bomb(
    status: int = 500, mebibytes: int = 200, *, applies: bool = False, around: tuple[bytes, bytes] = (b"", b"")
) -> Step:
    """A small body that is a huge one once it is decompressed: blanks, and what is put around them."""
    content = gzip.compress(around[0] + b" " * (mebibytes * 2**20) + around[1], 9)
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


def on(requests: str, step: Step) -> Step:
    """The step, once such a request comes: see `waits_for`."""
    return replace(step, on=requests)


def waits_for(on: str, method: str, target: str) -> bool:
    """Whether a request is meant: ``"GET"`` means every GET, ``"GET isAssigned"`` those with that in their target."""
    wanted, _, part = on.partition(" ")
    return wanted in {"", method} and part in target


OK = answer(204)


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
class Endless:
    """Parts that never end."""

    start: bytes
    again: bytes

    def __iter__(self) -> Iterator[bytes]:
        yield self.start
        yield from repeat(self.again)
