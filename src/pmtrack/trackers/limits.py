"""How fast an account may ask a server, whoever uses it: trackers, sources, and other processes on the same store.

Rules: docs.github.com, "Rate limits for the REST API" and "Best practices": a second between two writes; 80 requests a
minute and 500 an hour that make content; 900 points a minute, where a read counts 1 and a write 5. What the server
itself says (`shut`) comes on top. Times are seconds since 1970, since another process has to understand them.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from pmtrack.errors import TrackerError
from pmtrack.trackers.settings import Limits

RESERVE = 0.05
"""The part of a limit that is left alone: people use the same account, and the server counts with its own clock."""

SAID_FROM = 5.0
"""Seconds; a shorter wait is not worth a line."""

LEAST = 0.001
"""Seconds; a shorter wait may be nothing to a clock, and would be asked for again and again."""

LONGEST = 24 * 3600.0
"""Seconds; a longer wait is a damaged store or a clock that jumped."""

SHUT = "shut"
"""What a journal says where the server told us to stay away until a moment."""

Entry = tuple[int, float, str]
"""A line of a journal: its number, a moment, and the `Kind` of request that was sent then, or `SHUT`."""


class Kind(StrEnum):
    """What a request does."""

    READ = "read"
    WRITE = "write"
    CREATE = "create"  # an issue, a comment or a label


POINTS: Mapping[Kind, int] = {Kind.READ: 1, Kind.WRITE: 5, Kind.CREATE: 5}
POINTS_A_MINUTE = 900
CONTENT: Mapping[Kind, int] = {Kind.READ: 0, Kind.WRITE: 0, Kind.CREATE: 1}


class Turn(Protocol):
    """A journal while nobody else writes to it."""

    def news(self, after: int) -> Sequence[Entry]:
        """As of the journal."""

    def add(self, at: float, what: str) -> int:
        """One line more. Returns its number."""


class Journal(Protocol):
    """What one account did lately, where all that use it can see it."""

    def news(self, after: int) -> Sequence[Entry]:
        """The lines with a greater number, in order; none that are older than an hour."""

    def turn(self) -> AbstractContextManager[Turn]:
        """Have it to oneself for a moment."""


@dataclass(slots=True)
class Notebook:
    """A journal of this process alone."""

    lines: list[Entry] = field(default_factory=list)

    @contextmanager
    def turn(self) -> Iterator[Turn]:
        yield self

    def news(self, after: int) -> Sequence[Entry]:
        return self.lines[after:]

    def add(self, at: float, what: str) -> int:
        self.lines.append((len(self.lines) + 1, at, what))
        return len(self.lines)


@dataclass(slots=True)
class Window:
    """At most `limit` within any `seconds`; `costs` says what a request counts."""

    seconds: float
    limit: int
    costs: Mapping[Kind, int]
    spent: deque[tuple[float, int]] = field(default_factory=deque)

    def wait(self, kind: Kind, now: float) -> float:
        """Seconds until this fits; never more than the window has, whatever the clock does."""
        while self.spent and self.spent[0][0] <= now - self.seconds:
            self.spent.popleft()
        over = sum(cost for _, cost in self.spent) + self.costs[kind] - self.limit
        for at, cost in self.spent:
            if over <= 0 or not self.costs[kind]:
                break
            over -= cost
            if over <= 0:
                return min(at + self.seconds - now, self.seconds)
        return 0.0

    def spend(self, kind: Kind, now: float) -> None:
        if self.costs[kind]:
            self.spent.append((now, self.costs[kind]))


class Budget:
    """What one account did lately, and when it may do the next thing. Shared by all that use the account.

    Args:
        journal: where writes are noted, for other processes; reads count in this one only.
    """

    def __init__(self, limits: Limits, journal: Journal | None = None) -> None:
        self._journal = journal or Notebook()
        self._read_to = 0
        self._pause = 1 / limits.writes_per_second
        self._next_write = -math.inf
        self._shut_until = -math.inf
        self._windows = (
            Window(60, _kept(limits.creations_per_minute), CONTENT),
            Window(3600, _kept(limits.creations_per_hour), CONTENT),
            Window(60, _kept(_points(limits)), POINTS),
        )

    def wait(self, kind: Kind, now: float) -> float:
        """Seconds until a request of this kind may be sent, 0 for now; by what others noted, too."""
        self._catch_up(self._journal)
        return self._wait(kind, now)

    def take(self, kind: Kind, now: float) -> float:
        """The same; and where it may be sent now, it is counted."""
        if kind is Kind.READ:
            wait = self.wait(kind, now)
            self._spend([] if wait else [(kind, now)])
            return wait
        with self._journal.turn() as turn:
            self._catch_up(turn)
            wait = self._wait(kind, now)
            if not wait:
                self._note(turn, now, kind)
        return wait

    def shut(self, seconds: float, now: float) -> None:
        """The server told us to come back after so many seconds."""
        with self._journal.turn() as turn:
            self._catch_up(turn)
            self._note(turn, now + seconds, SHUT)

    def _wait(self, kind: Kind, now: float) -> float:
        pause = 0.0 if kind is Kind.READ else min(self._next_write - now, self._pause)
        shut = self._shut_until - now
        return max(0.0, pause, shut if shut <= LONGEST else 0.0, *(window.wait(kind, now) for window in self._windows))

    def _note(self, turn: Turn, at: float, what: str) -> None:
        self._take_up(turn.add(at, what), at, what)

    def _catch_up(self, journal: Journal | Turn) -> None:
        for line in journal.news(self._read_to):
            self._take_up(*line)

    def _take_up(self, number: int, at: float, what: str) -> None:
        self._read_to = number
        if what == SHUT:
            self._shut_until = max(self._shut_until, at)
        else:
            self._spend([(Kind(what), at)])

    def _spend(self, sent: Sequence[tuple[Kind, float]]) -> None:
        for kind, at in sent:
            if kind is not Kind.READ:
                self._next_write = at + self._pause
            for window in self._windows:
                window.spend(kind, at)


def _points(limits: Limits) -> int:
    """A server that allows more writes allows their points, and a look before each of them."""
    return max(POINTS_A_MINUTE, math.ceil(60 * limits.writes_per_second * (POINTS[Kind.READ] + POINTS[Kind.WRITE])))


def _kept(limit: int) -> int:
    return max(1, math.floor(limit * (1 - RESERVE)))


@dataclass(frozen=True, slots=True)
class Ledger:
    """The budgets of all accounts.

    Args:
        journal: of an account, by its name.
    """

    journal: Callable[[str], Journal] = lambda _account: Notebook()
    _budgets: dict[tuple[str, Limits], Budget] = field(default_factory=dict)

    def budget(self, account: str, limits: Limits) -> Budget:
        """The one of an account; all that name it get the same."""
        key = (account, limits)
        if key not in self._budgets:
            self._budgets[key] = Budget(limits, self.journal(account))
        return self._budgets[key]


@dataclass(frozen=True, slots=True)
class Gate:
    """Waits until the budget allows a request.

    Args:
        whose: whose limits these are ("GitHub"). patience: seconds; what takes longer is left to the next run.
        clock: seconds since 1970. say: told one line of each longer wait.
    """

    budget: Budget
    whose: str
    patience: float
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    say: Callable[[str], None]

    def enter(self, kind: Kind) -> None:
        """Return when a request of this kind may be sent, and count it.

        Raises:
            TrackerError: that would take longer than our patience; `retry_after` says how long.
        """
        self._pass(lambda: self.budget.take(kind, self.clock()))

    def ready(self, kind: Kind) -> None:
        """Return when a request of this kind may be sent, and leave it uncounted: for a look right before a write.

        Raises:
            TrackerError: as `enter`.
        """
        self._pass(lambda: self.budget.wait(kind, self.clock()))

    def _pass(self, ask: Callable[[], float]) -> None:
        """Ask again after each wait: somebody else may have been faster."""
        left = self.patience
        while wait := ask():
            if wait > left:
                raise self.refusal(wait)
            if wait >= SAID_FROM:
                self.say(f"waiting {math.ceil(wait)} s for {self.whose}'s limit")
            self.sleep(max(wait, LEAST))
            left -= wait

    def shut(self, seconds: float) -> None:
        """The server told us to come back after so many seconds."""
        self.budget.shut(seconds, self.clock())

    def refusal(self, seconds: float) -> TrackerError:
        """What to raise where it takes that long."""
        shown = f"{math.ceil(seconds)} s" if seconds < 120 else f"{math.ceil(seconds / 60)} minutes"
        sentence = f"{self.whose}'s limit is used up for {shown}: a run after that goes on with the rest"
        return TrackerError(sentence, retry_after=seconds)
