"""What is wanted, from a file or from stdin: a table, or plans that were made before."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, cast

import rich_click as click

from appassign import _core
from appassign.exceptions import InvalidInputError

from .wording import said

if TYPE_CHECKING:
    from appassign._core import Change

TABLES = (".csv", ".json")
_BEFORE_JSON = b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"  # marks of UTF-8 and UTF-16, what UTF-16 has besides, blanks


class Plans(list[_core.Plan]):
    """Plans that were made before."""


def read_table(source: str) -> list[Change]:
    """The changes of a table, by its name, or of one on stdin."""
    from appassign.tables import changes_from_rows

    return _table_of(sys.stdin.buffer.read()) if source == "-" else changes_from_rows(source)


def read_table_or_plans(source: str) -> Plans | list[Change]:
    """What apply is to write."""
    if source.lower().endswith(TABLES):
        return read_table(source)
    if source == "-":
        data = sys.stdin.buffer.read()
        return _plans_of(data, "stdin") if _is_plans(data) else _table_of(data)
    if not source.lower().endswith(".jsonl"):
        raise click.UsageError(f"{source!r} is no table (.csv, .json), no file of plans (.jsonl), and not - for stdin")
    with open(source, "rb") as file:  # noqa: PTH123
        return _plans_of(file.read(), source)


def _table_of(data: bytes) -> list[Change]:
    """The changes of a table on stdin."""
    from appassign._tables.files import read_bytes

    is_json = data.lstrip(_BEFORE_JSON)[:1] in {b"[", b"{"}
    return read_bytes(data, ".json" if is_json else ".csv", "stdin", None).changes()


def _is_plans(data: bytes) -> bool:
    try:
        first: object = json.loads(data.lstrip().partition(b"\n")[0])
    except ValueError:
        return False
    return isinstance(first, dict) and {"app_id", "before", "after"} <= {*cast("dict[str, object]", first)}


def _plans_of(data: bytes, name: str) -> Plans:
    plans = Plans()
    for number, line in enumerate(data.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            plans.append(_core.Plan.from_json(line))
        except InvalidInputError as error:
            wrong = InvalidInputError(f"{name}, line {number}: {said(error)}")
            wrong.location, wrong.hint = f"line {number}", error.hint or "appassign plan --out writes such files"
            raise wrong from None
    return plans
