"""A copy of a store in a new SQLite file, all of it of one moment, also while others write."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pmtrack.errors import StoreError
from pmtrack.store.look import at_file
from pmtrack.store.place import Place, failure, revision

if TYPE_CHECKING:
    from pmtrack.store.postgres import Reading


def copied(place: Place, to: Path) -> int:
    """Copy a store into an empty file, and answer how many items it holds. Its tables stay those of their version.

    Raises:
        StoreError: there is no store, or it cannot be read; or the copy cannot be written.
    """
    if place.server:
        from pmtrack.store import postgres  # noqa: PLC0415 - only where it is used

        postgres.look(place, lambda source: _rows(source, place, to))
    else:
        _pages(place, to)
    try:
        with closing(sqlite3.connect(to)) as copy:
            return _checked(copy, place)
    except sqlite3.Error as error:
        raise failure(str(to), error) from error


def _pages(place: Place, to: Path) -> None:
    """By SQLite's own way of copying."""
    if place.file is None or not place.file.exists():
        raise _missing(place)

    def reading(source: sqlite3.Connection) -> None:
        if revision(source, place) is None:
            raise _missing(place)
        with closing(sqlite3.connect(to)) as copy:
            source.backup(copy)

    try:
        at_file(place.file, reading)
    except sqlite3.Error as error:
        raise failure(place.name, error) from error


def _missing(place: Place) -> StoreError:
    return StoreError(f"the store {place.name} is not there yet: run `pmtrack sync`, which makes it")


def _rows(source: Reading, place: Place, to: Path) -> None:
    """Into the tables of the same version, row by row."""
    found = revision(source, place)
    if found is None:
        raise _missing(place)
    _make(to, found)
    try:
        with closing(sqlite3.connect(to)) as copy, copy:
            for table, columns in _tables(copy):
                names = ", ".join(f'"{name}"' for name in columns)
                marks = ", ".join("?" * len(columns))
                rows = source.each(f'SELECT {names} FROM "{table}"')  # noqa: S608 - names of ours
                plain = ([_plain(value) for value in row] for row in rows)
                copy.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', plain)  # noqa: S608
    except sqlite3.Error as error:
        raise failure(str(to), error) from error


def _make(to: Path, version: str) -> None:
    from pmtrack.store.engine import connect  # noqa: PLC0415 - SQLAlchemy, only where it is used
    from pmtrack.store.migrations import upgrade  # noqa: PLC0415

    place = Place(str(to), file=to)
    engine = connect(place)
    try:
        upgrade(engine, place, to=version)
    finally:
        engine.dispose()


def _tables(copy: sqlite3.Connection) -> Iterator[tuple[str, list[str]]]:
    """The names of the tables that rows go into, each with those of its columns."""
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name != ?"
    for (table,) in copy.execute(query, ["alembic_version"]).fetchall():
        yield table, [name for _, name, *_ in copy.execute(f'PRAGMA table_info("{table}")')]


def _plain(value: Any) -> Any:
    """As SQLAlchemy writes it into SQLite."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")
    return value.isoformat() if isinstance(value, date) else value


def _checked(copy: sqlite3.Connection, place: Place) -> int:
    (said,) = copy.execute("PRAGMA quick_check").fetchone()
    if said != "ok":
        raise failure(place.name, sqlite3.DatabaseError(f"malformed: {said}"))
    return int(copy.execute("SELECT count(*) FROM items").fetchone()[0])
