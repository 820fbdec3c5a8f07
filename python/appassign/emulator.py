"""A piece of Microsoft Graph on your own machine: real HTTP on loopback, no tenant needed.

From Python: `Emulator`. From a shell: ``python -m appassign.emulator``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Self, final

from . import _core

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["Emulator"]


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
        return f"RecordedHeaders({[*self._values.items()]})"


class RecordedRequest(NamedTuple):
    """One request as it came over the wire."""

    method: str
    """Such as ``"POST"``."""
    path: str
    """The request target with the version segment, such as ``"/beta/deviceAppManagement/mobileApps/…/assign"``."""
    headers: RecordedHeaders
    """The headers; names in any case. They hold the token: it is the emulator's own."""
    body: bytes
    """The body."""


@final
class Emulator:
    """Runs from construction to `close`, or to the end of its ``with`` block; answers on 127.0.0.1 alone.

    Profile ``"2017"`` is the Graph beta that documents ``mobileAppGroupAssignments``: the four paths, replace
    semantics, and refusals in Graph's and Intune's own forms. On the paths through ``userStatuses`` and
    ``deviceStatuses`` any id belongs to the app; the one through ``groupAssignments`` wants an existing id.

    Profile ``"current"`` is the Graph beta of today, so far as it refuses the form of 2017: that type and the three
    longer paths are answered 400. The form that it takes, ``mobileAppAssignments``, is not emulated yet and is answered
    501 ``NotImplemented``; an app of this profile holds no assignments.

    Either checks the token: its signature, audience and lifetime (401), and its scopes (403).

    An emulator belongs to the process that started it: in a forked child its methods raise `RuntimeError`.

    Args:
        profile: Which Graph: ``"2017"`` or ``"current"``.

    Raises:
        ValueError: An unknown profile.
        OSError: No port can be had.
    """

    __slots__ = ("_native",)

    def __init__(self, *, profile: Literal["2017", "current"] = "2017") -> None:
        self._native = _core.Emulator(profile, 0)

    @property
    def url(self) -> str:
        """The base URL, version segment included."""
        return self._native.url

    @property
    def token(self) -> str:
        """An access token that it accepts for everything: a JWT of its own making. It accepts no other's."""
        return self._native.token

    def add_app(
        self,
        *,
        display_name: str = "Company Portal",
        odata_type: str = "#microsoft.graph.win32LobApp",
        assignments: Iterable[Mapping[str, Any]] = (),
    ) -> str:
        """Add an app.

        Args:
            display_name: The app's name.
            odata_type: The app's type, as Graph spells it.
            assignments: What it holds from the start, as wire dicts; an ``id`` in one is kept.

        Returns:
            The id of the app.

        Raises:
            ValueError: An assignment that the service could not hold, or any in the profile ``"current"``.
        """
        documents = json.dumps([dict(assignment) for assignment in assignments])
        return self._native.add_app(display_name, odata_type, documents)

    def assignments(self, app: str) -> list[dict[str, Any]]:
        """What an app holds now.

        Args:
            app: The app's id.

        Returns:
            Wire dicts, as Graph would list them. The ids are the service's own: an id that a client sends is ignored.

        Raises:
            KeyError: The emulator holds no such app.
        """
        held: list[dict[str, Any]] = json.loads(self._native.assignments(app))
        return held

    @property
    def requests(self) -> list[RecordedRequest]:
        """The last 10,000 requests, oldest first."""
        return [
            RecordedRequest(method, path, RecordedHeaders(headers), body)
            for method, path, headers, body in self._native.requests()
        ]

    def reset(self) -> None:
        """Forget all apps and requests."""
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
        return f"<Emulator {self._native.url}>"


def _main() -> None:
    """Serve until Ctrl-C."""
    import argparse
    import threading

    parser = argparse.ArgumentParser(
        prog="python -m appassign.emulator", description="A piece of Microsoft Graph on 127.0.0.1."
    )
    parser.add_argument("--port", type=int, default=0, help="0, the default: one that is free")
    parser.add_argument("--profile", choices=["2017", "current"], default="2017", help="which Graph (default: 2017)")
    options = parser.parse_args()
    try:
        native = _core.Emulator(options.profile, options.port)
    except (OSError, OverflowError) as error:
        parser.exit(1, f"{parser.prog}: port {options.port}: {error}\n")
    app = native.add_app("Company Portal", "#microsoft.graph.win32LobApp", "[]")
    print(f"export APPASSIGN_BASE_URL={native.url}")  # noqa: T201
    print(f"export APPASSIGN_TOKEN={native.token}")  # noqa: T201
    print(f"# holds the app {app}; Ctrl-C ends it", flush=True)  # noqa: T201
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        native.close()


if __name__ == "__main__":
    _main()
