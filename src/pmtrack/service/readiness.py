"""Whether the daemon does what it is there for (pure): every source was read with success not long ago."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from pmtrack.model import Pulse

SOURCE = "source:"
"""How the names of the pulses of sources begin."""


def late(pulses: Iterable[Pulse], every: Mapping[str, timedelta], patience: int, now: datetime) -> Iterator[str]:
    """A sentence for each source that is not up to date; none for those that are not configured any more.

    Args:
        every: source -> how often it is synced. patience: so many of its intervals may pass without a success.
    """
    seen = {pulse.name.removeprefix(SOURCE): pulse.last_success for pulse in pulses if pulse.name.startswith(SOURCE)}
    for name, interval in every.items():
        last = seen.get(name)
        if last is None:
            yield f"source {name} was never read with success: look into the log"
        elif now - last > patience * interval:
            yield f"source {name} was read with success {shown(now - last)} ago, and is to be every {shown(interval)}"


def shown(length: timedelta) -> str:
    """A length of time in its largest unit, rounded down: "3 h"."""
    seconds = int(length.total_seconds())
    return next(f"{seconds // size} {unit}" for unit, size in UNITS.items() if seconds >= size or size == 1)


UNITS = {"d": 86_400, "h": 3_600, "min": 60, "s": 1}
