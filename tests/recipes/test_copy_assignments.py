"""Assignments are copied and moved from one app to another, whatever comes between."""

import pathlib

from recipe import WRITTEN_NOT, Run, bare, undo_all

from appassign import read_journal
from appassign.emulator import Emulator
from planned import (
    GRAPH,
    QUIET,
    filtered,
    group,
    holds,
    id_of,
    many,
    somebody_adds,
    somebody_at_each_write,
    trouble,
    wire,
)


def test_copy_loses_nothing_of_either_app(run: Run, graph: Emulator, tmp_path: pathlib.Path) -> None:
    old = graph.add_app(assignments=many(103))
    new = graph.add_app(assignments=[wire(900, colour="red"), wire(6, settings=QUIET)])
    there, had = graph.assignments(old), graph.assignments(new)

    looked = run("copy_assignments.py", old, new)
    assert (looked.code, looked.err) == (0, "")
    assert f"app {new}: 102 added, 0 changed, 0 removed, 2 kept\n" in looked.out
    assert looked.out.endswith(WRITTEN_NOT)
    assert "! settings_type_differs: " in looked.out
    assert graph.assignments(new) == had

    done = run("copy_assignments.py", old.upper(), new, "--yes")
    assert (done.code, done.err) == (0, "")
    assert done.out.endswith(f"{new} has them\n")
    assert graph.assignments(old) == there
    held = graph.assignments(new)
    assert held[:2] == had
    assert bare(held[2:]) == bare([entry for entry in there if entry["id"] != id_of(6)])

    again = run("copy_assignments.py", old, new, "--yes")
    assert (again.code, again.out.splitlines()[-1]) == (0, "nothing to do")
    [receipt] = read_journal(tmp_path / "intune.jsonl")
    assert receipt.reason == f"copied from {old} to {new}"
    undo_all(graph, tmp_path)
    assert graph.assignments(new) == had


def test_move_takes_them_from_the_old_app(run: Run, graph: Emulator, tmp_path: pathlib.Path) -> None:
    old, new = graph.add_app(assignments=many(103)), graph.add_app()
    there = graph.assignments(old)
    looked = run("copy_assignments.py", old, new, "--move")
    assert f"app {old}: 0 added, 0 changed, 103 removed, 0 kept\n" in looked.out
    assert looked.out.endswith(WRITTEN_NOT)
    assert (graph.assignments(old), graph.assignments(new)) == (there, [])
    done = run("copy_assignments.py", old, new, "--move", "--yes")
    assert (done.code, done.err) == (0, "")
    assert done.out.endswith(f"{new} has them\n{old} has none any more\n")
    assert graph.assignments(old) == []
    assert bare(graph.assignments(new)) == bare(there)
    again = run("copy_assignments.py", old, new, "--move", "--yes")
    assert (again.code, again.out.splitlines()[-1]) == (0, "nothing to do")
    undo_all(graph, tmp_path)
    assert (graph.assignments(old), graph.assignments(new)) == (there, [])


def test_a_move_to_the_same_app_would_clear_it(run: Run, graph: Emulator) -> None:
    app = graph.add_app(assignments=many(3))
    done = run("copy_assignments.py", app, app.upper(), "--move", "--yes")
    assert done.code == 2
    assert done.err.endswith("OLD_APP and NEW_APP are the same app\n")
    assert len(graph.assignments(app)) == 3
    assert graph.requests == []


def test_a_move_that_fails_half_way_is_run_again(run: Run, graph: Emulator) -> None:
    old, new = graph.add_app(assignments=many(3)), graph.add_app()
    there = graph.assignments(old)
    trouble(graph, "delay", method="POST", delay=0)  # the write to the new app
    graph.fail_next(status=403)  # the one to the old app
    done = run("copy_assignments.py", old, new, "--move", "--yes")
    assert done.code == 1
    assert done.out.endswith(f"{new} has them\n")
    assert done.err.startswith("PermissionDeniedError: Graph answered 403")
    assert graph.assignments(old) == there
    again = run("copy_assignments.py", old, new, "--move", "--yes")
    assert (again.code, again.out.splitlines()[-1]) == (0, f"{old} has none any more")
    assert (graph.assignments(old), bare(graph.assignments(new))) == ([], bare(there))


def test_what_somebody_gives_the_old_app_during_a_move_stays_there(run: Run, graph: Emulator) -> None:
    old, new = graph.add_app(assignments=many(3)), graph.add_app()
    there = graph.assignments(old)
    trouble(graph, "delay", method="POST", delay=1.0)
    with somebody_at_each_write(graph, lambda _: somebody_adds(graph, old, 77)):
        done = run("copy_assignments.py", old, new, "--move", "--yes")
    assert done.code == 1
    assert done.err.startswith("StalePlanError: ")
    assert graph.assignments(old)[:3] == there
    assert len(graph.assignments(old)) == 4
    again = run("copy_assignments.py", old, new, "--move", "--yes")
    assert (again.code, graph.assignments(old)) == (0, [])
    assert holds(graph, new) == sorted([*(entry["id"] for entry in there), id_of(77)])


def test_what_contradicts_is_shown_and_nothing_is_copied(run: Run, graph: Emulator) -> None:
    old = graph.add_app(assignments=[wire(1, settings=QUIET), wire(2)])
    new = graph.add_app(assignments=[wire(1, **filtered())])
    had = graph.assignments(new)
    done = run("copy_assignments.py", old, new, "--move", "--yes")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("PlanError: ")
    assert group(1) in done.err
    assert "notifications" in done.err
    assert (graph.assignments(new), len(graph.assignments(old))) == (had, 2)


def test_settings_of_another_type_stay_behind_if_one_says_so(run: Run, graph: Emulator) -> None:
    old = graph.add_app(assignments=[wire(1, settings=QUIET, **filtered()), wire(2, "available")])
    new = graph.add_app(odata_type=f"{GRAPH}winGetApp")
    done = run("copy_assignments.py", old, new, "--yes")
    assert done.code == 1
    assert done.out.startswith(f"! the apps are of two types, {GRAPH}win32LobApp and {GRAPH}winGetApp: settings of ")
    assert done.err.startswith("BadRequestError: Graph answered 400")
    assert graph.assignments(new) == []
    done = run("copy_assignments.py", old, new, "--yes", "--without-settings")
    assert (done.code, done.err) == (0, "")
    assert "two types" not in done.out
    assert holds(graph, new) == holds(graph, old)
    assert [entry.get("settings") for entry in graph.assignments(new)] == [None, None]
    assert graph.assignments(new)[0]["target"] == graph.assignments(old)[0]["target"]


def test_what_a_policy_set_gives_is_named_and_not_copied(run: Run, graph: Emulator) -> None:
    old = graph.add_app(assignments=[wire(1), wire(2, source="policySets", sourceId="a-policy-set"), wire(3)])
    new = graph.add_app()
    done = run("copy_assignments.py", old, new, "--yes")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(
        f"! not copied, as it comes from a policy set: required GroupAssignmentTarget('{group(2)}')\n"
        f"app {new}: 2 added, "
    )
    assert holds(graph, new) == [id_of(1), id_of(3)]
    moved = run("copy_assignments.py", old, new, "--move", "--yes")
    assert (moved.code, moved.out) == (1, "")
    assert moved.err.startswith("PlanError: the app holds an assignment of a policy set: ")
    assert len(graph.assignments(old)) == 3
