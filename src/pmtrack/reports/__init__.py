"""The numbers as of a day, and every form they are shown in. `build` counts; the others render what it counted."""

from __future__ import annotations

from pmtrack.reports.block import block, review_on
from pmtrack.reports.build import Report, ReportRow, Selection, Totals, build, for_document
from pmtrack.reports.digest import Period, digest, latest
from pmtrack.reports.render import render
from pmtrack.reports.rewind import rewind

__all__ = [
    "Period",
    "Report",
    "ReportRow",
    "Selection",
    "Totals",
    "block",
    "build",
    "digest",
    "for_document",
    "latest",
    "render",
    "review_on",
    "rewind",
]
