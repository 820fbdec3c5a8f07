"""What came of a command, as it is told: of a run, of writes, and of apps that failed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rich.text import Text

from appassign._core import Plan, PlanReport, assignment_to_row
from appassign.exceptions import InvalidInputError

from .exit_codes import FAILED
from .output import COLUMNS
from .wording import facts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from appassign._core import ApplyReceipt, ApplyReport, MobileAppAssignment
    from appassign.exceptions import AppAssignError

    from .output import Output

# Failed apps that are told of one by one; JSON has them all.
_TOLD = 50


def _failures(report: PlanReport | ApplyReport) -> list[tuple[str, AppAssignError]]:
    """The apps that failed, and why."""
    if isinstance(report, PlanReport):
        return [(result.change.app_id, result.error) for result in report.failures if result.error]
    return [(result.plan.app_id, result.error) for result in report.failures if result.error]


def tell_errors(output: Output, errors: Sequence[tuple[str, BaseException]]) -> None:
    """Say which apps failed."""
    for app, error in errors[:_TOLD]:
        output.error(error, f"app {app}")
    if len(errors) > _TOLD:
        output.remark(f"and {len(errors) - _TOLD} more apps failed; --json lists them all")


def errors_of(errors: Iterable[tuple[str, BaseException]]) -> list[dict[str, Any]]:
    """The same for JSON."""
    return [{"app_id": app, **facts(error)} for app, error in errors]


def tell_run(
    output: Output,
    report: PlanReport | ApplyReport,
    plans: Sequence[Plan],
    *,
    more_errors: Sequence[tuple[str, BaseException]] = (),
    **more: object,
) -> None:
    """Say what a run came to, which apps failed, and what there is to be careful about."""
    counted = str(report).partition("\n")[0]
    errors = [*_failures(report), *more_errors]
    warnings = [
        {"app_id": plan.app_id, "code": code, "message": text} for plan in plans for code, text in plan.warnings
    ]
    for warning in warnings:
        output.annotate("warning", f"app {warning['app_id']}: {warning['code']}", warning["message"])
    rows = report.to_dicts()
    counts = _counts(report)
    if isinstance(report, PlanReport) and "applied" in output.always:
        # It came to no writes: the document has the keys of a run that wrote.
        del counts["planned"]
        for row in rows:
            row |= {"outcome": None, "error": row.pop("error")}
    tell_errors(output, errors)
    output.text([counted])
    output.annotate("notice", "appassign", counted)
    output.summary(counted, rows)
    output.document({
        **counts,
        **more,
        "rows": rows,
        "warnings": warnings,
        "errors": errors_of(errors),
    })  # fmt: skip


def _counts(report: PlanReport | ApplyReport) -> dict[str, int]:
    """How many of each, under names that do not change."""
    failed = len(report.failures)
    if isinstance(report, PlanReport):
        name, changed = "planned", sum(map(bool, report.plans))
    else:
        name, changed = "applied", len(_written([result.receipt for result in report if result.receipt]))
    return {name: changed, "nothing_to_do": len(report) - changed - failed, "failed": failed}


def _written(receipts: Iterable[ApplyReceipt]) -> list[ApplyReceipt]:
    return [receipt for receipt in receipts if receipt.response or receipt.recovered]


def tell_receipts(
    output: Output,
    receipts: list[ApplyReceipt],
    errors: list[tuple[str, BaseException]],
    verb: str = "applied",
    **more: object,
) -> int:
    """Say what was written, as differences, and what was not."""
    written = _written(receipts)
    rows = [row for receipt in written for row in _rows(receipt)]
    output.text(line for receipt in written for line in _difference(output, receipt))
    tell_errors(output, errors)
    counts = {verb: len(written), "nothing_to_do": len(receipts) - len(written), "failed": len(errors)}
    counted = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items())
    output.text([counted])
    output.annotate("notice", "appassign", counted)
    output.summary(counted, rows)
    output.document({
        **counts,
        **more,
        "rows": rows,
        "receipts": [_receipt(receipt) for receipt in receipts],
        "errors": errors_of(errors),
    })  # fmt: skip
    return FAILED if errors else 0


def _rows(receipt: ApplyReceipt) -> list[dict[str, str | None]]:
    """What a write took away and brought, in the columns of reports."""

    def known(assignment: MobileAppAssignment) -> tuple[str | None, ...]:
        row = assignment_to_row(receipt.app_id, None, assignment)
        return tuple(value for name, value in row.items() if name != "other")

    before, after = {*map(known, receipt.before)}, {*map(known, receipt.after)}
    removed = [assignment_to_row(receipt.app_id, "remove", one) for one in receipt.before if known(one) not in after]
    return removed + [
        assignment_to_row(receipt.app_id, "add", one) for one in receipt.after if known(one) not in before
    ]


def _difference(output: Output, receipt: ApplyReceipt) -> list[Text]:
    """The same as a plan says it, or as a table where no plan may say it: what is not known today."""
    document = json.loads(receipt.to_json())
    told = {name: document[name] for name in ("app_id", "before", "after")}
    try:
        return output.diff(Plan.from_json(json.dumps({**told, "warnings": []})))
    except InvalidInputError:
        return [Text(f"app {receipt.app_id}", "bold"), *output.table(_rows(receipt), ("action", *COLUMNS))]


def _receipt(receipt: ApplyReceipt) -> dict[str, Any]:
    response = receipt.response
    return {
        "app_id": receipt.app_id,
        "time": receipt.time.isoformat(),
        "reason": receipt.reason,
        "recovered": receipt.recovered,
        "status": response.status if response else None,
        "request_id": response.request_id if response else None,
        "client_request_id": response.client_request_id if response else None,
    }
