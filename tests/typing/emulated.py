# pyright: reportUnnecessaryTypeIgnoreComment=error
"""What type checkers know of the emulator and of the pytest fixtures. They find an error wherever one is ignored."""

from datetime import UTC, datetime
from typing import Any, Literal, assert_type

import pytest

from appassign import Client, MobileAppAssignment
from appassign.emulator import Emulator, Moment, RecordedHeaders, RecordedRequest


def an_emulator(one: MobileAppAssignment) -> None:
    with Emulator(profile="2017", quota_window=0.1) as graph:
        assert_type(graph, Emulator)
        assert_type(graph.url, str)
        assert_type(graph.token, str)
        app = graph.add_app(assignments=[one.to_dict()], publishing_state="processing")
        assert_type(app, str)
        graph.publish(app)
        assert_type(graph.assignments(app), list[dict[str, Any]])
        assert_type(graph.history(app), list[Moment])
        assert_type(graph.requests, list[RecordedRequest])
        graph.fail_next(status=429, retry_after=datetime.now(UTC), method=None)
        graph.fail_next(status=503, retry_after="soon", times=2, after_apply=True)
        graph.fail_next(status=401, claims={"access_token": {"nbf": {"essential": True}}})
        graph.reset()

        graph.add_app(assignments=[one])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
        graph.add_app(publishing_state="done")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        graph.fail_next()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
        graph.fail_next(status="503")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        graph.requests()  # type: ignore[operator]  # pyright: ignore[reportCallIssue]
    Emulator(profile="2018")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Emulator("2017")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def what_it_recorded(moment: Moment, request: RecordedRequest) -> None:
    assert_type(moment.time, datetime)
    assert_type(moment.request, RecordedRequest | None)
    assert_type(moment.assignments, list[dict[str, Any]])
    assert_type(request.method, str)
    assert_type(request.path, str)
    assert_type(request.headers, RecordedHeaders)
    assert_type(request.headers["Authorization"], str)
    assert_type(request.headers.get("If-Match"), str | None)
    assert_type(request.body, bytes)
    assert_type(request.status, int | None)
    assert_type(request.answer, bytes)
    assert_type({**request.headers}, dict[str, str])
    request.headers["Authorization"] = "x"  # type: ignore[index]  # pyright: ignore[reportIndexIssue]
    moment.request.body  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]


@pytest.fixture
def graph_profile() -> Literal["2017", "current"]:
    return "2017"


@pytest.fixture
def app(graph_emulator: Emulator) -> str:
    return graph_emulator.add_app()


def test_what_fixtures_give(graph_emulator: Emulator, graph_client: Client, app: str) -> None:
    assert_type(graph_client.assignments(app), list[MobileAppAssignment])
    assert graph_emulator.assignments(app) == []
