"""Rows: what becomes of them, and what is said of those that cannot be read."""

import csv
import math
import os
import pathlib
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from appassign import (
    AllDevicesAssignmentTarget,
    Change,
    ConfigurationManagerCollectionAssignmentTarget,
    GroupAssignmentTarget,
    InstallIntent,
    InvalidInputError,
    MobileAppAssignment,
    MobileAppGroupAssignment,
)
from appassign.tables import assignments_to_rows, changes_from_rows
from planned import FILTER, QUIET, group, to_group

APP = "3f6a1c52-8f0e-4b7e-9a55-0c1d2e3f4a5b"
COLUMNS = ("app_id", "action", "intent", "target", "target_id", "filter_id", "filter_type", "settings", "other")
OTHER = "3f6a1c52-8f0e-4b7e-9a55-0c1d2e3f4a5c"
ADD = {"app_id": APP, "action": "add", "intent": "required", "target": "group", "target_id": group(1)}
QUOTES = "a cell with a delimiter, a quote or a new line in it stands in double quotes"
MEND = "nothing is taken while anything is wrong: mend all of it, and read it again"


def refused(rows: Any, **options: Any) -> InvalidInputError:
    with pytest.raises(InvalidInputError) as refusal:
        changes_from_rows(rows, **options)
    assert refusal.value.outcome == "not_sent"
    return refusal.value


def said(rows: Any, **options: Any) -> tuple[str, str | None, str | None]:
    """The message, the location and the hint."""
    error = refused(rows, **options)
    return error.args[0], error.location, error.hint


def test_rows_of_an_app_become_one_change_in_the_order_in_which_apps_appear() -> None:
    remove = {"app_id": APP.upper(), "action": "remove", "intent": "available", "target": "all_devices"}
    other = {"app_id": OTHER, "action": "replace", "intent": "uninstall", "target": "collection", "target_id": "SMS1"}
    everywhere = MobileAppAssignment(target=AllDevicesAssignmentTarget(), intent="available")
    collection = ConfigurationManagerCollectionAssignmentTarget("SMS1")
    assert changes_from_rows([ADD, other, {**ADD, "target_id": group(2)}, remove]) == [
        Change(APP, add=[to_group(1), to_group(2)], remove=[everywhere]),
        Change(OTHER, replace=[MobileAppAssignment(target=collection, intent="uninstall")]),
    ]


def test_a_row_says_all_that_an_assignment_can_be_made_of() -> None:
    cells = {"filter_id": FILTER, "filter_type": "exclude", "settings": QUIET}
    entry = to_group(1, settings=QUIET, filter_id=FILTER, filter_type="exclude")
    assert changes_from_rows([{**ADD, **cells}]) == [Change(APP, add=[entry])]


def test_removal_without_an_intent_is_of_the_target() -> None:
    row = {"app_id": APP, "action": "remove", "target": "group", "target_id": group(1)}
    assert changes_from_rows([row]) == [Change(APP, remove=[GroupAssignmentTarget(group(1))])]


def test_a_replacement_by_nothing_clears_the_app() -> None:
    row = {"app_id": APP, "action": "replace"}
    assert changes_from_rows([row]) == [Change(APP, replace=[])]
    assert assignments_to_rows(APP, []) == [{**dict.fromkeys(COLUMNS), **row}]


def test_an_app_without_anything_to_do_is_there_all_the_same() -> None:
    rows = [{"app_id": APP, "outcome": None, "error": None}, {**ADD, "app_id": OTHER}, {"app_id": APP}]
    assert changes_from_rows(rows) == [Change(APP), Change(OTHER, add=[to_group(1)])]


def test_rows_go_out_in_the_documented_columns() -> None:
    entry = to_group(1, settings=QUIET, filter_id=FILTER, filter_type="exclude")
    [row] = assignments_to_rows(uuid.UUID(APP), (entry for _ in range(1)))
    assert tuple(row) == COLUMNS
    assert row == {
        **dict.fromkeys(COLUMNS),
        **ADD,
        "action": "replace",
        "filter_id": FILTER,
        "filter_type": "exclude",
        "settings": row["settings"],
    }
    assert changes_from_rows([row]) == [Change(APP, replace=[entry])]


@pytest.mark.parametrize("blank", [None, "", " \t", math.nan, float("-nan")])
def test_blank_cells_say_nothing(blank: object) -> None:
    assert changes_from_rows([{**dict.fromkeys(COLUMNS, blank), **ADD}]) == [Change(APP, add=[to_group(1)])]
    assert changes_from_rows([dict.fromkeys(COLUMNS, blank), {"# note": "a title"}, {}]) == []


def test_blanks_around_cells_and_names_do_not_count() -> None:
    rows = [{f" {name} ": f"\t{cell} \n" for name, cell in ADD.items()}]
    assert changes_from_rows(rows) == [Change(APP, add=[to_group(1)])]


def test_ids_may_be_uuids_and_intents_members() -> None:
    row = {**ADD, "app_id": uuid.UUID(APP), "target_id": uuid.UUID(group(1)), "intent": InstallIntent.REQUIRED}
    assert changes_from_rows([row]) == [Change(APP, add=[to_group(1)])]


def test_notes_and_the_last_columns_of_reports_are_passed_over() -> None:
    row = {**ADD, "#": 1, " # who asked": ["anybody"], "outcome": "not_applied", "error": "Graph answered 503"}
    assert changes_from_rows([row]) == [Change(APP, add=[to_group(1)])]


def test_rows_that_name_no_app_are_of_the_one_that_is_passed() -> None:
    row = {**ADD, "app_id": None}
    for app in (APP, uuid.UUID(APP)):
        assert changes_from_rows([row, {**ADD, "app_id": OTHER}], app_id=app) == [
            Change(APP, add=[to_group(1)]),
            Change(OTHER, add=[to_group(1)]),
        ]
    error = refused([row], app_id="Company Portal")
    assert error.location == "app_id"


def test_a_generator_is_consumed_once_and_other_mappings_are_taken() -> None:
    class Row(Mapping[str, str]):
        def __getitem__(self, name: str) -> str:
            return ADD[name]

        def __iter__(self) -> Iterator[str]:
            return iter(ADD)

        def __len__(self) -> int:
            return len(ADD)

    assert changes_from_rows(row for row in [Row()]) == [Change(APP, add=[to_group(1)])]
    assert changes_from_rows(iter([])) == []


def test_a_single_row_needs_no_list() -> None:
    assert changes_from_rows(ADD) == [Change(APP, add=[to_group(1)])]


KINDS = "group, exclude, all_users, all_devices, collection"
INTENTS = "available, required, uninstall, availableWithoutEnrollment"
FAULTS: list[tuple[dict[str, object], str, str, str]] = [
    ({"app_id": None}, "app_id", "is missing", "fill it, or pass app_id= for the rows that name no app"),
    (
        {"app_id": "a/b"},
        "app_id",
        "\"a/b\" has the character '/', which is not safe in a path",
        "an id is 1 to 256 of the characters A-Z a-z 0-9 . _ ~ - and no display name; it is never repaired",
    ),
    ({"action": ""}, "action", "is missing: add, remove or replace", MEND),
    ({"action": "Add"}, "action", "must be add, remove or replace, not 'Add'", "it is spelled 'add'"),
    ({"action": "assign"}, "action", "must be add, remove or replace, not 'assign'", MEND),
    ({"intent": None}, "intent", "is missing; add needs one", MEND),
    ({"intent": "requird"}, "intent", f'"requird" is no install intent; the known ones are {INTENTS}', MEND),
    ({"target": None}, "target", f"is missing; one of {KINDS}", MEND),
    ({"target": "groups"}, "target", f"'groups' is no target; the known ones are {KINDS}", MEND),
    ({"target_id": None}, "target_id", "is missing; pass the id of the group or collection", MEND),
    ({"target_id": "Sales"}, "target_id", "'Sales' looks like a name; pass the group's id, a GUID", MEND),
    ({"settings": "[]"}, "settings", "it is a JSON object, not an array", MEND),
    ({"target_id": 5}, "target_id", "must be text, not int 5", MEND),
    ({"target_id": True}, "target_id", "must be text, not bool True", MEND),
    ({"intent": 1.5}, "intent", "must be text, not float 1.5", MEND),
    ({"intent": ["required"]}, "intent", "must be text, not a list", MEND),
    ({"intent": {"a": 1}}, "intent", "must be text, not an object", MEND),
    ({"target": 5}, "target", f"must be text, not int 5; one of {KINDS}", MEND),
    ({"intent": uuid.UUID(APP)}, "intent", "must be text, not UUID", MEND),
    ({"settings": [QUIET]}, "settings", "must be text or a mapping, not a list", MEND),
    ({"settings": {"a": math.inf}}, "settings", "is no JSON: Out of range float values are not JSON compliant", MEND),
    ({"intent": "\ud800"}, "intent", "is not valid Unicode: it has a lone surrogate", MEND),
    ({" intent": "required"}, "intent", "is there twice", "blanks around the name of a column do not count"),
    ({None: ["x"]}, "", "has more cells than the header has columns", QUOTES),  # type: ignore[dict-item]
]  # fmt: skip


@pytest.mark.parametrize(("cells", "column", "message", "hint"), FAULTS)
def test_a_fault_says_what_and_where_and_what_to_do(
    cells: dict[str, object], column: str, message: str, hint: str
) -> None:
    where = f"row 2, column {column}" if column else "row 2"
    told, location, advice = said([{**ADD, "app_id": OTHER}, {**ADD, **cells}])
    assert told.startswith(f"{where}: {message}")
    assert (location, advice) == (where, hint)


@pytest.mark.parametrize(
    "name", ["app_id", "action", "target_id", "filter_id", "filter_type", "other", "outcome", "error"]
)
def test_a_row_with_graphs_target_is_no_assignment_of_graphs(name: str) -> None:
    """It would be one of the app that is passed, and replace what that has."""
    own: dict[str, object] = {**ADD, "outcome": "applied"}
    cells = {"intent": "required", "target": to_group(1).target.to_dict()}
    for row in ({**cells, name: own.get(name)}, {**cells, name.title(): own.get(name)}):
        for given in ([row], row, {"value": [row]}):
            message, location, _ = said(given, app_id=OTHER)
            assert f"row 1, column target: must be text, not an object; one of {KINDS}" in message.splitlines()
            assert (location or "").startswith("row 1, column ")


def test_a_row_with_a_list_is_no_page_of_graphs() -> None:
    row = {"app_id": APP, "action": "replace", "value": []}
    assert said(row, app_id=OTHER) == ("row 1, column value: is no column", "row 1, column value", COLUMN_HINT)


COLUMN_HINT = f"the columns are {', '.join(COLUMNS)}; one of your own begins with #"


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("filter_ID", "is no column; it is spelled filter_id", COLUMN_HINT),
        ("filter-id", "is no column; did you mean filter_id?", COLUMN_HINT),
        ("Filter Type", "is no column; did you mean filter_type?", COLUMN_HINT),
        ("displayName", "is no column", COLUMN_HINT),
        ("x" * 100, "is no column", COLUMN_HINT),
        (5, "is no column: a name is a str, not int", COLUMN_HINT),
        ("Unnamed: 0", "is no column; it looks like the index of a pandas DataFrame", "write it without: index=False"),
        ("Index", "is no column; it looks like the index of a pandas DataFrame", "write it without: index=False"),
        ("", "is no column; it looks like the index of a pandas DataFrame", "write it without: index=False"),
    ],
)
def test_a_column_that_is_none_is_told_once(name: object, message: str, hint: str) -> None:
    where = f"row 1, column {name if len(str(name)) < 65 else 'x' * 64 + '…'}" if name else "row 1"
    assert said([{**ADD, name: "x"}, {**ADD, name: None, "target_id": group(2)}]) == (
        f"{where}: {message}",
        where,
        hint,
    )


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_a_file_that_was_opened_with_another_encoding_is_told_of(
    tmp_path: pathlib.Path, encoding: str, quoting: Any
) -> None:
    for delimiter in (",", ";", "\t", "|"):
        path = tmp_path / "rows.csv"
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            table = csv.DictWriter(file, ADD, delimiter=delimiter, quoting=quoting)
            table.writeheader()
            table.writerows([ADD, {**ADD, "target_id": group(2)}])
        with path.open(encoding=encoding, newline="") as file:
            assert said(csv.DictReader(file, delimiter=delimiter)) == (
                "row 1, column app_id: has the mark of the file's encoding before it",
                "row 1, column app_id",
                'pass encoding="utf-8-sig" to open(), or pass the path of the file',
            )


@pytest.mark.parametrize(("delimiter", "shown"), [(";", ";"), ("\t", "\\t"), ("|", "|")])
def test_a_header_that_was_not_cut_is_told_of(delimiter: str, shown: str) -> None:
    settings = '{"a": 1, "b": 2}'
    lines = [delimiter.join([*ADD, "settings"]), *[delimiter.join([*ADD.values(), settings])] * 2]
    message, location, hint = said(csv.DictReader(lines))
    assert message == f"{location}: is a whole header, which was not cut into names"
    assert (location or "").startswith("row 1, column app_id")
    assert hint == f'pass delimiter="{shown}" to what reads the file, or pass the path of the file'
    both = said(csv.DictReader([f"\ufeff{lines[0]}", *lines[1:]]))[2]
    assert (both or "").startswith(
        f'pass encoding="utf-8-sig" to open() and delimiter="{shown}" to what reads the file'
    )


def test_all_faults_are_named_at_once_in_the_order_of_rows_and_columns() -> None:
    rows = [
        {**ADD, "target_id": "Sales", "intent": "req", "filter_type": "include"},
        ADD,
        {**ADD, "target_id": group(2), "settings": 7},
        {**ADD, "app_id": "no app"},
    ]
    error = refused(rows)
    lines = error.args[0].splitlines()
    assert lines[0] == "5 faults"
    assert [line.split(": ")[0] for line in lines[1:]] == [
        "row 1, column intent",
        "row 1, column target_id",
        "row 1, column filter_id",
        "row 3, column settings",
        "row 4, column app_id",
    ]
    assert (error.location, error.hint) == ("row 1, column intent", MEND)
    assert str(error) == f"{error.args[0]}\nhint: {MEND}"


def test_an_app_that_is_none_is_told_of_with_all_else_that_is_wrong() -> None:
    rows = [
        {**ADD, "app_id": "no app", "intent": "requird"},
        {**ADD, "app_id": "no app"},
        {**ADD, "app_id": "no app"},
        {"app_id": "a/b", "action": "ad"},
    ]
    assert [line.partition(": ")[0] for line in said(rows)[0].splitlines()[1:]] == [
        "row 1, column app_id",
        "row 1, column intent",
        "row 3",
        "row 4, column app_id",
        "row 4, column action",
        "row 4, column target",
    ]


def test_of_many_faults_twenty_are_shown_and_the_rest_counted() -> None:
    lines = said([{**ADD, "target_id": f"Group {number}"} for number in range(1000)])[0].splitlines()
    assert len(lines) == 22
    assert lines[0] == "1000 faults"
    assert lines[20].startswith("row 20, column target_id: 'Group 19' looks like a name")
    assert lines[21] == "… and 980 more"


def test_two_entries_with_one_key_name_their_rows() -> None:
    third = {**ADD, "filter_id": FILTER, "filter_type": "include"}
    rows = [{**ADD, "app_id": OTHER}, ADD, {**ADD, "target_id": group(2)}, third, {**ADD, "target_id": group(2)}]
    message, location, hint = said(rows)
    assert message == (
        "2 faults\n"
        f"row 4: has target and intent of row 2: required group {group(1)}, filter include {FILTER}\n"
        f"row 5: has target and intent of row 3: required group {group(2)}"
    )
    assert location == "row 4"
    assert hint == "an app holds one assignment for each target and intent; leave one of the two out"


def test_an_app_of_too_many_entries_is_told_of_once() -> None:
    """With that, no app has so many faults that to look for them all takes long."""
    for action in ("add", "remove", "replace"):
        rows = [{**ADD, "app_id": OTHER}, *[{**ADD, "action": action}] * 1001]
        assert said(rows) == ("row 2: this app has more than 1000 entries", "row 2", MEND)
    assert said([ADD] * 1000)[0].startswith("999 faults\nrow 2: has target and intent of row 1")


def test_replacement_goes_alone() -> None:
    replaced = {**ADD, "action": "replace", "target_id": group(2)}
    alone = "the replace rows of an app are all that it is to have: it has no others beside them"
    assert said([ADD, replaced]) == (
        "row 2, column action: 'replace', and row 1, of the same app, has 'add'",
        "row 2, column action",
        alone,
    )
    removed = {**ADD, "action": "remove"}
    message, location, hint = said([replaced, {**ADD, "app_id": OTHER}, removed, ADD])
    assert message.splitlines()[1:] == [
        "row 3, column action: 'remove', and row 1, of the same app, has 'replace'",
        "row 4, column action: 'add', and row 1, of the same app, has 'replace'",
    ]
    assert (location, hint) == ("row 3, column action", alone)


def test_rows_that_do_not_go_together_are_told_of_whatever_else_is_wrong_with_them() -> None:
    wrong = {**ADD, "intent": "requird"}
    message = said([wrong, {**ADD, "action": "replace", "filter_ID": "x"}, {"app_id": APP, "action": "replace"}])[0]
    assert [line.partition(": ")[0] for line in message.splitlines()[1:]] == [
        "row 1, column intent",
        "row 2, column action",
        "row 2, column filter_ID",
        "row 3, column action",
    ]


def test_a_row_that_clears_an_app_is_the_only_one_of_it() -> None:
    clear = {"app_id": APP, "action": "replace"}
    other = {**ADD, "action": "replace"}
    message = f"row 1 is about the same app, {APP}, and one of the two says all that it is to have"
    for rows in ([clear, other], [other, clear], [clear, clear]):
        assert said(rows) == (
            f"row 2, column action: {message}",
            "row 2, column action",
            "leave one of the two out",
        )


def test_an_app_that_failed_is_not_passed_over() -> None:
    row = {"app_id": APP, "action": None, "error": "Graph answered 404\nResourceNotFound" + 300 * "!"}
    assert said([row]) == (
        f"row 1, column error: this app failed: Graph answered 404 ResourceNotFound{221 * '!'}…",
        "row 1, column error",
        "mend that, or leave the row out",
    )


def test_what_is_neither_rows_nor_a_path_is_a_type_error() -> None:
    for given, message in [
        (5, "rows must be an iterable of mappings, or the path of a file, not int"),
        (b"rows.csv", "rows must be an iterable of mappings, or the path of a file, not bytes"),
        ([("a", 1)], "row 1 must be a mapping, not tuple; dict(zip(names, row)) makes one"),
        (iter(["app_id,action"]), "row 1 must be a mapping, not str; csv.DictReader(file) gives some"),
    ]:
        with pytest.raises(TypeError) as refusal:
            changes_from_rows(given)  # type: ignore[arg-type]
        assert str(refusal.value) == message
    with pytest.raises(TypeError, match=r"app_id must be a str or a uuid\.UUID, not int"):
        changes_from_rows([], app_id=5)  # type: ignore[arg-type]
    assert said({APP: {"add": []}}) == (
        "holds no rows, and is none of Graph's documents",
        None,
        'rows are a list, and so is "value" of a page',
    )


def test_what_the_iterable_raises_passes_through_with_a_note() -> None:
    def rows() -> Iterator[dict[str, str]]:
        yield ADD
        raise LookupError("no more")

    with pytest.raises(LookupError, match="no more") as raised:
        changes_from_rows(rows())
    assert raised.value.__notes__ == ["raised by the iterable instead of row 2"]


def test_only_todays_assignments_go_out() -> None:
    old = MobileAppGroupAssignment(target_group_id=group(1), install_intent="required")
    with pytest.raises(InvalidInputError) as refusal:
        assignments_to_rows(APP, [to_group(1), old])  # type: ignore[list-item]
    assert refusal.value.args[0] == (
        "assignments[1]: must be a MobileAppAssignment, not MobileAppGroupAssignment"
    )  # fmt: skip
    assert refusal.value.location == "assignments[1]"
    assert refusal.value.hint == "entry.to_mobile_app_assignment() gives today's form of it"
    with pytest.raises(TypeError, match=r"assignments\[0\] must be a MobileAppAssignment, not str"):
        assignments_to_rows(APP, "abc")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="must be an iterable of MobileAppAssignment, not MobileAppAssignment; a list"):
        assignments_to_rows(APP, to_group(1))  # type: ignore[arg-type]
    with pytest.raises(InvalidInputError) as refusal:
        assignments_to_rows("Company Portal", [])
    assert refusal.value.location == "app_id"


def test_a_reader_of_csv_files_gives_rows(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(f"{','.join(ADD)}\n{','.join(ADD.values())}\n{APP},add,required,all_devices\n", encoding="utf-8")
    everywhere = MobileAppAssignment(target=AllDevicesAssignmentTarget(), intent="required")
    with path.open(encoding="utf-8", newline="") as file:
        assert changes_from_rows(csv.DictReader(file)) == [Change(APP, add=[to_group(1), everywhere])]
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{APP},add,required,group,{group(3)},more{os.linesep}")
    with path.open(encoding="utf-8", newline="") as file:
        assert said(csv.DictReader(file))[:2] == ("row 3: has more cells than the header has columns", "row 3")
