"""What text and errors say on the command line, in its own words."""

from __future__ import annotations

from typing import Any

from appassign.exceptions import AppAssignError

from .hints import by_options

_OF_ERRORS = ("location", "status", "code", "request_id", "retry_after", "date", "body")
_ENTRIES_OF_ERRORS = ("planned", "live", "missing", "extra")


def clean(text: str) -> str:
    """Text without what a terminal would obey: controls, and marks that turn the direction of writing."""
    return "".join(one if one == "\n" or one.isprintable() else ascii(one)[1:-1] for one in text)


def said(error: BaseException) -> str:
    """What an error says, without its hint."""
    if isinstance(error, OSError) and not isinstance(error, AppAssignError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename is not None else error.strerror
    return by_options(Exception.__str__(error) if isinstance(error, Exception) else str(error))


def advice(error: BaseException) -> str | None:
    """What to do about an error, in words of the command line."""
    hint: str | None = getattr(error, "hint", None)
    return hint and by_options(hint)


def facts(error: BaseException) -> dict[str, Any]:
    """An error as JSON has it."""
    found: dict[str, Any] = {"type": type(error).__name__, "message": said(error), "hint": advice(error)}
    if isinstance(error, AppAssignError):
        for name in ("outcome", "attempts", "elapsed", "client_request_id"):
            found[name] = getattr(error, name)
        for name in _OF_ERRORS:
            value = getattr(error, name, None)
            if value is not None:
                found[name] = value.isoformat() if name == "date" else value
        for name in _ENTRIES_OF_ERRORS:
            if hasattr(error, name):
                found[name] = [entry.to_dict() for entry in getattr(error, name)]
    return found
