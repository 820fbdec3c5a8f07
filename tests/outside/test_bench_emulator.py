"""The emulator's bench, in miniature, on a real nginx and a real wrk."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

from harness import emulated, nginx, processes, programs, wrk
from servers import AnsweringServer

ROOT = pathlib.Path(__file__).parent.parent.parent
PYTHON = pathlib.Path(sys.executable)
CPU = max(os.sched_getaffinity(0))


@pytest.fixture(scope="module")
def bare_server() -> pathlib.Path:
    return programs.build("bare_server", release=False)


def test_a_run_ends_with_tables_and_targets(tmp_path: pathlib.Path, bare_server: pathlib.Path) -> None:
    samples = tmp_path / "samples.json"
    short = {"rounds": 1, "seconds": 1, "times": 3, "assignments": 1000, "requests": 20}
    options = [text for name, number in short.items() for text in (f"--{name}", str(number))]
    command = [sys.executable, ROOT / "benches" / "emulator.py", *options, "--bare-server", bare_server]
    done = subprocess.run(
        [*command, "--json", samples], capture_output=True, text=True, check=False, timeout=300
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    written = json.loads(samples.read_text())
    assert {"python", "nginx", "appassign"} <= written["machine"]["versions"].keys()
    assert written["options"] == short
    modes = written["modes"]
    assert {mode: len(rounds) for mode, rounds in modes.items()} == {
        "throughput": 2,
        "start": 2,
        "reset": 1,
        "memory": 4,
    }
    for [sample] in modes["throughput"].values():
        assert sample["requests_per_second"] >= 1
        assert 0 < sample["p50_us"] <= sample["p99_us"]
        assert sample["cpu_us"] > 0
    for [sample] in [*modes["start"].values(), *modes["reset"].values()]:
        assert sample["us"] > 0
    idle = modes["memory"].pop("idle")[0]["mb"]
    assert idle > 1
    assert modes["memory"]["one app with all assignments"][0]["mb"] > idle
    lines = done.stdout.splitlines()
    assert [line[:3] for line in lines[-6:]] == ["(a)", "(b)", "(c)", "(d)", "(e)", "(f)"]
    assert lines[-3].endswith("; not measured: 1,000 only")


def test_everyone_is_asked_for_the_same_assignment() -> None:
    with emulated.serving(PYTHON, CPU) as ours, AnsweringServer(204) as answering:
        url = f"{answering.url}/deviceAppManagement/mobileApps/A/assign"
        wrk.assigned(os.getpid(), url, ours.token, ours.body, connections=1, seconds=1)
    method, path, headers, body = answering.seen[0]
    named = {name.lower(): value for name, value in headers.items()}
    assert (method, path.rpartition("/")[2]) == ("POST", "assign")
    assert named["authorization"] == f"Bearer {ours.token}"
    assert named["content-type"] == "application/json"
    [assignment] = json.loads(body)["mobileAppAssignments"]
    assert assignment["target"]["@odata.type"] == "#microsoft.graph.groupAssignmentTarget"


def test_the_emulator_takes_what_it_is_asked_for_and_uses_its_cpu_alone() -> None:
    with emulated.serving(PYTHON, CPU) as ours:
        for thread in pathlib.Path(f"/proc/{ours.pid}/task").iterdir():
            assert os.sched_getaffinity(int(thread.name)) == {CPU}
        sample = wrk.assigned(ours.pid, ours.url, ours.token, ours.body, connections=2, seconds=1)
    assert sample["requests_per_second"] >= 1


@pytest.mark.parametrize("change", ["token", "body", "url"])
def test_a_refusal_stops_the_run(change: str) -> None:
    with emulated.serving(PYTHON, CPU) as ours:
        asked = {"url": ours.url, "token": ours.token, "body": ours.body}
        asked[change] = asked[change][:-1]
        with pytest.raises(processes.ContestantFailed, match="requests failed"):
            wrk.assigned(ours.pid, **asked, connections=1, seconds=1)


def test_nginx_is_asked_as_the_emulator_is() -> None:
    with emulated.serving(PYTHON, CPU) as ours, nginx.started() as server:
        url = f"{server.base_url}/deviceAppManagement/mobileApps/A/assign"
        sample = wrk.assigned(server.pid, url, ours.token, ours.body, connections=2, seconds=1)
        with pytest.raises(processes.ContestantFailed, match="requests failed"):
            wrk.assigned(server.pid, f"{url}/other", ours.token, ours.body, connections=1, seconds=1)
    assert sample["requests_per_second"] >= 1


def test_a_program_that_fails_stops_the_run() -> None:
    with pytest.raises(processes.ContestantFailed, match="KeyError: 'nothing'"):
        emulated.memory(PYTHON, "nothing", 1)


def test_the_bare_server_says_how_it_is_called_and_ends(bare_server: pathlib.Path) -> None:
    for arguments in ([], ["--bench"]):
        done = subprocess.run([bare_server, *arguments], capture_output=True, text=True, check=True, timeout=20)
        assert done.stderr.startswith("usage: ")
