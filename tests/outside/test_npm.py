"""Microsoft's client library for JavaScript, behind nginx's TLS, on the emulator: it gives its token to https alone."""

import json
import os
import pathlib
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest

from appassign.emulator import Emulator
from harness import nginx

HERE = pathlib.Path(__file__).parent
# Where `make test-outside` installs what package-lock.json lists.
INSTALLED = HERE.parent.parent / "target" / "npm" / "node_modules"
APPS = "/deviceAppManagement/mobileApps"


class Library:
    """The library in a process of its own, which trusts the authority of the test."""

    def __init__(self, graph: Emulator, base_url: str, roots: pathlib.Path) -> None:
        self._asked = {"baseUrl": base_url, "token": graph.token}
        # It reads Graph's dates, which name no zone, as local ones.
        own = {"NODE_EXTRA_CA_CERTS": str(roots), "NODE_PATH": str(INSTALLED), "TZ": "UTC"}
        self._environment = {**os.environ, **own}

    def run(self, scene: str, **asked: object) -> dict[str, Any]:
        """What came of a scene: its ``value``, or the library's ``error``."""
        done = subprocess.run(
            ["node", str(HERE / "npm" / "client.cjs"), scene],
            input=json.dumps({**self._asked, **asked}),
            env=self._environment, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        outcome: dict[str, Any] = json.loads(done.stdout)
        return outcome


@pytest.fixture
def graph() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def base_url(graph: Emulator, certificate: pathlib.Path) -> Iterator[str]:
    configuration = (HERE / "nginx_reverse.conf").read_text()
    for name, value in {"CERTIFICATE": str(certificate), "//UPSTREAM": f"//{graph.url.split('/')[2]}"}.items():
        configuration = configuration.replace(name, value)
    with nginx.started(configuration) as server:
        yield f"https://127.0.0.1:{server.port}/"


@pytest.fixture
def library(graph: Emulator, base_url: str, certificate: pathlib.Path) -> Library:
    assert INSTALLED.is_dir(), "run `make test-outside`, which installs it"
    return Library(graph, base_url, certificate.with_name("roots.pem"))


def to_group(number: int) -> dict[str, object]:
    group = f"11111111-2222-4333-8444-{number:012}"
    target = {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": group}
    return {"@odata.type": "#microsoft.graph.mobileAppAssignment", "intent": "required", "target": target}


def body(*numbers: int) -> dict[str, object]:
    return {"mobileAppAssignments": [to_group(number) for number in numbers]}


def assigning(app: str, id: str, **others: object) -> dict[str, object]:
    return {"id": id, "method": "POST", "path": f"{APPS}/{app}/assign", "body": body(1), **others}


def listing(app: str, id: str, **others: object) -> dict[str, object]:
    return {"id": id, "method": "GET", "path": f"{APPS}/{app}/assignments", **others}


def test_an_app_is_assigned_and_lists_it(graph: Emulator, library: Library, base_url: str) -> None:
    app = graph.add_app(assignments=[to_group(0)])
    assert library.run("assign", app=app, body=body(1, 2)) == {"value": None}
    listed = library.run("list", app=app)["value"]
    assert [entry["target"]["groupId"][-1] for entry in listed["value"]] == ["1", "2"]
    assert listed["value"] == graph.assignments(app)
    assert listed["@odata.context"].startswith(f"{base_url}beta/$metadata#")
    assert [request.headers["x-forwarded-proto"] for request in graph.requests] == ["https", "https"]


def test_its_page_iterator_sees_each_assignment_once(graph: Emulator, library: Library, base_url: str) -> None:
    app = graph.add_app(assignments=[to_group(number) for number in range(250)])
    outcome = library.run("pages", app=app)["value"]
    assert outcome["complete"]
    assert outcome["seen"] == graph.assignments(app)
    links = [json.loads(request.answer).get("@odata.nextLink") for request in graph.requests]
    assert [link and link.startswith(f"{base_url}beta{APPS}/{app}/") for link in links] == [True, True, None]


def test_its_retry_handler_waits_as_long_as_it_is_asked(graph: Emulator, library: Library) -> None:
    app = graph.add_app()
    graph.fail_next(status=429, retry_after=0.5, times=2)
    start = time.monotonic()
    assert library.run("assign", app=app, body=body(1)) == {"value": None}
    assert time.monotonic() - start >= 1
    attempts = [(request.status, request.headers.get("retry-attempt")) for request in graph.requests]
    assert attempts == [(429, None), (429, "1"), (204, "2")]
    assert len(graph.assignments(app)) == 1


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "ModelValidationFailure"),
        (401, "InvalidAuthenticationToken"),
        (404, "ResourceNotFound"),
        (429, "TooManyRequests"),
    ],
)
def test_its_error_says_what_the_answer_said(graph: Emulator, library: Library, status: int, code: str) -> None:
    app = graph.add_app(assignments=[to_group(0)])
    before = graph.assignments(app)
    if status == 429:
        graph.fail_next(status=429, retry_after=0.1, times=4)
    asked: dict[str, object] = {"app": "nobody" if status == 404 else app, "body": body(1)}
    if status == 400:
        asked["body"] = {"mobileAppGroupAssignments": []}
    if status == 401:
        asked["token"] = graph.token[:-1]
    error = library.run("assign", **asked)["error"]
    last = graph.requests[-1]
    said = json.loads(last.answer)["error"]
    assert (error["statusCode"], error["code"]) == (last.status, code) == (status, code)
    assert error["message"] == said["message"]
    assert error["requestId"] == said["innerError"]["request-id"] == error["headers"]["request-id"]
    assert error["date"].startswith(said["innerError"]["date"])
    assert error["headers"].get("retry-after") == ("0.1" if status == 429 else None)
    assert ("www-authenticate" in error["headers"]) == (status == 401)
    if status == 404:
        assert json.loads(error["message"])["Message"].startswith("An error has occurred - Operation ID")
    assert len(graph.requests) == (4 if status == 429 else 1)
    assert graph.assignments(app) == before


def test_its_batch_reads_each_answer_alone(graph: Emulator, library: Library) -> None:
    app, throttled = graph.add_app(), graph.add_app()
    graph.fail_next(status=429, retry_after=2.128)
    steps = [assigning(throttled, "throttled"), assigning(app, "done"), listing(app, "list"), listing("nobody", "lost")]
    answers = library.run("batch", steps=steps)["value"]
    assert {name: answer["status"] for name, answer in answers.items()} == {
        "throttled": 429,
        "done": 204,
        "list": 200,
        "lost": 404,
    }
    assert answers["throttled"]["retryAfter"] == "2.128"
    assert answers["done"]["body"] == ""
    assert answers["list"]["body"]["value"] == graph.assignments(app)
    assert answers["lost"]["body"]["error"]["code"] == "ResourceNotFound"
    assert graph.assignments(throttled) == []
    assert [request.path for request in graph.requests] == ["/beta/$batch"]


def test_in_a_batch_nothing_is_done_that_depends_on_what_failed(graph: Emulator, library: Library) -> None:
    app = graph.add_app()
    steps = [
        assigning("nobody", "1"),
        assigning(app, "2", dependsOn=["1"]),
        listing(app, "3", dependsOn=["2"]),
    ]
    answers = library.run("batch", steps=steps)["value"]
    assert [answers[name]["status"] for name in "123"] == [404, 424, 424]
    assert graph.assignments(app) == []


def test_the_pages_of_a_list_in_a_batch_are_reached_as_the_batch_was(graph: Emulator, library: Library) -> None:
    app = graph.add_app(assignments=[to_group(number) for number in range(150)])
    assert library.run("pagesOfBatch", steps=[listing(app, "1")]) == {
        "value": {"complete": True, "seen": graph.assignments(app)}
    }
