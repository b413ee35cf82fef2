"""What the interpreter does beside the tests, made cheap."""

import gc
from collections.abc import Callable
from typing import Any

ROOM = 70_000  # slots of a frame, a little more than half of a mebibyte: the interpreter takes the whole


def with_room(function: Callable, *given: Any) -> Any:
    """Call it with half a mebibyte for the frames below.

    CPython keeps frames in pieces of 16 KiB that it takes from the system and gives back. A loop whose calls happen to
    cross the end of a piece takes and gives one back at each call: up to two fifths of the time of a test that goes
    through pytest and Django. A frame that claims more than fits gets a piece of its own; the rest of it is room."""
    return function(*given)


with_room.__code__ = with_room.__code__.replace(co_stacksize=ROOM)


def forget_what_is_loaded() -> None:
    """The modules and tests collected so far stay: the garbage collector need not look through them again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)  # as in the site's own processes
