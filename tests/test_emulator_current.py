"""The emulator's profile "current", the default: Graph of today, as any client sees it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from appassign import MobileAppGroupAssignment, StatusError, assign
from appassign.emulator import Emulator
from clients import Client

OLD = {"@odata.type": "#microsoft.graph.mobileAppGroupAssignment", "targetGroupId": "G", "installIntent": "required"}
VPP = {**OLD, "@odata.type": "microsoft.graph.mobileAppVppGroupAssignment"}
APPS = "/beta/deviceAppManagement/mobileApps"
GROUPS = [f"11111111-2222-4333-8444-55555555550{number}" for number in range(10)]


def target(kind: str, **properties: object) -> dict[str, object]:
    return {"@odata.type": f"#microsoft.graph.{kind}AssignmentTarget", **properties}


def to_group(number: int, intent: str = "required", **properties: object) -> dict[str, object]:
    return {"intent": intent, "target": target("group", groupId=GROUPS[number]), **properties}


def body(*entries: object) -> dict[str, object]:
    return {"mobileAppAssignments": list(entries)}


def ids(graph: Emulator, app: str) -> list[str]:
    return [held["id"] for held in graph.assignments(app)]


@pytest.fixture
def graph() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def client(graph: Emulator) -> Client:
    return Client(graph)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"mobileAppGroupAssignments": [OLD]}, "'microsoft.management.services.api.mobileAppGroupAssignment'"),
        ({"mobileAppGroupAssignments": [VPP]}, "'microsoft.management.services.api.mobileAppVppGroupAssignment'"),
        (body(to_group(1), OLD), "'microsoft.management.services.api.mobileAppGroupAssignment'"),
        ({**body(to_group(1)), "mobileAppGroupAssignments": [OLD]}, "A type named"),
        ({"mobileAppGroupAssignments": []}, "The parameter 'mobileAppGroupAssignments'"),
        ({"mobileAppGroupAssignments": None}, "The parameter 'mobileAppGroupAssignments'"),
        ({"mobileAppGroupAssignments": [{"targetGroupId": "G"}]}, "The parameter 'mobileAppGroupAssignments'"),
        ({"assignments": [to_group(1)]}, "The parameter 'assignments'"),
    ],
)
def test_the_form_of_2017_is_not_in_the_model(graph: Emulator, client: Client, sent: object, said: str) -> None:
    status, _, document = client.assign(graph.add_app(), sent)
    assert (status, document["error"]["code"]) == (400, "ModelValidationFailure")
    assert said in document["error"]["message"]
    assert document["error"]["innerError"]["message"] == document["error"]["message"]


def test_the_client_is_refused_as_by_the_live_service(graph: Emulator, sales: MobileAppGroupAssignment) -> None:
    with pytest.raises(StatusError) as caught:
        assign(graph.add_app(), [sales], credential=graph.token, base_url=graph.url)
    assert (caught.value.status, caught.value.code) == (400, "ModelValidationFailure")
    assert caught.value.outcome == "not_applied"


@pytest.mark.parametrize("segment", ["groupAssignments", "deviceStatuses", "userStatuses", "nothing"])
@pytest.mark.parametrize(("method", "below"), [("GET", ""), ("GET", "/x"), ("POST", ""), ("POST", "/x/app/assign")])
def test_a_segment_that_is_gone_is_gone_for_every_method(
    graph: Emulator, client: Client, segment: str, method: str, below: str
) -> None:
    path = f"{APPS}/{graph.add_app()}/{segment}{below}"
    status, _, document = client.ask(method, path, None if method == "GET" else {})
    assert (status, document["error"]["code"]) == (400, "BadRequest")
    assert document["error"]["message"] == f"Resource not found for the segment '{segment}'."


def test_an_assign_replaces_the_whole_set(graph: Emulator, client: Client) -> None:
    app = graph.add_app(assignments=[to_group(1), to_group(2)])
    settings = {"@odata.type": "#microsoft.graph.win32LobAppAssignmentSettings", "notifications": "showReboot"}
    exclusion = {"intent": "required", "target": target("exclusionGroup", groupId=GROUPS[4].upper())}
    everyone = {"intent": "available", "target": target("allLicensedUsers")}
    status, _, _ = client.assign(app, body(to_group(3, settings=settings, id="mine"), exclusion, everyone))
    assert status == 204
    assert ids(graph, app) == [
        f"{GROUPS[3]}_1_0",
        f"{GROUPS[4]}_1_1",
        "acacacac-9df4-4c7d-9d50-4ef0226f57a9_0_0",
    ]
    first = graph.assignments(app)[0]
    assert first["settings"] == settings
    assert (first["source"], first["sourceId"]) == ("direct", None)
    assert first["target"]["deviceAndAppManagementAssignmentFilterType"] == "none"
    assert client.assign(app, body())[0] == 204
    assert graph.assignments(app) == []


def test_a_bad_entry_changes_nothing(graph: Emulator, client: Client) -> None:
    app = graph.add_app(assignments=[to_group(1)])
    before = graph.assignments(app)
    for bad in (
        {"intent": "required", "target": target("group", groupId="Sales")},
        {"intent": "later", "target": target("allDevices")},
        {"intent": "available", "target": target("allDevices")},
        to_group(2, settings={"@odata.type": "#microsoft.graph.iosVppAppAssignmentSettings"}),
        to_group(2, colour="red"),
        "text",
    ):
        assert client.assign(app, body(to_group(3), bad))[0] in {400, 500}
        assert graph.assignments(app) == before


def test_of_two_entries_for_one_key_the_first_stays(graph: Emulator, client: Client) -> None:
    app = graph.add_app()
    filtered = target("group", groupId=GROUPS[1].upper())
    filtered["deviceAndAppManagementAssignmentFilterId"] = GROUPS[9]
    filtered["deviceAndAppManagementAssignmentFilterType"] = "include"
    assert client.assign(app, body(to_group(1), {"intent": "required", "target": filtered}))[0] == 204
    [held] = graph.assignments(app)
    assert held["target"]["deviceAndAppManagementAssignmentFilterType"] == "none"
    assert client.assign(app, body(to_group(1), to_group(1, "uninstall")))[0] == 204
    assert ids(graph, app) == [f"{GROUPS[1]}_1_0", f"{GROUPS[1]}_2_0"]


def test_one_assignment_is_made_read_changed_and_removed(graph: Emulator, client: Client) -> None:
    app = graph.add_app(assignments=[to_group(1)])
    path = f"{APPS}/{app}/assignments"
    status, _, made = client.ask("POST", path, to_group(2))
    assert status == 201
    assert made.pop("@odata.context").endswith(f"#deviceAppManagement/mobileApps('{app}')/assignments/$entity")
    assert made == graph.assignments(app)[1]
    assert client.ask("POST", path, to_group(2))[0] == 400, "the key is there"
    assert client.ask("GET", f"{path}/{GROUPS[2].upper()}_1_0")[2]["id"] == f"{GROUPS[2]}_1_0"
    settings = {"@odata.type": "#microsoft.graph.win32LobAppAssignmentSettings", "notifications": "hideAll"}
    status, _, changed = client.ask("PATCH", f"{path}/{GROUPS[2]}_1_0", {"settings": settings})
    assert (status, changed["settings"], changed["target"]) == (200, settings, made["target"])
    status, _, refused = client.ask("PATCH", f"{path}/{GROUPS[2]}_1_0", {"intent": "uninstall"})
    assert status == 400
    assert "Cannot patch read-only properties" in refused["error"]["message"]
    assert client.ask("DELETE", f"{path}/{GROUPS[1]}_1_0")[0] == 204
    assert graph.assignments(app) == [{**made, "settings": settings}]
    for method in ("GET", "PATCH", "DELETE"):
        assert client.ask(method, f"{path}/{GROUPS[1]}_1_0", None if method == "GET" else {})[0] == 404


def test_a_collection_comes_in_pages(graph: Emulator, client: Client) -> None:
    app = graph.add_app(assignments=[to_group(number) for number in range(10)])
    seen: list[str] = []
    path, pages = f"{APPS}/{app}/assignments?$top=4", 0
    while path:
        _, _, page = client.ask("GET", path)
        seen += [held["id"] for held in page["value"]]
        pages += 1
        path = page.get("@odata.nextLink", "").removeprefix(graph.url.removesuffix("/beta"))
    assert (seen, pages) == (ids(graph, app), 3)
    graph._native.set_page_size(7)
    for query in ("", "?$filter=intent eq 'required'"):
        _, _, page = client.ask("GET", f"{APPS}/{app}/assignments{query.replace(' ', '%20')}")
        assert len(page["value"]) == 7
        assert "$skiptoken=" in page["@odata.nextLink"]
    assert client.ask("GET", f"{APPS}/{app}/assignments?$skiptoken=forged!")[0] == 400


def test_a_proxys_scheme_is_in_the_links(graph: Emulator, client: Client) -> None:
    app = graph.add_app(assignments=[to_group(1), to_group(2)])
    headers = {"Authorization": f"Bearer {graph.token}", "X-Forwarded-Proto": "https", "Host": "graph.test"}
    _, _, page = client.ask("GET", f"{APPS}/{app}/assignments?$top=1", headers=headers)
    assert page["@odata.nextLink"].startswith(f"https://graph.test{APPS}/{app}/assignments?$top=1&$skiptoken=")
    assert page["@odata.context"].startswith("https://graph.test/beta/$metadata#")


def count(graph: Emulator, path: str) -> tuple[int, object]:
    status, headers, number = Client(graph).ask("GET", path)
    assert headers["content-type"] == "text/plain"
    return status, number


def test_collections_are_counted(graph: Emulator) -> None:
    app = graph.add_app(assignments=[to_group(1), to_group(2, "uninstall")])
    graph.add_app(odata_type="#microsoft.graph.iosVppApp")
    assert count(graph, f"{APPS}/$count") == (200, 2)
    assert count(graph, f"{APPS}/{app}/assignments/$count") == (200, 2)
    assert count(graph, f"{APPS}/{app}/assignments/$count?$filter=intent%20eq%20'uninstall'") == (200, 1)


def test_apps_are_listed_filtered_selected_ordered_and_expanded(graph: Emulator, client: Client) -> None:
    one = graph.add_app(display_name="Word", assignments=[to_group(1)])
    two = graph.add_app(display_name="Excel", odata_type="#microsoft.graph.iosVppApp")

    def listed(query: str) -> list[dict[str, Any]]:
        return client.ask("GET", f"{APPS}?{query.replace(' ', '%20')}")[2]["value"]

    assert [app["id"] for app in listed("$orderby=displayName")] == [two, one]
    assert [app["id"] for app in listed("$filter=isof('microsoft.graph.iosVppApp')")] == [two]
    assert [app["id"] for app in listed("$filter=isAssigned eq true and startswith(displayName,'W')")] == [one]
    assert listed("$select=id,displayName&$top=1") == [
        {"@odata.type": "#microsoft.graph.win32LobApp", "id": one, "displayName": "Word"}
    ]
    assert [app["assignments"] for app in listed("$expand=assignments")] == [graph.assignments(one), []]
    _, _, shown = client.ask("GET", f"{APPS}/{one}?$expand=assignments&$select=id")
    assert shown["assignments"] == graph.assignments(one)
    status, _, refused = client.ask("GET", f"{APPS}?$filter=displayName%20eq")
    assert (status, refused["error"]["code"]) == (400, "BadRequest")
    status, _, refused = client.ask("GET", f"{APPS}?$select=displayVersion")
    assert (status, refused["error"]["code"]) == (400, "BadRequest")
    assert "Could not find a property named 'displayVersion'" in refused["error"]["message"]


def test_a_key_and_an_action_may_be_written_in_each_of_odatas_forms(graph: Emulator, client: Client) -> None:
    app = graph.add_app()
    for number, path in enumerate(
        (
            f"mobileApps('{app}')/assign",
            f"mobileApps(%27{app}%27)/microsoft.graph.assign",
            f"mobileApps/{app.upper()}/graph.assign",
            f"mobileapps/{app}/assign",
        )
    ):
        assert client.ask("POST", f"/beta/deviceAppManagement/{path}", body(to_group(number)))[0] == 204, path
        assert ids(graph, app) == [f"{GROUPS[number]}_1_0"]
    assert (
        client.ask("GET", f"/beta/deviceAppManagement/mobileApps('{app}')/assignments('{ids(graph, app)[0]}')")[0]
        == 200
    )


def test_a_path_may_name_the_type_of_the_app(graph: Emulator, client: Client) -> None:
    app = graph.add_app(assignments=[to_group(1)])
    graph.add_app(odata_type="#microsoft.graph.iosVppApp")
    assert [found["id"] for found in client.ask("GET", f"{APPS}/microsoft.graph.win32LobApp")[2]["value"]] == [app]
    assert len(client.ask("GET", f"{APPS}/{app}/graph.win32LobApp/assignments")[2]["value"]) == 1
    assert client.ask("GET", f"{APPS}/{app}/graph.iosVppApp/assignments")[0] == 404
    assert client.ask("POST", f"{APPS}/{app}/graph.win32LobApp/assign", body())[0] == 400
    assert len(graph.assignments(app)) == 1


def test_v1_shows_neither_filters_nor_sources(graph: Emulator, client: Client) -> None:
    filtered = target("group", groupId=GROUPS[1])
    filtered["deviceAndAppManagementAssignmentFilterId"] = GROUPS[9]
    filtered["deviceAndAppManagementAssignmentFilterType"] = "include"
    app = graph.add_app(assignments=[{"intent": "required", "target": filtered}])
    path = f"/v1.0/deviceAppManagement/mobileApps/{app}"
    _, _, listed = client.ask("GET", f"{path}/assignments")
    assert listed["value"] == [
        {
            "id": f"{GROUPS[1]}_1_0",
            "intent": "required",
            "target": {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": GROUPS[1]},
            "settings": None,
        }
    ]
    assert "/v1.0/$metadata#" in listed["@odata.context"]
    assert "isAssigned" not in client.ask("GET", path)[2]
    status, _, refused = client.ask("POST", f"{path}/assign", body({"intent": "required", "target": filtered}))
    assert (status, refused["error"]["code"]) == (400, "ModelValidationFailure")
    # What was read is writable, and that is the trap: the filter is gone.
    assert client.ask("POST", f"{path}/assign", body(*listed["value"]))[0] == 204
    assert graph.assignments(app)[0]["target"]["deviceAndAppManagementAssignmentFilterType"] == "none"


def test_an_app_that_is_not_published_is_not_assigned(graph: Emulator, client: Client) -> None:
    app = graph.add_app(publishing_state="processing")
    assert client.ask("GET", f"{APPS}/{app}")[2]["publishingState"] == "processing"
    status, _, refused = client.assign(app, body(to_group(1)))
    assert status == 400
    assert "app's PublishingState is not 'Published'" in refused["error"]["message"]
    assert client.ask("POST", f"{APPS}/{app}/assignments", to_group(1))[0] == 400
    graph.publish(app)
    assert client.assign(app, body(to_group(1)))[0] == 204
    with pytest.raises(KeyError, match="no app nothing"):
        graph.publish("nothing")


def test_what_a_test_puts_in_is_part_of_the_model(graph: Emulator, client: Client) -> None:
    newer = {
        "intent": "required",
        "target": target("moon", crater="Tycho"),
        "settings": {"@odata.type": "#microsoft.graph.moonAppAssignmentSettings", "gravity": 1.62},
        "source": "policySets",
        "sourceId": "p",
        "colour": "red",
    }
    app = graph.add_app(assignments=[newer])
    [held] = graph.assignments(app)
    assert {name: held[name] for name in newer if name != "target"} == {
        name: value for name, value in newer.items() if name != "target"
    }
    assert held["target"]["crater"] == "Tycho"
    _, _, listed = client.ask("GET", f"{APPS}/{app}/assignments")
    assert client.assign(app, body(*listed["value"], to_group(1, colour="blue")))[0] == 204
    assert graph.assignments(app)[0]["settings"] == newer["settings"]
    assert client.assign(app, body(to_group(1, color="blue")))[0] == 400
    graph.reset()
    assert client.assign(graph.add_app(), body(to_group(1, colour="blue")))[0] == 400


def test_an_app_is_given_as_graph_lists_it(graph: Emulator, client: Client) -> None:
    app = "3F6A1C52-8F0E-4B7E-9A55-0C1D2E3F4A5B"
    document = {
        "@odata.type": "#microsoft.graph.win32LobApp",
        "id": app,
        "displayName": "One",
        "displayVersion": "1.0",
        "assignments@odata.context": "x",
        "assignments": [to_group(1)],
    }
    assert graph._native.add_app(json.dumps(document)) == app.lower()
    _, _, shown = client.ask("GET", f"{APPS}/{app}")
    assert (shown["displayVersion"], shown["isAssigned"]) == ("1.0", True)
    assert "assignments" not in shown
    for broken, said in (
        ({"assignments": {}}, "^assignments: no list$"),
        ([], "expected an app, which is an object"),
        ({"id": 1}, "id: no text"),
        ({"@odata.type": 7}, "@odata.type: no text"),
        ({"assignments": [to_group(1), {"intent": "required"}]}, r"assignments\[1\]: "),
    ):
        with pytest.raises(ValueError, match=said):
            graph._native.add_app(json.dumps(broken))
