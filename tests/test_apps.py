"""Which apps there are: `Client.apps`, and what it makes of lists that cannot be relied on."""

import copy
import pickle
from collections.abc import Iterator

import pytest

from appassign import Client, ConfigurationError, MobileApp, PermissionDeniedError, ResponseError, ServiceError
from appassign.emulator import Emulator
from planned import TWINS, Make, clients_of, wire
from servers import AnsweringServer


@pytest.fixture
def graph() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture(params=TWINS, ids=lambda kind: kind.__name__)
def make(request: pytest.FixtureRequest, graph: Emulator) -> Iterator[Make]:
    with clients_of(request.param, graph) as make:
        yield make


def test_each_app_has_its_name_its_type_and_whether_it_is_assigned(graph: Emulator, make: Make) -> None:
    portal = graph.add_app(display_name="Company Portal", assignments=[wire(1)])
    maps = graph.add_app(display_name="Maps", odata_type="#microsoft.graph.iosStoreApp")
    apps = make().apps()
    assert [type(app) for app in apps] == [MobileApp, MobileApp]
    shown = {app.id: (app.display_name, app.odata_type, app.is_assigned) for app in apps}
    assert shown == {
        portal: ("Company Portal", "#microsoft.graph.win32LobApp", True),
        maps: ("Maps", "#microsoft.graph.iosStoreApp", False),
    }
    [request] = graph.requests
    assert request.path == "/beta/deviceAppManagement/mobileApps?$select=id,displayName,isAssigned"


def test_a_tenant_without_apps_says_so_twice(graph: Emulator, make: Make) -> None:
    assert make().apps() == []
    assert len(graph.requests) == 2


def test_a_list_of_several_pages_is_read_until_two_readings_agree(graph: Emulator, make: Make) -> None:
    apps = {graph.add_app() for _ in range(30)}
    graph._native.set_page_size(20)
    assert {app.id for app in make().apps()} == apps
    assert len(graph.requests) == 4


def test_an_app_is_a_value(graph: Emulator, make: Make) -> None:
    graph.add_app(display_name="It's \N{SNOWMAN}")
    [app], [again] = make().apps(), make().apps()
    assert app == again
    assert hash(app) == hash(again)
    assert copy.copy(app) is app
    assert copy.deepcopy(app) is app
    assert pickle.loads(pickle.dumps(app)) == app
    match app:
        case MobileApp(app_id, name, _, is_assigned):
            assert (app_id, name, is_assigned) == (app.id, "It's \N{SNOWMAN}", False)
    assert repr(app) == (
        f"<MobileApp id='{app.id}' display_name=\"It's \N{SNOWMAN}\""
        " odata_type='#microsoft.graph.win32LobApp' is_assigned=False>"
    )
    with pytest.raises(AttributeError):
        app.display_name = "Mine"  # type: ignore[misc]
    with pytest.raises(TypeError):
        MobileApp()


def test_faults_that_pass_are_passed(graph: Emulator, make: Make) -> None:
    graph.add_app()
    graph.fail_next(status=503, retry_after=0, method="GET")
    assert len(make().apps()) == 1


def test_a_fault_that_stays_does_not_speak_of_changes(graph: Emulator, make: Make) -> None:
    graph.fail_next(status=501, method="GET")
    with pytest.raises(ServiceError) as refusal:
        make().apps()
    assert (refusal.value.outcome, refusal.value.hint) == ("not_sent", "nothing was to be written: call again later")


def test_a_refusal_says_which_permission_is_missing(graph: Emulator, make: Make) -> None:
    graph.fail_next(status=403, method="GET")
    with pytest.raises(PermissionDeniedError) as refusal:
        make().apps()
    assert (refusal.value.outcome, refusal.value.attempts) == ("not_sent", 1)
    assert refusal.value.hint is not None


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{}", 'it has no array "value"'),
        (b'{"value": [{"displayName": "x"}]}', "value[0].id: this property is required and missing"),
        (b'{"value": [{"id": 1}]}', "value[0].id: must be a string, not a number"),
        (b'{"value": [{"id": "A", "isAssigned": "yes"}]}', "value[0].isAssigned: must be true or false, not a string"),
        (b'{"value": [{"id": "A", "isAssigned": true}, {"id": "a"}]}', "it shows two that differ for the app a"),
        (b'{"value": [], "@odata.nextLink": "https://elsewhere.example/beta/x"}', "leads away from the service"),
    ],
)
def test_what_is_no_list_of_apps_is_told(body: bytes, message: str) -> None:
    with AnsweringServer(200, body=body) as server, pytest.raises(ResponseError) as refusal:
        Client("T", base_url=server.url, attempts=1).apps()
    assert message in str(refusal.value)


def test_properties_that_are_null_or_missing_are_none() -> None:
    body = b'{"value": [{"id": "A", "displayName": null, "isAssigned": null, "ofTomorrow": 1}, {"id": "B"}]}'
    with AnsweringServer(200, body=body) as server, Client("T", base_url=server.url) as client:
        apps = client.apps()
    assert [(app.id, app.display_name, app.odata_type, app.is_assigned) for app in apps] == [
        ("A", None, None, None),
        ("B", None, None, None),
    ]


def test_the_beta_alone_says_which_apps_are_assigned(graph: Emulator, make: Make) -> None:
    with pytest.raises(ConfigurationError, match=r"does not end in /beta"):
        make(base_url=graph.url.replace("/beta", "/v1.0")).apps()
    assert graph.requests == []


def test_doctor_asks_for_one_app_alone(graph: Emulator) -> None:
    from appassign import _core

    apps = [graph.add_app() for _ in range(3)]
    client = Client(graph.token, base_url=graph.url)
    [one] = _core.Call.apps(client._native, only_one=True).run()
    assert one.id in apps
    assert graph.requests[-1].path.endswith("$top=1")
