"""A real HTTP/2 server on loopback that a test can make end its connections, or give requests back."""

import socket
import ssl
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, Event, RequestReceived, StreamEnded


class Http2Server:
    """``act`` is told of each request that came whole: its connection and stream, and how many requests came before it.

    What it sends goes out when it returns. If it returns true, the connection is closed then.
    """

    def __init__(self, tls: ssl.SSLContext, act: Callable[[H2Connection, int, int], bool]) -> None:
        self.seen: list[str] = []
        self.connections = 0
        self._act = act
        self._lock = threading.Lock()
        tls.set_alpn_protocols(["h2"])
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        self.url = f"https://127.0.0.1:{self.port}/beta"
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        client.settimeout(60)
        try:
            with self._tls.wrap_socket(client, server_side=True) as secure:
                connection = H2Connection(H2Configuration(client_side=False))
                connection.initiate_connection()
                secure.sendall(connection.data_to_send())
                ended = False
                while not ended and (received := secure.recv(65_536)):
                    for event in connection.receive_data(received):
                        ended = self._hear(connection, event) or ended
                    secure.sendall(connection.data_to_send())
                # With a word, and not by a reset, which could overtake what was sent.
                secure.unwrap()
        except OSError:  # the client may go away whenever it likes
            pass

    def _hear(self, connection: H2Connection, event: Event) -> bool:
        match event:
            case DataReceived():
                connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            case RequestReceived():
                self._paths = {event.stream_id: dict(event.headers)[b":path"].decode()}
            case StreamEnded():
                with self._lock:
                    number = len(self.seen)
                    self.seen.append(self._paths[event.stream_id])
                return self._act(connection, event.stream_id, number)
        return False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        # On Linux, to close a listener does not wake who waits for it.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
