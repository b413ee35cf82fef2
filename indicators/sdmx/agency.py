"""Who maintains the structures of this site: the owner of its plan. Set for the length of a request, so that nothing
below has to pass it along. Pure: no Django."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Maintainer:
    """An organisation as SDMX names it; `code` is an identifier of the standard: it begins with a letter."""

    code: str
    name: str
    name_en: str

    @classmethod
    def of(cls, code: str, name: str, name_en: str) -> "Maintainer":
        """Of a unit's code and names; a code that begins with a digit gets letters before it."""
        return cls(code if code[:1].isalpha() else f"ORG_{code}", name, name_en or name)


_current: ContextVar[Maintainer] = ContextVar("maintainer")


def maintainer() -> Maintainer:
    """The one of this request. LookupError outside of `maintained_by`."""
    return _current.get()


def agency_code() -> str:
    return maintainer().code


@contextmanager
def maintained_by(found: Maintainer) -> Iterator[None]:
    """Everything within speaks of structures that `found` maintains."""
    token = _current.set(found)
    try:
        yield
    finally:
        _current.reset(token)
