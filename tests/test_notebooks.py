"""The notebooks of the examples run from top to bottom in a real kernel, and show what they are there to show."""

import functools
import json
import re
from typing import Any

import nbformat
import pytest

from notebooks import EXAMPLES, executed, widgets
from pages import matches

NAMES = ["plan_and_undo", "quickstart"]
SALES = "11111111-2222-4333-8444-555555555501"
SUPPORT = "11111111-2222-4333-8444-555555555502"

# What the result of a cell is as text; … is another text each time.
TEXT = {
    "quickstart": {
        "connect": "<Client of http://127.0.0.1:…/beta>",
        "plan": "<Plan app_id='…' added=1 changed=0 removed=0 kept=2 warnings=0>",
        "change": "<ApplyReceipt app_id='…' before=2 after=3 reason='CHG-1234' time='…' status=204>",
        "undo": "<ApplyReceipt app_id='…' before=3 after=2 reason='undo: CHG-1234' time='…' status=204>",
        "undone": "True",
        "await": "<ApplyReceipt app_id='…' before=2 after=3 reason=None time='…' status=204>",
    },
    "plan_and_undo": {
        "plan": "<Plan app_id='…' added=1 changed=0 removed=1 kept=1 warnings=0>",
        "review": "True",
        "apply": "<ApplyReceipt app_id='…' before=2 after=2 reason='CHG-1234' time='…' status=204>",
        "undo": "<ApplyReceipt app_id='…' before=2 after=2 reason='undo: CHG-1234' time='…' status=204>",
        "again": "<Plan app_id='…' added=1 changed=0 removed=0 kept=3 warnings=0>",
        "plan-many": "<PlanReport planned=200 nothing_to_do=0 failed=0>",
        "apply-many": "<ApplyReport applied=200 nothing_to_do=0 failed=0>",
        "plan-undo": "<PlanReport planned=200 nothing_to_do=0 failed=0>",
        "undo-many": "<ApplyReport applied=200 nothing_to_do=0 failed=0>",
    },
}

# What a cell prints.
PRINTED = {
    "quickstart": {
        "refused": [
            "Graph answered 404 ResourceNotFound: …",
            "hint: there is no such app in the tenant of the token, …; Client.apps() lists what there is",
            "outcome: not_sent",
        ],
    },
    "plan_and_undo": {
        "limit": [
            "the plan removes 1 assignment of the app …, and max_removals is 0",
            "hint: print the plan; if all of that shall go, pass a higher max_removals",
        ],
        "stale": [
            f"the app does not hold what was planned for; 1 new or changed: required group {SUPPORT}",
            "hint: somebody else changed it meanwhile, and their change stands: look at .live, and plan again",
        ],
    },
}

run = functools.cache(executed)


def outputs(name: str, kind: str) -> dict[str, list[Any]]:
    """The outputs of one kind, of each cell that has any."""
    cells = {
        cell.id: [output for output in cell.get("outputs", []) if output.output_type == kind]
        for cell in run(name).cells
    }
    return {cell: found for cell, found in cells.items() if found}


def html(name: str, cell: str) -> str:
    [result] = outputs(name, "execute_result")[cell]
    return result.data["text/html"]


def test_these_are_all_notebooks_of_the_examples() -> None:
    assert [path.stem for path in sorted(EXAMPLES.glob("*.ipynb"))] == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_is_kept_without_outputs_and_with_no_metadata_but_its_language(name: str) -> None:
    text = (EXAMPLES / f"{name}.ipynb").read_text(encoding="utf-8")
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    assert text == nbformat.writes(notebook) + "\n", "saved by something that writes it in another form"
    assert notebook.metadata == {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch("[a-z]+(-[a-z]+)*", one) for one in ids), "an id says what its cell is there for"
    for cell in notebook.cells:
        assert cell.metadata == {}
        if cell.cell_type == "code":
            assert (cell.outputs, cell.execution_count) == ([], None)


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_runs_from_top_to_bottom_and_complains_of_nothing(name: str) -> None:
    code = [cell for cell in run(name).cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert outputs(name, "error") == {}
    streams = [output for found in outputs(name, "stream").values() for output in found]
    assert {output.name for output in streams} == {"stdout"}


@pytest.mark.parametrize("name", NAMES)
def test_the_results_read_well_as_text(name: str) -> None:
    results = outputs(name, "execute_result")
    frames = {"frame", "journal"}
    shown = {cell: result.data["text/plain"] for cell, [result] in results.items() if cell not in frames}
    assert shown.keys() == TEXT[name].keys()
    for cell, text in TEXT[name].items():
        assert matches(text, shown[cell]), (cell, shown[cell])


@pytest.mark.parametrize("name", NAMES)
def test_refusals_say_what_to_do(name: str) -> None:
    printed = {cell: "".join(output.text for output in found) for cell, found in outputs(name, "stream").items()}
    assert printed.keys() == PRINTED[name].keys()
    for cell, lines in PRINTED[name].items():
        assert len(printed[cell].splitlines()) == len(lines), printed[cell]
        assert all(map(matches, lines, printed[cell].splitlines())), printed[cell]


@pytest.mark.parametrize(
    ("name", "cell"),
    [(name, cell) for name in NAMES for cell, text in TEXT[name].items() if re.match("<(Plan|Apply)", text)],
)
def test_plans_receipts_and_reports_are_tables(name: str, cell: str) -> None:
    assert "<table" in html(name, cell)


def test_an_assignment_tells_its_intent_and_its_group() -> None:
    everyone, support = [output.data["text/html"] for output in outputs("quickstart", "display_data")["held"]]
    assert "available" in everyone
    assert "required" in support
    assert "11111111-2222-4333-8444-555555555500" in support


def test_a_plan_is_a_diff() -> None:
    text = re.sub("<[^>]*>", " ", html("plan_and_undo", "plan"))
    [removed] = re.findall("[-\N{MINUS SIGN}]\\s+required\\s+all devices", text)
    [added] = re.findall(rf"\+\s+required\s+group\s+{SALES}", text)
    assert removed
    assert added


def test_rows_become_a_data_frame() -> None:
    [frame] = outputs("plan_and_undo", "execute_result")["frame"]
    assert "200 rows × 5 columns" in frame.data["text/html"]
    assert f"<td>{SALES}</td>" in frame.data["text/html"]
    [journal] = outputs("plan_and_undo", "execute_result")["journal"]
    assert "202 rows × 4 columns" in journal.data["text/html"]


def test_each_bar_of_widgets_reaches_its_total() -> None:
    notebook = run("plan_and_undo")
    shown = [cell for cell, found in outputs("plan_and_undo", "display_data").items() for _ in found]
    assert shown == ["plan-many", "apply-many", "undo-many"]
    bars = widgets(notebook, "FloatProgressModel")
    assert [(bar["value"], bar["max"], bar["bar_style"]) for bar in bars] == [(200, 200, "success")] * 3
    labels = [label["value"] for label in widgets(notebook, "HTMLModel")]
    assert [re.sub(r"\s", "", label)[:7] for label in labels if "/" in label] == ["200/200"] * 3


@pytest.mark.parametrize("name", NAMES)
def test_nobody_elses_id_or_name_is_in_a_notebook(name: str) -> None:
    """Ids are made up, and nothing is fetched from anywhere."""
    source = json.dumps(nbformat.read(EXAMPLES / f"{name}.ipynb", as_version=4))
    known = r"11111111-2222-4333-8444-55555555550\d|3f6a1c52-8f0e-4b7e-9a55-0c1d2e3f4a5b"
    for guid in re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", source):
        assert re.fullmatch(known, guid)
    assert set(re.findall(r"https?://[^/]+", source)) <= {"https://learn.microsoft.com"}
