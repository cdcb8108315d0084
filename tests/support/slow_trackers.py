"""Trackers in memory that show or do things late, as the remote ones do. They know the time of a desk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from pmtrack.errors import UnknownOutcome
from pmtrack.model import Draft, Issue
from pmtrack.trackers.base import Listing, Sending, untold
from pmtrack.trackers.memory import MemoryTracker


def _no_time() -> datetime:
    return datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class Late(MemoryTracker):
    """The first create times out, and takes effect `delay` later."""

    clock: Callable[[], datetime] = _no_time
    delay: timedelta = timedelta()
    waiting: list[tuple[datetime, Draft]] = field(default_factory=list)
    timed_out: bool = False

    def create(self, draft: Draft, sending: Sending = untold) -> Issue:
        self.arrive()
        if self.timed_out:
            return MemoryTracker.create(self, draft, sending)
        sending()
        self.timed_out = True
        self.calls["create"] += 1
        self.waiting.append((self.clock() + self.delay, draft))
        raise UnknownOutcome("the board did not answer in time: the next run looks for it")

    def listing(self, cursor: str) -> Listing:
        self.arrive()
        return MemoryTracker.listing(self, cursor)

    def since(self, mark: str) -> Sequence[Issue]:
        self.arrive()
        return MemoryTracker.since(self, mark)

    def arrive(self) -> None:
        """What was asked for takes effect when its time has come."""
        for due, draft in [*self.waiting]:
            if due <= self.clock():
                self.waiting.remove((due, draft))
                MemoryTracker.create(self, draft)


@dataclass(slots=True)
class Lagging(MemoryTracker):
    """Its list shows what was there `lag` ago, and cannot tell what exists. `blind`: direct reads are no better."""

    clock: Callable[[], datetime] = _no_time
    lag: timedelta = timedelta()
    blind: bool = False
    moments: list[tuple[datetime, tuple[Issue, ...]]] = field(default_factory=list)

    def listing(self, cursor: str) -> Listing:
        self.calls["listing"] += 1
        self.remember()
        return Listing(self._shown(), cursor)

    def since(self, mark: str) -> Sequence[Issue]:
        self.calls["since"] += 1
        found = self._shown() if self.blind else self.issues.values()
        return [issue for issue in found if int(issue.ref.id) > int(mark or 0)]

    def remember(self) -> None:
        """Now is a moment that the list will show later."""
        self.moments.append((self.clock(), tuple(self.issues.values())))

    def _shown(self) -> tuple[Issue, ...]:
        old = [issues for at, issues in self.moments if at <= self.clock() - self.lag]
        return old[-1] if old else ()
