"""The timer. It remembers nothing: a ring that is missed or doubled does no harm, since the jobs ask the store."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler

EVERY = timedelta(seconds=1)
"""How long something that is due waits at most, on a worker that has nothing else to do."""


@contextmanager
def running(job: Callable[[], None], every: timedelta = EVERY) -> Iterator[None]:
    """Ring for the job until the block ends; one that is at work then is waited for."""
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a ring while the job is at work is no news
    # A ring that comes late is still wanted (misfire_grace_time), several late ones are one (coalesce).
    scheduler = BackgroundScheduler(
        timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
    )
    scheduler.add_job(job, "interval", seconds=every.total_seconds(), next_run_time=datetime.now(UTC))
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown(wait=True)
