"""Graph's own documents, as it answers and as tools save them: apps with their assignments, or these alone."""

from __future__ import annotations

from appassign._core import MobileAppAssignment

from .cells import has_names_of_rows
from .faults import Place, told
from .values import JsonObject, is_list, is_mapping, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from .faults import Faults
    from .wanted import Entry, Wanted

ALL_PAGES = "save all of them: follow @odata.nextLink until an answer has none"
TO_TODAY = "{}.to_mobile_app_assignment() gives today's form of it"

_ONLY_IN_DOCUMENTS = {"assignments", "installIntent", "displayName", "@odata.type"}
# The targets that are nobody without their id.
_ID_OF = {
    "microsoft.graph.groupAssignmentTarget": "groupId",
    "microsoft.graph.exclusionGroupAssignmentTarget": "groupId",
    "microsoft.graph.configurationManagerCollectionAssignmentTarget": "collectionId",
}


def has_names_of_documents(item: Mapping[str, object]) -> bool:
    return not _ONLY_IN_DOCUMENTS.isdisjoint(item)


def is_document(item: Mapping[str, object]) -> bool:
    """Whether it is one of Graph's, and no row."""
    return not has_names_of_rows(item) and (is_mapping(item.get("target")) or has_names_of_documents(item))


def app_of_context(context: object) -> str | None:
    """The app that a page or an entry of its assignments is of, where Graph says so."""
    if not isinstance(context, str):
        return None
    import re

    found = re.search(r"mobileApps\('([^']+)'\)/(?:[\w.]+/)?assignments\b", context)
    return found[1] if found else None


class DocumentReader:
    """Reads documents, one by one: what they say of an app is all that it is to have."""

    def __init__(self, wanted: Wanted, faults: Faults) -> None:
        self._wanted = wanted
        self._faults = faults

    def document(self, document: Mapping[str, object], place: Place, app_id: str | None) -> None:
        """Take what a document says; ``app_id`` is the app of those that name none."""
        if "assignments" in document:
            self._app(document, place, app_id)
        elif is_mapping(document.get("target")):
            entry = self._assignment(document, place)
            if app_id is None:
                self._faults.add(place, None, "is an assignment, and nothing says of which app", "pass app_id=")
            elif entry is not None:
                self._wanted.take(app_id, "replace", [(entry, place)], place)
        elif "installIntent" in document:
            hint = TO_TODAY.format("MobileAppGroupAssignment.from_dict(...)")
            self._faults.add(place, None, "is an assignment in the form of 2017", hint)
        else:
            hint = "save what GET deviceAppManagement/mobileApps/{id}?$expand=assignments answers"
            self._faults.add(place, None, "is an app without its assignments", hint)

    def _app(self, app: Mapping[str, object], place: Place, app_id: str | None) -> None:
        said_id = app.get("id") or app_id
        if not isinstance(said_id, str):
            what = "is missing" if said_id is None else f"must be a string, not {shown(said_id)}"
            self._faults.add(place, "id", what, "pass app_id= for an app that does not say which one it is")
        entries = app["assignments"]
        if not is_list(entries):
            self._faults.add(place, "assignments", f"must be a list, not {shown(entries)}")
            return
        if "assignments@odata.nextLink" in app:
            message = "one page of several, as assignments@odata.nextLink says"
            self._faults.add(place, "assignments", message, ALL_PAGES)
            return
        taken: list[tuple[Entry, Place]] = []
        for index, item in enumerate(entries):
            where = Place(place.order, place.part(f"assignments[{index}]"), is_row=False)
            if not is_mapping(item):
                self._faults.add(where, None, f"must be an object, not {shown(item)}")
            elif (entry := self._assignment(item, where)) is not None:
                taken.append((entry, where))
        if isinstance(said_id, str):
            self._wanted.take(said_id, "replace", taken, place, is_whole=True)

    def _assignment(self, document: Mapping[str, object], place: Place) -> MobileAppAssignment | None:
        try:
            entry = _read(document)
        except (ValueError, TypeError) as error:
            self._faults.add(place, *told(error))
            return None
        target = entry.target.to_dict()
        key = _ID_OF.get(target["@odata.type"].removeprefix("#"))
        if key is not None and target.get(key) is None:
            hint = f"put the {key} in; some tools save a name in its place, which is no id"
            self._faults.add(place, f"target.{key}", "is missing: nothing says whom this is for", hint)
            return None
        return entry


def _read(document: Mapping[str, object]) -> MobileAppAssignment:
    own = {name: value for name, value in document.items() if name != "@odata.context"}
    if not isinstance(document, JsonObject):
        return MobileAppAssignment.from_dict(own)
    from .json_text import written

    return MobileAppAssignment.from_json(written(JsonObject(own)))
