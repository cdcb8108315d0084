"""`pmtrack status`: every action item, what is overdue first."""

from __future__ import annotations

import sys
from datetime import date

from pmtrack.app import App
from pmtrack.reports import Selection, render


def run(app: App, selection: Selection, output: str, as_of: date | None, *, check: bool) -> int:
    """Print the report. With `check`, exit code 4 where something in it is overdue."""
    report = app.report(selection, as_of)
    sys.stdout.write(render(report, output))
    return 4 if check and report.totals.overdue else 0
