"""A caller's socket that keeps no thread waiting: what a slow reader has not taken yet stays in memory, for the event
loop to send, and a body that comes too slowly ends."""

import errno
import socket
import time
from collections import deque
from threading import Lock

from lib.web.request_buffer import Pace

MOST_UNSENT = 8 * 2**20  # bytes of one answer in memory, at most; a thread waits with the rest of a longer one
PIECE = 64 * 1024


class UnsentBudget:
    """Bytes that a process may hold for all its slow readers."""

    def __init__(self, most: int):
        self.most = most
        self._used, self._lock = 0, Lock()

    def take(self, count: int) -> bool:
        with self._lock:
            if self._used + count > self.most:
                return False
            self._used += count
            return True

    def give_back(self, count: int) -> None:
        with self._lock:
            self._used -= count


UNSENT = UnsentBudget(128 * 2**20)


class BufferedSocket(socket.socket):
    """`sendall` returns at once where the answer fits into memory; `flush` sends on. In blocking mode `recv` waits
    as long as `Pace` allows (TimeoutError), and so does `sendall` for an answer that does not fit (ConnectionError)."""

    def __init__(self, grace: float, fileno: int):
        super().__init__(fileno=fileno)
        self.grace, self.is_waiting = grace, False
        self.unsent: deque[memoryview] = deque()
        self.unsent_bytes = 0
        self.renew()

    def renew(self) -> None:
        """A request begins: its sender and its reader have their time anew."""
        self.reading, self.writing = Pace(self.grace), Pace(self.grace)

    def setblocking(self, flag: bool) -> None:
        self.is_waiting = flag
        super().setblocking(flag)

    def recv(self, size: int, *flags: int) -> bytes:
        if not self.is_waiting:
            return super().recv(size, *flags)
        started = time.monotonic()
        try:
            self._wait_at_most(self.reading)
            data = super().recv(size, *flags)
        finally:
            self.reading.waited += time.monotonic() - started
        self.reading.moved += len(data)
        return data

    def sendall(self, data: bytes, *_flags: int) -> None:
        rest = memoryview(data).cast("B")
        if not self.unsent:
            rest = rest[self._send_now(rest) :]
        while rest:
            piece = rest[:PIECE]
            if self._keep(piece):
                rest = rest[len(piece) :]
            elif self.unsent:
                self._forget(self._send_waiting(self.unsent[0]))
            else:
                rest = rest[self._send_waiting(piece) :]

    def flush(self) -> bool:
        """Send what goes at once, in the event loop; whether all is sent."""
        while self.unsent and (sent := self._send_now(self.unsent[0])):
            self._forget(sent)
        return not self.unsent

    def close(self) -> None:
        UNSENT.give_back(self.unsent_bytes)
        self.unsent_bytes = 0
        self.unsent.clear()
        super().close()

    def _keep(self, piece: memoryview) -> bool:
        if self.unsent_bytes + len(piece) > MOST_UNSENT or not UNSENT.take(len(piece)):
            return False
        self.unsent.append(memoryview(bytes(piece)))
        self.unsent_bytes += len(piece)
        return True

    def _send_now(self, data: memoryview) -> int:
        """Bytes that the network takes without waiting."""
        super().setblocking(False)
        try:
            sent = super().send(data)
        except BlockingIOError:
            return 0
        self.writing.moved += sent
        return sent

    def _send_waiting(self, data: memoryview) -> int:
        """Bytes sent, one at least."""
        started = time.monotonic()
        try:
            self._wait_at_most(self.writing)
            sent = super().send(data)
        except TimeoutError as error:
            raise ConnectionResetError(errno.ECONNRESET, "the reader is too slow") from error
        finally:
            self.writing.waited += time.monotonic() - started
        self.writing.moved += sent
        return sent

    def _forget(self, sent: int) -> None:
        """The first `sent` bytes of the first piece have left."""
        piece = self.unsent.popleft()
        if sent < len(piece):
            self.unsent.appendleft(piece[sent:])
        self.unsent_bytes -= sent
        UNSENT.give_back(sent)

    def _wait_at_most(self, pace: Pace) -> None:
        if pace.left <= 0:
            raise TimeoutError(errno.ETIMEDOUT, "the other side is too slow")
        self.settimeout(pace.left)
