"""The tracker in memory keeps every tracker's promises, and fails when it is told to."""

from __future__ import annotations

from pathlib import Path

import pytest
from tracker_suite import TrackerContract, draft

from pmtrack.errors import TrackerError, UnknownOutcome
from pmtrack.model import FieldChange, Issue, Status
from pmtrack.trackers.memory import MemoryTracker


class TestMemory(TrackerContract):
    def fresh(self, folder: Path) -> MemoryTracker:
        return MemoryTracker()

    def edit(self, tracker: MemoryTracker, issue: Issue, status: str, title: str) -> None:  # type: ignore[override]
        tracker.edit(issue.ref.id, status=Status(status), title=title)

    def delete(self, tracker: MemoryTracker, issue: Issue) -> None:  # type: ignore[override]
        tracker.delete(issue.ref.id)

    def trace(self, tracker: MemoryTracker) -> object:  # type: ignore[override]
        return tracker.writes, dict(tracker.issues), dict(tracker.comments)


def test_its_cursor_passes_over_what_did_not_change() -> None:
    tracker = MemoryTracker()
    made = [tracker.create(draft(ident=ident)) for ident in "AB"]
    cursor = tracker.listing("").cursor
    assert tracker.listing(cursor).issues == ()
    tracker.edit(made[1].ref.id, status=Status.DONE)
    assert [issue.ref for issue in tracker.listing(cursor).issues] == [made[1].ref]


def test_calls_and_writes_are_counted() -> None:
    tracker = MemoryTracker()
    made = tracker.create(draft())
    tracker.update(made.ref, [FieldChange("status", Status.OPEN, Status.OPEN)], draft())
    tracker.listing("")
    assert (tracker.calls, tracker.writes) == ({"create": 1, "update": 1, "listing": 1}, 1)


@pytest.mark.parametrize(("when", "left"), [("before", 0), ("after", 1)])
def test_a_fault_strikes_before_or_after_the_write(when: str, left: int) -> None:
    def fault(verb: str, moment: str) -> None:
        if (verb, moment) == ("create", when):
            raise UnknownOutcome("the answer was lost")

    tracker = MemoryTracker(fault=fault)
    with pytest.raises(TrackerError, match="lost"):
        tracker.create(draft())
    assert len(tracker.issues) == left
