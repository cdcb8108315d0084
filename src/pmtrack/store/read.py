"""What reports need, by the standard library alone: `pmtrack status` must not wait for SQLModel to load."""

from __future__ import annotations

import gc
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import islice
from operator import attrgetter, itemgetter
from pathlib import Path
from typing import Any, TypeVar

from pmtrack.model import Document, Event, Hold, Known, Link, Pulse, Row, Snapshot
from pmtrack.store.look import look
from pmtrack.store.place import HEAD, Asked, Place, locate, outdated, revision
from pmtrack.store.values import NAMES, TABLES, value_of

T = TypeVar("T")

PORTION = 500
"""Values in one IN (...), below the least limit that SQLite was ever built with (999)."""


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

    def reading(connection: Asked) -> tuple[Snapshot, tuple[Event, ...]]:
        found = _snapshot(connection, wanted)
        return found, tuple(_events(connection, [row.known.ident for row in found.rows], wanted))

    nothing: tuple[Snapshot, tuple[Event, ...]] = (Snapshot(), ())
    return _look(url, base, reading, nothing)


def _look(url: str, base: Path, reading: Callable[[Asked], T], nothing: T) -> T:
    place = locate(url, base)

    def filled(connection: Asked) -> T:
        return reading(connection) if _is_filled(connection, place) else nothing

    with _uncollected():
        return look(place, filled, nothing)


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


def _is_filled(connection: Asked, place: Place) -> bool:
    found = revision(connection, place)
    if found and found < HEAD:
        raise outdated(place)
    return found is not None


def _snapshot(connection: Asked, wanted: Wanted) -> Snapshot:
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
    pulses = tuple(sorted(_all(connection, Pulse), key=attrgetter("name")))
    names = dict(connection.execute("SELECT account, name FROM names").fetchall())
    return Snapshot(rows, tuple(documents.values()), pulses, names)


_PLACE = [NAMES[Known].index(name) for name in ("source", "path", "position")]
_BOTH = "items LEFT JOIN links ON links.ident = items.ident"
_LINKED = "links CROSS JOIN items"  # SQLite takes them in this order: links first, of which few are wanted

_ALL_ROWS = ((_BOTH, "TRUE"),)
_DUE_ROWS = (
    (_LINKED, "items.ident = links.ident AND links.ref IS NOT NULL AND links.open_due < :due"),
    (_BOTH, "links.ref IS NULL AND items.open_due < :due"),
)
"""Tables -> the condition on their rows."""


def _linked(connection: Asked, wanted: Wanted) -> Iterator[tuple[Known, Link | None]]:
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


def _documents(connection: Asked, wanted: Wanted, found: Sequence[Known]) -> dict[tuple[str, str], Document]:
    """All of them, or those that the found items stand in."""
    if wanted == EVERYTHING:
        return {(document.source, document.path): document for document in _all(connection, Document)}
    places: Mapping[str, dict[str, None]] = defaultdict(dict)
    for known in found:
        places[known.source][known.path] = None
    return {
        (source, document.path): document
        for source, paths in places.items()
        for document in _among(connection, Document, "path", paths, "AND source = :source", source=source)
    }


def _events(connection: Asked, idents: Iterable[str], wanted: Wanted) -> Iterable[Event]:
    if wanted == EVERYTHING:
        return _all(connection, Event, "ORDER BY id")
    return sorted(_among(connection, Event, "ident", idents), key=lambda event: event.id or 0)


def _among(
    connection: Asked, kind: type[Any], column: str, values: Iterable[str], tail: str = "", **more: str
) -> Iterator[Any]:
    """Those where the column is one of many values, which SQL takes in portions only."""
    rest = iter(values)
    while portion := {f"v{number}": value for number, value in enumerate(islice(rest, PORTION))}:
        wanted = ", ".join(f":{name}" for name in portion)
        yield from _all(connection, kind, f"WHERE {column} IN ({wanted}) {tail}", {**portion, **more})


def _all(connection: Asked, kind: type[Any], tail: str = "", values: Mapping[str, str] | None = None) -> Iterator[Any]:
    query = f"SELECT {_columns(kind)} FROM {TABLES[kind]} {tail}"  # noqa: S608 - names of ours, and parameters
    return (value_of(kind, row) for row in connection.execute(query, values or {}))


def _columns(kind: type[Any]) -> str:
    return ", ".join(f'{TABLES[kind]}."{name}"' for name in NAMES[kind])
