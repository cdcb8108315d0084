"""The composition root: what a command or the service asks for, put together from the packages.

Sync first, then reports, then publish. Adapters are loaded by name, so that a command imports only what it uses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from pmtrack.app import turn
from pmtrack.app.run import Run, Undone
from pmtrack.app.setup import Scope, Setup, new_ident
from pmtrack.documents import extractor, normal_priority
from pmtrack.errors import PmtrackError
from pmtrack.model import BLOCKS, Event, Snapshot
from pmtrack.ready import wait
from pmtrack.reports import (
    Decision,
    Question,
    Report,
    Selection,
    ask,
    build,
    find,
    find_block,
    for_document,
)
from pmtrack.store import read

if TYPE_CHECKING:
    from pmtrack.app.post import Delivery
    from pmtrack.publish.reports import Published
    from pmtrack.store.database import Store
    from pmtrack.sync import Places, Step, Sync
    from pmtrack.sync.reextract import Difference

__all__ = ["App", "Run", "Scope", "Undone"]


@dataclass(frozen=True, slots=True)
class App(Setup):
    """What can be asked of one configuration."""

    def plan(self, scope: Scope) -> Sync:
        """What `sync` would do now. Writes nothing, and needs no store."""
        from pmtrack.sync import sync

        with self.store(create=False) as store:
            return sync(
                self.places(scope, store),
                self.terms(),
                self.rules(scope, store),
                self.recorder(store),
                new_ident=new_ident,
                carry_out=False,
            )

    def differences(self, scope: Scope) -> tuple[list[Difference], list[str]]:
        """What today's extractor reads otherwise in documents that nobody changed since an earlier one read them.

        With it a sentence for each document that cannot be read.
        """
        from pmtrack.sync.reextract import differences

        problems: list[str] = []
        with self.store(create=False) as store:
            found = [one for source in self.sources(scope) for one in differences(source, store, problems)]
        return [one for one in found if scope.postmortem in (None, one.path)], problems

    def sync(
        self,
        scope: Scope,
        *,
        run: str = "",
        stop: Callable[[], bool] = lambda: False,
        say: Callable[[Step], None] = lambda _step: None,
    ) -> Run:
        """Bring documents and trackers in step, then the reports in the documents.

        Args:
            run: its id, a new one without it. stop: asked between two changes. say: told each change before it is made.

        Raises:
            Busy: another sync is at work. StoreError, ConfigError: as they say.
        """
        wanted = {source.name for source in self.wanted(scope)}  # a name of none is said before a store is made
        with turn.work(self, wanted) as ours:
            return self._run(ours, replace(scope, ours=ours.names), wanted - ours.names, run=run, stop=stop, say=say)

    def _run(
        self,
        ours: turn.Turn,
        scope: Scope,
        busy: Set[str],
        *,
        run: str,
        stop: Callable[[], bool],
        say: Callable[[Step], None],
    ) -> Run:
        """The same with the sources that are ours; somebody else is at the `busy` ones."""
        from pmtrack.app.remarks import Watching, remarks
        from pmtrack.sync import sync

        store = ours.store
        places, terms = self.places(scope, store, stop), self.terms()
        self._sweep()
        recorder, rules = Watching.of(self.recorder(store, run)), self.rules(scope, store)
        stored = store.holds().keys()
        step = partial(sync, new_ident=new_ident, reextract=scope.reextract, stop=stop, say=say)
        done = step(places, terms, rules, recorder)
        unknown = [name for name in scope.holds if name not in stored | done.plan.released]
        made = Run(done, unknown, ident=recorder.run, busy=sorted(busy))
        made.remarks = list(remarks(places, store, recorder, done.plan))
        if not stop():
            made.published = self._publish(places, store, recorder.run)
        made.outdated = store.outdated_count(ours.names, extractor())
        return made

    def _sweep(self) -> None:
        """Remove what a run that was killed left of its writes."""
        from pmtrack import atomic

        for place in (*self.config.sources, *self.config.trackers.values()):
            if path := getattr(place, "path", None):
                atomic.sweep(self.config.base / path)

    def _publish(self, places: Places, store: Store, run: str) -> dict[str, Published]:
        from pmtrack.publish.reports import publish

        def report(source: str, path: str) -> Report:
            return for_document(self._build(store.snapshot(source, path), self.today), source, path)

        wanted = {one.name: one for one in self.config.sources if one.publish.report}
        shown, now = self.config.directory.shown, self.now()
        return {
            name: publish(
                source,
                store,
                report,
                self.today,
                run=run,
                items=shown if wanted[name].publish.items else None,
                waits=partial(wait, wanted[name].ready, now=now),
            )
            for name, source in places.sources.items()
            if name in wanted
        }

    def report(
        self,
        selection: Selection | None = None,
        as_of: date | None = None,
        *,
        sort: str | None = None,
        told: bool = False,
    ) -> Report:
        """The numbers and rows of the store, as of today or another day.

        Args:
            told: whether with what needs the history: groups, the trend, times to close, slips.
        """
        question = Question(self.today, selection or Selection(), as_of, sort, told)
        return ask(question, self.config.store, self.config.base, self.config.zone, self.config.directory)

    def _build(self, snapshot: Snapshot, today: date) -> Report:
        return build(snapshot, today, directory=self.config.directory, normal_priority=normal_priority)

    def decide(self, decisions: Sequence[Decision]) -> int:
        """Write down what a person decided, all of it or nothing, and answer on how many items or documents.

        Raises:
            PmtrackError: a line for each decision that cannot be taken as it is.
        """
        from pmtrack.sync.decide import ACKNOWLEDGE, decided, decided_block

        snapshot, chosen, documents, problems = self.snapshot(), [], [], []
        for decision in decisions:
            try:
                if decision.words in BLOCKS:
                    documents.append(decided_block(find_block(snapshot, decision.item), decision.words))
                    continue
                row = find(snapshot, decision.item)
                chosen.append((decision, row, decided(row.known, decision.words, decision.reason)))
            except PmtrackError as error:
                problems.append(f"line {decision.line}: {error}" if decision.line else str(error))
        if problems:
            raise PmtrackError("\n".join(problems))
        names = {row.known.source for _, row, _ in chosen} | {document.source for document in documents}
        with turn.decision(self, names) as store, store.writing() as writer:
            for decision, row, known in chosen:
                writer.save_document(replace(row.document, review_on=self.today))
                writer.save_items([known])
                for event in row.conflicts if decision.words == ACKNOWLEDGE else ():
                    writer.acknowledge(event.id or 0)
                evidence = decision.reason or None
                writer.record(Event(self.now(), known.ident, "decided", after=decision.words, evidence=evidence))
            for document in documents:
                writer.save_document(replace(document, review_on=self.today))
        return len(chosen) + len(documents)

    def undo(self, run: str, *, carry_out: bool, say: Callable[[Step], None]) -> Undone:
        """Take a run back: close what it made and nobody touched, and take the blocks out of those documents.

        Raises:
            PmtrackError: no run of that id made an issue.
        """
        from pmtrack.publish.reports import unpublish_all
        from pmtrack.sync import take_back

        scope = Scope()
        everything = [source.name for source in self.config.sources]
        with turn.decision(self, everything) if carry_out else self.store(create=False) as store:
            places = self.places(scope, store)
            done = take_back(
                run,
                places,
                self.terms(),
                self.rules(scope, store),
                self.recorder(store),
                new_ident=new_ident,
                carry_out=carry_out,
                say=say,
            )
            paths = sorted({(step.tracked.known.source, step.tracked.known.path) for step in done.plan.steps})
            if carry_out:
                by = {name: [path for there, path in paths if there == name] for name, _ in paths}
                gone = {name: unpublish_all(places.sources[name], store, by[name], run=run) for name in by}
                return Undone(done, [path for one in gone.values() for path in one.written])
            return Undone(done, [path for _, path in paths])

    def snapshot(self) -> Snapshot:
        """What the store holds for reports."""
        return read.snapshot(self.config.store, self.config.base)

    def history(self, item: str | None = None, since: date | None = None) -> list[Event]:
        """What happened, oldest first: to one item, or to all.

        Raises:
            PmtrackError: there is no such item.
        """
        ident = find(self.snapshot(), item).known.ident if item else None
        events = read.history(self.config.store, self.config.base)
        return [
            event
            for event in events
            if ident in (None, event.ident) and (since is None or event.at.astimezone(self.config.zone).date() >= since)
        ]

    def digest(self, only: Selection | None = None, form: str = "markdown") -> str:
        """The digest of this week as it stands now, of a part of the store or of all."""
        from pmtrack.app.notify import digest_text

        return digest_text(self, only or Selection(), form)

    def send_digest(self, to: Sequence[str] = (), *, eager: bool = False, again: bool = False) -> Iterator[Delivery]:
        """Send the digest that was due last to everybody who has not got it, and tell what became of it."""
        from pmtrack.app.notify import send_digests

        return send_digests(self, to, eager=eager, again=again)

    def send_reminders(self) -> Iterator[Delivery]:
        """Send the reminders of today, if it is time and they have not been sent; tell what became of them."""
        from pmtrack.app.notify import send_reminders

        return send_reminders(self)

    def check(self) -> Iterator[str]:
        """Every problem that a person can mend before a sync meets it, one sentence each. Reads only."""
        from pmtrack.app.check import check

        return check(self)
