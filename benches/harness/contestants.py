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
OURS_CLIENT = "appassign Client"
OURS_ASYNC = "appassign async"
SDK = "msgraph-beta-sdk"
BARE_PYTHON = "python -c pass"


@dataclass(frozen=True)
class Contestant:
    """A name, and how its programs start."""

    name: str
    # The floor's program, or Python and its options.
    start: tuple[str, ...]
    # Its module and class; nothing for the floor, which has the programs within.
    what: tuple[str, ...] = ()

    @property
    def blocks(self) -> bool:
        """Whether its calls need a thread each."""
        return bool(self.what) and not self.what[1].startswith("Async")

    @property
    def awaits(self) -> bool:
        """Whether one thread may have many calls in flight."""
        return bool(self.what) and not self.blocks

    @property
    def may_crash(self) -> bool:
        """Whether the run goes on if a process of it crashes once its work is done; ours and the floor may not."""
        return bool(self.what) and not self.name.startswith(OURS)

    def command(self, program: str, *arguments: object) -> list[str]:
        """How one of the programs is called: ``calls``, ``loop``, ``bulk``."""
        called = [str(BENCHES / f"{program}.py"), *self.what] if self.what else [program]
        return [*self.start, *called, *map(str, arguments)]


# name → module, class
PYTHON = {
    OURS: ("appassign", "Function"),
    OURS_CLIENT: ("appassign", "Client"),
    OURS_ASYNC: ("appassign", "AsyncFunction"),
    "raw socket": ("raw_socket", "Client"),
    "http.client": ("http_client", "Client"),
    "urllib3": ("urllib3", "Client"),
    "requests": ("requests", "Client"),
    "httpx": ("httpx", "Client"),
    "httpx async": ("httpx", "AsyncClient"),
    "aiohttp": ("aiohttp", "AsyncClient"),
    "pyreqwest": ("pyreqwest", "Client"),
    "pyreqwest async": ("pyreqwest", "AsyncClient"),
    SDK: ("msgraph_beta", "AsyncClient"),
}
NAMES = (FLOOR, *PYTHON)
# -I but for the folder of the script, where the contestants are.
ISOLATED = ("-E", "-s")


def contestants(
    floor: pathlib.Path, python: pathlib.Path, sdk_python: pathlib.Path, names: Sequence[str]
) -> list[Contestant]:
    """The contestants of these names, the floor first: everything is measured against it."""
    interpreters = {name: sdk_python if name == SDK else python for name in PYTHON if name in names}
    of_python = [
        Contestant(name, (str(interpreter), *ISOLATED), PYTHON[name]) for name, interpreter in interpreters.items()
    ]
    return [Contestant(FLOOR, (str(floor),)), *of_python]


def bulk(floor: pathlib.Path, python: pathlib.Path) -> list[Contestant]:
    """Who plans and applies many."""
    start = (str(python), *ISOLATED)
    return [
        Contestant(FLOOR, (str(floor),)),
        Contestant(OURS, start, ("appassign_bulk", "Bulk")),
        Contestant(OURS_ASYNC, start, ("appassign_bulk", "AsyncBulk")),
        Contestant("aiohttp, by hand", start, ("aiohttp_bulk", "AsyncBulk")),
    ]
