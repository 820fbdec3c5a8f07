"""``python -m appassign.emulator``, as a person or another program uses it."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys

COMMAND = [sys.executable, "-X", "dev", "-m", "appassign.emulator"]


def test_it_serves_until_ctrl_c() -> None:
    with subprocess.Popen(COMMAND, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        host = re.fullmatch(r"export APPASSIGN_BASE_URL=http://(127\.0\.0\.1:\d+)/beta\n", process.stdout.readline())
        token = re.fullmatch(r"export APPASSIGN_TOKEN=(eyJ\S+)\n", process.stdout.readline())
        app = re.fullmatch(r"# holds the app (\S+); Ctrl-C ends it\n", process.stdout.readline())
        assert host
        assert token
        assert app

        script = (
            "from appassign import MobileAppGroupAssignment, assign\n"
            "one = MobileAppGroupAssignment(target_group_id='G', install_intent='required')\n"
            f"print(assign({app[1]!r}, [one]).status)"
        )
        environment = {
            **os.environ,
            "APPASSIGN_BASE_URL": f"http://{host[1]}/beta",
            "APPASSIGN_TOKEN": token[1],
        }
        done = subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False, timeout=30
        )
        assert (done.stdout, done.stderr) == ("204\n", "")

        connection = http.client.HTTPConnection(host[1], timeout=20)
        path = f"/beta/deviceAppManagement/mobileApps/{app[1]}/groupAssignments"
        connection.request("GET", path, headers={"Authorization": f"Bearer {token[1]}"})
        assert [held["targetGroupId"] for held in json.load(connection.getresponse())["value"]] == ["G"]
        connection.close()

        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
        assert process.stderr.read() == ""


def test_it_serves_the_profile_that_is_asked_for() -> None:
    with subprocess.Popen([*COMMAND, "--profile", "current"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        host = process.stdout.readline().split("/")[2]
        token = process.stdout.readline().strip().split("=")[1]
        connection = http.client.HTTPConnection(host, timeout=20)
        path = "/beta/deviceAppManagement/mobileApps/a/groupAssignments"
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        said = json.load(connection.getresponse())["error"]["message"]
        connection.close()
        process.send_signal(signal.SIGINT)
    assert said == "Resource not found for the segment 'groupAssignments'."


def test_a_port_that_is_taken_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run([*COMMAND, "--port", port], capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 1
    assert done.stderr.startswith(f"python -m appassign.emulator: port {port}: ")
    assert done.stderr.count("\n") == 1


def test_a_port_out_of_range_is_one_line() -> None:
    done = subprocess.run([*COMMAND, "--port", "70000"], capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
