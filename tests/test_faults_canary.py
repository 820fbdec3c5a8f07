"""A token planted in hundreds of different failures is found nowhere."""

import os
import pathlib
import re
import subprocess
import sys

from checked import leaks

SCRIPT = pathlib.Path(__file__).parent / "canary.py"


def test_a_token_planted_in_hundreds_of_failures_is_found_nowhere() -> None:
    """J2, J3, J5, J7."""
    loud = {"RUST_LOG": "trace", "RUST_BACKTRACE": "full", "PYTHONDEVMODE": "1", "PYTHONFAULTHANDLER": "1"}
    done = subprocess.run(
        [sys.executable, str(SCRIPT)],
        env={**os.environ, **loud, "PYTHONPATH": str(SCRIPT.parent), "PYTHONIOENCODING": "utf-8:backslashreplace"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        timeout=240,
    )
    printed = done.stdout.decode("utf-8", "replace")
    assert done.returncode == 0, printed[-5_000:]
    assert not leaks(printed), [printed[max(0, at - 500) : at + 200] for at in _places(printed)[:3]]
    assert "panicked at" not in printed
    # The ways of the interpreter's own were all taken.
    for said in ("Exception in thread", "Exception ignored in", "never awaited", "exception was never retrieved"):
        assert said in printed
    [count] = re.findall(r"^(\d+) different failures$", printed, re.MULTILINE)
    assert int(count) >= 200


def _places(printed: str) -> list[int]:
    return [printed.find(spelling) for spelling in leaks(printed)]
