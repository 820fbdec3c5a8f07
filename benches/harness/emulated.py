"""The emulator's process, and what it says of itself."""

from __future__ import annotations

import json
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
    pipe = subprocess.PIPE
    called = command(python, "serve", cpu)
    process = subprocess.Popen(called, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=environment())
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise ContestantFailed(f"{' '.join(called)}: {process.communicate()[1].strip()}")
        yield Assignable(process.pid, **json.loads(line))
    finally:
        process.kill()
        process.communicate()


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
