"""requests: one session."""

from __future__ import annotations

import requests

from contestants import request


class Client:
    """A ``Session``."""

    shared = False

    def __init__(self, base_url: str, token: str, number: int) -> None:
        self._session = requests.Session()
        self._session.headers.update(request.lasting_headers(token))
        self._url = request.path(base_url)
        self._groups = request.groups(number)

    def assign(self) -> int:
        """One call; its status."""
        answer = self._session.post(
            self._url,
            json=request.parameters(self._groups),
            headers=request.call_headers(),
            timeout=60,
            allow_redirects=False,
        )
        status: int = answer.status_code
        return status

    def close(self) -> None:
        """Close the session."""
        self._session.close()
