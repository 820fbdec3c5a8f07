"""What the emulator costs: assigns a second against nginx, start against a bare server, reset, memory.

python benches/emulator.py --python target/bench-venv/bin/python
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import pathlib
import signal
import subprocess
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from harness import cpus, emulated, machine, nginx, programs, wrk
from harness.emulator_modes import (
    BARE_SERVER,
    EMULATOR,
    HEADINGS,
    HELD,
    IDLE,
    MEMORY,
    NGINX,
    RESET,
    START,
    TARGETS,
    THROUGHPUT,
)
from harness.processes import ContestantFailed
from harness.rounds import in_turn
from harness.table import table

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.figures import Rounds, Sample

APP = "3f6a1c52-8f0e-4b7e-9a55-0c1d2e3f4a5b"
CONNECTIONS = 64


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--python", type=pathlib.Path, default=sys.executable, help="whose package is measured")
    parser.add_argument("--bare-server", type=pathlib.Path, help="the bare server's program; built if not given")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3, help="how long wrk asks")
    parser.add_argument("--times", type=int, default=200, help="how often a process starts or resets an emulator")
    parser.add_argument("--assignments", type=int, default=100_000, help="how many a process holds")
    parser.add_argument("--requests", type=int, default=20_000, help="how many a process records")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write every sample there")
    arguments = parser.parse_args()
    if min(arguments.rounds, arguments.seconds, arguments.times, arguments.assignments, arguments.requests) < 1:
        parser.error("every number must be positive")
    return arguments


def _throughput(arguments: argparse.Namespace, python: pathlib.Path) -> Rounds:
    """Both servers are on the last CPU, and idle while the other one is asked."""
    last = max(os.sched_getaffinity(0))
    with nginx.started() as server, emulated.serving(python, last) as ours:
        ask = functools.partial(wrk.assigned, connections=CONNECTIONS, seconds=arguments.seconds)
        theirs = f"{server.base_url}/deviceAppManagement/mobileApps/{APP}/assign"
        with cpus.pinned(server.pid, clients_anywhere=False):
            servers = {NGINX: (server.pid, theirs), EMULATOR: (ours.pid, ours.url)}
            measures = {name: functools.partial(ask, *asked, ours.token, ours.body) for name, asked in servers.items()}
            return in_turn(THROUGHPUT, measures, arguments.rounds)


def _start(arguments: argparse.Namespace, python: pathlib.Path, bare_server: pathlib.Path) -> Rounds:
    times = str(arguments.times)
    measures: dict[str, Callable[[], Sample]] = {
        BARE_SERVER: lambda: emulated.median_time([str(bare_server), times]),
        EMULATOR: lambda: emulated.median_time(emulated.command(python, "start", times)),
    }
    return in_turn(START, measures, arguments.rounds)


def _reset(arguments: argparse.Namespace, python: pathlib.Path) -> Rounds:
    command = emulated.command(python, "reset", arguments.times)
    return in_turn(RESET, {EMULATOR: lambda: emulated.median_time(command)}, arguments.rounds)


def _memory(arguments: argparse.Namespace, python: pathlib.Path) -> Rounds:
    numbers = {"one-app": arguments.assignments, "many-apps": arguments.assignments, "requests": arguments.requests}
    measures = {IDLE: functools.partial(emulated.memory, python, "one-app", 0)}
    measures |= {
        HELD[what]: functools.partial(emulated.memory, python, what, number) for what, number in numbers.items()
    }
    # A process takes what it takes: one round tells.
    return in_turn(MEMORY, measures, 1)


def _run(arguments: argparse.Namespace) -> None:
    bare_server = arguments.bare_server or programs.build("bare_server")
    python = arguments.python.absolute()
    taken_on = machine.describe(python)
    print(taken_on)
    results: dict[str, Rounds] = {}
    sections: dict[str, Callable[[], Rounds]] = {
        THROUGHPUT: lambda: _throughput(arguments, python),
        START: lambda: _start(arguments, python, bare_server),
        RESET: lambda: _reset(arguments, python),
        MEMORY: lambda: _memory(arguments, python),
    }
    for mode, measure in sections.items():
        results[mode] = measure()
        heading, columns = HEADINGS[mode]
        print(f"\n{heading}\n\n{table(results[mode], columns)}")
    print()
    for target in TARGETS:
        print(target.line(results))
    if arguments.json:
        names = ("rounds", "seconds", "times", "assignments", "requests")
        options = {name: getattr(arguments, name) for name in names}
        run = {"machine": asdict(taken_on), "options": options, "modes": results}
        arguments.json.write_text(json.dumps(run, indent=1))


def main() -> int:
    """Run it; what is missing or fails is named in a line."""
    # So that whatever ends the harness ends the servers too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        _run(_arguments())
    except (ContestantFailed, FileNotFoundError, RuntimeError, subprocess.SubprocessError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
