"""What tests against programs from elsewhere share."""

import pathlib

import pytest
import trustme


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A server's key and certificate for loopback; who issued it is in `roots.pem` beside it."""
    authority = trustme.CA()
    path = tmp_path_factory.mktemp("certificate") / "server.pem"
    path.write_bytes(authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.bytes())
    authority.cert_pem.write_to_path(path.with_name("roots.pem"))
    return path
