"""The emulator as any client sees it, over http.client."""

import json
import multiprocessing
import os
import re
import socket
import uuid
from typing import Any

import pytest

from appassign import MobileAppGroupAssignment, assign
from appassign.emulator import Emulator, RecordedHeaders
from clients import Client

ENTRY = {
    "@odata.type": "#microsoft.graph.mobileAppGroupAssignment",
    "targetGroupId": "G",
    "installIntent": "required",
}


@pytest.fixture
def client(graph: Emulator) -> Client:
    return Client(graph)


def test_an_assign_answers_204_without_a_body_and_with_graphs_headers(graph: Emulator, client: Client) -> None:
    headers = {
        "Authorization": f"Bearer {graph.token}",
        "Content-Type": "application/json; charset=utf-8",
        "client-request-id": "0b9f6c1e-52a7-4f1c-9b53-2f4f0a6f7e10",
    }
    status, seen, _ = client.assign(graph.add_app(), {"mobileAppGroupAssignments": [ENTRY]}, headers=headers)
    assert status == 204
    assert "content-type" not in seen
    assert seen["client-request-id"] == "0b9f6c1e-52a7-4f1c-9b53-2f4f0a6f7e10"
    assert uuid.UUID(seen["request-id"]).version == 4
    assert json.loads(seen["x-ms-ags-diagnostic"])["ServerInfo"]
    assert seen["strict-transport-security"] == "max-age=31536000"
    assert "date" in seen


def test_an_assign_replaces_the_set_and_gives_ids_of_its_own(graph: Emulator, client: Client) -> None:
    app = graph.add_app(assignments=[{**ENTRY, "id": "kept"}, {**ENTRY, "targetGroupId": "H"}])
    assert [held["targetGroupId"] for held in graph.assignments(app)] == ["G", "H"]
    assert graph.assignments(app)[0]["id"] == "kept"
    client.assign(app, {"mobileAppGroupAssignments": [{**ENTRY, "id": "mine", "targetGroupId": "I"}]})
    [held] = graph.assignments(app)
    assert uuid.UUID(held.pop("id")).version == 4
    assert held == {**ENTRY, "targetGroupId": "I", "vpnConfigurationId": None}
    assert client.assign(app, {"mobileAppGroupAssignments": []})[0] == 204
    assert graph.assignments(app) == []


def test_a_missing_or_wrong_token_is_refused_with_a_challenge(graph: Emulator, client: Client) -> None:
    for authorization, message in (
        (None, "Access token is empty."),
        ("Bearer ", "Access token is empty."),
        ("Basic eDp5", "Access token is empty."),
        ("Bearer garbage", "CompactToken parsing failed with error code: 80049217"),
    ):
        headers = {"Content-Type": "application/json"}
        if authorization is not None:
            headers["Authorization"] = authorization
        status, seen, body = client.assign(graph.add_app(), {"mobileAppGroupAssignments": [ENTRY]}, headers=headers)
        assert (status, body["error"]["code"]) == (401, "InvalidAuthenticationToken")
        assert body["error"]["message"] == message
        assert "authorization_uri=" in seen["www-authenticate"]


@pytest.mark.parametrize(
    ("body", "status", "code", "said"),
    [
        (b"", 400, "BadRequest", "Unable to read JSON request payload."),
        (b"{", 400, "BadRequest", "Unable to read JSON request payload."),
        (b"[]", 400, "BadRequest", "Unable to read JSON request payload."),
        ({}, 400, "ModelValidationFailure", "mobileAppGroupAssignments"),
        ({"mobileAppGroupAssignments": {}}, 400, "ModelValidationFailure", "collection"),
        ({"mobileAppGroupAssignments": None}, 400, "ModelValidationFailure", "collection"),
        ({"mobileAppGroupAssignments": [None]}, 400, "ModelValidationFailure", "not an object"),
        ({"mobileAppAssignments": []}, 400, "ModelValidationFailure", "'mobileAppAssignments'"),
        (
            {"mobileAppGroupAssignments": [{**ENTRY, "installIntent": "later"}]},
            400,
            "ModelValidationFailure",
            "'later'",
        ),
        ({"mobileAppGroupAssignments": [{**ENTRY, "installIntent": 1}]}, 400, "ModelValidationFailure", "Edm.String"),
        ({"mobileAppGroupAssignments": [ENTRY, {**ENTRY, "targetGroupId": ""}]}, 400, "BadRequest", "TargetGroupId"),
        ({"mobileAppGroupAssignments": [{"installIntent": "required"}]}, 400, "BadRequest", "TargetGroupId"),
        (
            {"mobileAppGroupAssignments": [{**ENTRY, "@odata.type": "#microsoft.graph.mobileAppAssignment"}]},
            400,
            "ModelValidationFailure",
            "A type named 'microsoft.management.services.api.mobileAppAssignment' could not be resolved by the model.",
        ),
        (b'{"mobileAppGroupAssignments": "' + b"x" * 5_000_000 + b'"}', 413, "RequestEntityTooLarge", "too large"),
    ],
)
def test_a_bad_body_is_refused_and_changes_nothing(
    graph: Emulator, client: Client, body: object, status: int, code: str, said: str
) -> None:
    app = graph.add_app(assignments=[ENTRY])
    before = graph.assignments(app)
    answered, _, document = client.assign(app, body)
    assert (answered, document["error"]["code"]) == (status, code)
    assert said in document["error"]["message"]
    inner = document["error"]["innerError"]
    assert inner.pop("message", None) == (document["error"]["message"] if code == "ModelValidationFailure" else None)
    assert set(inner) == {"date", "request-id", "client-request-id"}
    assert graph.assignments(app) == before


def test_a_wrong_or_missing_media_type_is_refused(graph: Emulator, client: Client) -> None:
    body = {"mobileAppGroupAssignments": [ENTRY]}
    token = {"Authorization": f"Bearer {graph.token}"}
    assert client.assign(graph.add_app(), body, headers={**token, "Content-Type": "text/plain"})[0] == 415
    status, _, document = client.assign(graph.add_app(), body, headers=token)
    assert status == 400
    assert "Content-Type" in document["error"]["message"]


def test_an_unknown_app_is_refused_in_intunes_nested_form(graph: Emulator, client: Client) -> None:
    graph.add_app()
    status, seen, document = client.assign("nobody", {"mobileAppGroupAssignments": [ENTRY]})
    assert (status, document["error"]["code"]) == (404, "ResourceNotFound")
    packed = document["error"]["message"]
    assert packed.startswith('{\r\n  "_version": 3,\r\n  "Message": ')
    assert list(json.loads(packed)) == [
        "_version",
        "Message",
        "CustomApiErrorPhrase",
        "RetryAfter",
        "ErrorSourceService",
        "HttpHeaders",
    ]
    assert f"Activity ID: {seen['client-request-id']} - Url: https://" in json.loads(packed)["Message"]


def test_the_path_through_a_group_assignment_wants_an_existing_one(graph: Emulator, client: Client) -> None:
    app = graph.add_app(assignments=[{**ENTRY, "id": "known"}])
    root = f"/beta/deviceAppManagement/mobileApps/{app}"
    body = {"mobileAppGroupAssignments": [ENTRY]}
    status, _, document = client.ask("POST", f"{root}/groupAssignments/unknown/app/assign", body)
    assert status == 404
    assert f"mobileApps(%27{app}%27)/groupAssignments(%27unknown%27)/app/" in document["error"]["message"]
    assert client.ask("POST", f"{root}/groupAssignments/known/app/assign", body)[0] == 204
    assert client.ask("POST", f"{root}/userStatuses/any/app/assign", body)[0] == 204
    assert client.ask("POST", f"{root}/deviceStatuses/any/app/assign", body)[0] == 204


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("POST", "/beta/deviceAppManagement/mobileApps/{app}assign", 400, "No method match route template"),
        ("POST", "/beta/deviceAppManagement/mobileApps//assign", 400, "No method match route template"),
        ("POST", "/beta/deviceAppManagement/mobileApps/assign", 400, "No method match route template"),
        ("POST", "/beta/deviceAppManagement/mobileApps/{app}//assign", 400, "No method match route template"),
        ("GET", "/beta/deviceAppManagement/mobileApps/{app}/assign", 400, "No method match route template"),
        ("POST", "/beta/deviceAppManagement/mobileApp/{app}/assign", 400, "BadRequest"),
        ("GET", "/beta/users", 400, "BadRequest"),
        ("GET", "/beta/deviceAppManagement/mobileApps/{app}/assignments", 400, "BadRequest"),
        ("POST", "/beta/deviceAppManagement/mobileApps", 501, "NotImplemented"),
        ("PATCH", "/beta/deviceAppManagement/mobileApps/{app}", 501, "NotImplemented"),
        ("GET", "/v1.0/deviceAppManagement/mobileApps", 400, "BadRequest"),
        ("POST", "/devicemanagement/mobileApps/{app}/assign", 404, "ResourceNotFound"),
        ("GET", "/", 404, "ResourceNotFound"),
    ],
)
def test_a_path_that_leads_nowhere_is_refused(
    graph: Emulator, client: Client, method: str, path: str, status: int, code: str
) -> None:
    body = {"mobileAppGroupAssignments": [ENTRY]} if method == "POST" else None
    answered, _, document = client.ask(method, path.format(app=graph.add_app()), body)
    assert (answered, document["error"]["code"]) == (status, code)


def test_a_missing_route_is_told_as_intune_spells_it_inside(client: Client) -> None:
    inside = "/AppLifecycle_2611/StatelessAppMetadataFEService/deviceAppManagement/mobileApps"
    for method, path, template, spelled in (
        ("POST", "/mobileApps//assign", "~/singleton/navigation/key", f"{inside}('assign')"),
        ("POST", "/mobileApps/assign", "~/singleton/navigation/key", f"{inside}('assign')"),
        ("DELETE", "/mobileApps", "~/singleton/navigation", inside),
        (
            "PUT",
            "/mobileApps/a/groupAssignments/g",
            "~/singleton/navigation/key/navigation/key",
            f"{inside}('a')/groupAssignments('g')",
        ),
    ):
        _, _, document = client.ask(method, f"/beta/deviceAppManagement{path}", {})
        assert document["error"]["message"] == (
            f"No OData route exists that match template {template} with http verb {method} for request {spelled}."
        )


def test_apps_and_their_assignments_can_be_read(graph: Emulator, client: Client) -> None:
    apps = [graph.add_app(display_name=name, odata_type="#microsoft.graph.iosVppApp") for name in ("one", "two")]
    _, _, listed = client.ask("GET", "/beta/deviceAppManagement/mobileApps")
    assert [(app["id"], app["displayName"]) for app in listed["value"]] == list(zip(apps, ("one", "two"), strict=True))
    _, _, shown = client.ask("GET", f"/beta/deviceAppManagement/mobileApps/{apps[1].upper()}")
    assert list(shown) == [
        "@odata.type",
        "id",
        "displayName",
        "description",
        "publisher",
        "largeIcon",
        "createdDateTime",
        "lastModifiedDateTime",
        "isFeatured",
        "privacyInformationUrl",
        "informationUrl",
        "owner",
        "developer",
        "notes",
        "uploadState",
    ]
    known = {"@odata.type": "#microsoft.graph.iosVppApp", "id": apps[1], "displayName": "two"}
    assert {name: shown[name] for name in known} == known
    client.assign(apps[0], {"mobileAppGroupAssignments": [ENTRY]})
    path = f"/beta/deviceAppManagement/mobileApps/{apps[0]}/groupAssignments"
    assert client.ask("GET", path)[2]["value"] == graph.assignments(apps[0])
    for missing in (
        "/beta/deviceAppManagement/mobileApps/x",
        "/beta/deviceAppManagement/mobileApps/x/groupAssignments",
    ):
        assert client.ask("GET", missing)[0] == 404


def test_requests_are_recorded_and_reset_forgets(graph: Emulator, client: Client) -> None:
    app = graph.add_app()
    client.assign(app, {"mobileAppGroupAssignments": [ENTRY]})
    client.assign(app, b"{")
    first, second = graph.requests
    assert (first.method, first.path) == ("POST", f"/beta/deviceAppManagement/mobileApps/{app}/assign")
    assert json.loads(first.body) == {"mobileAppGroupAssignments": [ENTRY]}
    assert first.headers["AUTHORIZATION"] == first.headers["authorization"] == f"Bearer {graph.token}"
    assert second.body == b"{"
    graph.reset()
    assert graph.requests == []
    with pytest.raises(KeyError, match=app):
        graph.assignments(app)


def test_headers_are_a_mapping() -> None:
    headers = RecordedHeaders([("Accept", "a"), ("accept", "b"), ("X", "c")])
    assert dict(headers) == {"accept": "a, b", "x": "c"}
    assert "ACCEPT" in headers
    assert headers.get("missing") is None
    with pytest.raises(KeyError):
        headers["missing"]
    assert repr(headers) == "RecordedHeaders([('accept', 'a, b'), ('x', 'c')])"
    secret = RecordedHeaders([("Authorization", "Bearer SECRET")])
    assert secret["authorization"] == "Bearer SECRET"
    assert "SECRET" not in repr(secret)


def test_what_the_service_could_not_hold_is_refused_from_a_test_too(graph: Emulator) -> None:
    with pytest.raises(ValueError, match=r"assignments\[1\]: Cannot convert the literal 'later'"):
        graph.add_app(assignments=[ENTRY, {**ENTRY, "installIntent": "later"}])
    with pytest.raises(ValueError, match=r'"1999" is no profile; the profiles are 2017, current$'):
        Emulator(profile="1999")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"port": 70000}, "port: 70000 is no port; ports are 0 to 65535"),
        ({"port": -1}, "port: -1 is no port"),
        ({"fault_seed": -1}, "fault_seed: -1 is no number from 0 to"),
        ({"fault_seed": 2**64}, "fault_seed: 18446744073709551616 is no number"),
    ],
)
def test_a_number_out_of_range_is_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=f"^{said}"):
        Emulator(**options)


@pytest.mark.parametrize(("host", "reached"), [("127.0.0.2", "127.0.0.2"), ("localhost", None), ("::1", "[::1]")])
def test_it_listens_where_it_is_told_and_says_how_to_get_there(
    host: str, reached: str | None, sales: MobileAppGroupAssignment
) -> None:
    try:
        graph = Emulator(profile="2017", host=host)
    except OSError:
        if ":" not in host:
            raise
        pytest.skip("this machine has no IPv6")
    with graph:
        if reached is not None:
            assert graph.url.startswith(f"http://{reached}:")
        assert assign(graph.add_app(), [sales], credential=graph.token, base_url=graph.url).status == 204


def test_an_address_that_is_not_here_is_an_os_error() -> None:
    with pytest.raises(OSError):  # noqa: PT011
        Emulator(host="192.0.2.1")


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"assignments": ENTRY}, TypeError, "assignments: a list of dicts, as Graph lists assignments, not dict"),
        ({"assignments": "[]"}, TypeError, "assignments: a list of dicts, as Graph lists assignments, not str"),
        ({"assignments": None}, TypeError, "assignments: a list of dicts, as Graph lists assignments, not NoneType"),
        (
            {"assignments": [ENTRY, None]},
            TypeError,
            "assignments[1]: a list of dicts, as Graph lists assignments, not of NoneType",
        ),
        ({"assignments": [{**ENTRY, "x": float("nan")}]}, ValueError, "Out of range float values are not JSON"),
        (
            {"assignments": [{**ENTRY, "id": "a"}, {**ENTRY, "id": "A"}]},
            ValueError,
            "assignments[1]: has the id of assignments[0], A",
        ),
        (
            {"publishing_state": "processing"},
            ValueError,
            'publishingState: apps of profile "2017" have no such state',
        ),
        ({"odata_type": "win32LobApp"}, ValueError, "odata_type: 'win32LobApp' is not as Graph spells it"),
        (
            {"publishing_state": "Published"},
            ValueError,
            "publishing_state: 'Published' is none of the states, which are notPublished, processing, published",
        ),
        (
            {"assignments": [{"intent": "required", "target": {}}]},
            ValueError,
            'assignments[0]: TargetGroupId must not be empty.; "target" is the form of profile "current"',
        ),
    ],
)
def test_an_app_that_makes_no_sense_is_refused(
    graph: Emulator, options: dict[str, Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=f"^{re.escape(said)}"):
        graph.add_app(**options)


def test_a_model_of_the_clients_is_no_wire_dict(graph: Emulator, sales: MobileAppGroupAssignment) -> None:
    with pytest.raises(TypeError, match=r"not of MobileAppGroupAssignment; its to_dict\(\) gives one$"):
        graph.add_app(assignments=[sales])  # type: ignore[list-item]
    assert graph.add_app(assignments=[sales.to_dict()])


def test_the_other_profiles_form_is_told(sales: MobileAppGroupAssignment) -> None:
    with Emulator() as graph, pytest.raises(ValueError, match=r'; "targetGroupId" is the form of profile "2017"$'):
        graph.add_app(assignments=[sales.to_dict()])


def test_an_emulator_that_did_not_start_can_be_printed() -> None:
    assert repr(Emulator.__new__(Emulator)) == "<Emulator that did not start>"


def test_two_emulators_do_not_know_each_other(graph: Emulator) -> None:
    app = graph.add_app()
    with Emulator() as other:
        assert other.url != graph.url
        assert other.token != graph.token
        with pytest.raises(KeyError):
            other.assignments(app)


def test_close_ends_it_and_may_be_repeated(graph: Emulator) -> None:
    host, port = graph.url.split("/")[2].split(":")
    socket.create_connection((host, int(port)), timeout=5).close()
    graph.close()
    graph.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)), timeout=5)
    with pytest.raises(RuntimeError, match="this emulator is closed"):
        _ = graph.requests
    assert graph.url in repr(graph)


def _use(graph: Emulator, answers: "multiprocessing.Queue[str]") -> None:
    try:
        _ = graph.requests
    except RuntimeError as error:
        answers.put(str(error))
    graph_of_my_own = Emulator()
    answers.put(f"{bool(graph_of_my_own.add_app())}")
    graph_of_my_own.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork.*:DeprecationWarning")
def test_a_forked_child_is_told_to_start_its_own(graph: Emulator) -> None:
    context = multiprocessing.get_context("fork")
    answers: multiprocessing.Queue[str] = context.Queue()
    child = context.Process(target=_use, args=(graph, answers))
    child.start()
    assert "belongs to the process that started it" in answers.get(timeout=20)
    assert answers.get(timeout=20) == "True"
    child.join(20)
    assert child.exitcode == 0
    assert graph.add_app()
