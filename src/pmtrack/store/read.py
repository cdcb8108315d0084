"""What reports need, by the standard library alone: `pmtrack status` must not wait for SQLModel to load."""

from __future__ import annotations

import gc
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from operator import itemgetter
from pathlib import Path
from typing import Any, TypeVar

from pmtrack.errors import StoreError
from pmtrack.model import Document, Event, Hold, Known, Link, Pulse, Row, Snapshot
from pmtrack.store.look import look
from pmtrack.store.place import HEAD, database, failure, revision
from pmtrack.store.values import NAMES, TABLES, value_of

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which items are wanted; others may come with them.

    Attributes:
        due_before: only what is open or in progress and due before this day.
    """

    source: str | None = None
    path: str | None = None
    due_before: date | None = None


EVERYTHING = Wanted()


def snapshot(url: str, base: Path, wanted: Wanted = EVERYTHING) -> Snapshot:
    """What is wanted of the store; an empty snapshot where there is no store yet.

    Raises:
        StoreError: it is there and cannot be read, or another version made it.
    """
    return _look(url, base, lambda connection: _snapshot(connection, wanted), Snapshot())


def history(url: str, base: Path) -> tuple[Event, ...]:
    """Every change, oldest first.

    Raises:
        StoreError: as `snapshot`.
    """
    return _look(url, base, lambda connection: tuple(_all(connection, Event, "ORDER BY id")), ())


def told(url: str, base: Path, wanted: Wanted = EVERYTHING) -> tuple[Snapshot, tuple[Event, ...]]:
    """What is wanted of the store, and what happened to it, oldest first: both of one moment.

    Raises:
        StoreError: as `snapshot`.
    """

    def reading(connection: sqlite3.Connection) -> tuple[Snapshot, tuple[Event, ...]]:
        found = _snapshot(connection, wanted)
        return found, tuple(_events(connection, [row.known.ident for row in found.rows], wanted))

    nothing: tuple[Snapshot, tuple[Event, ...]] = (Snapshot(), ())
    return _look(url, base, reading, nothing)


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


def _snapshot(connection: sqlite3.Connection, wanted: Wanted) -> Snapshot:
    found = list(_linked(connection, wanted))
    documents = _documents(connection, wanted, [known for known, _ in found])
    holds = {ident: hold for hold in _all(connection, Hold) for ident in hold.idents}
    conflicts: Mapping[str, list[Event]] = defaultdict(list)
    for event in _all(connection, Event, "WHERE NOT acknowledged ORDER BY id"):
        conflicts[event.ident].append(event)
    rows = tuple(
        Row(
            known,
            documents[known.source, known.path],
            link,
            holds.get(known.ident),
            tuple(conflicts.get(known.ident, ())),
        )
        for known, link in found
    )
    pulses = tuple(_all(connection, Pulse, "ORDER BY name"))
    names = dict(connection.execute("SELECT account, name FROM names").fetchall())
    return Snapshot(rows, tuple(documents.values()), pulses, names)


_PLACE = [NAMES[Known].index(name) for name in ("source", "path", "position")]
_BOTH = "items LEFT JOIN links ON links.ident = items.ident"
_LINKED = "links CROSS JOIN items ON items.ident = links.ident"  # links first, of which few are wanted

_ALL_ROWS = ((_BOTH, "TRUE"),)
_DUE_ROWS = (
    (_LINKED, "links.ref IS NOT NULL AND links.open_due < :due"),
    (_BOTH, "links.ref IS NULL AND items.open_due < :due"),
)
"""Tables -> the condition on their rows."""


def _linked(connection: sqlite3.Connection, wanted: Wanted) -> Iterator[tuple[Known, Link | None]]:
    """The items with their links, in the order of the documents."""
    values = {"source": wanted.source, "path": wanted.path, "due": f"{wanted.due_before}"}
    narrow = "".join(f" AND items.{name} = :{name}" for name in ("source", "path") if values[name] is not None)
    query = " UNION ALL ".join(
        f"SELECT {_columns(Known)}, {_columns(Link)} FROM {tables} WHERE {condition}{narrow}"  # noqa: S608
        for tables, condition in (_DUE_ROWS if wanted.due_before else _ALL_ROWS)
    )
    width = len(NAMES[Known])
    rows = connection.execute(query, values).fetchall()
    for row in sorted(rows, key=itemgetter(*_PLACE)):
        yield value_of(Known, row[:width]), None if row[width] is None else value_of(Link, row[width:])


def _documents(
    connection: sqlite3.Connection, wanted: Wanted, found: Sequence[Known]
) -> dict[tuple[str, str], Document]:
    """All of them, or those that the found items stand in."""
    if wanted == EVERYTHING:
        return {(document.source, document.path): document for document in _all(connection, Document)}
    query = f"SELECT {_columns(Document)} FROM documents WHERE source = ? AND path = ?"  # noqa: S608
    places = dict.fromkeys((known.source, known.path) for known in found)
    return {place: value_of(Document, row) for place in places for row in connection.execute(query, place)}


def _events(connection: sqlite3.Connection, idents: Iterable[str], wanted: Wanted) -> Iterator[Event]:
    if wanted == EVERYTHING:
        yield from _all(connection, Event, "ORDER BY id")
        return
    query = f"SELECT {_columns(Event)} FROM history WHERE ident = ? ORDER BY id"  # noqa: S608
    for ident in idents:
        yield from (value_of(Event, row) for row in connection.execute(query, [ident]))


def _all(connection: sqlite3.Connection, kind: type[Any], tail: str = "") -> Iterator[Any]:
    return (
        value_of(kind, row)
        for row in connection.execute(f"SELECT {_columns(kind)} FROM {TABLES[kind]} {tail}")  # noqa: S608
    )


def _columns(kind: type[Any]) -> str:
    return ", ".join(f'{TABLES[kind]}."{name}"' for name in NAMES[kind])
