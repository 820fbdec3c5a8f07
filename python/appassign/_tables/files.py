"""Files of rows or of Graph's documents: CSV in whatever form Excel saves it, and strict JSON."""

from __future__ import annotations

import os

from .cells import column_meant
from .faults import Faults, Place
from .reading import Reading
from .rows import QUOTES
from .values import is_list, is_mapping, quoted, shown

_AS_UTF_8 = "save it as UTF-8; Excel calls that CSV UTF-8"
_WHOLE_ROWS = "write or fetch the file again; if the row is whole, end it with a new line"
_JSON_HOLDS = "rows are a list of objects; Graph's own documents are read, too"


def read_file(path: str | os.PathLike[str], app_id: str | None) -> Reading:
    """Read a file; ``app_id`` is the app of rows and assignments that name none."""
    import pathlib

    file, name = pathlib.Path(path), os.fspath(path)
    suffix = file.suffix.lower()
    if suffix not in {".csv", ".json"}:
        what = f"ends in {quoted(suffix)}" if suffix else "has no ending"
        hint = "a str is the path of a file, and not its text"
        raise Faults(name).refusal(f"{what}; a file of rows is a .csv or a .json", hint)
    return read_bytes(file.read_bytes(), suffix, name, app_id, _app_of_name(file.name))


def read_bytes(data: bytes, suffix: str, name: str, app_id: str | None, app_of_name: str | None = None) -> Reading:
    """Read what a file of this suffix would hold; errors call it by its name."""
    reading = Reading(app_id, name, app_of_name)
    text = decoded(data, reading)
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


def decoded(data: bytes, reading: Reading) -> str:
    """The text of a file, in UTF-8 or with a mark of UTF-16."""
    other = _other_encoding(data)
    if other is not None:
        raise reading.faults.refusal(f"is {other}", _AS_UTF_8)
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        where = f"line {data.count(10, 0, error.start) + 1}"
        what = f"{where}: is no {encoding.removesuffix('-sig').upper()}"
        raise reading.faults.refusal(what, _AS_UTF_8, where) from None


def _other_encoding(data: bytes) -> str | None:
    """The encoding of a text that begins with ASCII in none of those that are read."""
    zeros = "".join("-0"[byte == 0] for byte in data[:4])
    if data.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        return "UTF-32"
    if zeros in {"-000", "000-"}:
        return "UTF-32 without its mark"
    return "UTF-16 without its mark" if zeros.startswith(("-0", "0-")) else None


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
    from .csv_text import any_length, first_line, records

    start, given = first_line(text)
    with any_length():
        headers = {by: _header(text, by, start) for by in given or ",;\t"}
        delimiter = max(headers, key=lambda by: sum(column_meant(name) is not None for name in headers[by]))
        header, *lines = [*records(text, delimiter, start)] or [(0, 1, "")]
    names = headers[delimiter]
    if all(column_meant(name) is None for name in names):
        message = "has no header: its first line names none of the columns" if names else "is empty"
        hint = "begin with a line that names the columns, such as app_id,action,intent,target,target_id"
        raise reading.faults.refusal(message, hint)
    top = Place(0, "header", line=header[1])
    if isinstance(header[2], str):
        reading.faults.add(top, None, f"cannot be read: {header[2]}", QUOTES)
        return
    reading.header(names, top)
    named = max(index for index, name in enumerate(names, 1) if name)
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


def _header(text: str, delimiter: str, start: int) -> list[str]:
    from .csv_text import records

    first = next(records(text, delimiter, start, is_strict=False), None)
    return [] if first is None or isinstance(first[2], str) else [name.strip() for name in first[2]]
