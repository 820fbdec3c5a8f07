"""What appassign costs, against the floor and what a user would take instead, and whether what was promised is kept.

python benches/bench.py --python target/bench-venv/bin/python --only sequential concurrent cold
"""

from __future__ import annotations

import argparse
import json
import pathlib
import signal
import subprocess
import sys
from dataclasses import asdict, fields

from harness import machine, page, programs
from harness.contestants import FLOOR, NAMES, SDK, contestants
from harness.effort import Effort
from harness.modes import MODES
from harness.processes import ContestantFailed
from harness.run import Run
from harness.table import table

# What each number of an effort is, as an option.
EFFORTS = {
    "rounds": "how many samples of each are taken, if a mode does not take more or fewer",
    "seconds": "how long each process calls that calls in a loop",
    "calls": "how many calls one makes whose memory is weighed",
    "apps": "how many apps are planned and applied as fast as can be",
    "changes": "how many changes are planned for one report",
    "writes": "how many apps are written at the pace of the quota",
}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    add = parser.add_argument
    add("--python", type=pathlib.Path, default=sys.executable, help="whose packages are measured")
    add("--sdk-python", type=pathlib.Path, help=f"where {SDK} is installed, if not there")
    add("--wheel", type=pathlib.Path, help="the wheel that is installed there; without it, it has no size")
    add("--floor", type=pathlib.Path, help="the floor's program; built if not given")
    add("--only", nargs="+", choices=MODES, default=list(MODES), metavar="MODE", help=", ".join(MODES))
    add("--contestants", nargs="+", choices=NAMES, default=NAMES, metavar="NAME", help=", ".join(NAMES))
    for field in fields(Effort):
        add(f"--{field.name}", type=type(field.default), default=field.default, help=EFFORTS[field.name])
    add("--json", type=pathlib.Path, metavar="FILE", help="write every sample there")
    add(
        "--page",
        type=pathlib.Path,
        metavar="FILE",
        help="write tables and verdicts into this page, and plots beside it",
    )
    arguments = parser.parse_args()
    if any(getattr(arguments, field.name) <= 0 for field in fields(Effort)):
        parser.error("every number must be positive")
    if arguments.page and set(arguments.only) != set(MODES):
        parser.error("--page: a page is of one whole run; leave --only away")
    return arguments


def _run(arguments: argparse.Namespace) -> None:
    python = arguments.python.absolute()
    sdk_python = (arguments.sdk_python or python).absolute()
    floor = arguments.floor.absolute() if arguments.floor else programs.build(FLOOR)
    effort = Effort(**{field.name: getattr(arguments, field.name) for field in fields(Effort)})
    run = Run(floor, python, contestants(floor, python, sdk_python, arguments.contestants), effort, arguments.wheel)
    taken_on = machine.describe(python, sdk_python)
    print(taken_on)
    results = {}
    for mode in (mode for mode in MODES.values() if mode.name in arguments.only):
        results[mode.name] = mode.rounds(run)
        print(f"\n{mode.heading} ({mode.name})\n\n{table(results[mode.name], mode.columns)}", flush=True)
    if arguments.json:
        record = {"machine": asdict(taken_on), "options": asdict(effort), "modes": results}
        arguments.json.write_text(json.dumps(record, indent=1))
    if arguments.page:
        page.write(arguments.page, str(taken_on), results)
    print()
    for target in (target for name in results for target in MODES[name].targets):
        print(target.line(results))


def main() -> int:
    """Run it; what is missing or fails is named in a line."""
    # So that whatever ends the harness ends the servers too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        _run(_arguments())
    except (
        ContestantFailed,
        FileNotFoundError,
        ModuleNotFoundError,
        RuntimeError,
        subprocess.SubprocessError,
    ) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
