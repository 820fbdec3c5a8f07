"""What the pytest plugin costs a suite: one that does not use it, and a test that does.

It runs in the environment in which it is installed, beside pytest: target/plugin-venv/bin/python benches/plugin.py
"""

import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROUNDS = 40
TESTS = 200
SUITES = {
    "plain": "def test_{}():\n    pass\n\n",
    "monkeypatch": "def test_{}(monkeypatch):\n    pass\n\n",
    "graph_emulator": "def test_{}(graph_emulator):\n    pass\n\n",
}
# What is measured, and against what: a suite, and options of pytest.
PAIRS = {
    "that does not use it": (("plain", ()), ("plain", ("-p", "no:appassign"))),
    "the same twice, for the noise": (("plain", ()), ("plain", ())),
    "with graph_emulator in each test": (("graph_emulator", ()), ("monkeypatch", ())),
}
OTHERS = [option for name in ("anyio", "asyncio", "xdist", "cacheprovider") for option in ("-p", f"no:{name}")]


def _cost(folder: pathlib.Path, suite: str, options: tuple[str, ...]) -> tuple[float, float]:
    """Run a suite; give the seconds that it took, and those of a CPU."""
    command = [sys.executable, "-m", "pytest", "-q", *OTHERS, *options, f"test_{suite}.py"]
    start, before = time.perf_counter(), os.times()
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    taken, after = time.perf_counter() - start, os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return taken, cpu


def main() -> None:
    """Print a table of medians, and what each suite costs over the other of its pair in the same round."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for suite, test in SUITES.items():
            text = "".join(map(test.format, range(TESTS)))
            folder.joinpath(f"test_{suite}.py").write_text(text, encoding="utf-8")
        costs: dict[str, list[tuple[tuple[float, float], tuple[float, float]]]] = {pair: [] for pair in PAIRS}
        for turn in range(ROUNDS + 1):  # the first one compiles and fills caches
            for pair, (one, other) in PAIRS.items():
                if turn % 2:
                    cost, against = _cost(folder, *one), _cost(folder, *other)
                else:
                    against, cost = _cost(folder, *other), _cost(folder, *one)
                if turn:
                    costs[pair].append((cost, against))
    print(
        f"{f'a suite of {TESTS} tests':<33} {'median ms':>10} {'over the other':>15} {'ratio':>6} {'ratio of CPU':>13}"
    )
    for pair, taken in costs.items():
        median = statistics.median(cost[0] for cost, _ in taken)
        over = statistics.median(cost[0] - against[0] for cost, against in taken)
        ratio, cpu = (statistics.median(cost[i] / against[i] for cost, against in taken) for i in (0, 1))
        print(f"{pair:<33} {median * 1000:>10.2f} {over * 1000:>15.2f} {ratio:>6.3f} {cpu:>13.3f}")


if __name__ == "__main__":
    main()
