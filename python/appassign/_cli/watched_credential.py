"""The credential of the other commands, watched by doctor.

No name in this file holds a token for longer than it takes to read its claims.
"""

from __future__ import annotations

import logging
import os
import re
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, cast

from appassign import _core
from appassign.exceptions import AppAssignError

if TYPE_CHECKING:
    from collections.abc import Generator

    from appassign._credential_types import HasToken

    from .session import TokenFile


class WatchedCredential:
    """Gives their tokens, and takes a note of what the tokens that it gave say of themselves."""

    def __init__(self, file: TokenFile | None) -> None:
        self._file = file
        self.authority = ""
        self.answered: str | None = None
        self.claims: dict[str, Any] | None = None

    def get_token_info(self, scope: str, *, options: dict[str, Any]) -> HasToken:
        """Ask it, as a client would."""
        given, self.answered = self._ask(scope, options)
        with suppress(AppAssignError):  # the client says what is wrong with a token that is none
            self.claims = _core.token_claims(given.token)
        return given

    def _ask(self, scope: str, options: dict[str, Any]) -> tuple[HasToken, str]:
        from appassign._credentials import _ask_default

        if self._file is not None:
            return _Given(self._file()), f"the file {self._file.path}"
        if os.environ.get("APPASSIGN_TOKEN"):
            return _Given(os.environ["APPASSIGN_TOKEN"]), "APPASSIGN_TOKEN"
        with _ways() as ways:
            given = cast("HasToken", _ask_default(self.authority, scope, options))
        return given, f"azure-identity: {ways[-1] if ways else 'DefaultAzureCredential'}"


class _Given:
    """A token, with the face of azure-core's ``AccessTokenInfo``; its end is for the client to read."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.expires_on = int(time.time()) + 3600


class _Listener(logging.Handler):
    """Hears from azure-identity's own log which of its credentials answered."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        told = re.search(r"acquired a token from (\w+)", record.getMessage())
        if told:
            self.found.append(told[1])


@contextmanager
def _ways() -> Generator[list[str]]:
    """The ways of azure-identity that led to a token while this was open."""
    logger = logging.getLogger("azure.identity")
    listener, level = _Listener(), logger.level
    logger.addHandler(listener)
    logger.setLevel(logging.INFO)
    try:
        yield listener.found
    finally:
        logger.setLevel(level)
        logger.removeHandler(listener)
