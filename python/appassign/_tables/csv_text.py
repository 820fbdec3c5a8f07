"""CSV text, record by record, with cells of any length and the first line that Excel understands."""

from __future__ import annotations

import contextlib
import csv
import io
import re
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

_LONGEST = 2**31 - 1  # what fits into a C long everywhere


def first_line(text: str) -> tuple[int, str | None]:
    """Where the header begins, and the delimiter that a line such as ``sep=;`` above it names, if there is one."""
    found = re.match(r'"?sep=([^"\r\n])"?[,;\t ]*(?:\r\n|\r|\n|\Z)', text, re.IGNORECASE)
    return (found.end(), found[1]) if found else (0, None)


def records(
    text: str, delimiter: str, start: int, *, is_strict: bool = True
) -> Iterator[tuple[int, int, list[str] | str]]:
    """The header, which is number 0, and the rows, by number and line; or why one cannot be read, and then no more."""
    file = io.StringIO(text, newline="")
    file.seek(start)
    lines = csv.reader(file, delimiter=delimiter, strict=is_strict)
    above = 1 if start else 0
    number = 0
    while True:
        line = above + lines.line_num + 1
        try:
            cells = next(lines)
        except StopIteration:
            return
        except csv.Error as error:
            yield number, line, str(error)
            return
        if cells:
            yield number, line, cells
            number += 1


class _AnyLength:
    """The limit of csv is of the whole process: the last reader puts it back, unless somebody has set it meanwhile."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._readers = 0
        self._before = 0

    @contextlib.contextmanager
    def __call__(self) -> Generator[None, None, None]:
        with self._lock:
            before = csv.field_size_limit(_LONGEST)
            if self._readers == 0 or before != _LONGEST:
                self._before = before
            self._readers += 1
        try:
            yield
        finally:
            with self._lock:
                self._readers -= 1
                if self._readers == 0 and csv.field_size_limit() == _LONGEST:
                    csv.field_size_limit(self._before)


any_length = _AnyLength()
