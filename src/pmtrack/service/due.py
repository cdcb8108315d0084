"""Which sources are to be synced now (pure), by what the store says of the last time.

Nothing is counted in this process, so that a restart, a machine that slept and a clock that was set neither skip nor
double anything. Times are seconds since 1970 by the clock of the store.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import timedelta

from pmtrack.store.leases import Standing

JITTER = 0.1
"""The part of an interval by which a run may come early or late, so that not all sources are due in one moment."""

RESTED = 1.0
"""Seconds between the beginnings of two runs of a source that is asked for."""

SWEPT_EVERY = timedelta(days=1).total_seconds()


@dataclass(frozen=True, slots=True)
class Moment:
    """What the store says now.

    Attributes:
        standings: by name of a source; swept: the same of the last time that all of it was read.
        asked: sources that somebody asks for: a webhook, or a configuration that was changed.
        alone: whether this worker is the only one alive, so that whoever has a lease died over it.
    """

    now: float
    standings: Mapping[str, Standing]
    swept: Mapping[str, Standing]
    asked: Set[str] = frozenset()
    alone: bool = True

    def due(self, every: Mapping[str, timedelta], worker: str) -> list[str]:
        """The sources whose time has come, the longest waiting first.

        Args:
            every: source -> its interval. worker: several begin at different ends of what waits equally long.
        """
        times = {name: self._time(name, interval.total_seconds()) for name, interval in every.items()}
        ready = [name for name, time in times.items() if time <= self.now]
        return sorted(ready, key=lambda name: (times[name], share(f"{worker} {name}")))

    def to_be_swept(self, name: str) -> bool:
        """Whether all that belongs to a source is to be read, and not only what changed."""
        last = self.swept.get(name)
        return last is None or not 0 <= self.now - last.began < SWEPT_EVERY

    def _time(self, name: str, interval: float) -> float:
        """From when on a source is due; what began in the future was begun before the clock was set back."""
        last = self.standings.get(name)
        if last is None or last.began > self.now:
            return -math.inf
        if last.until is not None:
            return last.began if self.alone else last.until
        if name in self.asked:
            return last.began + RESTED
        return last.began + interval * (1 + JITTER * (2 * share(f"{name} {last.epoch}") - 1))


def share(words: str) -> float:
    """A number from 0 to 1 that is always the same for the same words."""
    return int.from_bytes(hashlib.sha256(words.encode()).digest()[:6]) / 2**48
