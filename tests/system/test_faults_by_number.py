"""Everything that a serious test must try, by its number in the list of faults, as far as it concerns the core.

Each number has one test here, in this process, that says what happens and what has to come of it. Where another test
tries the same thing harder, it is named here:

====== ==========================================================================================
number also tried by
====== ==========================================================================================
1-5    test_crash_steps (SIGKILL before, after and inside every effect), test_kill (at any moment)
12     test_issue_files (a vanished folder of issues)
22     test_conflicts (each field, both winners), test_sync_regressions (the loser is on record)
23     test_identity_walks (copied and pasted markers), test_issue_files
24     test_block (every malformed block), test_bad_input (in a sync)
25, 26 test_identity_walks
28, 40 test_faults_injected, test_store_faults, test_atomic, test_folder
29     test_bad_input, test_folder, test_block_bytes
35     test_kill (a lost database, yesterday's, an empty one)
====== ==========================================================================================
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pmtrack.errors import TrackerError, UnknownOutcome
from pmtrack.model import Link, Status
from pmtrack.sources.folder import FolderSource
from pmtrack.sync import Recorder
from pmtrack.trackers.base import Listing
from pmtrack.trackers.memory import MemoryTracker
from support.desk import Desk, Killed, always, assert_quiet, healthy, once
from support.slow_trackers import Lagging, Late

ALERT = "Add an alert on the depth of the mail queue"
RUNBOOK = "Write the runbook of the payment gateway"
RESTORE = "Try a restore of the ledger every month"


def box(words: str) -> str:
    return f"- [ ] {words}"


@pytest.fixture
def empty(tmp_path: Path) -> Desk:
    """One postmortem with one item, never synced."""
    desk = Desk.in_memory(tmp_path)
    desk.write(box(ALERT))
    return desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """One postmortem with three items, whose issues are 1, 2 and 3."""
    desk = Desk.in_memory(tmp_path)
    desk.write(box(ALERT), box(RUNBOOK), box(RESTORE))
    desk.run()
    return desk


def killed(desk: Desk, **options: Any) -> None:
    with pytest.raises(Killed):
        desk.run(**options)
    desk.memory.fault = healthy


def assert_one_issue(desk: Desk) -> None:
    assert desk.numbers() == {ALERT: "1"}
    assert desk.titles() == {"1": ALERT}
    assert desk.rows()["intentions"] == []
    assert_quiet(desk)


# ------------------------------------------------------------ the process dies


def test_fault_01_killed_between_the_intention_and_the_request(empty: Desk) -> None:
    """Nobody knows that nothing was sent: the settle time is waited out, then the issue is made."""
    empty.step = timedelta(seconds=5)
    empty.memory.fault = once("create", "before", Killed())
    killed(empty)
    assert [str(step.verb) for step in empty.run().plan.steps] == ["wait"]
    assert empty.memory.writes == 0
    empty.step = timedelta(minutes=1)
    empty.run()
    assert_one_issue(empty)


def test_fault_02_killed_between_the_request_and_its_answer(empty: Desk) -> None:
    empty.memory.fault = once("create", "after", Killed())
    killed(empty)
    assert [str(step.verb) for step in empty.run().plan.steps] == ["relink"]
    assert_one_issue(empty)


def test_fault_03_killed_between_the_answer_and_its_record(empty: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Recorder, "done", die)
        killed(empty)
    empty.write(f"- [x] {ALERT}")
    assert [str(step.verb) for step in empty.run().plan.steps] == ["close"]
    assert_one_issue(empty)


def test_fault_04_killed_between_the_record_and_the_document(empty: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: object) -> None:
        raise Killed

    before = empty.read()
    with monkeypatch.context() as patch:
        patch.setattr(FolderSource, "write", die)
        killed(empty)
    assert empty.read() == before
    assert empty.run().plan.steps == ()
    assert empty.published.written == ["a.md"]
    assert_one_issue(empty)


@pytest.mark.parametrize("when", ["before", "after"])
def test_fault_05_killed_around_the_write_of_two_fields_of_one_item(desk: Desk, when: str) -> None:
    """They are one write, so there is no moment between them."""
    desk.write(f"- [x] {ALERT} (owner: Ana, due 2027-01-01)", box(RUNBOOK), box(RESTORE))
    desk.memory.fault = once("update", when, Killed())
    killed(desk)
    desk.run()
    fields = desk.issues()["1"].fields
    assert (fields.status, str(fields.due)) == (Status.DONE, "2027-01-01")
    assert desk.memory.writes == 4
    assert [event for event in desk.history() if event.kind == "conflict"] == []
    assert_quiet(desk)


# ------------------------------------------------------------ answers that are lost, broken or late


def test_fault_06_an_answer_of_502_although_it_was_created(empty: Desk) -> None:
    empty.memory.fault = once("create", "after", UnknownOutcome("502"))
    empty.run()
    empty.run()
    assert_one_issue(empty)


@pytest.mark.parametrize("verb", ["create", "update"])
def test_fault_07_an_answer_of_200_that_is_cut(desk: Desk, verb: str) -> None:
    """It was done and cannot be understood: looked for, not repeated."""
    desk.write(f"- [x] {ALERT}", box(RUNBOOK), box(RESTORE), box("Rotate every certificate"))
    desk.memory.fault = once(verb, "after", UnknownOutcome("the answer was cut"))
    first = desk.run()
    assert first.outcome
    assert len(first.outcome.failures) == 1
    desk.run()
    assert desk.titles() == {"1": ALERT, "2": RUNBOOK, "3": RESTORE, "4": "Rotate every certificate"}
    assert desk.issues()["1"].fields.status is Status.DONE
    assert desk.memory.writes == 5
    assert_quiet(desk)


def test_fault_07_a_list_that_is_cut(desk: Desk) -> None:
    """It says nothing, so nothing is done: not even what the document wants."""
    desk.write(f"- [x] {ALERT}", box(RESTORE), box("Rotate every certificate"))
    desk.memory.fault = always("listing", "after", TrackerError("the board's answer cannot be read"))
    done = desk.run()
    assert done.observation.problems == ["the board's answer cannot be read"]
    assert desk.memory.writes == 3
    desk.memory.fault = healthy
    desk.run()
    assert desk.memory.writes == 6
    assert_quiet(desk)


@pytest.mark.parametrize("verb", ["create", "update", "comment"])
def test_fault_08_the_connection_breaks_after_the_request(desk: Desk, verb: str) -> None:
    desk.write(f"- [x] {ALERT}", box(RESTORE), box("Rotate every certificate"))
    desk.memory.fault = once(verb, "after", UnknownOutcome("connection reset"))
    desk.run()
    desk.run()
    assert desk.comments() == {"2": 1}
    assert desk.numbers() == {ALERT: "1", RESTORE: "3", "Rotate every certificate": "4"}
    assert desk.memory.writes == 6
    assert_quiet(desk)


@pytest.mark.parametrize("delay", [0, 1, 4, 10])
def test_fault_09_a_request_that_timed_out_takes_effect_later(empty: Desk, delay: int) -> None:
    """As long as it may still appear, nothing is tried again."""
    empty.step = timedelta(seconds=2)
    empty.tracker = Late("board", settle=timedelta(seconds=15), clock=lambda: empty.now, delay=timedelta(seconds=delay))
    for _ in range(12):
        empty.run()
    assert empty.memory.calls["create"] == 1 + 1
    assert_one_issue(empty)


def test_fault_09_later_than_anybody_expects_it_is_said_and_left(empty: Desk) -> None:
    """Longer than the settle time: there are two then, one is the item's, and a person hears of the other."""
    empty.tracker = Late("board", settle=timedelta(seconds=15), clock=lambda: empty.now, delay=timedelta(seconds=90))
    said = [line for _ in range(5) for line in empty.run().observation.problems]
    assert len(empty.issues()) == 2
    assert empty.numbers() == {ALERT: "1"}
    assert len(said) == 1
    assert "carries the marker" in said[0]
    empty.write(f"- [x] {ALERT}")
    empty.run()
    assert [issue.fields.status for issue in empty.issues().values()] == ["done", "open"]
    assert_quiet(empty)


# ------------------------------------------------------------ lists that are old, short or wrong


def lagging(desk: Desk, **how: Any) -> Lagging:
    desk.tracker = Lagging("board", clock=lambda: desk.now, **how)
    return desk.tracker


def test_fault_11_a_list_that_lags_eight_minutes(empty: Desk) -> None:
    """Direct reads find what the list does not show yet; an old list is no news and undoes nothing."""
    tracker = lagging(empty, settle=timedelta(seconds=15), lag=timedelta(minutes=8))
    tracker.fault = once("create", "after", UnknownOutcome("502"))
    empty.run()
    empty.run()
    assert empty.numbers() == {ALERT: "1"}
    empty.write(f"- [x] {ALERT}")
    empty.run()
    tracker.remember()
    for _ in range(12):
        assert empty.run().plan.steps == ()
    assert (tracker.issues["1"].fields.status, len(tracker.issues)) == (Status.DONE, 1)
    assert_quiet(empty)


def test_fault_11_a_search_that_lags_twelve_minutes_and_nothing_else_to_look_with(empty: Desk) -> None:
    """Where direct reads prove nothing, the settle time is longer than the lag."""
    tracker = lagging(empty, settle=timedelta(seconds=900), lag=timedelta(minutes=12), blind=True)
    tracker.fault = once("create", "after", UnknownOutcome("502"))
    for _ in range(20):
        empty.run()
    assert (tracker.calls["create"], len(tracker.issues)) == (1, 1)
    assert empty.numbers() == {ALERT: "1"}
    assert_quiet(empty)


@dataclass(slots=True)
class Wrong(MemoryTracker):
    """Its list is not what is there."""

    shown: Callable[[Listing], Listing] = lambda listing: listing

    def listing(self, cursor: str) -> Listing:
        return self.shown(MemoryTracker.listing(self, cursor))


def _empty_list(listing: Listing) -> Listing:
    return replace(listing, issues=(), present=frozenset())


def _short_list(listing: Listing) -> Listing:
    """The last page is missing."""
    return replace(listing, issues=listing.issues[:1], present=frozenset({"1"}))


def _page_twice(listing: Listing) -> Listing:
    return replace(listing, issues=listing.issues * 2)


def _refused(_listing: Listing) -> Listing:
    raise TrackerError("the board answers 500: the next run tries again")


@pytest.mark.parametrize("shown", [_refused, _empty_list, _short_list, _page_twice])
def test_fault_12_a_list_that_fails_or_is_empty_or_short_or_doubled(
    tmp_path: Path, shown: Callable[[Listing], Listing]
) -> None:
    """Nothing that rests on the absence of an issue is done, and what is there twice is there once."""
    desk = Desk(Desk.in_memory(tmp_path).folder, tracker := Wrong("board"))
    desk.write(box(ALERT), box(RUNBOOK), box(RESTORE))
    desk.run()
    before, links = dict(tracker.issues), desk.links()
    tracker.shown = shown
    desk.run(yes=True)
    assert (tracker.issues, desk.links()) == (before, links)
    tracker.shown = lambda listing: listing
    assert_quiet(desk)


def test_fault_13_an_issue_changes_while_the_list_is_read(desk: Desk) -> None:
    """What was read before is not news any more: the next run hears it, and the cursor did not pass over it."""
    desk.memory.edit("2", owners=("Ana",))
    desk.memory.fault = once("listing", "after", lambda: desk.memory.edit("1", status=Status.DONE))
    desk.run()
    desk.run()
    assert {number: link.agreed.status for number, link in _by_number(desk).items()}["1"] is Status.DONE
    assert _by_number(desk)["2"].agreed.owners == ("Ana",)
    assert "1 of 3 done" in desk.read()
    assert desk.memory.writes == 3
    assert_quiet(desk)


def _by_number(desk: Desk) -> dict[str, Link]:
    return {link.ref.id: link for link in desk.links().values() if link.ref}


# ------------------------------------------------------------ issues that go elsewhere


def test_fault_18_an_issue_is_transferred(desk: Desk) -> None:
    """Its id stays, its key and address are others: the report shows the new ones, and writes go there."""
    issue = desk.memory.issues["1"]
    desk.memory.put(replace(issue, ref=replace(issue.ref, key="ops#7", url="https://example.org/ops/7")))
    desk.run()
    assert "[ops#7](https://example.org/ops/7)" in desk.read()
    desk.write(f"- [x] {ALERT}", box(RUNBOOK), box(RESTORE))
    desk.run()
    assert desk.memory.issues["1"].fields.status is Status.DONE
    assert_quiet(desk)


def test_fault_18_an_issue_is_deleted_for_good(desk: Desk) -> None:
    """Said, and never made again by itself."""
    desk.memory.delete("1")
    done = desk.run()
    assert [str(step.verb) for step in done.plan.steps] == ["lose"]
    assert len(desk.issues()) == 2
    assert_quiet(desk)
    desk.write(f"- [x] {ALERT}", box(RUNBOOK), box(RESTORE))
    desk.run(yes=True)
    assert len(desk.issues()) == 2
    assert_quiet(desk)


def test_fault_18_an_issue_is_locked(desk: Desk) -> None:
    """Its item says so with what to do, the others go on; unlocked, it is done without another edit."""
    sentence = "#1 is locked: unlock it, then sync again"
    desk.write(f"- [x] {ALERT}", f"- [x] {RUNBOOK}", box(RESTORE))
    desk.memory.fault = once("update", "before", TrackerError(sentence, permanent=True))
    desk.run()
    assert desk.issues()["2"].fields.status is Status.DONE
    assert _by_number(desk)["1"].error == sentence
    desk.run()
    assert desk.issues()["1"].fields.status is Status.DONE
    assert _by_number(desk)["1"].error is None
    assert_quiet(desk)


def test_fault_18_an_issue_stays_locked(desk: Desk) -> None:
    """It is tried in every run, and what is said of it does not grow."""
    desk.write(f"- [x] {ALERT}", box(RUNBOOK), box(RESTORE))
    desk.memory.fault = always("update", "before", TrackerError("#1 is locked: unlock it", permanent=True))
    desk.run()
    before = desk.trace()
    for _ in range(3):
        desk.run()
        assert desk.trace() == before


def test_fault_18_an_issue_is_closed_as_a_duplicate_of_a_foreign_one(desk: Desk) -> None:
    """A tracker that cannot follow it tells it as cancelled: apart from what is done, and not opened again."""
    desk.memory.edit("1", status=Status.CANCELLED)
    desk.run()
    assert "0 of 2 done" in desk.read() or "0 of 3 done" in desk.read()
    assert desk.memory.writes == 3
    assert_quiet(desk)
