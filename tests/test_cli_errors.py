"""What ``appassign`` says when something is wrong, where its tokens come from, and how it ends early."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from appassign.emulator import Emulator
from cli import LEGAL, ONE, SALES, SCRIPT, add_app, environment, groups, run, to_group, writes
from pages import ROOT

# What begins as every token of Entra's does.
TOKEN = "eyJ0eXAiOiJKV1QifQ.eyJhIjoxfQ.c2lnbmF0dXJl"


@pytest.fixture
def graph() -> Iterator[Emulator]:
    with Emulator() as emulator:
        add_app(emulator, ONE, to_group(SALES))
        yield emulator


@pytest.mark.parametrize(
    ("arguments", "said", "hint"),
    [
        ("--nonsense", "No such option", "appassign --help lists what there is"),
        ("nonsense", "No such command 'nonsense'", "appassign --help lists what there is"),
        ("get", "Missing argument 'APP...'", "appassign get --help lists what there is"),
        ("plan x.csv --ad y", "No such option '--ad'", "appassign plan --help lists what there is"),
        ("plan x.csv --add required:all_users", "--add and --remove go with an app's id, and x.csv is a table", ""),
        ("plan p.jsonl", "p.jsonl: a file of plans is for apply; plan takes a table (.csv, .json, -)", ""),
        ("plan some-app", "'some-app' is no table (.csv, .json, -); an app's id comes with --add or --remove", ""),
        ("apply some-app", "'some-app' is no table (.csv, .json), no file of plans (.jsonl), and not - for stdin", ""),
        ("apply x.csv --max-removals -1", "Invalid value for '--max-removals'", ""),
        ("change A", "there is nothing to change: pass --add or --remove", ""),
        ("change A --remove all_users --filter-id x", "--filter-id and --filter-type go with --add", ""),
        ("change A --add required:all_users --filter-id x", "--filter-id and --filter-type: ", ""),
        ("export --out apps.xlsx", "--out apps.xlsx: a table is a .csv or a .json file", ""),
        (
            "get A --token-file none",
            "--token-file: there is no such file; it takes the name of a file that has a token in it",
            "",
        ),
        ("get A --cloud moon", "Invalid value for '--cloud': 'moon' is not one of 'global'", ""),
        ("get A --concurrency 0", "Invalid value for '--concurrency': 0 is not in the range 1<=x<=256", ""),
        ("emulator --port x", "argument --port: 'x' is not a port", None),
    ],
)
def test_wrong_usage_is_one_line_with_64(arguments: str, said: str, hint: str | None) -> None:
    done = run(*arguments.split())
    assert (done.code, done.out) == (64, "")
    first, *rest = done.err.splitlines()
    assert said in first
    assert first.startswith("appassign")
    if hint is not None:
        [second] = rest
        assert second == f"hint: {hint or f'appassign {arguments.split(maxsplit=1)[0]} --help lists what there is'}"


@pytest.mark.parametrize("options", [("--json",), ("--output", "json"), ("--output=json",)])
def test_wrong_usage_is_json_where_json_was_asked_for(options: tuple[str, ...]) -> None:
    done = run("plan", "some-app", *options)
    assert (done.code, done.err) == (64, "")
    assert done.json["error"]["type"] == "UsageError"
    assert done.json["error"]["message"].startswith("'some-app' is no table")
    assert done.json["error"]["hint"] == "appassign plan --help lists what there is"


@pytest.mark.parametrize(
    ("option", "spec", "said"),
    [
        ("--add", SALES, "an intent comes first: there are available, required, uninstall, availableWithoutEnrollment"),
        ("--add", f"requird:{SALES}", "an intent comes first: required may be meant; it is INTENT:TARGET, and"),
        ("--add", "required:Sales", "'Sales' looks like a name; pass the group's id"),
        ("--add", "required:exclude:Sales", "'Sales' looks like a name; pass the group's id"),
        ("--add", "required:all_user", "'all_user' looks like a name; pass the group's id"),
        ("--add", "notApplicable:all_users", "an intent comes first"),
        ("--remove", "Sales", "'Sales' looks like a name; pass the group's id"),
        ("--remove", "required:", "group_id: is empty"),
    ],
)
def test_a_wrong_spec_says_what_and_shows_an_example(option: str, spec: str, said: str) -> None:
    done = run("change", "A", option, spec)
    assert (done.code, done.out) == (64, "")
    first = done.err.splitlines()[0]
    assert first.startswith(f"appassign: Invalid value for '{option}': {spec!r}: ")
    assert said in first
    assert first.endswith(
        "a target is a group's id, exclude:GROUP_ID, all_users, all_devices or collection:ID; for example "
        "required:11111111-2222-4333-8444-555555555501"
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["--token", TOKEN],
        [f"--token={TOKEN}"],
        ["--token-file", TOKEN],
        [f"--token-file={TOKEN}"],
        ["--token-file", f"Bearer {TOKEN}"],
        ["--token-file", f" {TOKEN}"],
        ["--token-file", "".join(["OPAQUE", TOKEN[-9:]])],
    ],
)
def test_no_option_takes_a_token_and_none_is_repeated(arguments: list[str]) -> None:
    for before in (["get", "A"], ["get", "A", "--json"], ["doctor"], ["get", "A", "--output", "github"]):
        done = run(*before, *arguments)
        assert done.code == 64
        assert TOKEN[-9:] not in done.out + done.err
        if before != ["get", "A"] and "--json" not in before:
            continue
        said = done.json["error"]["message"] if "--json" in before else done.err
        if arguments[0].startswith("--token-file"):
            assert "--token-file: there is no such file; it takes the name of a file that has a token in it" in said
        else:
            assert "there is no --token: other processes see the arguments of this one, and shells keep them" in said
            hint = done.json["error"]["hint"] if "--json" in before else done.err
            assert "set APPASSIGN_TOKEN, or pass --token-file FILE" in hint


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_token_comes_from_a_file_before_the_environment(
    graph: Emulator, tmp_path: pathlib.Path, encoding: str
) -> None:
    file = tmp_path / "token"
    file.write_text(f"{graph.token}\n", encoding=encoding)
    done = run("get", ONE, "--token-file", file, graph=graph, APPASSIGN_TOKEN="another")
    assert (done.code, done.err) == (0, "")
    done = run("get", ONE, graph=graph, APPASSIGN_TOKEN="another")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("AuthenticationError: Graph answered 401 InvalidAuthenticationToken")


def test_a_token_of_the_environment_goes_where_base_url_says(graph: Emulator) -> None:
    done = run("get", ONE, "--base-url", graph.url, APPASSIGN_TOKEN=graph.token)
    assert (done.code, done.err) == (0, "")
    assert graph.token not in done.out


def test_without_any_token_it_says_where_one_may_come_from(graph: Emulator, tmp_path: pathlib.Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(blocking("azure"), encoding="utf-8")
    path = f"{tmp_path}{os.pathsep}{ROOT / 'python'}"
    done = run("get", ONE, "--base-url", graph.url, PYTHONPATH=path)
    assert (done.code, done.out) == (1, "")
    first, hint = done.err.splitlines()
    assert first.startswith("CredentialError: ")
    assert hint == (
        "hint: set APPASSIGN_TOKEN, pass --token-file FILE, or install azure-identity and sign in (az login); "
        "appassign doctor tells more"
    )


def blocking(*names: str) -> str:
    """What has a Python that lacks these packages."""
    return f"""
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {names!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Blocked())
"""


@pytest.mark.parametrize("names", [("rich_click", "click", "rich"), ("click",), ("rich",)])
def test_without_the_extra_it_says_what_to_install(tmp_path: pathlib.Path, names: tuple[str, ...]) -> None:
    (tmp_path / "sitecustomize.py").write_text(blocking(*names), encoding="utf-8")
    done = run("get", ONE, PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT / 'python'}")
    assert (done.code, done.out) == (1, "")
    assert done.err == "appassign: the command line needs rich-click: pip install 'appassign[cli]'\n"
    code = "import sys, appassign._cli; print(*(name for name in sys.modules if name.startswith('appassign')))"
    imported = subprocess.run(
        [sys.executable, "-c", code], env=environment(PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT / 'python'}"),
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert (imported.stdout, imported.stderr) == ("appassign appassign._cli\n", "")


def test_an_error_of_the_library_has_its_facts_in_json(graph: Emulator) -> None:
    graph.fail_next(status=403, method="GET")
    done = run("change", ONE, "--add", f"required:{LEGAL}", "--json", graph=graph)
    error = done.json["error"]
    assert (done.code, done.err) == (1, "")
    assert (error["type"], error["status"], error["outcome"], error["attempts"]) == (
        "PermissionDeniedError", 403, "not_sent", 1,
    )  # fmt: skip
    assert error["message"].startswith("Graph answered 403")
    assert error["request_id"]
    assert error["client_request_id"]
    assert error["date"].endswith("+00:00")
    assert error["hint"]
    assert "hint" not in error["message"]


def test_a_contradiction_says_what_to_do(graph: Emulator) -> None:
    run("change", ONE, "--add", "required:all_users", graph=graph)
    filtered = ("--filter-id", "c0ffee00-0000-4000-8000-000000000001", "--filter-type", "include")
    done = run("change", ONE, "--add", "required:all_users", *filtered, graph=graph)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("PlanError: ")
    assert done.err.endswith("\nhint: to change what is there, name it in remove as well\n")
    done = run("change", ONE, "--add", "required:all_users", "--remove", "all_users", *filtered, graph=graph)
    assert (done.code, done.lines[0]) == (0, f"app {ONE}: 0 added, 1 changed, 0 removed, 1 kept")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("no.csv", None, "FileNotFoundError: no.csv: No such file or directory\n"),
        ("no.jsonl", None, "FileNotFoundError: no.jsonl: No such file or directory\n"),
        ("plans.jsonl", "\n{}\n", "InvalidInputError: plans.jsonl, line 2: "),
        ("apps.csv", "app_id,action\nA,ad\n", "InvalidInputError: apps.csv"),
    ],
)
def test_a_source_that_cannot_be_read_says_where(
    graph: Emulator, tmp_path: pathlib.Path, name: str, text: str | None, said: str
) -> None:
    if text is not None:
        (tmp_path / name).write_text(text, encoding="utf-8")
    done = run("apply", name, graph=graph, cwd=tmp_path)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(said)
    done = run("apply", name, "--json", graph=graph, cwd=tmp_path)
    assert f"{done.json['error']['type']}: {done.json['error']['message']}\n".startswith(said)
    assert writes(graph) == 0


@pytest.mark.parametrize(
    ("stdin", "said", "hint"),
    [
        (b"", "stdin: is empty", "begin with a line that names the columns, such as "),
        (
            b"app_id,action,target\nA,ad,all_users\n",
            "stdin: row 1 (line 2), column action: must be add, remove or replace, not 'ad'",
            "nothing is taken while anything is wrong: mend all of it, and read it again",
        ),
        (b"app_id,action\n\xff,add\n", "stdin: line 2: is no UTF-8", "save it as UTF-8; Excel calls that CSV UTF-8"),
        (b"[\n1]", "stdin: row 1: must be an object, not int 1", "nothing is taken while anything is wrong"),
        (b" {]", "stdin: line 1, column 3: is no JSON: ", "rows are a list of objects; Graph's own documents are read"),
        ('["é", ]'.encode("utf-16"), "stdin: line 1, column ", "rows are a list of objects"),
    ],
)
def test_a_fault_on_stdin_names_stdin(graph: Emulator, stdin: bytes, said: str, hint: str) -> None:
    for command in ("plan", "apply"):
        done = run(command, "-", "--json", graph=graph, stdin=stdin)
        assert (done.code, done.err, done.json["error"]["type"]) == (1, "", "InvalidInputError")
        assert done.json["error"]["message"].startswith(said)
        assert done.json["error"]["hint"].startswith(hint)
    assert run("plan", "-", graph=graph, stdin=stdin).err.startswith(f"InvalidInputError: {said}")
    assert writes(graph) == 0


def test_a_table_on_stdin_stays_in_memory(graph: Emulator) -> None:
    rows = f"app_id,action,intent,target,target_id\n{ONE},add,required,group,{LEGAL}\n"
    done = run("plan", "-", "--exit-code", graph=graph, stdin=rows, PYTHONPROFILEIMPORTTIME="1")
    assert done.code == 2
    imported = {line.rpartition("|")[2].strip() for line in done.err.splitlines()}
    assert "appassign._tables.files" in imported
    assert "tempfile" not in imported


def test_the_log_goes_to_stderr_and_has_no_token(graph: Emulator) -> None:
    graph.fail_next(status=503, method="GET", retry_after=0.01)
    done = run("get", ONE, "-vv", "--json", graph=graph)
    assert (done.code, len(done.json["apps"])) == (0, 1)
    assert "503" in done.err


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT for one process")
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("kind", ["text", "json"])
def test_ctrl_c_ends_a_run_and_tells_what_is_known(
    graph: Emulator, tmp_path: pathlib.Path, end: signal.Signals, kind: str
) -> None:
    apps = [graph.add_app() for _ in range(30)]
    rows = [{"app_id": app, "action": "add", "intent": "required", "target": "all_users"} for app in apps]
    plans = tmp_path / "plans.jsonl"
    assert run("plan", "-", "--out", plans, graph=graph, stdin=json.dumps(rows)).code == 0
    # One write in each window: the second one waits for 20 seconds.
    command = [SCRIPT, "apply", plans, "--rate-limit", "0.05", "--output", kind]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment(graph)) as running:
        try:
            until = time.monotonic() + 20
            while writes(graph) < 1:
                assert time.monotonic() < until
                time.sleep(0.01)
            running.send_signal(end)
            assert running.wait(30) == 130
            out, err = running.stdout.read().decode(), running.stderr.read().decode()
        finally:
            running.kill()
    written = sum(len(graph.assignments(app)) for app in apps)
    assert written >= 1
    assert err.endswith("interrupted\n")
    if kind == "json":
        found = json.loads(out)
        assert (found["applied"], found["failed"]) == (written, 30 - written)
        assert found["error"] == {"type": "KeyboardInterrupt", "message": "interrupted", "hint": None}
    else:
        assert out.splitlines()[-1] == f"30 apps: {written} applied, 0 nothing to do, {30 - written} failed"
        assert "not begun: the run was interrupted" in err


def test_what_is_not_used_is_not_imported(graph: Emulator) -> None:
    def imported(*arguments: str) -> set[str]:
        done = run(*arguments, graph=graph, PYTHONPROFILEIMPORTTIME="1")
        assert done.code == 0
        return {line.rpartition("|")[2].strip() for line in done.err.splitlines()}

    assert {"asyncio", "azure", "appassign._client", "appassign.tables"} & imported("--version") == set()
    assert "azure" not in imported("change", ONE, "--add", f"required:{LEGAL}")
    assert groups(graph, ONE) == [SALES, LEGAL]
    code = "import sys, appassign.emulator; appassign.Client; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True, timeout=60
    )
    assert not [name for name in done.stdout.split() if f"{name}.".startswith(("appassign._cli.", "click.", "rich."))]


def test_it_tells_its_version_and_its_commands() -> None:
    done = run("--version")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("appassign 0.")
    for arguments in ((), ("--help",), ("-h",)):
        done = run(*arguments)
        assert (done.code, done.err) == (0, "")
        for name in ("apps", "get", "plan", "apply", "change", "undo", "export", "emulator", "doctor"):
            assert f" {name} " in done.out
