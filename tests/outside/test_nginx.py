"""nginx before the service: HTTP/2, and connections that it ends in the middle of everything."""

import asyncio
import pathlib
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

import appassign
from appassign import MobileAppGroupAssignment, assign, assign_async
from harness import nginx

CONFIGURATION = pathlib.Path(__file__).with_name("nginx_tls.conf").read_text()
HTTP_2 = "ssl http2"
HTTP_1 = "ssl"


@pytest.fixture(autouse=True)
def trusted(certificate: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.with_name("roots.pem")))


class Served:
    """What nginx served, as it wrote it down."""

    def __init__(self, log: pathlib.Path, answers: int) -> None:
        # It answers first.
        until = time.monotonic() + 20
        while len(lines := log.read_text().splitlines()) < answers and time.monotonic() < until:
            time.sleep(0.01)
        served = [line.split() for line in lines]
        self.connections = {line[0] for line in served}
        self.protocols = {line[1] for line in served}
        self.apps = Counter(line[4].split("/")[-2] for line in served if line[2:4] == ["204", "POST"])


@contextmanager
def started(certificate: pathlib.Path, log: pathlib.Path, protocols: str, requests: int) -> Iterator[str]:
    """An nginx that ends a connection after so many requests."""
    settings = {"CERTIFICATE": certificate, "LOG": log, "PROTOCOLS": protocols, "REQUESTS": requests}
    configuration = CONFIGURATION
    for name, value in settings.items():
        configuration = configuration.replace(f" {name}", f" {value}")
    with nginx.started(configuration) as server:
        yield server.base_url.replace("http:", "https:")


@pytest.fixture
def log(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "access.log"


async def at_once(
    sales: MobileAppGroupAssignment, url: str, apps: list[str], *, in_flight: int
) -> list[appassign.AssignReceipt]:
    """One call for each app, so many at a time."""
    free = asyncio.Semaphore(in_flight)

    async def call(app: str) -> appassign.AssignReceipt:
        async with free:
            return await assign_async(app, [sales], credential="T", base_url=url, timeout=60)

    return await asyncio.gather(*map(call, apps))


def test_many_calls_share_one_connection_of_http_2(
    certificate: pathlib.Path, log: pathlib.Path, sales: MobileAppGroupAssignment
) -> None:
    apps = ["first", *(f"app-{number}" for number in range(300))]
    with started(certificate, log, HTTP_2, 100_000) as url:
        assign(apps[0], [sales], credential="T", base_url=url)
        receipts = asyncio.run(at_once(sales, url, apps[1:], in_flight=300))
        served = Served(log, len(apps))
    assert {receipt.attempts for receipt in receipts} == {1}
    assert len({receipt.client_request_id for receipt in receipts}) == 300
    assert served.protocols == {"HTTP/2.0"}
    assert served.apps == Counter(apps)
    assert len(served.connections) == 1


@pytest.mark.parametrize(("protocols", "named"), [(HTTP_2, "HTTP/2.0"), (HTTP_1, "HTTP/1.1")])
def test_no_call_is_lost_or_doubled_where_connections_end_after_so_many_requests(
    certificate: pathlib.Path, log: pathlib.Path, sales: MobileAppGroupAssignment, protocols: str, named: str
) -> None:
    apps = [f"app-{number}" for number in range(1_000)]
    with started(certificate, log, protocols, 50) as url:
        receipts = asyncio.run(at_once(sales, url, apps, in_flight=50))
        served = Served(log, len(apps))
    assert len(receipts) == 1_000
    assert served.protocols == {named}
    assert served.apps == Counter(apps)
    assert len(served.connections) >= 1_000 / 50


@pytest.mark.parametrize("protocols", [HTTP_2, HTTP_1])
def test_calls_in_a_row_go_on_over_the_end_of_connections(
    certificate: pathlib.Path, log: pathlib.Path, sales: MobileAppGroupAssignment, protocols: str
) -> None:
    apps = [f"app-{number}" for number in range(100)]
    with started(certificate, log, protocols, 7) as url:
        for app in apps:
            assert assign(app, [sales], credential="T", base_url=url).attempts == 1
        served = Served(log, len(apps))
    assert served.apps == Counter(apps)
    assert len(served.connections) >= 100 / 7
