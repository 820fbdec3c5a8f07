"""How a command prints: text for people, one JSON document for programs, annotations for GitHub Actions.

Names and messages come from a server. Nothing of them reaches a terminal or a workflow as a command.
"""

from __future__ import annotations

import json
import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING, Literal

from rich.cells import cell_len
from rich.text import Text

from .github import Unheard, annotation, append_summary
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
        for stream in (sys.stdout, sys.stderr):
            reconfigure: Callable[..., None] | None = getattr(stream, "reconfigure", None)
            if reconfigure is not None:
                reconfigure(errors="backslashreplace")  # a console that lacks a letter is no reason to fail
        self._out = console(sys.stdout)
        self._err = console(sys.stderr)
        # Before a question everybody who is asked must see what it is about, and stdout is the document's alone.
        self._people = self._err if kind == "json" else self._out

    def document(self, value: object) -> None:
        """The whole output, where it is JSON."""
        if self.kind == "json":
            unicode = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
            sys.stdout.write(json.dumps(value, ensure_ascii=not unicode, indent=2) + "\n")

    def text(self, lines: Iterable[Text | str], *, anyway: bool = False) -> None:
        """Lines for people; with JSON only where they are to be seen ``anyway``, and then on stderr."""
        if self.kind != "json" or anyway:
            shown = [line if isinstance(line, Text) else Text(clean(line)) for line in lines]
            if shown:
                with self._unheard():
                    self._people.print(Text("\n").join(shown))

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
        """A table of text for other programs, as it is unless it is a person that reads."""
        with self._unheard():
            sys.stdout.write(clean(text) if self._out.is_terminal or self.kind == "github" else text)

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
        return Unheard() if self.kind == "github" and self._people is self._out else nullcontext()
