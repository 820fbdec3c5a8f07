"""The files that are released, whatever machine they are for: what is in them, and what the tools of the trade say."""

import email.message
import email.parser
import json
import pathlib
import re
import subprocess
import sys
import tarfile
import zipfile

import pytest

ROOT = pathlib.Path(__file__).parent.parent.parent
TOOLS = ROOT / "target" / "release-venv" / ("Scripts" if sys.platform == "win32" else "bin")
# The oldest C library that a wheel may ask for, by the kind of library.
OLDEST = {"manylinux": "manylinux_2_17", "musllinux": "musllinux_1_2"}


def tool(name: str, *arguments: str | pathlib.Path) -> str:
    done = subprocess.run([TOOLS / name, *arguments], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="session")
def metadata(wheel: pathlib.Path) -> email.message.Message:
    with zipfile.ZipFile(wheel) as archive:
        [name] = [name for name in archive.namelist() if name.endswith("METADATA")]
        return email.parser.Parser().parsestr(archive.read(name).decode())


def test_the_wheel_is_small_and_serves_every_python_from_3_11_on(wheel: pathlib.Path) -> None:
    assert wheel.stat().st_size <= 4_000_000
    assert "-cp311-abi3-" in wheel.name


def test_the_wheel_holds_what_it_should_and_no_more(wheel: pathlib.Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        [record] = [name for name in names if name.endswith("RECORD")]
        assert len(archive.read(record).decode().strip().splitlines()) <= 70
    files = {name.removeprefix("appassign/") for name in names if name.startswith("appassign/")}
    assert {"__init__.py", "__init__.pyi", "_core.pyi", "py.typed", "exceptions.py", "emulator.py"} <= files
    assert len([name for name in names if name.endswith((".so", ".pyd"))]) == 1
    assert {name.split("/")[0].split("-")[0] for name in names} == {"appassign"}


def test_nothing_is_required_without_an_extra(metadata: email.message.Message) -> None:
    required = metadata.get_all("Requires-Dist", [])
    extras = {re.search(r"extra == '(\w+)'$", requirement) for requirement in required}
    assert None not in extras
    assert {extra[1] for extra in extras if extra} == set(metadata.get_all("Provides-Extra", [])) == {"cli", "progress"}


def test_the_metadata_say_what_it_is(metadata: email.message.Message) -> None:
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["License-Expression"] == "MIT"
    assert metadata.get_all("License-File") == ["LICENSE"]
    assert metadata["Description-Content-Type"].startswith("text/markdown")
    assert metadata["Summary"]
    assert "Typing :: Typed" in metadata.get_all("Classifier", [])
    manifest = (ROOT / "Cargo.toml").read_text(encoding="utf-8")
    assert f'version = "{metadata["Version"]}"' in manifest


def test_it_uses_the_stable_abi_and_nothing_else_of_python(wheel: pathlib.Path) -> None:
    tool("abi3audit", "--strict", wheel)


def test_a_linux_wheel_asks_for_no_newer_c_library_than_it_says(wheel: pathlib.Path) -> None:
    kind = next((kind for kind in OLDEST if kind in wheel.name), None)
    if kind is None:
        assert re.search(r"-(macosx|win)_", wheel.name)
        return
    assert f"{OLDEST[kind]}_" in wheel.name
    report = json.loads(tool("auditwheel", "show", "--json", wheel))
    assert report["overall_tag"].startswith(f"{OLDEST[kind]}_")
    assert not report["external_libs"]


def test_the_tools_of_the_trade_find_no_fault(wheel: pathlib.Path, sdist: pathlib.Path) -> None:
    tool("check-wheel-contents", wheel)
    tool("twine", "check", "--strict", wheel, sdist)


def test_the_sdist_holds_what_a_build_needs_and_no_more(sdist: pathlib.Path) -> None:
    with tarfile.open(sdist) as archive:
        members = archive.getmembers()
    assert all(member.isfile() for member in members)
    names = {member.name.partition("/")[2] for member in members}
    assert {"Cargo.toml", "Cargo.lock", ".cargo/config.toml", "pyproject.toml", "README.md", "LICENSE"} <= names
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    sources = set(tracked.stdout.splitlines())
    needed = {name for name in sources if name.startswith(("src/", "python/"))}
    assert needed <= names
    assert names - sources == {"PKG-INFO"}
    folders = {name.split("/")[0] for name in names if "/" in name}
    assert folders == {".cargo", "examples", "python", "src"}
    assert sdist.stat().st_size <= 500_000
