"""``python -m appassign.emulator``, as a person or another program uses it."""

import http.client
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

COMMAND = [sys.executable, "-X", "dev", "-m", "appassign.emulator"]
SALES = "11111111-2222-4333-8444-555555555501"
# What GET mobileApps?$expand=assignments gives, with an app and an assignment from a real answer's shape.
SAVED = {
    "@odata.context": "https://graph.microsoft.com/beta/$metadata#deviceAppManagement/mobileApps(assignments())",
    "value": [
        {
            "@odata.type": "#microsoft.graph.win32LobApp",
            "id": "3f6a1c52-8f0e-4b7e-9a55-0c1d2e3f4a5b",
            "displayName": "Firmenportal „Süd“",
            "publishingState": "published",
            "assignments": [
                {
                    "id": f"{SALES}_1_0",
                    "intent": "required",
                    "source": "direct",
                    "target": {
                        "@odata.type": "#microsoft.graph.groupAssignmentTarget",
                        "deviceAndAppManagementAssignmentFilterId": None,
                        "deviceAndAppManagementAssignmentFilterType": "none",
                        "groupId": SALES,
                    },
                    "settings": None,
                }
            ],
        },
        {"@odata.type": "#microsoft.graph.iosStoreApp", "id": "aaaa1c52-8f0e-4b7e-9a55-0c1d2e3f4a5b"},
    ],
}


@dataclass
class Served:
    process: subprocess.Popen[bytes]
    url: str
    token: str
    apps: str

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, dict]:
        host, version = re.fullmatch(r"http://([^/]+)(/\w+)", self.url).groups()
        connection = http.client.HTTPConnection(host, timeout=20)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        try:
            connection.request(method, version + path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        return answer.status, json.loads(text) if text else {}


@contextmanager
def serve(*options: str, stdin: bytes | None = None, end: signal.Signals = signal.SIGINT) -> Iterator[Served]:
    """The command until a signal ends it, which it must do in silence and with exit code 0."""
    pipe = subprocess.PIPE
    with subprocess.Popen([*COMMAND, *options], stdin=pipe, stdout=pipe, stderr=pipe) as process:
        try:
            if stdin is not None:
                process.stdin.write(stdin)
            process.stdin.close()
            said = [process.stdout.readline().decode() for _ in range(3)]
            url = re.fullmatch(r"export APPASSIGN_BASE_URL=(http://\S+:\d+/beta)\n", said[0])
            token = re.fullmatch(r"export APPASSIGN_TOKEN=(eyJ\S+)\n", said[1])
            apps = re.fullmatch(r"# holds (.+); Ctrl-C ends it\n", said[2])
            assert url, process.stderr.read()
            assert token
            assert apps
            yield Served(process, url[1], token[1], apps[1])
            process.send_signal(end)
            assert process.wait(20) == 0
            assert process.stderr.read() == b""
            assert process.stdout.read() == b""
        finally:
            process.kill()


def refused(*options: str, stdin: bytes = b"") -> tuple[int, str]:
    """The exit code, and the one line that says why."""
    done = subprocess.run([*COMMAND, *options], input=stdin, capture_output=True, check=False, timeout=30)
    assert done.stdout == b""
    said = done.stderr.decode()
    assert re.fullmatch(r"python -m appassign\.emulator: .+\n", said), said
    return done.returncode, said.removeprefix("python -m appassign.emulator: ").removesuffix("\n")


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_ctrl_c_or_sigterm(end: signal.Signals) -> None:
    with serve(end=end) as served:
        [name, app] = served.apps.rsplit(" ", 1)
        assert name == "the app"
        status, held = served.ask("GET", f"/deviceAppManagement/mobileApps/{app}")
        assert (status, held["displayName"]) == (200, "Company Portal")
        assert served.url.startswith("http://127.0.0.1:")


def test_a_script_with_the_two_variables_lands_there() -> None:
    with serve("--profile", "2017") as served:
        app = served.apps.rsplit(" ", 1)[1]
        script = (
            "from appassign import MobileAppGroupAssignment, assign\n"
            "one = MobileAppGroupAssignment(target_group_id='G', install_intent='required')\n"
            f"print(assign({app!r}, [one]).status)"
        )
        environment = {**os.environ, "APPASSIGN_BASE_URL": served.url, "APPASSIGN_TOKEN": served.token}
        done = subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False, timeout=30
        )
        assert (done.stdout, done.stderr) == ("204\n", "")
        _, listed = served.ask("GET", f"/deviceAppManagement/mobileApps/{app}/groupAssignments")
        assert [held["targetGroupId"] for held in listed["value"]] == ["G"]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no sh")
def test_a_shell_understands_what_it_prints() -> None:
    with serve() as served:
        lines = f"export APPASSIGN_BASE_URL={served.url}\nexport APPASSIGN_TOKEN={served.token}\n# holds {served.apps}"
        done = subprocess.run(
            ["sh", "-c", f'{lines}\necho "$APPASSIGN_BASE_URL $APPASSIGN_TOKEN"'],
            capture_output=True, text=True, check=True, timeout=20,
        )  # fmt: skip
        assert done.stdout == f"{served.url} {served.token}\n"


@pytest.mark.parametrize(
    ("options", "status"), [((), 400), (("--profile", "current"), 400), (("--profile", "2017"), 200)]
)
def test_it_serves_the_profile_that_is_asked_for(options: tuple[str, ...], status: int) -> None:
    with serve(*options) as served:
        app = served.apps.rsplit(" ", 1)[1]
        assert served.ask("GET", f"/deviceAppManagement/mobileApps/{app}/groupAssignments")[0] == status


def test_it_listens_where_it_is_told_to() -> None:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = str(found.getsockname()[1])
    with serve("--host", "localhost", "--port", port) as served:
        assert served.url.endswith(f":{port}/beta")
        assert served.ask("GET", "/deviceAppManagement/mobileApps")[0] == 200


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_it_holds_what_a_tenant_answered(tmp_path: pathlib.Path, encoding: str) -> None:
    """PowerShell saves as UTF-16 or with a byte order mark."""
    file = tmp_path / "apps.json"
    file.write_bytes(json.dumps(SAVED, ensure_ascii=False).encode(encoding))
    with serve("--data", str(file)) as served:
        first, second = SAVED["value"]
        assert served.apps == f"2 apps: {first['id']}, {second['id']}"
        path = f"/deviceAppManagement/mobileApps/{first['id']}"
        assert served.ask("GET", path)[1]["displayName"] == first["displayName"]
        [held] = served.ask("GET", f"{path}/assignments")[1]["value"]
        assert held["target"]["groupId"] == SALES
        assert held["id"] == first["assignments"][0]["id"]
        assert served.ask("POST", f"{path}/assign", {"mobileAppAssignments": []})[0] == 204
        assert served.ask("GET", f"{path}/assignments")[1]["value"] == []


def test_what_it_answers_can_be_saved_and_served_again(tmp_path: pathlib.Path) -> None:
    listing = "/deviceAppManagement/mobileApps?$expand=assignments"
    with serve("--data", "-", stdin=json.dumps(SAVED).encode()) as served:
        status, answered = served.ask("GET", listing)
        assert status == 200
    file = tmp_path / "apps.json"
    file.write_text(json.dumps(answered), encoding="utf-8")
    with serve("--data", str(file)) as again:
        assert again.ask("GET", listing)[1] == json.loads(json.dumps(answered).replace(served.url, again.url))


def test_a_plain_list_from_stdin_will_do_and_long_ones_are_counted() -> None:
    apps = [{"id": f"app-{number}"} for number in range(12)]
    with serve("--data", "-", stdin=json.dumps(apps).encode()) as served:
        assert served.apps == f"12 apps: {', '.join(app['id'] for app in apps[:10])} and 2 more"
        assert served.ask("GET", "/deviceAppManagement/mobileApps/app-11")[0] == 200
    with serve("--data", "-", stdin=b"[]") as served:
        assert served.apps == "no apps"


def test_the_documented_model_of_2017_can_be_given_too() -> None:
    app = {"id": "a", "groupAssignments": [{"targetGroupId": "G", "installIntent": "notApplicable"}]}
    with serve("--profile", "2017", "--data", "-", stdin=json.dumps([app]).encode()) as served:
        [held] = served.ask("GET", "/deviceAppManagement/mobileApps/a/groupAssignments")[1]["value"]
        assert (held["targetGroupId"], held["installIntent"]) == ("G", "notApplicable")


def test_it_keeps_quotas_when_asked_to() -> None:
    def statuses(served: Served) -> set[int]:
        app = served.apps.rsplit(" ", 1)[1]
        path = f"/deviceAppManagement/mobileApps/{app}/assign"
        return {served.ask("POST", path, {"mobileAppAssignments": []})[0] for _ in range(101)}

    with serve("--quota-window", "60") as served:
        assert statuses(served) == {204, 429}
    with serve() as served:
        assert statuses(served) == {204}


def test_the_same_seed_gives_the_same_faults() -> None:
    def met(seed: str) -> list[int]:
        statuses = []
        with serve("--fault-rate", "0.5", "--fault-seed", seed) as served:
            for _ in range(40):
                try:
                    statuses.append(served.ask("GET", "/deviceAppManagement/mobileApps")[0])
                except (ConnectionError, http.client.HTTPException):
                    statuses.append(0)
        return statuses

    first = met("7")
    assert first == met("7") != met("8")
    assert {200, 503} <= {*first} <= {0, 200, 429, 500, 502, 503, 504}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--port 70000", "argument --port: '70000' is not a port; ports are 0 to 65535"),
        ("--port -1", "argument --port: '-1' is not a port; ports are 0 to 65535"),
        ("--port http", "argument --port: 'http' is not a port; ports are 0 to 65535"),
        ("--profile 2016", "argument --profile: invalid choice: '2016'"),
        ("--quota-window 0", "argument --quota-window: '0' is not a number of seconds above 0"),
        ("--quota-window inf", "argument --quota-window: 'inf' is not a number of seconds above 0"),
        ("--fault-rate 1.5", "argument --fault-rate: '1.5' is not a number from 0 to 1"),
        ("--fault-rate nan", "argument --fault-rate: 'nan' is not a number from 0 to 1"),
        ("--fault-seed -3", "argument --fault-seed: '-3' is not a whole number from 0 to 18446744073709551615"),
        ("--data", "argument --data: expected one argument"),
        ("--prot 1", "unrecognized arguments: --prot 1"),
    ],
)
def test_a_bad_option_is_one_line(options: str, said: str) -> None:
    code, line = refused(*options.split())
    assert code == 2
    assert line.startswith(said)
    assert line.endswith("; -h lists the options")


def test_a_port_that_is_taken_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, line = refused("--port", port)
    assert code == 1
    assert line.startswith(f"host 127.0.0.1, port {port}: ")


def test_a_host_that_is_not_this_machine_is_one_line() -> None:
    code, line = refused("--host", "192.0.2.1")  # an address for documentation: RFC 5737
    assert code == 1
    assert line.startswith("host 192.0.2.1, port 0: ")


ADVICE = "; save what GET deviceAppManagement/mobileApps?$expand=assignments answers"
ASSIGNED = SAVED["value"][0]["assignments"][0]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"{", "line 1, column 2: Expecting property name enclosed in double quotes" + ADVICE),
        (b"\xff\xfe\xff", "'utf-16-le' codec can't decode byte 0xff in position 2: truncated data" + ADVICE),
        (b'[{"a": NaN}]', "NaN is no JSON" + ADVICE),
        (b"{}", 'no list of apps and no {"value": [app, …]}' + ADVICE),
        (b'{"value": {}}', 'no list of apps and no {"value": [app, …]}' + ADVICE),
        (
            b'{"value": [], "@odata.nextLink": "https://x"}',
            "one page of several, as its @odata.nextLink says; save the apps of all of them",
        ),
        (b"7", 'no list of apps and no {"value": [app, …]}' + ADVICE),
        (b'[{}, "x"]', '[1]: an app is an object, not "x"'),
        (b'{"value": [{}, null]}', "value[1]: an app is an object, not null"),
        (b'[{"id": 7}]', "[0]: id: "),
        (b'[{"id": "a"}, {"id": "b"}, {"id": "A"}]', "[2]: has the id of {name}: [0]: a"),
        (
            json.dumps({"value": [{}, {"assignments": [ASSIGNED, {"intent": "required"}]}]}).encode(),
            "value[1].assignments[1]: ",
        ),
        (json.dumps([{"assignments": 7}]).encode(), "[0]: assignments: a list of assignments, not 7"),
    ],
)
def test_bad_data_is_one_line_that_says_where(tmp_path: pathlib.Path, data: bytes, said: str) -> None:
    file = tmp_path / "data.json"
    file.write_bytes(data)
    for name, option, stdin in ((file, str(file), b""), ("stdin", "-", data)):
        code, line = refused("--data", option, stdin=stdin)
        assert code == 1
        assert line.startswith(f"{name}: {said}".replace("{name}", str(name)))


def test_deep_data_is_one_line() -> None:
    code, line = refused("--data", "-", stdin=b"[" * 100_000)
    assert code == 1
    assert line.startswith("stdin: ")


def test_a_file_that_is_not_there_is_one_line(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "no.json"
    assert refused("--data", str(file)) == (
        1, f"--data {file}: No such file or directory; it takes a file, or - for stdin",
    )  # fmt: skip
