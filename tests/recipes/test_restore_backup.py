"""Backups of other tools are restored."""

import pathlib

import pytest
from recipe import KEPT, NOBODY, WRITTEN_NOT, Done, Run, bare, save, undo_all

from appassign import Client, read_journal
from appassign.emulator import Emulator
from planned import many, somebody_adds, wire


def test_a_backup_brings_back_what_was_deleted(run: Run, graph: Emulator, tmp_path: pathlib.Path) -> None:
    app = graph.add_app(assignments=many(103))
    before = graph.assignments(app)
    save(tmp_path / "app.json", {"id": app, "displayName": "Company Portal", "assignments": before})
    assert run("restore_backup.py", "plan", "app.json") == Done(0, "nothing to do\n", "")
    with Client(graph.token, base_url=graph.url) as client:
        client.apply(client.plan(app, replace=[*client.assignments(app)[:1]]))
    somebody_adds(graph, app, 900)
    careless = graph.assignments(app)

    looked = run("restore_backup.py", "plan", "app.json", "--out", "plans.jsonl")
    assert (looked.code, looked.err) == (0, "")
    assert looked.out.startswith(f"app {app}: 102 added, 0 changed, 1 removed, 1 kept\n")
    assert looked.out.endswith(KEPT)
    again = run("restore_backup.py", "apply", "plans.jsonl")
    assert again == Done(0, looked.out.replace(KEPT, WRITTEN_NOT), "")
    refused = run("restore_backup.py", "apply", "plans.jsonl", "--yes")
    assert refused.code == 1
    assert refused.err.startswith("LimitError: the plans remove 1 assignment")
    assert graph.assignments(app) == careless

    done = run("restore_backup.py", "apply", "plans.jsonl", "--yes", "--max-removals", 1)
    assert (done.code, done.err) == (0, "")
    assert "1 app: 1 applied, 0 nothing to do, 0 failed\n" in done.out
    assert graph.assignments(app) == before
    [receipt] = read_journal(tmp_path / "intune.jsonl")
    assert receipt.reason == "restored as in plans.jsonl"
    undo_all(graph, tmp_path)
    assert graph.assignments(app) == careless


def test_a_backup_of_one_app_is_restored_to_another(run: Run, graph: Emulator, tmp_path: pathlib.Path) -> None:
    old, new = graph.add_app(assignments=many(20)), graph.add_app()
    page = {
        "@odata.context": f"{graph.url}/$metadata#deviceAppManagement/mobileApps('{old}')/assignments",
        "value": graph.assignments(old),
    }
    save(tmp_path / "page.json", page)
    save(tmp_path / f"{old} - Company Portal.json", page["value"])
    save(tmp_path / "app.json", {"id": old, "displayName": "Company Portal", "assignments": page["value"]})
    save(tmp_path / "apps.json", {"value": [{"id": old, "assignments": page["value"]}]})
    for name in ("page.json", f"{old} - Company Portal.json", "app.json", "apps.json"):
        looked = run("restore_backup.py", "plan", name, new, "--out", "plans.jsonl")
        assert looked.out.startswith(f"app {new}: 20 added, ")
        done = run("restore_backup.py", "apply", "plans.jsonl", "--yes")
        (tmp_path / "plans.jsonl").unlink()
        assert (done.code, done.err) == (0, "")
        assert bare(graph.assignments(new)) == bare(graph.assignments(old))
        undo_all(graph, tmp_path)
        (tmp_path / "intune.jsonl").unlink()
        assert graph.assignments(new) == []


def test_a_backup_of_several_apps(run: Run, graph: Emulator, tmp_path: pathlib.Path) -> None:
    apps = [graph.add_app(assignments=many(number)) for number in (7, 8)] + [graph.add_app()]
    before = [graph.assignments(app) for app in apps]
    saved = {"value": [{"id": app, "assignments": held} for app, held in zip(apps, before, strict=True)]}
    save(tmp_path / "apps.json", saved)
    for number, app in enumerate(apps, start=900):
        somebody_adds(graph, app, number)
    several = run("restore_backup.py", "plan", "apps.json", apps[0])
    assert several == Done(1, "", "apps.json has 3 apps in it; name none, and each is restored to itself\n")
    assert run("restore_backup.py", "plan", "apps.json", "--out", "plans.jsonl").out.endswith(KEPT)
    refused = run("restore_backup.py", "apply", "plans.jsonl", "--yes", "--max-removals", 3)
    assert refused.err.startswith(f"LimitError: the plans leave 1 app ({apps[2]}) without any assignment")
    done = run("restore_backup.py", "apply", "plans.jsonl", "--yes", "--max-removals", 3, "--allow-empty")
    assert (done.code, done.err) == (0, "")
    assert [graph.assignments(app) for app in apps] == before


def test_nothing_is_restored_while_an_app_cannot_be_read(run: Run, graph: Emulator, tmp_path: pathlib.Path) -> None:
    app = graph.add_app()
    save(tmp_path / "apps.json", [{"id": one, "assignments": [wire(1)]} for one in (app, NOBODY)])
    done = run("restore_backup.py", "plan", "apps.json", "--out", "plans.jsonl")
    assert done.code == 1
    assert f"{NOBODY}  " in done.err
    assert "Graph answered 404 ResourceNotFound" in done.err
    assert done.err.endswith("nothing was written\n")
    assert not (tmp_path / "plans.jsonl").exists()


def test_a_write_that_fails_is_a_failure(run: Run, graph: Emulator, tmp_path: pathlib.Path) -> None:
    app = graph.add_app()
    save(tmp_path / "app.json", {"id": app, "assignments": [wire(1)]})
    assert run("restore_backup.py", "plan", "app.json", "--out", "plans.jsonl").out.endswith(KEPT)
    graph.fail_next(status=403)
    done = run("restore_backup.py", "apply", "plans.jsonl", "--yes")
    assert done.code == 1
    assert done.err.startswith(f"app {app}: Graph answered 403")
    assert "1 app: 0 applied, 0 nothing to do, 1 failed\n" in done.out
    assert graph.assignments(app) == []


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        ([], "backup.json has no app in it"),
        ({"value": [wire(1)]}, "InvalidInputError: backup.json: value[0]: is an assignment, and nothing says of which"),
        (
            [{"app_id": NOBODY, "action": "add", "intent": "required", "target": "all_users"}],
            "backup.json says what to add and remove; a backup says what an app had",
        ),
    ],
)
def test_what_is_no_backup_is_refused(document: object, complaint: str, run: Run, tmp_path: pathlib.Path) -> None:
    save(tmp_path / "backup.json", document)
    done = run("restore_backup.py", "plan", "backup.json")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(complaint)


def test_what_nobody_has_seen_is_not_written(run: Run, graph: Emulator, tmp_path: pathlib.Path) -> None:
    """Neither what the backup says by now, nor over what somebody did since."""
    app = graph.add_app()
    save(tmp_path / "app.json", {"id": app, "assignments": [wire(1)]})
    assert run("restore_backup.py", "plan", "app.json", "--out", "plans.jsonl").out.endswith(KEPT)
    kept = run("restore_backup.py", "plan", "app.json", "--out", "plans.jsonl")
    assert (kept.code, kept.out) == (1, "")
    assert kept.err.startswith("plans.jsonl is there already, ")
    direct = run("restore_backup.py", "apply", "app.json", "--yes")
    assert (direct.code, direct.out) == (1, "")
    assert direct.err.startswith("app.json: line 1 is no plan: ")
    other = run("restore_backup.py", "apply", "plans.jsonl", NOBODY, "--yes")
    assert other.code == 2
    assert other.err.endswith("apply takes plans, which say of which apps they are\n")
    somebody_adds(graph, app, 9)
    theirs = graph.assignments(app)
    done = run("restore_backup.py", "apply", "plans.jsonl", "--yes")
    assert done.code == 1
    assert done.err.startswith(f"app {app}: the app does not hold what was planned for; ")
    assert graph.assignments(app) == theirs
