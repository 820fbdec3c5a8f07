"""Whom the emulator lets in, and to what: tokens, scopes and roles, as any client sees it."""

import base64
import json
import time
import uuid
from typing import Any, Literal

import pytest

from appassign import _core
from appassign.emulator import Emulator
from clients import Client

WRITE_APPS = "DeviceManagementApps.ReadWrite.All"
READ_APPS = "DeviceManagementApps.Read.All"
WRITE_CONFIGURATION = "DeviceManagementConfiguration.ReadWrite.All"
PROFILES: tuple[Literal["2017", "current"], ...] = ("2017", "current")


def part(token: str, which: int) -> dict[str, Any]:
    text = token.split(".")[which]
    decoded: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return decoded


def encoded(claims: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")


def make_token(graph: Emulator, **changes: object) -> str:
    return graph._native.make_token(json.dumps(changes))


def listing(graph: Emulator, token: str) -> tuple[int, dict[str, str], dict]:
    headers = {"Authorization": f"Bearer {token}"}
    return Client(graph).ask("GET", "/beta/deviceAppManagement/mobileApps", headers=headers)


def assigning(graph: Emulator, token: str) -> tuple[int, dict[str, str], dict]:
    """An assign that gets past the scopes, and no further: in either profile this app is unknown."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    return Client(graph).assign("nobody", {}, headers=headers)


def test_the_token_is_a_jwt_with_the_claims_of_entras() -> None:
    before = int(time.time())
    with Emulator() as graph:
        token = graph.token
    assert part(token, 0) == {"typ": "JWT", "alg": "HS256"}
    claims = part(token, 1)
    assert before <= claims["iat"] == claims["nbf"] <= time.time()
    assert claims["exp"] - claims["iat"] == 365 * 24 * 60 * 60
    for name in ("tid", "oid", "appid"):
        assert uuid.UUID(claims[name]).version == 4
    assert claims["iss"] == f"https://sts.windows.net/{claims['tid']}/"
    assert claims["app_displayname"]
    known = {"aud": "https://graph.microsoft.com", "idtyp": "user", "scp": WRITE_APPS, "ver": "1.0"}
    assert {name: claims[name] for name in known} == known


def test_a_token_is_made_with_other_claims_and_without_some(graph: Emulator) -> None:
    ours = part(graph.token, 1)
    theirs = part(make_token(graph, scp=None, roles=[WRITE_APPS], idtyp="app"), 1)
    assert "scp" not in theirs
    assert (theirs["roles"], theirs["idtyp"]) == ([WRITE_APPS], "app")
    assert theirs["tid"] == ours["tid"]
    for claims in ("[]", "{"):
        with pytest.raises(ValueError, match=r"^claims: "):
            graph._native.make_token(claims)


def test_making_tokens_is_not_public() -> None:
    assert not hasattr(Emulator, "make_token")
    assert hasattr(_core.Emulator, "make_token")


@pytest.mark.parametrize("profile", PROFILES)
def test_graph_may_be_named_in_three_ways(profile: Literal["2017", "current"]) -> None:
    graph_id = "00000003-0000-0000-c000-000000000000"
    with Emulator(profile=profile) as graph:
        for audience in ("https://graph.microsoft.com", "https://graph.microsoft.com/", graph_id):
            assert listing(graph, make_token(graph, aud=audience))[0] == 200


FORM = "CompactToken parsing failed with error code: 80049217"
AUDIENCE = "Access token validation failure. Invalid audience."
LIFETIME = "Lifetime validation failed, the token is expired."


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"aud": "https://graph.windows.net"}, AUDIENCE),
        ({"aud": None}, AUDIENCE),
        ({"exp": time.time() - 1}, LIFETIME),
        ({"exp": None}, LIFETIME),
        ({"nbf": time.time() + 3600}, LIFETIME),
    ],
)
def test_a_token_for_another_service_or_time_is_refused(
    profile: Literal["2017", "current"], changes: dict[str, object], message: str
) -> None:
    with Emulator(profile=profile) as graph:
        status, seen, document = assigning(graph, make_token(graph, **changes))
    assert (status, document["error"]["code"]) == (401, "InvalidAuthenticationToken")
    assert document["error"]["message"] == message
    assert "authorization_uri=" in seen["www-authenticate"]


def test_a_token_that_was_not_signed_here_is_refused(graph: Emulator) -> None:
    header, claims, signature = graph.token.split(".")
    with Emulator() as other:
        theirs = other.token
    more = encoded({**part(graph.token, 1), "scp": "Everything"})
    for token in (
        theirs,
        f"{header}.{claims}.{theirs.split('.')[2]}",
        f"{header}.{more}.{signature}",
        f"{encoded({'typ': 'JWT', 'alg': 'none'})}.{claims}.",
        f"{header}.{claims}",
        graph.token[:-2],
    ):
        status, _, document = listing(graph, token)
        assert (status, document["error"]["message"]) == (401, FORM), token


@pytest.mark.parametrize(
    ("profile", "changes", "allowed"),
    [
        ("2017", {}, "read, write"),
        ("2017", {"scp": f"User.Read {WRITE_APPS} profile"}, "read, write"),
        ("2017", {"scp": READ_APPS}, "read"),
        ("2017", {"scp": WRITE_CONFIGURATION}, "nothing"),
        ("2017", {"scp": ""}, "nothing"),
        ("2017", {"scp": None}, "nothing"),
        ("2017", {"scp": WRITE_APPS.lower()}, "nothing"),
        ("2017", {"scp": None, "roles": [WRITE_APPS], "idtyp": "app"}, "nothing"),
        ("current", {}, "read, write"),
        ("current", {"scp": READ_APPS}, "read"),
        ("current", {"scp": WRITE_CONFIGURATION}, "write"),
        ("current", {"scp": "User.Read", "roles": [WRITE_APPS]}, "nothing"),
        ("current", {"scp": None, "roles": [WRITE_APPS], "idtyp": "app"}, "read, write"),
        ("current", {"scp": None, "roles": ["X", WRITE_CONFIGURATION], "idtyp": "app"}, "write"),
        ("current", {"scp": None, "roles": [READ_APPS], "idtyp": "app"}, "read"),
        ("current", {"scp": None, "roles": [], "idtyp": "app"}, "nothing"),
        ("current", {"scp": None}, "nothing"),
    ],
)
def test_reads_and_writes_want_their_scopes(
    profile: Literal["2017", "current"], changes: dict[str, object], allowed: str
) -> None:
    with Emulator(profile=profile) as graph:
        token = make_token(graph, **changes)
        assert listing(graph, token)[0] == (200 if "read" in allowed else 403)
        assert assigning(graph, token)[0] == (404 if "write" in allowed else 403)


@pytest.mark.parametrize(
    ("profile", "ask", "scopes"),
    [
        ("2017", assigning, WRITE_APPS),
        ("current", assigning, f"{WRITE_CONFIGURATION}, {WRITE_APPS}"),
        ("2017", listing, f"{READ_APPS}, {WRITE_APPS}"),
        ("current", listing, f"{READ_APPS}, {WRITE_APPS}"),
    ],
)
def test_a_refusal_names_the_scopes_that_would_do(profile: Literal["2017", "current"], ask: Any, scopes: str) -> None:
    with Emulator(profile=profile) as graph:
        status, _, document = ask(graph, make_token(graph, scp="User.Read"))
    assert (status, document["error"]["code"]) == (403, "Forbidden")
    assert f"must have one of the following scopes: {scopes} - " in json.loads(document["error"]["message"])["Message"]


def test_without_a_scope_nothing_is_changed_and_no_app_is_told_of(graph: Emulator) -> None:
    entry = {"targetGroupId": "G", "installIntent": "required"}
    app = graph.add_app(assignments=[entry])
    headers = {
        "Authorization": f"Bearer {make_token(graph, scp=READ_APPS)}",
        "Content-Type": "application/json",
    }
    for known_or_not in (app, "nobody"):
        status, _, _ = Client(graph).assign(known_or_not, {"mobileAppGroupAssignments": []}, headers=headers)
        assert status == 403
    assert len(graph.assignments(app)) == 1
