"""Journals that cannot be written, or were damaged (section H of the catalogue of faults)."""

import fcntl
import os
import pathlib
import random
import socket
from collections.abc import Callable, Iterator
from typing import TypeAlias

import pytest

from appassign import Client, JournalError, RequestTimeoutError, read_journal
from appassign.emulator import Emulator
from journals import Awaited, group, numbers, posts, run, told, wire

Act: TypeAlias = Callable[[Client], object]


@pytest.fixture
def graph() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def journal(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "journal.jsonl"


@pytest.fixture(params=[Client, Awaited], ids=["Client", "AsyncClient"])
def make(request: pytest.FixtureRequest, graph: Emulator) -> Callable[..., Client]:
    return lambda journal, **options: request.param(graph.token, base_url=graph.url, journal=journal, **options)


@pytest.fixture
def acts(graph: Emulator) -> list[Act]:
    """All that writes, to an app that holds two groups."""
    app = graph.add_app(assignments=[wire(1)])
    with Client(graph.token, base_url=graph.url) as client:
        receipt = client.change(app, add=[group(2)])
        plan = client.plan(app, add=[group(3)])
    return [
        lambda client: client.change(app, add=[group(3)]),
        lambda client: client.apply(plan),
        lambda client: client.undo(receipt),
    ]


def refuses(graph: Emulator, client: Client, acts: list[Act], message: str) -> None:
    """A journal that cannot be used keeps each act from sending anything at all."""
    before = len(graph.requests)
    for act in acts:
        with pytest.raises(JournalError, match=message) as refusal:
            act(client)
        assert (refusal.value.outcome, refusal.value.attempts) == ("not_sent", 0)
        assert refusal.value.hint
    assert len(graph.requests) == before


@pytest.mark.parametrize("line", [2, 3, 4, 5])
def test_a_bit_that_was_flipped_is_told_by_its_line(
    graph: Emulator, make: Callable[..., Client], journal: pathlib.Path, acts: list[Act], line: int
) -> None:
    """H5."""
    app = graph.add_app()
    with make(journal) as client:
        for number in range(3):
            client.change(app, add=[group(number)])
    whole = journal.read_bytes()
    lines = whole.splitlines(keepends=True)
    start, end = sum(map(len, lines[: line - 1])), sum(map(len, lines[:line]))
    chance = random.Random(line)
    places = [start, end - 1, end - 2, end - 4, *chance.sample(range(start, end), 20)]
    for place in places:
        flipped = bytearray(whole)
        flipped[place] ^= 1 << chance.randrange(8)
        journal.write_bytes(flipped)
        with pytest.raises(JournalError, match=f"line {line}:"):
            read_journal(journal)
        with make(journal) as client:
            refuses(graph, client, acts, f"line {line}:")
        assert journal.read_bytes() == flipped
    journal.write_bytes(whole)
    assert len(read_journal(journal)) == 3


def test_damage_that_comes_while_a_client_is_open_is_seen_by_whoever_reads(
    graph: Emulator, make: Callable[..., Client], journal: pathlib.Path, acts: list[Act]
) -> None:
    """H5: what a client has checked once it does not read again; whoever opens the file anew does."""
    app = graph.add_app()
    with make(journal) as client:
        client.change(app, add=[group(1)])
        client.change(app, add=[group(2)])
        damaged = bytearray(journal.read_bytes())
        damaged[10] ^= 1
        journal.write_bytes(damaged)
        with pytest.raises(JournalError, match="line 1"):
            read_journal(journal)
    with make(journal) as client:
        refuses(graph, client, acts, "line 1")


FULL = """
import os, pathlib, resource, sys
from appassign import Client, JournalError, AppAssignError
from journals import Awaited, Watched, group, once
twin, url, token, journal, app = sys.argv[1:]
twin = {"Client": Client, "Awaited": Awaited}[twin]
def allow(room=None):
    most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    limit = most if room is None else os.path.getsize(journal) + room
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, most))
"""


def test_a_disk_that_is_full_before_the_write_lets_nothing_out(
    graph: Emulator, make: Callable[..., Client], journal: pathlib.Path
) -> None:
    """H6."""
    app = graph.add_app()
    script = """
client = twin(token, base_url=url, journal=journal)
receipt = client.change(app, add=[group(1)])
plan = client.plan(app, add=[group(2)])
acts = [lambda: client.change(app, add=[group(2)]), lambda: client.apply(plan), lambda: client.undo(receipt)]
for room in (0, 1, 200):
    for act in acts:
        before = pathlib.Path(journal).read_bytes()
        allow(room)
        try:
            act()
        except JournalError as error:
            print(error.outcome, "make room" in error.hint)
        allow()
        assert pathlib.Path(journal).read_bytes() == before
client.change(app, add=[group(2)])
"""
    printed = run(FULL + script, type(make(journal)).__name__, graph.url, graph.token, journal, app)
    assert printed == "not_sent True\n" * 9
    assert len(posts(graph)) == 2
    assert told(journal) == ["intent", "applied"] * 2


def test_a_disk_that_is_full_after_the_write_leaves_a_journal_that_can_undo_it(
    graph: Emulator, make: Callable[..., Client], journal: pathlib.Path
) -> None:
    """H7."""
    app = graph.add_app()
    script = """
for number, room in enumerate((0, 1, 100), start=1):
    with Watched(url, once(lambda: allow(room))) as way, twin(token, base_url=way.url, journal=journal) as client:
        try:
            client.change(app, add=[group(number)])
        except JournalError as error:
            print(error.outcome, error.attempts > 1)
        allow()
"""
    printed = run(FULL + script, type(make(journal)).__name__, graph.url, graph.token, journal, app)
    assert printed == "applied True\n" * 3
    assert told(journal) == ["intent"] * 3
    assert numbers(graph.assignments(app)) == {1, 2, 3}
    receipts = read_journal(journal)
    assert [receipt.response for receipt in receipts] == [None] * 3
    with make(journal) as client:
        for receipt in reversed(receipts):
            client.undo(receipt)
    assert graph.assignments(app) == []


def test_a_refusal_of_the_service_goes_before_that_of_a_full_disk(
    graph: Emulator, make: Callable[..., Client], journal: pathlib.Path
) -> None:
    """H7: that nothing was written is the news; the journal is in doubt about it, and to undo that does no harm."""
    app = graph.add_app(assignments=[wire(1)])
    graph.fail_next(status=400)
    script = """
with Watched(url, once(lambda: allow(0))) as way, twin(token, base_url=way.url, journal=journal) as client:
    try:
        client.change(app, add=[group(2)])
    except AppAssignError as error:
        print(type(error).__name__, error.outcome)
"""
    printed = run(FULL + script, type(make(journal)).__name__, graph.url, graph.token, journal, app)
    assert printed == "BadRequestError not_applied\n"
    [receipt] = read_journal(journal)
    with make(journal) as client:
        assert client.undo(receipt).response is None
    assert numbers(graph.assignments(app)) == {1}
    assert len(posts(graph)) == 1


def test_a_journal_that_another_process_holds_is_waited_for_until_the_timeout(
    graph: Emulator, make: Callable[..., Client], journal: pathlib.Path, acts: list[Act]
) -> None:
    """H9: who shares a journal waits for the others, and writes once they are done."""
    before = len(graph.requests)
    with journal.open("ab") as file:
        journal.chmod(0o600)
        fcntl.flock(file, fcntl.LOCK_EX)
        with make(journal, timeout=0.2) as client:
            for act in acts:
                with pytest.raises(RequestTimeoutError, match="not free within") as refusal:
                    act(client)
                assert refusal.value.outcome == "not_sent"
            assert len(graph.requests) == before
    with make(journal) as client:
        acts[0](client)
    assert len(read_journal(journal)) == 1


@pytest.mark.parametrize(
    "kind", ["link", "dangling link", "FIFO", "directory", "socket", "/dev/full", "/dev/null", "no directory", "file/"]
)
def test_what_is_no_file_of_ones_own_is_no_journal(
    graph: Emulator, make: Callable[..., Client], journal: pathlib.Path, acts: list[Act], kind: str
) -> None:
    """H10."""
    path, message = journal, f"is a {kind}"
    with socket.socket(socket.AF_UNIX) as listener:
        match kind:
            case "link" | "dangling link":
                message = "is a symbolic link"
                target = journal.with_suffix(".real")
                if kind == "link":
                    target.touch(0o600)
                path.symlink_to(target)
            case "FIFO":
                os.mkfifo(path, 0o600)
            case "directory":
                path.mkdir(0o700)
            case "socket":
                listener.bind(str(path))
            case "no directory":
                path, message = journal / "deeper", "No such file or directory"
            case "file/":
                journal.touch()
                path, message = journal / "deeper", "Not a directory"
            case _:
                path, message = pathlib.Path(kind), "is a device"
        with make(path) as client:
            refuses(graph, client, acts, message)
        with pytest.raises(JournalError, match="is not there" if kind == "no directory" else message):
            read_journal(path)
    if kind == "link":
        assert target.read_bytes() == b""
    assert not journal.with_suffix(".real").exists() or kind == "link"


@pytest.mark.parametrize("mode", [0o602, 0o620, 0o666])
def test_a_journal_that_others_may_write_to_is_refused(
    graph: Emulator, make: Callable[..., Client], journal: pathlib.Path, acts: list[Act], mode: int
) -> None:
    """H10."""
    with make(journal) as client:
        acts[0](client)
        journal.chmod(mode)
        refuses(graph, client, acts, f"mode 0{mode:o}")
        with pytest.raises(JournalError, match=f"mode 0{mode:o}"):
            read_journal(journal)
        journal.chmod(0o600)
        assert len(read_journal(journal)) == 1


def test_what_writes_nothing_by_plan_needs_no_journal(
    graph: Emulator, make: Callable[..., Client], journal: pathlib.Path
) -> None:
    """H10: a client whose journal cannot be used still reads, plans, and makes the bare call."""
    journal.mkdir()
    app = graph.add_app()
    with make(journal) as client:
        assert client.assign(app, [group(1)]).status == 204
        assert numbers(client.assignments(app)) == {1}
        assert numbers(client.plan(app, add=[group(2)]).after) == {1, 2}
