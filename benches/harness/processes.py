"""Contestants as processes, and what is read from them."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from harness.figures import Sample, percentile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# What a process may take beyond the time it was asked to call for.
PATIENCE_SECONDS = 30.0


class ContestantFailed(Exception):  # noqa: N818  (said as it is)
    """A contestant's process did not do its work; the message says what it wrote."""


def cold(command: Sequence[str]) -> Sample:
    """From the start of a process to its end, which comes after its first 204."""
    start = time.perf_counter()
    with _process(command, PATIENCE_SECONDS) as process:
        _finish(process, command)
        end = time.perf_counter()
    return {"ms": (end - start) * 1e3}


def looped(command: Sequence[str], *, in_flight: int, warm_up: float, seconds: float) -> Sample:
    """So many calls in flight for so many seconds, after a warm-up."""
    patience = warm_up + seconds + PATIENCE_SECONDS
    with _process([*command, str(in_flight), str(warm_up), str(seconds)], patience) as process:
        _await(process, "ready", command)
        before = cpu_seconds(process.pid)
        _go_on(process)
        _await(process, "done", command)
        cpu = cpu_seconds(process.pid) - before
        _go_on(process)
        report = json.loads(_finish(process, command))
    latencies = report["latencies_ns"]
    return {
        "calls": len(latencies),
        "calls_per_second": len(latencies) / report["seconds"],
        "cpu_us": cpu * 1e6 / len(latencies),
        "p50_us": statistics.median(latencies) / 1e3,
        "p99_us": percentile(latencies, 99) / 1e3,
    }


def environment() -> dict[str, str]:
    """Ours, without what would send a contestant elsewhere than to the server."""
    kept = os.environ.items()
    return {name: value for name, value in kept if not name.lower().endswith("_proxy") and "APPASSIGN" not in name}


@contextmanager
def _process(command: Sequence[str], patience: float) -> Iterator[subprocess.Popen[str]]:
    """A process that is over, one way or another, when the block is."""
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=environment())
    overdue = threading.Timer(patience, process.kill)
    overdue.start()
    try:
        yield process
    finally:
        overdue.cancel()
        process.kill()
        process.communicate()


def _await(process: subprocess.Popen[str], word: str, command: Sequence[str]) -> None:
    assert process.stdout is not None
    if process.stdout.readline() != f"{word}\n":
        process.kill()
        _finish(process, command)


def _go_on(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def _finish(process: subprocess.Popen[str], command: Sequence[str]) -> str:
    output, errors = process.communicate()
    if process.returncode != 0:
        said = (errors.strip().splitlines() or [f"ended with {process.returncode}"])[-1]
        raise ContestantFailed(f"{' '.join(command)}: {said}")
    return output


def cpu_seconds(pid: int) -> float:
    """User and system time of all its threads: the clock that clock_getcpuclockid(3) names, to the nanosecond.

    It is the same clock for Rust and Python, and no contestant needs a library to read its own.
    """
    return time.clock_gettime((~pid << 3) | 2)
