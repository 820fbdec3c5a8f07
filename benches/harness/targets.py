"""What was promised, and whether this run kept it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.contestants import BARE_PYTHON, FLOOR, OURS, OURS_ASYNC
from harness.figures import over, ratio
from harness.modes import COLD, CONCURRENT, IN_FLIGHT, SEQUENTIAL

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.figures import Rounds


@dataclass(frozen=True)
class Target:
    """A figure of ours in one mode, and the bound it has to keep."""

    text: str
    mode: str
    contestant: str
    figure: Callable[[Rounds], float]
    bound: float
    at_most: bool
    unit: str
    # Why the run can say nothing about it; empty if it can.
    doubt: Callable[[Rounds], str] = lambda _: ""

    def is_reached(self, figure: float) -> bool:
        """Whether the figure keeps the bound."""
        return figure <= self.bound if self.at_most else figure >= self.bound

    def line(self, results: dict[str, Rounds]) -> str:
        """The target, the figure and the verdict."""
        bound = f"{'at most' if self.at_most else 'at least'} {self.bound:g}{self.unit}"
        if self.contestant not in results.get(self.mode, {}):
            return f"{self.text}: {bound}; not measured"
        if doubt := self.doubt(results[self.mode]):
            return f"{self.text}: {bound}; not measured: {doubt}"
        figure = self.figure(results[self.mode])
        return f"{self.text}: {bound}; {figure:.2f}{self.unit}, {'' if self.is_reached(figure) else 'not '}reached"


TARGETS = (
    Target(
        "(a) CPU of a synchronous call, against the floor's",
        SEQUENTIAL,
        OURS,
        lambda rounds: ratio(rounds, OURS, "cpu_us", FLOOR),
        bound=3.0,
        at_most=True,
        unit="×",
    ),
    Target(
        f"(b) throughput of {IN_FLIGHT} assign_async in flight, against the floor's",
        CONCURRENT,
        OURS_ASYNC,
        lambda rounds: ratio(rounds, OURS_ASYNC, "calls_per_second", FLOOR),
        bound=0.6,
        at_most=False,
        unit="×",
    ),
    Target(
        "(c) process start to first 204, over bare Python",
        COLD,
        OURS,
        lambda rounds: over(rounds, OURS, "ms", BARE_PYTHON),
        bound=15.0,
        at_most=True,
        unit=" ms",
    ),
)
