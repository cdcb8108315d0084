"""Both sides are edited by hand, and the other side follows."""

from __future__ import annotations

import pytest

from support.scratch import Scratch, assert_quiet

ALERT, RUNBOOK, CERTIFICATE = "Add an alert", "Write the runbook", "Rotate the gateway"


def front(scratch: Scratch, text: str) -> str:
    return scratch.issue(text).read_text(encoding="utf-8").split("\n---", 1)[0]


def test_an_edit_on_each_side_reaches_the_other_and_then_nothing_is_to_do(scratch: Scratch) -> None:
    assert "created 3" in scratch.run_cold("sync", "--yes").out
    scratch.edit(f"- [ ] {ALERT}", f"- [x] {ALERT}")
    scratch.edit_issue(RUNBOOK, "status: open", "status: done")

    said = scratch.sync().out

    assert "closed 1" in said
    assert "documents written 1" in said
    assert "status: done" in front(scratch, ALERT)
    assert "2 of 3 done" in scratch.block()
    again = scratch.run_cold("sync")
    assert (again.code, again.err, again.out.splitlines()[0]) == (0, "", "nothing to do")
    assert_quiet(scratch)


def test_the_first_sync_is_followed_by_silence(synced: Scratch) -> None:
    assert_quiet(synced)


def test_a_reworded_item_renames_its_issue_and_keeps_the_file(synced: Scratch) -> None:
    before = synced.issue(ALERT)
    synced.edit("Add an alert on card refusals", "Add an early alert on card refusals")
    assert "updated 1" in synced.sync().out
    assert synced.issue("Add an early alert on card refusals") == before
    assert len(synced.issues) == 3
    assert_quiet(synced)


def test_unticking_a_box_reopens_the_issue(synced: Scratch) -> None:
    synced.edit(f"- [ ] {ALERT}", f"- [x] {ALERT}")
    synced.sync()
    synced.edit(f"- [x] {ALERT}", f"- [ ] {ALERT}")
    assert "reopened 1" in synced.sync().out
    assert "status: open" in front(synced, ALERT)
    assert_quiet(synced)


def test_reopening_the_issue_is_shown_in_the_document_and_does_not_touch_the_box(synced: Scratch) -> None:
    synced.edit(f"- [ ] {ALERT}", f"- [x] {ALERT}")
    synced.sync()
    synced.edit_issue(ALERT, "status: done", "status: in_progress")
    synced.sync()
    assert "0 of 3 done" in synced.block()
    assert f"- [x] {ALERT}" in synced.read()
    assert_quiet(synced)


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("owner: Ana", "owner: Cleo", "owner: Cleo"),
        ("P1", "P0", "priority: P0"),
        ("due 2099-12-01", "due 2099-11-15", "due: 2099-11-15"),
    ],
    ids=["owner", "priority", "due"],
)
def test_a_field_edited_in_the_document_reaches_the_issue(synced: Scratch, old: str, new: str, line: str) -> None:
    synced.edit(old, new)
    assert "updated 1" in synced.sync().out
    assert line in front(synced, ALERT).splitlines()
    assert_quiet(synced)


@pytest.mark.parametrize(
    ("old", "new", "field", "value"),
    [
        ("owner: Ana", "owner: Cleo", "owner", "Cleo"),
        ("priority: P1", "priority: P0", "priority", "P0"),
        ("due: 2099-12-01", "due: 2099-11-15", "due", "2099-11-15"),
        ("title: Add an alert on card refusals", "title: Add two alerts", "text", "Add an alert on card refusals"),
    ],
    ids=["owner", "priority", "due", "title"],
)
def test_a_field_edited_in_the_issue_is_reported(synced: Scratch, old: str, new: str, field: str, value: str) -> None:
    """The author's own line stays as it is; the report in the document shows the tracker's word."""
    author = synced.read().split("<!--")[0]
    synced.edit_issue(ALERT, old, new)
    synced.sync()
    assert synced.row("alert")[field] == value
    assert new in synced.issue(ALERT if field != "text" else "Add two alerts").read_text(encoding="utf-8")
    assert synced.read().split("<!--")[0] == author
    if field != "text":
        assert value in synced.block()
    assert_quiet(synced)
