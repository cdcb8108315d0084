"""Looking at the database without a trace: no file is made, locked or changed, also in a folder that is read-only."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from pmtrack.store.place import BUSY_SECONDS, Asked, Place, failure

T = TypeVar("T")
TRIES = 3


def look(place: Place, reading: Callable[[Asked], T], nothing: T) -> T:
    """What `reading` finds, all of it at one moment; `nothing` where there is no database.

    Raises:
        StoreError: it is there and cannot be read.
    """
    if place.server:
        from pmtrack.store import postgres  # noqa: PLC0415

        return postgres.look(place, reading)
    if place.file is None or not place.file.exists():
        return nothing
    try:
        return at_file(place.file, reading)
    except sqlite3.Error as error:
        raise failure(place.name, error) from error


def at_file(path: Path, reading: Callable[[sqlite3.Connection], T]) -> T:
    """What `reading` finds in SQLite's file, all of it at one moment.

    A reader of a database with a write-ahead log makes the log where there is none. Without a log nobody is writing,
    so the file is read as one that cannot change; where it did all the same, what was read is thrown away.

    Raises:
        sqlite3.Error: as it says.
    """
    if not path.is_file():
        raise sqlite3.OperationalError("unable to open what is no file")
    for _ in range(TRIES):
        before = _stamp(path)
        if _log(path).exists():
            break
        try:
            found = _read(path, "mode=ro&immutable=1", reading)
        except sqlite3.Error:
            if _stamp(path) == before:
                raise
        else:
            if _stamp(path) == before:
                return found
    return _read(path, "mode=ro", reading)


def _read(path: Path, how: str, reading: Callable[[sqlite3.Connection], T]) -> T:
    address = f"file:{quote(str(path.absolute()))}?{how}"
    with closing(sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS)) as connection:
        connection.execute("BEGIN")  # one moment for all the tables
        return reading(connection)


def _log(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def _stamp(path: Path) -> tuple[bool, int, int, int]:
    found = path.stat()
    return _log(path).exists(), found.st_ino, found.st_size, found.st_mtime_ns
