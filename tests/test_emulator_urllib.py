"""The emulator as a client sees it that has nothing but Python's urllib."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.message import Message

import pytest

from appassign.emulator import Emulator

APPS = "deviceAppManagement/mobileApps"
INTENTS = ["available", "required", "uninstall"]
# Whatever the machine says of proxies: the emulator is on loopback.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@pytest.fixture
def graph() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


def to_group(number: int, intent: str = "required") -> dict[str, object]:
    group = f"11111111-2222-4333-8444-{number:012}"
    return {"intent": intent, "target": {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": group}}


def ask(url: str, token: str | None, body: object = None) -> tuple[int, Message, dict]:
    """A POST where there is a body, else a GET."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    sent = None
    if body is not None:
        sent = json.dumps(body).encode()
        headers["Content-Type"] = "application/json"
    try:
        answer = DIRECT.open(urllib.request.Request(url, sent, headers), timeout=20)
    except urllib.error.HTTPError as refusal:
        answer = refusal
    with answer:
        text = answer.read()
    return answer.status, answer.headers, json.loads(text) if text else {}


def test_an_app_is_assigned_and_lists_it(graph: Emulator) -> None:
    app = graph.add_app(assignments=[to_group(0)])
    url = f"{graph.url}/{APPS}/{app}"
    status, headers, document = ask(f"{url}/assign", graph.token, {"mobileAppAssignments": [to_group(1), to_group(2)]})
    assert (status, document) == (204, {})
    assert headers["Content-Type"] is None
    assert headers["request-id"] == headers["client-request-id"]
    status, headers, listed = ask(f"{url}/assignments", graph.token)
    assert (status, headers.get_content_type()) == (200, "application/json")
    assert listed["@odata.context"].startswith(f"{graph.url}/$metadata#")
    assert [entry["target"]["groupId"] for entry in listed["value"]] == [
        "11111111-2222-4333-8444-000000000001",
        "11111111-2222-4333-8444-000000000002",
    ]


def test_whoever_follows_the_links_sees_each_assignment_once(graph: Emulator) -> None:
    entries = [to_group(number, intent) for number in range(85) for intent in INTENTS]
    app = graph.add_app(assignments=entries)
    url, pages = f"{graph.url}/{APPS}/{app}/assignments", []
    while url:
        status, _, page = ask(url, graph.token)
        assert status == 200
        pages.append(page["value"])
        url = page.get("@odata.nextLink")
    assert [len(page) for page in pages] == [100, 100, 55]
    assert [entry for page in pages for entry in page] == graph.assignments(app)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "ModelValidationFailure"),
        (401, "InvalidAuthenticationToken"),
        (404, "ResourceNotFound"),
        (429, "TooManyRequests"),
    ],
)
def test_a_refusal_says_what_is_wrong_and_changes_nothing(graph: Emulator, status: int, code: str) -> None:
    app = graph.add_app(assignments=[to_group(0)])
    if status == 429:
        graph.fail_next(status=429, retry_after=2.128)
    url = f"{graph.url}/{APPS}/{'nobody' if status == 404 else app}/assign"
    name = "mobileAppGroupAssignments" if status == 400 else "mobileAppAssignments"
    answered, headers, document = ask(url, None if status == 401 else graph.token, {name: [to_group(1)]})
    assert (answered, document["error"]["code"]) == (status, code)
    assert document["error"]["message"]
    assert document["error"]["innerError"]["request-id"] == headers["request-id"]
    assert headers["Retry-After"] == ("2.128" if status == 429 else None)
    assert (headers["WWW-Authenticate"] or "").startswith("Bearer realm=") == (status == 401)
    assert [entry["id"] for entry in graph.assignments(app)] == ["11111111-2222-4333-8444-000000000000_1_0"]


def test_whoever_waits_as_long_as_the_quota_asks_is_let_in() -> None:
    with Emulator(quota_window=2) as graph:
        url = f"{graph.url}/{APPS}/{graph.add_app()}/assign"
        body = {"mobileAppAssignments": [to_group(1)]}
        answers = [ask(url, graph.token, body) for _ in range(101)]
        assert [status for status, _, _ in answers] == [204] * 100 + [429]
        _, headers, document = answers[-1]
        assert document["error"]["code"] == "TooManyRequests"
        time.sleep(float(headers["Retry-After"]))
        assert ask(url, graph.token, body)[0] == 204


def test_a_batch_does_and_answers_its_requests_in_one(graph: Emulator) -> None:
    app = graph.add_app()
    assign = {
        "id": "assign",
        "method": "POST",
        "url": f"/{APPS}/{app}/assign",
        "headers": {"Content-Type": "application/json"},
        "body": {"mobileAppAssignments": [to_group(1)]},
    }
    listing = {"id": "list", "method": "GET", "url": f"/{APPS}/{app}/assignments", "dependsOn": ["assign"]}
    refused = {"id": "refused", "method": "GET", "url": f"/{APPS}/nobody"}
    status, _, document = ask(f"{graph.url}/$batch", graph.token, {"requests": [refused, assign, listing]})
    assert status == 200
    answers = {answer["id"]: answer for answer in document["responses"]}
    assert {name: answer["status"] for name, answer in answers.items()} == {"assign": 204, "list": 200, "refused": 404}
    assert answers["list"]["body"]["value"] == graph.assignments(app)
    assert len(graph.requests) == 1
