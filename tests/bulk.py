"""What the tests of runs about many apps share."""

from collections.abc import Iterable
from typing import Any

from appassign import ApplyReport, Change, Client, PlanReport
from appassign.emulator import Emulator
from planned import asked, to_group


def apps_of(graph: Emulator, count: int, **options: Any) -> list[str]:
    return [graph.add_app(**options) for _ in range(count)]


def additions(apps: Iterable[str]) -> list[Change]:
    """One group more for each app, each app another one."""
    return [Change(app, add=[to_group(number)]) for number, app in enumerate(apps, start=100)]


def planned(client: Client, graph: Emulator, count: int) -> PlanReport:
    """Plans that each write one app of its own."""
    report = client.plan_many(additions(apps_of(graph, count)))
    report.raise_for_errors()
    return report


def outcomes(report: ApplyReport) -> list[str]:
    """What a report says that became of each write, in order."""
    return [result.error.outcome if result.error else "applied" for result in report]


def written(graph: Emulator, report: ApplyReport) -> list[bool]:
    """Which of the apps of a report hold what was planned, in order."""
    return [len(graph.assignments(result.plan.app_id)) == len(result.plan.after) for result in report]


def sends_nothing(graph: Emulator) -> bool:
    return asked(graph) == []
