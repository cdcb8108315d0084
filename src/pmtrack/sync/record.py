"""What a step leaves in the store: the link as it is now, and a line of history for each change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Set
from dataclasses import dataclass, replace
from datetime import date, datetime

from pmtrack.model import NOT_KNOWN, Event, FieldChange, Intention, Known, Link, Side, Who
from pmtrack.store.database import Store, Writer
from pmtrack.sync.issues import carries
from pmtrack.sync.merge import NAMES, Merged, given
from pmtrack.sync.world import Step, Tracked, Verb

KINDS = {
    Verb.CREATE: "created",
    Verb.ADOPT: "adopted",
    Verb.RELINK: "relinked",
    Verb.ORPHAN: "removed",
    Verb.RESTORE: "restored",
    Verb.LOSE: "gone",
}
"""The verbs that are a line of history by themselves; of the others, the changed fields are."""


@dataclass(frozen=True, slots=True)
class Recorder:
    """Writes down what one run did.

    Args:
        now: the clock, UTC. today: in the configured time zone.
    """

    store: Store
    run: str
    now: Callable[[], datetime]
    today: date

    def sight(self, writer: Writer, tracked: Tracked, before: Known | None, held: tuple[str, str]) -> None:
        """What became of an item without a step: of its own in its document, and whether it waits for a yes.

        Args:
            before: the item as the store has it. held: the kind of the hold that it was and is under, "" for none.
        """
        events = [*self._read(tracked, before), *self._held(tracked, *held)]
        for event in events:
            writer.record(event)
        if held[0] != held[1]:
            self.review(writer, tracked)

    def done(self, step: Step, merged: Merged) -> None:
        """One transaction for all that follows from a step."""
        events = [*self._events(step, merged), *self._conflicts(step, merged), *self._failed(step.tracked, None)]
        with self.store.writing() as writer:
            writer.save_link(merged.link)
            writer.drop_intention(merged.link.ident)
            for event in events:
                writer.record(event)
            self.review(writer, step.tracked)

    def begin(self, step: Step, link: Link, intention: Intention, merged: Merged | None = None) -> None:
        """What is about to be asked of the tracker, and what loses by it."""
        events = [*self._changes(step, link, set()), *(self._conflicts(step, merged) if merged else ())]
        with self.store.writing() as writer:
            writer.save_link(link)
            writer.intend(intention)
            for event in events:
                writer.record(event)
            if events:
                self.review(writer, step.tracked)

    def failed(self, tracked: Tracked, link: Link, sentence: str, *, refused: bool) -> None:
        """Leave the sentence on the link; what certainly did not happen leaves no intention."""
        with self.store.writing() as writer:
            writer.save_link(replace(link, error=sentence))
            for event in self._failed(tracked, sentence):
                writer.record(event)
            if refused:
                writer.drop_intention(tracked.ident)
            self.review(writer, tracked)

    def review(self, writer: Writer, tracked: Tracked) -> None:
        """The report in this document is to be looked at again, also if this process dies before it does."""
        writer.save_document(replace(tracked.document, review_on=self.today))

    def _read(self, tracked: Tracked, before: Known | None) -> Iterator[Event]:
        """What an author changed in an item that has no issue; of the others, the steps tell."""
        known, document = tracked.known, tracked.document
        if before is None or (tracked.link and tracked.link.ref):
            return
        blank = Event(
            self.now(),
            tracked.ident,
            "changed",
            side=Side.DOCUMENT,
            actor=document.actor,
            evidence=document.evidence,
            run=self.run,
        )
        for name in NAMES:
            then, now = getattr(before.stated, name), getattr(known.stated, name)
            if then != now:
                yield replace(blank, name=name, before=_shown(then), after=_shown(now))
        if before.present != known.present:
            yield replace(blank, kind="restored" if known.present else "removed")

    def _held(self, tracked: Tracked, before: str, now: str) -> Iterator[Event]:
        if before != now:
            yield Event(self.now(), tracked.ident, "held", before=before or None, after=now or None, run=self.run)

    def _failed(self, tracked: Tracked, sentence: str | None) -> Iterator[Event]:
        """That its change fails, and that it does no longer; not each try anew."""
        before = tracked.link.error if tracked.link else None
        if bool(before) != bool(sentence):
            yield Event(self.now(), tracked.ident, "failed", before=before, after=sentence, run=self.run)

    def _events(self, step: Step, merged: Merged) -> Iterator[Event]:
        blank = Event(self.now(), step.tracked.ident, "", run=self.run)
        kind = KINDS.get(step.verb)
        if step.tracked.link and step.tracked.link.orphaned and not merged.link.orphaned:
            kind = KINDS[Verb.RESTORE]  # also where it came back with other words, and the step writes them
        if kind:
            side = Side.TRACKER if step.verb is Verb.LOSE else Side.DOCUMENT
            key, who = merged.link.ref.key if merged.link.ref else None, _who(step, "", side)
            evidence = _other_marker(step) or who.evidence
            yield replace(blank, kind=kind, after=key, side=side, actor=who.actor, evidence=evidence)
        yield from self._changes(step, merged.link, {change.name for change in merged.pull})

    def _changes(self, step: Step, after: Link, pulled: Set[str]) -> Iterator[Event]:
        """What is reported otherwise than the store has it by now."""
        if step.verb is Verb.CREATE:
            return
        ident, before = step.tracked.ident, step.tracked.link
        if step.tracked.intention:  # then the plan knows more than the store
            before = self.store.links([ident]).get(ident)
        for change in _changed(before, after):
            side = Side.TRACKER if change.name in pulled else Side.DOCUMENT
            who = _who(step, change.name, side)
            event = Event(self.now(), ident, "changed", change.name, side=side, run=self.run)
            event = replace(event, actor=who.actor, evidence=who.evidence)
            yield replace(event, before=_shown(change.before), after=_shown(change.after))

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


def _other_marker(step: Step) -> str | None:
    """An issue found by its words carries the ident that its item had in a store that was lost."""
    marker = step.tracked.found.marker if step.verb is Verb.RELINK and step.tracked.found else None
    return carries(marker.ident) if marker and marker.ident != step.tracked.ident else None


def _changed(before: Link | None, after: Link) -> Iterable[FieldChange]:
    if before is None:
        return
    for name in NAMES:
        then, now = getattr(before.agreed, name), getattr(after.agreed, name)
        if then != now:
            yield FieldChange(name, then, now)


def _shown(value: object) -> str | None:
    if not given(value):
        return None
    return ", ".join(value) if isinstance(value, tuple) else str(value)
