"""What the package shows, and what importing it costs."""

import ast
import inspect
import pathlib
import subprocess
import sys

import pytest

import appassign
from appassign import _core

TODAY = "AllDevicesAssignmentTarget, AssignmentTarget, GroupAssignmentTarget, MobileAppAssignment, Plan"
MADE = "MobileAppAssignment(target=AllDevicesAssignmentTarget(), intent='required', settings={'x': [1.5]})"
PACKAGE = pathlib.Path(appassign.__file__).parent


def test_all_names_are_there_and_listed() -> None:
    assert sorted(appassign.__all__) == appassign.__all__
    for name in appassign.__all__:
        assert getattr(appassign, name) is not None
        assert name in dir(appassign)
    with pytest.raises(AttributeError, match="module 'appassign' has no attribute 'nothing'"):
        appassign.nothing  # type: ignore[attr-defined]  # noqa: B018


def test_native_classes_say_that_they_are_the_packages() -> None:
    natives = [name for name, home in appassign._HOMES.items() if home == "_core"]
    assert len(natives) > 10
    for name in natives:
        if inspect.isclass(getattr(appassign, name)):
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
        f"from appassign import {TODAY}; hash({MADE}); repr({MADE}); {MADE}.to_json(); {MADE}.to_dict()",
        f"from appassign import {TODAY}; {MADE}.settings; {MADE}.target; {MADE}.replace(id='I')",
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
    sync, twin = inspect.signature(appassign.assign), inspect.signature(appassign.assign_async)
    # Only what is awaited takes a credential that must be.
    assert sync.parameters["credential"].annotation == "SyncCredential | None"
    assert sync.parameters["credential"].default is None
    assert sync.replace(parameters=list(map(_without_annotation, sync.parameters.values()))) == twin.replace(
        parameters=list(map(_without_annotation, twin.parameters.values()))
    )
    assert inspect.signature(appassign.Client) == inspect.signature(appassign.AsyncClient)
    assert inspect.iscoroutinefunction(appassign.assign_async)
    assert not inspect.iscoroutinefunction(appassign.assign)
    for name in _methods(appassign.Client):
        sync, twin = getattr(appassign.Client, name), getattr(appassign.AsyncClient, name)
        assert inspect.signature(sync) == inspect.signature(twin), name
        assert inspect.iscoroutinefunction(twin), name
        assert not inspect.iscoroutinefunction(sync), name


def _without_annotation(parameter: inspect.Parameter) -> inspect.Parameter:
    return parameter.replace(annotation=None) if parameter.name == "credential" else parameter


def _methods(cls: type) -> set[str]:
    return {name for name, member in vars(cls).items() if callable(member) and not name.startswith("_")}


def test_what_is_overloaded_for_checkers_shows_one_signature_and_its_docstring() -> None:
    for cls in (appassign.Client, appassign.AsyncClient):
        assert list(inspect.signature(cls.plan).parameters) == ["self", "app_id", "add", "remove", "replace"]
        assert inspect.getdoc(cls.plan)


def test_a_change_takes_what_plan_takes() -> None:
    assert str(inspect.signature(appassign.Change)) == "(app_id, *, add=(), remove=(), replace=None)"


def test_the_twins_have_the_same_methods_and_no_others() -> None:
    planned = {"assignments", "plan", "change", "apply", "undo", "plan_many", "apply_many", "apps"}
    assert _methods(appassign.Client) == _methods(appassign.AsyncClient) == {"assign", "close", *planned}


@pytest.mark.parametrize(
    ("name", "signature"),
    [
        ("MobileAppAssignment", "(*, target, intent, settings=None, id=None)"),
        ("GroupAssignmentTarget", "(group_id, *, filter_id=None, filter_type=None)"),
        ("ExclusionGroupAssignmentTarget", "(group_id, *, filter_id=None, filter_type=None)"),
        ("AllLicensedUsersAssignmentTarget", "(*, filter_id=None, filter_type=None)"),
        ("AllDevicesAssignmentTarget", "(*, filter_id=None, filter_type=None)"),
        (
            "ConfigurationManagerCollectionAssignmentTarget",
            "(collection_id, *, filter_id=None, filter_type=None)",
        ),
    ],
)
def test_a_model_is_made_as_documented_and_shows_how(name: str, signature: str) -> None:
    cls = getattr(appassign, name)
    assert str(inspect.signature(cls)) == signature
    arguments = [argument.lstrip("*").partition("=")[0] for argument in signature.strip("()").split(", ")]
    assert cls.__match_args__ == tuple(filter(None, arguments))


@pytest.mark.parametrize("name", ["AssignmentTarget", "MobileAppAssignment", "MobileAppGroupAssignment"])
def test_every_model_has_what_a_model_has(name: str) -> None:
    model = getattr(appassign, name)
    for member in ("from_dict", "from_json", "to_dict", "to_json", "replace"):
        assert inspect.getdoc(getattr(model, member)), member
    for member in ("__replace__", "__copy__", "__deepcopy__", "__reduce__", "__eq__", "__hash__", "__repr__"):
        assert member in vars(model), member


@pytest.mark.parametrize("name", ["Plan", "ApplyReceipt", "AssignReceipt"])
def test_what_a_call_gives_is_made_by_calls_alone(name: str) -> None:
    with pytest.raises(TypeError, match=f"cannot create 'appassign.{name}' instances"):
        getattr(appassign, name)()
