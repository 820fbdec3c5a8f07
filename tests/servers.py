"""Small real servers whose answers a test decides."""

import socket
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self


class _Server(ThreadingHTTPServer):
    """Counts connections, and tells when one has ended."""

    daemon_threads = True
    connections = 0
    idle: threading.Event

    def get_request(self) -> tuple[socket.socket, object]:
        accepted = super().get_request()
        self.connections += 1
        return accepted

    def finish_request(self, request: object, client_address: object) -> None:
        super().finish_request(request, client_address)  # type: ignore[arg-type]
        self.idle.set()

    def in_urls(self, host: str) -> str:
        return host


class _ServerOnIPv6(_Server):
    address_family = socket.AF_INET6

    def in_urls(self, host: str) -> str:
        return f"[{host}]"


class AnsweringServer:
    """An HTTP server on loopback that gives every request the same answer, and keeps what it was sent."""

    def __init__(
        self,
        status: int,
        *,
        headers: dict[str, str] | None = None,
        body: bytes = b"",
        tls: ssl.SSLContext | None = None,
        host: str = "127.0.0.1",
        hold: threading.Event | None = None,
        gone: threading.Event | None = None,
    ) -> None:
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except ConnectionError:  # the client may go away whenever it likes
                    self.close_connection = True

            def do_POST(self) -> None:
                sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                outer.seen.append((self.command, self.path, dict(self.headers), sent))
                if gone is not None and self.connection.recv(1) == b"":
                    gone.set()
                if hold is not None:
                    hold.wait(60)
                self.send_response(status)
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                if status != 204:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        self._server = (_ServerOnIPv6 if ":" in host else _Server)((host, 0), Handler)
        self.idle = self._server.idle = threading.Event()
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self._server.server_port
        self.url = f"{'http' if tls is None else 'https'}://{self._server.in_urls(host)}:{self.port}/beta"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    @property
    def connections(self) -> int:
        """How many there were."""
        return self._server.connections

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
