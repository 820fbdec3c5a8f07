"""What the options of a command say of its output and of the way to the service."""

from __future__ import annotations

import logging
import os
import pathlib
from typing import TYPE_CHECKING, Any

from .output import Output

if TYPE_CHECKING:
    from appassign._client import AsyncClient, Client
    from appassign._core import Change, PlanReport
    from appassign._credential_types import SyncCredential

_FILLS_FILE = "az account get-access-token --resource-type ms-graph --query accessToken --output tsv"
_OF_CLIENT = ("cloud", "base_url", "proxy", "ca_bundle", "timeout", "attempts", "rate_limit", "journal")


class TokenFile:
    """A file that has an access token. It is read whenever one is needed, as somebody may renew it."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __call__(self) -> str:
        """Read it. What is wrong with it is told without any part of it."""
        try:
            text = pathlib.Path(self.path).read_text(encoding="utf-8-sig").strip()
        except OSError as error:
            raise self._refusal(f"cannot be read: {error.strerror or error}") from None
        except UnicodeDecodeError:
            raise self._refusal("is no text in UTF-8") from None
        if not text:
            raise self._refusal("is empty")
        if text.startswith(("{", "[", '"')):
            raise self._refusal("holds JSON, such as az account get-access-token prints, and not the token alone")
        if text.lower().startswith(("bearer ", "authorization:")):
            raise self._refusal("holds an Authorization header, and not the token alone")
        if len(text.split()) > 1:
            raise self._refusal("holds more than one word, and a token is one")
        return text

    def _refusal(self, what: str) -> Exception:
        from appassign._credentials import _NoTokenError

        return _NoTokenError(f"the file {self.path} {what}", f"write the token alone there: {_FILLS_FILE} > FILE")


class Session:
    """One command: its output, its clients, and how many apps it has under way at a time.

    Args:
        values: What the options say. Those that are the session's are taken out of it.
    """

    def __init__(self, values: dict[str, Any]) -> None:
        self.output = Output(values.pop("output", "text"))
        self.concurrency: int = values.pop("concurrency", 16)
        token_file: str | None = values.pop("token_file", None)
        self.token_file = TokenFile(token_file) if token_file else None
        self._client = {name: values.pop(name) for name in _OF_CLIENT if name in values}
        _log(values.pop("verbose", 0))

    def client(self, credential: SyncCredential | None = None, journal: str | None = None) -> Client:
        from appassign._client import Client

        return Client(credential or self.credential(), **self._options(journal))

    def async_client(self) -> AsyncClient:
        from appassign._client import AsyncClient

        return AsyncClient(self.credential(), **self._options(None))

    def credential(self) -> SyncCredential | None:
        """Whatever gives a token: a file, the environment, or nobody, which leaves it to azure-identity."""
        return self.token_file or os.environ.get("APPASSIGN_TOKEN") or None

    def plan_many(self, client: Client, changes: list[Change]) -> PlanReport:
        """Plan all of it, with a bar."""
        with self.output.progress("planning") as progress:
            return client.plan_many(changes, concurrency=self.concurrency, progress=progress)

    def _options(self, journal: str | None) -> dict[str, Any]:
        named = {name: value for name, value in self._client.items() if value is not None}
        return {"journal": journal, **named} if journal else named


def _log(verbose: int) -> None:
    """Show the library's own log, and none of azure-identity: `doctor` tells what that tried."""
    logging.getLogger("azure").addHandler(logging.NullHandler())
    if verbose:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
        logger = logging.getLogger("appassign")
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG if verbose > 1 else logging.INFO)
