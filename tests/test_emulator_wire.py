"""The emulator refuses in the very words that the documents in tests/wire have from Graph."""

import json
import pathlib
import re
import uuid
from email.utils import parsedate_to_datetime
from typing import Any, Literal

import pytest

from appassign.emulator import Emulator
from clients import Client

WIRE = pathlib.Path(__file__).parent / "wire"
APP = "3f6a1c52-8f0e-4b7e-9a55-0c1d2e3f4a5b"
OLD = {
    "mobileAppGroupAssignments": [
        {
            "@odata.type": "#microsoft.graph.mobileAppGroupAssignment",
            "targetGroupId": "11111111-2222-4333-8444-555555555501",
            "installIntent": "required",
        }
    ]
}
NEW: dict[str, list[object]] = {"mobileAppAssignments": []}
READER = {"scp": "DeviceManagementApps.Read.All"}


@pytest.mark.parametrize(
    ("name", "profile", "path", "body", "credential"),
    [
        ("err-400-malformed-json", "2017", "{held}/assign", b'{"mobileApp', {}),
        ("err-400-malformed-json", "current", "{held}/assign", b'{"mobileApp', {}),
        ("err-400-modelvalidation-old-type", "current", "{held}/assign", OLD, {}),
        ("err-400-no-route", "2017", f"{APP}assign", OLD, {}),
        ("err-400-no-route", "current", f"{APP}assign", NEW, {}),
        ("err-400-segment-devicestatuses", "current", f"{APP}/deviceStatuses/d/app/assign", OLD, {}),
        ("err-400-segment-groupassignments", "current", f"{APP}/groupAssignments/g/app/assign", OLD, {}),
        ("err-400-segment-userstatuses", "current", f"{APP}/userStatuses/u/app/assign", OLD, {}),
        ("err-401-bad-token", "2017", f"{APP}/assign", OLD, "garbage"),
        ("err-401-bad-token", "current", f"{APP}/assign", NEW, "garbage"),
        ("err-401-missing-token", "2017", f"{APP}/assign", OLD, None),
        ("err-401-missing-token", "current", f"{APP}/assign", NEW, None),
        ("err-403-scope", "2017", f"{APP}/assign", OLD, READER),
        ("err-404-app", "2017", f"{APP}/assign", OLD, {}),
        ("err-404-app", "current", f"{APP}/assign", NEW, {}),
    ],
)
def test_a_refusal_is_the_documents(
    name: str,
    profile: Literal["2017", "current"],
    path: str,
    body: object,
    credential: dict[str, str] | str | None,
) -> None:
    expected = json.loads((WIRE / f"{name}.json").read_text(encoding="utf-8"))["response"]
    client_request_id = expected["headers"]["client-request-id"]
    headers = {"Content-Type": "application/json", "client-request-id": client_request_id}
    with Emulator(profile=profile) as graph:
        if isinstance(credential, dict):
            credential = graph._native.make_token(json.dumps(credential))
        if credential is not None:
            headers["Authorization"] = f"Bearer {credential}"
        target = f"/beta/deviceAppManagement/mobileApps/{path.format(held=graph.add_app())}"
        status, seen, document = Client(graph).ask("POST", target, body, headers)
    assert status == expected["status"]
    fix_what_varies(seen, document, expected)
    assert {header: seen.get(header.lower()) for header in expected["headers"]} == expected["headers"]
    # As text, because the order of the keys is Graph's too.
    assert json.dumps(document, indent=1) == json.dumps(expected["body"], indent=1)


def fix_what_varies(seen: dict[str, str], document: dict[str, Any], expected: dict[str, Any]) -> None:
    """Hold ids and dates to their form, then put the document's in their place."""
    inner, known = document["error"]["innerError"], expected["body"]["error"]["innerError"]
    assert uuid.UUID(seen["request-id"]).version == 4
    assert inner["request-id"] == seen["request-id"]
    assert seen["date"].endswith(" GMT")
    assert parsedate_to_datetime(seen["date"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", inner["date"])
    inner.update({name: known[name] for name in ("date", "request-id")})
    seen.update({name: expected["headers"][given] for name, given in (("date", "Date"), ("request-id", "request-id"))})
