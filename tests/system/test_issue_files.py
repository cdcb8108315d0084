"""The folder of issues as people leave it: made by hand, broken, doubled, copied, deleted, renamed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from support.scratch import OUTAGE, Scratch, assert_quiet

BY_HAND = "---\ntitle: Somebody noted this long ago\nstatus: open\nowner: Eve\nsprint: 12\n---\n\nWords of mine.\n"


def make_issue(scratch: Scratch, file: str, text: str = BY_HAND) -> Path:
    path = scratch.folder / "issues" / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("ticket", ["#7", "(#7)", "[0007](../issues/0007-old-note.md)"])
def test_an_issue_that_the_document_names_is_adopted_and_not_written_to(tmp_path: Path, ticket: str) -> None:
    text = OUTAGE.replace("for the payment queue", f"for the payment queue {ticket}")
    scratch = Scratch.make(tmp_path, {"outage.md": text})
    issue = make_issue(scratch, "0007-old-note.md")
    before = (issue.read_bytes(), issue.stat().st_mtime_ns)

    said = scratch.sync("--yes").out

    assert "created 2" in said
    assert "adopted 1" in said
    assert (issue.read_bytes(), issue.stat().st_mtime_ns) == before
    row = scratch.row("runbook")
    assert (row["ticket"]["key"], row["state"], row["owner"]) == ("0007", "linked", "Eve")
    assert [path.name[:4] for path in scratch.issues] == ["0007", "0008", "0009"]
    assert_quiet(scratch)


def test_an_issue_named_in_a_column_for_tickets_is_adopted(tmp_path: Path) -> None:
    table = "| Action | Ticket |\n| --- | --- |\n| Buy a second fan | #7 |\n| Clean the filter | |\n"
    scratch = Scratch.make(tmp_path, {"heat.md": f"# Too warm\n\n## Action items\n\n{table}"})
    issue = make_issue(scratch, "0007-old-note.md")
    said = scratch.sync().out
    assert "created 1" in said
    assert "adopted 1" in said
    assert issue.read_text(encoding="utf-8") == BY_HAND
    assert_quiet(scratch)


def test_an_adopted_issue_is_closed_by_its_box_with_one_changed_line(tmp_path: Path) -> None:
    scratch = Scratch.make(tmp_path, {"outage.md": OUTAGE.replace("for the payment queue", "for the queue (#7)")})
    issue = make_issue(scratch, "0007-old-note.md")
    scratch.sync()
    scratch.edit("- [ ] Write", "- [x] Write")
    assert "closed 1" in scratch.sync().out
    now = issue.read_text(encoding="utf-8").splitlines()
    assert "status: done" in now
    assert [line for line in BY_HAND.splitlines() if line not in now] == ["status: open"]
    assert_quiet(scratch)


def test_a_ticket_that_names_no_issue_makes_none(tmp_path: Path) -> None:
    """It may be another tracker's: nothing is doubled."""
    scratch = Scratch.make(tmp_path, {"outage.md": OUTAGE.replace("for the payment queue", "for the queue (#77)")})
    answer = scratch.run("sync")
    assert answer.code in {0, 1}
    assert "Traceback" not in answer.err
    assert len(scratch.issues) == 2
    assert scratch.row("runbook")["ticket"] is None
    assert_quiet(scratch)


def test_two_items_cannot_have_one_issue(tmp_path: Path) -> None:
    text = OUTAGE.replace("payment queue", "payment queue (#7)").replace("gateway certificate", "certificate (#7)")
    scratch = Scratch.make(tmp_path, {"outage.md": text})
    make_issue(scratch, "0007-old-note.md")
    answer = scratch.run("sync")
    assert "is the issue of another item already" in answer.err
    assert [row["ticket"] and row["ticket"]["key"] for row in scratch.status()["items"]].count("0007") == 1
    assert_quiet(scratch)


def test_other_keys_and_the_words_below_stay_as_their_author_left_them(synced: Scratch) -> None:
    path = synced.issue("Write the runbook")
    text = path.read_text(encoding="utf-8").replace("---\n", "---\nsprint:   12  # ours\n", 1) + "\nA remark.\n"
    path.write_text(text, encoding="utf-8")
    synced.edit("- [ ] Write", "- [x] Write")
    synced.sync()
    assert path.read_text(encoding="utf-8") == text.replace("status: open", "status: done")
    assert_quiet(synced)


def test_an_issue_file_renamed_by_hand_is_followed(synced: Scratch) -> None:
    path = synced.issue("Write the runbook")
    path.rename(path.with_name("0002-the-runbook.md"))
    assert "created 0" in synced.sync().out
    assert synced.row("runbook")["ticket"]["url"].endswith("issues/0002-the-runbook.md")
    assert len(synced.issues) == 3
    assert_quiet(synced)


@pytest.mark.parametrize(
    "broken",
    [
        "---\ntitle: [\nstatus: open\n---\n",
        "---\ntitle: A\nstatus: perhaps\n---\n",
        "---\ntitle: A\ndue: soon\nstatus: open\n---\n",
        "---\ntitle: never ends\n",
        "no front matter at all\n",
        "\0\1\2",
    ],
    ids=["yaml", "status", "due", "unclosed", "none", "binary"],
)
def test_a_broken_issue_file_is_said_in_one_sentence_and_the_others_go_on(synced: Scratch, broken: str) -> None:
    path = synced.issue("Write the runbook")
    path.write_text(broken, encoding="utf-8")
    synced.edit("- [ ] Add", "- [x] Add")
    synced.edit("- [ ] Write", "- [x] Write")

    answer = synced.run("sync")

    assert answer.code == 1
    assert "Traceback" not in answer.err
    assert [line for line in answer.complaints if path.name in line] == answer.complaints
    assert len(answer.complaints) == 1, answer.err
    assert "status: done" in synced.issue("Add an alert").read_text(encoding="utf-8")
    assert path.read_text(encoding="utf-8") == broken
    assert len(synced.issues) == 3
    assert_quiet(synced)


def test_a_mended_issue_file_is_heard_again(synced: Scratch) -> None:
    path = synced.issue("Write the runbook")
    good = path.read_text(encoding="utf-8")
    path.write_text(good.replace("status: open", "status: perhaps"), encoding="utf-8")
    synced.run("sync")
    path.write_text(good.replace("status: open", "status: done"), encoding="utf-8")
    synced.sync()
    assert synced.row("runbook")["status"] == "done"
    assert synced.row("runbook")["state"] == "linked"
    assert_quiet(synced)


def test_two_files_with_one_number_are_said_and_neither_is_written_to(synced: Scratch) -> None:
    path = synced.issue("Write the runbook")
    shutil.copy(path, path.with_name("0002-copy.md"))
    before = synced.contents()
    synced.edit("- [ ] Write", "- [x] Write")
    answer = synced.run("sync")
    assert len(answer.complaints) == 1, answer.err
    assert "0002" in answer.err
    after = synced.contents()
    assert {name: data for name, data in after.items() if name.startswith("issues/")} == {
        name: data for name, data in before.items() if name.startswith("issues/")
    }
    assert_quiet(synced)


def test_a_copied_issue_file_with_our_marker_makes_no_confusion(synced: Scratch) -> None:
    """A person copies an issue to start another one: the first stays the item's."""
    path = synced.issue("Write the runbook")
    copy = path.with_name("0004-something-else.md")
    copy.write_text(path.read_text(encoding="utf-8").replace("status: open", "status: done"), encoding="utf-8")
    before = copy.read_bytes()
    answer = synced.run("sync")
    assert "Traceback" not in answer.err
    row = synced.row("runbook")
    assert (row["ticket"]["key"], row["status"]) == ("0002", "open")
    assert copy.read_bytes() == before
    assert_quiet(synced)


def test_a_deleted_issue_is_said_and_never_made_again(synced: Scratch) -> None:
    synced.issue("Write the runbook").unlink()
    synced.run("sync")
    synced.run("sync", "--yes")
    assert len(synced.issues) == 2
    row = synced.row("runbook")
    assert row["state"] == "failed"
    assert "deleted" in row["error"]
    assert_quiet(synced)


def test_a_deleted_issue_that_is_put_back_is_linked_again(synced: Scratch) -> None:
    path = synced.issue("Write the runbook")
    text = path.read_text(encoding="utf-8")
    path.unlink()
    synced.run("sync")
    path.write_text(text, encoding="utf-8")
    synced.run("sync")
    assert synced.row("runbook")["state"] == "linked"
    assert len(synced.issues) == 3
    assert_quiet(synced)


def test_a_vanished_folder_of_issues_loses_and_makes_nothing(synced: Scratch) -> None:
    """An empty tracker is suspicious: nothing may rest on it."""
    (synced.folder / "issues").rename(synced.folder / "away")
    documents = {name: data for name, data in synced.contents().items() if name.startswith("postmortems/")}
    answer = synced.run("sync", "--yes")
    assert (answer.code, bool(answer.complaints)) == (1, True), answer
    assert synced.issues == []
    shutil.rmtree(synced.folder / "issues", ignore_errors=True)
    (synced.folder / "away").rename(synced.folder / "issues")
    synced.run("sync")
    assert {name: data for name, data in synced.contents().items() if name.startswith("postmortems/")} == documents
    assert {row["state"] for row in synced.status()["items"]} == {"linked"}
    assert_quiet(synced)


def test_files_that_are_no_issues_are_left_alone(synced: Scratch) -> None:
    readme = make_issue(synced, "README.md", "# How we work\n")
    (synced.folder / "issues" / "notes.txt").write_text("hello", encoding="utf-8")
    synced.sync()
    assert readme.read_text(encoding="utf-8") == "# How we work\n"
    assert_quiet(synced)
