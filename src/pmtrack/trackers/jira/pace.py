"""How fast one issue may be written to, besides what the account may do at all.

Rule: developer.atlassian.com, "Rate limiting": 20 writes in 2 seconds and 100 in 30 seconds to the same issue. A
twentieth of each is left to people.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

WINDOWS = ((2.0, 19), (30.0, 95))
"""Seconds, and how many writes to one issue they may hold."""

KEPT = 1_000
"""Issues; of the older ones the writes are long forgotten by Jira, too."""


@dataclass(slots=True)
class Pace:
    """What was written to which issue lately, by this process. Times are seconds since 1970."""

    clock: Callable[[], float]
    sleep: Callable[[float], None]
    _spent: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def wait(self, issue: str) -> float:
        """Seconds until the issue may be written to once more, 0 for now."""
        now, spent = self.clock(), self._spent.get(issue, deque())
        waits = [spent[-limit] + seconds - now for seconds, limit in WINDOWS if len(spent) >= limit]
        return min(max([0.0, *waits]), WINDOWS[-1][0])

    def ready(self, issue: str) -> None:
        """Return when the issue may be written to, and count nothing: for a look right before a write."""
        seconds = self.wait(issue)
        if seconds > 0:
            self.sleep(seconds)

    def enter(self, issue: str) -> None:
        """Return when the issue may be written to, and count that. The empty name is no issue."""
        if not issue:
            return
        self.ready(issue)
        spent = self._spent[issue]
        spent.append(self.clock())
        while len(spent) > WINDOWS[-1][1]:
            spent.popleft()
        if len(self._spent) > KEPT:
            del self._spent[next(iter(self._spent))]
