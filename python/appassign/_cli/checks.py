"""What doctor looks at, one by one, and what it makes of it."""

from __future__ import annotations

import os
import platform
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from .wording import advice, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appassign._core import MobileApp
    from appassign.exceptions import AppAssignError, CredentialError

_READS = ("DeviceManagementApps.Read.All", "DeviceManagementConfiguration.Read.All")
_WRITES = ("DeviceManagementApps.ReadWrite.All", "DeviceManagementConfiguration.ReadWrite.All")

# Microsoft Graph, as tokens of the first version name it.
_GRAPH_ID = "00000003-0000-0000-c000-000000000000"

_SIGN_IN = "set APPASSIGN_TOKEN, pass --token-file FILE, or pip install azure-identity and sign in (az login)"

# A token that ends sooner is renewed by a client before it is used.
_SOON = 300


class Check(NamedTuple):
    """One thing that was looked at."""

    name: str
    status: Literal["ok", "warning", "failed"]
    message: str
    hint: str | None = None


def versions() -> Check:
    from importlib.metadata import PackageNotFoundError, version

    try:
        azure = f"azure-identity {version('azure-identity')}"
    except PackageNotFoundError:
        azure = "no azure-identity"
    return Check("versions", "ok", f"appassign {version('appassign')}, Python {platform.python_version()}, {azure}")


def network(way: dict[str, str | None]) -> list[Check]:
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


def no_credential(error: CredentialError, *, has_file: bool) -> Check:
    message, cause = said(error), error.__cause__
    if cause is not None:
        # azure-identity tells of each of its ways, a line each.
        message = "\n".join(line.strip() for line in f"{type(cause).__name__}: {cause}".splitlines() if line.strip())
    return Check("credential", "failed", message, (has_file and advice(error)) or _SIGN_IN)


def token(claims: dict[str, Any] | None, scope: str) -> list[Check]:
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


def reading(apps: list[MobileApp], error: AppAssignError | None) -> Check:
    if error is not None:
        return Check("read", "failed", f"{type(error).__name__}: {said(error)}", advice(error))
    if apps:
        return Check("read", "ok", f"the service lists apps, such as {apps[0].display_name or apps[0].id}")
    return Check("read", "warning", "the service lists no apps", "is it the right tenant, and may this user see apps?")
