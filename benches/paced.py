"""Plans applied as fast as a quota allows: ``paced.py PLANNED_URL TOKEN PACED_URL TOKEN APPS WRITES_A_SECOND``.

They are planned at a service without a quota, which holds the same apps: what is measured is the writing alone.
"""

from __future__ import annotations

import json
import sys
from time import perf_counter
from typing import NamedTuple

from appassign import Change, Client, GroupAssignmentTarget, MobileAppAssignment
from bulk import apps

IN_FLIGHT = 16
GROUP = "11111111-2222-4333-8444-555555555501"


class Service(NamedTuple):
    """Where it is, and a token that it takes."""

    url: str
    token: str


def main(planned: Service, paced: Service, number: int, rate: float) -> None:
    """Plan at one, apply at the other."""
    added = MobileAppAssignment(target=GroupAssignmentTarget(GROUP), intent="available")
    with Client(planned.token, base_url=planned.url) as client:
        report = client.plan_many(Change(app, add=[added]) for app in apps(number))
        report.raise_for_errors()
    with Client(paced.token, base_url=paced.url, rate_limit=rate) as client:
        start = perf_counter()
        client.apply_many(report.plans, concurrency=IN_FLIGHT).raise_for_errors()
        seconds = perf_counter() - start
    print(json.dumps({"seconds": seconds}))


if __name__ == "__main__":
    main(Service(*sys.argv[1:3]), Service(*sys.argv[3:5]), int(sys.argv[5]), float(sys.argv[6]))
