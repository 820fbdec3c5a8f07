"""The release wheel, as a user gets it, on every CPython from 3.11 on that this machine has."""

import pathlib
import subprocess
import sys
import venv

import pytest
from interpreters import interpreters

ROOT = pathlib.Path(__file__).parent.parent.parent
# A user's suite: the plugin is found by its entry point alone.
SUITE = """
from appassign import GroupAssignmentTarget, MobileAppAssignment

def test_a_change(graph_emulator, graph_client):
    app = graph_emulator.add_app()
    sales = GroupAssignmentTarget("11111111-2222-4333-8444-555555555501")
    receipt = graph_client.change(app, add=[MobileAppAssignment(target=sales, intent="required")])
    assert [held["target"]["groupId"] for held in graph_emulator.assignments(app)] == [sales.group_id]
    assert receipt.response.status == 204
"""
AWAITED = """
import asyncio
from appassign import AllDevicesAssignmentTarget, AsyncClient, MobileAppAssignment, assign_async
from appassign.emulator import Emulator

async def main():
    with Emulator() as graph:
        app = graph.add_app()
        one = MobileAppAssignment(target=AllDevicesAssignmentTarget(), intent="required")
        receipt = await assign_async(app, [one], credential=graph.token, base_url=graph.url)
        async with AsyncClient(graph.token, base_url=graph.url) as client:
            undone = await client.undo(await client.change(app, remove=[one]))
        print(receipt.status, len(undone.after), len(graph.assignments(app)))

asyncio.run(main())
"""


def pip(python: pathlib.Path, *arguments: str | pathlib.Path, timeout: float = 300) -> None:
    install = [sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check", "install", "--quiet"]
    subprocess.run([*install, *arguments], check=True, timeout=timeout)


def run(python: pathlib.Path, *arguments: str | pathlib.Path, cwd: pathlib.Path | None = None) -> str:
    """Run a program to its end, which must be a clean one; give what it printed."""
    command = [python, "-I", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, cwd=cwd)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module", params=interpreters(), ids=lambda python: pathlib.Path(python).resolve().name)
def python(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, wheel: pathlib.Path
) -> pathlib.Path:
    """An environment with nothing in it but the wheel."""
    folder = tmp_path_factory.mktemp("empty")
    subprocess.run([request.param, "-m", "venv", "--without-pip", folder], check=True, timeout=120)
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    pip(python, "--no-index", "--no-deps", wheel)
    return python


def test_it_does_the_main_job_in_an_empty_environment(python: pathlib.Path) -> None:
    assert run(python, "-X", "dev", ROOT / "examples" / "demo.py").count("< 204") == 4


def test_it_is_awaited_in_an_empty_environment(python: pathlib.Path) -> None:
    assert run(python, "-X", "dev", "-c", AWAITED) == "204 1 1\n"


def test_the_command_says_which_extra_it_needs_and_runs_with_that(python: pathlib.Path, wheel: pathlib.Path) -> None:
    script = python.with_name("appassign")
    done = subprocess.run([script, "--version"], capture_output=True, text=True, check=False, timeout=120)
    said = "appassign: the command line needs rich-click: pip install 'appassign[cli]'\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", said)
    pip(python, f"{wheel}[cli]")
    done = subprocess.run([script, "--version"], capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("appassign ")


def test_importing_it_brings_nothing_that_costs(python: pathlib.Path) -> None:
    code = "import sys; b = set(sys.modules); import appassign, appassign._core; print(*sys.modules.keys() - b)"
    assert set(run(python, "-c", code).split()) == {"appassign", "appassign._core", "atexit"}


def test_pip_builds_and_installs_the_sdist(
    tmp_path: pathlib.Path, sdist: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The wheel was built from it as it is released; here the front end counts, and a debug build tells as much.
    monkeypatch.setenv("MATURIN_PEP517_ARGS", "--profile dev --locked")
    # All files of an sdist are of 2006: cargo would take what it built of others for theirs.
    monkeypatch.delenv("CARGO_TARGET_DIR", raising=False)
    venv.create(tmp_path, with_pip=False)
    python = tmp_path / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    pip(python, "--no-cache-dir", sdist, timeout=900)
    assert run(python, "-X", "dev", ROOT / "examples" / "demo.py").count("< 204") == 4


def test_its_fixtures_are_there_for_whoever_has_pytest(python: pathlib.Path, tmp_path: pathlib.Path) -> None:
    pins = (ROOT / "requirements" / "plugin.txt").read_text(encoding="utf-8").splitlines()
    wanted = ("iniconfig", "packaging", "pluggy", "Pygments", "pytest")
    libraries = tmp_path / "libraries"
    pip(python, "--no-deps", "--target", libraries, *[pin for pin in pins if pin.partition("==")[0] in wanted])
    (tmp_path / "test_suite.py").write_text(SUITE, encoding="utf-8")
    start = (
        f"import sys; sys.path.append({str(libraries)!r}); import pytest; sys.exit(pytest.main(['-q', '-W', 'error']))"
    )
    assert "1 passed" in run(python, "-X", "dev", "-c", start, cwd=tmp_path)
