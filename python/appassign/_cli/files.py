"""Files that commands write."""

from __future__ import annotations

import os
import pathlib


def write_whole(path: str, text: str) -> None:
    """Write a file as a whole, or leave what is there."""
    file = pathlib.Path(path).resolve()
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        unfinished.write_text(text, encoding="utf-8", newline="")
        unfinished.replace(file)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
