"""What is wanted, from a file or from stdin: a table, or plans that were made before."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, NoReturn, cast

import rich_click as click

from appassign import _core
from appassign.exceptions import InvalidInputError

from .wording import said

if TYPE_CHECKING:
    from appassign._core import Change

TABLES = (".csv", ".json")
_HEADER = "app_id,action,intent,target,target_id"
_ORIGIN = "appassign plan --out writes such files"
_BEFORE_JSON = b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"  # marks of UTF-8 and UTF-16, what UTF-16 has besides, blanks


class Plans(list[_core.Plan]):
    """Plans that were made before."""


def read_table(source: str) -> list[Change]:
    """The changes of a table, by its name, or of one on stdin."""
    from appassign.tables import changes_from_rows

    if source == "-":
        return _table_of(sys.stdin.buffer.read())
    try:
        return changes_from_rows(source)
    except FileNotFoundError as error:
        _not_there(error, f"a table is written by hand, or by appassign export --out; its first line: {_HEADER}")


def read_table_or_plans(source: str) -> Plans | list[Change]:
    """What apply is to write."""
    if source.lower().endswith(TABLES):
        return read_table(source)
    if source == "-":
        data = sys.stdin.buffer.read()
        text = _text_of(data, "stdin")
        return _plans_of(text, "stdin") if _is_plans(text) else _table_of(data)
    if not source.lower().endswith(".jsonl"):
        raise click.UsageError(f"{source!r} is no table (.csv, .json), no file of plans (.jsonl), and not - for stdin")
    try:
        with open(source, "rb") as file:  # noqa: PTH123
            data = file.read()
    except FileNotFoundError as error:
        _not_there(error, _ORIGIN)
    return _plans_of(_text_of(data, source), source)


def _not_there(error: FileNotFoundError, hint: str) -> NoReturn:
    vars(error)["hint"] = hint
    raise error


def _text_of(data: bytes, name: str) -> str:
    """The text of a file of plans, which may be encoded as tables may."""
    from appassign._tables.files import decoded
    from appassign._tables.reading import Reading

    return decoded(data, Reading(None, name))


def _table_of(data: bytes) -> list[Change]:
    """The changes of a table on stdin."""
    from appassign._tables.files import read_bytes

    is_json = data.lstrip(_BEFORE_JSON)[:1] in {b"[", b"{"}
    return read_bytes(data, ".json" if is_json else ".csv", "stdin", None).changes()


def _is_plans(text: str) -> bool:
    try:
        first: object = json.loads(text.lstrip().partition("\n")[0])
    except (ValueError, RecursionError):
        return False
    return isinstance(first, dict) and {"app_id", "before", "after"} <= {*cast("dict[str, object]", first)}


def _plans_of(text: str, name: str) -> Plans:
    plans = Plans()
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            plans.append(_core.Plan.from_json(line))
        except InvalidInputError as error:
            what = re.sub(r"^line 1 column (\d+): ", r"column \1: ", said(error))  # each plan is a line of its own
            wrong = InvalidInputError(f"{name}, line {number}: {what}")
            wrong.location, wrong.hint = f"line {number}", error.hint or _ORIGIN
            raise wrong from None
    if not plans:
        nothing = InvalidInputError(f"{name}: holds no plans")
        nothing.hint = _ORIGIN
        raise nothing
    return plans
