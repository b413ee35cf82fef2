"""A wire between a process and a server on loopback that can be cut: bytes stop, and neither end is told."""

import socket
from contextlib import suppress
from threading import Event, Thread
from urllib.parse import urlsplit


class Wire:
    """Listens on a port of its own and passes on what comes, until `cut()`. `url` is the server's, through here."""

    def __init__(self, url: str):
        parts = urlsplit(url)
        self._target = (parts.hostname, parts.port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        port = self._listener.getsockname()[1]
        self.url = parts._replace(netloc=f"{parts.netloc.rpartition(':')[0]}:{port}").geturl()
        self._is_cut = Event()
        self._sockets: list[socket.socket] = []

    def __enter__(self):
        Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *exc_info):
        for one in (self._listener, *self._sockets):
            one.close()

    def cut(self) -> None:
        """From now on connections hang: those that stand, and new ones."""
        self._is_cut.set()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                self._sockets.append(near)
                if not self._is_cut.is_set():
                    far = socket.create_connection(self._target)
                    self._sockets.append(far)
                    for ends in ((near, far), (far, near)):
                        Thread(target=self._pass_on, args=ends, daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(65536):
                if self._is_cut.is_set():
                    return
                sink.sendall(piece)
            if not self._is_cut.is_set():
                sink.shutdown(socket.SHUT_WR)
