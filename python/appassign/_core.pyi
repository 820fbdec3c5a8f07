"""The native module. Use the names that ``appassign`` exports."""

import os
import uuid
from asyncio import AbstractEventLoop, Future
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Generic, Literal, Never, Self, SupportsIndex, TypeAlias, TypeVar, final, overload

from typing_extensions import disjoint_base

from ._credential_types import Credential
from ._intent import InstallIntent
from .exceptions import AppAssignError
from .settings import MobileAppAssignmentSettings

__all__ = [
    "AllDevicesAssignmentTarget",
    "AllLicensedUsersAssignmentTarget",
    "ApplyReceipt",
    "ApplyReport",
    "ApplyResult",
    "AssignReceipt",
    "AssignmentTarget",
    "Call",
    "Change",
    "Client",
    "ConfigurationManagerCollectionAssignmentTarget",
    "Emulator",
    "ExclusionGroupAssignmentTarget",
    "Flight",
    "GroupAssignmentTarget",
    "MobileApp",
    "MobileAppAssignment",
    "MobileAppGroupAssignment",
    "MobileAppPath",
    "Plan",
    "PlanReport",
    "PlanResult",
    "TokenRequest",
    "assignment_from_row",
    "assignment_to_row",
    "read_journal",
    "token_claims",
]

_T = TypeVar("_T")

@final
class Call(Generic[_T]):
    """One call, accepted. It is made once, by one of the two doors."""
    def __new__(
        cls,
        app: str | uuid.UUID | MobileAppPath,
        assignments: Iterable[MobileAppAssignment] | Iterable[MobileAppGroupAssignment],
        credential: Credential | None,
        base_url: str | None,
        cloud: str,
        timeout: float,
        attempts: int,
    ) -> Call[AssignReceipt]: ...
    @staticmethod
    def assign(
        client: Client,
        app: str | uuid.UUID | MobileAppPath,
        assignments: Iterable[MobileAppAssignment] | Iterable[MobileAppGroupAssignment],
    ) -> Call[AssignReceipt]:
        """A call of the action, of a client's."""
    @staticmethod
    def assignments(client: Client, app_id: str | uuid.UUID) -> Call[list[MobileAppAssignment]]:
        """A call that reads what an app has."""
    @staticmethod
    def apps(client: Client, only_one: bool) -> Call[list[MobileApp]]:
        """A call that lists the apps, or one of them."""
    @staticmethod
    def plan(
        client: Client,
        app_id: str | uuid.UUID,
        add: Iterable[MobileAppAssignment],
        remove: Iterable[MobileAppAssignment | AssignmentTarget],
        replace: Iterable[MobileAppAssignment] | None,
    ) -> Call[Plan]:
        """A call that tells what would change."""
    @staticmethod
    def change(
        client: Client,
        app_id: str | uuid.UUID,
        add: Iterable[MobileAppAssignment],
        remove: Iterable[MobileAppAssignment | AssignmentTarget],
        reason: str | None,
    ) -> Call[ApplyReceipt]:
        """A call that changes an app and keeps the rest."""
    @staticmethod
    def apply(
        client: Client,
        plan: Plan,
        max_removals: int | None,
        allow_empty: bool,
        reason: str | None,
    ) -> Call[ApplyReceipt]:
        """A call that writes what was planned."""
    @staticmethod
    def undo(client: Client, receipt: ApplyReceipt) -> Call[ApplyReceipt]:
        """A call that undoes a write."""
    @staticmethod
    def plan_many(
        client: Client, changes: Iterable[Change] | Mapping[str, Mapping[str, Any]], concurrency: int
    ) -> Call[PlanReport]:
        """A call that tells what many changes would do."""
    @staticmethod
    def apply_many(
        client: Client,
        plans: Iterable[Plan] | PlanReport,
        max_removals: int | None,
        allow_empty: bool,
        concurrency: int,
        reason: str | None,
    ) -> Call[ApplyReport]:
        """A call that writes what was planned for many apps."""
    @property
    def parts(self) -> int:
        """How many parts it has: apps, where it is about many."""
    @property
    def finishes(self) -> bool:
        """Whether it comes to its end by itself, and soon, once it is called off."""
    @property
    def reports(self) -> bool:
        """Whether it then still gives what it gives, about what was done so far."""
    @property
    def client(self) -> Client | None:
        """The client that makes the call, if one does."""
    @property
    def credential(self) -> Credential | None:
        """What is asked for a token; `None` if there is one already, or nobody was named."""
    def run(self, progress: Callable[[int], object] | None = None) -> _T | TokenRequest:
        """Make the call and wait for it; `progress` hears now and then how many parts of it are done."""
    def promise(self, event_loop: AbstractEventLoop) -> tuple[Future[_T | TokenRequest], Flight]:
        """Make the call and give a future of the event loop that runs on this thread."""

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
        rate_limit: float | None,
        journal: str | os.PathLike[str] | None,
    ) -> Self: ...
    @property
    def credential(self) -> Credential | None:
        """What is asked for a token; `None` if there is one already, or nobody was named."""
    @property
    def base_url(self) -> str:
        """The service that it calls."""
    def way(self) -> dict[str, str | None]:
        """Where its calls go, and how they get there."""
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
    def turn_away(self) -> None:
        """Take the news that nobody is there any more to ask."""
    def expire(self) -> None:
        """Take the news that no token came in time."""
    def abort(self) -> object:
        """End the call where it stands, if it is not over; what it gives if it comes to its end by itself."""
    def proceed(self) -> Any:  # noqa: ANN401  (which of them, the door decides)
        """Go on with the call: what became of it, the next request, or a future of either."""

@final
class Flight:
    """A call that was promised and may be called off."""

    @property
    def done(self) -> int:
        """How many parts of the call are done."""
    def call_off(self) -> None:
        """Have a call that finishes by itself do so; its future still gets what comes of it."""
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

    __match_args__: Final = ("target_group_id", "install_intent", "vpn_configuration_id", "id")
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
    def to_mobile_app_assignment(self, *, settings_type: str | None = None) -> MobileAppAssignment:
        """The same assignment in today's form.

        The group becomes a ``groupAssignmentTarget``, the VPN profile goes among the settings.

        The entity's ``id`` is not carried over: the service makes another one for the new entity.

        Args:
            settings_type: The settings type of the app, such as ``"iosStoreAppAssignmentSettings"``: needed where there
                is a ``vpn_configuration_id``, which only some of them have.

        Raises:
            InvalidInputError: Something has no place in today's form: ``notApplicable``, a group id that is no GUID, a
                VPN profile without settings that take one, a property that nobody knows. ``.location`` names it;
                nothing is guessed or left out.
            TypeError: An argument that is no text.

        Source: Graph's changelog of 2017-10 and 2018-01; that ``vpnConfigurationId`` of the settings means the same is
        inferred from the types.
        """
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
    def _repr_html_(self) -> str: ...

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

    __match_args__: Final = ("path",)
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
    def _repr_html_(self) -> str: ...

@disjoint_base
class AssignmentTarget:
    """Whom an app goes to. Immutable.

    The base of the five targets that Graph documents, and what any other one reads as: such a one is read, not made.

    Equality and hash go by the attributes and the unknown properties; a filter type ``"none"``, null and absent are
    equal. Properties that a server sent and this library does not know are kept, and sent back.

    Source: ``deviceAndAppManagementAssignmentTarget`` in Graph's CSDL; the filter is in beta alone.
    """
    def __new__(cls, *_arguments: Never, **_options: Never) -> Self: ...
    @property
    def filter_id(self) -> str | None:
        """The id of the assignment filter, if there is one."""
    @property
    def filter_type(self) -> str | None:
        """What the filter does: ``"include"`` or ``"exclude"``."""
    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        """Read Graph's JSON, as Python objects. What is accepted comes out of `to_dict` equal.

        Args:
            document: A mapping with the wire's names. ``@odata.type`` is required: it decides the class.

        Raises:
            InvalidInputError: A property is missing, has the wrong JSON type, or is no strict JSON; or the target is
                not of this class. ``.location`` leads to it.
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
        """The wire's names and values: ``@odata.type`` first, unknown properties last."""
    def to_json(self) -> str:
        """What goes over the wire, in the order of `to_dict`."""
    def replace(
        self,
        *,
        filter_id: str | uuid.UUID | None = ...,
        filter_type: Literal["include", "exclude"] | None = ...,
    ) -> Self:
        """The same target with some attributes changed and everything else kept, unknown properties included.

        The names are those of the class's own arguments; ``None`` takes the filter away.

        Raises:
            InvalidInputError: A new value that cannot be sent.
            TypeError: An unknown name, or a value of the wrong type.
        """
    def __replace__(
        self,
        *,
        filter_id: str | uuid.UUID | None = ...,
        filter_type: Literal["include", "exclude"] | None = ...,
    ) -> Self: ...
    def __copy__(self) -> Self: ...
    def __deepcopy__(self, memo: dict[int, Any], /) -> Self: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...

@final
class GroupAssignmentTarget(AssignmentTarget):
    """The members of a group. Immutable.

    Args:
        group_id: The id of the group, a GUID; a `uuid.UUID` too.
        filter_id: The id of an assignment filter, a GUID; it comes with ``filter_type`` or not at all.
        filter_type: ``"include"`` or ``"exclude"``.

    Raises:
        InvalidInputError: An id that is no GUID, such as a group's name; half a filter. ``.location`` names the
            argument.
        TypeError: An argument of the wrong type.

    Source: ``groupAssignmentTarget`` in Graph's CSDL. That the service refuses a name in place of an id:
    IntuneWin32App#56.
    """

    __match_args__: Final = ("group_id", "filter_id", "filter_type")
    def __new__(
        cls,
        group_id: str | uuid.UUID,
        *,
        filter_id: str | uuid.UUID | None = None,
        filter_type: Literal["include", "exclude"] | None = None,
    ) -> Self: ...
    @property
    def group_id(self) -> str:
        """The id of the group."""
    def replace(
        self,
        *,
        group_id: str | uuid.UUID = ...,
        filter_id: str | uuid.UUID | None = ...,
        filter_type: Literal["include", "exclude"] | None = ...,
    ) -> Self:
        """The same target with some attributes changed and everything else kept, unknown properties included.

        The names are those of the class's own arguments; ``None`` takes the filter away.

        Raises:
            InvalidInputError: A new value that cannot be sent.
            TypeError: An unknown name, or a value of the wrong type.
        """
    def __replace__(
        self,
        *,
        group_id: str | uuid.UUID = ...,
        filter_id: str | uuid.UUID | None = ...,
        filter_type: Literal["include", "exclude"] | None = ...,
    ) -> Self: ...

@final
class ExclusionGroupAssignmentTarget(AssignmentTarget):
    """All but the members of a group, who would get the app by another assignment. Immutable.

    It is not a `GroupAssignmentTarget`.

    Args:
        group_id: The id of the group, a GUID; a `uuid.UUID` too.
        filter_id: The id of an assignment filter, a GUID; it comes with ``filter_type`` or not at all.
        filter_type: ``"include"`` or ``"exclude"``.

    Raises:
        InvalidInputError: As for `GroupAssignmentTarget`.
        TypeError: An argument of the wrong type.

    Source: ``exclusionGroupAssignmentTarget`` in Graph's CSDL.
    """

    __match_args__: Final = ("group_id", "filter_id", "filter_type")
    def __new__(
        cls,
        group_id: str | uuid.UUID,
        *,
        filter_id: str | uuid.UUID | None = None,
        filter_type: Literal["include", "exclude"] | None = None,
    ) -> Self: ...
    @property
    def group_id(self) -> str:
        """The id of the group."""
    def replace(
        self,
        *,
        group_id: str | uuid.UUID = ...,
        filter_id: str | uuid.UUID | None = ...,
        filter_type: Literal["include", "exclude"] | None = ...,
    ) -> Self:
        """The same target with some attributes changed and everything else kept, unknown properties included.

        The names are those of the class's own arguments; ``None`` takes the filter away.

        Raises:
            InvalidInputError: A new value that cannot be sent.
            TypeError: An unknown name, or a value of the wrong type.
        """
    def __replace__(
        self,
        *,
        group_id: str | uuid.UUID = ...,
        filter_id: str | uuid.UUID | None = ...,
        filter_type: Literal["include", "exclude"] | None = ...,
    ) -> Self: ...

@final
class AllLicensedUsersAssignmentTarget(AssignmentTarget):
    """All users who have an Intune licence. Immutable.

    Args:
        filter_id: The id of an assignment filter, a GUID; it comes with ``filter_type`` or not at all.
        filter_type: ``"include"`` or ``"exclude"``.

    Raises:
        InvalidInputError: Half a filter, or an id that is no GUID.
        TypeError: An argument of the wrong type.

    Source: ``allLicensedUsersAssignmentTarget`` in Graph's CSDL.
    """

    __match_args__: Final = ("filter_id", "filter_type")
    def __new__(
        cls,
        *,
        filter_id: str | uuid.UUID | None = None,
        filter_type: Literal["include", "exclude"] | None = None,
    ) -> Self: ...

@final
class AllDevicesAssignmentTarget(AssignmentTarget):
    """All devices. Immutable. Not a target of the intent ``available``, except for Android Enterprise apps.

    Args:
        filter_id: The id of an assignment filter, a GUID; it comes with ``filter_type`` or not at all.
        filter_type: ``"include"`` or ``"exclude"``.

    Raises:
        InvalidInputError: Half a filter, or an id that is no GUID.
        TypeError: An argument of the wrong type.

    Source: ``allDevicesAssignmentTarget`` in Graph's CSDL; what ``available`` needs: IntuneDocs#1818.
    """

    __match_args__: Final = ("filter_id", "filter_type")
    def __new__(
        cls,
        *,
        filter_id: str | uuid.UUID | None = None,
        filter_type: Literal["include", "exclude"] | None = None,
    ) -> Self: ...

@final
class ConfigurationManagerCollectionAssignmentTarget(AssignmentTarget):
    """A collection of Configuration Manager. Immutable.

    Args:
        collection_id: The id of the collection, such as ``"SMS00001"``.
        filter_id: The id of an assignment filter, a GUID; it comes with ``filter_type`` or not at all.
        filter_type: ``"include"`` or ``"exclude"``.

    Raises:
        InvalidInputError: An empty id, or half a filter.
        TypeError: An argument of the wrong type.

    Source: ``configurationManagerCollectionAssignmentTarget`` in Graph's CSDL.
    """

    __match_args__: Final = ("collection_id", "filter_id", "filter_type")
    def __new__(
        cls,
        collection_id: str,
        *,
        filter_id: str | uuid.UUID | None = None,
        filter_type: Literal["include", "exclude"] | None = None,
    ) -> Self: ...
    @property
    def collection_id(self) -> str:
        """The id of the collection."""
    def replace(
        self,
        *,
        collection_id: str = ...,
        filter_id: str | uuid.UUID | None = ...,
        filter_type: Literal["include", "exclude"] | None = ...,
    ) -> Self:
        """The same target with some attributes changed and everything else kept, unknown properties included.

        The names are those of the class's own arguments; ``None`` takes the filter away.

        Raises:
            InvalidInputError: A new value that cannot be sent.
            TypeError: An unknown name, or a value of the wrong type.
        """
    def __replace__(
        self,
        *,
        collection_id: str = ...,
        filter_id: str | uuid.UUID | None = ...,
        filter_type: Literal["include", "exclude"] | None = ...,
    ) -> Self: ...

@final
class MobileApp:
    """An app of the tenant, as `Client.apps` lists it. Immutable."""

    __match_args__: Final = ("id", "display_name", "odata_type", "is_assigned")
    @property
    def id(self) -> str:
        """The app's id (``mobileAppId``): what every call takes."""
    @property
    def display_name(self) -> str | None:
        """What people call it; ``None`` if the service says nothing."""
    @property
    def odata_type(self) -> str | None:
        """Its type, such as ``#microsoft.graph.win32LobApp``."""
    @property
    def is_assigned(self) -> bool | None:
        """Whether it has assignments; ``None`` if the service does not say so."""
    def __copy__(self) -> Self: ...
    def __deepcopy__(self, memo: dict[int, Any], /) -> Self: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...

@final
class MobileAppAssignment:
    """An app that goes to a target: Graph's ``mobileAppAssignment``, which the live service takes. Immutable.

    Equality and hash go by the attributes and the unknown properties; absent and null are equal. Properties that a
    server sent and this library does not know, such as ``source``, are kept, and sent back.

    Args:
        target: One of the five targets, such as `GroupAssignmentTarget`.
        intent: An `InstallIntent`, or its spelling; today's enumeration has no ``notApplicable``.
        settings: A mapping as it goes over the wire, with its ``@odata.type``; `appassign.settings` has a ``TypedDict``
            for each settings type. ``None`` sends none, and the service's defaults count.
        id: The entity's key. The service makes its own, ``{group}_{intent}_{0|1}``; ``None`` leaves it out.

    Raises:
        InvalidInputError: A value that cannot be sent; ``.location`` names the argument.
        TypeError: An argument of the wrong type.

    Source: ``mobileAppAssignment`` in Graph's CSDL of beta and v1.0.
    """

    __match_args__: Final = ("target", "intent", "settings", "id")
    def __new__(
        cls,
        *,
        target: AssignmentTarget,
        intent: InstallIntent | str,
        settings: MobileAppAssignmentSettings | Mapping[str, Any] | None = None,
        id: str | None = None,
    ) -> Self: ...
    @property
    def target(self) -> AssignmentTarget:
        """Whom the app goes to."""
    @property
    def intent(self) -> InstallIntent | str:
        """An `InstallIntent`; plain text if a server sent one that this library does not know."""
    @property
    def settings(self) -> Mapping[str, Any] | None:
        """The settings as they go over the wire: a read-only dict."""
    @property
    def id(self) -> str | None:
        """The entity's key."""
    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        """Read Graph's JSON, as Python objects. What is accepted comes out of `to_dict` equal.

        Args:
            document: A mapping with the wire's names. ``intent`` and ``target`` are required.

        Raises:
            InvalidInputError: A property is missing, has the wrong JSON type, or is no strict JSON (nesting of at most
                100, finite numbers, valid Unicode); ``.location`` leads to it, for example ``target.groupId``.
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
        """The wire's names and values: ``@odata.type`` first, unknown properties last."""
    def to_json(self) -> str:
        """What goes over the wire, in the order of `to_dict`."""
    def replace(
        self,
        *,
        target: AssignmentTarget = ...,
        intent: InstallIntent | str = ...,
        settings: MobileAppAssignmentSettings | Mapping[str, Any] | None = ...,
        id: str | None = ...,
    ) -> Self:
        """The same assignment with some attributes changed and everything else kept, unknown properties included.

        Args:
            target: As for the class.
            intent: As for the class.
            settings: As for the class; ``None`` leaves them out.
            id: As for the class; ``None`` leaves it out.

        Raises:
            InvalidInputError: A new value that cannot be sent.
            TypeError: An unknown name, or a value of the wrong type.
        """
    def __replace__(
        self,
        *,
        target: AssignmentTarget = ...,
        intent: InstallIntent | str = ...,
        settings: MobileAppAssignmentSettings | Mapping[str, Any] | None = ...,
        id: str | None = ...,
    ) -> Self: ...
    def __copy__(self) -> Self: ...
    def __deepcopy__(self, memo: dict[int, Any], /) -> Self: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...

@final
class Plan:
    """What a change would do to an app, and what it rests on. Immutable.

    ``bool(plan)`` tells whether anything would be written; ``str(plan)`` is the diff.
    """
    @property
    def app_id(self) -> str:
        """The app."""
    @property
    def before(self) -> tuple[MobileAppAssignment, ...]:
        """What the app holds."""
    @property
    def after(self) -> tuple[MobileAppAssignment, ...]:
        """What it would hold."""
    @property
    def added(self) -> tuple[MobileAppAssignment, ...]:
        """What would be there that is not."""
    @property
    def removed(self) -> tuple[MobileAppAssignment, ...]:
        """What would be gone."""
    @property
    def kept(self) -> tuple[MobileAppAssignment, ...]:
        """What would stay as it is."""
    @property
    def changed(self) -> tuple[tuple[MobileAppAssignment, MobileAppAssignment], ...]:
        """What would stay with another filter or other settings: pairs of before and after."""
    @property
    def warnings(self) -> tuple[tuple[str, str], ...]:
        """What Graph is known to refuse or to ignore, and what was to be removed and is not there.

        Pairs of a code, which stays the same from version to version, and a message.
        """
    def to_json(self) -> str:
        """One line of JSON, which `from_json` reads: to be reviewed, kept, and applied elsewhere."""
    @classmethod
    def from_json(cls, document: str | bytes) -> Self:
        """Read what `to_json` wrote. What was edited in between is checked as if a caller had made it.

        Raises:
            InvalidInputError: It is no plan, or one that may not be sent; ``.location`` leads to the fault.
            TypeError: It is neither ``str`` nor ``bytes``.
        """
    def to_dicts(self) -> list[dict[str, str | None]]:
        """Rows for a table: one for each assignment that is added or removed, and one for a plan without any.

        Columns: those of `PlanReport.to_dicts`, without ``error``.
        """
    def __bool__(self) -> bool: ...
    def __copy__(self) -> Self: ...
    def __deepcopy__(self, memo: dict[int, Any], /) -> Self: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...

@final
class ApplyReceipt:
    """What a planned write leaves behind: enough to undo it. Immutable."""
    @property
    def app_id(self) -> str:
        """The app that was written to."""
    @property
    def before(self) -> tuple[MobileAppAssignment, ...]:
        """What the app held before."""
    @property
    def after(self) -> tuple[MobileAppAssignment, ...]:
        """What it holds since, as the service lists it."""
    @property
    def reason(self) -> str | None:
        """Why, in the caller's words."""
    @property
    def time(self) -> datetime:
        """When the write was about to be sent (aware, UTC)."""
    @property
    def recovered(self) -> bool:
        """Whether no answer told of success, and a read found the write done."""
    @property
    def response(self) -> AssignReceipt | None:
        """What the service answered to the write.

        ``None``: there was nothing to write, or the write was `recovered`; of a receipt from a journal also: the
        process ended before it knew.
        """
    def to_json(self) -> str:
        """One line of JSON, which `from_json` reads."""
    @classmethod
    def from_json(cls, document: str | bytes) -> Self:
        """Read what `to_json` wrote.

        Raises:
            InvalidInputError: It is no receipt; ``.location`` leads to the fault.
            TypeError: It is neither ``str`` nor ``bytes``.
        """
    def __copy__(self) -> Self: ...
    def __deepcopy__(self, memo: dict[int, Any], /) -> Self: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...

def token_claims(token: str) -> dict[str, Any] | None:
    """What a token says of itself; ``None`` for one that says nothing. It is read, not trusted."""

def assignment_to_row(
    app_id: str | uuid.UUID, action: str | None, assignment: MobileAppAssignment | None
) -> dict[str, str | None]:
    """A row that says what is done with an assignment of an app."""

def assignment_from_row(cells: dict[str, str]) -> MobileAppAssignment | AssignmentTarget | list[tuple[str, str]]:
    """Read a row whose blank cells were left out.

    Gives the assignment; a target, if the row has no intent; or what is wrong: pairs of a column and a message.
    """

def read_journal(path: str | os.PathLike[str]) -> list[ApplyReceipt]:
    """Read the receipts of a journal's writes, in the order in which they were about to be sent.

    A write that certainly did not happen has none. One that nobody knows of has one without ``response``: its process
    ended before it knew, no answer came, or it could not be verified. Its ``after`` is what was to be written.
    ``client.undo(receipt)`` undoes either, if the app holds what the receipt says.

    Args:
        path: The file that a client was given as ``journal``: a ``str`` or an ``os.PathLike``.

    Raises:
        JournalError: There is no such file, it is no journal, or a line of it is damaged. A last line that is not whole
            is what a crash leaves, and is passed over: nothing was sent on its account.
        TypeError: It is no path.
    """

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

@final
class Change:
    """What is wanted of one app among many: the arguments of `Client.plan`, for `Client.plan_many`. Immutable.

    Args:
        app_id: The app's id (``mobileAppId``).
        add: What is to be there too: `MobileAppAssignment`.
        remove: What is to be gone: assignments, or targets whatever the intent.
        replace: All that the app is to have; it goes alone. An empty list clears the app.

    Raises:
        InvalidInputError: An entry that cannot be sent, or two with one key; ``.location`` names it.
        TypeError: An argument of the wrong type; ``replace`` beside the others.
    """
    @overload
    def __new__(
        cls,
        app_id: str | uuid.UUID,
        *,
        add: Iterable[MobileAppAssignment] = (),
        remove: Iterable[MobileAppAssignment | AssignmentTarget] = (),
        replace: None = None,
    ) -> Self: ...
    @overload
    def __new__(cls, app_id: str | uuid.UUID, *, replace: Iterable[MobileAppAssignment]) -> Self: ...
    @property
    def app_id(self) -> str:
        """The app."""
    @property
    def add(self) -> tuple[MobileAppAssignment, ...]:
        """What is to be there too."""
    @property
    def remove(self) -> tuple[MobileAppAssignment | AssignmentTarget, ...]:
        """What is to be gone: assignments and targets."""
    @property
    def replace(self) -> tuple[MobileAppAssignment, ...] | None:
        """All that the app is to have; ``None`` where some are added and removed."""
    def __hash__(self) -> int: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __copy__(self) -> Self: ...
    def __deepcopy__(self, memo: dict[int, Any], /) -> Self: ...
    def _repr_html_(self) -> str: ...

@final
class PlanReport(Sequence[PlanResult]):
    """What became of each change of `Client.plan_many`, in their order: a sequence of `PlanResult`. Immutable.

    ``str(report)`` counts them, and shows the first ones and those that failed.
    """
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[PlanResult]: ...
    @overload
    def __getitem__(self, index: SupportsIndex, /) -> PlanResult: ...
    @overload
    def __getitem__(self, index: slice, /) -> list[PlanResult]: ...
    @property
    def plans(self) -> tuple[Plan, ...]:
        """The plans of all changes that could be planned, in their order: `Client.apply_many` takes them."""
    @property
    def failures(self) -> tuple[PlanResult, ...]:
        """The results that have an error."""
    def raise_for_errors(self) -> None:
        """Raise an ``ExceptionGroup`` of all errors, if there are any; each has a note that names its app."""
    def to_dicts(self) -> list[dict[str, str | None]]:
        """Rows for a table: one for each assignment that is added or removed, and one for each app without any.

        Columns: ``app_id``, ``action`` (``add`` or ``remove``; an entry that changes has both), ``intent``, ``target``,
        ``target_id``, ``filter_id``, ``filter_type``, ``settings`` (JSON), ``other`` (JSON: what else Graph says of the
        assignment), ``error``.
        """
    def _repr_html_(self) -> str: ...

@final
class PlanResult:
    """What became of one change. Immutable."""
    @property
    def change(self) -> Change:
        """What was wanted."""
    @property
    def plan(self) -> Plan | None:
        """What it would do; ``None`` if it could not be planned."""
    @property
    def error(self) -> AppAssignError | None:
        """Why it could not be planned."""
    def __hash__(self) -> int: ...
    def __eq__(self, other: object, /) -> bool: ...
    def _repr_html_(self) -> str: ...

@final
class ApplyReport(Sequence[ApplyResult]):
    """What became of each plan of `Client.apply_many`, in their order: a sequence of `ApplyResult`. Immutable.

    ``str(report)`` counts them, and shows the first ones and those that failed.
    """
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[ApplyResult]: ...
    @overload
    def __getitem__(self, index: SupportsIndex, /) -> ApplyResult: ...
    @overload
    def __getitem__(self, index: slice, /) -> list[ApplyResult]: ...
    @property
    def failures(self) -> tuple[ApplyResult, ...]:
        """The results that have an error."""
    def raise_for_errors(self) -> None:
        """Raise an ``ExceptionGroup`` of all errors, if there are any; each has a note that names its app."""
    def to_dicts(self) -> list[dict[str, str | None]]:
        """Rows for a table: one for each assignment that was to be added or removed, and one for each app without any.

        Columns: those of `PlanReport.to_dicts`, and before ``error`` ``outcome``: ``applied``, ``not_sent``,
        ``not_applied``, ``unknown``; ``None`` where there was nothing to write.
        """
    def _repr_html_(self) -> str: ...

@final
class ApplyResult:
    """What became of one plan. Immutable."""
    @property
    def plan(self) -> Plan:
        """What was planned."""
    @property
    def receipt(self) -> ApplyReceipt | None:
        """What was done; ``None`` if the call failed."""
    @property
    def error(self) -> AppAssignError | None:
        """Why it failed; its ``outcome`` tells what became of the write."""
    def __hash__(self) -> int: ...
    def __eq__(self, other: object, /) -> bool: ...
    def _repr_html_(self) -> str: ...
