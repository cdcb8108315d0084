"""What a sync asks of the store: as little as it needs, so that work grows with what changed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, func, not_, select

from pmtrack.model import Document, Event, Hold, Intention, Known, Link, Pulse, Row, Snapshot
from pmtrack.store.counts import Counted, counted
from pmtrack.store.tables import metadata
from pmtrack.store.values import NAMES, TABLES, storable, value_of

T = TypeVar("T")

PORTION = 500
"""Values in one IN (...), below the least limit that SQLite was ever built with (999)."""


def table_of(kind: type[Any]) -> Table:
    """The table of a kind of value."""
    return metadata.tables[TABLES[kind]]


_DOCUMENTS, _ITEMS, _LINKS, _HISTORY = (table_of(kind).c for kind in (Document, Known, Link, Event))
_CURSORS, _NAMES, _HINTS = (metadata.tables[name].c for name in ("cursors", "names", "hints"))
_TABLE_OF_HINTS = metadata.tables["hints"]


ALL = "*"
"""Instead of the id of an issue: all issues of a tracker."""


@dataclass(frozen=True, slots=True, order=True)
class Hint:
    """An issue (its id, or `ALL`) of a tracker that is to be read again; nothing else that brought it is believed."""

    id: int
    tracker: str
    issue: str


class Reader(ABC):
    """The questions; `Store` says how to connect."""

    @abstractmethod
    def _connected(self) -> AbstractContextManager[Connection]: ...

    def versions(self, source: str) -> dict[str, str]:
        """Path -> version of every document that is present."""
        return dict(self._rows(select(_DOCUMENTS.path, _DOCUMENTS.version).where(_is_there(source))))

    def outdated(self, source: str, extractor: str) -> set[str]:
        """Paths of the documents that are there and were read by another extractor than this one."""
        query = select(_DOCUMENTS.path).where(_is_there(source), _DOCUMENTS.extractor != extractor)
        return {path for (path,) in self._rows(query)}

    def outdated_count(self, sources: Iterable[str], extractor: str) -> int:
        """How many documents of these sources that are."""
        query = select(func.count()).select_from(table_of(Document))
        query = query.where(_DOCUMENTS.present, _DOCUMENTS.extractor != extractor)
        return sum(int(count) for (count,) in self._rows(query, _DOCUMENTS.source, sources))

    def documents(self, source: str, paths: Iterable[str] | None = None) -> dict[str, Document]:
        """By path, also those that are not present any more."""
        found = self._values(Document, _DOCUMENTS.source == source, column=_DOCUMENTS.path, among=paths)
        return {document.path: document for document in found}

    def to_review(self, source: str, today: date) -> list[Document]:
        """The documents that are there and whose report is to be looked at today."""
        return self._values(Document, _is_there(source), _DOCUMENTS.review_on <= today)

    def items(self, source: str, paths: Iterable[str] | None = None) -> list[Known]:
        """By path and position, also those that are not present any more."""
        found = self._values(Known, _ITEMS.source == source, column=_ITEMS.path, among=paths)
        return sorted(found, key=lambda known: (known.path, known.position))

    def places(self, idents: Iterable[str]) -> dict[str, tuple[str, str]]:
        """Ident -> (source, path) of the items that there are."""
        query = select(_ITEMS.ident, _ITEMS.source, _ITEMS.path)
        return {ident: (source, path) for ident, source, path in self._rows(query, _ITEMS.ident, idents)}

    def pending(self, source: str) -> dict[str, str]:
        """Ident -> path of the items that a plan may have something to do with though nobody did anything."""
        return dict(self._rows(select(_ITEMS.ident, _ITEMS.path).where(_ITEMS.source == source, _ITEMS.waiting)))

    def links(self, idents: Iterable[str] | None = None) -> dict[str, Link]:
        return {link.ident: link for link in self._values(Link, column=_LINKS.ident, among=idents)}

    def linked(self, tracker: str, issues: Iterable[str] | None = None) -> dict[str, str]:
        """Id of an issue -> ident of its item; of all issues, only those that are not known to be gone."""
        query = select(_LINKS.issue_id, _LINKS.ident).where(_LINKS.tracker == tracker, _LINKS.issue_id.is_not(None))
        if issues is None:
            return dict(self._rows(query.where(not_(_LINKS.gone))))
        return dict(self._rows(query, _LINKS.issue_id, issues))

    def linked_count(self, source: str) -> int:
        """How many items of a source have an issue."""
        query = select(func.count()).select_from(table_of(Link)).join(table_of(Known), _LINKS.ident == _ITEMS.ident)
        return sum(int(count) for (count,) in self._rows(query.where(_ITEMS.source == source, _LINKS.ref.is_not(None))))

    def trackers(self, sources: Iterable[str] | None = None) -> set[str]:
        """The names of the trackers that items are linked to, of these sources or of all."""
        query = select(_LINKS.tracker).distinct()
        if sources is not None:
            query = query.join(table_of(Known), _LINKS.ident == _ITEMS.ident)
        return {name for (name,) in self._rows(query, _ITEMS.source, sources)}

    def intentions(self) -> dict[str, Intention]:
        return {intention.ident: intention for intention in self._values(Intention)}

    def hints(self, trackers: Iterable[str]) -> list[Hint]:
        """The issues of these trackers that somebody asked to read again, in the order of asking."""
        found = self._rows(select(_HINTS.id, _HINTS.tracker, _HINTS.issue_id), _HINTS.tracker, trackers)
        return sorted(Hint(*row) for row in found)

    def pulses(self) -> list[Pulse]:
        """When each source and tracker was last read."""
        return sorted(self._values(Pulse), key=lambda pulse: pulse.name)

    def counted(self, today: date) -> Counted:
        """How many items there are, by source, state and status."""
        held = {ident for hold in self.holds().values() for ident in hold.idents}
        return counted(self._rows, held, today)

    def woken(self) -> set[str]:
        """The sources that an urgent hint is for."""
        query = select(_ITEMS.source).distinct().join(table_of(Link), _LINKS.ident == _ITEMS.ident)
        hinted = and_(_LINKS.tracker == _HINTS.tracker, _LINKS.issue_id == _HINTS.issue_id, _HINTS.urgent)
        return {source for (source,) in self._rows(query.join(_TABLE_OF_HINTS, hinted))}

    def holds(self) -> dict[str, Hold]:
        return {hold.id: hold for hold in self._values(Hold)}

    def history(self, ident: str | None = None) -> list[Event]:
        """Every change, oldest first."""
        found = self._values(Event, column=_HISTORY.ident, among=None if ident is None else [ident])
        return sorted(found, key=lambda event: event.id or 0)

    def cursor(self, name: str) -> str:
        """The bookmark of a tracker, "" where there is none yet."""
        return next((cursor for (cursor,) in self._rows(select(_CURSORS.cursor).where(_CURSORS.name == name))), "")

    def snapshot(self, source: str, path: str) -> Snapshot:
        """What reports need of one document."""
        documents, items = self.documents(source, [path]), self.items(source, [path])
        idents = [known.ident for known in items]
        links, holds = self.links(idents), {ident: hold for hold in self.holds().values() for ident in hold.idents}
        open_ones = self._values(Event, not_(_HISTORY.acknowledged), column=_HISTORY.ident, among=idents)
        rows = (
            Row(
                known,
                documents[path],
                links.get(known.ident),
                holds.get(known.ident),
                tuple(event for event in open_ones if event.ident == known.ident),
            )
            for known in items
        )
        names = dict(self._rows(select(_NAMES.account, _NAMES.name)))
        return Snapshot(tuple(rows), tuple(documents.values()), names=names)

    def _values(
        self,
        kind: type[T],
        *conditions: ColumnElement[bool],
        column: ColumnElement[str] | None = None,
        among: Iterable[str] | None = None,
    ) -> list[T]:
        table = table_of(kind)
        query = select(*(table.c[name] for name in NAMES[kind])).where(*conditions)
        return [value_of(kind, row) for row in self._rows(query, column, among)]

    def _rows(
        self, query: Select[Any], column: ColumnElement[str] | None = None, among: Iterable[str] | None = None
    ) -> Sequence[Any]:
        """The rows of a query, of those where the column is one of many values, which SQL takes in portions only."""
        if column is None or among is None:
            parts = [query]
        else:
            parts = [query.where(column.in_(portion)) for portion in portions(map(storable, among))]
        with self._connected() as connection:
            return [row for part in parts for row in connection.execute(part).all()]


def portions(values: Iterable[T]) -> Iterator[list[T]]:
    """At most `PORTION` at a time."""
    rest = iter(values)
    while portion := list(islice(rest, PORTION)):
        yield portion


def _is_there(source: str) -> ColumnElement[bool]:
    return and_(_DOCUMENTS.source == source, _DOCUMENTS.present)
