"""`pmtrack serve`: the daemon. The timer is APScheduler's, in memory; what is due stands in the store."""

from __future__ import annotations

import signal
import threading
from types import FrameType

from pmtrack.app import App
from pmtrack.service.jobs import Jobs
from pmtrack.service.log import configure
from pmtrack.service.scheduler import running

__all__ = ["serve"]


def serve(app: App) -> int:
    """Work until SIGTERM or SIGINT; a change that is under way is finished, the next one is not begun."""
    log = configure()
    asked_to_stop = threading.Event()

    def stop(number: int, _frame: FrameType | None) -> None:
        log.info("stopping", signal=signal.Signals(number).name)
        asked_to_stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    every = app.config.service.sync_every
    log.info("serving", config=str(app.config.file), sync_every=str(every), sources=len(app.config.sources))
    with running(Jobs(app, log, asked_to_stop.is_set), every):
        asked_to_stop.wait()
    log.info("stopped")
    return 0
