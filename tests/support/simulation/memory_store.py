"""A `Store` of dictionaries, a hundred times faster than SQLite, for simulating by the thousand.

It keeps the same promises (one transaction or nothing, the constraints of the tables). The same seeds are run on the
real store as well, and must come out the same.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, cast

from pmtrack.model import Document, Event, Hold, Intention, Known, Link
from pmtrack.store.database import Store, Writer

Moment = Callable[[str], None]


@dataclass(slots=True)
class Tables:
    """The rows by their keys; no row is ever changed in place."""

    documents: dict[tuple[str, str], Document] = field(default_factory=dict)
    items: dict[str, Known] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)
    intentions: dict[str, Intention] = field(default_factory=dict)
    holds: dict[str, Hold] = field(default_factory=dict)
    history: list[Event] = field(default_factory=list)
    cursors: dict[str, str] = field(default_factory=dict)

    def copy(self) -> Tables:
        return Tables(
            dict(self.documents),
            dict(self.items),
            dict(self.links),
            dict(self.intentions),
            dict(self.holds),
            list(self.history),
            dict(self.cursors),
        )

    def check(self) -> None:
        """What the database would refuse."""
        for known in self.items.values():
            assert (known.source, known.path) in self.documents, f"{known.ident} has no document"
        for ident in (*self.links, *self.intentions):
            assert ident in self.items, f"{ident} has no item"
        taken = [(link.tracker, link.ref.id) for link in self.links.values() if link.ref]
        assert len(taken) == len(set(taken)), "an issue has two items"


class MemoryStore(Store):
    """Args:
    moment: told before and after each commit; committed: told after each.
    """

    def __init__(self, moment: Moment, committed: Callable[[], None]) -> None:
        self.tables = Tables()
        self._moment = moment
        self._committed = committed

    def close(self) -> None:
        """Nothing is open."""

    def documents(self, source: str) -> dict[str, Document]:
        return {path: value for (of, path), value in self.tables.documents.items() if of == source}

    def items(self, source: str, paths: Collection[str] | None = None) -> list[Known]:
        found = (k for k in self.tables.items.values() if k.source == source and (paths is None or k.path in paths))
        return sorted(found, key=lambda known: (known.path, known.position))

    def links(self) -> dict[str, Link]:
        return dict(self.tables.links)

    def intentions(self) -> dict[str, Intention]:
        return dict(self.tables.intentions)

    def holds(self) -> dict[str, Hold]:
        return dict(self.tables.holds)

    def history(self, ident: str | None = None) -> list[Event]:
        return [event for event in self.tables.history if ident in (None, event.ident)]

    def cursor(self, name: str) -> str:
        return self.tables.cursors.get(name, "")

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        tables = self.tables.copy()
        yield cast("Writer", MemoryWriter(tables))
        self._moment("before a commit")
        tables.check()
        self.tables = tables
        self._committed()
        self._moment("after a commit")


@dataclass(slots=True)
class MemoryWriter:
    """The same methods as `Writer`, as far as a sync and a publication use them."""

    tables: Tables

    def save_document(self, document: Document) -> None:
        self.tables.documents[document.source, document.path] = document

    def save_items(self, items: Iterable[Known]) -> None:
        self.tables.items |= {item.ident: item for item in items}

    def save_link(self, link: Link) -> None:
        self.tables.links[link.ident] = link

    def drop_link(self, ident: str) -> None:
        self.tables.links.pop(ident, None)

    def intend(self, intention: Intention) -> None:
        self.tables.intentions[intention.ident] = intention

    def drop_intention(self, ident: str) -> None:
        self.tables.intentions.pop(ident, None)

    def record(self, event: Event) -> None:
        self.tables.history.append(replace(event, id=len(self.tables.history) + 1))

    def save_holds(self, source: str, holds: Sequence[Hold]) -> None:
        others = {key: hold for key, hold in self.tables.holds.items() if hold.source != source}
        self.tables.holds = others | {hold.id: hold for hold in holds}

    def beat(self, name: str, *, at: datetime | None, cursor: str | None = None, error: str | None = None) -> None:
        if cursor is not None:
            self.tables.cursors[name] = cursor


class WatchedStore(Store):
    """The real store with the same moments."""

    def watch(self, moment: Moment, committed: Callable[[], None]) -> None:
        self._moment = moment
        self._told = committed

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        with super().writing() as writer:
            yield writer
            self._moment("before a commit")
        self._told()
        self._moment("after a commit")


def rows(store: Store, source: str) -> Mapping[str, Any]:
    """Everything that a quiet run may not change; the cursors are the heartbeat."""
    if isinstance(store, MemoryStore):
        tables = store.tables
        return {name: getattr(tables, name) for name in ("documents", "items", "links", "intentions", "holds", "history")}
    return {
        "documents": store.documents(source),
        "items": store.items(source),
        "links": store.links(),
        "intentions": store.intentions(),
        "holds": store.holds(),
        "history": store.history(),
    }
