"""A piece of Microsoft Graph on your own machine: real HTTP on loopback, no tenant needed.

From Python: `Emulator`. From a shell: ``python -m appassign.emulator``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Self, cast, final

from . import _core

if TYPE_CHECKING:
    from datetime import datetime
    from types import TracebackType

__all__ = ["Emulator", "Moment", "RecordedHeaders", "RecordedRequest"]


_WIN32_LOB_APP = "#microsoft.graph.win32LobApp"
_PUBLISHING_STATES = ("notPublished", "processing", "published")
_METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE")


@final
class RecordedHeaders(Mapping[str, str]):
    """The headers of one request, read-only; names are looked up in any case, and listed in lower case."""

    __slots__ = ("_values",)

    def __init__(self, headers: Iterable[tuple[str, str]] = ()) -> None:
        values: dict[str, str] = {}
        for name, value in headers:
            known = values.get(name.lower())
            values[name.lower()] = value if known is None else f"{known}, {value}"
        self._values = values

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        # A failed comparison of requests prints it, and a client may have been given a real token.
        shown = {name: "…" if name == "authorization" else value for name, value in self._values.items()}
        return f"RecordedHeaders({[*shown.items()]})"


class RecordedRequest(NamedTuple):
    """One request as it came over the wire, and what was answered."""

    method: str
    """Such as ``"POST"``."""
    path: str
    """The request target with the version segment, such as ``"/beta/deviceAppManagement/mobileApps/…/assign"``."""
    headers: RecordedHeaders
    """The headers; names in any case. They hold the token that was sent; their `repr` does not show it."""
    body: bytes
    """The body, without the compression that a client may have put on it."""
    status: int | None
    """The status of the answer; `None` if none was sent, or none yet."""
    answer: bytes
    """The body of the answer."""


class Moment(NamedTuple):
    """What an app held from a moment on."""

    time: datetime
    """When that was, in UTC."""
    request: RecordedRequest | None
    """What did it; `None` if the test itself did, or the request is no longer recorded."""
    assignments: list[dict[str, Any]]
    """Wire dicts, as `Emulator.assignments` gives them."""


@final
class Emulator:
    """Runs from construction to `close`, or to the end of its ``with`` block.

    Profile ``"current"`` is the Graph of today, ``/beta`` and ``/v1.0``: ``mobileAppAssignments`` with the targets,
    the settings and the rules of Intune; it refuses the form of 2017 as the live service does. Profile ``"2017"`` is
    the beta that documents ``mobileAppGroupAssignments``, with its four paths: through ``userStatuses`` and
    ``deviceStatuses`` any id belongs to the app, the one through ``groupAssignments`` wants an existing id.

    Either checks the token: its signature, audience and lifetime (401), and its scopes (403). ``docs/emulator.md``
    tells what is documented, what was seen, and what is inferred.

    An emulator belongs to the process that started it: in a forked child its methods raise `RuntimeError`.

    Args:
        profile: Which Graph: ``"2017"`` or ``"current"``.
        host: The address to listen on. Only ``127.0.0.1``, the default, keeps other machines out.
        port: 0, the default: one that is free.
        quota_window: Seconds in which 100 writes of one application pass, and 200 of a tenant: the quotas that Graph
            publishes for Intune's apps, with their window of 20 s made as short as a test likes. `None`: no quotas.
        fault_rate: The probability, from 0 to 1, that a request meets a status that Graph documents as transient
            (429, 500, 502, 503, 504), or a closed connection; half of the writes that do take effect before.
        fault_seed: Which requests those are: the same seed, and requests in the same order, meet the same.

    Raises:
        ValueError: An unknown profile, or a number that is out of range.
        OSError: No such address or port can be had.
    """

    __slots__ = ("_native",)

    def __init__(
        self,
        *,
        profile: Literal["2017", "current"] = "current",
        host: str = "127.0.0.1",
        port: int = 0,
        quota_window: float | None = None,
        fault_rate: float = 0.0,
        fault_seed: int = 0,
    ) -> None:
        if not 0 <= port < 2**16:
            raise ValueError(f"port: {port} is no port; ports are 0 to 65535")
        if not 0 <= fault_seed < 2**64:
            raise ValueError(f"fault_seed: {fault_seed} is no number from 0 to 2**64 - 1")
        self._native = _core.Emulator(profile, host, port, quota_window, fault_rate, fault_seed)

    @property
    def url(self) -> str:
        """The base URL, ``/beta`` included."""
        return self._native.url

    @property
    def token(self) -> str:
        """An access token that it accepts for everything: a JWT of its own making. It accepts no other's."""
        return self._native.token

    def add_app(
        self,
        *,
        display_name: str = "Company Portal",
        odata_type: str = _WIN32_LOB_APP,
        assignments: Iterable[Mapping[str, Any]] = (),
        publishing_state: Literal["notPublished", "processing", "published"] = "published",
    ) -> str:
        """Add an app.

        Args:
            display_name: The app's name.
            odata_type: The app's type, as Graph spells it. It decides which settings the service takes.
            assignments: What it holds from the start, as wire dicts; an ``id`` in one is kept. Types and properties
                that no document knows are part of this Graph from then on.
            publishing_state: While it is not ``"published"``, the service refuses to assign the app, until `publish`.

        Returns:
            The id of the app.

        Raises:
            ValueError: An assignment that the model of Graph has no place for, or one twice; a type or state that no
                app has.
            TypeError: What is no mapping in place of an assignment.
        """
        if not odata_type.startswith("#microsoft.graph."):
            raise ValueError(f"odata_type: {odata_type!r} is not as Graph spells it, such as {_WIN32_LOB_APP!r}")
        if publishing_state not in _PUBLISHING_STATES:
            known = ", ".join(_PUBLISHING_STATES)
            raise ValueError(f"publishing_state: {publishing_state!r} is none of the states, which are {known}")
        document: dict[str, Any] = {
            "@odata.type": odata_type,
            "displayName": display_name,
            "publishingState": publishing_state,
            "assignments": _wire_dicts(assignments),
        }
        return self._native.add_app(json.dumps(document, allow_nan=False))

    def publish(self, app: str) -> None:
        """End the processing of an app: from now on it can be assigned.

        Args:
            app: The app's id.

        Raises:
            KeyError: The emulator holds no such app.
        """
        self._native.publish(app)

    def assignments(self, app: str) -> list[dict[str, Any]]:
        """What an app holds now.

        Args:
            app: The app's id.

        Returns:
            Wire dicts, as Graph's beta lists them. The ids are the service's own: one that a client sends is ignored.

        Raises:
            KeyError: The emulator holds no such app.
        """
        held: list[dict[str, Any]] = json.loads(self._native.assignments(app))
        return held

    def history(self, app: str) -> list[Moment]:
        """What an app held at each moment: when it was added, and after each change.

        Args:
            app: The app's id.

        Returns:
            The moments, oldest first. The last 10,000 of all apps are kept, fewer where they hold much.

        Raises:
            KeyError: The emulator holds no such app.
        """
        from datetime import UTC, datetime, timedelta

        start = datetime(1970, 1, 1, tzinfo=UTC)
        moments, natives = self._native.history(app)
        requests = [_recorded(native) for native in natives]
        return [
            Moment(
                start + timedelta(microseconds=time),
                None if request is None else requests[request],
                json.loads(assignments),
            )
            for time, request, assignments in moments
        ]

    @property
    def requests(self) -> list[RecordedRequest]:
        """The last 10,000 requests, oldest first, fewer where they are large."""
        return [_recorded(request) for request in self._native.requests()]

    def fail_next(
        self,
        *,
        status: int,
        retry_after: float | str | datetime | None = None,
        times: int = 1,
        after_apply: bool = False,
        method: str | None = "POST",
        claims: Mapping[str, Any] | None = None,
    ) -> None:
        """Answer the next requests with a status, in the words of Graph or Intune where they are known.

        Each request meets one failure; what is asked for first is met first. `reset` forgets the rest.

        Args:
            status: From 200 to 599.
            retry_after: The header ``Retry-After``: seconds, a `datetime` with a time zone for an HTTP date, or the
                text itself. `None`: no such header, as Intune often does.
            times: How many requests fail.
            after_apply: Whether they take effect before.
            method: Which requests fail; `None` for any. In a ``$batch`` it is the requests within.
            claims: A claims challenge, as continuous access evaluation makes one: what the next token must have, such
                as ``{"access_token": {"nbf": {"essential": True, "value": "1604106651"}}}``. Its status is 401.

        Raises:
            ValueError: A status or a number that is out of range, a time without a zone, claims with another status.
            TypeError: Another type.
        """
        for name, number in (("status", status), ("times", times)):
            if not isinstance(number, int) or isinstance(number, bool):  # pyright: ignore[reportUnnecessaryIsInstance]
                raise TypeError(f"{name} must be an int, not {type(number).__name__}")
        if method is not None and method.upper() not in _METHODS:
            raise ValueError(f"method: {method!r} is none of {', '.join(_METHODS)}")
        if not 200 <= status <= 599:  # noqa: PLR2004
            raise ValueError(f"status: {status} is no status of an answer; give one from 200 to 599")
        if not 1 <= times < 2**32:
            raise ValueError(f"times: {times} is no number of requests; give 1 or more")
        if claims is not None and status != 401:  # noqa: PLR2004
            raise ValueError(f"claims: a claims challenge has the status 401, not {status}")
        refusal = {
            "status": status,
            "retry_after": None if retry_after is None else _retry_after(retry_after),
            "claims": None if claims is None else dict(claims),
        }
        trouble = {
            "method": None if method is None else method.upper(),
            "times": times,
            "after_apply": bool(after_apply),
            "what": {"answer": refusal},
        }
        self._native.add_trouble(json.dumps(trouble))

    def reset(self) -> None:
        """Make it as it was when it started, with the same address and token: no apps, no requests, no failures."""
        self._native.reset()

    def close(self) -> None:
        """Stop serving. Closing twice does nothing, and so does closing in a forked child."""
        self._native.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        native = getattr(self, "_native", None)
        return f"<Emulator {native.url}>" if native is not None else "<Emulator that did not start>"


def _recorded(
    native: tuple[str, str, list[tuple[str, str]], bytes, int | None, bytes],
) -> RecordedRequest:
    method, path, headers, body, status, answer = native
    return RecordedRequest(method, path, RecordedHeaders(headers), body, status, answer)


def _wire_dicts(assignments: object) -> list[dict[str, Any]]:
    """What an app is to hold, or what is wrong with it in words of its own."""
    wanted, given = "a list of dicts, as Graph lists assignments", type(assignments).__name__
    if isinstance(assignments, (str, bytes, Mapping)) or not isinstance(assignments, Iterable):
        raise TypeError(f"assignments: {wanted}, not {given}")
    held: list[dict[str, Any]] = []
    for index, assignment in enumerate(cast("Iterable[object]", assignments)):
        if not isinstance(assignment, Mapping):
            advice = "; its to_dict() gives one" if hasattr(assignment, "to_dict") else ""
            raise TypeError(f"assignments[{index}]: {wanted}, not of {type(assignment).__name__}{advice}")
        held.append(dict(cast("Mapping[str, Any]", assignment)))
    return held


def _retry_after(value: float | str | datetime) -> str:
    """What the header says."""
    from datetime import UTC, datetime
    from email.utils import format_datetime

    if isinstance(value, str):
        if not (value.isascii() and value.isprintable()):
            raise ValueError(f"retry_after: {value!r} fits into no header")
        return value
    if isinstance(value, (int, float)):
        if not 0 <= value < float("inf"):
            raise ValueError(f"retry_after: {value} is no number of seconds")
        return f"{value:.3f}".rstrip("0").rstrip(".")
    if not isinstance(value, datetime):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"retry_after must be seconds, a datetime or text, not {type(value).__name__}")
    if value.tzinfo is None:
        raise ValueError("retry_after: the time has no time zone")
    return format_datetime(value.astimezone(UTC), usegmt=True)


if __name__ == "__main__":
    from appassign._emulator_command import main

    main()
