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

SHARE = 0.1
"""The part of the time that goes into making one at most: what takes long is given again for longer."""


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
            until, value = self._made.get(key) or self._new(key)
            if self.clock() > until:
                _, value = self._new(key)
            self._made.move_to_end(key)
            while len(self._made) > self.most:
                self._made.popitem(last=False)
            return value

    def _new(self, key: K) -> tuple[float, V]:
        began = self.clock()
        value = self.make(key)
        now = self.clock()
        made = self._made[key] = (now + max(FRESH, (now - began) / SHARE), value)
        return made
