"""Files of rows or of Graph's documents: CSV in whatever form Excel saves it, and strict JSON."""

from __future__ import annotations

import os

from .cells import column_of_name
from .faults import Place, refusal
from .reading import Reading
from .rows import QUOTES
from .values import is_list, is_mapping, quoted, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_WHOLE_ROWS = "write or fetch the file again; if the row is whole, end it with a new line"
_JSON_HOLDS = "rows are a list of objects; Graph's own documents are read, too"


def read_file(path: str | os.PathLike[str], app_id: str | None) -> Reading:
    """Read a file; ``app_id`` is the app of rows and assignments that name none."""
    import pathlib

    file, name = pathlib.Path(path), os.fspath(path)
    suffix = file.suffix.lower()
    if suffix not in {".csv", ".json"}:
        what = f"ends in {quoted(suffix)}" if suffix else "has no ending"
        raise refusal(
            f"{name}: {what}; a file of rows is a .csv or a .json",
            None,
            "a str is the path of a file, and not its text",
        )
    return read_bytes(file.read_bytes(), suffix, name, app_id, _app_of_name(file.name))


def read_bytes(data: bytes, suffix: str, name: str, app_id: str | None, app_of_name: str | None = None) -> Reading:
    """Read what a file of this suffix would hold; errors call it by its name."""
    reading = Reading(app_id, name, app_of_name)
    text = _decoded(data, reading)
    if suffix == ".csv":
        _read_csv(text, reading)
    else:
        _read_json(text, reading)
    return reading


def _app_of_name(name: str) -> str | None:
    """The app in the name that IntuneBackupAndRestore gives to what it saves."""
    import re

    named = re.match(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}) - ", name, re.IGNORECASE)
    return named[1] if named else None


def _decoded(data: bytes, reading: Reading) -> str:
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        where = f"line {data.count(10, 0, error.start) + 1}"
        hint = "save it as UTF-8; Excel calls that CSV UTF-8"
        what = f"{where}: is no {encoding.removesuffix('-sig').upper()}"
        raise reading.faults.refusal(what, hint, where) from None


# JSON


def _read_json(text: str, reading: Reading) -> None:
    import json

    from . import json_text

    try:
        document = json_text.read(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise reading.faults.refusal(f"{where}: is no JSON: {error.msg}", _JSON_HOLDS, where) from None
    except (ValueError, RecursionError) as error:
        raise reading.faults.refusal(f"is no strict JSON: {error}", _JSON_HOLDS) from None
    if is_list(document):
        reading.list_of_file(document)
    elif is_mapping(document):
        reading.page_or_item(document)
    else:
        raise reading.faults.refusal(f"must be a list of rows, not {shown(document)}", _JSON_HOLDS)


# CSV


def _read_csv(text: str, reading: Reading) -> None:
    headers = {delimiter: _header(text, delimiter) for delimiter in ",;\t"}
    delimiter = max(headers, key=lambda delimiter: sum(column_of_name(name) is not None for name in headers[delimiter]))
    names = [name.strip() for name in headers[delimiter]]
    if all(column_of_name(name) is None for name in names):
        message = "has no header: its first line names none of the columns" if names else "is empty"
        hint = "begin with a line that names the columns, such as app_id,action,intent,target,target_id"
        raise reading.faults.refusal(message, hint)
    reading.header(names)
    named = max(index for index, name in enumerate(names, 1) if name)
    lines = [*_lines(text, delimiter)]
    # Excel leaves blank cells at the ends of rows out. So does whatever breaks off while it writes, in the last row.
    unfinished = lines[-1][0] if lines and not text.endswith(("\n", "\r")) else None
    for number, line, cells in lines:
        row = Place(number, f"row {number}", line=line)
        if isinstance(cells, str):
            reading.faults.add(row, None, f"cannot be read: {cells}", QUOTES)
            return
        outside = [cell for name, cell in zip(names, cells, strict=False) if not name] + cells[len(names) :]
        if any(map(str.strip, outside)):
            reading.faults.add(row, None, "has a filled cell where the header names no column", QUOTES)
        missing = names[len(cells) : named] if number == unfinished else []
        if missing:
            count = f"{len(cells)} cell{'s' if len(cells) > 1 else ''}"
            message = f"has {count} where the header has {named} columns, and no line end: the file was torn here"
            reading.faults.add(row, None, message, _WHOLE_ROWS)
        reading.row({name: cell for name, cell in zip(names, cells, strict=False) if name}, row, missing)


def _header(text: str, delimiter: str) -> list[str]:
    first = next(_lines(text, delimiter, is_strict=False, rows=0), None)
    return [] if first is None or isinstance(first[2], str) else first[2]


def _lines(
    text: str, delimiter: str, *, is_strict: bool = True, rows: int = 1
) -> Iterator[tuple[int, int, list[str] | str]]:
    """The rows below the header, by number and line; or why one cannot be read, and then no more."""
    import csv
    import io

    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=is_strict)
    number = -1
    while True:
        line = lines.line_num + 1
        try:
            cells = next(lines)
        except StopIteration:
            return
        except csv.Error as error:
            yield number + 1, line, str(error)
            return
        if cells:
            number += 1
            if number >= rows:
                yield number, line, cells
