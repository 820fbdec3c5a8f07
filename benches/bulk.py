"""Many apps planned and applied: ``bulk.py MODULE CLASS URL TOKEN APPS IN_FLIGHT``.

It plans all of them once before it counts, so that its connections are there. It says ``ready`` before the work and
``done`` after it, and waits each time for a line, so that the harness can read the process's CPU clock.
"""

from __future__ import annotations

import importlib
import json
import sys
from time import perf_counter
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence


class Bulk(Protocol):
    """A contestant."""

    def plan(self, apps: Sequence[str]) -> Any:  # noqa: ANN401  (each has plans of its own)
        """Read each app; what is to be written."""

    def apply(self, plans: Any) -> None:  # noqa: ANN401
        """Read, write and read again."""

    def close(self) -> None:
        """Let go of what is open."""


def apps(number: int) -> list[str]:
    """The ids of so many apps."""
    return [f"3f6a1c52-8f0e-4b7e-9a55-{index:012}" for index in range(number)]


def _pause(word: str) -> None:
    print(word, flush=True)
    sys.stdin.readline()


def main(module: str, name: str, base_url: str, token: str, *how: str) -> None:
    """Find the contestant and measure it."""
    number, in_flight = map(int, how)
    bulk: Bulk = getattr(importlib.import_module(f"contestants.{module}"), name)(base_url, token, in_flight)
    everything = apps(number)
    bulk.plan(everything)
    _pause("ready")
    start = perf_counter()
    bulk.apply(bulk.plan(everything))
    seconds = perf_counter() - start
    _pause("done")
    print(json.dumps({"seconds": seconds}))
    bulk.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
