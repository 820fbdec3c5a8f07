"""What `change` and `apply` read, write and tell when nothing goes wrong, or when a limit or a refusal stops them."""

import copy
import datetime as dt
import json
import logging
import pickle
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from appassign import (
    AllDevicesAssignmentTarget,
    ApplyReceipt,
    BadRequestError,
    Client,
    ConfigurationError,
    GroupAssignmentTarget,
    InvalidInputError,
    LimitError,
    MobileAppAssignment,
    Plan,
    ResponseError,
    ServiceError,
    StalePlanError,
)
from appassign.emulator import Emulator
from planned import (
    FILTER,
    LOUD,
    QUIET,
    TWINS,
    Make,
    asked,
    clients_of,
    filtered,
    group,
    holds,
    id_of,
    many,
    somebody_adds,
    somebody_removes,
    to_group,
    trouble,
    wire,
    writes,
)


@pytest.fixture
def graph() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture(params=TWINS)
def make(request: pytest.FixtureRequest, graph: Emulator) -> Iterator[Make]:
    with clients_of(request.param, graph) as make:
        yield make


@pytest.fixture
def client(make: Make) -> Client:
    return make()


def changed(client: Client, app: str, **wanted: Any) -> ApplyReceipt:
    return client.change(app, **wanted)


def planned_and_applied(client: Client, app: str, **wanted: Any) -> ApplyReceipt:
    """By way of JSON, as where a plan is reviewed."""
    return client.apply(Plan.from_json(client.plan(app, **wanted).to_json()))


BOTH_WAYS = pytest.mark.parametrize("act", [changed, planned_and_applied])
Act = Callable[..., ApplyReceipt]


def spelled(text: bytes, name: str) -> list[str]:
    """The members of an array of a document, numbers as they are spelled; the order of properties does not count."""
    document = json.loads(text, parse_float=lambda number: [number], parse_int=lambda number: [number])
    return [json.dumps(member, sort_keys=True) for member in document[name]]


def test_a_change_is_a_read_a_write_and_a_read(graph: Emulator, client: Client) -> None:
    app = graph.add_app(assignments=[wire(1)])
    client.change(app, add=[to_group(2)], remove=[to_group(1)])
    assert asked(graph) == ["list", "assign", "list"]
    assert holds(graph, app) == [id_of(2)]


def test_to_apply_is_a_read_a_write_and_a_read(graph: Emulator, client: Client) -> None:
    app = graph.add_app(assignments=[wire(1)])
    client.apply(client.plan(app, add=[to_group(2)], remove=[to_group(1)]))
    assert asked(graph) == ["list", "list", "assign", "list"]
    assert holds(graph, app) == [id_of(2)]


def test_an_empty_list_costs_one_more_read(graph: Emulator, client: Client) -> None:
    client.change(graph.add_app(), add=[to_group(1)])
    assert asked(graph) == ["list", "app", "assign", "list"]


def test_an_app_that_was_cleared_is_asked_whether_that_is_so(graph: Emulator, client: Client) -> None:
    app = graph.add_app(assignments=[wire(1)])
    client.change(app, remove=[to_group(1)])
    assert asked(graph) == ["list", "assign", "list", "app"]
    assert writes(graph) == [[]]


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"add": [to_group(1)]},
        {"add": [to_group(1, settings=QUIET, filter_id=FILTER, filter_type="include")]},
        {"remove": [to_group(9)]},
        {"remove": [AllDevicesAssignmentTarget()]},
        {"add": iter([to_group(1)])},
    ],
    ids=str,
)
def test_nothing_is_written_when_there_is_nothing_to_change(
    graph: Emulator, client: Client, wanted: dict[str, Any]
) -> None:
    app = graph.add_app(assignments=[wire(1, settings=QUIET, **filtered())])
    receipt = client.change(app, **wanted, reason="why")
    assert asked(graph) == ["list"]
    assert receipt.before == receipt.after
    assert (receipt.response, receipt.recovered, receipt.reason) == (None, False, "why")
    assert len(graph.history(app)) == 1


def test_a_plan_of_nothing_writes_nothing(graph: Emulator, client: Client) -> None:
    app = graph.add_app(assignments=[wire(1)])
    plan = client.plan(app, add=[to_group(1)])
    receipt = client.apply(plan)
    assert (receipt.response, receipt.before, receipt.after) == (None, plan.before, plan.before)
    assert "assign" not in asked(graph)


@BOTH_WAYS
def test_one_more_is_one_more_and_the_others_stay_as_they_are_on_the_wire(
    graph: Emulator, client: Client, act: Act
) -> None:
    app = graph.add_app(assignments=many(103))
    before = graph.assignments(app)
    receipt = act(client, app, add=[to_group(500, settings=LOUD)])
    after = graph.assignments(app)
    assert len(after) == 104
    assert [held for held in after if held["id"] != id_of(500)] == before
    [write] = [request for request in graph.requests if request.method == "POST"]
    first, second = [spelled(request.answer, "value") for request in graph.requests[:2]]
    sent = spelled(write.body, "mobileAppAssignments")
    assert sent[:103] == first + second
    assert len(sent) == 104
    assert set(json.loads(write.body)["mobileAppAssignments"][103]) == {"@odata.type", "target", "intent", "settings"}
    assert [entry.to_dict() for entry in receipt.before] == before
    assert [entry.to_dict() for entry in receipt.after] == after


@BOTH_WAYS
def test_a_receipt_tells_all(graph: Emulator, client: Client, act: Act) -> None:
    app = graph.add_app(assignments=many(5))
    before = graph.assignments(app)
    start = dt.datetime.now(dt.UTC)
    receipt = act(client, app, remove=[GroupAssignmentTarget(group(1))])
    assert receipt.app_id == app
    assert [entry.to_dict() for entry in receipt.before] == before
    assert [entry.to_dict() for entry in receipt.after] == graph.assignments(app)
    assert start <= receipt.time <= dt.datetime.now(dt.UTC)
    assert (receipt.reason, receipt.recovered) == (None, False)
    assert receipt.response is not None
    assert (receipt.response.status, receipt.response.attempts) == (204, 1)
    [write] = [request for request in graph.requests if request.method == "POST"]
    assert receipt.response.client_request_id == write.headers["client-request-id"]
    with pytest.raises(AttributeError):
        receipt.reason = "x"  # type: ignore[misc]


def test_a_call_has_one_id_over_all_its_requests(graph: Emulator, client: Client) -> None:
    receipt = client.change(graph.add_app(), add=[to_group(1)])
    assert receipt.response is not None
    assert {request.headers["client-request-id"] for request in graph.requests} == {receipt.response.client_request_id}


def test_a_receipt_is_one_line_of_json(graph: Emulator, client: Client) -> None:
    app = graph.add_app(assignments=many(10))
    for receipt in (
        client.change(app, add=[to_group(99)], reason="\u00fc\n\u2028'\""),
        client.change(app, add=[to_group(99)]),
    ):
        text = receipt.to_json()
        assert "\n" not in text
        read = ApplyReceipt.from_json(text)
        assert read == receipt == ApplyReceipt.from_json(text.encode()) == pickle.loads(pickle.dumps(receipt))
        assert read == copy.deepcopy(receipt)
        assert hash(read) == hash(receipt)
        assert (read.to_json(), read.time, read.reason) == (text, receipt.time, receipt.reason)
        assert [entry.to_json() for entry in read.before] == [entry.to_json() for entry in receipt.before]
        assert read.response == receipt.response
    for broken in ("", "{}", "[]", "{", text.replace('"app_id"', '"app"'), text.replace('"before":[', '"before":[7,')):
        with pytest.raises(InvalidInputError):
            ApplyReceipt.from_json(broken)


def test_a_plan_is_applied_by_another_client(graph: Emulator, make: Make) -> None:
    app = graph.add_app(assignments=many(10))
    text = make().plan(app, add=[to_group(99)], remove=[GroupAssignmentTarget(group(1))]).to_json()
    plan = Plan.from_json(text)
    receipt = make().apply(plan, reason="reviewed")
    assert receipt.after == tuple(make().assignments(app))
    assert receipt.reason == "reviewed"
    assert not make().plan(app, replace=plan.after)


@pytest.mark.parametrize(
    "meanwhile",
    [
        lambda graph, app: somebody_adds(graph, app, 50),
        lambda graph, app: somebody_removes(graph, app, 1),
        lambda graph, app: (somebody_removes(graph, app, 1), somebody_adds(graph, app, 50)),
    ],
    ids=["added", "removed", "both"],
)
def test_a_plan_for_something_else_is_not_applied(
    graph: Emulator, client: Client, meanwhile: Callable[[Emulator, str], object]
) -> None:
    app = graph.add_app(assignments=[wire(1, settings=QUIET), wire(2)])
    plan = client.plan(app, add=[to_group(3)])
    meanwhile(graph, app)
    there = graph.assignments(app)
    with pytest.raises(StalePlanError) as refusal:
        client.apply(plan)
    assert refusal.value.planned == plan.before
    assert [entry.to_dict() for entry in refusal.value.live] == there
    assert refusal.value.hint
    assert refusal.value.outcome == "not_sent"
    assert refusal.value.client_request_id == graph.requests[-1].headers["client-request-id"]
    assert graph.assignments(app) == there
    assert "assign" not in asked(graph)
    again = pickle.loads(pickle.dumps(refusal.value))
    assert (again.planned, again.live) == (refusal.value.planned, refusal.value.live)


def test_an_order_that_changed_is_no_change(graph: Emulator, client: Client) -> None:
    app = graph.add_app(assignments=[wire(1), wire(2), wire(3)])
    plan = client.plan(app, add=[to_group(4)])
    client.assign(app, [to_group(3), to_group(1), to_group(2)])
    client.apply(plan)
    assert holds(graph, app) == [id_of(n) for n in (1, 2, 3, 4)]


def test_what_holds_already_what_is_wanted_is_not_written(graph: Emulator, client: Client) -> None:
    app = graph.add_app(assignments=[wire(1)])
    plan = client.plan(app, add=[to_group(2)])
    client.apply(plan)
    receipt = client.apply(plan)
    assert (receipt.response, receipt.before) == (None, receipt.after)
    assert asked(graph).count("assign") == 1


def test_no_more_is_removed_than_may_be(graph: Emulator, client: Client) -> None:
    app = graph.add_app(assignments=[wire(n) for n in range(10)])
    plan = client.plan(app, remove=[to_group(n) for n in range(3)])
    graph_asked = len(graph.requests)
    for most in (0, 2):
        with pytest.raises(LimitError) as refusal:
            client.apply(plan, max_removals=most)
        assert "3" in str(refusal.value)
        assert "max_removals" in str(refusal.value)
        assert (refusal.value.outcome, refusal.value.attempts) == ("not_sent", 0)
    assert len(graph.requests) == graph_asked
    client.apply(plan, max_removals=3)
    assert len(graph.assignments(app)) == 7


def test_a_change_removes_nothing_by_the_limits_measure(graph: Emulator, client: Client) -> None:
    app = graph.add_app(assignments=[wire(1, settings=QUIET), wire(2)])
    plan = client.plan(app, add=[to_group(1, settings=LOUD)], remove=[to_group(1)])
    client.apply(plan, max_removals=0)
    assert [held["settings"] for held in graph.assignments(app)] == [LOUD, None]


@pytest.mark.parametrize("most", [-1, 1.5, "3", True], ids=repr)
def test_a_limit_is_a_number(graph: Emulator, client: Client, most: Any) -> None:
    plan = client.plan(graph.add_app(), add=[to_group(1)])
    graph_asked = len(graph.requests)
    with pytest.raises((TypeError, ValueError, OverflowError)):
        client.apply(plan, max_removals=most)
    assert len(graph.requests) == graph_asked


def test_an_app_is_not_cleared_unasked(graph: Emulator, client: Client) -> None:
    app = graph.add_app(assignments=[wire(1), wire(2)])
    before = graph.assignments(app)
    plan = client.plan(app, replace=[])
    graph_asked = len(graph.requests)
    with pytest.raises(LimitError, match="allow_empty") as refusal:
        client.apply(plan)
    assert (refusal.value.outcome, refusal.value.attempts) == ("not_sent", 0)
    assert len(graph.requests) == graph_asked
    assert graph.assignments(app) == before
    with pytest.raises(LimitError, match="max_removals"):
        client.apply(plan, max_removals=1, allow_empty=True)
    receipt = client.apply(plan, allow_empty=True)
    assert (receipt.after, len(receipt.before)) == ((), 2)
    assert graph.assignments(app) == []


@BOTH_WAYS
def test_a_list_that_is_empty_by_accident_is_never_written_on(graph: Emulator, client: Client, act: Act) -> None:
    app = graph.add_app(assignments=many(10))
    before = graph.assignments(app)
    trouble(graph, "empty_read", method="GET")
    act(client, app, add=[to_group(500)])
    assert asked(graph)[:3] == ["list", "app", "list"]
    assert [held for held in graph.assignments(app) if held["id"] != id_of(500)] == before


def test_a_list_that_stays_empty_of_an_app_that_is_assigned_is_told(graph: Emulator, client: Client) -> None:
    app = graph.add_app(assignments=[wire(1)])
    before = graph.assignments(app)
    plan = client.plan(app, add=[to_group(2)])
    receipt = client.change(app, add=[to_group(3)])
    client.undo(receipt)
    graph_asked = len(writes(graph))
    for act in (
        lambda: client.assignments(app),
        lambda: client.plan(app, add=[to_group(2)]),
        lambda: client.change(app, add=[to_group(2)]),
        lambda: client.apply(plan),
        lambda: client.undo(receipt),
    ):
        trouble(graph, "empty_read", method="GET", times=3)
        with pytest.raises(ResponseError) as refusal:
            act()
        assert (refusal.value.outcome, refusal.value.hint is not None) == ("not_sent", True)
    assert len(writes(graph)) == graph_asked
    assert graph.assignments(app) == before


def test_a_page_that_is_missing_is_told_and_nothing_is_written(graph: Emulator, make: Make) -> None:
    client = make(attempts=2)
    app = graph.add_app(assignments=many(103))
    before = graph.assignments(app)
    graph._native.set_page_size(60)
    trouble(graph, "delay", method="GET")
    trouble(graph, {"answer": {"status": 500}}, method="GET", times=2)
    with pytest.raises(ServiceError) as refusal:
        client.change(app, add=[to_group(500)])
    assert (refusal.value.outcome, refusal.value.attempts) == ("not_sent", 3)
    assert "assign" not in asked(graph)
    trouble(graph, "delay", method="GET")
    trouble(graph, {"cut": "half"}, method="GET")
    client.change(app, add=[to_group(500)])
    assert [held for held in graph.assignments(app) if held["id"] != id_of(500)] == before


def test_a_second_page_that_is_empty_by_accident_loses_nothing(graph: Emulator, client: Client) -> None:
    app = graph.add_app(assignments=[wire(n) for n in range(20)])
    graph._native.set_page_size(12)
    trouble(graph, "delay", method="GET")
    trouble(graph, "empty_read", method="GET")
    client.change(app, add=[to_group(500)])
    assert len(graph.assignments(app)) == 21


def test_a_list_that_has_shrunk_is_read_again_before_a_plan_counts_as_stale(graph: Emulator, client: Client) -> None:
    app = graph.add_app()
    client.change(app, add=[to_group(1)])
    client.change(app, add=[to_group(2)])
    plan = client.plan(app, add=[to_group(3)])
    trouble(graph, "stale_read", method="GET")
    client.apply(plan)
    assert holds(graph, app) == [id_of(n) for n in (1, 2, 3)]


def test_graph_refuses_and_says_why(graph: Emulator, client: Client) -> None:
    app = graph.add_app(publishing_state="processing")
    plan = client.plan(app, add=[to_group(1)])
    for act in (lambda: client.change(app, add=[to_group(1)]), lambda: client.apply(plan)):
        with pytest.raises(BadRequestError, match="PublishingState") as refusal:
            act()
        assert (refusal.value.outcome, refusal.value.attempts) == ("not_applied", 3)
        assert refusal.value.client_request_id == graph.requests[-1].headers["client-request-id"]
    assert graph.assignments(app) == []


def test_the_reason_is_text(graph: Emulator, client: Client) -> None:
    app = graph.add_app()
    for reason in (7, b"x", ["x"]):
        with pytest.raises(TypeError):
            client.change(app, add=[to_group(1)], reason=reason)  # type: ignore[arg-type]
    assert graph.requests == []
    assert client.change(app, add=[to_group(1)], reason="").reason in ("", None)


@pytest.mark.parametrize("given", [None, "x", {}, 7], ids=repr)
def test_only_plans_are_applied_and_only_receipts_undone(graph: Emulator, client: Client, given: Any) -> None:
    for act in (client.apply, client.undo):
        with pytest.raises(TypeError):
            act(given)
    assert graph.requests == []


def test_no_credential_no_request(graph: Emulator, make: Make) -> None:
    plan = make().plan(graph.add_app(), add=[to_group(1)])
    graph_asked = len(graph.requests)
    with pytest.raises(ConfigurationError):
        make("a b").apply(plan)
    assert len(graph.requests) == graph_asked


def test_a_change_names_the_app_in_any_letters(graph: Emulator, client: Client) -> None:
    app = graph.add_app(assignments=[wire(1)])
    receipt = client.change(app.upper(), add=[to_group(2)])
    assert receipt.app_id.lower() == app
    assert len(graph.assignments(app)) == 2


def test_a_write_is_a_line_of_info_and_each_request_one_of_debug(
    graph: Emulator, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "appassign")
    app = graph.add_app(assignments=[wire(1)])
    receipt = client.change(app, add=[to_group(2)])
    lines = [(record.levelname, record.getMessage()) for record in caplog.records if record.name == "appassign"]
    assert receipt.response is not None
    took = r"\d+\.\d{3} s"
    request_id = rf"\(client-request-id {receipt.response.client_request_id}\)"
    path = f"deviceAppManagement/mobileApps/{app}"
    expected = [
        ("DEBUG", rf"GET {path}/assignments: attempt 1, 200, {took} {request_id}"),
        ("DEBUG", rf"POST {path}/assign: attempt 1, 204, {took} {request_id}"),
        (
            "INFO",
            rf"POST {path}/assign: 204, outcome applied, assignments 2, attempts \d, {took} {request_id}",
        ),
        ("DEBUG", rf"GET {path}/assignments: attempt 1, 200, {took} {request_id}"),
    ]
    assert [level for level, _ in lines] == [level for level, _ in expected], lines
    for (_, line), (_, pattern) in zip(lines, expected, strict=True):
        assert re.fullmatch(pattern, line), line
    assert graph.token not in caplog.text


def test_a_write_that_was_found_done_is_told(graph: Emulator, client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "appassign")
    app = graph.add_app(assignments=[wire(1)])
    graph.fail_next(status=503, after_apply=True)
    client.change(app, add=[to_group(2)])
    waited, written = [record.getMessage() for record in caplog.records if record.name == "appassign"]
    assert "503 ServiceUnavailable" in waited
    assert ": found done by a read, outcome applied, assignments 2, " in written


def test_what_was_read_of_another_app_leaves_its_ids_there(graph: Emulator, client: Client) -> None:
    app, other = (
        graph.add_app(assignments=[wire(1)]),
        graph.add_app(assignments=[wire(2, settings=QUIET, colour="red")]),
    )
    [entry] = client.assignments(other)
    client.change(app, add=[entry])
    [write] = writes(graph)
    assert write[0] == graph.assignments(app)[0], "what is of this app is sent with them"
    assert {"id", "source", "sourceId"}.isdisjoint(write[1])
    assert (write[1]["colour"], write[1]["settings"]) == ("red", QUIET)
    assert graph.assignments(app)[1] == graph.assignments(other)[0]


def test_a_plan_whose_app_is_none_is_refused(graph: Emulator, client: Client) -> None:
    document = json.loads(client.plan(graph.add_app(), add=[to_group(1)]).to_json())
    graph_asked = len(graph.requests)
    with pytest.raises(InvalidInputError):
        client.apply(Plan.from_json(json.dumps({**document, "app_id": "../x"})))
    assert len(graph.requests) == graph_asked


def test_the_five_lines_of_a_newcomer(graph: Emulator) -> None:
    app = graph.add_app(assignments=many(103))
    with Client(graph.token, base_url=graph.url) as client:
        target = GroupAssignmentTarget(group(500))
        receipt = client.change(app, add=[MobileAppAssignment(target=target, intent="required")])
    assert len(receipt.after) == 104
