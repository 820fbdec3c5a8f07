"""Figures as a table of text."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.figures import median, over, ratio, ratios_of, series

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.figures import Rounds


@dataclass(frozen=True)
class Column:
    """A title, and what stands below it for each contestant."""

    title: str
    text: Callable[[Rounds, str], str]


def medians(title: str, metric: str, digits: int = 0) -> Column:
    """The median of the rounds."""
    return Column(title, lambda rounds, name: f"{median(rounds, name, metric):,.{digits}f}")


def means(title: str, metric: str) -> Column:
    """The mean of the rounds, for what happens now and then."""
    return Column(title, lambda rounds, name: f"{statistics.mean(series(rounds, name, metric)):,.0f}")


def spread(metric: str, digits: int = 0) -> Column:
    """The least and the most of the rounds."""

    def text(rounds: Rounds, name: str) -> str:
        values = series(rounds, name, metric)
        return f"{min(values):,.{digits}f}–{max(values):,.{digits}f}"

    return Column("min–max", text)


def ratios(title: str, metric: str, to: str) -> Column:
    """How many times another's, round by round."""
    return Column(title, lambda rounds, name: _times(ratio(rounds, name, metric, to)))


def ratio_spread(metric: str, to: str) -> Column:
    """The least and the most of what `ratios` gives the median of."""

    def text(rounds: Rounds, name: str) -> str:
        values = ratios_of(rounds, name, metric, to)
        return f"{min(values):.2f}–{max(values):.2f}"

    return Column("min–max", text)


def overs(title: str, metric: str, base: str, digits: int = 1) -> Column:
    """How much more than another's, round by round."""
    return Column(title, lambda rounds, name: f"{over(rounds, name, metric, base):,.{digits}f}")


def table(rounds: Rounds, columns: tuple[Column, ...]) -> str:
    """One line a contestant, aligned; Markdown, too."""
    rows = [[name, *(column.text(rounds, name) for column in columns)] for name in rounds]
    return markdown([["", *(column.title for column in columns)], *rows])


def markdown(rows: list[list[str]]) -> str:
    """The first row is the heading; its first cells are words, the others figures."""
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    ruled = ["-" * widths[0], *("-" * (max(width, 2) - 1) + ":" for width in widths[1:])]
    return "\n".join(f"| {' | '.join(_aligned(row, widths))} |" for row in [rows[0], ruled, *rows[1:]])


def _times(ratio: float) -> str:
    """With two digits that count, at least."""
    return f"{ratio:.2f}×" if ratio >= 0.1 else f"{ratio:.2g}×"  # noqa: PLR2004


def _aligned(row: list[str], widths: list[int]) -> list[str]:
    return [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
