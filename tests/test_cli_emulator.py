"""``appassign emulator``, and the one line of JSON that it shares with ``python -m appassign.emulator``."""

import json
import signal
import subprocess
import sys

import pytest

from cli import LEGAL, SCRIPT, environment, run

MODULE = [sys.executable, "-m", "appassign.emulator"]


@pytest.mark.parametrize("command", [[str(SCRIPT), "emulator"], MODULE], ids=["script", "module"])
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_it_tells_in_json_where_it_is_until_it_is_ended(command: list[str], end: signal.Signals) -> None:
    pipe = subprocess.PIPE
    apps = json.dumps([{"id": "app-1"}, {"id": "app-2"}]).encode()
    with subprocess.Popen(
        [*command, "--json", "--data", "-"], stdin=pipe, stdout=pipe, stderr=pipe, env=environment()
    ) as serving:
        try:
            serving.stdin.write(apps)
            serving.stdin.close()
            told = json.loads(serving.stdout.readline())
            assert list(told) == ["base_url", "token", "apps"]
            assert told["apps"] == ["app-1", "app-2"]
            way = {"APPASSIGN_BASE_URL": told["base_url"], "APPASSIGN_TOKEN": told["token"]}
            done = run("change", "app-2", "--add", f"required:{LEGAL}", "--json", **way)
            assert (done.code, done.json["applied"], done.err) == (0, 1, "")
            serving.send_signal(end)
            assert serving.wait(20) == 0
            assert (serving.stdout.read(), serving.stderr.read()) == (b"", b"")
        finally:
            serving.kill()


def test_it_has_the_options_of_the_module() -> None:
    listed = run("emulator", "--help")
    module = subprocess.run(
        [*MODULE, "--help"], env=environment(), capture_output=True, text=True, check=True, timeout=60
    )
    assert (listed.code, listed.err) == (0, "")
    assert listed.out.split("options:")[1] == module.stdout.split("options:")[1]
    assert listed.out.startswith("usage: appassign emulator [-h]")
    assert "--fault-rate" in listed.out


def test_what_it_refuses_is_one_line_under_the_name_that_was_typed() -> None:
    done = run("emulator", "--data", "no.json")
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        "appassign emulator: --data no.json: No such file or directory; it takes a file, or - for stdin\n"
    )


@pytest.mark.parametrize(
    ("arguments", "code", "error"),
    [
        (
            ("--port", "x"), 64,
            ("UsageError", "argument --port: 'x' is not a port; ports are 0 to 65535", "-h lists the options"),
        ),
        (
            ("--data", "no.json"), 1,
            ("FileNotFoundError", "--data no.json: No such file or directory", "it takes a file, or - for stdin"),
        ),
        (
            ("--data", "-"), 1,
            (
                "InvalidInputError", 'stdin: no list of apps and no {"value": [app, …]}',
                "save what GET deviceAppManagement/mobileApps?$expand=assignments answers",
            ),
        ),
    ],
)  # fmt: skip
def test_with_json_what_it_refuses_is_json(arguments: tuple[str, ...], code: int, error: tuple[str, str, str]) -> None:
    for order in ((*arguments, "--json"), ("--json", *arguments)):
        done = run("emulator", *order, stdin="{}")
        assert (done.code, done.err, len(done.lines)) == (code, "", 1)
        assert done.json == {"error": dict(zip(("type", "message", "hint"), error, strict=True))}
    module = subprocess.run(
        [*MODULE, *arguments, "--json"], input=b"{}", env=environment(), capture_output=True, check=False, timeout=60
    )
    assert (module.returncode, module.stderr) == (2 if code == 64 else code, b"")
    assert json.loads(module.stdout) == done.json
