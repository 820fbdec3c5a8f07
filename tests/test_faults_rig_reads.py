"""The faulty server lists assignments as its reads say, over plain HTTP."""

import gzip
import http.client
import json
import re
import time
from collections.abc import Callable
from typing import Any

import pytest

import faults
from faults import FaultyGraph, Read, answer
from faults_reads import (
    EMPTY,
    PORTAL,
    WRONG,
    group,
    listed,
    on_host,
    other_key_form,
    other_version,
    overlapping,
    relative,
    shrunken,
    target,
    to_group,
)

FIVE = [to_group(number) for number in range(5)]
ASSIGNMENTS = "/beta/deviceAppManagement/mobileApps/A/assignments"
IS_ASSIGNED = "/beta/deviceAppManagement/mobileApps/A?$select=isAssigned"
ASSIGN = "/beta/deviceAppManagement/mobileApps/A/assign"


def ask(graph: FaultyGraph, method: str, path: str, body: object = None) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(graph.url.split("/")[2], timeout=20)
    try:
        connection.request(method, path, None if body is None else json.dumps(body))
        answered = connection.getresponse()
        return answered.status, dict(answered.getheaders()), answered.read()
    finally:
        connection.close()


def read(graph: FaultyGraph, path: str = ASSIGNMENTS) -> dict[str, Any]:
    status, headers, body = ask(graph, "GET", path)
    assert status == 200, body
    assert headers["Content-Type"].startswith("application/json")
    return json.loads(body)


def pages(graph: FaultyGraph, most: int = 10) -> list[dict[str, Any]]:
    """Follows links, whatever host and version they name, as far as it goes or `most` pages."""
    found = [read(graph)]
    while "@odata.nextLink" in found[-1] and len(found) < most:
        found.append(read(graph, re.sub("^https?://[^/]+", "", found[-1]["@odata.nextLink"])))
    return found


def sizes(graph: FaultyGraph, **options: int) -> list[int]:
    return [len(page["value"]) for page in pages(graph, **options)]


def assign(graph: FaultyGraph, *entries: object) -> int:
    return ask(graph, "POST", ASSIGN, {"mobileAppAssignments": entries})[0]


def groups(document: dict[str, Any]) -> list[int]:
    return [int(entry["target"]["groupId"][-12:]) for entry in document["value"]]


def test_an_assign_of_today_replaces_the_state_and_a_read_lists_it() -> None:
    settings = {"@odata.type": "#microsoft.graph.win32LobAppAssignmentSettings", "notifications": "hideAll"}
    with FaultyGraph(holds={"A": [to_group(9, source="policySets", sourceId="P")]}) as graph:
        (held,) = read(graph)["value"]
        assert (held["id"], held["source"], held["sourceId"]) == (f"{group(9)}_1_0", "policySets", "P")
        sent = [
            to_group(1, "uninstall", exclude=True, id="mine", source="policySets", colour="red"),
            {"intent": "available", "target": target("allLicensedUsers"), "settings": settings},
            {"intent": "availableWithoutEnrollment", "target": target("group", groupId=group(2).upper())},
        ]
        assert assign(graph, *sent) == 204
        found = read(graph)
        assert found["value"] == graph.state["A"] == list(map(listed, sent))
        assert "@odata.nextLink" not in found
    assert [entry["id"] for entry in found["value"]] == [
        f"{group(1)}_2_1",
        "acacacac-9df4-4c7d-9d50-4ef0226f57a9_0_0",
        f"{group(2)}_3_0",
    ]
    assert found["value"][0] == {
        "id": f"{group(1)}_2_1",
        "intent": "uninstall",
        "source": "direct",
        "sourceId": None,
        "target": {
            "@odata.type": "#microsoft.graph.exclusionGroupAssignmentTarget",
            "groupId": group(1),
            "deviceAndAppManagementAssignmentFilterId": None,
            "deviceAndAppManagementAssignmentFilterType": "none",
        },
        "settings": None,
        "colour": "red",
    }
    assert found["value"][1]["settings"] == settings
    assert graph.applied == {"A": 1}
    assert graph.requests == ["GET", "POST", "GET"]


def test_the_app_tells_whether_it_is_assigned_and_may_lie() -> None:
    with FaultyGraph([Read(is_assigned=False)], holds={"A": FIVE}) as graph:
        assert [read(graph, IS_ASSIGNED)["isAssigned"] for _ in range(2)] == [False, True]
        graph.is_assigned["A"] = False
        assert read(graph, IS_ASSIGNED)["isAssigned"] is False
        assert len(read(graph)["value"]) == 5
        del graph.is_assigned["A"]
        graph.change("A", [])
        assert read(graph, IS_ASSIGNED)["isAssigned"] is False
        assert ask(graph, "GET", "/beta/deviceAppManagement/mobileApps/A/categories")[0] == 404


@pytest.mark.parametrize(("page", "expected"), [(None, [5]), (1, [1] * 5), (2, [2, 2, 1]), (5, [5]), (6, [5])])
def test_pages_of_any_size(page: int | None, expected: list[int]) -> None:
    with FaultyGraph(reads=Read(page=page), holds={"A": FIVE}) as graph:
        found = pages(graph)
        assert [len(one["value"]) for one in found] == expected
        assert [entry for one in found for entry in one["value"]] == graph.state["A"]
        assert ask(graph, "GET", ASSIGNMENTS.replace("/A/", "/B/"))[2].endswith(b'"value": []}')


def test_a_link_may_lead_in_a_circle_or_on_for_ever() -> None:
    with FaultyGraph([Read(page=2, last="cycles"), Read(page=2, last="goes on")], holds={"A": FIVE}) as graph:
        found = pages(graph, most=4)
        assert found[3] == found[0]
        assert sizes(graph, most=9) == [2, 2, 1, *[0] * 6]
        assert len({seen.path for seen in graph.log}) == 1 + 3 + 8


@pytest.mark.parametrize(
    ("spelled", "starts"),
    [
        (None, "{url}/deviceAppManagement/mobileApps/A/assignments?$skiptoken="),
        (relative, "/beta/deviceAppManagement/mobileApps/A/assignments?$skiptoken="),
        (other_key_form, "{url}/deviceAppManagement/mobileApps('A')/assignments?$skiptoken="),
        (other_version, "{root}/v1.0/deviceAppManagement/mobileApps/A/assignments?$skiptoken="),
        (on_host("https://graph.example"), "https://graph.example/beta/deviceAppManagement/mobileApps/A/assignments?"),
    ],
)
def test_a_link_is_spelled_as_asked_and_all_spellings_lead_on(spelled: Callable[[str], str], starts: str) -> None:
    with FaultyGraph(reads=Read(page=3, link=spelled), holds={"A": FIVE}) as graph:
        link = read(graph)["@odata.nextLink"]
        assert link.startswith(starts.format(url=graph.url, root=graph.url.removesuffix("/beta")))
        assert [groups(page) for page in pages(graph)] == [[0, 1, 2], [3, 4]]
        assert groups(read(graph, ASSIGNMENTS.replace("/A/", "('A')/").replace("(", "%28"))) == [0, 1, 2]


def test_a_link_to_another_server_is_followed_there() -> None:
    with FaultyGraph() as other, FaultyGraph(reads=Read(page=3, link=on_host(other.url)), holds={"A": FIVE}) as graph:
        assert read(graph)["@odata.nextLink"].startswith(other.url)
        assert other.log == []


def test_an_entry_on_two_pages_is_the_same_or_differs() -> None:
    script = [overlapping(2), overlapping(2, twin=lambda entry: {**entry, "intent": "available"})]
    with FaultyGraph(script, holds={"A": FIVE}) as graph:
        same, differing = pages(graph), pages(graph)
        assert [groups(page) for page in same] == [groups(page) for page in differing] == [[0, 1], [1, 2, 3], [3, 4]]
        assert same[0]["value"][1] == same[1]["value"][0]
        assert differing[0]["value"][1] | {"intent": "available"} == differing[1]["value"][0]
        assert [entry["intent"] for entry in graph.state["A"]] == ["required"] * 5


def test_reads_lag_behind_by_changes() -> None:
    with FaultyGraph(holds={"A": FIVE[:1]}, reads=Read(stale=2)) as graph:
        for number in range(2, 5):
            assert assign(graph, *FIVE[:number]) == 204
        assert (len(read(graph)["value"]), len(graph.state["A"])) == (2, 4)
        assert groups(read(graph, ASSIGNMENTS.replace("/A/", "/B/"))) == []


def test_reads_lag_behind_by_seconds() -> None:
    with FaultyGraph(holds={"A": FIVE[:1]}, reads=Read(stale_for=0.4)) as graph:
        start = time.monotonic()
        assign(graph, *FIVE[:2])
        assign(graph, *FIVE[:3])
        assert len(read(graph)["value"]) == 1
        assert read(graph, IS_ASSIGNED)["isAssigned"] is True
        while len(read(graph)["value"]) < 3:
            assert time.monotonic() - start < 30
        assert time.monotonic() - start >= 0.4


def test_a_read_is_empty_or_shrunken_by_accident_once() -> None:
    with FaultyGraph([EMPTY, shrunken(2), shrunken(3, page=2)], holds={"A": FIVE}) as graph:
        assert [sizes(graph) for _ in range(4)] == [[0], [2], [2, 1], [5]]
        assert len(graph.state["A"]) == 5


def test_a_step_waits_for_its_kind_of_request() -> None:
    script = [
        faults.on("POST", faults.rst(applies=True)),
        answer(500, on="GET isAssigned"),
        answer(404, on="GET"),
        Read(page=3),
        answer(503, on="GET"),
    ]
    with FaultyGraph(script, holds={"A": FIVE}) as graph:
        assert ask(graph, "GET", ASSIGNMENTS)[0] == 404
        link = read(graph)["@odata.nextLink"]
        assert ask(graph, "GET", relative(link))[0] == 503
        assert groups(read(graph, relative(link))) == [3, 4]
        assert ask(graph, "GET", IS_ASSIGNED)[0] == 500
        assert read(graph, IS_ASSIGNED)["isAssigned"] is True
        with pytest.raises(ConnectionError):
            assign(graph, FIVE[0])
        assert groups(read(graph)) == [0]
        assert [seen.step for seen in graph.log] == ["404", "page 0", "503", "page 1", "500", "app", "rst", "page 0"]
        assert graph.applied == {"A": 1}


def test_a_good_answer_of_the_script_never_changes_the_state_by_a_get() -> None:
    with FaultyGraph([answer(204)], holds={"A": FIVE}) as graph:
        assert ask(graph, "GET", ASSIGNMENTS)[0] == 204
        assert (graph.applied, len(graph.state["A"])) == ({}, 5)


def test_an_outage_may_be_of_both_or_of_one() -> None:
    with FaultyGraph(default=answer(503), holds={"A": FIVE}) as graph:
        assert (assign(graph), len(read(graph)["value"])) == (503, 5)
    with FaultyGraph(reads=answer(503)) as graph:
        assert (assign(graph), ask(graph, "GET", ASSIGNMENTS)[0]) == (204, 503)


def test_somebody_else_changes_the_app_once_the_answer_is_settled() -> None:
    with FaultyGraph(holds={"A": FIVE}) as graph:
        numbers = []

        def somebody(number: int, seen: faults.Seen) -> None:
            numbers.append((number, seen.step, seen.path))
            if number <= 4:
                graph.change("A", FIVE[:number])

        graph.between(somebody, on="GET /assignments")
        assert [len(read(graph)["value"]) for _ in range(5)] == [5, 1, 2, 3, 4]
        read(graph, IS_ASSIGNED)
        assert numbers == [(number, "page 0", ASSIGNMENTS) for number in range(1, 6)]
        assert graph.applied == {}
        graph.between(lambda _, seen: graph.change("A", graph.state["A"][1:]), on="POST")
        assert assign(graph, *FIVE) == 204
        assert (graph.applied, groups(read(graph))) == ({"A": 1}, [1, 2, 3, 4])


def test_somebody_else_changes_the_app_between_two_pages() -> None:
    with FaultyGraph(reads=Read(page=2), holds={"A": FIVE}) as graph:
        graph.between(lambda number, _: number == 1 and graph.change("A", FIVE[2:]))
        assert [groups(page) for page in pages(graph)] == [[0, 1], [4]]


def test_a_mistake_of_the_test_is_told_when_the_server_closes() -> None:
    graph = FaultyGraph([WRONG["an entry is null"]])
    graph.between(lambda *_: 1 / 0, on="POST")
    assert assign(graph) == 500
    assert ask(graph, "GET", ASSIGNMENTS)[0] == 500
    with pytest.raises(ZeroDivisionError):
        graph.close()
    graph.close()


def test_a_body_is_cut_with_and_without_its_length() -> None:
    with FaultyGraph(
        [Read(cut=0.5), Read(cut=0.5, has_length=False), Read(has_length=False)], holds={"A": FIVE}
    ) as graph:
        with pytest.raises(http.client.IncompleteRead):
            ask(graph, "GET", ASSIGNMENTS)
        status, headers, body = ask(graph, "GET", ASSIGNMENTS)
        assert (status, "Content-Length" in headers, body.startswith(b'{"@odata.context"')) == (200, False, True)
        with pytest.raises(json.JSONDecodeError):
            json.loads(body)
        assert groups(read(graph)) == [0, 1, 2, 3, 4]


def test_an_answer_may_be_compressed_and_late() -> None:
    with FaultyGraph([Read(compressed=True, delay=0.2)], holds={"A": FIVE}) as graph:
        start = time.monotonic()
        _, headers, body = ask(graph, "GET", ASSIGNMENTS)
        assert time.monotonic() - start >= 0.2
        assert headers["Content-Encoding"] == "gzip"
        assert groups(json.loads(gzip.decompress(body))) == [0, 1, 2, 3, 4]


def test_a_bomb_is_a_listing_once_it_is_decompressed() -> None:
    with FaultyGraph([faults.bomb(200, 8, around=(b'{"value": [', b"]}"))]) as graph:
        body = ask(graph, "GET", ASSIGNMENTS)[2]
        assert len(body) < 20_000
        assert json.loads(gzip.decompress(body)) == {"value": []}


def test_a_login_page_comes_with_200() -> None:
    with FaultyGraph([PORTAL], holds={"A": FIVE}) as graph:
        assert assign(graph) == 204
        status, headers, body = ask(graph, "GET", ASSIGNMENTS)
        assert (status, headers["Content-Type"], body[:9]) == (200, "text/html", b"<!DOCTYPE")


@pytest.mark.parametrize("name", WRONG)
def test_each_wrong_listing_differs_from_the_true_one(name: str) -> None:
    with FaultyGraph([WRONG[name]], holds={"A": FIVE}) as graph:
        wrong, true = (ask(graph, "GET", ASSIGNMENTS) for _ in range(2))
        assert (wrong[0], true[0]) == (200, 200)
        assert wrong[2] != true[2]
        assert json.loads(true[2])["value"] == graph.state["A"]


def test_an_app_of_a_script_of_its_own_is_read_as_any_other() -> None:
    with FaultyGraph(holds={"w7": FIVE}) as graph:
        path = ASSIGNMENTS.replace("/A/", "/w7~~503/")
        assert [ask(graph, "GET", path)[0] for _ in range(2)] == [503, 200]
        assert len(json.loads(ask(graph, "GET", path)[2])["value"]) == 5
