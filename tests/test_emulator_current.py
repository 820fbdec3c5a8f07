"""The emulator's profile "current": it refuses the form of 2017, and says what it lacks itself."""

from collections.abc import Iterator

import pytest

from appassign import MobileAppGroupAssignment, StatusError, assign
from appassign.emulator import Emulator
from clients import Client

OLD = {"@odata.type": "#microsoft.graph.mobileAppGroupAssignment", "targetGroupId": "G", "installIntent": "required"}
VPP = {**OLD, "@odata.type": "microsoft.graph.mobileAppVppGroupAssignment"}
NEW = {"@odata.type": "#microsoft.graph.mobileAppAssignment", "intent": "required", "target": None}


@pytest.fixture
def graph() -> Iterator[Emulator]:
    with Emulator(profile="current") as emulator:
        yield emulator


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"mobileAppGroupAssignments": [OLD]}, "'microsoft.management.services.api.mobileAppGroupAssignment'"),
        ({"mobileAppGroupAssignments": [VPP]}, "'microsoft.management.services.api.mobileAppVppGroupAssignment'"),
        ({"mobileAppAssignments": [NEW, OLD]}, "'microsoft.management.services.api.mobileAppGroupAssignment'"),
        ({"mobileAppAssignments": [NEW], "mobileAppGroupAssignments": [OLD]}, "A type named"),
        ({"mobileAppGroupAssignments": []}, "The parameter 'mobileAppGroupAssignments'"),
        ({"mobileAppGroupAssignments": None}, "The parameter 'mobileAppGroupAssignments'"),
        ({"mobileAppGroupAssignments": [{"targetGroupId": "G"}]}, "The parameter 'mobileAppGroupAssignments'"),
        ({"assignments": [NEW]}, "The parameter 'assignments'"),
    ],
)
def test_the_form_of_2017_is_not_in_the_model(graph: Emulator, body: object, said: str) -> None:
    status, _, document = Client(graph).assign(graph.add_app(), body)
    assert (status, document["error"]["code"]) == (400, "ModelValidationFailure")
    assert said in document["error"]["message"]
    assert document["error"]["innerError"]["message"] == document["error"]["message"]


@pytest.mark.parametrize("body", [{"mobileAppAssignments": [NEW]}, {"mobileAppAssignments": []}, {}])
def test_the_form_of_today_is_said_to_be_missing_instead_of_pretended(graph: Emulator, body: object) -> None:
    status, _, document = Client(graph).assign(graph.add_app(), body)
    assert (status, document["error"]["code"]) == (501, "NotImplemented")
    assert 'The emulator\'s profile "current" does not have mobileAppAssignments yet' in document["error"]["message"]


def test_the_collection_of_today_is_said_to_be_missing_too(graph: Emulator) -> None:
    path = f"/beta/deviceAppManagement/mobileApps/{graph.add_app()}/assignments"
    assert Client(graph).ask("GET", path)[0] == 501
    assert Client(graph).ask("POST", path, NEW)[0] == 501


def test_no_app_can_hold_assignments_yet(graph: Emulator) -> None:
    for entry in (OLD, NEW):
        with pytest.raises(ValueError, match=r"assignments\[0\]: the profile .current. cannot hold"):
            graph.add_app(assignments=[entry])
    assert graph.assignments(graph.add_app(assignments=[])) == []


@pytest.mark.parametrize("segment", ["groupAssignments", "deviceStatuses", "userStatuses", "nothing"])
@pytest.mark.parametrize(("method", "below"), [("GET", ""), ("GET", "/x"), ("POST", ""), ("POST", "/x/app/assign")])
def test_a_segment_that_is_gone_is_gone_for_every_method(
    graph: Emulator, segment: str, method: str, below: str
) -> None:
    path = f"/beta/deviceAppManagement/mobileApps/{graph.add_app()}/{segment}{below}"
    status, _, document = Client(graph).ask(method, path, None if method == "GET" else {})
    assert (status, document["error"]["code"]) == (400, "BadRequest")
    assert document["error"]["message"] == f"Resource not found for the segment '{segment}'."


def test_apps_can_be_read(graph: Emulator) -> None:
    app = graph.add_app(display_name="one")
    _, _, listed = Client(graph).ask("GET", "/beta/deviceAppManagement/mobileApps")
    assert [found["id"] for found in listed["value"]] == [app]
    assert Client(graph).ask("GET", f"/beta/deviceAppManagement/mobileApps/{app}")[2]["displayName"] == "one"


def test_the_client_is_refused_as_by_the_live_service(graph: Emulator, sales: MobileAppGroupAssignment) -> None:
    with pytest.raises(StatusError) as caught:
        assign(graph.add_app(), [sales], credential=graph.token, base_url=graph.url)
    assert (caught.value.status, caught.value.code) == (400, "ModelValidationFailure")
    assert caught.value.outcome == "not_applied"
