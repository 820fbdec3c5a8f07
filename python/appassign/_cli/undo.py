"""``appassign undo``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appassign._core import Change, read_journal
from appassign.exceptions import (
    AppAssignError,
    AuthenticationError,
    ConfigurationError,
    CredentialError,
    InvalidInputError,
    JournalError,
)

from .command import command
from .exit_codes import FAILED
from .options import CALL, FILE, JOURNAL, OUTPUT, RATE, argument, option
from .results import tell_receipts, tell_run

if TYPE_CHECKING:
    from appassign._core import ApplyReceipt

    from .session import Session

_LISTED = 20  # writes of a journal in which nothing was found


@command(
    argument("journal_file", metavar="JOURNAL", type=FILE),
    option("--app", metavar="APP", help="Take back all writes to this app."),
    option("--reason", metavar="TEXT", help="Take back all writes for this reason."),
    option("--dry-run", is_flag=True, help="Show it; write nothing."),
    JOURNAL, OUTPUT, RATE, CALL,
)  # fmt: skip
def undo(session: Session, *, journal_file: str, app: str | None, reason: str | None, dry_run: bool) -> int:
    """Take back the last write of a journal, or all that --app and --reason name, the newest first.

    What somebody else has changed since stands. An undo is a write too: it goes to the same journal, unless --journal
    names another one, and can be taken back.
    """
    receipts = _matching(journal_file, app, reason)
    output = session.output
    if dry_run:
        return _dry_run(session, receipts)
    undone: list[ApplyReceipt] = []
    errors: dict[str, BaseException] = {}
    with session.client(journal=journal_file) as client:
        for index, receipt in enumerate(receipts):
            if receipt.app_id in errors:
                continue  # what is older rests on it
            try:
                undone.append(client.undo(receipt))
            except (AuthenticationError, ConfigurationError, CredentialError, JournalError) as error:
                # All others would meet the same.
                errors = {left.app_id: error for left in receipts[index:]} | errors
                break
            except AppAssignError as error:
                errors[receipt.app_id] = error
            except KeyboardInterrupt as interrupt:
                vars(interrupt)["receipts"] = undone
                raise
    return tell_receipts(output, undone, [*errors.items()], "undone")


def _matching(journal: str, app: str | None, reason: str | None) -> list[ApplyReceipt]:
    """The receipts to take back, the newest first."""
    receipts = read_journal(journal)
    if app is None and reason is None:
        found = receipts[-1:]
    else:
        found = [
            receipt
            for receipt in _standing(receipts)
            if (app is None or receipt.app_id.lower() == app.lower()) and (reason is None or receipt.reason == reason)
        ]
    if found:
        return found[::-1]
    asked = "".join((f" to the app {app}" if app else "", f" for the reason {reason!r}" if reason else ""))
    nothing = InvalidInputError(f"{journal}: no write{asked} that still stands")
    listed = [
        f"{one.time:%Y-%m-%d %H:%M:%S}  app {one.app_id}  {len(one.before)} -> {len(one.after)}"
        + (f"  {one.reason}" if one.reason else "")
        for one in receipts[-_LISTED:]
    ]
    nothing.hint = "\n  ".join(["its last writes, in UTC:", *listed]) if listed else "it holds no writes"
    raise nothing


def _standing(receipts: list[ApplyReceipt]) -> list[ApplyReceipt]:
    """All but those that were taken back, and what took them back: to do that again would redo them for a while."""
    standing: dict[str, list[tuple[int, ApplyReceipt]]] = {}
    for index, receipt in enumerate(receipts):
        of_app = standing.setdefault(receipt.app_id, [])
        if of_app and (receipt.reason or "").startswith("undo") and _reverses(receipt, of_app[-1][1]):
            of_app.pop()
        else:
            of_app.append((index, receipt))
    return [receipt for _, receipt in sorted(one for of_app in standing.values() for one in of_app)]


def _reverses(receipt: ApplyReceipt, older: ApplyReceipt) -> bool:
    return {*receipt.before} == {*older.after} and {*receipt.after} == {*older.before}


def _dry_run(session: Session, receipts: list[ApplyReceipt]) -> int:
    """Show what undo would leave: what each app held before the oldest of its writes, if nobody wrote since."""
    newest = {receipt.app_id: receipt for receipt in reversed(receipts)}
    oldest = {receipt.app_id: receipt for receipt in receipts}
    with session.client() as client:
        changes = [Change(app, replace=receipt.before) for app, receipt in oldest.items()]
        report = session.plan_many(client, changes)
    output = session.output
    stale = [one for one in report.plans if one and {*one.before} != {*newest[one.app_id].after}]
    output.text(line for one in report.plans if one for line in output.diff(one))
    changed = [(one.app_id, _changed_since(one.app_id)) for one in stale]
    tell_run(output, report, report.plans, more_errors=changed)
    return FAILED if report.failures or stale else 0


def _changed_since(app: str) -> InvalidInputError:
    error = InvalidInputError("somebody changed the app since, and undo would leave it as it is")
    error.hint = f"appassign get {app} shows what it has"
    return error
