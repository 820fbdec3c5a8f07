"""wrk, which asks a server for as much as it can give."""

from __future__ import annotations

import json
import pathlib
import subprocess
import time
from typing import TYPE_CHECKING

from harness.processes import ContestantFailed, cpu_seconds

if TYPE_CHECKING:
    from harness.figures import Sample

SCRIPT = pathlib.Path(__file__).with_name("assign.lua")
PATIENCE_SECONDS = 30


def assigned(server: int, url: str, token: str, body: str, *, connections: int, seconds: int) -> Sample:
    """Post a body to a server's process over so many connections for so many seconds; each answer must be a success."""
    options = ["--threads", "1", "--connections", str(connections), "--duration", f"{seconds}s"]
    command = ["wrk", *options, "--script", str(SCRIPT), url, "--", token, body]
    wall, cpu = time.monotonic(), cpu_seconds(server)
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds + PATIENCE_SECONDS)
    wall, cpu = time.monotonic() - wall, cpu_seconds(server) - cpu
    if done.returncode != 0:
        raise ContestantFailed(f"wrk: {done.stderr.strip() or done.stdout.strip()}")
    # Its own report comes before that of the script.
    report = json.loads(done.stdout[done.stdout.rindex("{") :])
    if report["failed"] or not report["requests"]:
        raise ContestantFailed(f"wrk: {report['failed']} of {report['requests']} requests failed at {url}")
    return {
        "requests_per_second": report["requests"] * 1e6 / report["microseconds"],
        "cpu_us": cpu * 1e6 / report["requests"],
        "cpu_percent": cpu / wall * 100,
        "p50_us": report["p50_us"],
        "p99_us": report["p99_us"],
    }
