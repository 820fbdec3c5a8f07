"""What the logger ``appassign`` is told, where from, and what it is never told."""

import asyncio
import logging
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

import pytest

import appassign
from appassign import AppAssignError, AsyncClient, Client, MobileAppGroupAssignment
from appassign.emulator import Emulator
from servers import AnsweringServer

pytestmark = pytest.mark.usefixtures("both_twins")
assign = appassign.assign
ID = r"\(client-request-id [0-9a-f-]{36}\)"
PATH = r"POST deviceAppManagement/mobileApps/\S+/assign"


def _lines(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    return [(record.levelname, record.getMessage()) for record in caplog.records if record.name == "appassign"]


def _match(lines: list[tuple[str, str]], *expected: tuple[str, str]) -> None:
    assert [level for level, _ in lines] == [level for level, _ in expected], lines
    for (_, line), (_, pattern) in zip(lines, expected, strict=True):
        assert re.fullmatch(f"{PATH}: {pattern} {ID}", line), line


def test_a_write_is_a_line_of_info(
    graph: Emulator, sales: MobileAppGroupAssignment, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    receipt = assign(graph.add_app(), [sales, sales], credential=graph.token, base_url=graph.url)
    lines = _lines(caplog)
    _match(lines, ("INFO", r"204, outcome applied, assignments 2, attempts 1, \d\.\d{3} s"))
    assert receipt.client_request_id in lines[0][1]


def test_each_attempt_is_a_line_of_debug_and_each_wait_a_warning(
    sales: MobileAppGroupAssignment, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    body = b'{"error": {"code": "TooManyRequests", "message": "SECRET words"}}'
    headers = {"Retry-After": "0.2", "request-id": "R1", "x-ms-secret": "SECRET"}
    with AnsweringServer(429, headers=headers, body=body) as server, pytest.raises(AppAssignError):
        assign("A", [sales], credential="CANARY", base_url=server.url, attempts=2)
    attempt = r"429 TooManyRequests, request-id R1, \d\.\d{3} s"
    _match(
        _lines(caplog),
        ("DEBUG", f"attempt 1, {attempt}"),
        ("WARNING", r"429 TooManyRequests, request-id R1, waiting 0\.2\d? s before the next attempt"),
        ("DEBUG", f"attempt 2, {attempt}"),
        ("INFO", r"429 TooManyRequests, request-id R1, outcome not_applied, assignments 1, attempts 2, 0\.\d{3} s"),
    )
    assert "SECRET" not in caplog.text
    assert "CANARY" not in caplog.text


def test_a_wait_is_told_when_it_begins(
    sales: MobileAppGroupAssignment,
) -> None:
    seen: list[int] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append(len(server.seen))

    handler = Handler(logging.WARNING)
    logger = logging.getLogger("appassign")
    logger.addHandler(handler)
    try:
        with AnsweringServer(503, headers={"Retry-After": "0.3"}) as server, pytest.raises(AppAssignError):
            assign("A", [sales], credential="T", base_url=server.url, attempts=3)
    finally:
        logger.removeHandler(handler)
    assert seen == [1, 2]


def test_the_line_is_written_on_the_callers_own_thread(
    graph: Emulator, sales: MobileAppGroupAssignment, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    def call() -> None:
        assign(graph.add_app(), [sales], credential=graph.token, base_url=graph.url)

    thread = threading.Thread(target=call, name="the caller's")
    thread.start()
    thread.join()
    assert {record.threadName for record in caplog.records if record.name == "appassign"} == {"the caller's"}


def test_a_level_that_is_not_wanted_is_not_heard(
    graph: Emulator, sales: MobileAppGroupAssignment, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.WARNING, logger="appassign")
    assign(graph.add_app(), [sales], credential=graph.token, base_url=graph.url)
    assert _lines(caplog) == []


@pytest.fixture
def broken() -> Iterator[list[object]]:
    """A handler that raises, and what Python says of it."""

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            raise OSError("the disk is full")

    heard: list[object] = []
    logger = logging.getLogger("appassign")
    handler = Handler()
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    before, sys.unraisablehook = sys.unraisablehook, lambda about: heard.append(about.exc_value)
    try:
        yield heard
    finally:
        sys.unraisablehook = before
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)


def test_a_handler_that_raises_costs_no_call_its_result(
    broken: list[object], graph: Emulator, sales: MobileAppGroupAssignment
) -> None:
    receipt = assign(graph.add_app(), [sales], credential=graph.token, base_url=graph.url)
    assert receipt.status == 204
    assert [str(error) for error in broken] == ["the disk is full"] * 2


def test_a_call_that_is_broken_off_is_told(sales: MobileAppGroupAssignment, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    async def give_up(url: str) -> None:
        async with AsyncClient("T", base_url=url) as client, asyncio.timeout(0.3):
            await client.assign("A", [sales])

    hold = threading.Event()
    with AnsweringServer(204, hold=hold) as server:
        with pytest.raises(TimeoutError):
            asyncio.run(give_up(server.url))
        hold.set()
    [(level, line)] = _lines(caplog)
    assert level == "INFO"
    assert re.fullmatch(f"broken off by the caller, outcome unknown {ID}", line)


def test_a_call_that_is_broken_off_by_its_credential_is_told(
    sales: MobileAppGroupAssignment, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    def credential() -> str:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        assign("A", [sales], credential=credential, base_url="http://127.0.0.1:9/beta")
    [(level, line)] = _lines(caplog)
    assert level == "INFO"
    assert re.fullmatch(f"broken off by the caller, outcome unknown {ID}", line)


def test_a_call_that_failed_is_not_told_twice(
    sales: MobileAppGroupAssignment, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with AnsweringServer(403) as server, pytest.raises(AppAssignError):
        assign("A", [sales], credential="T", base_url=server.url)
    _match(_lines(caplog), ("INFO", r"403, outcome not_applied, assignments 1, attempts 1, \d\.\d{3} s"))


@pytest.mark.parametrize(
    ("sort", "said"),
    [
        (lambda url: Client("T", base_url=url, timeout=0.2), "no answer in time"),
        (lambda url: Client(lambda: None, base_url=url), "no token"),  # type: ignore[arg-type, return-value]
        (lambda _: Client("T", base_url="http://127.0.0.1:9/beta", attempts=1), "no connection"),
    ],
)
def test_a_fault_is_told_by_its_kind(
    sort: Callable[[str], Client], said: str, sales: MobileAppGroupAssignment, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    hold = threading.Event()
    with AnsweringServer(204, hold=hold) as server:
        with sort(server.url) as client, pytest.raises(AppAssignError):
            client.assign("A", [sales])
        hold.set()
    [(_, line)] = _lines(caplog)
    assert f"assign: {said}, outcome" in line


def test_who_configured_nothing_is_shown_nothing() -> None:
    script = """
import logging, appassign
one = appassign.MobileAppGroupAssignment(target_group_id="G", install_intent="required")
try:
    appassign.assign("A", [one], credential="T", base_url="http://127.0.0.1:9/beta", attempts=2)
except appassign.ConnectError as error:
    assert error.attempts == 2
print(logging.getLogger("appassign").handlers)
"""
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-c", script], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "[<NullHandler (NOTSET)>]\n"


def test_logging_is_not_imported_for_it(graph: Emulator) -> None:
    script = f"""
import sys, appassign
one = appassign.MobileAppGroupAssignment(target_group_id="G", install_intent="required")
appassign.assign("{graph.add_app()}", [one], credential="{graph.token}", base_url="{graph.url}")
assert "logging" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_many_threads_may_log_while_a_handler_waits_for_the_interpreter(
    graph: Emulator, sales: MobileAppGroupAssignment
) -> None:
    """pyo3-log#65: a log lock that waits for the interpreter while its holder waits for the lock."""

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            counted.append(sum(range(2_000)))

    counted: list[int] = []
    handler, logger = Handler(), logging.getLogger("appassign")
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    app = graph.add_app()

    def work() -> None:
        for _ in range(20):
            assign(app, [sales], credential=graph.token, base_url=graph.url)

    threads = [threading.Thread(target=work) for _ in range(8)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)
    assert not any(thread.is_alive() for thread in threads)
    assert len(counted) == 8 * 20 * 2


def test_an_interrupt_in_a_handler_ends_the_call(sales: MobileAppGroupAssignment) -> None:
    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            raise KeyboardInterrupt

    handler, logger = Handler(logging.WARNING), logging.getLogger("appassign")
    logger.addHandler(handler)
    try:
        with (
            AnsweringServer(503, headers={"Retry-After": "60"}) as server,
            Client("T", base_url=server.url) as client,
            pytest.raises(KeyboardInterrupt),
        ):
            client.assign("A", [sales])
        assert len(server.seen) == 1
    finally:
        logger.removeHandler(handler)
