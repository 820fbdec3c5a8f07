# pyright: reportUnnecessaryTypeIgnoreComment=error
"""What type checkers take for rows and files, and know of what comes of them."""

import csv
import uuid
from pathlib import Path
from typing import Any, TextIO, TypedDict, assert_type

from appassign import Change, Client, MobileAppAssignment, tables


class Row(TypedDict):
    """A row as a program may have it of its own."""

    app_id: str
    intent: str
    target: str


def what_is_read(client: Client, file: TextIO, own: list[Row], given: list[dict[str, Any]]) -> None:
    assert_type(tables.changes_from_rows("changes.csv"), list[Change])
    assert_type(tables.changes_from_rows(Path("changes.json"), app_id=uuid.UUID(int=1)), list[Change])
    assert_type(tables.changes_from_rows(csv.DictReader(file)), list[Change])
    assert_type(tables.changes_from_rows({"value": given}), list[Change])
    assert_type(tables.changes_from_rows(row for row in given), list[Change])
    tables.changes_from_rows(own)
    client.plan_many(tables.changes_from_rows(given))

    tables.changes_from_rows(1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    tables.changes_from_rows([Change("app")])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    tables.changes_from_rows("changes.csv", "app")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def what_is_written(one: MobileAppAssignment) -> None:
    assert_type(tables.assignments_to_rows("app", [one]), list[dict[str, str | None]])
    tables.changes_from_rows(tables.assignments_to_rows("app", (one,)))
    tables.assignments_to_rows("app", one)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
