"""A cache with a limit. Pure."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock


class LRUCache[K: Hashable, V]:
    """Holds values that together weigh `most` at most: what was asked for longest ago goes first.

    Without `weigh` each weighs 1. What alone weighs more than an eighth of `most` is not held, so that a few giants
    don't drive out all others. Threads may share it.
    """

    def __init__(self, most: int, weigh: Callable[[V], int] = lambda value: 1) -> None:
        self._most = most
        self._weigh = weigh
        self._values: OrderedDict[K, V] = OrderedDict()
        self._lock = Lock()
        self.weight = 0

    def get(self, key: K) -> V | None:
        """The value of a key, which so becomes the newest; None where there is none."""
        with self._lock:
            value = self._values.get(key)
            if value is not None:
                self._values.move_to_end(key)
            return value

    def put(self, key: K, value: V) -> None:
        """Hold a value in the place of the one that the key had."""
        with self._lock:
            self._drop(key)
            weight = self._weigh(value)
            if weight > self._most // 8:
                return
            self._values[key] = value
            self.weight += weight
            while self.weight > self._most:
                self._drop(next(iter(self._values)))

    def drop(self, key: K) -> None:
        with self._lock:
            self._drop(key)

    def _drop(self, key: K) -> None:
        if (value := self._values.pop(key, None)) is not None:
            self.weight -= self._weigh(value)
