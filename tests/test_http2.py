"""What an HTTP/2 service may do with a request besides to answer it."""

import pathlib
import ssl

import pytest
import trustme
from h2.connection import H2Connection
from h2.errors import ErrorCodes

import appassign
from appassign import MobileAppGroupAssignment, assign
from http2 import Http2Server

pytestmark = pytest.mark.usefixtures("both_twins")


@pytest.fixture
def tls(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """Of a server whose CA is trusted."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "roots.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "roots.pem"))
    return context


def answer(connection: H2Connection, stream: int) -> bool:
    connection.send_headers(stream, [(":status", "204"), ("request-id", f"stream {stream}")], end_stream=True)
    return False


def refuse(connection: H2Connection, stream: int) -> bool:
    connection.reset_stream(stream, ErrorCodes.REFUSED_STREAM)
    return False


def end_before(connection: H2Connection, stream: int) -> bool:
    """Say that this request, and all behind it, were not looked at."""
    connection.close_connection(ErrorCodes.NO_ERROR, last_stream_id=stream - 2 if stream > 1 else 0)
    return True


def end_after(connection: H2Connection, stream: int) -> bool:
    """Say that this was the last request that was looked at, and go without an answer to it."""
    connection.close_connection(ErrorCodes.NO_ERROR, last_stream_id=stream)
    return True


def fail(connection: H2Connection, stream: int) -> bool:
    connection.close_connection(ErrorCodes.INTERNAL_ERROR, last_stream_id=0)
    return True


def cancel(connection: H2Connection, stream: int) -> bool:
    connection.reset_stream(stream, ErrorCodes.INTERNAL_ERROR)
    return False


def call(sales: MobileAppGroupAssignment, server: Http2Server) -> appassign.AssignReceipt:
    return assign("A", [sales], credential="CANARY", base_url=server.url, attempts=1)


@pytest.mark.parametrize(("give_back", "connections"), [(refuse, 1), (end_before, 4)])
def test_a_request_that_was_given_back_is_sent_again_at_once(
    tls: ssl.SSLContext, sales: MobileAppGroupAssignment, give_back, connections: int
) -> None:
    def act(connection: H2Connection, stream: int, number: int) -> bool:
        return give_back(connection, stream) if number < 3 else answer(connection, stream)

    with Http2Server(tls, act) as server:
        receipt = call(sales, server)
        assert len(server.seen) == 4
        assert server.connections == connections
    assert (receipt.status, receipt.attempts) == (204, 1)


@pytest.mark.parametrize("give_back", [refuse, end_before])
def test_a_service_that_gives_everything_back_has_applied_nothing(
    tls: ssl.SSLContext, sales: MobileAppGroupAssignment, give_back
) -> None:
    with Http2Server(tls, lambda connection, stream, _: give_back(connection, stream)) as server:
        with pytest.raises(appassign.TransportError) as refusal:
            call(sales, server)
        assert len(server.seen) == 17
    assert type(refusal.value) is appassign.TransportError
    assert str(refusal.value) == f"127.0.0.1:{server.port} ended the connection and did not take the request"
    assert (refusal.value.outcome, refusal.value.attempts) == ("not_applied", 1)


@pytest.mark.parametrize("end", [end_after, fail, cancel])
def test_a_request_that_may_have_been_looked_at_is_not_sent_again_by_the_way(
    tls: ssl.SSLContext, sales: MobileAppGroupAssignment, end
) -> None:
    with Http2Server(tls, lambda connection, stream, _: end(connection, stream)) as server:
        with pytest.raises(appassign.TransportError) as refusal:
            call(sales, server)
        assert len(server.seen) == 1
    assert type(refusal.value) is appassign.TransportError
    assert (refusal.value.outcome, refusal.value.attempts) == ("unknown", 1)
    assert "CANARY" not in f"{refusal.value!s} {refusal.value!r}"


def test_an_answer_counts_though_the_connection_ends_with_it(
    tls: ssl.SSLContext, sales: MobileAppGroupAssignment
) -> None:
    def act(connection: H2Connection, stream: int, _: int) -> bool:
        answer(connection, stream)
        return end_after(connection, stream)

    with Http2Server(tls, act) as server:
        for _ in range(3):
            assert call(sales, server).attempts == 1
        assert len(server.seen) == 3
