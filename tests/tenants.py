"""A machine on which scripts find a tenant and are signed in, as the pages take it for granted; both are made up."""

import json
import os
import pathlib
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import trustme

from appassign.emulator import Emulator

APP = "3f6a1c52-8f0e-4b7e-9a55-0c1d2e3f4a5b"
SIGNED_IN = pathlib.Path(__file__).with_name("signed_in.py")

AZ = """#!/bin/sh
echo "$@" >> "$AZ_LOG"
echo '{"accessToken": "'$APPASSIGN_TOKEN'", "expires_on": 4102444800}'
"""

EVERYWHERE = {"intent": "required", "target": {"@odata.type": "#microsoft.graph.allDevicesAssignmentTarget"}}


class _GitHub(BaseHTTPRequestHandler):
    """States who runs, to the job that asks for Entra."""

    def do_GET(self) -> None:
        asked = (self.headers["Authorization"], self.path)
        knows = asked == ("Bearer token of the job", "/?api-version=2.0&audience=api://AzureADTokenExchange")
        self.send_response(200 if knows else 403)
        self.end_headers()
        self.wfile.write(b'{"value": "statement of GitHub"}')

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def _github() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _GitHub) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/?api-version=2.0"
        finally:
            server.shutdown()
            thread.join()


class Tenant:
    """Runs scripts below a folder, each against a tenant that has one app, which all devices have."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.typed: list[str] = []

    def run(self, source: str) -> str:
        """What a script prints. What it asked Entra and the Azure CLI is then in `asked` and `typed`."""
        script, asked = self.folder / "script.py", self.folder / "asked.json"
        script.write_text(source, encoding="utf-8")
        self._put_files()
        with Emulator() as graph, _github() as github:
            graph._native.add_app(json.dumps({"id": APP, "assignments": [EVERYWHERE]}))
            done = subprocess.run(
                [sys.executable, "-X", "dev", "-W", "error", SIGNED_IN, script, asked],
                env={**os.environ, **self._environment(graph, github)},
                cwd=self.folder, capture_output=True, text=True, check=False, timeout=120,
            )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        self.asked = [(host, fields) for host, fields in json.loads(asked.read_text(encoding="utf-8"))]
        log = self.folder / "az.log"
        self.typed = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
        return done.stdout

    def _put_files(self) -> None:
        programs = self.folder / "bin"
        programs.mkdir(exist_ok=True)
        (programs / "az").write_text(AZ, encoding="utf-8")
        (programs / "az").chmod(0o755)
        (self.folder / "federated").write_text("statement of Kubernetes", encoding="utf-8")
        certificate = trustme.CA().issue_cert("app.example", key_type=trustme.KeyType.RSA)
        certificate.private_key_and_cert_chain_pem.write_to_path(self.folder / "app.pem")

    def _environment(self, graph: Emulator, github: str) -> dict[str, str]:
        return {
            "APPASSIGN_BASE_URL": graph.url,
            "APPASSIGN_TOKEN": graph.token,
            "AZURE_TENANT_ID": "aaaaaaaa-0000-4000-8000-000000000001",
            "AZURE_CLIENT_ID": "bbbbbbbb-0000-4000-8000-000000000002",
            "AZURE_CLIENT_SECRET": "secret",
            "AZURE_FEDERATED_TOKEN_FILE": str(self.folder / "federated"),
            "ACTIONS_ID_TOKEN_REQUEST_URL": github,
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "token of the job",
            "AZ_LOG": str(self.folder / "az.log"),
            "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
        }
