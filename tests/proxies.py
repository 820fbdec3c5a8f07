"""A real proxy: mitmproxy, in a process and an environment of its own."""

import json
import pathlib
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

ROOT = pathlib.Path(__file__).parent.parent
PROGRAM = ROOT / "target" / "proxy-venv" / "bin" / "mitmdump"
ADDON = pathlib.Path(__file__).with_name("proxy_addon.py")
START_SECONDS = 60.0


class Mitmproxy:
    """A running proxy. Every name below ``.test`` is this machine to it."""

    def __init__(self, folder: pathlib.Path, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.authority = folder / "mitmproxy-ca-cert.pem"
        self._events = folder / "events"

    def seen(self) -> list[dict[str, object]]:
        """What it was asked, in order: ``CONNECT``, and the requests inside where it looks into TLS."""
        return [json.loads(line) for line in self._events.read_text().splitlines()]


@contextmanager
def mitmproxy(folder: pathlib.Path, *options: str) -> Iterator[Mitmproxy]:
    """Start a proxy and end it. Without options it only passes on what it cannot read."""
    (folder / "events").write_text("")
    command = [PROGRAM, "--quiet", "--listen-host", "127.0.0.1", "--listen-port", "0", "--scripts", ADDON]
    settings = {"confdir": folder, "events": folder / "events"}
    command += [part for name, value in settings.items() for part in ("--set", f"{name}={value}")]
    with (folder / "output").open("w+") as output:
        process = subprocess.Popen([*command, *options], stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        try:
            yield Mitmproxy(folder, _port(process, folder / "output"))
        finally:
            process.terminate()
            process.wait(20)


def _port(process: subprocess.Popen[bytes], output: pathlib.Path) -> int:
    until = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < until:
        first, _, rest = output.read_text().partition("\n")
        if rest or first.isdigit():
            return int(first)
        time.sleep(0.02)
    raise RuntimeError(f"the proxy did not start: {output.read_text()}")
