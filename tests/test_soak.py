"""`make soak` in small: 20,000 calls, a tenth of their requests faulty."""

import pathlib
import re
import subprocess
import sys

SCRIPT = pathlib.Path(__file__).parent / "soak.py"


def test_twenty_thousand_calls_with_a_tenth_of_faults_all_end_as_they_should() -> None:
    """J8."""
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--calls", "20000", "--every", "0.5"],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    assert re.search(r"^20000 calls, 2\d{4} attempts, 0 ended otherwise", done.stdout, re.MULTILINE), done.stdout
    for end in ("AssignReceipt/applied", "BadRequestError/not_applied", "BadRequestError/unknown"):
        assert end in done.stdout
