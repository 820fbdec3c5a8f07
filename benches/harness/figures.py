"""From samples to figures: percentiles, medians, and ratios within a round."""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

# What one process of a contestant gave: metric → value.
Sample = dict[str, float]
# What a mode gave: contestant → its sample of each round.
Rounds = dict[str, list[Sample]]


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that so many percent of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(math.ceil(len(ordered) * percent / 100), 1) - 1]


def series(rounds: Rounds, contestant: str, metric: str) -> list[float]:
    """One metric of a contestant, round by round."""
    return [sample[metric] for sample in rounds[contestant]]


def median(rounds: Rounds, contestant: str, metric: str) -> float:
    """The median of the rounds."""
    return statistics.median(series(rounds, contestant, metric))


def ratio(rounds: Rounds, contestant: str, metric: str, to: str) -> float:
    """The median of what a contestant has for each one of another's in the same round."""
    return statistics.median(ratios_of(rounds, contestant, metric, to))


def ratios_of(rounds: Rounds, contestant: str, metric: str, to: str) -> list[float]:
    """What a contestant has for each one of another's, round by round."""
    return [one / other for one, other in _pairs(rounds, contestant, metric, to)]


def over(rounds: Rounds, contestant: str, metric: str, base: str) -> float:
    """The median of what a contestant has more than another in the same round."""
    return statistics.median(one - other for one, other in _pairs(rounds, contestant, metric, base))


def _pairs(rounds: Rounds, contestant: str, metric: str, other: str) -> list[tuple[float, float]]:
    return list(zip(series(rounds, contestant, metric), series(rounds, other, metric), strict=True))
