"""What ``appassign undo`` takes back."""

import json
import pathlib
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from appassign import ApplyReceipt, read_journal
from appassign._cli.output import Output
from appassign._cli.results import tell_receipts
from appassign.emulator import Emulator
from cli import LEGAL, ONE, SALES, SCRIPT, TWO, Done, add_app, environment, groups, run, to_group, writes
from journals import records, sealed


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


def rows(done: Done) -> list[tuple[str, str]]:
    return [(row["action"], row["target_id"] or row["target"]) for row in done.json["rows"]]


def counts(done: Done, first: str = "undone") -> tuple[int, int, int]:
    return done.json[first], done.json["nothing_to_do"], done.json["failed"]


def errors(done: Done) -> list[tuple[str, str]]:
    return [(error["app_id"], error["type"]) for error in done.json["errors"]]


def shown_and_done(graph: Emulator, journal: pathlib.Path, *options: str) -> tuple[Done, Done]:
    """Undo, and before that the dry run, which must show what then happens, and end as that does."""
    apps = {ONE: held(graph, ONE), TWO: held(graph, TWO)}
    before = writes(graph), journal.read_bytes()
    dry = run("undo", journal, *options, "--dry-run", "--json", graph=graph)
    assert (writes(graph), journal.read_bytes()) == before
    real = run("undo", journal, *options, "--json", graph=graph)
    assert (dry.code, errors(dry)) == (real.code, errors(real))
    assert {*dry.json} == {"planned", "nothing_to_do", "failed", "rows", "errors"}
    assert {*real.json} == {"undone", "nothing_to_do", "failed", "rows", "receipts", "errors"}
    for row in dry.json["rows"]:
        entry = (row["intent"], row["target_id"] or row["target"])
        of_app = apps[row["app_id"].lower()]
        (of_app.remove if row["action"] == "remove" else of_app.add)(entry)
    assert apps == {ONE: held(graph, ONE), TWO: held(graph, TWO)}
    return dry, real


def held(graph: Emulator, app: str) -> set[tuple[str, str]]:
    names = {"allLicensedUsers": "all_users", "allDevices": "all_devices"}
    kind = "#microsoft.graph.{}AssignmentTarget"
    by_type = {kind.format(name): target for name, target in names.items()}
    return {
        (one["intent"], one["target"].get("groupId") or by_type[one["target"]["@odata.type"]])
        for one in graph.assignments(app)
    }


def in_doubt(journal: pathlib.Path, *, since: str | None = None) -> None:
    """As it stands if the process dies within its last write."""
    *kept, intent, outcome = records(journal)
    assert outcome["record"] == "outcome"
    write(journal, [*kept, {**intent, "time": since or intent["time"]}])
    assert read_journal(journal)[-1].response is None


def write(journal: pathlib.Path, kept: list[dict[str, Any]]) -> None:
    """Make a journal of records."""
    for record in kept:
        record.pop("checksum", None)
    journal.write_bytes(b"".join(sealed(json.dumps(record).encode()[:-1] + b",") for record in kept))


def test_of_an_app_it_takes_back_the_last_write_and_then_that(graph: Emulator, journal: pathlib.Path) -> None:
    for reason, left in (
        ("undo: CHG-2", {("required", SALES), ("required", LEGAL)}),
        ("undo: undo: CHG-2", {("required", SALES), ("required", LEGAL), ("uninstall", "all_devices")}),
        ("undo: undo: undo: CHG-2", {("required", SALES), ("required", LEGAL)}),
    ):
        _, done = shown_and_done(graph, journal, "--app", ONE.upper())
        assert (done.code, done.err, counts(done)) == (0, "", (1, 0, 0))
        assert [receipt["reason"] for receipt in done.json["receipts"]] == [reason]
        assert held(graph, ONE) == left
    assert held(graph, TWO) == {("available", "all_users")}


def test_of_a_reason_it_takes_back_what_lies_on_top_of_each_app(graph: Emulator, journal: pathlib.Path) -> None:
    dry, done = shown_and_done(graph, journal, "--reason", "CHG-1")
    assert (counts(dry, "planned"), counts(done)) == ((1, 0, 1), (1, 0, 1))
    assert (rows(dry), errors(done)) == ([("remove", "all_users")], [(ONE, "InvalidInputError")])
    assert held(graph, ONE) == {("required", SALES), ("required", LEGAL), ("uninstall", "all_devices")}
    [error] = done.json["errors"]
    last = read_journal(journal)[2].time
    assert error["message"] == f"its last write, of {last:%Y-%m-%d %H:%M:%S} UTC, has another reason: 'CHG-2'"
    assert error["hint"] == (
        "if that is an undo, it was taken back already; else take the later one back first: "
        f"--app {ONE} without --reason"
    )


def test_what_was_taken_back_is_not_taken_back_again(graph: Emulator, tmp_path: pathlib.Path) -> None:
    journal = tmp_path / "journal"
    change(graph, journal, ONE, f"required:{LEGAL}", "CHG-1")
    change(graph, journal, TWO, "available:all_users", "CHG-1")
    dry, done = shown_and_done(graph, journal, "--reason", "CHG-1")
    assert (counts(dry, "planned"), counts(done)) == ((2, 0, 0), (2, 0, 0))
    assert [receipt["app_id"] for receipt in done.json["receipts"]] == [TWO, ONE]
    assert (groups(graph, ONE), held(graph, TWO)) == ([SALES], set())
    dry, again = shown_and_done(graph, journal, "--reason", "CHG-1")
    assert (again.code, counts(again), counts(dry, "planned")) == (1, (0, 0, 2), (0, 0, 2))
    assert all("'undo: CHG-1'" in error["message"] for error in again.json["errors"])
    # It has a reason of its own, for which it can be taken back.
    _, done = shown_and_done(graph, journal, "--reason", "undo: CHG-1")
    assert (done.code, counts(done)) == (0, (2, 0, 0))
    assert (groups(graph, ONE), len(held(graph, TWO))) == ([SALES, LEGAL], 1)


def test_it_stops_at_the_first_write_for_another_reason(graph: Emulator, journal: pathlib.Path) -> None:
    change(graph, journal, ONE, "available:all_users", "CHG-1")
    change(graph, journal, ONE, f"uninstall:{SALES}", "CHG-1")
    dry, done = shown_and_done(graph, journal, "--reason", "CHG-1", "--app", ONE.upper())
    assert (done.code, counts(dry, "planned"), counts(done)) == (0, (1, 0, 0), (2, 0, 0))
    assert rows(dry) == [("remove", "all_users"), ("remove", SALES)]
    assert rows(done) == [("remove", SALES), ("remove", "all_users")]
    assert held(graph, ONE) == {("required", SALES), ("required", LEGAL), ("uninstall", "all_devices")}
    assert held(graph, TWO) == {("available", "all_users")}


def test_a_reason_of_ones_own_may_begin_like_that_of_an_undo(graph: Emulator, journal: pathlib.Path) -> None:
    assert run("change", ONE, "--remove", "uninstall:all_devices", "--reason", "undo the pilot",
               "--journal", journal, graph=graph).code == 0  # fmt: skip
    _, done = shown_and_done(graph, journal, "--reason", "undo the pilot")
    assert (done.code, rows(done)) == (0, [("add", "all_devices")])
    _, done = shown_and_done(graph, journal, "--reason", "CHG-2")
    assert (done.code, counts(done)) == (1, (0, 0, 1))
    assert "'undo: undo the pilot'" in done.json["errors"][0]["message"]


def test_an_app_is_the_same_in_either_spelling(graph: Emulator, tmp_path: pathlib.Path) -> None:
    journal = tmp_path / "journal"
    change(graph, journal, ONE, f"required:{LEGAL}", "CHG-1")
    change(graph, journal, ONE.upper(), "available:all_users", "CHG-1")
    dry, done = shown_and_done(graph, journal, "--reason", "CHG-1")
    assert (counts(dry, "planned"), counts(done)) == ((1, 0, 0), (2, 0, 0))
    assert groups(graph, ONE) == [SALES]
    change(graph, journal, ONE, f"required:{LEGAL}", "CHG-3")
    change(graph, journal, ONE.upper(), "available:all_users", "CHG-4")
    _, done = shown_and_done(graph, journal, "--reason", "CHG-3")
    assert (counts(done), errors(done)) == ((0, 0, 1), [(ONE.upper(), "InvalidInputError")])


def test_a_dry_run_shows_what_would_be_left(graph: Emulator, journal: pathlib.Path) -> None:
    done = run("undo", journal, "--reason", "CHG-1", "--dry-run", graph=graph)
    assert done.code == 1
    assert done.lines == [
        f"app {TWO}: 0 added, 0 changed, 1 removed, 0 kept",
        "- available all users",
        "2 apps: 1 planned, 0 nothing to do, 1 failed",
    ]
    assert done.err.startswith(f"app {ONE}: InvalidInputError: its last write, of ")
    assert writes(graph) == 3


def test_entries_with_other_ids_are_still_the_same(graph: Emulator, journal: pathlib.Path) -> None:
    change(graph, journal, ONE, "available:all_users", "CHG-2")
    *kept, outcome = records(journal)
    for number, entry in enumerate(outcome["after"]):
        entry["id"] = f"{entry['id']}_{number}"  # the service numbers anew whenever something is added
    write(journal, [*kept, outcome])
    ids = {one["id"] for one in graph.assignments(ONE)}
    assert ids.isdisjoint(entry.id for entry in read_journal(journal)[-1].after)
    dry, done = shown_and_done(graph, journal, "--app", ONE, "--reason", "CHG-2")
    assert (done.code, counts(done)) == (0, (2, 0, 0))
    assert {*rows(dry)} == {*rows(done)} == {("remove", "all_devices"), ("remove", "all_users")}
    assert groups(graph, ONE) == [SALES, LEGAL]


def test_what_somebody_added_before_stays(graph: Emulator, journal: pathlib.Path) -> None:
    run("change", ONE, "--add", f"available:{LEGAL}", graph=graph)
    change(graph, journal, ONE, "available:all_users", "CHG-3")
    _, done = shown_and_done(graph, journal, "--reason", "CHG-3")
    assert (done.code, ("available", LEGAL) in held(graph, ONE)) == (0, True)


def test_what_somebody_changed_between_ends_it_there(graph: Emulator, journal: pathlib.Path) -> None:
    change(graph, journal, ONE, "available:all_users", "CHG-3")
    run("change", ONE, "--remove", SALES, graph=graph)
    change(graph, journal, ONE, f"uninstall:{SALES}", "CHG-3")
    dry, done = shown_and_done(graph, journal, "--reason", "CHG-3")
    assert (done.code, counts(dry, "planned"), counts(done)) == (1, (1, 0, 1), (1, 0, 1))
    assert (rows(done), errors(done)) == ([("remove", SALES)], [(ONE, "StalePlanError")])
    assert ("available", "all_users") in held(graph, ONE)


def test_what_lies_beneath_stays_even_if_it_would_fit(graph: Emulator, journal: pathlib.Path) -> None:
    change(graph, journal, TWO, "required:all_devices", "CHG-3")
    run("change", TWO, "--add", f"required:{SALES}", graph=graph)
    change(graph, journal, TWO, f"required:{LEGAL}", "CHG-3")
    for group in (SALES, LEGAL):
        run("change", TWO, "--remove", group, graph=graph)
    assert held(graph, TWO) == {("available", "all_users"), ("required", "all_devices")}
    written = writes(graph)
    dry, done = shown_and_done(graph, journal, "--reason", "CHG-3")
    assert (counts(dry, "planned"), counts(done), writes(graph)) == ((0, 0, 1), (0, 0, 1), written)
    assert errors(done) == [(TWO, "StalePlanError")]


def test_what_no_plan_may_say_is_compared_without_its_id(graph: Emulator, tmp_path: pathlib.Path) -> None:
    app, journal = f"{ONE[:-1]}3", tmp_path / "journal"
    add_app(graph, app, to_group(SALES, "ofTomorrow"))
    assert change(graph, journal, app, f"required:{LEGAL}", "CHG-3").code == 0
    *kept, outcome = records(journal)
    for number, entry in enumerate(outcome["after"]):
        entry["id"] = f"{entry['id']}_{number}"
    write(journal, [*kept, outcome])
    dry = run("undo", journal, "--dry-run", "--json", graph=graph)
    done = run("undo", journal, "--json", graph=graph)
    assert (dry.code, rows(dry)) == (done.code, rows(done)) == (0, [("remove", LEGAL)])


def test_what_somebody_changed_since_stands(graph: Emulator, journal: pathlib.Path) -> None:
    change(graph, journal, TWO, "required:all_devices", "CHG-2")
    run("change", ONE, "--remove", SALES, graph=graph)
    done = run("undo", journal, "--app", ONE, "--dry-run", graph=graph)
    assert (done.code, done.out) == (1, "1 app: 0 planned, 0 nothing to do, 1 failed\n")
    last = read_journal(journal)[2].time
    assert done.err == (
        f"app {ONE}: StalePlanError: somebody else changed it after the write of {last:%Y-%m-%d %H:%M:%S} UTC, "
        f"and undo leaves that as it is\nhint: appassign get {ONE} shows what it has\n"
    )
    dry, done = shown_and_done(graph, journal, "--reason", "CHG-2")
    assert (done.code, counts(dry, "planned"), counts(done)) == (1, (1, 0, 1), (1, 0, 1))
    assert errors(done) == [(ONE, "StalePlanError")]
    for told in (dry, done):
        [error] = told.json["errors"]
        assert (len(error["planned"]), len(error["live"])) == (3, 2)
    assert held(graph, TWO) == {("available", "all_users")}
    assert held(graph, ONE) == {("required", LEGAL), ("uninstall", "all_devices")}


def test_a_write_in_doubt_is_taken_back_if_it_was_done(graph: Emulator, journal: pathlib.Path) -> None:
    in_doubt(journal)
    dry, done = shown_and_done(graph, journal, "--app", ONE)
    assert (done.code, counts(dry, "planned"), counts(done)) == (0, (1, 0, 0), (1, 0, 0))
    assert groups(graph, ONE) == [SALES, LEGAL]
    assert ("uninstall", "all_devices") not in held(graph, ONE)


def test_a_write_in_doubt_that_was_not_done_is_nothing_to_do(graph: Emulator, journal: pathlib.Path) -> None:
    # So long ago that no list can be of before it.
    in_doubt(journal, since="2026-01-01T00:00:00Z")
    run("change", ONE, "--remove", "uninstall:all_devices", graph=graph)
    written = writes(graph)
    dry, done = shown_and_done(graph, journal, "--app", ONE)
    assert (done.code, counts(dry, "planned"), counts(done)) == (0, (0, 1, 0), (0, 1, 0))
    assert (rows(dry), rows(done), writes(graph)) == ([], [], written)
    run("change", ONE, "--remove", SALES, graph=graph)
    _, done = shown_and_done(graph, journal, "--app", ONE)
    assert (done.code, errors(done)) == (1, [(ONE, "StalePlanError")])


def test_a_write_in_doubt_lies_on_top_of_older_ones(graph: Emulator, journal: pathlib.Path) -> None:
    change(graph, journal, TWO, "required:all_devices", "CHG-1")
    in_doubt(journal, since="2026-01-01T00:00:00Z")
    run("change", TWO, "--remove", "required:all_devices", graph=graph)
    _, done = shown_and_done(graph, journal, "--reason", "CHG-1", "--app", TWO)
    assert (done.code, counts(done), held(graph, TWO)) == (0, (1, 1, 0), set())


def test_a_receipt_of_nothing_written_is_no_write(graph: Emulator, journal: pathlib.Path) -> None:
    """This library writes none to a journal; an older one, or another program, may."""
    kept = records(journal)
    other = {"id": "00000000-0000-4000-8000-000000000001", "reason": "none", "before": kept[-2]["after"]}
    write(journal, [*kept, kept[-2] | other])
    assert len(read_journal(journal)) == 4
    done = run("undo", journal, "--reason", "none", graph=graph)
    assert done.err.startswith(f"InvalidInputError: {journal}: it holds no write for the reason 'none'\n")
    for options in ((), ("--app", ONE), ("--reason", "CHG-2")):
        dry = run("undo", journal, *options, "--dry-run", "--json", graph=graph)
        assert (dry.code, rows(dry)) == (0, [("remove", "all_devices")])


def test_a_dry_run_shows_what_no_plan_may_say(graph: Emulator, journal: pathlib.Path) -> None:
    """An undo may bring back an intent of tomorrow."""
    kept = records(journal)
    kept[-2]["before"][0]["intent"] = "ofTomorrow"
    write(journal, kept)
    done = run("undo", journal, "--dry-run", graph=graph)
    assert (done.code, done.err) == (0, "")
    assert done.lines[0] == f"app {ONE}"
    assert ["add", "ofTomorrow", "group", SALES] in [line.split() for line in done.lines]
    assert done.lines[-1] == "1 app: 1 planned, 0 nothing to do, 0 failed"


def test_an_app_that_cannot_be_read_fails_in_the_dry_run_too(graph: Emulator, journal: pathlib.Path) -> None:
    gone = f"{TWO[:-1]}9"
    write(journal, [record | ({"app_id": gone} if "app_id" in record else {}) for record in records(journal)])
    _, done = shown_and_done(graph, journal)
    assert (done.code, errors(done)) == (1, [(gone, "NotFoundError")])


def test_what_all_would_meet_ends_it_and_names_them_all(graph: Emulator, journal: pathlib.Path) -> None:
    change(graph, journal, TWO, "required:all_devices", "CHG-2")
    for options in ((), ("--dry-run",)):
        done = run("undo", journal, "--reason", "CHG-2", "--json", *options, graph=graph, APPASSIGN_TOKEN="another")
        assert (done.code, done.json["failed"], done.json["rows"]) == (1, 2, [])
        assert {*errors(done)} == {(ONE, "AuthenticationError"), (TWO, "AuthenticationError")}
    assert writes(graph) == 4


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
    assert first == f"InvalidInputError: {journal}: it holds no write for the reason 'CHG-9'"
    assert hint == "hint: its last writes, in UTC:"
    assert [line.split("  ")[2:] for line in listed] == [
        [f"app {ONE}", "1 -> 2", "CHG-1"], [f"app {TWO}", "0 -> 1", "CHG-1"], [f"app {ONE}", "2 -> 3", "CHG-2"],
    ]  # fmt: skip
    done = run("undo", journal, "--app", "x", "--json", graph=graph)
    assert (done.code, done.json["error"]["type"]) == (1, "InvalidInputError")
    (journal.parent / "empty").touch()
    done = run("undo", journal.parent / "empty", graph=graph)
    assert done.err == f"InvalidInputError: {journal.parent / 'empty'}: it holds no write\nhint: it is empty\n"
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
    change(graph, journal, TWO, "required:all_devices", "CHG-2")
    before = writes(graph)
    # One write in each window: the second one waits for 20 seconds, and the log says so.
    command = [SCRIPT, "undo", journal, "--reason", "CHG-2", "--json", "--rate-limit", "0.05", "-vv"]
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


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT for one process")
def test_a_dry_run_that_is_interrupted_tells_nothing_of_apps(graph: Emulator, journal: pathlib.Path) -> None:
    graph.fail_next(status=429, retry_after=30, method="GET")
    command = [SCRIPT, "undo", journal, "--dry-run", "--json", "-vv"]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, env=environment(graph)
    ) as running:
        try:
            assert any(b"429" in line for line in running.stderr)
            running.send_signal(signal.SIGINT)
            found = json.loads(running.stdout.read())
            assert running.wait(30) == 130
        finally:
            running.kill()
    assert {*found} == {"error"}
    assert found["error"]["type"] == "KeyboardInterrupt"
