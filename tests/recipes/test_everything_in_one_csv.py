"""Everything goes out to one CSV file, is planned from it, and comes back."""

import json
import pathlib
import re

import pytest
from recipe import KEPT, NOBODY, WRITTEN_NOT, Done, Run, in_order, read_rows, write_rows

from appassign import read_journal
from appassign.emulator import Emulator
from planned import LOUD, QUIET, group, holds, id_of, many, somebody_adds, somebody_removes, trouble, wire


def test_everything_goes_out_and_comes_back(run: Run, graph: Emulator, tmp_path: pathlib.Path) -> None:
    big = graph.add_app(display_name='Zoom, Größe "XL"\nnew', assignments=many(103))
    small = graph.add_app(display_name='=HYPERLINK("x")', assignments=[wire(1)])
    none = graph.add_app(display_name="Company Portal")
    before = {app: graph.assignments(app) for app in (big, small, none)}

    assert run("everything_in_one_csv.py", "export", "all.csv") == Done(0, "3 of 3 apps are in all.csv\n", "")
    table = read_rows(tmp_path / "all.csv")
    assert (tmp_path / "all.csv").read_bytes().startswith(b"\xef\xbb\xbf# app,app_id,action,intent,")
    assert [row["app_id"] for row in table] == [small, none, *[big] * 103]
    assert [row["# app"] for row in table[:3]] == ['\'=HYPERLINK("x")', "Company Portal", 'Zoom, Größe "XL"\nnew']
    assert run("everything_in_one_csv.py", "plan", "all.csv", "--out", "none.jsonl").out == "0 of 3 apps would change\n"
    assert not (tmp_path / "none.jsonl").exists()
    assert not [request for request in graph.requests if request.method != "GET"]

    somebody_removes(graph, small, 1)
    somebody_adds(graph, small, 2)
    somebody_adds(graph, none, 3)
    somebody_removes(graph, big, 6)
    looked = run("everything_in_one_csv.py", "plan", "all.csv", "--out", "plans.jsonl")
    assert (looked.code, looked.out.splitlines()[-2:]) == (0, ["3 of 3 apps would change", KEPT.strip()])
    assert f"app {big}: 1 added, 0 changed, 0 removed, 102 kept\n+ required group {group(6)}  settings" in looked.out
    again = run("everything_in_one_csv.py", "apply", "plans.jsonl")
    assert again == Done(0, looked.out.replace("3 of 3 apps would change\n", "").replace(KEPT, WRITTEN_NOT), "")
    limits = ["--max-removals", 2]
    for options, complaint in (
        ([], "LimitError: the plans remove 2 assignments"),
        (["--max-removals", 1, "--allow-empty"], "LimitError: the plans remove 2 assignments"),
        (limits, f"LimitError: the plans leave 1 app ({none}) without any assignment"),
    ):
        refused = run("everything_in_one_csv.py", "apply", "plans.jsonl", "--yes", *options)
        assert refused.code == 1
        assert refused.err.startswith(complaint)
    assert (len(graph.assignments(none)), len(graph.assignments(big))) == (1, 102)

    done = run("everything_in_one_csv.py", "apply", "plans.jsonl", "--yes", "--allow-empty", *limits)
    assert (done.code, done.err) == (0, "")
    assert "3 apps: 3 applied, 0 nothing to do, 0 failed\n" in done.out
    for app, held in before.items():
        assert in_order(graph.assignments(app)) == in_order(held)
    assert {receipt.reason for receipt in read_journal(tmp_path / "intune.jsonl")} == {"as in plans.jsonl"}


def test_a_cell_that_is_edited_is_what_changes(run: Run, graph: Emulator, tmp_path: pathlib.Path) -> None:
    app, other = graph.add_app(assignments=[wire(1, settings=QUIET), wire(2)]), graph.add_app(assignments=many(5))
    before = graph.assignments(other)
    run("everything_in_one_csv.py", "export", "all.csv")
    table = [row for row in read_rows(tmp_path / "all.csv") if row["app_id"] == app]
    table[0]["settings"] = json.dumps(LOUD)
    write_rows(tmp_path / "all.csv", table)
    looked = run("everything_in_one_csv.py", "plan", "all.csv", "--out", "plans.jsonl")
    assert f"app {app}: 0 added, 1 changed, 0 removed, 1 kept\n~ required group {group(1)}  " in looked.out
    done = run("everything_in_one_csv.py", "apply", "plans.jsonl", "--yes")
    assert (done.code, done.err) == (0, "")
    assert [entry.get("settings") for entry in graph.assignments(app)] == [LOUD, None]
    assert graph.assignments(other) == before


def test_what_nobody_has_seen_is_not_written(run: Run, graph: Emulator, tmp_path: pathlib.Path) -> None:
    """Neither what the file says by now, nor over what somebody did since."""
    apps = [graph.add_app(assignments=[wire(1, settings=QUIET)]) for _ in range(2)]
    wanted = {"action": "add", "intent": "required", "target": "group", "target_id": group(2)}
    write_rows(tmp_path / "wanted.csv", [{"app_id": app, **wanted} for app in apps])
    assert run("everything_in_one_csv.py", "plan", "wanted.csv", "--out", "plans.jsonl").out.endswith(KEPT)
    write_rows(tmp_path / "wanted.csv", [{"app_id": app, **wanted, "target_id": group(3)} for app in apps])
    somebody_adds(graph, apps[1], 9)
    theirs = graph.assignments(apps[1])

    kept = run("everything_in_one_csv.py", "plan", "wanted.csv", "--out", "plans.jsonl")
    said = "plans.jsonl is there already, and may be what somebody reviews: name another file\n"
    assert kept == Done(1, "", said)
    done = run("everything_in_one_csv.py", "apply", "plans.jsonl", "--yes")
    assert done.code == 1
    assert done.err.startswith(f"app {apps[1]}: the app does not hold what was planned for; 1 new or changed: ")
    assert holds(graph, apps[0]) == [id_of(1), id_of(2)]
    assert graph.assignments(apps[1]) == theirs


def test_what_is_no_plan_is_refused(run: Run, graph: Emulator, tmp_path: pathlib.Path) -> None:
    (tmp_path / "all.csv").write_text("app_id,action\n", encoding="utf-8")
    done = run("everything_in_one_csv.py", "apply", "all.csv", "--yes")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("all.csv: line 1 is no plan: ")
    assert done.err.endswith("\nplan FILE.csv --out PLANS.jsonl writes some\n")
    (tmp_path / "empty.jsonl").touch()
    assert run("everything_in_one_csv.py", "apply", "empty.jsonl") == Done(1, "", "empty.jsonl has no plan in it\n")
    assert graph.requests == []


@pytest.mark.parametrize("name", ["all.txt", "all", "all.json", "all.csv.bak"])
def test_only_a_csv_file_is_written(run: Run, graph: Emulator, tmp_path: pathlib.Path, name: str) -> None:
    graph.add_app()
    (tmp_path / name).write_text("something else", encoding="utf-8")
    assert run("everything_in_one_csv.py", "export", name) == Done(1, "", f"{name}: the table is a .csv file\n")
    assert (tmp_path / name).read_text(encoding="utf-8") == "something else"
    assert graph.requests == []


def test_an_export_that_misses_an_app_leaves_the_file_alone(run: Run, graph: Emulator, tmp_path: pathlib.Path) -> None:
    app, other = graph.add_app(assignments=[wire(1)]), graph.add_app(assignments=[wire(2)])
    assert run("everything_in_one_csv.py", "export", "all.csv").code == 0
    yesterday = (tmp_path / "all.csv").read_bytes()
    somebody_adds(graph, app, 3)
    somebody_adds(graph, other, 4)
    trouble(graph, "delay", method="GET", delay=0)  # the list of apps
    trouble(graph, {"answer": {"status": 403}}, method="GET")
    done = run("everything_in_one_csv.py", "export", "all.csv")
    assert (done.code, done.out) == (1, "")
    assert re.match(r"app [0-9a-f-]{36}: Graph answered 403", done.err)
    assert done.err.endswith("\nnothing was written\n")
    assert (tmp_path / "all.csv").read_bytes() == yesterday
    assert {path.name for path in tmp_path.iterdir()} <= {"all.csv", "intune.jsonl"}


def test_apps_of_policy_sets_are_left_out_if_one_says_so(run: Run, graph: Emulator, tmp_path: pathlib.Path) -> None:
    app, theirs = graph.add_app(assignments=[wire(1)]), graph.add_app(assignments=[wire(2, source="policySets")])
    said = f"app {theirs}: the app holds an assignment of a policy set: "
    done = run("everything_in_one_csv.py", "export", "all.csv")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(said)
    assert done.err.endswith("\nnothing was written; --without-policy-sets leaves such apps out\n")
    assert not (tmp_path / "all.csv").exists()
    done = run("everything_in_one_csv.py", "export", "all.csv", "--without-policy-sets")
    assert (done.code, done.out) == (0, "1 of 2 apps are in all.csv\n")
    assert done.err.startswith(said)
    assert [row["app_id"] for row in read_rows(tmp_path / "all.csv")] == [app]


def test_a_file_with_an_app_that_is_gone_changes_nothing(run: Run, graph: Emulator, tmp_path: pathlib.Path) -> None:
    app = graph.add_app()
    wanted = {"action": "add", "intent": "required", "target": "all_users"}
    write_rows(tmp_path / "wanted.csv", [{"app_id": one, **wanted} for one in (app, NOBODY)])
    done = run("everything_in_one_csv.py", "plan", "wanted.csv", "--out", "plans.jsonl")
    assert (done.code, done.out.splitlines()[-1]) == (1, "1 of 2 apps would change")
    assert done.err.startswith(f"app {NOBODY}: Graph answered 404 ResourceNotFound")
    assert not (tmp_path / "plans.jsonl").exists()


def test_a_write_that_fails_is_told_and_the_others_are_done(run: Run, graph: Emulator, tmp_path: pathlib.Path) -> None:
    apps = [graph.add_app() for _ in range(3)]
    wanted = {"action": "add", "intent": "required", "target": "all_users"}
    write_rows(tmp_path / "wanted.csv", [{"app_id": app, **wanted} for app in apps])
    assert run("everything_in_one_csv.py", "plan", "wanted.csv", "--out", "plans.jsonl").out.endswith(KEPT)
    graph.fail_next(status=403)
    done = run("everything_in_one_csv.py", "apply", "plans.jsonl", "--yes")
    assert done.code == 1
    assert "3 apps: 2 applied, 0 nothing to do, 1 failed\n" in done.out
    assert re.match(r"app [0-9a-f-]{36}: Graph answered 403", done.err)
    assert sorted(len(graph.assignments(app)) for app in apps) == [0, 1, 1]
    again = run("everything_in_one_csv.py", "apply", "plans.jsonl", "--yes")
    assert "3 apps: 1 applied, 2 nothing to do, 0 failed\n" in again.out


def test_a_tenant_without_apps_leaves_the_file_alone(run: Run, tmp_path: pathlib.Path) -> None:
    (tmp_path / "all.csv").write_text("yesterday's", encoding="utf-8")
    said = "the service lists no app: nothing was written\n"
    assert run("everything_in_one_csv.py", "export", "all.csv") == Done(1, "", said)
    assert (tmp_path / "all.csv").read_text(encoding="utf-8") == "yesterday's"


def test_a_file_that_is_wrong_is_refused(run: Run, tmp_path: pathlib.Path) -> None:
    done = run("everything_in_one_csv.py", "plan", "nowhere.csv")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("FileNotFoundError: ")
    (tmp_path / "wrong.csv").write_text("app_id,action\n,replace\n", encoding="utf-8")
    done = run("everything_in_one_csv.py", "plan", "wrong.csv")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("InvalidInputError: wrong.csv: row 1 (line 2), column app_id: ")
