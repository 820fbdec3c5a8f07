"""Who is measured."""

from __future__ import annotations

import pathlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

BENCHES = pathlib.Path(__file__).parent.parent
TOKEN = "bench-token"  # noqa: S105  (any word is one for a server that only looks whether there is one)
FLOOR = "floor"
OURS = "appassign"
OURS_ASYNC = "appassign async"
BARE_PYTHON = "python -c pass"


@dataclass(frozen=True)
class Contestant:
    """A name, and how its programs start: the whole of a first call, and calls in a loop."""

    name: str
    cold: tuple[str, ...]
    loop: tuple[str, ...] = ()
    concurrent: bool = True

    def cold_command(self, base_url: str) -> list[str]:
        """What makes one call and ends."""
        return [*self.cold, base_url, TOKEN] if self.loop else list(self.cold)

    def loop_command(self, base_url: str) -> list[str]:
        """What calls until told otherwise; the harness adds how."""
        return [*self.loop, base_url, TOKEN]


# name → module, class
PYTHON = {
    OURS: ("appassign", "Client"),
    OURS_ASYNC: ("appassign", "AsyncClient"),
    "http.client": ("http_client", "Client"),
    "requests": ("requests", "Client"),
    "httpx": ("httpx", "Client"),
    "httpx async": ("httpx", "AsyncClient"),
    "aiohttp": ("aiohttp", "AsyncClient"),
}
NAMES = (FLOOR, *PYTHON)


def contestants(floor: pathlib.Path, python: pathlib.Path, names: Sequence[str]) -> list[Contestant]:
    """The contestants of these names, the floor first: everything is measured against it."""
    of_python = [_of_python(python, name, *PYTHON[name]) for name in PYTHON if name in names]
    return [Contestant(FLOOR, (str(floor), "cold"), (str(floor), "loop")), *of_python]


def bare_python(python: pathlib.Path) -> Contestant:
    """What every Python program costs; it calls nobody."""
    return Contestant(BARE_PYTHON, (str(python), "-I", "-c", "pass"))


def _of_python(python: pathlib.Path, name: str, module: str, program: str) -> Contestant:
    # -I but for the folder of the script, where the contestants are.
    start = (str(python), "-E", "-s")
    return Contestant(
        name,
        (*start, str(BENCHES / "cold.py"), module, program),
        (*start, str(BENCHES / "loop.py"), module, program),
        concurrent=program == "AsyncClient",
    )
