"""Many apps: planned and applied as fast as can be, at the pace of the quota, and what a report holds."""

from __future__ import annotations

import functools
import math
from contextlib import contextmanager
from typing import TYPE_CHECKING

from harness import contestants, cpus, emulated, nginx, processes
from harness.contestants import BENCHES, FLOOR, ISOLATED, OURS, TOKEN
from harness.figures import median, ratio
from harness.mode import Mode, Plot
from harness.processes import ContestantFailed
from harness.table import medians, ratios, spread
from harness.targets import Target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.contestants import Contestant
    from harness.effort import Effort
    from harness.figures import Rounds, Sample
    from harness.mode import Measures
    from harness.run import Run

BULK = "bulk"
REPORT = "report"
QUOTA = "quota"
IN_FLIGHT = 64
# To plan an app it is read; to apply the plan it is read, written, and read again.
REQUESTS = 4
# The published quota: so many writes of an application in 20 seconds, and any window counts. All is 20 times as fast.
WRITES = 100
WINDOW = 20.0 / 20
CHANGES = 100_000
APPS = 1_000


def _twice_at_most(effort: Effort) -> int:
    return min(effort.rounds, 2)


def _program(run: Run, name: str, *arguments: object) -> list[str]:
    return [str(run.python), *ISOLATED, str(BENCHES / f"{name}.py"), *map(str, arguments)]


@contextmanager
def _bulk(run: Run) -> Iterator[Measures]:
    """Each has an emulator of its own, on the last CPU, with apps that nobody has changed."""

    def measure(contestant: Contestant) -> Sample:
        apps = run.effort.apps
        with emulated.tenant(run.python, apps) as graph:
            seconds, cpu = processes.worked(contestant.command("bulk", graph.url, graph.token, apps, IN_FLIGHT))
        # The apps were planned once before, to warm up.
        expected = {"GET 200": apps * REQUESTS, "POST 204": apps}
        if graph.answered != expected:
            raise ContestantFailed(f"{contestant.name}, bulk: the emulator answered {graph.answered}, not {expected}")
        requests = apps * REQUESTS
        return {"requests_per_second": requests / seconds, "cpu_us": cpu * 1e6 / requests, "ms": seconds * 1e3}

    yield {who.name: functools.partial(measure, who) for who in contestants.bulk(run.floor, run.python)}


@contextmanager
def _report(run: Run) -> Iterator[Measures]:
    def measure(url: str) -> Sample:
        number = run.effort.changes
        said = processes.told(_program(run, "report", url, TOKEN, number))
        [first, second], [left, left_again] = said["held"], said["left"]
        return {
            "changes": number,
            "bytes": first / number,
            "left_mib": left / 2**20,
            "grown_mib": (left_again - left) / 2**20,
            "second_bytes": second / number,
        }

    with nginx.started() as server, cpus.pinned(server.pid, clients_anywhere=True):
        yield {OURS: functools.partial(measure, server.base_url)}


@contextmanager
def _quota(run: Run) -> Iterator[Measures]:
    """The quota is in force at one emulator; the plans are made at another that holds the same apps."""

    def measure() -> Sample:
        apps = run.effort.writes
        with emulated.tenant(run.python, apps) as planned, emulated.tenant(run.python, apps, WINDOW) as paced:
            services = (planned.url, planned.token, paced.url, paced.token)
            seconds = processes.told(_program(run, "paced", *services, apps, WRITES / WINDOW))["seconds"]
        refused = sum(times for answer, times in paced.answered.items() if answer.endswith("429"))
        least = (math.ceil(apps / WRITES) - 1) * WINDOW
        return {"apps": apps, "seconds": seconds, "least_seconds": least, "refused": refused}

    yield {OURS: measure}


def _fewer(metric: str, promised: int) -> functools.partial[str]:
    return functools.partial(_short_of, metric, promised)


def _short_of(metric: str, promised: int, rounds: Rounds) -> str:
    measured = median(rounds, OURS, metric)
    return f"{measured:,.0f} {metric} only" if measured < promised else ""


MODES = (
    Mode(
        BULK,
        f"Many apps planned and applied, {IN_FLIGHT} in flight",
        (
            medians("requests/s", "requests_per_second"),
            spread("requests_per_second"),
            ratios("floor's", "requests_per_second", FLOOR),
            medians("CPU µs/request", "cpu_us", 1),
            ratios("floor's", "cpu_us", FLOOR),
            medians("ms in all", "ms"),
        ),
        _bulk,
        (
            Target(
                f"requests a second of plan_many and apply_many, {IN_FLIGHT} in flight, to the floor's",
                BULK,
                OURS,
                lambda rounds: ratio(rounds, OURS, "requests_per_second", FLOOR),
                bound=0.9,
                at_most=False,
                unit="×",
            ),
        ),
        Plot(f"Requests a second, {IN_FLIGHT} apps in flight", "requests_per_second"),
    ),
    Mode(
        REPORT,
        "What a report of planned changes takes",
        (
            medians("changes", "changes"),
            medians("bytes each", "bytes"),
            medians("in a second report", "second_bytes"),
            medians("MiB left without it", "left_mib", 1),
            medians("grown by the second", "grown_mib", 1),
        ),
        _report,
        (
            Target(
                "memory of a report, for each of 100,000 changes",
                REPORT,
                OURS,
                lambda rounds: median(rounds, OURS, "bytes"),
                bound=1024,
                at_most=True,
                unit=" bytes",
                doubt=_fewer("changes", CHANGES),
            ),
            Target(
                "memory left of a report that is dropped",
                REPORT,
                OURS,
                lambda rounds: median(rounds, OURS, "left_mib"),
                bound=5,
                at_most=True,
                unit=" MiB",
                doubt=_fewer("changes", CHANGES),
            ),
            Target(
                "memory left besides by a second one of as many, dropped too",
                REPORT,
                OURS,
                lambda rounds: median(rounds, OURS, "grown_mib"),
                bound=1,
                at_most=True,
                unit=" MiB",
                doubt=_fewer("changes", CHANGES),
            ),
        ),
        samples=_twice_at_most,
        is_warmed=False,
    ),
    Mode(
        QUOTA,
        f"Many apps of one tenant, at {WRITES} writes in {WINDOW:g} s",
        (
            medians("apps", "apps"),
            medians("s", "seconds", 2),
            medians("least by quota", "least_seconds", 2),
            medians("answers 429", "refused"),
        ),
        _quota,
        (
            Target(
                "time to write 1,000 apps, to the least that the quota allows",
                QUOTA,
                OURS,
                lambda rounds: median(rounds, OURS, "seconds") / median(rounds, OURS, "least_seconds"),
                bound=1.03,
                at_most=True,
                unit="×",
                doubt=_fewer("apps", APPS),
            ),
            Target(
                "answers 429 while they are written",
                QUOTA,
                OURS,
                lambda rounds: median(rounds, OURS, "refused"),
                bound=0,
                at_most=True,
                unit="",
                doubt=_fewer("apps", APPS),
            ),
        ),
        samples=_twice_at_most,
        is_warmed=False,
    ),
)
