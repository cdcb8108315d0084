"""Reading and writing what is remembered between two runs: model values in and out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, Engine, Insert, Table, or_, select
from sqlalchemy.dialects.sqlite import insert

from pmtrack.model import Document, Event, Hold, Intention, Known, Link
from pmtrack.store.engine import IMMEDIATE, connect, copy, sentences
from pmtrack.store.journal import Journal
from pmtrack.store.look import look
from pmtrack.store.outbox import Outbox
from pmtrack.store.place import HEAD, database, revision
from pmtrack.store.reader import Hint, Reader, portions, table_of
from pmtrack.store.tables import metadata
from pmtrack.store.values import columns, encode, open_due
from pmtrack.store.waiting import WAITING

__all__ = ["Store", "Writer"]

_DOCUMENTS, _ITEMS, _HISTORY, _HOLDS = (table_of(kind) for kind in (Document, Known, Event, Hold))
_CURSORS, _NAMES, _HINTS, _DELIVERIES = (metadata.tables[n] for n in ("cursors", "names", "hints", "deliveries"))

REMEMBERED = timedelta(days=3)
"""How long a delivery is known again: GitHub lets one be sent anew for three days, docs.github.com, "Redelivering"."""


class Store(Reader):
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
            StoreError: it cannot be opened, or is another program's or a later version's.
        """
        path = database(url, base)
        name = str(path or "in memory")
        with sentences(name):
            there = path if path and path.exists() else None
            found = look(there, lambda connection: revision(connection, name)) if there else None
            engine = connect(path) if create else copy(there) if there else connect(None)
            if found != HEAD:
                _upgrade(engine, name)
        return cls(engine, name)

    def close(self) -> None:
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """One transaction: all of it, or nothing. Other processes wait for it to end, so it is to be short."""
        with self._transaction() as connection:
            yield Writer(connection)

    def journal(self, account: str) -> Journal:
        """What an account did lately, shared with every process on this store."""
        return Journal(account, self._connected, self._transaction)

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with self._connected(**IMMEDIATE) as connection, connection.begin():
            yield connection

    @contextmanager
    def _connected(self, **options: Any) -> Iterator[Connection]:
        with sentences(self._name), self._engine.connect().execution_options(**options) as connection:
            yield connection


class Writer:
    """The writes of one transaction. A row that is equal already is not touched."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def save_document(self, document: Document) -> None:
        self._save(_DOCUMENTS, columns(document))

    def save_items(self, items: Iterable[Known]) -> None:
        known = list(items)
        self._save(_ITEMS, *({**columns(item), "open_due": open_due(item.stated)} for item in known))
        self._weigh(item.ident for item in known)

    def save_link(self, link: Link) -> None:
        issue = link.ref.id if link.ref and not link.gone else None
        more = {"issue_id": encode("issue_id", issue), "open_due": open_due(link.agreed)}
        self._save(table_of(Link), {**columns(link), **more})
        self._weigh([link.ident])

    def drop_link(self, ident: str) -> None:
        self._drop(Link, ident)
        self._weigh([ident])

    def intend(self, intention: Intention) -> None:
        self._save(table_of(Intention), columns(intention))

    def drop_intention(self, ident: str) -> None:
        self._drop(Intention, ident)

    def record(self, event: Event) -> None:
        """Append to the history, which gives the event its id."""
        self._connection.execute(insert(_HISTORY), columns(event) | {"id": None})

    def save_holds(self, source: str, holds: Sequence[Hold]) -> None:
        """Exactly these for this source."""
        kept = [hold.id for hold in holds]
        self._connection.execute(_HOLDS.delete().where(_HOLDS.c.source == source, _HOLDS.c.id.not_in(kept)))
        self._save(_HOLDS, *map(columns, holds))

    def save_names(self, names: Mapping[str, str]) -> None:
        """Account -> what people call it."""
        rows = ({"account": encode("account", one), "name": encode("name", name)} for one, name in names.items())
        self._save(_NAMES, *rows)

    def acknowledge(self, event: int) -> None:
        """A person has seen this conflict."""
        seen = _HISTORY.update().where(_HISTORY.c.id == event, ~_HISTORY.c.acknowledged)
        self._connection.execute(seen.values(acknowledged=True))

    def hint(self, tracker: str, issues: Iterable[str]) -> None:
        """These issues (their ids) are to be read again by the next run that has to do with them."""
        for portion in portions(dict.fromkeys(issues)):
            self._connection.execute(_HINTS.delete().where(_HINTS.c.tracker == tracker, _HINTS.c.issue_id.in_(portion)))
            self._connection.execute(insert(_HINTS), [{"tracker": tracker, "issue_id": issue} for issue in portion])

    def drop_hints(self, hints: Iterable[Hint]) -> None:
        """They were heeded. One that was given again meanwhile stays."""
        for portion in portions(hint.id for hint in hints):
            self._connection.execute(_HINTS.delete().where(_HINTS.c.id.in_(portion)))

    def heard(self, delivery: str, at: datetime) -> bool:
        """Whether this delivery of a webhook is one that was heard before; from now on it was."""
        self._connection.execute(_DELIVERIES.delete().where(_DELIVERIES.c.at < at - REMEMBERED))
        new = insert(_DELIVERIES).values(id=encode("id", delivery), at=at).on_conflict_do_nothing()
        return self._connection.execute(new).rowcount == 0

    def beat(self, name: str, *, at: datetime | None, cursor: str | None = None, error: str | None = None) -> None:
        """The heartbeat: updated in place. What is None stays as it was; an error is the last try's."""
        row = self._connection.execute(select(_CURSORS).where(_CURSORS.c.name == name)).mappings().first()
        before = row or {"cursor": "", "last_success": None}
        now = {"last_success": at or before["last_success"], "cursor": before["cursor"] if cursor is None else cursor}
        self._save(_CURSORS, {"name": name, **now, "error": encode("error", error)})

    @property
    def outbox(self) -> Outbox:
        """What was sent to whom, in this transaction."""
        return Outbox(self._connection)

    def _weigh(self, idents: Iterable[str]) -> None:
        """Write down whether a plan may have something to do with these items, so that no run has to look at all."""
        for portion in portions(idents):
            differs = _ITEMS.c.waiting.is_distinct_from(WAITING)
            update = _ITEMS.update().where(_ITEMS.c.ident.in_(portion), differs)
            self._connection.execute(update.values(waiting=WAITING))

    def _save(self, table: Table, *rows: Mapping[str, Any]) -> None:
        if rows:
            self._connection.execute(_upsert(table), rows)

    def _drop(self, kind: type[Any], ident: str) -> None:
        table = table_of(kind)
        self._connection.execute(table.delete().where(table.c.ident == ident))


@cache
def _upsert(table: Table) -> Insert:
    """Insert, or update where a value differs: the database compares, in one pass for many rows."""
    new = insert(table)
    rest = [column for column in table.c if not column.primary_key and column is not _ITEMS.c.waiting]
    return new.on_conflict_do_update(
        index_elements=list(table.primary_key),
        set_={column.name: new.excluded[column.name] for column in rest},
        where=or_(*(column.is_distinct_from(new.excluded[column.name]) for column in rest)),
    )


def _upgrade(engine: Engine, name: str) -> None:
    # Alembic takes longer to load than a sync of a small folder, and is hardly ever needed.
    from pmtrack.store.migrations import upgrade  # noqa: PLC0415

    try:
        upgrade(engine, name)
    except BaseException:
        engine.dispose()
        raise
