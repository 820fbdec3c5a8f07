"""Files of rows: CSV as people and Excel write it, JSON, and what is said of those that cannot be read."""

import codecs
import contextlib
import csv
import json
import os
import pathlib
import pickle
import subprocess
import sys
import tempfile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appassign import Change, InvalidInputError
from appassign._tables.csv_text import any_length
from appassign.tables import assignments_to_rows, changes_from_rows
from documents import json_values, near_todays
from planned import FILTER, QUIET, group, to_group
from test_tables import ADD, APP, COLUMN_HINT, COLUMNS, MEND, OTHER, QUOTES, said

BOTH = [Change(APP, add=[to_group(1, settings=QUIET)]), Change(OTHER, replace=[to_group(2)])]
QUOTED = json.dumps(QUIET).replace('"', '""')
TEXT = f"""app_id,action,intent,target,target_id,settings,# note
{APP},add,required,group,{group(1)},"{QUOTED}","first
wave"
{OTHER},replace,required,group,{group(2)},,
"""


def written(folder: pathlib.Path, data: str | bytes, name: str = "rollout.csv") -> pathlib.Path:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def complaint(path: pathlib.Path, **options: Any) -> tuple[str, str | None, str | None]:
    """What is said of a file, less the name of it at the front."""
    message, location, hint = said(path, **options)
    assert message.startswith(f"{path}: ")
    return message.removeprefix(f"{path}: "), location, hint


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_a_csv_file_is_read_however_excel_has_saved_it(
    tmp_path: pathlib.Path, encoding: str, delimiter: str, line_end: str
) -> None:
    rows = TEXT.replace('"first\nwave"', "é").replace(",", delimiter).replace(QUOTED.replace(",", delimiter), QUOTED)
    path = written(tmp_path, rows.replace("\n", line_end).encode(encoding))
    assert changes_from_rows(path) == BOTH


def test_the_other_utf_16_is_read_by_its_mark(tmp_path: pathlib.Path) -> None:
    assert changes_from_rows(written(tmp_path, codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"))) == BOTH


def test_a_path_is_a_str_or_like_one_and_endings_are_of_any_case(tmp_path: pathlib.Path) -> None:
    path = written(tmp_path, TEXT, "Rollout.CSV")
    assert changes_from_rows(os.fspath(path)) == changes_from_rows(path) == BOTH
    rows = [{**ADD, "settings": QUIET}, {**ADD, "app_id": OTHER, "action": "replace", "target_id": group(2)}]
    path = written(tmp_path, json.dumps(rows), "Rollout.Json")
    assert changes_from_rows(os.fspath(path)) == changes_from_rows(path) == BOTH


def test_blank_lines_and_columns_without_a_name_are_no_matter(tmp_path: pathlib.Path) -> None:
    text = f"\n\n{','.join(ADD)},filter_id,,\n\n,,,,,,,\n{','.join(ADD.values())},\n\n  ,\n"
    assert changes_from_rows(written(tmp_path, text)) == [Change(APP, add=[to_group(1)])]
    assert changes_from_rows(written(tmp_path, f"{','.join(COLUMNS)}\n")) == []


def test_rows_of_a_file_may_name_no_app(tmp_path: pathlib.Path) -> None:
    path = written(tmp_path, f"action,intent,target\n{'add,required,all_users'}\n")
    [change] = changes_from_rows(path, app_id=APP)
    assert (change.app_id, len(change.add)) == (APP, 1)
    fill = "fill it, or pass app_id= for the rows that name no app"
    assert complaint(path) == ("row 1 (line 2), column app_id: is missing", "row 1, column app_id", fill)


def test_faults_of_a_csv_file_name_the_line_too(tmp_path: pathlib.Path) -> None:
    wrong = TEXT + f"\n{APP},add,requird,group,Sales,,\n{APP},ad,required,group,{group(3)},,\n"
    message, location, hint = complaint(written(tmp_path, wrong))
    lines = message.splitlines()
    assert lines[0] == "3 faults"
    assert [line.split(": ")[0] for line in lines[1:]] == [
        "row 3 (line 6), column intent",
        "row 3 (line 6), column target_id",
        "row 4 (line 7), column action",
    ]
    assert (location, hint) == ("row 3, column intent", MEND)


def test_a_header_that_names_a_column_twice_or_none_is_refused(tmp_path: pathlib.Path) -> None:
    path = written(
        tmp_path, f"app_id,action,intent,target,filter_ID,action,# a,# a\n{APP},add,required,all_users,x,add,,\n"
    )
    assert complaint(path) == (
        (
            "2 faults\n"
            "header (line 1), column action: is there twice\n"
            "header (line 1), column filter_ID: is no column; it is spelled filter_id"
        ),
        "header, column action",
        MEND,
    )
    path = written(tmp_path, f"app_id,action,intent,target,filter_ID\n{APP},add,required,all_users,\n")
    message = "header (line 1), column filter_ID: is no column; it is spelled filter_id"
    assert complaint(path) == (message, "header, column filter_ID", COLUMN_HINT)


@pytest.mark.parametrize("text", [f"{APP},add,required,all_users\n", "Group,Purpose\n", "[]"])
def test_a_file_without_a_header_is_refused(tmp_path: pathlib.Path, text: str) -> None:
    message, location, hint = complaint(written(tmp_path, text))
    assert message == "has no header: its first line names none of the columns"
    assert location is None
    assert hint == "begin with a line that names the columns, such as app_id,action,intent,target,target_id"


@pytest.mark.parametrize("data", [b"", b"\n\r\n", codecs.BOM_UTF8, codecs.BOM_UTF16_LE])
def test_an_empty_csv_file_is_refused(tmp_path: pathlib.Path, data: bytes) -> None:
    assert complaint(written(tmp_path, data))[0] == "is empty"


def test_a_cell_beyond_the_columns_is_refused(tmp_path: pathlib.Path) -> None:
    head = "app_id,action,intent,target,,settings"
    for row in (f'{APP},add,required,all_users,,{{"a": 1, "b": 2}}', f"{APP},add,required,all_users,x,"):
        message, location, hint = complaint(written(tmp_path, f"{head}\n{row}\n"))
        first = message.splitlines()[-2 if "faults" in message else 0]
        assert first == "row 1 (line 2): has a filled cell where the header names no column"
        assert (location, hint) == ("row 1", QUOTES)


WHOLE_ROWS = "write or fetch the file again; if the row is whole, end it with a new line"


@pytest.mark.parametrize("cells", range(1, 8))
def test_a_row_that_was_torn_is_refused_between_any_two_cells(tmp_path: pathlib.Path, cells: int) -> None:
    """What is there says something else without the rest: a filter would be gone unseen."""
    row = f"{APP},add,required,group,{group(1)},{FILTER},include,"
    head = "app_id,action,intent,target,target_id,filter_id,filter_type,# note,,"
    path = written(tmp_path, f"{head}\n{row}\n{','.join(row.split(',')[:cells])}")
    count = "1 cell" if cells == 1 else f"{cells} cells"
    message = f"row 2 (line 3): has {count} where the header has 8 columns, and no line end: the file was torn here"
    assert complaint(path) == (message, "row 2", WHOLE_ROWS)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_blank_cells_at_the_ends_of_rows_may_be_left_out(tmp_path: pathlib.Path, end: str) -> None:
    """Excel does so, where a column is blank in many rows."""
    lines = [
        "app_id,action,intent,target,target_id,filter_id,filter_type,settings,other",
        f"{APP},add,required,group,{group(1)}",
        f"{APP},remove,,all_users",
        f"{OTHER},replace",
        "",
    ]
    changes = changes_from_rows(written(tmp_path, end.join(lines)))
    assert [(change.app_id, len(change.add), len(change.remove)) for change in changes] == [(APP, 1, 1), (OTHER, 0, 0)]
    assert changes[1].replace == ()


def test_what_else_is_wrong_with_a_torn_row_is_told_too(tmp_path: pathlib.Path) -> None:
    path = written(tmp_path, f"app_id,intent,action,target,target_id\n{APP},requird,add,group")
    lines = complaint(path)[0].splitlines()
    assert [line.partition(";")[0] for line in lines] == [
        "2 faults",
        "row 1 (line 2): has 4 cells where the header has 5 columns, and no line end: the file was torn here",
        'row 1 (line 2), column intent: "requird" is no install intent',
    ]


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ('"a"b', "cannot be read: ',' expected after '\"'"),
        ('"a', "cannot be read: unexpected end of data"),
    ],
)
def test_quotes_that_do_not_match_are_refused(tmp_path: pathlib.Path, cell: str, message: str) -> None:
    path = written(tmp_path, f"{TEXT}{APP},add,required,group,{group(3)},{cell},\n{OTHER},add\n")
    assert complaint(path) == (f"row 3 (line 5): {message}", "row 3", QUOTES)


def test_a_header_that_cannot_be_read_is_no_row(tmp_path: pathlib.Path) -> None:
    path = written(tmp_path, f'\n"app_id"s,action,intent,target\n{APP},add,required,all_users\n')
    assert complaint(path) == ("header (line 2): cannot be read: ',' expected after '\"'", "header", QUOTES)


def test_names_of_columns_in_other_letters_are_told_of_and_nothing_else(tmp_path: pathlib.Path) -> None:
    head = "App_Id,ACTION,Intent,target,Target_ID"
    path = written(tmp_path, f"{head}\n{APP},add,required,group,{group(1)}\n{APP},add,required,group,{group(2)}\n")
    assert complaint(path)[0].splitlines() == [
        "4 faults",
        "header (line 1), column App_Id: is no column; it is spelled app_id",
        "header (line 1), column ACTION: is no column; it is spelled action",
        "header (line 1), column Intent: is no column; it is spelled intent",
        "header (line 1), column Target_ID: is no column; it is spelled target_id",
    ]


@pytest.mark.parametrize("first", ["sep=|", '"sep=|"', "SEP=|;;;"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_the_line_that_tells_excel_the_delimiter_is_understood(
    tmp_path: pathlib.Path, first: str, line_end: str
) -> None:
    head = f"{first}\napp_id|action|intent|target|target_id\n{APP}|add|required|group|"
    text = f"{head}{group(1)}\n".replace("\n", line_end)
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        path = written(tmp_path, text.encode(encoding))
        assert changes_from_rows(path) == [Change(APP, add=[to_group(1)])]
    wrong = written(tmp_path, f"{head}Sales\n".replace("\n", line_end))
    assert complaint(wrong)[0].startswith("row 1 (line 3), column target_id: 'Sales' looks like a name")
    assert complaint(written(tmp_path, first))[0] == "is empty"


LONG = {**QUIET, "ofTomorrow": '=;,"\n' * 100_000}


def test_cells_of_any_length_are_read_and_the_limit_of_csv_stays(tmp_path: pathlib.Path) -> None:
    """What was exported is read again, and nobody else's csv is another one afterwards."""
    rows = assignments_to_rows(APP, [to_group(1, settings=LONG)])
    path = tmp_path / "rows.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, rows[0])
        table.writeheader()
        table.writerows(rows)
    before = csv.field_size_limit(1000)
    try:
        assert changes_from_rows(path) == [Change(APP, replace=[to_group(1, settings=LONG)])]
        assert csv.field_size_limit() == 1000
        complaint(written(tmp_path, "app_id,action\nx,y\n", "wrong.csv"))
        assert csv.field_size_limit() == 1000
        with path.open(encoding="utf-8", newline="") as file, pytest.raises(csv.Error) as raised:
            changes_from_rows(csv.DictReader(file))
        assert raised.value.__notes__ == [
            "raised by the iterable instead of row 1",
            "csv.field_size_limit(2**31 - 1) lifts that; the path of a file in place of rows needs no such call",
        ]
    finally:
        csv.field_size_limit(before)


def test_the_last_of_several_readers_puts_the_limit_of_csv_back() -> None:
    before = csv.field_size_limit(1000)
    try:
        first, second = any_length(), any_length()
        with contextlib.ExitStack() as last:
            with first:
                last.enter_context(second)
            assert csv.field_size_limit() > 10**9
        assert csv.field_size_limit() == 1000
        with any_length():
            csv.field_size_limit(2000)
            with any_length():
                assert csv.field_size_limit() > 10**9
        assert csv.field_size_limit() == 2000
        with any_length():
            csv.field_size_limit(3000)
        assert csv.field_size_limit() == 3000
    finally:
        csv.field_size_limit(before)


@pytest.mark.parametrize(
    ("encoding", "called"),
    [
        ("utf-32", "UTF-32"),
        ("utf-32-le", "UTF-32 without its mark"),
        ("utf-32-be", "UTF-32 without its mark"),
        ("utf-16-le", "UTF-16 without its mark"),
        ("utf-16-be", "UTF-16 without its mark"),
    ],
)
def test_other_encodings_are_called_by_their_names(tmp_path: pathlib.Path, encoding: str, called: str) -> None:
    hint = "save it as UTF-8; Excel calls that CSV UTF-8"
    for text, name in ((TEXT, "rollout.csv"), ("[]", "rollout.json")):
        assert complaint(written(tmp_path, text.encode(encoding), name)) == (f"is {called}", None, hint)
    big = codecs.BOM_UTF32_BE + TEXT.encode("utf-32-be")
    assert complaint(written(tmp_path, big))[0] == "is UTF-32"


def test_what_is_no_text_is_refused(tmp_path: pathlib.Path) -> None:
    hint = "save it as UTF-8; Excel calls that CSV UTF-8"
    latin = TEXT.replace("wave", "Welle für alle").encode("latin-1")
    assert complaint(written(tmp_path, latin)) == ("line 3: is no UTF-8", "line 3", hint)
    half = TEXT.encode("utf-16")[:-1]
    assert complaint(written(tmp_path, half))[0].endswith("is no UTF-16")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("rows.xlsx", "ends in '.xlsx'; a file of rows is a .csv or a .json"),
        ("rows", "has no ending; a file of rows is a .csv or a .json"),
        (".csv", "has no ending; a file of rows is a .csv or a .json"),
    ],
)
def test_other_files_are_refused_unread(name: str, message: str) -> None:
    told, location, hint = said(name)
    assert told == f"{name}: {message}"
    assert (location, hint) == (None, "a str is the path of a file, and not its text")


def test_a_text_that_was_passed_for_a_path_is_cut() -> None:
    text = f"app_id,action\n{APP},add\n" * 1000
    told, _, hint = said(text)
    cut = text[:256].replace("\n", " ")
    assert told == f"{cut}…: has no ending; a file of rows is a .csv or a .json"
    assert hint == "a str is the path of a file, and not its text"


def test_a_file_that_is_not_there_is_pythons_own_error(tmp_path: pathlib.Path) -> None:
    with pytest.raises(FileNotFoundError):
        changes_from_rows(tmp_path / "rows.csv")


ROWS_HINT = "rows are a list of objects; Graph's own documents are read, too"


@pytest.mark.parametrize(
    ("text", "message", "location", "hint"),
    [
        ('[{"app_id" 1}]', "line 1, column 12: is no JSON: Expecting ':' delimiter", "line 1, column 12", ROWS_HINT),
        ("", "line 1, column 1: is no JSON: Expecting value", "line 1, column 1", ROWS_HINT),
        ('[{"action": "add",\n"action": 1}]', "is no strict JSON: an object has 'action' twice", None, ROWS_HINT),
        ('[{"settings": {"a": NaN}}]', "is no strict JSON: NaN is no JSON number", None, ROWS_HINT),
        ('[{"settings": {"a": -Infinity}}]', "is no strict JSON: -Infinity is no JSON number", None, ROWS_HINT),
        ("[" * 100_000, "is no strict JSON: ", None, ROWS_HINT),
        ('"rows"', "must be a list of rows, not str", None, ROWS_HINT),
        ("[-0]", "row 1: must be an object, not int -0", "row 1", MEND),
        (f"[{'1' * 5000}]", f"row 1: must be an object, not int {'1' * 64}…", "row 1", MEND),
        ('[{"intent": {"a": 1}}]', "4 faults\nrow 1, column app_id: is missing\n", "row 1, column app_id",
         "fill it, or pass app_id= for the rows that name no app"),
        ('[{"action": "add", "intent": {"a": 1}, "target": "all_users", "app_id": "A"}]',
         "row 1, column intent: must be text, not an object", "row 1, column intent", MEND),
        ('{"error": {"code": "Forbidden", "message": "Not you\\n."}}', "is a refusal of Graph: Forbidden: Not you .",
         None, "ask again, and save the answer"),
        ('[{"error": {"code": "Forbidden"}}]', "[0]: is a refusal of Graph: Forbidden", "[0]",
         "ask again, and save the answer"),
        ('{"app_id": "A", "error": {"code": "a"}}', "3 faults\nrow 1, column action: is missing: add, remove",
         "row 1, column action", MEND),
        (f'[{{"app_id":"A","action":"add","intent":"required","target":"all_users","settings":{{"a":{"1" * 5000}}}}}]',
         "row 1, column settings: a: an integer of more than 4300 digits", "row 1, column settings", MEND),
        ('{"app_id": {"0": "A"}, "action": {"0": "add"}}', "holds columns, and not rows", None,
         'df.to_json(path, orient="records") writes rows'),
        ("[1]", "row 1: must be an object, not int 1", "row 1", MEND),
        ("[null]", "row 1: must be an object, not null", "row 1", MEND),
        ("[1.50]", "row 1: must be an object, not float 1.50", "row 1", MEND),
        ('[{"app_id": 1e999, "action": "replace"}]', "3 faults\nrow 1, column app_id: must be text, not float 1e999\n",
         "row 1, column app_id", MEND),
        ('{"apps": []}', "holds no rows, and is none of Graph's documents", None,
         'rows are a list, and so is "value" of a page'),
        ('[{"app_id": "A", "action": "add", "intent": "\\ud800", "target": "all_users"}]',
         "row 1, column intent: is not valid Unicode: it has a lone surrogate", "row 1, column intent", MEND),
    ],
)  # fmt: skip
def test_json_that_is_not_strict_or_not_rows_is_refused(
    tmp_path: pathlib.Path, text: str, message: str, location: str | None, hint: str
) -> None:
    told, where, advice = complaint(written(tmp_path, text, "rollout.json"))
    assert told.startswith(message)
    assert (where, advice) == (location, hint)


@pytest.mark.parametrize("depth", [100, 600])
def test_settings_that_are_nested_too_deeply_are_refused(tmp_path: pathlib.Path, depth: int) -> None:
    for number in ("1", "1.5"):
        text = json.dumps({**ADD, "settings": 0})[:-2] + f'{{"a": {"[" * depth}{number}{"]" * depth}}}}}'
        message, location, hint = complaint(written(tmp_path, text, "rollout.json"))
        assert message.startswith("row 1, column settings: ")
        assert "deep" in message
        assert (location, hint) == ("row 1, column settings", MEND)


SPELLED = f"1.10,0.12345678901234567890,1e400,-1E+2,-0.0,-0,12345678901234567890,{'9' * 1000}"
NUMBERS = f'[{SPELLED},[{{"a":5e-324,"b":[]}}],null,true]'


def test_numbers_of_json_rows_stay_as_they_are(tmp_path: pathlib.Path) -> None:
    settings = f'{{"@odata.type":"x","text":"1.10 \\"é\\" \\u2028","list":{NUMBERS},"none":{{}}}}'
    row = json.dumps({**ADD, "settings": 0})[:-2] + settings + "}"
    [change] = changes_from_rows(written(tmp_path, f"[{row}]", "rollout.json"))
    assert f'"list":{NUMBERS}' in change.add[0].to_json()
    assert change == changes_from_rows([{**ADD, "settings": settings}])[0]


# Texts that come near to files of rows.
words = st.sampled_from(
    [*COLUMNS, "#", "error", APP, "add", "remove", "replace", "required", "group", "all_users", group(1), "{}"]
)
csv_texts = st.lists(words | st.sampled_from([",", ";", "\t", "\n", "\r\n", '"', "'"]) | st.text(max_size=3)).map(
    "".join
)


@given(csv_texts, st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_a_csv_file_is_read_or_refused_whatever_it_holds(text: str, encoding: str) -> None:
    assert_read_or_refused("rows.csv", f"app_id,action,intent,target\n{text}".encode(encoding, "surrogatepass"))
    assert_read_or_refused("rows.csv", text.encode(encoding, "surrogatepass"))


items = st.dictionaries(
    words | st.sampled_from(["assignments", "id", "value", "@odata.context"]), words | near_todays | json_values
)


@given(st.lists(items | near_todays | json_values, max_size=3) | items | json_values)
def test_a_json_file_is_read_or_refused_whatever_it_holds(document: object) -> None:
    for given_document in (document, {"value": document}, [{"id": APP, "assignments": document}]):
        assert_read_or_refused("rows.json", json.dumps(given_document).encode())


def assert_read_or_refused(name: str, data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, name)
        path.write_bytes(data)
        try:
            changes = changes_from_rows(path, app_id=OTHER)
        except InvalidInputError as error:
            refusal = error
        else:
            assert all(isinstance(change, Change) for change in changes)
            return
    assert refusal.args[0].startswith(f"{path}: ")
    assert refusal.hint


ROOMS = {
    f"appassign._tables.{name}"
    for name in ("cells", "faults", "graph_documents", "reading", "rows", "values", "wanted")
}


def test_what_is_not_needed_is_not_imported(tmp_path: pathlib.Path) -> None:
    """Rows cost no csv and no json, and no library that they may be from."""
    script = f"""
import collections.abc, os, sys
import appassign
before = {{*sys.modules}}
from appassign.tables import assignments_to_rows, changes_from_rows
[change] = changes_from_rows([{ADD}])
assignments_to_rows(change.app_id, change.add)
print(*sorted({{*sys.modules}} - before))
changes_from_rows({os.fspath(written(tmp_path, TEXT))!r})
print({{"csv", "json", "pandas", "polars", "pyarrow", "duckdb", "typing"}} & ({{*sys.modules}} - before))
"""
    done = subprocess.run([sys.executable, "-S", "-c", script], capture_output=True, text=True, check=False, timeout=60,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))})  # fmt: skip
    assert done.stderr == ""
    rows, file = done.stdout.splitlines()
    assert set(rows.split()) - {"__future__", "atexit"} == {
        "appassign._core",
        "appassign.tables",
        "appassign._tables",
        *ROOMS,
    }
    assert file == "{'csv'}"


def test_a_refusal_is_a_value_error_that_pickles(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ValueError, match="is empty") as refusal:
        changes_from_rows(written(tmp_path, b""))
    again = pickle.loads(pickle.dumps(refusal.value))
    assert isinstance(again, InvalidInputError)
    assert (str(again), again.hint) == (str(refusal.value), refusal.value.hint)
