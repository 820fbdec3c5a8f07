"""Rows lose nothing on their way through files and through the libraries that people keep tables in."""

import csv
import io
import json
import pathlib
from collections.abc import Callable
from typing import Any, TypeAlias

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appassign import (
    AllDevicesAssignmentTarget,
    AllLicensedUsersAssignmentTarget,
    Change,
    Client,
    ConfigurationManagerCollectionAssignmentTarget,
    ExclusionGroupAssignmentTarget,
    MobileAppAssignment,
)
from appassign.emulator import Emulator
from appassign.tables import assignments_to_rows, changes_from_rows
from documents import todays
from planned import FILTER, LOUD, QUIET, filtered, group, many, to_group, wire
from test_merge_laws import apps, lawful
from test_tables import APP, COLUMNS, OTHER

Rows: TypeAlias = list[dict[str, str | None]]
NESTED = {
    "@odata.type": "#microsoft.graph.win32LobAppAssignmentSettings",
    "installTimeSettings": {"useLocalTime": True, "deadlineDateTime": "2026-12-01T08:00:00Z"},
    "restartSettings": None,
    "ofTomorrow": [1, 1.5, -0.0, 1e300, 12345678901234567890, {"deep": [[], {}, "a\r\nb", '"q"', "=1+1", "ü\u2028"]}],
}  # fmt: skip
UNKNOWN_TARGET = {"@odata.type": "#microsoft.graph.lunarGroupTarget", "crater": "=Tycho", **filtered()}
HELD = [
    to_group(1),
    to_group(2, settings=NESTED, filter_id=FILTER, filter_type="include"),
    MobileAppAssignment(target=ExclusionGroupAssignmentTarget(group(3)), intent="uninstall"),
    MobileAppAssignment(target=AllLicensedUsersAssignmentTarget(), intent="availableWithoutEnrollment"),
    MobileAppAssignment(target=AllDevicesAssignmentTarget(filter_id=FILTER, filter_type="exclude"), intent="required"),
    MobileAppAssignment(target=ConfigurationManagerCollectionAssignmentTarget("SMS00001"), intent="required"),
    MobileAppAssignment(target=ConfigurationManagerCollectionAssignmentTarget('=cmd|"a\n;b"'), intent="required"),
    MobileAppAssignment(target=ConfigurationManagerCollectionAssignmentTarget(" 001 "), intent="required"),
    MobileAppAssignment(target=ConfigurationManagerCollectionAssignmentTarget("NaN"), intent="required"),
    *map(
        MobileAppAssignment.from_dict,
        [
            {"@odata.type": "#microsoft.graph.mobileAppAssignment", "id": f"{group(4)}_1_0", "source": "direct",
             "sourceId": "", "@odata.etag": 'W/"1"', "ofTomorrow": {"target": None, "n": 1.50}, **wire(4, settings={})},
            {"id": "", **wire(5, "requiredSoon", colour="+red", crater=True)},
            {"id": "lunar", "intent": "  ", "target": UNKNOWN_TARGET},
            {"id": "half", **wire(6, deviceAndAppManagementAssignmentFilterType="eclipse")},
            {"intent": "required", "target": {"@odata.type": "other", "other": {"other": "x"}}, "settings": None},
        ],
    ),
]  # fmt: skip
LOUDER = to_group(1, settings=LOUD, filter_id=FILTER, filter_type="exclude")
CHANGES = [Change(APP, replace=HELD), Change(OTHER, replace=[])]
ROWS = [*assignments_to_rows(APP, HELD), *assignments_to_rows(OTHER, [])]


def csv_text(rows: Rows, **options: Any) -> str:
    file = io.StringIO(newline="")
    table = csv.DictWriter(file, COLUMNS, **options)
    table.writeheader()
    table.writerows(rows)
    return file.getvalue()


def by_csv(rows: Rows, folder: pathlib.Path, encoding: str = "utf-8", **options: Any) -> object:
    path = folder / "rows.csv"
    path.write_bytes(csv_text(rows, **options).encode(encoding))
    return path


def by_json(rows: Rows, folder: pathlib.Path) -> object:
    path = folder / "rows.json"
    path.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    return path


def nested(row: dict[str, str | None]) -> dict[str, Any]:
    """As a person writes JSON: settings that are no text."""
    return {name: json.loads(cell) if name in {"settings", "other"} and cell else cell for name, cell in row.items()}


def by_pandas_csv(rows: Rows, folder: pathlib.Path) -> pathlib.Path:
    path = folder / "rows.csv"
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


def by_polars_csv(rows: Rows, folder: pathlib.Path) -> pathlib.Path:
    path = folder / "rows.csv"
    pl.DataFrame(rows).write_csv(path)
    return path


def by_parquet(rows: Rows, folder: pathlib.Path) -> object:
    path = folder / "rows.parquet"
    pl.DataFrame(rows).write_parquet(path)
    return pl.read_parquet(path).to_dicts()


def by_duckdb(rows: Rows, folder: pathlib.Path) -> object:
    path, columns = by_json(rows, folder), dict.fromkeys(COLUMNS, "VARCHAR")
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE rows AS FROM read_json('{path}', columns={columns})")
        relation = connection.table("rows")
        return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]


WAYS: dict[str, Callable[[Rows, pathlib.Path], Any]] = {
    "rows": lambda rows, _: rows,
    "csv": by_csv,
    "csv as Excel writes it in Europe": lambda rows, folder: by_csv(rows, folder, "utf-8-sig", delimiter=";"),
    "csv with tabs": lambda rows, folder: by_csv(rows, folder, "utf-16", delimiter="\t"),
    "csv quoted": lambda rows, folder: by_csv(rows, folder, quoting=csv.QUOTE_ALL),
    "csv.DictReader": lambda rows, _: csv.DictReader(io.StringIO(csv_text(rows), newline="")),
    "json": by_json,
    "json nested": lambda rows, folder: by_json([nested(row) for row in rows], folder),
    "polars": lambda rows, _: pl.DataFrame(rows).to_dicts(),
    "polars iter_rows": lambda rows, _: pl.DataFrame(rows).iter_rows(named=True),
    "polars csv": by_polars_csv,
    "polars read_csv": lambda rows, folder: pl.read_csv(by_polars_csv(rows, folder)).to_dicts(),
    "polars read_csv as text": lambda rows, folder: pl.read_csv(
        by_polars_csv(rows, folder), infer_schema=False).to_dicts(),
    "polars parquet": by_parquet,
    "pandas": lambda rows, _: pd.DataFrame(rows).to_dict("records"),
    "pandas object": lambda rows, _: pd.DataFrame(rows, dtype=object).to_dict("records"),
    "pandas string": lambda rows, _: pd.DataFrame(rows, dtype="string").to_dict("records"),
    "pandas pyarrow": lambda rows, _: pd.DataFrame(rows, dtype=pd.ArrowDtype(pa.string())).to_dict("records"),
    "pandas categories": lambda rows, _: pd.DataFrame(rows).astype("category").to_dict("records"),
    "pandas csv": by_pandas_csv,
    "pandas read_csv": lambda rows, folder: pd.read_csv(
        by_pandas_csv(rows, folder), keep_default_na=False, na_values=[""]).to_dict("records"),
    "pandas read_csv as text": lambda rows, folder: pd.read_csv(
        by_pandas_csv(rows, folder), dtype=str, keep_default_na=False).to_dict("records"),
    "pandas read_csv with pyarrow": lambda rows, folder: pd.read_csv(
        by_pandas_csv(rows, folder), dtype_backend="pyarrow", keep_default_na=False, na_values=[""]).to_dict("records"),
    "pyarrow": lambda rows, _: pa.Table.from_pylist(rows).to_pylist(),
    "duckdb": by_duckdb,
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_lost_on_the_way(way: str, tmp_path: pathlib.Path) -> None:
    [change, cleared] = changes_from_rows(WAYS[way](ROWS, tmp_path))
    assert change.replace == tuple(HELD)
    assert [change, cleared] == CHANGES


def test_a_file_read_without_a_thought_says_the_same(tmp_path: pathlib.Path) -> None:
    """As pandas reads it by default, a text such as NaN is a blank cell; nothing else is lost."""
    usual = [entry for entry in HELD if getattr(entry.target, "collection_id", None) != "NaN"]
    path = by_pandas_csv(assignments_to_rows(APP, usual), tmp_path)
    assert changes_from_rows(pd.read_csv(path).to_dict("records")) == [Change(APP, replace=usual)]
    relation = duckdb.sql(f"FROM read_csv('{path}')")
    rows = [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]
    assert changes_from_rows(rows) == [Change(APP, replace=usual)]


@pytest.mark.parametrize("way", WAYS)
def test_reports_come_back_as_what_they_tell(way: str, tmp_path: pathlib.Path) -> None:
    with Emulator() as graph:
        ids = [
            graph.add_app(assignments=[wire(1, settings=QUIET), wire(2)]),
            graph.add_app(assignments=[wire(1)]),
            graph.add_app(),
        ]
        changes = [
            Change(ids[0], add=[LOUDER, to_group(3, "available")], remove=[to_group(1), to_group(2)]),
            Change(ids[1]),
            Change(ids[2], add=[to_group(2)]),
        ]
        with Client(graph.token, base_url=graph.url) as client:
            planned = client.plan_many(changes)
            read = changes_from_rows(WAYS[way](cells(planned.to_dicts()), tmp_path))
            assert read[1:] == changes[1:]
            assert [entry.target for entry in read[0].remove] == [to_group(2).target, to_group(1).target]
            assert {entry.target for entry in read[0].add} == {LOUDER.target, to_group(3).target}
            again = client.plan_many(read)
            assert again.plans == planned.plans
            assert changes_from_rows(row for plan in again.plans for row in plan.to_dicts()) == read
            applied = client.apply_many(again)
            applied.raise_for_errors()
            assert changes_from_rows(applied.to_dicts()) == read
            assert not any(client.plan_many(read).plans)


def cells(rows: Rows) -> Rows:
    """The rows of a report, in the columns that all ways have."""
    assert all(row["error"] is None for row in rows)
    return [{name: row[name] for name in COLUMNS} for row in rows]


@pytest.mark.parametrize(
    ("frame", "call"),
    [
        (pd.DataFrame(ROWS), 'DataFrame; pass df.to_dict("records")'),
        (pl.DataFrame(ROWS), "DataFrame; pass df.to_dicts()"),
        (pl.LazyFrame(ROWS), "LazyFrame; pass lf.collect().to_dicts()"),
        (pa.Table.from_pylist(ROWS), "Table; pass table.to_pylist()"),
        (pa.RecordBatch.from_pylist(ROWS), "RecordBatch; pass batch.to_pylist()"),
        (pa.Table.from_pylist(ROWS).to_reader(), "RecordBatchReader; pass reader.read_all().to_pylist()"),
        (duckdb.sql("SELECT 1"),
         "DuckDBPyRelation; pass [dict(zip(relation.columns, row)) for row in relation.fetchall()]"),
    ],
)  # fmt: skip
def test_a_frame_itself_is_refused_with_the_call_that_gives_its_rows(frame: Any, call: str) -> None:
    with pytest.raises(TypeError) as refusal:
        changes_from_rows(frame)
    assert str(refusal.value) == f"rows must be an iterable of mappings, not {call}"


@pytest.mark.parametrize(
    "columns",
    [
        pd.DataFrame(ROWS).to_dict(),
        pd.DataFrame(ROWS).to_dict("list"),
        pd.DataFrame(ROWS).to_dict("series"),
        pl.DataFrame(ROWS).to_dict(),
        pl.DataFrame(ROWS).to_dict(as_series=False),
        pa.Table.from_pylist(ROWS).to_pydict(),
    ],
)
def test_a_table_by_columns_is_refused_with_the_calls_that_give_rows(columns: Any) -> None:
    with pytest.raises(TypeError) as refusal:
        changes_from_rows(columns)
    assert str(refusal.value) == (
        "rows must be an iterable of mappings, not a mapping of columns; "
        'pass df.to_dict("records") of pandas, df.to_dicts() of polars, or table.to_pylist() of pyarrow'
    )


def test_rows_that_are_tuples_with_names_are_refused_with_the_call_that_gives_rows() -> None:
    frame = pd.DataFrame(ROWS)
    with pytest.raises(TypeError) as refusal:
        changes_from_rows(frame.itertuples())  # type: ignore[arg-type]
    assert str(refusal.value) == (
        'row 1 must be a mapping, not Pandas; df.to_dict("records") gives some, and row._asdict() makes one'
    )
    assert changes_from_rows(row._asdict() for row in frame.itertuples(index=False)) == CHANGES


def test_a_report_itself_is_refused_with_the_call_that_gives_its_rows() -> None:
    with Emulator() as graph, Client(graph.token, base_url=graph.url) as client:
        planned = client.plan_many([])
        for report, name in ((planned, "PlanReport"), (client.apply_many(planned), "ApplyReport")):
            with pytest.raises(TypeError) as refusal:
                changes_from_rows(report)  # type: ignore[arg-type]
            assert str(refusal.value) == f"rows must be an iterable of mappings, not {name}; pass report.to_dicts()"


def test_blank_cells_of_every_library_say_nothing() -> None:
    row = {"app_id": APP, "action": "add", "intent": "required", "target": "all_devices"}
    everywhere = [Change(APP, add=[MobileAppAssignment(target=AllDevicesAssignmentTarget(), intent="required")])]
    for blank in (pd.NA, pd.NaT, float("nan"), pd.Series([None, 1.5]).iloc[0], None, ""):
        assert changes_from_rows([{**row, "filter_id": blank, "settings": blank, "outcome": blank}]) == everywhere


def test_ids_of_a_database_are_taken() -> None:
    cells = "'add' AS action, 'required' AS intent, 'group' AS target"
    relation = duckdb.sql(f"SELECT '{APP}'::UUID AS app_id, {cells}, '{group(1)}'::UUID AS target_id")
    rows = [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]
    assert changes_from_rows(rows) == [Change(APP, add=[to_group(1)])]


@given(st.lists(todays, max_size=4))
def test_rows_say_what_the_assignments_say(documents: list[dict[str, Any]]) -> None:
    """Whatever a server may send, by way of a CSV file: the same change, or the same refusal."""
    entries = [MobileAppAssignment.from_dict(document) for document in documents]
    rows = csv.DictReader(io.StringIO(csv_text(assignments_to_rows(APP, entries)), newline=""))
    try:
        expected = [Change(APP, replace=entries)]
    except ValueError:
        with pytest.raises(ValueError, match="row "):
            changes_from_rows(rows)
    else:
        assert changes_from_rows(rows) == expected


@lawful
@given(st.lists(apps, max_size=3))
def test_what_was_exported_is_a_plan_of_nothing(held: list[list[dict[str, Any]]]) -> None:
    with Emulator() as graph:
        ids = [graph._native.add_app(json.dumps({"assignments": documents})) for documents in held]
        with Client(graph.token, base_url=graph.url) as client:
            rows = [row for app in ids for row in assignments_to_rows(app, client.assignments(app))]
            changes = changes_from_rows(csv.DictReader(io.StringIO(csv_text(rows), newline="")))
            planned = client.plan_many(changes)
            planned.raise_for_errors()
            assert [plan.app_id for plan in planned.plans] == ids
            assert not any(planned.plans)
            assert [len(plan.kept) for plan in planned.plans] == [len(documents) for documents in held]


def test_an_app_of_a_hundred_assignments_is_exported_and_restored(tmp_path: pathlib.Path) -> None:
    with Emulator() as graph:
        app = graph._native.add_app(json.dumps({"assignments": many(100)}))
        held = graph.assignments(app)
        with Client(graph.token, base_url=graph.url) as client:
            path = by_csv(assignments_to_rows(app, client.assignments(app)), tmp_path)
            client.change(app, remove=client.assignments(app)[10:60])
            [change] = changes_from_rows(path)  # type: ignore[arg-type]
            client.apply_many(client.plan_many([change])).raise_for_errors()
            assert not client.plan(app, replace=change.replace)
        said = [{name: value for name, value in entry.items() if name != "id"} for entry in graph.assignments(app)]
        for entry in held:
            del entry["id"]
        assert sorted(map(json.dumps, said)) == sorted(map(json.dumps, held))
