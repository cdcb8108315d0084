"""What reports need, by the standard library alone: `pmtrack status` must not wait for SQLModel to load.

The database is opened read-only; nothing is created, locked or migrated.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pmtrack.errors import StoreError
from pmtrack.model import Document, Event, Hold, Known, Link, Pulse, Row, Snapshot
from pmtrack.store.values import value_of

PREFIX = "sqlite:///"


def snapshot(url: str, base: Path) -> Snapshot:
    """Everything in the store; an empty snapshot where there is no store yet.

    Raises:
        StoreError: it is there and cannot be read.
    """
    with _reading(url, base) as connection:
        return _snapshot(connection) if connection else Snapshot()


def history(url: str, base: Path) -> tuple[Event, ...]:
    """Every change, oldest first.

    Raises:
        StoreError: as `snapshot`.
    """
    with _reading(url, base) as connection:
        return tuple(_all(connection, Event, "history", "ORDER BY id")) if connection else ()


@contextmanager
def _reading(url: str, base: Path) -> Iterator[sqlite3.Connection | None]:
    path = base / url.removeprefix(PREFIX)
    if not url.startswith(PREFIX) or not path.exists():
        yield None
        return
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            connection.execute("BEGIN")  # one moment for all the tables
            yield connection
    except sqlite3.Error as error:
        raise StoreError(f"the store {path} cannot be read ({error}): run `pmtrack check`") from None


def _snapshot(connection: sqlite3.Connection) -> Snapshot:
    documents = {(d.source, d.path): d for d in _all(connection, Document, "documents")}
    links = {link.ident: link for link in _all(connection, Link, "links")}
    holds = {ident: hold for hold in _all(connection, Hold, "holds") for ident in hold.idents}
    conflicts: Mapping[str, list[Event]] = defaultdict(list)
    for event in _all(connection, Event, "history", "WHERE NOT acknowledged ORDER BY id"):
        conflicts[event.ident].append(event)
    rows = tuple(
        Row(
            known,
            documents[known.source, known.path],
            links.get(known.ident),
            holds.get(known.ident),
            tuple(conflicts.get(known.ident, ())),
        )
        for known in _all(connection, Known, "items", "ORDER BY source, path, position")
    )
    pulses = tuple(_all(connection, Pulse, "cursors", "ORDER BY name"))
    return Snapshot(rows, tuple(documents.values()), pulses)


def _all(connection: sqlite3.Connection, kind: type[Any], table: str, tail: str = "") -> Iterator[Any]:
    return (value_of(kind, row) for row in connection.execute(f"SELECT * FROM {table} {tail}"))  # noqa: S608
