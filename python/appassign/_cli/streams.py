"""The standard streams, whatever state the process found them in."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable


class UnwritableError(Exception):
    """Stdout does not take what is written to it. No ``OSError``: click and rich would end the process on one."""

    def __init__(self, cause: OSError) -> None:
        super().__init__(f"stdout cannot be written: {cause.strerror or cause}")
        self.has_no_reader = isinstance(cause, BrokenPipeError)


class _Heard(io.TextIOWrapper):
    """A stream whose failures are told apart from those of files."""

    def write(self, text: str, /) -> int:
        try:
            return super().write(text)
        except OSError as error:
            raise UnwritableError(error) from None

    def flush(self) -> None:
        try:
            super().flush()
        except OSError as error:
            raise UnwritableError(error) from None


class _Unheard(io.TextIOWrapper):
    """A stream whose failures are no news: they would have to be told on it."""

    def write(self, text: str, /) -> int:
        try:
            return super().write(text)
        except OSError:
            let_go(self)
            return len(text)

    def flush(self) -> None:
        try:
            super().flush()
        except OSError:
            let_go(self)


def prepare() -> None:
    """Replace streams that were closed, and let none fail for want of a letter.

    A closed stdin is empty, and a closed stdout refuses what is written to it. No file and no connection gets the
    number of one of them. What stderr does not take is lost, and changes no exit code.
    """
    for number, name, flags in ((0, "stdin", os.O_RDONLY), (1, "stdout", os.O_RDONLY), (2, "stderr", os.O_WRONLY)):
        stream: Any = getattr(sys, name)
        if stream is None:
            _reserve(number, flags)
            setattr(sys, name, open(number, "w" if number else "r", encoding="utf-8", closefd=False))  # noqa: SIM115
    sys.stdout = _taken_over(sys.stdout, _Heard)
    sys.stderr = _taken_over(sys.stderr, _Unheard)


def _taken_over(stream: Any, kind: type[io.TextIOWrapper]) -> Any:  # noqa: ANN401  (its type has an unknown buffer)
    """The same stream as another kind of it. A console that lacks a letter is no reason to fail."""
    if not hasattr(stream, "reconfigure"):
        return stream
    encoding, by_lines, at_once = stream.encoding, stream.line_buffering, stream.write_through
    return kind(stream.detach(), encoding, "backslashreplace", line_buffering=by_lines, write_through=at_once)


def _reserve(number: int, flags: int) -> None:
    """Have a file that gives nothing, or takes nothing, under a number that was closed."""
    try:
        os.fstat(number)
    except OSError:
        opened = os.open(os.devnull, flags)
        if opened != number:
            os.dup2(opened, number)
            os.close(opened)


def write_exactly(text: str) -> None:
    """Write text to stdout as UTF-8, and its line ends as they are, whatever the console's encoding is."""
    reconfigure: Callable[..., None] | None = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(encoding="utf-8", errors="strict", newline="")
    sys.stdout.write(text)


def let_go(stream: TextIO) -> None:
    """Drop what is left unwritten: it has no reader."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
