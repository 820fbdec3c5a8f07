"""The benches' harness, in miniature, on a real nginx."""

import functools
import json
import pathlib
import socket
import subprocess
import sys

import pytest

from harness import nginx, processes, programs
from harness.contestants import contestants
from servers import AnsweringServer

ROOT = pathlib.Path(__file__).parent.parent.parent
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
    names = ["appassign", "appassign async", "http.client"]
    with AnsweringServer(204) as answering:
        for contestant in contestants(floor_program, pathlib.Path(sys.executable), names):
            processes.cold(contestant.cold_command(answering.url))
    assert len(answering.seen) == 4
    sent = []
    call_ids = set()
    for method, path, headers, body in answering.seen:
        named = {name.lower(): value for name, value in headers.items()}
        assert "user-agent" in named
        call_ids.add(named["client-request-id"])
        lasting = {name: named[name] for name in ("authorization", "accept", "content-type")}
        sent.append((method, path, lasting, json.loads(body)))
    assert sent == [sent[0]] * 4
    assert len(call_ids) == 4


def test_a_run_ends_with_tables_and_targets(tmp_path: pathlib.Path, floor_program: pathlib.Path) -> None:
    samples = tmp_path / "samples.json"
    options = ["--rounds", "1", "--seconds", "0.05", "--floor", floor_program, "--json", samples]
    command = [sys.executable, ROOT / "benches" / "quick.py", *options, "--contestants"]
    done = subprocess.run(
        [*command, "appassign", "appassign async", "http.client"],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    written = json.loads(samples.read_text())
    assert {"python", "nginx", "appassign"} <= written["machine"]["versions"].keys()
    everyone = ["floor", "appassign", "appassign async", "http.client"]
    assert {mode: list(rounds) for mode, rounds in written["modes"].items()} == {
        "sequential": everyone,
        "concurrent": ["floor", "appassign async"],
        "cold": ["python -c pass", *everyone],
    }
    assert {len(samples) for samples in written["modes"]["sequential"].values()} == {1}
    looped = [*written["modes"]["sequential"].values(), *written["modes"]["concurrent"].values()]
    for [sample] in looped:
        assert sample["calls"] >= 1
        assert 0 < sample["p50_us"] <= sample["p99_us"]
        assert sample["cpu_us"] > 0
    lines = done.stdout.splitlines()
    assert sum(line.startswith("| floor ") for line in lines) == 3
    assert [line[:3] for line in lines[-3:]] == ["(a)", "(b)", "(c)"]
    assert all(line.endswith("reached") for line in lines[-3:])


@pytest.mark.parametrize(
    ("mode", "measure"),
    [
        ("cold", processes.cold),
        ("loop", functools.partial(processes.looped, in_flight=1, warm_up=0.01, seconds=0.01)),
    ],
)
def test_a_contestant_that_is_refused_stops_the_run(
    server: nginx.Nginx, floor_program: pathlib.Path, mode, measure
) -> None:
    with pytest.raises(processes.ContestantFailed, match="404"):
        measure([str(floor_program), mode, server.base_url + "/nowhere", "any"])


def test_the_floor_says_how_it_is_called_and_ends(floor_program: pathlib.Path) -> None:
    for arguments in ([], ["--bench"]):
        done = subprocess.run([floor_program, *arguments], capture_output=True, text=True, check=True, timeout=20)
        assert done.stderr.startswith("usage: ")
