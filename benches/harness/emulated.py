"""The emulator's process, and what it says of itself."""

from __future__ import annotations

import json
import os
import pathlib
import statistics
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.processes import ContestantFailed, environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.figures import Sample

PROGRAM = pathlib.Path(__file__).parent.parent / "emulated.py"
PATIENCE_SECONDS = 300


@dataclass(frozen=True)
class Assignable:
    """Whose process, where to assign an app, and with what."""

    pid: int
    url: str
    token: str
    body: str


def command(python: pathlib.Path, *arguments: object) -> list[str]:
    """How the program is called."""
    return [str(python), "-E", "-s", str(PROGRAM), *map(str, arguments)]


@contextmanager
def serving(python: pathlib.Path, cpu: int) -> Iterator[Assignable]:
    """An emulator on one CPU, until the block is over."""
    with _started(command(python, "serve", cpu)) as (process, said):
        yield Assignable(process.pid, **said)


@contextmanager
def _started(called: Sequence[str]) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """A process and what it says once it serves; it is over when the block is."""
    pipe = subprocess.PIPE
    process = subprocess.Popen(called, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=environment())
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise ContestantFailed(f"{' '.join(called)}: {process.communicate()[1].strip()}")
        yield process, json.loads(line)
    finally:
        process.kill()
        process.communicate()


class Tenant:
    """A running emulator with many apps: where it is, and what it answered how often, once it has ended."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self.token = token
        # Method and status → how often.
        self.answered: dict[str, int] = {}


@contextmanager
def tenant(python: pathlib.Path, apps: int, quota_window: float | None = None) -> Iterator[Tenant]:
    """Apps with one assignment each, served on the last CPU until the block is over."""
    windows = [] if quota_window is None else [quota_window]
    with _started(command(python, "tenant", apps, max(os.sched_getaffinity(0)), *windows)) as (process, said):
        running = Tenant(**said)
        yield running
        running.answered = json.loads(process.communicate()[0])


def median_time(called: Sequence[str]) -> Sample:
    """The median of what a program takes so many times."""
    return {"us": statistics.median(_report(called)["taken_ns"]) / 1e3}


def memory(python: pathlib.Path, what: str, number: int) -> Sample:
    """What a process takes that holds so many of something, in megabytes."""
    report = _report(command(python, "hold", what, number))
    return {"number": number, "mb": report["resident"] / 1e6, "peak_mb": report["peak"] / 1e6}


def _report(called: Sequence[str]) -> dict[str, Any]:
    done = subprocess.run(
        called, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS, env=environment()
    )
    if done.returncode != 0:
        said = (done.stderr.strip().splitlines() or [f"ended with {done.returncode}"])[-1]
        raise ContestantFailed(f"{' '.join(called)}: {said}")
    report: dict[str, Any] = json.loads(done.stdout)
    return report
