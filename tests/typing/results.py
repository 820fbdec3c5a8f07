# pyright: reportUnnecessaryTypeIgnoreComment=error
"""What type checkers know of receipts, plans and reports. They find an error wherever one is ignored."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import assert_type

from appassign import (
    AppAssignError,
    ApplyReceipt,
    ApplyReport,
    ApplyResult,
    AssignReceipt,
    Change,
    MobileApp,
    MobileAppAssignment,
    Plan,
    PlanReport,
    PlanResult,
    read_journal,
)


def a_receipt(receipt: AssignReceipt) -> None:
    assert_type(receipt.status, int)
    assert_type(receipt.request_id, str | None)
    assert_type(receipt.client_request_id, str)
    assert_type(receipt.date, datetime | None)
    assert_type(receipt.attempts, int)
    assert_type(receipt.elapsed, float)
    receipt.status = 204  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
    receipt.code  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]


def a_receipt_of_a_planned_write(receipt: ApplyReceipt) -> None:
    assert_type(receipt.app_id, str)
    assert_type(receipt.before, tuple[MobileAppAssignment, ...])
    assert_type(receipt.after, tuple[MobileAppAssignment, ...])
    assert_type(receipt.reason, str | None)
    assert_type(receipt.time, datetime)
    assert_type(receipt.recovered, bool)
    assert_type(receipt.response, AssignReceipt | None)
    assert_type(receipt.to_json(), str)
    assert_type(ApplyReceipt.from_json(b"{}"), ApplyReceipt)
    assert_type(read_journal(Path("journal")), list[ApplyReceipt])
    receipt.response.status  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]
    read_journal(1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def an_app(app: MobileApp) -> str | None:
    assert_type(app.id, str)
    assert_type(app.display_name, str | None)
    assert_type(app.odata_type, str | None)
    assert_type(app.is_assigned, bool | None)
    app.is_assigned = True  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
    match app:
        case MobileApp(_, name):
            assert_type(name, str | None)
            return name


def a_plan(plan: Plan) -> None:
    assert_type(plan.app_id, str)
    assert_type(plan.before, tuple[MobileAppAssignment, ...])
    assert_type(plan.after, tuple[MobileAppAssignment, ...])
    assert_type(plan.added, tuple[MobileAppAssignment, ...])
    assert_type(plan.removed, tuple[MobileAppAssignment, ...])
    assert_type(plan.kept, tuple[MobileAppAssignment, ...])
    for before, after in plan.changed:
        assert_type(before, MobileAppAssignment)
        assert_type(after, MobileAppAssignment)
    for code, message in plan.warnings:
        assert_type(code, str)
        assert_type(message, str)
    assert_type(bool(plan), bool)
    assert_type(plan.to_json(), str)
    assert_type(Plan.from_json(plan.to_json()), Plan)
    plan.added.append(plan.before[0])  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    len(plan)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def a_report_of_plans(report: PlanReport, part: slice) -> None:
    as_sequence: Sequence[PlanResult] = report
    assert_type(as_sequence[0], PlanResult)
    assert_type(report[0], PlanResult)
    assert_type(report[-1:], list[PlanResult])
    assert_type(report[part], list[PlanResult])
    assert_type(len(report), int)
    assert_type(iter(report), Iterator[PlanResult])
    assert_type(list(reversed(report)), list[PlanResult])
    assert_type(report.index(report[0]), int)
    assert_type(report.plans, tuple[Plan, ...])
    assert_type(report.failures, tuple[PlanResult, ...])
    assert_type(report.to_dicts(), list[dict[str, str | None]])
    for result in report:
        assert_type(result, PlanResult)
        assert_type(result.change, Change)
        assert_type(result.plan, Plan | None)
        assert_type(result.error, AppAssignError | None)
    report["app"]  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    report[0] = report[1]  # type: ignore[index]  # pyright: ignore[reportIndexIssue]
    report[0].plan.added  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]


def a_report_of_writes(report: ApplyReport) -> None:
    assert_type(report[0], ApplyResult)
    assert_type(report[:2], list[ApplyResult])
    assert_type(list(report), list[ApplyResult])
    assert_type(report.failures, tuple[ApplyResult, ...])
    assert_type(report.to_dicts(), list[dict[str, str | None]])
    for result in report.failures:
        assert_type(result.plan, Plan)
        assert_type(result.receipt, ApplyReceipt | None)
        if result.error is not None:
            assert_type(result.error.outcome == "applied", bool)
    report.plans  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    report[0].receipt.before  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]
