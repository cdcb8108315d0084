"""Both sides edit one field between two runs: the table of the configuration says who wins, and the loser is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.scratch import CONFIG, Scratch, assert_quiet

ALERT = "Add an alert"
CASES = [
    ("title", "Add an alert on card refusals", "Add one alert on card refusals", "Add many alerts", "document"),
    ("owner", "owner: Ana", "owner: Cleo", "owner: Dora", "tracker"),
    ("priority", "P1", "P0", "P2", "tracker"),
    ("due", "2099-12-01", "2099-12-02", "2099-12-03", "tracker"),
]


def _value(words: str) -> str:
    return words.removeprefix("owner: ")


def _edit_both(scratch: Scratch, old: str, ours: str, theirs: str) -> None:
    scratch.edit_issue(ALERT, old, theirs)
    scratch.edit(old, ours)


@pytest.mark.parametrize(("field", "old", "ours", "theirs", "winner"), CASES, ids=[case[0] for case in CASES])
def test_by_default_the_title_is_the_documents_and_the_rest_the_trackers(
    synced: Scratch, field: str, old: str, ours: str, theirs: str, winner: str
) -> None:
    issue = synced.issue(ALERT)
    _edit_both(synced, old, ours, theirs)

    synced.sync()

    won, lost = (ours, theirs) if winner == "document" else (theirs, ours)
    assert won in issue.read_text(encoding="utf-8").split("\n---", 1)[0]
    (row,) = [row for row in synced.status()["items"] if row["ticket"]["key"] == "0001"]
    assert row["text" if field == "title" else field] == _value(won)
    assert row["state"] == "conflict"
    assert any(_value(lost) in note for note in row["notes"]), row["notes"]
    assert _value(lost) in synced.block()
    assert_quiet(synced)


@pytest.mark.parametrize(("field", "old", "ours", "theirs", "winner"), CASES, ids=[case[0] for case in CASES])
def test_the_configuration_may_turn_every_winner_around(
    tmp_path: Path, field: str, old: str, ours: str, theirs: str, winner: str
) -> None:
    wins = 'wins = { title = "tracker", owner = "document", priority = "document", due = "document" }'
    scratch = Scratch.make(tmp_path, config=f"{CONFIG}\n[sync]\n{wins}\n")
    scratch.sync()
    issue = scratch.issue(ALERT)
    _edit_both(scratch, old, ours, theirs)
    scratch.sync()
    won = theirs if winner == "document" else ours
    assert won in issue.read_text(encoding="utf-8").split("\n---", 1)[0]
    assert_quiet(scratch)


def test_both_sides_saying_the_same_is_no_conflict(synced: Scratch) -> None:
    _edit_both(synced, "owner: Ana", "owner: Cleo", "owner: Cleo")
    synced.sync()
    assert synced.row("alert")["state"] == "linked"
    assert synced.row("alert")["owner"] == "Cleo"
    assert_quiet(synced)


def test_different_fields_changed_on_the_two_sides_both_stand(synced: Scratch) -> None:
    synced.edit("owner: Ana", "owner: Cleo")
    synced.edit_issue(ALERT, "priority: P1", "priority: P0")
    synced.sync()
    row = synced.row("alert")
    assert (row["owner"], row["priority"], row["state"]) == ("Cleo", "P0", "linked")
    assert_quiet(synced)


def test_ticked_in_the_document_and_started_in_the_tracker_is_done(synced: Scratch) -> None:
    synced.edit("- [ ] Add", "- [x] Add")
    synced.edit_issue(ALERT, "status: open", "status: in_progress")
    synced.sync()
    assert synced.row("alert")["status"] == "done"
    assert "status: done" in synced.issue(ALERT).read_text(encoding="utf-8")
    assert_quiet(synced)


def test_unticked_in_the_document_and_cancelled_in_the_tracker_is_the_trackers(synced: Scratch) -> None:
    synced.edit("- [ ] Add", "- [x] Add")
    synced.sync()
    synced.edit("- [x] Add", "- [ ] Add")
    synced.edit_issue(ALERT, "status: done", "status: cancelled")
    synced.sync()
    row = synced.row("alert")
    assert (row["status"], row["state"]) == ("cancelled", "conflict")
    assert_quiet(synced)


def test_a_cancelled_issue_leaves_the_completion(synced: Scratch) -> None:
    """Completion is done / (items - cancelled)."""
    synced.edit("- [ ] Add", "- [x] Add")
    synced.edit_issue("Write the runbook", "status: open", "status: cancelled")
    synced.sync()
    totals = synced.status()["totals"]
    assert (totals["items"], totals["done"], totals["cancelled"], totals["completion"]) == (3, 1, 1, 0.5)


def test_an_owner_no_longer_stated_in_the_document_is_kept_in_the_tracker(synced: Scratch) -> None:
    synced.edit("owner: Ana, ", "")
    synced.sync()
    assert "owner: Ana" in synced.issue(ALERT).read_text(encoding="utf-8")
    assert any("no longer" in note for note in synced.row("alert")["notes"])
    assert_quiet(synced)


def test_an_owner_removed_in_the_issue_is_gone(synced: Scratch) -> None:
    synced.edit_issue(ALERT, "owner: Ana\n", "")
    synced.sync()
    assert synced.row("alert")["owner"] is None
    assert "owner: Ana" in synced.read()
    assert_quiet(synced)
