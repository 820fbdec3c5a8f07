"""What a misbehaving Graph is to do, and what it has done."""

import json
import re
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import count, islice
from typing import Any, TypeAlias
from urllib.parse import unquote

from faults_reads import Entries, Read, listed
from faults_steps import BY_NAME, OK, Step, answer, waits_for

_APP = re.compile(r"/mobileApps(?:/([^/?]+)|\('([^/?]+)'\))([^?]*)")
_PAGE = re.compile(r"[?&]\$skiptoken=(\d+)\.(\d+)")
_CALL = re.compile(rb"\r\nclient-request-id: *([^\r]+)", re.IGNORECASE)
_CALLS_REMEMBERED = 10_000
_CHANGES_REMEMBERED = 50

# What happens to a request may depend on its head.
Choice: TypeAlias = Callable[[bytes], Step | Read]
Script: TypeAlias = Step | Read | Choice


def unless(token: str, step: Step) -> Choice:
    """A good answer to this token, and a step for any other."""
    signed = re.compile(rb"\r\nauthorization: Bearer " + re.escape(token.encode()) + rb"(\r\n|$)", re.IGNORECASE)
    return lambda head: OK if signed.search(head) else step


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
    def method(self) -> str:
        return self.head.split(b" ", 1)[0].decode("latin-1")

    @property
    def path(self) -> str:
        return self.head.split(b" ", 2)[1].decode("latin-1")

    @property
    def call(self) -> str:
        """Its client-request-id."""
        found = _CALL.search(self.head)
        return found[1].decode("latin-1") if found else ""

    @property
    def headers(self) -> dict[str, str]:
        lines = self.head.decode("latin-1").split("\r\n")[1:]
        return {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}


@dataclass(frozen=True, slots=True)
class _Target:
    """What a request's target asks for."""

    app: str
    names: str
    """The script that the app's id brought along."""
    below: str
    """What follows the app: nothing if the app itself is meant."""
    page: tuple[int, int] | None
    """Which page of which reading."""

    @classmethod
    def of(cls, path: str) -> "_Target":
        found = _APP.search(unquote(path))
        app, _, names = ((found[1] or found[2]) if found else "").partition("~~")
        page = _PAGE.search(unquote(path))
        return cls(app, names, found[3] if found else "", (int(page[1]), int(page[2])) if page else None)


class Book:
    """A script and its oracle. Requests are entered by the server's own thread, one at a time."""

    def __init__(
        self,
        url: str,
        steps: Iterable[Script],
        default: Step | Choice,
        reads: Script,
        *,
        holds: Mapping[str, Entries],
        keep: int | None,
    ) -> None:
        self.url = url
        self.steps: deque[Script] = deque(steps)
        self.default = default
        self.reads = reads
        self.log: deque[Seen] = deque(maxlen=keep)
        self.state: dict[str, Entries] = {app: _held(entries) for app, entries in holds.items()}
        self.applied: Counter[str] = Counter()
        self.is_assigned: dict[str, bool] = {}
        self.connections = 0
        self.unread = 0
        self.read = 0
        self.failed: BaseException | None = None
        """What a script or a callback of a test's raised."""
        self._before: dict[str, deque[tuple[float, Entries]]] = {}
        """What each app held before, and until when."""
        self._readings: list[Read] = []
        self._calls: dict[str, int] = {}
        self._hooks: list[Callable[[Seen], None]] = []
        self._lock = threading.RLock()

    def between(self, on: str, callback: Callable[[int, Seen], object]) -> None:
        numbers = count(1)

        def hook(seen: Seen) -> None:
            if waits_for(on, seen.method, seen.path):
                callback(next(numbers), seen)

        self._hooks.append(hook)

    def next_is_unread(self) -> Step | None:
        first = self.steps[0] if self.steps else None
        if not isinstance(first, Step) or not first.unread:
            return None
        self.unread += 1
        self.steps.popleft()
        return first

    def enter(self, head: bytes, body: bytes, at: float, connection: int) -> Step:
        """One request: what is done, and then what is answered. Callbacks come last, when the answer is settled."""
        self.read += 1
        seen = Seen(at, head, body, "", applied=False, connection=connection)
        asked = _Target.of(seen.path)
        try:
            with self._lock:
                step = self._step(seen, asked)
                seen = replace(seen, step=step.name, applied=step.applies and seen.method != "GET")
                if seen.applied:
                    self._hold(asked.app, _sent(body))
                    self.applied[asked.app] += 1
                self.log.append(seen)
            for hook in self._hooks:
                hook(seen)
        except BaseException as raised:  # noqa: BLE001  # a mistake of the test's, which is told where it can see it
            self.failed = self.failed or raised
            return answer(500, applies=False)
        return step

    def change(self, app: str, entries: Entries) -> None:
        """Somebody changes an app without a request."""
        self._hold(app, _held(entries))

    def _hold(self, app: str, entries: Entries) -> None:
        with self._lock:
            past = self._before.setdefault(app, deque(maxlen=_CHANGES_REMEMBERED))
            past.append((time.monotonic(), self.state.get(app, [])))
            self.state[app] = entries

    def _step(self, seen: Seen, asked: _Target) -> Step:
        found = self._named(asked.names.split("~"), seen) if asked.names else self._next(seen, asked)
        if not isinstance(found, Step | Read):
            found = found(seen.head)
        return found if isinstance(found, Step) else self._shown(found, asked)

    def _next(self, seen: Seen, asked: _Target) -> Script:
        for at, step in enumerate(self.steps):
            # A page that is not the first belongs to a reading that has begun.
            continues = isinstance(step, Read) and asked.page is not None
            if not continues and (callable(step) or waits_for(step.on, seen.method, seen.path)):
                del self.steps[at]
                return step
        return self.reads if seen.method == "GET" else self.default

    def _named(self, names: list[str], seen: Seen) -> Script:
        done = self._calls.pop(seen.call, 0)
        self._calls[seen.call] = done + 1
        if len(self._calls) > _CALLS_REMEMBERED:
            del self._calls[next(iter(self._calls))]
        name = next(islice(names, done, None), "ok")
        return self.reads if name == "ok" and seen.method == "GET" else BY_NAME[name]

    def _shown(self, read: Read, asked: _Target) -> Step:
        if not asked.app or asked.below not in {"", "/assignments"}:
            return answer(404, {"error": {"code": "ResourceNotFound", "message": "There is no such thing."}})
        number, page = asked.page or (len(self._readings), 0)
        if number < len(self._readings):
            read = self._readings[number]
        elif asked.below:
            self._readings.append(read)
        if not asked.below and asked.app in self.is_assigned:
            read = replace(read, is_assigned=self.is_assigned[asked.app])
        entries = self._as_of(read, asked.app)
        return read.step(self.url, asked.app, entries, reading=number, page=page if asked.below else None)

    def _as_of(self, read: Read, app: str) -> Entries:
        past = self._before.get(app, ())
        states = [*(entries for _, entries in past), self.state.get(app, [])]
        then = time.monotonic() - read.stale_for
        changed_since = sum(until > then for until, _ in past) if read.stale_for else 0
        return states[-1 - min(max(read.stale, changed_since), len(past))]


def _held(entries: Entries) -> Entries:
    """What a test puts there: an assignment may come without what Graph adds, and with a source of its own."""

    def one(entry: Any) -> Any:
        if not isinstance(entry, dict) or "id" in entry:
            return entry
        return listed(entry, **{name: entry[name] for name in ("source", "sourceId") if name in entry})

    return [one(entry) for entry in entries]


def _sent(body: bytes) -> Entries:
    """What a POST puts there: the entries of the only parameter, as they are listed if they have the form of today."""
    ((name, entries), *_) = json.loads(body).items()
    sent: Any = entries
    return [listed(entry) for entry in sent] if name == "mobileAppAssignments" else sent
