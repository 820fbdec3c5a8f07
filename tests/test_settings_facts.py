"""The table of settings: what is generated from it, and the emulator's own table, over HTTP."""

import ast
import pathlib
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from typing import Any, get_args, get_type_hints

import pytest

import appassign.settings
import generate
from appassign.emulator import Emulator
from clients import Client
from generate import Property, Type, class_name

FACTS = generate.read(tomllib.loads(generate.TABLE.read_text(encoding="utf-8")))
TYPES = FACTS.complex | FACTS.settings
EVERY = pytest.mark.parametrize("of", FACTS.settings.values(), ids=FACTS.settings)
EVERY_APP = [(of, app) for of in FACTS.settings.values() for app in of.apps]
# The emulator's table is tried over HTTP; from its text come the names that may be there and not in ours.
EMULATORS = (generate.ROOT / "src" / "emulator" / "assignment" / "facts.rs").read_text(encoding="utf-8")
PROPERTIES = {known.name for one in TYPES.values() for known in one.properties} | {
    *re.findall(r'property\(\s*"(\w+)"', EMULATORS),
    "colour",
}
MEMBERS = {member for members in FACTS.enums.values() for member in members} | {
    member for members in re.findall(r"members: &\[(.*?)\]", EMULATORS) for member in re.findall(r"\w+", members)
}
GROUP = "11111111-2222-4333-8444-555555555501"
ASSIGNMENTS = "deviceAppManagement/mobileApps/{}/assignments"
# Two legal values, then an illegal one.
VALUES: dict[str, tuple[object, object, object]] = {
    "Boolean": (True, False, "true"),
    "Collection(String)": (["a", "b"], [], ["a", 1]),
    "DateTimeOffset": ("2026-12-24T18:00:00Z", "2026-12-24T18:00:00.5+01:00", "soon"),
    "Guid": (GROUP, GROUP.replace("1", "a"), "no GUID"),
    "Int32": (2**31 - 1, -(2**31), 2**31),
    "String": ("no date, and no GUID", "", 1),
}


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with Emulator() as graph:
        yield Client(graph)


def value(of: Property, number: int) -> object:
    """A legal value; enough numbers in a row give every one of an enumeration."""
    if of.kind in FACTS.enums:
        members = FACTS.enums[of.kind]
        return members[number % len(members)]
    if of.kind in FACTS.complex:
        return {inner.name: value(inner, number) for inner in FACTS.complex[of.kind].properties}
    return VALUES[of.kind][number % 2]


def whole(of: Type, number: int = 0) -> dict[str, Any]:
    return {"@odata.type": of.annotation, **{known.name: value(known, number) for known in of.properties}}


def intent(settings: dict[str, Any]) -> str:
    """The emulator takes automatic updates for one intent, and isRemovable for another."""
    return "available" if settings.get("autoUpdateSettings") is not None else "required"


def send(client: Client, app: str, settings: dict[str, Any], version: str = "beta") -> tuple[int, dict[str, Any]]:
    target = {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": GROUP}
    entry = {"intent": intent(settings), "target": target, "settings": settings}
    path = f"/{version}/deviceAppManagement/mobileApps/{app}/assign"
    status, _, said = client.ask("POST", path, {"mobileAppAssignments": [entry]})
    return status, said


def shown(client: Client, app: str, version: str) -> Any:
    status, _, listed = client.ask("GET", f"/{version}/{ASSIGNMENTS.format(app)}")
    assert status == 200
    (entry,) = listed["value"]
    return entry["settings"]


def refusal(client: Client, app: str, settings: dict[str, Any], version: str = "beta") -> str:
    status, said = send(client, app, settings, version)
    assert status == 400, (settings, said)
    return said["error"]["message"]


def app_for(client: Client, of: Type) -> str:
    return client.graph.add_app(odata_type=f"#microsoft.graph.{of.apps[0]}")


def test_the_files_are_what_the_generator_gives() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "dev", generate.__file__, "--check"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "", "")


def test_the_generator_shows_what_was_changed_by_hand(monkeypatch, tmp_path: pathlib.Path, capsys) -> None:
    changed = tmp_path / "settings.py"
    changed.write_text(generate.MODULE.read_text(encoding="utf-8").replace("showReboot", "showRestart"), "utf-8")
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    monkeypatch.setattr(generate, "MODULE", changed)
    monkeypatch.setattr(generate, "PROOF", changed)
    assert generate.main(["--check"]) == 1
    assert '-    "showRestart",\n+    "showReboot",' in capsys.readouterr().out


@pytest.mark.parametrize(
    ("section", "name", "mistake"),
    [
        ("settings", "winGetAppAssignmentSettings", {"kind": "winGetNotification"}),
        ("complex", "mobileAppInstallTimeSettings", {"kind": "Boolean", "nullable": "perhaps"}),
        ("complex", "mobileAppInstallTimeSettings", {"kind": "Boolean", "beta": True}),
    ],
)
def test_a_mistake_in_the_table_is_no_file(section: str, name: str, mistake: dict[str, object]) -> None:
    table = tomllib.loads(generate.TABLE.read_text(encoding="utf-8"))
    table[section][name]["properties"]["mistaken"] = mistake
    with pytest.raises((ValueError, TypeError)):
        generate.read(table)


def test_there_are_seventeen_types_and_a_union_of_them() -> None:
    named = [getattr(appassign.settings, class_name(name)) for name in FACTS.settings]
    assert len(named) == 17
    assert list(get_args(appassign.settings.MobileAppAssignmentSettings)) == named


@pytest.mark.parametrize("of", TYPES.values(), ids=TYPES)
def test_a_class_has_the_keys_of_its_type_and_a_docstring(of: Type) -> None:
    known = getattr(appassign.settings, class_name(of.name))
    assert list(get_type_hints(known)) == ["@odata.type", *(one.name for one in of.properties)]
    assert get_args(get_type_hints(known)["@odata.type"]) == (of.annotation,)
    assert known.__required_keys__ == ({"@odata.type"} if of.name in FACTS.settings else frozenset())
    assert known.__doc__.startswith(of.about)
    assert "Source: " in known.__doc__


def test_every_public_name_is_told_about() -> None:
    tree = ast.parse(generate.MODULE.read_text(encoding="utf-8"))
    aliases = [at for at, node in enumerate(tree.body) if isinstance(node, ast.AnnAssign)]
    assert len(aliases) == len(FACTS.enums) + 1
    for at in aliases:
        said = tree.body[at + 1]
        assert isinstance(said, ast.Expr)
        assert isinstance(said.value, ast.Constant)
    names = {node.target.id for node in tree.body if isinstance(node, ast.AnnAssign)}
    assert names | set(map(class_name, TYPES)) == set(appassign.settings.__all__)


def test_the_emulator_has_no_settings_type_and_no_app_type_for_them_that_the_table_lacks() -> None:
    assert set(re.findall(r'"(\w+AssignmentSettings)"', EMULATORS)) == {*FACTS.settings, generate.SETTINGS_BASE}
    apps = {app for one in FACTS.settings.values() for app in one.apps}
    assert set(re.findall(r'"(\w+(?:App|AppX))"', EMULATORS)) - PROPERTIES == apps


@pytest.mark.parametrize(("of", "app"), EVERY_APP, ids=lambda one: one if isinstance(one, str) else one.name)
def test_graph_takes_every_property_and_every_member_and_gives_them_back(client: Client, of: Type, app: str) -> None:
    app = client.graph.add_app(odata_type=f"#microsoft.graph.{app}")
    for number in range(max(2, *map(len, FACTS.enums.values()))):
        settings = whole(of, number)
        assert send(client, app, settings) == (204, {})
        assert shown(client, app, "beta") == settings


@EVERY
def test_graph_takes_null_unless_the_table_says_that_it_may_not_be(client: Client, of: Type) -> None:
    app = app_for(client, of)
    for known in of.properties:
        settings = whole(of) | {known.name: None}
        if known.nullable is False:
            assert f"'{known.name}'" in refusal(client, app, settings)
        else:
            assert send(client, app, settings) == (204, {})
            assert shown(client, app, "beta") == settings
        for inner in FACTS.complex[known.kind].properties if known.kind in FACTS.complex else ():
            settings = whole(of)
            settings[known.name][inner.name] = None
            status, _ = send(client, app, settings)
            assert status == (400 if inner.nullable is False else 204), inner


@EVERY
def test_graph_refuses_every_property_that_the_type_lacks(client: Client, of: Type) -> None:
    app = app_for(client, of)
    for name in PROPERTIES - {known.name for known in of.properties}:
        assert f"The property '{name}' does not exist on type" in refusal(client, app, whole(of) | {name: None})
    for known in of.properties:
        for inner in PROPERTIES if known.kind in FACTS.complex else ():
            settings = whole(of)
            if inner not in settings[known.name]:
                settings[known.name][inner] = None
                assert f"The property '{inner}' does not exist on type" in refusal(client, app, settings)


@EVERY
def test_graph_refuses_every_member_that_the_enumeration_lacks(client: Client, of: Type) -> None:
    app = app_for(client, of)
    for known in of.properties:
        if known.kind in FACTS.enums:
            for member in MEMBERS - set(FACTS.enums[known.kind]):
                assert f"{known.kind}'" in refusal(client, app, whole(of) | {known.name: member})
        for inner in FACTS.complex[known.kind].properties if known.kind in FACTS.complex else ():
            for member in MEMBERS - set(FACTS.enums[inner.kind]) if inner.kind in FACTS.enums else ():
                settings = whole(of)
                settings[known.name][inner.name] = member
                assert f"{inner.kind}'" in refusal(client, app, settings)


@EVERY
def test_graph_refuses_a_value_of_another_kind(client: Client, of: Type) -> None:
    app = app_for(client, of)
    for known in of.properties:
        wrong = VALUES[known.kind][2] if known.kind in VALUES else 1
        assert "Cannot convert" in refusal(client, app, whole(of) | {known.name: wrong})
        for inner in FACTS.complex[known.kind].properties if known.kind in FACTS.complex else ():
            settings = whole(of)
            settings[known.name][inner.name] = VALUES[inner.kind][2] if inner.kind in VALUES else 1
            assert "Cannot convert" in refusal(client, app, settings)


def in_v1(of: Type, settings: dict[str, Any]) -> dict[str, Any] | None:
    kept = {known.name for known in of.properties if known.in_v1}
    return {name: held for name, held in settings.items() if name in {"@odata.type", *kept}} if of.in_v1 else None


@EVERY
def test_v1_hides_what_the_table_says_that_it_lacks(client: Client, of: Type) -> None:
    app = app_for(client, of)
    assert send(client, app, whole(of)) == (204, {})
    assert shown(client, app, "v1.0") == in_v1(of, whole(of))
    assert shown(client, app, "beta") == whole(of)


@EVERY
def test_v1_refuses_what_the_table_says_that_it_lacks(client: Client, of: Type) -> None:
    app = app_for(client, of)
    of_v1 = in_v1(of, whole(of))
    if of_v1 is None:
        assert "could not be resolved" in refusal(client, app, whole(of), "v1.0")
        return
    assert send(client, app, of_v1, "v1.0") == (204, {})
    for known in of.properties:
        if not known.in_v1:
            said = refusal(client, app, of_v1 | {known.name: value(known, 0)}, "v1.0")
            assert f"The property '{known.name}' does not exist on type" in said
