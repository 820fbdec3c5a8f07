"""The recipes, as their users run them: their page, what all of them do, and the one that goes ring by ring."""

import json
import pathlib
import re
import shlex
from typing import Any

import pytest
from recipe import NOBODY, RECIPES, Done, Run, bare, runner, undo_all

from appassign import read_journal
from appassign.emulator import Emulator
from pages import RECIPES_PAGE, ROOT, blocks, commands, links, matches
from planned import QUIET, filtered, id_of, many, wire


def test_the_page_shows_what_the_recipes_print(run: Run, graph: Emulator, tmp_path: pathlib.Path) -> None:
    """One tenant lives through all of it, from top to bottom."""
    old, new = "3f6a1c52-8f0e-4b7e-9a55-0c1d2e3f4a5b", "aaaaaaaa-8f0e-4b7e-9a55-0c1d2e3f4a5b"
    sales = wire(4) | {"target": {**wire(4)["target"], "groupId": "11111111-2222-4333-8444-555555555504"}}
    everywhere = wire(0, "uninstall", "allDevicesAssignmentTarget")
    for app, entry in ((old, sales), (new, everywhere)):
        document = {"id": app, "displayName": "Company Portal", "assignments": [entry]}
        graph._native.add_app(json.dumps(document))
    (tmp_path / "backup.json").write_text(json.dumps({"value": [everywhere]}), encoding="utf-8")

    typed = [command for kind, text in blocks(RECIPES_PAGE) if kind == "console" for command in commands(text)]
    for command, expected in typed:
        python, script, *arguments = shlex.split(command)
        assert (python, pathlib.PurePath(script).parent) == ("python", RECIPES.relative_to(ROOT))
        done = run(pathlib.PurePath(script).name, *arguments)
        printed = done.out.splitlines()
        assert (done.code, done.err) == (2 if "drift" in script else 0, "")
        assert len(printed) == len(expected), done.out
        assert all(map(matches, expected, printed)), done.out
    assert bare(graph.assignments(new)) == bare([everywhere])
    assert "Company Portal" in (tmp_path / "report.html").read_text(encoding="utf-8")
    shown = {pathlib.PurePath(shlex.split(command)[1]).name for command, _ in typed}
    linked = {pathlib.PurePath(link).name for link in links(RECIPES_PAGE) if link.endswith(".py")}
    assert shown == linked == {path.name for path in RECIPES.glob("*.py")}


@pytest.mark.parametrize("path", sorted(RECIPES.glob("*.py")), ids=lambda path: path.stem)
def test_a_recipe_says_how_it_is_used(path: pathlib.Path, run: Run) -> None:
    usage = run(path.name, "--help")
    assert (usage.code, usage.err) == (0, "")
    documented = path.read_text(encoding="utf-8").split('"""')[1]
    assert f"    python {path.name} " in documented
    assert set(re.findall(r"--[a-z-]+", documented)) <= set(re.findall(r"--[a-z-]+", usage.out))


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("copy_assignments.py", [NOBODY, id_of(1)]),
        ("rings.py", [NOBODY, "next"]),
        ("everything_in_one_csv.py", ["export", "all.csv"]),
        ("everything_in_one_csv.py", ["apply", "wanted.csv"]),
        ("drift_report.py", ["wanted.csv"]),
        ("restore_backup.py", ["backup.json", NOBODY]),
    ],
)
def test_without_a_right_to_read_a_recipe_fails_and_says_why(
    name: str, arguments: list[str], graph: Emulator, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "wanted.csv").write_text(f"app_id,action\n{NOBODY},replace\n", encoding="utf-8")
    (tmp_path / "backup.json").write_text(json.dumps([wire(1)]), encoding="utf-8")
    done = runner(graph, tmp_path, token="e30.e30.e30")(name, *arguments)
    assert done.code == 1
    assert "401 InvalidAuthenticationToken" in done.out + done.err
    assert not (tmp_path / "all.csv").exists()


def ring(number: int, intent: str = "required", **more: object) -> dict[str, Any]:
    """An assignment to a ring's group."""
    entry = wire(number, intent, **more)
    entry["target"]["groupId"] = f"11111111-2222-4333-8444-5555555555{number:02}"
    return entry


def test_rings_go_forth_and_back_and_keep_the_rest(run: Run, graph: Emulator, tmp_path: pathlib.Path) -> None:
    app = graph.add_app(assignments=many(103))
    had = graph.assignments(app)
    assert run("rings.py", app, "status") == Done(0, "- pilot\n- early\n- broad\n", "")
    assert run("rings.py", app, "back") == Done(0, "nothing to do: no ring has it\n", "")
    for number, name in enumerate(("pilot", "early", "broad"), start=1):
        done = run("rings.py", app, "next")
        assert (done.code, done.err) == (0, "")
        assert done.out.startswith(f"app {app}: 1 added, 0 changed, 0 removed, {102 + number} kept\n+ required group ")
        assert done.out.endswith(f"\n{name} has it\n")
        held = graph.assignments(app)
        assert held[:103] == had
        assert bare(held[103:]) == [*map(ring, range(1, number + 1))]
    assert run("rings.py", app, "status").out == "x pilot\nx early\nx broad\n"
    assert run("rings.py", app, "next") == Done(0, "nothing to do: every ring has it\n", "")
    done = run("rings.py", app, "back")
    assert (done.code, done.out.splitlines()[-1]) == (0, "broad has it no more")
    assert bare(graph.assignments(app)[103:]) == [ring(1), ring(2)]
    reasons = [receipt.reason for receipt in read_journal(tmp_path / "intune.jsonl")]
    assert reasons == ["ring pilot", "ring early", "ring broad", "back from ring broad"]
    undo_all(graph, tmp_path)
    assert graph.assignments(app) == had


def test_a_ring_has_it_whoever_gave_it_and_with_whatever_settings(run: Run, graph: Emulator) -> None:
    app = graph.add_app(assignments=[ring(2, settings=QUIET, **filtered()), ring(1, "available")])
    assert run("rings.py", app, "status").out == "- pilot\nx early\n- broad\n"
    assert run("rings.py", app, "next").out.endswith("pilot has it\n")
    assert run("rings.py", app, "next").out.endswith("broad has it\n")
    for name in ("broad", "early", "pilot"):
        assert run("rings.py", app, "back").out.endswith(f"\n{name} has it no more\n")
    assert bare(graph.assignments(app)) == [ring(1, "available")]


def test_the_only_ring_may_be_taken_back(run: Run, graph: Emulator) -> None:
    app = graph.add_app(assignments=[ring(1)])
    done = run("rings.py", app, "back")
    assert (done.code, done.err, graph.assignments(app)) == (0, "", [])


def test_a_ring_that_is_refused_is_told(run: Run, graph: Emulator) -> None:
    app = graph.add_app()
    graph.fail_next(status=403)
    done = run("rings.py", app, "next")
    assert (done.code, graph.assignments(app)) == (1, [])
    assert "has it" not in done.out
    assert done.err.startswith("PermissionDeniedError: ")
    assert run("rings.py", NOBODY, "status").err.startswith("NotFoundError: ")
