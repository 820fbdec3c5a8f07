"""What ``appassign apps`` lists."""

import json
from collections.abc import Iterator

import pytest

from appassign.emulator import Emulator
from cli import ONE, SALES, TWO, add_app, run, to_group
from test_cli_github import heard

EVIL = "\x1b]0;title\x07\u202eevil\n::error::no [bold]"


@pytest.fixture
def graph() -> Iterator[Emulator]:
    with Emulator() as emulator:
        add_app(emulator, ONE, to_group(SALES))
        emulator._native.add_app(
            json.dumps({"@odata.type": "#microsoft.graph.iosStoreApp", "id": TWO, "displayName": EVIL})
        )
        yield emulator


def test_it_lists_id_type_and_name(graph: Emulator) -> None:
    done = run("apps", graph=graph)
    assert (done.code, done.err) == (0, "")
    header, first, second, counted = done.lines
    assert header.split() == ["app_id", "type", "name"]
    assert first.split(maxsplit=2) == [ONE, "win32LobApp", "Company Portal"]
    assert second.split(maxsplit=2) == [TWO, "iosStoreApp", r"\x1b]0;title\x07\u202eevil\n::error::no [bold]"]
    assert counted == "2 apps"
    done = run("apps", "--json", graph=graph)
    assert (done.code, done.err) == (0, "")
    assert done.json == {
        "apps": [
            {"app_id": ONE, "type": "win32LobApp", "name": "Company Portal", "assigned": True},
            {"app_id": TWO, "type": "iosStoreApp", "name": EVIL, "assigned": False},
        ]
    }


def test_assigned_leaves_the_others_out(graph: Emulator) -> None:
    assert [app["app_id"] for app in run("apps", "--assigned", "--json", graph=graph).json["apps"]] == [ONE]
    assert run("apps", "--assigned", graph=graph).lines[-1] == "1 app"
    graph.reset()
    for arguments in ((), ("--assigned",)):
        done = run("apps", *arguments, graph=graph)
        assert (done.code, done.out, done.err) == (0, "0 apps\n", "")
    assert run("apps", "--json", graph=graph).json == {"apps": []}


def test_no_name_is_a_command_to_a_workflow(graph: Emulator) -> None:
    done = run("apps", "--output", "github", graph=graph)
    commands, shown = heard(done.out)
    assert (done.code, commands) == (0, [])
    assert any(ONE in line for line in shown)
    assert "\x1b" not in done.out


def test_what_graph_refuses_is_an_error(graph: Emulator) -> None:
    graph.fail_next(status=403, method="GET")
    done = run("apps", graph=graph)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("PermissionDeniedError: Graph answered 403")
    graph.fail_next(status=403, method="GET")
    done = run("apps", "--json", graph=graph)
    assert (done.code, done.err, done.json["error"]["type"]) == (1, "", "PermissionDeniedError")


def test_an_app_that_is_not_there_leads_to_the_list(graph: Emulator) -> None:
    done = run("change", "no-such-app", "--add", "required:all_users", graph=graph)
    assert done.err.splitlines()[1].endswith("; appassign apps lists what there is")
