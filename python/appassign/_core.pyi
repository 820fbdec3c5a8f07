"""The native module. Use the names that ``appassign`` exports."""

import os
import uuid
from asyncio import Future
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar, Self, TypeAlias, final

from ._credential_types import Credential
from ._intent import InstallIntent

__all__ = [
    "Assign",
    "AssignReceipt",
    "Client",
    "Emulator",
    "Flight",
    "MobileAppGroupAssignment",
    "MobileAppPath",
    "TokenRequest",
]

@final
class Assign:
    """One call of the action, accepted. It is made once, by one of the two doors."""

    def __new__(
        cls,
        app: str | uuid.UUID | MobileAppPath,
        assignments: Iterable[MobileAppGroupAssignment],
        credential: Credential | None,
        base_url: str | None,
        cloud: str,
        timeout: float,
        attempts: int,
    ) -> Self: ...
    @staticmethod
    def of(
        client: Client,
        app: str | uuid.UUID | MobileAppPath,
        assignments: Iterable[MobileAppGroupAssignment],
    ) -> Assign:
        """A call of a client's."""
    @property
    def client(self) -> Client | None:
        """The client that makes the call, if one does."""
    @property
    def credential(self) -> Credential | None:
        """What is asked for a token; `None` if there is one already, or nobody was named."""
    def run(self) -> AssignReceipt | TokenRequest:
        """Make the call and wait for it."""
    def promise(self) -> tuple[Future[AssignReceipt | TokenRequest], Flight]:
        """Make the call and give a future of the running event loop."""

@final
class Client:
    """The native half of ``appassign.Client`` and ``appassign.AsyncClient``."""

    def __new__(
        cls,
        credential: Credential | None,
        base_url: str | None,
        cloud: str,
        timeout: float,
        attempts: int,
        ca_bundle: str | os.PathLike[str] | None,
        proxy: str | None,
    ) -> Self: ...
    @property
    def credential(self) -> Credential | None:
        """What is asked for a token; `None` if there is one already, or nobody was named."""
    @property
    def base_url(self) -> str:
        """The service that it calls."""
    def begin_asking(self) -> None:
        """A call starts to ask the credential."""
    def end_asking(self) -> None:
        """A call has ended asking it."""
    def check(self) -> None:
        """Raise if it is closed."""
    def close(self) -> None:
        """Take no more calls, and let go of the connections once those in flight have ended."""

@final
class TokenRequest:
    """A call that stands still until it has a token, or knows that there is none."""

    @property
    def scope(self) -> str:
        """The scope that the token must have."""
    @property
    def authority(self) -> str:
        """The host that issues the cloud's tokens."""
    @property
    def claims(self) -> str | None:
        """What the token must also claim, as JSON, if the service asked for that."""
    @property
    def within(self) -> float:
        """Seconds that the call can wait."""
    def give(self, given: object) -> None:
        """Take what a credential gave, whatever it is."""
    def refuse(self, message: str, hint: str | None) -> None:
        """Take the news that there is no token."""
    def expire(self) -> None:
        """Take the news that no token came in time."""
    def abort(self) -> None:
        """End the call where it stands, if it is not over."""
    def proceed(self) -> Any:  # noqa: ANN401  (which of them, the door decides)
        """Go on with the call: what became of it, the next request, or a future of either."""

@final
class Flight:
    """A call that was promised and may be called off."""

    def abort(self) -> None:
        """End the call where it stands, and have its result forgotten."""

@final
class MobileAppGroupAssignment:
    """An app that goes to a group: Graph's 2017 ``mobileAppGroupAssignment``. Immutable.

    Equality and hash go by the attributes and the unknown properties; absent and null are equal. Properties that a
    server sent and this library does not know are kept, and sent back.

    Args:
        target_group_id: The id of the Azure AD group. Any text but the empty one: the documented example has no GUID.
        install_intent: An `InstallIntent`, or its spelling.
        vpn_configuration_id: The id of a VPN profile that is applied for the app. ``None`` leaves it out.
        id: The entity's key. The service gives its own; ``None`` leaves it out.

    Raises:
        InvalidInputError: A text that cannot be sent; ``.location`` names the argument.
        TypeError: An argument that is no text.

    Source: the ``mobileAppGroupAssignment`` resource in the Graph beta documentation of 2017.
    """

    __match_args__: ClassVar[tuple[str, str, str, str]] = (
        "target_group_id",
        "install_intent",
        "vpn_configuration_id",
        "id",
    )
    def __new__(
        cls,
        *,
        target_group_id: str,
        install_intent: InstallIntent | str,
        vpn_configuration_id: str | None = None,
        id: str | None = None,
    ) -> Self: ...
    @property
    def target_group_id(self) -> str:
        """The id of the Azure AD group that the app goes to."""
    @property
    def install_intent(self) -> InstallIntent | str:
        """An `InstallIntent`; plain text if a server sent one that this library does not know."""
    @property
    def vpn_configuration_id(self) -> str | None:
        """The id of the VPN profile that is applied for the app."""
    @property
    def id(self) -> str | None:
        """The entity's key."""
    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        """Read Graph's JSON, as Python objects. What is accepted comes out of `to_dict` equal.

        Args:
            document: A mapping with the wire's names. ``targetGroupId`` and ``installIntent`` are required.

        Raises:
            InvalidInputError: A property is missing, has the wrong JSON type, or is no strict JSON (nesting of at most
                100, finite numbers, valid Unicode); ``.location`` leads to it, for example ``settings.tags[2]``.
            TypeError: It is no mapping.
        """
    @classmethod
    def from_json(cls, document: str | bytes) -> Self:
        """Read Graph's JSON, as text. Numbers stay as they are spelled.

        Args:
            document: Strict JSON with unique keys; bytes are UTF-8.

        Raises:
            InvalidInputError: As for `from_dict`.
            TypeError: It is neither ``str`` nor ``bytes``.
        """
    def to_dict(self) -> dict[str, Any]:
        """The wire's names and values: ``@odata.type`` first, the documented order, unknown properties last."""
    def to_json(self) -> str:
        """What goes over the wire, in the order of `to_dict`."""
    def replace(
        self,
        *,
        target_group_id: str = ...,
        install_intent: InstallIntent | str = ...,
        vpn_configuration_id: str | None = ...,
        id: str | None = ...,
    ) -> Self:
        """The same assignment with some attributes changed and everything else kept, unknown properties included.

        Args:
            target_group_id: As for the class.
            install_intent: As for the class.
            vpn_configuration_id: As for the class; ``None`` leaves it out.
            id: As for the class; ``None`` leaves it out.

        Raises:
            InvalidInputError: A new value that cannot be sent.
            TypeError: An unknown name, or a value of the wrong type.
        """
    def __replace__(
        self,
        *,
        target_group_id: str = ...,
        install_intent: InstallIntent | str = ...,
        vpn_configuration_id: str | None = ...,
        id: str | None = ...,
    ) -> Self: ...
    def __copy__(self) -> Self: ...
    def __deepcopy__(self, memo: dict[int, Any], /) -> Self: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class MobileAppPath:
    """Where the action is called: one of the four documented paths to an app. Immutable.

    ``MobileAppPath(id)`` is the direct path; its methods give the other three. Ids are one path segment of the
    characters ``A-Z a-z 0-9 . _ ~ -`` (or a `uuid.UUID`), 1 to 256 of them, and are never repaired.

    Args:
        mobile_app_id: The id of the app.

    Raises:
        InvalidInputError: An id that is not one safe path segment.
        TypeError: An id that is neither ``str`` nor `uuid.UUID`.

    Source: Graph beta documentation of ``mobileApp: assign``, 2017, which prints the direct path without the slash
    before ``assign``; that was a misprint of two months. Only the direct path is left on the live service.
    """

    __match_args__: ClassVar[tuple[str]] = ("path",)
    def __new__(cls, mobile_app_id: str | uuid.UUID) -> Self: ...
    def user_status(self, user_app_install_status_id: str | uuid.UUID) -> MobileAppPath:
        """The path by way of a ``userAppInstallStatus`` of the app."""
    def device_status(self, mobile_app_install_status_id: str | uuid.UUID) -> MobileAppPath:
        """The path by way of a ``mobileAppInstallStatus`` of the app."""
    def group_assignment(self, mobile_app_group_assignment_id: str | uuid.UUID) -> MobileAppPath:
        """The path by way of a ``mobileAppGroupAssignment`` of the app, which must exist."""
    @property
    def path(self) -> str:
        """The request path below the version segment, such as ``deviceAppManagement/mobileApps/{id}/assign``."""
    def __copy__(self) -> Self: ...
    def __deepcopy__(self, memo: dict[int, Any], /) -> Self: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class AssignReceipt:
    """What a successful `assign` leaves behind. Immutable."""

    @property
    def status(self) -> int:
        """The HTTP status: 204 as documented, or another one from 200 on."""
    @property
    def request_id(self) -> str | None:
        """The service's id for the request, for Microsoft's support."""
    @property
    def client_request_id(self) -> str:
        """Our id for the call, under which the service logged it too."""
    @property
    def date(self) -> datetime | None:
        """When the service answered (aware, UTC)."""
    @property
    def attempts(self) -> int:
        """How many requests it took."""
    @property
    def elapsed(self) -> float:
        """Seconds from the start of the call to its end."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

_Recorded: TypeAlias = tuple[str, str, list[tuple[str, str]], bytes, int | None, bytes]

@final
class Emulator:
    """The native half of ``appassign.emulator.Emulator``; wire documents pass as JSON text."""

    def __new__(
        cls,
        profile: str,
        host: str,
        port: int,
        quota_window: float | None,
        fault_rate: float,
        fault_seed: int,
    ) -> Self: ...
    @property
    def url(self) -> str: ...
    @property
    def token(self) -> str: ...
    def make_token(self, claims: str) -> str:
        """For the tests of the emulator: each change replaces a claim of ``token``, and null removes one."""
    def add_app(self, document: str) -> str:
        """An app as Graph lists it."""
    def publish(self, app: str) -> None: ...
    def assignments(self, app: str) -> str: ...
    def history(self, app: str) -> tuple[list[tuple[int, int | None, str]], list[_Recorded]]:
        """The moments, each with the index of its request, and the requests."""
    def requests(self) -> list[_Recorded]: ...
    def add_trouble(self, trouble: str) -> None:
        """Puts trouble in the way of the next requests; of its kinds, ``fail_next`` gives people some."""
    def set_page_size(self, size: int) -> None:
        """For the tests of whoever reads page by page."""
    def reset(self) -> None: ...
    def close(self) -> None:
        """In a forked child there is nothing to close."""
