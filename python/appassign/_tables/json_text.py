"""Strict JSON: read so that its numbers stay as they are spelled, and written again."""

from __future__ import annotations

import json

from .values import JsonObject, Number, is_list, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


def read(text: str) -> object:
    """Objects are `JsonObject`, and numbers that no ``int`` would spell the same way are `Number`.

    Raises:
        json.JSONDecodeError: It is no JSON.
        ValueError: It is none that says one thing to all readers.
        RecursionError: It is nested too deeply.
    """
    return json.loads(
        text, object_pairs_hook=_members, parse_constant=_no_number, parse_float=Number, parse_int=_integer
    )


def written(value: object) -> str:
    """The text of what was read.

    Raises:
        ValueError: It is nested too deeply.
    """
    try:
        return _written(value)
    except RecursionError:
        raise ValueError("is nested too deeply") from None


_DIGITS = 640  # that Python converts whatever limit is set
_encode = json.JSONEncoder(ensure_ascii=False).encode


def _written(value: object) -> str:
    if isinstance(value, Number):
        return value.spelled
    try:
        return _encode(value)
    except TypeError:
        # It holds a Number, which the encoder does not know.
        if is_list(value):
            return f"[{', '.join(map(_written, value))}]"
        if isinstance(value, JsonObject):
            return f"{{{', '.join(f'{_encode(name)}: {_written(member)}' for name, member in value.items())}}}"
        raise


def _integer(spelled: str) -> int | Number:
    return Number(spelled) if spelled == "-0" or len(spelled) > _DIGITS else int(spelled)


def _members(pairs: list[tuple[str, object]]) -> JsonObject:
    members = JsonObject(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        doubled = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"an object has {quoted(doubled)} twice")
    return members


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")
