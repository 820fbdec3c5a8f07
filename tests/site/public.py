"""The public names of the package, read from its files: nothing is imported."""

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parent.parent.parent / "python" / "appassign"


def public_names() -> Iterator[str]:
    """Each name of each module that has `__all__`, each member of these, and the plugin's fixtures."""
    classes = {
        node.name: node
        for path in (PACKAGE / "_core.pyi", *PACKAGE.glob("_[a-z]*.py"), *PACKAGE.glob("[a-z]*.py"))
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and not (path.name == "_core.pyi" and node.name in _NATIVE_HALVES)
    }
    for path in (PACKAGE / "__init__.pyi", *sorted(PACKAGE.glob("[a-z]*.py"))):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        module = "appassign" if path.stem == "__init__" else f"appassign.{path.stem}"
        for name in _all(tree) or _fixtures(tree):
            yield f"{module}.{name}"
            # The settings' keys are attributes of typed dicts, some of them of private bases.
            if name in classes and path.stem != "settings":
                yield from (f"{module}.{name}.{member}" for member in _members(classes[name]))


_NATIVE_HALVES = {"Client", "Emulator"}


def _all(tree: ast.Module) -> list[str]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and [target.id for target in node.targets if isinstance(target, ast.Name)] == [
            "__all__"
        ]:
            return list(ast.literal_eval(node.value))
    return []


def _fixtures(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and any("fixture" in ast.unparse(one) for one in node.decorator_list):
            yield node.name


def _members(node: ast.ClassDef) -> Iterator[str]:
    for member in node.body:
        match member:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                found = name
            case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
                found = name
            case _:
                continue
        if not found.startswith("_"):
            yield found
