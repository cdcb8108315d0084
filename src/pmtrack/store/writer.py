"""The writes of one transaction: model values in.

On PostgreSQL several workers write at once. The rows of a source are one worker's alone, by its lease. Those that
workers share are written by one at a time, so that none of them waits for another in a circle, and nobody writes by
what he read before another one wrote.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Table, or_, select

from pmtrack.model import Document, Event, Hold, Intention, Known, Link
from pmtrack.store.dialects import alone, insert_into, locked
from pmtrack.store.outbox import Outbox
from pmtrack.store.reader import Hint, portions, table_of
from pmtrack.store.tables import metadata
from pmtrack.store.values import columns, encode, open_due, storable
from pmtrack.store.waiting import WAITING

if TYPE_CHECKING:
    from sqlalchemy.dialects.sqlite import Insert

_DOCUMENTS, _ITEMS, _HISTORY, _HOLDS = (table_of(kind) for kind in (Document, Known, Event, Hold))
_CURSORS, _NAMES, _HINTS, _DELIVERIES = (metadata.tables[n] for n in ("cursors", "names", "hints", "deliveries"))

REMEMBERED = timedelta(days=3)
"""How long a delivery is known again: GitHub lets one be sent anew for three days, docs.github.com, "Redelivering"."""


class Writer:
    """The writes of one transaction. A row that is equal already is not touched."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._is_alone = False

    def save_document(self, document: Document) -> None:
        self._save(_DOCUMENTS, columns(document))

    def save_items(self, items: Iterable[Known]) -> None:
        known = list(items)
        self._save(_ITEMS, *({**columns(item), "open_due": open_due(item.stated)} for item in known))
        self._weigh(item.ident for item in known)

    def save_link(self, link: Link) -> None:
        issue = link.ref.id if link.ref and not link.gone else None
        more = {"issue_id": encode("issue_id", issue), "open_due": open_due(link.agreed)}
        self._lock([link.ident])
        self._save(table_of(Link), {**columns(link), **more})
        self._weigh([link.ident])

    def drop_link(self, ident: str) -> None:
        self._lock([ident])
        self._drop(Link, ident)
        self._weigh([ident])

    def intend(self, intention: Intention) -> None:
        self._save(table_of(Intention), columns(intention))

    def drop_intention(self, ident: str) -> None:
        self._drop(Intention, ident)

    def record(self, event: Event) -> None:
        """Append to the history, which gives the event its id."""
        row = columns(event)
        del row["id"]
        self._connection.execute(_HISTORY.insert().inline(), row)

    def save_holds(self, source: str, holds: Sequence[Hold]) -> None:
        """Exactly these for this source."""
        kept = [hold.id for hold in holds]
        self._connection.execute(_HOLDS.delete().where(_HOLDS.c.source == source, _HOLDS.c.id.not_in(kept)))
        self._save(_HOLDS, *map(columns, holds))

    def save_names(self, names: Mapping[str, str]) -> None:
        """Account -> what people call it."""
        self._be_alone()
        rows = ({"account": encode("account", one), "name": encode("name", name)} for one, name in names.items())
        self._save(_NAMES, *rows)

    def acknowledge(self, event: int) -> None:
        """A person has seen this conflict."""
        seen = _HISTORY.update().where(_HISTORY.c.id == event, ~_HISTORY.c.acknowledged)
        self._connection.execute(seen.values(acknowledged=True))

    def hint(self, tracker: str, issues: Iterable[str], *, urgent: bool = True) -> None:
        """These issues (their ids) are to be read again by the next run that has to do with them.

        Args:
            urgent: that run is not to wait until it is due.
        """
        self._be_alone()
        for portion in portions(dict.fromkeys(map(storable, issues))):
            there = _HINTS.c.tracker == tracker, _HINTS.c.issue_id.in_(portion)
            query = select(_HINTS.c.issue_id).where(*there, _HINTS.c.urgent)
            before = set(self._connection.execute(query).scalars())
            self._connection.execute(_HINTS.delete().where(*there))
            rows = [{"tracker": tracker, "issue_id": one, "urgent": urgent or one in before} for one in portion]
            self._connection.execute(_HINTS.insert(), rows)

    def drop_hints(self, hints: Iterable[Hint]) -> None:
        """They were heeded. One that was given again meanwhile stays."""
        self._be_alone()
        for portion in portions(hint.id for hint in hints):
            self._connection.execute(_HINTS.delete().where(_HINTS.c.id.in_(portion)))

    def calm(self, hints: Iterable[Hint]) -> None:
        """They could not be dealt with yet, and wait until their source is due."""
        self._be_alone()
        for portion in portions(hint.id for hint in hints):
            self._connection.execute(_HINTS.update().where(_HINTS.c.id.in_(portion)).values(urgent=False))

    def heard(self, delivery: str, at: datetime) -> bool:
        """Whether this delivery of a webhook is one that was heard before; from now on it was."""
        self._be_alone()
        self._connection.execute(_DELIVERIES.delete().where(_DELIVERIES.c.at < at - REMEMBERED))
        new = insert_into(self._connection, _DELIVERIES).on_conflict_do_nothing()
        told = new.values(id=encode("id", delivery), at=at).returning(_DELIVERIES.c.id)
        return self._connection.execute(told).scalar() is None

    def beat(self, name: str, *, at: datetime | None, cursor: str | None = None, error: str | None = None) -> None:
        """The heartbeat: updated in place. What is None stays as it was; an error is the last try's."""
        self._be_alone()
        kept = {"name"} | ({"last_success"} if at is None else set()) | ({"cursor"} if cursor is None else set())
        row = {"name": name, "last_success": at, "cursor": cursor or "", "error": encode("error", error)}
        self._save(_CURSORS, row, kept=frozenset(kept))

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

    def _save(self, table: Table, *rows: Mapping[str, Any], kept: frozenset[str] = frozenset()) -> None:
        """Insert, or update where a value differs: the database compares, in one pass for many rows.

        Args:
            kept: the columns that stay as they are where the row is there.
        """
        if rows:
            keys = itemgetter(*(column.name for column in table.primary_key))
            upsert = _upsert(insert_into(self._connection, table), table, kept)
            self._connection.execute(upsert, rows[0] if len(rows) == 1 else sorted(rows, key=keys))

    def _drop(self, kind: type[Any], ident: str) -> None:
        table = table_of(kind)
        self._connection.execute(table.delete().where(table.c.ident == ident))

    def _lock(self, idents: Iterable[str]) -> None:
        """Nobody else weighs these items before we did."""
        locked(self._connection, select(_ITEMS.c.ident).where(_ITEMS.c.ident.in_(list(idents))))

    def _be_alone(self) -> None:
        """Before the first row that workers share."""
        if not self._is_alone:
            alone(self._connection, "what workers share")
            self._is_alone = True


@cache
def _upsert(new: Insert, table: Table, kept: frozenset[str]) -> Insert:
    names = [column.name for column in table.c if not column.primary_key and column is not _ITEMS.c.waiting]
    rest = [new.excluded[name] for name in names if name not in kept]
    return new.on_conflict_do_update(
        index_elements=list(table.primary_key),
        set_={column.name: column for column in rest},
        where=or_(*(table.c[column.name].is_distinct_from(column) for column in rest)),
    )
