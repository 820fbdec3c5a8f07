"""One contestant, calling without a pause: ``loop.py MODULE CLASS URL TOKEN IN_FLIGHT WARM_UP SECONDS``.

It says ``ready`` after the warm-up and ``done`` after the loop, and waits each time for a line, so that the harness
can read the process's CPU clock. At the end it writes as JSON what it saw.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
from time import perf_counter_ns
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

NO_CONTENT = 204


class Client(Protocol):
    """A contestant that blocks."""

    def assign(self) -> int:
        """One call; its status."""

    def close(self) -> None:
        """Let go of what is open."""


class AsyncClient(Protocol):
    """A contestant that is awaited."""

    async def assign(self) -> int:
        """One call; its status."""

    async def close(self) -> None:
        """Let go of what is open."""


def _check(status: int) -> None:
    if status != NO_CONTENT:
        sys.exit(f"answered {status}")


def _pause(word: str) -> None:
    print(word, flush=True)
    sys.stdin.readline()


def _report(start: int, end: int, latencies: list[int]) -> None:
    print(json.dumps({"seconds": (end - start) / 1e9, "latencies_ns": latencies}))


def _work(client: Client, seconds: float) -> list[int]:
    latencies = []
    until = perf_counter_ns() + int(seconds * 1e9)
    end = 0
    while end < until:
        start = perf_counter_ns()
        status = client.assign()
        end = perf_counter_ns()
        _check(status)
        latencies.append(end - start)
    return latencies


async def _work_async(client: AsyncClient, until: int, latencies: list[int]) -> None:
    end = 0
    while end < until:
        start = perf_counter_ns()
        status = await client.assign()
        end = perf_counter_ns()
        _check(status)
        latencies.append(end - start)


async def _work_at_once(client: AsyncClient, in_flight: int, seconds: float) -> list[int]:
    latencies: list[int] = []
    until = perf_counter_ns() + int(seconds * 1e9)
    async with asyncio.TaskGroup() as workers:
        for _ in range(in_flight):
            workers.create_task(_work_async(client, until, latencies))
    return latencies


def measure(client: Client, warm_up: float, seconds: float) -> None:
    """One call after another."""
    _work(client, warm_up)
    _pause("ready")
    start = perf_counter_ns()
    latencies = _work(client, seconds)
    end = perf_counter_ns()
    _pause("done")
    _report(start, end, latencies)
    client.close()


def measure_async(connect: Callable[[], AsyncClient], in_flight: int, warm_up: float, seconds: float) -> None:
    """So many calls in flight at every moment."""

    async def connected() -> AsyncClient:
        return connect()

    with asyncio.Runner() as runner:
        client = runner.run(connected())
        runner.run(_work_at_once(client, in_flight, warm_up))
        _pause("ready")
        start = perf_counter_ns()
        latencies = runner.run(_work_at_once(client, in_flight, seconds))
        end = perf_counter_ns()
        _pause("done")
        _report(start, end, latencies)
        runner.run(client.close())


def main(arguments: list[str]) -> None:
    """Find the contestant and measure it."""
    module, name, base_url, token, in_flight, warm_up, seconds = arguments
    contestant = getattr(importlib.import_module(f"contestants.{module}"), name)
    if name == "AsyncClient":
        measure_async(lambda: contestant(base_url, token), int(in_flight), float(warm_up), float(seconds))
    elif in_flight == "1":
        measure(contestant(base_url, token), float(warm_up), float(seconds))
    else:
        sys.exit("a contestant that blocks has one call in flight")


if __name__ == "__main__":
    main(sys.argv[1:])
