"""How fast an account may ask a server, whoever uses it: trackers, sources, and other processes on the same store.

Rules: docs.github.com, "Rate limits for the REST API" and "Best practices": a second between two writes; 80 requests a
minute and 500 an hour that make content; 900 points a minute, where a read counts 1 and a write 5. What the server
itself says (`shut`, `hear`) comes on top. Times are seconds since 1970, since another process has to understand them.

Every request stands in the journal before it is sent: a write in a line of its own, reads in portions of `PORTION`, so
that an unchanged run of 20 reads commits twice. At any moment a run has up to 9 reads noted that are not sent yet, and
the server may count them in a later minute than we do. The reserve covers that: of 900 points 45 are left alone, which
is 9 reads each of five runs that use one account at once. What a run leaves of its last portion is lost.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from pmtrack.errors import TrackerError
from pmtrack.trackers.journal import Journal, Notebook, Turn
from pmtrack.trackers.meter import Left, Meter
from pmtrack.trackers.settings import Limits
from pmtrack.trackers.windows import Kind, windows

__all__ = ["Budget", "Gate", "Journal", "Kind", "Ledger", "Left", "Meter", "Notebook"]

PORTION = 10
"""Reads that are noted at once."""

KINDS: Mapping[str, Kind] = {kind.value: kind for kind in Kind}

SAID_FROM = 5.0
"""Seconds; a shorter wait is not worth a line."""

LEAST = 0.001
"""Seconds; a shorter wait may be nothing to a clock, and would be asked for again and again."""

LONGEST = 24 * 3600.0
"""Seconds; a longer wait is a damaged store or a clock that jumped."""

SHUT, LOW = "shut", "low"
"""What a journal says where the server told us to stay away until a moment: altogether, or with what only reads."""

SPARED: Mapping[str, float] = {SHUT: 0.002, LOW: 0.01}
"""The part of what the server allows at which that is said: 10 and 50 of 5,000 requests. Others ask meanwhile, and what
was begun by a read can still be written."""

ALIKE = 2.0
"""Seconds between two words for one moment, by clocks that differ."""

REQUESTS = "requests"
"""The name of the limit of which the server itself tells what is left."""


def _unwatched(_limit: str, _left: Left) -> None:
    """Nobody wants to know what is left."""


class Budget:
    """What one account did lately, and when it may do the next thing. Shared by all that use the account.

    Args:
        journal: where requests are noted, for other processes. note: told what is left of a limit, by its name.
    """

    def __init__(
        self, limits: Limits, journal: Journal | None = None, note: Callable[[str, Left], None] = _unwatched
    ) -> None:
        self._journal = journal or Notebook()
        self._tell = note
        self._read_to = 0
        self._ready_reads = 0
        self._pause = 1 / limits.writes_per_second
        self._next_write = -math.inf
        self._until = {SHUT: -math.inf, LOW: -math.inf}
        self._windows = windows(limits)

    def wait(self, kind: Kind, now: float) -> float:
        """Seconds until a request of this kind may be sent, 0 for now; by what others noted, too."""
        self._catch_up(self._journal)
        if kind is Kind.READ and self._ready_reads:
            return self._stay_away(kind, now)
        return self._wait(kind, now)

    def take(self, kind: Kind, now: float) -> float:
        """The same; and where it may be sent now, it is counted."""
        if kind is Kind.READ:
            return self._take_read(now)
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

    def hear(self, left: Left) -> None:
        """The server told what is left; where that is little, we stay away before it refuses."""
        self._tell(REQUESTS, left)
        for what in (SHUT, LOW):
            if left.left <= spared(left.whole, what):
                self._say(what, left.until)
                return

    def _say(self, what: str, until: float) -> None:
        if until <= self._until[what] + ALIKE:
            return
        with self._journal.turn() as turn:
            self._catch_up(turn)
            self._note(turn, until, what)

    def _take_read(self, now: float) -> float:
        """One of those that are noted already; or of a new portion, in which there is as much as fits."""
        if wait := self.wait(Kind.READ, now):
            return wait
        if not self._ready_reads:
            with self._journal.turn() as turn:
                self._catch_up(turn)
                portion = PORTION if not self._wait(Kind.READ, now, PORTION) else 1
                if wait := self._wait(Kind.READ, now, portion):
                    return wait
                self._note(turn, now, f"{Kind.READ}*{portion}")
                self._ready_reads = portion
        self._ready_reads -= 1
        return 0.0

    def _wait(self, kind: Kind, now: float, times: int = 1) -> float:
        pause = 0.0 if kind is Kind.READ else min(self._next_write - now, self._pause)
        fits = (window.wait(kind, now, times) for window in self._windows)
        return max(0.0, pause, self._stay_away(kind, now), *fits)

    def _stay_away(self, kind: Kind, now: float) -> float:
        """What the server said."""
        said = [self._until[what] - now for what in ((SHUT, LOW) if kind is Kind.READ else (SHUT,))]
        return max(0.0, *(seconds for seconds in said if seconds <= LONGEST), 0.0)

    def _note(self, turn: Turn, at: float, what: str) -> None:
        self._take_up(turn.add(at, what), at, what)

    def _catch_up(self, journal: Journal | Turn) -> None:
        for line in journal.news(self._read_to):
            self._take_up(*line)

    def _take_up(self, number: int, at: float, what: str) -> None:
        self._read_to = number
        if what in self._until:
            self._until[what] = max(self._until[what], at)
            return
        word, _, times = what.partition("*")
        kind = KINDS.get(word)
        if kind is None:  # a later version knows more
            return
        if kind is not Kind.READ:
            self._next_write = at + self._pause
        for window in self._windows:
            if window.costs[kind]:
                window.spend(kind, at, int(times or 1))
                self._tell(window.name, Left(window.left(at), window.limit, at + window.seconds))


def spared(whole: int, what: str) -> int:
    """How many of the requests that a server allows are left alone; of few only as many as can be missed."""
    return max(math.floor(whole * SPARED[what]), min(5, whole // 10) if what == LOW else 0)


@dataclass(frozen=True, slots=True)
class Ledger:
    """The budgets of all accounts.

    Args:
        journal: of an account, by its name. meter: counts what is asked.
    """

    journal: Callable[[str], Journal] = lambda _account: Notebook()
    meter: Meter = field(default_factory=Meter)
    _budgets: dict[tuple[str, Limits], Budget] = field(default_factory=dict)

    def budget(self, account: str, limits: Limits) -> Budget:
        """The one of an account; all that name it get the same."""
        key = (account, limits)
        if key not in self._budgets:
            self._budgets[key] = Budget(limits, self.journal(account), partial(self.meter.note, account))
        return self._budgets[key]

    def counter(self, tracker: str) -> Callable[[Kind], None]:
        """What is told each request to a tracker, see `Gate`."""
        return partial(self.meter.count, tracker)


def _uncounted(_kind: Kind) -> None:
    """Nobody wants to know what is asked."""


@dataclass(frozen=True, slots=True)
class Gate:
    """Waits until the budget allows a request.

    Args:
        whose: whose limits these are ("GitHub"). patience: seconds; what takes longer is left to the next run.
        clock: seconds since 1970. say: told one line of each longer wait. count: told each request that is let in.
    """

    budget: Budget
    whose: str
    patience: float
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    say: Callable[[str], None]
    count: Callable[[Kind], None] = _uncounted

    def enter(self, kind: Kind) -> None:
        """Return when a request of this kind may be sent, and count it.

        Raises:
            TrackerError: that would take longer than our patience; `retry_after` says how long.
        """
        self._pass(lambda: self.budget.take(kind, self.clock()))
        self.count(kind)

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

    def hear(self, left: Left) -> None:
        """The server told what is left of what it allows."""
        self.budget.hear(left)

    def refusal(self, seconds: float) -> TrackerError:
        """What to raise where it takes that long."""
        shown = f"{math.ceil(seconds)} s" if seconds < 120 else f"{math.ceil(seconds / 60)} minutes"
        sentence = f"{self.whose}'s limit is used up for {shown}: a run after that goes on with the rest"
        return TrackerError(sentence, retry_after=seconds)
