"""Reading and writing what is remembered between two runs: model values in and out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from pmtrack.model import Document, Event, Hold, Intention, Known, Link
from pmtrack.store import tables
from pmtrack.store.engine import connect, copy, database, sentences
from pmtrack.store.migrations import upgrade
from pmtrack.store.values import columns, value_of

__all__ = ["Store", "Writer"]


class Store:
    """One open store. A context manager that closes it."""

    def __init__(self, engine: Engine, name: str) -> None:
        self._engine = engine
        self._name = name

    @classmethod
    def open(cls, url: str, base: Path, *, create: bool = True) -> Self:
        """Open the store that a configuration names, migrated to what this version needs.

        Args:
            url: "sqlite:///FILE" relative to `base`, or "sqlite://" for one in memory.
            create: False to look only: the store is then a copy in memory, or an empty one where there is none.

        Raises:
            StoreError: it cannot be opened, or is of a later version.
        """
        path = database(url, base)
        name = str(path or "in memory")
        with sentences(name):
            engine = connect(path) if create or not path else copy(path) if path.exists() else connect(None)
            upgrade(engine, name)
        return cls(engine, name)

    def close(self) -> None:
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def documents(self, source: str) -> dict[str, Document]:
        """By path, also those that are not present any more."""
        return {value.path: value for value in self._all(Document, source=source)}

    def items(self, source: str, paths: Collection[str] | None = None) -> list[Known]:
        """By path and position, also those that are not present any more."""
        found = (value for value in self._all(Known, source=source) if paths is None or value.path in paths)
        return sorted(found, key=lambda known: (known.path, known.position))

    def links(self) -> dict[str, Link]:
        return {value.ident: value for value in self._all(Link)}

    def intentions(self) -> dict[str, Intention]:
        return {value.ident: value for value in self._all(Intention)}

    def holds(self) -> dict[str, Hold]:
        return {value.id: value for value in self._all(Hold)}

    def history(self, ident: str | None = None) -> list[Event]:
        """Every change, oldest first."""
        return sorted(self._all(Event, **({"ident": ident} if ident else {})), key=lambda event: event.id or 0)

    def cursor(self, name: str) -> str:
        """The bookmark of a tracker, "" where there is none yet."""
        with self._session() as session:
            row = session.get(tables.CursorRow, name)
            return row.cursor if row else ""

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """One transaction: all of it, or nothing."""
        with self._session() as session:
            yield Writer(session)
            session.commit()

    @contextmanager
    def _session(self) -> Iterator[Session]:
        with sentences(self._name), Session(self._engine) as session:
            yield session

    def _all(self, kind: type[Any], **wanted: str) -> list[Any]:
        table = ROWS[kind].__table__
        with self._session() as session:
            rows = session.execute(select(table).filter_by(**wanted)).mappings()
            return [value_of(kind, dict(row)) for row in rows]


class Writer:
    """The writes of one transaction. A row that is equal already is not touched."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def save_document(self, document: Document) -> None:
        self._merge(document)

    def save_items(self, items: Iterable[Known]) -> None:
        for item in items:
            self._session.merge(_filled(item))
        self._session.flush()

    def save_link(self, link: Link) -> None:
        self._merge(link, issue_id=link.ref.id if link.ref else None)

    def drop_link(self, ident: str) -> None:
        self._drop(Link, ident)

    def intend(self, intention: Intention) -> None:
        self._merge(intention)

    def drop_intention(self, ident: str) -> None:
        self._drop(Intention, ident)

    def record(self, event: Event) -> None:
        """Append to the history."""
        self._session.add(_filled(event))

    def save_holds(self, source: str, holds: Sequence[Hold]) -> None:
        """Exactly these for this source."""
        kept = {hold.id for hold in holds}
        for row in self._session.scalars(select(tables.HoldRow).filter_by(source=source)):
            if row.id not in kept:
                self._session.delete(row)
        for hold in holds:
            self._merge(hold)

    def acknowledge(self, event: int) -> None:
        """A person has seen this conflict."""
        row = self._session.get(tables.HistoryRow, event)
        if row:
            row.acknowledged = True

    def beat(self, name: str, *, at: datetime | None, cursor: str | None = None, error: str | None = None) -> None:
        """The heartbeat: updated in place. What is None stays as it was; an error is the last try's."""
        row = self._session.get(tables.CursorRow, name) or tables.CursorRow(name=name)
        row.last_success = at or row.last_success
        row.cursor = row.cursor if cursor is None else cursor
        row.error = error
        self._session.add(row)

    def claim_digest(self, period: str, recipient: str, at: datetime) -> bool:
        """Whether this digest is ours to send: False where somebody claimed it before."""
        if self._session.get(tables.DigestRow, (period, recipient)):
            return False
        self._session.add(tables.DigestRow(period=period, recipient=recipient, claimed_at=at))
        return True

    def release_digest(self, period: str, recipient: str) -> None:
        """It was certainly not sent: the next try may claim it again."""
        row = self._session.get(tables.DigestRow, (period, recipient))
        if row:
            self._session.delete(row)

    def digest_sent(self, period: str, recipient: str, at: datetime) -> None:
        row = self._session.get(tables.DigestRow, (period, recipient))
        if row:
            row.sent_at = at

    def _merge(self, value: Any, **more: Any) -> None:
        self._session.merge(_filled(value, **more))
        self._session.flush()

    def _drop(self, kind: type[Any], ident: str) -> None:
        row = self._session.get(ROWS[kind], ident)
        if row:
            self._session.delete(row)
            self._session.flush()


ROWS: Mapping[type[Any], type[Any]] = {
    Document: tables.DocumentRow,
    Known: tables.ItemRow,
    Link: tables.LinkRow,
    Intention: tables.IntentionRow,
    Event: tables.HistoryRow,
    Hold: tables.HoldRow,
}
"""The table of each kind of value."""


def _filled(value: Any, **more: Any) -> Any:
    return ROWS[type(value)](**columns(value), **more)
