"""Where the stand-in takes the time from: the machine, or a hand that a test moves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def real_clock() -> datetime:
    return datetime.now(UTC)


class HandClock:
    """Stands still until it is moved. It starts at the present: client libraries compare expiry times with theirs."""

    def __init__(self, start: datetime | None = None) -> None:
        self.now = start or real_clock().replace(microsecond=0)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> datetime:
        """`advance(minutes=8)`, with the words of `timedelta`."""
        self.now += timedelta(**by)
        return self.now
