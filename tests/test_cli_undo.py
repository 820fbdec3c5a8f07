"""What ``appassign undo`` takes back."""

import json
import pathlib
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from appassign import ApplyReceipt, read_journal
from appassign._cli.output import Output
from appassign._cli.results import tell_receipts
from appassign.emulator import Emulator
from cli import LEGAL, ONE, SALES, SCRIPT, TWO, Done, add_app, environment, groups, run, to_group, writes


@pytest.fixture
def graph() -> Iterator[Emulator]:
    with Emulator() as emulator:
        add_app(emulator, ONE, to_group(SALES))
        add_app(emulator, TWO)
        yield emulator


@pytest.fixture
def journal(graph: Emulator, tmp_path: pathlib.Path) -> pathlib.Path:
    """Three writes: one app, another one, and the first one again."""
    file = tmp_path / "intune.jsonl"
    for app, spec, reason in (
        (ONE, f"required:{LEGAL}", "CHG-1"),
        (TWO, "available:all_users", "CHG-1"),
        (ONE, "uninstall:all_devices", "CHG-2"),
    ):
        assert change(graph, file, app, spec, reason).code == 0
    return file


def change(graph: Emulator, journal: pathlib.Path, app: str, spec: str, reason: str) -> Done:
    return run("change", app, "--add", spec, "--reason", reason, "--journal", journal, graph=graph)


def test_it_takes_back_the_last_write(graph: Emulator, journal: pathlib.Path) -> None:
    done = run("undo", journal, graph=graph)
    assert (done.code, done.err) == (0, "")
    assert done.lines == [
        f"app {ONE}: 0 added, 0 changed, 1 removed, 2 kept",
        "- uninstall all devices",
        "1 undone, 0 nothing to do, 0 failed",
    ]
    assert groups(graph, ONE) == [SALES, LEGAL]
    assert [receipt.reason for receipt in read_journal(journal)] == ["CHG-1", "CHG-1", "CHG-2", "undo: CHG-2"]
    done = run("undo", journal, "--json", graph=graph)  # which was the undo
    assert (done.code, done.json["undone"]) == (0, 1)
    assert [(row["action"], row["target"]) for row in done.json["rows"]] == [("add", "all_devices")]
    [receipt] = done.json["receipts"]
    assert (receipt["app_id"], receipt["reason"]) == (ONE, "undo: undo: CHG-2")


def test_it_takes_back_all_of_an_app_the_newest_first(graph: Emulator, journal: pathlib.Path) -> None:
    done = run("undo", journal, "--app", ONE.upper(), "--json", graph=graph)
    assert (done.code, done.err, done.json["undone"]) == (0, "", 2)
    assert groups(graph, ONE) == [SALES]
    assert len(graph.assignments(TWO)) == 1
    assert [receipt.reason for receipt in read_journal(journal)[3:]] == ["undo: CHG-2", "undo: CHG-1"]
    # What was taken back is not taken back again, which would bring it back for a while.
    written = writes(graph)
    done = run("undo", journal, "--app", ONE, graph=graph)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(f"InvalidInputError: {journal}: no write to the app {ONE} that still stands\n")
    assert writes(graph) == written


def test_it_takes_back_all_of_a_reason(graph: Emulator, journal: pathlib.Path) -> None:
    run("undo", journal, graph=graph)
    done = run("undo", journal, "--reason", "CHG-1", graph=graph)
    assert (done.code, done.err) == (0, "")
    assert done.lines[-1] == "2 undone, 0 nothing to do, 0 failed"
    assert (groups(graph, ONE), graph.assignments(TWO)) == ([SALES], [])


def test_a_dry_run_shows_what_would_be_left_and_writes_nothing(graph: Emulator, journal: pathlib.Path) -> None:
    before = journal.read_bytes()
    done = run("undo", journal, "--app", ONE, "--dry-run", graph=graph)
    assert (done.code, done.err) == (0, "")
    assert done.lines == [
        f"app {ONE}: 0 added, 0 changed, 2 removed, 1 kept",
        f"- required group {LEGAL}",
        "- uninstall all devices",
        "1 app: 1 planned, 0 nothing to do, 0 failed",
    ]
    done = run("undo", journal, "--dry-run", "--json", graph=graph)
    assert (done.code, [row["action"] for row in done.json["rows"]]) == (0, ["remove"])
    assert (writes(graph), journal.read_bytes()) == (3, before)


def test_what_somebody_changed_since_stands(graph: Emulator, journal: pathlib.Path) -> None:
    run("change", ONE, "--remove", SALES, graph=graph)
    done = run("undo", journal, "--app", ONE, "--dry-run", graph=graph)
    assert done.code == 1
    assert done.err == (
        f"app {ONE}: InvalidInputError: somebody changed the app since, and undo would leave it as it is\n"
        f"hint: appassign get {ONE} shows what it has\n"
    )
    done = run("undo", journal, "--app", ONE, graph=graph)
    assert (done.code, done.out) == (1, "0 undone, 0 nothing to do, 1 failed\n")
    assert done.err.startswith(f"app {ONE}: StalePlanError: ")
    done = run("undo", journal, "--reason", "CHG-1", "--json", graph=graph)
    assert (done.code, done.json["undone"], done.json["failed"]) == (1, 1, 1)
    assert [(error["app_id"], error["type"]) for error in done.json["errors"]] == [(ONE, "StalePlanError")]
    assert graph.assignments(TWO) == []
    assert groups(graph, ONE) == [LEGAL]


def test_what_all_would_meet_ends_it_and_names_them_all(graph: Emulator, journal: pathlib.Path) -> None:
    done = run("undo", journal, "--reason", "CHG-1", "--json", graph=graph, APPASSIGN_TOKEN="another")
    assert (done.code, done.json["undone"], done.json["failed"]) == (1, 0, 2)
    assert {(error["app_id"], error["type"]) for error in done.json["errors"]} == {
        (ONE, "AuthenticationError"), (TWO, "AuthenticationError"),
    }  # fmt: skip
    assert writes(graph) == 3


def test_receipts_go_to_another_journal_if_one_is_named(
    graph: Emulator, journal: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    before = journal.read_bytes()
    assert run("undo", journal, "--journal", tmp_path / "undone.jsonl", graph=graph).code == 0
    assert journal.read_bytes() == before
    assert [receipt.reason for receipt in read_journal(tmp_path / "undone.jsonl")] == ["undo: CHG-2"]


def test_where_nothing_matches_it_shows_what_there_is(graph: Emulator, journal: pathlib.Path) -> None:
    done = run("undo", journal, "--reason", "CHG-9", graph=graph)
    assert (done.code, done.out) == (1, "")
    first, hint, *listed = done.err.splitlines()
    assert first == f"InvalidInputError: {journal}: no write for the reason 'CHG-9' that still stands"
    assert hint == "hint: its last writes, in UTC:"
    assert [line.split("  ")[2:] for line in listed] == [
        [f"app {ONE}", "1 -> 2", "CHG-1"], [f"app {TWO}", "0 -> 1", "CHG-1"], [f"app {ONE}", "2 -> 3", "CHG-2"],
    ]  # fmt: skip
    done = run("undo", journal, "--app", "x", "--json", graph=graph)
    assert (done.code, done.json["error"]["type"]) == (1, "InvalidInputError")
    assert writes(graph) == 3


def test_a_journal_that_is_not_there_is_an_error(graph: Emulator, tmp_path: pathlib.Path) -> None:
    done = run("undo", tmp_path / "none", graph=graph)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("JournalError: ")


def test_a_write_is_told_of_even_if_nobody_knows_what_it_brought(
    graph: Emulator, journal: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No plan may ask for an intent of tomorrow, and an undo may bring one back all the same."""
    document = json.loads(read_journal(journal)[1].to_json())
    document["after"][0]["intent"] = "ofTomorrow"
    receipt = ApplyReceipt.from_json(json.dumps(document))
    assert tell_receipts(Output(), [receipt], [], "undone") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"app {TWO}"
    assert [line.split() for line in lines[1:3]] == [["action", "intent", "target"], ["add", "ofTomorrow", "all_users"]]
    assert lines[3] == "1 undone, 0 nothing to do, 0 failed"


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT for one process")
def test_ctrl_c_tells_what_was_taken_back(graph: Emulator, journal: pathlib.Path) -> None:
    run("undo", journal, graph=graph)
    before = writes(graph)
    # One write in each window: the second one waits for 20 seconds, and the log says so.
    command = [SCRIPT, "undo", journal, "--reason", "CHG-1", "--json", "--rate-limit", "0.05", "-vv"]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, env=environment(graph)
    ) as running:
        try:
            assert any(b"keeping to the client's pace: waiting" in line for line in running.stderr)
            running.send_signal(signal.SIGINT)
            found = json.loads(running.stdout.read())
            assert running.wait(30) == 130
        finally:
            running.kill()
    assert (found["undone"], found["error"]["type"]) == (1, "KeyboardInterrupt")
    assert writes(graph) == before + 1
