"""What may stand for a credential, for type checkers. Nothing imports it when a program runs."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeAlias


class HasToken(Protocol):
    """azure-core's ``AccessToken`` or ``AccessTokenInfo``."""

    @property
    def token(self) -> str:
        """The token."""
        ...


class SyncTokenCredential(Protocol):
    """azure-core's ``TokenCredential``."""

    @property
    def get_token(self) -> Callable[..., HasToken]:
        """Takes the scope, and ``enable_cae`` and ``claims`` by name."""
        ...


class SyncTokenInfoCredential(Protocol):
    """azure-core's ``SupportsTokenInfo``."""

    @property
    def get_token_info(self) -> Callable[..., HasToken]:
        """Takes the scope, and ``options`` by name."""
        ...


class TokenCredential(Protocol):
    """azure-core's ``TokenCredential``, or ``AsyncTokenCredential``."""

    @property
    def get_token(self) -> Callable[..., HasToken | Awaitable[HasToken]]:
        """Takes the scope, and ``enable_cae`` and ``claims`` by name."""
        ...


class TokenInfoCredential(Protocol):
    """azure-core's ``SupportsTokenInfo``, or ``AsyncSupportsTokenInfo``."""

    @property
    def get_token_info(self) -> Callable[..., HasToken | Awaitable[HasToken]]:
        """Takes the scope, and ``options`` by name."""
        ...


SyncCredential: TypeAlias = str | Callable[[], str] | SyncTokenCredential | SyncTokenInfoCredential
"""A token, or whatever gives one without being awaited."""

Credential: TypeAlias = str | Callable[[], str | Awaitable[str]] | TokenCredential | TokenInfoCredential
"""A token, or whatever gives one: what asynchronous calls take."""
