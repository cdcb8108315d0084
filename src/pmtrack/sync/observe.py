"""Look at every document and every tracker once, and put together what `plan` decides by. Writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial

from pmtrack.errors import TrackerError
from pmtrack.model import Document, Intention, Issue, Known, Link
from pmtrack.sources.base import Source
from pmtrack.store.database import Store
from pmtrack.sync.documents import Reading, read_source
from pmtrack.sync.issues import Board, read_board
from pmtrack.sync.merge import Stated
from pmtrack.sync.naming import Naming, by_ticket, holders
from pmtrack.sync.terms import Terms
from pmtrack.sync.world import REBUILT, Sight, Tracked, Unseen, World
from pmtrack.text import digest
from pmtrack.trackers.base import Tracker


@dataclass(frozen=True, slots=True)
class Places:
    """Where documents and issues live.

    Attributes:
        targets: source name -> name of the tracker where its new issues go.
        unreachable: tracker name -> why there is none of that name to talk to.
    """

    sources: Mapping[str, Source]
    trackers: Mapping[str, Tracker]
    targets: Mapping[str, str]
    unreachable: Mapping[str, str] = field(default_factory=dict)

    def board(self, name: str, store: Store, intentions: Sequence[Intention], *, whole: bool) -> Board:
        """Read one tracker."""
        if name in self.trackers:
            return read_board(name, self.trackers[name], store, intentions, whole=whole)
        gone = f"there is no [trackers.{name}] any more: put it back; its issues are left as they are"
        return Board(name, None, error=self.unreachable.get(name, gone))


@dataclass(slots=True)
class Observation:
    """What this run saw, and the world that follows from it."""

    readings: list[Reading]
    boards: dict[str, Board]
    world: World
    problems: list[str] = field(default_factory=list)


def observe(
    places: Places,
    store: Store,
    terms: Terms,
    *,
    today: date,
    new_ident: Callable[[], str],
    whole: frozenset[str] = frozenset(),
    anew: Callable[[str], bool] | None = None,
    also: Iterable[str] = (),
) -> Observation:
    """Read the sources and the trackers.

    Args:
        whole: trackers to be read from their beginning, and not only what changed.
        anew: see `read_source`. also: idents of items to be looked at though there is no news of them.

    A source or tracker that cannot be read is a problem in the answer and rests; the others go on.
    """
    intentions = store.intentions()
    boards = _boards(places, store, intentions, whole)
    naming = Naming(places.sources, new_ident, _taken(boards, store))
    concerned = _concerned(places, boards, store, {*intentions, *also})
    read = partial(_read, store, naming, today=today, anew=anew)
    readings = [read(source, boards[places.targets[name]], concerned[name]) for name, source in places.sources.items()]
    links = store.links(ident for reading in readings for ident in reading.known)
    boards = {name: board.again(_unsure(board, readings, links, intentions)) for name, board in boards.items()}
    look = _Look(places, boards, terms, store, naming, links, intentions, readings)
    world = _world(look, readings)
    problems = [line for reading in readings for line in reading.problems]
    problems += [line for board in boards.values() for line in (board.error, *board.problems) if line]
    return Observation(readings, boards, world, problems + look.problems)


def _read(
    store: Store,
    naming: Naming,
    source: Source,
    board: Board,
    concerned: Iterable[str],
    *,
    today: date,
    anew: Callable[[str], bool] | None,
) -> Reading:
    """One source, whose new issues go to this board."""
    name, named, marked = naming.at(board), by_ticket(board, store), naming.marked(board)
    return read_source(source, store, concerned, today=today, name=name, named=named, marked=marked, anew=anew)


def _boards(
    places: Places, store: Store, intentions: Mapping[str, Intention], whole: frozenset[str]
) -> dict[str, Board]:
    unmade = _unmade(intentions, store)
    return {
        name: places.board(name, store, _oldest_first(unmade, name), whole=name in whole)
        for name in sorted({*places.targets.values(), *store.trackers()})
    }


def _world(look: _Look, readings: Sequence[Reading]) -> World:
    places, boards, links = look.places, look.boards, look.links
    return World(
        tracked=tuple(item for reading in readings for item in look.at(reading)),
        linked={name: look.store.linked_count(name) for name in places.sources},
        unread={name: board.error for name, board in boards.items() if board.error},
        rebuilt=frozenset(_rebuilt(places, boards, look.store)),
        emptied=frozenset(place for reading in readings for place in _emptied(reading, links)),
        halved=frozenset(reading.source for reading in readings if _is_halved(reading, links)),
    )


def _unmade(intentions: Mapping[str, Intention], store: Store) -> list[Intention]:
    """The intentions of issues that are not known to exist yet."""
    links = store.links(intentions) if intentions else {}
    return [intention for ident, intention in intentions.items() if ident not in links or links[ident].ref is None]


def _oldest_first(intentions: Iterable[Intention], tracker: str) -> list[Intention]:
    return sorted((i for i in intentions if i.tracker == tracker), key=lambda intention: intention.sent_at)


def _concerned(places: Places, boards: Mapping[str, Board], store: Store, idents: Iterable[str]) -> dict[str, set[str]]:
    """By source, the documents that a plan may have something to do with though their bytes are the same."""
    paths = {name: set(store.pending(name).values()) for name in places.sources}
    news = set(idents)
    for board in boards.values():
        news |= board.news(store.links(board.linked.values()))
        news |= {issue.marker.ident for issue in board.strays if issue.marker}
    for source, path in store.places(news).values():
        if source in paths:
            paths[source].add(path)
    return paths


def _unsure(
    board: Board, readings: Iterable[Reading], links: Mapping[str, Link], intentions: Container[str]
) -> dict[str, str]:
    """Where the list may lag: the issues that seem to have changed, and those that something is to be written to."""
    news = board.news(links) if board.lags else set()
    return {
        link.ref.id: known.ident
        for reading in readings
        for known in reading.known.values()
        if board.lags and (link := links.get(known.ident)) and link.ref and link.tracker == board.name
        if known.ident in news or known.ident in intentions or _is_in_doubt(known, link, board)
    }


def _is_in_doubt(known: Known, link: Link, board: Board) -> bool:
    """Whether something is to be written, or a deleted issue is listed."""
    if link.gone:
        return link.ref is not None and link.ref.id in board.issues
    return _is_unheard(known, link)


def _is_unheard(known: Known, link: Link) -> bool:
    changed = known.stated != link.document if known.present else not link.orphaned
    return changed or (known.present and link.orphaned) or link.error is not None


def _taken(boards: Mapping[str, Board], store: Store) -> set[str]:
    """The idents in markers of strays that belong to an item already."""
    return set(store.places(i.marker.ident for board in boards.values() for i in board.strays if i.marker))


@dataclass(slots=True)
class _Look:
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
        if self.holders is None:
            self.holders = holders(self.store, self.readings)
        return board.by_words(title, self.taken_idents, self.holders.get(digest(title), ()))

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


def _rebuilt(places: Places, boards: Mapping[str, Board], store: Store) -> Iterable[str]:
    """Sources whose store was lost: so long as one of their creates waits for a yes, all do."""
    used, waiting = store.trackers(), {hold.source for hold in store.holds().values() if hold.kind == REBUILT}
    lost = {source for source, name in places.targets.items() if name not in used and boards[name].strays}
    return (source for source in places.sources if source in lost | waiting)


def _emptied(reading: Reading, links: Mapping[str, Link]) -> Iterable[tuple[str, str]]:
    """Documents that are there, had items, and show none any more."""
    left, lost = set(), set()
    for known in reading.known.values():
        if known.present:
            left.add(known.path)
        elif _is_waiting(links.get(known.ident)):
            lost.add(known.path)
    return ((reading.source, path) for path in lost - left if reading.documents[path].present)


def _is_halved(reading: Reading, links: Mapping[str, Link]) -> bool:
    lost = {
        known.path
        for known in reading.known.values()
        if not reading.documents[known.path].present and _is_waiting(links.get(known.ident))
    }
    return len(lost) > 0 and len(lost) >= reading.count


def _is_waiting(link: Link | None) -> bool:
    return bool(link and link.ref and not link.orphaned)
