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

from ._core import (
    AssignmentTarget,
    Change,
    MobileAppAssignment,
    MobileAppGroupAssignment,
    assignment_from_row,
    assignment_to_row,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterator
    from typing import Any, NoReturn, TypeAlias, TypeGuard

    from .exceptions import InvalidInputError

    _Entry: TypeAlias = MobileAppAssignment | AssignmentTarget

__all__ = ["assignments_to_rows", "changes_from_rows"]

_COLUMNS = ("app_id", "action", "intent", "target", "target_id", "filter_id", "filter_type", "settings", "other")

_KNOWN = {*_COLUMNS, "outcome", "error"}
_ACTIONS = ("add", "remove", "replace")
_IDS = {"app_id", "target_id", "filter_id"}
_JSON = {"settings", "other"}
_DOCUMENTS = {"assignments", "installIntent", "displayName", "@odata.type"}  # what only Graph's documents have
_SHOWN = 20  # faults; more are counted
_CUT = 64  # characters of a value that is shown

_MEND = "nothing is taken while anything is wrong: mend all of it, and read it again"
_ALL_PAGES = "save all of them: follow @odata.nextLink until an answer has none"
_TO_TODAY = "{}.to_mobile_app_assignment() gives today's form of it"
_QUOTES = "a cell with a delimiter, a quote or a new line in it stands in double quotes"

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
# In which column an attribute of an assignment stands; others have its name.
_COLUMN_OF = {
    "target.group_id": "target_id",
    "target.collection_id": "target_id",
    "target.filter_id": "filter_id",
    "target.filter_type": "filter_type",
}
# The targets that are nobody without their id.
_ID_OF = {
    "microsoft.graph.groupAssignmentTarget": "groupId",
    "microsoft.graph.exclusionGroupAssignmentTarget": "groupId",
    "microsoft.graph.configurationManagerCollectionAssignmentTarget": "collectionId",
}


def changes_from_rows(
    rows_or_path: str | os.PathLike[str] | Mapping[str, Any] | Iterable[Mapping[str, Any]],
    *,
    app_id: str | uuid.UUID | None = None,
) -> list[Change]:
    """Read what is wanted of apps: one `Change` for each app, in the order in which they appear.

    Args:
        rows_or_path: Any iterable of mappings, or the path of a ``.csv`` or ``.json`` file. Graph's own documents are
            read in place of rows: assignments, and apps with their ``assignments``, in ``{"value": [...]}`` or not.
            Such an app is to have what it has there, and nothing else.
        app_id: The app of rows and assignments that name none.

    Raises:
        InvalidInputError: Rows that cannot be read, or ask for what cannot be done, all of them named at once.
            ``.location`` is that of the first, for example ``row 17, column intent``; rows count from 1, below the
            header.
        TypeError: What is passed is neither rows nor a path.
        OSError: The file cannot be read.
    """
    app = None if app_id is None else Change(app_id).app_id
    if isinstance(rows_or_path, str | os.PathLike):
        return _of_file(rows_or_path, app).changes()
    return _of_rows(rows_or_path, app).changes()


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
            raise _refusal(f"{location}: {what}", location, _TO_TODAY.format("entry"))
        raise TypeError(f"assignments[{index}] {what}")


def _refusal(message: str, location: str | None, hint: str | None) -> InvalidInputError:
    from .exceptions import InvalidInputError

    error = InvalidInputError(message)
    error.location, error.hint = location, hint
    return error


class _Place:
    """Where something stands: a row, or one of Graph's documents."""

    __slots__ = ("is_row", "name", "order", "shown")

    def __init__(self, order: int, name: str, *, line: int | None = None, is_row: bool = True) -> None:
        self.order = order
        self.name = name
        self.shown = name if line is None else f"{name} (line {line})"
        self.is_row = is_row

    def part(self, part: str | None, *, shown: bool = False) -> str:
        whole = self.shown if shown else self.name
        if not part or not whole:
            return part or whole
        return f"{whole}, column {part}" if self.is_row else f"{whole}.{part}"

    def column(self, attribute: str | None) -> str | None:
        """What an attribute of an assignment is called here."""
        if attribute is None or not self.is_row:
            return "id" if attribute == "app_id" else attribute
        column = _COLUMN_OF.get(attribute, attribute.partition(".")[0])
        return column if column in _COLUMNS else "other"


class _Wanted:
    """What is wanted of one app, and where that stands."""

    __slots__ = ("app_id", "entries", "first", "is_whole", "place")

    def __init__(self, app_id: str, place: _Place) -> None:
        self.app_id = app_id
        self.place = place
        self.entries: list[tuple[str, _Entry, _Place]] = []
        self.first: tuple[str, _Place] | None = None
        self.is_whole = False

    def change(self) -> Change:
        add, remove, replace = ([entry for done, entry, _ in self.entries if done == action] for action in _ACTIONS)
        if self.first is not None and self.first[0] == "replace":
            return Change(self.app_id, replace=_assignments(replace))
        return Change(self.app_id, add=_assignments(add), remove=remove)


def _assignments(entries: list[_Entry]) -> list[MobileAppAssignment]:
    return [entry for entry in entries if isinstance(entry, MobileAppAssignment)]


class _Reading:
    """What was read so far, and all that is wrong with it."""

    def __init__(self, app_id: str | None, file: str | None = None) -> None:
        self.app_id = app_id
        self.file = file
        self.app_of_file: str | None = None
        self.wanted: dict[str, _Wanted] = {}
        self.faults: list[tuple[_Place, str | None, str, str | None]] = []
        self.unknown: set[object] = set()

    def fault(self, place: _Place, part: str | None, message: str, hint: str | None = None) -> None:
        self.faults.append((place, part, message, hint))

    def refusal(self, message: str, hint: str, location: str | None = None) -> InvalidInputError:
        return _refusal(f"{self.file}: {message}" if self.file else message, location, hint)

    # What comes out

    def changes(self) -> list[Change]:
        made = [change for wanted in self.wanted.values() if (change := self._change(wanted)) is not None]
        if not self.faults:
            return made
        order = [None, *_COLUMNS]
        self.faults.sort(key=lambda fault: (fault[0].order, order.index(fault[1]) if fault[1] in order else len(order)))
        parts = [(place.part(part, shown=True), message) for place, part, message, _ in self.faults[:_SHOWN]]
        lines = [f"{where}: {message}" if where else message for where, message in parts]
        if len(self.faults) > 1:
            lines.insert(0, f"{len(self.faults)} faults")
        if len(self.faults) > _SHOWN:
            lines.append(f"… and {len(self.faults) - _SHOWN} more")
        place, part, _, hint = self.faults[0]
        raise self.refusal("\n".join(lines), hint or _MEND, place.part(part) or None)

    def _change(self, wanted: _Wanted) -> Change | None:
        while True:
            try:
                return wanted.change()
            except ValueError as error:
                if not self._leave_out(wanted, error):
                    return None

    def _leave_out(self, wanted: _Wanted, error: ValueError) -> bool:
        """Note what is wrong with an entry, and leave that out: the next one may be wrong, too."""
        import re

        location, message = _told(error)
        hint: str | None = getattr(error, "hint", None)
        found = re.fullmatch(r"(add|remove|replace)\[(\d+)\](?:\.(.+))?", location or "", re.DOTALL)
        if found is None:
            self.fault(wanted.place, wanted.place.column(location), message, hint)
            return False
        action, index, attribute = found.groups()
        numbers = [number for number, (done, _, _) in enumerate(wanted.entries) if done == action]
        other = re.search(rf"\b{action}\[(\d+)\]", message) if attribute is None else None
        if other is not None:
            there = wanted.entries[numbers[int(other[1])]][2].name
            message = f"{message[: other.start()]}{there}{message[other.end() :]}"
        _, _, place = wanted.entries.pop(numbers[int(index)])
        self.fault(place, place.column(attribute), message, hint)
        return True

    # What goes in

    def items(self, items: Iterable[object], name: str) -> None:
        for number, item in enumerate(items, 1):
            if _is_mapping(item):
                self.item(item, number, f"{name}[{number - 1}]")
            else:
                self.fault(_Place(number, f"row {number}"), None, f"must be an object, not {_shown(item)}")

    def document(self, document: Mapping[str, object]) -> None:
        """A page of Graph's, or a single item: what PowerShell makes of a list of one."""
        if "@odata.nextLink" in document:
            raise self.refusal("one page of several, as its @odata.nextLink says", _ALL_PAGES)
        for name in ("value", "mobileAppAssignments"):
            items = document.get(name)
            if _is_list(items):
                app_id = _app_of(document.get("@odata.context"))
                self.app_id = app_id or self.app_id
                self.items(items, name)
                if app_id is not None and not items:
                    self._take(app_id, "replace", [], _Place(1, name, is_row=False), is_whole=True)
                return
        if _KNOWN.isdisjoint(document) and _DOCUMENTS.isdisjoint(document):
            raise self.refusal(
                "holds no rows, and is none of Graph's documents", 'rows are a list, and so is "value" of a page'
            )
        self.item(document, 1, "")

    def item(self, item: Mapping[str, object], number: int, name: str) -> None:
        """A row, or one of Graph's documents, by that name."""
        has_target = _is_mapping(item.get("target"))
        if not has_target and (_DOCUMENTS.isdisjoint(item) or "action" in item or "app_id" in item):
            self.row(item, _Place(number, f"row {number}"))
            return
        document = _Place(number, name, is_row=False)
        if "assignments" in item:
            self._app(item, document)
        elif has_target:
            app_id = _app_of(item.get("@odata.context")) or self.app_id or self.app_of_file
            entry = self._assignment(item, document)
            if app_id is None:
                self.fault(document, None, "is an assignment, and nothing says of which app", "pass app_id=")
            elif entry is not None:
                self._take(app_id, "replace", [(entry, document)], document)
        elif "installIntent" in item:
            hint = _TO_TODAY.format("MobileAppGroupAssignment.from_dict(...)")
            self.fault(document, None, "is an assignment in the form of 2017", hint)
        else:
            hint = "save what GET deviceAppManagement/mobileApps/{id}?$expand=assignments answers"
            self.fault(document, None, "is an app without its assignments", hint)

    def _take(
        self, app_id: str, action: str, entries: list[tuple[_Entry, _Place]], place: _Place, *, is_whole: bool = False
    ) -> None:
        """Take what is wanted of an app; ``is_whole`` if nothing else can be wanted of it."""
        wanted = self._of(app_id, place)
        if wanted.first is None:
            wanted.first, wanted.is_whole = (action, place), is_whole
        else:
            before, there = wanted.first
            part = "action" if place.is_row else None
            name = there.name or "the other one"
            if is_whole or wanted.is_whole:
                message = (
                    f"{name} is about the same app, {_plain(app_id)}, and one of the two says all that it is to have"
                )
                self.fault(place, part, message, "leave one of the two out")
                return
            if "replace" in {action, before} and action != before:
                message = f"{_quoted(action)}, and {name}, of the same app, has {_quoted(before)}"
                hint = "the replace rows of an app are all that it is to have: it has no others beside them"
                self.fault(place, part, message, hint)
                return
        wanted.entries += [(action, entry, where) for entry, where in entries]

    def _of(self, app_id: str, place: _Place) -> _Wanted:
        key = app_id.lower()
        if key not in self.wanted:
            self.wanted[key] = _Wanted(app_id, place)
        return self.wanted[key]

    # Rows

    def row(self, cells: Mapping[str, object], place: _Place) -> None:
        filled, bad = self._cells(cells, place)
        filled.pop("outcome", None)
        failed = filled.pop("error", None)
        if not filled and not bad and failed is None:
            return
        app_id = filled.pop("app_id", self.app_id)
        if app_id is None and "app_id" not in bad:
            self.fault(place, "app_id", "is missing", "fill it, or pass app_id= for the rows that name no app")
        action = filled.pop("action", None)
        if action is None and not filled and not bad:
            if failed is not None:
                self.fault(
                    place, "error", f"this app failed: {_plain(failed, _CUT * 4)}", "mend that, or leave the row out"
                )
            elif app_id is not None:
                self._of(app_id, place)
            return
        if action not in _ACTIONS and "action" not in bad:
            self._no_action(action, place)
        is_whole = action == "replace" and not filled and not bad
        entry = None if is_whole else self._entry(action, filled, bad, place)
        if app_id is not None and action in _ACTIONS and not bad and (entry is not None or is_whole):
            self._take(app_id, action, [] if entry is None else [(entry, place)], place, is_whole=is_whole)

    def header(self, names: list[str]) -> None:
        """The names of a file's columns, stripped; a blank one is no column."""
        place = _Place(0, "header")
        for name in filter(None, dict.fromkeys(names)):
            if _column(name) is None:
                self._no_column(name, "", place)
            elif names.count(name) > 1:
                self.fault(place, name, "is there twice")

    def _cells(self, cells: Mapping[str, object], place: _Place) -> tuple[dict[str, str], set[str]]:
        """The cells that are filled, and the columns whose cells are no good."""
        filled: dict[str, str] = {}
        bad: set[str] = set()
        for name, value in cells.items():
            column = _column(name)
            if column is None:
                self._no_column(name, value, place)
                continue
            try:
                text = _text(column, value)
            except ValueError as error:
                self.fault(place, column, str(error))
                bad.add(column)
                continue
            if text is None:
                continue
            if column in filled:
                self.fault(place, column, "is there twice", "blanks around the name of a column do not count")
                bad.add(column)
            filled[column] = text
        for column in bad:
            filled.pop(column, None)
        return filled, bad

    def _no_column(self, name: object, value: object, place: _Place) -> None:
        """Told once of each name; of what a reader of CSV files found beyond the last column, each time."""
        if name is None:
            if not _is_list(value) or any(not isinstance(cell, str) or cell.strip() for cell in value):
                self.fault(place, None, "has more cells than the header has columns", _QUOTES)
        elif name not in self.unknown and not (isinstance(name, str) and name.lstrip().startswith("#")):
            self.unknown.add(name)
            self.fault(place, _plain(str(name)), *_unknown(name))

    def _no_action(self, action: str | None, place: _Place) -> None:
        if action is None:
            self.fault(place, "action", "is missing: add, remove or replace")
            return
        hint = f"it is spelled {_quoted(action.lower())}" if action.lower() in _ACTIONS else None
        self.fault(place, "action", f"must be add, remove or replace, not {_quoted(action)}", hint)

    def _entry(self, action: str | None, filled: dict[str, str], bad: set[str], place: _Place) -> _Entry | None:
        """The assignment or the target that a row names."""
        made = assignment_from_row(filled)
        if not isinstance(made, MobileAppAssignment) and action in {"add", "replace"} and "intent" not in filled:
            if "intent" not in bad:
                self.fault(place, "intent", f"is missing; {action} needs one")
            # Any intent will do to look at the rest.
            made = assignment_from_row({**filled, "intent": "required"})
            made = made if isinstance(made, list) else []
        if not isinstance(made, list):
            return made
        for column, message in made:
            if column not in bad:
                self.fault(place, column, message)
        return None

    # Graph's documents

    def _app(self, app: Mapping[str, object], place: _Place) -> None:
        entries = app["assignments"]
        app_id = app.get("id") or self.app_id or self.app_of_file
        if not isinstance(app_id, str):
            what = "is missing" if app_id is None else f"must be a string, not {_shown(app_id)}"
            self.fault(place, "id", what, "pass app_id= for an app that does not say which one it is")
        if not _is_list(entries):
            self.fault(place, "assignments", f"must be a list, not {_shown(entries)}")
            return
        if "assignments@odata.nextLink" in app:
            message = "one page of several, as assignments@odata.nextLink says"
            self.fault(place, "assignments", message, _ALL_PAGES)
            return
        taken: list[tuple[_Entry, _Place]] = []
        for index, item in enumerate(entries):
            where = _Place(place.order, place.part(f"assignments[{index}]"), is_row=False)
            if not _is_mapping(item):
                self.fault(where, None, f"must be an object, not {_shown(item)}")
            elif (entry := self._assignment(item, where)) is not None:
                taken.append((entry, where))
        if isinstance(app_id, str):
            self._take(app_id, "replace", taken, place, is_whole=True)

    def _assignment(self, document: Mapping[str, object], place: _Place) -> MobileAppAssignment | None:
        try:
            entry = MobileAppAssignment.from_dict(
                {name: value for name, value in document.items() if name != "@odata.context"}
            )
        except (ValueError, TypeError) as error:
            location, message = _told(error)
            self.fault(place, location, message, getattr(error, "hint", None))
            return None
        target = entry.target.to_dict()
        key = _ID_OF.get(target["@odata.type"].removeprefix("#"))
        if key is not None and target.get(key) is None:
            hint = f"put the {key} in; some tools save a name in its place, which is no id"
            self.fault(place, f"target.{key}", "is missing: nothing says whom this is for", hint)
            return None
        return entry


# What is passed


def _of_rows(rows: object, app_id: str | None) -> _Reading:
    reading = _Reading(app_id)
    if _is_mapping(rows):
        reading.document(rows)
    else:
        reading.items(_rows(rows), "rows")
    return reading


def _rows(rows: object) -> Iterator[Mapping[str, object]]:
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
            raise
        if not _is_mapping(row):
            advice = "csv.DictReader(file) gives some" if isinstance(row, str) else "dict(zip(names, row)) makes one"
            raise TypeError(f"row {number} must be a mapping, not {type(row).__name__}; {advice}")
        yield row


# Files


def _of_file(path: str | os.PathLike[str], app_id: str | None) -> _Reading:
    import pathlib

    reading = _Reading(app_id, os.fspath(path))
    suffix = os.path.splitext(path)[1].lower()  # noqa: PTH122
    if suffix not in {".csv", ".json"}:
        what = f"ends in {_quoted(suffix)}" if suffix else "has no ending"
        raise reading.refusal(
            f"{what}; a file of rows is a .csv or a .json", "a str is the path of a file, and not its text"
        )
    data = pathlib.Path(path).read_bytes()
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        where = f"line {data.count(10, 0, error.start) + 1}"
        hint = "save it as UTF-8; Excel calls that CSV UTF-8"
        raise reading.refusal(f"{where}: is no {encoding.removesuffix('-sig').upper()}", hint, where) from None
    if suffix == ".csv":
        _read_csv(text, reading)
    else:
        _read_json(text, pathlib.Path(path).name, reading)
    return reading


def _read_json(text: str, name: str, reading: _Reading) -> None:
    import json
    import re

    hint = "rows are a list of objects; Graph's own documents are read, too"
    try:
        document: object = json.loads(text, object_pairs_hook=_members, parse_constant=_no_number, parse_float=_finite)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise reading.refusal(f"{where}: is no JSON: {error.msg}", hint, where) from None
    except (ValueError, RecursionError) as error:
        raise reading.refusal(f"is no strict JSON: {error}", hint) from None
    # The name that IntuneBackupAndRestore gives to what it saves.
    named = re.match(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}) - ", name, re.IGNORECASE)
    reading.app_of_file = named[1] if named else None
    if _is_list(document):
        reading.items(document, "")
    elif _is_mapping(document):
        reading.document(document)
    else:
        raise reading.refusal(f"must be a list of rows, not {_shown(document)}", hint)


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        doubled = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"an object has {_quoted(doubled)} twice")
    return members


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _finite(text: str) -> float:
    number = float(text)
    return number if number - number == 0 else _no_number(_plain(text))


def _read_csv(text: str, reading: _Reading) -> None:
    headers = {delimiter: _header(text, delimiter) for delimiter in ",;\t"}
    delimiter = max(headers, key=lambda delimiter: sum(_column(name) is not None for name in headers[delimiter]))
    names = [name.strip() for name in headers[delimiter]]
    if all(_column(name) is None for name in names):
        hint = "begin with a line that names the columns, such as app_id,action,intent,target,target_id"
        raise reading.refusal("has no header: its first line names none of the columns" if names else "is empty", hint)
    reading.header(names)
    for number, line, cells in _lines(text, delimiter):
        row = _Place(number, f"row {number}", line=line)
        if isinstance(cells, str):
            reading.fault(row, None, f"cannot be read: {cells}", _QUOTES)
            return
        outside = [cell for name, cell in zip(names, cells, strict=False) if not name] + cells[len(names) :]
        if any(map(str.strip, outside)):
            reading.fault(row, None, "has a filled cell where the header names no column", _QUOTES)
        reading.row({name: cell for name, cell in zip(names, cells, strict=False) if name}, row)


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


# Cells


def _column(name: object) -> str | None:
    column = name.strip() if isinstance(name, str) else None
    return column if column in _KNOWN else None


def _text(column: str, value: object) -> str | None:
    """What a cell says; ``None`` if it is blank."""
    if isinstance(value, str):
        text = value.strip()
        if not text.isascii() and text.encode(errors="replace") != text.encode(errors="ignore"):
            raise ValueError("is not valid Unicode: it has a lone surrogate")
        return text or None
    kind = type(value).__name__
    if value is None or kind in {"NAType", "NaTType"} or (isinstance(value, float) and value != value):  # noqa: PLR0124
        return None
    if column in _IDS and kind == "UUID":
        return str(value)
    if column in _JSON and _is_mapping(value):
        return _written(value)
    wanted = "text or a mapping" if column in _JSON else "text"
    raise ValueError(f"must be {wanted}, not {_shown(value)}")


def _written(value: Mapping[str, object]) -> str:
    import json

    try:
        return json.dumps(dict(value), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"is no JSON: {error}") from None


def _unknown(name: object) -> tuple[str, str]:
    import difflib

    hint = f"the columns are {', '.join(_COLUMNS)}; one of your own begins with #"
    if not isinstance(name, str):
        return f"is no column: a name is a str, not {type(name).__name__}", hint
    plain = name.strip().lower().replace(" ", "_").replace("-", "_")
    if not plain or plain.startswith(("unnamed:", "__index_level_")):
        return "is no column; it looks like the index of a pandas DataFrame", "write it without: index=False"
    near = difflib.get_close_matches(plain, _COLUMNS, 1)
    return f"is no column; did you mean {near[0]}?" if near else "is no column", hint


def _app_of(context: object) -> str | None:
    """The app that a page or an entry of its assignments is of, where Graph says so."""
    if not isinstance(context, str):
        return None
    import re

    found = re.search(r"mobileApps\('([^']+)'\)/(?:[\w.]+/)?assignments\b", context)
    return found[1] if found else None


def _told(error: Exception) -> tuple[str | None, str]:
    """The location of an error, and its message without that."""
    location: str | None = getattr(error, "location", None)
    message = str(error.args[0])
    return location, message.removeprefix(f"{location}: ")


def _is_mapping(value: object) -> TypeGuard[Mapping[str, object]]:
    return isinstance(value, Mapping)


def _is_list(value: object) -> TypeGuard[list[object] | tuple[object, ...]]:
    return isinstance(value, list | tuple)


def _plain(text: str, most: int = _CUT) -> str:
    """A text of somebody else's in one line that is not too long."""
    line = "".join(char if char.isprintable() else " " for char in text[: most + 1])
    return line if len(line) <= most else f"{line[:most]}…"


def _quoted(text: str) -> str:
    return repr(text if len(text) <= _CUT else f"{text[:_CUT]}…")


def _shown(value: object) -> str:
    if value is None:
        return "null"
    kind = type(value).__name__
    return f"{kind} {_quoted(repr(value))[1:-1]}" if isinstance(value, int | float) else kind
