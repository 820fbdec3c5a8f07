"""aiohttp: the same requests as ``plan_many`` and ``apply_many`` make, written by hand."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, TypeVar

import aiohttp

from contestants import request

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

GROUP = "11111111-2222-4333-8444-555555555501"
ADDED = {
    "@odata.type": "#microsoft.graph.mobileAppAssignment",
    "intent": "available",
    "target": {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": GROUP},
}
T = TypeVar("T")
# An app, what it held, what it is to hold.
Plan = tuple[str, list[dict[str, Any]], list[dict[str, Any]]]


class AsyncBulk:
    """A ``ClientSession``; so many workers take apps from one iterator."""

    def __init__(self, base_url: str, token: str, in_flight: int) -> None:
        self._runner = asyncio.Runner()
        self._session = self._runner.run(self._connected(token))
        self._apps_url = f"{base_url}/deviceAppManagement/mobileApps"
        self._in_flight = in_flight

    def plan(self, apps: Sequence[str]) -> list[Plan]:
        """Read each app, and add a group to what it has."""
        plans: list[Plan] = []

        async def plan(app: str) -> None:
            before = await self._read(app)
            plans.append((app, before, [*before, ADDED]))

        self._runner.run(self._each(apps, plan))
        return plans

    def apply(self, plans: list[Plan]) -> None:
        """Read, write, and read again."""

        async def apply(plan: Plan) -> None:
            app, before, after = plan
            if await self._read(app) != before:
                raise RuntimeError(f"{app}: changed since it was planned")
            body, headers = {"mobileAppAssignments": after}, request.call_headers()
            async with self._session.post(f"{self._apps_url}/{app}/assign", json=body, headers=headers) as answer:
                await answer.read()
                answer.raise_for_status()
            if len(await self._read(app)) != len(after):
                raise RuntimeError(f"{app}: not all is listed")

        self._runner.run(self._each(plans, apply))

    def close(self) -> None:
        """Close the session and its loop."""
        self._runner.run(self._session.close())
        self._runner.close()

    async def _each(self, items: Iterable[T], act: Callable[[T], Awaitable[None]]) -> None:
        left = iter(items)

        async def work() -> None:
            for item in left:
                await act(item)

        async with asyncio.TaskGroup() as workers:
            for _ in range(self._in_flight):
                workers.create_task(work())

    async def _read(self, app: str) -> list[dict[str, Any]]:
        headers = request.call_headers()
        async with self._session.get(f"{self._apps_url}/{app}/assignments", headers=headers) as answer:
            answer.raise_for_status()
            held: list[dict[str, Any]] = json.loads(await answer.read())["value"]
            return held

    @staticmethod
    async def _connected(token: str) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(headers=request.lasting_headers(token))
