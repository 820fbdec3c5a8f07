"""pyreqwest, reqwest for Python: one client, blocking or asynchronous, without a limit of connections."""

from __future__ import annotations

from pyreqwest.client import ClientBuilder, SyncClientBuilder

from contestants import request


class Client:
    """A ``SyncClient``."""

    shared = True

    def __init__(self, base_url: str, token: str, number: int) -> None:
        self._client = SyncClientBuilder().default_headers(request.lasting_headers(token)).build()
        self._url = request.path(base_url)
        self._groups = request.groups(number)

    def assign(self) -> int:
        """One call; its status."""
        call = self._client.post(self._url).headers(request.call_headers())
        status: int = call.body_json(request.parameters(self._groups)).build().send().status
        return status

    def close(self) -> None:
        """Close the client."""
        self._client.close()


class AsyncClient:
    """A ``Client``."""

    def __init__(self, base_url: str, token: str, number: int) -> None:
        self._client = ClientBuilder().default_headers(request.lasting_headers(token)).build()
        self._url = request.path(base_url)
        self._groups = request.groups(number)

    async def assign(self) -> int:
        """One call; its status."""
        call = self._client.post(self._url).headers(request.call_headers())
        status: int = (await call.body_json(request.parameters(self._groups)).build().send()).status
        return status

    async def close(self) -> None:
        """Close the client."""
        await self._client.close()
