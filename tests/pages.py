"""The README and the pages, taken apart."""

import pathlib
import re

ROOT = pathlib.Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
# What it does in a shell needs curl, so tests/outside runs it.
SHELL_PAGE = ROOT / "docs" / "emulator.md"


def blocks(page: pathlib.Path) -> list[tuple[str, str]]:
    """The kind and the text of each fenced block."""
    return re.findall(r"^```(\w+)\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def commands(console: str) -> list[tuple[str, list[str]]]:
    """What is typed into a console, each with the lines that it prints."""
    typed: list[tuple[str, list[str]]] = []
    for line in console.splitlines():
        if line.startswith("$ "):
            typed.append((line.removeprefix("$ "), []))
        else:
            typed[-1][1].append(line)
    return typed


def matches(shown: str, printed: str) -> bool:
    """Whether a page shows what was printed; it writes … for what is another text each time."""
    return re.fullmatch(".*".join(map(re.escape, shown.split("…"))), printed) is not None
