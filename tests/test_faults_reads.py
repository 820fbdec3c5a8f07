"""Faults of reads: a list that is not whole, is too much, or is none; and that nothing is ever planned on one."""

import asyncio
import base64
import functools
import json
import pickle
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import psutil
import pytest

import appassign
import faults
from appassign import (
    AppAssignError,
    ApplyReceipt,
    MobileAppAssignment,
    Plan,
    RequestTimeoutError,
    ResponseError,
    ServiceError,
)
from checked import CANARY, LONGEST, Checked, all_that_shows, leaks, together
from faults import FaultyGraph, Step, answer
from faults_book import Script
from faults_reads import (
    EMPTY,
    PORTAL,
    TRUE,
    WRONG,
    Read,
    group,
    listed,
    on_host,
    other_key_form,
    other_version,
    overlapping,
    relative,
    to_group,
)

TWINS = ("Client", "AsyncClient")
ACTS = ("assignments", "plan", "change", "apply")
WRITES = ("change", "apply")
FIVE = [listed(to_group(number)) for number in range(5)]
NEW = MobileAppAssignment.from_dict(to_group(9))
FIRST_PAGE = "/beta/deviceAppManagement/mobileApps/A/assignments"
SECRET = "sk1p-S3CRET"


@pytest.fixture(autouse=True)
def ends_as_it_began(checked: Checked) -> None:
    """Whatever a test does: no token is printed, no thread and no file stays."""


@dataclass
class End:
    """An act that has ended, and the server that it met."""

    twin: str
    act: str
    graph: FaultyGraph
    held: list[Any]
    took: float = 0.0
    value: Any = None
    error: AppAssignError | None = None

    @property
    def reads(self) -> list[str]:
        return [seen.path for seen in self.graph.log if seen.method == "GET"]

    def was_done(self) -> None:
        """The list was read as it is, and what was planned on it lost nothing."""
        assert self.error is None, f"{self.twin}.{self.act}: {all_that_shows(self.error)}"
        held = [MobileAppAssignment.from_dict(entry) for entry in self.held]
        if self.act == "assignments":
            assert self.value == held
        elif self.act == "plan":
            assert (self.value.before, self.value.after) == (tuple(held), (*held, NEW))
        else:
            assert isinstance(self.value, ApplyReceipt)
            assert self.value.before == tuple(held)
            assert self.graph.state["A"] == [*self.held, listed(NEW.to_dict())]
            assert self.graph.applied == {"A": 1}
        assert self.graph.requests.count("POST") == (self.act in WRITES)
        assert not leaks(repr(self.value))
        assert not leaks(pickle.dumps(self.value) if isinstance(self.value, list) else self.value.to_json())

    def was_refused(self, kind: type[AppAssignError], *, attempts: int | None = None) -> Any:
        """Nothing was written."""
        assert self.error is not None, f"{self.twin}.{self.act}: {self.value!r}"
        assert type(self.error) is kind, all_that_shows(self.error)
        assert self.error.outcome == "not_sent"
        assert self.error.attempts == (len(self.reads) if attempts is None else attempts)
        assert {seen.call for seen in self.graph.log} == {self.error.client_request_id}
        assert 0 < self.error.elapsed <= self.took
        assert set(self.graph.requests) == {"GET"}
        assert self.graph.state["A"] == self.held
        assert not leaks(all_that_shows(self.error)), all_that_shows(self.error)
        return self.error


@functools.cache
def planned() -> Plan:
    """A plan for the five, made in better times."""
    with FaultyGraph(holds={"A": FIVE}) as graph, appassign.Client("T", base_url=graph.url) as client:
        return client.plan("A", add=[NEW])


def one(twin: str, act: str, graph: FaultyGraph, **options: Any) -> Any:
    """An act of a client of its own."""
    given: dict[str, Any] = {"base_url": graph.url, "credential": CANARY, **options}

    def acted(client: Any) -> Any:
        match act:
            case "assignments":
                return client.assignments("A")
            case "plan":
                return client.plan("A", add=[NEW])
            case "change":
                return client.change("A", add=[NEW])
        return client.apply(planned())

    async def awaited() -> Any:
        async with appassign.AsyncClient(**given) as client:
            return await acted(client)

    if twin == "AsyncClient":
        return asyncio.run(awaited())
    with appassign.Client(**given) as client:
        return acted(client)


def everywhere(
    steps: Iterable[Script] = (),
    reads: Script = TRUE,
    *,
    holds: list[Any] = FIVE,
    acts: Sequence[str] = ACTS,
    twins: Sequence[str] = TWINS,
    prepare: Callable[[FaultyGraph], object] = lambda _: None,
    **options: Any,
) -> list[End]:
    """Each act of both twins at the same time, each at a server of its own that does the same."""
    script = list(steps)
    planned()

    def end(twin: str, act: str) -> End:
        with FaultyGraph(script, reads=reads, holds={"A": holds}) as graph:
            prepare(graph)
            ended = End(twin, act, graph, graph.state["A"])
            start = time.monotonic()
            try:
                ended.value = one(twin, act, graph, **options)
            except AppAssignError as error:
                ended.error = error
            ended.took = time.monotonic() - start
        assert ended.took < LONGEST
        return ended

    return together(*(functools.partial(end, twin, act) for twin in twins for act in acts))


def on_later_pages(step: Step, read: Read) -> Script:
    """The first page is good."""
    return lambda head: step if b"skiptoken" in head.split(b"\r\n", 1)[0] else read


BROKEN = {
    "at once": Read(cut=0),
    "in the middle": Read(cut=0.5),
    "in the middle, compressed": Read(cut=0.5, compressed=True),
    "before its last byte": Read(cut=0.9999),
    "in the middle of something else": faults.half_body(200),
}


@pytest.mark.parametrize("where", BROKEN)
def test_a_list_that_breaks_off_is_read_again(where: str) -> None:
    """C1: nothing is planned on the part that came."""
    for end in everywhere([faults.on("GET", BROKEN[where]) if isinstance(BROKEN[where], Step) else BROKEN[where]]):
        end.was_done()


@pytest.mark.parametrize("where", ["in the middle", "before its last byte"])
def test_a_list_that_always_breaks_off_is_no_list(where: str) -> None:
    """C1. Reads are tried again as often as any other request (RELIABILITY.md)."""
    for end in everywhere(reads=BROKEN[where]):
        error = end.was_refused(ResponseError, attempts=4)
        assert error.status == 200
        assert "broke" in str(error)


def test_a_page_that_always_breaks_off_makes_no_list_of_the_others() -> None:
    """C1, C12."""
    for end in everywhere(reads=on_later_pages(faults.half_body(200), Read(page=2))):
        end.was_refused(ResponseError, attempts=1 + 4)


def test_a_list_whose_end_nobody_can_know_of_has_to_be_whole_json() -> None:
    """C1: without Content-Length, a broken connection looks like the end."""
    for end in everywhere(reads=Read(cut=0.5, has_length=False)):
        end.was_refused(ResponseError, attempts=1)
    for end in everywhere(reads=Read(has_length=False)):
        end.was_done()


def grown_while(work: Callable[[], object]) -> int:
    """By how many bytes the process is larger at most, looked at now and then."""
    process = psutil.Process()
    before = process.memory_info().rss
    most = [before]
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.005):
            most.append(process.memory_info().rss)

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        work()
    finally:
        done.set()
        watching.join()
    return max(most) - before


@pytest.mark.parametrize("act", ["assignments", "change"])
def test_a_list_that_never_ends_is_cut_at_8_mib(act: str) -> None:
    """C2."""
    everywhere(acts=[act], twins=["Client"])  # what the first call takes stays

    def work() -> None:
        for end in everywhere(reads=faults.infinite(200), acts=[act], twins=["Client"]):
            error = end.was_refused(ResponseError, attempts=1)
            assert "8 MiB" in str(error)

    # The server's own copies of what it sends are in it.
    assert grown_while(work) < 2 * 32 * 2**20


def test_a_small_list_that_unpacks_to_a_huge_one_is_cut() -> None:
    """C3."""
    bomb = faults.bomb(200, 200, around=(b'{"value": [', b"]}"))
    for act in ("assignments", "change"):
        everywhere(acts=[act], twins=["Client"])

        def work(act: str = act) -> None:
            for end in everywhere(reads=bomb, acts=[act], twins=["Client"]):
                error = end.was_refused(ResponseError, attempts=1)
                assert "8 MiB" in str(error)

        assert grown_while(work) < 32 * 2**20


def test_a_list_of_almost_8_mib_is_read() -> None:
    """C2: the limit is where it is said to be."""
    large = [to_group(number, note="x" * 7_700) for number in range(1_000)]
    for end in everywhere(holds=large, acts=["assignments"], twins=["Client"]):
        end.was_done()
    larger = [*large, to_group(1_000, note="x" * 2**20)]
    for end in everywhere(holds=larger, acts=["assignments"], twins=["Client"]):
        end.was_refused(ResponseError, attempts=1)


def test_a_list_that_comes_byte_by_byte_ends_at_the_timeout() -> None:
    """C4. That an attempt has no more than 60 s is held in virtual time, by tests/rust/change.rs."""
    body = json.dumps({"value": FIVE}).encode()
    head = faults.head(200, [("Content-Length", str(len(body)))])
    in_the_body = Step("drip", [head, *(bytes([byte]) for byte in body)], pause=0.2)
    for step in (faults.drip(0.2, status=200), in_the_body):
        for end in everywhere(reads=step, timeout=1.0):
            error = end.was_refused(RequestTimeoutError, attempts=1)
            assert error.elapsed >= 0.9


def test_a_list_may_come_compressed_and_slowly() -> None:
    """C4: what is slow and ends is good."""
    for end in everywhere(reads=Read(compressed=True, delay=0.3, page=3)):
        end.was_done()


def test_a_login_page_is_no_list() -> None:
    """C5."""
    for end in everywhere(reads=PORTAL):
        error = end.was_refused(ResponseError, attempts=1)
        assert (error.status, error.body) == (200, "<!DOCTYPE html><title>Sign in</title>")


def test_a_login_page_in_place_of_a_later_page_is_no_end_of_a_list() -> None:
    """C5, C12."""
    for end in everywhere(reads=on_later_pages(PORTAL, Read(page=2))):
        end.was_refused(ResponseError, attempts=2)


def test_a_login_page_in_place_of_the_app_does_not_say_that_it_has_none() -> None:
    """C5: an empty list counts if the app itself says so."""
    portal = faults.on("GET isAssigned", PORTAL)
    for end in everywhere([EMPTY, portal]):
        end.was_refused(ResponseError, attempts=2)


@pytest.mark.parametrize("status", [201, 202, 203, 204, 206, 301, 302, 303, 304, 307, 308])
def test_an_answer_that_graph_does_not_document_is_no_list(status: int) -> None:
    """C5: a redirect is not followed, and the token goes nowhere else."""
    with FaultyGraph() as elsewhere:
        body = b"" if status in {204, 304} else json.dumps({"value": []}).encode()
        to = answer(status, body, headers={"Location": f"{elsewhere.url}/login"}, on="GET")
        for end in everywhere(reads=to):
            error = end.was_refused(ResponseError, attempts=1)
            assert error.status == status
        assert elsewhere.log == []


# Where a person who knows JSON would look.
PLACES = {
    "an entry is a string": "value[0]: ",
    "an entry is null": "value[0]: ",
    "an entry is a list": "value[0]: ",
    "an entry without target": "value[0].target: ",
    "an entry whose target is null": "value[0].target: ",
    "an entry whose target is a string": "value[0].target: ",
    "a target without type": "value[0].target.@odata.type: ",
    "a target whose type is a number": "value[0].target.@odata.type: ",
    "an entry without intent": "value[0].intent: ",
    "an entry whose intent is a number": "value[0].intent: ",
    "an entry whose settings are a string": "value[0].settings: ",
    "an entry whose id is a number": "value[0].id: ",
    "no value": '"value"',
    "value is null": '"value"',
    "value is an object": '"value"',
    "an error with 200": '"value"',
    "value twice": "value: ",
    "an id twice": "value[0].id: ",
    "a nextLink that is a number": "@odata.nextLink",
    "a nextLink that is no URL": "@odata.nextLink",
}


@pytest.mark.parametrize("name", [name for name in WRONG if name != "a byte order mark"])
def test_what_is_no_list_of_assignments_is_refused_and_says_where(name: str) -> None:
    """C5."""
    for end in everywhere([WRONG[name]]):
        error = end.was_refused(ResponseError, attempts=1)
        assert error.status == 200
        assert str(error).startswith("the service answered 200 with what cannot be used: ")
        assert PLACES.get(name, "") in str(error).partition("\n")[0], str(error)


def test_a_byte_order_mark_before_a_list_is_passed_over() -> None:
    """C5: services on Windows write one at times."""
    for end in everywhere([WRONG["a byte order mark"]]):
        end.was_done()


@pytest.mark.parametrize("name", ["no JSON", "an entry is null", "an id twice", "a nextLink that is a number"])
def test_one_bad_page_makes_a_bad_list(name: str) -> None:
    """C5, C12: however good the others are."""
    changed = WRONG[name]

    def on_the_second_page(document: dict[str, Any]) -> Any:
        is_second = document["value"][:1] == FIVE[2:3]
        return changed.document(document) if is_second and changed.document else document

    def text(written: str) -> str:
        is_second = f'"{FIVE[2]["id"]}"' in written
        return changed.text(written) if is_second and changed.text else written

    for end in everywhere(reads=Read(page=2, document=on_the_second_page, text=text), timeout=5.0):
        error = end.was_refused(ResponseError, attempts=2)
        assert PLACES.get(name, "") in str(error), str(error)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 6])
def test_all_pages_make_the_list(size: int) -> None:
    """C9: each page is a read of the same call, signed as the others are."""
    for end in everywhere(reads=Read(page=size)):
        end.was_done()
        pages = -(-len(FIVE) // size)
        assert [path.partition("?")[0] for path in end.reads[:pages]] == [FIRST_PAGE] * pages
        assert len(set(end.reads[:pages])) == pages
        assert len({seen.call for seen in end.graph.log}) == 1
        assert {seen.headers["authorization"] for seen in end.graph.log} == {f"Bearer {CANARY}"}


def test_intunes_other_form_of_a_key_is_followed() -> None:
    """C9: Intune's own links have it."""
    for end in everywhere(reads=Read(page=2, link=other_key_form)):
        end.was_done()
        assert any("mobileApps('A')" in path for path in end.reads), end.reads


def test_a_link_that_was_followed_is_asked_as_it_stands() -> None:
    """C9: what is in it is the service's own affair."""

    def spelled(link: str) -> str:
        return f"{link}&%24select=a%2Cb%20c&x=%E2%82%AC+y&z"

    for end in everywhere(reads=Read(page=3, link=spelled), acts=["assignments"]):
        end.was_done()
        assert end.reads[1].endswith("&%24select=a%2Cb%20c&x=%E2%82%AC+y&z")


def test_a_list_that_says_null_of_its_next_page_has_none() -> None:
    """C9."""
    for end in everywhere(reads=Read(document=lambda document: {**document, "@odata.nextLink": None})):
        end.was_done()


AWAY: dict[str, Callable[[str], str]] = {
    "another host": on_host("https://graph.example"),
    "another name of this host": lambda link: link.replace("127.0.0.1", "localhost"),
    "another scheme": lambda link: link.replace("http:", "https:"),
    "another version": other_version,
    "a version that begins alike": lambda link: link.replace("/beta/", "/beta2/", 1),
    "the version left by dots": lambda link: link.replace("/beta/", "/beta/../v1.0/", 1),
    "the version left by escaped dots": lambda link: link.replace("/beta/", "/beta/%2e%2E/v1.0/", 1),
    "a user": lambda link: link.replace("http://", "http://user@", 1),
    "a user and a password": lambda link: link.replace("http://", "http://user:pw@", 1),
    "no scheme": lambda link: link.replace("http:", "", 1),
    "no host": relative,
    "a file": lambda _: "file:///etc/passwd",
    "data": lambda _: 'data:application/json,{"value":[]}',
    "nothing": lambda _: "",
    "a blank": lambda _: " ",
}


@pytest.mark.parametrize("how", AWAY)
def test_a_link_that_leads_away_is_not_followed(how: str) -> None:
    """C9, J4: the token stays with the service, and what the link holds shows nowhere."""
    for end in everywhere(reads=Read(page=2, link=lambda link: AWAY[how](link).replace("skiptoken=", f"x={SECRET}&"))):
        error = end.was_refused(ResponseError, attempts=1)
        assert "@odata.nextLink" in str(error)
        assert SECRET not in all_that_shows(error)


def test_a_link_to_another_server_leaves_that_one_alone() -> None:
    """C9, J7."""
    with FaultyGraph(holds={"A": FIVE}) as other:
        for end in everywhere(reads=Read(page=2, link=on_host(other.url))):
            end.was_refused(ResponseError, attempts=1)
        assert other.connections == 0


def test_pages_that_lead_in_a_circle_end_there() -> None:
    """C11: at the first link that was followed before."""
    for end in everywhere(reads=Read(page=2, last="cycles")):
        error = end.was_refused(ResponseError, attempts=3 + 1)
        assert "lead back" in str(error)


def test_a_page_that_names_itself_as_the_next_ends_there() -> None:
    """C11."""

    def first_again(document: dict[str, Any]) -> dict[str, Any]:
        root = document["@odata.context"].partition("/beta/")[0]
        return {**document, "@odata.nextLink": root + FIRST_PAGE}

    for end in everywhere(reads=Read(document=first_again)):
        end.was_refused(ResponseError, attempts=2)


@pytest.mark.parametrize("act", ACTS)
def test_a_list_without_end_is_given_up_after_200_pages(act: str) -> None:
    """C11."""
    for end in everywhere(reads=Read(page=2, last="goes on"), acts=[act]):
        error = end.was_refused(ResponseError, attempts=200)
        assert "200 pages" in str(error)


def test_200_pages_are_read() -> None:
    """C11: the limit is where it is said to be."""
    many = [to_group(number) for number in range(201)]
    for end in everywhere(holds=many[:200], reads=Read(page=1), acts=["assignments"]):
        end.was_done()
    for end in everywhere(holds=many, reads=Read(page=1), acts=["assignments"]):
        end.was_refused(ResponseError, attempts=200)


def test_a_page_that_fails_for_ever_makes_no_half_list() -> None:
    """C12."""
    for end in everywhere(reads=on_later_pages(answer(500), Read(page=2))):
        error = end.was_refused(ServiceError, attempts=1 + 4)
        assert error.status == 500
        assert end.reads[1:] == [end.reads[1]] * 4


@pytest.mark.parametrize("step", [answer(429, retry_after=0.2), answer(500), answer(503), faults.rst(), faults.fin()])
def test_a_page_that_fails_for_a_while_is_asked_again(step: Step) -> None:
    """C12: and only that page."""
    for end in everywhere([faults.on("GET skiptoken", step)] * 2, Read(page=3)):
        end.was_done()
        assert end.reads[1:4] == [end.reads[1]] * 3


def test_an_entry_on_two_pages_is_there_once() -> None:
    """C14."""
    for end in everywhere(reads=overlapping(2)):
        end.was_done()


def test_an_entry_that_is_listed_again_with_another_id_is_the_same() -> None:
    """C14: id and origin are not compared."""
    for end in everywhere(reads=overlapping(2, twin=lambda entry: {**entry, "id": "other"})):
        end.was_done()


DIFFERING: dict[str, Callable[[Any], Any]] = {
    "settings": lambda entry: {**entry, "settings": {"@odata.type": "#microsoft.graph.iosVppAppAssignmentSettings"}},
    "filter": lambda entry: {
        **entry,
        "target": {
            **entry["target"],
            "deviceAndAppManagementAssignmentFilterId": group(77),
            "deviceAndAppManagementAssignmentFilterType": "include",
        },
    },
    "what nobody knows": lambda entry: {**entry, "colour": "red"},
}


@pytest.mark.parametrize("what", DIFFERING)
def test_twins_that_differ_make_a_list_that_cannot_be_relied_on(what: str) -> None:
    """C14: which one counts is nothing to guess."""
    for end in everywhere(reads=overlapping(2, twin=DIFFERING[what])):
        error = end.was_refused(ResponseError, attempts=2)
        assert "differ" in str(error)
        assert group(1) in str(error)


def test_one_group_with_two_intents_is_no_twin() -> None:
    """C14."""
    both = [*FIVE, to_group(1, "available"), to_group(1, exclude=True)]
    for end in everywhere(holds=both, reads=Read(page=2), acts=["assignments", "plan", "change"]):
        end.was_done()


def test_a_list_that_is_empty_by_accident_is_read_again() -> None:
    """C5: at times, Graph lists none where there are some."""
    for end in everywhere([EMPTY]):
        end.was_done()
        assert "isAssigned" in end.reads[1]


def test_a_list_that_stays_empty_where_the_app_is_assigned_is_no_list() -> None:
    """C5."""
    for end in everywhere(reads=Read(shows=lambda _: [], is_assigned=True)):
        error = end.was_refused(ResponseError, attempts=3)
        assert "says that it is assigned" in str(error)


@pytest.mark.parametrize("says", [None, 0, "false", "False", [], {}, "absent"])
def test_an_app_that_does_not_say_whether_it_is_assigned_does_not_say_no(says: Any) -> None:
    """C5."""

    def document(true: dict[str, Any]) -> dict[str, Any]:
        if "value" in true:
            return {**true, "value": []}
        return {"id": "A"} if says == "absent" else {**true, "isAssigned": says}

    for end in everywhere(reads=Read(document=document)):
        error = end.was_refused(ResponseError, attempts=3)
        assert "does not say" in str(error)


def test_an_app_that_lies_about_being_assigned_is_not_asked_where_the_list_has_entries() -> None:
    """C5: what is listed is there."""
    for end in everywhere(prepare=lambda graph: graph.is_assigned.update(A=False)):
        end.was_done()
        assert not any("isAssigned" in path for path in end.reads)


def test_an_app_without_assignments_has_none() -> None:
    """C5."""
    for end in everywhere(holds=[], acts=["assignments", "plan", "change"]):
        end.was_done()
        assert "isAssigned" in end.reads[1]


def test_an_app_without_assignments_that_says_it_has_some_is_not_written_to() -> None:
    """C5: it may be the list that is wrong."""
    for end in everywhere(
        holds=[], acts=["assignments", "plan", "change"], prepare=lambda graph: graph.is_assigned.update(A=True)
    ):
        end.was_refused(ResponseError, attempts=3)


def with_a_gap(keep: int, **others: Any) -> Read:
    """Three pages, of which the second is empty; `keep` entries stand on the others."""
    return Read(pages=lambda entries: [entries[:2], [], entries[2:keep]], **others)


def test_a_page_that_is_empty_among_others_makes_the_list_be_read_again() -> None:
    """C5, C9: it is as suspicious as an empty list."""
    for end in everywhere([with_a_gap(3)], acts=["assignments", "plan", "change"]):
        end.was_done()
    for end in everywhere(reads=with_a_gap(6)):
        end.was_done()


def test_gaps_that_hide_something_else_each_time_make_a_list_that_cannot_be_relied_on() -> None:
    """C5, C9."""
    gaps = [with_a_gap(3), with_a_gap(4), with_a_gap(3), with_a_gap(4)]
    for end in everywhere(gaps, acts=["assignments", "plan", "change"]):
        end.was_refused(ResponseError, attempts=4 * 3)


def test_what_nobody_knows_goes_back_as_it_came() -> None:
    """C5: an unknown property, an unknown target, an unknown intent, an unknown number of anything."""
    strange = [
        {**FIVE[0], "colour": {"deep": [1, 1.50, 1e400, None, "\U0001f600"]}, "@odata.note": "n"},
        {**FIVE[1], "intent": "later"},
        {**FIVE[2], "id": "u", "target": {"@odata.type": "#microsoft.graph.moonAssignmentTarget", "phase": [2, {}]}},
        {**FIVE[3], "settings": {"@odata.type": "#microsoft.graph.moonSettings", "x": 10**400, "y": None}},
    ]
    text = json.dumps(strange[0]).replace("Infinity", "1e400")

    def written(true: str) -> str:
        return true.replace("Infinity", "1e400")

    assert "1e400" in text
    for end in everywhere(holds=strange, reads=Read(text=written), acts=["change"]):
        assert end.error is None, all_that_shows(end.error)
        (post,) = [seen.body for seen in end.graph.log if seen.method == "POST"]
        assert b"1e400" in post
        sent = json.loads(post)["mobileAppAssignments"]
        assert sent[:4] == json.loads(json.dumps(strange).replace("Infinity", "1e400"))
        assert sent[4:] == [NEW.to_dict()]


REFLECTIONS = {
    "as it is": CANARY,
    "percent-encoded": quote(CANARY, safe=""),
    "with escaped slashes": CANARY.replace("/", r"\/"),
    "with its header": f"Authorization: Bearer {CANARY}",
    "in base64": base64.b64encode(CANARY.encode()).decode(),
    "in base64 behind the word Bearer": base64.b64encode(f"Bearer {CANARY}".encode()).decode(),
}
REFLECTED = "what the service was sent"
IN_AN_ENTRY: dict[str, Callable[[Any], Any]] = {
    "an unknown property": lambda entry: {**entry, "note": REFLECTED},
    "the name of a property": lambda entry: {**entry, REFLECTED: 1},
    "an id": lambda entry: {**entry, "id": REFLECTED},
    "an intent": lambda entry: {**entry, "intent": REFLECTED},
    "a group's id": lambda entry: {**entry, "target": {**entry["target"], "groupId": REFLECTED}},
    "a target's type": lambda entry: {**entry, "target": {**entry["target"], "@odata.type": REFLECTED}},
    "settings": lambda entry: {**entry, "settings": {"deep": [{"down": REFLECTED}]}},
}


def reflecting(where: str, how: str) -> Read:
    """A list with the token in it."""

    def document(true: dict[str, Any]) -> dict[str, Any]:
        if where in IN_AN_ENTRY:
            first, *rest = true["value"]
            return {**true, "value": [IN_AN_ENTRY[where](first), *rest]}
        if where == "a link":
            root = true["@odata.context"].partition("/$metadata")[0]
            return {**true, "@odata.nextLink": f"{root}/deviceAppManagement/x?$skiptoken={REFLECTED}"}
        return {**true, where: REFLECTED}

    return Read(document=document, text=lambda text: text.replace(REFLECTED, REFLECTIONS[how]))


@pytest.mark.parametrize("where", [*IN_AN_ENTRY, "a link", "@odata.context", "note"])
def test_a_list_that_repeats_the_token_is_not_read(where: str) -> None:
    """J7, C5: what is read goes into receipts and journals."""
    acts = ["assignments", "change"]
    works = [functools.partial(everywhere, reads=reflecting(where, how), acts=acts) for how in REFLECTIONS]
    for end in [end for ends in together(*works) for end in ends]:
        end.was_refused(ResponseError, attempts=1)


def test_a_list_that_repeats_a_token_which_was_refused_is_not_read() -> None:
    """J7: a service that refused a token knows it, too."""
    steps = [answer(401, on="GET"), reflecting("note", "as it is")]
    tokens = iter([CANARY, "another-token-for-tests"])
    with FaultyGraph(steps, holds={"A": FIVE}) as graph:
        with (
            appassign.Client(lambda: next(tokens), base_url=graph.url) as client,
            pytest.raises(ResponseError) as refusal,
        ):
            client.change("A", add=[NEW])
        assert graph.requests == ["GET", "GET"]
    assert not leaks(all_that_shows(refusal.value))


def test_what_a_link_holds_shows_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    """J4, C9: neither when it is followed, nor when what it leads to fails in any way."""

    def spelled(link: str) -> str:
        return f"{link}&secret={SECRET}"

    bad_pages = [
        answer(500),
        answer(404),
        answer(302, headers={"Location": "http://127.0.0.1:1/"}),
        faults.rst(),
        faults.half_body(200),
        PORTAL,
    ]
    reads = [on_later_pages(step, Read(page=2, link=spelled)) for step in bad_pages]
    reads += [
        Read(page=2, link=spelled, last="cycles"),
        Read(page=2, link=lambda link: f"https://graph.example/?secret={SECRET}&{link}"),
        Read(page=2, link=spelled, document=lambda document: {**document, "value": [*document["value"], None]}),
        overlapping(2, twin=DIFFERING["settings"], link=spelled),
    ]
    both = ["assignments", "change"]
    works = [functools.partial(everywhere, reads=read, acts=both, attempts=2) for read in reads]
    for end in [end for ends in together(*works) for end in ends]:
        assert end.error is not None
        assert SECRET not in all_that_shows(end.error), all_that_shows(end.error)
    for end in everywhere(reads=Read(page=2, link=spelled)):
        end.was_done()
        assert any(SECRET in path for path in end.reads)
    assert SECRET not in caplog.text
