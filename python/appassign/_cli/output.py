"""How a command prints: text for people, one JSON document for programs, annotations for GitHub Actions.

Names and messages come from a server. Nothing of them reaches a terminal or a workflow as a command.
"""

from __future__ import annotations

import json
import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING, Literal, cast

from rich.cells import cell_len
from rich.text import Text

from .github import Unheard, annotation, append_summary
from .streams import write_exactly
from .terminal import Bar, console
from .wording import advice, clean, said

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from appassign._core import Plan

    _Row = Mapping[str, str | None]

COLUMNS = ("intent", "target", "target_id", "filter_type", "filter_id", "settings")
_STYLES = {"+": "green", "-": "red", "~": "yellow", "!": "yellow"}


class Output:
    """One command's output, of one kind."""

    def __init__(self, kind: str = "text") -> None:
        self.kind = kind
        self._out = console(sys.stdout)
        self._err = console(sys.stderr)
        self.always: dict[str, object] = {}  # what an object of JSON has, whatever came of the command

    def document(self, value: object) -> None:
        """The whole output, where it is JSON."""
        if self.kind == "json":
            if isinstance(value, dict):
                value = self.always | cast("dict[str, object]", value)
            unicode = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
            sys.stdout.write(json.dumps(value, ensure_ascii=not unicode, indent=2) + "\n")

    def text(self, lines: Iterable[Text | str], *, asked: bool = False) -> None:
        """Lines for people. Whoever is ``asked`` about them sees them, wherever stdout goes."""
        shown = [line if isinstance(line, Text) else Text(clean(line)) for line in lines]
        if not shown:
            return
        if self.kind != "json":
            with self._unheard():
                self._out.print(Text("\n").join(shown))
        if asked and (self.kind == "json" or not sys.stdout.isatty()):
            self._err.print(Text("\n").join(shown))

    def table(self, rows: Sequence[_Row], columns: Sequence[str] = COLUMNS) -> list[Text]:
        """Rows in columns, those without any value left out. No cell is ever cut."""
        used = [name for name in columns if any(row.get(name) for row in rows)]
        cells = [used, *([clean(row.get(name) or "").replace("\n", "\\n") for name in used] for row in rows)]
        widths = [max(map(cell_len, column)) for column in zip(*cells, strict=True)]
        lines = [
            "  ".join(cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in cells
        ]
        return [Text(lines[0], "bold"), *map(Text, lines[1:])]

    def raw(self, text: str) -> None:
        """A table for other programs, byte for byte what a file of it has, unless a person or a workflow reads."""
        if self.kind == "github" or sys.stdout.isatty():
            with self._unheard():
                sys.stdout.write(clean(text))
        else:
            write_exactly(text)

    def diff(self, plan: Plan) -> list[Text]:
        """What a plan would do, line by line."""
        lines = clean(str(plan)).split("\n")
        return [Text(line, "bold" if index == 0 else _STYLES.get(line[:1], "")) for index, line in enumerate(lines)]

    def error(self, error: BaseException, about: str = "") -> None:
        """What went wrong, and what to do about it; JSON has it in its document."""
        hint = advice(error)
        if self.kind == "github":
            self.annotate("error", about or type(error).__name__, said(error) + (f"\nhint: {hint}" if hint else ""))
        elif self.kind == "text":
            text = Text.assemble(
                (f"{clean(about)}: " if about else "", ""),
                (type(error).__name__, "bold red"),
                f": {clean(said(error))}",
            )
            if hint:
                text.append("\nhint: ", "bold").append(clean(hint))
            self._err.print(text)

    def annotate(self, level: Literal["error", "warning", "notice"], title: str, message: str) -> None:
        """A note on a workflow's run."""
        if self.kind == "github":
            sys.stdout.write(f"{annotation(level, title, message)}\n")

    def remark(self, message: str) -> None:
        """One line on stderr, whatever the kind."""
        self._err.print(Text(clean(message)))

    def summary(self, title: str, rows: Sequence[_Row]) -> None:
        """A Markdown table for the page of a workflow's run."""
        if self.kind == "github":
            try:
                append_summary(title, rows)
            except OSError as error:
                self.annotate("warning", "GITHUB_STEP_SUMMARY", said(error))

    def progress(self, verb: str) -> AbstractContextManager[Callable[[int, int], object] | None]:
        """A bar on stderr, if that is a terminal."""
        if not self._err.is_terminal or self._err.is_dumb_terminal:
            return nullcontext()
        return Bar(verb)

    def _unheard(self) -> AbstractContextManager[object]:
        return Unheard() if self.kind == "github" else nullcontext()
