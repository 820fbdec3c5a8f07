"""Rows and files: what is wanted of many apps, and what they hold, as a table.

A row is one assignment; a value is text or ``None``, and so is a cell of a CSV file:

- ``app_id``: the app's id.
- ``action``: ``add``, ``remove`` or ``replace``. The ``replace`` rows of an app are all that it is to have.
- ``intent``: an `InstallIntent`. A ``remove`` without one removes the target whatever the intent.
- ``target``: ``group``, ``exclude``, ``all_users``, ``all_devices`` or ``collection``.
- ``target_id``: the id of the group or the collection.
- ``filter_id``, ``filter_type``: an assignment filter, and ``include`` or ``exclude``.
- ``settings``: JSON, as it goes over the wire.
- ``other``: JSON, whatever else there is of the assignment. Nobody writes it by hand.

A column that is not needed may be left out. ``outcome`` and ``error`` of reports are passed over, and so is any column
whose name begins with ``#``.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from ._core import Change, MobileAppAssignment, MobileAppGroupAssignment, assignment_to_row
from ._tables.cells import is_of_columns
from ._tables.faults import refusal
from ._tables.graph_documents import TO_TODAY
from ._tables.reading import Reading
from ._tables.values import is_mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterator
    from typing import Any

__all__ = ["assignments_to_rows", "changes_from_rows"]

# What gives the rows of an object that is no iterable of mappings, by its type.
_ROWS_OF = {
    "pandas.DataFrame": 'df.to_dict("records")',
    "polars.DataFrame": "df.to_dicts()",
    "polars.LazyFrame": "lf.collect().to_dicts()",
    "pyarrow.Table": "table.to_pylist()",
    "pyarrow.RecordBatch": "batch.to_pylist()",
    "pyarrow.RecordBatchReader": "reader.read_all().to_pylist()",
    "duckdb.DuckDBPyRelation": "[dict(zip(relation.columns, row)) for row in relation.fetchall()]",
    "appassign.PlanReport": "report.to_dicts()",
    "appassign.ApplyReport": "report.to_dicts()",
}
_CALLS = 'df.to_dict("records") of pandas, df.to_dicts() of polars, or table.to_pylist() of pyarrow'
_NO_LIMIT = "csv.field_size_limit(2**31 - 1) lifts that; the path of a file in place of rows needs no such call"


def changes_from_rows(
    rows_or_path: str | os.PathLike[str] | Mapping[str, Any] | Iterable[Mapping[Any, Any]],
    *,
    app_id: str | uuid.UUID | None = None,
) -> list[Change]:
    """Read what is wanted of apps: one `Change` for each app, in the order in which they appear.

    Args:
        rows_or_path: Any iterable of mappings, or the path of a ``.csv`` or ``.json`` file. Graph's own documents are
            read in place of rows: assignments, and apps with their ``assignments``, in ``{"value": [...]}`` or not.
            Such an app is to have what it has there, and nothing else.
        app_id: The app of one app's assignments, whatever app they name themselves. Of several apps, and of rows, each
            keeps its own, and what names none is of this one.

    Raises:
        InvalidInputError: Rows that cannot be read, or ask for what cannot be done, all of them named at once.
            ``.location`` is that of the first, for example ``row 17, column intent``; rows count from 1, below the
            header.
        TypeError: What is passed is neither rows nor a path.
        OSError: The file cannot be read.
    """
    app = None if app_id is None else Change(app_id).app_id
    if isinstance(rows_or_path, str | os.PathLike):
        from ._tables.files import read_file

        return read_file(rows_or_path, app).changes()
    reading = Reading(app)
    if is_mapping(rows_or_path):
        if is_of_columns(rows_or_path):
            raise TypeError(f"rows must be an iterable of mappings, not a mapping of columns; pass {_CALLS}")
        reading.page_or_item(rows_or_path)
    else:
        reading.items(_mappings(rows_or_path), "rows")
    return reading.changes()


def assignments_to_rows(
    app_id: str | uuid.UUID, assignments: Iterable[MobileAppAssignment]
) -> list[dict[str, str | None]]:
    """What an app holds, or is to hold, as rows: `changes_from_rows` makes a `Change` of them that replaces it all.

    Args:
        app_id: The app's id.
        assignments: All assignments of the app. Of none, a row is made that clears the app.

    Raises:
        InvalidInputError: An assignment of 2017, or an id that is none.
        TypeError: An argument of the wrong type.
    """
    app = Change(app_id).app_id
    rows = [assignment_to_row(app, "replace", entry) for entry in _checked(assignments)]
    return rows or [assignment_to_row(app, "replace", None)]


def _mappings(rows: object) -> Iterator[Mapping[str, object]]:
    kind = type(rows).__name__
    call = _ROWS_OF.get(f"{type(rows).__module__.partition('.')[0]}.{kind}")
    if call is not None:
        raise TypeError(f"rows must be an iterable of mappings, not {kind}; pass {call}")
    if isinstance(rows, bytes | bytearray) or not isinstance(rows, Iterable):
        raise TypeError(f"rows must be an iterable of mappings, or the path of a file, not {kind}")
    iterator: Iterator[object] = iter(rows)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    number = 0
    while True:
        number += 1
        try:
            row = next(iterator)
        except StopIteration:
            return
        except Exception as raised:
            raised.add_note(f"raised by the iterable instead of row {number}")
            if type(raised).__module__ == "_csv" and "field limit" in str(raised):
                raised.add_note(_NO_LIMIT)
            raise
        if not is_mapping(row):
            if hasattr(row, "_asdict"):
                advice = 'df.to_dict("records") gives some, and row._asdict() makes one'
            else:
                advice = (
                    "csv.DictReader(file) gives some" if isinstance(row, str) else "dict(zip(names, row)) makes one"
                )
            raise TypeError(f"row {number} must be a mapping, not {type(row).__name__}; {advice}")
        yield row


def _checked(assignments: object) -> Iterator[MobileAppAssignment]:
    if not isinstance(assignments, Iterable):
        given = type(assignments).__name__
        raise TypeError(f"assignments must be an iterable of MobileAppAssignment, not {given}; a list of one is one")
    for index, entry in enumerate(assignments):  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        if isinstance(entry, MobileAppAssignment):
            yield entry
            continue
        what = f"must be a MobileAppAssignment, not {type(entry).__name__}"  # pyright: ignore[reportUnknownArgumentType]
        if isinstance(entry, MobileAppGroupAssignment):
            location = f"assignments[{index}]"
            raise refusal(f"{location}: {what}", location, TO_TODAY.format("entry"))
        raise TypeError(f"assignments[{index}] {what}")
