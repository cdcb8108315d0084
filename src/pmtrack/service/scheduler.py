"""The timer. It remembers nothing: a ring that is missed or doubled does no harm, since the jobs ask the store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler

from pmtrack.service.jobs import Jobs

DIGEST_EVERY = timedelta(seconds=10)
REMIND_EVERY = timedelta(seconds=30)


@contextmanager
def running(jobs: Jobs, sync_every: timedelta) -> Iterator[None]:
    """Ring for the jobs until the block ends; a job that is at work then is waited for."""
    # A ring that comes late is still wanted (misfire_grace_time), several late ones are one (coalesce).
    scheduler = BackgroundScheduler(
        timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
    )
    now = datetime.now(UTC)
    scheduler.add_job(jobs.sync, "interval", seconds=sync_every.total_seconds(), next_run_time=now)
    scheduler.add_job(jobs.digest, "interval", seconds=DIGEST_EVERY.total_seconds(), next_run_time=now)
    scheduler.add_job(jobs.remind, "interval", seconds=REMIND_EVERY.total_seconds(), next_run_time=now)
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown(wait=True)
