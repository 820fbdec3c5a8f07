"""The columns of a table, by name, and what a cell says."""

from __future__ import annotations

from .values import JsonObject, is_mapping, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

COLUMNS = ("app_id", "action", "intent", "target", "target_id", "filter_id", "filter_type", "settings", "other")
KNOWN = {*COLUMNS, "outcome", "error"}
TARGETS = ("group", "exclude", "all_users", "all_devices", "collection")
ACTIONS = ("add", "remove", "replace")

_MARK_OF_UTF_8_IN_LATIN_1 = "\u00ef\u00bb\u00bf"
_IDS = {"app_id", "target_id", "filter_id"}
_JSON = {"settings", "other"}
# Graph's documents have the other ones, too.
_ONLY_IN_ROWS = KNOWN - {"intent", "target", "settings"}
# In which column an attribute of an assignment stands; others have its name.
_COLUMN_OF = {
    "target.group_id": "target_id",
    "target.collection_id": "target_id",
    "target.filter_id": "filter_id",
    "target.filter_type": "filter_type",
}


def column_of_name(name: object) -> str | None:
    """The column that has this name, blanks around it aside; ``None`` if it is no column."""
    column = name.strip() if isinstance(name, str) else None
    return column if column in KNOWN else None


def column_meant(name: object) -> str | None:
    """The column that this name is meant for, be it in letters of another case, or with a file's mark before it."""
    return column_of_name(unmarked(name).lower()) if isinstance(name, str) else None


def columns_meant(name: object) -> set[str]:
    """The columns of which nothing is known, because this name is what became of them."""
    if _delimiter_in(name) is not None:
        return {*COLUMNS}
    column = column_meant(name)
    return set() if column is None else {column}


def unmarked(name: str) -> str:
    """The name without the mark of a file's encoding, and the quotes that this has kept."""
    bare = name.removeprefix("\ufeff").removeprefix(_MARK_OF_UTF_8_IN_LATIN_1)
    return name if bare == name else bare.strip('"')


def _delimiter_in(name: object) -> str | None:
    """What would have cut the name of a column, which is a whole header, into names."""
    if not isinstance(name, str) or name.lstrip().startswith("#"):
        return None
    cut = {delimiter: [*map(column_meant, name.split(delimiter))] for delimiter in ",;\t|" if delimiter in name}
    return next((delimiter for delimiter, columns in cut.items() if len(columns) - columns.count(None) > 1), None)


def has_names_of_rows(item: Mapping[str, object]) -> bool:
    """Whether it has a column that Graph's documents do not have."""
    return any(column_meant(name) in _ONLY_IN_ROWS for name in item)


def is_of_columns(item: Mapping[str, object]) -> bool:
    """Whether it is a table by columns, each with a cell for each row."""
    cells = [cell for name, cell in item.items() if column_of_name(name) in _ONLY_IN_ROWS - {"error", "other"}]
    return bool(cells) and all(hasattr(cell, "__len__") and not isinstance(cell, str | bytes) for cell in cells)


def column_of_attribute(attribute: str) -> str:
    """The column in which an attribute of an assignment stands."""
    column = _COLUMN_OF.get(attribute, attribute.partition(".")[0])
    return column if column in COLUMNS else "other"


def no_column(name: object) -> tuple[str, str]:
    """What to say of a name that is no column's, and what to do."""
    import difflib

    hint = f"the columns are {', '.join(COLUMNS)}; one of your own begins with #"
    if not isinstance(name, str):
        return f"is no column: a name is a str, not {type(name).__name__}", hint
    opened = ['encoding="utf-8-sig" to open()'] if unmarked(name) != name else []
    if (delimiter := _delimiter_in(name)) is not None:
        by = delimiter.replace("\t", "\\t")
        advice = " and ".join([*opened, f'delimiter="{by}" to what reads the file'])
        return "is a whole header, which was not cut into names", f"pass {advice}, or pass the path of the file"
    if opened:
        return "has the mark of the file's encoding before it", f"pass {opened[0]}, or pass the path of the file"
    bare = name.strip().lower().replace(" ", "_").replace("-", "_")
    if not bare or bare == "index" or bare.startswith(("unnamed:", "__index_level_")):
        return "is no column; it looks like the index of a pandas DataFrame", "write it without: index=False"
    if (column := column_meant(name)) is not None:
        return f"is no column; it is spelled {column}", hint
    near = difflib.get_close_matches(bare, COLUMNS, 1)
    return f"is no column; did you mean {near[0]}?" if near else "is no column", hint


def text_of_cell(column: str, value: object) -> str | None:
    """What a cell says; ``None`` if it is blank.

    Raises:
        ValueError: It says nothing that can stand in this column.
    """
    if column in _JSON and is_mapping(value):
        value = _written(value)
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
    wanted = "text or a mapping" if column in _JSON else "text"
    targets = f"; one of {', '.join(TARGETS)}" if column == "target" else ""
    raise ValueError(f"must be {wanted}, not {shown(value)}{targets}")


def _written(value: Mapping[str, object]) -> str:
    if isinstance(value, JsonObject):
        from .json_text import written

        return written(value)
    import json

    try:
        return json.dumps(dict(value), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"is no JSON: {error}") from None
