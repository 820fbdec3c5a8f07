"""json and a socket, and no HTTP library: the least that Python can do. It reads no answer but an empty one."""

from __future__ import annotations

import json
import socket
from urllib.parse import urlsplit

from contestants import request


class Client:
    """A connected socket."""

    shared = False

    def __init__(self, base_url: str, token: str, number: int) -> None:
        parts = urlsplit(base_url)
        assert parts.hostname is not None
        self._socket = socket.create_connection((parts.hostname, parts.port or 443))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if parts.scheme == "https":
            import ssl

            self._socket = ssl.create_default_context().wrap_socket(self._socket, server_hostname=parts.hostname)
        headers = {"Host": parts.netloc, **request.lasting_headers(token)}
        lines = [f"POST {request.path(parts.path)} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        self._head = "\r\n".join(lines)
        self._groups = request.groups(number)

    def assign(self) -> int:
        """One call; its status."""
        body = json.dumps(request.parameters(self._groups))
        [(name, value)] = request.call_headers().items()
        head = f"{self._head}\r\n{name}: {value}\r\nContent-Length: {len(body)}\r\n\r\n"
        self._socket.sendall((head + body).encode())
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            part = self._socket.recv(65_536)
            if not part:
                raise ConnectionError("the server closed the connection")
            answer += part
        return int(answer.split(None, 2)[1])

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()
