"""What runs about many apps leave behind, as values: sequences, tables, text, and errors that are raised together."""

import gc
import json
import traceback
import weakref
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from appassign import (
    AllDevicesAssignmentTarget,
    AllLicensedUsersAssignmentTarget,
    ApplyReport,
    ApplyResult,
    Change,
    Client,
    ConfigurationManagerCollectionAssignmentTarget,
    ExclusionGroupAssignmentTarget,
    GroupAssignmentTarget,
    MobileAppAssignment,
    NotFoundError,
    PlanReport,
    PlanResult,
)
from appassign.emulator import Emulator
from bulk import additions, apps_of, planned
from planned import FILTER, LOUD, QUIET, Make, clients_of, group, to_group, wire

ABSENT = "99999999-2222-4333-8444-555555555555"
COLUMNS = ["app_id", "action", "intent", "target", "target_id", "filter_id", "filter_type", "settings", "other"]


@pytest.fixture
def graph() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def make(graph: Emulator) -> Iterator[Make]:
    with clients_of(Client, graph) as make:
        yield make


@pytest.fixture
def client(make: Make) -> Client:
    return make()


@pytest.fixture(params=[PlanReport, ApplyReport])
def report(request: pytest.FixtureRequest, graph: Emulator, client: Client) -> Any:
    plans = planned(client, graph, 5)
    return plans if request.param is PlanReport else client.apply_many(plans)


def ids(results: Any) -> list[str]:
    return [(result.change if isinstance(result, PlanResult) else result.plan).app_id for result in results]


class TestSequence:
    def test_it_is_indexed_and_sliced_as_a_list_is(self, report: Any) -> None:
        listed = list(report)
        assert (len(listed), len(report), bool(report)) == (5, 5, True)
        for index in range(-5, 5):
            assert report[index] == listed[index]
        for start in (None, *range(-7, 8)):
            for stop in (None, *range(-7, 8)):
                for step in (None, -3, -1, 1, 2, 10**30):
                    assert report[start:stop:step] == listed[start:stop:step]

    @pytest.mark.parametrize("index", [5, -6, 10**30, -(10**30)])
    def test_beyond_its_ends_there_is_nothing(self, report: Any, index: int) -> None:
        with pytest.raises(IndexError, match="the report has no such result"):
            report[index]

    @pytest.mark.parametrize("index", ["0", 1.0, None, (0, 1)])
    def test_an_index_is_a_number(self, report: Any, index: object) -> None:
        with pytest.raises(TypeError, match="an index of a report is an int or a slice, not"):
            report[index]

    def test_a_slice_takes_steps(self, report: Any) -> None:
        with pytest.raises(ValueError, match="zero"):
            report[::0]

    def test_it_is_a_sequence_to_python(self, report: Any) -> None:
        assert isinstance(report, Sequence)
        assert ids(reversed(report)) == ids(report)[::-1]
        assert (report.index(report[3]), report.count(report[3]), report[3] in report) == (3, 1, True)
        with pytest.raises(ValueError):  # noqa: PT011 - Python's own words
            report.index(report[3], 4)
        assert (report.count(None), None in report) == (0, False)
        match report:
            case [first, *_, last]:
                assert (first, last) == (report[0], report[4])
            case _:
                raise AssertionError

    def test_it_may_be_read_several_times_at_once(self, report: Any) -> None:
        first, second = iter(report), iter(report)
        assert [next(first), next(first), next(second)] == [report[0], report[1], report[0]]
        assert len(list(first)) == 3
        assert next(first, None) is None

    def test_results_are_equal_if_they_are_the_same_one_of_a_report(self, report: Any, client: Client) -> None:
        assert (report[1], {report[1]}) == (report[1], {report[1]})
        assert report[1] not in (report[2], 1, None)
        assert report[0] != client.plan_many([])
        first, second = client.plan_many([Change(ABSENT)]), client.plan_many([Change(ABSENT)])
        assert first[0] != second[0]

    def test_nothing_in_it_changes(self, report: Any) -> None:
        for value, name in ((report, "failures"), (report[0], "error"), (report[0], "colour")):
            with pytest.raises(AttributeError):
                setattr(value, name, None)
        with pytest.raises(TypeError):
            report[0] = report[1]
        with pytest.raises(TypeError):
            del report[0]

    def test_a_result_keeps_its_report_and_nothing_else_does(self, report: Any) -> None:
        result, expected = report[2], ids(report)[2]
        del report
        gc.collect()
        assert ids([result]) == [expected]


def test_reprs_count_and_name(graph: Emulator, client: Client) -> None:
    app, done = apps_of(graph, 2)
    client.change(done, add=[to_group(1)])
    plans = client.plan_many([Change(app, add=[to_group(1)]), Change(done, add=[to_group(1)]), Change(ABSENT)])
    assert repr(plans) == "<PlanReport planned=1 nothing_to_do=1 failed=1>"
    assert [repr(result) for result in plans[:2]] == [
        f'<PlanResult app_id="{app}" changes=true>',
        f'<PlanResult app_id="{done}" changes=false>',
    ]
    assert repr(plans[2]).startswith(f'<PlanResult app_id="{ABSENT}" error="Graph answered 404')
    graph.fail_next(status=400)
    report = client.apply_many(plans.plans)
    assert repr(report) == "<ApplyReport applied=0 nothing_to_do=1 failed=1>"
    assert repr(report[0]).startswith(f'<ApplyResult app_id="{app}" outcome="not_applied" error="Graph answered 400')
    assert repr(report[1]) == f'<ApplyResult app_id="{done}" outcome="nothing to write">'
    assert repr(client.apply_many(plans.plans)[0]) == f'<ApplyResult app_id="{app}" outcome="applied">'


def test_as_text_it_counts_and_shows_the_first_ones_and_whatever_failed(graph: Emulator, client: Client) -> None:
    apps = apps_of(graph, 120, assignments=[wire(1), wire(2)])
    wanted: dict[str, dict[str, Any]] = {app: {"add": [to_group(9)], "remove": [to_group(1)]} for app in apps}
    wanted[apps[0]] = {"add": [to_group(1)]}
    items = [*wanted.items()]
    items.insert(110, (ABSENT, {}))
    lines = str(client.plan_many(dict(items))).splitlines()
    assert lines[0] == "121 apps: 119 planned, 1 nothing to do, 1 failed"
    assert lines[1] == f"{apps[0]}  +0 ~0 -0 =2      nothing to do"
    assert lines[2:51] == [f"{app}  +1 ~0 -1 =1      planned" for app in apps[1:50]]
    assert lines[51].startswith(f"{ABSENT}                   Graph answered 404")
    assert lines[52:] == ["… and 70 more"]


def test_a_text_shows_fifty_failures_at_most_besides_the_first_lines(graph: Emulator, client: Client) -> None:
    absent = [f"99999999-2222-4333-8444-{number:012}" for number in range(150)]
    lines = str(client.plan_many([Change(app) for app in absent])).splitlines()
    assert [line.split()[0] for line in lines[1:101]] == absent[:100]
    assert lines[101:] == ["… and 50 more"]


TARGETS: dict[str, tuple[Any, str | None]] = {
    "group": (GroupAssignmentTarget(group(1)), group(1)),
    "exclude": (ExclusionGroupAssignmentTarget(group(2)), group(2)),
    "all_users": (AllLicensedUsersAssignmentTarget(), None),
    "all_devices": (AllDevicesAssignmentTarget(filter_id=FILTER, filter_type="include"), None),
    "collection": (ConfigurationManagerCollectionAssignmentTarget("SMS00001"), "SMS00001"),
}


@pytest.mark.parametrize("kind", TARGETS)
def test_a_table_names_every_kind_of_target(graph: Emulator, client: Client, kind: str) -> None:
    target, target_id = TARGETS[kind]
    app = graph.add_app()
    entry = MobileAppAssignment(target=target, intent="required")
    expected = {
        "app_id": app,
        "action": "add",
        "intent": "required",
        "target": kind,
        "target_id": target_id,
        "filter_id": target.filter_id,
        "filter_type": target.filter_type,
        "settings": None,
        "other": None,
        "error": None,
    }
    assert client.plan_many([Change(app, add=[entry])]).to_dicts() == [expected]


def test_a_table_names_a_target_that_nobody_knows_by_its_type(graph: Emulator, client: Client) -> None:
    app = graph.add_app(assignments=[wire(1, kind="lunarGroupTarget", crater="Tycho")])
    (row,) = client.plan_many({app: {"replace": []}}).to_dicts()
    assert (row["action"], row["target"], row["target_id"]) == (
        "remove",
        "microsoft.graph.lunarGroupTarget",
        None,
    )


def test_a_table_has_a_row_for_each_step_and_for_each_app_without_any(graph: Emulator, client: Client) -> None:
    first, second, third = apps_of(graph, 3, assignments=[wire(1, settings=QUIET), wire(2)])
    changes = [
        Change(first, add=[to_group(1, settings=LOUD), to_group(3)], remove=[to_group(1), to_group(2)]),
        Change(second, add=[to_group(2)]),
        Change(third, add=[to_group(7)]),
        Change(ABSENT, add=[to_group(7)]),
    ]
    plans = client.plan_many(changes)
    rows = plans.to_dicts()
    assert [list(row) for row in rows] == [[*COLUMNS, "error"]] * 7
    steps = [(row["app_id"], row["action"], row["target_id"], json.loads(row["settings"] or "null")) for row in rows]
    assert sorted(steps[:4], key=str) == sorted(
        [
            (first, "remove", group(2), None),
            (first, "remove", group(1), QUIET),
            (first, "add", group(3), None),
            (first, "add", group(1), LOUD),
        ],
        key=str,
    )
    assert steps[4:] == [(second, None, None, None), (third, "add", group(7), None), (ABSENT, None, None, None)]
    assert [row["error"] is not None for row in rows] == [False] * 6 + [True]
    graph.fail_next(status=400)
    done = client.apply_many(plans.plans, concurrency=1)
    rows = done.to_dicts()
    assert [list(row) for row in rows] == [[*COLUMNS, "outcome", "error"]] * 6
    assert [row["outcome"] for row in rows] == ["not_applied"] * 4 + [None, "applied"]
    assert ["400" in (row["error"] or "") for row in rows] == [True] * 4 + [False] * 2


def test_all_errors_are_raised_together_each_with_its_app(graph: Emulator, client: Client) -> None:
    apps = apps_of(graph, 3)
    report = client.plan_many(additions([ABSENT, *apps, ABSENT.replace("9", "8")]))
    assert [result.change.app_id for result in report.failures] == [ABSENT, ABSENT.replace("9", "8")]
    with pytest.raises(ExceptionGroup, match="2 of 5 apps failed") as raised:
        report.raise_for_errors()
    assert [(type(error), error.__notes__) for error in raised.value.exceptions] == [
        (NotFoundError, [f"app {ABSENT}"]),
        (NotFoundError, [f"app {ABSENT.replace('9', '8')}"]),
    ]
    assert report[0].error is not report[0].error
    assert not hasattr(report[0].error, "__notes__")
    assert client.plan_many(additions(apps)).raise_for_errors() is None


def test_a_result_has_what_was_wanted_and_what_came_of_it(graph: Emulator, client: Client) -> None:
    changes = additions(apps_of(graph, 2))
    plans = client.plan_many(changes)
    assert [result.change for result in plans] == changes
    assert [result.plan for result in plans] == [*plans.plans]
    report = client.apply_many(plans)
    assert [result.plan for result in report] == [*plans.plans]
    assert all(isinstance(result, ApplyResult) and result.receipt and result.error is None for result in report)
    assert [len(result.receipt.after) for result in report if result.receipt] == [1, 1]


def test_no_report_shows_the_token(graph: Emulator, make: Make) -> None:
    client = make()
    plans = planned(client, graph, 5)
    graph.fail_next(status=400, times=2)
    report = client.apply_many([*plans.plans])
    shown = [str(report), repr(report), repr(report.to_dicts()), *map(repr, report)]
    for result in report.failures:
        shown += [str(result.error), repr(vars(result.error))]
    try:
        report.raise_for_errors()
    except ExceptionGroup as group:
        shown += [*traceback.TracebackException.from_exception(group, capture_locals=True).format()]
    assert len(report.failures) == 2
    assert graph.token not in "".join(shown)


def test_errors_of_a_report_are_nobodys_but_who_looked_at_them(graph: Emulator, client: Client) -> None:
    report = client.plan_many([Change(ABSENT)])
    error = report[0].error
    gone = weakref.ref(error)
    del error
    gc.collect()
    assert gone() is None
    assert isinstance(report[0].error, NotFoundError)
