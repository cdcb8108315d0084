"""`pmtrack serve`: the daemon. The timer is APScheduler's, in memory; what is due stands in the store."""

from __future__ import annotations

import signal
import threading
from contextlib import closing
from functools import partial
from types import FrameType
from typing import Any

from pmtrack.app import App
from pmtrack.config import load
from pmtrack.service.ending import end
from pmtrack.service.front import answering
from pmtrack.service.jobs import Jobs
from pmtrack.service.log import configure
from pmtrack.service.opened import Opened
from pmtrack.service.reload import Watched
from pmtrack.service.scheduler import Stuck, running

__all__ = ["serve"]

FAILED = 1


def serve(app: App, *, once: bool = False) -> int:
    """Work until SIGTERM or SIGINT; a change that is under way is finished, the next one is not begun.

    Args:
        once: do everything once that can be done now, and end.
    """
    service = app.config.service
    log, asked_to_stop, watched = configure(service.log), threading.Event(), Watched(app, load)
    _hear_signals(log, asked_to_stop, watched)
    with closing(Opened(watched)) as opened:
        jobs = partial(Jobs, watched, opened, log, asked_to_stop.is_set)
        if once:
            return 0 if jobs().once() else FAILED
        every, sources = service.sync_every, len(app.config.sources)
        log.info("serving", config=str(app.config.file), sync_every=str(every), sources=sources)
        try:
            with answering(watched, log) as listener, running(jobs(listener).round):
                asked_to_stop.wait()
        except Stuck:
            log.warning("stopped while waiting for an answer: the next start looks what became of it")
            end()
        log.info("stopped")
    return 0


def _hear_signals(log: Any, asked_to_stop: threading.Event, watched: Watched) -> None:
    def stop(number: int, _frame: FrameType | None) -> None:
        log.info("stopping", signal=signal.Signals(number).name)
        asked_to_stop.set()

    def reload(_number: int, _frame: FrameType | None) -> None:
        watched.ask()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    signal.signal(signal.SIGHUP, reload)
