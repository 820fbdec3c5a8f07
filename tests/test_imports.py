"""What a script imports on the way to its first answers: each module is time that passes before anything is done."""

import os
import pathlib
import subprocess

import pytest
from interpreters import interpreters

from appassign.emulator import Emulator

ROOT = pathlib.Path(__file__).parent.parent

# The class's home, the native module, and how that one hears of the interpreter's exit.
CLIENT = {"__future__", "appassign._call", "appassign._client", "appassign._core", "atexit"}
SYNCHRONOUS = [
    ("import appassign", {"appassign"}),
    ("client = appassign.Client(token, base_url=url)", CLIENT),
    ("target = appassign.AllDevicesAssignmentTarget()", set()),
    ("wanted = [appassign.MobileAppAssignment(target=target, intent='required')]", set()),
    ("receipt = client.assign(app, wanted)", set()),
    ("receipt.status, receipt.attempts, receipt.request_id, receipt.elapsed, repr(receipt)", set()),
    ("plan = client.plan(app, add=(one for one in wanted), remove=(target,))", set()),
    ("str(plan), repr(plan), plan.added, plan.removed, plan.warnings", set()),
    ("client.apply(plan)", set()),
    ("receipt = client.change(app, remove=[target], reason='a test')", set()),
    ("client.undo(appassign.ApplyReceipt.from_json(receipt.to_json()))", set()),
    ("client.assignments(app)", set()),
    ("planned = client.plan_many([appassign.Change(app, add=wanted)])", {"appassign._progress"}),
    ("applied = client.apply_many(planned)", set()),
    ("applied.raise_for_errors(); str(applied), applied.to_dicts(), [one.receipt for one in applied]", set()),
    ("appassign.assign(app, wanted, credential=token, base_url=url)", {"appassign._assign"}),
    # Whatever fetches tokens has imported these, too.
    ("import contextlib, contextvars", None),
    (
        "appassign.Client(lambda: token, base_url=url).assignments(app)",
        {"appassign._credentials", "appassign.exceptions"},
    ),
]
# The loop is the caller's, and brings atexit along.
ASYNCHRONOUS = [
    ("import asyncio; asyncio.run(asyncio.sleep(0))", None),
    ("import appassign", {"appassign"}),
    ("client = appassign.AsyncClient(token, base_url=url)", CLIENT - {"atexit"}),
    (
        "wanted = [appassign.MobileAppAssignment(target=appassign.AllDevicesAssignmentTarget(), intent='required')]",
        set(),
    ),
    ("asyncio.run(client.assign(app, wanted))", set()),
    ("asyncio.run(client.change(app, remove=wanted))", set()),
]
# Who is refused pays for the tree of errors, and for the date of the refusal.
REFUSED = [
    ("import datetime", None),
    ("import appassign", {"appassign"}),
    ("client = appassign.Client('T', base_url=url)", CLIENT),
    ("try: client.assignments('a/b')\nexcept appassign.InvalidInputError: pass", {"appassign.exceptions"}),
    ("try: client.assignments(app)\nexcept appassign.AuthenticationError: pass", set()),
]

REPORT = """
import sys
url, app, token, *steps = sys.argv[1:]
for step in steps:
    before = {*sys.modules}
    exec(step)
    print(*sorted({*sys.modules} - before))
"""


@pytest.mark.parametrize("steps", [SYNCHRONOUS, ASYNCHRONOUS, REFUSED], ids=["synchronous", "asynchronous", "refused"])
@pytest.mark.parametrize("python", interpreters(), ids=pathlib.PurePath)
def test_each_step_imports_these_modules_and_no_others(python: str, steps: list[tuple[str, set[str] | None]]) -> None:
    with Emulator() as graph:
        arguments = [graph.url, graph.add_app(), graph.token, *(step for step, _ in steps)]
        done = subprocess.run(
            [python, "-P", "-c", REPORT, *arguments], env={**os.environ, "PYTHONPATH": str(ROOT / "python")},
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
    assert done.stderr == ""
    imported = [set(line.split()) for line in done.stdout.splitlines()]
    for (step, expected), found in zip(steps, imported, strict=True):
        assert expected is None or found == expected, step
