"""The benches' harness, in miniature, on a real nginx."""

import functools
import json
import pathlib
import socket
import subprocess
import sys

import pytest

from harness import emulated, nginx, processes, programs
from harness.contestants import BENCHES, NAMES, TOKEN, bulk, contestants
from servers import AnsweringServer

PYTHON = pathlib.Path(sys.executable)
HEAD = (
    b"POST /beta/deviceAppManagement/mobileApps/A/assign HTTP/1.1\r\nHost: localhost\r\n"
    b"Authorization: Bearer any\r\nContent-Length: 6\r\n\r\n"
)


@pytest.fixture(scope="module")
def floor_program() -> pathlib.Path:
    return programs.build("floor", release=False)


@pytest.fixture
def server():
    with nginx.started() as started:
        yield started


def _connected(server: nginx.Nginx) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=20)


def _status(connection: socket.socket) -> int:
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += connection.recv(65_536) or pytest.fail("the connection was closed")
    return int(answer.split()[1])


def test_the_server_answers_when_it_has_the_whole_body_and_not_before(server: nginx.Nginx) -> None:
    with _connected(server) as early, _connected(server) as other:
        early.sendall(HEAD + b"12345")
        # One process serves both in turn: when the other has its answer, this one would have.
        for _ in range(2):
            other.sendall(HEAD + b"123456")
            assert _status(other) == 204
        early.settimeout(0)
        with pytest.raises(BlockingIOError):
            early.recv(1)
        early.settimeout(20)
        for rest in (b"6", HEAD + b"123456"):
            early.sendall(rest)
            assert _status(early) == 204


@pytest.mark.parametrize(
    ("request_head", "status"),
    [
        (HEAD.replace(b"Authorization: Bearer any\r\n", b""), 401),
        (HEAD.replace(b"/assign", b"/other"), 404),
        (HEAD.replace(b"/A/", b"/"), 404),
    ],
)
def test_the_server_takes_nothing_else(server: nginx.Nginx, request_head: bytes, status: int) -> None:
    with _connected(server) as connection:
        connection.sendall(request_head + b"123456")
        assert _status(connection) == status


def test_everyone_sends_the_same_request(floor_program: pathlib.Path) -> None:
    names = ["appassign", "appassign Client", "appassign async", "raw socket", "http.client", "urllib3", "requests"]
    with AnsweringServer(204) as answering:
        for contestant in contestants(floor_program, PYTHON, PYTHON, names):
            processes.cold(contestant.command("calls", answering.url, TOKEN, 1, 1))
    assert len(answering.seen) == 8
    sent = []
    call_ids = set()
    for method, path, headers, body in answering.seen:
        named = {name.lower(): value for name, value in headers.items()}
        assert "user-agent" in named
        call_ids.add(named["client-request-id"])
        lasting = {name: named[name] for name in ("authorization", "accept", "content-type")}
        sent.append((method, path, lasting, json.loads(body)))
    assert sent == [sent[0]] * 8
    assert len(call_ids) == 8


EVERYONE = ["floor", "appassign", "appassign Client", "appassign async", "http.client"]
AWAITED = ["floor", "appassign async"]
BLOCKING = ["floor", "appassign", "appassign Client", "http.client"]
ALONE = ["python -c pass", "import asyncio"]


def _bench(*options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, BENCHES / "bench.py", *map(str, options)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)


def test_a_run_ends_with_tables_and_targets(tmp_path: pathlib.Path, floor_program: pathlib.Path) -> None:
    samples = tmp_path / "samples.json"
    options = ["--rounds", 1, "--seconds", 0.05, "--calls", 100, "--floor", floor_program, "--json", samples]
    modes = ["sequential", "concurrent", "threads", "payload", "cold", "cold-tls", "memory"]
    done = _bench(*options, "--only", *modes, "--contestants", *EVERYONE[1:])
    assert done.returncode == 0, done.stderr
    written = json.loads(samples.read_text())
    assert {"python", "nginx", "appassign"} <= written["machine"]["versions"].keys()
    taken = written["modes"]
    assert {mode: list(rounds) for mode, rounds in taken.items()} == {
        "sequential": EVERYONE,
        "concurrent": AWAITED,
        "threads": BLOCKING,
        "payload": EVERYONE,
        "cold": [*ALONE, *EVERYONE],
        "cold-tls": [*ALONE, *EVERYONE],
        "memory": [*ALONE, *EVERYONE],
    }
    for mode in ("sequential", "concurrent", "threads"):
        for [sample] in taken[mode].values():
            assert sample["calls"] >= 1
            assert 0 < sample["p50_us"] <= sample["p99_us"]
            assert sample["cpu_us"] > 0
    for [sample] in taken["payload"].values():
        assert sample["p50_us_1000"] > 0
    # Where Python alone is weighed, with asyncio or without, nobody in Python is lighter.
    [[bare]] = [taken["memory"]["python -c pass"]]
    assert all(sample["mib"] >= bare["mib"] for name, [sample] in taken["memory"].items() if name != "floor")
    assert sum(line.startswith("| floor ") for line in done.stdout.splitlines()) == len(modes)
    verdicts = done.stdout.rstrip().rpartition("\n\n")[2].splitlines()
    assert len(verdicts) == 9
    assert sum(line.endswith("100 calls only") for line in verdicts) == 2
    assert sum(line.endswith("reached") for line in verdicts) == 7


@pytest.mark.parametrize(
    ("program", "measure"),
    [
        (("calls", 1, 1), processes.cold),
        (("loop", 1, 1), functools.partial(processes.looped, warm_up=0.01, seconds=0.01)),
        (("bulk", 1, 1), processes.worked),
    ],
)
def test_a_contestant_that_is_refused_stops_the_run(
    server: nginx.Nginx, floor_program: pathlib.Path, program, measure
) -> None:
    name, *how = program
    [floor] = contestants(floor_program, PYTHON, PYTHON, [])
    with pytest.raises(processes.ContestantFailed, match="404"):
        measure(floor.command(name, server.base_url + "/nowhere", "any", *how))


def test_a_contestant_that_cannot_start_is_named_in_one_line(floor_program: pathlib.Path) -> None:
    options = ["--only", "sequential", "--rounds", 1, "--seconds", 0.05, "--floor", floor_program]
    done = _bench(*options, "--contestants", "msgraph-beta-sdk")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("msgraph-beta-sdk failed, sequential: ")
    assert "ModuleNotFoundError" in done.stderr
    assert "Traceback" not in done.stderr


CRASH = "import os; print('done', flush=True); os.abort()"


def test_only_peers_may_crash_and_only_when_their_work_is_done() -> None:
    command = [sys.executable, "-c", CRASH]
    assert processes.cold(command, may_crash=True)["crashed_percent"] == 100
    with pytest.raises(processes.ContestantFailed):
        processes.cold(command)
    with pytest.raises(processes.ContestantFailed):
        processes.cold([sys.executable, "-c", "import os; os.abort()"], may_crash=True)
    who = contestants(PYTHON, PYTHON, PYTHON, NAMES)
    assert {contestant.name for contestant in who if not contestant.may_crash} == {"floor", *EVERYONE[1:4]}


def test_the_floor_asks_for_many_apps_what_the_package_asks(floor_program: pathlib.Path) -> None:
    [floor, *_] = bulk(floor_program, PYTHON)
    with emulated.tenant(PYTHON, 5) as graph:
        seconds, cpu = processes.worked(floor.command("bulk", graph.url, graph.token, 5, 3))
    assert seconds > 0
    assert cpu > 0
    assert graph.answered == {"GET 200": 20, "POST 204": 5}


def test_the_floor_says_how_it_is_called_and_ends(floor_program: pathlib.Path) -> None:
    for arguments in ([], ["--bench"]):
        done = subprocess.run([floor_program, *arguments], capture_output=True, text=True, check=True, timeout=20)
        assert done.stderr.startswith("usage: ")
