"""One request while it comes in, before a thread is given to it."""

import time
from dataclasses import dataclass, field

HEAD_BYTES = 64 * 1024
BUFFERED_BODY = 2**20  # a longer body is read by the view, once it is known who sends it
SLOWEST = 16 * 1024  # bytes a second that the slowest line of ours carries
HEAD_END = b"\r\n\r\n"


@dataclass
class Pace:
    """How long another side may keep us waiting in all: `grace` seconds, and one more for each SLOWEST bytes moved."""

    grace: float
    moved: int = 0
    waited: float = 0

    @property
    def left(self) -> float:
        """Seconds; none or less: it was too slow."""
        return self.grace + self.moved / SLOWEST - self.waited


@dataclass
class Incoming:
    """The bytes of one request, and how far it has come.

    `is_ready`: head and body are whole, or the body is a long one (`is_long`), which is left to be read by the view.
    `refusal`: an HTTP status where no more is waited for."""

    grace: float  # seconds for the head, and then for the body
    data: bytearray = field(default_factory=bytearray)
    started: float = field(default_factory=time.monotonic)
    head_bytes: int = 0  # 0 until the head is whole
    body_bytes: int = 0  # as the head tells it
    is_long: bool = False
    expects_continue: bool = False
    refusal: int = 0

    @property
    def is_ready(self) -> bool:
        return bool(self.head_bytes) and (self.is_long or len(self.data) >= self.head_bytes + self.body_bytes)

    @property
    def deadline(self) -> float:
        """On the monotonic clock: the head has `grace` seconds in all, the body as many and its length's time."""
        received = max(len(self.data) - self.head_bytes, 0) if self.head_bytes else 0
        return self.started + Pace(self.grace, received).left

    def feed(self, piece: bytes) -> None:
        """Take what has arrived."""
        searched = max(len(self.data) - len(HEAD_END) + 1, 0)
        self.data += piece
        if self.head_bytes:
            return
        end = self.data.find(HEAD_END, searched)
        if end >= 0:
            self._read_head(end + len(HEAD_END))
        elif len(self.data) > HEAD_BYTES:
            self.refusal = 431

    def _read_head(self, length: int) -> None:
        fields = [_name_and_value(line) for line in bytes(self.data[:length]).split(b"\r\n")[1:]]
        if length > HEAD_BYTES:
            self.refusal = 431
        elif any(name == b"transfer-encoding" for name, _value in fields):
            self.refusal = 411
        else:
            self.head_bytes, self.started = length, time.monotonic()
            self.body_bytes = _length([value for name, value in fields if name == b"content-length"])
            self.is_long = self.body_bytes > BUFFERED_BODY
            self._take_expectation(fields)

    def _take_expectation(self, fields: list[tuple[bytes, bytes]]) -> None:
        """A body that is waited for here is asked for here: the server's own `100 Continue` would come too late."""
        if self.is_long or (b"expect", b"100-continue") not in fields:
            return
        self.expects_continue = True
        lines = bytes(self.data[: self.head_bytes]).split(b"\r\n")
        head = b"\r\n".join(line for line in lines if _name_and_value(line)[0] != b"expect")
        self.data[: self.head_bytes] = head
        self.head_bytes = len(head)


def _name_and_value(line: bytes) -> tuple[bytes, bytes]:
    name, _colon, value = line.partition(b":")
    return name.strip().lower(), value.strip().lower()


def _length(values: list[bytes]) -> int:
    """The length of the body; 0 also where the head contradicts itself, which the parser refuses without waiting."""
    if len(values) != 1 or not values[0].isdigit():
        return 0
    return int(values[0][:18])
