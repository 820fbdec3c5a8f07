"""What ``appassign get``, ``plan``, ``apply``, ``change`` and ``export`` do: exit codes, JSON and text."""

import csv
import json
import pathlib
from collections.abc import Iterator

import pytest

from appassign import Plan, read_journal
from appassign.emulator import Emulator
from cli import FILTER, LEGAL, ONE, SALES, TWO, add_app, groups, run, to_group, writes

COLUMNS = ["app_id", "action", "intent", "target", "target_id", "filter_id", "filter_type", "settings", "other"]
QUIET = {"@odata.type": "#microsoft.graph.win32LobAppAssignmentSettings", "notifications": "hideAll"}
MISSING = "3f6a1c52-8f0e-4b7e-9a55-0c1d2e3f4aff"


@pytest.fixture
def graph() -> Iterator[Emulator]:
    with Emulator() as emulator:
        add_app(emulator, ONE, to_group(SALES, settings=QUIET))
        add_app(emulator, TWO)
        yield emulator


def table(folder: pathlib.Path, *rows: str) -> pathlib.Path:
    file = folder / "apps.csv"
    file.write_text("\n".join(["app_id,action,intent,target,target_id", *rows, ""]), encoding="utf-8")
    return file


def test_get_shows_what_apps_have(graph: Emulator) -> None:
    done = run("get", ONE, TWO, graph=graph)
    assert (done.code, done.err) == (0, "")
    assert done.lines == [
        f"app {ONE}: 1 assignment",
        "intent    target  target_id                             settings",
        f"required  group   {SALES}  {json.dumps(QUIET, separators=(',', ':'))}",
        f"app {TWO}: 0 assignments",
    ]
    done = run("get", ONE, TWO, "--json", graph=graph)
    first, second = done.json["apps"]
    assert (done.code, done.err, done.json["errors"]) == (0, "", [])
    assert second == {"app_id": TWO, "rows": []}
    [row] = first["rows"]
    assert list(row) == COLUMNS
    assert (row["intent"], row["target"], row["target_id"]) == ("required", "group", SALES)
    assert json.loads(row["settings"]) == QUIET


def test_get_tells_which_app_is_not_there_and_shows_the_others(graph: Emulator) -> None:
    done = run("get", MISSING, TWO, graph=graph)
    assert done.code == 1
    assert done.lines == [f"app {TWO}: 0 assignments"]
    first, hint = done.err.splitlines()
    assert first.startswith(f"app {MISSING}: NotFoundError: Graph answered 404 ResourceNotFound")
    assert hint.startswith("hint: there is no such app in the tenant of the token")
    done = run("get", MISSING, TWO, "--json", graph=graph)
    [error] = done.json["errors"]
    assert (done.code, done.err) == (1, "")
    assert (error["app_id"], error["type"], error["status"], error["code"]) == (
        MISSING, "NotFoundError", 404, "ResourceNotFound",
    )  # fmt: skip
    assert (error["outcome"], error["attempts"]) == ("not_sent", 1)
    assert error["hint"].startswith("there is no such app")


def test_plan_shows_a_change_and_writes_nothing(graph: Emulator) -> None:
    added = f"required:{LEGAL}"
    done = run("plan", ONE, "--add", added, "--remove", SALES, graph=graph)
    assert (done.code, done.err) == (0, "")
    assert done.lines == [
        f"app {ONE}: 1 added, 0 changed, 1 removed, 0 kept",
        f"+ required group {LEGAL}",
        f'- required group {SALES}  settings win32LobApp {{"notifications":"hideAll"}}',
        "1 app: 1 planned, 0 nothing to do, 0 failed",
    ]
    done = run("plan", ONE, "--add", added, "--remove", SALES, "--json", "--exit-code", graph=graph)
    found = done.json
    assert (done.code, done.err) == (2, "")
    assert list(found) == ["planned", "nothing_to_do", "failed", "out", "rows", "warnings", "errors"]
    assert (found["planned"], found["nothing_to_do"], found["failed"]) == (1, 0, 0)
    assert [(row["action"], row["target_id"]) for row in found["rows"]] == [("remove", SALES), ("add", LEGAL)]
    assert list(found["rows"][0]) == [*COLUMNS, "error"]
    assert writes(graph) == 0


def test_plan_exits_with_0_where_nothing_would_change(graph: Emulator) -> None:
    done = run("plan", ONE, "--add", f"required:{SALES}", "--exit-code", graph=graph)
    assert (done.code, done.out, done.err) == (0, "1 app: 0 planned, 1 nothing to do, 0 failed\n", "")


def test_plan_shows_what_graph_is_known_to_refuse(graph: Emulator) -> None:
    done = run("plan", TWO, "--add", "available:all_devices", "--remove", "all_users", graph=graph)
    warned = [line.split(":")[0] for line in done.lines if line.startswith("!")]
    assert (done.code, warned) == (0, ["! not_there", "! available_to_all_devices"])
    found = run("plan", TWO, "--add", "available:all_devices", "--json", graph=graph).json
    [warning] = found["warnings"]
    assert (warning["app_id"], warning["code"]) == (TWO, "available_to_all_devices")
    assert "Graph refuses all devices" in warning["message"]


@pytest.mark.parametrize(
    ("spec", "target"),
    [
        (f"required:{LEGAL}", {"@odata.type": "groupAssignmentTarget", "groupId": LEGAL}),
        (f"required:group:{LEGAL}", {"@odata.type": "groupAssignmentTarget", "groupId": LEGAL}),
        (f"required:exclude:{LEGAL}", {"@odata.type": "exclusionGroupAssignmentTarget", "groupId": LEGAL}),
        ("required:all_users", {"@odata.type": "allLicensedUsersAssignmentTarget"}),
        ("required:all_devices", {"@odata.type": "allDevicesAssignmentTarget"}),
        (
            "required:collection:SMS00001",
            {"@odata.type": "configurationManagerCollectionAssignmentTarget", "collectionId": "SMS00001"},
        ),
    ],
)
def test_every_target_can_be_added_and_removed(graph: Emulator, spec: str, target: dict[str, str]) -> None:
    assert run("change", TWO, "--add", spec, graph=graph).code == 0
    [held] = graph.assignments(TWO)
    target = {**target, "@odata.type": f"#microsoft.graph.{target['@odata.type']}"}
    assert held["intent"] == "required"
    assert {name: held["target"][name] for name in target} == target
    assert run("change", TWO, "--remove", spec, graph=graph).code == 0
    assert graph.assignments(TWO) == []


def test_change_keeps_what_is_not_named(graph: Emulator, tmp_path: pathlib.Path) -> None:
    arguments = ("--filter-id", FILTER, "--filter-type", "include", "--reason", "CHG-1", "--journal", tmp_path / "j")
    done = run("change", ONE, "--add", f"available:{LEGAL}", *arguments, graph=graph)
    assert (done.code, done.err) == (0, "")
    assert done.lines == [
        f"app {ONE}: 1 added, 0 changed, 0 removed, 1 kept",
        f"+ available group {LEGAL}  filter include {FILTER}",
        "1 applied, 0 nothing to do, 0 failed",
    ]
    assert groups(graph, ONE) == [SALES, LEGAL]
    assert graph.assignments(ONE)[0]["settings"] == QUIET
    assert graph.assignments(ONE)[1]["target"]["deviceAndAppManagementAssignmentFilterId"] == FILTER
    [receipt] = read_journal(tmp_path / "j")
    assert receipt.reason == "CHG-1"

    done = run("change", ONE, "--add", f"available:{LEGAL}", "--remove", f"required:{SALES}", "--json", graph=graph)
    found = done.json
    assert (done.code, done.err) == (0, "")
    assert list(found) == ["applied", "nothing_to_do", "failed", "rows", "receipts", "errors"]
    assert (found["applied"], [row["action"] for row in found["rows"]]) == (1, ["remove"])
    [receipt] = found["receipts"]
    assert (receipt["app_id"], receipt["status"], receipt["recovered"]) == (ONE, 204, False)
    assert groups(graph, ONE) == [LEGAL]

    done = run("change", ONE, "--add", f"available:{LEGAL}", graph=graph)
    assert (done.code, done.out) == (0, "0 applied, 1 nothing to do, 0 failed\n")


def test_plans_are_written_reviewed_and_applied(graph: Emulator, tmp_path: pathlib.Path) -> None:
    source = table(tmp_path, f"{ONE},add,required,group,{LEGAL}", f"{TWO},replace,available,all_users,")
    out = tmp_path / "plans.jsonl"
    done = run("plan", source, "--out", out, graph=graph)
    assert (done.code, done.err) == (0, "")
    assert [Plan.from_json(line).app_id for line in out.read_text().splitlines()] == [ONE, TWO]
    assert {*tmp_path.iterdir()} == {source, out}

    done = run("apply", out, "--max-removals", "0", "--reason", "CHG-2", "--journal", tmp_path / "j", graph=graph)
    assert (done.code, done.err) == (0, "")
    assert done.lines == [
        f"app {ONE}: 1 added, 0 changed, 0 removed, 1 kept",
        f"+ required group {LEGAL}",
        f"app {TWO}: 1 added, 0 changed, 0 removed, 0 kept",
        "+ available all users",
        "2 apps: 2 applied, 0 nothing to do, 0 failed",
    ]
    assert [receipt.reason for receipt in read_journal(tmp_path / "j")] == ["CHG-2", "CHG-2"]
    assert groups(graph, ONE) == [SALES, LEGAL]

    # It was made for apps that held something else.
    run("change", ONE, "--remove", SALES, graph=graph)
    done = run("apply", out, "--json", graph=graph)
    [error] = done.json["errors"]
    assert (done.code, done.json["applied"], done.json["nothing_to_do"], done.json["failed"]) == (1, 0, 1, 1)
    assert (error["app_id"], error["type"], error["outcome"]) == (ONE, "StalePlanError", "not_sent")
    assert [entry["target"]["groupId"] for entry in error["planned"]] == [SALES]
    assert [entry["target"]["groupId"] for entry in error["live"]] == [LEGAL]


def test_apply_takes_a_table_from_a_file_and_csv_json_or_plans_from_stdin(
    graph: Emulator, tmp_path: pathlib.Path
) -> None:
    source = table(tmp_path, f"{ONE},add,required,group,{LEGAL}")
    done = run("apply", source, "--json", graph=graph)
    assert (done.code, done.err, done.json["applied"]) == (0, "", 1)
    [row] = done.json["rows"]
    assert list(row) == [*COLUMNS, "outcome", "error"]
    assert row["outcome"] == "applied"
    text = source.read_text().replace("add", "remove")
    assert run("apply", "-", graph=graph, stdin=text).code == 0
    assert groups(graph, ONE) == [SALES]
    rows = [{"app_id": ONE, "action": "add", "intent": "required", "target": "group", "target_id": LEGAL}]
    for stdin in (json.dumps(rows), json.dumps(rows, indent=2), json.dumps(rows).encode("utf-16")):
        assert run("apply", "-", graph=graph, stdin=stdin).code == 0
        assert groups(graph, ONE) == [SALES, LEGAL]
    plan = tmp_path / "plans.jsonl"
    run("plan", "-", "--out", plan, graph=graph, stdin=json.dumps([{**rows[0], "action": "remove"}]))
    assert run("apply", "-", graph=graph, stdin=plan.read_text()).code == 0
    assert groups(graph, ONE) == [SALES]


def test_apply_writes_nothing_if_anything_cannot_be_planned(graph: Emulator, tmp_path: pathlib.Path) -> None:
    source = table(tmp_path, f"{MISSING},add,required,group,{LEGAL}", f"{TWO},add,required,group,{LEGAL}")
    done = run("apply", source, graph=graph)
    assert done.code == 1
    assert done.out == "2 apps: 1 planned, 0 nothing to do, 1 failed\n"
    assert done.err.startswith(f"app {MISSING}: NotFoundError: ")
    assert done.err.endswith("nothing was written: what cannot be planned must be mended, or left out\n")
    out = tmp_path / "plans.jsonl"
    done = run("plan", source, "--out", out, "--exit-code", "--json", graph=graph)
    assert (done.code, done.json["out"], done.json["planned"], done.json["failed"]) == (1, None, 1, 1)
    assert done.err == f"{out} is not written: some apps could not be planned\n"
    assert not out.exists()
    assert writes(graph) == 0


@pytest.mark.parametrize(
    ("options", "said", "hint"),
    [
        (("--max-removals", "0"), "the plans remove 1 assignment, of 1 app", "pass a higher --max-removals"),
        ((), "the plans leave 1 app", "pass --allow-empty; it can be undone"),
    ],
)
def test_a_limit_refuses_with_3(
    graph: Emulator, tmp_path: pathlib.Path, options: tuple[str, ...], said: str, hint: str
) -> None:
    source = table(tmp_path, f"{ONE},remove,,group,{SALES}")
    done = run("apply", source, *options, graph=graph)
    assert (done.code, done.lines[0]) == (3, f"app {ONE}: 0 added, 0 changed, 1 removed, 0 kept")
    first, second = done.err.splitlines()
    assert first.startswith("LimitError: ")
    assert said in first
    assert second.startswith("hint: ")
    assert hint in second
    done = run("apply", source, *options, "--json", graph=graph)
    assert (done.code, done.err) == (3, "")
    assert (done.json["error"]["type"], done.json["error"]["outcome"]) == ("LimitError", "not_sent")
    assert hint in done.json["error"]["hint"]
    assert writes(graph) == 0
    assert run("apply", source, "--allow-empty", "--max-removals", "1", graph=graph).code == 0
    assert groups(graph, ONE) == []


def test_export_gives_a_table_that_plans_as_nothing(graph: Emulator, tmp_path: pathlib.Path) -> None:
    done = run("export", graph=graph)
    assert (done.code, done.err) == (0, "")
    [row] = csv.DictReader(done.out.splitlines())  # the second app is not assigned
    assert list(row) == COLUMNS
    assert (row["app_id"], row["action"], row["target_id"]) == (ONE, "replace", SALES)
    for name in ("apps.csv", "apps.json"):
        done = run("export", ONE, TWO, "--out", name, "--json", graph=graph, cwd=tmp_path)
        assert (done.code, done.err, done.json) == (0, "", {"out": name, "apps": 2, "rows": 2})
        done = run("plan", name, "--exit-code", graph=graph, cwd=tmp_path)
        assert (done.code, done.out) == (0, "2 apps: 0 planned, 2 nothing to do, 0 failed\n")
    assert {file.name for file in tmp_path.iterdir()} == {"apps.csv", "apps.json"}
    done = run("export", "--json", graph=graph)
    assert [row["app_id"] for row in done.json] == [ONE]
    done = run("plan", "-", "--exit-code", graph=graph, stdin=done.out)
    assert (done.code, done.out) == (0, "1 app: 0 planned, 1 nothing to do, 0 failed\n")
    done = run("export", ONE, ONE.upper(), graph=graph)
    assert len(done.lines) == 2
    done = run("export", "--out", "apps.csv", graph=graph, cwd=tmp_path)
    assert (done.code, done.out, done.err) == (0, "1 rows of 1 apps in apps.csv\n", "")


def test_an_export_that_fails_leaves_the_table_of_yesterday(graph: Emulator, tmp_path: pathlib.Path) -> None:
    (tmp_path / "apps.csv").write_text("yesterday", encoding="utf-8")
    done = run("export", ONE, MISSING, "--out", "apps.csv", graph=graph, cwd=tmp_path)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(f"app {MISSING}: NotFoundError: ")
    assert done.err.endswith("nothing was written: some apps could not be read\n")
    done = run("export", ONE, MISSING, "--json", graph=graph)
    assert (done.code, done.json["error"]["type"]) == (1, "NotFoundError")
    assert [error["app_id"] for error in done.json["errors"]] == [MISSING]
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("apps.csv", "yesterday")]


def test_many_apps_go_through_one_run(graph: Emulator) -> None:
    apps = [graph.add_app() for _ in range(40)]
    rows = [{"app_id": app, "action": "add", "intent": "required", "target": "all_users"} for app in apps]
    done = run(
        "apply", "-", "--concurrency", "4", "--rate-limit", "1000", "--json", graph=graph, stdin=json.dumps(rows)
    )
    assert (done.code, done.json["applied"], done.err) == (0, 40, "")
    done = run("export", "--concurrency", "4", graph=graph)
    assert len(done.lines) == 42
