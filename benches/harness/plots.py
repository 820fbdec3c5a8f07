"""Figures as bars, in the colours of no theme, so that they can be read in the light and in the dark."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.contestants import FLOOR, OURS
from harness.figures import median, over

if TYPE_CHECKING:
    import pathlib

    from harness.figures import Rounds
    from harness.mode import Plot

GREY = "#808080"
BAR = "#9aa0a6"
OUR_BAR = "#d9730d"
FLOOR_BAR = "#4f7cac"
WIDTH = 7.5
INCHES_A_BAR = 0.34
INCHES_AROUND = 0.75
# From there on bars of one picture differ too much to be seen on a plain scale.
LOGARITHMIC = 12


def draw(path: pathlib.Path, plot: Plot, rounds: Rounds) -> None:
    """One bar a contestant, and its figure. Over bare Python there is no bar for what is no Python."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    names = [name for name in rounds if not plot.over or name not in {plot.over, FLOOR}]
    figures = [_figure(plot, rounds, name) for name in names]
    mpl.rcParams["svg.fonttype"] = "none"  # text stays text: small, and in the reader's own font
    mpl.rcParams["svg.hashsalt"] = path.stem  # the same figures give the same file
    picture = Figure(figsize=(WIDTH, INCHES_AROUND + INCHES_A_BAR * len(names)), layout="constrained")
    axes = picture.add_subplot()
    bars = axes.barh(names, figures, color=[_colour(name) for name in names], height=0.72)
    axes.bar_label(bars, [_label(figure) for figure in figures], padding=4, color=GREY, fontsize=9)
    axes.invert_yaxis()
    is_logarithmic = max(figures) > LOGARITHMIC * min(figures) > 0
    if is_logarithmic:
        axes.set_xscale("log")
    axes.margins(x=0.12)
    axes.xaxis.set_major_formatter("{x:,g}")
    axes.set_title(f"{plot.title}{' (logarithmic)' if is_logarithmic else ''}", loc="left", color=GREY, fontsize=10)
    axes.tick_params(which="both", colors=GREY, labelsize=9, length=0)
    axes.grid(axis="x", color=GREY, alpha=0.25, linewidth=0.6)
    axes.set_axisbelow(True)
    for spine in axes.spines.values():
        spine.set_visible(False)
    for label, name in zip(axes.get_yticklabels(), names, strict=True):
        label.set_fontweight("bold" if name.startswith(OURS) else "normal")
    path.parent.mkdir(exist_ok=True)
    picture.savefig(path, transparent=True, metadata={"Date": None, "Creator": None} if path.suffix == ".svg" else None)


def _figure(plot: Plot, rounds: Rounds, name: str) -> float:
    return over(rounds, name, plot.metric, plot.over) if plot.over else median(rounds, name, plot.metric)


def _label(figure: float) -> str:
    return f"{figure:,.0f}" if abs(figure) >= 100 else f"{figure:.1f}"  # noqa: PLR2004


def _colour(name: str) -> str:
    return OUR_BAR if name.startswith(OURS) else FLOOR_BAR if name == FLOOR else BAR
