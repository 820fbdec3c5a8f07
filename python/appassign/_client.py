"""`Client` and `AsyncClient`: calls that share a token, connections, and what the service has said of its limits."""

from __future__ import annotations

from . import _core
from ._call import promise, run

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    import uuid
    from collections.abc import Iterable
    from types import TracebackType
    from typing import NoReturn, Self

    from ._credential_types import Credential


class _Base:
    """What the twins have in common. The credential is the native half's to keep: nothing here can show it."""

    __slots__ = ("__weakref__", "_native")

    def __init__(
        self,
        credential: Credential | None = None,
        *,
        base_url: str | None = None,
        cloud: str = "global",
        timeout: float = 180.0,
        attempts: int = 4,
        ca_bundle: str | os.PathLike[str] | None = None,
        proxy: str | None = None,
    ) -> None:
        try:
            self._native = _core.Client(credential, base_url, cloud, timeout, attempts, ca_bundle, proxy)
        finally:
            del credential, base_url, proxy  # tracebacks that show the locals of each frame must not show a secret

    def __reduce__(self) -> NoReturn:
        name = type(self).__name__
        raise TypeError(f"{name} cannot be copied or pickled: it has connections and a credential; make another one")

    def __repr__(self) -> str:
        # A traceback that shows locals also shows one whose arguments were refused.
        native = getattr(self, "_native", None)
        return f"<{type(self).__name__} of {native.base_url if native else 'nothing'}>"


class Client(_Base):
    """Makes calls that belong together: one credential, shared connections, and the pace that the service allows.

    Any number of threads may use one. It works without ``with`` too; `close` then lets go of its connections, as does
    the garbage collector. In a forked child it makes connections of its own.

    What its calls share: the token, which is kept until 5 minutes before its end and then renewed by one of them while
    the others go on; the wait that a 429 asks for, which holds back all of them; and a budget of retries, so that
    an outage is not made worse by it.

    Args:
        credential: An access token for Microsoft Graph; a callable that returns one; or an azure-identity credential
            (any object with azure-core's ``get_token_info`` or ``get_token``), which is asked for the cloud's
            ``/.default`` scope by one of the calls that need it, on that call's thread. ``None``: as for `assign`.
        base_url: The service's URL up to the version segment, such as ``https://graph.microsoft.com/beta``; plain
            http is for loopback alone. ``None``: ``APPASSIGN_BASE_URL`` (loopback alone), else the cloud's ``/beta``.
        cloud: ``"global"``, ``"usgov"``, ``"dod"`` or ``"china"``; it decides the root and the token's scope.
        timeout: Seconds for a whole call, above zero: waits, retries and the credential's time included.
        attempts: How many requests a call may make, the first one included.
        ca_bundle: A PEM file of CA certificates, which alone are trusted then. ``None``: the file that
            ``SSL_CERT_FILE`` or ``REQUESTS_CA_BUNDLE`` names, else the system's.
        proxy: The URL of an http or https proxy, such as ``http://user:password@proxy.example:3128``. ``None``:
            ``HTTPS_PROXY``, ``ALL_PROXY`` and ``NO_PROXY``, else the system's. Loopback is never proxied.

    Raises:
        ConfigurationError: A token, base URL, cloud, timeout, number of attempts or proxy that cannot be used. A
            ``ca_bundle`` is read at the first call, and refused there.
        TypeError: An argument of the wrong type.
    """

    __slots__ = ()

    def assign(
        self,
        app: str | uuid.UUID | _core.MobileAppPath,
        assignments: Iterable[_core.MobileAppGroupAssignment],
    ) -> _core.AssignReceipt:
        """Replace ALL assignments of an app by these: what is not in the list is deleted.

        As the function `assign`, with what the client was made with.

        Args:
            app: The app's id (``mobileAppId``), or a `MobileAppPath` for one of the four documented paths.
            assignments: What the app is to have, 1 to 1,000 `MobileAppGroupAssignment`; any iterable.

        Returns:
            What the service answered.

        Raises:
            ClientClosedError: The client was closed.
            ThrottledError: Besides a 429 of its own: another call of this client was told to wait for longer than this
                one can; ``retry_after`` tells how long. ``outcome`` is ``"not_sent"`` then, unless this call had sent a
                request before.
            RuntimeError: The client's own credential made the call.
            AppAssignError: Whatever `assign` raises.
        """
        return run(_core.Assign.of(self._native, app, assignments))

    def close(self) -> None:
        """Take no more calls. Those in flight end as they would; then the connections are closed."""
        self._native.close()

    def __enter__(self) -> Self:
        self._native.check()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


class AsyncClient(_Base):
    """`Client`, awaited: on any asyncio loop, and on several of them.

    The arguments are those of `Client`. The credential may be asynchronous too.
    """

    __slots__ = ()

    async def assign(
        self,
        app: str | uuid.UUID | _core.MobileAppPath,
        assignments: Iterable[_core.MobileAppGroupAssignment],
    ) -> _core.AssignReceipt:
        """`Client.assign`, awaited; to cancel the await is to break off the call."""
        return await promise(_core.Assign.of(self._native, app, assignments))

    async def close(self) -> None:
        """Take no more calls. Those in flight end as they would; then the connections are closed."""
        self._native.close()

    async def __aenter__(self) -> Self:
        self._native.check()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()
