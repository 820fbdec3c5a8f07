"""The call: what goes over the wire, where to, and what comes back."""

import asyncio
import datetime as dt
import itertools
import json
import pathlib
import pickle
import re
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import version
from typing import Any

import pytest
from azure.core.credentials import AccessToken

from appassign import (
    AllLicensedUsersAssignmentTarget,
    Client,
    ConfigurationError,
    ConnectError,
    CredentialError,
    ExclusionGroupAssignmentTarget,
    GroupAssignmentTarget,
    InvalidInputError,
    MobileAppAssignment,
    MobileAppGroupAssignment,
    MobileAppPath,
    StatusError,
    assign,
)
from appassign.emulator import Emulator
from servers import AnsweringServer

pytestmark = pytest.mark.usefixtures("both_twins")
WIRE = pathlib.Path(__file__).parent / "wire"
HELD = {"id": "known", "targetGroupId": "old group", "installIntent": "available"}


@pytest.mark.parametrize(
    ("choose", "tail"),
    [
        (lambda app: app, "assign"),
        (lambda app: app.user_status("u-1"), "userStatuses/u-1/app/assign"),
        (lambda app: app.device_status("d-1"), "deviceStatuses/d-1/app/assign"),
        (lambda app: app.group_assignment("known"), "groupAssignments/known/app/assign"),
    ],
)
def test_each_documented_path_is_seen_as_documented(
    graph: Emulator, choose: Callable[[MobileAppPath], MobileAppPath], tail: str
) -> None:
    app = graph.add_app(assignments=[HELD])
    example = MobileAppGroupAssignment(
        target_group_id="Target Group Id value",
        vpn_configuration_id="Vpn Configuration Id value",
        id="ce4d1a28-1a28-ce4d-281a-4dce281a4dce",
        install_intent="notApplicable",
    )
    receipt = assign(choose(MobileAppPath(app)), [example], credential=graph.token, base_url=graph.url)

    [request] = graph.requests
    assert request.method == "POST"
    assert request.path == f"/beta/deviceAppManagement/mobileApps/{app}/{tail}"
    assert request.headers == {
        "authorization": f"Bearer {graph.token}",
        "accept": "application/json",
        "accept-encoding": "gzip",
        "content-type": "application/json",
        "content-length": str(len(request.body)),
        "client-request-id": receipt.client_request_id,
        "host": graph.url.split("/")[2],
        "user-agent": f"appassign/{version('appassign')}",
    }
    assert request.body.decode() == json.dumps(
        {
            "mobileAppGroupAssignments": [
                {
                    "@odata.type": "#microsoft.graph.mobileAppGroupAssignment",
                    "targetGroupId": "Target Group Id value",
                    "vpnConfigurationId": "Vpn Configuration Id value",
                    "id": "ce4d1a28-1a28-ce4d-281a-4dce281a4dce",
                    "installIntent": "notApplicable",
                }
            ]
        },
        separators=(",", ":"),
    )
    [held] = graph.assignments(app)
    assert held.pop("id") not in {"known", example.id}
    assert held == {
        "@odata.type": "#microsoft.graph.mobileAppGroupAssignment",
        "targetGroupId": "Target Group Id value",
        "vpnConfigurationId": "Vpn Configuration Id value",
        "installIntent": "notApplicable",
    }


def test_the_receipt_says_what_happened(graph: Emulator, sales: MobileAppGroupAssignment) -> None:
    before = dt.datetime.now(dt.UTC).replace(microsecond=0)
    receipt = assign(graph.add_app(), [sales], credential=graph.token, base_url=graph.url)
    assert receipt.status == 204
    assert receipt.attempts == 1
    assert 0 < receipt.elapsed < 20
    assert receipt.date is not None
    assert receipt.date.tzinfo is dt.UTC
    assert before <= receipt.date <= dt.datetime.now(dt.UTC)
    assert uuid.UUID(receipt.client_request_id).version == 4
    assert uuid.UUID(receipt.request_id).version == 4
    assert re.fullmatch(r"<AssignReceipt status=204 request_id=.* attempts=1 elapsed=\d+\.\d{3}>", repr(receipt))
    assert pickle.loads(pickle.dumps(receipt)) == receipt
    assert {receipt, pickle.loads(pickle.dumps(receipt))} == {receipt}
    with pytest.raises(AttributeError):
        receipt.status = 200  # type: ignore[misc]
    with pytest.raises(TypeError):
        type(receipt)()


@pytest.mark.parametrize("status", [200, 201, 202, 203, 204])
def test_two_hundred_to_two_hundred_and_four_are_success(status: int, sales: MobileAppGroupAssignment) -> None:
    with AnsweringServer(status, headers={"Date": "not a date"}, body=b"" if status == 204 else b"{}") as server:
        receipt = assign("A", [sales], credential="T", base_url=server.url)
    assert (receipt.status, receipt.request_id) == (status, None)
    assert len(server.seen) == 1


def test_any_iterable_is_taken_in_its_order(graph: Emulator) -> None:
    app = graph.add_app()
    many = [MobileAppGroupAssignment(target_group_id=f"group {n}", install_intent="required") for n in range(5)]
    for given in (many, tuple(many), iter(many), (one for one in many), dict.fromkeys(many).keys()):
        assign(app, given, credential=graph.token, base_url=graph.url)
        assert [held["targetGroupId"] for held in graph.assignments(app)] == [f"group {n}" for n in range(5)]


def test_the_app_may_be_a_uuid(graph: Emulator, sales: MobileAppGroupAssignment) -> None:
    app = graph.add_app()
    assert assign(uuid.UUID(app), [sales], credential=graph.token, base_url=graph.url).status == 204


def test_unknown_properties_go_over_the_wire(graph: Emulator) -> None:
    document = {
        "@odata.type": "#microsoft.graph.mobileAppVppGroupAssignment",
        "targetGroupId": "G",
        "vpnConfigurationId": None,
        "installIntent": "required",
        "useDeviceLicensing": True,
    }
    app = graph.add_app()
    assign(app, [MobileAppGroupAssignment.from_dict(document)], credential=graph.token, base_url=graph.url)
    assert json.loads(graph.requests[-1].body) == {"mobileAppGroupAssignments": [document]}
    [held] = graph.assignments(app)
    assert held["useDeviceLicensing"] is True


class TestInputs:
    """What is refused before anything is sent."""

    @pytest.fixture(autouse=True)
    def nothing_was_sent(self, graph: Emulator):
        yield
        assert graph.requests == []

    def test_an_empty_list_is_refused(self, graph: Emulator) -> None:
        with pytest.raises(InvalidInputError, match="would delete all") as refusal:
            assign("A", [], credential=graph.token, base_url=graph.url)
        assert (refusal.value.location, refusal.value.outcome) == ("assignments", "not_sent")

    @pytest.mark.parametrize("unsafe", ["../../users", "..", "", "a/b", "a%2Fb", "\u0430", "a" * 257])
    def test_an_unsafe_app_id_is_refused(self, graph: Emulator, sales: MobileAppGroupAssignment, unsafe: str) -> None:
        with pytest.raises(InvalidInputError) as refusal:
            assign(unsafe, [sales], credential=graph.token, base_url=graph.url)
        assert refusal.value.location == "app"

    @pytest.mark.parametrize("wrong", [b"abc", 7, None, ["A"]])
    def test_an_app_of_a_wrong_type_is_a_type_error(
        self, graph: Emulator, sales: MobileAppGroupAssignment, wrong: object
    ) -> None:
        with pytest.raises(TypeError, match=r"app must be a str, a uuid\.UUID or a MobileAppPath, not"):
            assign(wrong, [sales], credential=graph.token, base_url=graph.url)  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            (lambda one: one, r"wrap a single one in a list: \[\.\.\.\]"),
            (
                lambda one: one.to_dict(),
                "a dict goes through from_dict of MobileAppAssignment or MobileAppGroupAssignment",
            ),
            (
                lambda one: one.to_json(),
                "JSON text goes through from_json of MobileAppAssignment or MobileAppGroupAssignment",
            ),
            (lambda one: [one.to_dict()], r"assignments\[0\] must be .* not dict; .*from_dict"),
            (lambda one: [one, one.to_json()], r"assignments\[1\] must be .* not str; .*from_json"),
            (lambda one: [one, one, None], r"assignments\[2\] must be .* not NoneType; make one with"),
            (lambda _: 7, "must be an iterable of MobileAppAssignment or MobileAppGroupAssignment, not int"),
            (lambda _: None, "must be an iterable of MobileAppAssignment or MobileAppGroupAssignment, not NoneType"),
        ],
    )
    def test_what_is_no_list_of_models_is_a_type_error_with_advice(
        self,
        graph: Emulator,
        sales: MobileAppGroupAssignment,
        given: Callable[[MobileAppGroupAssignment], list[MobileAppGroupAssignment]],
        said: str,
    ) -> None:
        with pytest.raises(TypeError, match=said):
            assign("A", given(sales), credential=graph.token, base_url=graph.url)

    def test_what_from_dict_let_through_is_found_by_index(
        self, graph: Emulator, sales: MobileAppGroupAssignment
    ) -> None:
        for document, location in (
            ({"targetGroupId": "", "installIntent": "required"}, "assignments[2].target_group_id"),
            ({"targetGroupId": "G", "installIntent": "later"}, "assignments[2].install_intent"),
            ({"targetGroupId": "G", "installIntent": "required", "id": ""}, "assignments[2].id"),
            (
                {"targetGroupId": "G", "installIntent": "required", "vpnConfigurationId": ""},
                "assignments[2].vpn_configuration_id",
            ),
        ):
            read = MobileAppGroupAssignment.from_dict(document)
            with pytest.raises(InvalidInputError) as refusal:
                assign("A", [sales, sales, read], credential=graph.token, base_url=graph.url)
            assert refusal.value.location == location

    def test_more_than_a_thousand_are_refused_even_without_end(
        self, graph: Emulator, sales: MobileAppGroupAssignment
    ) -> None:
        for given in ([sales] * 1_001, itertools.repeat(sales)):
            with pytest.raises(InvalidInputError, match="more than 1000"):
                assign("A", given, credential=graph.token, base_url=graph.url)

    def test_a_body_of_more_than_four_mebibytes_is_refused(self, graph: Emulator) -> None:
        huge = MobileAppGroupAssignment(target_group_id="G" * 5_000_000, install_intent="required")
        with pytest.raises(InvalidInputError, match="the limit is 4194304"):
            assign("A", [huge], credential=graph.token, base_url=graph.url)

    def test_an_exception_of_the_callers_generator_passes_through(self, graph: Emulator) -> None:
        def broken():
            raise LookupError("the caller's own")
            yield

        class Broken:
            def __iter__(self):
                raise LookupError("the caller's own")

        for given in (broken(), Broken()):
            with pytest.raises(LookupError, match="the caller's own"):
                assign("A", given, credential=graph.token, base_url=graph.url)

    @pytest.mark.parametrize(
        ("token", "said", "hint"),
        [
            ("", "is empty", ""),
            ("CANARY\r\nX-Evil: 1", "a character that no bearer token has", "one run of letters"),
            ("CANARY\n", "a character that no bearer token has", "token.strip()"),
            ("Bearer CANARY", 'starts with the word "Bearer"', "the token alone"),
            ("CANARY" * 6_000, "36000 bytes; the limit is 32768", ""),
            ("CANARY\ud800", "not valid Unicode", ""),
        ],
    )
    def test_a_token_that_cannot_be_sent_is_refused_and_not_repeated(
        self, graph: Emulator, sales: MobileAppGroupAssignment, token: str, said: str, hint: str
    ) -> None:
        with pytest.raises(ConfigurationError) as refusal:
            assign("A", [sales], credential=token, base_url=graph.url)
        error = refusal.value
        assert said in str(error)
        assert hint in (error.hint or "")
        assert "CANARY" not in f"{error!s} {error!r} {vars(error)} {error.args} {error.__cause__} {error.__context__}"

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            (
                7,
                "credential must be a token as a str, a callable .*, or an object with get_token, not int",
            ),
            (b"token", r"not bytes; a token as bytes becomes one with \.decode\(\)"),
            (object(), "not object"),
            (AccessToken("CANARY", 0), r"not AccessToken; pass its \.token"),
            (asyncio.Queue, r"credential is the class Queue itself; pass one made of it: Queue\(\.\.\.\)"),
        ],
    )
    def test_a_credential_of_a_wrong_type_is_a_type_error(
        self, graph: Emulator, sales: MobileAppGroupAssignment, wrong: object, said: str
    ) -> None:
        with pytest.raises(TypeError, match=said) as refusal:
            assign("A", [sales], credential=wrong, base_url=graph.url)  # type: ignore[arg-type]
        assert "CANARY" not in str(refusal.value)

    def test_what_a_function_gave_is_no_credential(self, graph: Emulator, sales: MobileAppGroupAssignment) -> None:
        async def token() -> str:
            return "T"

        coroutine = token()
        with pytest.raises(TypeError, match="not coroutine; pass the function itself"):
            assign("A", [sales], credential=coroutine, base_url=graph.url)  # type: ignore[arg-type]
        coroutine.close()

    @pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf"), 10**400])
    def test_a_timeout_is_finite_and_above_zero(
        self, graph: Emulator, sales: MobileAppGroupAssignment, seconds: float
    ) -> None:
        with pytest.raises(ConfigurationError, match="timeout: "):
            assign("A", [sales], credential=graph.token, base_url=graph.url, timeout=seconds)

    def test_a_timeout_is_a_number(self, graph: Emulator, sales: MobileAppGroupAssignment) -> None:
        for wrong in ("5", None):
            with pytest.raises(TypeError, match="timeout must be a number of seconds, not"):
                assign("A", [sales], credential=graph.token, base_url=graph.url, timeout=wrong)  # type: ignore[arg-type]

    def test_an_unknown_cloud_is_refused(self, sales: MobileAppGroupAssignment) -> None:
        with pytest.raises(ConfigurationError, match="the clouds are global, usgov, dod, china"):
            assign("A", [sales], credential="T", cloud="germany")

    def test_options_have_names(self, graph: Emulator, sales: MobileAppGroupAssignment) -> None:
        with pytest.raises(TypeError):
            assign("A", [sales], graph.token)  # type: ignore[misc]


class TestBaseUrl:
    """Where a call goes."""

    @pytest.mark.parametrize(
        "url",
        [
            "http://graph.microsoft.com/beta",
            "http://127.0.0.1.evil.test",
            "http://localhost.evil.test",
            "http://0x7f.1@evil.test",
            "http://127.0.0.1:80@evil.test",
            "https://user:CANARY@localhost",
            "https://localhost/beta?sig=CANARY",
            "https://localhost/beta#CANARY",
            "ftp://localhost",
            "file:///CANARY",
            "https://graph.microsoft.com",
            "graph.microsoft.com/beta",
            "http://local\nhost",
            "",
        ],
    )
    def test_an_unsafe_base_url_is_refused(self, sales: MobileAppGroupAssignment, url: str) -> None:
        with pytest.raises(ConfigurationError) as refusal:
            assign("A", [sales], credential="T", base_url=url)
        assert str(refusal.value).startswith("base_url: ")
        assert "CANARY" not in str(refusal.value)

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
    def test_loopback_may_be_plain_http(self, graph: Emulator, sales: MobileAppGroupAssignment, host: str) -> None:
        url = graph.url.replace("127.0.0.1", host) + "/"
        assert assign(graph.add_app(), [sales], credential=graph.token, base_url=url).status == 204

    def test_the_environment_names_an_emulator(
        self, graph: Emulator, sales: MobileAppGroupAssignment, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("APPASSIGN_BASE_URL", graph.url)
        monkeypatch.setenv("APPASSIGN_TOKEN", graph.token)
        assert assign(graph.add_app(), [sales]).status == 204
        assert assign(graph.add_app(), [sales], credential=graph.token).status == 204

    def test_the_environment_cannot_send_a_token_away(
        self, sales: MobileAppGroupAssignment, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("APPASSIGN_TOKEN", "T")
        for url in ("https://graph.microsoft.com/beta", "https://evil.test/beta"):
            monkeypatch.setenv("APPASSIGN_BASE_URL", url)
            with pytest.raises(ConfigurationError, match="for this machine alone"):
                assign("A", [sales])
        monkeypatch.setenv("APPASSIGN_BASE_URL", "ftp://localhost")
        with pytest.raises(ConfigurationError, match=r"^APPASSIGN_BASE_URL: the scheme is ftp"):
            assign("A", [sales])

    def test_an_argument_wins_over_the_environment(
        self, graph: Emulator, sales: MobileAppGroupAssignment, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("APPASSIGN_BASE_URL", "http://127.0.0.1:1")
        monkeypatch.setenv("APPASSIGN_TOKEN", "another")
        assert assign(graph.add_app(), [sales], credential=graph.token, base_url=graph.url).status == 204
        monkeypatch.setitem(sys.modules, "azure.identity", None)
        with pytest.raises(CredentialError):
            assign("A", [sales], base_url=graph.url)

    def test_the_environment_keeps_every_call_on_this_machine(
        self, graph: Emulator, sales: MobileAppGroupAssignment, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Code under test must not reach a tenant, whatever it passes."""
        monkeypatch.setenv("APPASSIGN_BASE_URL", graph.url)
        for url in ("https://graph.microsoft.com/beta", "https://proxy.test/beta"):
            with pytest.raises(ConfigurationError) as refusal:
                assign("A", [sales], credential="T", base_url=url)
            assert str(refusal.value).startswith(
                f"base_url: {url} is not on this machine, and APPASSIGN_BASE_URL keeps every call there"
            )
            assert "unset APPASSIGN_BASE_URL" in str(refusal.value.hint)
            assert refusal.value.outcome == "not_sent"
        assert assign(graph.add_app(), [sales], credential=graph.token, cloud="usgov").status == 204
        monkeypatch.setenv("APPASSIGN_BASE_URL", "")
        with pytest.raises(ConnectError):
            assign("A", [sales], credential="T", base_url="https://nowhere.invalid/beta", attempts=1)

    def test_without_a_token_the_error_says_where_to_put_one(
        self, graph: Emulator, sales: MobileAppGroupAssignment, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("APPASSIGN_BASE_URL", graph.url)
        monkeypatch.setenv("APPASSIGN_TOKEN", "")
        with pytest.raises(CredentialError) as refusal:
            assign("A", [sales])
        assert "APPASSIGN_TOKEN" in str(refusal.value.hint)
        monkeypatch.setenv("APPASSIGN_TOKEN", "two words")
        with pytest.raises(ConfigurationError, match=r"^APPASSIGN_TOKEN: the token has a character"):
            assign("A", [sales])

    @pytest.mark.parametrize("path", ["/v1.0", "/any/root"])
    def test_other_roots_on_loopback_are_used_as_they_are(self, sales: MobileAppGroupAssignment, path: str) -> None:
        with AnsweringServer(204) as server:
            assign("A", [sales], credential="T", base_url=server.url.replace("/beta", path))
        assert server.seen[0][1] == f"{path}/deviceAppManagement/mobileApps/A/assign"


class TestThreads:
    """A call among threads."""

    def test_other_threads_go_on_while_a_call_waits(self, sales: MobileAppGroupAssignment) -> None:
        hold, done = threading.Event(), threading.Event()

        def call() -> None:
            assign("A", [sales], credential="T", base_url=server.url)
            done.set()

        with AnsweringServer(204, hold=hold) as server:
            thread = threading.Thread(target=call)
            thread.start()
            while not server.seen:  # this thread and the server's run though the call is waiting
                time.sleep(0.001)
            assert not done.is_set()
            hold.set()
            thread.join(20)
        assert done.is_set()

    def test_many_threads_call_at_once(self, graph: Emulator) -> None:
        apps = [graph.add_app() for _ in range(16)]

        def work(app: str) -> None:
            for number in range(20):
                one = MobileAppGroupAssignment(target_group_id=f"{app} {number}", install_intent="required")
                assign(app, [one], credential=graph.token, base_url=graph.url)

        threads = [threading.Thread(target=work, args=(app,)) for app in apps]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        for app in apps:
            assert [held["targetGroupId"] for held in graph.assignments(app)] == [f"{app} 19"]
        assert len(graph.requests) == 16 * 20

    def test_the_list_is_taken_as_it_is_at_the_call(self, sales: MobileAppGroupAssignment) -> None:
        hold, given = threading.Event(), [sales]
        with AnsweringServer(204, hold=hold) as server:
            thread = threading.Thread(
                target=assign, args=("A", given), kwargs={"credential": "T", "base_url": server.url}
            )
            thread.start()
            while not server.seen:
                time.sleep(0.001)
            given.clear()
            hold.set()
            thread.join(20)
        assert json.loads(server.seen[0][3]) == {"mobileAppGroupAssignments": [sales.to_dict()]}


class TestTodaysForm:
    """`MobileAppAssignment`, to Graph of today."""

    GROUPS = ("11111111-2222-4333-8444-555555555501", "11111111-2222-4333-8444-555555555502")

    @pytest.fixture
    def graph(self) -> Iterator[Emulator]:
        with Emulator() as emulator:
            yield emulator

    @pytest.fixture
    def today(self) -> MobileAppAssignment:
        return MobileAppAssignment(target=GroupAssignmentTarget(self.GROUPS[0]), intent="required")

    def test_the_documented_body_goes_over_the_wire_in_one_post(self, graph: Emulator) -> None:
        body = json.loads((WIRE / "req-today-assign.json").read_text(encoding="utf-8"))["request"]["body"]
        app = graph.add_app()
        given = [MobileAppAssignment.from_dict(entry) for entry in body["mobileAppAssignments"]]
        receipt = assign(app, given, credential=graph.token, base_url=graph.url)

        [request] = graph.requests
        assert (request.method, request.path) == ("POST", f"/beta/deviceAppManagement/mobileApps/{app}/assign")
        assert request.headers["content-type"] == "application/json"
        assert request.headers["client-request-id"] == receipt.client_request_id
        assert json.loads(request.body) == body
        assert b" " not in request.body
        assert (receipt.status, receipt.attempts) == (204, 1)
        held = [(entry["intent"], entry["target"]["@odata.type"]) for entry in graph.assignments(app)]
        assert held == [(entry["intent"], entry["target"]["@odata.type"]) for entry in body["mobileAppAssignments"]]
        assert graph.assignments(app)[0]["settings"] == body["mobileAppAssignments"][0]["settings"]

    def test_v1_0_takes_it_too_where_it_knows_the_properties(self, graph: Emulator, today: MobileAppAssignment) -> None:
        app, url = graph.add_app(), graph.url.replace("/beta", "/v1.0")
        settings = {"@odata.type": "#microsoft.graph.win32LobAppAssignmentSettings", "notifications": "hideAll"}
        given = [today.replace(settings=settings), today.replace(target=AllLicensedUsersAssignmentTarget())]
        assert assign(app, given, credential=graph.token, base_url=url).status == 204
        [request] = graph.requests
        assert (request.method, request.path) == ("POST", f"/v1.0/deviceAppManagement/mobileApps/{app}/assign")
        assert json.loads(request.body) == {"mobileAppAssignments": [one.to_dict() for one in given]}
        held = graph.assignments(app)
        filtered = today.target.replace(filter_id="c0ffee00-0000-4000-8000-000000000001", filter_type="include")
        with pytest.raises(StatusError, match="deviceAndAppManagementAssignmentFilterId") as refusal:
            assign(app, [today.replace(target=filtered)], credential=graph.token, base_url=url)
        assert (refusal.value.status, refusal.value.outcome) == (400, "not_applied")
        assert graph.assignments(app) == held

    def test_what_a_caller_makes_is_the_documented_body_without_its_nulls(self, graph: Emulator) -> None:
        body = json.loads((WIRE / "req-today-assign.json").read_text(encoding="utf-8"))["request"]["body"]
        settings = body["mobileAppAssignments"][0]["settings"]
        filtered = {"filter_id": "c0ffee00-0000-4000-8000-000000000001", "filter_type": "include"}
        given = [
            MobileAppAssignment(
                target=GroupAssignmentTarget(self.GROUPS[0], **filtered), intent="required", settings=settings
            ),
            MobileAppAssignment(target=ExclusionGroupAssignmentTarget(self.GROUPS[1]), intent="required"),
            MobileAppAssignment(target=AllLicensedUsersAssignmentTarget(), intent="available"),
        ]
        assign(graph.add_app(), given, credential=graph.token, base_url=graph.url)
        for entry in body["mobileAppAssignments"][1:]:
            assert entry.pop("settings") is None
        assert json.loads(graph.requests[-1].body) == body

    def test_it_replaces_what_the_app_had(self, graph: Emulator, today: MobileAppAssignment) -> None:
        app = graph.add_app(assignments=[today.replace(intent="uninstall").to_dict()])
        assert [held["intent"] for held in graph.assignments(app)] == ["uninstall"]
        assign(app, [today], credential=graph.token, base_url=graph.url)
        assert [held["intent"] for held in graph.assignments(app)] == ["required"]

    def test_any_iterable_is_taken_in_its_order(self, graph: Emulator) -> None:
        app = graph.add_app()
        groups = [str(uuid.UUID(int=number)) for number in range(1, 6)]
        many = [MobileAppAssignment(target=GroupAssignmentTarget(group), intent="required") for group in groups]
        for given in (many, tuple(many), iter(many), (one for one in many), dict.fromkeys(many).keys()):
            assign(app, given, credential=graph.token, base_url=graph.url)
            sent = json.loads(graph.requests[-1].body)["mobileAppAssignments"]
            assert [entry["target"]["groupId"] for entry in sent] == groups
        assert {held["target"]["groupId"] for held in graph.assignments(app)} == set(groups)

    def test_what_a_server_listed_goes_back_as_it_was(self, graph: Emulator) -> None:
        listed = json.loads((WIRE / "res-today-list-assignments.json").read_text(encoding="utf-8"))["response"]["body"]
        given = [MobileAppAssignment.from_dict(entry) for entry in listed["value"]]
        assign(graph.add_app(), given, credential=graph.token, base_url=graph.url)
        assert json.loads(graph.requests[-1].body) == {"mobileAppAssignments": listed["value"]}

    def test_a_thousand_are_taken_and_one_more_is_not(self, graph: Emulator) -> None:
        app = graph.add_app()
        many = [
            MobileAppAssignment(target=GroupAssignmentTarget(uuid.UUID(int=number)), intent="required")
            for number in range(1, 1_002)
        ]
        assign(app, many[:1_000], credential=graph.token, base_url=graph.url)
        assert len(graph.assignments(app)) == 1_000
        for given in (many, iter(many), itertools.repeat(many[0])):
            with pytest.raises(InvalidInputError, match="more than 1000") as refusal:
                assign(app, given, credential=graph.token, base_url=graph.url)
            assert (refusal.value.location, refusal.value.outcome) == ("assignments", "not_sent")
        assert len(graph.requests) == 1

    @pytest.mark.parametrize("given", [[], (), iter(()), {}.keys()])
    def test_an_empty_list_is_refused_and_what_clears_an_app_is_named(
        self, graph: Emulator, given: Iterable[MobileAppAssignment]
    ) -> None:
        app = graph.add_app()
        with pytest.raises(InvalidInputError, match="would delete all") as refusal:
            assign(app, given, credential=graph.token, base_url=graph.url)
        assert (refusal.value.location, refusal.value.outcome) == ("assignments", "not_sent")
        hint = str(refusal.value.hint)
        assert all(said in hint for said in ("plan(", "replace=[]", "apply(", "allow_empty=True", "undone"))
        assert graph.requests == []

    def test_the_first_of_another_kind_is_named_by_its_index(
        self, graph: Emulator, today: MobileAppAssignment, sales: MobileAppGroupAssignment
    ) -> None:
        for given, index in (([today, sales], 1), ([sales, today], 1), ([today, today, sales, today], 2)):
            for collection in (given, iter(given)):
                with pytest.raises(InvalidInputError) as refusal:
                    assign("A", collection, credential=graph.token, base_url=graph.url)  # type: ignore[arg-type]
                assert refusal.value.location == f"assignments[{index}]"
                assert "another kind" in str(refusal.value)
                assert "to_mobile_app_assignment()" in str(refusal.value.hint)
        assert graph.requests == []

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            (lambda one: one, r"wrap a single one in a list: \[\.\.\.\]"),
            (lambda one: one.target, r"wrap a single one in a list: \[\.\.\.\]"),
            (lambda one: [one.target], r"assignments\[0\] must be .* not GroupAssignmentTarget; put it into Mobile"),
            (
                lambda one: [one, one.to_dict()],
                r"assignments\[1\] must be .* not dict; .*from_dict of MobileAppAssignm",
            ),
            (lambda one: [one, one.to_json()], r"assignments\[1\] must be .* not str; .*from_json of MobileAppAssign"),
            (lambda one: one.to_dict(), "a dict goes through from_dict of MobileAppAssignment"),
            (lambda one: [one, None], r"assignments\[1\] must be .* not NoneType; make one with MobileAppAssignment\("),
            (lambda one: [type(one)], r"assignments\[0\] must be .* not type"),
            (lambda one: [[one]], r"assignments\[0\] must be .* not list"),
        ],
    )
    def test_what_is_no_list_of_models_is_a_type_error_with_advice(
        self, graph: Emulator, today: MobileAppAssignment, given: Callable[[MobileAppAssignment], Any], said: str
    ) -> None:
        with pytest.raises(TypeError, match=said):
            assign("A", given(today), credential=graph.token, base_url=graph.url)
        assert graph.requests == []

    def test_what_from_dict_let_through_is_found_by_index(self, graph: Emulator, today: MobileAppAssignment) -> None:
        group = today.to_dict()["target"]
        for change, location in (
            ({"intent": "later"}, "intent"),
            ({"intent": "notApplicable"}, "intent"),
            ({"id": ""}, "id"),
            ({"target": {**group, "groupId": "Sales"}}, "target.group_id"),
            ({"target": {**group, "groupId": ""}}, "target.group_id"),
            ({"target": {**group, "deviceAndAppManagementAssignmentFilterType": "include"}}, "target.filter_id"),
        ):
            read = MobileAppAssignment.from_dict({**today.to_dict(), **change})
            with pytest.raises(InvalidInputError) as refusal:
                assign("A", [today, read], credential=graph.token, base_url=graph.url)
            assert refusal.value.location == f"assignments[1].{location}"
        assert graph.requests == []

    def test_the_form_of_2017_goes_to_todays_graph_by_its_bridge(
        self, graph: Emulator, sales: MobileAppGroupAssignment, today: MobileAppAssignment
    ) -> None:
        app = graph.add_app()
        with pytest.raises(StatusError) as refusal:
            assign(app, [sales], credential=graph.token, base_url=graph.url)
        assert (refusal.value.status, refusal.value.code) == (400, "ModelValidationFailure")
        bridged = [sales.to_mobile_app_assignment()]
        assert bridged == [today]
        assert assign(app, bridged, credential=graph.token, base_url=graph.url).status == 204
        assert [held["id"] for held in graph.assignments(app)] == [f"{self.GROUPS[0]}_1_0"]

    def test_both_forms_go_through_a_client(
        self, graph: Emulator, today: MobileAppAssignment, sales: MobileAppGroupAssignment
    ) -> None:
        with Client(graph.token, base_url=graph.url) as client:
            assert client.assign(graph.add_app(), (one for one in [today])).status == 204
            with pytest.raises(InvalidInputError, match="another kind"):
                client.assign(graph.add_app(), [today, sales])  # type: ignore[list-item]
        assert json.loads(graph.requests[-1].body) == {"mobileAppAssignments": [today.to_dict()]}
