"""Calls: one after another, many in flight, in threads, and with many assignments each."""

from __future__ import annotations

import functools
import itertools
from contextlib import contextmanager
from typing import TYPE_CHECKING

from harness import cpus, nginx, processes
from harness.contestants import FLOOR, OURS, OURS_ASYNC, OURS_CLIENT, SDK, TOKEN
from harness.figures import ratio
from harness.mode import Mode, Plot
from harness.table import medians, ratios, spread
from harness.targets import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from harness.contestants import Contestant
    from harness.figures import Sample
    from harness.mode import Measures
    from harness.run import Run
    from harness.table import Column

    Entrants = Callable[[list[Contestant]], list[Contestant]]
    Measure = Callable[[Run, str, Contestant], Sample]
    Measuring = AbstractContextManager[Measures]

SEQUENTIAL = "sequential"
CONCURRENT = "concurrent"
THREADS = "threads"
PAYLOAD = "payload"
IN_FLIGHT = 64
IN_THREADS = 16
# How many assignments a call has.
NUMBERS = (1, 100, 1_000)


def _everyone(contestants: list[Contestant]) -> list[Contestant]:
    return contestants


def _who_awaits(contestants: list[Contestant]) -> list[Contestant]:
    return [contestant for contestant in contestants if not contestant.blocks]


def _who_blocks(contestants: list[Contestant]) -> list[Contestant]:
    return [contestant for contestant in contestants if not contestant.awaits]


def _without_the_sdk(contestants: list[Contestant]) -> list[Contestant]:
    return [contestant for contestant in contestants if contestant.name != SDK]


def _loop(run: Run, url: str, contestant: Contestant, *, in_flight: int = 1) -> Sample:
    return _looped(contestant.command("loop", url, TOKEN, 1, in_flight), contestant, run.effort.seconds)


def _looped(command: list[str], contestant: Contestant, seconds: float) -> Sample:
    return processes.looped(command, warm_up=seconds / 5, seconds=seconds, may_crash=contestant.may_crash)


def _numbers(run: Run, url: str, contestant: Contestant) -> Sample:
    """One after another, calls of so many assignments; a process for each number, which calls half as long."""
    commands = {number: contestant.command("loop", url, TOKEN, number, 1) for number in NUMBERS}
    looped = {number: _looped(command, contestant, run.effort.seconds / 2) for number, command in commands.items()}
    return {f"{metric}_{number}": sample[metric] for number, sample in looped.items() for metric in sample}


def _on_nginx(entrants: Entrants, measure: Measure, *, clients_anywhere: bool = False) -> Callable[[Run], Measuring]:
    @contextmanager
    def measures(run: Run) -> Iterator[Measures]:
        with nginx.started() as server, cpus.pinned(server.pid, clients_anywhere=clients_anywhere):
            who = entrants(run.contestants)
            yield {contestant.name: functools.partial(measure, run, server.base_url, contestant) for contestant in who}

    return measures


def _throughput(in_flight: int) -> Measure:
    return functools.partial(_loop, in_flight=in_flight)


def _payload_columns() -> tuple[Column, ...]:
    by_number = (
        (medians(f"{number:,}", f"p50_us_{number}"), ratios("floor's", f"p50_us_{number}", FLOOR)) for number in NUMBERS
    )
    cpu = (medians("CPU µs at 1,000", "cpu_us_1000"), ratios("floor's", "cpu_us_1000", FLOOR))
    return (*itertools.chain.from_iterable(by_number), *cpu)


_THROUGHPUT_COLUMNS = (
    medians("calls/s", "calls_per_second"),
    spread("calls_per_second"),
    ratios("floor's", "calls_per_second", FLOOR),
    medians("CPU µs/call", "cpu_us", 1),
    ratios("floor's", "cpu_us", FLOOR),
    medians("p50 µs", "p50_us"),
    medians("p99 µs", "p99_us"),
)

MODES = (
    Mode(
        SEQUENTIAL,
        "One call after another",
        (
            medians("CPU µs/call", "cpu_us", 1),
            spread("cpu_us", 1),
            ratios("floor's", "cpu_us", FLOOR),
            medians("p50 µs", "p50_us"),
            ratios("floor's", "p50_us", FLOOR),
            medians("p99 µs", "p99_us"),
            medians("calls/s", "calls_per_second"),
        ),
        _on_nginx(_everyone, _loop),
        (
            Target(
                "CPU of a synchronous call, one after another, to the floor's",
                SEQUENTIAL,
                OURS,
                lambda rounds: ratio(rounds, OURS, "cpu_us", FLOOR),
                bound=1.3,
                at_most=True,
                unit="×",
            ),
            Target(
                "p50 latency of a synchronous call, client and server on a CPU each, to the floor's",
                SEQUENTIAL,
                OURS,
                lambda rounds: ratio(rounds, OURS, "p50_us", FLOOR),
                bound=1.3,
                at_most=True,
                unit="×",
            ),
        ),
        Plot("CPU time of a call, µs", "cpu_us"),
    ),
    Mode(
        CONCURRENT,
        f"{IN_FLIGHT} calls in flight",
        _THROUGHPUT_COLUMNS,
        _on_nginx(_who_awaits, _throughput(IN_FLIGHT), clients_anywhere=True),
        (
            Target(
                f"calls a second with {IN_FLIGHT} assign_async in flight, to the floor's",
                CONCURRENT,
                OURS_ASYNC,
                lambda rounds: ratio(rounds, OURS_ASYNC, "calls_per_second", FLOOR),
                bound=0.85,
                at_most=False,
                unit="×",
            ),
        ),
        Plot(f"Calls a second, {IN_FLIGHT} in flight", "calls_per_second"),
    ),
    Mode(
        THREADS,
        f"{IN_THREADS} threads that block",
        _THROUGHPUT_COLUMNS,
        _on_nginx(_who_blocks, _throughput(IN_THREADS), clients_anywhere=True),
        (
            Target(
                f"calls a second of {IN_THREADS} threads in Client.assign, to the floor's, as many in flight",
                THREADS,
                OURS_CLIENT,
                lambda rounds: ratio(rounds, OURS_CLIENT, "calls_per_second", FLOOR),
                bound=0.6,
                at_most=False,
                unit="×",
            ),
        ),
        Plot(f"Calls a second, {IN_THREADS} threads", "calls_per_second"),
    ),
    Mode(
        PAYLOAD,
        "Assignments in a call: p50 µs to make, send and be answered",
        _payload_columns(),
        _on_nginx(_without_the_sdk, _numbers),
        (
            Target(
                "p50 of a call with 1,000 assignments, models included, to the floor's with its structs",
                PAYLOAD,
                OURS,
                lambda rounds: ratio(rounds, OURS, "p50_us_1000", FLOOR),
                bound=2.0,
                at_most=True,
                unit="×",
            ),
        ),
        Plot("A call with 1,000 assignments, p50 in µs", "p50_us_1000"),
    ),
)
