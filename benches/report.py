"""What a report of many plans takes: ``report.py URL TOKEN CHANGES``.

The changes come from a generator. It plans them twice: what the second report takes beyond the first one has grown
somewhere else.
"""

from __future__ import annotations

import ctypes
import json
import pathlib
import resource
import sys
from typing import TYPE_CHECKING

from appassign import Change, Client, GroupAssignmentTarget, MobileAppAssignment

if TYPE_CHECKING:
    from collections.abc import Iterator

WARM_UP = 1_000
IN_FLIGHT = 64


def _changes(number: int) -> Iterator[Change]:
    for index in range(number):
        target = GroupAssignmentTarget(f"11111111-2222-4333-8444-{index:012}")
        added = MobileAppAssignment(target=target, intent="available")
        yield Change(f"3f6a1c52-8f0e-4b7e-9a55-{index:012}", add=[added])


def _resident() -> int:
    """What is held: freed memory goes back first, which glibc's allocator else keeps for later."""
    ctypes.CDLL(None).malloc_trim(0)
    return int(pathlib.Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()


def main(base_url: str, token: str, changes: str) -> None:
    """Plan, weigh, forget, and weigh again."""
    number = int(changes)
    held, left = [], []
    with Client(token, base_url=base_url) as client:
        client.plan_many(_changes(WARM_UP), concurrency=IN_FLIGHT).raise_for_errors()
        before = _resident()
        for _ in range(2):
            report = client.plan_many(_changes(number), concurrency=IN_FLIGHT)
            report.raise_for_errors()
            held.append(_resident() - before)
            assert len(report) == number
            del report
            left.append(_resident() - before)
    print(json.dumps({"held": held, "left": left}))


if __name__ == "__main__":
    main(*sys.argv[1:])
