"""Asks a credential for the token that a call wants. Imported when the first credential is asked, not before.

A call that needs a token stands still, and what comes out of the native module is a `TokenRequest`. The credential is
asked on the caller's own thread or in the caller's own task, so Ctrl-C, context variables and cancellation reach it.

No name in this file holds a token: tracebacks that show the locals of each frame must not show one.
"""

from __future__ import annotations

import os

from .exceptions import AppAssignError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    import functools
    from collections.abc import Callable
    from typing import Any

    from . import _core
    from ._credential_types import Credential

# One for each process and cloud: it remembers which of its ways led to a token. A forked child makes its own, as the
# connections of its parent's are shared.
_defaults: dict[tuple[int, str], object] = {}


class _NoTokenError(Exception):
    """There is no token, for a reason of this module's own."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def answer(request: _core.TokenRequest, credential: Credential | None) -> _core.AssignReceipt | _core.TokenRequest:
    """Ask the credential, and go on with the call."""
    cause = None
    try:
        try:
            request.give(_token(_at_once(_question(_asked(request, credential), request)())))
        except Exception as error:  # noqa: BLE001  (whatever a credential raises is the cause of our own)
            cause = _refuse(request, credential, error)
        outcome: _core.AssignReceipt | _core.TokenRequest = request.proceed()
    except AppAssignError as error:
        if cause is None:
            raise
        raise error from cause
    else:
        return outcome
    finally:
        del credential, cause


async def answer_async(
    request: _core.TokenRequest, credential: Credential | None
) -> _core.AssignReceipt | _core.TokenRequest:
    """Ask the credential without holding up the event loop, and go on with the call."""
    import asyncio

    cause = None
    bound = asyncio.timeout(request.within)
    try:
        try:
            async with bound:
                request.give(_token(await _awaited(_question(_asked(request, credential), request))))
        except Exception as error:  # noqa: BLE001
            if bound.expired():
                request.expire()
            else:
                cause = _refuse(request, credential, error)
        future: asyncio.Future[_core.AssignReceipt | _core.TokenRequest] = request.proceed()
        return await future
    except AppAssignError as error:
        if cause is None:
            raise
        raise error from cause
    finally:
        del credential, cause


def _asked(request: _core.TokenRequest, credential: Credential | None) -> object:
    """Whom to ask: azure-identity's default where the caller named nobody."""
    if credential is not None and not isinstance(credential, str):
        return credential
    key = (os.getpid(), request.authority)
    known = _defaults.get(key)
    if known is not None:
        return known
    try:
        from azure.identity import DefaultAzureCredential
    except ModuleNotFoundError as error:
        if error.name not in {"azure", "azure.identity"}:
            raise
        raise _NoTokenError(
            "there is no token to call with",
            "pass credential=: an access token for Microsoft Graph, a function that returns one, or a credential of "
            "azure-identity; if that package is installed (pip install azure-identity), None is its "
            "DefaultAzureCredential",
        ) from None
    return _defaults.setdefault(key, DefaultAzureCredential(authority=request.authority))


def _question(asked: object, request: _core.TokenRequest) -> functools.partial[Any]:
    """The question as this kind of credential understands it."""
    from functools import partial

    # The answer to a claims challenge is declared to be understood: the core comes back with the claims.
    options: dict[str, Any] = {"enable_cae": True}
    if request.claims is not None:
        options["claims"] = request.claims
    get_token_info = getattr(asked, "get_token_info", None)
    if get_token_info is not None:
        return partial(get_token_info, request.scope, options=options)
    get_token = getattr(asked, "get_token", None)
    if get_token is not None:
        return partial(get_token, request.scope, **options)
    function: Any = asked
    return partial(function)


def _token(given: object) -> object:
    """The token of an ``AccessToken``, or what a callable gave."""
    return getattr(given, "token", given)


def _at_once(given: object) -> object:
    """What a credential gave, which may not have to be awaited: here nobody can."""
    if not hasattr(given, "__await__"):
        return given
    close = getattr(given, "close", None)
    if close is not None:
        close()  # a coroutine that nobody awaits would say so at its end
    raise _NoTokenError(
        "it is asynchronous, and assign is not",
        "await assign_async(...), or pass the credential's synchronous twin (azure.identity without .aio)",
    )


async def _awaited(question: functools.partial[Any]) -> object:
    """What a credential gives: on this loop if it is asynchronous, in a thread of its own if it may block."""
    import inspect

    asked = question.func
    call = getattr(asked, "__call__", None)  # noqa: B004  (an object may have an asynchronous one)
    is_asynchronous = inspect.iscoroutinefunction(asked) or inspect.iscoroutinefunction(call)
    given = question() if is_asynchronous else await _in_a_thread(question)
    while inspect.isawaitable(given):
        given = await given
    return given


async def _in_a_thread(question: Callable[[], object]) -> object:
    """What a function gives that may block.

    Not `asyncio.to_thread`: its few threads would all be taken by credentials that hang, and the process could not end
    before they do. Nor does the token pass as an argument of a callback, which asyncio's debug mode would print.
    """
    import asyncio
    import contextlib
    import contextvars
    import threading

    loop = asyncio.get_running_loop()
    done = loop.create_future()
    given: list[object] = []
    raised: list[BaseException] = []
    context = contextvars.copy_context()

    def settle() -> None:
        if not done.done():
            done.set_result(None)

    def work() -> None:
        try:
            given.append(context.run(question))
        except BaseException as error:  # noqa: BLE001  (it is raised where the credential is awaited)
            raised.append(error)
        with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile, and nobody waits
            loop.call_soon_threadsafe(settle)

    threading.Thread(target=work, name="appassign-credential", daemon=True).start()
    await done
    if raised:
        raise raised.pop()
    return given.pop()


def _refuse(request: _core.TokenRequest, credential: Credential | None, error: Exception) -> Exception | None:
    """Tell the call that there is no token; give what the credential raised, if it did."""
    if isinstance(error, _NoTokenError):
        request.refuse(str(error), error.hint)
        return None
    if credential is None:
        who = "DefaultAzureCredential"
        hint = "sign in (az login), set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or pass credential="
    elif hasattr(credential, "get_token_info") or hasattr(credential, "get_token"):
        who, hint = type(credential).__name__, None
    else:
        who, hint = f"{getattr(credential, '__name__', type(credential).__name__)}()", None
    if isinstance(error, TypeError) and "enable_cae" in str(error):
        hint = "get_token takes azure-core's keywords: *scopes, claims=None, tenant_id=None, enable_cae=False, **kwargs"
    elif isinstance(error, TypeError) and "required positional argument" in str(error):
        hint = "a callable is called without arguments"
    said = str(error).strip().partition("\n")[0]
    request.refuse(f"{who} raised {type(error).__name__}{': ' if said else ''}{said}", hint)
    return error
