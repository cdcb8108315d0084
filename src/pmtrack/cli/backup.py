"""`pmtrack backup`: a copy of the store in a file of its own."""

from __future__ import annotations

from pathlib import Path

from pmtrack.app import App
from pmtrack.app.backup import back_up
from pmtrack.text import plain


def run(app: App, file: Path, *, force: bool) -> int:
    """Write it, and print how many items are in it."""
    count = back_up(app, file, force=force)
    print(plain(f"{file}: {count} {'item' if count == 1 else 'items'}"))
    return 0
