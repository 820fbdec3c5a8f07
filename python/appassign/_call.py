"""Makes a call that the native module has accepted, by one of its two doors."""

from __future__ import annotations

from . import _core

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Future
    from collections.abc import Callable
    from typing import Any, TypeVar

    _T = TypeVar("_T")

# Seconds that a cancelled call gets to finish what it writes; the native module takes less.
_PATIENCE = 6.0

# Seconds between two looks at how far a call has come.
_INTERVAL = 0.1


def _running_loop() -> AbstractEventLoop:
    """Give the loop that runs on this thread; asyncio is imported by then."""
    global _running_loop  # noqa: PLW0603  (from the second time on, asyncio's own function stands here)
    from asyncio import get_running_loop

    _running_loop = get_running_loop
    return get_running_loop()


def run(call: _core.Call[_T], progress: Callable[[int], object] | None = None) -> _T:
    """Make it on this thread."""
    outcome = call.run(progress)
    while isinstance(outcome, _core.TokenRequest):
        from ._credentials import answer

        request = outcome
        try:
            outcome = answer(request, call)
        except BaseException as interrupt:
            take_along(interrupt, request.abort())
            raise
    return outcome


async def promise(call: _core.Call[_T], progress: Callable[[int], object] | None = None) -> _T:
    """Make it in this task; to cancel that is to break off the call, or to wait a little while it finishes a write."""
    future, flight = call.promise(_running_loop())
    try:
        outcome = await (settled(future, call, flight, progress) if call.finishes else future)
        while isinstance(outcome, _core.TokenRequest):
            from ._credentials import answer_async

            request = outcome
            try:
                outcome = await answer_async(request, call, flight, progress)
            except BaseException as interrupt:
                if call.finishes and not isinstance(interrupt, GeneratorExit):
                    await _finish(_turned_away(request), call, flight, interrupt)
                raise
    except BaseException:
        flight.abort()
        raise
    finally:
        del future  # it holds the exception, whose traceback holds this frame
    return outcome


async def settled(
    future: Future[_T], call: _core.Call[Any], flight: _core.Flight, progress: Callable[[int], object] | None
) -> _T:
    """What comes of it.

    A write that was begun is not left half-known: it gets a few seconds before the cancellation goes on. Another
    cancellation does not wait.
    """
    try:
        if not call.finishes:
            return await future
        from asyncio import shield

        try:
            if progress is not None:
                await _tell(progress, future, flight)
            return await shield(future)
        except GeneratorExit:
            flight.call_off()  # a coroutine that is closed can await no more
            raise
        except BaseException as interrupt:
            if not (future.done() and future.exception() is interrupt):
                await _finish(future, call, flight, interrupt)
            raise
    finally:
        del future


async def _tell(progress: Callable[[int], object], future: Future[Any], flight: _core.Flight) -> None:
    """Tell how far it has come, until it is over."""
    from asyncio import wait

    told = 0
    while not future.done():
        await wait([future], timeout=_INTERVAL)
        done = flight.done
        if done > told:
            progress(done)
            told = done


async def _finish(
    future: Future[Any] | None, call: _core.Call[Any], flight: _core.Flight, interrupt: BaseException
) -> None:
    """Wait until a call that is called off has come to its end, whatever that is."""
    from asyncio import wait

    flight.call_off()
    while future is not None:
        await wait([future], timeout=_PATIENCE)
        if not future.done() or future.cancelled() or future.exception() is not None:
            return
        outcome = future.result()
        if not isinstance(outcome, _core.TokenRequest):
            take_along(interrupt, outcome if call.reports else None)
            return
        future = _turned_away(outcome)


def _turned_away(request: _core.TokenRequest) -> Future[Any] | None:
    """Have a call go on that wants a token, and gets none any more; None if it went on before."""
    request.turn_away()
    try:
        going: Future[Any] = request.proceed()
    except RuntimeError:
        return None
    return going


def take_along(interrupt: BaseException, report: object) -> None:
    """Give what was done so far to whoever catches the interrupt."""
    if report is not None:
        vars(interrupt)["report"] = report
