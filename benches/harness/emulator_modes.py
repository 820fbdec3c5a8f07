"""What is measured of the emulator, how it is shown, and what was promised."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.figures import median, over, ratio
from harness.table import Column, medians, overs, ratio_spread, ratios, spread
from harness.targets import Target

if TYPE_CHECKING:
    from harness.figures import Rounds

THROUGHPUT = "throughput"
START = "start"
RESET = "reset"
MEMORY = "memory"

NGINX = "nginx"
BARE_SERVER = "bare server"
EMULATOR = "emulator"
IDLE = "idle"
# What a process holds, by the word for it.
HELD = {
    "one-app": "one app with all assignments",
    "many-apps": "apps with 100 assignments each",
    "requests": "requests, as far as they are kept",
}

HEADINGS: dict[str, tuple[str, tuple[Column, ...]]] = {
    THROUGHPUT: (
        "Assigns over 64 connections",
        (
            medians("a second", "requests_per_second"),
            spread("requests_per_second"),
            ratios("nginx's", "requests_per_second", NGINX),
            ratio_spread("requests_per_second", NGINX),
            medians("CPU µs", "cpu_us", 1),
            ratios("nginx's", "cpu_us", NGINX),
            medians("CPU %", "cpu_percent"),
            medians("p50 µs", "p50_us"),
            medians("p99 µs", "p99_us"),
        ),
    ),
    START: (
        "From the constructor to a connection",
        (
            medians("µs", "us"),
            spread("us"),
            ratios("bare server's", "us", BARE_SERVER),
            overs("over it", "us", BARE_SERVER, 0),
        ),
    ),
    RESET: ("Reset after an app and ten requests", (medians("µs", "us", 1), spread("us", 1))),
    MEMORY: (
        "Memory of a process",
        (
            medians("number", "number"),
            medians("MB", "mb", 1),
            overs("over idle", "mb", IDLE),
            medians("at most", "peak_mb", 1),
        ),
    ),
}

# Below that somebody else had the CPUs, or wrk had too little of its own: the figure is then not the server's.
BUSY_PERCENT = 90


def _kept_waiting(rounds: Rounds) -> str:
    """Which server had too little to do, or too little of its CPU, to tell how much it can give."""
    busy = {name: median(rounds, name, "cpu_percent") for name in (NGINX, EMULATOR)}
    waiting = [f"{name} was busy for {percent:.0f} % of the time only" for name, percent in busy.items()]
    return ", ".join(said for said, percent in zip(waiting, busy.values(), strict=True) if percent < BUSY_PERCENT)


def _memory_target(letter: str, held: str, number: int) -> Target:
    def short_of(rounds: Rounds) -> str:
        held_by_it = median(rounds, held, "number")
        return f"{held_by_it:,.0f} only" if held_by_it < number else ""

    return Target(
        f"({letter}) memory over an idle one, for {number:,}: {held}",
        MEMORY,
        held,
        lambda rounds: over(rounds, held, "mb", IDLE),
        bound=200,
        at_most=True,
        unit=" MB",
        doubt=short_of,
    )


TARGETS = (
    Target(
        "(a) assigns a second over 64 connections, against nginx's",
        THROUGHPUT,
        EMULATOR,
        lambda rounds: ratio(rounds, EMULATOR, "requests_per_second", NGINX),
        bound=0.5,
        at_most=False,
        unit="×",
        doubt=_kept_waiting,
    ),
    Target(
        "(b) start, against a bare server's",
        START,
        EMULATOR,
        lambda rounds: ratio(rounds, EMULATOR, "us", BARE_SERVER),
        bound=1.5,
        at_most=True,
        unit="×",
    ),
    Target(
        "(c) reset after an app and ten requests",
        RESET,
        EMULATOR,
        lambda rounds: median(rounds, EMULATOR, "us"),
        bound=100,
        at_most=True,
        unit=" µs",
    ),
    _memory_target("d", HELD["one-app"], 100_000),
    _memory_target("e", HELD["many-apps"], 100_000),
    _memory_target("f", HELD["requests"], 20_000),
)
