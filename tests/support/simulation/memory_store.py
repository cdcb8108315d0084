"""A `Store` of dictionaries, a hundred times faster than SQLite, for simulating by the thousand.

It keeps the same promises (one transaction or nothing, the constraints of the tables). The same seeds are run on the
real store as well, and must come out the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, cast

from pmtrack.model import Acceptance, Document, Event, Hold, Intention, Known, Link, Row, Snapshot
from pmtrack.store.database import Store, Writer
from pmtrack.store.reader import Hint

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
    hints: dict[tuple[str, str], Hint] = field(default_factory=dict)
    hinted: int = 0

    def copy(self) -> Tables:
        return Tables(
            dict(self.documents),
            dict(self.items),
            dict(self.links),
            dict(self.intentions),
            dict(self.holds),
            list(self.history),
            dict(self.cursors),
            dict(self.hints),
            self.hinted,
        )

    def check(self) -> None:
        """What the database would refuse."""
        for known in self.items.values():
            assert (known.source, known.path) in self.documents, f"{known.ident} has no document"
        for ident in (*self.links, *self.intentions):
            assert ident in self.items, f"{ident} has no item"
        taken = [(link.tracker, link.ref.id) for link in self.links.values() if link.ref and not link.gone]
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

    def versions(self, source: str) -> dict[str, str]:
        return {path: found.version for path, found in self.documents(source).items() if found.present}

    def outdated(self, source: str, extractor: str) -> set[str]:
        found = self.documents(source).items()
        return {path for path, value in found if value.present and value.extractor != extractor}

    def documents(self, source: str, paths: Iterable[str] | None = None) -> dict[str, Document]:
        wanted = None if paths is None else set(paths)
        found = sorted(self.tables.documents.items())
        return {path: value for (of, path), value in found if of == source and (wanted is None or path in wanted)}

    def to_review(self, source: str, today: date) -> list[Document]:
        found = self.documents(source).values()
        return [value for value in found if value.present and value.review_on and value.review_on <= today]

    def items(self, source: str, paths: Iterable[str] | None = None) -> list[Known]:
        wanted = None if paths is None else set(paths)
        found = [k for k in self.tables.items.values() if k.source == source and (wanted is None or k.path in wanted)]
        return sorted(found, key=lambda known: (known.path, known.position))

    def places(self, idents: Iterable[str]) -> dict[str, tuple[str, str]]:
        items = self.tables.items
        return {ident: (items[ident].source, items[ident].path) for ident in idents if ident in items}

    def pending(self, source: str) -> dict[str, str]:
        found = (known for known in self.tables.items.values() if known.source == source)
        return {known.ident: known.path for known in found if _waits(known, self.tables.links.get(known.ident))}

    def links(self, idents: Iterable[str] | None = None) -> dict[str, Link]:
        if idents is None:
            return dict(self.tables.links)
        return {ident: self.tables.links[ident] for ident in idents if ident in self.tables.links}

    def linked(self, tracker: str, issues: Iterable[str] | None = None) -> dict[str, str]:
        wanted = None if issues is None else set(issues)
        there = (link for link in self.tables.links.values() if link.ref and link.tracker == tracker and not link.gone)
        found = {link.ref.id: link.ident for link in there if link.ref}
        return {number: ident for number, ident in found.items() if wanted is None or number in wanted}

    def linked_count(self, source: str) -> int:
        links, items = self.tables.links, self.tables.items
        return sum(1 for ident, link in links.items() if link.ref and items[ident].source == source)

    def trackers(self, sources: Iterable[str] | None = None) -> set[str]:
        wanted, items = None if sources is None else set(sources), self.tables.items
        links = self.tables.links.values()
        return {link.tracker for link in links if wanted is None or items[link.ident].source in wanted}

    def hints(self, trackers: Iterable[str]) -> list[Hint]:
        wanted = set(trackers)
        return sorted(hint for hint in self.tables.hints.values() if hint.tracker in wanted)

    def intentions(self) -> dict[str, Intention]:
        return dict(self.tables.intentions)

    def holds(self) -> dict[str, Hold]:
        return dict(self.tables.holds)

    def history(self, ident: str | None = None) -> list[Event]:
        return [event for event in self.tables.history if ident in (None, event.ident)]

    def cursor(self, name: str) -> str:
        return self.tables.cursors.get(name, "")

    def snapshot(self, source: str, path: str) -> Snapshot:
        documents, holds = self.documents(source, [path]), self.tables.holds.values()
        held = {ident: hold for hold in holds for ident in hold.idents}
        rows = (
            Row(known, documents[path], self.tables.links.get(known.ident), held.get(known.ident), self._open(known))
            for known in self.items(source, [path])
        )
        return Snapshot(tuple(rows), tuple(documents.values()))

    def _open(self, known: Known) -> tuple[Event, ...]:
        return tuple(event for event in self.history(known.ident) if not event.acknowledged)

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        tables = self.tables.copy()
        yield cast("Writer", MemoryWriter(tables))
        self._moment("before a commit")
        tables.check()
        self.tables = tables
        self._committed()
        self._moment("after a commit")


def _waits(known: Known, link: Link | None) -> bool:
    """Whether the store calls an item pending."""
    status = known.stated.status
    if link is None:
        return known.present and known.acceptance is Acceptance.ACCEPTED and not (status and status.closed)
    unheard = known.present and link.document != known.stated
    return unheard or known.present is link.orphaned or link.ref is None or link.error is not None


@dataclass(slots=True)
class MemoryWriter:
    """The same methods as `Writer`, as far as a sync and a publication use them."""

    tables: Tables

    def save_document(self, document: Document) -> None:
        self.tables.documents[document.source, document.path] = document

    def save_items(self, items: Iterable[Known]) -> None:
        self.tables.items |= {item.ident: item for item in items}

    def save_names(self, names: Mapping[str, str]) -> None:
        """Nobody here has another name."""

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

    def hint(self, tracker: str, issues: Iterable[str], *, urgent: bool = True) -> None:
        for issue in issues:
            self.tables.hinted += 1
            self.tables.hints[tracker, issue] = Hint(self.tables.hinted, tracker, issue)

    def drop_hints(self, hints: Iterable[Hint]) -> None:
        for hint in hints:
            if self.tables.hints.get((hint.tracker, hint.issue)) == hint:
                del self.tables.hints[hint.tracker, hint.issue]

    def calm(self, hints: Iterable[Hint]) -> None:
        """Nobody here waits for anything."""

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


TABLES = ("documents", "items", "links", "intentions", "holds", "history")


def rows(store: Store, source: str) -> Mapping[str, Any]:
    """Everything that a quiet run may not change; the cursors are the heartbeat."""
    if isinstance(store, MemoryStore):
        return {name: getattr(store.tables, name) for name in TABLES}
    of_source = {"documents": store.documents(source), "items": store.items(source)}
    return of_source | {name: getattr(store, name)() for name in TABLES[2:]}
