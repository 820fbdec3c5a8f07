"""What the emulator tells a test afterwards: each request with its answer, and what an app held at each moment."""

import datetime as dt
import json
from collections.abc import Iterator

import pytest

from appassign.emulator import Emulator
from clients import Client

GROUPS = [f"11111111-2222-4333-8444-55555555550{number}" for number in range(3)]


def to_group(number: int) -> dict[str, object]:
    kind = "#microsoft.graph.groupAssignmentTarget"
    return {"intent": "required", "target": {"@odata.type": kind, "groupId": GROUPS[number]}}


@pytest.fixture
def graph() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


def test_a_request_is_recorded_with_its_answer(graph: Emulator) -> None:
    client, app = Client(graph), graph.add_app()
    client.assign(app, {"mobileAppAssignments": [to_group(0)]})
    client.ask("GET", f"/beta/deviceAppManagement/mobileApps/{app}/assignments")
    client.assign("nobody", {})
    done, listed, refused = graph.requests
    assert (done.method, done.status, done.answer) == ("POST", 204, b"")
    assert (listed.method, listed.status) == ("GET", 200)
    assert json.loads(listed.answer)["value"] == graph.assignments(app)
    assert (refused.status, json.loads(refused.answer)["error"]["code"]) == (404, "ResourceNotFound")


def test_what_an_app_held_at_each_moment_can_be_told(graph: Emulator) -> None:
    before = dt.datetime.now(dt.UTC)
    app, client = graph.add_app(assignments=[to_group(0)]), Client(graph)
    other = graph.add_app()
    path = f"/beta/deviceAppManagement/mobileApps/{app}/assignments"
    client.ask("POST", path, to_group(1))
    client.assign(other, {"mobileAppAssignments": [to_group(0)]})
    client.ask("GET", path)
    client.ask("DELETE", f"{path}/{GROUPS[0]}_1_0")
    client.assign(app, {"mobileAppAssignments": "nonsense"})
    client.assign(app, {})
    moments = graph.history(app)
    held = [[entry["id"][:36] for entry in moment.assignments] for moment in moments]
    assert held == [GROUPS[:1], GROUPS[:2], GROUPS[1:2], []]
    requests = graph.requests
    assert [moment.request for moment in moments] == [None, requests[0], requests[3], requests[5]]
    times = [before, *(moment.time for moment in moments), dt.datetime.now(dt.UTC)]
    assert times == sorted(times)
    assert len(graph.history(other)) == 2
    with pytest.raises(KeyError, match="the emulator holds no app nothing"):
        graph.history("nothing")


def test_a_reset_forgets_everything(graph: Emulator) -> None:
    app = graph.add_app()
    Client(graph).assign(app, {})
    url, token = graph.url, graph.token
    graph.reset()
    assert graph.requests == []
    for forgotten in (graph.history, graph.assignments, graph.publish):
        with pytest.raises(KeyError):
            forgotten(app)
    assert (graph.url, graph.token) == (url, token)
