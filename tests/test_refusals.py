"""Every known refusal of Graph's, as the exception that a person meets: class, attributes, message and hint."""

import copy
import datetime as dt
import json
import pathlib
import pickle
from collections.abc import Iterator

import pytest

import appassign
from appassign import MobileAppGroupAssignment, MobileAppPath, StatusError, assign
from appassign.emulator import Emulator
from servers import AnsweringServer

pytestmark = pytest.mark.usefixtures("both_twins")
WIRE = pathlib.Path(__file__).parent / "wire"

# What each document becomes: class, code, message, retry_after, outcome, and words of the hint.
EXPECTED: dict[str, tuple[str, str, str, float | None, str, tuple[str, ...]]] = {
    "err-400-generic-intune": (
        "BadRequestError", "BadRequest", "An error has occurred", None, "not_applied",
        ("Intune gives no reason", "a group's name where its id (a GUID) belongs"),
    ),
    "err-400-malformed-json": (
        "BadRequestError", "BadRequest",
        ("Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON "
        "format."),
        None, "not_applied", ("on the way to the service changed the request",),
    ),
    "err-400-modelvalidation-old-type": (
        "BadRequestError", "ModelValidationFailure",
        ("A type named 'microsoft.management.services.api.mobileAppGroupAssignment' could not be resolved by the "
        "model. When a model is available, each type name must resolve to a valid type."),
        None, "not_applied", ("since January 2018", "MobileAppAssignment", 'profile "2017"'),
    ),
    "err-400-no-route": (
        "BadRequestError", "No method match route template",
        ("No OData route exists that match template ~/singleton/navigation/key with http verb POST for request "
        "/AppLifecycle_2611/StatelessAppMetadataFEService/deviceAppManagement/mobileApps("
        "'3f6a1c52-8f0e-4b7e-9a55-0c1d2e3f4a5bassign')."),
        None, "not_applied", ("check the app's id",),
    ),
    "err-400-not-published": (
        "BadRequestError", "BadRequest", "Invalid operation: app's PublishingState is not 'Published'.", None,
        "not_applied", ("still processing the app", 'publishingState is "published"'),
    ),
    **{
        f"err-400-segment-{segment.lower()}": (
            "BadRequestError", "BadRequest", f"Resource not found for the segment '{segment}'.", None, "not_applied",
            ("no longer has this path", "pass the app's id alone"),
        )
        for segment in ("deviceStatuses", "groupAssignments", "userStatuses")
    },
    "err-401-bad-token": (
        "AuthenticationError", "InvalidAuthenticationToken",
        "CompactToken parsing failed with error code: 80049217", None, "not_applied",
        ("for https://graph.microsoft.com", "from tenant T1", "it may have been revoked, damaged, or issued by"),
    ),
    "err-401-missing-token": (
        "AuthenticationError", "InvalidAuthenticationToken", "Access token is empty.", None, "not_applied",
        ("drops the Authorization header",),
    ),
    "err-403-scope": (
        "PermissionDeniedError", "Forbidden",
        ("Application is not authorized to perform this operation. Application must have one of the following scopes: "
        "DeviceManagementApps.ReadWrite.All"),
        None, "not_applied",
        (
            "the token's delegated permissions (scp) are User.Read, DeviceManagementApps.Read.All",
            "DeviceManagementApps.ReadWrite.All is missing",
            "the app registration A1 in tenant T1",
            "have an administrator consent",
        ),
    ),
    "err-404-app": (
        "NotFoundError", "ResourceNotFound", "An error has occurred", None, "not_applied",
        ("no such app in the tenant of the token, T1", "Client.apps() lists what there is"),
    ),
    "err-409-conflict": (
        "ConflictError", "Conflict", "An error has occurred", None, "not_applied", ("somebody else",),
    ),
    "err-429-documented": (
        "ThrottledError", "TooManyRequests", "Please retry again later.", 2.128, "not_applied",
        ("call again in 2.128 s", "100 writes in 20 s"),
    ),
    "err-429-intune-no-retry-after": (
        "ThrottledError", "TooManyRequests", "An error has occurred", None, "not_applied", ("names no waiting time",),
    ),
    "err-429-plain": (
        "ThrottledError", "TooManyRequests", "Too many requests.", 10.0, "not_applied", ("call again in 10 s",),
    ),
    "err-500-intune": (
        "ServiceError", "InternalError", "An internal server error has occurred", None, "unknown",
        ("may have applied the call or not",),
    ),
    "err-503": (
        "ServiceError", "ServiceUnavailable", "Service unavailable.", 5.0, "unknown", ("to call again in 5 s",),
    ),
    "err-504": ("ServiceError", "GatewayTimeout", "Gateway timeout.", None, "unknown", ("to call again asks for",)),
}  # fmt: skip


def token_of(graph: Emulator, **claims: object) -> str:
    return graph._native.make_token(json.dumps(claims))


def test_every_document_has_its_exception() -> None:
    assert {path.stem for path in WIRE.glob("err-*.json")} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_document_becomes_an_exception(graph: Emulator, sales: MobileAppGroupAssignment, name: str) -> None:
    kind, code, message, retry_after, outcome, hints = EXPECTED[name]
    document = json.loads((WIRE / f"{name}.json").read_text(encoding="utf-8"))
    assert document["_basis"]
    response = document["response"]
    token = token_of(
        graph, nbf=1700000000, tid="T1", appid="A1", scp="User.Read DeviceManagementApps.Read.All"
    )  # fmt: skip
    body = json.dumps(response["body"]).encode()
    headers = {name: value for name, value in response["headers"].items() if name != "Date"}
    with (
        AnsweringServer(response["status"], headers=headers, body=body) as server,
        pytest.raises(StatusError) as refusal,
    ):
        assign("A", [sales], credential=token, base_url=server.url, attempts=1)
    error = refusal.value
    assert type(error) is getattr(appassign, kind)
    assert (error.status, error.code, error.message) == (response["status"], code, message)
    assert (error.retry_after, error.outcome, error.attempts) == (retry_after, outcome, 1)
    request_id = response["headers"]["request-id"]
    assert error.request_id == request_id
    assert error.date == dt.datetime(2026, 11, 23, 20, 15, 42, tzinfo=dt.UTC)
    assert error.client_request_id
    assert error.elapsed > 0
    assert error.hint is not None
    for words in hints:
        assert words in error.hint
    assert str(error) == (
        f"Graph answered {error.status} {code}: {message} (request-id {request_id})\nhint: {error.hint}"
    )
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert (type(again), vars(again), str(again)) == (type(error), vars(error), str(error))
    assert token.encode() not in pickle.dumps(error)


class TestObserved:
    """Refusals that people have met elsewhere, from their reports."""

    @pytest.mark.parametrize(
        ("status", "error", "code", "message", "hint"),
        [
            (  # AzureAD/microsoft-authentication-library-for-js#7007: doubly wrapped.
                403,
                {
                    "code": "UnknownError",
                    "message": json.dumps(
                        {
                            "ErrorCode": "Forbidden",
                            "Message": '{\r\n  "_version": 3,\r\n  "Message": "An error has occurred - Operation ID '
                            '(for customer support): 0 - Url: https://u",\r\n  "HttpHeaders": "{}"\r\n}',
                            "Target": None,
                        }
                    ),
                },
                "Forbidden",
                "An error has occurred",
                "an Intune role that may assign apps",
            ),
            (  # Microsoft365DSC/Microsoft365DSC#7236.
                400,
                {
                    "code": "BadRequest",
                    "message": '{"_version": 3, "Message": "Header \'x-msft-approval-justification\' is required '
                    'to request approval - Operation ID (for customer support): 0"}',
                },
                "BadRequest",
                "Header 'x-msft-approval-justification' is required to request approval",
                "Multi Admin Approval",
            ),
            (  # microsoftgraph/msgraph-beta-sdk-go#198.
                400,
                {"code": "BadRequest", "message": "Request not applicable to target tenant."},
                "BadRequest",
                "Request not applicable to target tenant.",
                "no active Intune licence",
            ),
            (  # microsoft/Intune-PowerShell-SDK#121.
                403,
                {
                    "code": "Forbidden",
                    "message": '{"_version": 3, "Message": "Application is not authorized to perform this operation as '
                    "called in app only context but does not have application permissions configured. - Operation "
                    'ID (for customer support): 0"}',
                },
                "Forbidden",
                (
                    "Application is not authorized to perform this operation as called in app only context but does "
                    "not have application permissions configured."
                ),
                None,
            ),
        ],
    )
    def test_it_is_unwrapped_and_advised(
        self,
        graph: Emulator,
        sales: MobileAppGroupAssignment,
        status: int,
        error: dict[str, str],
        code: str,
        message: str,
        hint: str | None,
    ) -> None:
        with (
            AnsweringServer(status, body=json.dumps({"error": error}).encode()) as server,
            pytest.raises(StatusError) as refusal,
        ):
            assign("A", [sales], credential=graph.token, base_url=server.url)
        assert (refusal.value.code, refusal.value.message) == (code, message)
        assert hint is None or hint in str(refusal.value.hint)


class TestOnTheEmulator:
    """The emulator refuses as Graph does, and the client reads it."""

    @pytest.fixture
    def today(self) -> Iterator[Emulator]:
        with Emulator(profile="current") as emulator:
            yield emulator

    @pytest.mark.parametrize(
        ("claims", "kind", "hint"),
        [
            ({"aud": "https://management.azure.com"}, "AuthenticationError", "not for"),
            ({"exp": 1700000000}, "AuthenticationError", "the token expired at 2023-11-14T22:13:20Z"),
            (
                {"scp": "User.Read"},
                "PermissionDeniedError",
                "(scp) are User.Read; DeviceManagementApps.ReadWrite.All is",
            ),
            ({"scp": None}, "PermissionDeniedError", "the token carries no permission at all"),
            (
                {"scp": None, "roles": ["DeviceManagementApps.ReadWrite.All"]},
                "PermissionDeniedError",
                "with a signed-in user only",
            ),
        ],
    )
    def test_a_token_that_falls_short_is_explained(
        self, graph: Emulator, sales: MobileAppGroupAssignment, claims: dict[str, object], kind: str, hint: str
    ) -> None:
        with pytest.raises(StatusError) as refusal:
            assign(graph.add_app(), [sales], credential=token_of(graph, **claims), base_url=graph.url)
        assert type(refusal.value).__name__ == kind
        assert hint in str(refusal.value.hint)

    def test_the_name_of_a_user_is_not_shown(self, graph: Emulator, sales: MobileAppGroupAssignment) -> None:
        token = token_of(graph, scp="User.Read", upn="CANARY@example.com", name="CANARY")
        with pytest.raises(appassign.PermissionDeniedError) as refusal:
            assign(graph.add_app(), [sales], credential=token, base_url=graph.url)
        assert "CANARY" not in f"{refusal.value} {vars(refusal.value)}"

    def test_todays_service_refuses_the_form_of_2017(self, today: Emulator, sales: MobileAppGroupAssignment) -> None:
        app = today.add_app()
        with pytest.raises(appassign.BadRequestError) as refusal:
            assign(app, [sales], credential=today.token, base_url=today.url)
        assert refusal.value.code == "ModelValidationFailure"
        assert "MobileAppAssignment" in str(refusal.value.hint)
        for path in (
            MobileAppPath(app).user_status("u"),
            MobileAppPath(app).device_status("d"),
            MobileAppPath(app).group_assignment("g"),
        ):
            with pytest.raises(appassign.BadRequestError, match="Resource not found for the segment") as refusal:
                assign(path, [sales], credential=today.token, base_url=today.url)
            assert "pass the app's id alone" in str(refusal.value.hint)

    def test_a_path_through_something_else_says_so(self, graph: Emulator, sales: MobileAppGroupAssignment) -> None:
        path = MobileAppPath(graph.add_app()).group_assignment("nothing")
        with pytest.raises(appassign.NotFoundError) as refusal:
            assign(path, [sales], credential=graph.token, base_url=graph.url)
        assert "or no such group assignment of it" in str(refusal.value.hint)
