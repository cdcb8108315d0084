"""What the daemon does each time its timer rings. No failure ends the daemon; each is a line in its log."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from pmtrack.app import App, Scope
from pmtrack.app.run import Run
from pmtrack.app.setup import new_ident
from pmtrack.app.turn import holder
from pmtrack.errors import Busy, PmtrackError, Stopped
from pmtrack.service.due import Moment
from pmtrack.service.listener import Listener, Nobody
from pmtrack.service.messages import Messages
from pmtrack.service.opened import Opened
from pmtrack.service.reload import Watched
from pmtrack.sync import Step
from pmtrack.sync.world import DRAFT

SWEEP = "sweep"
"""The lease of a source's daily sweep is `sweep:NAME`; nobody holds it, it says when the last one was."""

NOT_BEGUN = frozenset({"busy", "failed", "bug"})
"""Outcomes after which the store may not know that a source was tried."""

REST = 5.0
"""Seconds until it is tried again then."""

LONGEST_REST = 30.0
"""Seconds after a round that failed until the next."""


@dataclass(slots=True)
class Jobs:
    """The work of one daemon.

    Args:
        stop: asked between two changes. clock: seconds, for what needs not be remembered.
    """

    watched: Watched
    opened: Opened
    log: Any
    stop: Callable[[], bool]
    listener: Listener = field(default_factory=Nobody)
    clock: Callable[[], float] = time.monotonic
    worker: str = field(default_factory=holder)
    _messages: Messages = field(init=False)
    _asked: set[str] = field(default_factory=set)
    _rests: dict[str, float] = field(default_factory=dict)
    _failures: int = 0
    _rests_until: float = -math.inf

    def __post_init__(self) -> None:
        self._messages = Messages(self.watched, self.opened, self.log, self.stop, self.listener, self.clock)

    @property
    def app(self) -> App:
        return self.watched.app

    def round(self) -> None:
        """Everything whose time has come: first the sources, then what is told of them."""
        if self.clock() < self._rests_until:
            return
        try:
            self._round()
            self._failures = 0
        except PmtrackError as error:
            self._rest()
            self.log.error("round failed", error=str(error), again_in_seconds=round(self._rests_until - self.clock()))
        except Exception:
            self._rest()
            self.log.exception("round failed by a bug: please report it")

    def _rest(self) -> None:
        """The store is away: twice as long each time, so that the log stays readable."""
        self._rests_until = self.clock() + min(2.0**self._failures, LONGEST_REST)
        self._failures += 1

    def _round(self) -> None:
        if self.watched.look(self.log):
            self._asked |= {source.name for source in self.app.config.sources}
        moment = self._moment()
        for name in moment.due(self._every(), self.worker):
            if self.stop():
                return
            if self.clock() >= self._rests.get(name, -math.inf):
                self._asked.discard(name)
                self.sync(name, sweep=moment.to_be_swept(name))
        self._messages.send()

    def once(self) -> bool:
        """Each source once, due or not, and the messages that are due. Whether all went well."""
        moment, fine = self._moment(), True
        for source in self.app.config.sources:
            if not self.stop():
                fine &= self.sync(source.name, sweep=moment.to_be_swept(source.name))
        return self._messages.send() and fine

    def sync(self, name: str, *, sweep: bool = False) -> bool:
        """One sync of one source. Whether it was done without a problem, or is done by somebody else."""
        began, run = self.clock(), new_ident()
        log, counts = self.log.bind(source=name, run=run), dict[str, int]()
        outcome = self._outcome(name, run, log, counts, sweep=sweep)
        if outcome in NOT_BEGUN:
            self._rests[name] = self.clock() + REST
        if outcome != "busy":
            self.listener.ran(name, self.clock() - began, outcome, counts)
        return outcome in ("ok", "busy")

    def _outcome(self, name: str, run: str, log: Any, counts: dict[str, int], *, sweep: bool) -> str:
        """What became of it, in a word; its line in the log."""
        try:
            done = self.app.sync(
                Scope(source=name, sweep=sweep), run=run, stop=self.stop, say=lambda step: _say(log, step)
            )
        except Busy as error:
            log.info("sync skipped", reason=str(error))
            return "busy"
        except Stopped as error:
            log.info("sync stopped", reason=str(error))
            return "stopped"
        except PmtrackError as error:
            log.error("sync failed", error=str(error))
            return "failed"
        except Exception:
            log.exception("sync failed by a bug: please report it")
            return "bug"
        counts.update(_tell(log, done))
        if sweep and not any(board.error for board in done.sync.observation.boards.values()):
            self._swept(name)
        return "problems" if done.failed else "ok"

    def _every(self) -> dict[str, timedelta]:
        service = self.app.config.service
        return {source.name: source.sync_every or service.sync_every for source in self.app.config.sources}

    def _moment(self) -> Moment:
        """What the store says now of all that this configuration names."""
        names = [source.name for source in self.app.config.sources]
        store = self.opened.store()
        now, found = store.leases(self.worker, alone=not store.is_shared).standings()
        asked, alone = store.woken() | self._asked, not store.is_shared
        standings, swept = (
            {name: found[key] for name in names if (key := f"{kind}:{name}") in found} for kind in ("source", SWEEP)
        )
        return Moment(now, standings, swept, asked, alone)

    def _swept(self, name: str) -> None:
        leases = self.opened.store().leases(self.worker, alone=True)
        leases.give_back(leases.take([f"{SWEEP}:{name}"]))


def _say(log: Any, step: Step) -> None:
    """A change that is about to be made, by the ids that follow one item through; its words are the team's."""
    known, link = step.tracked.known, step.tracked.link
    issue = link.ref.key if link and link.ref else None
    log.info("change", verb=step.verb.value, item=known.ident, at=step.tracked.place, issue=issue)


def _tell(log: Any, done: Run) -> dict[str, int]:
    """The lines of a run that ended; its counts."""
    for problem in done.problems:
        log.warning("problem", problem=problem)
    for hold in done.sync.plan.holds:
        say = log.info if hold.kind == DRAFT else log.warning  # that somebody is still writing is no trouble
        say("held", id=hold.id, sentence=hold.sentence)
    for remark in done.remarks:
        log.info("remark", remark=remark)
    for published in done.published.values():
        for path in published.written:
            log.info("report", document=path)
    counts = {word.replace(" ", "_"): count for word, count in done.summary.items()}
    log.info("synced", **counts)
    return counts
