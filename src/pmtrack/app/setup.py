"""What a run needs, made from a configuration: sources, trackers, rules, a store and its lock."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import TYPE_CHECKING

from pmtrack.config import Config
from pmtrack.errors import ConfigError, Stopped, TrackerError

if TYPE_CHECKING:
    from pmtrack.sources.base import Source
    from pmtrack.sources.settings import SourceSettings
    from pmtrack.store.database import Store
    from pmtrack.store.lock import Lock
    from pmtrack.sync import Places, Recorder, Rules, Terms
    from pmtrack.trackers.base import Tracker
    from pmtrack.trackers.limits import Ledger, Meter

LOOKS_UP = 0.2
"""Seconds between two questions whether to stop."""


def utc_now() -> datetime:
    return datetime.now(UTC)


def new_ident() -> str:
    """A ULID: sortable by time, and nobody else's."""
    from ulid import ULID

    return str(ULID())


def pause(seconds: float, stop: Callable[[], bool]) -> None:
    """Sleep, and look up from time to time.

    Raises:
        Stopped: we were asked to.
    """
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        if stop():
            raise Stopped("asked to stop while waiting for a limit: what is left is for the next run")
        time.sleep(min(left, LOOKS_UP))


@dataclass(frozen=True, slots=True)
class Scope:
    """What a person limited a command to, and what they said yes to.

    Attributes:
        source: name of one source, or None for all. postmortem: path of one document.
        yes: release every brake in the scope. holds: ids of holds to be released.
        reextract: take what today's extractor reads in unchanged documents as their word.
        sweep: look for what no change tells of, such as an issue that was deleted.
        ours: of these sources, those that no other worker is at; None for all.
    """

    source: str | None = None
    postmortem: str | None = None
    yes: bool = False
    holds: tuple[str, ...] = ()
    reextract: bool = False
    sweep: bool = False
    ours: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Setup:
    """One configuration, at one clock.

    Args:
        now: the clock, UTC. meter: counts what trackers are asked, where somebody wants to know.
    """

    config: Config
    now: Callable[[], datetime] = utc_now
    meter: Meter | None = None

    @property
    def today(self) -> date:
        """The day in the configured time zone."""
        return self.now().astimezone(self.config.zone).date()

    def store(self, *, create: bool = True) -> Store:
        """The store; a copy in memory where it is only to be looked at."""
        from pmtrack.store.database import Store

        return Store.open(self.config.store, self.config.base, create=create)

    def lock(self, suffix: str = "lock", busy: str = "") -> Lock:
        """What one process at a time may hold, where the store is a file; see `turn`."""
        from pmtrack.store.lock import BUSY, Lock

        return Lock(self.config.store, self.config.base, suffix=suffix, busy=busy or BUSY)

    def places(self, scope: Scope, store: Store, stop: Callable[[], bool] = lambda: False) -> Places:
        """Where documents and issues live; of a tracker that lacks a secret there is a sentence instead.

        Args:
            stop: asked while a tracker waits for a limit.
        """
        from pmtrack.sync import Places

        ledger, sleep = self.ledger(store), partial(pause, stop=stop)
        sources = {source.name: source for source in self.sources(scope, ledger, sleep)}
        targets = {settings.name: settings.tracker for settings in self.wanted(scope) if settings.name in sources}
        others = Others(self, frozenset(settings.name for settings in self.config.sources) - sources.keys())
        concerned = {*targets.values(), *store.trackers(sources if others else None)}
        trackers, unreachable = {}, {}
        for name in concerned & self.config.trackers.keys():
            try:
                trackers[name] = self.tracker(name, ledger, sleep)
            except TrackerError as error:
                unreachable[name] = str(error)
        return Places(sources, trackers, targets, unreachable, others, scope.sweep)

    def ledger(self, store: Store) -> Ledger:
        """What each account did lately, as all processes on the store know it."""
        from pmtrack.trackers.limits import Ledger, Meter

        return Ledger(store.journal, self.meter or Meter())

    def sources(
        self, scope: Scope, ledger: Ledger | None = None, sleep: Callable[[float], None] = time.sleep
    ) -> list[Source]:
        """The sources in a scope.

        Args:
            ledger, sleep: as for a tracker, for sources that talk with their host.

        Raises:
            ConfigError: there is no source of that name.
        """
        from pmtrack.sources import connect

        found = [connect(settings, self.config.base) for settings in self.wanted(scope)]
        for source in found:
            self._introduce(source, ledger, sleep)
        return found

    def wanted(self, scope: Scope) -> list[SourceSettings]:
        """The settings of the sources in a scope.

        Raises:
            ConfigError: there is no source of that name.
        """
        found = [source for source in self.config.sources if scope.source in (None, source.name)]
        if not found:
            names = ", ".join(source.name for source in self.config.sources)
            raise ConfigError([f"there is no source {scope.source!r}: use one of {names}"])
        return [source for source in found if scope.ours is None or source.name in scope.ours]

    def _introduce(self, source: Source, ledger: Ledger | None, sleep: Callable[[float], None]) -> None:
        """Tell a source that wants reviews, or whose account is an App, how it talks with its host."""
        from pmtrack.sources.base import Hosted

        if not isinstance(source, Hosted):
            return
        shared = self.config.credentials.get(source.credential or "")
        if source.proposes() or (shared and shared.app_id):
            from pmtrack.app.pulls import introduce

            introduce(source, self.config.credentials, ledger, sleep)

    def tracker(self, name: str, ledger: Ledger | None = None, sleep: Callable[[float], None] = time.sleep) -> Tracker:
        """One tracker.

        Args:
            ledger: what each account did lately. sleep: how a wait for a limit is done.

        Raises:
            TrackerError: a secret is missing, or what else its kind needs.
        """
        from pmtrack.trackers import connect

        settings, base, credentials = self.config.trackers[name], self.config.base, self.config.credentials
        return connect(name, settings, base, credentials, ledger=ledger, sleep=sleep)

    def terms(self) -> Terms:
        """The team's people and policy."""
        from pmtrack.sync import Terms

        return Terms(self.config.directory.as_of(self.today), self.config.policy.policy())

    def recorder(self, store: Store, run: str = "") -> Recorder:
        """What writes down what this run does, under its id or a new one."""
        from pmtrack.sync import Recorder

        return Recorder(store, run=run or new_ident(), now=self.now, today=self.today)

    def rules(self, scope: Scope, store: Store) -> Rules:
        """What the team decided, and what a person just said."""
        from pmtrack.sync import Brake, Rules

        wins = self.config.sync.wins
        holds = store.holds()
        return Rules(
            now=self.now(),
            wins={"title": wins.title, "owners": wins.owner, "priority": wins.priority, "due": wins.due},
            brake=Brake(**self.config.sync.brake.model_dump()),
            since=self.config.since,
            ready={source.name: source.ready for source in self.config.sources},
            postmortem=scope.postmortem,
            yes=frozenset(self._names(scope)) if scope.yes else frozenset(),
            released=frozenset(ident for name in scope.holds if name in holds for ident in holds[name].idents),
            released_holds=frozenset(scope.holds),
        )

    def _names(self, scope: Scope) -> list[str]:
        """The names of the sources in a scope."""
        return [source.name for source in self.wanted(scope)]


@dataclass(frozen=True, slots=True)
class Others(Mapping[str, "Source"]):
    """The sources that other runs see to: there may be a thousand, of which none is ever asked for anything."""

    setup: Setup
    names: frozenset[str]

    def __getitem__(self, name: str) -> Source:
        if name not in self.names:
            raise KeyError(name)
        return self.setup.sources(Scope(source=name))[0]

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self.names))

    def __len__(self) -> int:
        return len(self.names)
