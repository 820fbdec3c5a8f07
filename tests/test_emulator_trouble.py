"""Trouble on demand: what the next requests meet, and what a fault rate makes of many."""

import base64
import datetime as dt
import http.client
import json
import re
import socket
import time
from collections import Counter
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from appassign import Client as OurClient
from appassign import MobileAppGroupAssignment, ServiceError, ThrottledError
from appassign.emulator import Emulator
from clients import Client

GROUP = "11111111-2222-4333-8444-555555555501"
TO_GROUP = {
    "intent": "required",
    "target": {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": GROUP},
}
BODY = {"mobileAppAssignments": [TO_GROUP]}


@pytest.fixture
def graph() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def client(graph: Emulator) -> Client:
    return Client(graph)


def add_trouble(graph: Emulator, what: object, **options: object) -> None:
    graph._native.add_trouble(json.dumps({"what": what, **options}))


def test_the_next_posts_fail_and_then_it_is_over(graph: Emulator, client: Client) -> None:
    app = graph.add_app()
    graph.fail_next(status=503, retry_after=2, times=2)
    assert client.ask("GET", f"/beta/deviceAppManagement/mobileApps/{app}")[0] == 200, "a GET is no POST"
    for _ in range(2):
        status, seen, document = client.assign(app, BODY)
        assert (status, document["error"]["code"]) == (503, "ServiceUnavailable")
        assert seen["retry-after"] == "2"
    assert graph.assignments(app) == []
    assert client.assign(app, BODY)[0] == 204


def test_a_failure_may_come_after_the_write_took_effect(graph: Emulator, client: Client) -> None:
    app = graph.add_app()
    graph.fail_next(status=504, after_apply=True)
    assert client.assign(app, BODY)[0] == 504
    assert [held["intent"] for held in graph.assignments(app)] == ["required"]


def test_what_is_asked_for_first_is_met_first_and_by_its_method(graph: Emulator, client: Client) -> None:
    path = f"/beta/deviceAppManagement/mobileApps/{graph.add_app()}"
    graph.fail_next(status=502, method="get")
    graph.fail_next(status=500)
    graph.fail_next(status=409)
    graph.fail_next(status=507, method=None)
    assert client.ask("POST", f"{path}/assign", BODY)[0] == 500
    assert client.ask("GET", path)[0] == 502
    assert client.ask("POST", f"{path}/assign", BODY)[0] == 409
    assert client.ask("GET", path)[0] == 507
    assert client.ask("GET", path)[0] == 200


@pytest.mark.parametrize(
    ("status", "code", "nested"),
    [
        (400, "BadRequest", True),
        (401, "InvalidAuthenticationToken", False),
        (403, "Forbidden", True),
        (404, "ResourceNotFound", True),
        (409, "Conflict", True),
        (412, "PreconditionFailed", False),
        (423, "Locked", False),
        (429, "TooManyRequests", True),
        (500, "InternalError", True),
        (502, "BadGateway", False),
        (503, "ServiceUnavailable", False),
        (504, "GatewayTimeout", False),
        (507, "InsufficientStorage", False),
        (599, "UnknownError", False),
    ],
)
def test_a_status_comes_with_its_code_in_its_form(
    graph: Emulator, client: Client, status: int, code: str, *, nested: bool
) -> None:
    graph.fail_next(status=status)
    answered, seen, document = client.assign(graph.add_app(), BODY)
    assert (answered, document["error"]["code"]) == (status, code)
    assert document["error"]["message"].startswith('{\r\n  "_version": 3') == nested
    assert ("www-authenticate" in seen) == (status == 401)
    assert "retry-after" not in seen


@pytest.mark.parametrize("status", [200, 202, 204, 302])
def test_a_status_that_is_no_error_has_no_body(graph: Emulator, client: Client, status: int) -> None:
    app = graph.add_app()
    graph.fail_next(status=status)
    answered, _, document = client.assign(app, BODY)
    assert (answered, document) == (status, {})
    assert graph.assignments(app) == []


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        (0, "0"),
        (10, "10"),
        (10.0, "10"),
        (2.128, "2.128"),
        (0.1, "0.1"),
        ("soon", "soon"),
        ("120, 60", "120, 60"),
        (dt.datetime(2026, 12, 1, 8, 0, 30, tzinfo=dt.UTC), "Tue, 01 Dec 2026 08:00:30 GMT"),
        (
            dt.datetime(2026, 12, 1, 10, tzinfo=dt.timezone(dt.timedelta(hours=2))),
            "Tue, 01 Dec 2026 08:00:00 GMT",
        ),
    ],
)
def test_retry_after_has_each_of_its_forms(
    graph: Emulator, client: Client, given: float | str | dt.datetime, sent: str
) -> None:
    graph.fail_next(status=429, retry_after=given)
    _, seen, document = client.assign(graph.add_app(), BODY)
    assert seen["retry-after"] == sent
    assert document["error"]["message"] == "Too many requests."


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"status": 199}, ValueError, "status: 199 is no status of an answer; give one from 200 to 599"),
        ({"status": 600}, ValueError, "status: 600"),
        ({"status": 429, "times": 0}, ValueError, "times: 0 is no number of requests; give 1 or more"),
        ({"status": 429, "retry_after": -1}, ValueError, "retry_after: -1 is no number of seconds"),
        ({"status": 429, "retry_after": float("nan")}, ValueError, "retry_after: nan"),
        (
            {"status": 429, "retry_after": dt.datetime(2026, 12, 1)},  # noqa: DTZ001
            ValueError,
            "retry_after: the time has no time zone",
        ),
        ({"status": "429"}, TypeError, "status must be an int, not str"),
        ({"status": True}, TypeError, "status must be an int, not bool"),
        ({"status": 429, "times": 1.5}, TypeError, "times must be an int, not float"),
        ({"status": 429, "method": "FETCH"}, ValueError, "method: 'FETCH' is none of GET, POST"),
        ({"status": 429, "retry_after": b"1"}, TypeError, "retry_after must be seconds, a datetime or text, not bytes"),
        ({"status": 429, "retry_after": "1\r\nx: y"}, ValueError, "retry_after: '1\\r\\nx: y' fits into no header"),
        ({"status": 403, "claims": {}}, ValueError, "claims: a claims challenge has the status 401, not 403"),
    ],
)
def test_what_makes_no_sense_is_refused(
    graph: Emulator, options: dict[str, Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=f"^{re.escape(said)}"):
        graph.fail_next(**options)


def test_a_claims_challenge_tells_what_the_next_token_must_have(graph: Emulator, client: Client) -> None:
    claims = {"access_token": {"nbf": {"essential": True, "value": "1604106651"}}}
    graph.fail_next(status=401, claims=claims)
    status, seen, document = client.assign(graph.add_app(), BODY)
    assert (status, document["error"]["code"]) == (401, "InvalidAuthenticationToken")
    challenge = re.fullmatch(
        r'Bearer realm="", authorization_uri="\S+", error="insufficient_claims", claims="(\S+)"',
        seen["www-authenticate"],
    )
    assert challenge
    assert json.loads(base64.b64decode(challenge[1])) == claims


def test_our_client_gets_through_what_passes(sales: MobileAppGroupAssignment) -> None:
    with Emulator(profile="2017") as graph, OurClient(graph.token, base_url=graph.url) as client:
        app = graph.add_app()
        graph.fail_next(status=429, retry_after=0.1, times=2)
        assert client.assign(app, [sales]).attempts == 3
        graph.fail_next(status=429, retry_after=0.05, times=4)
        with pytest.raises(ThrottledError):
            client.assign(app, [sales])
        graph.fail_next(status=500, times=4, after_apply=True)
        with pytest.raises(ServiceError) as caught:
            client.assign(app, [sales])
        assert caught.value.outcome == "unknown"


def raw(graph: Emulator, app: str) -> bytes:
    """What comes back over a bare socket, until it ends."""
    text = json.dumps(BODY).encode()
    head = (
        f"POST /beta/deviceAppManagement/mobileApps/{app}/assign HTTP/1.1\r\nHost: x\r\n"
        f"Authorization: Bearer {graph.token}\r\nContent-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n"
    )
    host, port = graph.url.split("/")[2].split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(head.encode() + text)
        received = b""
        while piece := connection.recv(65536):
            received += piece
        return received


@pytest.mark.parametrize("after_apply", [False, True])
def test_a_connection_is_closed_or_reset_instead_of_an_answer(graph: Emulator, *, after_apply: bool) -> None:
    app = graph.add_app()
    add_trouble(graph, {"cut": "close"}, after_apply=after_apply)
    assert raw(graph, app) == b""
    assert bool(graph.assignments(app)) == after_apply
    add_trouble(graph, {"cut": "reset"}, after_apply=after_apply)
    with pytest.raises(ConnectionResetError):
        raw(graph, app)
    assert [request.status for request in graph.requests] == [None, None]


def test_an_answer_may_break_off_in_its_head_or_in_its_body(graph: Emulator, client: Client) -> None:
    app = graph.add_app()
    add_trouble(graph, {"cut": "half"})
    text = raw(graph, app)
    assert text.startswith(b"HTTP/1.1 204 No Content\r\n")
    assert b"\r\n\r\n" not in text
    add_trouble(graph, {"cut": "half"}, method="GET")
    with pytest.raises(http.client.IncompleteRead) as caught:
        client.ask("GET", f"/beta/deviceAppManagement/mobileApps/{app}/assignments")
    assert caught.value.partial.startswith(b'{"@odata.context":')


def test_an_answer_may_come_byte_by_byte(graph: Emulator) -> None:
    app = graph.add_app()
    add_trouble(graph, {"cut": {"drip": 0.001}})
    started = time.monotonic()
    text = raw(graph, app)
    assert text.startswith(b"HTTP/1.1 204 No Content\r\n")
    assert text.endswith(b"\r\n\r\n")
    assert time.monotonic() - started >= 0.001 * (len(text) - 1)


def test_an_answer_may_never_come(graph: Emulator) -> None:
    app = graph.add_app()
    add_trouble(graph, {"cut": "silence"}, after_apply=True)
    host = graph.url.split("/")[2]
    connection = http.client.HTTPConnection(host, timeout=0.3)
    headers = {"Authorization": f"Bearer {graph.token}", "Content-Type": "application/json"}
    connection.request("POST", f"/beta/deviceAppManagement/mobileApps/{app}/assign", json.dumps(BODY), headers)
    with pytest.raises(TimeoutError):
        connection.getresponse()
    connection.close()
    assert len(graph.assignments(app)) == 1


def test_an_answer_may_be_late(graph: Emulator, client: Client) -> None:
    app = graph.add_app()
    add_trouble(graph, "delay", delay=0.2)
    started = time.monotonic()
    assert client.assign(app, BODY)[0] == 204
    assert time.monotonic() - started >= 0.2


def test_a_read_may_lag_behind_or_be_empty(graph: Emulator, client: Client) -> None:
    app = graph.add_app(assignments=[TO_GROUP])
    path = f"/beta/deviceAppManagement/mobileApps/{app}/assignments"
    client.assign(app, {"mobileAppAssignments": []})
    add_trouble(graph, "stale_read", method="GET")
    add_trouble(graph, "empty_read", method="GET", times=2)
    client.assign(app, {"mobileAppAssignments": [{**TO_GROUP, "intent": "uninstall"}]})
    assert client.ask("GET", path)[2]["value"] == []
    client.assign(app, BODY)
    assert client.ask("GET", path)[2]["value"] == []
    assert client.ask("GET", path)[2]["value"] == []
    assert [held["intent"] for held in client.ask("GET", path)[2]["value"]] == ["required"]
    add_trouble(graph, "stale_read", method="GET")
    assert [held["intent"] for held in client.ask("GET", path)[2]["value"]] == ["uninstall"]


@pytest.mark.parametrize(
    ("form", "media_type"), [("html", "text/html"), ("empty", None), ("nested_twice", "application/json")]
)
def test_a_refusal_may_be_no_document_of_graphs(graph: Emulator, form: str, media_type: str | None) -> None:
    app = graph.add_app()
    add_trouble(graph, {"answer": {"status": 502, "form": form}})
    head, _, text = raw_until_body(graph, app)
    assert (f"content-type: {media_type}" in head) == (media_type is not None)
    if form == "html":
        assert text.startswith("<html>")
    elif form == "empty":
        assert text == ""
    else:
        error = json.loads(text)["error"]
        assert error["code"] == "UnknownError"
        assert json.loads(json.loads(error["message"])["Message"])["_version"] == 3


def raw_until_body(graph: Emulator, app: str) -> tuple[str, str, str]:
    connection = http.client.HTTPConnection(graph.url.split("/")[2], timeout=10)
    headers = {"Authorization": f"Bearer {graph.token}", "Content-Type": "application/json"}
    connection.request("POST", f"/beta/deviceAppManagement/mobileApps/{app}/assign", json.dumps(BODY), headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return "\n".join(f"{name}: {value}" for name, value in answer.getheaders()), "", text


def test_a_broken_trouble_is_refused(graph: Emulator) -> None:
    for broken in ("{", "{}", '{"what": "nonsense"}', '{"what": "delay", "more": 1}'):
        with pytest.raises(ValueError, match=r"^trouble: "):
            graph._native.add_trouble(broken)


def outcomes(seed: int, rate: float, number: int = 300) -> tuple[list[int | None], int]:
    with Emulator(fault_rate=rate, fault_seed=seed) as graph:
        app = graph.add_app()
        client, answered = Client(graph), list[int | None]()
        for _ in range(number):
            try:
                answered.append(client.assign(app, BODY)[0])
            except http.client.RemoteDisconnected:
                answered.append(None)
        return answered, len(graph.history(app)) - 1


def test_a_fault_rate_fails_as_often_as_it_says_and_the_seed_says_which() -> None:
    answered, applied = outcomes(7, 0.3)
    counted = Counter(answered)
    assert set(counted) <= {204, 429, 500, 502, 503, 504, None}
    assert 50 <= 300 - counted[204] <= 130
    assert counted[204] < applied < 300 - counted[429], "some of the failures took effect, and some did not"
    assert outcomes(7, 0.3)[0] == answered
    assert outcomes(8, 0.3)[0] != answered
    assert outcomes(7, 0.0, 20)[0] == [204] * 20


@pytest.mark.parametrize("rate", [-0.1, 1.1, float("nan")])
def test_a_fault_rate_is_a_probability(rate: float) -> None:
    with pytest.raises(ValueError, match=r"^fault_rate: .* is no probability; give one from 0 to 1$"):
        Emulator(fault_rate=rate)


def test_reset_forgets_what_was_in_store(graph: Emulator, client: Client) -> None:
    graph.fail_next(status=500, times=100)
    graph.reset()
    assert client.assign(graph.add_app(), BODY)[0] == 204


def test_dates_of_a_retry_are_dates(graph: Emulator, client: Client) -> None:
    later = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=90)
    graph.fail_next(status=429, retry_after=later)
    _, seen, _ = client.assign(graph.add_app(), BODY)
    assert abs(parsedate_to_datetime(seen["retry-after"]) - later) < dt.timedelta(seconds=1)
