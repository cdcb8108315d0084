"""How the database is opened for writing: durable, one writer at a time, and every failure a sentence."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.pool import StaticPool

from pmtrack.errors import StoreError
from pmtrack.store.look import at_file
from pmtrack.store.place import BUSY_SECONDS, MEMORY, Place, failure, locate, revision

WRITES = {"writes": True}
"""The execution options of a transaction that writes."""

PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")

LIMITS = {"lock_timeout": "30s", "idle_in_transaction_session_timeout": "15s"}
"""What holds in a transaction that writes on PostgreSQL, so that a worker that froze in one stops nobody for long."""

IN_MEMORY = locate(MEMORY, Path())
NOTHING: Mapping[str, Any] = MappingProxyType({})


def connect(place: Place) -> Engine:
    """An engine on a server, on a file, or on memory that lives as long as the engine."""
    if place.server:
        return _on_server(place)
    url = URL.create("sqlite", database=str(place.file) if place.file else None)
    if place.file is None:
        engine = create_engine(url, poolclass=StaticPool, connect_args={"check_same_thread": False})
    else:
        engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def copy(path: Path) -> Engine:
    """An engine on a copy in memory: for looking, without a lock and without a trace."""
    engine = connect(IN_MEMORY)
    target = engine.raw_connection()
    try:
        at_file(path, lambda source: source.backup(target.driver_connection))  # type: ignore[arg-type]
    finally:
        target.close()
    return engine


@dataclass(frozen=True, slots=True)
class _Asked:
    """A connection that is asked like SQLite's."""

    connection: Connection

    def execute(self, query: str, _parameters: Mapping[str, Any] = NOTHING, /) -> Any:
        return self.connection.exec_driver_sql(query)


def stands_at(connection: Connection, place: Place) -> str | None:
    """The migration that the database stands at, see `place.revision`."""
    return revision(_Asked(connection), place)


def _on_server(place: Place) -> Engine:
    from pmtrack.store import postgres  # noqa: PLC0415 - only where it is used

    postgres.library(place)
    engine = create_engine(
        "postgresql+psycopg://",
        creator=partial(postgres.connect, place),
        # Who waited for a lock is to see what its last holder wrote, whatever the server's default is.
        isolation_level="READ COMMITTED",
        # The server may have restarted since a connection was used last: each is asked for a sign of life first.
        pool_pre_ping=True,
        use_native_hstore=False,
    )
    event.listen(engine, "begin", _begin_on_server)
    return engine


def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # transactions are begun by `_begin`, not by the driver
    for pragma in PRAGMAS:
        _set(connection, pragma)


def _set(connection: sqlite3.Connection, pragma: str) -> None:
    """Set it, and wait for another process that makes the same new store.

    SQLite's own busy timeout does not hold for the change to WAL: two that make it at once are refused at once.
    """
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute(f"PRAGMA {pragma}")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return


def _begin(connection: Connection) -> None:
    """A writer takes the lock when it begins.

    A transaction that read first and then asked for the lock would fail at once when another process wrote between.
    """
    connection.exec_driver_sql("BEGIN IMMEDIATE" if _writes(connection) else "BEGIN")


def _begin_on_server(connection: Connection) -> None:
    """The driver begins; what is set here ends with the transaction, as a pooler needs it."""
    if _writes(connection):
        settings = ", ".join(f"set_config('{name}', '{value}', true)" for name, value in LIMITS.items())
        connection.exec_driver_sql(f"SELECT {settings}")


def _writes(connection: Connection) -> bool:
    return bool(connection.get_execution_options().get("writes"))


@contextmanager
def sentences(place: Place) -> Iterator[None]:
    """Turn the database's failures into a sentence that names the store. A statement that is wrong stays a bug."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        if found := _sentence(place, error):
            raise found from error
        raise


def _sentence(place: Place, error: DBAPIError | sqlite3.Error) -> StoreError | None:
    raw = error.orig if isinstance(error, DBAPIError) else error
    if place.server and raw:
        from pmtrack.store import postgres  # noqa: PLC0415 - only where it is used

        return postgres.failure(place, raw)
    if isinstance(error, IntegrityError | ProgrammingError) or not isinstance(error, DatabaseError | sqlite3.Error):
        return None
    return failure(place.name, raw or error)
