"""The recipes, as their users run them: their page, and what all of them do."""

import json
import pathlib
import re
import shlex
import sys

import pytest
from recipe import NOBODY, RECIPES, RINGS, Run, bare, interrupted, runner, save, undo_all

from appassign.emulator import Emulator
from pages import RECIPES_PAGE, ROOT, blocks, commands, links, matches
from planned import id_of, trouble, wire


def test_the_page_shows_what_the_recipes_print(run: Run, graph: Emulator, tmp_path: pathlib.Path) -> None:
    """One tenant lives through all of it, from top to bottom."""
    old, new = "3f6a1c52-8f0e-4b7e-9a55-0c1d2e3f4a5b", "aaaaaaaa-8f0e-4b7e-9a55-0c1d2e3f4a5b"
    sales = wire(4) | {"target": {**wire(4)["target"], "groupId": "11111111-2222-4333-8444-555555555504"}}
    everywhere = wire(0, "uninstall", "allDevicesAssignmentTarget")
    for app, entry in ((old, sales), (new, everywhere)):
        document = {"id": app, "displayName": "Company Portal", "assignments": [entry]}
        graph._native.add_app(json.dumps(document))
    (tmp_path / "backup.json").write_text(json.dumps({"value": [everywhere]}), encoding="utf-8")
    [rings] = [text for kind, text in blocks(RECIPES_PAGE) if kind == "toml"]
    (tmp_path / "rings.toml").write_text(rings, encoding="utf-8")

    typed = [command for kind, text in blocks(RECIPES_PAGE) if kind == "console" for command in commands(text)]
    for command, expected in typed:
        python, script, *arguments = shlex.split(command)
        if python == "cat":
            (tmp_path / script).write_text("\n".join([*expected, ""]), encoding="utf-8")
            continue
        assert (python, pathlib.PurePath(script).parent) == ("python", RECIPES.relative_to(ROOT))
        done = run(pathlib.PurePath(script).name, *arguments)
        printed = done.out.splitlines()
        assert (done.code, done.err) == (2 if "drift" in script else 0, "")
        assert len(printed) == len(expected), done.out
        assert all(map(matches, expected, printed)), done.out
    assert bare(graph.assignments(new)) == bare([everywhere])
    assert "Company Portal" in (tmp_path / "report.html").read_text(encoding="utf-8")
    shown = {pathlib.PurePath(shlex.split(command)[1]).name for command, _ in typed} - {"edited.csv"}
    linked = {pathlib.PurePath(link).name for link in links(RECIPES_PAGE) if link.endswith(".py")}
    assert shown == linked == {path.name for path in RECIPES.glob("*.py")}


@pytest.mark.parametrize("path", sorted(RECIPES.glob("*.py")), ids=lambda path: path.stem)
def test_a_recipe_says_how_it_is_used(path: pathlib.Path, run: Run) -> None:
    usage = run(path.name, "--help")
    assert (usage.code, usage.err) == (0, "")
    documented = path.read_text(encoding="utf-8").split('"""')[1]
    assert f"    python {path.name} " in documented
    assert set(re.findall(r"--[a-z-]+", documented)) <= set(re.findall(r"--[a-z-]+", usage.out))


READING = [
    ("copy_assignments.py", [NOBODY, id_of(1)]),
    ("rings.py", ["rings.toml", NOBODY, "next"]),
    ("everything_in_one_csv.py", ["export", "all.csv"]),
    ("everything_in_one_csv.py", ["plan", "wanted.csv"]),
    ("drift_report.py", ["wanted.csv"]),
    ("restore_backup.py", ["plan", "backup.json", NOBODY]),
]


@pytest.fixture
def files(tmp_path: pathlib.Path) -> None:
    """What recipes read."""
    (tmp_path / "wanted.csv").write_text(f"app_id,action\n{NOBODY},replace\n", encoding="utf-8")
    (tmp_path / "rings.toml").write_text(RINGS, encoding="utf-8")
    save(tmp_path / "backup.json", [wire(1)])


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(("name", "arguments"), READING)
def test_without_a_right_to_read_a_recipe_fails_and_says_why(
    name: str, arguments: list[str], graph: Emulator, tmp_path: pathlib.Path
) -> None:
    done = runner(graph, tmp_path, APPASSIGN_TOKEN="e30.e30.e30")(name, *arguments)
    assert done.code == 1
    assert "401 InvalidAuthenticationToken" in done.out + done.err
    assert not (tmp_path / "all.csv").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT for one process")
@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(("name", "arguments"), READING)
def test_ctrl_c_ends_a_recipe_that_reads(
    name: str, arguments: list[str], graph: Emulator, tmp_path: pathlib.Path
) -> None:
    trouble(graph, "delay", method="GET", delay=30, times=9)
    done = interrupted(graph, tmp_path, "GET", name, *arguments)
    assert done.code == 130
    assert "interrupted" in done.err.splitlines()[-1]
    assert not (tmp_path / "all.csv").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT for one process")
@pytest.mark.parametrize("name", ["everything_in_one_csv.py", "restore_backup.py"])
def test_ctrl_c_tells_what_was_written(name: str, run: Run, graph: Emulator, tmp_path: pathlib.Path) -> None:
    apps = [graph.add_app() for _ in range(30)]
    save(tmp_path / "apps.json", [{"id": app, "assignments": [wire(1)]} for app in apps])
    assert run(name, "plan", "apps.json", "--out", "plans.jsonl").code == 0
    trouble(graph, "delay", method="POST", delay=1, times=30)
    done = interrupted(graph, tmp_path, "POST", name, "apply", "plans.jsonl", "--yes")
    written = sum(len(graph.assignments(app)) for app in apps)
    assert 1 <= written < 30
    assert (done.code, done.err) == (130, "interrupted\n")
    assert f"30 apps: {written} applied, 0 nothing to do, {30 - written} failed\n" in done.out
    assert "not begun: the run was interrupted" in done.out


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT for one process")
@pytest.mark.usefixtures("files")
def test_ctrl_c_during_the_one_write_leaves_it_in_the_journal(graph: Emulator, tmp_path: pathlib.Path) -> None:
    old, new = graph.add_app(assignments=[wire(1)]), graph.add_app()
    trouble(graph, "delay", method="POST", delay=1)
    done = interrupted(graph, tmp_path, "POST", "copy_assignments.py", old, new, "--move", "--yes")
    assert (done.code, done.err) == (130, "interrupted; what was written is in intune.jsonl\n")
    assert [len(graph.assignments(app)) for app in (old, new)] == [1, 1]
    undo_all(graph, tmp_path)
    assert [len(graph.assignments(app)) for app in (old, new)] == [1, 0]


def test_letters_that_a_terminal_lacks_are_no_reason_to_fail(graph: Emulator, tmp_path: pathlib.Path) -> None:
    app = graph.add_app(display_name="Größe \N{SNOWMAN}", assignments=[wire(1, "ofTomorrow☃")])
    (tmp_path / "all.csv").write_text(f"app_id,action\n{app},replace\n", encoding="utf-8")
    poor = runner(graph, tmp_path, PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    for name, arguments, code in (
        ("drift_report.py", ["all.csv"], 2),
        ("everything_in_one_csv.py", ["plan", "all.csv"], 0),
    ):
        done = poor(name, *arguments)
        assert (done.code, done.err) == (code, "")
        assert "ofTomorrow\\u2603 group" in done.out
