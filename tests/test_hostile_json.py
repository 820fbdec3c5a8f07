"""JSON that is made to break whoever reads it."""

import json
import pathlib
import subprocess
import sys

import pytest

# Sends a body to an emulator in a process of its own: what breaks the stack ends the process.
SENDING = """
import http.client, sys
from appassign.emulator import Emulator

with Emulator(profile=sys.argv[1]) as graph:
    path = f"/beta/deviceAppManagement/mobileApps/{graph.add_app()}/assign"
    connection = http.client.HTTPConnection(graph.url.split("/")[2], timeout=20)
    headers = {"Authorization": f"Bearer {graph.token}", "Content-Type": "application/json"}
    connection.request("POST", path, sys.stdin.buffer.read(), headers)
    print(connection.getresponse().status)
"""


def hidden(times: int) -> str:
    """Documents within documents, each in a text under a name that serde_json keeps for itself."""
    inner = "1"
    for _ in range(times):
        text = inner.replace("\\", "\\u005c").replace('"', "\\u0022")
        inner = f'{"[" * 100}{{"$serde_json::private::RawValue":"{text}"}}{"]" * 100}'
    return inner


@pytest.mark.parametrize("profile", ["2017", "current"])
@pytest.mark.parametrize("body", [hidden(100), "[" * 1_000_000, json.dumps({"a" * 1_000_000: 1})])
def test_a_body_cannot_end_the_process(profile: str, body: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SENDING, profile], input=body.encode(), capture_output=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"400\n", b"")


# Calls a service that refuses; standard input is in its body, in its challenge or in the token.
CALLING = """
import base64, sys
from appassign import MobileAppGroupAssignment, StatusError, assign
from servers import AnsweringServer

where, hidden = sys.argv[1], sys.stdin.buffer.read()
text = base64.urlsafe_b64encode(hidden).rstrip(b"=").decode()
challenge = {"WWW-Authenticate": f'Bearer realm="", error="insufficient_claims", claims="{text}"'}
with AnsweringServer(
    401, headers=challenge if where == "challenge" else {}, body=hidden if where == "body" else b"{}"
) as server:
    sales = MobileAppGroupAssignment(target_group_id="a", install_intent="required")
    token = f"e30.{text}.c2ln" if where == "token" else "token"
    try:
        assign("a", [sales], credential=token, base_url=server.url, attempts=1)
    except StatusError as error:
        print(error.status)
"""


@pytest.mark.parametrize("where", ["body", "challenge", "token"])
def test_what_a_service_or_a_token_says_cannot_end_the_process(where: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CALLING, where],
        input=hidden(20).encode(),
        cwd=pathlib.Path(__file__).parent,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"401\n", b"")
