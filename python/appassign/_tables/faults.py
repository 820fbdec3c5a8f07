"""What is wrong, and where it stands: faults are gathered, and told in one error."""

from __future__ import annotations

from .cells import COLUMNS, column_of_attribute
from .values import plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from appassign.exceptions import InvalidInputError

_SHOWN = 20  # faults; more are counted
_MOST_OF_A_PATH = 256  # characters: what is passed for one may be a file's text
_MEND = "nothing is taken while anything is wrong: mend all of it, and read it again"


class Place:
    """Where something stands: a row, or one of Graph's documents."""

    __slots__ = ("is_row", "name", "order", "shown")

    def __init__(self, order: int, name: str, *, line: int | None = None, is_row: bool = True) -> None:
        self.order = order
        self.name = name
        self.shown = name if line is None else f"{name} (line {line})"
        self.is_row = is_row

    def part(self, part: str | None, *, shown: bool = False) -> str:
        whole = self.shown if shown else self.name
        if not part or not whole:
            return part or whole
        return f"{whole}, column {part}" if self.is_row else f"{whole}.{part}"

    def part_of_attribute(self, attribute: str | None) -> str | None:
        """What an attribute of an assignment is called here."""
        if attribute is None or not self.is_row:
            return "id" if attribute == "app_id" else attribute
        return column_of_attribute(attribute)


class Faults:
    """All that is wrong with what is read, and with which file if it is one."""

    def __init__(self, file: str | None = None) -> None:
        self._file = None if file is None else plain(file, _MOST_OF_A_PATH)
        self._faults: list[tuple[Place, str | None, str, str | None]] = []

    def add(self, place: Place, part: str | None, message: str, hint: str | None = None) -> None:
        self._faults.append((place, part, message, hint))

    def refusal(self, message: str, hint: str, location: str | None = None) -> InvalidInputError:
        """An error that tells of the file, too."""
        return refusal(f"{self._file}: {message}" if self._file else message, location, hint)

    def raise_all(self) -> None:
        """Tell of all, in the order in which they stand there; the first one is where to begin."""
        if not self._faults:
            return
        order = [None, *COLUMNS]
        self._faults.sort(
            key=lambda fault: (fault[0].order, order.index(fault[1]) if fault[1] in order else len(order))
        )
        parts = [(place.part(part, shown=True), message) for place, part, message, _ in self._faults[:_SHOWN]]
        lines = [f"{where}: {message}" if where else message for where, message in parts]
        if len(self._faults) > 1:
            lines.insert(0, f"{len(self._faults)} faults")
        if len(self._faults) > _SHOWN:
            lines.append(f"… and {len(self._faults) - _SHOWN} more")
        place, part, _, hint = self._faults[0]
        raise self.refusal("\n".join(lines), hint or _MEND, place.part(part) or None)


def refusal(message: str, location: str | None, hint: str | None) -> InvalidInputError:
    from appassign.exceptions import InvalidInputError

    error = InvalidInputError(message)
    error.location, error.hint = location, hint
    return error


def told(error: Exception) -> tuple[str | None, str, str | None]:
    """The location of an error, its message without that, and its hint."""
    location: str | None = getattr(error, "location", None)
    message = str(error.args[0])
    return location, message.removeprefix(f"{location}: "), getattr(error, "hint", None)
