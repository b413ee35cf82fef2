"""From where a write comes, for the audit log: the page, the API, a command, a task; and the address."""

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Origin:
    channel: str = "system"
    address: str = ""


SYSTEM = Origin()
_origin: ContextVar[Origin] = ContextVar("origin", default=SYSTEM)


def current_origin() -> Origin:
    return _origin.get()


@contextmanager
def origin(channel: str, address: str = ""):
    """Everything written inside the block is logged as coming from there."""
    token = _origin.set(Origin(channel, address))
    try:
        yield
    finally:
        _origin.reset(token)
