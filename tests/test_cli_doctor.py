"""What ``appassign doctor`` finds."""

import json
import pathlib
import sys
import time
from collections.abc import Iterator

import pytest

from appassign.emulator import Emulator
from cli import ONE, add_app, run

WRITE = "DeviceManagementApps.ReadWrite.All"
READ = "DeviceManagementApps.Read.All"


@pytest.fixture
def graph() -> Iterator[Emulator]:
    with Emulator() as emulator:
        add_app(emulator, ONE)
        yield emulator


def checks(*arguments: str | pathlib.Path, graph: Emulator | None = None, **more: str) -> dict[str, dict[str, str]]:
    """What it looked at, by name; its exit code follows from that."""
    done = run("doctor", "--json", *arguments, graph=graph, **more)
    found = done.json
    assert done.err == ""
    assert all(list(check) == ["name", "status", "message", "hint"] for check in found["checks"])
    assert found["ok"] == (done.code == 0) == all(check["status"] != "failed" for check in found["checks"])
    assert all((check["hint"] is None) or check["status"] != "ok" for check in found["checks"])
    return {check["name"]: check for check in found["checks"]}


def token(graph: Emulator, **claims: object) -> str:
    return graph._native.make_token(json.dumps(claims))


def test_all_is_well(graph: Emulator) -> None:
    done = run("doctor", graph=graph)
    assert (done.code, done.err) == (0, "")
    assert [line.split()[:2] for line in done.lines] == [
        ["ok", name]
        for name in (
            "versions", "service", "proxy", "certificates", "credential", "token", "expiry", "permissions", "read",
        )
    ]  # fmt: skip
    found = checks(graph=graph)
    assert found["versions"]["message"].startswith("appassign 0.")
    assert f"Python {sys.version_info[0]}.{sys.version_info[1]}." in found["versions"]["message"]
    assert "azure-identity 1." in found["versions"]["message"]
    assert found["service"]["message"] == f"{graph.url}, with tokens for https://graph.microsoft.com/.default"
    assert found["proxy"]["message"] == "none"
    assert found["certificates"]["message"] == "the system's"
    assert found["credential"]["message"] == "APPASSIGN_TOKEN"
    assert found["token"]["message"].startswith("audience https://graph.microsoft.com, tenant ")
    assert found["expiry"]["message"].endswith(" from now")
    assert found["permissions"]["message"] == f"delegated: {WRITE}"
    assert found["read"]["message"] == "the service lists apps, such as Company Portal"
    assert [request.method for request in graph.requests] == ["GET", "GET"]


NOW = int(time.time())


@pytest.mark.parametrize(
    ("claims", "name", "status", "said", "hint"),
    [
        ({"exp": NOW - 100}, "expiry", "failed", "ended at ", "get a new token"),
        ({"exp": NOW + 200}, "expiry", "warning", "until ", "get a new token before a longer run"),
        ({"exp": None}, "expiry", "warning", "it does not say when it ends", None),
        ({"nbf": NOW + 3600}, "expiry", "failed", "valid from ", "check this machine's clock"),
        ({"aud": "https://management.azure.com/"}, "token", "failed", "audience https://management.azure.com/",
            "it is for another service: get one for https://graph.microsoft.com/.default"),
        ({"aud": "00000003-0000-0000-c000-000000000000"}, "token", "ok", "audience 00000003", None),
        ({"scp": "User.Read"}, "permissions", "failed", f"delegated: User.Read; {WRITE} is missing", f"grant {WRITE}"),
        ({"scp": None}, "permissions", "failed", f"none; {WRITE} is missing", f"grant {WRITE}"),
        ({"scp": READ}, "permissions", "warning", f"delegated: {READ}; this reads, and does not", f"grant {WRITE}"),
        ({"scp": None, "roles": [WRITE]}, "permissions", "ok", f"application: {WRITE}", None),
    ],
)  # fmt: skip
def test_a_token_that_will_not_do_is_found_out(
    graph: Emulator, claims: dict[str, object], name: str, status: str, said: str, hint: str | None
) -> None:
    secret = token(graph, **claims)
    found = checks(graph=graph, APPASSIGN_TOKEN=secret)[name]
    assert found["status"] == status
    assert found["message"].startswith(said)
    assert (found["hint"] or "").startswith(hint or "")
    done = run("doctor", graph=graph, APPASSIGN_TOKEN=secret)
    assert secret not in done.out + done.err
    assert f"{status:<8} {name:<13} {said}" in done.out


def test_a_read_that_is_refused_has_graphs_reason(graph: Emulator) -> None:
    found = checks(graph=graph, APPASSIGN_TOKEN="opaque")
    assert (found["token"]["status"], found["token"]["message"]) == ("warning", "it says nothing of itself")
    assert found["read"]["status"] == "failed"
    assert found["read"]["message"].startswith("AuthenticationError: Graph answered 401")
    graph.reset()
    found = checks(graph=graph)["read"]
    assert (found["status"], found["message"]) == ("warning", "the service lists no apps")


def test_a_token_file_is_named_and_one_that_is_empty_is_refused(graph: Emulator, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "token"
    file.write_text(graph.token, encoding="utf-8")
    assert checks("--token-file", file, graph=graph)["credential"]["message"] == f"the file {file}"
    file.write_text("", encoding="utf-8")
    found = checks("--token-file", file, graph=graph)
    assert [name for name, check in found.items() if check["status"] == "failed"] == ["credential"]
    done = run("doctor", "--token-file", file, graph=graph)
    assert f"failed   credential    the file {file} is empty\n" in done.out


@pytest.mark.skipif(sys.platform == "win32", reason="az is a script here")
def test_azure_identity_is_asked_and_its_way_is_named(graph: Emulator, tmp_path: pathlib.Path) -> None:
    """The real package, with an ``az`` that answers as Microsoft's does."""
    answer = {"accessToken": graph.token, "expiresOn": "2099-01-01 00:00:00.000000", "expires_on": 4070908800}
    (tmp_path / "az").write_text(f"#!/bin/sh\ncat <<'END'\n{json.dumps(answer)}\nEND\n", encoding="utf-8")
    (tmp_path / "az").chmod(0o755)
    settings = {"AZURE_TOKEN_CREDENTIALS": "dev", "PATH": f"{tmp_path}:/usr/bin:/bin", "HOME": str(tmp_path)}
    found = checks("--base-url", graph.url, **settings)
    assert found["credential"] == {
        "name": "credential", "status": "ok", "message": "azure-identity: AzureCliCredential", "hint": None,
    }  # fmt: skip
    assert found["read"]["status"] == "ok"
    (tmp_path / "az").write_text("#!/bin/sh\necho 'Please run az login' >&2\nexit 1\n", encoding="utf-8")
    found = checks("--base-url", graph.url, **settings)
    assert list(found)[-1] == "credential"
    assert found["credential"]["status"] == "failed"
    assert found["credential"]["message"].startswith("ClientAuthenticationError: DefaultAzureCredential failed")
    assert "\nAzureCliCredential: Please run 'az login'" in found["credential"]["message"]
    assert found["credential"]["hint"].startswith("set APPASSIGN_TOKEN, pass --token-file FILE, or pip install azure-")


def test_settings_that_cannot_be_used_are_told_like_the_rest() -> None:
    found = checks(APPASSIGN_BASE_URL="https://graph.example/beta")
    assert list(found) == ["versions", "settings"]
    assert found["settings"]["status"] == "failed"
    assert "APPASSIGN_BASE_URL" in found["settings"]["message"]
    # Whoever points it at an emulator does not want a real token to go there.
    found = checks(APPASSIGN_BASE_URL="http://127.0.0.1:9/beta")
    assert found["settings"]["hint"].startswith("set APPASSIGN_TOKEN")


def test_proxy_and_certificates_are_named_with_what_names_them_and_no_password(tmp_path: pathlib.Path) -> None:
    bundle = tmp_path / "company.pem"
    bundle.write_text("", encoding="utf-8")
    options = ("--attempts", "1", "--timeout", "5")
    proxy = "http://somebody:hush-hush@127.0.0.1:9"
    found = checks(*options, "--proxy", proxy, "--ca-bundle", bundle, APPASSIGN_TOKEN="opaque")
    assert found["proxy"]["message"] == "http://127.0.0.1:9, named by --proxy"
    assert found["certificates"]["message"] == f"{bundle}, named by --ca-bundle"
    assert "credential" not in found  # it was not asked
    assert found["read"]["status"] == "failed"
    assert found["read"]["message"].startswith("ConfigurationError: ")
    settings = {"HTTPS_PROXY": proxy, "SSL_CERT_FILE": str(tmp_path / "none.pem"), "APPASSIGN_TOKEN": "opaque"}
    found = checks(*options, **settings)
    assert found["proxy"]["message"] == "http://127.0.0.1:9, named by HTTPS_PROXY"
    assert found["certificates"]["message"] == f"{tmp_path / 'none.pem'}, named by SSL_CERT_FILE, cannot be read"
    assert found["certificates"]["status"] == "failed"
    for arguments in ((), ("-vv",), ("--json",), ("--output", "github")):
        done = run("doctor", *options, *arguments, **settings)
        assert "hush-hush" not in done.out + done.err
