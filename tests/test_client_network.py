"""The network of a client: its proxy, and whom it trusts."""

import asyncio
import pathlib
import socket
import ssl
import traceback
from collections.abc import Iterator

import pytest
import trustme

import appassign
from appassign import AsyncClient, Client, MobileAppGroupAssignment
from proxies import Mitmproxy, mitmproxy
from relay import Relay
from servers import AnsweringServer

TOKEN = "CANARY-TOKEN"
PASSWORD = "p@ss/w0rd"
IN_A_URL = "user:p%40ss%2Fw0rd"
PACKAGE = str(pathlib.Path(appassign.__file__).parent)

pytestmark = pytest.mark.parametrize("twin", ["Client", "AsyncClient"])


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mitmproxy]:
    """A proxy that wants a user and a password, and looks into nothing."""
    options = ("--ignore-hosts", ".*", "--proxyauth", f"user:{PASSWORD}")
    with mitmproxy(tmp_path_factory.mktemp("guarded"), *options) as started:
        yield started


@pytest.fixture(scope="module")
def inspecting(tmp_path_factory: pytest.TempPathFactory, authority: trustme.CA) -> Iterator[Mitmproxy]:
    """A proxy that breaks TLS open with a CA of its own."""
    folder = tmp_path_factory.mktemp("inspecting")
    authority.cert_pem.write_to_path(folder / "roots.pem")
    with mitmproxy(folder, "--set", f"ssl_verify_upstream_trusted_ca={folder / 'roots.pem'}") as started:
        yield started


@pytest.fixture
def roots(authority: trustme.CA, tmp_path: pathlib.Path) -> pathlib.Path:
    path = tmp_path / "roots.pem"
    authority.cert_pem.write_to_path(path)
    return path


@pytest.fixture
def server(authority: trustme.CA) -> Iterator[AnsweringServer]:
    """Reached as 127.0.0.1, and by the proxies as graph.test."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "graph.test").configure_cert(context)
    with AnsweringServer(204, tls=context) as started:
        yield started


def calls(twin: str, sales: MobileAppGroupAssignment, url: str, times: int = 1, **options: object) -> None:
    """Make a client with these options, and so many calls of it."""
    if twin == "Client":
        with Client(TOKEN, base_url=url, **options) as client:  # type: ignore[arg-type]
            for _ in range(times):
                client.assign("A", [sales])
    else:

        async def awaited() -> None:
            async with AsyncClient(TOKEN, base_url=url, **options) as client:  # type: ignore[arg-type]
                for _ in range(times):
                    await client.assign("A", [sales])

        asyncio.run(awaited())


def refused(twin: str, sales: MobileAppGroupAssignment, url: str, **options: object) -> appassign.AppAssignError:
    with pytest.raises(appassign.AppAssignError) as refusal:
        calls(twin, sales, url, **options)
    error = refusal.value
    assert error.outcome == "not_sent"
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__) if PACKAGE in frame.f_code.co_filename]
    assert frames
    shown = f"{error!s} {error!r} {error.args} {vars(error)} {[frame.f_locals for frame in frames]}"
    assert all(secret not in shown for secret in (TOKEN, PASSWORD, IN_A_URL, "w0rd", "wrong"))
    return error


def through_the_proxy(server: AnsweringServer) -> str:
    return f"https://graph.test:{server.port}/beta"


def test_a_client_goes_by_way_of_its_proxy_whatever_the_environment_says(
    monkeypatch: pytest.MonkeyPatch,
    sales: MobileAppGroupAssignment,
    guarded: Mitmproxy,
    server: AnsweringServer,
    roots: pathlib.Path,
    twin: str,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "socks5://nowhere")
    monkeypatch.setenv("NO_PROXY", "*")
    with Relay(guarded.port) as relay:
        proxy = f"{IN_A_URL}@127.0.0.1:{relay.port}"
        calls(twin, sales, through_the_proxy(server), times=3, proxy=proxy, ca_bundle=roots)
    assert len(server.seen) == 3
    [sent] = relay.sent
    assert sent.startswith(f"CONNECT graph.test:{server.port} HTTP/1.1\r\n".encode())
    assert TOKEN.encode() not in sent


def test_a_client_whose_proxy_refuses_its_password_asks_once(
    sales: MobileAppGroupAssignment, guarded: Mitmproxy, roots: pathlib.Path, twin: str
) -> None:
    with Relay(guarded.port) as relay:
        proxy = f"http://user:wrong@127.0.0.1:{relay.port}"
        error = refused(twin, sales, "https://graph.test/beta", proxy=proxy, ca_bundle=roots)
    assert type(error) is appassign.ConnectError
    assert "refused the user or password that it was given (407)" in str(error)
    assert "the proxy is named by proxy=" in str(error.hint)
    assert error.attempts == 1
    assert len(relay.sent) == 1


@pytest.mark.parametrize(
    ("proxy", "said"),
    [
        ("", "it is no URL (empty host)"),
        (f"socks5://{IN_A_URL}@127.0.0.1:1080", "the scheme is socks5; it must be http or https"),
        ("http://user:pass/w0rd@127.0.0.1:1080", "it is no URL (invalid port number)"),
        ("http://user:12/w0rd@127.0.0.1:1080", "there is something behind the host and port"),
        ("http://user:w0rd@127.0.0.1:1080\r\nX-Evil: 1", "there is white space, a control character or a backslash"),
    ],
)
def test_what_is_no_proxy_is_refused_when_the_client_is_made(
    sales: MobileAppGroupAssignment, proxy: str, said: str, twin: str
) -> None:
    error = refused(twin, sales, "https://graph.test/beta", proxy=proxy)
    assert type(error) is appassign.ConfigurationError
    assert str(error).startswith(f"proxy: {said}")
    assert error.hint is not None


@pytest.mark.parametrize("given", [b"http://p", 3128, {"https": "http://p"}])
def test_a_proxy_is_text(sales: MobileAppGroupAssignment, given: object, twin: str) -> None:
    with pytest.raises(TypeError, match=f"proxy must be a str, not {type(given).__name__}"):
        calls(twin, sales, "https://graph.test/beta", proxy=given)


def test_a_client_calls_loopback_without_its_proxy(
    sales: MobileAppGroupAssignment, server: AnsweringServer, roots: pathlib.Path, twin: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        proxy = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        calls(twin, sales, server.url, proxy=proxy, ca_bundle=roots)
        with AnsweringServer(204) as in_the_clear:
            calls(twin, sales, in_the_clear.url, proxy=proxy)
        nobody.settimeout(0)
        with pytest.raises(BlockingIOError):
            nobody.accept()
    assert len(server.seen) == len(in_the_clear.seen) == 1


@pytest.mark.parametrize("as_text", [True, False])
def test_a_client_trusts_its_bundle_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
    sales: MobileAppGroupAssignment,
    tmp_path: pathlib.Path,
    server: AnsweringServer,
    roots: pathlib.Path,
    twin: str,
    *,
    as_text: bool,
) -> None:
    others = tmp_path / "others.pem"
    trustme.CA().cert_pem.write_to_path(others)
    monkeypatch.setenv("SSL_CERT_FILE", str(others))
    calls(twin, sales, server.url, ca_bundle=str(roots) if as_text else roots)
    monkeypatch.setenv("SSL_CERT_FILE", str(roots))
    error = refused(twin, sales, server.url, ca_bundle=str(others) if as_text else others)
    assert type(error) is appassign.TlsError
    assert "ca_bundle=" in str(error.hint)
    assert len(server.seen) == 1


def test_a_client_may_trust_a_proxy_that_inspects_tls(
    sales: MobileAppGroupAssignment, inspecting: Mitmproxy, server: AnsweringServer, roots: pathlib.Path, twin: str
) -> None:
    url = through_the_proxy(server)
    error = refused(twin, sales, url, proxy=inspecting.url, ca_bundle=roots)
    assert type(error) is appassign.TlsError
    assert error.attempts == 1
    calls(twin, sales, url, proxy=inspecting.url, ca_bundle=inspecting.authority)
    assert len(server.seen) == 1
    assert inspecting.seen()[-1]["method"] == "POST", "it did look inside"


def test_a_bundle_that_is_not_there_is_told_at_the_first_call(
    sales: MobileAppGroupAssignment, server: AnsweringServer, tmp_path: pathlib.Path, twin: str
) -> None:
    missing = tmp_path / "missing.pem"
    error = refused(twin, sales, server.url, ca_bundle=missing)
    assert type(error) is appassign.ConfigurationError
    assert str(error).startswith(f"ca_bundle: {missing}: No such file or directory")
    assert server.connections == 0


@pytest.mark.parametrize("given", [b"/roots.pem", 7, True, ssl.create_default_context()])
def test_a_bundle_is_a_path(sales: MobileAppGroupAssignment, given: object, twin: str) -> None:
    with pytest.raises(TypeError, match=f"ca_bundle must be a str or an os.PathLike, not {type(given).__name__}"):
        calls(twin, sales, "https://graph.test/beta", ca_bundle=given)


def test_an_empty_path_is_no_bundle(sales: MobileAppGroupAssignment, twin: str) -> None:
    error = refused(twin, sales, "https://graph.test/beta", ca_bundle="")
    assert type(error) is appassign.ConfigurationError
    assert str(error) == "ca_bundle: the path is empty"
