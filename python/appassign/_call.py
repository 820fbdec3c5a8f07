"""Makes a call that the native module has accepted, by one of its two doors."""

from __future__ import annotations

from . import _core


def run(call: _core.Assign) -> _core.AssignReceipt:
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


async def promise(call: _core.Assign) -> _core.AssignReceipt:
    """Make it in this task; to cancel that is to break off the call."""
    future, flight = call.promise()
    try:
        outcome = await future
        while isinstance(outcome, _core.TokenRequest):
            from ._credentials import answer_async

            outcome = await answer_async(outcome, call)
    except BaseException:
        flight.abort()
        raise
    finally:
        del future  # it holds the exception, whose traceback holds this frame
    return outcome
