"""The page of figures: what people wrote stays, what stands between marks is a run's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness import plots
from harness.modes import MODES
from harness.table import markdown, table

if TYPE_CHECKING:
    import pathlib

    from harness.figures import Rounds

MACHINE = "machine"
TARGETS = "targets"


def write(path: pathlib.Path, machine: str, results: dict[str, Rounds]) -> None:
    """Put a run into the page, and its plots into a folder beside it."""
    parts = {MACHINE: f"Taken on {machine}.", TARGETS: verdicts(results)}
    parts |= {name: table(rounds, MODES[name].columns) for name, rounds in results.items()}
    text = path.read_text(encoding="utf-8")
    for name, part in parts.items():
        text = filled(text, name, part)
    folder = path.parent / "plots"
    for name, rounds in results.items():
        if plot := MODES[name].plot:
            plots.draw(folder / f"{name}.svg", plot, rounds)
    path.write_text(text, encoding="utf-8")


def filled(text: str, name: str, part: str) -> str:
    """The page with this part between its marks.

    Raises:
        RuntimeError: The page has no such marks, or more than one pair of them.
    """
    marked = re.compile(rf"(<!-- bench: {re.escape(name)} -->\n)(?:(?!<!-- bench: ).)*?(<!-- end -->)", re.DOTALL)
    text, times = marked.subn(lambda marks: f"{marks[1]}\n{part}\n\n{marks[2]}", text)
    if times != 1:
        raise RuntimeError(f"the page has {times} places for {name}, not one")
    return text


def verdicts(results: dict[str, Rounds]) -> str:
    """A line for each target."""
    targets = [target for mode in MODES.values() for target in mode.targets]
    rows = [[target.text, *target.verdict(results)] for target in targets]
    return markdown([["figure", "reach", "measured", ""], *rows])
