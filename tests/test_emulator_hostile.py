"""Bodies that are made to break whoever reads them."""

import json
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
