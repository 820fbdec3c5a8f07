"""Values that somebody else has written: of which kind they are, and how a message shows them."""

from collections.abc import Mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeGuard

_CUT = 64  # characters of a value that is shown


class Number:
    """A number of a JSON text, as it is spelled there: not all fit into a float."""

    __slots__ = ("spelled",)

    def __init__(self, spelled: str) -> None:
        self.spelled = spelled


class JsonObject(dict[str, object]):
    """An object of a JSON text, and not a dict of a program's: `json_text.written` gives its text again."""


def is_mapping(value: object) -> "TypeGuard[Mapping[str, object]]":
    return isinstance(value, Mapping)


def is_list(value: object) -> "TypeGuard[list[object] | tuple[object, ...]]":
    return isinstance(value, list | tuple)


def plain(text: str, most: int = _CUT) -> str:
    """A text in one line that is not too long."""
    line = "".join(char if char.isprintable() else " " for char in text[: most + 1])
    return line if len(line) <= most else f"{line[:most]}…"


def quoted(text: str) -> str:
    return repr(text if len(text) <= _CUT else f"{text[:_CUT]}…")


def shown(value: object) -> str:
    """The kind of a value, and the value where that is short."""
    if value is None:
        return "null"
    if isinstance(value, Number):
        is_whole = value.spelled.removeprefix("-").isdecimal()
        return f"{'int' if is_whole else 'float'} {plain(value.spelled)}"
    if is_mapping(value):
        return "an object"
    if is_list(value):
        return "a list"
    kind = type(value).__name__
    return f"{kind} {quoted(repr(value))[1:-1]}" if isinstance(value, int | float) else kind
