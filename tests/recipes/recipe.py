"""What the tests of the recipes share: a recipe in a process of its own, and what apps hold, to be compared."""

import csv
import json
import os
import pathlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from appassign import Client, read_journal
from appassign.emulator import Emulator
from pages import ROOT

RECIPES = ROOT / "examples" / "recipes"
NOBODY = "00000000-0000-4000-8000-000000000000"
WRITTEN_NOT = "nothing was written; with --yes it is\n"
KEPT = "nothing was written; apply plans.jsonl --yes does it\n"
RINGS = "".join(
    f'{ring} = "11111111-2222-4333-8444-55555555550{number}"\n'
    for number, ring in enumerate(("pilot", "early", "broad"), start=1)
)


class Done(NamedTuple):
    code: int
    out: str
    err: str


Run: TypeAlias = Callable[..., Done]


def command(name: str, *arguments: object) -> list[str]:
    return [sys.executable, "-X", "dev", "-W", "error", str(RECIPES / name), *map(str, arguments)]


def environment(graph: Emulator, **more: str) -> dict[str, str]:
    """Of a process that is signed in to an emulator."""
    signed_in = {"APPASSIGN_BASE_URL": graph.url, "APPASSIGN_TOKEN": graph.token, "PYTHONUTF8": "1"}
    return {**os.environ, **signed_in, **more}


def runner(graph: Emulator, folder: pathlib.Path, **more: str) -> Run:
    """Runs a recipe in a folder, to its end."""

    def run(name: str, *arguments: object) -> Done:
        done = subprocess.run(
            command(name, *arguments),
            capture_output=True,
            encoding="utf-8",
            check=False,
            cwd=folder,
            env=environment(graph, **more),
            timeout=120,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Done(done.returncode, done.stdout, done.stderr)

    return run


def interrupted(graph: Emulator, folder: pathlib.Path, method: str, name: str, *arguments: object) -> Done:
    """Run a recipe, and press Ctrl-C when it has asked for the first thing by a method."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command(name, *arguments), stdout=pipe, stderr=pipe, encoding="utf-8", cwd=folder, env=environment(graph)
    ) as running:
        try:
            until = time.monotonic() + 60
            while not any(request.method == method for request in graph.requests):
                assert running.poll() is None, running.communicate()
                assert time.monotonic() < until
                time.sleep(0.005)
            running.send_signal(signal.SIGINT)
            out, err = running.communicate(timeout=60)
        finally:
            running.kill()
    assert "Traceback" not in err, err
    return Done(running.returncode, out, err)


def undo_all(graph: Emulator, folder: pathlib.Path) -> None:
    """Take back what the journal has, the last one first."""
    with Client(graph.token, base_url=graph.url) as client:
        for receipt in reversed(read_journal(folder / "intune.jsonl")):
            client.undo(receipt)


def bare(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without what the service makes itself, and without what says nothing."""
    made = {"id", "source", "sourceId"}
    return [
        {
            **{name: value for name, value in entry.items() if name not in made and value is not None},
            "target": {name: value for name, value in entry["target"].items() if value not in {None, "none"}},
        }
        for entry in entries
    ]


def in_order(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """As the service may list them: in any order."""
    return sorted(entries, key=lambda entry: entry["id"])


def read_rows(path: pathlib.Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def write_rows(path: pathlib.Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, rows[0])
        table.writeheader()
        table.writerows(rows)


def save(path: pathlib.Path, document: object) -> None:
    path.write_text(json.dumps(document), encoding="utf-8")
