"""Graph's own documents, as it answers and as tools save them: apps with their assignments, or these alone."""

from __future__ import annotations

from appassign._core import MobileAppAssignment

from .cells import has_names_of_rows
from .faults import Place, told
from .values import JsonObject, is_list, is_mapping, plain, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from .faults import Faults
    from .wanted import Entry, Wanted

ALL_PAGES = "save all of them: follow @odata.nextLink until an answer has none"
NO_APP = "says that this is {}, and neither an app nor assignments of one"
SAVE = "save what GET deviceAppManagement/mobileApps/{id}?$expand=assignments answers"
TO_TODAY = "{}.to_mobile_app_assignment() gives today's form of it"

_ONLY_IN_DOCUMENTS = {"assignments", "installIntent", "displayName", "@odata.type"}
_MOST_THAT_IS_SHOWN = 256  # characters of a context, or of a refusal
# The targets that are nobody without their id.
_ID_OF = {
    "microsoft.graph.groupAssignmentTarget": "groupId",
    "microsoft.graph.exclusionGroupAssignmentTarget": "groupId",
    "microsoft.graph.configurationManagerCollectionAssignmentTarget": "collectionId",
}
# How the names of types end that have assignments and are no apps; of a name that nobody knows yet, nothing is known.
_NO_APPS = ("Assignment", "Configuration", "Intent", "Policy", "Profile", "Protection", "Script")


def has_names_of_documents(item: Mapping[str, object]) -> bool:
    return not _ONLY_IN_DOCUMENTS.isdisjoint(item)


def is_document(item: Mapping[str, object]) -> bool:
    """Whether it is one of Graph's, and no row."""
    return not has_names_of_rows(item) and (is_mapping(item.get("target")) or has_names_of_documents(item))


def refusal_of_graph(item: Mapping[str, object]) -> str | None:
    """What Graph says that it refused, where that was saved in place of an answer."""
    error = item.get("error")
    if not is_mapping(error) or not isinstance(error.get("code"), str) or len(item) > 1:
        return None
    said = [said for name in ("code", "message") if isinstance(said := error.get(name), str) and said]
    return plain(": ".join(said), _MOST_THAT_IS_SHOWN)


class Context:
    """What a document is, as its ``@odata.context`` says.

    Attributes:
        is_of_apps: It is an app, or a list of apps.
        app_id: The app whose assignments it is, or they are.
        other: What it is instead.
    """

    __slots__ = ("app_id", "is_of_apps", "other")

    def __init__(self, document: Mapping[str, object], name: str = "@odata.context") -> None:
        self.app_id: str | None = None
        self.is_of_apps = False
        self.other: str | None = None
        context = document.get(name)
        if context is None:
            return
        import re

        what = context.rpartition("#")[2].removesuffix("/$entity") if isinstance(context, str) else shown(context)
        cast = r"(?:/microsoft\.graph\.\w+)?"
        if found := re.fullmatch(rf"(?:.*/)?mobileApps\('([^']+)'\){cast}/assignments(?:\(.*\))?", what):
            self.app_id = found[1]
        elif re.fullmatch(rf"(?:.*/)?mobileApps{cast}(?:\('[^']+'\)|\([^']*\))?{cast}", what):
            self.is_of_apps = True
        else:
            kind = re.fullmatch(r"(?:Collection\()?microsoft\.graph\.(\w+)\)?", what)
            if kind is None or _is_of_no_app(kind[1]):
                self.other = plain(what, _MOST_THAT_IS_SHOWN)


class DocumentReader:
    """Reads documents, one by one: what they say of an app is all that it is to have."""

    def __init__(self, wanted: Wanted, faults: Faults) -> None:
        self._wanted = wanted
        self._faults = faults

    def document(self, document: Mapping[str, object], place: Place, app_id: str | None, list_of: Context) -> None:
        """Take what a document says.

        Args:
            document: An app, or an assignment.
            place: Where it stands.
            app_id: The app of those that name none.
            list_of: What the list is of, in which it stands.
        """
        context = Context(document)
        if context.other is not None:
            self._faults.add(place, "@odata.context", NO_APP.format(context.other), SAVE)
        elif "assignments" in document:
            self._app(document, place, app_id)
        elif is_mapping(document.get("target")):
            if context.is_of_apps or list_of.is_of_apps:
                self._faults.add(place, None, "is an assignment, and @odata.context says that it is an app", SAVE)
                return
            app_id = list_of.app_id or context.app_id or app_id
            entry = self._assignment(document, place)
            if app_id is None:
                self._faults.add(place, None, "is an assignment, and nothing says of which app", "pass app_id=")
            elif entry is not None:
                self._wanted.take(app_id, "replace", [(entry, place)], place)
        elif "installIntent" in document:
            hint = TO_TODAY.format("MobileAppGroupAssignment.from_dict(...)")
            self._faults.add(place, None, "is an assignment in the form of 2017", hint)
        else:
            self._faults.add(place, None, "is an app without its assignments", SAVE)

    def _app(self, app: Mapping[str, object], place: Place, app_id: str | None) -> None:
        said_id = app.get("id") or app_id
        if not isinstance(said_id, str):
            what = "is missing" if said_id is None else f"must be a string, not {shown(said_id)}"
            self._faults.add(place, "id", what, "pass app_id= for an app that does not say which one it is")
        context = "assignments@odata.context"
        others = {context: Context(app, context).other, "@odata.type": _type_of_no_app(app)}
        for name, other in others.items():
            if other is not None:
                self._faults.add(place, name, NO_APP.format(other), SAVE)
                return
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
        if (other := _type_of_no_app(document)) is not None:
            self._faults.add(place, "@odata.type", NO_APP.format(other), SAVE)
            return None
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


def _type_of_no_app(document: Mapping[str, object]) -> str | None:
    """The name of its type, if that is one of Graph's and certainly no app's, and no assignment's of one."""
    name = document.get("@odata.type")
    kind = name.rpartition("microsoft.graph.")[2] if isinstance(name, str) else ""
    return plain(kind) if kind != name and _is_of_no_app(kind) else None


def _is_of_no_app(kind: str) -> bool:
    return kind.endswith(_NO_APPS) and not kind.startswith("mobileAppAssignment")


def _read(document: Mapping[str, object]) -> MobileAppAssignment:
    own = {name: value for name, value in document.items() if name != "@odata.context"}
    if not isinstance(document, JsonObject):
        return MobileAppAssignment.from_dict(own)
    from .json_text import written

    return MobileAppAssignment.from_json(written(JsonObject(own)))
