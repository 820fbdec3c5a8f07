"""``$batch``: requests within a request."""

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from appassign.emulator import Emulator
from clients import Client

TO_GROUP = {
    "intent": "required",
    "target": {
        "@odata.type": "#microsoft.graph.groupAssignmentTarget",
        "groupId": "11111111-2222-4333-8444-555555555501",
    },
}
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def graph() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


def send(graph: Emulator, *requests: object, version: str = "beta", **options: Any) -> tuple[int, dict[str, Any]]:
    status, _, document = Client(graph).ask("POST", f"/{version}/$batch", {"requests": requests}, **options)
    return status, document


def assigning(app: str, **others: object) -> dict[str, object]:
    return {
        "id": "1",
        "method": "POST",
        "url": f"/deviceAppManagement/mobileApps/{app}/assign",
        "headers": JSON,
        "body": {"mobileAppAssignments": [TO_GROUP]},
        **others,
    }


def listing(app: str, **others: object) -> dict[str, object]:
    return {"id": "2", "method": "GET", "url": f"deviceAppManagement/mobileApps/{app}/assignments", **others}


def test_each_request_is_answered_with_its_status_headers_and_body(graph: Emulator) -> None:
    app = graph.add_app()
    status, document = send(graph, assigning(app), listing(app), listing("nobody", id="three"))
    assert status == 200
    first, second, third = document["responses"]
    assert (first["id"], first["status"]) == ("1", 204)
    assert "body" not in first
    assert (second["id"], second["status"]) == ("2", 200)
    assert second["headers"]["Content-Type"] == "application/json"
    assert second["body"]["value"] == graph.assignments(app)
    assert (third["id"], third["status"], third["body"]["error"]["code"]) == ("three", 404, "ResourceNotFound")


def test_a_next_link_leads_out_of_the_batch(graph: Emulator) -> None:
    app = graph.add_app(assignments=[TO_GROUP, {**TO_GROUP, "intent": "uninstall"}])
    _, document = send(graph, {**listing(app), "url": f"/deviceAppManagement/mobileApps/{app}/assignments?$top=1"})
    link = document["responses"][0]["body"]["@odata.nextLink"]
    assert link.startswith(graph.url)
    _, _, rest = Client(graph).ask("GET", link.removeprefix(graph.url.removesuffix("/beta")))
    assert [held["intent"] for held in rest["value"]] == ["uninstall"]


def test_a_proxys_scheme_is_in_the_links_of_a_batch_too(graph: Emulator) -> None:
    app = graph.add_app(assignments=[TO_GROUP, {**TO_GROUP, "intent": "uninstall"}])
    headers = {**JSON, "Authorization": f"Bearer {graph.token}", "X-Forwarded-Proto": "https, http"}
    part = {**listing(app), "url": f"/deviceAppManagement/mobileApps/{app}/assignments?$top=1"}
    _, document = send(graph, part, headers=headers)
    body = document["responses"][0]["body"]
    assert body["@odata.nextLink"].startswith("https://127.0.0.1:")
    assert body["@odata.context"].startswith("https://127.0.0.1:")


def test_a_late_request_makes_the_batch_late(graph: Emulator) -> None:
    app = graph.add_app()
    graph._native.add_trouble('{"what": "delay", "delay": 0.2}')
    started = time.monotonic()
    assert send(graph, assigning(app), listing(app))[0] == 200
    assert time.monotonic() - started >= 0.2


def test_a_body_may_be_packed(graph: Emulator) -> None:
    app = graph.add_app()
    packed = base64.urlsafe_b64encode(json.dumps({"mobileAppAssignments": [TO_GROUP]}).encode()).decode()
    _, document = send(graph, assigning(app, body=packed))
    assert document["responses"][0]["status"] == 204
    assert len(graph.assignments(app)) == 1
    _, document = send(graph, assigning(app, headers={}))
    assert document["responses"][0]["status"] == 400, "a body wants its Content-Type"


def test_what_depends_on_a_failure_is_not_done(graph: Emulator) -> None:
    app = graph.add_app()
    _, document = send(
        graph,
        assigning(app, id="last", dependsOn=["middle"]),
        listing(app, id="Middle", dependsOn=["first"]),
        listing("nobody", id="first"),
        assigning(app, id="apart"),
    )
    statuses = {response["id"]: response["status"] for response in document["responses"]}
    assert statuses == {"first": 404, "Middle": 424, "last": 424, "apart": 204}


@pytest.mark.parametrize(
    ("requests", "said"),
    [
        ([{"id": "1", "method": "GET", "url": "/a"}] * 2, "must be unique"),
        ([{"id": "a", "method": "GET", "url": "/a"}, {"id": "A", "method": "GET", "url": "/a"}], "must be unique"),
        ([{"id": str(number), "method": "GET", "url": "/a"} for number in range(21)], "maximum value of 20"),
        ([{"method": "GET", "url": "/a"}], "needs id, method and url"),
        ([{"id": "1", "method": "G T", "url": "/a"}], "request '1' has no valid method or url"),
        ([{"id": "1", "method": "GET", "url": "/a", "dependsOn": ["2"]}], "no request has the id '2'"),
        (
            [{"id": "1", "method": "GET", "url": "/a", "dependsOn": "good"}],
            "dependsOn of request '1'",
        ),
        (
            [
                {"id": "1", "method": "GET", "url": "/a", "dependsOn": ["2"]},
                {"id": "2", "method": "GET", "url": "/a", "dependsOn": ["1"]},
            ],
            "in a circle",
        ),
    ],
)
def test_a_malformed_batch_is_refused_as_a_whole(graph: Emulator, requests: list[object], said: str) -> None:
    app = graph.add_app()
    status, document = send(graph, assigning(app, id="good"), *requests)
    assert (status, document["error"]["code"]) == (400, "BadRequest")
    assert said in document["error"]["message"]
    assert graph.assignments(app) == []


@pytest.mark.parametrize("body", [b"{", b"[]", b"{}", b'{"requests": {}}'])
def test_a_batch_is_a_list_of_requests(graph: Emulator, body: bytes) -> None:
    assert Client(graph).ask("POST", "/beta/$batch", body)[0] == 400


def test_a_batch_wants_a_token_and_each_request_its_scope(graph: Emulator) -> None:
    app = graph.add_app()
    assert send(graph, assigning(app), headers=JSON)[0] == 401
    reader = graph._native.make_token('{"scp": "DeviceManagementApps.Read.All"}')
    _, document = send(graph, assigning(app), listing(app), headers={**JSON, "Authorization": f"Bearer {reader}"})
    assert [response["status"] for response in document["responses"]] == [403, 200]


def test_each_request_is_metered_alone() -> None:
    with Emulator(quota_window=20) as graph:
        app = graph.add_app()
        requests = [assigning(app, id=str(number)) for number in range(20)]
        statuses = []
        for _ in range(6):
            _, document = send(graph, *requests)
            statuses += [response["status"] for response in document["responses"]]
        assert (statuses.count(204), statuses.count(429)) == (100, 20)
        assert int(document["responses"][-1]["headers"]["Retry-After"]) >= 1


def test_a_failure_hits_the_requests_within(graph: Emulator) -> None:
    app = graph.add_app()
    graph.fail_next(status=429, retry_after=3)
    graph._native.add_trouble('{"what": {"cut": "close"}, "method": "GET", "after_apply": true}')
    status, document = send(graph, assigning(app), listing(app), assigning(app, id="3"))
    assert status == 200
    assert [response["status"] for response in document["responses"]] == [429, 504, 204]
    assert document["responses"][0]["headers"]["Retry-After"] == "3"


def test_a_batch_has_the_version_of_its_path(graph: Emulator) -> None:
    app = graph.add_app(assignments=[TO_GROUP])
    _, document = send(graph, listing(app), version="v1.0")
    assert "source" not in document["responses"][0]["body"]["value"][0]


def test_a_batch_has_a_known_version(graph: Emulator) -> None:
    assert send(graph, listing(graph.add_app()), version="v9")[0] == 404


def test_a_request_may_be_written_carelessly(graph: Emulator) -> None:
    app = graph.add_app(assignments=[TO_GROUP])
    url = f"deviceAppManagement/mobileApps/{app}/assignments?$filter=intent eq 'required'"
    _, document = send(graph, {"id": "1", "method": "get", "url": url})
    assert len(document["responses"][0]["body"]["value"]) == 1


def test_a_batch_is_one_recorded_request(graph: Emulator) -> None:
    app = graph.add_app()
    send(graph, assigning(app), listing(app))
    send(graph, assigning(app), assigning(app, id="2"))
    first, second = graph.requests
    assert (first.path, first.status) == ("/beta/$batch", 200)
    assert [moment.request for moment in graph.history(app)] == [None, first, second, second]
