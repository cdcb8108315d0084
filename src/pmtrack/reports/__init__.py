"""The numbers as of a day, and every form they are shown in. `build` counts; the others render what it counted.

What `pmtrack status` does not need is loaded when it is first asked for. (`digest` is to be had in its module only: a
name that is loaded late cannot be that of a module.)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from pmtrack.reports.ask import Question, ask
from pmtrack.reports.block import block, review_on
from pmtrack.reports.build import build, for_document, outdated_line
from pmtrack.reports.find import find, find_block
from pmtrack.reports.render import render
from pmtrack.reports.rewind import rewind
from pmtrack.reports.selection import Selection
from pmtrack.reports.values import Report, ReportRow, Totals

if TYPE_CHECKING:
    from pmtrack.reports.digest import Period, latest
    from pmtrack.reports.log import history
    from pmtrack.reports.review import Decision, Waiting, decisions, waiting
    from pmtrack.reports.review import as_csv as review_sheet

__all__ = [
    "Decision",
    "Period",
    "Question",
    "Report",
    "ReportRow",
    "Selection",
    "Totals",
    "Waiting",
    "ask",
    "block",
    "build",
    "decisions",
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

LATE = {
    "Period": ("digest", "Period"),
    "latest": ("digest", "latest"),
    "history": ("log", "history"),
    "Decision": ("review", "Decision"),
    "Waiting": ("review", "Waiting"),
    "decisions": ("review", "decisions"),
    "review_sheet": ("review", "as_csv"),
    "waiting": ("review", "waiting"),
}
"""A name -> its module here, and what it is called there."""


def __getattr__(name: str) -> Any:
    if name not in LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, there = LATE[name]
    return getattr(import_module(f"{__name__}.{module}"), there)
