"""What was promised, checked from outside: by what the tracker, the documents and the store's commits say."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pmtrack.model import Draft, FieldChange, Intention, Issue, Known, Link
from pmtrack.store.database import Store
from pmtrack.sync import Step, Sync
from pmtrack.sync.merge import NAMES, given
from support.simulation.authors import Authors, normal
from support.simulation.board import Board
from support.simulation.terrain import OracleError, Shelf, Terrain

LONGEST_LAG = 500.0
"""Seconds: how far behind a list may be when a store that was lost is made anew from it."""


@dataclass(slots=True)
class Heard:
    """Which value of the document the store took as dealt with, and when the run began that did."""

    document: Any = None
    document_at: float = 0.0


@dataclass(slots=True)
class Witness:
    """Sees every commit, every creation, and the world after every run.

    Attributes:
        heard: (ident, field) -> the values that the committed links hold, and since when.
        known_values: (ident, field, value) of the tracker that a committed link held once.
        conflicts: (ident, field, loser) of every record that there ever was. events: how many of the history are seen.
        linked: idents that had an issue in the store once; idents: of an issue's items, by its number.
        tried: by ident, the intentions since its link was last recorded. asked: requests to write before this step.
        lost_at: when the store was lost or restored last.
    """

    terrain: Terrain
    shelf: Shelf
    board: Board
    authors: Authors
    store: Store
    heard: dict[tuple[str, str], Heard] = field(default_factory=lambda: defaultdict(Heard))
    known_values: set[tuple[str, str, Any]] = field(default_factory=set)
    linked: set[str] = field(default_factory=set)
    idents: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    links: dict[str, Link] = field(default_factory=dict)
    conflicts: set[tuple[str, str, str | None]] = field(default_factory=set)
    tried: dict[str, list[Intention]] = field(default_factory=dict)
    events: int = 0
    run_began: float = 0.0
    asked: int = 0
    lost_at: float = -1.0

    # ------------------------------------------------------------ while it happens

    def committed(self) -> None:
        """A transaction ended."""
        links = self.store.links()
        for ident, link in links.items():
            if self.links.get(ident) != link:
                self._hear(link)
        self.links = links
        self._remember_tries()
        events = self.store.history()
        told = (event for event in events[self.events :] if event.kind == "conflict")
        self.conflicts |= {(event.ident, event.name, event.loser) for event in told}
        self.events = len(events)

    def forget(self) -> None:
        """The store is not what it was: what it holds now is what was heard."""
        self.lost_at = self.terrain.seconds
        self.tried.clear()
        self._remember_tries()
        self.links, self.events = self.store.links(), len(self.store.history())
        self.linked = {ident for ident, link in self.links.items() if link.ref}
        self.heard.clear()
        for ident, link in self.links.items():
            for name in NAMES:
                self.heard[ident, name].document = getattr(link.document, name)

    def asked_to_create(self, draft: Draft) -> None:
        """An intention is committed before each create request, and nothing linked is ever made again."""
        ident = draft.marker.ident
        intention = self.store.intentions().get(ident)
        if intention is None or intention.sent != draft.fields:
            raise OracleError(f"{ident}: no intention was committed before its issue was asked for")
        if ident in self.linked:
            raise OracleError(f"{ident}: has its issue, and is made again")

    def asked_to_write(self, number: str, changes: Sequence[FieldChange]) -> None:
        """Who says what they said before has no say: neither a person's edit nor an adopted issue is overwritten."""
        ident = next((i for i, link in self.links.items() if link.ref and link.ref.id == number and not link.gone), "")
        if not ident:
            raise OracleError(f"issue {number} is written, and no link to it was committed")
        before = [self.links[ident].document, *(one.document for one in self.tried.get(ident, [])[:-1])]
        now = next(known.stated for known in self.store.items(self.shelf.name) if known.ident == ident)
        for name in (change.name for change in changes):
            if all(getattr(past, name) == getattr(now, name) for past in before):
                raise OracleError(f"{ident}: {name} is written, and its document says what it said")

    def begins(self, step: Step) -> None:
        """A step."""
        self.asked = self.board.asked

    def _remember_tries(self) -> None:
        intentions = self.store.intentions()
        self.tried = {ident: self.tried.get(ident, []) for ident in intentions}
        for ident, intention in intentions.items():
            if self.tried[ident][-1:] != [intention]:
                self.tried[ident].append(intention)

    def _hear(self, link: Link) -> None:
        if link.ref:
            self.linked.add(link.ident)
            self.idents[link.ref.id].add(link.ident)
        for name in NAMES:
            heard, document = self.heard[link.ident, name], getattr(link.document, name)
            if heard.document != document:
                heard.document, heard.document_at = document, self._since(link, name)
            self.known_values.add((link.ident, name, getattr(link.issue, name)))
        if self._is_adopted(link):
            self._adopted(link)

    def _since(self, link: Link, name: str) -> float:
        """When what a person types in the tracker is later than what this link's document says.

        A store that was lost first hears of an issue from a list, which may be behind: what it shows only afterwards
        is news to the store, and so the later word, although somebody typed it before. And where an issue is found
        whose request was never answered, the document said this when it was asked for.
        """
        if self._is_adopted(link):
            return 0.0
        known = self.links.get(link.ident)
        if link.ref and known and known.ref is None and (tried := self.tried.get(link.ident)):
            said = (one for one in tried if getattr(one.document, name) == getattr(link.document, name))
            return min((self.terrain.second(one.sent_at) for one in said), default=self.run_began)
        found_again = self.lost_at >= 0 and link.ref and link.ident not in self.links
        return self.run_began - LONGEST_LAG if found_again else self.run_began

    def _is_adopted(self, link: Link) -> bool:
        """With this commit: then what the tracker says wins, and nobody lost anything."""
        return link.adopted and link.ident not in self.links

    def _adopted(self, link: Link) -> None:
        """Nothing was written for it, and what the tracker says is what counts."""
        if self.board.asked > self.asked:
            raise OracleError(f"{link.ident}: something was written to adopt {link.ref}")
        if link.issue != link.agreed:
            raise OracleError(f"{link.ident}: adopted as {link.agreed}, and the tracker says {link.issue}")
        self.terrain.reached["adopted with other values"] += link.issue.title != link.document.title

    # ------------------------------------------------------------ after each run

    def after_run(self, done: Sync | None) -> None:
        """One issue per item; and what was reached is counted."""
        by_ident: Counter[str] = Counter()
        by_words: Counter[str] = Counter()
        for number, issue in self.board.issues().items():
            record = self.board.records[number]
            if not record.copy and issue.marker and issue.ours:
                by_ident[issue.marker.ident] += 1
                by_words[normal(record.words)] += 1
        for ident, count in by_ident.items():
            if count > 1:
                raise OracleError(f"{ident} has {count} issues")
        for words, count in by_words.items():
            if count > self.authors.said[words]:
                raise OracleError(f"{words!r}: {count} issues for {self.authors.said[words]} items")
        if done and done.outcome:
            for verb, count in done.outcome.counts.items():
                self.terrain.reached[f"step {verb}"] += count
            for hold in done.plan.holds:
                self.terrain.reached[f"hold {hold.kind}"] += 1

    # ------------------------------------------------------------ when all is quiet

    def at_the_end(self) -> None:
        """No edit is lost; both sides are in step, or somebody is told why not."""
        self._no_value_lost()
        self.terrain.reached["conflict"] += len(self.conflicts)
        held = {ident for hold in self.store.holds().values() for ident in hold.idents}
        for known in self._known():
            link = self.store.links().get(known.ident)
            if link and link.ref and not link.gone and known.ident not in held:
                issue = self.board.issues().get(link.ref.id)
                if issue:
                    self._in_step(known, link, issue)

    def _known(self) -> list[Known]:
        """What the store takes for present, which has to be what the authors wrote."""
        known = [k for k in self.store.items(self.shelf.name) if k.present]
        for paper in self.authors.papers:
            found = [k.item.fields.title for k in known if k.path == paper.path]
            if found != [line.words for line in paper.lines]:
                raise OracleError(f"{paper.path} says {[line.words for line in paper.lines]}, and was read as {found}")
        return known

    def _no_value_lost(self) -> None:
        """What a person typed in the tracker and pmtrack replaced was heard before, or is in a conflict record."""
        for lost in self.board.overwritten:
            values = [(ident, lost.name, lost.value) for ident in self.idents[lost.number]]
            if not any(value in self.known_values or self._in_conflict(*value) for value in values):
                raise OracleError(f"lost: {lost}")

    def _in_step(self, known: Known, link: Link, issue: Issue) -> None:
        for name in NAMES:
            raw, told, place = getattr(known.stated, name), getattr(issue.fields, name), f"{known.ident}: {name}"
            if (said := getattr(link.issue, name)) != told:
                raise OracleError(f"{place} is {told!r} in the tracker, and {said!r} in the store")
            if getattr(link.document, name) != raw:
                raise OracleError(f"{place} {raw!r} in the document was never heard")
            if given(told) and (agreed := getattr(link.agreed, name)) != told:
                raise OracleError(f"{place} is {told!r} in the tracker, and {agreed!r} is reported")
            reported = _same(raw, getattr(link.agreed, name)) and not given(told)  # without a past, none says nothing
            if given(raw) and not _same(raw, told) and not reported and not self._in_conflict(known.ident, name, raw):
                self._explained(known, name, told, issue.ref.id)

    def _explained(self, known: Known, name: str, told: Any, number: str) -> None:
        """They differ, and no record says so: a person typed it in the tracker when the document had been heard.

        Where a backup was restored, pmtrack may have written it in the time that the store does not know of. It is
        then taken for a person's word, and shown as the tracker's: an author who by now went back to what the backup
        says looks like one who never said anything else.
        """
        value, typed = self.board.records[number].typed.get(name, (None, -1.0))
        raw, place = getattr(known.stated, name), f"{known.ident}: {name}"
        ours, at = self.board.records[number].told.get(name, (None, -1.0))
        if ours == told and typed < at <= self.lost_at:
            return
        if typed < 0 or value != told:
            raise OracleError(f"{place} is {told!r} in {number}, which nobody typed, and {raw!r} in the document")
        if typed < self.heard[known.ident, name].document_at:
            raise OracleError(f"{place} {raw!r} of the document is lost to {told!r}, without a word")

    def _in_conflict(self, ident: str, name: str, value: Any) -> bool:
        return (ident, name, _shown(value)) in self.conflicts


def _same(raw: Any, told: Any) -> bool:
    return raw == told or (isinstance(raw, tuple) and raw[:1] == told)


def _shown(value: Any) -> str | None:
    if not given(value):
        return None
    return ", ".join(value) if isinstance(value, tuple) else str(value)
