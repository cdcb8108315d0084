"""The numbers as of a day, and every form they are shown in. `build` counts; the others render what it counted."""

from __future__ import annotations

from pmtrack.reports.block import block, review_on
from pmtrack.reports.build import Report, ReportRow, Selection, Totals, build, for_document, outdated_line
from pmtrack.reports.digest import Period, digest, latest
from pmtrack.reports.find import find, find_block
from pmtrack.reports.log import history
from pmtrack.reports.render import render
from pmtrack.reports.review import Decision, Waiting, decisions, waiting
from pmtrack.reports.review import as_csv as review_sheet
from pmtrack.reports.rewind import rewind

__all__ = [
    "Decision",
    "Period",
    "Report",
    "ReportRow",
    "Selection",
    "Totals",
    "Waiting",
    "block",
    "build",
    "decisions",
    "digest",
    "find",
    "find_block",
    "for_document",
    "history",
    "latest",
    "outdated_line",
    "render",
    "review_on",
    "review_sheet",
    "rewind",
    "waiting",
]
