"""How much is done for a figure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Effort:
    """What a run takes on; the defaults are what was promised, and tests have less."""

    rounds: int = 5
    # How long each process calls that calls in a loop.
    seconds: float = 1.0
    # How many calls one makes whose memory is weighed.
    calls: int = 10_000
    # How many apps are planned and applied as fast as can be. An emulator keeps the last 10,000 requests, and each
    # app is asked five times.
    apps: int = 1_500
    # How many changes are planned for one report.
    changes: int = 100_000
    # How many apps are written at the pace of the quota.
    writes: int = 1_000
