"""The action: ``mobileApp: assign``."""

from __future__ import annotations

from . import _core

TYPE_CHECKING = False
if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable


def assign(
    app: str | uuid.UUID | _core.MobileAppPath,
    assignments: Iterable[_core.MobileAppGroupAssignment],
    *,
    credential: str | None = None,
    base_url: str | None = None,
    cloud: str = "global",
    timeout: float = 180.0,
) -> _core.AssignReceipt:
    """Replace ALL assignments of an app by these: what is not in the list is deleted.

    Sends exactly one POST with ``{"mobileAppGroupAssignments": [...]}``, the form that Graph's beta documented in
    2017. The live service has taken only the newer ``mobileAppAssignments`` form since January 2018, and answers
    this one with 400 ``ModelValidationFailure``; the emulator's profile ``"2017"`` takes it.

    Other Python threads go on while the call waits, Ctrl-C is heard, and a running event loop is no obstacle.

    Args:
        app: The app's id (``mobileAppId``), or a `MobileAppPath` for one of the four documented paths.
        assignments: What the app is to have, 1 to 1,000 `MobileAppGroupAssignment`; any iterable.
        credential: An access token for Microsoft Graph. The documented permission is the delegated
            ``DeviceManagementApps.ReadWrite.All``. ``None``: ``APPASSIGN_TOKEN``, if ``APPASSIGN_BASE_URL`` names
            the service.
        base_url: The service's URL up to the version segment, such as ``https://graph.microsoft.com/beta``; plain
            http is for loopback alone. ``None``: ``APPASSIGN_BASE_URL`` (loopback alone), else the cloud's ``/beta``.
        cloud: ``"global"``, ``"usgov"``, ``"dod"`` or ``"china"``.
        timeout: Seconds for the whole call, above zero. One request gets at most 60 of them, and connecting 10.

    Returns:
        What the service answered. Any status from 200 to 204 is success; 204 is the documented one.

    Raises:
        InvalidInputError: An id, a collection or an assignment that cannot be sent; nothing was sent.
        ConfigurationError: A token, base URL, cloud or timeout that cannot be used; nothing was sent.
        CredentialError: There is no token; nothing was sent.
        StatusError: Graph refused. The subclass tells the status, ``.code`` and ``.message`` what Graph said.
        ResponseError: The answer is one that Graph does not document.
        TransportError: No usable answer; ``.outcome`` tells whether the request may have been applied.
        TypeError: An argument of the wrong type.

    Sources: Graph beta documentation of ``mobileApp: assign`` (paths, body, headers, 204, permission). That it
    replaces is documented nowhere; users found it out (microsoft/Intune-PowerShell-SDK#70: 103 assignments deleted).
    The refusal of this form since 2018: microsoftgraph/microsoft-graph-docs#2183.
    """
    try:
        return _core.assign(app, assignments, credential, base_url, cloud, timeout)
    finally:
        del credential  # tracebacks that show the locals of each frame must not show a token


async def assign_async(
    app: str | uuid.UUID | _core.MobileAppPath,
    assignments: Iterable[_core.MobileAppGroupAssignment],
    *,
    credential: str | None = None,
    base_url: str | None = None,
    cloud: str = "global",
    timeout: float = 180.0,  # noqa: ASYNC109  (the twins have one signature; the core keeps the time)
) -> _core.AssignReceipt:
    """`assign`, awaited: on any asyncio loop; to cancel the await is to break off the call."""
    try:
        future, flight = _core.assign_async(app, assignments, credential, base_url, cloud, timeout)
    finally:
        del credential
    try:
        return await future
    except BaseException:
        flight.abort()
        raise
