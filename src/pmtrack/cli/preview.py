"""`pmtrack preview`: what merging a change would do, for its review."""

from __future__ import annotations

import sys

from pmtrack.app import App
from pmtrack.app.preview import preview
from pmtrack.reports.preview import render


def run(app: App, base: str, head: str, output: str) -> int:
    """Print it. Exit code 1 where something could not be looked at."""
    found = preview(app, base, head)
    sys.stdout.write(render(found, output))
    return 1 if found.problems else 0
