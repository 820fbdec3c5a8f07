"""squid between us and the service, as companies have it."""

import pathlib
import ssl
from collections.abc import Iterator

import pytest
import trustme
from squid import WITH_PASSWORD, Squid, squid

import appassign
from appassign import MobileAppGroupAssignment, assign
from relay import Relay
from servers import AnsweringServer

pytestmark = pytest.mark.usefixtures("both_twins")


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def open_to_all() -> Iterator[Squid]:
    with squid() as started:
        yield started


@pytest.fixture(scope="module")
def guarded() -> Iterator[Squid]:
    with squid(WITH_PASSWORD) as started:
        yield started


@pytest.fixture
def graph_test(
    authority: trustme.CA, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[AnsweringServer]:
    """A server that only squid can find, as graph.test. Its CA is trusted."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("graph.test").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "roots.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "roots.pem"))
    with AnsweringServer(204, tls=context) as server:
        yield server


def call(sales: MobileAppGroupAssignment, port: int, *, attempts: int = 4) -> appassign.AssignReceipt:
    return assign("A", [sales], credential="CANARY", base_url=f"https://graph.test:{port}/beta", attempts=attempts)


def refused(sales: MobileAppGroupAssignment, port: int, *, attempts: int = 4) -> appassign.AppAssignError:
    with pytest.raises(appassign.AppAssignError) as refusal:
        call(sales, port, attempts=attempts)
    assert type(refusal.value) is appassign.ConnectError
    assert refusal.value.outcome == "not_sent"
    return refusal.value


@pytest.mark.parametrize("user", ["", "user:p%40ss%2Fword@"])
def test_squid_is_asked_for_a_tunnel_and_sees_nothing_else(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    sales: MobileAppGroupAssignment,
    graph_test: AnsweringServer,
    user: str,
) -> None:
    between: Squid = request.getfixturevalue("guarded" if user else "open_to_all")
    with Relay(between.port) as relay:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{user}127.0.0.1:{relay.port}")
        for _ in range(3):
            assert call(sales, graph_test.port).status == 204
    assert len(graph_test.seen) == 3
    assert len(relay.sent) == 1, "the tunnel is kept"
    assert relay.sent[0].startswith(f"CONNECT graph.test:{graph_test.port} HTTP/1.1\r\n".encode())
    assert b"CANARY" not in relay.sent[0]


@pytest.mark.parametrize(
    ("user", "said"), [("", "asks for a user and a password"), ("user:wrong@", "refused the user or password")]
)
def test_squid_lets_nobody_in_without_the_right_password(
    monkeypatch: pytest.MonkeyPatch,
    sales: MobileAppGroupAssignment,
    guarded: Squid,
    graph_test: AnsweringServer,
    user: str,
    said: str,
) -> None:
    with Relay(guarded.port) as relay:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{user}127.0.0.1:{relay.port}")
        error = refused(sales, graph_test.port)
    assert f"{said}" in str(error)
    assert "(407)" in str(error)
    assert "wrong" not in f"{error} {error!r} {vars(error)}"
    assert error.attempts == 1
    assert len(relay.sent) == 1
    assert graph_test.connections == 0


def test_squid_does_not_speak_tls_itself(
    monkeypatch: pytest.MonkeyPatch, sales: MobileAppGroupAssignment, open_to_all: Squid
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"https://127.0.0.1:{open_to_all.port}")
    error = refused(sales, 443, attempts=1)
    assert str(error).startswith(f"could not connect to the proxy 127.0.0.1:{open_to_all.port}: ")
    assert "write http:// before the proxy's address" in str(error.hint)


def test_squid_cannot_find_or_reach_the_service(
    monkeypatch: pytest.MonkeyPatch, sales: MobileAppGroupAssignment, open_to_all: Squid
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{open_to_all.port}")
    with AnsweringServer(204) as gone:
        pass
    error = refused(sales, gone.port, attempts=1)
    said = f"the proxy 127.0.0.1:{open_to_all.port} opened no way to graph.test:{gone.port}: "
    assert str(error).startswith(said)
