"""Streams that a person may look at, by rich."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from rich.console import Console

if TYPE_CHECKING:
    from collections.abc import Callable

# Wide enough for every line: a terminal wraps what is too long for it, and no id is ever cut.
_WIDE = 1_000_000


def console(stream: TextIO) -> Console:
    return Console(file=stream, width=_WIDE, soft_wrap=True, markup=False, emoji=False, highlight=False)


class Bar:
    """A bar of rich's, with the face of a function of (done, total)."""

    def __init__(self, verb: str) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
        self._task = self._progress.add_task(verb, total=None)

    def __enter__(self) -> Callable[[int, int], object]:
        self._progress.start()
        return self._tell

    def _tell(self, done: int, total: int) -> None:
        self._progress.update(self._task, completed=done, total=total)

    def __exit__(self, *_: object) -> None:
        self._progress.stop()
