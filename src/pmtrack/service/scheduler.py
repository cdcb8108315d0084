"""The timer. It remembers nothing: a ring that is missed or doubled does no harm, since the jobs ask the store."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler

EVERY = timedelta(seconds=1)
"""How long something that is due waits at most, on a worker that has nothing else to do."""


PATIENCE = 7.0
"""Seconds that a job which is at work in the end has to come to a good place; whoever stops us may wait ten."""


class Stuck(Exception):
    """The job did not end in time: it waits for somebody else, and cannot be stopped but by ending the process."""


@contextmanager
def running(job: Callable[[], None], every: timedelta = EVERY, patience: float = PATIENCE) -> Iterator[None]:
    """Ring for the job until the block ends; one that is at work then is waited for.

    Raises:
        Stuck: in vain.
    """
    at_work, over = threading.Lock(), threading.Event()

    def ring() -> None:
        with at_work:
            if not over.is_set():  # a ring may be on its way when the end comes
                job()

    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a ring while the job is at work is no news
    # A ring that comes late is still wanted (misfire_grace_time), several late ones are one (coalesce).
    scheduler = BackgroundScheduler(
        timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
    )
    scheduler.add_job(ring, "interval", seconds=every.total_seconds(), next_run_time=datetime.now(UTC))
    scheduler.start()
    try:
        yield
    finally:
        over.set()
        scheduler.shutdown(wait=False)
        if not at_work.acquire(timeout=patience):
            raise Stuck
        at_work.release()  # the process waits for its threads, and so for such a ring
