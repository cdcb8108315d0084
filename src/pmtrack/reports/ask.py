"""From a question to its report: what is read of the store, and what is made of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta, tzinfo
from pathlib import Path

from pmtrack.model import Snapshot
from pmtrack.people import Directory
from pmtrack.reports.build import build
from pmtrack.reports.rewind import rewind
from pmtrack.reports.selection import Selection
from pmtrack.reports.values import Report
from pmtrack.store import read

EVERYTHING = Selection()

_NORMAL = re.compile(r"P[0-4]", re.ASCII)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a store.

    Attributes:
        today: in the team's zone. as_of: another day; of a later one, what the store holds now is said.
        told: whether with the numbers that need the history.
    """

    today: date
    only: Selection = EVERYTHING
    as_of: date | None = None
    sort: str | None = None
    told: bool = False


def ask(question: Question, url: str, base: Path, zone: tzinfo, directory: Directory) -> Report:
    """Read what the question needs, and count it.

    Args:
        url, base: where the store is, see `store.place`.

    Raises:
        StoreError: the store cannot be read.
    """
    day = question.as_of or question.today
    earlier = day < question.today
    snapshot, history = (
        read.told(url, base, _wanted(question.only, None if earlier else day))
        if question.told or earlier
        else (read.snapshot(url, base, _wanted(question.only, day)), ())
    )
    report = build(
        rewind(snapshot, history, day, zone) if earlier else snapshot,
        day,
        normal_priority=normal_priority,
        directory=directory,
        only=question.only,
        sort=question.sort,
        history=history if question.told else None,
        zone=zone,
    )
    return report if question.only != EVERYTHING or earlier else replace(report, outdated=_outdated(snapshot))


def _wanted(only: Selection, day: date | None) -> read.Wanted:
    """What the store can leave out: dates only as of today, since it knows no earlier ones."""
    wanted = read.Wanted(only.source, only.postmortem)
    if day is None or not (only.overdue or only.due_within is not None):
        return wanted
    return replace(wanted, due_before=day + timedelta(days=0 if only.due_within is None else only.due_within + 1))


def _outdated(snapshot: Snapshot) -> int:
    """How many documents an earlier version of pmtrack read."""
    from pmtrack.documents import extractor  # noqa: PLC0415 - takes 150 ms, and only whole reports say it

    return sum(one.present and one.extractor != extractor() for one in snapshot.documents)


def normal_priority(words: str) -> str | None:
    """What a document's word for a priority means; the words of other languages are looked up only for other words."""
    if _NORMAL.fullmatch(words):
        return words
    from pmtrack.documents import normal_priority as look_up  # noqa: PLC0415

    return look_up(words)
