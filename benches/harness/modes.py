"""The ways a contestant is measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness import processes
from harness.contestants import BARE_PYTHON, FLOOR, bare_python
from harness.table import Column, medians, overs, ratios, spread

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Callable

    from harness.contestants import Contestant
    from harness.figures import Sample

SEQUENTIAL = "sequential"
CONCURRENT = "concurrent"
COLD = "cold"
IN_FLIGHT = 64


@dataclass(frozen=True)
class Pace:
    """How long each process calls, in seconds."""

    warm_up: float
    seconds: float


@dataclass(frozen=True)
class Mode:
    """What it is, who takes part, how one process is measured, and how the figures are shown."""

    name: str
    heading: str
    entrants: Callable[[list[Contestant], pathlib.Path], list[Contestant]]
    measure: Callable[[Contestant, str, Pace], Sample]
    columns: tuple[Column, ...]
    # Short samples are taken more often, to be as sure.
    samples_per_round: int = 1
    # Whether clients may use the server's CPU, too.
    clients_anywhere: bool = False


def _looped(in_flight: int) -> Callable[[Contestant, str, Pace], Sample]:
    def measure(contestant: Contestant, base_url: str, pace: Pace) -> Sample:
        command = contestant.loop_command(base_url)
        return processes.looped(command, in_flight=in_flight, warm_up=pace.warm_up, seconds=pace.seconds)

    return measure


MODES = (
    Mode(
        SEQUENTIAL,
        "One call after another",
        lambda contestants, _: contestants,
        _looped(1),
        (
            medians("CPU µs/call", "cpu_us", 1),
            spread("cpu_us", 1),
            ratios("floor's", "cpu_us", FLOOR),
            medians("p50 µs", "p50_us"),
            ratios("floor's", "p50_us", FLOOR),
            medians("p99 µs", "p99_us"),
            medians("calls/s", "calls_per_second"),
        ),
    ),
    Mode(
        CONCURRENT,
        f"{IN_FLIGHT} calls in flight",
        lambda contestants, _: [contestant for contestant in contestants if contestant.concurrent],
        _looped(IN_FLIGHT),
        (
            medians("calls/s", "calls_per_second"),
            spread("calls_per_second"),
            ratios("floor's", "calls_per_second", FLOOR),
            medians("CPU µs/call", "cpu_us", 1),
            ratios("floor's", "cpu_us", FLOOR),
            medians("p50 µs", "p50_us"),
            medians("p99 µs", "p99_us"),
        ),
        clients_anywhere=True,
    ),
    Mode(
        COLD,
        "Start of the process, first 204, end",
        lambda contestants, python: [bare_python(python), *contestants],
        lambda contestant, base_url, _: processes.cold(contestant.cold_command(base_url)),
        (
            medians("ms", "ms", 1),
            spread("ms", 1),
            ratios("floor's", "ms", FLOOR),
            overs(f"over {BARE_PYTHON}", "ms", BARE_PYTHON),
        ),
        samples_per_round=4,
    ),
)
