"""A relay that shows what goes over a connection."""

import selectors
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self


class Relay:
    """Passes connections on to a port of loopback, and keeps what each of its clients sent.

    ``forge`` may change what a client sends: it gets a chunk, and how many bytes went before it.
    """

    def __init__(self, port: int, *, forge: Callable[[bytes, int], bytes] = lambda chunk, _: chunk) -> None:
        self.sent: list[bytes] = []
        self._target = port
        self._forge = forge
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.sent.append(b"")
            thread = threading.Thread(target=self._pass_on, args=(client, len(self.sent) - 1), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _pass_on(self, client: socket.socket, number: int) -> None:
        with (
            client,
            socket.create_connection(("127.0.0.1", self._target), timeout=20) as server,
            selectors.DefaultSelector() as ready,
        ):
            ready.register(client, selectors.EVENT_READ, server)
            ready.register(server, selectors.EVENT_READ, client)
            while ready.get_map():
                for key, _ in ready.select(20):
                    source, sink = key.fileobj, key.data
                    assert isinstance(source, socket.socket)
                    # Either side may go away whenever it likes. What the other one says is heard to the end.
                    chunk = b""
                    with suppress(OSError):
                        chunk = source.recv(65_536)
                    if source is client:
                        chunk = self._forge(chunk, len(self.sent[number]))
                        self.sent[number] += chunk
                    with suppress(OSError):
                        sink.sendall(chunk) if chunk else sink.shutdown(socket.SHUT_WR)
                    if not chunk:
                        ready.unregister(source)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        # On Linux, to close a listener does not wake who waits for it.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._threads[0].join(20)
