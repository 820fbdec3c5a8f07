"""The server of a run: nginx on a free port of loopback, with nothing of its own outside a temporary folder."""

from __future__ import annotations

import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CONFIGURATION = pathlib.Path(__file__).with_name("nginx.conf").read_text()
START_SECONDS = 10.0
STOP_SECONDS = 5.0


class Nginx:
    """A running server."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.pid = process.pid
        self.port = port
        self.base_url = f"http://127.0.0.1:{port}/beta"
        self.tls_base_url = f"https://127.0.0.1:{port}/beta"


def version() -> str:
    """What nginx says it is."""
    done = subprocess.run([_program(), "-v"], stderr=subprocess.PIPE, check=True)
    return done.stderr.decode().strip().rpartition("/")[2]


def over_tls(certificate: pathlib.Path) -> str:
    """The configuration, but with TLS and HTTP/2; the key is in the same file."""
    plain = "listen 127.0.0.1:PORT;"
    secured = f"listen 127.0.0.1:PORT ssl http2; ssl_certificate {certificate}; ssl_certificate_key {certificate};"
    return CONFIGURATION.replace(plain, secured)


@contextmanager
def started(configuration: str = CONFIGURATION) -> Iterator[Nginx]:
    """Start a server and end it. Its configuration names the port as PORT, and files from a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        port = _free_port()
        path = pathlib.Path(folder, "nginx.conf")
        path.write_text(configuration.replace(":PORT", f":{port}"))
        with pathlib.Path(folder, "stderr").open("w+b") as errors:
            command = [_program(), "-p", folder, "-c", str(path), "-e", "stderr"]
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors)
            try:
                if not _listens(process, port):
                    errors.seek(0)
                    raise RuntimeError(f"nginx did not start: {errors.read().decode()}")
                yield Nginx(process, port)
            finally:
                _end(process)


def _program() -> str:
    # Debian keeps it where users do not look.
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
    if found is None:
        raise FileNotFoundError("missing: nginx (for example: apt-get install nginx)")
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _listens(process: subprocess.Popen[bytes], port: int) -> bool:
    until = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.01)
        else:
            return True
    return False


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
