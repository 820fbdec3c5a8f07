"""Faults of a server's answers: statuses, headers, bodies."""

import base64
import datetime as dt
import json
import re
import threading
import time
from email.utils import format_datetime
from urllib.parse import quote

import psutil
import pytest

import appassign
import faults
from appassign import (
    AuthenticationError,
    BadRequestError,
    ConflictError,
    NotFoundError,
    PermissionDeniedError,
    RequestTimeoutError,
    ResponseError,
    ServiceError,
    StatusError,
    ThrottledError,
    TransportError,
)
from checked import CANARY, HELD, SALES, Checked, leaks, together
from faults import FaultyGraph, Step, answer, raw

REFUSAL = {
    "error": {
        "code": "SomeCode",
        "message": "Some words.",
        "innerError": {"request-id": "R", "date": "2026-11-23T20:15:42"},
    }
}


@pytest.mark.parametrize(
    "step", [answer(), answer(200, {}), answer(200, {"value": [HELD]}), answer(201, {}), answer(202), answer(203, {})]
)
def test_a_documented_success_is_one(checked: Checked, step: Step) -> None:
    """B1."""
    for call in checked.everywhere([step]):
        assert call.succeeded(attempts=1).status == int(step.name)


def test_a_throttled_call_waits_as_long_as_graph_asks(checked: Checked) -> None:
    """B3."""
    for call in checked.everywhere([answer(429, retry_after=1)] * 2):
        call.succeeded(attempts=3, waits=[1, 1])


def test_microsofts_own_sample_of_a_wait_is_read(checked: Checked) -> None:
    """B4. The upper bound (2.5 s) is held in virtual time, by tests/rust/retry.rs."""
    for call in checked.everywhere([answer(429, REFUSAL, retry_after=2.128)]):
        call.succeeded(attempts=2, waits=[2.128])


def test_a_date_is_waited_for_in_each_of_its_forms(checked: Checked) -> None:
    """B5. Dates count from the server's own clock; the server is a year behind."""
    now = dt.datetime(2025, 11, 23, 20, 15, 42, tzinfo=dt.UTC)
    then = now + dt.timedelta(seconds=2)
    forms = [
        format_datetime(then, usegmt=True),
        then.strftime("%A, %d-%b-%y %H:%M:%S GMT"),
        then.strftime("%a %b %e %H:%M:%S %Y"),
    ]

    def told(form: str) -> Step:
        head = f"HTTP/1.1 429 No\r\nDate: {format_datetime(now, usegmt=True)}\r\nRetry-After: {form}\r\n"
        return raw(f"{head}Content-Length: 0\r\n\r\n".encode())

    for call in checked.each([told(form)] for form in forms):
        call.succeeded(attempts=2, waits=[2])


def test_a_wait_that_is_none_gives_the_least_of_our_own(checked: Checked) -> None:
    """B5, B8."""
    given = ["Sun, 06 Nov 1994 08:49:37 GMT", "0", "-5", "nan", "soon", "1e-9", "\x7f", "0,5", ""]
    for call in checked.each([answer(503, retry_after=text)] for text in given):
        call.succeeded(attempts=2, waits=[0.1])


def test_the_longest_wait_that_is_asked_for_is_kept(checked: Checked) -> None:
    """B3."""
    given = [
        [("retry-after-ms", "600"), ("Retry-After", "0")],
        [("x-ms-retry-after-ms", "600")],
        [("Retry-After", "0"), ("Retry-After", "0.6")],
    ]
    for call in checked.each([answer(503, headers=headers)] for headers in given):
        call.succeeded(attempts=2, waits=[0.6])


@pytest.mark.parametrize(("seconds", "timeout"), [(3600, 180.0), (120.5, 180.0), (30, 20.0)])
def test_a_wait_that_is_too_long_is_told_at_once(checked: Checked, seconds: float, timeout: float) -> None:
    """B7."""
    for call in checked.everywhere([answer(429, REFUSAL, retry_after=seconds)], timeout=timeout):
        error = call.raised(ThrottledError, "not_applied", attempts=1)
        assert error.retry_after == pytest.approx(seconds)
        assert call.took < 10, "it did not wait"


def test_a_service_that_throttles_for_ever_is_asked_four_times(checked: Checked) -> None:
    """B8. That gaps grow is held in virtual time, by tests/rust/retry.rs."""
    for call in checked.everywhere(default=answer(429, REFUSAL)):
        call.raised(ThrottledError, "not_applied", attempts=4, waits=[0.1] * 3)


def test_a_passing_refusal_is_sent_again_with_the_same_body(checked: Checked) -> None:
    """B9."""
    statuses = [408, 429, 500, 502, 503, 504]
    for call in checked.each(
        [answer(status, REFUSAL, applies=applies)] for status in statuses for applies in (False, True)
    ):
        call.succeeded(attempts=2, waits=[0.1])
        assert len({seen.body for seen in call.graph.log}) == 1


def test_a_service_that_fails_for_ever_is_asked_four_times(checked: Checked) -> None:
    """B12."""
    for call in checked.everywhere(default=answer(500, REFUSAL)):
        error = call.raised(ServiceError, "unknown", attempts=4, waits=[0.1] * 3)
        assert (error.status, error.code, error.message) == (500, "SomeCode", "Some words.")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, BadRequestError),
        (403, PermissionDeniedError),
        (404, NotFoundError),
        (405, StatusError),
        (409, ConflictError),
        (410, StatusError),
        (412, ConflictError),
        (413, StatusError),
        (415, StatusError),
        (422, StatusError),
        (423, ConflictError),
        (451, StatusError),
    ],
)
def test_what_stays_as_it_is_is_told_at_once(checked: Checked, status: int, kind: type[StatusError]) -> None:
    """B13, B14, B15: no retry, even where the answer names a time."""
    for call in checked.everywhere([answer(status, REFUSAL, retry_after=1)]):
        error = call.raised(kind, "not_applied", attempts=1)
        assert (error.status, error.code, error.message, error.request_id) == (status, "SomeCode", "Some words.", "R")


@pytest.mark.parametrize("status", [501, 505, 507, 511, 599])
def test_a_failure_that_does_not_pass_is_told_at_once(checked: Checked, status: int) -> None:
    """B14."""
    for call in checked.everywhere([answer(status, REFUSAL, retry_after=1)]):
        assert call.raised(ServiceError, "unknown", attempts=1).status == status


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
def test_a_redirect_is_never_followed(checked: Checked, status: int) -> None:
    """B17: to follow it would be to send the token elsewhere, or to take a GET's 200 for success."""
    elsewhere = {"Location": "/beta/deviceAppManagement/mobileApps/B/assign"}
    for call in checked.everywhere([answer(status, headers=elsewhere)]):
        assert call.raised(ResponseError, "not_applied", attempts=1).status == status


@pytest.mark.parametrize("status", [205, 206, 226, 299, 600, 700, 999])
def test_a_status_that_graph_does_not_document_is_no_success(checked: Checked, status: int) -> None:
    """B22."""
    for call in checked.everywhere([answer(status, applies=False)]):
        assert call.raised(ResponseError, "unknown", attempts=1).status == status


def test_a_401_for_a_static_token_is_told_at_once(checked: Checked) -> None:
    """B19."""
    for call in checked.everywhere(default=answer(401, REFUSAL, headers={"WWW-Authenticate": "Bearer"})):
        call.raised(AuthenticationError, "not_applied", attempts=1)


@pytest.mark.parametrize(
    "before",
    [
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n",
        b"HTTP/1.1 102 Processing\r\n\r\n" * 10,
    ],
)
def test_an_informational_answer_is_passed_over(checked: Checked, before: bytes) -> None:
    """B20."""
    for call in checked.everywhere([raw(before, *answer().parts, applies=True)]):
        assert call.succeeded(attempts=1).status == 204
        assert call.graph.applied["A"] == 1


BODIES = {
    "HTML of 1 MiB": b"<html>" + b"x" * 2**20,
    "no UTF-8": b"\xff\xfe\xfd",
    "a deep nesting": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"error":' * 100_000,
    "escape sequences": rb'{"error":{"code":"\u001b[2J","message":"\u001b]0;title\u0007\u202e\r\nhint: trust me"}}',
    "raw escape sequences": b'{"error":{"code":"C","message":"\x1b[31m"}}',
    "doubled keys": b'{"error":{"code":"A","code":"B"},"error":{"code":"C"}}',
    "a huge number": b'{"error":{"code":' + b"9" * 100_000 + b"}}",
    "lone surrogates": rb'{"error":{"code":"\ud800","message":"\udfff"}}',
}


@pytest.mark.parametrize("name", BODIES)
def test_no_error_body_hides_the_status_or_fools_the_terminal(checked: Checked, name: str) -> None:
    """B21."""
    for call in checked.everywhere([answer(400, BODIES[name])]):
        error = call.raised(BadRequestError, "not_applied", attempts=1)
        assert len(error.message.encode()) <= 4 * 1024 + 3
        said = str(error).removesuffix(f"\nhint: {error.hint}")
        assert said.isprintable(), said


LOWER = re.sub("%..", lambda escape: escape[0].lower(), quote(CANARY, safe=""))
REFLECTIONS = {
    "as it is": CANARY,
    "percent-encoded": quote(CANARY, safe=""),
    "percent-encoded in lower case": LOWER,
    "in JSON with escaped slashes": CANARY.replace("/", r"\/"),
    "with its header": f"Authorization: Bearer {CANARY}",
    "in base64": base64.b64encode(CANARY.encode()).decode(),
    "in base64 behind the word Bearer": base64.b64encode(f"Bearer {CANARY}".encode()).decode(),
}


@pytest.mark.parametrize("how", REFLECTIONS)
@pytest.mark.parametrize("status", [302, 400, 401, 500])
def test_a_token_that_a_server_sends_back_is_scrubbed(checked: Checked, how: str, status: int) -> None:
    """B21, J7."""
    sent = REFLECTIONS[how]
    names = ("request-id", "client-request-id", "x-ms-ags-diagnostic", "Location", "WWW-Authenticate", "Date")
    headers = dict.fromkeys(names, sent)
    documents = [
        {"error": {"code": sent, "message": sent, "innerError": {"request-id": sent, "date": sent}}},
        {"error": {"code": "UnknownError", "message": json.dumps({"ErrorCode": sent, "Message": f"you sent {sent}!"})}},
        {"error": {"code": "C", "message": "x" * 4_090 + sent}},
        {"@odata.nextLink": f"https://graph.microsoft.com/beta/x?$skiptoken={sent}", "error": sent},
    ]
    bodies = [json.dumps(document).encode() for document in documents] + [sent.encode(), b"x" * 1_020 + sent.encode()]
    for body in bodies:
        for call in checked.everywhere([answer(status, body, headers=headers)], attempts=1, doors=["assign"]):
            assert call.error is not None


NOT_HTTP = [
    b"HTTP/1.1 204 No Content\r\n" + b"X-Filler: " + b"x" * 5_000_000 + b"\r\n\r\n",
    b"HTTP/1.1 204 No Content\r\n" + b"".join(b"X-%d: x\r\n" % n for n in range(100_000)) + b"\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\n{}",
    b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}",
    b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n{}",
    b"HTTP/1.1 000 Nothing\r\n\r\n",
    b"HTTP/1.1 099 Too small\r\n\r\n",
    b"HTTP/1.1 1000 Too large\r\n\r\n",
    b"HTTP/0.9 200 OK\r\n\r\n",
    b"<html>a reply of HTTP/0.9</html>",
    b"HTTP/2 204\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"SSH-2.0-OpenSSH_9.6\r\n",
    b"\0" * 1_000,
]


def test_what_is_not_http_is_a_transport_error(checked: Checked) -> None:
    """B22."""
    before = psutil.Process().memory_info().rss
    for call in checked.each(([raw(reply, end="fin")] for reply in NOT_HTTP), attempts=1):
        call.raised(TransportError, "unknown", attempts=1)
    # The server's own copies of what it sends are in it.
    assert psutil.Process().memory_info().rss - before < 64 * 2**20


def test_what_is_not_http_is_tried_again(checked: Checked) -> None:
    """B22."""
    for call in checked.each([raw(reply, end="fin")] for reply in NOT_HTTP[2:]):
        call.succeeded(attempts=2)


@pytest.mark.parametrize("status", [200, 403])
def test_an_endless_body_is_cut_and_its_status_counts(checked: Checked, status: int) -> None:
    """C2 and C3, as far as an answer to a write has them."""
    for step in (faults.infinite(status, applies=status == 200), faults.half_body(status, applies=status == 200)):
        for call in checked.everywhere([step]):
            if status == 200:
                call.succeeded(attempts=1)
            else:
                call.raised(PermissionDeniedError, "not_applied", attempts=1)


def test_a_small_body_that_unpacks_to_a_huge_one_is_cut(checked: Checked) -> None:
    """C3."""
    step = faults.bomb(400)
    before = psutil.Process().memory_info().rss
    for call in checked.everywhere([step], doors=["assign", "assign_async"]):
        call.raised(BadRequestError, "not_applied", attempts=1)
    assert psutil.Process().memory_info().rss - before < 2 * 32 * 2**20


def test_an_answer_that_comes_byte_by_byte_ends_at_the_timeout(checked: Checked) -> None:
    """C4."""
    for call in checked.everywhere(default=faults.drip(0.2), timeout=1.0):
        error = call.raised(RequestTimeoutError, "unknown", attempts=1)
        assert error.elapsed >= 1.0


class TestOneClient:
    """What the calls of one client share."""

    def test_a_429_holds_back_every_write_of_the_client(self, checked: Checked) -> None:
        """B3."""
        with FaultyGraph([answer(429, retry_after=1)]) as graph:
            with appassign.Client(CANARY, base_url=graph.url) as client:
                first = threading.Thread(target=client.assign, args=("A", [SALES]))
                first.start()
                while graph.read < 1:
                    time.sleep(0.001)
                time.sleep(0.2)  # until the client has the answer, with room to spare
                together(*(lambda name=name: client.assign(name, [SALES]) for name in "BCDEFGH"))
                first.join()
            times = [seen.at for seen in graph.log]
        assert len(times) == 9
        assert min(times[1:]) - times[0] >= 1

    def test_a_call_that_is_held_back_past_its_end_is_told_and_sends_nothing(self, checked: Checked) -> None:
        """B7."""
        with FaultyGraph([answer(429, REFUSAL, retry_after=60)]) as graph:
            with appassign.Client(CANARY, base_url=graph.url, timeout=10.0) as client:
                with pytest.raises(ThrottledError) as told:
                    client.assign("A", [SALES])
                assert (told.value.outcome, told.value.attempts) == ("not_applied", 1)
                with pytest.raises(ThrottledError) as held:
                    client.assign("B", [SALES])
            assert (held.value.outcome, held.value.attempts) == ("not_sent", 0)
            assert held.value.retry_after is not None
            assert 10 < held.value.retry_after <= 60
            assert graph.read == 1
        assert not leaks(f"{held.value} {vars(held.value)}")

    def test_an_outage_is_not_answered_with_a_storm_of_retries(self, checked: Checked) -> None:
        """B12: 500 tokens pay for 35 retries, and after that each call is one request."""
        with FaultyGraph(default=answer(503)) as graph:
            with appassign.Client(CANARY, base_url=graph.url, attempts=2) as client:

                def fail(name: str) -> ServiceError:
                    with pytest.raises(ServiceError) as refusal:
                        client.assign(name, [SALES])
                    return refusal.value

                errors = together(*(lambda n=n: fail(f"A{n}") for n in range(60)))
            assert graph.read == sum(error.attempts for error in errors) == 60 + 500 // 14
