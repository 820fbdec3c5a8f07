"""Every document in tests/wire is what the emulator sends, or takes, to the letter, up to ids and dates."""

import json
import pathlib
import re
import uuid
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any, Literal

import pytest

from appassign.emulator import Emulator
from clients import Client

WIRE = pathlib.Path(__file__).parent / "wire"
DOCUMENTS = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(WIRE.glob("*.json"))}
APP = "3f6a1c52-8f0e-4b7e-9a55-0c1d2e3f4a5b"
ASSIGN = f"/beta/deviceAppManagement/mobileApps/{APP}/assign"
OLD = DOCUMENTS["req-2017-assign-via-userstatus"]["request"]["body"]
NEW = DOCUMENTS["req-today-assign"]["request"]["body"]

Profile = Literal["2017", "current"]
Answer = tuple[int, dict[str, str], dict[str, Any]]
Scene = Callable[[Emulator, dict[str, Any]], Answer]


def headers(graph: Emulator, document: dict[str, Any], **others: str) -> dict[str, str]:
    known = {**DOCUMENTS["res-204"]["response"]["headers"], **document.get("response", {}).get("headers", {})}
    return {
        "Authorization": f"Bearer {graph.token}",
        "Content-Type": "application/json",
        "client-request-id": known["client-request-id"],
        **others,
    }


def as_requested(graph: Emulator, document: dict[str, Any]) -> Answer:
    """Sends the document's own request."""
    request = document["request"]
    given = headers(graph, document)
    if request["headers"]["Authorization"] == "Bearer <token>":
        given = {**request["headers"], "Authorization": given["Authorization"]}
    path = request["url"].removeprefix("https://graph.microsoft.com")
    return Client(graph).ask(request["method"], path, request.get("body"), given)


def asking(
    path: str = ASSIGN, body: object = NEW, token: str | dict[str, str] | None = None, method: str = "POST"
) -> Scene:
    """Sends another request; `token` is one, or the claims of one, or, if empty, none."""

    def scene(graph: Emulator, document: dict[str, Any]) -> Answer:
        given = headers(graph, document)
        if isinstance(token, dict):
            given["Authorization"] = f"Bearer {graph._native.make_token(json.dumps(token))}"
        elif token == "":
            del given["Authorization"]
        elif token is not None:
            given["Authorization"] = f"Bearer {token}"
        return Client(graph).ask(method, path, body, given)

    return scene


def failing(**failure: Any) -> Scene:
    """What `fail_next` makes of a good request."""

    def scene(graph: Emulator, document: dict[str, Any]) -> Answer:
        graph.fail_next(**failure)
        return asking()(graph, document)

    return scene


def throttled_as_documented(graph: Emulator, document: dict[str, Any]) -> Answer:
    refusal = {"status": 429, "retry_after": "2.128", "form": "documented"}
    graph._native.add_trouble(json.dumps({"what": {"answer": refusal}}))
    return asking()(graph, document)


def holding(name: str, collection: str, seen: str) -> Callable[[Emulator], None]:
    """Puts into the app what a document lists, and more if it has another page."""

    def prepare(graph: Emulator) -> None:
        entries = list(DOCUMENTS[name]["response"]["body"]["value"])
        if "@odata.nextLink" in DOCUMENTS[name]["response"]["body"]:
            entries += DOCUMENTS["res-today-list-assignments"]["response"]["body"]["value"][1:]
        assert seen in entries[0]
        graph._native.add_app(json.dumps({"id": APP, collection: entries}))

    return prepare


def with_app(graph: Emulator) -> None:
    graph._native.add_app(json.dumps({"id": APP}))


def with_its_group_assignment(graph: Emulator) -> None:
    via = {**OLD["mobileAppGroupAssignments"][0], "id": "591620b7-20b7-4916-b720-1659b7201659"}
    graph._native.add_app(json.dumps({"id": APP, "groupAssignments": [via]}))


def without_app(graph: Emulator) -> None:
    graph.add_app()


def with_unpublished_app(graph: Emulator) -> None:
    graph._native.add_app(json.dumps({"id": APP, "publishingState": "processing"}))


def segment(name: str) -> Scene:
    return asking(f"/beta/deviceAppManagement/mobileApps/{APP}/{name}/x/app/assign", OLD)


NOT_A_GROUP = {
    "mobileAppAssignments": [
        {"intent": "required", "target": {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": "Sales"}}
    ]
}
UNKNOWN_INTENT = {
    "mobileAppAssignments": [
        {"intent": "later", "target": {"@odata.type": "#microsoft.graph.allLicensedUsersAssignmentTarget"}}
    ]
}
READER = {"scp": "DeviceManagementApps.Read.All"}
LITERAL = f"/beta/deviceAppManagement/mobileApps/{APP}assign"

# How each document comes about: the profile, what there is before, and what is asked.
SCENES: list[tuple[str, Profile, Callable[[Emulator], None], Scene]] = [
    ("err-400-generic-intune", "current", with_app, asking(body=NOT_A_GROUP)),
    ("err-400-generic-intune", "current", with_app, failing(status=400)),
    ("err-400-malformed-json", "2017", with_app, asking(body=b'{"mobileApp')),
    ("err-400-malformed-json", "current", with_app, asking(body=b'{"mobileApp')),
    ("err-400-modelvalidation-old-type", "current", with_app, asking(body=OLD)),
    ("err-400-no-route", "2017", with_app, asking(LITERAL, OLD)),
    ("err-400-no-route", "current", with_app, asking(LITERAL)),
    ("err-400-not-published", "current", with_unpublished_app, asking()),
    ("err-400-segment-devicestatuses", "current", with_app, segment("deviceStatuses")),
    ("err-400-segment-groupassignments", "current", with_app, segment("groupAssignments")),
    ("err-400-segment-userstatuses", "current", with_app, segment("userStatuses")),
    ("err-401-bad-token", "2017", with_app, asking(token="garbage", body=OLD)),
    ("err-401-bad-token", "current", with_app, asking(token="garbage")),
    ("err-401-missing-token", "2017", with_app, asking(token="", body=OLD)),
    ("err-401-missing-token", "current", with_app, asking(token="", body={})),
    ("err-403-scope", "2017", with_app, asking(token=READER, body=OLD)),
    ("err-404-app", "2017", without_app, asking(body=OLD)),
    ("err-404-app", "current", without_app, asking()),
    ("err-404-app", "current", with_app, failing(status=404)),
    ("err-409-conflict", "current", with_app, failing(status=409)),
    ("err-429-documented", "current", with_app, throttled_as_documented),
    ("err-429-intune-no-retry-after", "current", with_app, failing(status=429)),
    ("err-429-plain", "current", with_app, failing(status=429, retry_after=10)),
    ("err-500-intune", "current", with_app, asking(body=UNKNOWN_INTENT)),
    ("err-500-intune", "current", with_app, failing(status=500)),
    ("err-503", "current", with_app, failing(status=503, retry_after=5)),
    ("err-504", "current", with_app, failing(status=504)),
    ("req-2017-assign", "2017", with_app, as_requested),
    ("req-2017-assign-empty", "2017", with_app, as_requested),
    ("req-2017-assign-literal-path", "2017", with_app, as_requested),
    ("req-2017-assign-via-devicestatus", "2017", with_app, as_requested),
    ("req-2017-assign-via-groupassignment", "2017", with_its_group_assignment, as_requested),
    ("req-2017-assign-via-userstatus", "2017", with_app, as_requested),
    ("req-today-assign", "current", with_app, as_requested),
    ("res-204", "2017", with_app, asking(body=OLD)),
    ("res-204", "current", with_app, asking()),
    ("res-2017-create-groupassignment", "2017", with_app, as_requested),
    (
        "res-2017-list-groupassignments",
        "2017",
        holding("res-2017-list-groupassignments", "groupAssignments", "installIntent"),
        as_requested,
    ),
    ("res-page-nextlink", "current", holding("res-page-nextlink", "assignments", "intent"), as_requested),
    (
        "res-today-list-assignments",
        "current",
        holding("res-today-list-assignments", "assignments", "intent"),
        as_requested,
    ),
]

# What a document that has a request alone is answered with.
ANSWERED = {"req-2017-assign-literal-path": "err-400-no-route"}


def test_no_document_is_left_out() -> None:
    assert {name for name, *_ in SCENES} == set(DOCUMENTS)
    assert all("_basis" in document for document in DOCUMENTS.values())


@pytest.mark.parametrize(("name", "profile", "prepare", "scene"), SCENES)
def test_a_document_is_reproduced(
    name: str, profile: Profile, prepare: Callable[[Emulator], None], scene: Scene
) -> None:
    document = DOCUMENTS[name]
    expected = document.get("response") or DOCUMENTS[ANSWERED.get(name, "res-204")]["response"]
    with Emulator(profile=profile) as graph:
        prepare(graph)
        status, seen, body = scene(graph, document)
        root = graph.url.removesuffix("/beta")
    assert status == expected["status"]
    request_id = seen["request-id"]
    fix_the_headers(seen, expected["headers"])
    assert {header: seen.get(header.lower()) for header in expected["headers"]} == expected["headers"]
    if "Content-Type" not in expected["headers"]:
        assert "content-type" not in seen
    fixed = json.dumps(body, indent=1).replace(root, "https://graph.microsoft.com")
    for pattern, fix in FIXES.get(name, []):
        fixed, times = re.subn(pattern, fix, fixed)
        assert times == 1
    if "error" in body:
        fixed = fix_the_error(fixed, request_id, expected)
    # As text, because the order of the keys is Graph's too.
    assert fixed == json.dumps(expected.get("body", {}), indent=1)


# Ids that the service makes, and what stands in a document for anything.
FIXES = {
    "res-2017-create-groupassignment": [
        (r'"id": "[0-9a-f-]{36}"', '"id": "591620b7-20b7-4916-b720-1659b7201659"'),
    ],
    "res-page-nextlink": [
        (r"\$metadata#deviceAppManagement/mobileApps\('" + APP + r"'\)/assignments", "$metadata#x"),
        (r"\$skiptoken=[A-Za-z0-9_-]+", "$skiptoken=b3BhcXVl"),
    ],
}


def fix_the_headers(seen: dict[str, str], expected: dict[str, str]) -> None:
    """Hold ids and dates to their form, then put the document's in their place."""
    assert seen["date"].endswith(" GMT")
    assert parsedate_to_datetime(seen["date"])
    assert uuid.UUID(seen["request-id"]).version == 4
    seen.update({"date": expected["Date"], "request-id": expected["request-id"]})


def fix_the_error(text: str, request_id: str, expected: dict[str, Any]) -> str:
    document = json.loads(text)
    inner, known = document["error"]["innerError"], expected["body"]["error"]["innerError"]
    assert inner["request-id"] == request_id
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", inner["date"])
    inner.update({name: known[name] for name in ("date", "request-id")})
    return json.dumps(document, indent=1)
