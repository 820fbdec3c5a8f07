"""Every block of the README and the pages does what it says, and every example runs."""

import json
import os
import pathlib
import re
import subprocess
import sys
import tomllib

import nbformat
import pytest
from nbclient import NotebookClient

from appassign import read_journal
from appassign.emulator import Emulator
from pages import (
    COMMAND_PAGE,
    DOCS,
    FRONT_PAGES,
    PAGES,
    README,
    RECIPES_PAGE,
    ROOT,
    SHELL_PAGE,
    blocks,
    commands,
    links,
    matches,
    prose,
)
from tenants import Tenant

BLOCKS = [block for page in PAGES for block in blocks(page)]


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def run_python(*arguments: str) -> str:
    return run(sys.executable, "-X", "dev", *arguments)


def in_a_kernel(source: str) -> str:
    """What a cell prints, in a real kernel of Jupyter's."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    NotebookClient(notebook, kernel_name="python3", timeout=60).execute()
    outputs = notebook.cells[0].outputs
    assert all(output.output_type == "stream" and output.name == "stdout" for output in outputs), outputs
    return "".join(output.text for output in outputs)


def check_suite(folder: pathlib.Path, source: str, expected: str) -> None:
    """Run a file of tests, named by its first line; each line of what stands below it is one that pytest prints."""
    name = source.splitlines()[0].removeprefix("# ")
    (folder / name).write_text(source, encoding="utf-8")
    command = [sys.executable, "-X", "dev", "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", name]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, timeout=120)
    assert done.stderr == ""
    printed = iter(done.stdout.splitlines())
    for line in expected.splitlines():
        assert any(matches(line, one) for one in printed), f"{line!r} is not where it should be in\n{done.stdout}"


def is_for_a_tenant(source: str) -> bool:
    """Whether a block takes for granted that there is one, and that somebody is signed in."""
    return "appassign.emulator" not in source and not source.startswith("# test_")


def test_every_block_is_of_a_kind_that_is_run_here() -> None:
    """Those of yaml are read by tests/site, where there is something that reads it."""
    assert {kind for kind, _ in BLOCKS} - {"toml"} == {"python", "text", "console", "yaml"}
    for kind, text in BLOCKS:
        assert kind != "toml" or tomllib.loads(text)


GUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
SALES = "11111111-2222-4333-8444-555555555501"
OTHER_APP = "aaaaaaaa-8f0e-4b7e-9a55-0c1d2e3f4a5b"


def first_python(page: pathlib.Path, count: int) -> list[str]:
    return [source for kind, source in blocks(page) if kind == "python"][:count]


# What is shown first is for a tenant, and prints nothing: it has a test of its own.
FIRST = [source for page in FRONT_PAGES for source in first_python(page, 1)]
[UNDO] = first_python(DOCS / "index.md", 2)[1:]
SHOWN = [index for index, (kind, text) in enumerate(BLOCKS) if kind == "python" and text not in {*FIRST, UNDO}]


@pytest.mark.parametrize("index", SHOWN)
def test_a_python_block_prints_what_stands_below_it(index: int, tmp_path: pathlib.Path) -> None:
    source = BLOCKS[index][1]
    kind, expected = BLOCKS[index + 1]
    assert kind == "text"
    if source.startswith("# test_"):
        check_suite(tmp_path, source, expected)
    else:
        if source.startswith("# a notebook cell\n"):
            printed = in_a_kernel(source)
        elif is_for_a_tenant(source):
            printed = Tenant(tmp_path).run(source)
        else:
            printed = run_python("-c", source)
        shown, got = expected.splitlines(), printed.splitlines()
        assert len(shown) == len(got)
        assert all(map(matches, shown, got)), printed


@pytest.mark.parametrize("source", FIRST, ids=[page.name for page in FRONT_PAGES])
def test_what_is_shown_first_adds_one_group_to_an_app_with_103_and_loses_none(
    source: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len([line for line in source.splitlines() if line]) <= 6
    [app] = set(re.findall(GUID, source)) - {SALES}
    filtered = {
        "deviceAndAppManagementAssignmentFilterId": "c0ffee00-0000-4000-8000-000000000001",
        "deviceAndAppManagementAssignmentFilterType": "include",
    }
    there = [
        {
            "intent": "required",
            "target": {
                "@odata.type": "#microsoft.graph.groupAssignmentTarget",
                "groupId": f"11111111-2222-4333-8444-{number:012}",
                **filtered,
            },
            "settings": {
                "@odata.type": "#microsoft.graph.win32LobAppAssignmentSettings",
                "notifications": "showReboot",
                "deliveryOptimizationPriority": "foreground",
                "ofTomorrow": number,
            },
            "ofTomorrow": {"number": number},
        }
        for number in range(103)
    ]
    with Emulator() as graph:
        graph._native.add_app(json.dumps({"id": app, "assignments": there}))
        before = graph.assignments(app)
        monkeypatch.setenv("APPASSIGN_BASE_URL", graph.url)
        monkeypatch.setenv("APPASSIGN_TOKEN", graph.token)
        run_silently(source, tmp_path)
        after = graph.assignments(app)
        [receipt] = read_journal(tmp_path / "intune.jsonl")
    assert len(before) == 103
    assert after[:103] == before
    assert [entry["target"]["groupId"] for entry in after[103:]] == [SALES]
    assert [entry.to_dict() for entry in receipt.before] == before


@pytest.mark.parametrize("when", ["at once", "next week"])
@pytest.mark.parametrize("is_there", [False, True])
def test_what_is_shown_next_takes_back_that_change_and_no_other(
    when: str, is_there: object, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever wrote to the journal before it and since, and even if there was nothing to write."""
    index = DOCS / "index.md"
    [change] = first_python(index, 1)
    assert "`client.undo(receipt)` takes it back at once" in prose(index)
    [app] = set(re.findall(GUID, change)) - {SALES}
    theirs = change.replace("CHG-1234", "CHG-1")
    with Emulator() as graph:
        for one in (app, OTHER_APP):
            graph._native.add_app(json.dumps({"id": one}))
        monkeypatch.setenv("APPASSIGN_BASE_URL", graph.url)
        monkeypatch.setenv("APPASSIGN_TOKEN", graph.token)
        run_silently(theirs if is_there else theirs.replace('"required"', '"available"'), tmp_path)
        before = graph.assignments(app)
        if when == "at once":
            run_silently(change + "    client.undo(receipt)\n", tmp_path)
        else:
            run_silently(change, tmp_path)
            run_silently(theirs.replace(app, OTHER_APP), tmp_path)
            run_silently(UNDO, tmp_path)
        assert graph.assignments(app) == before
        assert len(graph.assignments(OTHER_APP)) == (when == "next week")
    reasons = [receipt.reason for receipt in read_journal(tmp_path / "intune.jsonl")]
    assert len(before) == 1
    assert ("undo: CHG-1234" in reasons) == (not is_there)


def test_an_empty_journal_has_nothing_to_take_back(tmp_path: pathlib.Path) -> None:
    (tmp_path / "intune.jsonl").touch(mode=0o600)
    run_silently(UNDO, tmp_path, APPASSIGN_TOKEN="nobody's")


def run_silently(source: str, folder: pathlib.Path, **more: str) -> None:
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", source]
    environment = {**os.environ, **more}
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=folder, env=environment, timeout=120
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_console_blocks_name_real_commands() -> None:
    """`make test` is what runs this; the commands have tests of their own; the demo runs below."""
    elsewhere = {SHELL_PAGE, COMMAND_PAGE, RECIPES_PAGE}
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    installed = {".", "azure-identity", *(f"'.[{extra}]'" for extra in extras)}
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    consoles = [text for page in PAGES if page not in elsewhere for kind, text in blocks(page) if kind == "console"]
    typed = [command for text in consoles for command, _ in commands(text)]
    for command in typed:
        match command.split("#")[0].split():
            case ["make", target]:
                assert target in targets
            case ["pip", "install", *what]:
                assert set(what) <= installed
            case ["python", "-m", "appassign.emulator", *options]:
                assert set(options[::2]) <= set(
                    re.findall(r"--\w+", run(sys.executable, "-m", "appassign.emulator", "-h"))
                )
            case other:
                pytest.fail(f"nothing runs {other}")
    assert len(typed) >= 3


def test_a_workflow_installs_what_a_file_names() -> None:
    """By its name alone, a fresh machine would get whatever is registered under it."""
    installs = [line for kind, text in BLOCKS if kind == "yaml" for line in re.findall(r"run: (pip .*)", text)]
    assert len(installs) >= 3
    assert {*installs} == {"pip install -r requirements.txt"}


def test_the_demo_shows_the_wire_the_state_and_a_refusal() -> None:
    shown = run_python("examples/demo.py")
    for tail in ("", "/groupAssignments/.+/app", "/userStatuses/.+/app", "/deviceStatuses/.+/app"):
        assert re.search(rf"> POST /beta/deviceAppManagement/mobileApps/[0-9a-f-]{{36}}{tail}/assign\n", shown)
    assert '"targetGroupId": "Target Group Id value"' in shown
    assert shown.count("< 204") == 4
    assert "AuthenticationError: Graph answered 401 InvalidAuthenticationToken" in shown
    assert "NotFoundError: Graph answered 404 ResourceNotFound" in shown
    assert "outcome: not_applied" in shown


@pytest.mark.parametrize("name", ["ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "docs/index.md"])
def test_the_readme_leads_on(name: str) -> None:
    assert name in links(README)


def test_the_map_names_every_source_file() -> None:
    drawn = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    for folder, kinds in (("src", (".rs",)), ("python/appassign", (".py", ".pyi"))):
        for path in (ROOT / folder).rglob("*"):
            # A room of the emulator's is on the map; what is in it, is below the file that has its name.
            room = path.relative_to(ROOT / folder).parts[:2]
            name = path.name if len(room) < 2 or room[0] != "emulator" else f"{pathlib.PurePath(room[1]).stem}.rs"
            if path.suffix in kinds:
                assert f"`{name}`" in drawn, f"{path} is not on the map"
