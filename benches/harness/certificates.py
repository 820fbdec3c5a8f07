"""A certificate for the server, and whom a client trusts."""

from __future__ import annotations

import pathlib
import ssl
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# Debian's and Red Hat's, where Python's own OpenSSL looks elsewhere.
BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt")


@dataclass(frozen=True)
class Certificates:
    """The server's key and certificate; the system's CAs, and the one that issued it."""

    server: pathlib.Path
    trusted: pathlib.Path


@contextmanager
def issued() -> Iterator[Certificates]:
    """For loopback, until the block is over. A user's store has all of the system's CAs: so has this one."""
    import trustme

    authority = trustme.CA()
    with tempfile.TemporaryDirectory() as folder:
        certificates = Certificates(pathlib.Path(folder, "server.pem"), pathlib.Path(folder, "trusted.pem"))
        certificates.server.write_bytes(authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.bytes())
        certificates.trusted.write_bytes(_of_the_system() + authority.cert_pem.bytes())
        yield certificates


def _of_the_system() -> bytes:
    for name in (ssl.get_default_verify_paths().cafile, *BUNDLES):
        if name and pathlib.Path(name).is_file():
            return pathlib.Path(name).read_bytes()
    raise FileNotFoundError("missing: the system's CA certificates (for example: apt-get install ca-certificates)")
