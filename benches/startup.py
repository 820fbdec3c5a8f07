"""What importing appassign costs over bare Python, as whole processes in turn, from the release wheel.

python benches/startup.py dist/*.whl
"""

import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import venv

ROUNDS = 60
STATEMENTS = {
    "pass": "pass",
    "import appassign": "import appassign",
    "… and the names of a call": "from appassign import MobileAppGroupAssignment, assign",
}


def _seconds(python: pathlib.Path, statement: str) -> float:
    start = time.perf_counter()
    subprocess.run([python, "-I", "-c", statement], check=True)
    return time.perf_counter() - start


def main(wheel: str) -> None:
    """Print a table of medians, and what each statement costs over ``pass`` in the same round."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=False)
        python = pathlib.Path(folder, "bin", "python")
        install = ["-m", "pip", "--python", str(python), "install", "--quiet", "--no-index", "--no-deps", wheel]
        subprocess.run([sys.executable, *install], check=True)
        times: dict[str, list[float]] = {name: [] for name in STATEMENTS}
        for statement in STATEMENTS.values():
            _seconds(python, statement)
        for _ in range(ROUNDS):
            for name, statement in STATEMENTS.items():
                times[name].append(_seconds(python, statement))
    print(f"{'statement':<28} {'median ms':>10} {'over pass, ms':>14} {'ratio':>6}")
    for name, taken in times.items():
        over = statistics.median(one - bare for one, bare in zip(taken, times["pass"], strict=True))
        ratio = statistics.median(one / bare for one, bare in zip(taken, times["pass"], strict=True))
        print(f"{name:<28} {statistics.median(taken) * 1000:>10.2f} {over * 1000:>14.2f} {ratio:>6.2f}")


if __name__ == "__main__":
    main(sys.argv[1])
