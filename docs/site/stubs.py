"""What the reference needs to know of our stubs: constructors by `__new__`, and names in backticks that are links."""  # noqa: INP001

from __future__ import annotations

import re
from typing import Any

import griffe

_NAME = re.compile(r"(?<![`\w\[])`([A-Za-z][A-Za-z_0-9.]*)`(?![`\]])")


class Stubs(griffe.Extension):
    """Reads them once the package is loaded."""

    def on_package(self, *, pkg: griffe.Module, **_: Any) -> None:  # noqa: ANN401
        """Shape everything that the package holds."""
        links = _Links(pkg)
        for module in (pkg, *_modules(pkg)):
            for found in list(module.members.values()):
                if isinstance(found, griffe.Class):
                    _show_constructor(found)
                    for member in found.members.values():
                        links.put_into(member, found)
                links.put_into(found, found if isinstance(found, griffe.Class) else None)


def _modules(package: griffe.Module) -> list[griffe.Module]:
    return [found for found in package.members.values() if isinstance(found, griffe.Module)]


class _Links:
    """Leads from a name, as docstrings write it, to what it names."""

    def __init__(self, package: griffe.Module) -> None:
        self._ends: dict[str, griffe.Object | griffe.Alias] = {}
        for module in (package, *_modules(package)):
            if module.name.startswith("_"):
                continue
            for name, found in module.members.items():
                # What the package shows, it imports from elsewhere; what the others import is not theirs.
                shown = module is package or not found.is_alias
                if shown and not name.startswith("_") and (found.is_class or found.is_function):
                    self._ends.setdefault(name, found)

    def put_into(self, found: griffe.Object | griffe.Alias, inside: griffe.Class | None) -> None:
        """Make links of the names in a docstring."""
        if isinstance(found, griffe.Alias) or found.docstring is None:
            return

        def link(name: re.Match[str]) -> str:
            end = self._end(name[1], inside)
            return name[0] if end is None or end == found.path else f"[`{name[1]}`][{end}]"

        found.docstring.value = _NAME.sub(link, found.docstring.value)

    def _end(self, name: str, inside: griffe.Class | None) -> str | None:
        if inside is not None and name in inside.members and not name.startswith("_"):
            return f"{inside.path}.{name}"
        owner, _, member = name.removeprefix("appassign.").partition(".")
        end = self._ends.get(owner)
        if end is None or (member and member not in end.members):
            return None
        return f"{end.canonical_path}.{member}" if member else end.canonical_path


def _show_constructor(found: griffe.Class) -> None:
    """Show `__new__` as a constructor, but for one that takes anything, which only refuses."""
    made = found.members.get("__new__") or _in_one(found.overloads.get("__new__"))
    if not isinstance(made, griffe.Function) or "__init__" in found.members:
        return
    if "__new__" in found.members:
        found.del_member("__new__")
    if not any(parameter.name.startswith("*") or parameter.name.startswith("_") for parameter in made.parameters):
        made.name = "__init__"
        made.returns = None
        found.set_member("__init__", made)


def _in_one(overloads: list[griffe.Function] | None) -> griffe.Function | None:
    """The first overload, with what the others take in place of its `None`."""
    if not overloads:
        return None
    first, *others = overloads
    for other in others:
        for parameter in other.parameters:
            known = first.parameters[parameter.name]
            if str(known.annotation) == "None":
                known.annotation = f"{parameter.annotation} | None"
    return first
