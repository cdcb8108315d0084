"""The time of the daemon, which another process moves; its databases have the same."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, event

from support.simulation.terrain import START

DAY = 86400.0
EPOCH = 2440587.5
"""1970, in days as SQLite counts them."""


@dataclass(slots=True)
class Clock:
    """Attributes:
    seconds: since `START`.
    """

    seconds: float = 0.0

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def julian(self, *_words: str) -> float:
        """What SQLite calls this moment, with whatever words it is asked for."""
        return self.now().timestamp() / DAY + EPOCH


@contextmanager
def on_databases(clock: Clock) -> Iterator[None]:
    """Every SQLite database that is opened meanwhile tells this time.

    The leases ask the database what time it is, so that all workers have one clock. A function of the connection stands
    before the one of the same name that is built in.
    """

    def give(connection: sqlite3.Connection, _record: Any) -> None:
        connection.create_function("julianday", 1, clock.julian)

    event.listen(Engine, "connect", give)
    try:
        yield
    finally:
        event.remove(Engine, "connect", give)
