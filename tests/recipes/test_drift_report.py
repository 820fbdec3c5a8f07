"""Drift from a file is told, and what could not be told, too."""

import html
import pathlib
import sys

import pytest
from recipe import NOBODY, Done, Run, interrupted, write_rows

from appassign.emulator import Emulator
from planned import group, many, somebody_adds, somebody_removes, trouble, wire


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


def test_a_failure_stands_on_the_page_too(run: Run, graph: Emulator, tmp_path: pathlib.Path) -> None:
    app = graph.add_app()
    write_rows(tmp_path / "wanted.csv", [{"app_id": app, "action": "replace"}])
    assert run("drift_report.py", "wanted.csv", "--html", "report.html").code == 0
    graph.close()
    done = run("drift_report.py", "wanted.csv", "--html", "report.html")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("ConnectError: ")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert html.unescape(page).endswith(f"<pre>{done.err.strip()}</pre>\n")
    (tmp_path / "wanted.csv").write_text("app_id,action\n<b>,replace\n", encoding="utf-8")
    wrong = run("drift_report.py", "wanted.csv", "--html", "report.html")
    assert wrong.code == 1
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "InvalidInputError: wanted.csv: row 1 (line 2), column app_id" in page
    assert "<b>" not in page


def test_a_page_that_cannot_be_written_is_a_failure(run: Run, graph: Emulator, tmp_path: pathlib.Path) -> None:
    write_rows(tmp_path / "wanted.csv", [{"app_id": graph.add_app(assignments=[wire(1)]), "action": "replace"}])
    done = run("drift_report.py", "wanted.csv", "--html", "nowhere/report.html")
    assert done.code == 1
    assert done.out.startswith("wanted.csv: 1 of 1 apps differ")
    assert done.err.startswith("FileNotFoundError: ")


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT for one process")
def test_the_page_tells_of_ctrl_c(graph: Emulator, tmp_path: pathlib.Path) -> None:
    write_rows(tmp_path / "wanted.csv", [{"app_id": NOBODY, "action": "replace"}])
    trouble(graph, "delay", method="GET", delay=30, times=9)
    done = interrupted(graph, tmp_path, "GET", "drift_report.py", "wanted.csv", "--html", "report.html")
    assert done.code == 130
    assert "interrupted</pre>" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_a_list_without_apps_is_told(run: Run, tmp_path: pathlib.Path) -> None:
    write_rows(tmp_path / "wanted.csv", [{"app_id": NOBODY, "action": "replace"}])
    done = run("drift_report.py", "wanted.csv")
    assert done.code == 1
    said = "the service lists no app: it is not known what they are called, nor which are not in the file"
    assert done.out.endswith(f"\n\n{said}\n")
