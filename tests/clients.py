"""Plain clients that know nothing of Graph."""

import http.client
import json

from appassign.emulator import Emulator


class Client:
    """Asks an emulator over http.client, with its own token unless a test gives other headers."""

    def __init__(self, graph: Emulator) -> None:
        self.graph = graph

    def ask(
        self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], dict]:
        host = self.graph.url.split("/")[2]
        connection = http.client.HTTPConnection(host, timeout=20)
        if headers is None:
            headers = {"Authorization": f"Bearer {self.graph.token}", "Content-Type": "application/json"}
        sent = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        try:
            connection.request(method, path, sent, headers)
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, json.loads(text) if text else {}

    def assign(self, app: str, body: object, **options: dict[str, str]) -> tuple[int, dict[str, str], dict]:
        return self.ask("POST", f"/beta/deviceAppManagement/mobileApps/{app}/assign", body, **options)
