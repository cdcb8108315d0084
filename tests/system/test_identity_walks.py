"""An author works on a postmortem: which item has which issue afterwards is what a person would expect.

Every walk ends with two more runs that write nothing: no document, no issue, no row of the store.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pmtrack.model import Marker, Status
from pmtrack.text import digest
from pmtrack.trackers.memory import MemoryTracker
from support.desk import Desk, assert_quiet

ALERT = "Add an alert on the depth of the mail queue"
RUNBOOK = "Write the runbook of the payment gateway"
RESTORE = "Try a restore of the ledger every month"


def box(words: str) -> str:
    return f"- [ ] {words}"


@pytest.fixture(params=[Desk.in_memory, Desk.in_files], ids=["memory", "files"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Desk:
    make: Callable[[Path], Desk] = request.param
    return make(tmp_path)


@pytest.fixture
def desk(empty: Desk) -> Desk:
    """One postmortem with three items, whose issues are 1, 2 and 3."""
    empty.write(box(ALERT), box(RUNBOOK), box(RESTORE))
    empty.run()
    assert empty.numbers() == {ALERT: "1", RUNBOOK: "2", RESTORE: "3"}
    return empty


def test_a_small_rewording_retitles_the_issue(desk: Desk) -> None:
    """It is the same work in better words: the same issue, with the new title."""
    new = "Add an early alert on the depth of the mail queue"
    desk.write(box(new), box(RUNBOOK), box(RESTORE))
    desk.run()
    assert desk.numbers() == {new: "1", RUNBOOK: "2", RESTORE: "3"}
    assert desk.titles()["1"] == new
    assert_quiet(desk)


def test_a_large_rewording_in_place_waits_for_a_person(desk: Desk) -> None:
    """It may be the same work or another: nothing is written before a person said which."""
    new = "Page somebody before letters get lost"
    before = desk.issues()
    desk.write(box(new), box(RUNBOOK), box(RESTORE))
    done = desk.run()
    assert [hold.kind for hold in done.plan.holds] == ["replaced"]
    assert (desk.issues(), desk.comments()) == (before, {})
    assert_quiet(desk)


def test_a_large_rewording_with_a_yes_is_another_item(desk: Desk) -> None:
    """The old issue gets one comment and stays open, the new words get an issue of their own."""
    new = "Page somebody before letters get lost"
    desk.write(box(new), box(RUNBOOK), box(RESTORE))
    desk.run()
    desk.run(yes=True)
    assert desk.numbers() == {new: "4", RUNBOOK: "2", RESTORE: "3"}
    assert desk.comments() == {"1": 1}
    assert_quiet(desk)


def test_one_item_split_in_two(desk: Desk) -> None:
    """The part that says most of it goes on with the issue, the other part is new work."""
    first, second = "Add an alert on the depth of mail queues", "Page the night shift when it rings"
    desk.write(box(first), box(second), box(RUNBOOK), box(RESTORE))
    desk.run()
    assert desk.numbers() == {first: "1", second: "4", RUNBOOK: "2", RESTORE: "3"}
    assert desk.titles()["1"] == first
    assert desk.comments() == {}
    assert_quiet(desk)


def test_one_item_split_in_two_that_are_both_unlike_it(desk: Desk) -> None:
    """Nobody can tell which part is the old one: the first is held against it, the second is new work."""
    first, second = "Count the letters that wait", "Page the night shift"
    desk.write(box(first), box(second), box(RUNBOOK), box(RESTORE))
    done = desk.run()
    assert [hold.kind for hold in done.plan.holds] == ["replaced"]
    assert desk.numbers() == {first: None, second: "4", RUNBOOK: "2", RESTORE: "3"}
    assert desk.comments() == {}
    assert_quiet(desk)


def test_two_items_merged_into_one(desk: Desk) -> None:
    """The better part goes on, the other one is said to be removed and stays open."""
    merged = "Write the runbook of the payment gateway and queue"
    desk.write(box(merged), box(RESTORE))
    desk.run()
    assert desk.numbers() == {merged: "2", RESTORE: "3"}
    assert desk.comments() == {"1": 1}
    assert {issue.fields.status for issue in desk.issues().values()} == {Status.OPEN}
    assert_quiet(desk)


def test_two_like_items_merged_into_one_that_is_like_both(empty: Desk) -> None:
    """Neither is clearly the better one: no issue gets the other's words, and the new wording waits for a person."""
    first, second = f"{ALERT} in Rome", f"{ALERT} in Oslo"
    empty.write(box(first), box(second))
    empty.run()
    empty.write(box(f"{ALERT} in Bern"))
    done = empty.run()
    assert empty.titles() == {"1": first, "2": second}
    assert [hold.kind for hold in done.plan.holds] == ["replaced"]
    assert_quiet(empty)


def test_reordering_writes_nothing_into_any_issue(desk: Desk) -> None:
    """The order of a list is not the tracker's business."""
    before = desk.issues()
    desk.write(box(RESTORE), box(ALERT), box(RUNBOOK))
    done = desk.run()
    assert done.plan.steps == ()
    assert desk.issues() == before
    assert desk.numbers() == {ALERT: "1", RUNBOOK: "2", RESTORE: "3"}
    assert_quiet(desk)


def test_reordered_and_reworded_at_once(desk: Desk) -> None:
    """The words tell which is which, not the place."""
    new = f"{ALERT} and the outbox"
    desk.write(box(RESTORE), box(new), box(RUNBOOK))
    desk.run()
    assert desk.numbers() == {RESTORE: "3", new: "1", RUNBOOK: "2"}
    assert_quiet(desk)


def test_two_items_that_swap_their_words_swap_their_issues(desk: Desk) -> None:
    """Nobody can see that: it is a reordering."""
    desk.write(box(RUNBOOK), box(ALERT), box(RESTORE))
    desk.run()
    assert desk.titles() == {"1": ALERT, "2": RUNBOOK, "3": RESTORE}
    assert_quiet(desk)


def test_an_item_under_another_heading_keeps_its_issue(desk: Desk) -> None:
    desk.write(box(ALERT), box(RESTORE), "", "## Long-term action items", "", box(RUNBOOK))
    done = desk.run()
    assert done.plan.steps == ()
    assert desk.numbers() == {ALERT: "1", RUNBOOK: "2", RESTORE: "3"}
    assert_quiet(desk)


def test_of_two_alike_items_the_second_one_is_ticked(empty: Desk) -> None:
    """Two lines, two issues, and each line speaks for its own."""
    empty.write(box(ALERT), box(ALERT))
    empty.run()
    empty.write(box(ALERT), f"- [x] {ALERT}")
    empty.run()
    assert [issue.fields.status for issue in empty.issues().values()] == [Status.OPEN, Status.DONE]
    assert_quiet(empty)


def test_of_two_alike_items_one_is_removed(empty: Desk) -> None:
    """There is one line and one issue left over, which is said to be removed; which of the two does not matter."""
    empty.write(box(ALERT), box(ALERT))
    empty.run()
    empty.write(box(ALERT))
    empty.run()
    assert empty.numbers() == {ALERT: "1"}
    assert empty.comments() == {"2": 1}
    assert_quiet(empty)


def test_words_that_are_said_again_under_another_heading_are_no_second_item(desk: Desk) -> None:
    """A summary that repeats an item is the same work."""
    desk.write(box(ALERT), box(RUNBOOK), box(RESTORE), "", "## Long-term action items", "", box(RUNBOOK))
    done = desk.run()
    assert done.plan.steps == ()
    assert desk.numbers() == {ALERT: "1", RUNBOOK: "2", RESTORE: "3"}
    assert_quiet(desk)


def test_an_item_moves_to_another_document(desk: Desk) -> None:
    """Cut here and pasted there: the issue goes along and hears nothing of it."""
    desk.write(box("Rotate every certificate"), path="b.md")
    desk.run()
    before = desk.issues()
    desk.write(box(ALERT), box(RESTORE))
    desk.write(box("Rotate every certificate"), box(RUNBOOK), path="b.md")
    done = desk.run()
    assert done.plan.steps == ()
    assert desk.issues() == before
    assert desk.numbers()[f"{RUNBOOK} @b.md"] == "2"
    assert "runbook" in desk.read("b.md").split("pmtrack:begin")[1]
    assert "runbook" not in desk.read()
    assert_quiet(desk)


def test_an_item_moves_to_another_document_and_is_ticked_there(desk: Desk) -> None:
    desk.write(box(ALERT), box(RESTORE))
    desk.write(f"- [x] {RUNBOOK}", path="b.md")
    desk.run()
    assert desk.issues()["2"].fields.status is Status.DONE
    assert len(desk.issues()) == 3
    assert_quiet(desk)


def test_an_item_moves_away_and_comes_back(desk: Desk) -> None:
    desk.write(box(ALERT), box(RESTORE))
    desk.write(box(RUNBOOK), path="b.md")
    desk.run()
    desk.write(box(ALERT), box(RUNBOOK), box(RESTORE))
    (desk.postmortems / "b.md").unlink()
    desk.run()
    assert desk.numbers() == {ALERT: "1", RUNBOOK: "2", RESTORE: "3"}
    assert (len(desk.issues()), desk.comments()) == (3, {})
    assert_quiet(desk)


def test_a_renamed_document_keeps_its_issues(desk: Desk) -> None:
    before = desk.issues()
    desk.move("a.md", "b.md")
    desk.run()
    assert desk.issues() == before
    assert desk.numbers() == {f"{ALERT} @b.md": "1", f"{RUNBOOK} @b.md": "2", f"{RESTORE} @b.md": "3"}
    assert desk.comments() == {}
    assert_quiet(desk)


def test_a_renamed_document_with_an_edit_in_it_keeps_its_issues(desk: Desk) -> None:
    """One item reworded, one ticked, one new: it is still the same document, and the same work."""
    desk.move("a.md", "b.md")
    desk.write(box(f"{ALERT} and the outbox"), f"- [x] {RUNBOOK}", box(RESTORE), box("Rotate every key"), path="b.md")
    desk.run()
    assert list(desk.numbers().values()) == ["1", "2", "3", "4"]
    assert desk.titles()["1"] == f"{ALERT} and the outbox"
    assert desk.issues()["2"].fields.status is Status.DONE
    assert desk.comments() == {}
    assert_quiet(desk)


def test_a_renamed_document_whose_only_item_is_reworded(empty: Desk) -> None:
    """Its title says that it is the same document."""
    empty.write(box(ALERT))
    empty.run()
    empty.move("a.md", "b.md")
    empty.write(box(f"{ALERT} and the outbox"), path="b.md")
    empty.run()
    assert empty.titles() == {"1": f"{ALERT} and the outbox"}
    assert empty.numbers() == {f"{ALERT} and the outbox @b.md": "1"}
    assert_quiet(empty)


def test_two_documents_that_swap_their_names(desk: Desk) -> None:
    """Each text goes on with its own issues, under the other name."""
    desk.write(
        box("Rotate every certificate"), box("Buy a second pager"), path="b.md", head="# Fire\n\n## Action items\n\n"
    )
    desk.run()
    before = desk.issues()
    desk.move("a.md", "c.txt")
    desk.move("b.md", "a.md")
    desk.move("c.txt", "b.md")
    done = desk.run()
    assert done.plan.steps == ()
    assert desk.issues() == before
    assert desk.numbers()["Rotate every certificate"] == "4"
    assert desk.numbers()[f"{ALERT} @b.md"] == "1"
    assert_quiet(desk)


def test_two_documents_with_the_same_words_are_two_items(desk: Desk) -> None:
    """The same thing was promised twice: each document has its own issue, and ticking one leaves the other."""
    desk.write(box(ALERT), path="b.md")
    desk.run()
    assert desk.numbers()[f"{ALERT} @b.md"] == "4"
    desk.write(f"- [x] {ALERT}", path="b.md")
    desk.run()
    assert desk.issues()["4"].fields.status is Status.DONE
    assert desk.issues()["1"].fields.status is Status.OPEN
    assert_quiet(desk)


def test_a_copied_document_is_new_work(desk: Desk) -> None:
    """The copy, report and all, takes nothing from the first one, also when that one is changed later."""
    (desk.postmortems / "b.md").write_text(desk.read(), encoding="utf-8")
    desk.run()
    assert [desk.numbers()[f"{words} @b.md"] for words in (ALERT, RUNBOOK, RESTORE)] == ["4", "5", "6"]
    assert [desk.numbers()[words] for words in (ALERT, RUNBOOK, RESTORE)] == ["1", "2", "3"]
    assert_quiet(desk)


def test_of_two_documents_with_the_same_words_one_is_deleted(desk: Desk) -> None:
    """What is left keeps its own issue; the other one's is said to be removed."""
    desk.write(box(ALERT), path="b.md")
    desk.run()
    (desk.postmortems / "b.md").unlink()
    desk.run(yes=True)
    assert desk.numbers() == {ALERT: "1", RUNBOOK: "2", RESTORE: "3"}
    assert desk.comments() == {"4": 1}
    assert_quiet(desk)


def test_a_copied_issue_with_our_marker_is_said_and_never_written_to(desk: Desk) -> None:
    """A person started another issue from ours: the first stays the item's, whatever happens to the item."""
    copy = desk.copy_issue("1")
    before = desk.issues()[copy]
    done = desk.run()
    assert len(done.observation.problems) == 1
    desk.write(f"- [x] {ALERT} soon", box(RUNBOOK), box(RESTORE))
    desk.run()
    assert desk.numbers()[f"{ALERT} soon"] == "1"
    assert desk.issues()["1"].fields.status is Status.DONE
    assert desk.issues()[copy] == before
    assert_quiet(desk)


def test_the_copy_is_the_issue_once_the_first_one_is_deleted(desk: Desk) -> None:
    """Somebody gave our issue another number by copying it and deleting the first: the work goes on there."""
    copy = desk.copy_issue("1")
    desk.run()
    if isinstance(desk.tracker, MemoryTracker):
        desk.memory.delete("1")
        desk.run()
        desk.memory.edit(copy, owners=("Ana",))  # so that it is seen again
    else:
        next((desk.folder / "issues").glob("0001-*.md")).unlink()
        desk.run()
    desk.run()
    desk.write(f"- [x] {ALERT}", box(RUNBOOK), box(RESTORE))
    desk.run()
    assert desk.numbers()[ALERT] == copy
    assert desk.issues()[copy].fields.status is Status.DONE
    assert len(desk.issues()) == 3
    assert_quiet(desk)


def test_text_that_was_removed_and_put_back_before_a_run(desk: Desk) -> None:
    """Nobody saw it, so nothing happened."""
    desk.write(box(ALERT), box(RESTORE))
    desk.write(box(ALERT), box(RUNBOOK), box(RESTORE))
    assert_quiet(desk)
    assert desk.comments() == {}


def test_text_that_is_put_back_later_has_its_issue_again(desk: Desk) -> None:
    """The comment stays, no second one follows, and the item is worked on as before."""
    desk.write(box(ALERT), box(RESTORE))
    desk.run()
    desk.run()
    desk.write(box(ALERT), box(RUNBOOK), box(RESTORE))
    desk.run()
    assert desk.numbers() == {ALERT: "1", RUNBOOK: "2", RESTORE: "3"}
    assert (len(desk.issues()), desk.comments()) == (3, {"2": 1})
    assert_quiet(desk)
    desk.write(box(ALERT), f"- [x] {RUNBOOK}", box(RESTORE))
    desk.run()
    assert desk.issues()["2"].fields.status is Status.DONE
    assert_quiet(desk)


def test_text_that_is_put_back_ticked_closes_its_issue(desk: Desk) -> None:
    desk.write(box(ALERT), box(RESTORE))
    desk.run()
    desk.write(box(ALERT), f"- [x] {RUNBOOK}", box(RESTORE))
    desk.run()
    assert desk.numbers()[RUNBOOK] == "2"
    assert desk.issues()["2"].fields.status is Status.DONE
    assert_quiet(desk)


def test_text_that_is_put_back_in_other_words_is_new_work(desk: Desk) -> None:
    """Weeks later a likeness proves nothing; the old issue has its comment."""
    new = f"{RUNBOOK} and queue"
    desk.write(box(ALERT), box(RESTORE))
    desk.run()
    desk.write(box(ALERT), box(RESTORE), box(new))
    desk.run()
    assert desk.numbers() == {ALERT: "1", RESTORE: "3", new: "4"}
    assert_quiet(desk)


def test_removed_and_put_back_again_and_again_leaves_one_comment(desk: Desk) -> None:
    for _ in range(3):
        desk.write(box(ALERT), box(RESTORE))
        desk.run()
        desk.write(box(ALERT), box(RUNBOOK), box(RESTORE))
        desk.run()
    assert desk.comments() == {"2": 1}
    assert desk.numbers()[RUNBOOK] == "2"
    assert_quiet(desk)


def test_a_document_is_reverted_to_an_older_version(desk: Desk) -> None:
    """`git revert`: the old words are said again by the author, and what was added since is said to be removed."""
    old = (desk.postmortems / "a.md").read_bytes()
    added = "Rotate every certificate"
    desk.write(f"- [x] {ALERT}", box(f"{RUNBOOK} and queue"), box(RESTORE), box(added))
    desk.run()
    assert desk.numbers() == {ALERT: "1", f"{RUNBOOK} and queue": "2", RESTORE: "3", added: "4"}
    (desk.postmortems / "a.md").write_bytes(old)
    desk.run()
    assert desk.numbers() == {ALERT: "1", RUNBOOK: "2", RESTORE: "3"}
    assert desk.titles() == {"1": ALERT, "2": RUNBOOK, "3": RESTORE, "4": added}
    assert desk.issues()["1"].fields.status is Status.OPEN
    assert desk.comments() == {"4": 1}
    assert_quiet(desk)


def test_a_document_is_reverted_to_before_its_report(desk: Desk) -> None:
    """The report is written anew, and no issue hears of it."""
    before = desk.issues()
    desk.write(box(ALERT), box(RUNBOOK), box(RESTORE))
    text = desk.read()
    (desk.postmortems / "a.md").write_text(text[: text.index("<!-- pmtrack:begin")].rstrip("\n") + "\n")
    done = desk.run()
    assert done.plan.steps == ()
    assert desk.issues() == before
    assert desk.read() == text
    assert_quiet(desk)


def test_a_document_is_deleted_and_restored(desk: Desk) -> None:
    """Its only document gone: held. Back again: as if nothing had been."""
    data, before = (desk.postmortems / "a.md").read_bytes(), desk.issues()
    (desk.postmortems / "a.md").unlink()
    done = desk.run()
    assert [hold.kind for hold in done.plan.holds] == ["halved"]
    assert_quiet(desk)
    (desk.postmortems / "a.md").write_bytes(data)
    desk.run()
    assert desk.issues() == before
    assert desk.numbers() == {ALERT: "1", RUNBOOK: "2", RESTORE: "3"}
    assert_quiet(desk)


def test_an_item_that_carries_the_ticket_it_is_linked_to_may_change_all_its_words(desk: Desk) -> None:
    """The author wrote our number behind it and put it quite differently: it says itself which issue it is."""
    new = "Page somebody before letters get lost"
    desk.write(box(f"{new} (#1)"), box(RUNBOOK), box(RESTORE))
    done = desk.run()
    assert (done.plan.holds, done.observation.problems) == ((), [])
    assert desk.numbers() == {new: "1", RUNBOOK: "2", RESTORE: "3"}
    assert desk.titles()["1"] == new
    assert_quiet(desk)


def test_an_adopted_ticket_may_change_all_its_words(desk: Desk) -> None:
    """The line that names an issue made by hand is that issue's line."""
    made = desk.copy_issue("3", ours=False)
    desk.run()
    desk.write(box(ALERT), box(RUNBOOK), box(RESTORE), box(f"Rotate every certificate (#{made})"))
    desk.run()
    assert desk.numbers()["Rotate every certificate"] == made
    desk.write(box(ALERT), box(RUNBOOK), box(RESTORE), box(f"Nothing of the old words (#{made})"))
    desk.run()
    assert desk.numbers()["Nothing of the old words"] == made
    assert desk.titles()[made] == "Nothing of the old words"
    assert_quiet(desk)


def test_an_item_moves_with_its_ticket_and_in_other_words(desk: Desk) -> None:
    desk.write(box("Rotate every certificate"), path="b.md")
    desk.run()
    new = "Say what to do when payments stand still"
    desk.write(box(ALERT), box(RESTORE))
    desk.write(box("Rotate every certificate"), box(f"{new} (#2)"), path="b.md")
    desk.run()
    assert desk.numbers()[f"{new} @b.md"] == "2"
    assert desk.comments() == {}
    assert_quiet(desk)


def test_a_line_that_names_the_issue_of_another_item_does_not_take_it(desk: Desk) -> None:
    """It is said that the issue has its item already; no second issue is made, and the first item keeps its own."""
    desk.write(box("Tell the others (#1)"), box(ALERT), box(RUNBOOK), box(RESTORE))
    done = desk.run()
    assert len(done.observation.problems) == 1
    assert desk.numbers() == {"Tell the others": None, ALERT: "1", RUNBOOK: "2", RESTORE: "3"}
    assert len(desk.issues()) == 3
    assert_quiet(desk)


def test_a_marker_pasted_by_a_stranger_links_nothing(tmp_path: Path) -> None:
    """Whoever may write issues may write our marker into one: without our account it is only words."""
    desk = Desk.in_memory(tmp_path)
    desk.write(box(ALERT))
    desk.run()
    pasted = desk.copy_issue("1", ours=False)
    before = desk.memory.issues[pasted]
    desk.run()
    desk.database.lose()
    desk.memory.delete("1")
    desk.run(yes=True)
    assert desk.memory.issues[pasted] == before
    assert desk.numbers() == {ALERT: "3"}
    assert_quiet(desk)


def test_a_marker_pasted_by_a_stranger_is_no_answer_to_a_lost_create(tmp_path: Path) -> None:
    desk = Desk.in_memory(tmp_path)
    desk.write(box(ALERT))
    desk.run()
    pasted = desk.copy_issue("1", ours=False)
    marker = replace(desk.memory.issues["1"].marker or Marker("", "", ""), ident="I9", digest=digest(RUNBOOK))
    desk.memory.put(replace(desk.memory.issues[pasted], marker=marker))
    desk.write(box(ALERT), box(RUNBOOK))
    desk.run()
    assert desk.numbers() == {ALERT: "1", RUNBOOK: "3"}
    assert_quiet(desk)
