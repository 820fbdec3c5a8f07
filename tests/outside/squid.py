"""squid, as a forward proxy on a free port of loopback."""

import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

CONFIGURATION = """
http_port 127.0.0.1:PORT
hosts_file FOLDER/hosts
pid_filename FOLDER/pid
coredump_dir FOLDER
cache_log FOLDER/cache.log
logformat asked %rm %ru %>Hs %un
access_log stdio:FOLDER/access.log logformat=asked
buffered_logs off
cache deny all
memory_cache_shared off
pinger_enable off
shutdown_lifetime 0 seconds
"""

OPEN = "http_access allow all\n"

WITH_PASSWORD = """
auth_param basic program /bin/sh FOLDER/passwords.sh
auth_param basic children 1
acl known proxy_auth REQUIRED
http_access allow known
http_access deny all
"""

# It reads a user and a password, a line for each question.
PASSWORDS = """
while read -r user password; do
    if [ "$user $password" = "user p@ss/word" ]; then echo OK; else echo ERR; fi
done
"""


class Squid:
    def __init__(self, port: int, folder: pathlib.Path) -> None:
        self.port = port
        self._log = folder / "access.log"

    def seen(self) -> list[str]:
        """What it was asked: method, target, status and user. It writes that when a tunnel closes."""
        return self._log.read_text().splitlines() if self._log.exists() else []


@contextmanager
def squid(access: str = OPEN) -> Iterator[Squid]:
    """Start one and end it. Every name below graph.test is this machine to it."""
    with tempfile.TemporaryDirectory() as name, socket.socket() as probe:
        folder = pathlib.Path(name)
        folder.chmod(0o777)  # started by root, it becomes a user of its own
        (folder / "hosts").write_text("127.0.0.1 graph.test\n")
        (folder / "passwords.sh").write_text(PASSWORDS)
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        probe.close()
        configuration = folder / "squid.conf"
        text = (CONFIGURATION + access).replace("PORT", str(port)).replace("FOLDER", name)
        configuration.write_text(text)
        command = [_program(), "-N", "-f", str(configuration)]
        output = (folder / "output").open("w+")
        with output:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
            try:
                if not _listens(process, port):
                    said = (folder / "output").read_text()
                    raise RuntimeError(f"squid did not start: {said}")
                yield Squid(port, folder)
            finally:
                process.terminate()
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


def _program() -> str:
    # Debian keeps it where users do not look.
    found = shutil.which("squid", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
    if found is None:
        raise FileNotFoundError("missing: squid (for example: apt-get install squid)")
    return found


def _listens(process: subprocess.Popen[bytes], port: int) -> bool:
    until = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return True
    return False
