"""`pmtrack snooze` and `cancel`: what people are not to be reminded of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pmtrack.app import App
from pmtrack.app.notify import cancel, snooze, wake
from pmtrack.text import plain


def run_snooze(app: App, items: Sequence[str], until: date, reason: str) -> int:
    """No reminders before that day."""
    for words in snooze(app, items, until, reason):
        print(plain(f"no reminders before {until}: {words}"))
    return 0


def run_cancel(app: App, items: Sequence[str], reason: str) -> int:
    """No reminders any more."""
    for words in cancel(app, items, reason):
        print(plain(f"called off: {words}"))
    print("issues and documents say what they said: close the issue as not planned, or strike the item out, to end it")
    return 0


def run_end(app: App, items: Sequence[str]) -> int:
    """Reminders again."""
    for words in wake(app, items):
        print(plain(f"reminders again: {words}"))
    return 0
