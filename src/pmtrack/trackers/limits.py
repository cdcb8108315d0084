"""How fast an account may ask a server (pure but for `Gate`, which waits).

Rules: docs.github.com, "Rate limits for the REST API" and "Best practices": a second between two writes; 80 requests a
minute and 500 an hour that make content; 900 points a minute, where a read counts 1 and a write 5. What the server
itself says (`shut`) comes on top. Times are seconds of one monotonic clock.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pmtrack.errors import TrackerError
from pmtrack.trackers.settings import Limits

RESERVE = 0.05
"""The part of a limit that is left alone: people use the same account, and the server counts with its own clock."""

SAID_FROM = 5.0
"""Seconds; a shorter wait is not worth a line."""


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
    """At most `limit` within any `seconds`; `costs` says what a request counts."""

    seconds: float
    limit: int
    costs: Mapping[Kind, int]
    spent: deque[tuple[float, int]] = field(default_factory=deque)

    def wait(self, kind: Kind, now: float) -> float:
        """Seconds until this fits."""
        while self.spent and self.spent[0][0] <= now - self.seconds:
            self.spent.popleft()
        over = sum(cost for _, cost in self.spent) + self.costs[kind] - self.limit
        for at, cost in self.spent:
            if over <= 0 or not self.costs[kind]:
                break
            over -= cost
            if over <= 0:
                return at + self.seconds - now
        return 0.0

    def spend(self, kind: Kind, now: float) -> None:
        if self.costs[kind]:
            self.spent.append((now, self.costs[kind]))


class Budget:
    """What one account did lately, and when it may do the next thing. Shared by all that use the account."""

    def __init__(self, limits: Limits) -> None:
        self._pause = 1 / limits.writes_per_second
        self._next_write = -math.inf
        self._shut_until = -math.inf
        self._windows = (
            Window(60, _kept(limits.creations_per_minute), CONTENT),
            Window(3600, _kept(limits.creations_per_hour), CONTENT),
            Window(60, _kept(_points(limits)), POINTS),
        )

    def wait(self, kind: Kind, now: float) -> float:
        """Seconds until a request of this kind may be sent, 0 for now."""
        pause = 0.0 if kind is Kind.READ else self._next_write - now
        return max(0.0, pause, self._shut_until - now, *(window.wait(kind, now) for window in self._windows))

    def spend(self, kind: Kind, now: float) -> None:
        """A request of this kind is sent."""
        if kind is not Kind.READ:
            self._next_write = now + self._pause
        for window in self._windows:
            window.spend(kind, now)

    def shut(self, seconds: float, now: float) -> None:
        """The server told us to come back after so many seconds."""
        self._shut_until = max(self._shut_until, now + seconds)

    def seed(self, ages: Iterable[float], now: float) -> None:
        """Creations of an earlier process, by how many seconds ago they were."""
        hour = self._windows[1]
        known = len(hour.spent)
        older = sorted(now - age for age in ages if 0 <= age < hour.seconds)[: -known or None]
        hour.spent.extendleft((at, 1) for at in reversed(older))


def _points(limits: Limits) -> int:
    """A server that allows more writes allows their points, and a look before each of them."""
    return max(POINTS_A_MINUTE, math.ceil(60 * limits.writes_per_second * (POINTS[Kind.READ] + POINTS[Kind.WRITE])))


def _kept(limit: int) -> int:
    return max(1, math.floor(limit * (1 - RESERVE)))


@dataclass(frozen=True, slots=True)
class Gate:
    """Waits until the budget allows a request.

    Args:
        whose: whose limits these are ("GitHub"). patience: seconds; what takes longer is left to the next run.
        say: told one line of each longer wait. note: told what the server wants, for the next process.
    """

    budget: Budget
    whose: str
    patience: float
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    say: Callable[[str], None]
    note: Callable[[float], None] = lambda _seconds: None

    def enter(self, kind: Kind) -> None:
        """Return when a request of this kind may be sent, and count it.

        Raises:
            TrackerError: that would take longer than our patience; `retry_after` says how long.
        """
        self.ready(kind)
        self.budget.spend(kind, self.clock())

    def ready(self, kind: Kind) -> None:
        """Return when a request of this kind may be sent, and leave it uncounted: for a look right before a write.

        Raises:
            TrackerError: as `enter`.
        """
        wait = self.budget.wait(kind, self.clock())
        if wait > self.patience:
            raise self.refusal(wait)
        if wait >= SAID_FROM:
            self.say(f"waiting {math.ceil(wait)} s for {self.whose}'s limit")
        if wait > 0:
            self.sleep(wait)

    def shut(self, seconds: float) -> None:
        """The server told us to come back after so many seconds."""
        self.budget.shut(seconds, self.clock())
        self.note(seconds)

    def refusal(self, seconds: float) -> TrackerError:
        """What to raise where it takes that long."""
        shown = f"{math.ceil(seconds)} s" if seconds < 120 else f"{math.ceil(seconds / 60)} minutes"
        sentence = f"{self.whose}'s limit is used up for {shown}: a run after that goes on with the rest"
        return TrackerError(sentence, retry_after=seconds)
