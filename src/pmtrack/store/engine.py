"""How the database is opened for writing: durable, one writer at a time, and every failure a sentence."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError, IntegrityError, ProgrammingError
from sqlalchemy.pool import StaticPool

from pmtrack.store.look import look
from pmtrack.store.place import BUSY_SECONDS, failure

IMMEDIATE = {"begin": "BEGIN IMMEDIATE"}
"""The execution options of a transaction that writes."""

PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")


def connect(path: Path | None) -> Engine:
    """An engine on a file, or on memory that lives as long as the engine."""
    url = URL.create("sqlite", database=str(path) if path else None)
    if path is None:
        engine = create_engine(url, poolclass=StaticPool, connect_args={"check_same_thread": False})
    else:
        engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def copy(path: Path) -> Engine:
    """An engine on a copy in memory: for looking, without a lock and without a trace."""
    engine = connect(None)
    target = engine.raw_connection()
    try:
        look(path, lambda source: source.backup(target.driver_connection))  # type: ignore[arg-type]
    finally:
        target.close()
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
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))


@contextmanager
def sentences(name: str) -> Iterator[None]:
    """Turn the database's failures into a sentence that names the store. A statement that is wrong stays a bug."""
    try:
        yield
    except (IntegrityError, ProgrammingError):
        raise
    except DatabaseError as error:
        raise failure(name, error.orig or error) from error
    except sqlite3.Error as error:
        raise failure(name, error) from error
