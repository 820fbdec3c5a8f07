"""How far a run about many apps has come, for whoever wants to see it."""

from __future__ import annotations

from ._call import promise, run, take_along

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal, Protocol, Self, TypeVar

    from . import _core

    _Report = TypeVar("_Report", _core.PlanReport, _core.ApplyReport)

    class _Bar(Protocol):
        """What there is of tqdm here."""

        n: int

        def update(self, n: int) -> object: ...

        def close(self) -> None: ...


def run_many(call: _core.Call[_Report], progress: Callable[[int, int], object] | Literal[True] | None) -> _Report:
    """`run`, with its progress told."""
    with _Told(progress, call.parts) as told:
        report = run(call, told.tell)
        told.end(report)
    return report


async def promise_many(
    call: _core.Call[_Report], progress: Callable[[int, int], object] | Literal[True] | None
) -> _Report:
    """`promise`, with its progress told."""
    with _Told(progress, call.parts) as told:
        report = await promise(call, told.tell)
        told.end(report)
    return report


class _Told:
    """Tells a function or a bar; what is told is never less than before, and at the end it is all."""

    def __init__(self, progress: Callable[[int, int], object] | Literal[True] | None, total: int) -> None:
        self._total = total
        self._done = 0
        self._bar = _bar(total) if progress is True else None
        if progress is not None and progress is not True and not callable(progress):
            raise TypeError(
                f"progress must be True, a function of (done, total) or None, not {type(progress).__name__}"
            )
        self._function = None if progress is True else progress
        self.tell = None if progress is None else self._tell

    def _tell(self, done: int) -> None:
        self._done = done
        if self._bar is not None:
            self._bar.update(done - self._bar.n)
        if self._function is not None:
            self._function(done, self._total)

    def end(self, report: object) -> None:
        """Tell that everything is done, if that was not told yet."""
        try:
            if self.tell is not None and self._done < self._total:
                self._tell(self._total)
        except BaseException as interrupt:
            take_along(interrupt, report)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()


def _bar(total: int) -> _Bar:
    from importlib.util import find_spec

    # Without widgets, the automatic choice of a notebook is the bar of the terminal, too, but with a warning.
    source = "tqdm.auto" if find_spec("ipywidgets") else "tqdm.std"
    try:
        tqdm: Callable[..., _Bar] = __import__(source, fromlist=["tqdm"]).tqdm
    except ImportError as missing:
        from .exceptions import ConfigurationError

        error = ConfigurationError("progress=True shows a bar of tqdm, which is not installed")
        error.hint = "pip install tqdm, or pass a function of (done, total)"
        raise error from missing
    # What is told comes seldom, and the next may have to wait for the service's quota: all of it is drawn.
    return tqdm(total=total, unit="app", mininterval=0, miniters=1)
