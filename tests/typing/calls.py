# pyright: reportUnnecessaryTypeIgnoreComment=error
"""What type checkers know of calls. They alone read this file, and find an error wherever one is ignored."""

import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import assert_type

from appassign import (
    ApplyReceipt,
    ApplyReport,
    AssignReceipt,
    AsyncClient,
    Change,
    Client,
    GroupAssignmentTarget,
    MobileApp,
    MobileAppAssignment,
    MobileAppGroupAssignment,
    MobileAppPath,
    Plan,
    PlanReport,
    assign,
    assign_async,
)

ID = uuid.UUID(int=1)


def the_kind_of_the_assignments_decides(
    today: MobileAppAssignment,
    past: MobileAppGroupAssignment,
    made: Iterator[MobileAppAssignment],
    mixed: Iterable[MobileAppAssignment | MobileAppGroupAssignment],
) -> None:
    assert_type(assign("app", [today]), AssignReceipt)
    assert_type(assign(ID, (past,)), AssignReceipt)
    assert_type(assign(MobileAppPath("app").user_status("status"), {past}), AssignReceipt)
    assert_type(assign("app", made, timeout=10, attempts=1, cloud="usgov"), AssignReceipt)
    assign("app", (today for _ in range(2)))

    assign("app", [today, past])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    assign("app", mixed)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    assign("app", today)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    assign("app", today.to_json())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    assign("app", [today.target])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    assign("app", [today.to_dict()])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    assign(1, [today])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    assign("app", [today], "token")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    assign("app", [today], token="token")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


async def awaited(today: MobileAppAssignment, past: MobileAppGroupAssignment) -> None:
    assert_type(await assign_async("app", [today]), AssignReceipt)
    assert_type(await assign_async("app", [past], credential="token"), AssignReceipt)
    await assign_async("app", [past, today])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    assign_async("app", [today]).status  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]


def a_client(client: Client, today: MobileAppAssignment, past: MobileAppGroupAssignment) -> None:
    with Client("token", journal=Path("journal"), rate_limit=float("inf"), proxy=None) as opened:
        assert_type(opened, Client)
    assert_type(client.assign(ID, [today]), AssignReceipt)
    assert_type(client.assign("app", [past]), AssignReceipt)
    assert_type(client.assignments(ID), list[MobileAppAssignment])
    assert_type(client.apps(), list[MobileApp])
    plan = client.plan("app", add=[today], remove=[today, today.target])
    assert_type(plan, Plan)
    receipt = client.change("app", add=client.assignments("other"), reason="as the other")
    assert_type(receipt, ApplyReceipt)
    assert_type(client.apply(plan, max_removals=3, allow_empty=True), ApplyReceipt)
    assert_type(client.undo(receipt), ApplyReceipt)
    assert_type(client.plan("app", replace=receipt.before), Plan)

    client.assign("app", [today, past])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.change("app", add=[past])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    client.change("app", add=[today.target])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    client.change("app", replace=[today])  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    client.apply(receipt)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.undo(plan)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Client("token", "https://graph.microsoft.com/beta")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    Client(timeout="180")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def what_replaces_all_goes_alone(
    client: Client, today: MobileAppAssignment, wanted: list[MobileAppAssignment] | None
) -> None:
    assert_type(client.plan("app"), Plan)
    assert_type(client.plan("app", replace=[]), Plan)
    assert_type(client.plan("app", replace=wanted), Plan)
    assert_type(client.plan("app", add=[today], replace=None), Plan)

    client.plan("app", add=[today], replace=[today])  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    client.plan("app", remove=[today.target], replace=[])  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    client.plan("app", add=[today.target])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    client.plan("app", [today])  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]


async def an_asynchronous_client(
    client: AsyncClient, today: MobileAppAssignment, past: MobileAppGroupAssignment
) -> None:
    async with AsyncClient("token", base_url="http://127.0.0.1:8080/beta") as opened:
        assert_type(opened, AsyncClient)
    assert_type(await client.assign("app", [past]), AssignReceipt)
    assert_type(await client.assignments("app"), list[MobileAppAssignment])
    assert_type(await client.apps(), list[MobileApp])
    plan = await client.plan("app", add=[today])
    assert_type(plan, Plan)
    assert_type(await client.plan("app", replace=[]), Plan)
    receipt = await client.change("app", remove=[GroupAssignmentTarget(ID)])
    assert_type(receipt, ApplyReceipt)
    assert_type(await client.apply(plan, reason="reviewed"), ApplyReceipt)
    assert_type(await client.undo(receipt), ApplyReceipt)
    report = await client.plan_many([Change("app", add=[today])], progress=lambda _done, _total: None)
    assert_type(report, PlanReport)
    assert_type(await client.apply_many(report), ApplyReport)
    await client.close()

    await client.plan("app", add=[today], replace=[today])  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    await client.assign("app", [past, today])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    with client:  # type: ignore[attr-defined]  # pyright: ignore[reportGeneralTypeIssues]
        pass
    for _ in client.assignments("app"):  # type: ignore[attr-defined]  # pyright: ignore[reportGeneralTypeIssues, reportUnknownVariableType]
        pass


def many_apps(client: Client, today: MobileAppAssignment) -> None:
    report = client.plan_many((Change(app, replace=[today]) for app in ("one", "other")), concurrency=8, progress=True)
    assert_type(report, PlanReport)
    assert_type(client.plan_many({"app": {"add": [today], "remove": [today.target]}}), PlanReport)
    assert_type(client.apply_many(report, max_removals=10), ApplyReport)
    assert_type(client.apply_many(report.plans, progress=print), ApplyReport)

    client.plan_many(Change("app"))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.plan_many(["app"])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    client.plan_many({"app": [today]})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.plan_many([], progress=lambda done: done)  # type: ignore[arg-type, misc]  # pyright: ignore[reportArgumentType]
    client.apply_many(report[0])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.apply_many(report[:2])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
