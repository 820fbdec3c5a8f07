"""curl, as a client in another language, on the emulator."""

import gzip
import json
import pathlib
import subprocess
from collections.abc import Iterator

import pytest

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
JSON = ("--header", "Content-Type: application/json")


def to_group(number: int) -> dict[str, object]:
    group = f"11111111-2222-4333-8444-{number:012}"
    target = {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": group}
    return {"intent": "required", "target": target}


TODAY = json.dumps({"mobileAppAssignments": [to_group(1), to_group(2)]}).encode()


def curl(*arguments: str, sent: bytes | None = None) -> bytes:
    command = ["curl", "--silent", "--show-error", "--max-time", "20", "--noproxy", "*", *arguments]
    return subprocess.run(command, input=sent, capture_output=True, check=True, timeout=30).stdout


def bearer(graph: Emulator) -> tuple[str, str]:
    return ("--header", f"Authorization: Bearer {graph.token}")


def post(graph: Emulator, app: str, *arguments: str, sent: bytes = TODAY) -> str:
    """Sends a body, and gives the status and what stands in place of a body."""
    url = f"{graph.url}/deviceAppManagement/mobileApps/{app}/assign"
    shown = ("--write-out", "%{http_code} %{size_download}")
    return curl(*bearer(graph), *JSON, *arguments, *shown, "--data-binary", "@-", url, sent=sent).decode()


@pytest.fixture
def today() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


def test_the_documented_request_byte_for_byte(graph: Emulator) -> None:
    app = graph.add_app()
    assert post(graph, app, sent=DOCUMENTED) == "204 0"
    assert graph.requests[-1].headers["Content-Length"] == "325"
    assert graph.requests[-1].body == DOCUMENTED
    listed = json.loads(curl(*bearer(graph), f"{graph.url}/deviceAppManagement/mobileApps/{app}/groupAssignments"))
    assert listed["value"] == graph.assignments(app)


def test_an_app_is_assigned_as_today_and_lists_it(today: Emulator) -> None:
    app = today.add_app(assignments=[to_group(0)])
    assert post(today, app) == "204 0"
    listed = json.loads(curl(*bearer(today), f"{today.url}/deviceAppManagement/mobileApps/{app}/assignments"))
    assert [entry["target"]["groupId"][-1] for entry in listed["value"]] == ["1", "2"]
    assert listed["value"] == today.assignments(app)


def test_the_second_page_is_behind_the_link_of_the_first(today: Emulator) -> None:
    app = today.add_app(assignments=[to_group(number) for number in range(101)])
    url = f"{today.url}/deviceAppManagement/mobileApps/{app}/assignments"
    first = json.loads(curl(*bearer(today), url))
    second = json.loads(curl(*bearer(today), first["@odata.nextLink"]))
    assert (len(first["value"]), len(second["value"])) == (100, 1)
    assert first["value"] + second["value"] == today.assignments(app)
    assert "@odata.nextLink" not in second


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "ModelValidationFailure"),
        (401, "InvalidAuthenticationToken"),
        (404, "ResourceNotFound"),
        (429, "TooManyRequests"),
    ],
)
def test_a_refusal_comes_with_its_reason_and_changes_nothing(
    today: Emulator, tmp_path: pathlib.Path, status: int, code: str
) -> None:
    app = today.add_app(assignments=[to_group(0)])
    before = today.assignments(app)
    if status == 429:
        today.fail_next(status=429, retry_after=7)
    headers = tmp_path / "headers"
    said = curl(
        *(bearer(today) if status != 401 else ()), *JSON,
        "--dump-header", str(headers),
        "--data-binary", "@-",
        f"{today.url}/deviceAppManagement/mobileApps/{'nobody' if status == 404 else app}/assign",
        sent=DOCUMENTED if status == 400 else TODAY,
    )  # fmt: skip
    lines = headers.read_text().lower().splitlines()
    assert lines[0].split()[1] == str(status)
    error = json.loads(said)["error"]
    assert error["code"] == code
    assert f"request-id: {error['innerError']['request-id']}" in lines
    assert ("retry-after: 7" in lines) == (status == 429)
    assert any(line.startswith("www-authenticate: bearer") for line in lines) == (status == 401)
    assert today.assignments(app) == before


def test_curl_waits_as_long_as_it_is_asked_and_goes_on(today: Emulator, tmp_path: pathlib.Path) -> None:
    app = today.add_app()
    today.fail_next(status=429, retry_after=1, times=2)
    assert post(today, app, "--retry", "3", "--output", str(tmp_path / "shown")) == "204 0"
    assert [request.status for request in today.requests] == [429, 429, 204]
    assert len(today.assignments(app)) == 2


def test_an_answer_comes_compressed_if_the_client_takes_it_so(today: Emulator, tmp_path: pathlib.Path) -> None:
    app = today.add_app(assignments=[to_group(number) for number in range(50)])
    url = f"{today.url}/deviceAppManagement/mobileApps/{app}/assignments"
    shown = tmp_path / "shown"
    options = (*bearer(today), "--output", str(shown), "--write-out", "%{size_download} %header{content-encoding}")
    size, _, encoding = curl(*options, url).decode().partition(" ")
    plain = shown.read_bytes()
    assert (int(size), encoding) == (len(plain), "")
    size, _, encoding = curl(*options, "--compressed", url).decode().partition(" ")
    assert encoding == "gzip"
    assert int(size) < len(plain) / 4
    assert shown.read_bytes() == plain
    assert json.loads(plain)["value"] == today.assignments(app)


def test_a_compressed_request_is_read_as_what_it_holds(today: Emulator) -> None:
    app = today.add_app()
    packed = gzip.compress(TODAY)
    assert post(today, app, "--header", "Content-Encoding: gzip", sent=packed) == "204 0"
    assert len(today.assignments(app)) == 2
    assert today.requests[-1].headers["Content-Length"] == str(len(packed))
    assert today.requests[-1].body == TODAY


def test_a_compressed_request_that_is_cut_short_is_refused_as_unreadable(today: Emulator) -> None:
    app = today.add_app()
    packed = gzip.compress(TODAY)[:-20]
    assert post(today, app, "--header", "Content-Encoding: gzip", "--output", "/dev/null", sent=packed)[:4] == "400 "
    assert json.loads(today.requests[-1].answer)["error"]["message"].startswith("Unable to read JSON request payload.")
    assert today.assignments(app) == []
