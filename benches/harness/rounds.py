"""Everyone in turn, round after round."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.contestants import Contestant
    from harness.figures import Rounds
    from harness.modes import Mode, Pace


def interleaved(mode: Mode, entrants: list[Contestant], base_url: str, pace: Pace, rounds: int) -> Rounds:
    """One sample of each contestant, then the next of each; the first round only warms files and caches."""
    results: Rounds = {contestant.name: [] for contestant in entrants}
    samples = rounds * mode.samples_per_round
    for number in range(samples + 1):
        print(f"\r{mode.name}: {number}/{samples} ", end="", file=sys.stderr, flush=True)
        for contestant in entrants:
            sample = mode.measure(contestant, base_url, pace)
            if number > 0:
                results[contestant.name].append(sample)
    print(file=sys.stderr)
    return results
