"""Where ``appassign`` reads and writes: files, pipes whose reader went away, full disks, closed streams."""

import json
import os
import pathlib
import subprocess
import sys
from collections.abc import Iterator

import pytest

from appassign.emulator import Emulator
from cli import LEGAL, ONE, SALES, SCRIPT, add_app, environment, groups, run, to_group

# What no console of a single-byte encoding has, what a terminal must not see, and what is white space to few.
NAMED = {"@odata.type": "#microsoft.graph.win32LobAppAssignmentSettings", "notifications": "a\u00a0b\u202e\u0416é"}


@pytest.fixture
def graph() -> Iterator[Emulator]:
    with Emulator() as emulator:
        add_app(emulator, ONE, to_group(SALES, settings=NAMED))
        yield emulator


def in_shell(
    script: str, graph: Emulator | None = None, cwd: pathlib.Path | None = None, **more: str
) -> tuple[int, str]:
    """The exit code of a line of shell, and what came to stderr; `$0` is the command."""
    done = subprocess.run(
        ["sh", "-c", script, SCRIPT], stdin=subprocess.DEVNULL, capture_output=True, check=False,
        env=environment(graph, **more), cwd=cwd, timeout=60,
    )  # fmt: skip
    err = done.stderr.decode()
    assert "Traceback" not in err, err
    assert "Exception ignored" not in err, err
    return done.returncode, err


@pytest.mark.parametrize(
    "settings",
    [
        {"FORCE_COLOR": "1", "TTY_COMPATIBLE": "1", "TTY_INTERACTIVE": "1"},
        {"PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"},
        {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
    ],
)
def test_an_export_to_stdout_is_the_file_that_out_writes(
    graph: Emulator, tmp_path: pathlib.Path, settings: dict[str, str]
) -> None:
    assert in_shell('"$0" export > piped.csv && "$0" export --out named.csv > said', graph, tmp_path, **settings) == (
        0,
        "",
    )
    piped, named = (tmp_path / "piped.csv").read_bytes(), (tmp_path / "named.csv").read_bytes()
    assert "a\u00a0b\u202e\u0416é" in named.decode()
    assert piped == named
    done = run("plan", "piped.csv", "--exit-code", graph=graph, cwd=tmp_path)
    assert (done.code, done.out) == (0, "1 app: 0 planned, 1 nothing to do, 0 failed\n")


full = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")  # noqa: PTH110
# Help, usage errors, text, JSON, and a table for other programs.
PRINTING = [
    ("--help",), ("--version",), ("get", "--help"), ("plan", "x", "--json"), ("get", ONE), ("get", ONE, "--json"),
    ("export",), ("doctor",), ("apps",), ("emulator", "--help"),
]  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="pipes end in another way")
@pytest.mark.parametrize("arguments", PRINTING, ids=" ".join)
def test_a_reader_that_went_away_is_told_by_141_alone(graph: Emulator, arguments: tuple[str, ...]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [SCRIPT, *arguments], stdin=subprocess.DEVNULL, stdout=writing, stderr=subprocess.PIPE, check=False,
        env=environment(graph), timeout=60,
    )  # fmt: skip
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.skipif(sys.platform == "win32", reason="a shell of POSIX")
@pytest.mark.parametrize("arguments", PRINTING, ids=" ".join)
@pytest.mark.parametrize("where", [pytest.param(">/dev/full", marks=full), ">&-"])
def test_a_stdout_that_takes_nothing_is_told_on_stderr(graph: Emulator, arguments: tuple[str, ...], where: str) -> None:
    reason = "No space left on device" if where == ">/dev/full" else "Bad file descriptor"
    for unbuffered in ("", "1"):
        code, err = in_shell(f'"$0" {" ".join(arguments)} {where}', graph, PYTHONUNBUFFERED=unbuffered)
        assert (code, err) == (1, f"appassign: stdout cannot be written: {reason}\n")


@pytest.mark.skipif(sys.platform == "win32", reason="a shell of POSIX")
@pytest.mark.parametrize("where", [pytest.param(">/dev/full", marks=full), ">&-"])
@pytest.mark.parametrize("kind", ["text", "json", "github"])
def test_a_write_that_was_done_is_not_taken_for_a_success_that_nobody_saw(
    graph: Emulator, where: str, kind: str
) -> None:
    code, err = in_shell(f'"$0" change {ONE} --add required:{LEGAL} --output {kind} {where}', graph)
    assert groups(graph, ONE) == [SALES, LEGAL]
    assert code == 1
    assert err.startswith("appassign: stdout cannot be written: ")


@pytest.mark.skipif(sys.platform == "win32", reason="a shell of POSIX")
def test_closed_stdin_is_empty_and_closed_stderr_keeps_the_exit_code(graph: Emulator) -> None:
    code, err = in_shell('"$0" apply - <&-', graph)
    assert (code, err.splitlines()[0]) == (1, "InvalidInputError: stdin: is empty")
    assert in_shell('"$0" plan x 2>&-', graph) == (64, "")
    assert in_shell('"$0" apply - <&- >&- 2>&-', graph) == (1, "")
    assert in_shell(f'"$0" get {ONE} <&-', graph) == (0, "")


@full
def test_a_full_stderr_keeps_the_exit_code(graph: Emulator) -> None:
    assert in_shell('"$0" plan x 2>/dev/full', graph) == (64, "")
    assert in_shell('"$0" get no-such-app 2>/dev/full', graph) == (1, "")


def test_deep_nesting_on_stdin_is_refused(graph: Emulator) -> None:
    for command in ("plan", "apply"):
        done = run(command, "-", "--json", graph=graph, stdin="[" * 100_000)
        assert (done.code, done.err, done.json["error"]["type"]) == (1, "", "InvalidInputError")
        assert done.json["error"]["message"].startswith("stdin: ")


def test_json_stays_json_in_any_encoding(graph: Emulator) -> None:
    done = run("export", "--json", graph=graph, PYTHONIOENCODING="cp1252", PYTHONUTF8="0")
    assert json.loads(done.json[0]["settings"]) == NAMED
