"""Everyone in turn, round after round."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from harness.processes import ContestantFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.figures import Rounds, Sample


def in_turn(name: str, measures: Mapping[str, Callable[[], Sample]], samples: int, *, warm_ups: int = 1) -> Rounds:
    """One sample of each contestant, then the next of each; the first rounds may only warm files and caches."""
    results: Rounds = {contestant: [] for contestant in measures}
    for number in range(-warm_ups, samples):
        print(f"\r{name}: {max(number, 0)}/{samples} ", end="", file=sys.stderr, flush=True)
        for contestant, measure in measures.items():
            try:
                sample = measure()
            except ContestantFailed as error:
                raise ContestantFailed(f"{contestant} failed, {name}: {error}") from None
            if number >= 0:
                results[contestant].append(sample)
    print(f"\r{name}: {samples}/{samples} ", file=sys.stderr)
    return results
