"""What ``appassign`` reads: files of plans, tables that are not there, and files of tokens."""

import json
import pathlib
from collections.abc import Iterator

import pytest

from appassign.emulator import Emulator
from cli import LEGAL, ONE, SALES, TWO, add_app, groups, run, to_group, writes

MISSING = "3f6a1c52-8f0e-4b7e-9a55-0c1d2e3f4aff"
KEYS = ["applied", "nothing_to_do", "failed", "rows", "warnings", "errors"]


@pytest.fixture
def graph() -> Iterator[Emulator]:
    with Emulator() as emulator:
        add_app(emulator, ONE, to_group(SALES))
        add_app(emulator, TWO)
        yield emulator


@pytest.mark.parametrize("text", ["", "\n \n", "\ufeff"])
def test_a_file_without_plans_is_refused(graph: Emulator, tmp_path: pathlib.Path, text: str) -> None:
    (tmp_path / "p.jsonl").write_text(text, encoding="utf-8")
    done = run("apply", "p.jsonl", graph=graph, cwd=tmp_path)
    assert (done.code, done.out) == (1, "")
    assert done.err == "InvalidInputError: p.jsonl: holds no plans\nhint: appassign plan --out writes such files\n"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_plans_are_decoded_as_tables_are(graph: Emulator, tmp_path: pathlib.Path, encoding: str, line_end: str) -> None:
    plans = tmp_path / "p.jsonl"
    assert run("plan", ONE, "--add", f"required:{LEGAL}", "--out", plans, graph=graph).code == 0
    text = plans.read_text(encoding="utf-8").replace("\n", line_end)
    plans.write_bytes(text.encode(encoding))
    assert run("apply", plans, graph=graph).code == 0
    assert groups(graph, ONE) == [SALES, LEGAL]
    assert run("change", ONE, "--remove", LEGAL, graph=graph).code == 0
    assert run("apply", "-", graph=graph, stdin=plans.read_bytes()).code == 0
    assert groups(graph, ONE) == [SALES, LEGAL]


def test_a_line_that_is_no_plan_is_named_once(graph: Emulator, tmp_path: pathlib.Path) -> None:
    (tmp_path / "p.jsonl").write_bytes(b"{\n")
    done = run("apply", "p.jsonl", "--json", graph=graph, cwd=tmp_path)
    error = done.json["error"]
    assert (done.code, error["location"]) == (1, "line 1")
    assert error["message"] == "p.jsonl, line 1: column 1: not strict JSON: EOF while parsing an object"
    (tmp_path / "p.jsonl").write_bytes(b"\xff{}\n")
    done = run("apply", "p.jsonl", "--json", graph=graph, cwd=tmp_path)
    assert (done.code, done.json["error"]["message"]) == (1, "p.jsonl: line 1: is no UTF-8")


@pytest.mark.parametrize(
    ("command", "name", "hint"),
    [
        ("plan", "no.csv", "a table is written by hand, or by appassign export --out; its first line: app_id,action"),
        ("apply", "no.json", "a table is written by hand, or by appassign export --out; its first line: app_id,action"),
        ("apply", "no.jsonl", "appassign plan --out writes such files"),
    ],
)
def test_a_file_that_is_not_there_says_where_such_files_come_from(
    graph: Emulator, tmp_path: pathlib.Path, command: str, name: str, hint: str
) -> None:
    done = run(command, name, graph=graph, cwd=tmp_path)
    first, second = done.err.splitlines()
    assert (done.code, first) == (1, f"FileNotFoundError: {name}: No such file or directory")
    assert second.startswith(f"hint: {hint}")
    error = run(command, name, "--json", graph=graph, cwd=tmp_path).json["error"]
    assert (error["type"], error["hint"]) == ("FileNotFoundError", second.removeprefix("hint: "))


def test_the_keys_of_apply_stay_whatever_comes_of_it(graph: Emulator, tmp_path: pathlib.Path) -> None:
    rows = [{"app_id": app, "action": "add", "intent": "required", "target": "all_users"} for app in (ONE, MISSING)]
    for given, code, applied, failed in ((rows, 1, 0, 1), (rows[:1], 0, 1, 0), (rows[:1], 0, 0, 0)):
        done = run("apply", "-", "--json", graph=graph, stdin=json.dumps(given))
        assert (done.code, list(done.json)) == (code, KEYS)
        assert (done.json["applied"], done.json["failed"]) == (applied, failed)
        assert all(list(row)[-2:] == ["outcome", "error"] for row in done.json["rows"])
    removal = [{"app_id": ONE, "action": "remove", "target": "all_users"}]
    done = run("apply", "-", "--max-removals", "0", "--json", graph=graph, stdin=json.dumps(removal))
    assert (done.code, list(done.json), done.json["applied"]) == (3, ["applied", "error"], 0)
    done = run("apply", "-", "--json", graph=graph)
    assert (done.code, list(done.json), done.json["applied"]) == (1, ["applied", "error"], 0)
    assert writes(graph) == 1


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "is empty"),
        (b"\n", "is empty"),
        (b'{"accessToken": "SECRET", "tokenType": "Bearer"}',
            "holds JSON, such as az account get-access-token prints, and not the token alone"),
        (b"Bearer SECRET\n", "holds an Authorization header, and not the token alone"),
        (b"Authorization: Bearer SECRET", "holds an Authorization header, and not the token alone"),
        (b"SECRET and more", "holds more than one word, and a token is one"),
        (b"\xff\xfeS\x00", "is no text in UTF-8"),
    ],
)  # fmt: skip
def test_a_token_file_that_holds_something_else_is_named(
    graph: Emulator, tmp_path: pathlib.Path, data: bytes, what: str
) -> None:
    file = tmp_path / "token"
    file.write_bytes(data)
    done = run("get", ONE, "--token-file", file, "--json", graph=graph)
    error = done.json["error"]
    hint = (
        "write the token alone there: az account get-access-token --resource-type ms-graph --query accessToken "
        "--output tsv > FILE"
    )
    assert (done.code, done.err, error["type"]) == (1, "", "CredentialError")
    assert (error["message"], error["hint"]) == (f"the file {file} {what}", hint)
    checked = run("doctor", "--token-file", file, "--json", graph=graph)
    [failed] = [check for check in checked.json["checks"] if check["status"] != "ok"]
    assert (checked.code, failed) == (
        1, {"name": "credential", "status": "failed", "message": f"the file {file} {what}", "hint": hint},
    )  # fmt: skip
    assert "SECRET" not in done.out + checked.out + checked.err
    assert graph.requests == []
