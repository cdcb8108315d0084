"""Links in issues follow to where their items stand now: decided first, then done, under the brake.

Nothing of that happens by itself: a line that moved would otherwise rewrite an issue. A sync tells of it (`remarks`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pmtrack.app import turn
from pmtrack.app.setup import Scope, Setup
from pmtrack.errors import PmtrackError, TrackerError
from pmtrack.model import Document, Draft, IssueRef, Known, Link, Marker
from pmtrack.sources.base import Lasts, Source
from pmtrack.store.database import Store
from pmtrack.sync import Brake, Places
from pmtrack.sync.world import Verb
from pmtrack.text import digest
from pmtrack.trackers.base import KeepsLinks, Tracker
from pmtrack.trackers.links import differ

HELD = (
    "{count} links of source {source} are more than the brake allows at once, and none of them was touched: let them "
    "follow with `pmtrack refresh-links --yes`"
)
NO_TRACKER = "there is no [trackers.{name}] any more: put it back; its issues are left as they are"
BEHIND = "source {source} has changed documents ({count}): run `pmtrack sync` first, then this again"


@dataclass(frozen=True, slots=True)
class Astray:
    """An issue whose link leads elsewhere than to where its item stands now.

    Attributes:
        was: where it leads.
    """

    ref: IssueRef
    draft: Draft
    was: str

    def __str__(self) -> str:
        place, there = f"{self.draft.marker.path}:{self.draft.line}", f"{self.ref.tracker}/{self.ref.key}"
        return f"follow   {there:<12} {place}  {self.draft.words}  ({self.was} -> {self.draft.link})"


@dataclass(slots=True)
class Refreshed:
    """What was found, and what became of it.

    Attributes:
        astray: those that are to follow, or did. done: how many did; waiting: how many wait for a yes.
        held: a sentence for each source with more of them than the brake allows. problems: one each, for people.
    """

    astray: list[Astray] = field(default_factory=list)
    done: int = 0
    waiting: int = 0
    held: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def refresh(setup: Setup, scope: Scope, say: Callable[[Astray], None] = lambda _one: None) -> Refreshed:
    """Let the links of a scope follow; with `scope.yes` whatever the brake says.

    Args:
        say: told each link, before it is led elsewhere or held.

    Raises:
        Busy: a sync is at work.
    """
    names, brake = [one.name for one in setup.wanted(scope)], Brake(**setup.config.sync.brake.model_dump())
    found = Refreshed()
    with turn.decision(setup, names) as store:
        places = setup.places(scope, store)
        for name in names:
            try:
                astray = list(_look(places.sources[name], places, store, scope, found.problems))
            except PmtrackError as error:
                found.problems.append(str(error))
                continue
            for one in astray:
                say(one)
            found.astray += astray
            if scope.yes or brake.allows(Verb.UPDATE, len(astray), store.linked_count(name)):
                _follow(astray, places.trackers, found)
            else:
                found.held.append(HELD.format(count=len(astray), source=name))
                found.waiting += len(astray)
    return found


def _follow(astray: Iterable[Astray], trackers: Mapping[str, Tracker], found: Refreshed) -> None:
    shut: set[str] = set()
    for one in astray:
        tracker = trackers[one.ref.tracker]
        if one.ref.tracker in shut or not isinstance(tracker, KeepsLinks):
            continue
        try:
            tracker.lead(one.ref, one.draft)
            found.done += 1
        except TrackerError as error:
            found.problems.append(f"{one.ref.key}: {error}")
            shut |= {one.ref.tracker} if error.retry_after is not None else set()


def _look(source: Source, places: Places, store: Store, scope: Scope, problems: list[str]) -> Iterator[Astray]:
    """Raises:
    SourceError: the source cannot be listed. TrackerError: a tracker cannot be asked.
    """
    there = {seen.path for seen in source.documents() if scope.postmortem in (None, seen.path)}
    documents = {path: one for path, one in store.documents(source.name).items() if path in there and one.present}
    behind = {path for path, one in documents.items() if source.version(path) != one.version}
    if behind:
        problems.append(BEHIND.format(count=len(behind), source=source.name))
    known = [one for one in store.items(source.name, documents.keys() - behind) if one.present]
    links = store.links(one.ident for one in known)
    wanted = _drafts(source, known, links, documents)
    for name, drafts in sorted(wanted.items()):
        tracker = places.trackers.get(name)
        if tracker is None:
            problems.append(places.unreachable.get(name, NO_TRACKER.format(name=name)))
        elif isinstance(tracker, KeepsLinks):
            was = tracker.leads({ref.id: draft for ref, draft in drafts})
            yield from (
                Astray(ref, draft, was[ref.id])
                for ref, draft in drafts
                if ref.id in was and is_astray(was[ref.id], draft.link, source)
            )


def is_astray(was: str, now: str, source: Source) -> bool:
    """Whether a link leads elsewhere than to `now`, or to a moment that is no part of the history any more."""
    return differ(was, now) or (was != now and isinstance(source, Lasts) and not source.keeps(was))


def _drafts(
    source: Source, known: Iterable[Known], links: Mapping[str, Link], documents: Mapping[str, Document]
) -> Mapping[str, Sequence[tuple[IssueRef, Draft]]]:
    """By tracker, the issues that we made and that may link to their items, with what they would be made of today."""
    found: dict[str, list[tuple[IssueRef, Draft]]] = defaultdict(list)
    for one in known:
        link = links.get(one.ident)
        if link is None or link.ref is None or link.gone or link.adopted:
            continue
        if address := source.address(one.path, one.item.line):
            found[link.tracker].append((link.ref, _draft(one, link, documents[one.path], address)))
    return found


def _draft(known: Known, link: Link, document: Document, address: str) -> Draft:
    title = known.item.fields.title
    marker = Marker(known.ident, known.path, digest(title))
    return Draft(marker, link.agreed, title, document.title, known.source, known.item.line, link=address)
