"""docs/errors.md: every class, with its attributes, and the tree as it is."""

import re
from collections.abc import Iterator

import pytest

from appassign import exceptions
from pages import DOCS, blocks

PAGE = DOCS / "errors.md"
SECTIONS = dict(
    re.findall(r"^### (\w+)\n(.*?)(?=^###? |\Z)", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
)


def drawn(error: type[Exception], before: str = "") -> Iterator[str]:
    """The lines of the tree below a class."""
    below = [kind for kind in vars(exceptions).values() if isinstance(kind, type) and kind.__bases__[0] is error]
    for kind in below:
        last = kind is below[-1]
        besides = "".join(f" ({base.__name__})" for base in kind.__bases__[1:])
        yield f"{before}{'└─' if last else '├─'} {kind.__name__}{besides}"
        yield from drawn(kind, before + ("   " if last else "│  "))


def test_the_tree_is_as_it_is_drawn() -> None:
    [tree] = [text for kind, text in blocks(PAGE) if kind == "text" and "├─" in text]
    assert tree.splitlines() == ["AppAssignError", *drawn(exceptions.AppAssignError)]


def test_no_class_is_missing_and_none_is_made_up() -> None:
    assert sorted(SECTIONS) == sorted({*exceptions.__all__} - {"AppAssignError"})


@pytest.mark.parametrize("name", sorted(SECTIONS))
def test_a_section_names_the_attributes_and_says_what_to_do(name: str) -> None:
    own = vars(getattr(exceptions, name)).get("__annotations__", {})
    assert [attribute for attribute in own if f"`{attribute}`" not in SECTIONS[name]] == []
    assert "**To do:** " in SECTIONS[name]


def test_the_page_names_what_every_error_has() -> None:
    beginning = PAGE.read_text(encoding="utf-8").partition("\n## Before anything is sent")[0]
    for attribute in exceptions.AppAssignError.__annotations__:
        assert f"`{attribute}`" in beginning
