"""What tests of journals share."""

import json
import os
import pathlib
import subprocess
import sys
import time
import uuid
import zlib
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import planned
from appassign import ApplyReceipt, GroupAssignmentTarget, MobileAppAssignment
from appassign.emulator import Emulator, RecordedRequest
from relay import Relay

ROOT = pathlib.Path(__file__).parent.parent
PARTS = ("python", "tests", "tests/life")


def group(number: int) -> MobileAppAssignment:
    """A group that is required to have an app."""
    return MobileAppAssignment(target=GroupAssignmentTarget(str(uuid.UUID(int=number))), intent="required")


def wire(number: int) -> dict[str, Any]:
    """The same as Graph spells it."""
    return group(number).to_dict()


def numbers(assignments: object) -> set[int]:
    """The groups of models or wire dicts, by the numbers that `group` takes."""
    documents = [held if isinstance(held, dict) else held.to_dict() for held in assignments]  # type: ignore[attr-defined]
    return {uuid.UUID(held["target"]["groupId"]).int for held in documents}


def records(journal: pathlib.Path) -> list[dict[str, Any]]:
    """A journal as any tool reads JSON lines, each checked against its checksum. A torn last line is none."""
    found = []
    for line in journal.read_bytes().split(b"\n")[:-1]:
        begun, seal, end = line.partition(b'"checksum":"crc32:')
        assert end == b'%08x"}' % zlib.crc32(begun), line
        assert seal
        found.append(json.loads(line))
    return found


def told(journal: pathlib.Path) -> list[str]:
    """What a journal's records are, and what became of the writes."""
    return [record.get("outcome", record["record"]) for record in records(journal)]


def sealed(begun: bytes) -> bytes:
    """A line that begins so, with the checksum that makes it one of a journal."""
    return begun + b'"checksum":"crc32:%08x"}\n' % zlib.crc32(begun)


def posts(graph: Emulator) -> list[RecordedRequest]:
    """The writes that arrived."""
    return [request for request in graph.requests if request.method == "POST"]


class Awaited(planned.Awaited):
    """An `AsyncClient` with the methods of a `Client`, those of its ``with`` block too."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


class Watched(Relay):
    """A way to an emulator: whenever a write comes by, and before any byte of it arrives, something is done."""

    def __init__(self, url: str, act: Callable[[], object]) -> None:
        super().__init__(int(url.split("/")[2].split(":")[1]), forge=self._look)
        self._act = act
        self.url = f"http://127.0.0.1:{self.port}/beta"

    def _look(self, chunk: bytes, _: int) -> bytes:
        if chunk.startswith(b"POST"):
            self._act()
        return chunk


def once(act: Callable[[], object]) -> Callable[[], None]:
    """Does it the first time, and nothing later."""
    left = [act]

    def done() -> None:
        if left:
            left.pop()()

    return done


def start(script: str, *arguments: object) -> subprocess.Popen[str]:
    """Start a script in a process of its own; it may import what tests import."""
    return subprocess.Popen(
        [sys.executable, "-X", "dev", "-c", script, *map(str, arguments)],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(str(ROOT / part) for part in ("python", "tests", "tests/life")),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
    )


def run(script: str, *arguments: object) -> str:
    """Run one to its end, which must be a clean one; give what it printed."""
    with start(script, *arguments) as process:
        try:
            printed, noise = process.communicate(timeout=60)
        finally:
            process.kill()
    assert (noise, process.returncode) == ("", 0), printed
    return printed


def of_yesterday(receipt: ApplyReceipt) -> ApplyReceipt:
    """The same one, of long ago: soon after its write, an undo waits to see whether lists lag, and here none do."""
    document = {**json.loads(receipt.to_json()), "time": "2026-01-01T00:00:00Z"}
    return ApplyReceipt.from_json(json.dumps(document))


def settle(graph: Emulator) -> None:
    """Until the service has heard all that the dead have sent: it has closed their connections then."""
    import psutil  # not every interpreter that imports this file has it

    port = int(graph.url.split("/")[2].split(":")[1])
    end = time.monotonic() + 30
    while any(
        connection.laddr.port == port and connection.status not in ("LISTEN", "NONE")
        for connection in psutil.Process().net_connections("tcp")
    ):
        assert time.monotonic() < end
        time.sleep(0.005)
