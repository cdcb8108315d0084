"""What was promised, checked from outside: by what the tracker, the documents and the store's commits say."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from pmtrack.model import Draft, Issue, Known, Link
from pmtrack.store.database import Store
from pmtrack.sync import Sync
from pmtrack.sync.merge import NAMES, given
from pmtrack.text import normal
from support.simulation.authors import Authors
from support.simulation.board import Board
from support.simulation.terrain import OracleError, Shelf, Terrain


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
        linked: idents that had an issue in the store once; idents: of an issue's item, by its number.
    """

    terrain: Terrain
    shelf: Shelf
    board: Board
    authors: Authors
    store: Store
    heard: dict[tuple[str, str], Heard] = field(default_factory=lambda: defaultdict(Heard))
    known_values: set[tuple[str, str, Any]] = field(default_factory=set)
    linked: set[str] = field(default_factory=set)
    idents: dict[str, str] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)
    run_began: float = 0.0

    # ------------------------------------------------------------ while it happens

    def committed(self) -> None:
        """A transaction ended."""
        links = self.store.links()
        for ident, link in links.items():
            if self.links.get(ident) != link:
                self._hear(link)
        self.links = links

    def asked_to_create(self, draft: Draft) -> None:
        """An intention is committed before each create request, and nothing linked is ever made again."""
        ident = draft.marker.ident
        intention = self.store.intentions().get(ident)
        if intention is None or intention.sent != draft.fields:
            raise OracleError(f"{ident}: no intention was committed before its issue was asked for")
        if ident in self.linked:
            raise OracleError(f"{ident}: has its issue, and is made again")

    def _hear(self, link: Link) -> None:
        if link.ref:
            self.linked.add(link.ident)
            self.idents[link.ref.id] = link.ident
        for name in NAMES:
            heard, document = self.heard[link.ident, name], getattr(link.document, name)
            if heard.document != document:
                heard.document, heard.document_at = document, 0.0 if self._is_adopted(link) else self.run_began
            self.known_values.add((link.ident, name, getattr(link.issue, name)))

    def _is_adopted(self, link: Link) -> bool:
        """With this commit: then what the tracker says wins, and nobody lost anything."""
        return link.adopted and link.ident not in self.links

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
        self.terrain.reached["conflict"] += sum(event.kind == "conflict" for event in self.store.history())
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
            value = (self.idents[lost.number], lost.name, lost.value)
            if value not in self.known_values and not self._in_conflict(*value):
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
            if given(raw) and not _same(raw, told):
                self._explained(known, name, told, issue.ref.id)

    def _explained(self, known: Known, name: str, told: Any, number: str) -> None:
        """They differ: a person said so in the tracker when the document had been heard, or there is a record of it."""
        value, typed = self.board.records[number].typed.get(name, (None, -1.0))
        raw, place = getattr(known.stated, name), f"{known.ident}: {name}"
        if typed < 0 or value != told:
            raise OracleError(f"{place} is {told!r} in {number}, which nobody typed, and {raw!r} in the document")
        if typed < self.heard[known.ident, name].document_at and not self._in_conflict(known.ident, name, raw):
            raise OracleError(f"{place} {raw!r} of the document is lost to {told!r}, without a word")

    def _in_conflict(self, ident: str, name: str, value: Any) -> bool:
        shown = _shown(value)
        return any(
            event.kind == "conflict" and event.name == name and event.loser == shown
            for event in self.store.history(ident)
        )


def _same(raw: Any, told: Any) -> bool:
    return raw == told or (isinstance(raw, tuple) and raw[:1] == told)


def _shown(value: Any) -> str | None:
    if not given(value):
        return None
    return ", ".join(value) if isinstance(value, tuple) else str(value)
