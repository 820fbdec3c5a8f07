"""The journal of planned writes: what it holds, when, and what is read from it."""

import base64
import json
import os
import pathlib
import re
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import faults
from appassign import (
    ApplyReceipt,
    BadRequestError,
    Client,
    GroupAssignmentTarget,
    JournalError,
    LimitError,
    MobileAppAssignment,
    PermissionDeniedError,
    PlanError,
    ResponseError,
    read_journal,
)
from appassign.emulator import Emulator
from checked import CANARY, all_that_shows, leaks, spellings
from faults import FaultyGraph
from journals import Awaited, Watched, group, numbers, once, posts, records, run, sealed, start, told, wire
from planned import trouble

# A token as a service may send it back.
REFLECTED = [CANARY, *spellings(CANARY)[2:4], base64.b64encode(f"Bearer {CANARY}".encode()).decode()]


@pytest.fixture
def graph() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def journal(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "journal.jsonl"


@pytest.fixture(params=[Client, Awaited], ids=["Client", "AsyncClient"])
def make(request: pytest.FixtureRequest) -> Callable[..., Client]:
    return request.param


@pytest.fixture
def client(make: Callable[..., Client], graph: Emulator, journal: pathlib.Path) -> Iterator[Client]:
    with make(graph.token, base_url=graph.url, journal=journal) as client:
        yield client


def test_every_receipt_comes_back_equal(graph: Emulator, client: Client, journal: pathlib.Path) -> None:
    app, other = graph.add_app(assignments=[wire(1)]), graph.add_app()
    receipts = [
        client.change(app, add=[group(2)], reason="Antrag 7: „Büro“\n\u2028"),
        client.apply(client.plan(other, replace=[group(3), group(4)])),
        client.change(app, remove=[group(1)]),
        client.apply(client.plan(other, replace=[]), allow_empty=True, reason=""),
    ]
    receipts += map(client.undo, reversed(receipts))
    found = read_journal(journal)
    assert found == receipts
    assert all(receipt.response is not None for receipt in found)
    assert [ApplyReceipt.from_json(receipt.to_json()) for receipt in found] == receipts


def test_a_write_that_a_read_found_done_comes_back_as_recovered(
    graph: Emulator, client: Client, journal: pathlib.Path
) -> None:
    app = graph.add_app()
    trouble(graph, {"cut": "close"}, method="POST", after_apply=True)
    receipt = client.change(app, add=[group(1)])
    assert receipt.recovered
    assert read_journal(journal) == [receipt]


def test_where_nothing_is_to_be_written_nothing_is_noted(
    graph: Emulator, client: Client, journal: pathlib.Path
) -> None:
    app = graph.add_app(assignments=[wire(1)])
    done = client.change(app, add=[group(2)])
    before = journal.read_bytes()
    assert client.change(app, add=[group(1)]).response is None
    assert client.undo(client.undo(done)).response is not None
    client.plan(app, add=[group(9)])
    client.assignments(app)
    assert len(journal.read_bytes().splitlines()) == len(before.splitlines()) + 4


def test_what_is_refused_before_anything_is_sent_is_not_noted(
    graph: Emulator, client: Client, journal: pathlib.Path
) -> None:
    app = graph.add_app(assignments=[wire(1)])
    with pytest.raises(LimitError):
        client.apply(client.plan(app, replace=[]))
    target = GroupAssignmentTarget(str(uuid.UUID(int=1)), filter_id=uuid.UUID(int=9), filter_type="include")
    with pytest.raises(PlanError):
        client.change(app, add=[MobileAppAssignment(target=target, intent="required")])
    assert posts(graph) == []
    assert not journal.exists() or journal.read_bytes() == b""


def test_nobody_else_may_read_it_whatever_the_umask(client: Client, graph: Emulator, journal: pathlib.Path) -> None:
    before = os.umask(0)
    try:
        client.change(graph.add_app(), add=[group(1)])
    finally:
        os.umask(before)
    assert oct(journal.stat().st_mode & 0o7777) == "0o600"


def test_each_line_is_json_with_a_checksum(graph: Emulator, client: Client, journal: pathlib.Path) -> None:
    app = graph.add_app(assignments=[wire(1)])
    receipt = client.change(app, add=[group(2)], reason="because")
    intent, outcome = records(journal)
    assert (intent["record"], outcome["record"], outcome["outcome"]) == ("intent", "outcome", "applied")
    assert intent["id"] == outcome["id"]
    assert (intent["base_url"], intent["app_id"], intent["reason"]) == (graph.url, app, "because")
    assert [held.to_dict() for held in receipt.before] == intent["before"]
    assert json.loads(posts(graph)[0].body)["mobileAppAssignments"] == intent["after"]
    assert [held.to_dict() for held in receipt.after] == outcome["after"]
    assert outcome["response"]["status"] == 204
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", intent["time"])


def test_no_token_is_in_it(graph: Emulator, client: Client, journal: pathlib.Path) -> None:
    app = graph.add_app()
    client.undo(client.change(app, add=[group(1)], reason="why"))
    graph.fail_next(status=400)
    with pytest.raises(BadRequestError):
        client.change(app, add=[group(1)])
    assert len(records(journal)) == 6
    assert leaks(journal.read_bytes(), graph.token) == []


@pytest.mark.parametrize("spelling", range(len(REFLECTED)))
def test_no_spelling_of_a_token_that_the_service_reflects_comes_in(
    make: Callable[..., Client], journal: pathlib.Path, spelling: int
) -> None:
    """In a list it is refused; in the id of an answer it is taken out."""
    reflected = REFLECTED[spelling]
    lists = [faults.answer(200, {"value": held}, applies=False) for held in ([wire(1)], [wire(1), wire(2)])]
    write = faults.answer(204, headers={"request-id": f"for {reflected}"})
    with FaultyGraph([lists[0], write, lists[1]]) as graph, make(CANARY, base_url=graph.url, journal=journal) as client:
        receipt = client.change("A", add=[group(2)])
    assert receipt.response is not None
    assert receipt.response.request_id
    assert read_journal(journal) == [receipt]
    assert leaks(journal.read_bytes()) == []
    told_before = journal.read_bytes()
    bad = faults.answer(200, {"value": [{**wire(1), "note": reflected}]}, applies=False)
    for steps in ([bad], [lists[0], write, *[bad] * 7]):
        with FaultyGraph(steps) as graph, make(CANARY, base_url=graph.url, journal=journal, timeout=2) as client:
            with pytest.raises(ResponseError) as refusal:
                client.change("A", add=[group(2)])
            assert leaks(all_that_shows(refusal.value)) == []
            assert refusal.value.outcome == ("not_sent" if len(steps) == 1 else "applied")
        assert leaks(journal.read_bytes()) == []
        assert (journal.read_bytes() == told_before) == (len(steps) == 1)


@pytest.mark.parametrize("act", ["change", "plan", "assignments"])
def test_a_service_that_reflects_the_token_is_not_listened_to(
    graph: Emulator, client: Client, journal: pathlib.Path, act: str
) -> None:
    app = graph.add_app(assignments=[{**wire(1), "note": f"you said {graph.token}"}])
    options: dict[str, Any] = {} if act == "assignments" else {"add": [group(2)]}
    with pytest.raises(ResponseError) as refusal:
        getattr(client, act)(app, **options)
    assert refusal.value.outcome == "not_sent"
    assert leaks(all_that_shows(refusal.value), graph.token) == []
    assert posts(graph) == []
    assert not journal.exists() or journal.read_bytes() == b""


def test_the_intent_is_in_the_file_before_any_byte_of_the_write_leaves(graph: Emulator, journal: pathlib.Path) -> None:
    seen: list[list[str]] = []
    with (
        Watched(graph.url, lambda: seen.append(told(journal))) as way,
        Client(graph.token, base_url=way.url, journal=journal) as client,
    ):
        client.undo(client.change(graph.add_app(), add=[group(1)]))
    assert seen == [["intent"], ["intent", "applied", "intent"]]


def test_yesterdays_write_is_undone_by_another_process(graph: Emulator, client: Client, journal: pathlib.Path) -> None:
    app = graph.add_app(assignments=[wire(1)])
    client.change(app, add=[group(2)], remove=[group(1)], reason="yesterday's")
    script = """
import sys, appassign
url, token, journal = sys.argv[1:]
with appassign.Client(token, base_url=url, journal=journal) as client:
    [receipt] = appassign.read_journal(journal)
    print(client.undo(receipt).reason)
    [_, undone] = appassign.read_journal(journal)
    client.undo(undone)
"""
    assert run(script, graph.url, graph.token, journal) == "undo: yesterday's\n"
    assert [numbers(moment.assignments) for moment in graph.history(app)] == [{1}, {2}, {1}, {2}]
    assert len(read_journal(journal)) == 3


@pytest.mark.parametrize(("status", "error"), [(400, BadRequestError), (403, PermissionDeniedError)])
def test_a_write_that_was_refused_leaves_no_receipt(
    graph: Emulator, client: Client, journal: pathlib.Path, status: int, error: type[Exception]
) -> None:
    graph.fail_next(status=status)
    with pytest.raises(error):
        client.change(graph.add_app(), add=[group(1)])
    assert told(journal) == ["intent", "not_applied"]
    assert read_journal(journal) == []


@pytest.mark.parametrize("happened", [True, False])
def test_a_write_of_which_nobody_knows_can_be_undone_whether_it_happened_or_not(
    graph: Emulator, client: Client, journal: pathlib.Path, *, happened: bool
) -> None:
    app = graph.add_app(assignments=[wire(1)])
    trouble(graph, {"cut": "silence"}, method="POST", after_apply=happened)
    script = """
import sys, appassign
from journals import group
url, token, journal, app = sys.argv[1:]
appassign.Client(token, base_url=url, journal=journal).change(app, add=[group(2)], remove=[group(1)])
"""
    with start(script, graph.url, graph.token, journal, app) as process:
        while not posts(graph):
            assert process.poll() is None
            time.sleep(0.01)
        process.kill()
    [receipt] = read_journal(journal)
    assert (numbers(receipt.before), numbers(receipt.after), receipt.response) == ({1}, {2}, None)
    assert not receipt.recovered
    assert numbers(graph.assignments(app)) == ({2} if happened else {1})
    undone = client.undo(receipt)
    assert (undone.response is not None) == happened
    assert numbers(graph.assignments(app)) == {1}
    assert read_journal(journal) == [receipt] + [undone] * happened


def test_a_torn_last_line_is_passed_over_and_cut_off_by_the_next_write(
    graph: Emulator, client: Client, journal: pathlib.Path
) -> None:
    app = graph.add_app()
    first = client.change(app, add=[group(1)])
    whole = journal.read_bytes()
    intent, outcome = whole.splitlines(keepends=True)
    for torn in (intent[:1], intent[:50], intent[:-2], b"\0" * 4096):
        journal.write_bytes(whole + torn)
        assert read_journal(journal) == [first]
    second = client.change(app, add=[group(2)])
    assert journal.read_bytes().startswith(whole + b'{"record":"intent"')
    assert read_journal(journal) == [first, second]
    journal.write_bytes(intent + outcome[:-30])
    [doubtful] = read_journal(journal)
    assert (doubtful.before, doubtful.response) == (first.before, None)


def test_an_outcome_whose_line_end_was_lost_counts(graph: Emulator, client: Client, journal: pathlib.Path) -> None:
    app = graph.add_app()
    first = client.change(app, add=[group(1)])
    journal.write_bytes(journal.read_bytes()[:-1])
    assert read_journal(journal) == [first]
    second = client.change(app, add=[group(2)])
    assert read_journal(journal) == [first, second]


@pytest.mark.parametrize("how", ["deleted", "rotated", "emptied"])
def test_a_journal_may_go_away_between_writes(graph: Emulator, client: Client, journal: pathlib.Path, how: str) -> None:
    app, kept = graph.add_app(), journal.with_suffix(".1")
    first = client.change(app, add=[group(1)])
    if how == "deleted":
        journal.unlink()
    elif how == "rotated":
        journal.rename(kept)
        assert read_journal(kept) == [first]
    else:
        os.truncate(journal, 0)
    second = client.change(app, add=[group(2)])
    assert read_journal(journal) == [second]
    assert oct(journal.stat().st_mode & 0o7777) == "0o600"
    if how == "rotated":
        assert read_journal(kept) == [first]
        kept.write_bytes(kept.read_bytes() + journal.read_bytes())
        assert read_journal(kept) == [first, second]


def test_a_journal_that_is_rotated_in_the_middle_of_a_write_goes_on_to_its_end(
    graph: Emulator, journal: pathlib.Path
) -> None:
    app, kept = graph.add_app(), journal.with_suffix(".1")
    with (
        Watched(graph.url, once(lambda: journal.rename(kept))) as way,
        Client(graph.token, base_url=way.url, journal=journal) as client,
    ):
        first = client.change(app, add=[group(1)])
        assert not journal.exists()
        second = client.change(app, add=[group(2)])
    assert (read_journal(kept), read_journal(journal)) == ([first], [second])


def test_a_journal_that_is_deleted_in_the_middle_of_a_write_is_missed(graph: Emulator, journal: pathlib.Path) -> None:
    app = graph.add_app()
    with (
        Watched(graph.url, once(journal.unlink)) as way,
        Client(graph.token, base_url=way.url, journal=journal) as client,
    ):
        with pytest.raises(JournalError, match="was deleted") as refusal:
            client.change(app, add=[group(1)])
        assert refusal.value.outcome == "applied"
        second = client.change(app, add=[group(2)])
    assert read_journal(journal) == [second]
    assert numbers(graph.assignments(app)) == {1, 2}


def test_a_journal_that_is_emptied_in_the_middle_of_a_write_stays_readable(
    graph: Emulator, journal: pathlib.Path
) -> None:
    app = graph.add_app()
    with (
        Watched(graph.url, once(lambda: os.truncate(journal, 0))) as way,
        Client(graph.token, base_url=way.url, journal=journal) as client,
    ):
        client.change(app, add=[group(1)])
        assert told(journal) == ["applied"]
        assert read_journal(journal) == []
        second = client.change(app, add=[group(2)])
    assert read_journal(journal) == [second]


def test_a_relative_path_is_from_where_the_client_was_made(
    graph: Emulator, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(tmp_path)
    with Client(graph.token, base_url=graph.url, journal="journal.jsonl") as client:
        monkeypatch.chdir(elsewhere)
        receipt = client.change(graph.add_app(), add=[group(1)])
    assert list(elsewhere.iterdir()) == []
    assert read_journal(tmp_path / "journal.jsonl") == [receipt]
    monkeypatch.chdir(tmp_path)
    assert read_journal("journal.jsonl") == read_journal(pathlib.Path("journal.jsonl")) == [receipt]


def test_two_clients_of_a_process_share_one(graph: Emulator, client: Client, journal: pathlib.Path) -> None:
    app = graph.add_app()
    with Client(graph.token, base_url=graph.url, journal=journal) as other:
        receipts = [
            one.change(app, add=[group(number)]) for number, one in enumerate([client, other, other, client], start=1)
        ]
    assert read_journal(journal) == receipts
    assert numbers(graph.assignments(app)) == {1, 2, 3, 4}


@pytest.mark.parametrize("path", [7, b"journal", object()])
def test_what_is_no_path_is_a_type_error(graph: Emulator, path: Any) -> None:
    with pytest.raises(TypeError):
        Client(graph.token, base_url=graph.url, journal=path)
    with pytest.raises(TypeError):
        read_journal(path)


def test_a_file_that_is_no_journal_of_ours_is_left_as_it_is(
    graph: Emulator, client: Client, journal: pathlib.Path
) -> None:
    app = graph.add_app()
    for text in ("hello", "hello\n", '{"a":1}\n', '{"a":1,"checksum":"crc32:00000000"}\n', "[]\n"):
        journal.write_text(text, encoding="utf-8")
        journal.chmod(0o600)
        with pytest.raises(JournalError, match="line 1") as refusal:
            client.change(app, add=[group(1)])
        assert refusal.value.outcome == "not_sent"
        with pytest.raises(JournalError, match="line 1"):
            read_journal(journal)
        assert journal.read_text(encoding="utf-8") == text
    assert graph.requests == []


def test_a_record_of_another_kind_is_told_by_its_number(graph: Emulator, client: Client, journal: pathlib.Path) -> None:
    client.change(graph.add_app(), add=[group(1)])
    # A whole line with the right checksum, as a later version or another tool may write one.
    journal.write_bytes(journal.read_bytes() + sealed(b'{"record":"sighting","id":"x",'))
    with pytest.raises(JournalError, match="record 3"):
        read_journal(journal)
