"""What a run is made with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pathlib

    from harness.contestants import Contestant
    from harness.effort import Effort


@dataclass(frozen=True)
class Run:
    """Programs, contestants, and how much they do."""

    floor: pathlib.Path
    # Whose packages are measured; the official SDK has an environment of its own.
    python: pathlib.Path
    contestants: list[Contestant]
    effort: Effort
    # What is installed there.
    wheel: pathlib.Path | None = None
