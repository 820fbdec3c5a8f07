"""The README and the pages, taken apart."""

import pathlib
import re
from collections.abc import Iterator

ROOT = pathlib.Path(__file__).parent.parent
DOCS = ROOT / "docs"
README = ROOT / "README.md"
PAGES = [README, *sorted(DOCS.rglob("*.md"))]
# What people meet first, there and on the site.
FRONT_PAGES = [README, DOCS / "index.md"]
# What it does in a shell needs curl, so tests/outside runs it.
SHELL_PAGE = DOCS / "emulator.md"
# What stands there is run by the tests of the command.
COMMAND_PAGE = DOCS / "command-line.md"
# What stands there is run by the tests of the recipes.
RECIPES_PAGE = DOCS / "recipes.md"
# Pages of the site, too, where they stand.
BESIDE = [ROOT / name for name in ("ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")]
BESIDE += [ROOT / "benches" / "README.md", ROOT / "fuzz" / "README.md"]


def blocks(page: pathlib.Path) -> list[tuple[str, str]]:
    """The kind and the text of each fenced block."""
    return re.findall(r"^```(\w+)\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def prose(page: pathlib.Path) -> str:
    """The page without its fenced blocks."""
    return re.sub(r"^```\w*\n.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def links(page: pathlib.Path) -> list[str]:
    """Where its links and pictures lead."""
    text = re.sub(r"`[^`\n]*`", "", prose(page))
    return re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r"<(https?:[^>]+)>", text)


def anchors(page: pathlib.Path) -> Iterator[str]:
    """What a link may name after a `#`: the headings, as GitHub writes them in addresses."""
    seen: dict[str, int] = {}
    for title in re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE):
        words = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", title)
        name = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
        count = seen[name] = seen.get(name, -1) + 1
        yield f"{name}-{count}" if count else name


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
