"""Errors are part of the API: class, attributes, message and hint."""

import copy
import datetime as dt
import inspect
import json
import pathlib
import pickle
import socket
import threading
import traceback

import pytest

import appassign
from appassign import AppAssignError, MobileAppGroupAssignment, StatusError, assign, exceptions
from appassign.emulator import Emulator
from servers import AnsweringServer

pytestmark = pytest.mark.usefixtures("both_twins")
CLASSES = [value for value in vars(exceptions).values() if inspect.isclass(value) and issubclass(value, AppAssignError)]


TOKEN = "CANARY"
PACKAGE = str(pathlib.Path(appassign.__file__).parent)


def raised(call: MobileAppGroupAssignment, url: str, **options: object) -> AppAssignError:
    with pytest.raises(AppAssignError) as refusal:
        assign("A", [call], **{"credential": TOKEN, "base_url": url, "attempts": 1, **options})  # type: ignore[arg-type]
    return refusal.value


@pytest.mark.parametrize(
    ("status", "name", "outcome"),
    [
        (400, "BadRequestError", "not_applied"),
        (401, "AuthenticationError", "not_applied"),
        (403, "PermissionDeniedError", "not_applied"),
        (404, "NotFoundError", "not_applied"),
        (405, "StatusError", "not_applied"),
        (408, "StatusError", "unknown"),
        (409, "ConflictError", "not_applied"),
        (410, "StatusError", "not_applied"),
        (412, "ConflictError", "not_applied"),
        (413, "StatusError", "not_applied"),
        (423, "ConflictError", "not_applied"),
        (429, "ThrottledError", "not_applied"),
        (500, "ServiceError", "unknown"),
        (503, "ServiceError", "unknown"),
        (599, "ServiceError", "unknown"),
    ],
)
def test_a_refusal_has_the_class_of_its_status(
    sales: MobileAppGroupAssignment, status: int, name: str, outcome: str
) -> None:
    body = {
        "error": {
            "code": "SomeCode",
            "message": "Some words.",
            "innerError": {"date": "2026-11-23T20:15:42", "request-id": "in-body", "client-request-id": "c"},
        }
    }
    with AnsweringServer(status, headers={"request-id": "in-header"}, body=json.dumps(body).encode()) as server:
        error = raised(sales, server.url)
    assert type(error) is getattr(appassign, name)
    assert isinstance(error, StatusError)
    assert (error.status, error.code, error.message) == (status, "SomeCode", "Some words.")
    assert error.request_id == "in-header"
    assert error.date == dt.datetime(2026, 11, 23, 20, 15, 42, tzinfo=dt.UTC)
    assert str(error).startswith(f"Graph answered {status} SomeCode: Some words. (request-id in-header)")
    assert (error.outcome, error.attempts) == (outcome, 1)
    assert 0 < error.elapsed < 20
    assert error.client_request_id == server.seen[0][2]["client-request-id"]
    assert len(server.seen) == 1


@pytest.mark.parametrize("status", [205, 206, 226, 302, 307])
def test_an_answer_that_graph_does_not_document_is_no_success(sales: MobileAppGroupAssignment, status: int) -> None:
    with AnsweringServer(status, headers={"Location": "/elsewhere"}, body=b"<html>CANARY") as server:
        error = raised(sales, server.url)
    assert type(error) is appassign.ResponseError
    assert (error.status, error.body) == (status, "<html><token>")
    assert error.outcome == ("not_applied" if status >= 300 else "unknown")
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>" + b"x" * 1_000_000,
        b"\xff\xfe\xfd",
        b"[" * 100_000,
        b'{"error":' * 1_000,
        b'{"error":{"code":7,"message":["x"]}}',
        b'{"error":{"code":"C","message":"\\u001b[31mred CANARY"}}',
        b'{"error":{"code":"CANARY","message":"' + b"CANARY " * 10_000 + b'"}}',
        b'{"error":{"code":"' + b"x" * 1_000_000 + b'","message":"","innerError":{"request-id":"a\\nhint: b"}}}',
    ],
)
def test_no_error_body_fools_the_terminal_or_shows_the_token(sales: MobileAppGroupAssignment, body: bytes) -> None:
    headers = {"request-id": "CANARY", "x-ms-diagnostic": "CANARY"}
    with AnsweringServer(500, headers=headers, body=body) as server:
        error = raised(sales, server.url)
    assert isinstance(error, appassign.ServiceError)
    assert TOKEN not in f"{error!s} {error!r} {error.args} {vars(error)}"
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    ours = [frame for frame in frames if frame.f_code.co_filename.startswith(PACKAGE)]
    assert ours
    assert all(TOKEN not in str(frame.f_locals) for frame in ours)
    assert "\x1b" not in str(error)
    assert len(str(error)) < 5_500


@pytest.mark.parametrize("date", ["0000-01-01T00:00:00", "-000001-01-01T00:00:00", "9999-12-31T23:59:59", "", "x", 7])
def test_no_date_of_a_server_hides_the_error(sales: MobileAppGroupAssignment, date: object) -> None:
    body = json.dumps({"error": {"code": "C", "message": "m", "innerError": {"date": date}}}).encode()
    with AnsweringServer(400, headers={"Date": "nonsense"}, body=body) as server:
        error = raised(sales, server.url)
    assert isinstance(error, appassign.BadRequestError)
    assert error.code == "C"


def test_nobody_listens(sales: MobileAppGroupAssignment) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    error = raised(sales, f"http://{address}")
    assert type(error) is appassign.ConnectError
    assert isinstance(error, ConnectionError)
    assert str(error).startswith(f"could not connect to {address}: Connection refused")
    assert (error.outcome, error.attempts) == ("not_sent", 1)


def test_the_name_does_not_exist(sales: MobileAppGroupAssignment) -> None:
    error = raised(sales, "https://no-such-host.invalid/beta")
    assert type(error) is appassign.ConnectError
    assert "the address of no-such-host.invalid could not be found" in str(error)
    assert error.outcome == "not_sent"


def test_no_answer_in_time(sales: MobileAppGroupAssignment) -> None:
    hold = threading.Event()
    with AnsweringServer(204, hold=hold) as server:
        error = raised(sales, server.url, timeout=0.3)
        hold.set()
    assert type(error) is appassign.RequestTimeoutError
    assert isinstance(error, TimeoutError)
    assert "gave no answer within 0.3 s" in str(error)
    assert error.outcome == "unknown"
    assert error.elapsed >= 0.3


def test_a_hint_is_the_last_line_of_the_text(graph: Emulator) -> None:
    with pytest.raises(appassign.InvalidInputError) as refusal:
        assign("A", [], credential=graph.token, base_url=graph.url)
    assert str(refusal.value).splitlines()[-1] == f"hint: {refusal.value.hint}"


def test_the_tree_is_as_it_is_drawn() -> None:
    drawn = exceptions.__doc__
    assert drawn is not None
    for cls in CLASSES:
        assert cls.__name__ in drawn
        assert cls.__name__ in exceptions.__all__
        assert getattr(appassign, cls.__name__) is cls
        [base] = [base.__name__ for base in cls.__bases__ if base.__module__ == exceptions.__name__] or ["Exception"]
        assert base in {"Exception", "AppAssignError", "TransportError", "StatusError", "PlanError"}
    for cls, builtin in {
        exceptions.InvalidInputError: ValueError,
        exceptions.ConfigurationError: ValueError,
        exceptions.ConnectError: ConnectionError,
        exceptions.RequestTimeoutError: TimeoutError,
        exceptions.ClientClosedError: RuntimeError,
        exceptions.InternalError: RuntimeError,
    }.items():
        assert issubclass(cls, builtin)


@pytest.mark.parametrize("cls", CLASSES)
def test_every_error_pickles_and_copies_with_its_attributes(cls: type[AppAssignError]) -> None:
    error = cls("what went wrong")
    assert (error.outcome, error.attempts, error.elapsed) == ("not_sent", 0, 0.0)
    assert error.client_request_id is None
    assert error.hint is None
    assert str(error) == "what went wrong"
    error.outcome, error.attempts, error.elapsed, error.hint = "unknown", 3, 1.5, "do this"
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(again) is cls
        assert vars(again) == vars(error)
        assert str(again) == "what went wrong\nhint: do this"


def test_an_error_of_a_call_pickles(graph: Emulator, sales: MobileAppGroupAssignment) -> None:
    with pytest.raises(appassign.NotFoundError) as refusal:
        assign("A", [sales], credential=graph.token, base_url=graph.url)
    again = pickle.loads(pickle.dumps(refusal.value))
    assert vars(again) == vars(refusal.value)
    assert graph.token.encode() not in pickle.dumps(refusal.value)
