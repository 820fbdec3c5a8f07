"""Dicts and lists that are read, and not written: what the settings of a model are read as."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn


def _refuse(self: object, *_: object, **__: object) -> NoReturn:
    kind = "dict" if isinstance(self, dict) else "list"
    raise TypeError(
        f"this {kind} is read-only: make a copy with {kind}(...), change that, "
        "and put it into assignment.replace(settings=...)"
    )


class ReadOnlyDict(dict):  # type: ignore[type-arg]  # pyright: ignore[reportMissingTypeArgument]
    """A dict that raises `TypeError` where it would be changed."""

    __slots__ = ()

    def __reduce__(self) -> tuple[type[ReadOnlyDict], tuple[dict[str, Any]]]:
        return (ReadOnlyDict, (dict(self),))


class ReadOnlyList(list):  # type: ignore[type-arg]  # pyright: ignore[reportMissingTypeArgument]
    """A list that raises `TypeError` where it would be changed."""

    __slots__ = ()

    def __reduce__(self) -> tuple[type[ReadOnlyList], tuple[list[Any]]]:
        return (ReadOnlyList, (list(self),))


for _name in ("__setitem__", "__delitem__", "__ior__", "clear", "pop", "popitem", "setdefault", "update"):
    setattr(ReadOnlyDict, _name, _refuse)
for _name in (
    *("__setitem__", "__delitem__", "__iadd__", "__imul__"),
    *("append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort"),
):
    setattr(ReadOnlyList, _name, _refuse)


def read_only(value: object) -> object:
    """The same value, with nothing in it that can be changed."""
    if type(value) is dict:
        members: dict[str, object] = value  # pyright: ignore[reportUnknownVariableType]
        return ReadOnlyDict({name: read_only(item) for name, item in members.items()})
    if type(value) is list:
        items: list[object] = value  # pyright: ignore[reportUnknownVariableType]
        return ReadOnlyList(map(read_only, items))
    return value
