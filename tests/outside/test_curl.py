"""curl, as a client in another language, on the emulator."""

import json
import subprocess

from appassign.emulator import Emulator

DOCUMENTED = b"""{
  "mobileAppGroupAssignments": [
    {
      "@odata.type": "#microsoft.graph.mobileAppGroupAssignment",
      "targetGroupId": "Target Group Id value",
      "vpnConfigurationId": "Vpn Configuration Id value",
      "id": "ce4d1a28-1a28-ce4d-281a-4dce281a4dce",
      "installIntent": "notApplicable"
    }
  ]
}
""".strip().replace(b"\n", b"\r\n")


def curl(*arguments: str, sent: bytes | None = None) -> str:
    command = ["curl", "--silent", "--show-error", "--max-time", "20", "--noproxy", "*", *arguments]
    return subprocess.run(command, input=sent, capture_output=True, check=True, timeout=30).stdout.decode()


def test_the_documented_request_byte_for_byte(graph: Emulator) -> None:
    app = graph.add_app()
    url = f"{graph.url}/deviceAppManagement/mobileApps/{app}"
    token = f"Authorization: Bearer {graph.token}"
    status = curl(
        "--write-out", "%{http_code} %{size_download}",
        "--header", token,
        "--header", "Content-type: application/json",
        "--data-binary", "@-",
        f"{url}/assign",
        sent=DOCUMENTED,
    )  # fmt: skip
    assert status == "204 0"
    assert graph.requests[-1].headers["Content-Length"] == "325"
    assert graph.requests[-1].body == DOCUMENTED
    listed = json.loads(curl("--header", token, f"{url}/groupAssignments"))
    assert listed["value"] == graph.assignments(app)
