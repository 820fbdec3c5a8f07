"""Contestants as processes, and what is read from them."""

from __future__ import annotations

import json
import os
import pathlib
import signal
import statistics
import subprocess
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from harness.figures import Sample, percentile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# What a process may take beyond the time it was asked to call for.
PATIENCE_SECONDS = 30.0
# What a process may take that is asked for a number of calls.
LONG_PATIENCE_SECONDS = 600.0
LONGEST_SHOWN = 200
CRASHES = (-signal.SIGABRT, -signal.SIGSEGV)


class ContestantFailed(Exception):  # noqa: N818  (said as it is)
    """A contestant's process did not do its work; the message says what it wrote."""


def cold(command: Sequence[str], certificates: pathlib.Path | None = None, *, may_crash: bool = False) -> Sample:
    """From the start of a process to its end, which comes after its first 204."""
    start = time.perf_counter()
    with _process(command, PATIENCE_SECONDS, certificates) as process:
        _finish(process, command, may_crash=may_crash)
        end = time.perf_counter()
    return {"ms": (end - start) * 1e3, "crashed_percent": 0 if process.returncode == 0 else 100}


def looped(command: Sequence[str], *, warm_up: float, seconds: float, may_crash: bool = False) -> Sample:
    """Calls for so many seconds, after a warm-up."""
    arguments = [*command, str(warm_up), str(seconds)]
    report, cpu = _between(arguments, warm_up + seconds + PATIENCE_SECONDS, may_crash=may_crash)
    latencies = report["latencies_ns"]
    return {
        "calls": len(latencies),
        "calls_per_second": len(latencies) / report["seconds"],
        "cpu_us": cpu * 1e6 / len(latencies),
        "p50_us": statistics.median(latencies) / 1e3,
        "p99_us": percentile(latencies, 99) / 1e3,
    }


def worked(command: Sequence[str]) -> tuple[float, float]:
    """What a piece of work took after its warm-up: seconds, and those of a CPU."""
    report, cpu = _between(command, LONG_PATIENCE_SECONDS)
    return report["seconds"], cpu


def weighed(command: Sequence[str], *, may_crash: bool = False) -> Sample:
    """The most memory that a process had when it said that it is done."""
    with _process(command, LONG_PATIENCE_SECONDS) as process:
        _await(process, "done", command)
        peak = _peak(process.pid)
        _go_on(process)
        _finish(process, command, may_crash=may_crash)
    return {"mib": peak / 2**20}


def told(command: Sequence[str]) -> Any:  # noqa: ANN401  (it is JSON)
    """What a process has to say at its end."""
    with _process(command, LONG_PATIENCE_SECONDS) as process:
        return json.loads(_finish(process, command))


def environment(certificates: pathlib.Path | None = None) -> dict[str, str]:
    """Ours, without what would send a contestant elsewhere than to the server; whose certificates it trusts."""
    elsewhere = ("_PROXY", "APPASSIGN", "SSL_CERT", "CA_BUNDLE")
    kept = {name: value for name, value in os.environ.items() if not any(part in name.upper() for part in elsewhere)}
    # requests has a variable of its own.
    return kept | (
        {name: str(certificates) for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")} if certificates else {}
    )


def _between(command: Sequence[str], patience: float, *, may_crash: bool = False) -> tuple[dict[str, Any], float]:
    """What a process reports, and its CPU time from ``ready`` to ``done``."""
    with _process(command, patience) as process:
        _await(process, "ready", command)
        before = cpu_seconds(process.pid)
        _go_on(process)
        _await(process, "done", command)
        cpu = cpu_seconds(process.pid) - before
        _go_on(process)
        return json.loads(_finish(process, command, may_crash=may_crash)), cpu


@contextmanager
def _process(
    command: Sequence[str], patience: float, certificates: pathlib.Path | None = None
) -> Iterator[subprocess.Popen[str]]:
    """A process that is over, one way or another, when the block is."""
    pipe = subprocess.PIPE
    variables = environment(certificates)
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=variables)
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


def _finish(process: subprocess.Popen[str], command: Sequence[str], *, may_crash: bool = False) -> str:
    """Wait for the end of a process. A peer may crash in the interpreter's last moments, when its work is done."""
    output, errors = process.communicate()
    forgiven = may_crash and bool(output) and process.returncode in CRASHES
    if process.returncode != 0 and not forgiven:
        said = (errors.strip().splitlines() or [f"ended with {process.returncode}"])[-1]
        # A token is of no use in an error.
        called = " ".join(part if len(part) <= LONGEST_SHOWN else "…" for part in command)
        raise ContestantFailed(f"{called}: {said}")
    return output


def cpu_seconds(pid: int) -> float:
    """User and system time of all its threads: the clock that clock_getcpuclockid(3) names, to the nanosecond.

    It is the same clock for Rust and Python, and no contestant needs a library to read its own.
    """
    return time.clock_gettime((~pid << 3) | 2)


def _peak(pid: int) -> int:
    """The most bytes that were resident since the program was loaded; what the harness itself takes is not in it."""
    lines = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines()
    [kibibytes] = [line.split()[1] for line in lines if line.startswith("VmHWM:")]
    return int(kibibytes) * 1024
