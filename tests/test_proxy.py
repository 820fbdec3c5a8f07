"""Calls by way of a real proxy."""

import logging
import os
import pathlib
import socket
import ssl
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator

import pytest
import trustme
from h2.connection import H2Connection

import appassign
from appassign import MobileAppGroupAssignment, assign
from http2 import Http2Server
from proxies import Mitmproxy, mitmproxy
from relay import Relay
from servers import AnsweringServer

pytestmark = pytest.mark.usefixtures("both_twins")

TOKEN = "CANARY-TOKEN"
PASSWORD = "p@ss%/w0rd"
IN_A_URL = "user:p%40ss%25%2Fw0rd"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mitmproxy]:
    """It passes everything on and looks into nothing."""
    with mitmproxy(tmp_path_factory.mktemp("proxy"), "--ignore-hosts", ".*") as started:
        yield started


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mitmproxy]:
    """It wants a user and a password."""
    options = ("--ignore-hosts", ".*", "--proxyauth", f"user:{PASSWORD}")
    with mitmproxy(tmp_path_factory.mktemp("guarded"), *options) as started:
        yield started


@pytest.fixture(scope="module")
def inspecting(tmp_path_factory: pytest.TempPathFactory, authority: trustme.CA) -> Iterator[Mitmproxy]:
    """It breaks TLS open, as those of some companies do, with a CA of its own."""
    folder = tmp_path_factory.mktemp("inspecting")
    authority.cert_pem.write_to_path(folder / "roots.pem")
    with mitmproxy(folder, "--set", f"ssl_verify_upstream_trusted_ca={folder / 'roots.pem'}") as started:
        yield started


@pytest.fixture
def graph_test(
    authority: trustme.CA, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[AnsweringServer]:
    """A server that only the proxies can find, as graph.test. Its CA is trusted."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("graph.test").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "roots.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "roots.pem"))
    with AnsweringServer(204, tls=context) as server:
        yield server


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def call(sales: MobileAppGroupAssignment, server: AnsweringServer | Http2Server) -> appassign.AssignReceipt:
    return assign("A", [sales], credential=TOKEN, base_url=f"https://graph.test:{server.port}/beta")


def refused(sales: MobileAppGroupAssignment, url: str, *, attempts: int = 1) -> appassign.AppAssignError:
    with pytest.raises(appassign.AppAssignError) as refusal:
        assign("A", [sales], credential=TOKEN, base_url=url, attempts=attempts)
    error = refusal.value
    assert error.outcome == "not_sent"
    shown = f"{error!s} {error!r} {error.args} {vars(error)} {''.join(traceback.format_exception(error))}"
    assert all(secret not in shown for secret in (TOKEN, PASSWORD, IN_A_URL))
    return error


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
def test_a_call_goes_by_way_of_the_proxy_that_the_environment_names(
    monkeypatch: pytest.MonkeyPatch,
    sales: MobileAppGroupAssignment,
    proxy: Mitmproxy,
    graph_test: AnsweringServer,
    variable: str,
) -> None:
    with Relay(proxy.port) as relay:
        monkeypatch.setenv(variable, f"http://127.0.0.1:{relay.port}")
        assert call(sales, graph_test).attempts == 1
    assert [request[0] for request in graph_test.seen] == ["POST"]
    assert graph_test.seen[0][2]["authorization"] == f"Bearer {TOKEN}"
    [sent] = relay.sent
    asked, _, rest = sent.partition(b"\r\n\r\n")
    to = f"graph.test:{graph_test.port}"
    assert asked.decode().split("\r\n") == [f"CONNECT {to} HTTP/1.1", f"Host: {to}"]
    handshake = b"\x16\x03"
    assert rest.startswith(handshake)
    assert TOKEN.encode() not in sent


def test_http_2_goes_through_the_tunnel_and_keeps_it(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: pathlib.Path,
    sales: MobileAppGroupAssignment,
    proxy: Mitmproxy,
    authority: trustme.CA,
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("graph.test").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "roots.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "roots.pem"))

    def answer(connection: H2Connection, stream: int, _: int) -> bool:
        connection.send_headers(stream, [(":status", "204")], end_stream=True)
        return False

    with Http2Server(context, answer) as server, Relay(proxy.port) as relay:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{relay.port}")
        for _ in range(3):
            call(sales, server)
        assert len(server.seen) == 3
        assert server.connections == 1
        assert len(relay.sent) == 1


def test_a_variable_that_is_set_after_a_call_failed_counts(
    monkeypatch: pytest.MonkeyPatch, sales: MobileAppGroupAssignment, proxy: Mitmproxy, graph_test: AnsweringServer
) -> None:
    error = refused(sales, f"https://graph.test:{graph_test.port}/beta")
    assert str(error).startswith(f"the address of graph.test:{graph_test.port} could not be found: ")
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    assert call(sales, graph_test).status == 204


@pytest.mark.parametrize("exempt", ["graph.test", ".test", "other.example,GRAPH.TEST", "*"])
def test_a_host_of_no_proxy_is_called_directly(
    monkeypatch: pytest.MonkeyPatch, sales: MobileAppGroupAssignment, proxy: Mitmproxy, exempt: str
) -> None:
    with Relay(proxy.port) as relay:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{relay.port}")
        monkeypatch.setenv("NO_PROXY", exempt)
        error = refused(sales, "https://graph.test/beta")
    assert str(error).startswith("the address of graph.test could not be found: ")
    assert relay.sent == []


@pytest.mark.parametrize("exempt", ["", "other.test", "h.test", "127.0.0.1,localhost"])
def test_other_hosts_of_no_proxy_change_nothing(
    monkeypatch: pytest.MonkeyPatch,
    sales: MobileAppGroupAssignment,
    proxy: Mitmproxy,
    graph_test: AnsweringServer,
    exempt: str,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    monkeypatch.setenv("no_proxy", exempt)
    assert call(sales, graph_test).status == 204


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_loopback_is_never_proxied(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: pathlib.Path,
    sales: MobileAppGroupAssignment,
    authority: trustme.CA,
    scheme: str,
    host: str,
) -> None:
    context = None
    if scheme == "https":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1", "localhost", "::1").configure_cert(context)
        authority.cert_pem.write_to_path(tmp_path / "roots.pem")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "roots.pem"))
    bound = "::1" if host == "[::1]" else "127.0.0.1"
    with AnsweringServer(204, tls=context, host=bound) as server, Relay(free_port()) as relay:
        for variable in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(variable, f"http://127.0.0.1:{relay.port}")
        url = f"{scheme}://{host}:{server.port}/beta"
        assert assign("A", [sales], credential=TOKEN, base_url=url).status == 204
        assert server.connections == 1
    assert relay.sent == []


def test_a_proxy_gets_the_password_of_its_url_and_the_service_does_not(
    monkeypatch: pytest.MonkeyPatch, sales: MobileAppGroupAssignment, guarded: Mitmproxy, graph_test: AnsweringServer
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://{IN_A_URL}@127.0.0.1:{guarded.port}")
    assert call(sales, graph_test).status == 204
    names = {name.lower() for name in graph_test.seen[0][2]}
    assert "authorization" in names
    assert "proxy-authorization" not in names


@pytest.mark.parametrize(
    ("user", "said"),
    [
        ("", "asks for a user and a password (407)"),
        ("user:wrong@", "refused the user or password that it was given (407)"),
        ("user@", "refused the user or password that it was given (407)"),
    ],
)
def test_a_proxy_that_lets_nobody_in_is_asked_once(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    sales: MobileAppGroupAssignment,
    guarded: Mitmproxy,
    user: str,
    said: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    with Relay(guarded.port) as relay:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{user}127.0.0.1:{relay.port}")
        error = refused(sales, "https://graph.test/beta", attempts=4)
    assert type(error) is appassign.ConnectError
    assert str(error).startswith(f"the proxy 127.0.0.1:{relay.port}, on the way to graph.test, {said}\nhint: ")
    assert "the proxy is named by HTTPS_PROXY" in str(error.hint)
    assert "wrong" not in f"{error} {error!r} {vars(error)} {caplog.text}"
    assert error.attempts == 1
    assert len(relay.sent) == 1
    assert relay.sent[0].startswith(b"CONNECT graph.test:443 HTTP/1.1\r\n")


def test_a_service_that_the_proxy_cannot_reach(
    monkeypatch: pytest.MonkeyPatch, sales: MobileAppGroupAssignment, proxy: Mitmproxy
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    dead = f"graph.test:{free_port()}"
    error = refused(sales, f"https://{dead}/beta")
    assert type(error) is appassign.ConnectError
    expected = f"the proxy 127.0.0.1:{proxy.port} opened no way to {dead}: it did not answer CONNECT with 200\nhint: "
    assert str(error).startswith(expected)


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 403 Forbidden\r\n\r\n", b"SSH-2.0-OpenSSH_9\r\n"])
def test_a_proxy_that_opens_no_way(
    monkeypatch: pytest.MonkeyPatch, sales: MobileAppGroupAssignment, said: bytes
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    assert connection.recv(65_536).startswith(b"CONNECT graph.test:443 HTTP/1.1\r\n")
                    connection.sendall(said)

        thread = threading.Thread(target=answer)
        thread.start()
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        monkeypatch.setenv("HTTPS_PROXY", address)
        error = refused(sales, "https://graph.test/beta")
        listener.shutdown(socket.SHUT_RDWR)  # on Linux, to close it would not wake the thread
        thread.join()
    assert type(error) is appassign.ConnectError
    cause = "it did not answer CONNECT with 200" if said else "it closed the connection"
    assert str(error).startswith(f"the proxy {address} opened no way to graph.test: {cause}\nhint: ")


def test_no_log_shows_a_secret(guarded: Mitmproxy) -> None:
    script = f"""
import logging, traceback
logging.basicConfig(level=logging.DEBUG)
import appassign
one = appassign.MobileAppGroupAssignment(target_group_id="G", install_intent="required")
try:
    appassign.assign("A", [one], credential="{TOKEN}", base_url="https://graph.test/beta")
except appassign.ConnectError as error:
    print("407" in str(error))
    traceback.print_exc()
"""
    secrets = {"HTTPS_PROXY": f"http://user:wrong@127.0.0.1:{guarded.port}"}
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-c", script],
        env={**os.environ, **secrets, "RUST_LOG": "trace", "RUST_BACKTRACE": "full"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout == "True\n"
    assert "ConnectError" in done.stderr
    assert TOKEN not in done.stderr
    assert "wrong" not in done.stderr


def test_a_proxy_that_is_not_there(monkeypatch: pytest.MonkeyPatch, sales: MobileAppGroupAssignment) -> None:
    nobody = f"127.0.0.1:{free_port()}"
    monkeypatch.setenv("ALL_PROXY", f"{IN_A_URL}@{nobody}")
    error = refused(sales, "https://graph.test/beta")
    assert type(error) is appassign.ConnectError
    assert str(error).startswith(f"could not connect to the proxy {nobody}: Connection refused")
    assert error.hint == "the proxy is named by ALL_PROXY"
    monkeypatch.setenv("HTTPS_PROXY", f"http://{IN_A_URL}@no-such-proxy.invalid")
    error = refused(sales, "https://graph.test/beta")
    assert type(error) is appassign.ConnectError
    assert str(error).startswith("the address of the proxy no-such-proxy.invalid:80 could not be found: ")
    assert error.hint == "the proxy is named by HTTPS_PROXY"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (f"socks5://{IN_A_URL}@127.0.0.1:1080", "the scheme is socks5; it must be http or https"),
        ("http://user:pass/w0rd@127.0.0.1:1080", "it is no URL (invalid port number)"),
        ("http://user:12/w0rd@127.0.0.1:1080", "there is something behind the host and port"),
        ("http://127.0.0.1:port", "it is no URL (invalid port number)"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_not_passed_over(
    monkeypatch: pytest.MonkeyPatch, sales: MobileAppGroupAssignment, value: str, said: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", value)
    error = refused(sales, "https://graph.test/beta")
    assert type(error) is appassign.ConfigurationError
    assert str(error).startswith(f"HTTPS_PROXY: {said}\nhint: for example http://proxy.example:8080")
    assert "w0rd" not in str(error)
    assert error.attempts == 0


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_a_proxy_that_inspects_tls_is_trusted_when_its_ca_is(
    monkeypatch: pytest.MonkeyPatch,
    sales: MobileAppGroupAssignment,
    inspecting: Mitmproxy,
    graph_test: AnsweringServer,
    variable: str,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", inspecting.url)
    error = refused(sales, f"https://graph.test:{graph_test.port}/beta", attempts=4)
    assert type(error) is appassign.TlsError
    by_way = f"graph.test:{graph_test.port} by way of the proxy 127.0.0.1:{inspecting.port}"
    assert str(error).startswith(f"the certificate of {by_way} is not trusted: ")
    assert error.attempts == 1
    assert all(
        name in str(error.hint) for name in ("inspects TLS", "ca_bundle=", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
    )
    assert graph_test.seen == []
    monkeypatch.delenv("SSL_CERT_FILE")
    monkeypatch.setenv(variable, str(inspecting.authority))
    assert call(sales, graph_test).status == 204
    assert len(graph_test.seen) == 1
    last = inspecting.seen()[-1]
    assert last["method"] == "POST", "it did look inside"


@pytest.mark.parametrize("is_trusted", [True, False])
def test_a_proxy_may_itself_be_reached_over_tls(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: pathlib.Path,
    sales: MobileAppGroupAssignment,
    guarded: Mitmproxy,
    graph_test: AnsweringServer,
    *,
    is_trusted: bool,
) -> None:
    if is_trusted:
        roots = tmp_path / "roots.pem"
        roots.write_text(roots.read_text() + guarded.authority.read_text())
    with Relay(guarded.port) as relay:
        monkeypatch.setenv("HTTPS_PROXY", f"https://{IN_A_URL}@localhost:{relay.port}")
        if is_trusted:
            assert call(sales, graph_test).status == 204
        else:
            error = refused(sales, f"https://graph.test:{graph_test.port}/beta", attempts=4)
            assert type(error) is appassign.TlsError
            assert str(error).startswith(f"the certificate of the proxy localhost:{relay.port} is not trusted: ")
    assert len(relay.sent) == 1
    assert b"CONNECT" not in relay.sent[0], "not even the password is in the clear"
