"""What GitHub Actions reads: annotations among the lines of a step, and the step's summary."""

from __future__ import annotations

import os
import re
import secrets
import sys
from typing import TYPE_CHECKING, Literal

from .wording import clean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Rows of a step summary, which GitHub cuts at 1 MiB.
_SUMMARISED = 1_000


def annotation(level: Literal["error", "warning", "notice"], title: str, message: str) -> str:
    """A note on a workflow's run, as a line."""
    return f"::{level} title={_escaped(title, in_property=True)}::{_escaped(message)}"


def append_summary(title: str, rows: Sequence[Mapping[str, str | None]]) -> None:
    """Put a Markdown table on the page of a workflow's run, if there is one.

    Raises:
        OSError: The file that GitHub names cannot be written.
    """
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    lines = [f"### {_markdown(title)}", ""]
    columns = [*rows[0]] if rows else []
    if rows:
        lines += [f"| {' | '.join(columns)} |", f"|{' --- |' * len(columns)}"]
        lines += [f"| {' | '.join(_markdown(row.get(name) or '') for name in columns)} |" for row in rows[:_SUMMARISED]]
        lines += [f"\n… and {len(rows) - _SUMMARISED} more rows"] if len(rows) > _SUMMARISED else []
    with open(path, "a", encoding="utf-8") as file:  # noqa: PTH123
        file.write("\n".join([*lines, "", ""]))


class Unheard:
    """Lines in which a workflow hears no commands."""

    def __init__(self) -> None:
        self._word = secrets.token_hex(16)

    def __enter__(self) -> None:
        sys.stdout.write(f"::stop-commands::{self._word}\n")

    def __exit__(self, *_: object) -> None:
        sys.stdout.write(f"::{self._word}::\n")


def _escaped(text: str, *, in_property: bool = False) -> str:
    text = clean(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if in_property else text


def _markdown(text: str) -> str:
    """Text that says the same as Markdown, in one cell of a table."""
    text = clean(text).replace("&", "&amp;").replace("<", "&lt;").replace("\n", " ")
    return re.sub(r"([\\`*_\[\]~|#$@])", r"\\\1", text)
