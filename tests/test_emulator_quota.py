"""The published quotas, with a window as short as a test likes."""

import time

import pytest

from appassign.emulator import Emulator
from clients import Client

APPS = "/beta/deviceAppManagement/mobileApps"


def test_the_101st_write_of_a_window_is_throttled_and_reads_are_not() -> None:
    with Emulator(quota_window=20) as graph:
        app, client = graph.add_app(), Client(graph)
        assert [client.assign(app, {})[0] for _ in range(100)] == [204] * 100
        status, seen, document = client.assign(app, {})
        assert (status, document["error"]["code"]) == (429, "TooManyRequests")
        assert document["error"]["innerError"]["code"] == "429"
        assert 1 <= int(seen["retry-after"]) <= 20
        assert client.ask("GET", f"{APPS}/{app}")[0] == 200
        graph.reset()
        assert client.assign(graph.add_app(), {})[0] == 204


def test_applications_of_one_tenant_share_two_hundred_writes() -> None:
    with Emulator(quota_window=20) as graph:
        app, statuses = graph.add_app(), list[int]()
        for application in "abc":
            token = graph._native.make_token(f'{{"appid": "{application}"}}')
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
            statuses += [Client(graph).assign(app, {}, headers=headers)[0] for _ in range(90)]
        assert (statuses.count(204), statuses.count(429)) == (200, 70)


def test_a_shorter_window_lets_in_again_after_what_it_says() -> None:
    with Emulator(quota_window=0.5) as graph:
        app, client = graph.add_app(), Client(graph)
        statuses = []
        while 429 not in statuses:
            status, seen, _ = client.assign(app, {})
            statuses.append(status)
            assert len(statuses) < 2000, "the machine is too slow for a hundred writes in half a second"
        assert 0 < float(seen["retry-after"]) <= 0.5
        time.sleep(float(seen["retry-after"]))
        assert client.assign(app, {})[0] == 204, "who waits as long as the answer says is let in"


def test_without_a_window_there_are_no_quotas() -> None:
    with Emulator() as graph:
        app, client = graph.add_app(), Client(graph)
        assert {client.assign(app, {})[0] for _ in range(300)} == {204}


@pytest.mark.parametrize("window", [0, -1, float("nan"), float("inf")])
def test_a_window_is_longer_than_nothing(window: float) -> None:
    with pytest.raises(ValueError, match=r"^quota_window: .* is no number of seconds above zero$"):
        Emulator(quota_window=window)
