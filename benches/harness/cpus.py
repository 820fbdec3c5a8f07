"""The server on one CPU, everyone else on the others."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def pinned(server: int, *, clients_anywhere: bool) -> Iterator[None]:
    """Keep the process with this id to the last CPU; this one, and what it starts, to the others, if there are any."""
    ours = os.sched_getaffinity(0)
    last = max(ours)
    os.sched_setaffinity(server, {last})
    if not clients_anywhere:
        os.sched_setaffinity(0, ours - {last} or ours)
    try:
        yield
    finally:
        os.sched_setaffinity(0, ours)
