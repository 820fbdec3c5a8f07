"""`Client` and `AsyncClient`: calls that share a token, connections, and what the service has said of its limits."""

from __future__ import annotations

from . import _core
from ._call import promise, run

TYPE_CHECKING = False
if not TYPE_CHECKING:

    def overload(function: object) -> object:
        """Stand in for typing's, which checkers alone need: to import it would cost more than to make a client."""
        return function


if TYPE_CHECKING:
    import os
    import uuid
    from collections.abc import Callable, Iterable, Mapping
    from types import TracebackType
    from typing import (
        Any,
        Literal,
        NoReturn,
        Self,
        overload,  # noqa: TC004  (when a program runs, it is the one above)
    )

    from ._credential_types import Credential, SyncCredential


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
        rate_limit: float | None = None,
        journal: str | os.PathLike[str] | None = None,
    ) -> None:
        try:
            self._native = _core.Client(
                credential, base_url, cloud, timeout, attempts, ca_bundle, proxy, rate_limit, journal
            )
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
    the others go on; the pace, which keeps them within the service's quota; the wait that a 429 asks for, which holds
    back all of them; and a budget of retries, so that an outage is not made worse by it.

    Args:
        credential: An access token for Microsoft Graph; a callable that returns one; or an azure-identity credential
            (any object with azure-core's ``get_token_info`` or ``get_token``), which is asked for the cloud's
            ``/.default`` scope by one of the calls that need it, on that call's thread. ``None``: as for `assign`.
        base_url: The service's URL up to the version segment, such as ``https://graph.microsoft.com/beta``; plain
            http is for loopback alone. ``None``: ``APPASSIGN_BASE_URL`` (loopback alone), else the cloud's ``/beta``.
        cloud: ``"global"``, ``"usgov"``, ``"dod"`` or ``"china"``; it decides the root and the token's scope.
        timeout: Seconds for a whole call, above zero: waits, retries and the credential's time included.
        attempts: How often a request may be sent, the first time included. A planned call has several requests.
        ca_bundle: A PEM file of CA certificates, which alone are trusted then. ``None``: the file that
            ``SSL_CERT_FILE`` or ``REQUESTS_CA_BUNDLE`` names, else the system's.
        proxy: The URL of an http or https proxy, such as ``http://user:password@proxy.example:3128``. ``None``:
            ``HTTPS_PROXY``, ``ALL_PROXY`` and ``NO_PROXY``, else the system's. Loopback is never proxied.
        rate_limit: Writes a second, above zero. Ten times as many requests of any kind go in the same time. 5 means 100
            in 20 s, as Graph publishes for one application in one tenant; they may go at once. A call whose turn cannot
            come within its timeout raises. ``None``: that quota, and none on loopback. ``float("inf")``: no quota.
        journal: A file in which `change`, `apply` and `undo` note what an app held, and what it is to hold, before they
            send anything, and then what became of it: JSON lines with a checksum each, never with a token.
            `read_journal` reads it. It is made with mode 0600. Processes that share it write one after the other.

    Raises:
        ConfigurationError: A token, base URL, cloud, timeout, number of attempts, rate or proxy that cannot be used. A
            ``ca_bundle`` is read at the first call, and refused there.
        TypeError: An argument of the wrong type.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        def __init__(
            self,
            credential: SyncCredential | None = None,
            *,
            base_url: str | None = None,
            cloud: str = "global",
            timeout: float = 180.0,
            attempts: int = 4,
            ca_bundle: str | os.PathLike[str] | None = None,
            proxy: str | None = None,
            rate_limit: float | None = None,
            journal: str | os.PathLike[str] | None = None,
        ) -> None: ...

    def assign(
        self,
        app: str | uuid.UUID | _core.MobileAppPath,
        assignments: Iterable[_core.MobileAppAssignment] | Iterable[_core.MobileAppGroupAssignment],
    ) -> _core.AssignReceipt:
        """Replace ALL assignments of an app by these: what is not in the list is deleted.

        As the function `assign`, with what the client was made with. To keep the rest: `change`.

        Args:
            app: The app's id (``mobileAppId``), or a `MobileAppPath` for one of the four documented paths.
            assignments: What the app is to have: 1 to 1,000 `MobileAppAssignment`, or as many
                `MobileAppGroupAssignment`; any iterable.

        Returns:
            What the service answered.

        Raises:
            ClientClosedError: The client was closed.
            ThrottledError: Besides a 429 of its own: another call of this client was told to wait for longer than this
                one can; ``retry_after`` tells how long. ``outcome`` is ``"not_sent"`` then, unless this call had sent a
                request before.
            RequestTimeoutError: Besides what `assign` means by it: the client's own pace left no room in time.
            RuntimeError: The client's own credential made the call.
            AppAssignError: Whatever `assign` raises.
        """
        return run(_core.Call.assign(self._native, app, assignments))

    def assignments(self, app_id: str | uuid.UUID) -> list[_core.MobileAppAssignment]:
        """Read all assignments of an app.

        Graph at times lists none where there are some, without an error (almenscorner/IntuneCD#163): an empty list
        counts only if the app says of itself that it is not assigned.

        Args:
            app_id: The app's id (``mobileAppId``).

        Returns:
            The assignments of all pages, in the service's order, with everything that it says of them.

        Raises:
            ConfigurationError: The client's base URL does not end in ``/beta``: v1.0 hides filters and some settings.
            ResponseError: A list that cannot be relied on: an empty one of an app that is assigned, pages that lead in
                a circle or elsewhere, two entries that contradict each other.
            AppAssignError: As for `assign`; ``outcome`` is always ``"not_sent"``: nothing was to be written.
        """
        return run(_core.Call.assignments(self._native, app_id))

    def apps(self) -> list[_core.MobileApp]:
        """List the apps of the tenant: their ids, names and types, and whether they are assigned.

        Asks for ``id``, ``displayName`` and ``isAssigned`` alone. A list of several pages is read until two readings
        agree: what changes between two pages would shift apps out of sight.

        Returns:
            The apps of all pages, in the service's order.

        Raises:
            ConfigurationError: The client's base URL does not end in ``/beta``.
            ResponseError: A list that cannot be relied on: pages that lead in a circle or elsewhere, another list each
                time.
            AppAssignError: As for `assignments`.

        Source: List mobileApps; ``isAssigned`` in Graph's CSDL of beta.
        """
        return run(_core.Call.apps(self._native, only_one=False))

    @overload
    def plan(
        self,
        app_id: str | uuid.UUID,
        *,
        add: Iterable[_core.MobileAppAssignment] = (),
        remove: Iterable[_core.MobileAppAssignment | _core.AssignmentTarget] = (),
        replace: None = None,
    ) -> _core.Plan: ...

    @overload
    def plan(
        self,
        app_id: str | uuid.UUID,
        *,
        replace: Iterable[_core.MobileAppAssignment],
    ) -> _core.Plan: ...

    def plan(
        self,
        app_id: str | uuid.UUID,
        *,
        add: Iterable[_core.MobileAppAssignment] = (),
        remove: Iterable[_core.MobileAppAssignment | _core.AssignmentTarget] = (),
        replace: Iterable[_core.MobileAppAssignment] | None = None,
    ) -> _core.Plan:
        """See what a change would do to an app. Nothing is written.

        An assignment is known by its target's type and id and its intent. What is not named stays as it is, with its
        settings, its filter, and whatever else the service says of it.

        Args:
            app_id: The app's id (``mobileAppId``).
            add: What is to be there too. Where it is there already, it stays as it is if the added one says nothing
                else; to change its filter or settings, name it in ``remove`` as well.
            remove: What is to be gone: assignments, or targets whatever the intent. What is not there is a warning.
            replace: All that the app is to have; it goes alone. An empty list clears the app.

        Returns:
            The plan: print it, keep it as JSON, give it to `apply`.

        Raises:
            PlanError: An added entry contradicts what is there; or the app holds an entry of a policy set, and what
                ``assign`` does to that is not known.
            InvalidInputError: An entry that cannot be sent, or two with one key.
            TypeError: An argument of the wrong type; ``replace`` beside the others.
            AppAssignError: As for `assignments`.
        """
        return run(_core.Call.plan(self._native, app_id, add, remove, replace))

    def change(
        self,
        app_id: str | uuid.UUID,
        *,
        add: Iterable[_core.MobileAppAssignment] = (),
        remove: Iterable[_core.MobileAppAssignment | _core.AssignmentTarget] = (),
        reason: str | None = None,
    ) -> _core.ApplyReceipt:
        """Add and remove assignments of an app, and keep all others as they are.

        Reads, plans as `plan` does, writes the whole set if anything changes, and reads again to verify it, at once and
        then for up to 31.5 s, as Graph's lists may lag behind. One call at a time changes an app in this process. If
        somebody else changes it meanwhile and that is noticed, it is planned again, three times in all.

        What is not noticed is what somebody else writes between the read and the write, a window of one round trip:
        Graph has no way to make a write conditional. Their write is lost then. Processes that share a ``journal`` do
        not meet there.

        Args:
            app_id: The app's id (``mobileAppId``).
            add: As for `plan`.
            remove: As for `plan`.
            reason: Why, for the receipt and the journal.

        Returns:
            What the app held and holds, and what the service answered: `undo` takes it.

        Raises:
            StalePlanError: Somebody else changed the app, three times in a row.
            VerificationError: The service took the write, and the app does not hold what was written.
            JournalError: The journal cannot be written; nothing is sent that is not in it.
            AppAssignError: As for `plan` and `assign`. After a fault that leaves the outcome unknown, the app is read
                before anything is sent again: if the write is found done, the receipt is ``recovered``.
        """
        return run(_core.Call.change(self._native, app_id, add, remove, reason))

    def apply(
        self,
        plan: _core.Plan,
        *,
        max_removals: int | None = None,
        allow_empty: bool = False,
        reason: str | None = None,
    ) -> _core.ApplyReceipt:
        """Write what was planned, if the app still holds what it held then.

        Reads first, and writes and verifies as `change` does. If the app holds already what is wanted, nothing is
        written.

        Args:
            plan: A plan of `plan`, or one that `Plan.from_json` read.
            max_removals: How many assignments it may remove. ``None``: as many as it says.
            allow_empty: Whether it may leave the app without any.
            reason: Why, for the receipt and the journal.

        Returns:
            What the app held and holds, and what the service answered: `undo` takes it.

        Raises:
            LimitError: It would remove more than it may. Nothing was sent.
            StalePlanError: The app holds something else than was planned for. Nothing was written by this call, unless
                ``outcome`` says so.
            VerificationError: As for `change`.
            JournalError: As for `change`.
            AppAssignError: As for `assign`.
        """
        return run(_core.Call.apply(self._native, plan, max_removals, allow_empty, reason))

    def undo(self, receipt: _core.ApplyReceipt) -> _core.ApplyReceipt:
        """Have an app hold what it held before a write, if it still holds what it held after it.

        Args:
            receipt: Of `change`, `apply` or `undo`, today's or one from `read_journal`. To see first what would change:
                ``client.plan(receipt.app_id, replace=receipt.before)``.

        Returns:
            Another receipt, which can be undone too.

        Raises:
            StalePlanError: Somebody changed the app since; their change stands.
            AppAssignError: As for `apply`.
        """
        return run(_core.Call.undo(self._native, receipt))

    def plan_many(
        self,
        changes: Iterable[_core.Change] | Mapping[str, Mapping[str, Any]],
        *,
        concurrency: int = 16,
        progress: Callable[[int, int], object] | Literal[True] | None = None,
    ) -> _core.PlanReport:
        """See what many changes would do, each to another app. Nothing is written.

        What fails is an error in its place in the report, and the others go on. No more are begun after an error that
        all of them would meet: no token, 401 after its renewal, a proxy that refuses the password, 403 for the first
        three apps, five failures of the service in a row and three more when it is tried again after 5, 10 and 20 s.
        Those that were not begun have the same error, with ``outcome`` ``"not_sent"`` and no attempts.

        Ctrl-C, and whatever else interrupts the call, has the report so far as its attribute ``report``.

        Args:
            changes: `Change`, up to 100,000; any iterable, taken as a whole before anything is sent. Or a mapping from
                ids of apps to the other arguments of a `Change`: ``{app_id: {"add": [...]}}``.
            concurrency: How many apps are under way at a time, 1 to 256. The client's pace is kept anyway.
            progress: A function, called now and then on this thread with the number of apps that are done and of all;
                ``True`` for a bar of tqdm, if that is installed.

        Returns:
            What became of each change, in their order.

        Raises:
            InvalidInputError: An app that is there twice, too many changes, a ``concurrency`` out of range.
            ConfigurationError: The client's base URL does not end in ``/beta``; there is no tqdm.
            TypeError: An argument of the wrong type.
            ClientClosedError: The client was closed.

        What the iterable raises passes through, with a note of how far it had come; nothing was sent then.
        """
        from ._progress import run_many

        return run_many(_core.Call.plan_many(self._native, changes, concurrency), progress)

    def apply_many(
        self,
        plans: Iterable[_core.Plan] | _core.PlanReport,
        *,
        max_removals: int | None = None,
        allow_empty: bool = False,
        concurrency: int = 16,
        progress: Callable[[int, int], object] | Literal[True] | None = None,
        reason: str | None = None,
    ) -> _core.ApplyReport:
        """Write what was planned, each plan as `apply` does: read, write, verify, with the client's journal.

        It stops as `plan_many` does, and at a journal that cannot be written. Killed and run again from `plan_many` on,
        it does what is left: what is done plans as nothing to do, and of what was in doubt `read_journal` tells.

        Ctrl-C, and whatever else interrupts the call, has the report so far as its attribute ``report``. Writes that
        were begun get 5 seconds to come to their end first.

        Args:
            plans: Plans, each of another app, up to 100,000; any iterable, taken as a whole before anything is sent.
                A report of `plan_many` goes as it is if nothing in it failed.
            max_removals: How many assignments all plans together may remove.
            allow_empty: Whether plans may leave an app without any assignment.
            concurrency: How many apps are under way at a time, 1 to 256. The client's pace is kept anyway.
            progress: As for `plan_many`.
            reason: Why, for the receipts and the journal.

        Returns:
            What became of each plan, in their order.

        Raises:
            LimitError: The plans remove more than ``max_removals``, or clear an app; nothing was sent.
            InvalidInputError: An app that is there twice, too many plans, a ``concurrency`` out of range, a report in
                which something failed.
            ConfigurationError: As for `plan_many`.
            TypeError: An argument of the wrong type.
            ClientClosedError: The client was closed.
        """
        from ._progress import run_many

        call = _core.Call.apply_many(self._native, plans, max_removals, allow_empty, concurrency, reason)
        return run_many(call, progress)

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
        assignments: Iterable[_core.MobileAppAssignment] | Iterable[_core.MobileAppGroupAssignment],
    ) -> _core.AssignReceipt:
        """`Client.assign`, awaited; to cancel the await is to break off the call."""
        return await promise(_core.Call.assign(self._native, app, assignments))

    async def assignments(self, app_id: str | uuid.UUID) -> list[_core.MobileAppAssignment]:
        """`Client.assignments`, awaited."""
        return await promise(_core.Call.assignments(self._native, app_id))

    async def apps(self) -> list[_core.MobileApp]:
        """`Client.apps`, awaited."""
        return await promise(_core.Call.apps(self._native, only_one=False))

    @overload
    async def plan(
        self,
        app_id: str | uuid.UUID,
        *,
        add: Iterable[_core.MobileAppAssignment] = (),
        remove: Iterable[_core.MobileAppAssignment | _core.AssignmentTarget] = (),
        replace: None = None,
    ) -> _core.Plan: ...

    @overload
    async def plan(
        self,
        app_id: str | uuid.UUID,
        *,
        replace: Iterable[_core.MobileAppAssignment],
    ) -> _core.Plan: ...

    async def plan(
        self,
        app_id: str | uuid.UUID,
        *,
        add: Iterable[_core.MobileAppAssignment] = (),
        remove: Iterable[_core.MobileAppAssignment | _core.AssignmentTarget] = (),
        replace: Iterable[_core.MobileAppAssignment] | None = None,
    ) -> _core.Plan:
        """`Client.plan`, awaited."""
        return await promise(_core.Call.plan(self._native, app_id, add, remove, replace))

    async def change(
        self,
        app_id: str | uuid.UUID,
        *,
        add: Iterable[_core.MobileAppAssignment] = (),
        remove: Iterable[_core.MobileAppAssignment | _core.AssignmentTarget] = (),
        reason: str | None = None,
    ) -> _core.ApplyReceipt:
        """`Client.change`, awaited.

        Cancelled before it writes, it ends at once, and nothing was sent. Cancelled later, it finishes the write first,
        within 5 seconds, and the journal tells what became of it; to cancel it again does not wait.
        """
        return await promise(_core.Call.change(self._native, app_id, add, remove, reason))

    async def apply(
        self,
        plan: _core.Plan,
        *,
        max_removals: int | None = None,
        allow_empty: bool = False,
        reason: str | None = None,
    ) -> _core.ApplyReceipt:
        """`Client.apply`, awaited; cancelled as `change`."""
        return await promise(_core.Call.apply(self._native, plan, max_removals, allow_empty, reason))

    async def undo(self, receipt: _core.ApplyReceipt) -> _core.ApplyReceipt:
        """`Client.undo`, awaited; cancelled as `change`."""
        return await promise(_core.Call.undo(self._native, receipt))

    async def plan_many(
        self,
        changes: Iterable[_core.Change] | Mapping[str, Mapping[str, Any]],
        *,
        concurrency: int = 16,
        progress: Callable[[int, int], object] | Literal[True] | None = None,
    ) -> _core.PlanReport:
        """`Client.plan_many`, awaited; ``progress`` is called in the task."""
        from ._progress import promise_many

        return await promise_many(_core.Call.plan_many(self._native, changes, concurrency), progress)

    async def apply_many(
        self,
        plans: Iterable[_core.Plan] | _core.PlanReport,
        *,
        max_removals: int | None = None,
        allow_empty: bool = False,
        concurrency: int = 16,
        progress: Callable[[int, int], object] | Literal[True] | None = None,
        reason: str | None = None,
    ) -> _core.ApplyReport:
        """`Client.apply_many`, awaited; ``progress`` is called in the task."""
        from ._progress import promise_many

        call = _core.Call.apply_many(self._native, plans, max_removals, allow_empty, concurrency, reason)
        return await promise_many(call, progress)

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
