"""What this process asked of servers, counted for whoever watches it. Knows no vendor, and nobody who shows it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from pmtrack.trackers.windows import Kind


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a limit of `whole`, until more comes at the moment `until` (seconds since 1970)."""

    left: int
    whole: int
    until: float


@dataclass(frozen=True, slots=True, eq=False)
class Meter:
    """Counts for as long as the process lives. May be told and asked by several threads at once."""

    _asked: Counter[tuple[str, Kind]] = field(default_factory=Counter)
    _left: dict[tuple[str, str], Left] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, tracker: str, kind: Kind) -> None:
        """A request to this tracker is sent now."""
        with self._lock:
            self._asked[tracker, kind] += 1

    def note(self, account: str, limit: str, left: Left) -> None:
        """So much is left of a limit of an account."""
        with self._lock:
            self._left[account, limit] = left

    def requests(self) -> Mapping[tuple[str, Kind], int]:
        """(tracker, kind of request) -> how many were sent."""
        with self._lock:
            return dict(self._asked)

    def left(self, now: float) -> Mapping[tuple[str, str], int]:
        """(account, limit) -> what was left after the last request that counts; all of it once that is long ago."""
        with self._lock:
            found = dict(self._left)
        return {name: one.left if now < one.until else one.whole for name, one in found.items()}
