"""The composition root: what a command or the service asks for, put together from the packages.

Sync first, then reports, then publish. Adapters are loaded by name, so that a command imports only what it uses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from pmtrack.config import Config
from pmtrack.documents import normal_priority
from pmtrack.errors import ConfigError, PmtrackError, TrackerError
from pmtrack.model import Event, Snapshot
from pmtrack.reports import Decision, Report, Selection, build, digest, find, for_document, latest, rewind
from pmtrack.store import read

if TYPE_CHECKING:
    from pmtrack.publish.reports import Published
    from pmtrack.sources.base import Source
    from pmtrack.store.database import Store
    from pmtrack.sync import Places, Recorder, Rules, Step, Sync, Terms
    from pmtrack.trackers.base import Tracker


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a person limited a command to, and what they said yes to.

    Attributes:
        source: name of one source, or None for all. postmortem: path of one document.
        yes: release every brake in the scope. holds: ids of holds to be released.
    """

    source: str | None = None
    postmortem: str | None = None
    yes: bool = False
    holds: tuple[str, ...] = ()


COUNTED: Mapping[str, Sequence[str]] = {
    "created": ["create"],
    "updated": ["update"],
    "closed": ["close"],
    "reopened": ["reopen"],
    "adopted": ["adopt", "relink"],
}
"""What a summary counts -> the verbs of the steps."""


@dataclass(slots=True)
class Run:
    """What `pmtrack sync` did.

    Attributes:
        published: by source. unknown: what was named as a hold and is none.
    """

    sync: Sync
    unknown: Sequence[str] = ()
    published: dict[str, Published] = field(default_factory=dict)

    @property
    def summary(self) -> dict[str, int]:
        """The counts, in the order in which they are printed."""
        counts = self.sync.outcome.counts if self.sync.outcome else {}
        return {
            **{word: sum(counts.get(verb, 0) for verb in verbs) for word, verbs in COUNTED.items()},
            "held": sum(len(steps) for _, steps in self.sync.plan.held),
            "failed": counts.get("failed", 0),
            "documents written": sum(len(published.written) for published in self.published.values()),
        }

    @property
    def problems(self) -> list[str]:
        """One sentence each, for people: what was left out and what failed."""
        failures = self.sync.outcome.failures if self.sync.outcome else []
        left = [line for published in self.published.values() for line in published.left]
        unknown = [f"there is no hold {name!r}: `pmtrack plan` shows those there are" for name in self.unknown]
        return [*self.sync.observation.problems, *failures, *left, *unknown]

    @property
    def failed(self) -> bool:
        """Whether a person has to look: something could not be read, or could not be done."""
        return bool(self.problems)


@dataclass(frozen=True, slots=True)
class Undone:
    """A run taken back, or what that would be: the steps, and the documents without their blocks."""

    sync: Sync
    documents: list[str]


@dataclass(frozen=True, slots=True)
class App:
    """One configuration, at one clock.

    Args:
        now: the clock, UTC.
    """

    config: Config
    now: Callable[[], datetime] = utc_now

    @property
    def today(self) -> date:
        return self.now().astimezone(self.config.zone).date()

    def plan(self, scope: Scope) -> Sync:
        """What `sync` would do now. Writes nothing, and needs no store."""
        from pmtrack.store.database import Store
        from pmtrack.sync import sync

        with Store.open(self.config.store, self.config.base, create=False) as store:
            return sync(
                self._places(scope),
                self._terms(),
                self._rules(scope, store),
                self._recorder(store),
                new_ident=new_ident,
                carry_out=False,
            )

    def sync(
        self,
        scope: Scope,
        *,
        stop: Callable[[], bool] = lambda: False,
        say: Callable[[Step], None] = lambda _step: None,
    ) -> Run:
        """Bring documents and trackers in step, then the reports in the documents.

        Raises:
            Busy: another sync is at work. StoreError, ConfigError: as they say.
        """
        from pmtrack.store.database import Store
        from pmtrack.store.lock import Lock
        from pmtrack.sync import sync

        places = self._places(scope)
        with Lock(self.config.store, self.config.base), Store.open(self.config.store, self.config.base) as store:
            self._sweep()
            recorder, rules = self._recorder(store), self._rules(scope, store)
            stored = store.holds().keys()
            done = sync(
                places,
                self._terms(),
                rules,
                recorder,
                new_ident=new_ident,
                stop=stop,
                say=say,
            )
            run = Run(done, [name for name in scope.holds if name not in stored | done.plan.released])
            if self.config.publish.report and not stop():
                run.published = self._publish(places, store)
        return run

    def _sweep(self) -> None:
        """Remove what a run that was killed left of its writes."""
        from pmtrack import atomic

        for place in (*self.config.sources, *self.config.trackers.values()):
            if path := getattr(place, "path", None):
                atomic.sweep(self.config.base / path)

    def _publish(self, places: Places, store: Store) -> dict[str, Published]:
        from pmtrack.publish.reports import publish

        def report(source: str, path: str) -> Report:
            return for_document(self._build(store.snapshot(source, path), self.today), source, path)

        return {name: publish(source, store, report, self.today) for name, source in places.sources.items()}

    def report(self, selection: Selection | None = None, as_of: date | None = None) -> Report:
        """The numbers and rows of everything in the store, as of today or an earlier day."""
        snapshot = self.snapshot()
        if as_of and as_of < self.today:
            history = read.history(self.config.store, self.config.base)
            snapshot = rewind(snapshot, history, as_of, self.config.zone)
        return self._build(snapshot, as_of or self.today, selection)

    def _build(self, snapshot: Snapshot, today: date, selection: Selection | None = None) -> Report:
        return build(snapshot, today, directory=self.config.directory, only=selection, normal_priority=normal_priority)

    def decide(self, decisions: Sequence[Decision]) -> int:
        """Write down what a person decided, all of it or nothing, and answer how many items that changed.

        Raises:
            PmtrackError: a line for each decision that cannot be taken as it is.
        """
        from pmtrack.store.database import Store
        from pmtrack.store.lock import Lock
        from pmtrack.sync.decide import ACKNOWLEDGE, decided

        snapshot, chosen, problems = self.snapshot(), [], []
        for decision in decisions:
            try:
                row = find(snapshot, decision.item)
                chosen.append((decision, row, decided(row.known, decision.words, decision.reason)))
            except PmtrackError as error:
                problems.append(f"line {decision.line}: {error}" if decision.line else str(error))
        if problems:
            raise PmtrackError("\n".join(problems))
        url, base = self.config.store, self.config.base
        with Lock(url, base), Store.open(url, base) as store, store.writing() as writer:
            for decision, row, known in chosen:
                writer.save_document(replace(row.document, review_on=self.today))
                writer.save_items([known])
                for event in row.conflicts if decision.words == ACKNOWLEDGE else ():
                    writer.acknowledge(event.id or 0)
                evidence = decision.reason or None
                writer.record(Event(self.now(), known.ident, "decided", after=decision.words, evidence=evidence))
        return len(chosen)

    def undo(self, run: str, *, carry_out: bool, say: Callable[[Step], None]) -> Undone:
        """Take a run back: close what it made and nobody touched, and take the blocks out of those documents.

        Raises:
            PmtrackError: no run of that id made an issue.
        """
        from pmtrack.publish.reports import unpublish
        from pmtrack.store.database import Store
        from pmtrack.store.lock import Lock
        from pmtrack.sync import take_back

        scope, url, base = Scope(), self.config.store, self.config.base
        places = self._places(scope)
        lock = Lock(url, base) if carry_out else nullcontext()
        with lock, Store.open(url, base, create=carry_out) as store:
            done = take_back(
                run,
                places,
                self._terms(),
                self._rules(scope, store),
                self._recorder(store),
                new_ident=new_ident,
                carry_out=carry_out,
                say=say,
            )
            paths = sorted({(step.tracked.known.source, step.tracked.known.path) for step in done.plan.steps})
            if carry_out:
                paths = [(name, path) for name, path in paths if unpublish(places.sources[name], store, path)]
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

    def digest(self) -> str:
        """The digest of this week as it stands now, as Markdown."""
        return digest(self.report(), read.history(self.config.store, self.config.base))

    def send_digest(self) -> Iterator[str]:
        """Send the digest that was due last to everybody who has not got it, and tell to whom.

        Raises:
            PmtrackError: it could not be sent to one of them; it is tried again the next time.
        """
        from pmtrack.reports.channels import send
        from pmtrack.store.database import Store

        settings = self.config.digest
        period = latest(self.now(), settings.day, settings.at, self.config.zone)
        with Store.open(self.config.store, self.config.base) as store:
            for recipient in settings.to:
                with store.writing() as writer:
                    ours = writer.claim_digest(period.name, recipient, self.now())
                if not ours:
                    continue
                try:
                    send(recipient, self.digest(), self.config.base)
                except PmtrackError:
                    with store.writing() as writer:
                        writer.release_digest(period.name, recipient)
                    raise
                with store.writing() as writer:
                    writer.digest_sent(period.name, recipient, self.now())
                yield recipient

    def check(self) -> Iterator[str]:
        """Every problem that a person can mend before a sync meets it. Reads only."""
        for source in self._sources(Scope()):
            yield from _check_source(source)
        for name in self.config.trackers:
            try:
                tracker = self._tracker(name)
                tracker.whoami()
                listing = tracker.listing("")
                yield from listing.broken.values()
            except PmtrackError as error:
                yield f"trackers.{name}: {error}"
        try:
            self.plan(Scope())
        except PmtrackError as error:
            yield str(error)

    def _places(self, scope: Scope) -> Places:
        from pmtrack.sync import Places

        sources = {source.name: source for source in self._sources(scope)}
        targets = {settings.name: settings.tracker for settings in self.config.sources if settings.name in sources}
        trackers, unreachable = {}, {}
        for name in self.config.trackers:
            try:
                trackers[name] = self._tracker(name)
            except TrackerError as error:
                unreachable[name] = str(error)
        return Places(sources, trackers, targets, unreachable)

    def _sources(self, scope: Scope) -> list[Source]:
        from pmtrack.sources import connect

        wanted = [source for source in self.config.sources if scope.source in (None, source.name)]
        if not wanted:
            names = ", ".join(source.name for source in self.config.sources)
            raise ConfigError([f"there is no source {scope.source!r}: use one of {names}"])
        return [connect(settings, self.config.base) for settings in wanted]

    def _tracker(self, name: str) -> Tracker:
        from pmtrack.trackers import connect

        return connect(name, self.config.trackers[name], self.config.base)

    def _terms(self) -> Terms:
        from pmtrack.sync import Terms

        return Terms(self.config.directory, self.config.policy.policy())

    def _recorder(self, store: Store) -> Recorder:
        from pmtrack.sync import Recorder

        return Recorder(store, run=new_ident(), now=self.now, today=self.today)

    def _rules(self, scope: Scope, store: Store) -> Rules:
        from pmtrack.sync import Brake, Rules

        wins = self.config.sync.wins
        holds = store.holds()
        return Rules(
            now=self.now(),
            wins={"title": wins.title, "owners": wins.owner, "priority": wins.priority, "due": wins.due},
            brake=Brake(**self.config.sync.brake.model_dump()),
            since=self.config.since,
            postmortem=scope.postmortem,
            yes=frozenset(self._names(scope)) if scope.yes else frozenset(),
            released=frozenset(ident for name in scope.holds if name in holds for ident in holds[name].idents),
            released_holds=frozenset(scope.holds),
        )

    def _names(self, scope: Scope) -> list[str]:
        """The names of the sources in a scope."""
        return [source.name for source in self.config.sources if scope.source in (None, source.name)]


def new_ident() -> str:
    """A ULID: sortable by time, and nobody else's."""
    from ulid import ULID

    return str(ULID())


def _check_source(source: Source) -> Iterator[str]:
    """Every document of a source that cannot be read, and why."""
    from pmtrack.documents import block

    try:
        for seen in source.documents():
            if seen.problem:
                yield seen.problem
                continue
            try:
                content = source.read(seen.path)
            except PmtrackError as error:
                yield str(error)
                continue
            try:
                block.find(content.data)
            except PmtrackError as error:
                yield f"{seen.path}: {error}"
    except PmtrackError as error:
        yield f"sources.{source.name}: {error}"
