"""Look at every document and every tracker once, and put together what `plan` decides by. Writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial

from pmtrack.model import Intention, Issue, Known, Link
from pmtrack.sources.base import Source
from pmtrack.store.database import Store
from pmtrack.store.reader import Hint
from pmtrack.sync.documents import Reading, read_source
from pmtrack.sync.hints import Hints
from pmtrack.sync.issues import Board
from pmtrack.sync.look import Look
from pmtrack.sync.naming import Naming, by_ticket
from pmtrack.sync.places import Places
from pmtrack.sync.terms import Terms
from pmtrack.sync.world import REBUILT, World


@dataclass(slots=True)
class Observation:
    """What this run saw, and the world that follows from it.

    Attributes:
        hints: those that were heeded. elsewhere: tracker -> ids of the issues that changed and belong to items of
            sources which this run does not see to.
    """

    readings: list[Reading]
    boards: dict[str, Board]
    world: World
    problems: list[str] = field(default_factory=list)
    hints: Sequence[Hint] = ()
    elsewhere: Mapping[str, Sequence[str]] = field(default_factory=dict)


def observe(
    places: Places,
    store: Store,
    terms: Terms,
    *,
    today: date,
    now: datetime,
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
    hints = Hints.read(places, store)
    boards = _boards(places, store, intentions, whole | hints.whole)
    taken = _taken(boards, store)
    naming = Naming(places.sources, new_ident, set(taken), places.others)
    concerned = _concerned(places, boards, store, {*intentions, *also, *hints.idents})
    read = partial(_read, store, naming, today=today, now=now, anew=anew)
    readings = [read(source, boards[places.targets[name]], concerned[name]) for name, source in places.sources.items()]
    links = store.links(ident for reading in readings for ident in reading.known)
    elsewhere = {name: _elsewhere(board, places, store) for name, board in boards.items()} if places.others else {}
    boards = {
        name: board.again({**_unsure(board, readings, links, intentions), **hints.by_tracker.get(name, {})})
        for name, board in boards.items()
    }
    look = Look(places, boards, terms, store, naming, links, intentions, readings)
    world = _world(look, readings, taken)
    problems = [line for reading in readings for line in reading.problems]
    problems += [line for board in boards.values() for line in (board.error, *board.problems) if line]
    return Observation(readings, boards, world, problems + look.problems, hints.heeded, elsewhere)


def _read(
    store: Store,
    naming: Naming,
    source: Source,
    board: Board,
    concerned: Iterable[str],
    *,
    today: date,
    now: datetime,
    anew: Callable[[str], bool] | None,
) -> Reading:
    """One source, whose new issues go to this board."""
    name, named, marked = naming.at(board), by_ticket(board, store), naming.marked(board)
    read = partial(read_source, source, store, concerned, today=today, now=now)
    return read(name=name, named=named, marked=marked, anew=anew)


def _boards(
    places: Places, store: Store, intentions: Mapping[str, Intention], whole: frozenset[str]
) -> dict[str, Board]:
    unmade = _unmade(intentions, store)
    return {
        name: places.board(name, store, _oldest_first(unmade, name), whole=name in whole)
        for name in places.concerned(store)
    }


def _world(look: Look, readings: Sequence[Reading], taken: Container[str]) -> World:
    places, boards, links = look.places, look.boards, look.links
    return World(
        tracked=tuple(item for reading in readings for item in look.at(reading)),
        linked={name: look.store.linked_count(name) for name in places.sources},
        unread={name: board.error for name, board in boards.items() if board.error},
        rebuilt=frozenset(_rebuilt(places, boards, look.store, taken)),
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


def _elsewhere(board: Board, places: Places, store: Store) -> list[str]:
    """The issues of this tracker of which there is news, and whose items other runs see to."""
    links = store.links(board.linked.values())
    news = board.news(links)
    there = store.places(news)
    links |= store.links(news - links.keys())
    idents = [ident for ident, (source, _) in there.items() if source in places.others]
    return sorted(ref.id for ident in idents if (ref := links[ident].ref))


def _unsure(
    board: Board, readings: Iterable[Reading], links: Mapping[str, Link], intentions: Container[str]
) -> dict[str, str]:
    """Where the list may lag: the issues that seem to have changed, and those that something is to be written to."""
    news = board.news(links) - board.gone if board.lags else set()  # what is gone there was read directly
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


def _rebuilt(places: Places, boards: Mapping[str, Board], store: Store, taken: Container[str]) -> Iterable[str]:
    """Sources whose store was lost: so long as one of their creates waits for a yes, all do.

    Strays of items that the store knows are no sign of it: another worker is just making them.
    """
    waiting = {hold.source for hold in store.holds().values() if hold.kind == REBUILT}
    strange = {name for name, board in boards.items() if any(_ident(issue) not in taken for issue in board.strays)}
    lost = {
        source
        for source, name in places.targets.items()
        if name in strange and name not in store.trackers([source] if places.others else None)
    }
    return (source for source in places.sources if source in lost | waiting)


def _ident(issue: Issue) -> str | None:
    return issue.marker.ident if issue.marker else None


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
