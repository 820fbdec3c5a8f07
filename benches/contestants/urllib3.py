"""urllib3: one pool of connections."""

from __future__ import annotations

import urllib3

from contestants import request


class Client:
    """A ``PoolManager``, with a connection for each of 16 threads."""

    shared = True

    def __init__(self, base_url: str, token: str, number: int) -> None:
        self._pool = urllib3.PoolManager(maxsize=16)
        self._headers = request.lasting_headers(token)
        self._url = request.path(base_url)
        self._groups = request.groups(number)

    def assign(self) -> int:
        """One call; its status."""
        headers = {**self._headers, **request.call_headers()}
        answer = self._pool.request("POST", self._url, json=request.parameters(self._groups), headers=headers)
        return answer.status

    def close(self) -> None:
        """Close the pool."""
        self._pool.clear()
