"""httpx: one client, blocking or asynchronous, HTTP/1.1.

Its limits stay as they come, 20 connections kept of 100: with 64 kept for 64 calls in flight it takes three times the
CPU, since every call goes through all connections of the pool.
"""

from __future__ import annotations

import httpx

from contestants import request


class Client:
    """A ``httpx.Client``."""

    shared = True

    def __init__(self, base_url: str, token: str, number: int) -> None:
        self._client = httpx.Client(headers=request.lasting_headers(token))
        self._url = request.path(base_url)
        self._groups = request.groups(number)

    def assign(self) -> int:
        """One call; its status."""
        answer = self._client.post(self._url, json=request.parameters(self._groups), headers=request.call_headers())
        status: int = answer.status_code
        return status

    def close(self) -> None:
        """Close the client."""
        self._client.close()


class AsyncClient:
    """A ``httpx.AsyncClient``."""

    def __init__(self, base_url: str, token: str, number: int) -> None:
        self._client = httpx.AsyncClient(headers=request.lasting_headers(token))
        self._url = request.path(base_url)
        self._groups = request.groups(number)

    async def assign(self) -> int:
        """One call; its status."""
        answer = await self._client.post(
            self._url, json=request.parameters(self._groups), headers=request.call_headers()
        )
        status: int = answer.status_code
        return status

    async def close(self) -> None:
        """Close the client."""
        await self._client.aclose()
