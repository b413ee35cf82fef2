"""Room for the interpreter's frames, where calls go deep and often.

CPython keeps the frames of a thread in pieces of 16 KiB that it takes from the system and gives back. A loop whose
calls happen to cross the end of a piece takes and gives one back at each of them: some microseconds each, hundreds of
times in a page. A frame that claims more than a piece holds gets a large one of its own, and what it leaves of it is
room."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Returned = TypeVar("Returned")
SLOTS = 70_000  # of eight bytes: a little more than half of the mebibyte that the interpreter takes for them


def with_room(function: Callable[Given, Returned], *given: Given.args, **named: Given.kwargs) -> Returned:
    """What the function returns, called with half a mebibyte for the frames below it."""
    return function(*given, **named)


with_room.__code__ = with_room.__code__.replace(co_stacksize=SLOTS)
