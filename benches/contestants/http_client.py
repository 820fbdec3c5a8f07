"""http.client, of Python's standard library: one connection, kept."""

from __future__ import annotations

import json
from http.client import HTTPConnection, HTTPSConnection
from urllib.parse import urlsplit

from contestants import request


class Client:
    """An ``HTTPConnection``."""

    shared = False

    def __init__(self, base_url: str, token: str, number: int) -> None:
        parts = urlsplit(base_url)
        self._connection = (HTTPSConnection if parts.scheme == "https" else HTTPConnection)(parts.netloc)
        self._path = request.path(parts.path)
        self._groups = request.groups(number)
        self._headers = request.lasting_headers(token)

    def assign(self) -> int:
        """One call; its status."""
        body = json.dumps(request.parameters(self._groups))
        self._connection.request("POST", self._path, body, {**self._headers, **request.call_headers()})
        answer = self._connection.getresponse()
        answer.read()
        return answer.status

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
