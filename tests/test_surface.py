"""What the package shows, and what importing it costs."""

import ast
import inspect
import pathlib
import subprocess
import sys

import pytest

import appassign
from appassign import _core

PACKAGE = pathlib.Path(appassign.__file__).parent


def test_all_names_are_there_and_listed() -> None:
    assert sorted(appassign.__all__) == appassign.__all__
    for name in appassign.__all__:
        assert getattr(appassign, name) is not None
        assert name in dir(appassign)
    with pytest.raises(AttributeError, match="module 'appassign' has no attribute 'nothing'"):
        appassign.nothing  # type: ignore[attr-defined]  # noqa: B018


def test_native_classes_say_that_they_are_the_packages() -> None:
    for name in ("AssignReceipt", "MobileAppGroupAssignment", "MobileAppPath"):
        assert getattr(appassign, name).__module__ == "appassign"


def test_everything_public_has_a_docstring() -> None:
    for name in appassign.__all__:
        value = getattr(appassign, name)
        assert value.__doc__, name
        for member, attribute in vars(value).items() if inspect.isclass(value) else ():
            if not member.startswith("_") and callable(attribute):
                assert attribute.__doc__, f"{name}.{member}"


def test_the_stub_says_what_the_native_module_says() -> None:
    stub = ast.parse((PACKAGE / "_core.pyi").read_text(encoding="utf-8"))
    compared = 0
    for node in stub.body:
        if not isinstance(node, ast.ClassDef):
            continue
        native = getattr(_core, node.name)
        assert inspect.cleandoc(native.__doc__) == ast.get_docstring(node), node.name
        for member in node.body:
            if isinstance(member, ast.FunctionDef) and not member.name.startswith("__"):
                said = inspect.getdoc(getattr(native, member.name)) or None
                assert said == ast.get_docstring(member), f"{node.name}.{member.name}"
                compared += 1
    assert compared > 20


def _loaded(statement: str) -> set[str]:
    code = f"{statement}\nimport sys\nprint('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True, timeout=30)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "statement",
    [
        "import appassign",
        "from appassign import MobileAppGroupAssignment, MobileAppPath, assign",
        "from appassign import MobileAppGroupAssignment as M; repr(M(target_group_id='G', install_intent='required'))",
    ],
)
def test_importing_brings_nothing_that_costs(statement: str) -> None:
    loaded = _loaded(statement) - _loaded("pass")
    costly = {"enum", "typing", "asyncio", "ssl", "json", "azure", "datetime", "uuid", "collections.abc", "dataclasses"}
    assert not loaded & costly
    assert "appassign" in loaded


def test_the_exceptions_module_is_there_without_an_import_of_its_own() -> None:
    assert "appassign.exceptions" in _loaded("import appassign; appassign.exceptions.AppAssignError")


def test_settings_are_for_type_checkers_and_cost_nothing_until_they_are_imported() -> None:
    used = "appassign.MobileAppGroupAssignment, appassign.MobileAppPath, appassign.Client, appassign.assign"
    assert "appassign.settings" not in _loaded(f"import appassign; {used}")
    name = "appassign.settings.Win32LobAppAssignmentSettings"
    brought = _loaded(f"import appassign.settings; {name}") - _loaded("import typing")
    assert brought == {"appassign", "appassign.settings"}


def test_the_twins_have_one_signature() -> None:
    assert inspect.signature(appassign.assign) == inspect.signature(appassign.assign_async)
    assert inspect.signature(appassign.Client) == inspect.signature(appassign.AsyncClient)
    assert inspect.signature(appassign.Client.assign) == inspect.signature(appassign.AsyncClient.assign)
    assert inspect.iscoroutinefunction(appassign.AsyncClient.assign)
    assert inspect.iscoroutinefunction(appassign.assign_async)
    assert not inspect.iscoroutinefunction(appassign.assign)
