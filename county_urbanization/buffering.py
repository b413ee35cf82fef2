"""The kind of gunicorn worker that the site runs in.

gunicorn's `gthread` gives a thread to whoever has sent a first byte, and the thread waits for the rest as long as the
caller likes: eight half-sent requests, or eight answers that nobody takes, stop a process. Here the event loop waits.
A thread gets a request that is whole, and is free again when the answer is made."""

import errno
import selectors
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from django.conf import settings
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, TConn, ThreadWorker

from lib.frame_room import with_room
from lib.web.buffered_socket import BufferedSocket
from lib.web.request_buffer import Incoming

LINGER_SECONDS = 5  # an answer has to be taken before the connection is cut: the caller may still be sending
LOOK_SECONDS = 0.5
RECEIVED_AT_ONCE = 64 * 1024
MOST_BUFFERED = 64 * 2**20  # bytes of requests under way in one process, at most
NOBODY_THERE = {errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK}  # another process was quicker, or the caller left
NO_ROOM = {errno.EMFILE, errno.ENFILE}
REFUSALS = {
    408: ("Request Timeout", "请求没有在规定时间内发完，连接已断开。请检查网络后重试。"),
    411: ("Length Required", "请求没有写明正文长度（Content-Length），没有处理。请由发送的程序写明长度后再发。"),
    431: ("Request Header Fields Too Large", "请求头太长，没有处理。请清除浏览器里本站的 Cookie 后重试。"),
}


class Connection(TConn):
    """gunicorn's, with what the event loop has to know while it waits. `deadline` is on the monotonic clock."""

    def __init__(self, cfg, sock: socket.socket, client, server):
        super().__init__(cfg, BufferedSocket(settings.REQUEST_SECONDS, sock.detach()), client, server)
        self.data_ready = True
        self.keeps_alive = False
        self.incoming: Incoming | None = None
        self.buffered = 0  # bytes of it
        self.waits_since = time.monotonic()

    @property
    def request(self) -> Incoming:
        """The request that arrives or is answered. RuntimeError between two."""
        if self.incoming is None:
            raise RuntimeError("no request is under way on this connection")
        return self.incoming

    @property
    def deadline(self) -> float:
        if self.incoming:
            return self.incoming.deadline
        if self.sock.unsent:
            return self.waits_since + self.sock.writing.left
        return self.waits_since + LINGER_SECONDS


class BufferingWorker(ThreadWorker):
    """Waits for callers in the event loop. Where there are too many of them, who has waited longest goes."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.waiting: dict[Connection, None] = {}  # in the order in which they began to wait
        self.buffered = 0
        self._next_look = 0.0

    # In ------------------------------------------------------------------------------------------

    def accept(self, listener: socket.socket) -> None:
        try:
            sock, address = listener.accept()
        except OSError as error:
            if error.errno in NO_ROOM:
                self._make_room()
            elif error.errno not in NOBODY_THERE:
                raise
            return
        self.nr_conns += 1
        if self.nr_conns >= self.worker_connections:
            self._make_room()
        self._receive(Connection(self.cfg, sock, address, listener.getsockname()))

    def on_client_socket_readable(self, conn: Connection, client: socket.socket) -> None:
        """The next request of a caller who has had an answer."""
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self._receive(conn)

    def _receive(self, conn: Connection, received: bytes = b"") -> None:
        conn.incoming = Incoming(settings.REQUEST_SECONDS)
        conn.sock.setblocking(False)
        if received:
            self._take(conn, received)
        if not self._advance(conn):
            self._wait(conn, selectors.EVENT_READ, self._advance)

    def _advance(self, conn: Connection) -> bool:
        """Read what has arrived; whether there is no more to wait for."""
        incoming = conn.request
        while not incoming.is_ready and not incoming.refusal:
            try:
                piece = conn.sock.recv(RECEIVED_AT_ONCE)
            except BlockingIOError:
                return False
            except OSError:
                piece = b""
            if not piece:
                self._drop(conn)
                return True
            self._take(conn, piece)
        self._stop_waiting(conn)
        if incoming.refusal:
            self._refuse(conn, incoming.refusal)
        else:
            self._hand_over(conn)
        return True

    def _take(self, conn: Connection, piece: bytes) -> None:
        conn.request.feed(piece)
        conn.buffered += len(piece)
        self.buffered += len(piece)
        if conn.request.expects_continue:
            conn.request.expects_continue = False
            _tell(conn, b"HTTP/1.1 100 Continue\r\n\r\n")
        while self.buffered > MOST_BUFFERED and self._make_room(but=conn):
            pass

    def _hand_over(self, conn: Connection) -> None:
        """A whole request goes to a thread."""
        conn.init()
        conn.sock.renew()
        conn.parser.unreader.unread(bytes(conn.request.data))
        conn.request.data.clear()
        self.enqueue_req(conn)

    def handle(self, conn: Connection):
        return with_room(super().handle, conn)

    def handle_request(self, req, conn: Connection):
        """After a long body the connection ends: what of it the view has not read is not waited for."""
        if conn.request.is_long:
            req.force_close()
        return super().handle_request(req, conn)

    def handle_error(self, req, client, addr, exc) -> None:
        """gunicorn's own words for what it cannot read; some of their statuses (414, 501) any cache on the way may keep
        that is not told better."""
        super().handle_error(req, _NotKept(client), addr, exc)

    # Out -----------------------------------------------------------------------------------------

    def finish_request(self, conn: Connection, fs) -> None:
        """The thread is free; in the event loop."""
        conn.keeps_alive = not fs.cancelled() and fs.exception() is None and bool(fs.result())
        conn.incoming = None
        conn.sock.setblocking(False)
        if conn.sock.unsent:
            self._wait(conn, selectors.EVENT_WRITE, self._send_on)
        else:
            self._after_answer(conn)

    def _send_on(self, conn: Connection) -> None:
        try:
            is_sent = conn.sock.flush()
        except OSError:
            self._drop(conn)
            return
        if is_sent:
            self._stop_waiting(conn)
            self._after_answer(conn)

    def _after_answer(self, conn: Connection) -> None:
        if not conn.keeps_alive:
            self._linger(conn)
        elif received := conn.parser.unreader.take_buffered():
            self._receive(conn, received)
        else:
            self._keep_alive(conn)

    def _keep_alive(self, conn: Connection) -> None:
        conn.set_timeout()
        if not self.alive:
            conn.timeout = min(conn.timeout, time.monotonic() + STOP_KEEPALIVE_LINGER)
        self.keepalived_conns.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.on_client_socket_readable, conn))

    def _refuse(self, conn: Connection, status: int) -> None:
        title, words = REFUSALS[status]
        head = [
            f"HTTP/1.1 {status} {title}",
            "Content-Type: text/plain; charset=utf-8",
            f"Content-Length: {len(words.encode())}",
            "Cache-Control: no-store",
            "Connection: close",
        ]
        self.log.warning("Refused %s before it was whole: %d %s", conn.client[0], status, title)
        conn.incoming = None
        _tell(conn, "\r\n".join([*head, "", words]).encode())
        self._linger(conn)

    def _linger(self, conn: Connection) -> None:
        """Say that nothing more comes, and let the caller read it: gunicorn's own way stops the event loop for it."""
        try:
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._close(conn)
            return
        self._wait(conn, selectors.EVENT_READ, self._read_away)

    def _read_away(self, conn: Connection) -> None:
        try:
            is_gone = not conn.sock.recv(RECEIVED_AT_ONCE)
        except BlockingIOError:
            return
        except OSError:
            is_gone = True
        if is_gone:
            self._drop(conn)

    # Waiting -------------------------------------------------------------------------------------

    def murder_pending(self) -> None:
        """gunicorn's loop calls it after each event: who is too slow goes."""
        now = time.monotonic()
        if now < self._next_look:
            return
        self._next_look = now + LOOK_SECONDS
        for conn in [conn for conn in self.waiting if conn.deadline <= now or not self._may_wait(conn)]:
            self._give_up(conn)

    def _may_wait(self, conn: Connection) -> bool:
        """A worker that stops waits for answers, and for requests of which something has come."""
        return self.alive or conn.incoming is None or bool(conn.incoming.data)

    def _give_up(self, conn: Connection) -> None:
        if conn.incoming and conn.incoming.data:
            self._stop_waiting(conn)
            self._refuse(conn, 408)
        else:
            self._drop(conn)

    def _make_room(self, but: Connection | None = None) -> bool:
        """Cut off who has waited longest with a request that is not whole, or with an answer taken already."""
        oldest = next((conn for conn in self.waiting if conn is not but and not conn.sock.unsent), None)
        if oldest is not None:
            self._drop(oldest)
        return oldest is not None

    def _wait(self, conn: Connection, event: int, then: Callable[[Connection], object]) -> None:
        conn.waits_since = time.monotonic()
        self.waiting[conn] = None
        self.poller.register(conn.sock, event, lambda _sock: then(conn))

    def _stop_waiting(self, conn: Connection) -> None:
        if conn in self.waiting:
            del self.waiting[conn]
            self.poller.unregister(conn.sock)
        self.buffered -= conn.buffered
        conn.buffered = 0

    def _drop(self, conn: Connection) -> None:
        self._stop_waiting(conn)
        self._close(conn)

    def _close(self, conn: Connection) -> None:
        self.nr_conns -= 1
        conn.close()


class _NotKept:
    """A socket whose next answer, one of gunicorn's own, says that no cache keeps it."""

    def __init__(self, sock: socket.socket):
        self._sock = sock

    def __getattr__(self, name: str):
        return getattr(self._sock, name)

    def sendall(self, data: bytes) -> None:
        self._sock.sendall(data.replace(b"\r\n", b"\r\nCache-Control: no-store\r\n", 1))


def _tell(conn: Connection, words: bytes) -> None:
    """Send as much of it as goes at once: the event loop waits for nobody."""
    with suppress(OSError):
        conn.sock.send(words)
