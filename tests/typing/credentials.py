# pyright: reportUnnecessaryTypeIgnoreComment=error
"""What type checkers take for a credential: only asynchronous calls take one that must be awaited."""

from collections.abc import Awaitable, Callable
from typing import Any

from azure.core.credentials import AccessToken, AccessTokenInfo, TokenRequestOptions
from azure.identity import DefaultAzureCredential, get_bearer_token_provider
from azure.identity.aio import DefaultAzureCredential as AsyncDefaultAzureCredential
from azure.identity.aio import get_bearer_token_provider as get_async_bearer_token_provider

from appassign import AsyncClient, Client, MobileAppAssignment, assign, assign_async

SCOPE = "https://graph.microsoft.com/.default"


class OfAzureCore:
    """What azure-core asks of a credential."""

    def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        return AccessToken("token", 0)


class OfAzureCoreAsynchronous:
    """The same, awaited."""

    async def get_token_info(self, *_scopes: str, options: TokenRequestOptions | None = None) -> AccessTokenInfo:
        del options
        return AccessTokenInfo("token", 0)


def function() -> str:
    return "token"


def function_of_a_scope(scope: str) -> str:
    return scope


async def coroutine_function() -> str:
    return "token"


def taken_by_every_call(either: Callable[[], str | Awaitable[str]]) -> None:
    Client()
    Client(None)
    Client("token")
    Client(function)
    Client(lambda: "token")
    Client(OfAzureCore())
    Client(DefaultAzureCredential())
    Client(get_bearer_token_provider(DefaultAzureCredential(), SCOPE))
    AsyncClient("token")
    AsyncClient(function)
    AsyncClient(OfAzureCore())
    AsyncClient(DefaultAzureCredential())

    AsyncClient(coroutine_function)
    AsyncClient(either)
    AsyncClient(OfAzureCoreAsynchronous())
    AsyncClient(AsyncDefaultAzureCredential())
    AsyncClient(get_async_bearer_token_provider(AsyncDefaultAzureCredential(), SCOPE))

    Client(coroutine_function)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Client(either)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Client(OfAzureCoreAsynchronous())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Client(AsyncDefaultAzureCredential())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Client(get_async_bearer_token_provider(AsyncDefaultAzureCredential(), SCOPE))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def taken_by_functions(one: MobileAppAssignment) -> None:
    assign("app", [one], credential=DefaultAzureCredential())
    assign("app", [one], credential=function)
    await assign_async("app", [one], credential=DefaultAzureCredential())
    await assign_async("app", [one], credential=AsyncDefaultAzureCredential())
    await assign_async("app", [one], credential=coroutine_function)

    assign("app", [one], credential=coroutine_function)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    assign("app", [one], credential=AsyncDefaultAzureCredential())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def taken_by_none(bare: AccessToken) -> None:
    Client(b"token")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Client(bare)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Client(function_of_a_scope)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Client(lambda: None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    AsyncClient(b"token")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    AsyncClient(lambda: None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
