"""A server that answers what a test has written down, one after the other, and notes what it was asked."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import NamedTuple


class Answer(NamedTuple):
    status: int
    body: bytes = b"{}"
    headers: dict = {}


class Asked(NamedTuple):
    method: str
    path: str
    key: str | None
    authorization: str | None = None


@contextmanager
def scripted(answers: Sequence[Answer]) -> Iterator[tuple[str, list[Asked]]]:
    """(address, what was asked so far); after the last answer every request gets a 418."""
    left, asked = list(answers), []

    class Handler(BaseHTTPRequestHandler):
        def answer(self):
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            key, authorization = self.headers.get("Idempotency-Key"), self.headers.get("Authorization")
            asked.append(Asked(self.command, self.path, key, authorization))
            status, body, headers = left.pop(0) if left else Answer(418)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_PUT = do_POST = answer

        def log_message(self, *_words):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
