"""``appassign doctor``: what stands between this machine and the service, looked at one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from appassign import _core
from appassign.exceptions import AppAssignError, CredentialError

from . import checks
from .checks import Check
from .command import command
from .exit_codes import FAILED
from .options import CALL, OUTPUT
from .watched_credential import WatchedCredential
from .wording import advice, clean, said

if TYPE_CHECKING:
    from .output import Output
    from .session import Session

_STYLES = {"ok": "green", "warning": "yellow", "failed": "bold red"}


@command(OUTPUT, CALL)
def doctor(session: Session) -> int:
    """Check credential, token, permissions, cloud, proxy and certificates, and read one page of apps."""
    return _tell(session.output, _examine(session))


def _examine(session: Session) -> list[Check]:
    """Look at everything; the last look is a read of one app."""
    watched = WatchedCredential(session.token_file)
    found = [checks.versions()]
    error: AppAssignError | None = None
    apps: list[_core.MobileApp] = []
    try:
        session.client().close()  # what the other commands have may be refused before anything is asked
        with session.client(watched) as client:
            native = client._native  # noqa: SLF001
            way = native.way()
            found += checks.network(way)
            try:
                apps = _read(native, watched)
            except AppAssignError as refused:
                error = refused
    except AppAssignError as refused:
        return [*found, Check("settings", "failed", said(refused), advice(refused))]
    if watched.answered is not None:
        found.append(Check("credential", "ok", watched.answered))
        found += checks.token(watched.claims, way["scope"] or "")
    elif isinstance(error, CredentialError):
        return [*found, checks.no_credential(error, has_file=session.token_file is not None)]
    return [*found, checks.reading(apps, error)]


def _read(native: _core.Client, watched: WatchedCredential) -> list[_core.MobileApp]:
    """Read one app, as `_call.run` does, which would not say whom to ask for a token."""
    from appassign._credentials import answer

    call = _core.Call.apps(native, only_one=True)
    outcome = call.run()
    while isinstance(outcome, _core.TokenRequest):
        watched.authority = outcome.authority
        outcome = answer(outcome, call)
    return outcome


def _tell(output: Output, found: list[Check]) -> int:
    """Print them, and give the exit code."""
    failed = any(check.status == "failed" for check in found)
    indent = "\n" + " " * 23
    for check in found:
        line = Text.assemble((f"{check.status:<8}", _STYLES[check.status]), f" {check.name:<13} ")
        line.append(clean(check.message).replace("\n", indent))
        if check.hint and check.status != "ok":
            line.append(f"{indent}hint: ", "bold").append(clean(check.hint))
        output.text([line])
        if check.status != "ok":
            message = f"{check.message}\nhint: {check.hint}" if check.hint else check.message
            output.annotate("error" if check.status == "failed" else "warning", check.name, message)
    output.summary("appassign doctor", [check._asdict() for check in found])
    output.document({"ok": not failed, "checks": [check._asdict() for check in found]})
    return FAILED if failed else 0
