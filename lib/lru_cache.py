"""An LRU cache in the memory of this process: what was used last stays, the rest is dropped as new things come."""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Any


class Recent:
    """At most `most` things by their names."""

    def __init__(self, most: int):
        self.most = most
        self._things: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = Lock()

    def get(self, name: Hashable, otherwise: Any = None) -> Any:
        with self._lock:
            if name not in self._things:
                return otherwise
            self._things.move_to_end(name)
            return self._things[name]

    def put(self, name: Hashable, thing: Any) -> None:
        with self._lock:
            self._things[name] = thing
            self._things.move_to_end(name)
            while len(self._things) > self.most:
                self._things.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._things.clear()
