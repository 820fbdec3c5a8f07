"""aiohttp: one session."""

from __future__ import annotations

import aiohttp

from contestants import request


class AsyncClient:
    """A ``ClientSession``; its pool holds 100 connections."""

    def __init__(self, base_url: str, token: str, number: int) -> None:
        self._session = aiohttp.ClientSession(headers=request.lasting_headers(token))
        self._url = request.path(base_url)
        self._groups = request.groups(number)

    async def assign(self) -> int:
        """One call; its status."""
        headers = request.call_headers()
        async with self._session.post(self._url, json=request.parameters(self._groups), headers=headers) as answer:
            await answer.read()
            status: int = answer.status
            return status

    async def close(self) -> None:
        """Close the session."""
        await self._session.close()
