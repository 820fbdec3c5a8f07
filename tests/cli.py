"""The installed script ``appassign``, as a person, a pipeline or another program runs it."""

import json
import os
import pathlib
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from appassign.emulator import Emulator
from pages import ROOT

SCRIPT = pathlib.Path(sys.executable).with_name("appassign.exe" if sys.platform == "win32" else "appassign")
ONE, TWO = "3f6a1c52-8f0e-4b7e-9a55-0c1d2e3f4a01", "3f6a1c52-8f0e-4b7e-9a55-0c1d2e3f4a02"
SALES, LEGAL = "11111111-2222-4333-8444-555555555501", "11111111-2222-4333-8444-555555555502"
FILTER = "c0ffee00-0000-4000-8000-000000000001"
OUTER = ("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "COLUMNS", "TERM", "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY")


def to_group(group: str, intent: str = "required", **more: Any) -> dict[str, Any]:
    target = {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": group}
    return {"intent": intent, "target": target, **more}


def add_app(graph: Emulator, app: str, *assignments: dict[str, Any], name: str = "Company Portal") -> str:
    return graph._native.add_app(json.dumps({"id": app, "displayName": name, "assignments": assignments}))


def groups(graph: Emulator, app: str) -> list[str]:
    """The groups to which an app goes."""
    return [held["target"]["groupId"] for held in graph.assignments(app) if "groupId" in held["target"]]


def writes(graph: Emulator) -> int:
    return sum(request.method == "POST" for request in graph.requests)


def environment(graph: Emulator | None = None, **more: str) -> dict[str, str]:
    """What a shell has that knows of the emulator, and of nothing else."""
    kept = {name: value for name, value in os.environ.items() if name not in OUTER}
    # The modules of this tree, whichever is installed.
    kept["PYTHONPATH"] = str(ROOT / "python")
    if graph is not None:
        kept |= {"APPASSIGN_BASE_URL": graph.url, "APPASSIGN_TOKEN": graph.token}
    return kept | more


@dataclass
class Done:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


def run(
    *arguments: str | pathlib.Path,
    graph: Emulator | None = None,
    stdin: str | bytes = "",
    cwd: pathlib.Path | None = None,
    **more: str,
) -> Done:
    """Run it to its end. Whatever it is told to do, it shows no token and no traceback."""
    given = stdin.encode() if isinstance(stdin, str) else stdin
    done = subprocess.run(
        [SCRIPT, *arguments], input=given, capture_output=True, check=False, cwd=cwd,
        env=environment(graph, **more), timeout=120,
    )  # fmt: skip
    found = Done(done.returncode, done.stdout.decode(), done.stderr.decode())
    assert "Traceback" not in found.err, found.err
    if graph is not None:
        assert graph.token not in found.out + found.err
    return found
