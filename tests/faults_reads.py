"""How a read of today's Graph goes: an app's assignments in pages, or whether it is assigned, true or not.

    FaultyGraph([Read(page=10), answer(500, on="GET")], holds={"A": [to_group(1), to_group(2)]}, reads=Read(stale=1))

A `Read` in a script waits for the next read, and stays with a listing from page to page; a step that waits for a GET
may come between its pages. What no step waits for goes as `FaultyGraph(reads=...)` says: true and whole, if it says
nothing.
"""

import gzip
import json
import re
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, TypeAlias

from faults_steps import Step, answer, head

Entries: TypeAlias = list[Any]
INTENTS = ("available", "required", "uninstall", "availableWithoutEnrollment")
_VIRTUAL_GROUPS = {
    "allLicensedUsersAssignmentTarget": "acacacac-9df4-4c7d-9d50-4ef0226f57a9",
    "allDevicesAssignmentTarget": "adadadad-808e-44e2-905a-0b7873a8a531",
}
_NO_FILTER = {
    "deviceAndAppManagementAssignmentFilterId": None,
    "deviceAndAppManagementAssignmentFilterType": "none",
}


def target(kind: str, **properties: object) -> dict[str, object]:
    """A target; `kind` is its type without namespace and without ``AssignmentTarget``."""
    return {"@odata.type": f"#microsoft.graph.{kind}AssignmentTarget", **properties}


def group(number: int) -> str:
    """The id of one of 10**12 groups."""
    return f"11111111-2222-4333-8444-{number:012}"


def to_group(number: int, intent: str = "required", *, exclude: bool = False, **others: object) -> dict[str, object]:
    """An assignment as it is sent. A property of the target's is given as ``target={...}``."""
    more: Any = others.pop("target", {})
    of = target("exclusionGroup" if exclude else "group", groupId=group(number), **more)
    return {"intent": intent, "target": of, **others}


def listed(sent: Any, **of_graph: object) -> Any:
    """An assignment as Graph lists it after it was sent; what is no assignment stays as it is.

    `source` and `sourceId` are Graph's to say: "direct" and none, if not given here.
    """
    if not isinstance(sent, dict) or not isinstance(sent.get("target"), dict):
        return sent
    others = {name: value for name, value in sent.items() if name not in {"id", "source", "sourceId"}} | of_graph
    others["target"] = {"@odata.type": sent["target"].get("@odata.type"), **_NO_FILTER, **sent["target"]}
    of = {"source": "direct", "sourceId": None, "settings": None}
    return {"id": listed_id(sent), **{name: others.pop(name, of.get(name)) for name in _LISTED}, **others}


_LISTED = ("intent", "source", "sourceId", "target", "settings")


def listed_id(sent: Mapping[str, Any]) -> str:
    """Such as ``{group}_1_0``: the intent by its number, and 1 for an exclusion."""
    of = sent["target"]
    kind = str(of.get("@odata.type")).rpartition(".")[2]
    key = str(of.get("groupId") or of.get("collectionId") or _VIRTUAL_GROUPS.get(kind, group(0))).lower()
    intent = INTENTS.index(sent["intent"]) if sent.get("intent") in INTENTS else 0
    return f"{key}_{intent}_{int(kind.startswith('exclusion'))}"


# How a nextLink is spelled: made of the one that Graph would give.


def relative(link: str) -> str:
    """Without scheme and host."""
    return "/" + link.split("/", 3)[3]


def other_key_form(link: str) -> str:
    """``mobileApps('A')`` in place of ``mobileApps/A``, as Intune's own links have it."""
    return re.sub(r"/mobileApps/([^/?]+)/", r"/mobileApps('\1')/", link)


def other_version(link: str) -> str:
    """The same under ``/v1.0``."""
    return link.replace("/beta/", "/v1.0/", 1)


def on_host(url: str) -> Callable[[str], str]:
    """The same on another host: ``scheme://host:port``, or the URL of another `FaultyGraph`."""
    root = "/".join(url.split("/")[:3])
    return lambda link: root + relative(link)


@dataclass(frozen=True, slots=True)
class Read:
    """How a read goes. In this order: what is there, what of it is shown, in which pages, and how that is written."""

    page: int | None = None
    """How many entries a page has; None for all."""
    stale: int = 0
    """The state of so many changes ago."""
    stale_for: float = 0.0
    """The state of so many seconds ago."""
    shows: Callable[[Entries], Entries] | None = None
    """What becomes of the entries."""
    pages: Callable[[Entries], list[Entries]] | None = None
    """The pages, whatever `page` says."""
    last: Literal["ends", "cycles", "goes on"] = "ends"
    """The last page has no link, one to the first page, or one to an empty page that has such a link again."""
    link: Callable[[str], str] | None = None
    """How a link is spelled."""
    is_assigned: bool | None = None
    """What the app says of itself; None for the truth as it is shown here."""
    document: Callable[[dict[str, Any]], Any] | None = None
    """What becomes of the JSON document."""
    text: Callable[[str], str] | None = None
    """What becomes of its text."""
    cut: float | None = None
    """Which part of the body comes before the connection is closed."""
    has_length: bool = True
    """Whether Content-Length is there; without, the body ends with the connection."""
    compressed: bool = False
    """Whether it comes as gzip."""
    delay: float = 0.0
    """Seconds before the answer."""
    on: str = "GET"
    """Which requests it waits for."""

    def step(self, url: str, app: str, entries: Entries, *, reading: int, page: int | None) -> Step:
        """The answer for a page of an app's assignments, or for the app itself where `page` is None."""
        shown = deepcopy(entries)
        if self.shows is not None:
            shown = self.shows(shown)
        document = self._app(url, shown) if page is None else self._page(url, app, shown, reading, page)
        changed = document if self.document is None else self.document(document)
        text = json.dumps(changed)
        body = (text if self.text is None else self.text(text)).encode("utf-8", "surrogatepass")
        name = "app" if page is None else f"page {page}"
        return Step(
            name, (self._written(body),), "keep" if self.cut is None and self.has_length else "fin", delay=self.delay
        )

    def _app(self, url: str, shown: Entries) -> dict[str, Any]:
        says = bool(shown) if self.is_assigned is None else self.is_assigned
        context = f"{url}/$metadata#deviceAppManagement/mobileApps(isAssigned)/$entity"
        return {"@odata.context": context, "@odata.type": "#microsoft.graph.win32LobApp", "isAssigned": says}

    def _page(self, url: str, app: str, shown: Entries, reading: int, page: int) -> dict[str, Any]:
        pages = self._paged(shown)
        document: dict[str, Any] = {
            "@odata.context": f"{url}/$metadata#deviceAppManagement/mobileApps('{app}')/assignments",
            "value": pages[page] if page < len(pages) else [],
        }
        following = page + 1 if page + 1 < len(pages) else {"ends": None, "cycles": 0, "goes on": page + 1}[self.last]
        if following is not None:
            link = f"{url}/deviceAppManagement/mobileApps/{app}/assignments?$skiptoken={reading}.{following}"
            document["@odata.nextLink"] = link if self.link is None else self.link(link)
        return document

    def _paged(self, shown: Entries) -> list[Entries]:
        if self.pages is not None:
            return self.pages(shown)
        size = self.page or len(shown) or 1
        return [shown[start : start + size] for start in range(0, len(shown), size)] or [[]]

    def _written(self, body: bytes) -> bytes:
        body = gzip.compress(body) if self.compressed else body
        headers = [("Content-Type", "application/json;odata.metadata=minimal;charset=utf-8")]
        headers += [("Content-Encoding", "gzip")] if self.compressed else []
        headers += [("Content-Length", str(len(body)))] if self.has_length else []
        return head(200, headers) + (body if self.cut is None else body[: int(len(body) * self.cut)])


TRUE = Read()
EMPTY = Read(shows=lambda _: [])
"""No entry, whatever is there; the app itself, read after it, tells the truth."""


def shrunken(keep: int, **others: Any) -> Read:
    """The first entries only."""
    return Read(shows=lambda entries: entries[:keep], **others)


def overlapping(size: int, twin: Callable[[Any], Any] = lambda entry: entry, **others: Any) -> Read:
    """Each page after the first begins with the last entry of the one before, or with what `twin` makes of that."""

    def pages(entries: Entries) -> list[Entries]:
        cut = [entries[start : start + size] for start in range(0, len(entries), size)] or [[]]
        return [cut[0], *([twin(deepcopy(before[-1])), *page] for before, page in pairwise(cut))]

    return Read(pages=pages, **others)


PORTAL = answer(200, b"<!DOCTYPE html><title>Sign in</title>", headers={"Content-Type": "text/html"}, on="GET")
"""A page of somebody else's, such as that of a captive portal."""


def _in_first(change: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    """A change of a document's first entry."""

    def changed(document: dict[str, Any]) -> dict[str, Any]:
        first, *rest = document["value"]
        return {**document, "value": [change(first), *rest]}

    return changed


def _without(name: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda held: {key: value for key, value in held.items() if key != name}


def _with(**changed: object) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda held: {**held, **changed}


# Listings that are none, for an app that holds something.
WRONG: Mapping[str, Read] = {
    "no JSON": Read(text=lambda _: "no JSON"),
    "nothing": Read(text=lambda _: ""),
    "null": Read(document=lambda _: None),
    "a list": Read(document=lambda document: document["value"]),
    "two documents": Read(text=lambda text: text * 2),
    "a byte order mark": Read(text=lambda text: f"\ufeff{text}"),
    "NaN": Read(text=lambda text: text.replace('"value":', '"x": NaN, "value":', 1)),
    "a lone surrogate": Read(text=lambda text: text.replace('"value":', '"x": "\\ud800", "value":', 1)),
    "broken UTF-8": Read(text=lambda text: text.replace('"value":', '"x": "\ud800", "value":', 1)),
    "nested too deep": Read(document=_with(x=json.loads("[" * 200 + "]" * 200))),
    "value twice": Read(text=lambda text: text.replace('"value":', '"value": [], "value":', 1)),
    "an id twice": Read(text=lambda text: text.replace('"id":', '"id": "x", "id":', 1)),
    "no value": Read(document=_without("value")),
    "value is null": Read(document=_with(value=None)),
    "value is an object": Read(document=_with(value={})),
    "an entry is a string": Read(document=_in_first(lambda _: "text")),
    "an entry is null": Read(document=_in_first(lambda _: None)),
    "an entry is a list": Read(document=_in_first(lambda entry: [entry])),
    "an entry without target": Read(document=_in_first(_without("target"))),
    "an entry whose target is null": Read(document=_in_first(_with(target=None))),
    "an entry whose target is a string": Read(document=_in_first(_with(target="text"))),
    "a target without type": Read(
        document=_in_first(lambda entry: {**entry, "target": _without("@odata.type")(entry["target"])})
    ),
    "a target whose type is a number": Read(
        document=_in_first(lambda entry: {**entry, "target": {**entry["target"], "@odata.type": 1}})
    ),
    "an entry without intent": Read(document=_in_first(_without("intent"))),
    "an entry whose intent is a number": Read(document=_in_first(_with(intent=1))),
    "an entry whose settings are a string": Read(document=_in_first(_with(settings="text"))),
    "an entry whose id is a number": Read(document=_in_first(_with(id=1))),
    "a nextLink that is a number": Read(document=_with(**{"@odata.nextLink": 1})),
    "a nextLink that is no URL": Read(document=_with(**{"@odata.nextLink": "http://["})),
    "an error with 200": Read(document=lambda _: {"error": {"code": "InternalError", "message": "No."}}),
}
