"""A value that takes a while to make: made by one at a time, and kept for a while."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

FRESH = 15.0
"""Seconds that a value is given again before it is made anew."""


@dataclass(frozen=True, slots=True)
class Kept(Generic[K, V]):
    """Values by what they are made for.

    Args:
        make: makes one; where it fails nothing is kept. most: how many are kept. clock: seconds, of any beginning.
    """

    make: Callable[[K], V]
    clock: Callable[[], float]
    most: int = 1
    _made: OrderedDict[K, tuple[float, V]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, key: K) -> V:
        """Who asks meanwhile waits, and gets the same."""
        with self._lock:
            found = self._made.get(key)
            if found is None or self.clock() - found[0] > FRESH:
                found = self._made[key] = (self.clock(), self.make(key))
            self._made.move_to_end(key)
            while len(self._made) > self.most:
                self._made.popitem(last=False)
            return found[1]
