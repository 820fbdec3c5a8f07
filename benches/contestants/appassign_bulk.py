"""appassign: ``plan_many`` and ``apply_many``."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from appassign import AsyncClient, Change, Client, GroupAssignmentTarget, MobileAppAssignment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from appassign import PlanReport

GROUP = "11111111-2222-4333-8444-555555555501"


def _changes(apps: Sequence[str]) -> Iterator[Change]:
    for app in apps:
        yield Change(app, add=[MobileAppAssignment(target=GroupAssignmentTarget(GROUP), intent="available")])


class Bulk:
    """A ``Client``."""

    def __init__(self, base_url: str, token: str, in_flight: int) -> None:
        self._client = Client(token, base_url=base_url)
        self._in_flight = in_flight

    def plan(self, apps: Sequence[str]) -> PlanReport:
        """The report."""
        report = self._client.plan_many(_changes(apps), concurrency=self._in_flight)
        report.raise_for_errors()
        return report

    def apply(self, report: PlanReport) -> None:
        """Write what was planned."""
        self._client.apply_many(report.plans, concurrency=self._in_flight).raise_for_errors()

    def close(self) -> None:
        """Close the client."""
        self._client.close()


class AsyncBulk:
    """An ``AsyncClient``."""

    def __init__(self, base_url: str, token: str, in_flight: int) -> None:
        self._runner = asyncio.Runner()
        self._client = AsyncClient(token, base_url=base_url)
        self._in_flight = in_flight

    def plan(self, apps: Sequence[str]) -> PlanReport:
        """The report."""

        async def plan() -> PlanReport:
            return await self._client.plan_many(_changes(apps), concurrency=self._in_flight)

        report = self._runner.run(plan())
        report.raise_for_errors()
        return report

    def apply(self, report: PlanReport) -> None:
        """Write what was planned."""

        async def apply() -> None:
            (await self._client.apply_many(report.plans, concurrency=self._in_flight)).raise_for_errors()

        self._runner.run(apply())

    def close(self) -> None:
        """Close the client and its loop."""
        self._runner.run(self._client.close())
        self._runner.close()
