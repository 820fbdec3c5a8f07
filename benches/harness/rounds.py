"""Everyone in turn, round after round."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.contestants import Contestant
    from harness.figures import Rounds, Sample
    from harness.modes import Mode, Pace


def interleaved(mode: Mode, entrants: list[Contestant], base_url: str, pace: Pace, rounds: int) -> Rounds:
    """The samples of a mode's contestants."""

    def measure(contestant: Contestant) -> Callable[[], Sample]:
        return lambda: mode.measure(contestant, base_url, pace)

    measures = {contestant.name: measure(contestant) for contestant in entrants}
    return in_turn(mode.name, measures, rounds * mode.samples_per_round)


def in_turn(name: str, measures: Mapping[str, Callable[[], Sample]], samples: int) -> Rounds:
    """One sample of each contestant, then the next of each; the first round only warms files and caches."""
    results: Rounds = {contestant: [] for contestant in measures}
    for number in range(samples + 1):
        print(f"\r{name}: {number}/{samples} ", end="", file=sys.stderr, flush=True)
        for contestant, measure in measures.items():
            sample = measure()
            if number > 0:
                results[contestant].append(sample)
    print(file=sys.stderr)
    return results
