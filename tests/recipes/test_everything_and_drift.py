"""Everything goes out to one CSV file and comes back, and drift from it is told."""

import json
import pathlib
import re

from recipe import NOBODY, WRITTEN_NOT, Done, Run, in_order, read_rows, write_rows

from appassign import read_journal
from appassign.emulator import Emulator
from planned import LOUD, QUIET, group, many, somebody_adds, somebody_removes, wire


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
    assert run("everything_in_one_csv.py", "apply", "all.csv", "--yes").out == "0 of 3 apps would change\n"
    assert not [request for request in graph.requests if request.method != "GET"]

    somebody_removes(graph, small, 1)
    somebody_adds(graph, small, 2)
    somebody_adds(graph, none, 3)
    somebody_removes(graph, big, 6)
    looked = run("everything_in_one_csv.py", "apply", "all.csv")
    assert (looked.code, looked.out.splitlines()[-2:]) == (0, ["3 of 3 apps would change", WRITTEN_NOT.strip()])
    assert f"app {big}: 1 added, 0 changed, 0 removed, 102 kept\n+ required group {group(6)}  settings" in looked.out
    limits = ["--max-removals", 2]
    for options, complaint in (
        ([], "LimitError: the plans remove 2 assignments"),
        (["--max-removals", 1, "--allow-empty"], "LimitError: the plans remove 2 assignments"),
        (limits, f"LimitError: the plans leave 1 app ({none}) without any assignment"),
    ):
        refused = run("everything_in_one_csv.py", "apply", "all.csv", "--yes", *options)
        assert refused.code == 1
        assert refused.err.startswith(complaint)
    assert (len(graph.assignments(none)), len(graph.assignments(big))) == (1, 102)

    done = run("everything_in_one_csv.py", "apply", "all.csv", "--yes", "--allow-empty", *limits)
    assert (done.code, done.err) == (0, "")
    assert "3 apps: 3 applied, 0 nothing to do, 0 failed\n" in done.out
    for app, held in before.items():
        assert in_order(graph.assignments(app)) == in_order(held)
    assert {receipt.reason for receipt in read_journal(tmp_path / "intune.jsonl")} == {"as in all.csv"}


def test_a_cell_that_is_edited_is_what_changes(run: Run, graph: Emulator, tmp_path: pathlib.Path) -> None:
    app, other = graph.add_app(assignments=[wire(1, settings=QUIET), wire(2)]), graph.add_app(assignments=many(5))
    before = graph.assignments(other)
    run("everything_in_one_csv.py", "export", "all.csv")
    table = [row for row in read_rows(tmp_path / "all.csv") if row["app_id"] == app]
    table[0]["settings"] = json.dumps(LOUD)
    write_rows(tmp_path / "all.csv", table)
    done = run("everything_in_one_csv.py", "apply", "all.csv", "--yes")
    assert (done.code, done.err) == (0, "")
    assert f"app {app}: 0 added, 1 changed, 0 removed, 1 kept\n~ required group {group(1)}  " in done.out
    assert [entry.get("settings") for entry in graph.assignments(app)] == [LOUD, None]
    assert graph.assignments(other) == before


def test_an_app_that_cannot_be_planned_is_left_out_and_named(run: Run, graph: Emulator, tmp_path: pathlib.Path) -> None:
    app, theirs = graph.add_app(assignments=[wire(1)]), graph.add_app(assignments=[wire(2, source="policySets")])
    done = run("everything_in_one_csv.py", "export", "all.csv")
    assert (done.code, done.out) == (1, "1 of 2 apps are in all.csv\n")
    assert done.err.startswith(f"app {theirs}: the app holds an assignment of a policy set: ")
    assert [row["app_id"] for row in read_rows(tmp_path / "all.csv")] == [app]


def test_a_file_with_an_app_that_is_gone_changes_nothing(run: Run, graph: Emulator, tmp_path: pathlib.Path) -> None:
    app = graph.add_app()
    wanted = {"action": "add", "intent": "required", "target": "all_users"}
    write_rows(tmp_path / "wanted.csv", [{"app_id": one, **wanted} for one in (app, NOBODY)])
    done = run("everything_in_one_csv.py", "apply", "wanted.csv", "--yes")
    assert (done.code, done.out.splitlines()[-1]) == (1, "1 of 2 apps would change")
    assert done.err.startswith(f"app {NOBODY}: Graph answered 404 ResourceNotFound")
    assert graph.assignments(app) == []


def test_a_write_that_fails_is_told_and_the_others_are_done(run: Run, graph: Emulator, tmp_path: pathlib.Path) -> None:
    apps = [graph.add_app() for _ in range(3)]
    wanted = {"action": "add", "intent": "required", "target": "all_users"}
    write_rows(tmp_path / "wanted.csv", [{"app_id": app, **wanted} for app in apps])
    graph.fail_next(status=403)
    done = run("everything_in_one_csv.py", "apply", "wanted.csv", "--yes")
    assert done.code == 1
    assert "3 apps: 2 applied, 0 nothing to do, 1 failed\n" in done.out
    assert re.match(r"app [0-9a-f-]{36}: Graph answered 403", done.err)
    assert sorted(len(graph.assignments(app)) for app in apps) == [0, 1, 1]


def test_a_tenant_without_apps_leaves_the_file_alone(run: Run, tmp_path: pathlib.Path) -> None:
    (tmp_path / "all.csv").write_text("yesterday's", encoding="utf-8")
    assert run("everything_in_one_csv.py", "export", "all.csv") == Done(0, "no app: nothing was written\n", "")
    assert (tmp_path / "all.csv").read_text(encoding="utf-8") == "yesterday's"


def test_a_file_that_is_wrong_is_refused(run: Run, tmp_path: pathlib.Path) -> None:
    done = run("everything_in_one_csv.py", "apply", "nowhere.csv")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("FileNotFoundError: ")
    (tmp_path / "wrong.csv").write_text("app_id,action\n,replace\n", encoding="utf-8")
    done = run("everything_in_one_csv.py", "apply", "wrong.csv", "--yes")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("InvalidInputError: wrong.csv: row 1 (line 2), column app_id: ")


def test_a_drift_report_tells_drift_from_none(run: Run, graph: Emulator, tmp_path: pathlib.Path) -> None:
    app = graph.add_app(display_name="Company <Portal>", assignments=many(103))
    run("everything_in_one_csv.py", "export", "wanted.csv")
    assert run("drift_report.py", "wanted.csv") == Done(0, "wanted.csv: 0 of 1 apps differ, 0 could not be read\n", "")
    somebody_adds(graph, app, 900)
    somebody_removes(graph, app, 6)
    held = graph.assignments(app)
    other = graph.add_app(display_name="Teams", assignments=[wire(1)])
    graph.add_app(display_name="nobody's")
    done = run("drift_report.py", "wanted.csv", "--html", "report.html")
    assert (done.code, done.err) == (2, "")
    assert done.out.startswith(
        "wanted.csv: 1 of 1 apps differ, 0 could not be read\n\n"
        f"Company <Portal>\napp {app}: 1 added, 0 changed, 1 removed, 102 kept\n"
    )
    assert f"- required group {group(900)}\n" in done.out
    assert done.out.endswith(f"\n\nTeams ({other}) is assigned, and not in the file\n")
    assert "nobody's" not in done.out
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert f"<pre>Company &lt;Portal&gt;\napp {app}: 1 added" in page
    assert "<Portal>" not in page
    assert graph.assignments(app) == held
    assert not (tmp_path / "intune.jsonl").exists()


def test_what_else_an_app_has_is_no_drift_of_rows_that_add(run: Run, graph: Emulator, tmp_path: pathlib.Path) -> None:
    app = graph.add_app(assignments=many(5))
    row = {"app_id": app.upper(), "action": "add", "intent": "required", "target": "group", "target_id": group(900)}
    write_rows(tmp_path / "wanted.csv", [row])
    done = run("drift_report.py", "wanted.csv")
    assert done.code == 2
    assert done.out.endswith(f": 1 added, 0 changed, 0 removed, 5 kept\n+ required group {group(900)}\n")
    assert "not in the file" not in done.out
    assert "not listed" not in done.out
    somebody_adds(graph, app, 900)
    assert run("drift_report.py", "wanted.csv").code == 0


def test_what_could_not_be_told_is_no_drift(run: Run, graph: Emulator, tmp_path: pathlib.Path) -> None:
    app = graph.add_app(assignments=[wire(1)])
    write_rows(tmp_path / "wanted.csv", [{"app_id": one, "action": "replace"} for one in (NOBODY, app)])
    done = run("drift_report.py", "wanted.csv")
    assert (done.code, done.err) == (1, "")
    assert done.out.startswith("wanted.csv: 1 of 2 apps differ, 1 could not be read\n")
    assert f"\n\n{NOBODY} could not be read: Graph answered 404" in done.out
    assert f"- required group {group(1)}\n" in done.out
    misspelt = run("drift_report.py", "wanted.csv", "--htm1", "x")
    assert (misspelt.code, misspelt.out) == (1, "")
    assert "unrecognized arguments: --htm1 x" in misspelt.err
    assert run("drift_report.py", "nowhere.csv").err.startswith("FileNotFoundError: ")
