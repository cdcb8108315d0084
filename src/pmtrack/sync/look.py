"""One item together with its link, its issue and its words in the tracker's terms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from pmtrack.errors import TrackerError
from pmtrack.model import Document, Intention, Issue, Known, Link
from pmtrack.store.database import Store
from pmtrack.sync.documents import Reading
from pmtrack.sync.issues import Board
from pmtrack.sync.merge import Stated
from pmtrack.sync.naming import Naming, holders
from pmtrack.sync.places import Places
from pmtrack.sync.terms import Terms
from pmtrack.sync.world import Sight, Tracked, Unseen
from pmtrack.text import digest


@dataclass(slots=True)
class Look:
    """Puts one item together with its link, its issue and its words in the tracker's terms."""

    places: Places
    boards: dict[str, Board]
    terms: Terms
    store: Store
    naming: Naming
    links: Mapping[str, Link]
    intentions: Mapping[str, Intention]
    readings: Sequence[Reading]
    holders: Mapping[str, set[str]] | None = None
    taken_issues: set[str] = field(default_factory=set)
    taken_idents: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)

    def at(self, reading: Reading) -> Iterable[Tracked]:
        """The items of one source that something may have to be done about."""
        self.taken_idents |= reading.known.keys()
        for known in reading.known.values():
            yield self._tracked(reading, known, reading.documents[known.path])

    def _tracked(self, reading: Reading, known: Known, document: Document) -> Tracked:
        link, intention = self.links.get(known.ident), self.intentions.get(known.ident)
        name = link.tracker if link else self.places.targets[reading.source]
        board = self.boards[name]
        tracker = board.tracker
        said = self.terms.said(known.stated, tracker.kind, tracker.normalise) if tracker else known.stated
        wanted, wanted_source = self.terms.wanted(said, known.due_source, document, known.first_seen)
        unlinked = link is None or link.ref is None or link.gone
        return Tracked(
            known=known,
            document=document,
            tracker=name,
            stated=Stated(known.stated, said, known.due_source),
            wanted=wanted,
            wanted_source=wanted_source,
            document_read=reading.whole and known.path not in reading.unread,
            settle=tracker.settle if tracker else timedelta(),
            link=link,
            sight=board.sight(link) if link and link.ref else _of(board),
            intention=intention,
            found=self._found(known, board) if unlinked else None,
            ticket=self._ticket(known, board) if unlinked and known.present and known.ticket else None,
            address=self.places.sources[reading.source].address(known.path, known.item.line),
            labels=self.terms.labels(known.item),
            components=self.terms.components(known.item),
        )

    def _found(self, known: Known, board: Board) -> Issue | None:
        title, taken = known.item.fields.title, self.taken_idents
        issue = board.by_ident(known.ident) or board.by_text(known.path, title, taken)
        if issue is None and not self._was_asked_for(known.ident):  # named when its tracker could not be read
            issue = self.naming.renamed(board, known.item, taken) or self._moved(board, title)
        if issue and issue.marker:
            self.taken_idents.add(issue.marker.ident)
        return issue

    def _was_asked_for(self, ident: str) -> bool:
        """Whether it has, had or may have an issue that carries its ident; not where a create was refused."""
        link = self.links.get(ident)
        return ident in self.intentions or (link is not None and link.ref is not None)

    def _moved(self, board: Board, title: str) -> Issue | None:
        """The stray of an item that stood in another document when the store was lost, and stands there no more."""
        if not board.strays or any(reading.unread or not reading.whole for reading in self.readings):
            return None
        if (theirs := self.naming.theirs()) is None:
            return None
        if self.holders is None:
            self.holders = holders(self.store, self.readings)
        return board.by_words(title, self.taken_idents, theirs | self.holders.get(digest(title), frozenset()))

    def _ticket(self, known: Known, board: Board) -> Sight | None:
        words, place = known.ticket or "", f"{known.path}:{known.item.line}"
        try:
            sight = board.ticket(words)
        except TrackerError as error:
            self.problems.append(f"{place}: {words} could not be read: {error}")
            if error.retry_after is not None:  # it told us to wait: nothing more is asked of it in this run
                self.boards[board.name] = replace(board, error=str(error))
            return Unseen.UNKNOWN
        if not isinstance(sight, Issue):
            return sight
        if sight.ref.id in self.taken_issues or self.store.linked(board.name, [sight.ref.id]):
            self.problems.append(f"{place}: {words} is the issue of another item already: name another one")
            return Unseen.UNKNOWN
        self.taken_issues.add(sight.ref.id)
        return sight


def _of(board: Board) -> Unseen:
    return Unseen.UNKNOWN if board.error else Unseen.UNCHANGED
