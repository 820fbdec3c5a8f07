"""Rows: each is an assignment, or a target, and what is to be done with it."""

from __future__ import annotations

from appassign._core import MobileAppAssignment, assignment_from_row

from .cells import ACTIONS, COLUMNS, column_of_name, columns_meant, no_column, text_of_cell, unmarked
from .values import is_list, plain, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .faults import Faults, Place
    from .wanted import Entry, Wanted

QUOTES = "a cell with a delimiter, a quote or a new line in it stands in double quotes"

_MOST_OF_AN_ERROR = 256  # characters that are shown of why an app failed


class RowReader:
    """Reads rows, one by one."""

    def __init__(self, wanted: Wanted, faults: Faults) -> None:
        self._wanted = wanted
        self._faults = faults
        self._told_of: set[object] = set()

    def header(self, names: list[str], place: Place) -> None:
        """The names of a file's columns, stripped; a blank one is no column."""
        for name in filter(None, dict.fromkeys(names)):
            if column_of_name(name) is None:
                self._no_column(name, "", place)
            elif names.count(name) > 1:
                self._faults.add(place, name, "is there twice")

    def row(self, cells: Mapping[str, object], place: Place, app_id: str | None, missing: Iterable[str] = ()) -> None:
        """Take what a row says.

        Args:
            cells: By the names of their columns.
            place: Where the row stands.
            app_id: The app of rows that name none.
            missing: Columns without a cell, where that was told already.
        """
        filled, bad = self._cells(cells, place)
        bad |= {*missing}
        filled.pop("outcome", None)
        failed = filled.pop("error", None)
        if not filled and not bad and failed is None:
            return
        app_id = filled.pop("app_id", app_id)
        if app_id is None and "app_id" not in bad:
            self._faults.add(place, "app_id", "is missing", "fill it, or pass app_id= for the rows that name no app")
        if app_id is not None:
            self._wanted.mention(app_id, place)
        action = filled.pop("action", None)
        if action is None and not filled and not bad:
            if failed is not None:
                message = f"this app failed: {plain(failed, _MOST_OF_AN_ERROR)}"
                self._faults.add(place, "error", message, "mend that, or leave the row out")
            return
        if action not in ACTIONS and "action" not in bad:
            self._no_action(action, place)
        is_whole = action == "replace" and not filled and not bad
        entry = None if is_whole else self._entry(action, filled, bad, place)
        if app_id is not None and action in ACTIONS:
            entries = [] if entry is None or bad else [(entry, place)]
            self._wanted.take(app_id, action, entries, place, is_whole=is_whole)

    def _cells(self, cells: Mapping[str, object], place: Place) -> tuple[dict[str, str], set[str]]:
        """The cells that are filled, and the columns whose cells are no good."""
        filled: dict[str, str] = {}
        bad: set[str] = set()
        for name, value in cells.items():
            column = column_of_name(name)
            if column is None:
                bad |= columns_meant(name)
                self._no_column(name, value, place, is_cut=len(bad) < len(COLUMNS))
                continue
            try:
                text = text_of_cell(column, value)
            except ValueError as error:
                self._faults.add(place, column, str(error))
                bad.add(column)
                continue
            if text is None:
                continue
            if column in filled:
                self._faults.add(place, column, "is there twice", "blanks around the name of a column do not count")
                bad.add(column)
            filled[column] = text
        for column in bad:
            filled.pop(column, None)
        return filled, bad

    def _no_column(self, name: object, value: object, place: Place, *, is_cut: bool = True) -> None:
        """Told once of each name; of what a reader of CSV files found beyond the last column, each time."""
        if name is None:
            if not is_cut:
                return
            if not is_list(value) or any(not isinstance(cell, str) or cell.strip() for cell in value):
                self._faults.add(place, None, "has more cells than the header has columns", QUOTES)
        elif name not in self._told_of and not (isinstance(name, str) and name.lstrip().startswith("#")):
            self._told_of.add(name)
            self._faults.add(place, plain(unmarked(str(name))), *no_column(name))

    def _no_action(self, action: str | None, place: Place) -> None:
        if action is None:
            self._faults.add(place, "action", "is missing: add, remove or replace")
            return
        hint = f"it is spelled {quoted(action.lower())}" if action.lower() in ACTIONS else None
        self._faults.add(place, "action", f"must be add, remove or replace, not {quoted(action)}", hint)

    def _entry(self, action: str | None, filled: dict[str, str], bad: set[str], place: Place) -> Entry | None:
        """The assignment or the target that a row names."""
        made = assignment_from_row(filled)
        if not isinstance(made, MobileAppAssignment) and action in {"add", "replace"} and "intent" not in filled:
            if "intent" not in bad:
                self._faults.add(place, "intent", f"is missing; {action} needs one")
            # Any intent will do to look at the rest.
            made = assignment_from_row({**filled, "intent": "required"})
            made = made if isinstance(made, list) else []
        if not isinstance(made, list):
            return made
        for column, message in made:
            if column not in bad:
                self._faults.add(place, column, message)
        return None
