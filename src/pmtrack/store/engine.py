"""How the database is opened: durable, one writer at a time, and every failure a sentence."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from pmtrack.errors import StoreError

PREFIX = "sqlite:///"
MEMORY = "sqlite://"
BUSY_SECONDS = 5

ADVICE = (
    ("locked", "is in use by another process: let it finish, or stop it, then try again"),
    ("disk", "cannot be written because the disk is full or failing: make room, then try again"),
    ("full", "cannot be written because the disk is full: make room, then try again"),
    ("readonly", "is read-only: make it and its folder writable"),
    ("unable to open", "cannot be opened: make its folder, and make it writable"),
    ("not a database", "is no pmtrack store: name another file, or move this one away"),
    ("malformed", "is damaged: move it away and sync again, the markers in the issues rebuild it"),
)


def database(url: str, base: Path) -> Path | None:
    """The file that a store's URL names, or None for one in memory.

    Raises:
        StoreError: the URL names no store of this version.
    """
    if url == MEMORY:
        return None
    if not url.startswith(PREFIX):
        raise StoreError(f"store: {url.split(':', 1)[0]}: is not in this version yet: use sqlite:///pmtrack.db")
    return base / url.removeprefix(PREFIX)


def connect(path: Path | None) -> Engine:
    """An engine whose transactions take the write lock when they begin.

    A transaction that read first and then asked for the lock would fail at once when another process wrote between.
    """
    if path is None:
        engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    else:
        engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def copy(path: Path) -> Engine:
    """An engine on a copy in memory: for looking, without a lock and without a trace."""
    engine = connect(None)
    with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=BUSY_SECONDS)) as source:
        target = engine.raw_connection()
        source.backup(target.driver_connection)  # type: ignore[arg-type]
        target.close()
    return engine


def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # transactions are begun by `_begin`, not by the driver
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def sentences(name: str) -> Iterator[None]:
    """Turn the database's failures into a sentence that names the store."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        words = str(getattr(error, "orig", None) or error)
        advice = next((say for word, say in ADVICE if word in words.lower()), f"failed: {words}")
        raise StoreError(f"the store {name} {advice}") from error
