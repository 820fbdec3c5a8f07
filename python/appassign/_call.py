"""Makes a call that the native module has accepted, by one of its two doors."""

from __future__ import annotations

from . import _core

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import Future
    from typing import Any, TypeVar

    _T = TypeVar("_T")

# Seconds that a cancelled call gets to finish what it writes; the native module takes less.
_PATIENCE = 6.0


def run(call: _core.Call[_T]) -> _T:
    """Make it on this thread."""
    outcome = call.run()
    while isinstance(outcome, _core.TokenRequest):
        from ._credentials import answer

        request = outcome
        try:
            outcome = answer(request, call)
        except BaseException:
            request.abort()
            raise
    return outcome


async def promise(call: _core.Call[_T]) -> _T:
    """Make it in this task; to cancel that is to break off the call, or to wait a little while it finishes a write."""
    future, flight = call.promise()
    try:
        outcome = await settled(future, call, flight)
        while isinstance(outcome, _core.TokenRequest):
            from ._credentials import answer_async

            request = outcome
            try:
                outcome = await answer_async(request, call, flight)
            except BaseException:
                if call.finishes:
                    await _finish(_turned_away(request), flight)
                raise
    except BaseException:
        flight.abort()
        raise
    finally:
        del future  # it holds the exception, whose traceback holds this frame
    return outcome


async def settled(future: Future[_T], call: _core.Call[Any], flight: _core.Flight) -> _T:
    """What comes of it.

    A write that was begun is not left half-known: it gets a few seconds before the cancellation goes on. Another
    cancellation does not wait.
    """
    try:
        if not call.finishes:
            return await future
        from asyncio import CancelledError, shield

        try:
            return await shield(future)
        except CancelledError:
            await _finish(future, flight)
            raise
    finally:
        del future


async def _finish(future: Future[Any] | None, flight: _core.Flight) -> None:
    """Wait until a call that is called off has come to its end, whatever that is."""
    from asyncio import wait

    flight.call_off()
    while future is not None:
        await wait([future], timeout=_PATIENCE)
        if not future.done() or future.cancelled() or future.exception() is not None:
            return
        outcome = future.result()
        future = _turned_away(outcome) if isinstance(outcome, _core.TokenRequest) else None


def _turned_away(request: _core.TokenRequest) -> Future[Any] | None:
    """Have a call go on that wants a token, and gets none any more; None if it went on before."""
    request.turn_away()
    try:
        going: Future[Any] = request.proceed()
    except RuntimeError:
        return None
    return going
