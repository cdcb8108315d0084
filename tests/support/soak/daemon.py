"""The daemon's process: the real jobs on the real store, told when to look, by a clock that is moved from outside."""

from __future__ import annotations

import gc
import os
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, redirect_stderr
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from pmtrack.app import App, Scope
from pmtrack.app.backup import back_up
from pmtrack.config import load
from pmtrack.errors import PmtrackError
from pmtrack.service.behind import Behind
from pmtrack.service.jobs import Jobs
from pmtrack.service.log import configure
from pmtrack.service.opened import Opened
from pmtrack.service.reload import Watched
from pmtrack.trackers.base import Tracker
from support.soak.clock import Clock, on_databases
from support.soak.far import BEGIN, Ask, Far

LOG, BACKUP = "log.jsonl", "backup.db"
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Held:
    """What the process holds. Attributes: memory: bytes. files: descriptors."""

    memory: int
    files: int
    threads: int


@dataclass(frozen=True, slots=True)
class FarApp(App):
    """An app whose tracker `board` is in another process."""

    ask: Ask | None = None

    def tracker(self, name: str, *given: Any) -> Tracker:
        if name != "board" or not self.ask:
            return App.tracker(self, name, *given)
        self.ask(BEGIN)
        return Far(self.ask)


def work(pipe: Connection, config: Path) -> None:
    """Do what the other end says until there is none. The whole life of the process."""
    clock = Clock()
    file = (config.parent / LOG).open("a", encoding="utf-8", buffering=1)
    with file as log, redirect_stderr(log), on_databases(clock):
        Worker(pipe, clock, config).obey()


@dataclass(slots=True)
class Worker:
    """One process that serves."""

    pipe: Connection
    clock: Clock
    config: Path

    def obey(self) -> None:
        """As `pmtrack serve` puts it together, but for the timer, the socket and the signals."""
        watched, log = Watched(FarApp(load(self.config), self.clock.now, ask=self._ask), load), configure("json")
        with Behind.made(watched, log, {}, None) as behind, closing(Opened(watched)) as opened:
            jobs = Jobs(watched, opened, log, lambda: False, behind.metrics, self._seconds, "soak")
            self._carry_out(self._doing(jobs, behind))

    def _carry_out(self, doing: Mapping[str, Callable[..., Any]]) -> None:
        while order := self._next():
            what, *given = order
            try:
                answer = ("done", doing[what](*given))
            except Exception:  # noqa: BLE001 - whatever it is, the other end tells it
                answer = ("failed", traceback.format_exc())
            self.pipe.send(answer)

    def _doing(self, jobs: Jobs, behind: Behind) -> Mapping[str, Callable[..., Any]]:
        return {
            "round": jobs.round,
            "yes": lambda name: self._agree(jobs, name),
            "hook": lambda delivery, issues: self._hear(jobs.app, delivery, issues),
            "metrics": lambda: _metrics(behind),
            "backup": lambda: back_up(jobs.app, self.config.with_name(BACKUP), force=True),
            "held": held,
        }

    def _next(self) -> Sequence[Any]:
        try:
            seconds, *order = self.pipe.recv()
        except EOFError:
            return ()
        self.clock.seconds = seconds
        return order

    def _ask(self, verb: str, *given: Any) -> Any:
        self.pipe.send(("ask", verb, given))
        self.clock.seconds, answer = self.pipe.recv()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _seconds(self) -> float:
        return self.clock.seconds

    def _agree(self, jobs: Jobs, name: str) -> str:
        """`pmtrack sync --yes`; what it could not do, in a sentence."""
        try:
            jobs.app.sync(Scope(source=name, yes=True))
        except PmtrackError as error:
            return str(error)
        return ""

    def _hear(self, app: App, delivery: str, issues: Sequence[str]) -> bool:
        """What follows from a webhook. Whether it was new."""
        with app.store() as store, store.writing() as writer:
            if writer.heard(delivery, app.now()):
                return False
            writer.hint("board", issues)
        return True


def _metrics(behind: Behind) -> str:
    _, text = behind.metrics.text()
    return text.decode()


def held() -> Held:
    """What this process holds now, after what nobody needs any more is gone."""
    gc.collect()
    resident = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE
    return Held(resident, len(list(Path("/proc/self/fd").iterdir())), threading.active_count())
