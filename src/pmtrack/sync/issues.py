"""What one tracker says now, seen from our links."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

from pmtrack.errors import TrackerError
from pmtrack.model import Intention, Issue, Link
from pmtrack.store.database import Store
from pmtrack.sync.world import Sight, Unseen
from pmtrack.text import digest
from pmtrack.trackers.base import Missing, Tracker

SUSPICIOUS = 3
"""So many linked issues do not vanish all at once: the configuration names another place by now."""

HIDDEN = "it cannot be read now: nothing was done with it"


def carries(ident: str) -> str:
    """The evidence that an issue with this ident in its marker is the item's all the same."""
    return f"marker {ident}"


@dataclass(frozen=True, slots=True)
class Board:
    """One tracker as it was read in this run.

    Attributes:
        tracker: None where there is none of that name to talk to.
        issues: those that changed, by id; linked: of these, id -> ident of the item.
        gone: idents of items whose issue is not there any more.
        broken: id -> why that one issue cannot be read.
        strays: issues of ours that carry a marker and are linked to nothing.
        lags: the list may be older than what was written since; then `again` reads what matters directly.
        since: the cursor that was given, cursor: the one for the next time.
        error: why the tracker could not be read; then nothing may rest on it.
    """

    name: str
    tracker: Tracker | None
    issues: Mapping[str, Issue] = field(default_factory=dict)
    linked: Mapping[str, str] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()
    broken: Mapping[str, str] = field(default_factory=dict)
    strays: tuple[Issue, ...] = ()
    lags: bool = False
    since: str = ""
    cursor: str = ""
    error: str | None = None
    problems: tuple[str, ...] = ()

    @property
    def names(self) -> dict[str, str]:
        """What people call the owners that were seen."""
        return {account: name for issue in self.issues.values() for account, name in issue.names.items()}

    def sight(self, link: Link) -> Sight:
        """What this run has seen of a linked issue."""
        if self.error or link.ref is None or link.ref.id in self.broken:
            return Unseen.UNKNOWN
        if link.ident in self.gone:
            return Unseen.GONE
        return self.issues.get(link.ref.id, Unseen.UNCHANGED)

    def news(self, links: Mapping[str, Link]) -> set[str]:
        """Idents of the items whose issue is not what its link remembers."""
        changed = {
            ident
            for number, ident in self.linked.items()
            if (link := links.get(ident))
            and (link.gone or link.issue != self.issues[number].fields or link.ref != self.issues[number].ref)
        }
        return changed | self.gone

    def again(self, linked: Mapping[str, str]) -> Board:
        """The same with these issues (id -> ident) read directly: what a list says of them may be old."""
        if self.tracker is None or self.error or not linked:
            return self
        try:
            found = self.tracker.fetch(list(linked))
        except TrackerError as error:
            return Board(self.name, self.tracker, since=self.since, error=str(error))
        issues = {number: issue for number, issue in found.items() if isinstance(issue, Issue)}
        gone = {linked[number] for number, issue in found.items() if issue is Missing.GONE}
        hidden = {number: HIDDEN for number, issue in found.items() if issue is Missing.UNKNOWN}
        return replace(self, issues={**self.issues, **issues}, gone=self.gone | gone, broken={**self.broken, **hidden})

    def by_ident(self, ident: str) -> Issue | None:
        """The stray that carries this item's ident."""
        return next((i for i in self.strays if i.marker and i.marker.ident == ident), None)

    def by_text(self, path: str, title: str, taken: Collection[str]) -> Issue | None:
        """The oldest stray that names this document and these words, and whose ident is not in `taken`."""
        wanted = (path, digest(title))
        for issue in self.strays:
            marker = issue.marker
            if marker and (marker.path, marker.digest) == wanted and marker.ident not in taken:
                return issue
        return None

    def by_words(self, title: str, taken: Collection[str], there: Collection[str]) -> Issue | None:
        """The oldest stray with these words whose document is not there any more: it may have another name by now."""
        for issue in self.strays:
            marker = issue.marker
            if marker and marker.digest == digest(title) and marker.path not in there and marker.ident not in taken:
                return issue
        return None

    def ticket(self, words: str) -> Sight | None:
        """What a document's reference names here: None where it is not this tracker's.

        Raises:
            TrackerError: it could not be looked up.
        """
        ref = self.tracker.understands(words) if self.tracker else None
        if ref is None or self.tracker is None:
            return None
        if self.error:
            return Unseen.UNKNOWN
        found = self.tracker.fetch([ref])[ref]
        if found is Missing.UNKNOWN and ref not in self.broken:  # else it was said already
            raise TrackerError("it is there, and not readable now: the next run looks again")
        if isinstance(found, Missing):
            return Unseen.GONE if found is Missing.GONE else Unseen.UNKNOWN
        return found


def read_board(
    name: str,
    tracker: Tracker,
    store: Store,
    intentions: Sequence[Intention] = (),
    *,
    whole: bool = False,
    sweep: bool = False,
) -> Board:
    """Read what changed on one tracker; a failure is an answer here, since the other trackers go on.

    A listing may lag behind a create whose answer was lost, so what was intended is looked for by direct reads.

    Args:
        intentions: of this tracker, the oldest first. whole: read it from its beginning, and not only what changed.
        sweep: read also those issues directly that a list of all does not show: deleted, moved, or never ours to list.
    """
    cursor = "" if whole else store.cursor(f"tracker:{name}")
    try:
        listing = tracker.listing(cursor)
        recent = tracker.since(intentions[0].high_mark) if intentions else ()
    except TrackerError as error:
        return Board(name, tracker, since=cursor, error=str(error))
    issues = {issue.ref.id: issue for issue in (*listing.issues, *recent)}
    linked = store.linked(name, issues)
    board = Board(
        name,
        tracker,
        issues,
        linked,
        broken=listing.broken,
        lags=listing.present is None,
        since=cursor,
        cursor=listing.cursor,
        problems=tuple(listing.broken.values()),
    )
    return _sifted(board, listing.present, store, sweep=sweep)


def _sifted(board: Board, present: Set[str] | None, store: Store, *, sweep: bool) -> Board:
    """The same with its strays, and without what is gone."""
    if present is None:
        board = _with_strays(_without_deleted(board, store), store)
        return _without_missing(board, board.issues.keys(), store) if sweep and not board.error else board
    board = _with_strays(board, store)
    if board.since and board.cursor == board.since:
        return board
    return _without_missing(board, present, store)


def _marked(board: Board) -> list[tuple[Issue, str]]:
    """Our issues that are linked to nothing, with the ident in their marker."""
    unlinked = (issue for number, issue in board.issues.items() if issue.ours and number not in board.linked)
    return [(issue, issue.marker.ident) for issue in unlinked if issue.marker]


def _without_deleted(board: Board, store: Store) -> Board:
    """The same without those of our issues that are gone: a list that lags still shows them.

    Only those of known items are read directly: the marker of another decides nothing.
    """
    idents = {issue.ref.id: ident for issue, ident in _marked(board)}
    known = store.places(idents.values())
    unsure = [number for number, ident in idents.items() if ident in known]
    if not unsure or board.tracker is None:
        return board
    try:
        found = board.tracker.fetch(unsure)
    except TrackerError as error:
        return Board(board.name, board.tracker, since=board.since, error=str(error))
    now = {**board.issues, **{number: issue for number, issue in found.items() if isinstance(issue, Issue)}}
    there = {number: issue for number, issue in now.items() if found.get(number) is not Missing.GONE}
    return replace(board, issues=there)


def _with_strays(board: Board, store: Store) -> Board:
    """The same with our issues that are linked to nothing; of one that is a copy there is a sentence."""
    strays: dict[str, list[Issue]] = defaultdict(list)
    for issue, ident in _marked(board):
        strays[ident].append(issue)
    taken = {ident for ident, link in store.links(strays).items() if link.ref and not link.gone}
    copies = [
        f"{issue.ref.key} carries the marker of an item that has its issue already: remove the marker from the copy"
        for ident, found in strays.items()
        for issue in (found if ident in taken else found[1:])
    ]
    firsts = tuple(found[0] for ident, found in sorted(strays.items()) if ident not in taken)
    is_settled = board.lags or not (firsts or copies)
    cursor = board.cursor if is_settled else ""  # what belongs to nothing is to be seen again
    return replace(board, strays=firsts, cursor=cursor, problems=(*board.problems, *copies))


def _without_missing(board: Board, present: Collection[str], store: Store) -> Board:
    """The same with those of our linked issues read directly that the list does not show.

    A list may be short without a sign of it: only what a direct read does not find either is gone.
    """
    there = store.linked(board.name)
    if there and not present:
        return replace(board, error=_lost(board.name, "lists no issue at all", len(there)))
    missing = {number: there[number] for number in there.keys() - present - board.issues.keys()}
    again = board.again(missing)
    if missing.keys() & again.broken.keys():  # not known yet whether they are gone: the next run has to look again
        again = replace(again, cursor=board.since)
    if len(there) >= SUSPICIOUS:
        if len(again.gone) == len(there):
            return replace(board, error=_lost(board.name, "has none of our issues any more", len(there)))
        if len(again.linked) == len(there) and _are_strangers(again, store):
            return replace(board, error=_lost(board.name, "shows no marker of ours any more", len(there)))
    return again


def _are_strangers(board: Board, store: Store) -> bool:
    """Whether the issues that we made are other people's now: their numbers, and not one of our markers."""
    for number, ident in board.linked.items():
        marker = board.issues[number].marker
        if marker and (marker.ident == ident or _is_known(marker.ident, ident, store)):
            return False
    made = [link for link in store.links(board.linked.values()).values() if not link.adopted]
    return len(made) >= SUSPICIOUS


def _is_known(marked: str, ident: str, store: Store) -> bool:
    """Whether the issue was linked by its words, after a store was lost, and keeps the marker of that time."""
    return any(event.evidence == carries(marked) for event in store.history(ident) if event.kind == "relinked")


def _lost(name: str, what: str, linked: int) -> str:
    return (
        f"{name} {what} although {linked} are linked: nothing was done with it; "
        "check that its place and permissions in the configuration are right"
    )
