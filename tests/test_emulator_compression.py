"""gzip, both ways: what a client sends compressed, and what it gets."""

import gzip
import http.client
import json
from collections.abc import Iterator

import pytest

from appassign.emulator import Emulator

GROUP = "11111111-2222-4333-8444-555555555501"
TO_GROUP = {"intent": "required", "target": {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": GROUP}}
BODY = json.dumps({"mobileAppAssignments": [TO_GROUP]}).encode()


@pytest.fixture
def graph() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


def ask(
    graph: Emulator, method: str, path: str, body: bytes | None = None, **headers: str
) -> tuple[int, str | None, bytes]:
    """The status, the compression and the body of the answer."""
    connection = http.client.HTTPConnection(graph.url.split("/")[2], timeout=20)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, f"/beta/deviceAppManagement/mobileApps/{path}", body, {
        "Authorization": f"Bearer {graph.token}", "Content-Type": "application/json", **named,
    })  # fmt: skip
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer.status, answer.headers["Content-Encoding"], text


def hold_much(graph: Emulator) -> str:
    """The path of a list that is worth compressing."""
    groups = [f"11111111-2222-4333-8444-5555555555{number:02}" for number in range(20)]
    target = {"@odata.type": "#microsoft.graph.groupAssignmentTarget"}
    return graph.add_app(
        assignments=[{"intent": "required", "target": {**target, "groupId": group}} for group in groups]
    )


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip", "gzip"),
        ("br, GZIP;q=0.5", "gzip"),
        ("*", "gzip"),
        ("identity", None),
        ("gzip;q=0, identity", None),
        ("gzip; q=0.0", None),
        ("bzip", None),
    ],
)
def test_an_answer_is_compressed_for_whoever_takes_it(graph: Emulator, accepted: str, coding: str | None) -> None:
    status, sent, text = ask(graph, "GET", f"{hold_much(graph)}/assignments", Accept_Encoding=accepted)
    assert (status, sent) == (200, coding)
    assert len(json.loads(gzip.decompress(text) if coding else text)["value"]) == 20


def test_what_is_short_stays_as_it_is(graph: Emulator) -> None:
    assert ask(graph, "GET", f"{graph.add_app()}/assignments", Accept_Encoding="gzip")[1] is None


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "x-gzip"])
def test_a_compressed_body_is_read_and_recorded_as_it_was_meant(graph: Emulator, coding: str) -> None:
    app = graph.add_app()
    half = len(BODY) // 2
    for packed in (gzip.compress(BODY), gzip.compress(BODY[:half]) + gzip.compress(BODY[half:])):
        assert ask(graph, "POST", f"{app}/assign", packed, Content_Encoding=coding)[0] == 204
        assert [held["id"] for held in graph.assignments(app)] == [f"{GROUP}_1_0"]
        assert graph.requests[-1].body == BODY
    assert ask(graph, "POST", f"{app}/assign", BODY, Content_Encoding="identity")[0] == 204


@pytest.mark.parametrize(
    ("coding", "packed", "status", "code"),
    [
        ("gzip", BODY, 400, "BadRequest"),
        ("gzip", gzip.compress(BODY)[:-10], 400, "BadRequest"),
        ("br", BODY, 415, "UnsupportedMediaType"),
        ("gzip", gzip.compress(b" " * 4_194_305), 413, "RequestEntityTooLarge"),
    ],
)
def test_a_body_that_nobody_can_read_is_refused(
    graph: Emulator, coding: str, packed: bytes, status: int, code: str
) -> None:
    app = graph.add_app(assignments=[TO_GROUP])
    answered, _, text = ask(graph, "POST", f"{app}/assign", packed, Content_Encoding=coding)
    assert (answered, json.loads(text)["error"]["code"]) == (status, code)
    assert len(graph.assignments(app)) == 1
    [request] = graph.requests
    assert (request.status, request.answer, request.body) == (status, text, b"")
