"""A way of being measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.rounds import in_turn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from harness.effort import Effort
    from harness.figures import Rounds, Sample
    from harness.run import Run
    from harness.table import Column
    from harness.targets import Target

    # Who is measured → how a sample is taken.
    Measures = Mapping[str, Callable[[], Sample]]


def every_round(effort: Effort) -> int:
    """One sample a round."""
    return effort.rounds


@dataclass(frozen=True)
class Plot:
    """What is drawn of a mode: a bar for each, over another's where that is named."""

    title: str
    metric: str
    over: str = ""


@dataclass(frozen=True)
class Mode:
    """What it is, how its samples are taken, how they are shown, and what was promised."""

    name: str
    heading: str
    columns: tuple[Column, ...]
    # Servers run until the block is over.
    measures: Callable[[Run], AbstractContextManager[Measures]]
    targets: tuple[Target, ...] = ()
    plot: Plot | None = None
    # Short samples are taken more often, to be as sure.
    samples: Callable[[Effort], int] = every_round
    # The first round only warms files and caches.
    is_warmed: bool = True

    def rounds(self, run: Run) -> Rounds:
        """The samples of everyone, taken in turn."""
        with self.measures(run) as measures:
            return in_turn(self.name, measures, self.samples(run.effort), warm_ups=int(self.is_warmed))
