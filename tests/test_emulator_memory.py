"""What an emulator keeps is bounded, and small: a test suite may run against one for hours."""

import http.client
import json
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from appassign.emulator import Emulator

KEPT = 10_000
JSON = {"Content-Type": "application/json"}
MEGABYTE = 1_000_000

# Holds what it is told, then says how much it takes.
HOLDING = """
import sys
from appassign.emulator import Emulator

apps, of_each = map(int, sys.argv[1:])
with Emulator() as graph:
    print("idle", flush=True)
    sys.stdin.readline()
    for _ in range(apps):
        graph.add_app(
            assignments=(
                {
                    "intent": "required",
                    "target": {
                        "@odata.type": "#microsoft.graph.groupAssignmentTarget",
                        "groupId": f"11111111-2222-4333-8444-{number:012}",
                    },
                }
                for number in range(of_each)
            )
        )
    print("holding", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def graph() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


class Caller:
    """Asks over one connection."""

    def __init__(self, graph: Emulator) -> None:
        self._connection = http.client.HTTPConnection(graph.url.split("/")[2], timeout=20)
        self._token = {"Authorization": f"Bearer {graph.token}"}

    def ask(self, method: str, path: str, body: object = None) -> int:
        sent = None if body is None else json.dumps(body)
        self._connection.request(method, path, sent, {**self._token, **JSON})
        answer = self._connection.getresponse()
        answer.read()
        return answer.status

    def close(self) -> None:
        self._connection.close()


@pytest.fixture
def caller(graph: Emulator) -> Iterator[Caller]:
    caller = Caller(graph)
    yield caller
    caller.close()


def to_group(number: int) -> dict[str, object]:
    group = f"11111111-2222-4333-8444-{number:012}"
    return {"intent": "required", "target": {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": group}}


def test_the_last_ten_thousand_requests_are_kept_and_no_more(graph: Emulator, caller: Caller) -> None:
    for number in range(KEPT + 50):
        assert caller.ask("GET", f"/beta/{number}") == 400
    requests = graph.requests
    assert [request.path for request in requests] == [f"/beta/{number}" for number in range(50, KEPT + 50)]
    assert {request.status for request in requests} == {400}


def test_the_last_ten_thousand_moments_are_kept_and_no_more(graph: Emulator, caller: Caller) -> None:
    first, app = graph.add_app(), graph.add_app()
    for batch in range(KEPT // 20 + 5):
        steps = [
            {
                "id": str(step),
                "method": "POST",
                "url": f"/deviceAppManagement/mobileApps/{app}/assign",
                "headers": JSON,
                "body": {"mobileAppAssignments": [to_group(batch * 20 + step)]},
            }
            for step in range(20)
        ]
        assert caller.ask("POST", "/beta/$batch", {"requests": steps}) == 200
    moments = graph.history(app)
    groups = [int(moment.assignments[0]["target"]["groupId"][-12:]) for moment in moments]
    assert groups == list(range(100, KEPT + 100))
    assert graph.history(first) == []
    assert graph.assignments(first) == []


def test_large_requests_are_kept_by_their_bytes(graph: Emulator, caller: Caller) -> None:
    large_bytes = 3_900_000
    path, large = f"/beta/deviceAppManagement/mobileApps/{graph.add_app()}/assign", "x" * large_bytes
    before = psutil.Process().memory_info().rss
    for _ in range(60):
        assert caller.ask("POST", path, {"mobileAppAssignments": large}) == 400
    # Before the record is looked at, which copies it.
    grown = psutil.Process().memory_info().rss - before
    bodies = [len(request.body) for request in graph.requests]
    assert len(bodies) >= 15
    assert sum(bodies) <= 64 * 1024 * 1024
    assert grown < 200 * MEGABYTE < 60 * large_bytes


@pytest.mark.parametrize(("apps", "of_each"), [(1, 100_000), (1_000, 100)])
def test_a_hundred_thousand_assignments_fit_into_two_hundred_megabytes(apps: int, of_each: int) -> None:
    command = [sys.executable, "-c", HOLDING, str(apps), str(of_each)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "idle\n"
            idle = psutil.Process(process.pid).memory_info().rss
            process.stdin.write("\n")
            process.stdin.flush()
            assert process.stdout.readline() == "holding\n"
            grown = psutil.Process(process.pid).memory_info().rss - idle
        finally:
            process.kill()
    # Their text alone is more than a fifth of that: a process that holds nothing would not pass either.
    assert 20 * MEGABYTE < grown < 200 * MEGABYTE
