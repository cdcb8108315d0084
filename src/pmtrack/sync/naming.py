"""Under which ident an item is known: what a tracker's issues say about it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pmtrack.errors import SourceError
from pmtrack.model import ActionItem, Issue, Known
from pmtrack.sources.base import Source
from pmtrack.store.database import Store
from pmtrack.sync.documents import Name, Reading
from pmtrack.sync.idents import Marked, Named
from pmtrack.sync.issues import Board
from pmtrack.text import digest


@dataclass(slots=True)
class Naming:
    """Gives a new item the ident of the stray that carries its words, else a new one; none is given twice.

    Attributes:
        sources: which this run sees to; others: which other runs do.
        given: idents that belong to an item already.
    """

    sources: Mapping[str, Source]
    new_ident: Callable[[], str]
    given: set[str]
    others: Mapping[str, Source] = field(default_factory=dict)
    _paths: dict[bool, frozenset[str] | None] = field(default_factory=dict)

    def at(self, board: Board) -> Name:
        """What names the items whose issues go there."""

        marked = self.marked(board)

        def name(path: str, item: ActionItem) -> str:
            return (
                marked(path, item) or self._give(self.renamed(board, item, self.given)) or self._add(self.new_ident())
            )

        return name

    def marked(self, board: Board) -> Marked:
        """What tells the ident that a stray carries for just these words in just this document."""
        return lambda path, item: self._give(board.by_text(path, item.fields.title, self.given))

    def _give(self, stray: Issue | None) -> str | None:
        return self._add(stray.marker.ident) if stray and stray.marker else None

    def _add(self, ident: str) -> str:
        self.given.add(ident)
        return ident

    def renamed(self, board: Board, item: ActionItem, taken: Collection[str]) -> Issue | None:
        """The stray of a document that had another name when the store was lost."""
        if not board.strays:
            return None
        ours, theirs = self._there(self.sources, others=False), self.theirs()
        if ours is None or theirs is None:
            return None
        return board.by_words(item.fields.title, taken, ours | theirs)

    def theirs(self) -> frozenset[str] | None:
        """The paths of the documents that other runs see to; None where nothing may rest on the absence of one."""
        return self._there(self.others, others=True)

    def _there(self, sources: Mapping[str, Source], *, others: bool) -> frozenset[str] | None:
        """The paths of all documents, listed once they are needed."""
        if others not in self._paths:
            try:
                self._paths[others] = frozenset(seen.path for source in sources.values() for seen in source.documents())
            except SourceError:
                self._paths[others] = None
        return self._paths[others]


def holders(store: Store, readings: Iterable[Reading]) -> Mapping[str, set[str]]:
    """Digest of an item's words -> the documents where they stand now, on an item that has no issue yet."""
    found: dict[str, set[str]] = defaultdict(set)
    for reading in readings:
        items = {known.ident: known for known in store.items(reading.source)} | reading.known
        linked = {ident for ident, link in store.links(items).items() if link.ref and not link.gone}
        for known in items.values():
            if known.present and known.ident not in linked:
                found[digest(known.item.fields.title)].add(known.path)
    return found


def by_ticket(board: Board, store: Store) -> Named:
    """Whose issue a ticket names: what an item itself named, or the issue that it is linked to."""

    def called(words: str) -> str:
        return (board.tracker and board.tracker.understands(words)) or words

    def named(before: Sequence[Known], now: Sequence[ActionItem]) -> list[str | None]:
        if not any(item.ticket for item in now):
            return [None] * len(now)
        idents = {called(known.item.ticket): known.ident for known in before if known.item.ticket and known.present}
        for ident, link in store.links(known.ident for known in before).items():
            if link.ref and link.tracker == board.name:
                idents[called(link.ref.key)] = ident
        return [idents.get(called(item.ticket)) if item.ticket else None for item in now]

    return named
