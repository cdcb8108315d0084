"""What a step leaves in the store: the link as it is now, and a line of history for each change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, replace
from datetime import date, datetime

from pmtrack.model import NOT_KNOWN, ActionItem, Event, Fields, Intention, Known, Link, Side, Status, Who
from pmtrack.store.database import Store, Writer
from pmtrack.sync.issues import carries
from pmtrack.sync.merge import NAMES, Merged, given
from pmtrack.sync.world import Step, Tracked, Verb

KINDS = {
    Verb.CREATE: "created",
    Verb.ADOPT: "adopted",
    Verb.RELINK: "relinked",
    Verb.LOSE: "gone",
}
"""The verbs that are a line of history by themselves; of the others, what they turned is."""

WORDS = ("title",)
"""The fields that are reported as the document has them, whatever its issue says."""

OF_ITEM: Mapping[str, Callable[[ActionItem], str | None]] = {
    "ticket": lambda item: item.ticket,
    "proposal": lambda item: "yes" if item.confidence < 0.5 else "no",
}
"""What only documents say, and no issue."""

OF_TRACKER = frozenset({"gone", "returned"})
"""What happened to an issue, and not to its item."""


@dataclass(frozen=True, slots=True)
class Recorder:
    """Writes down what one run did.

    Whatever moves what a report says is a line of history in the transaction that moves it, so that a report as of an
    earlier day can take it back (`reports.rewind`).

    Args:
        now: the clock, UTC. today: in the configured time zone.
    """

    store: Store
    run: str
    now: Callable[[], datetime]
    today: date

    def sight(self, writer: Writer, tracked: Tracked, before: Known | None, *, turned: bool) -> None:
        """What became of an item in its document.

        Args:
            before: the item as the store has it. turned: whether a hold on it was set or released.
        """
        for event in self._read(tracked, before):
            writer.record(event)
        if turned:
            self.review(writer, tracked)

    def held(self, writer: Writer, before: Mapping[str, str], now: Mapping[str, str]) -> None:
        """Which items wait for a yes by now, and which no longer do: ident -> kind of the hold."""
        for ident in sorted(before.keys() | now.keys()):
            if before.get(ident) != now.get(ident):
                event = Event(self.now(), ident, "held", before=before.get(ident), after=now.get(ident), run=self.run)
                writer.record(event)

    def done(self, step: Step, merged: Merged) -> None:
        """One transaction for all that follows from a step."""
        before = self._stored(step.tracked)
        pulled = {change.name for change in merged.pull}
        kind = KINDS.get(step.verb) or _turn(before, merged.link)
        events = [
            *self._events(step, kind, before, merged.link, pulled),
            *self._conflicts(step, merged),
            *self._failing(step.tracked.ident, before, merged.link),
        ]
        with self.store.writing() as writer:
            writer.save_link(merged.link)
            writer.drop_intention(merged.link.ident)
            self._write(writer, events)
            self.review(writer, step.tracked)

    def begin(self, step: Step, link: Link, intention: Intention, merged: Merged | None = None) -> None:
        """What is about to be asked of the tracker, and what loses by it. What failed goes on failing until then."""
        before = self._stored(step.tracked)
        link = replace(link, error=link.error or (before.error if before else None))
        events = [
            *self._events(step, _turn(before, link), before, link, set()),
            *(self._conflicts(step, merged) if merged else ()),
        ]
        with self.store.writing() as writer:
            writer.save_link(link)
            writer.intend(intention)
            self._write(writer, events)
            if events:
                self.review(writer, step.tracked)

    def failed(self, tracked: Tracked, link: Link, sentence: str, *, refused: bool) -> None:
        """Leave the sentence on the link; what certainly did not happen leaves no intention."""
        before, after = self._stored(tracked), replace(link, error=sentence)
        events = [
            *self._events(Step(Verb.WAIT, tracked), _turn(before, after), before, after, set()),
            *self._failing(tracked.ident, before, after),
        ]
        with self.store.writing() as writer:
            writer.save_link(after)
            self._write(writer, events)
            if refused:
                writer.drop_intention(tracked.ident)
            self.review(writer, tracked)

    def forgotten(self, tracked: Tracked) -> None:
        """Nothing came of an issue, and nobody wants it any more."""
        events = list(self._failing(tracked.ident, self._stored(tracked), None))
        with self.store.writing() as writer:
            writer.drop_intention(tracked.ident)
            writer.drop_link(tracked.ident)
            self._write(writer, events)

    def review(self, writer: Writer, tracked: Tracked) -> None:
        """The report in this document is to be looked at again, also if this process dies before it does."""
        writer.save_document(replace(tracked.document, review_on=self.today))

    def _write(self, writer: Writer, events: Iterable[Event]) -> None:
        for event in events:
            writer.record(event)

    def _stored(self, tracked: Tracked) -> Link | None:
        """The link in the store: after an answer that never came, the plan's own has moved on already."""
        if tracked.intention:
            return self.store.links([tracked.ident]).get(tracked.ident)
        return tracked.link

    def _read(self, tracked: Tracked, before: Known | None) -> Iterator[Event]:
        """What an author changed; of the fields that are reported as the issue has them, the steps tell."""
        if before is None:
            return
        known, who = tracked.known, Who(tracked.document.actor, tracked.document.evidence)
        blank = self._event(tracked, "changed", Side.DOCUMENT, who)
        names = WORDS if _has_issue(tracked.link) else NAMES
        yield from _changes(blank, before.stated, known.stated, names)
        for name, get in OF_ITEM.items():
            yield from _change(blank, name, get(before.item), get(known.item))
        if before.present != known.present:
            key = tracked.link.ref.key if tracked.link and tracked.link.ref else None
            yield replace(blank, kind="restored" if known.present else "removed", after=key)

    def _events(
        self, step: Step, kind: str | None, before: Link | None, after: Link, pulled: Set[str]
    ) -> Iterator[Event]:
        """What a report says otherwise by the link as it is now.

        Args:
            kind: of the line that says what became of the issue, None for no such line.
        """
        if kind:
            side = Side.TRACKER if kind in OF_TRACKER else Side.DOCUMENT
            who = _who(step, "", side)
            event = self._event(step.tracked, kind, side, Who(who.actor, _other_marker(step, kind) or who.evidence))
            yield replace(event, after=after.ref.key if after.ref else None)
        if not _has_issue(before):
            yield from self._filed(step.tracked, after)
        elif before and step.verb is not Verb.CREATE:
            yield from self._agreed(step, before, after, pulled)

    def _agreed(self, step: Step, before: Link, after: Link, pulled: Set[str]) -> Iterator[Event]:
        for event in _changes(self._event(step.tracked, "changed"), before.agreed, after.agreed):
            side = Side.TRACKER if event.name in pulled else Side.DOCUMENT
            if side is Side.TRACKER or not self._is_read(step.tracked.known, event.name):
                who = _who(step, event.name, side)
                yield replace(event, side=side, actor=who.actor, evidence=who.evidence)

    def _is_read(self, known: Known, name: str) -> bool:
        """Whether it was told already when its author wrote it."""
        if name not in WORDS:
            return False
        history = self.store.history(known.ident)
        told = [one for one in history if (one.kind, one.name, one.side) == ("changed", name, Side.DOCUMENT)]
        return bool(told) and told[-1].after == _shown(getattr(known.stated, name))

    def _filed(self, tracked: Tracked, link: Link) -> Iterator[Event]:
        """What the issue says otherwise than its document does, where a report of an earlier day told that."""
        if link.ref and tracked.known.first_seen < self.today:
            told = tracked.known.stated
            told = replace(told, status=told.status or Status.OPEN)
            names = [name for name in NAMES if name not in WORDS]
            yield from _changes(self._event(tracked, "filed"), told, link.agreed, names)

    def _failing(self, ident: str, before: Link | None, after: Link | None) -> Iterator[Event]:
        """That its change fails, and that it does no longer; not each try anew."""
        then, now = before.error if before else None, after.error if after else None
        if bool(then) != bool(now):
            yield Event(self.now(), ident, "failed", before=then, after=now, run=self.run)

    def _event(self, tracked: Tracked, kind: str, side: Side | None = None, who: Who = NOT_KNOWN) -> Event:
        return Event(self.now(), tracked.ident, kind, side=side, actor=who.actor, evidence=who.evidence, run=self.run)

    def _conflicts(self, step: Step, merged: Merged) -> Iterator[Event]:
        """Those that no open record says already: a write that failed is tried again."""
        history = self.store.history(step.tracked.ident) if merged.conflicts else ()
        known = {(event.name, event.after, event.loser) for event in history if not event.acknowledged}
        for conflict in merged.conflicts:
            won, lost = _shown(conflict.won), _shown(conflict.lost)
            if (conflict.name, won, lost) not in known:
                blank = Event(self.now(), step.tracked.ident, "conflict", conflict.name, run=self.run)
                who = _who(step, conflict.name, conflict.winner)
                blank = replace(blank, actor=who.actor, evidence=who.evidence)
                yield replace(blank, after=won, loser=lost, side=conflict.winner, acknowledged=False)


def _who(step: Step, name: str, side: Side) -> Who:
    """Who gave a field its value on this side: of a document, who saved the bytes that say so."""
    if side is Side.TRACKER:
        return step.who.get(name, NOT_KNOWN)
    return Who(step.tracked.document.actor, step.tracked.document.evidence)


def _other_marker(step: Step, kind: str) -> str | None:
    """An issue found by its words carries the ident that its item had in a store that was lost."""
    marker = step.tracked.found.marker if kind == KINDS[Verb.RELINK] and step.tracked.found else None
    return carries(marker.ident) if marker and marker.ident != step.tracked.ident else None


def _has_issue(link: Link | None) -> bool:
    return bool(link and link.ref)


def _turn(before: Link | None, after: Link) -> str | None:
    """What became of an issue by a step that is about something else."""
    if after.ref and not _has_issue(before):
        return KINDS[Verb.RELINK]
    return "returned" if before and before.gone and not after.gone else None


def _changes(blank: Event, before: Fields, after: Fields, names: Iterable[str] = NAMES) -> Iterator[Event]:
    for name in names:
        yield from _change(blank, name, getattr(before, name), getattr(after, name))


def _change(blank: Event, name: str, before: object, after: object) -> Iterator[Event]:
    if before != after:
        yield replace(blank, name=name, before=_shown(before), after=_shown(after))


def _shown(value: object) -> str | None:
    if not given(value):
        return None
    return ", ".join(value) if isinstance(value, tuple) else str(value)
