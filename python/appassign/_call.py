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

            outcome = await answer_async(outcome, call, flight)
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
        from asyncio import CancelledError, shield, wait

        try:
            return await shield(future)
        except CancelledError:
            flight.call_off()
            await wait([future], timeout=_PATIENCE)
            if future.done() and not future.cancelled():
                future.exception()  # it is nobody's any more
            raise
    finally:
        del future
