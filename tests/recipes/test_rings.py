"""An app goes from ring to ring, and back."""

import pathlib
from typing import Any

import pytest
from recipe import NOBODY, RINGS, WRITTEN_NOT, Done, Run, bare, undo_all

from appassign import read_journal
from appassign.emulator import Emulator
from planned import QUIET, filtered, many, wire


@pytest.fixture(autouse=True)
def rings(tmp_path: pathlib.Path) -> pathlib.Path:
    path = tmp_path / "rings.toml"
    path.write_text(RINGS, encoding="utf-8")
    return path


def group(number: int) -> str:
    return f"11111111-2222-4333-8444-5555555555{number:02}"


def ring(number: int, intent: str = "required", kind: str = "groupAssignmentTarget", **more: object) -> dict[str, Any]:
    """An assignment to a ring's group."""
    entry = wire(number, intent, kind, **more)
    entry["target"]["groupId"] = group(number)
    return entry


def test_rings_go_forth_and_back_and_keep_the_rest(run: Run, graph: Emulator, tmp_path: pathlib.Path) -> None:
    app = graph.add_app(assignments=many(103))
    had = graph.assignments(app)
    assert run("rings.py", "rings.toml", app, "status") == Done(0, "- pilot\n- early\n- broad\n", "")
    assert run("rings.py", "rings.toml", app, "back", "--yes") == Done(0, "nothing to do: no ring has it\n", "")
    for number, name in enumerate(("pilot", "early", "broad"), start=1):
        done = run("rings.py", "rings.toml", app, "next", "--yes")
        assert (done.code, done.err) == (0, "")
        assert done.out.startswith(f"app {app}: 1 added, 0 changed, 0 removed, {102 + number} kept\n+ required group ")
        assert done.out.endswith(f"\n{name} has it\n")
        held = graph.assignments(app)
        assert held[:103] == had
        assert bare(held[103:]) == [*map(ring, range(1, number + 1))]
    assert run("rings.py", "rings.toml", app, "status").out == "x pilot\nx early\nx broad\n"
    assert run("rings.py", "rings.toml", app, "next", "--yes") == Done(0, "nothing to do: every ring has it\n", "")
    done = run("rings.py", "rings.toml", app, "back", "--yes")
    assert (done.code, done.out.splitlines()[-1]) == (0, "broad has it no more")
    assert bare(graph.assignments(app)[103:]) == [ring(1), ring(2)]
    reasons = [receipt.reason for receipt in read_journal(tmp_path / "intune.jsonl")]
    assert reasons == ["ring pilot", "ring early", "ring broad", "back from ring broad"]
    undo_all(graph, tmp_path)
    assert graph.assignments(app) == had


@pytest.mark.parametrize(("step", "sign"), [("next", "+"), ("back", "-")])
def test_a_step_is_shown_and_made_only_if_it_is_meant(run: Run, graph: Emulator, step: str, sign: str) -> None:
    app = graph.add_app(assignments=[ring(1)])
    looked = run("rings.py", "rings.toml", app, step)
    assert (looked.code, looked.err) == (0, "")
    assert f"\n{sign} required group " in looked.out
    assert looked.out.endswith(WRITTEN_NOT)
    assert "has it" not in looked.out
    assert not [request for request in graph.requests if request.method != "GET"]


def test_a_ring_has_it_whoever_gave_it_and_with_whatever_settings(run: Run, graph: Emulator) -> None:
    app = graph.add_app(assignments=[ring(2, settings=QUIET, **filtered())])
    assert run("rings.py", "rings.toml", app, "status").out == "- pilot\nx early\n- broad\n"
    assert run("rings.py", "rings.toml", app, "next", "--yes").out.endswith("pilot has it\n")
    assert run("rings.py", "rings.toml", app, "next", "--yes").out.endswith("broad has it\n")
    for name in ("broad", "early", "pilot"):
        assert run("rings.py", "rings.toml", app, "back", "--yes").out.endswith(f"\n{name} has it no more\n")
    assert graph.assignments(app) == []


@pytest.mark.parametrize(
    ("entry", "words", "target"),
    [
        (ring(1, "available"), "has it as available", "GroupAssignmentTarget"),
        (ring(1, "uninstall"), "has it as uninstall", "GroupAssignmentTarget"),
        (
            ring(1, kind="exclusionGroupAssignmentTarget"),
            "is excluded from it as required",
            "ExclusionGroupAssignmentTarget",
        ),
    ],
)
def test_a_group_that_is_there_otherwise_is_told_and_stays_as_it_is(
    entry: dict[str, Any], words: str, target: str, run: Run, graph: Emulator, rings: pathlib.Path
) -> None:
    rings.write_text(RINGS.upper().replace("PILOT", "pilot"), encoding="utf-8")
    app = graph.add_app(assignments=[entry])
    assert run("rings.py", "rings.toml", app, "status").out == f"- pilot, whose group {words}\n- EARLY\n- BROAD\n"
    done = run("rings.py", "rings.toml", app, "next", "--yes")
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        f"pilot, whose group {words}; nothing was written\n"
        "if the ring is to have it, take that away first: "
        f"client.change('{app}', remove=[{target}('{group(1)}')])\n"
    )
    assert bare(graph.assignments(app)) == [entry]
    assert run("rings.py", "rings.toml", app, "back", "--yes").out == "nothing to do: no ring has it\n"


def test_a_ring_that_has_it_twice_gives_back_what_makes_it_a_ring(run: Run, graph: Emulator) -> None:
    app = graph.add_app(assignments=[ring(1), ring(1, "available")])
    status = run("rings.py", "rings.toml", app, "status").out
    assert status == "x pilot, whose group has it as available\n- early\n- broad\n"
    assert run("rings.py", "rings.toml", app, "next", "--yes").out.endswith("early has it\n")
    for name in ("early", "pilot"):
        assert run("rings.py", "rings.toml", app, "back", "--yes").out.endswith(f"{name} has it no more\n")
    assert bare(graph.assignments(app)) == [ring(1, "available")]


def test_the_only_ring_may_be_taken_back(run: Run, graph: Emulator) -> None:
    app = graph.add_app(assignments=[ring(1)])
    done = run("rings.py", "rings.toml", app, "back", "--yes")
    assert (done.code, done.err, graph.assignments(app)) == (0, "", [])


def test_a_ring_that_is_refused_is_told(run: Run, graph: Emulator) -> None:
    app = graph.add_app()
    graph.fail_next(status=403)
    done = run("rings.py", "rings.toml", app, "next", "--yes")
    assert (done.code, graph.assignments(app)) == (1, [])
    assert "has it" not in done.out
    assert done.err.startswith("PermissionDeniedError: ")
    assert run("rings.py", "rings.toml", NOBODY, "status").err.startswith("NotFoundError: ")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", 'rings.toml names no ring: write one to a line, in their order, as in pilot = "THE GROUP\'S ID"'),
        ('pilot = "Sales"', "rings.toml: pilot: group_id: 'Sales' looks like a name; pass the group's id, a GUID"),
        ("pilot = 1", "rings.toml: pilot: group_id must be a str or a uuid.UUID, not int"),
        (RINGS + f'late = "{group(2).upper()}"', "rings.toml: early and late are the same group"),
        (RINGS + f'pilot = "{group(4)}"', "rings.toml: Cannot overwrite a value (at "),
        ("pilot", "rings.toml: "),
    ],
)
def test_rings_that_cannot_be_meant_are_refused(
    text: str, complaint: str, run: Run, graph: Emulator, rings: pathlib.Path
) -> None:
    rings.write_text(text, encoding="utf-8")
    done = run("rings.py", "rings.toml", graph.add_app(), "next", "--yes")
    assert (done.code, done.out, graph.requests) == (1, "", [])
    assert done.err.startswith(complaint)
    rings.unlink()
    assert run("rings.py", "rings.toml", NOBODY, "next", "--yes").err.startswith("FileNotFoundError: ")
