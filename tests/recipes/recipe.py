"""What the tests of the recipes share: a recipe in a process of its own, and what apps hold, to be compared."""

import csv
import json
import os
import pathlib
import subprocess
import sys
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from appassign import Client, read_journal
from appassign.emulator import Emulator
from pages import ROOT

RECIPES = ROOT / "examples" / "recipes"
NOBODY = "00000000-0000-4000-8000-000000000000"
WRITTEN_NOT = "nothing was written; with --yes it is\n"


class Done(NamedTuple):
    code: int
    out: str
    err: str


Run: TypeAlias = Callable[..., Done]


def runner(graph: Emulator, folder: pathlib.Path, *, token: str | None = None) -> Run:
    """Runs a recipe in a folder, signed in to an emulator."""
    signed_in = {"APPASSIGN_BASE_URL": graph.url, "APPASSIGN_TOKEN": token or graph.token}

    def run(name: str, *arguments: object) -> Done:
        done = subprocess.run(
            [sys.executable, "-X", "dev", "-W", "error", str(RECIPES / name), *map(str, arguments)],
            capture_output=True,
            encoding="utf-8",
            check=False,
            cwd=folder,
            env={**os.environ, **signed_in, "PYTHONUTF8": "1"},
            timeout=120,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Done(done.returncode, done.stdout, done.stderr)

    return run


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
