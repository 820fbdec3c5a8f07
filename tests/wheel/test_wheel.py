"""The release wheel, as a user gets it."""

import pathlib
import subprocess
import sys
import venv
import zipfile

import pytest

ROOT = pathlib.Path(__file__).parent.parent.parent


@pytest.fixture(autouse=True)
def no_environment() -> None:
    """pip needs the machine's proxy and certificates."""


@pytest.fixture(scope="module")
def wheel() -> pathlib.Path:
    [found] = (ROOT / "dist").glob("*.whl")
    return found


@pytest.fixture(scope="module")
def empty_python(tmp_path_factory: pytest.TempPathFactory, wheel: pathlib.Path) -> pathlib.Path:
    """An environment with nothing in it but the wheel."""
    folder = tmp_path_factory.mktemp("empty")
    venv.create(folder, with_pip=False)
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    install = ["-m", "pip", "--python", str(python), "install", "--quiet", "--no-index", "--no-deps", str(wheel)]
    subprocess.run([sys.executable, *install], check=True, timeout=120)
    return python


def test_it_is_small_and_serves_every_python_from_3_11_on(wheel: pathlib.Path) -> None:
    assert wheel.stat().st_size <= 4_000_000
    assert "-cp311-abi3-" in wheel.name


def test_it_holds_what_it_should_and_no_more(wheel: pathlib.Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        [record] = [name for name in names if name.endswith("RECORD")]
        assert len(archive.read(record).decode().strip().splitlines()) <= 30
        [metadata] = [archive.read(name).decode() for name in names if name.endswith("METADATA")]
    assert "Requires-Dist" not in metadata
    assert "Requires-Python: >=3.11" in metadata
    assert "License-Expression: MIT" in metadata
    files = {name.removeprefix("appassign/") for name in names if name.startswith("appassign/")}
    assert {"__init__.py", "__init__.pyi", "_core.pyi", "py.typed", "exceptions.py", "emulator.py"} <= files
    assert len([name for name in names if name.endswith((".so", ".pyd"))]) == 1
    assert {name.split("/")[0].split("-")[0] for name in names} == {"appassign"}


def test_it_does_the_main_job_in_an_empty_environment(empty_python: pathlib.Path) -> None:
    done = subprocess.run(
        [empty_python, "-I", "-X", "dev", ROOT / "examples" / "demo.py"],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("< 204") == 4


def test_pip_install_from_the_sources_gives_the_package(tmp_path: pathlib.Path) -> None:
    venv.create(tmp_path, with_pip=False)
    python = tmp_path / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", str(ROOT)]
    subprocess.run(install, check=True, timeout=1_200)
    code = "import appassign; print(appassign.assign.__name__)"
    done = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "assign\n"


def test_importing_it_brings_nothing_that_costs(empty_python: pathlib.Path) -> None:
    code = (
        "import sys; before = set(sys.modules); import appassign, appassign._core; print(*sys.modules.keys() - before)"
    )
    done = subprocess.run([empty_python, "-I", "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert set(done.stdout.split()) == {"appassign", "appassign._core", "atexit"}
