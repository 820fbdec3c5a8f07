"""What ``appassign`` tells a workflow of GitHub Actions, read as its runner reads it."""

import json
import pathlib
import re
from collections.abc import Iterator

import pytest

from appassign.emulator import Emulator
from cli import LEGAL, ONE, SALES, TWO, add_app, run, to_group

MISSING = "3f6a1c52-8f0e-4b7e-9a55-0c1d2e3f4aff"


@pytest.fixture
def graph() -> Iterator[Emulator]:
    with Emulator() as emulator:
        add_app(emulator, ONE, to_group(SALES))
        add_app(emulator, TWO)
        yield emulator


def heard(out: str) -> tuple[list[tuple[str, str, str]], list[str]]:
    """The commands that the runner hears, and the lines that it only shows."""
    commands: list[tuple[str, str, str]] = []
    shown: list[str] = []
    stopped: str | None = None
    for line in out.splitlines():
        told = re.fullmatch(r"::([\w-]+)(?: title=([^:]*))?::(.*)", line.strip())
        if stopped is not None:
            if line == f"::{stopped}::":
                stopped = None
            else:
                shown.append(line)
        elif told and told[1] == "stop-commands":
            stopped = told[3]
        elif told or "##[" in line:
            commands.append((told[1], unescaped(told[2] or ""), unescaped(told[3])))
        else:
            shown.append(line)
    assert stopped is None
    return commands, shown


def unescaped(text: str) -> str:
    for code, letter in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(code, letter)
    return text


def test_a_run_is_annotated_and_summarised(graph: Emulator, tmp_path: pathlib.Path) -> None:
    rows = [
        {"app_id": ONE, "action": "add", "intent": "available", "target": "all_devices"},
        {"app_id": TWO, "action": "add", "intent": "required", "target": "group", "target_id": LEGAL},
    ]
    summary = tmp_path / "summary.md"
    summary.write_text("before\n", encoding="utf-8")
    options = {"graph": graph, "GITHUB_STEP_SUMMARY": str(summary)}
    done = run("plan", "-", "--output", "github", stdin=json.dumps(rows), **options)
    commands, shown = heard(done.out)
    assert (done.code, done.err) == (0, "")
    [warning, notice] = commands
    assert warning[:2] == ("warning", f"app {ONE}: available_to_all_devices")
    assert "Graph refuses all devices" in warning[2]
    assert notice == ("notice", "appassign", "2 apps: 2 planned, 0 nothing to do, 0 failed")
    assert f"+ required group {LEGAL}" in shown
    first, title, _, header, rule, *lines = summary.read_text(encoding="utf-8").splitlines()
    assert (first, title) == ("before", "### 2 apps: 2 planned, 0 nothing to do, 0 failed")
    assert header.split(" | ")[:3] == ["| app_id", "action", "intent"]
    assert set(rule) == {"|", " ", "-"}
    assert [line.split(" | ")[:2] for line in lines if line] == [[f"| {ONE}", "add"], [f"| {TWO}", "add"]]

    done = run("apply", "-", "--output", "github", stdin=json.dumps(rows[1:]), **options)
    assert heard(done.out)[0] == [("notice", "appassign", "1 app: 1 applied, 0 nothing to do, 0 failed")]
    assert summary.read_text(encoding="utf-8").count("### ") == 2


def test_failures_are_errors(graph: Emulator) -> None:
    done = run("plan", MISSING, "--add", "required:all_users", "--output", "github", graph=graph)
    error, notice = heard(done.out)[0]
    assert (done.code, done.err) == (1, "")
    assert error[:2] == ("error", f"app {MISSING}")
    assert error[2].startswith("Graph answered 404 ResourceNotFound")
    assert "\nhint: there is no such app" in error[2]
    assert notice[2] == "1 app: 0 planned, 0 nothing to do, 1 failed"
    done = run("change", MISSING, "--add", "required:all_users", "--output", "github", graph=graph)
    [error] = heard(done.out)[0]
    assert (done.code, done.err, error[:2]) == (1, "", ("error", "NotFoundError"))


def test_changes_and_undoing_are_annotated(graph: Emulator, tmp_path: pathlib.Path) -> None:
    options = ("--output", "github", "--journal", tmp_path / "j")
    done = run("change", ONE, "--remove", SALES, *options, graph=graph)
    commands, shown = heard(done.out)
    assert (done.code, commands) == (0, [("notice", "appassign", "1 applied, 0 nothing to do, 0 failed")])
    assert f"- required group {SALES}" in shown
    done = run("undo", tmp_path / "j", "--output", "github", graph=graph)
    assert heard(done.out)[0] == [("notice", "appassign", "1 undone, 0 nothing to do, 0 failed")]


def test_what_a_server_says_is_no_command_to_a_runner(graph: Emulator, tmp_path: pathlib.Path) -> None:
    graph.reset()
    add_app(graph, ONE, name="x\n::error::no\n##[set-env name=PATH]no | <b> `y` [z](q) \u202e")
    summary = tmp_path / "summary.md"
    done = run("doctor", "--output", "github", graph=graph, GITHUB_STEP_SUMMARY=str(summary))
    commands, shown = heard(done.out)
    assert (done.code, commands) == (0, [])
    assert any("##[set-env" in line for line in shown)
    text = summary.read_text(encoding="utf-8")
    [row] = [line for line in text.splitlines() if "read" in line and line.startswith("| read")]
    assert "\u202e" not in text
    assert r"no \| &lt;b> \`y\` \[z\](q) " in row
    assert row.replace(r"\|", "").count("|") == text.splitlines()[2].count("|")


def test_doctor_annotates_what_is_not_ok(graph: Emulator) -> None:
    secret = graph._native.make_token(json.dumps({"scp": "User.Read"}))
    done = run("doctor", "--output", "github", graph=graph, APPASSIGN_TOKEN=secret)
    commands, shown = heard(done.out)
    assert done.code == 1
    assert [command[:2] for command in commands] == [("error", "permissions"), ("error", "read")]
    assert "\nhint: grant DeviceManagementApps.ReadWrite.All" in commands[0][2]
    assert shown[0].startswith("ok       versions")


def test_a_summary_that_cannot_be_written_is_a_warning(graph: Emulator, tmp_path: pathlib.Path) -> None:
    done = run("plan", ONE, "--remove", SALES, "--output", "github", graph=graph, GITHUB_STEP_SUMMARY=str(tmp_path))
    commands, _ = heard(done.out)
    assert done.code == 0
    assert commands[-1][:2] == ("warning", "GITHUB_STEP_SUMMARY")
    assert "Is a directory" in commands[-1][2]


def test_get_and_export_show_their_tables(graph: Emulator) -> None:
    for arguments in (("get", ONE), ("export",)):
        done = run(*arguments, "--output", "github", graph=graph)
        commands, shown = heard(done.out)
        assert (done.code, commands) == (0, [])
        assert any(SALES in line for line in shown)


@pytest.mark.parametrize("options", [("--output", "github"), ("--output=github",)])
def test_wrong_usage_is_an_error(options: tuple[str, ...]) -> None:
    done = run("plan", "some-app", *options)
    [error] = heard(done.out)[0]
    assert (done.code, done.err, error[:2]) == (64, "", ("error", "appassign"))
    assert error[2] == (
        "'some-app' is no table (.csv, .json, -); an app's id comes with --add or --remove\n"
        "hint: appassign plan --help lists what there is"
    )
