"""What reports need, by the standard library alone: `pmtrack status` must not wait for SQLModel to load."""

from __future__ import annotations

import gc
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from pmtrack.errors import StoreError
from pmtrack.model import Document, Event, Hold, Known, Link, Pulse, Row, Snapshot
from pmtrack.store.look import look
from pmtrack.store.place import HEAD, database, failure, revision
from pmtrack.store.values import NAMES, TABLES, value_of

T = TypeVar("T")


def snapshot(url: str, base: Path) -> Snapshot:
    """Everything in the store; an empty snapshot where there is no store yet.

    Raises:
        StoreError: it is there and cannot be read, or another version made it.
    """
    return _look(url, base, _snapshot, Snapshot())


def history(url: str, base: Path) -> tuple[Event, ...]:
    """Every change, oldest first.

    Raises:
        StoreError: as `snapshot`.
    """
    return _look(url, base, lambda connection: tuple(_all(connection, Event, "ORDER BY id")), ())


def _look(url: str, base: Path, reading: Callable[[sqlite3.Connection], T], nothing: T) -> T:
    path = database(url, base)
    if path is None or not path.exists():
        return nothing
    name = str(path)
    try:
        with _uncollected():
            return look(path, lambda connection: reading(connection) if _is_filled(connection, name) else nothing)
    except sqlite3.Error as error:
        raise failure(name, error) from error


@contextmanager
def _uncollected() -> Iterator[None]:
    """Looking for cycles, which values do not form, would take as long as reading a large store."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


def _is_filled(connection: sqlite3.Connection, name: str) -> bool:
    found = revision(connection, name)
    if found and found < HEAD:
        raise StoreError(f"the store {name} was made by an earlier pmtrack: run `pmtrack sync` once, which converts it")
    return found is not None


def _snapshot(connection: sqlite3.Connection) -> Snapshot:
    documents = {(document.source, document.path): document for document in _all(connection, Document)}
    links = {link.ident: link for link in _all(connection, Link)}
    holds = {ident: hold for hold in _all(connection, Hold) for ident in hold.idents}
    conflicts: Mapping[str, list[Event]] = defaultdict(list)
    for event in _all(connection, Event, "WHERE NOT acknowledged ORDER BY id"):
        conflicts[event.ident].append(event)
    rows = tuple(
        Row(
            known,
            documents[known.source, known.path],
            links.get(known.ident),
            holds.get(known.ident),
            tuple(conflicts.get(known.ident, ())),
        )
        for known in _all(connection, Known, "ORDER BY source, path, position")
    )
    pulses = tuple(_all(connection, Pulse, "ORDER BY name"))
    return Snapshot(rows, tuple(documents.values()), pulses)


def _all(connection: sqlite3.Connection, kind: type[Any], tail: str = "") -> Iterator[Any]:
    columns = ", ".join(f'"{name}"' for name in NAMES[kind])
    return (value_of(kind, row) for row in connection.execute(f"SELECT {columns} FROM {TABLES[kind]} {tail}"))  # noqa: S608
