"""What a request counts against a server's limits, and how much fits into a stretch of time (pure)."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pmtrack.trackers.settings import Limits

RESERVE = 0.05
"""The part of a limit that is left alone: people use the same account, the server counts with its own clock, and the
reads of a portion are noted before they are sent, see `limits.PORTION`."""


class Kind(StrEnum):
    """What a request does."""

    READ = "read"
    WRITE = "write"
    CREATE = "create"  # an issue, a comment or a label


POINTS: Mapping[Kind, int] = {Kind.READ: 1, Kind.WRITE: 5, Kind.CREATE: 5}
POINTS_A_MINUTE = 900
CONTENT: Mapping[Kind, int] = {Kind.READ: 0, Kind.WRITE: 0, Kind.CREATE: 1}


@dataclass(slots=True)
class Window:
    """At most `limit` within any `seconds`; `costs` says what a request counts. `name` is for people."""

    name: str
    seconds: float
    limit: int
    costs: Mapping[Kind, int]
    _spent: deque[tuple[float, int]] = field(default_factory=deque)
    _sum: int = 0

    def wait(self, kind: Kind, now: float, times: int = 1) -> float:
        """Seconds until so many fit; never more than the window has, whatever the clock does."""
        self._forget(now)
        over = self._sum + times * self.costs[kind] - self.limit
        for at, cost in self._spent:
            if over <= 0 or not self.costs[kind]:
                break
            over -= cost
            if over <= 0:
                return min(at + self.seconds - now, self.seconds)
        return 0.0

    def spend(self, kind: Kind, now: float, times: int = 1) -> None:
        if cost := times * self.costs[kind]:
            self._spent.append((now, cost))
            self._sum += cost

    def left(self, now: float) -> int:
        """What still fits."""
        self._forget(now)
        return max(0, self.limit - self._sum)

    def _forget(self, now: float) -> None:
        while self._spent and self._spent[0][0] <= now - self.seconds:
            self._sum -= self._spent.popleft()[1]


def windows(limits: Limits) -> tuple[Window, ...]:
    """Those of an account, each less the reserve."""
    return (
        Window("creations_per_minute", 60, _kept(limits.creations_per_minute), CONTENT),
        Window("creations_per_hour", 3600, _kept(limits.creations_per_hour), CONTENT),
        Window("points_per_minute", 60, _kept(_points(limits)), POINTS),
    )


def _points(limits: Limits) -> int:
    """A server that allows more writes allows their points, and a look before each of them."""
    return max(POINTS_A_MINUTE, math.ceil(60 * limits.writes_per_second * (POINTS[Kind.READ] + POINTS[Kind.WRITE])))


def _kept(limit: int) -> int:
    return max(1, math.floor(limit * (1 - RESERVE)))
