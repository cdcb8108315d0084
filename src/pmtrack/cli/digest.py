"""`pmtrack digest`: what it says now, or sending it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from pmtrack.app import App
from pmtrack.app.post import Delivery
from pmtrack.reports import Selection
from pmtrack.text import plain

NOTHING = "everybody has it already: send it once more with --again"
NOBODY = "nobody is to be reminded now"


def run(app: App, only: Selection, output: str) -> int:
    """Print it as it stands now; nothing is sent."""
    sys.stdout.write(app.digest(only, output))
    return 0


def run_send(app: App, to: Sequence[str], *, again: bool) -> int:
    """Send it, and tell what became of each message; exit code 1 where one did not arrive, or may not have."""
    return _told(app.send_digest(to, eager=True, again=again), NOTHING)


def run_reminders(app: App) -> int:
    """Send today's reminders, if it is time; for whoever runs pmtrack by cron."""
    return _told(app.send_reminders(), NOBODY)


def _told(deliveries: Iterable[Delivery], nothing: str) -> int:
    failed, any_sent = False, False
    for done in deliveries:
        any_sent, failed = True, failed or bool(done.error)
        if done.error:
            print(f"pmtrack: {plain(str(done))}", file=sys.stderr)
        elif not done.recipient.startswith("stdout:"):
            print(plain(str(done)))
    if not any_sent:
        print(nothing)
    return 1 if failed else 0
