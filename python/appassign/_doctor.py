"""What stands between this machine and the service, looked at one by one: ``appassign doctor``.

No name in this file holds a token for longer than it takes to read its claims.
"""

from __future__ import annotations

import logging
import os
import pathlib
import platform
import re
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

from . import _core
from ._cli_output import advice, clean, said
from .exceptions import AppAssignError, CredentialError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from ._cli_output import Output
    from ._client import Client
    from ._credential_types import Credential, HasToken

_READS = ("DeviceManagementApps.Read.All", "DeviceManagementConfiguration.Read.All")
_WRITES = ("DeviceManagementApps.ReadWrite.All", "DeviceManagementConfiguration.ReadWrite.All")

# Microsoft Graph, as tokens of the first version name it.
_GRAPH_ID = "00000003-0000-0000-c000-000000000000"

_SIGN_IN = "set APPASSIGN_TOKEN, pass --token-file FILE, or pip install azure-identity and sign in (az login)"

# A token that ends sooner is renewed by a client before it is used.
_SOON = 300

_STYLES = {"ok": "green", "warning": "yellow", "failed": "bold red"}


class Check(NamedTuple):
    """One thing that was looked at."""

    name: str
    status: Literal["ok", "warning", "failed"]
    message: str
    hint: str | None = None


class TokenFile:
    """A file that has an access token. It is read whenever one is needed, as somebody may renew it."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __call__(self) -> str:
        return pathlib.Path(self.path).read_text(encoding="utf-8-sig").strip()


class _Watched:
    """The credential of the other commands, and a note of what the tokens that it gave say of themselves."""

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
        from ._credentials import _ask_default

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


def examine(make_client: Callable[[Credential | None], Client], file: TokenFile | None) -> list[Check]:
    """Look at everything; the last look is a read of one app."""
    watched = _Watched(file)
    checks = [_versions()]
    error: AppAssignError | None = None
    apps: list[_core.MobileApp] = []
    try:
        make_client(None).close()  # what the other commands have may be refused before anything is asked
        with make_client(watched) as client:
            native = client._native  # noqa: SLF001
            way = native.way()
            checks += _network(way)
            try:
                apps = _read(native, watched)
            except AppAssignError as refused:
                error = refused
    except AppAssignError as refused:
        return [*checks, Check("settings", "failed", said(refused), advice(refused))]
    if watched.answered is not None:
        checks.append(Check("credential", "ok", watched.answered))
        checks += _token(watched.claims, way["scope"] or "")
    elif isinstance(error, CredentialError):
        return [*checks, _no_credential(error)]
    return [*checks, _reading(apps, error)]


def _read(native: _core.Client, watched: _Watched) -> list[_core.MobileApp]:
    """Read one app, as `_call.run` does, which would not say whom to ask for a token."""
    from ._credentials import answer

    call = _core.Call.apps(native, only_one=True)
    outcome = call.run()
    while isinstance(outcome, _core.TokenRequest):
        watched.authority = outcome.authority
        outcome = answer(outcome, call)
    return outcome


def _versions() -> Check:
    from importlib.metadata import PackageNotFoundError, version

    try:
        azure = f"azure-identity {version('azure-identity')}"
    except PackageNotFoundError:
        azure = "no azure-identity"
    return Check("versions", "ok", f"appassign {version('appassign')}, Python {platform.python_version()}, {azure}")


def _network(way: dict[str, str | None]) -> list[Check]:
    checks = [
        Check("service", "ok", f"{way['base_url']}, with tokens for {way['scope']}"),
        Check("proxy", "ok", _named(way, "proxy") or "none"),
        Check("certificates", "ok", _named(way, "ca_bundle") or "the system's"),
    ]
    if way["ca_bundle"] and not os.access(way["ca_bundle"], os.R_OK):
        checks[-1] = Check(
            "certificates", "failed", f"{checks[-1].message}, cannot be read", "name a PEM file of certificates"
        )
    return checks


def _named(way: dict[str, str | None], what: str) -> str | None:
    """What is used, and which option or variable says so."""
    by = way[f"{what}_named_by"] or ""
    option = f"--{what}".replace("_", "-")
    return way[what] and f"{way[what]}, named by {option if by.rstrip('=') == what else by}"


def _no_credential(error: CredentialError) -> Check:
    message, cause = said(error), error.__cause__
    if cause is not None:
        # azure-identity tells of each of its ways, a line each.
        message = "\n".join(line.strip() for line in f"{type(cause).__name__}: {cause}".splitlines() if line.strip())
    return Check("credential", "failed", message, _SIGN_IN)


def _token(claims: dict[str, Any] | None, scope: str) -> list[Check]:
    """What a token allows, as it says itself."""
    if claims is None:
        hint = "Microsoft Graph's tokens for work accounts are JWTs"
        return [Check("token", "warning", "it says nothing of itself", hint)]
    whose = ", ".join(
        f"{name} {claims[name]}" for name in ("audience", "tenant", "application") if claims[name] is not None
    )
    checks = [Check("token", "ok", whose or "for nobody in particular")]
    audience = claims["audience"]
    service = scope.removesuffix("/.default")
    if audience is not None and audience.rstrip("/") not in {service, _GRAPH_ID}:
        checks = [Check("token", "failed", whose, f"it is for another service: get one for {scope}")]
    return [*checks, _life(claims["not_before"], claims["expires"]), _permissions(claims)]


def _life(not_before: int | None, expires: int | None) -> Check:
    now = time.time()
    if not_before is not None and not_before > now:
        return Check("expiry", "failed", f"valid from {_moment(not_before)} on", "check this machine's clock")
    if expires is None:
        return Check("expiry", "warning", "it does not say when it ends")
    if expires <= now:
        return Check("expiry", "failed", f"ended at {_moment(expires)}", "get a new token")
    ends = f"until {_moment(expires)}, {_spoken(expires - now)} from now"
    if expires - now < _SOON:
        return Check("expiry", "warning", ends, "get a new token before a longer run")
    return Check("expiry", "ok", ends)


def _moment(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"


def _spoken(seconds: float) -> str:
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} seconds"


def _permissions(claims: dict[str, Any]) -> Check:
    delegated, application = claims["scopes"], claims["roles"]
    held = [*delegated, *application]
    kind = "delegated" if delegated else "application"
    listed = f"{kind}: {', '.join(held)}" if held else "none"
    grant = f"grant {_WRITES[0]}, have an administrator consent, and get a new token"
    if _holds(held, _WRITES):
        return Check("permissions", "ok", listed)
    if _holds(held, _READS):
        return Check("permissions", "warning", f"{listed}; this reads, and does not write", grant)
    return Check("permissions", "failed", f"{listed}; {_WRITES[0]} is missing", grant)


def _holds(held: Sequence[str], wanted: Sequence[str]) -> bool:
    return not {one.lower() for one in held}.isdisjoint(one.lower() for one in wanted)


def _reading(apps: list[_core.MobileApp], error: AppAssignError | None) -> Check:
    if error is not None:
        return Check("read", "failed", f"{type(error).__name__}: {said(error)}", advice(error))
    if apps:
        return Check("read", "ok", f"the service lists apps, such as {apps[0].display_name or apps[0].id}")
    return Check("read", "warning", "the service lists no apps", "is it the right tenant, and may this user see apps?")


def tell(output: Output, checks: Sequence[Check]) -> int:
    """Print them, and give the exit code."""
    from rich.text import Text

    failed = any(check.status == "failed" for check in checks)
    indent = "\n" + " " * 23
    for check in checks:
        line = Text.assemble((f"{check.status:<8}", _STYLES[check.status]), f" {check.name:<13} ")
        line.append(clean(check.message).replace("\n", indent))
        if check.hint and check.status != "ok":
            line.append(f"{indent}hint: ", "bold").append(clean(check.hint))
        output.text([line])
        if check.status != "ok":
            message = f"{check.message}\nhint: {check.hint}" if check.hint else check.message
            output.annotate("error" if check.status == "failed" else "warning", check.name, message)
    output.summary("appassign doctor", [check._asdict() for check in checks])
    output.document({"ok": not failed, "checks": [check._asdict() for check in checks]})
    return 1 if failed else 0
