"""Calls over real TLS: who is trusted, and what is said of who is not."""

import datetime as dt
import ipaddress
import os
import pathlib
import socket
import ssl
import threading
from collections.abc import Iterator

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

import appassign
from appassign import MobileAppGroupAssignment, assign
from relay import Relay
from servers import AnsweringServer

pytestmark = pytest.mark.usefixtures("both_twins")

NOW = dt.datetime.now(dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def roots(authority: trustme.CA, tmp_path: pathlib.Path) -> pathlib.Path:
    """A file with the CA's certificate."""
    path = tmp_path / "roots.pem"
    authority.cert_pem.write_to_path(path)
    return path


def context(authority: trustme.CA, *names: str, **dates: dt.datetime) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names, **dates).configure_cert(made)
    return made


@pytest.fixture
def server(authority: trustme.CA) -> Iterator[AnsweringServer]:
    with AnsweringServer(204, tls=context(authority, "127.0.0.1", "localhost")) as started:
        yield started


def call(sales: MobileAppGroupAssignment, url: str, *, attempts: int = 4) -> appassign.AssignReceipt:
    return assign("A", [sales], credential="CANARY", base_url=url, attempts=attempts)


def refused(sales: MobileAppGroupAssignment, url: str, *, attempts: int = 4) -> appassign.AppAssignError:
    with pytest.raises(appassign.AppAssignError) as refusal:
        call(sales, url, attempts=attempts)
    assert "CANARY" not in f"{refusal.value!s} {refusal.value!r} {vars(refusal.value)}"
    return refusal.value


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_a_trusted_certificate_is_accepted(
    monkeypatch: pytest.MonkeyPatch,
    sales: MobileAppGroupAssignment,
    server: AnsweringServer,
    roots: pathlib.Path,
    name: str,
    variable: str,
) -> None:
    monkeypatch.setenv(variable, str(roots))
    assert call(sales, server.url.replace("127.0.0.1", name)).status == 204
    assert len(server.seen) == 1


def test_the_certificates_of_a_folder_are_trusted(
    monkeypatch: pytest.MonkeyPatch, sales: MobileAppGroupAssignment, server: AnsweringServer, roots: pathlib.Path
) -> None:
    monkeypatch.setenv("SSL_CERT_DIR", str(roots.parent))
    assert call(sales, server.url).status == 204


def test_what_all_programs_go_by_goes_before_what_requests_goes_by(
    monkeypatch: pytest.MonkeyPatch, sales: MobileAppGroupAssignment, server: AnsweringServer, roots: pathlib.Path
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere")
    monkeypatch.setenv("SSL_CERT_FILE", str(roots))
    assert call(sales, server.url).status == 204


def test_a_bundle_may_hold_other_things_as_well(
    monkeypatch: pytest.MonkeyPatch, sales: MobileAppGroupAssignment, server: AnsweringServer, roots: pathlib.Path
) -> None:
    others = trustme.CA()
    parts = [
        b"# internal CAs\n",
        others.cert_pem.bytes(),
        others.private_key_pem.bytes(),
        b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",  # DER, and no certificate
        roots.read_bytes(),
    ]
    roots.write_bytes(b"".join(parts))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(roots))
    assert call(sales, server.url).status == 204


def test_a_bundle_may_start_with_the_mark_that_some_editors_put_there(
    monkeypatch: pytest.MonkeyPatch, sales: MobileAppGroupAssignment, server: AnsweringServer, roots: pathlib.Path
) -> None:
    roots.write_bytes(b"\xef\xbb\xbf" + roots.read_bytes())
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(roots))
    assert call(sales, server.url).status == 204


def test_connections_last_until_something_else_is_trusted(
    monkeypatch: pytest.MonkeyPatch, sales: MobileAppGroupAssignment, server: AnsweringServer, roots: pathlib.Path
) -> None:
    assert type(refused(sales, server.url)) is appassign.TlsError
    assert server.connections == 1
    monkeypatch.setenv("SSL_CERT_FILE", str(roots))
    call(sales, server.url)
    call(sales, server.url)
    assert server.connections == 2
    monkeypatch.delenv("SSL_CERT_FILE")
    assert type(refused(sales, server.url)) is appassign.TlsError
    assert server.connections == 3
    assert len(server.seen) == 2


def test_an_unknown_authority_is_not_trusted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path, sales: MobileAppGroupAssignment, server: AnsweringServer
) -> None:
    others = tmp_path / "others.pem"
    trustme.CA().cert_pem.write_to_path(others)
    monkeypatch.setenv("SSL_CERT_FILE", str(others))
    error = refused(sales, server.url)
    assert type(error) is appassign.TlsError
    assert (error.outcome, error.attempts) == ("not_sent", 1)
    assert str(error).startswith(f"the certificate of 127.0.0.1:{server.port} is not trusted: ")
    assert all(name in str(error.hint) for name in ("ca_bundle=", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"))
    assert server.connections == 1
    assert server.seen == []


@pytest.mark.parametrize(
    ("name", "dates", "hint"),
    [
        (str(ipaddress.ip_address("127.0.0.2")), {}, "another host's"),
        ("127.0.0.1", {"not_before": NOW - 2 * DAY, "not_after": NOW - DAY}, "clock"),
        ("127.0.0.1", {"not_before": NOW + DAY, "not_after": NOW + 2 * DAY}, "clock"),
    ],
    ids=["another name", "expired", "not yet valid"],
)
def test_a_certificate_that_does_not_hold_is_not_trusted(
    monkeypatch: pytest.MonkeyPatch,
    sales: MobileAppGroupAssignment,
    authority: trustme.CA,
    roots: pathlib.Path,
    name: str,
    dates: dict[str, dt.datetime],
    hint: str,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(roots))
    with AnsweringServer(204, tls=context(authority, name, **dates)) as server:
        error = refused(sales, server.url)
        assert server.connections == 1
        assert server.seen == []
    assert type(error) is appassign.TlsError
    assert (error.outcome, error.attempts) == ("not_sent", 1)
    assert hint in str(error.hint)


@pytest.mark.parametrize("is_marked_as_ca", [True, False])
def test_a_certificate_that_signed_itself_can_be_trusted_unless_it_is_a_ca(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path, sales: MobileAppGroupAssignment, *, is_marked_as_ca: bool
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - DAY)
        .not_valid_after(NOW + DAY)
        .add_extension(x509.BasicConstraints(ca=is_marked_as_ca, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate, private = tmp_path / "certificate.pem", tmp_path / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    private.write_bytes(key.private_bytes(*form))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, private)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with AnsweringServer(204, tls=tls) as server:
        if is_marked_as_ca:
            error = refused(sales, server.url)
            assert type(error) is appassign.TlsError
            assert "CA:FALSE" in str(error.hint)
        else:
            assert call(sales, server.url).status == 204


def unusable(kind: str, folder: pathlib.Path) -> pathlib.Path:
    """A path at which there is no bundle of certificates."""
    path = folder / "bundle"
    good = trustme.CA().cert_pem.bytes()
    der = ssl.PEM_cert_to_DER_cert(good.decode())
    match kind:
        case "nothing there":
            pass
        case "a folder":
            path.mkdir()
        case "a pipe":
            os.mkfifo(path)
        case "an empty file":
            path.write_bytes(b"")
        case "no certificate":
            path.write_bytes(trustme.CA().private_key_pem.bytes())
        case "DER":
            path.write_bytes(der)
        case "damaged":
            path.write_bytes(good.replace(b"\n", b"\n***\n", 1))
        case "cut off":
            path.write_bytes(good[: len(good) // 2])
        case "another thing inside":
            path.write_bytes(ssl.DER_cert_to_PEM_cert(der[:-20]).encode())
    return path


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("nothing there", "No such file or directory"),
        ("a folder", "is a directory"),
        ("a pipe", "is no file of certificates"),
        ("an empty file", "there is no CA certificate in it"),
        ("no certificate", "there is no CA certificate in it"),
        ("DER", "there is no CA certificate in it"),
        ("damaged", "is damaged: a certificate in it cannot be read"),
        ("cut off", "is damaged: a certificate in it cannot be read"),
        ("another thing inside", "there is no CA certificate in it"),
    ],
)
@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_a_bundle_that_cannot_be_used_is_told_with_its_place(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: pathlib.Path,
    sales: MobileAppGroupAssignment,
    server: AnsweringServer,
    kind: str,
    said: str,
    variable: str,
) -> None:
    path = unusable(kind, tmp_path)
    monkeypatch.setenv(variable, str(path))
    error = refused(sales, server.url)
    assert type(error) is appassign.ConfigurationError
    assert str(error).startswith(f"{variable}: {path}: {said}")
    assert "PEM" in str(error.hint)
    assert (error.outcome, error.attempts) == ("not_sent", 0)
    assert server.connections == 0


def test_a_machine_without_roots_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path, sales: MobileAppGroupAssignment
) -> None:
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    error = refused(sales, "https://127.0.0.1:1/beta")
    assert type(error) is appassign.ConfigurationError
    assert str(error).startswith("TLS could not be set up on this machine: ")
    assert "ca-certificates" in str(error.hint)
    assert (error.outcome, error.attempts) == ("not_sent", 0)


def test_plain_http_needs_no_roots(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path, sales: MobileAppGroupAssignment
) -> None:
    for variable in ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"):
        monkeypatch.setenv(variable, str(tmp_path / "missing"))
    with AnsweringServer(204) as server:
        assert call(sales, server.url).status == 204


def test_https_to_a_plain_port_is_no_matter_of_trust(sales: MobileAppGroupAssignment) -> None:
    with AnsweringServer(204) as server:
        error = refused(sales, server.url.replace("http:", "https:"), attempts=1)
    assert type(error) is appassign.ConnectError
    assert "does not speak TLS" in str(error.hint)
    assert error.outcome == "not_sent"


def test_a_server_that_hangs_up_at_the_first_word_is_no_matter_of_trust(sales: MobileAppGroupAssignment) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        heard: list[bytes] = []

        def hang_up() -> None:
            connection, _ = listener.accept()
            heard.append(connection.recv(65_536))
            connection.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        error = refused(sales, f"https://127.0.0.1:{listener.getsockname()[1]}/beta", attempts=1)
        thread.join()
    assert heard[0].startswith(b"\x16\x03"), "a handshake"
    assert type(error) is appassign.ConnectError
    assert error.outcome == "not_sent"


def test_an_alert_after_the_body_left_leaves_the_outcome_unknown(
    monkeypatch: pytest.MonkeyPatch, server: AnsweringServer, roots: pathlib.Path
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(roots))
    many = [MobileAppGroupAssignment(target_group_id=f"{n:0>200}", install_intent="required") for n in range(1_000)]

    def spoil(chunk: bytes, before: int) -> bytes:
        """Changes the last byte far behind the handshake, so that the server has to answer with an alert."""
        return chunk[:-1] + bytes([chunk[-1] ^ 1]) if chunk and before > 100_000 else chunk

    with Relay(server.port, forge=spoil) as relay, pytest.raises(appassign.TransportError) as refusal:
        assign("A", many, credential="CANARY", base_url=f"https://127.0.0.1:{relay.port}/beta", attempts=1)
    assert type(refusal.value) is appassign.TransportError
    assert "alert" in str(refusal.value)
    assert refusal.value.outcome == "unknown"
    assert server.seen == []
