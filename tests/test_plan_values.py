"""Plans and receipts of planned writes as values: compared, copied, pickled, kept as a line of JSON, and read again."""

import asyncio
import datetime as dt
import json
import pickle
import string
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appassign import (
    ApplyReceipt,
    AssignReceipt,
    AsyncClient,
    Client,
    GroupAssignmentTarget,
    InvalidInputError,
    MobileAppAssignment,
    Plan,
)
from appassign.emulator import Emulator
from documents import copies, exactly, todays

GROUPS = [f"11111111-2222-4333-8444-55555555550{number}" for number in range(10)]


def to_group(number: int, **options: Any) -> MobileAppAssignment:
    return MobileAppAssignment(target=GroupAssignmentTarget(GROUPS[number]), **{"intent": "required", **options})


@pytest.fixture
def graph() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def app(graph: Emulator) -> str:
    return graph.add_app(assignments=[to_group(1).to_dict(), to_group(2).to_dict()])


class Awaited:
    """`AsyncClient`, each call on a loop of its own."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.twin = AsyncClient(*arguments, **options)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        async def call(*arguments: Any, **options: Any) -> Any:
            return await getattr(self.twin, name)(*arguments, **options)

        return lambda *arguments, **options: asyncio.run(call(*arguments, **options))


@pytest.fixture(params=[Client, Awaited], ids=["Client", "AsyncClient"])
def client(request: pytest.FixtureRequest, graph: Emulator) -> Iterator[Any]:
    client = request.param(graph.token, base_url=graph.url)
    yield client
    client.close()


@pytest.fixture
def plan(client: Client, app: str) -> Plan:
    return client.plan(app, add=[to_group(3, settings={"@odata.type": "new"})], remove=[to_group(1), to_group(9)])


@pytest.fixture
def receipt(client: Client, plan: Plan) -> ApplyReceipt:
    bare = client.plan(plan.app_id, add=[to_group(3)], remove=[to_group(1)])
    return client.apply(bare, reason='it\'s "new"\né')


def survives(value: Plan | ApplyReceipt) -> None:
    """Every way that it has gives an equal one back."""
    cls = type(value)
    line = value.to_json()
    assert "\n" not in line
    for again in [cls.from_json(line), cls.from_json(line.encode()), cls.from_json(line + "\n"), *copies(value)]:
        assert type(again) is cls
        assert again == value
        assert hash(again) == hash(value)
        assert {again, value} == {value}
        assert (again.to_json(), repr(again), str(again)) == (line, repr(value), str(value))
        assert (again.app_id, again.before, again.after) == (value.app_id, value.before, value.after)


def does_not_change(value: Plan | ApplyReceipt) -> None:
    cls = type(value)
    for name in [name for name in dir(cls) if not name.startswith("_")] + ["anything_else"]:
        with pytest.raises(AttributeError):
            setattr(value, name, None)
        with pytest.raises(AttributeError):
            delattr(value, name)
    for name in ("before", "after"):
        held = getattr(value, name)
        assert type(held) is tuple
        assert {type(entry) for entry in held} == {MobileAppAssignment}
    with pytest.raises(TypeError):
        cls()
    with pytest.raises(TypeError):
        type("Sub", (cls,), {})
    with pytest.raises(TypeError):
        value < value  # type: ignore[operator]  # noqa: B015, PLR0124
    assert value != json.loads(value.to_json())
    assert value != value.app_id


class TestPlan:
    """`Plan`."""

    def test_it_survives_every_way_round(self, plan: Plan) -> None:
        survives(plan)
        again = Plan.from_json(plan.to_json())
        for name in ("app_id", "before", "after", "added", "removed", "kept", "changed", "warnings"):
            assert getattr(again, name) == getattr(plan, name)

    def test_it_is_a_value_that_does_not_change(self, plan: Plan) -> None:
        does_not_change(plan)

    def test_its_parts_are_tuples_of_assignments(self, client: Client, plan: Plan, app: str) -> None:
        live = client.assignments(app)
        assert plan.app_id == app
        assert plan.before == tuple(live)
        assert plan.after == (live[1], to_group(3, settings={"@odata.type": "new"}))
        assert (plan.added, plan.removed, plan.kept, plan.changed) == (plan.after[1:], (live[0],), (live[1],), ())
        assert [code for code, _ in plan.warnings if code == "not_there"] == ["not_there"]
        assert {type(part) for pair in plan.warnings for part in pair} == {str}
        filtered = GroupAssignmentTarget(
            GROUPS[2], filter_id="c0ffee00-0000-4000-8000-000000000001", filter_type="include"
        )
        changed = client.plan(app, add=[to_group(2).replace(target=filtered)], remove=[to_group(2)]).changed
        assert [(type(pair), pair[0], pair[1].target) for pair in changed] == [(tuple, live[1], filtered)]

    def test_it_is_true_if_something_would_be_written(self, client: Client, plan: Plan, app: str) -> None:
        assert plan
        assert bool(client.plan(app)) is False
        assert bool(client.plan(app, add=[to_group(1)])) is False
        assert not Plan.from_json(client.plan(app).to_json())
        assert client.plan(app, replace=[])

    def test_plans_are_equal_if_they_say_the_same(self, client: Client, plan: Plan, app: str) -> None:
        assert client.plan(app, add=[to_group(3)]) == client.plan(app, add=[to_group(3)])
        assert client.plan(app, add=[to_group(3)]) != client.plan(app, add=[to_group(4)])
        assert client.plan(app) != plan
        other = Plan.from_json(json.dumps({**json.loads(plan.to_json()), "app_id": "another"}))
        assert other != plan
        assert {plan, other, client.plan(app)} == {other, plan, client.plan(app)}

    def test_the_repr_counts_and_the_text_lists(self, plan: Plan, app: str) -> None:
        warnings = len(plan.warnings)
        assert repr(plan) == f"<Plan app_id='{app}' added=1 changed=0 removed=1 kept=1 warnings={warnings}>"
        first, *rows = str(plan).splitlines()
        assert first == f"app {app}: 1 added, 0 changed, 1 removed, 1 kept"
        assert [row[0] for row in rows] == ["+", "-", *"!" * warnings]
        assert GROUPS[3] in rows[0]
        assert GROUPS[1] in rows[1]
        assert f"{plan}" == str(plan)

    def test_it_matches_by_name(self, plan: Plan, app: str) -> None:
        match plan:
            case Plan(app_id=key, added=(MobileAppAssignment(GroupAssignmentTarget(group)),), changed=()):
                assert (key, group) == (app, GROUPS[3])
            case _:
                pytest.fail("it did not match")

    def test_the_line_holds_the_documents_as_they_are(self, client: Client, plan: Plan, app: str) -> None:
        document = json.loads(plan.to_json())
        assert document["app_id"] == app
        assert document["before"] == [entry.to_dict() for entry in client.assignments(app)]
        assert document["after"] == [entry.to_dict() for entry in plan.after]

    def test_what_was_edited_is_checked_as_a_callers(self, plan: Plan) -> None:
        document = json.loads(plan.to_json())
        entry = to_group(7).to_dict()
        named = {**entry, "target": {**entry["target"], "groupId": "Sales"}}
        for change, location, said in [
            ({"app_id": "../../users"}, "app_id", "not safe in a path"),
            ({"app_id": 7}, "app_id", "must be a string, not a number"),
            ({"before": None}, "before", "must be an array, not null"),
            ({"before": [{"intent": "x"}]}, "before[0].target", "required and missing"),
            ({"after": [*document["after"], named]}, "after[2].target.group_id", "looks like a name"),
            ({"after": [{**entry, "intent": "later"}]}, "after[0].intent", "is no install intent"),
            ({"after": [entry, entry]}, "after[1]", "has target and intent of after[0]"),
            ({"warnings": [{"code": "x"}]}, "warnings[0].message", "required and missing"),
            ({"colour": "red"}, "colour", "does not know this property"),
        ]:
            with pytest.raises(InvalidInputError) as refusal:
                Plan.from_json(json.dumps({**document, **change}))
            assert refusal.value.location == location
            assert said in str(refusal.value)
        for name in document:
            with pytest.raises(InvalidInputError) as refusal:
                Plan.from_json(json.dumps({key: document[key] for key in document if key != name}))
            assert str(refusal.value) == f"{name}: this property is required and missing"
        edited = Plan.from_json(json.dumps({**document, "after": [entry]}))
        assert (edited.added, edited.kept, len(edited.removed)) == ((to_group(7),), (), 2)

    def test_applied_elsewhere_it_does_the_same(self, client: Client, plan: Plan, graph: Emulator, app: str) -> None:
        plain = client.plan(app, add=[to_group(3)], remove=[to_group(1)])
        with Client(graph.token, base_url=graph.url) as elsewhere:
            elsewhere.apply(Plan.from_json(plain.to_json()))
        assert [held["target"]["groupId"] for held in graph.assignments(app)] == [GROUPS[2], GROUPS[3]]


class TestApplyReceipt:
    """`ApplyReceipt`."""

    def test_it_survives_every_way_round(self, receipt: ApplyReceipt) -> None:
        survives(receipt)
        again = ApplyReceipt.from_json(receipt.to_json())
        for name in ("app_id", "before", "after", "reason", "time", "recovered", "response"):
            assert getattr(again, name) == getattr(receipt, name)

    def test_it_is_a_value_that_does_not_change(self, receipt: ApplyReceipt) -> None:
        does_not_change(receipt)

    def test_it_says_what_happened(self, client: Client, receipt: ApplyReceipt, graph: Emulator, app: str) -> None:
        assert receipt.app_id == app
        assert [entry.to_dict()["target"]["groupId"] for entry in receipt.before] == GROUPS[1:3]
        assert receipt.after == tuple(client.assignments(app))
        assert [entry.to_dict() for entry in receipt.after] == graph.assignments(app)
        assert receipt.reason == 'it\'s "new"\né'
        assert receipt.time.tzinfo is dt.UTC
        assert abs(dt.datetime.now(dt.UTC) - receipt.time) < dt.timedelta(minutes=5)
        assert receipt.recovered is False
        assert isinstance(receipt.response, AssignReceipt)
        assert receipt.response.status == 204

    def test_where_nothing_was_to_be_written_there_is_no_answer(self, client: Client, app: str) -> None:
        receipt = client.apply(client.plan(app))
        assert (receipt.response, receipt.reason, receipt.recovered) == (None, None, False)
        assert receipt.before == receipt.after
        survives(receipt)
        does_not_change(receipt)

    def test_the_repr_says_what_matters_on_one_line(self, client: Client, receipt: ApplyReceipt, app: str) -> None:
        shown = repr(receipt)
        assert "\n" not in shown
        assert shown.startswith(f"<ApplyReceipt app_id='{app}' before=2 after=2 reason=")
        assert shown.endswith("status=204>")
        assert "status=None>" in repr(client.apply(client.plan(app)))

    def test_receipts_are_equal_if_they_say_the_same(self, client: Client, receipt: ApplyReceipt) -> None:
        document = json.loads(receipt.to_json())
        for change in ({"app_id": "another"}, {"before": []}, {"after": []}, {"reason": None}, {"recovered": True}):
            other = ApplyReceipt.from_json(json.dumps({**document, **change}))
            assert other != receipt
            assert {other, receipt} == {receipt, other}
        assert ApplyReceipt.from_json(json.dumps({**document, "response": None})) != receipt

    def test_it_matches_by_name(self, receipt: ApplyReceipt) -> None:
        match receipt:
            case ApplyReceipt(after=(_, MobileAppAssignment(GroupAssignmentTarget(group))), response=AssignReceipt()):
                assert group == GROUPS[3]
            case _:
                pytest.fail("it did not match")

    def test_it_undoes_the_write_after_it_was_kept(self, client: Client, receipt: ApplyReceipt, app: str) -> None:
        undone = client.undo(pickle.loads(pickle.dumps(ApplyReceipt.from_json(receipt.to_json()))))
        assert undone.after == receipt.before == tuple(client.assignments(app))

    @pytest.mark.parametrize(
        ("change", "location", "said"),
        [
            ({"app_id": 7}, "app_id", "must be a string, not a number"),
            ({"before": {}}, "before", "must be an array, not an object"),
            ({"after": [{"intent": "x"}]}, "after[0].target", "required and missing"),
            ({"reason": 7}, "reason", "must be a string, not a number"),
            ({"time": "yesterday"}, "time", '"yesterday" cannot be read'),
            ({"time": "2026-01-01T00:00:00"}, "time", "cannot be read"),
            ({"recovered": "no"}, "recovered", "must be a boolean, not a string"),
            ({"response": []}, "response", "must be an object, not an array"),
            ({"response.status": 2.5}, "response.status", "out of range"),
            ({"response.elapsed": -1}, "response.elapsed", "negative"),
            ({"response.elapsed": "1"}, "response.elapsed", "must be a number, not a string"),
            ({"response.date": "x"}, "response.date", "cannot be read"),
            ({"response.date": 7}, "response.date", "must be a string, not a number"),
            ({"response.request_id": 7}, "response.request_id", "must be a string, not a number"),
            ({"response.client_request_id": "x"}, "response.client_request_id", "cannot be read"),
            ({"response.attempts": -1}, "response.attempts", "out of range"),
        ],
    )
    def test_what_is_no_receipt_says_where(
        self, receipt: ApplyReceipt, change: dict[str, Any], location: str, said: str
    ) -> None:
        document = json.loads(receipt.to_json())
        for name, value in change.items():
            outer, _, inner = name.partition(".")
            document[outer] = {**document[outer], inner: value} if inner else value
        with pytest.raises(InvalidInputError) as refusal:
            ApplyReceipt.from_json(json.dumps(document))
        assert refusal.value.location == location
        assert said in str(refusal.value)

    def test_an_app_that_cannot_be_called_is_refused_as_in_a_plan(self, receipt: ApplyReceipt) -> None:
        document = {**json.loads(receipt.to_json()), "app_id": "../../users"}
        with pytest.raises(InvalidInputError, match="not safe in a path") as refusal:
            ApplyReceipt.from_json(json.dumps(document))
        assert refusal.value.location == "app_id"

    def test_what_a_receipt_lacks_is_named(self, receipt: ApplyReceipt) -> None:
        document = json.loads(receipt.to_json())
        for name in ("app_id", "time", "before", "after"):
            with pytest.raises(InvalidInputError) as refusal:
                ApplyReceipt.from_json(json.dumps({key: document[key] for key in document if key != name}))
            assert str(refusal.value) == f"{name}: this property is required and missing"


@pytest.mark.parametrize("cls", [Plan, ApplyReceipt])
def test_the_reader_takes_text_alone(cls: type[Plan] | type[ApplyReceipt]) -> None:
    for wrong in ({}, None, 7, ["{}"]):
        with pytest.raises(TypeError, match=f"from_json takes JSON as str or bytes, not {type(wrong).__name__}"):
            cls.from_json(wrong)  # type: ignore[arg-type]
    for text in ("", "{", "[]", "null", '"x"', b"\xff", '{"app_id": "A", "app_id": "A"}'):
        with pytest.raises(InvalidInputError):
            cls.from_json(text)


@pytest.mark.parametrize("cls", [Plan, ApplyReceipt])
def test_the_reader_names_no_method_that_is_not_there(cls: type[Plan] | type[ApplyReceipt]) -> None:
    with pytest.raises(TypeError) as refusal:
        cls.from_json({})  # type: ignore[arg-type]
    assert "from_dict" not in str(refusal.value) or hasattr(cls, "from_dict")


ids = st.text(string.ascii_letters + string.digits + "._~-", min_size=1, max_size=40).filter(
    lambda key: key not in {".", ".."}
)
held = st.lists(todays, max_size=3)
wanted = st.lists(st.uuids(), max_size=2, unique=True).map(
    lambda groups: [MobileAppAssignment(target=GroupAssignmentTarget(group), intent="required") for group in groups]
)


@st.composite
def plans(draw: st.DrawFn) -> dict[str, Any]:
    before = draw(held)
    kept = [entry for entry in before if draw(st.booleans())]
    warning = st.fixed_dictionaries({"code": st.text(), "message": st.text()})
    return {
        "app_id": draw(ids),
        "before": before,
        "after": [*kept, *(entry.to_dict() for entry in draw(wanted))],
        "warnings": draw(st.lists(warning, max_size=2)),
    }


@given(plans())
@settings(max_examples=50)
def test_a_plan_is_read_as_it_was_written_whatever_a_server_listed(document: dict[str, Any]) -> None:
    plan = Plan.from_json(json.dumps(document))
    assert exactly(json.loads(plan.to_json())) == exactly(document)
    assert plan.before == tuple(map(MobileAppAssignment.from_dict, document["before"]))
    assert plan.after == tuple(map(MobileAppAssignment.from_dict, document["after"]))
    assert plan.warnings == tuple((warning["code"], warning["message"]) for warning in document["warnings"])
    assert bool(plan) is bool(plan.added or plan.removed or plan.changed)
    assert str(plan).splitlines()[0].startswith(f"app {plan.app_id}: ")
    survives(plan)


seconds = st.integers(-62_135_596_800, 253_370_764_799)  # the years 1 to 9998
answers = st.fixed_dictionaries(
    {
        "status": st.integers(200, 204),
        "request_id": st.none() | st.text(),
        "client_request_id": st.uuids().map(str),
        "date": st.none() | seconds.map(lambda second: _utc(second).isoformat()),
        "attempts": st.integers(1, 2**32 - 1),
        "elapsed": st.floats(0, 31_536_000),
    }
)


def _utc(second: int) -> dt.datetime:
    return dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=second)


@given(ids, held, held, st.none() | st.text(), seconds, st.booleans(), st.none() | answers)
@settings(max_examples=50)
def test_a_receipt_is_read_as_it_was_written_whatever_a_server_listed(
    app_id: str,
    before: list[Any],
    after: list[Any],
    reason: str | None,
    second: int,
    recovered: bool,  # noqa: FBT001
    response: dict[str, Any] | None,
) -> None:
    time = _utc(second) + dt.timedelta(microseconds=second % 1_000_000)
    document = {
        "app_id": app_id,
        "time": time.isoformat(),
        "reason": reason,
        "before": before,
        "after": after,
        "recovered": recovered,
        "response": response,
    }
    receipt = ApplyReceipt.from_json(json.dumps(document))
    assert receipt.before == tuple(map(MobileAppAssignment.from_dict, before))
    assert receipt.after == tuple(map(MobileAppAssignment.from_dict, after))
    assert (receipt.app_id, receipt.reason, receipt.time, receipt.recovered) == (app_id, reason, time, recovered)
    assert (receipt.response is None) is (response is None)
    if response is not None and receipt.response is not None:
        said = {name: getattr(receipt.response, name) for name in ("status", "request_id", "client_request_id")}
        assert said == {name: response[name] for name in said}
    written = json.loads(receipt.to_json())
    assert exactly([written["before"], written["after"]]) == exactly([before, after])
    survives(receipt)
