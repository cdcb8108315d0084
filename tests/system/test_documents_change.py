"""Items and documents go, move, come back and are given up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from support.scratch import OUTAGE, Scratch, assert_quiet

ALERT = "- [ ] Add an alert on card refusals (owner: Ana, P1, due 2099-12-01)\n"
RUNBOOK = "- [ ] Write the runbook for the payment queue\n"

QUEUE = """\
# Queue stood still

Date: 2026-03-09

## Action items

- [ ] Page somebody when the queue stands (owner: Dora)
- [ ] Try a restore of the queue every quarter
"""


def many(count: int) -> str:
    words = [f"- [ ] Give shelf number {number} of the {name(number)} store a label\n" for number in range(count)]
    return f"# Labels fell off\n\n## Action items\n\n{''.join(words)}"


def name(number: int) -> str:
    """Wordings that are not alike."""
    return ["cold", "dry", "spice", "wine", "paper"][number % 5] + ["", " upper", " lower"][number % 3]


@pytest.fixture
def two(tmp_path: Path) -> Scratch:
    scratch = Scratch.make(tmp_path, {"outage.md": OUTAGE, "queue.md": QUEUE})
    scratch.sync()
    return scratch


def comments(scratch: Scratch, text: str) -> int:
    return scratch.issue(text).read_text(encoding="utf-8").count("is no longer in")


def states(scratch: Scratch, text: str) -> set[str]:
    return {row["state"] for row in scratch.status()["items"] if text in row["text"]}


def test_a_removed_item_gets_one_comment_and_leaves_the_totals(synced: Scratch) -> None:
    synced.edit(RUNBOOK, "")

    synced.sync()

    assert comments(synced, "Write the runbook") == 1
    assert "status: open" in synced.issue("Write the runbook").read_text(encoding="utf-8")
    assert states(synced, "runbook") <= {"removed"}
    assert synced.status()["totals"]["items"] == 2
    assert "runbook" not in synced.block()
    assert_quiet(synced)


def test_a_removed_item_that_comes_back_has_its_issue_again(synced: Scratch) -> None:
    synced.edit(RUNBOOK, "")
    synced.sync()
    synced.edit(ALERT, ALERT + RUNBOOK)
    synced.sync()
    assert len(synced.issues) == 3
    assert synced.row("runbook")["state"] == "linked"
    assert synced.status()["totals"]["items"] == 3
    assert comments(synced, "Write the runbook") == 1
    assert_quiet(synced)


def test_an_item_that_left_for_good_still_follows_its_issue(synced: Scratch) -> None:
    synced.edit(RUNBOOK, "")
    synced.sync()
    synced.edit_issue("Write the runbook", "status: open", "status: done")
    assert "status is now done in the tracker" in synced.sync().out
    assert synced.status()["totals"]["done"] == 0
    assert_quiet(synced)


def test_an_item_moved_up_in_its_list_keeps_its_issue(synced: Scratch) -> None:
    before = synced.row("runbook")["ticket"]
    synced.edit(RUNBOOK, "")
    synced.edit(ALERT, RUNBOOK + ALERT)
    assert "created 0, updated 0" in synced.sync().out
    assert synced.row("runbook")["ticket"] == before
    assert_quiet(synced)


def test_a_renamed_document_keeps_its_issues(two: Scratch) -> None:
    (two.postmortems / "2026").mkdir()
    (two.postmortems / "queue.md").rename(two.postmortems / "2026" / "queue-stood.md")
    assert "created 0" in two.sync().out
    row = two.row("quarter")
    assert (row["postmortem"], row["state"], row["ticket"]["key"]) == ("2026/queue-stood.md", "linked", "0005")
    assert len(two.issues) == 5
    assert "../../issues/" in two.block("2026/queue-stood.md")
    assert all(comments(two, text) == 0 for text in ("Page somebody", "Try a restore"))
    assert_quiet(two)


def test_an_item_moved_to_another_document_keeps_its_issue(two: Scratch) -> None:
    before = two.row("runbook")["ticket"]
    two.edit(RUNBOOK, "")
    two.edit("- [ ] Try a", RUNBOOK + "- [ ] Try a", "queue.md")
    assert "created 0" in two.sync().out
    row = two.row("runbook")
    assert (row["postmortem"], row["ticket"]["key"], row["state"]) == ("queue.md", before["key"], "linked")
    assert comments(two, "Write the runbook") == 0
    assert "3 done" in two.block("queue.md")
    assert "runbook" not in two.block()
    assert_quiet(two)


def test_an_item_added_in_a_later_edit_gets_one_issue(synced: Scratch) -> None:
    synced.edit(RUNBOOK, RUNBOOK + "- [ ] Ask the bank for a second line\n")
    assert "created 1" in synced.sync().out
    assert len(synced.issues) == 4
    assert_quiet(synced)


def test_an_item_that_is_done_already_is_counted_and_makes_no_issue(tmp_path: Path) -> None:
    scratch = Scratch.make(tmp_path, {"outage.md": OUTAGE.replace("- [ ] Write", "- [x] Write")})
    scratch.sync()
    assert len(scratch.issues) == 2
    assert scratch.row("runbook")["ticket"] is None
    assert "1 of 3 done" in scratch.block()
    assert_quiet(scratch)


def test_a_deleted_document_leaves_a_comment_on_each_of_its_issues_and_closes_none(tmp_path: Path) -> None:
    scratch = Scratch.make(tmp_path, {"a.md": OUTAGE, "b.md": many(2), "queue.md": QUEUE})
    scratch.sync()
    (scratch.postmortems / "queue.md").unlink()
    scratch.sync()
    assert [comments(scratch, text) for text in ("Page somebody", "Try a restore")] == [1, 1]
    assert {row["status"] for row in scratch.status()["items"]} == {"open"}
    assert scratch.status()["totals"]["items"] == 5
    assert_quiet(scratch)


def test_losing_half_of_the_documents_waits_for_a_yes(two: Scratch) -> None:
    (two.postmortems / "queue.md").unlink()
    before = two.contents()
    assert "held 2" in two.sync().out
    assert two.contents() == before
    assert_quiet(two)
    two.sync("--yes")
    assert comments(two, "Page somebody") == 1
    assert_quiet(two)


def test_an_emptied_document_waits_for_a_yes(two: Scratch) -> None:
    author = two.read("queue.md").split("<!--")[0]
    two.write("queue.md", "# Queue stood still\n\nBeing rewritten.\n")
    said = two.sync().out
    assert "queue.md lost all its 2 items at once" in said
    assert comments(two, "Page somebody") == 0
    assert_quiet(two)
    two.write("queue.md", author)  # it was a mistake
    assert "held 0" in two.sync().out
    assert {row["state"] for row in two.status()["items"]} == {"linked"}
    assert_quiet(two)


def test_an_emptied_document_is_given_up_with_a_yes(two: Scratch) -> None:
    two.write("queue.md", "# Queue stood still\n\nBeing rewritten.\n")
    (hold,) = two.run("sync", "--format", "json").json["holds"]
    two.sync("--hold", hold["id"])
    assert [comments(two, text) for text in ("Page somebody", "Try a restore")] == [1, 1]
    assert two.status()["totals"]["items"] == 3
    assert_quiet(two)


def test_a_template_makes_no_issue_until_its_own_hold_is_released(tmp_path: Path) -> None:
    """Not even `--yes` files the lines of a form."""
    template = "# Postmortem: [Title]\n\nDate: YYYY-MM-DD\n\n## Action items\n\n- [ ] Order a new sign for the gate\n"
    scratch = Scratch.make(tmp_path, {"form.md": template})
    assert "looks like a template" in scratch.sync().out
    scratch.sync("--yes")
    assert scratch.issues == []
    assert scratch.read("form.md") == template
    assert scratch.status()["totals"]["items"] == 0
    assert_quiet(scratch)
    (hold,) = scratch.run("plan", "--format", "json").json["holds"]
    assert hold["kind"] == "template"
    scratch.sync("--hold", hold["id"])
    assert len(scratch.issues) == 1
    assert scratch.read("form.md") == template, "a form is never written into"
    assert_quiet(scratch)


def test_more_new_items_than_the_brake_allows_wait_for_a_yes(tmp_path: Path) -> None:
    scratch = Scratch.make(tmp_path, {"labels.md": many(26)})
    said = scratch.sync().out
    assert "held 26" in said
    assert "sync --yes" in said
    assert scratch.issues == []
    assert {row["state"] for row in scratch.status()["items"]} == {"held"}
    assert_quiet(scratch)
    assert "created 26" in scratch.sync("--yes").out
    assert len(scratch.issues) == 26
    assert_quiet(scratch)


def test_a_hold_of_the_brake_can_be_released_by_its_id(tmp_path: Path) -> None:
    scratch = Scratch.make(tmp_path, {"labels.md": many(26)})
    (hold,) = scratch.run("sync", "--format", "json").json["holds"]
    assert (hold["kind"], hold["changes"]) == ("brake", 26)
    assert "created 26" in scratch.sync("--hold", hold["id"]).out
    assert_quiet(scratch)


def test_twenty_five_new_items_are_filed_without_a_question(tmp_path: Path) -> None:
    scratch = Scratch.make(tmp_path, {"labels.md": many(25)})
    assert "created 25" in scratch.sync().out


def test_a_brake_of_the_configuration_is_obeyed(tmp_path: Path) -> None:
    scratch = Scratch.make(tmp_path, extra="[sync]\nbrake = { creates = 2 }\n")
    assert "held 3" in scratch.sync().out
    assert scratch.issues == []


def test_an_unknown_hold_is_said(synced: Scratch) -> None:
    before = synced.contents()
    answer = synced.run("sync", "--hold", "nosuch")
    assert (answer.code, len(answer.complaints)) == (1, 1), answer
    assert synced.contents() == before


def test_a_scope_of_one_document_leaves_the_others_alone(tmp_path: Path) -> None:
    scratch = Scratch.make(tmp_path, {"outage.md": OUTAGE, "queue.md": QUEUE})
    assert "created 2" in scratch.sync("--postmortem", "queue.md").out
    assert len(scratch.issues) == 2
    assert "created 3" in scratch.sync().out
    assert_quiet(scratch)


def test_older_postmortems_than_since_are_counted_and_not_filed(tmp_path: Path) -> None:
    scratch = Scratch.make(tmp_path, {"outage.md": OUTAGE, "queue.md": QUEUE})
    scratch.config.write_text('since = "2026-03-05"\n' + scratch.config.read_text())
    assert "created 2" in scratch.sync().out
    assert scratch.status()["totals"]["items"] == 5
    assert_quiet(scratch)


def test_a_policy_gives_a_date_that_counts_from_the_postmortem(tmp_path: Path) -> None:
    """P1 is two weeks."""
    written = datetime.now(UTC).date() - timedelta(days=3)
    text = OUTAGE.replace("2026-03-02", written.isoformat()).replace(", due 2099-12-01", "")
    scratch = Scratch.make(tmp_path, {"outage.md": text})
    scratch.sync()
    due = (written + timedelta(days=14)).isoformat()
    row = scratch.row("alert")
    assert (row["due"], row["due_source"]) == (due, "policy")
    assert f"due: {due}" in scratch.issue("Add an alert").read_text(encoding="utf-8")
    assert_quiet(scratch)


def test_an_old_postmortem_is_imported_and_not_late(tmp_path: Path) -> None:
    """More than thirty days old: the policy counts from the day on which it was first seen."""
    text = OUTAGE.replace("2026-03-02", "2019-03-02").replace(", due 2099-12-01", "")
    scratch = Scratch.make(tmp_path, {"outage.md": text})
    scratch.sync()
    assert scratch.row("alert")["overdue_days"] == 0
    assert scratch.status()["totals"]["overdue"] == 0
