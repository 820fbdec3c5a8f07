"""What is wanted of each app: gathered from what was read, and made a `Change`."""

from __future__ import annotations

from appassign._core import AssignmentTarget, Change, MobileAppAssignment

from .cells import ACTIONS
from .faults import told
from .values import plain, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .faults import Faults, Place

_ANY_APP = "any"  # will do as an app's id to look at the rest
Entry = MobileAppAssignment | AssignmentTarget


class Wanted:
    """What is wanted of all apps, in the order in which they appear."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._apps: dict[str, _App] = {}

    def mention(self, app_id: str, place: Place) -> _App:
        """An app is there, be it that nothing is wanted of it."""
        key = app_id.lower()
        if key not in self._apps:
            self._apps[key] = _App(app_id, place)
        return self._apps[key]

    def take(
        self, app_id: str, action: str, entries: list[tuple[Entry, Place]], place: Place, *, is_whole: bool = False
    ) -> None:
        """Take what is wanted of an app; ``is_whole`` if nothing else can be wanted of it."""
        app = self.mention(app_id, place)
        if app.first is None:
            app.first, app.is_whole = (action, place), is_whole
        else:
            before, there = app.first
            part = "action" if place.is_row else None
            name = there.name or "the other one"
            if is_whole or app.is_whole:
                message = (
                    f"{name} is about the same app, {plain(app_id)}, and one of the two says all that it is to have"
                )
                self._faults.add(place, part, message, "leave one of the two out")
                return
            if "replace" in {action, before} and action != before:
                message = f"{quoted(action)}, and {name}, of the same app, has {quoted(before)}"
                hint = "the replace rows of an app are all that it is to have: it has no others beside them"
                self._faults.add(place, part, message, hint)
                return
        app.entries += [(action, entry, where) for entry, where in entries]

    def redirect(self, app_id: str) -> None:
        """If all of it is wanted of one app, it is wanted of this one."""
        if len(self._apps) == 1:
            for app in self._apps.values():
                app.app_id = app_id

    def changes(self) -> list[Change]:
        """A change for each app; what is wrong with one is a fault."""
        return [change for app in self._apps.values() if (change := self._change(app)) is not None]

    def _change(self, app: _App) -> Change | None:
        while True:
            try:
                return app.change()
            except ValueError as error:
                if not self._leave_out(app, error):
                    return None

    def _leave_out(self, app: _App, error: ValueError) -> bool:
        """Note what is wrong with an entry, and leave that out: the next one may be wrong, too."""
        import re

        location, message, hint = told(error)
        found = re.fullmatch(r"(add|remove|replace)\[(\d+)\](?:\.(.+))?", location or "", re.DOTALL)
        if location in ACTIONS:
            # All of them are too many: no part of a row, and no document's name for them.
            location, message = None, f"this app {message}"
        if found is None:
            self._faults.add(app.place, app.place.part_of_attribute(location), message, hint)
            if location != "app_id":
                return False
            app.app_id = _ANY_APP
            return True
        action, index, attribute = found.groups()
        numbers = [number for number, (done, _, _) in enumerate(app.entries) if done == action]
        other = re.search(rf"\b{action}\[(\d+)\]", message) if attribute is None else None
        if other is not None:
            there = app.entries[numbers[int(other[1])]][2].name
            message = f"{message[: other.start()]}{there}{message[other.end() :]}"
        _, _, place = app.entries.pop(numbers[int(index)])
        self._faults.add(place, place.part_of_attribute(attribute), message, hint)
        return True


class _App:
    """What is wanted of one app, and where that stands."""

    __slots__ = ("app_id", "entries", "first", "is_whole", "place")

    def __init__(self, app_id: str, place: Place) -> None:
        self.app_id = app_id
        self.place = place
        self.entries: list[tuple[str, Entry, Place]] = []
        self.first: tuple[str, Place] | None = None
        self.is_whole = False

    def change(self) -> Change:
        add, remove, replace = ([entry for done, entry, _ in self.entries if done == action] for action in ACTIONS)
        if self.first is not None and self.first[0] == "replace":
            return Change(self.app_id, replace=_assignments(replace))
        return Change(self.app_id, add=_assignments(add), remove=remove)


def _assignments(entries: list[Entry]) -> list[MobileAppAssignment]:
    return [entry for entry in entries if isinstance(entry, MobileAppAssignment)]
