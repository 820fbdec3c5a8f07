"""What was promised, and whether a run kept it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

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
        [bound, figure, verdict] = self.verdict(results)
        return f"{self.text}: {bound}; {figure}, {verdict}" if figure else f"{self.text}: {bound}; {verdict}"

    def verdict(self, results: dict[str, Rounds]) -> tuple[str, str, str]:
        """The bound, the figure, and whether it is reached; there may be no figure."""
        bound = f"{'at most' if self.at_most else 'at least'} {self.bound:g}{self.unit}"
        if self.contestant not in results.get(self.mode, {}):
            return bound, "", "not measured"
        if doubt := self.doubt(results[self.mode]):
            return bound, "", f"not measured: {doubt}"
        figure = self.figure(results[self.mode])
        return (
            bound,
            f"{figure:,.2f}".removesuffix(".00") + self.unit,
            f"{'' if self.is_reached(figure) else 'not '}reached",
        )
