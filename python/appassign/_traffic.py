"""What an emulator was asked, as a failed test shows it: short lines, without headers and without tokens."""

from __future__ import annotations

import contextlib
import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .emulator import RecordedRequest

_MOST = 50
_WIDTH = 160
_JWT = re.compile(r"eyJ[\w-]*\.[\w-]+(\.[\w-]*)?")


def traffic(requests: Sequence[RecordedRequest]) -> str:
    """The last requests, oldest first: a line for each, and one below it for the body of a write."""
    if not requests:
        return "no request"
    lines: list[str] = []
    if len(requests) > _MOST:
        lines.append(f"… {len(requests) - _MOST} requests before these {_MOST} …")
    for request in requests[-_MOST:]:
        lines.append(f"{request.method} {_shown(request.path)} → {_answered(request)}")
        if request.body:
            lines.append(f"    {_body(request.body)}")
    return "\n".join(lines)


def _answered(request: RecordedRequest) -> str:
    if request.status is None:
        return "no answer"
    if request.status < 400:  # noqa: PLR2004
        return str(request.status)
    try:
        error = json.loads(request.answer)["error"]
        code, message = str(error["code"]), _message(str(error["message"]))
    except (ValueError, LookupError, TypeError):  # trouble on demand need not be Graph's JSON
        return str(request.status)
    return f"{request.status} {_shown(f'{code}: {message}' if message else code)}"


def _message(text: str) -> str:
    """What an error says. Intune wraps it in JSON and adds where it happened."""
    with contextlib.suppress(ValueError, LookupError, TypeError):
        text = str(json.loads(text)["Message"])
    return text.partition(" - Operation ID")[0]


def _body(body: bytes) -> str:
    try:
        return _shown(body.decode())
    except UnicodeDecodeError:  # compressed, for one
        return f"{len(body)} bytes"


def _shown(text: str) -> str:
    text = " ".join(_JWT.sub("<token>", text).split())
    if len(text) > _WIDTH:
        text = f"{text[: _WIDTH - 1]}…"
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)
