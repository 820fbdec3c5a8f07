"""The action: ``mobileApp: assign``."""

from __future__ import annotations

from . import _core
from ._call import promise, run

TYPE_CHECKING = False
if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable

    from ._credential_types import Credential, SyncCredential


def assign(
    app: str | uuid.UUID | _core.MobileAppPath,
    assignments: Iterable[_core.MobileAppAssignment] | Iterable[_core.MobileAppGroupAssignment],
    *,
    credential: SyncCredential | None = None,
    base_url: str | None = None,
    cloud: str = "global",
    timeout: float = 180.0,
    attempts: int = 4,
) -> _core.AssignReceipt:
    """Replace ALL assignments of an app by these: what is not in the list is deleted.

    Sends exactly one POST when all goes well. To add or remove some and keep the rest: `Client.change`.

    The kind of the assignments decides the form on the wire, and nothing is translated silently.
    `MobileAppAssignment` goes as ``{"mobileAppAssignments": [...]}``, which the live service takes.
    `MobileAppGroupAssignment` goes as ``{"mobileAppGroupAssignments": [...]}``, the form that Graph's beta documented
    in 2017: the live service has answered it with 400 ``ModelValidationFailure`` since January 2018; the emulator's
    profile ``"2017"`` takes it, and ``to_mobile_app_assignment()`` makes today's form of it.

    Other Python threads go on while the call waits, Ctrl-C is heard, and a running event loop is no obstacle.

    Args:
        app: The app's id (``mobileAppId``), or a `MobileAppPath` for one of the four documented paths.
        assignments: What the app is to have: 1 to 1,000 `MobileAppAssignment`, or as many `MobileAppGroupAssignment`;
            any iterable. An empty one is refused: `Client.plan` with ``replace=[]`` and `Client.apply` clear an app.
        credential: An access token for Microsoft Graph; a callable that returns one; or an azure-identity credential
            (any object with azure-core's ``get_token_info`` or ``get_token``), which is asked for the cloud's
            ``/.default`` scope on this thread. The documented permission is the delegated
            ``DeviceManagementApps.ReadWrite.All``. ``None``: ``APPASSIGN_TOKEN``, if ``APPASSIGN_BASE_URL`` names the
            service; else ``azure.identity.DefaultAzureCredential``, if that package is installed.
        base_url: The service's URL up to the version segment, such as ``https://graph.microsoft.com/beta``; plain
            http is for loopback alone. ``None``: ``APPASSIGN_BASE_URL`` (loopback alone), else the cloud's ``/beta``.
        cloud: ``"global"``, ``"usgov"``, ``"dod"`` or ``"china"``; it decides the root and the token's scope. A
            ``base_url`` on one of Graph's own hosts tells its cloud by itself.
        timeout: Seconds for the whole call, above zero: all requests, the waits between them, and the credential's
            time. One request gets at most 60 of them, and connecting 10. A credential that blocks this thread cannot
            be cut short.
        attempts: How many requests the call may make, the first one included.

    The request is sent again, after a wait, when no connection came about or it broke, when there was no answer in
    time, and after 408, 429, 500, 502, 503 and 504. That is safe here: it says what the app shall have, whatever is
    there, and so does the one before; but what somebody else wrote in between is replaced too. The wait is what the
    service asks for (``Retry-After``) and up to a tenth more, else up to 0.5 s (after a 429: 1 s), doubled each time.
    If it asks for more than 120 s, or more than the call has left, the error is raised at once, with ``retry_after``.
    A 401 renews the token once: the credential is asked again, with the claims that the service wants (continuous
    access evaluation), and if it gives another token, the request is sent again.

    What happens is logged by the logger ``appassign``: a wait as WARNING, the end of the call as INFO, each request as
    DEBUG.

    Returns:
        What the service answered. Any status from 200 to 204 is success; 204 is the documented one.

    Raises:
        InvalidInputError: An id, a collection or an assignment that cannot be sent; nothing was sent.
        ConfigurationError: A token, base URL, cloud or timeout that cannot be used; nothing was sent.
        CredentialError: The credential gave no token; ``__cause__`` is what it raised. Nothing was sent.
        StatusError: Graph refused. The subclass tells the status, ``.code`` and ``.message`` what Graph said, and
            ``.hint`` what to do.
        ResponseError: The answer is one that Graph does not document.
        TransportError: No usable answer; ``.outcome`` tells whether the request may have been applied.
        TypeError: An argument of the wrong type.

    Sources: Graph beta documentation of ``mobileApp: assign`` (paths, body, headers, 204, permission). That it
    replaces is documented nowhere; users found it out (microsoft/Intune-PowerShell-SDK#70: 103 assignments deleted).
    The refusal of this form since 2018: microsoftgraph/microsoft-graph-docs#2183.
    """
    try:
        call = _core.Call(app, assignments, credential, base_url, cloud, timeout, attempts)
    finally:
        del credential, base_url  # tracebacks that show the locals of each frame must not show a secret
    return run(call)


async def assign_async(
    app: str | uuid.UUID | _core.MobileAppPath,
    assignments: Iterable[_core.MobileAppAssignment] | Iterable[_core.MobileAppGroupAssignment],
    *,
    credential: Credential | None = None,
    base_url: str | None = None,
    cloud: str = "global",
    timeout: float = 180.0,  # noqa: ASYNC109  (the twins have one signature; the core keeps the time)
    attempts: int = 4,
) -> _core.AssignReceipt:
    """`assign`, awaited: on any asyncio loop; to cancel the await is to break off the call.

    The credential may be asynchronous too: a callable that returns an awaitable, or one of ``azure.identity.aio``. It
    is awaited in the caller's task, within the call's ``timeout``. Whatever is no ``async def`` may block, and is
    called in a thread of its own.
    """
    try:
        call = _core.Call(app, assignments, credential, base_url, cloud, timeout, attempts)
    finally:
        del credential, base_url
    return await promise(call)
