"""Entra, as far as azure-identity asks it for tokens: the package is the real one, and its HTTP ends here."""

import json
import time
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from azure.core.pipeline.transport import AsyncHttpTransport, HttpResponse, HttpTransport


class _Response(HttpResponse):
    def __init__(self, request: Any, status: int, document: object) -> None:
        super().__init__(request, None)
        self.status_code = status
        self.reason = ""
        self.headers = {"Content-Type": "application/json"}
        self.content_type = "application/json"
        self._body = json.dumps(document).encode()

    def body(self) -> bytes:
        return self._body


class Entra:
    """Issues one token, and keeps what it was asked."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.refusal: dict[str, str] | None = None

    def respond(self, request: Any) -> _Response:
        url = urlsplit(request.url)
        login = f"https://{url.netloc}/tenant"
        if url.path.endswith("/discovery/instance"):
            document: dict[str, Any] = {
                "tenant_discovery_endpoint": f"{login}/v2.0/.well-known/openid-configuration",
                "metadata": [{"preferred_network": url.netloc, "preferred_cache": url.netloc, "aliases": [url.netloc]}],
            }
        elif url.path.endswith("/.well-known/openid-configuration"):
            document = {
                "issuer": f"{login}/v2.0",
                "authorization_endpoint": f"{login}/oauth2/v2.0/authorize",
                "token_endpoint": f"{login}/oauth2/v2.0/token",
            }
        else:
            sent = request.data or getattr(request, "body", None) or url.query
            fields = dict(sent) if isinstance(sent, dict) else {k: v[0] for k, v in parse_qs(sent).items()}
            self.asked.append((url.netloc, fields))
            if self.refusal is not None:
                return _Response(request, 401, self.refusal)
            document = {
                "token_type": "Bearer",
                "access_token": self.token,
                "expires_in": 3599,
                "expires_on": int(time.time()) + 3599,
                "resource": "https://graph.microsoft.com",
            }
        return _Response(request, 200, document)

    def transport(self) -> "EntraTransport":
        return EntraTransport(self)

    def async_transport(self) -> "AsyncEntraTransport":
        return AsyncEntraTransport(self)


class EntraTransport(HttpTransport):
    def __init__(self, entra: Entra) -> None:
        self._entra = entra

    def send(self, request: Any, **_: object) -> _Response:
        return self._entra.respond(request)

    def open(self) -> None:
        pass

    def close(self) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


class AsyncEntraTransport(AsyncHttpTransport):
    def __init__(self, entra: Entra) -> None:
        self._entra = entra

    async def send(self, request: Any, **_: object) -> _Response:
        return self._entra.respond(request)

    async def open(self) -> None:
        pass

    async def close(self) -> None:
        pass

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass
