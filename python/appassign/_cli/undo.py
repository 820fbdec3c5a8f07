"""``appassign undo``: what lies on top is taken back, and never something beneath."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from appassign._core import Change, MobileAppAssignment, Plan, assignment_to_row, read_journal
from appassign.exceptions import (
    AppAssignError,
    AuthenticationError,
    ConfigurationError,
    CredentialError,
    InvalidInputError,
    JournalError,
    StalePlanError,
)

from .command import command
from .exit_codes import FAILED
from .options import CALL, FILE, JOURNAL, OUTPUT, RATE, argument, option
from .output import COLUMNS
from .results import errors_of, tell_errors, tell_receipts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appassign._core import ApplyReceipt, PlanReport

    from .output import Output
    from .session import Session

    # By the app's id in small letters: as it was spelled, and why it failed.
    _Errors = dict[str, tuple[str, BaseException]]

_LISTED = 20  # writes of a journal in which nothing was found
_OF_THE_SERVICE = ("id", "source", "sourceId")  # it gives them anew; they say nothing of what is assigned


@command(
    argument("journal_file", metavar="JOURNAL", type=FILE),
    option("--app", metavar="APP", help="Take back the last write to this app."),
    option("--reason", metavar="TEXT", help="Take back each app's last writes, as far as this is their reason."),
    option("--dry-run", is_flag=True, help="Show it; write nothing."),
    JOURNAL, OUTPUT, RATE, CALL,
)  # fmt: skip
def undo(session: Session, *, journal_file: str, app: str | None, reason: str | None, dry_run: bool) -> int:
    """Take back the last write of a journal, or to an app, or the last ones for a reason, the newest first.

    A write on which a later one rests is left as it is, and so is what somebody else has changed since. An undo is a
    write too: it goes to the same journal, unless --journal names another one, and can be taken back.
    """
    receipts, errors = _on_top(journal_file, app, reason)
    if dry_run:
        return _dry_run(session, receipts, errors)
    undone = _take_back(session, journal_file, receipts, errors) if receipts else []
    return tell_receipts(session.output, undone, [*errors.values()], "undone")


def _on_top(journal: str, app: str | None, reason: str | None) -> tuple[list[ApplyReceipt], _Errors]:
    """The receipts to take back, the newest first, and the apps of which none can be: a later write lies on them."""
    receipts = read_journal(journal)
    writes = [
        receipt
        for receipt in reversed(receipts)
        if (app is None or receipt.app_id.lower() == app.lower()) and _wrote(receipt)
    ]
    found: list[ApplyReceipt] = []
    errors: _Errors = {}
    others: dict[str, ApplyReceipt] = {}
    of_apps: set[str] = set()
    for write in writes if reason is not None else []:
        key = write.app_id.lower()
        if write.reason != reason:
            others.setdefault(key, write)
        elif key not in others:
            found.append(write)
            of_apps.add(key)
        elif key not in of_apps:
            errors[key] = (others[key].app_id, _covered(others[key]))
    if reason is None:
        found = writes[:1]
    if not found and not errors:
        raise _nothing(journal, app, reason, receipts)
    return found, errors


def _wrote(receipt: ApplyReceipt) -> bool:
    """Whether something was written, or may have been."""
    return bool(receipt.response) or receipt.recovered or not _same(receipt.before, receipt.after)


def _covered(top: ApplyReceipt) -> InvalidInputError:
    """The error of an app whose last write is not for the reason that was asked for."""
    its = "no reason" if top.reason is None else f"another reason: {top.reason!r}"
    error = InvalidInputError(f"its last write, of {_moment(top)} UTC, has {its}")
    error.hint = (
        "if that is an undo, it was taken back already; else take the later one back first: "
        f"--app {top.app_id} without --reason"
    )
    return error


def _nothing(journal: str, app: str | None, reason: str | None, receipts: list[ApplyReceipt]) -> InvalidInputError:
    of_app = "" if app is None else f" to the app {app}"
    for_reason = "" if reason is None else f" for the reason {reason!r}"
    error = InvalidInputError(f"{journal}: it holds no write{of_app}{for_reason}")
    listed = [
        f"{_moment(one)}  app {one.app_id}  {len(one.before)} -> {len(one.after)}"
        + (f"  {one.reason}" if one.reason else "")
        for one in receipts[-_LISTED:]
    ]
    error.hint = "\n  ".join(["its last writes, in UTC:", *listed]) if listed else "it is empty"
    return error


def _moment(receipt: ApplyReceipt) -> str:
    return f"{receipt.time:%Y-%m-%d %H:%M:%S}"


def _take_back(session: Session, journal: str, receipts: list[ApplyReceipt], errors: _Errors) -> list[ApplyReceipt]:
    """Do it, one after the other, and note what failed."""
    undone: list[ApplyReceipt] = []
    with session.client(journal=journal) as client:
        for index, receipt in enumerate(receipts):
            if receipt.app_id.lower() in errors:
                continue  # what is older rests on it
            try:
                undone.append(client.undo(receipt))
            except (AuthenticationError, ConfigurationError, CredentialError, JournalError) as error:
                # All others would meet the same.
                for left in receipts[index:]:
                    errors.setdefault(left.app_id.lower(), (left.app_id, error))
                break
            except AppAssignError as error:
                errors[receipt.app_id.lower()] = (receipt.app_id, error)
            except KeyboardInterrupt as interrupt:
                vars(interrupt)["receipts"] = undone
                raise
    return undone


def _dry_run(session: Session, receipts: list[ApplyReceipt], errors: _Errors) -> int:
    """Show what undo would leave, and fail where it would."""
    output = session.output
    apps: dict[str, list[ApplyReceipt]] = {}
    for receipt in receipts:
        apps.setdefault(receipt.app_id.lower(), []).append(receipt)
    concerned = len({*apps, *errors})
    read = _read(session, [of_app[0].app_id for of_app in apps.values()]) if apps else ()
    rows: list[dict[str, str | None]] = []
    planned = nothing = 0
    for result, (key, of_app) in zip(read, apps.items(), strict=True):
        app_id = of_app[0].app_id
        if result.plan is None:
            errors[key] = (app_id, result.error or InvalidInputError("it could not be read"))
            continue
        live = result.plan.before
        left, error = _left(live, of_app)
        if error is not None:
            errors[key] = (app_id, error)
        if not _same(live, left):
            planned += 1
            rows += _show(output, app_id, live, left)
        elif error is None:
            nothing += 1
    failed = [*errors.values()]
    tell_errors(output, failed)
    counts = {"planned": planned, "nothing_to_do": nothing, "failed": len(failed)}
    counted = f"{concerned} app{'' if concerned == 1 else 's'}: " + ", ".join(
        f"{count} {name.replace('_', ' ')}" for name, count in counts.items()
    )
    output.text([counted])
    output.annotate("notice", "appassign", counted)
    output.summary(counted, rows)
    output.document({**counts, "rows": rows, "errors": errors_of(failed)})
    return FAILED if failed else 0


def _read(session: Session, apps: list[str]) -> PlanReport:
    """What the apps hold, as plans that change nothing."""
    with session.client() as client:
        try:
            return session.plan_many(client, [Change(app) for app in apps])
        except KeyboardInterrupt as interrupt:
            vars(interrupt).pop("report", None)  # it would say that there is nothing to do
            raise


def _left(
    live: Sequence[MobileAppAssignment], receipts: list[ApplyReceipt]
) -> tuple[Sequence[MobileAppAssignment], StalePlanError | None]:
    """What an app would hold once its receipts were undone, as far as they can be, and why not all of them can."""
    left = live
    for receipt in receipts:
        if _same(left, receipt.after):
            left = receipt.before
        elif not _same(left, receipt.before):  # else it was taken back by hand, or was never done
            error = StalePlanError(
                f"somebody else changed it after the write of {_moment(receipt)} UTC, and undo leaves that as it is"
            )
            error.planned, error.live = receipt.after, tuple(left)
            error.hint = f"appassign get {receipt.app_id} shows what it has"
            return left, error
    return left, None


def _show(
    output: Output, app_id: str, live: Sequence[MobileAppAssignment], left: Sequence[MobileAppAssignment]
) -> list[dict[str, str | None]]:
    """Show what would become of an app, and give it as rows: as a plan has it, if a plan may say it."""
    try:
        plan = _plan(app_id, live, left)
    except InvalidInputError:  # what is not known today may be brought back, and not be planned
        before, after = _bare(live), _bare(left)
        rows = [assignment_to_row(app_id, "remove", one) for one in before if one not in after]
        rows += [assignment_to_row(app_id, "add", one) for one in after if one not in before]
        output.text([f"app {app_id}", *output.table(rows, ("action", *COLUMNS))])
        return rows
    output.text(output.diff(plan))
    return plan.to_dicts()


def _same(one: Sequence[MobileAppAssignment], other: Sequence[MobileAppAssignment]) -> bool:
    """Whether both say the same, as the library compares what an app holds."""
    if one == other:
        return True
    try:
        return not _plan("any", _bare(one), _bare(other))
    except InvalidInputError:
        return False


def _bare(assignments: Sequence[MobileAppAssignment]) -> list[MobileAppAssignment]:
    def said(one: MobileAppAssignment) -> dict[str, Any]:
        return {name: value for name, value in one.to_dict().items() if name not in _OF_THE_SERVICE}

    return [MobileAppAssignment.from_dict(said(one)) for one in assignments]


def _plan(app_id: str, before: Sequence[MobileAppAssignment], after: Sequence[MobileAppAssignment]) -> Plan:
    listed = {name: [one.to_dict() for one in entries] for name, entries in (("before", before), ("after", after))}
    return Plan.from_json(json.dumps({"app_id": app_id, **listed, "warnings": []}))
