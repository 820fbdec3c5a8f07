"""Services that cannot be reached: in the end a call says so, and that nothing was sent."""

import asyncio
import pathlib
import socket
import ssl
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import pytest
import trustme

import appassign
from appassign import MobileAppGroupAssignment, assign, assign_async
from servers import AnsweringServer

CONNECT_SECONDS = 10


@contextmanager
def mute() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        yield listener.getsockname()[1]


@contextmanager
def black_hole() -> Iterator[int]:
    """A port where the packets of new connections are dropped: whoever listens there has a full queue."""
    with ExitStack() as held:
        listener = held.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        port: int = listener.getsockname()[1]
        for _ in range(16):
            waiting = held.enter_context(socket.socket())
            waiting.settimeout(0.2)
            try:
                waiting.connect(("127.0.0.1", port))
            except TimeoutError:
                break
        else:
            pytest.fail("the queue of the listener took everyone")
        yield port


def outcome(sales: MobileAppGroupAssignment, url: str, twin: str, timeout: float) -> appassign.AppAssignError:
    options = {"credential": "CANARY", "base_url": url, "timeout": timeout, "attempts": 1}
    twins = {"assign": assign, "assign_async": lambda *args, **given: asyncio.run(assign_async(*args, **given))}
    with pytest.raises(appassign.AppAssignError) as refusal:
        twins[twin]("A", [sales], **options)
    assert "CANARY" not in f"{refusal.value!s} {refusal.value!r} {vars(refusal.value)}"
    return refusal.value


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse what a full queue does not take")
def test_a_service_that_does_not_let_one_in_is_given_up_when_the_time_to_connect_is_over(
    monkeypatch: pytest.MonkeyPatch, sales: MobileAppGroupAssignment
) -> None:
    """All at once, since each takes the ten seconds that connecting may take."""
    with mute() as silent, black_hole() as hole, ThreadPoolExecutor() as pool:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{silent}")
        proxied = f"graph.test by way of the proxy 127.0.0.1:{silent}"
        waits = {
            (peer, twin): pool.submit(outcome, sales, url, twin, 60)
            for peer, url in {
                f"127.0.0.1:{hole}": f"http://127.0.0.1:{hole}/beta",
                f"127.0.0.1:{silent}": f"https://127.0.0.1:{silent}/beta",
                proxied: "https://graph.test/beta",
            }.items()
            for twin in ("assign", "assign_async")
        }
        errors = {about: wait.result(120) for about, wait in waits.items()}
    for (peer, _), error in errors.items():
        assert type(error) is appassign.ConnectError
        assert str(error).startswith(f"could not connect to {peer} within {CONNECT_SECONDS} s")
        assert error.outcome == "not_sent"
        assert error.elapsed >= CONNECT_SECONDS
        assert error.elapsed < 60


@pytest.mark.parametrize("twin", ["assign", "assign_async"])
def test_a_call_that_ends_before_it_has_a_connection_says_so(sales: MobileAppGroupAssignment, twin: str) -> None:
    with mute() as silent:
        error = outcome(sales, f"https://127.0.0.1:{silent}/beta", twin, 0.3)
    assert type(error) is appassign.RequestTimeoutError
    assert str(error) == f"no connection to 127.0.0.1:{silent} came about within 0.3 s"
    assert error.outcome == "not_sent"
    assert error.elapsed >= 0.3


@pytest.mark.parametrize("twin", ["assign", "assign_async"])
def test_a_call_that_ends_without_an_answer_says_that(sales: MobileAppGroupAssignment, twin: str) -> None:
    with mute() as silent:
        error = outcome(sales, f"http://127.0.0.1:{silent}/beta", twin, 0.3)
    assert type(error) is appassign.RequestTimeoutError
    assert str(error) == f"127.0.0.1:{silent} gave no answer within 0.3 s"
    assert error.outcome == "unknown"


@pytest.mark.usefixtures("both_twins")
@pytest.mark.parametrize("is_tls", [False, True])
def test_a_service_on_ipv6_is_reached(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path, sales: MobileAppGroupAssignment, *, is_tls: bool
) -> None:
    context = None
    if is_tls:
        authority = trustme.CA()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("::1").configure_cert(context)
        authority.cert_pem.write_to_path(tmp_path / "roots.pem")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "roots.pem"))
    with AnsweringServer(204, tls=context, host="::1") as server:
        assert "[::1]" in server.url
        assert assign("A", [sales], credential="T", base_url=server.url).status == 204
        host = {name.lower(): value for name, value in server.seen[0][2].items()}["host"]
    assert host == f"[::1]:{server.port}"
