"""Calls over real TLS."""

import ipaddress
import os
import pathlib
import ssl
import subprocess
import sys

import pytest
import trustme

from servers import AnsweringServer

SCRIPT = """
import sys, appassign
one = appassign.MobileAppGroupAssignment(target_group_id="G", install_intent="required")
try:
    print(appassign.assign("A", [one], credential="CANARY", base_url=sys.argv[1], attempts=1).status)
except appassign.AppAssignError as error:
    print(type(error).__name__, error.outcome, error.attempts, error)
"""


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def _context(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def _call(url: str, **environment: str) -> str:
    """In a process of its own: the system's certificates are read once."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SSL_CERT")}
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-c", SCRIPT, url],
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_a_trusted_certificate_is_accepted(authority: trustme.CA, tmp_path: pathlib.Path, name: str) -> None:
    roots = tmp_path / "roots.pem"
    authority.cert_pem.write_to_path(roots)
    with AnsweringServer(204, tls=_context(authority, name), host="127.0.0.1") as server:
        assert _call(server.url.replace("127.0.0.1", name), SSL_CERT_FILE=str(roots)) == "204\n"
        assert len(server.seen) == 1


def test_an_unknown_authority_is_not_trusted(authority: trustme.CA, tmp_path: pathlib.Path) -> None:
    roots = tmp_path / "roots.pem"
    trustme.CA().cert_pem.write_to_path(roots)
    with AnsweringServer(204, tls=_context(authority, "127.0.0.1")) as server:
        said = _call(server.url, SSL_CERT_FILE=str(roots))
        assert server.seen == []
    assert said.startswith("TlsError not_sent 1 the certificate of 127.0.0.1:")
    assert "hint: " in said
    assert "SSL_CERT_FILE" in said


def test_a_certificate_of_another_name_is_not_trusted(authority: trustme.CA, tmp_path: pathlib.Path) -> None:
    roots = tmp_path / "roots.pem"
    authority.cert_pem.write_to_path(roots)
    with AnsweringServer(204, tls=_context(authority, str(ipaddress.ip_address("127.0.0.2")))) as server:
        assert _call(server.url, SSL_CERT_FILE=str(roots)).startswith("TlsError not_sent 1 ")


def test_a_machine_without_roots_is_told_what_to_install(tmp_path: pathlib.Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("")
    said = _call("https://127.0.0.1:1/beta", SSL_CERT_FILE=str(empty), SSL_CERT_DIR=str(tmp_path / "nowhere"))
    assert said.startswith("ConfigurationError not_sent 0 TLS could not be set up on this machine: ")
    assert "ca-certificates" in said


def test_plain_http_needs_no_roots(tmp_path: pathlib.Path) -> None:
    with AnsweringServer(204) as server:
        assert _call(server.url, SSL_CERT_FILE=str(tmp_path / "missing.pem"), SSL_CERT_DIR=str(tmp_path)) == "204\n"


def test_https_to_a_plain_port_is_no_matter_of_trust() -> None:
    with AnsweringServer(204) as server:
        assert _call(server.url.replace("http:", "https:")).startswith("ConnectError not_sent 1 ")
