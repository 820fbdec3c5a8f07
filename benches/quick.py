"""What a call of ours costs, against the floor and what a user would take instead, on one nginx.

python benches/quick.py --python target/bench-venv/bin/python
"""

from __future__ import annotations

import argparse
import json
import pathlib
import signal
import subprocess
import sys
from dataclasses import asdict

from harness import cpus, machine, nginx, programs
from harness.contestants import FLOOR, NAMES, contestants
from harness.modes import MODES, Pace
from harness.processes import ContestantFailed
from harness.rounds import interleaved
from harness.table import table
from harness.targets import TARGETS


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--python", type=pathlib.Path, default=sys.executable, help="whose packages are measured")
    parser.add_argument("--floor", type=pathlib.Path, help="the floor's program; built if not given")
    parser.add_argument("--contestants", nargs="+", choices=NAMES, default=NAMES, metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="how long each process calls")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write every sample there")
    arguments = parser.parse_args()
    if arguments.rounds < 1 or arguments.seconds <= 0:
        parser.error("--rounds and --seconds must be positive")
    return arguments


def _run(arguments: argparse.Namespace) -> None:
    program = arguments.floor or programs.build(FLOOR)
    python = arguments.python.absolute()
    everyone = contestants(program, python, arguments.contestants)
    pace = Pace(warm_up=arguments.seconds / 5, seconds=arguments.seconds)
    taken_on = machine.describe(python)
    print(taken_on)
    results = {}
    with nginx.started() as server:
        for mode in MODES:
            entrants = mode.entrants(everyone, python)
            with cpus.pinned(server.pid, clients_anywhere=mode.clients_anywhere):
                results[mode.name] = interleaved(mode, entrants, server.base_url, pace, arguments.rounds)
            print(f"\n{mode.heading}\n\n{table(results[mode.name], mode.columns)}")
    print()
    for target in TARGETS:
        print(target.line(results))
    if arguments.json:
        options = {name: getattr(arguments, name) for name in ("rounds", "seconds")}
        run = {"machine": asdict(taken_on), "options": options, "modes": results}
        arguments.json.write_text(json.dumps(run, indent=1))


def main() -> int:
    """Run it; what is missing or fails is named in a line."""
    # So that whatever ends the harness ends the server too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        _run(_arguments())
    except (ContestantFailed, FileNotFoundError, RuntimeError, subprocess.CalledProcessError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
