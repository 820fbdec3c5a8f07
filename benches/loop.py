"""One contestant, calling without a pause: ``loop.py MODULE CLASS URL TOKEN NUMBER IN_FLIGHT WARM_UP SECONDS``.

NUMBER is how many assignments a call sends. Who blocks has a thread for each call in flight.

It says ``ready`` after the warm-up and ``done`` after the loop, and waits each time for a line, so that the harness
can read the process's CPU clock. At the end it writes as JSON what it saw.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter_ns
from typing import TYPE_CHECKING, ClassVar, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

NO_CONTENT = 204


class Client(Protocol):
    """A contestant that blocks."""

    shared: ClassVar[bool]
    """Whether several threads may use one; else each has its own."""

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


def _work(client: Client, until: int) -> list[int]:
    latencies = []
    end = 0
    while end < until:
        start = perf_counter_ns()
        status = client.assign()
        end = perf_counter_ns()
        _check(status)
        latencies.append(end - start)
    return latencies


def _work_in_threads(clients: list[Client], seconds: float) -> list[int]:
    until = perf_counter_ns() + int(seconds * 1e9)
    if len(clients) == 1:
        return _work(clients[0], until)
    with ThreadPoolExecutor(len(clients)) as threads:
        done = [threads.submit(_work, client, until) for client in clients]
        return [latency for thread in done for latency in thread.result()]


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


def measure(connect: Callable[[], Client], in_flight: int, warm_up: float, seconds: float) -> None:
    """A thread for each of so many calls in flight; one alone is this thread."""
    first = connect()
    clients = [first, *(first if first.shared else connect() for _ in range(1, in_flight))]
    _work_in_threads(clients, warm_up)
    _pause("ready")
    start = perf_counter_ns()
    latencies = _work_in_threads(clients, seconds)
    end = perf_counter_ns()
    _pause("done")
    _report(start, end, latencies)
    for client in {id(client): client for client in clients}.values():
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


def main(module: str, name: str, base_url: str, token: str, number: str, *how: str) -> None:
    """Find the contestant and measure it."""
    contestant = getattr(importlib.import_module(f"contestants.{module}"), name)
    in_flight, warm_up, seconds = int(how[0]), float(how[1]), float(how[2])
    measured = measure_async if name.startswith("Async") else measure
    measured(lambda: contestant(base_url, token, int(number)), in_flight, warm_up, seconds)


if __name__ == "__main__":
    main(*sys.argv[1:])
