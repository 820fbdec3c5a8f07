"""The command line. The script ``appassign`` imports it, and nothing else does."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


def main() -> NoReturn:
    """Do what the command line says, and exit with a code that tells what came of it."""
    try:
        from .program import run_as_typed
    except ModuleNotFoundError as missing:
        if missing.name not in {"rich_click", "click", "rich"}:
            raise
        sys.exit("appassign: the command line needs rich-click: pip install 'appassign[cli]'")
    sys.exit(run_as_typed())
