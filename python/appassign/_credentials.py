"""Asks a credential for the token that a call wants. Imported when the first credential is asked, not before.

A call that needs a token stands still, and what comes out of the native module is a `TokenRequest`. The credential is
asked on the caller's own thread or in the caller's own task, so Ctrl-C, context variables and cancellation reach it.

No name in this file holds a token: tracebacks that show the locals of each frame must not show one.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from contextvars import ContextVar

from ._call import settled
from .exceptions import AppAssignError, AuthenticationError, CredentialError, RequestTimeoutError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import functools
    from collections.abc import Callable, Generator
    from typing import Any, TypeVar

    from . import _core
    from ._credential_types import Credential

    _T = TypeVar("_T")

# One for each process and cloud: it remembers which of its ways led to a token. A forked child makes its own, as the
# connections of its parent's are shared.
_defaults: dict[tuple[int, str], Any] = {}

# What a credential that failed may end a call in. While the old token is good, the call goes on without the new one,
# and whatever comes of that has other causes.
_BY_CREDENTIAL = (CredentialError, AuthenticationError, RequestTimeoutError)

# The clients whose credentials are being asked in this context.
_asked: ContextVar[tuple[int, ...]] = ContextVar("appassign_asked", default=())


class _NoTokenError(Exception):
    """There is no token, for a reason of this module's own."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def answer(request: _core.TokenRequest, call: _core.Call[_T]) -> _T | _core.TokenRequest:
    """Ask the credential of the call, and go on with it."""
    cause = None
    try:
        try:
            with _marked(call.client):
                request.give(_at_once(_Question(request, call.credential).ask()))
        except Exception as error:  # noqa: BLE001  (whatever a credential raises is the cause of our own)
            cause = _refuse(request, call, error)
        outcome: _T | _core.TokenRequest = request.proceed()
    except AppAssignError as error:
        if cause is None or not isinstance(error, _BY_CREDENTIAL):
            raise
        raise error from cause
    else:
        return outcome
    finally:
        del cause


async def answer_async(
    request: _core.TokenRequest, call: _core.Call[_T], flight: _core.Flight, progress: Callable[[int], object] | None
) -> _T | _core.TokenRequest:
    """Ask the credential of the call without holding up the event loop, and go on with it."""
    import asyncio

    cause = None
    bound = asyncio.timeout(request.within)
    try:
        try:
            with _marked(call.client):
                async with bound:
                    request.give(await _awaited(_Question(request, call.credential)))
        except Exception as error:  # noqa: BLE001
            if bound.expired():
                request.expire()
                cause = None if isinstance(error, TimeoutError) else error
            else:
                cause = _refuse(request, call, error)
        outcome: _T | _core.TokenRequest = await settled(request.proceed(), call, flight, progress)
    except AppAssignError as error:
        if cause is None or not isinstance(error, _BY_CREDENTIAL):
            raise
        raise error from cause
    else:
        return outcome
    finally:
        del cause


@contextmanager
def _marked(client: _core.Client | None) -> Generator[None]:
    """Mark that this context asks the credential of that client, wherever the credential goes with it."""
    if client is None:
        yield
        return
    asked = _asked.set((*_asked.get(), id(client)))
    client.begin_asking()
    try:
        yield
    finally:
        client.end_asking()
        # The collector closes a coroutine whose loop has gone, and does so in a context of its own.
        with suppress(ValueError):
            _asked.reset(asked)


def refuse_reentry(client: _core.Client) -> None:
    """Raise if the call of a client comes from the credential that this client is asking: it would wait for itself."""
    if id(client) in _asked.get():
        raise RuntimeError(
            "the credential called the client that is asking it for a token: it must get its token some other way"
        )


class _Question:
    """A question to a credential, and what came of it. Its repr shows neither: a credential may show its secret."""

    __slots__ = ("_ask", "_forgotten", "_given", "_raised")

    def __init__(self, request: _core.TokenRequest, credential: Credential | None) -> None:
        # The answer to a claims challenge is declared to be understood: the core comes back with the claims.
        options: dict[str, Any] = {"enable_cae": True}
        if request.claims is not None:
            options["claims"] = request.claims
        self._ask = _asking(credential, request.scope, request.authority, options)
        self._given: list[object] = []
        self._raised: list[BaseException] = []
        self._forgotten = False

    def is_asynchronous(self) -> bool:
        """Whether to ask is to get a coroutine at once."""
        import inspect

        asked = self._ask.func
        try:
            return inspect.iscoroutinefunction(asked) or inspect.iscoroutinefunction(_attribute(asked, "__call__"))
        except Exception:  # noqa: BLE001  (as for `_attribute`)
            return False

    def ask(self) -> object:
        """What the credential gives."""
        return self._ask()

    def ask_in_a_thread(self) -> None:
        """Keep what it gives, or raises, until `take`."""
        try:
            given = [self._ask()]
        except BaseException as error:  # noqa: BLE001  (it is raised where the credential is awaited)
            self._raised.append(error)
        else:
            if not self._forgotten:
                self._given = given

    def take(self) -> object:
        """Raise or give what was kept."""
        if self._raised:
            raise self._raised.pop()
        return self._given.pop()

    def forget(self) -> None:
        """Keep nothing any more."""
        self._forgotten = True
        self._given = []


def _asking(
    credential: Credential | None, scope: str, authority: str, options: dict[str, Any]
) -> functools.partial[Any]:
    """What to call, as this kind of credential understands the question: nothing with a frame that shows it."""
    from functools import partial

    if credential is None:
        return partial(_ask_default, authority, scope, options)
    get_token_info = _attribute(credential, "get_token_info")
    if get_token_info is not None:
        return partial(get_token_info, scope, options=options)
    get_token = _attribute(credential, "get_token")
    if get_token is not None:
        return partial(get_token, scope, **options)
    function: Any = credential
    return partial(function)


def _attribute(credential: object, name: str) -> Any:  # noqa: ANN401
    """An attribute, or None: a proxy may raise whatever it likes instead of saying that it has none."""
    try:
        return getattr(credential, name, None)
    except Exception:  # noqa: BLE001
        return None


def _ask_default(authority: str, scope: str, options: dict[str, Any]) -> object:
    """What azure-identity's own choice gives, where the caller named nobody."""
    key = (os.getpid(), authority)
    if key not in _defaults:
        _defaults.setdefault(key, _default(authority))
    return _defaults[key].get_token_info(scope, options=options)


def _default(authority: str) -> Any:  # noqa: ANN401  (azure-identity need not be there for type checkers either)
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
    return DefaultAzureCredential(authority=authority)


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


async def _awaited(question: _Question) -> object:
    """What a credential gives: on this loop if it is asynchronous, in a thread of its own if it may block."""
    import inspect

    given = question.ask() if question.is_asynchronous() else await _in_a_thread(question)
    while inspect.isawaitable(given):
        given = await given
    return given


async def _in_a_thread(question: _Question) -> object:
    """What a function gives that may block.

    Not `asyncio.to_thread`: its few threads would all be taken by credentials that hang, and the process could not end
    before they do. Nor does the token pass as an argument of a callback, which asyncio's debug mode would print.
    """
    import asyncio
    import contextvars
    import threading

    loop = asyncio.get_running_loop()
    done = loop.create_future()
    context = contextvars.copy_context()

    def settle() -> None:
        if not done.done():
            done.set_result(None)

    def work() -> None:
        context.run(question.ask_in_a_thread)
        with suppress(RuntimeError):  # the loop was closed meanwhile, and nobody waits
            loop.call_soon_threadsafe(settle)

    threading.Thread(target=work, name="appassign-credential", daemon=True).start()
    try:
        await done
    except BaseException:
        question.forget()
        raise
    return question.take()


def _refuse(request: _core.TokenRequest, call: _core.Call[Any], error: Exception) -> Exception | None:
    """Tell the call that there is no token; give what the credential raised, if it did."""
    if isinstance(error, _NoTokenError):
        request.refuse(str(error), error.hint)
        return None
    try:
        said = str(error).strip().partition("\n")[0]
    except Exception:  # noqa: BLE001
        said = ""
    hint = None
    if call.credential is None:
        who = "DefaultAzureCredential"
        hint = "sign in (az login), set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or pass credential="
    elif _attribute(call.credential, "get_token_info") or _attribute(call.credential, "get_token"):
        who = type(call.credential).__name__
    else:
        who = f"{_attribute(call.credential, '__name__') or type(call.credential).__name__}()"
    if isinstance(error, TypeError) and "enable_cae" in said:
        hint = "get_token takes azure-core's keywords: *scopes, claims=None, tenant_id=None, enable_cae=False, **kwargs"
    elif isinstance(error, TypeError) and "required positional argument" in said:
        hint = "a callable is called without arguments"
    elif isinstance(error, RuntimeError) and "event loop" in said:
        hint = "a function that needs the running event loop must be an async def; any other is called in a thread"
    message = f"{who} raised {type(error).__name__}{': ' if said else ''}{said}"
    request.refuse(message.encode("utf-8", "backslashreplace").decode(), hint)
    return error
