"""What a run needs, made from a configuration: sources, trackers, rules, a store and its lock."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import TYPE_CHECKING

from pmtrack.config import Config
from pmtrack.errors import ConfigError, Stopped, TrackerError

if TYPE_CHECKING:
    from pmtrack.sources.base import Source
    from pmtrack.store.database import Store
    from pmtrack.store.lock import Lock
    from pmtrack.sync import Places, Recorder, Rules, Terms
    from pmtrack.trackers.base import Tracker
    from pmtrack.trackers.limits import Ledger

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
    """

    source: str | None = None
    postmortem: str | None = None
    yes: bool = False
    holds: tuple[str, ...] = ()
    reextract: bool = False


@dataclass(frozen=True, slots=True)
class Setup:
    """One configuration, at one clock.

    Args:
        now: the clock, UTC.
    """

    config: Config
    now: Callable[[], datetime] = utc_now

    @property
    def today(self) -> date:
        """The day in the configured time zone."""
        return self.now().astimezone(self.config.zone).date()

    def store(self, *, create: bool = True) -> Store:
        """The store; a copy in memory where it is only to be looked at."""
        from pmtrack.store.database import Store

        return Store.open(self.config.store, self.config.base, create=create)

    def lock(self) -> Lock:
        """What one process at a time may hold."""
        from pmtrack.store.lock import Lock

        return Lock(self.config.store, self.config.base)

    def places(self, scope: Scope, store: Store, stop: Callable[[], bool] = lambda: False) -> Places:
        """Where documents and issues live; of a tracker that lacks a secret there is a sentence instead.

        Args:
            stop: asked while a tracker waits for a limit.
        """
        from pmtrack.sync import Places
        from pmtrack.trackers.limits import Ledger

        ledger, sleep = Ledger(store.journal), partial(pause, stop=stop)
        sources = {source.name: source for source in self.sources(scope)}
        targets = {settings.name: settings.tracker for settings in self.config.sources if settings.name in sources}
        trackers, unreachable = {}, {}
        for name in self.config.trackers:
            try:
                trackers[name] = self.tracker(name, ledger, sleep)
            except TrackerError as error:
                unreachable[name] = str(error)
        return Places(sources, trackers, targets, unreachable)

    def sources(self, scope: Scope) -> list[Source]:
        """The sources in a scope.

        Raises:
            ConfigError: there is no source of that name.
        """
        from pmtrack.sources import connect

        wanted = [source for source in self.config.sources if scope.source in (None, source.name)]
        if not wanted:
            names = ", ".join(source.name for source in self.config.sources)
            raise ConfigError([f"there is no source {scope.source!r}: use one of {names}"])
        found = [connect(settings, self.config.base) for settings in wanted]
        for source in found:
            self._introduce(source)
        return found

    def _introduce(self, source: Source) -> None:
        """Tell a source that wants reviews how it asks for them."""
        from pmtrack.sources.base import Proposes

        if isinstance(source, Proposes) and source.host():
            from pmtrack.app.pulls import introduce

            introduce(source, source.name, self.config.credentials)

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

    def recorder(self, store: Store) -> Recorder:
        """What writes down what this run does."""
        from pmtrack.sync import Recorder

        return Recorder(store, run=new_ident(), now=self.now, today=self.today)

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
            postmortem=scope.postmortem,
            yes=frozenset(self._names(scope)) if scope.yes else frozenset(),
            released=frozenset(ident for name in scope.holds if name in holds for ident in holds[name].idents),
            released_holds=frozenset(scope.holds),
        )

    def _names(self, scope: Scope) -> list[str]:
        """The names of the sources in a scope."""
        return [source.name for source in self.config.sources if scope.source in (None, source.name)]
