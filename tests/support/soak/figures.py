"""What is measured each simulated hour, what has to hold of it, and the table for the documentation."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from support.soak.daemon import Held

FLAT = 0.10
"""How far memory may be from what it was after the warm-up."""

KEPT = ("history", "digests")
"""Tables that are to grow: what happened, and what was sent."""

LOG = 64 * 2**20
"""Bytes: the most that the log beside the database may take."""

MEGA = 2**20


@dataclass(frozen=True, slots=True)
class Database:
    """A store as it lies on disk.

    Attributes:
        rows: by table. size: bytes of the file; log: of the one beside it. history: bytes of that table with its
            indexes, None where this SQLite cannot tell.
    """

    rows: Mapping[str, int]
    size: int
    log: int
    history: int | None

    @property
    def rest(self) -> int:
        """Bytes of what is not to grow."""
        return self.size - (self.history or 0)


@dataclass(frozen=True, slots=True)
class Hour:
    """Attributes:
    hour: since the beginning. world: the most rows that each table may have, by what there is. seconds: of real time.
    """

    hour: int
    held: Held
    database: Database
    world: Mapping[str, int]
    seconds: float


@dataclass(slots=True)
class Figures:
    """Attributes:
    warm: so many hours are the warm-up.
    """

    warm: int
    hours: list[Hour] = field(default_factory=list)

    def problems(self) -> list[str]:
        """Everything that does not hold, a sentence each."""
        base, later = self.hours[self.warm], self.hours[self.warm + 1 :]
        return [problem for hour in later for problem in (*_of_process(base, hour), *_of_store(base, hour))]

    def table(self) -> str:
        """Markdown."""
        rows = [_row(hour) for hour in self.hours]
        head = ["hour", "memory, MB", "files", "threads", *SHOWN, "database, MB", "of it history, MB"]
        lines = [head, ["--:"] * len(head), *rows]
        return "".join(f"| {' | '.join(line)} |\n" for line in lines)


SHOWN = ("documents", "items", "links", "intentions", "holds", "hints", "deliveries", "leases", "history")
"""Tables in the table; the others have as many rows as there are sources and trackers."""


def _of_process(base: Hour, hour: Hour) -> Iterator[str]:
    change = hour.held.memory / base.held.memory - 1
    if abs(change) > FLAT:
        yield f"hour {hour.hour}: memory is {change:+.0%} from {base.held.memory / MEGA:.0f} MB"
    if hour.held.files > base.held.files:
        yield f"hour {hour.hour}: {hour.held.files} open files, {base.held.files} after the warm-up"
    if hour.held.threads > base.held.threads:
        yield f"hour {hour.hour}: {hour.held.threads} threads, {base.held.threads} after the warm-up"


def _of_store(base: Hour, hour: Hour) -> Iterator[str]:
    rows = hour.database.rows
    for table in rows.keys() - {*KEPT, "alembic_version", "sqlite_sequence"}:
        if rows[table] > hour.world[table]:
            yield f"hour {hour.hour}: {rows[table]} rows in {table}, for {hour.world[table]} there can be"
    if hour.database.log > LOG:
        yield f"hour {hour.hour}: the database's log has {hour.database.log / MEGA:.0f} MB"
    made = hour.world["items"] / base.world["items"]
    if hour.database.history is not None and hour.database.rest > base.database.rest * (made + FLAT):
        grown = (hour.database.rest - base.database.rest) / MEGA
        yield f"hour {hour.hour}: the database grew by {grown:.1f} MB beside its history"


def _row(hour: Hour) -> Sequence[str]:
    held, database = hour.held, hour.database
    told = [f"{database.rows[name]:,}" for name in SHOWN]
    history = "?" if database.history is None else f"{database.history / MEGA:.1f}"
    memory, size = f"{held.memory / MEGA:.0f}", f"{database.size / MEGA:.1f}"
    return [str(hour.hour), memory, str(held.files), str(held.threads), *told, size, history]


def measure(file: Path, way: str = "mode=ro") -> Database:
    """The store as it is now; nobody is at work on it.

    Args:
        way: how SQLite opens it; `immutable=1` leaves no trace beside a file that nobody else has open.
    """
    with closing(sqlite3.connect(f"file:{file}?{way}", uri=True)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = {name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables}
        log = file.with_name(f"{file.name}-wal")
        return Database(rows, file.stat().st_size, log.stat().st_size if log.exists() else 0, _history(connection))


def _history(connection: sqlite3.Connection) -> int | None:
    query = "SELECT sum(pgsize) FROM dbstat WHERE name IN (SELECT name FROM sqlite_master WHERE tbl_name = 'history')"
    try:
        return int(connection.execute(query).fetchone()[0] or 0)
    except sqlite3.OperationalError:  # built without it
        return None


def contents(file: Path, tables: Iterable[str]) -> dict[str, list[tuple[object, ...]]]:
    """Every row of these tables."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        return {name: sorted(connection.execute(f"SELECT * FROM {name}"), key=repr) for name in tables}
