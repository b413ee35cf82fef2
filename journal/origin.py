"""From where a write comes, for the audit log: the page, the API, a command, a task; and the address."""

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class WriteOrigin:
    channel: str = "system"
    address: str = ""


SYSTEM = WriteOrigin()
_origin: ContextVar[WriteOrigin] = ContextVar("origin", default=SYSTEM)


def current_origin() -> WriteOrigin:
    return _origin.get()


@contextmanager
def origin(channel: str, address: str = ""):
    """Everything written inside the block is logged as coming from there."""
    token = _origin.set(WriteOrigin(channel, address))
    try:
        yield
    finally:
        _origin.reset(token)
