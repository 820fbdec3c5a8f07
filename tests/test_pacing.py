"""The pace of a client: no faster than the service's quota, which the emulator holds it to."""

import asyncio
import logging
import math
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from appassign import ApplyReceipt, AsyncClient, Client, ConfigurationError, RequestTimeoutError
from appassign.emulator import Emulator
from planned import TWINS, Make, clients_of, to_group, wire

WINDOW = 0.5
RATE = 100 / WINDOW  # The published 100 writes in this window.


@pytest.fixture
def graph() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture(params=TWINS)
def make(request: pytest.FixtureRequest, graph: Emulator) -> Iterator[Make]:
    with clients_of(request.param, graph) as make:
        yield make


def statuses(graph: Emulator) -> list[int | None]:
    return [request.status for request in graph.requests]


def test_threads_write_as_fast_as_the_quota_allows_and_no_faster() -> None:
    with Emulator(quota_window=WINDOW) as graph, Client(graph.token, base_url=graph.url, rate_limit=RATE) as client:
        apps = [graph.add_app() for _ in range(320)]
        start = time.monotonic()
        with ThreadPoolExecutor(16) as threads:
            list(threads.map(lambda app: client.assign(app, [to_group(1)]), apps))
        took = time.monotonic() - start
        assert statuses(graph) == [204] * 320, "no 429 at all"
        assert took >= 3 * WINDOW
        assert {len(graph.assignments(app)) for app in apps} == {1}


def test_changes_on_a_loop_keep_to_the_quota_with_their_reads() -> None:
    with Emulator(quota_window=WINDOW) as graph:
        apps = [graph.add_app(assignments=[wire(0)]) for _ in range(250)]

        async def change_all() -> list[ApplyReceipt]:
            async with AsyncClient(graph.token, base_url=graph.url, rate_limit=RATE) as client:
                return await asyncio.gather(*(client.change(app, add=[to_group(1)]) for app in apps))

        receipts = asyncio.run(change_all())
        assert all(receipt.response and receipt.response.attempts == 1 for receipt in receipts)
        assert statuses(graph).count(204) == 250
        assert set(statuses(graph)) == {200, 204}


def test_without_a_pace_the_same_writes_meet_the_quota() -> None:
    with Emulator(quota_window=300) as graph:
        app = graph.add_app()
        with Client(graph.token, base_url=graph.url, rate_limit=math.inf, attempts=1) as client:
            with ThreadPoolExecutor(8) as threads:
                calls = [threads.submit(client.assign, app, [to_group(1)]) for _ in range(130)]
            assert sum(call.exception() is None for call in calls) == 100
        assert 429 in statuses(graph)


def test_loopback_has_no_pace_unless_one_is_asked_for(make: Make, graph: Emulator) -> None:
    client, app = make(timeout=5), graph.add_app()
    for _ in range(130):
        client.assign(app, [to_group(1)])
    paced = make(timeout=5, rate_limit=5)
    for _ in range(100):
        paced.assign(app, [to_group(1)])
    with pytest.raises(RequestTimeoutError, match="the client keeps to 100 writes in 20 s"):
        paced.assign(app, [to_group(1)])


def test_a_turn_that_cannot_come_in_time_is_told_at_once(make: Make, graph: Emulator) -> None:
    client, app = make(timeout=60, rate_limit=0.01), graph.add_app(assignments=[wire(0)])
    client.assign(app, [to_group(1)])
    start = time.monotonic()
    for call in (lambda: client.assign(app, [to_group(2)]), lambda: client.change(app, add=[to_group(2)])):
        with pytest.raises(
            RequestTimeoutError, match=r"keeps to 1 write in 100 s, and the next may go in (100|9\d)"
        ) as late:
            call()
        assert (late.value.outcome, late.value.attempts) == ("not_sent", 0)
        assert late.value.hint
        assert "rate_limit=" in late.value.hint
    assert time.monotonic() - start < 30
    assert len(graph.requests) == 1, "the change did not read, either"


def test_reads_have_ten_places_for_each_of_a_write(make: Make, graph: Emulator) -> None:
    client, app = make(timeout=60, rate_limit=0.01), graph.add_app(assignments=[wire(0)])
    for _ in range(10):
        client.assignments(app)
    with pytest.raises(RequestTimeoutError, match=r"keeps to 10 requests in 100 s"):
        client.assignments(app)


def test_a_wait_for_the_pace_is_no_warning(graph: Emulator, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    app = graph.add_app()
    with Client(graph.token, base_url=graph.url, rate_limit=50) as client, ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: client.assign(app, [to_group(1)]), range(101)))
    said = [record for record in caplog.records if "keeping to the client's pace: waiting" in record.getMessage()]
    assert [record.levelno for record in said] == [logging.DEBUG]
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_two_clients_keep_to_a_pace_each(make: Make, graph: Emulator) -> None:
    app = graph.add_app()
    for _ in range(3):
        make(timeout=60, rate_limit=0.01).assign(app, [to_group(1)])


@pytest.mark.parametrize("rate", [0, -1, -0.0, float("nan"), float("-inf"), False])
def test_a_rate_lets_something_go(make: Make, rate: float) -> None:
    with pytest.raises(
        ConfigurationError, match=r"^rate_limit: .* is not a number of writes a second above zero"
    ) as no:
        make(rate_limit=rate)
    assert no.value.hint
    assert 'float("inf")' in no.value.hint


@pytest.mark.parametrize("rate", [1, 0.5, 1e-300, 1e300, 10**400, math.inf, None])
def test_a_rate_is_any_number_above_zero(make: Make, graph: Emulator, rate: float | None) -> None:
    make(rate_limit=rate).assign(graph.add_app(), [to_group(1)])


@pytest.mark.parametrize("rate", ["5", b"5", [5], 5j])
def test_a_rate_is_a_number(make: Make, rate: object) -> None:
    with pytest.raises(TypeError, match="rate_limit must be a number of writes a second, not "):
        make(rate_limit=rate)
