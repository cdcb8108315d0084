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

import errno
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine.default import DefaultDialect

from pmtrack.app import App, Scope
from pmtrack.config import load
from pmtrack.documents import block
from pmtrack.errors import StoreError, TrackerError, UnknownOutcome
from pmtrack.model import Fields, Intention, Issue, IssueRef, Link, Status
from pmtrack.sources.base import Content
from pmtrack.sources.folder import FolderSource
from pmtrack.store.database import Writer
from pmtrack.sync import Recorder
from pmtrack.trackers.base import Listing
from pmtrack.trackers.files import FilesTracker
from pmtrack.trackers.memory import MemoryTracker
from support.database import failures
from support.desk import Desk, Killed, always, assert_quiet, healthy, once
from support.scratch import CONFIG, Scratch
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
    """Longer than the settle time: there are two then, one is the item's, and of the other every run tells."""
    empty.tracker = Late("board", settle=timedelta(seconds=15), clock=lambda: empty.now, delay=timedelta(seconds=90))
    said = [line for _ in range(5) for line in empty.run().observation.problems]
    assert len(empty.issues()) == 2
    assert empty.numbers() == {ALERT: "1"}
    assert [line.partition(" of an item")[0] for line in said] == ["#2 carries the marker"] * 3
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
    assert _by_number(desk)["1"].agreed.status is Status.DONE
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
    assert "](https://example.org/ops/7)" in desk.read()
    assert _by_number(desk)["1"].ref == desk.memory.issues["1"].ref
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
    assert "0 of 2 done" in desk.read()
    assert desk.memory.writes == 3
    assert_quiet(desk)


# ------------------------------------------------------------ people and we at the same moment


def test_fault_22_a_person_and_a_sync_write_the_same_field_in_the_same_second(desk: Desk) -> None:
    """The person's value was not there when the issue was read: it is not overwritten, and the next run decides."""
    desk.write(box(f"{ALERT} (owner: Ana)"), box(RUNBOOK), box(RESTORE))
    desk.memory.fault = once("update", "before", lambda: desk.memory.edit("1", owners=("Dora",)))
    first = desk.run()
    assert first.outcome
    assert len(first.outcome.failures) == 1
    assert desk.issues()["1"].fields.owners == ("Dora",)
    desk.run()
    assert desk.issues()["1"].fields.owners == ("Dora",)
    assert [(event.after, event.loser) for event in desk.history() if event.kind == "conflict"] == [("Dora", "Ana")]
    assert_quiet(desk)


def test_fault_22_a_person_and_a_sync_write_two_fields_in_the_same_second(desk: Desk) -> None:
    """Both stand."""
    desk.write(box(f"{ALERT} (owner: Ana)"), box(RUNBOOK), box(RESTORE))
    desk.memory.fault = once("update", "after", lambda: desk.memory.edit("1", status=Status.IN_PROGRESS))
    desk.run()
    desk.run()
    fields = desk.issues()["1"].fields
    assert (fields.owners, fields.status) == (("Ana",), Status.IN_PROGRESS)
    assert _by_number(desk)["1"].agreed == fields
    assert_quiet(desk)


def test_fault_22_an_author_saves_while_the_report_is_written(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The author's words stand, and the report follows in the next run."""
    desk.write(f"- [x] {ALERT}", box(RUNBOOK), box(RESTORE))
    write = FolderSource.write

    def meanwhile(source: FolderSource, content: Content, data: bytes) -> Content:
        desk.write(f"- [x] {ALERT}", f"- [x] {RUNBOOK}", box(RESTORE))
        return write(source, content, data)

    with monkeypatch.context() as patch:
        patch.setattr(FolderSource, "write", meanwhile)
        desk.run()
    assert f"- [x] {RUNBOOK}" in desk.read()
    assert len(desk.published.left) == 1
    desk.run()
    assert "2 of 3 done" in desk.read()
    assert f"- [x] {RUNBOOK}" in desk.read()
    assert_quiet(desk)


def test_fault_23_our_marker_is_pasted_into_an_issue_of_another_tracker(desk: Desk) -> None:
    """New issues go to another place now, where somebody pasted our words: the item keeps the issue that it has."""
    other = MemoryTracker("other")
    pasted = replace(desk.memory.issues["1"], ref=IssueRef("other", "1", "#1", ""), ours=True)
    other.put(pasted)
    desk.others, desk.targets = {"other": other}, {"pm": "other"}
    done = desk.run()
    assert len(done.observation.problems) == 1
    desk.write(f"- [x] {ALERT}", box(RUNBOOK), box(RESTORE), box("Rotate every certificate"))
    desk.run()
    assert replace(other.issues["1"], updated_at=None) == replace(pasted, updated_at=None)
    assert [issue.fields.title for issue in other.issues.values()] == [ALERT, "Rotate every certificate"]
    assert desk.issues()["1"].fields.status is Status.DONE
    assert_quiet(desk)


def test_fault_24_a_person_deletes_the_marker_in_an_issue(desk: Desk) -> None:
    """The link goes by the issue's id: nothing happens, and both sides are heard as before."""
    desk.memory.put(replace(desk.memory.issues["1"], marker=None))
    assert desk.run().plan.steps == ()
    desk.write(f"- [x] {ALERT}", box(RUNBOOK), box(RESTORE))
    desk.run()
    assert desk.issues()["1"].fields.status is Status.DONE
    assert_quiet(desk)


def _without_block(text: str) -> str:
    return text[: text.index("<!-- pmtrack:begin")]


def _without_end(text: str) -> str:
    return text.replace("<!-- pmtrack:end -->\n", "")


def _fenced(text: str) -> str:
    return text.replace("<!-- pmtrack:begin", "```\n<!-- pmtrack:begin").replace("end -->\n", "end -->\n```\n")


def _twice(text: str) -> str:
    return text + "\n" + text[text.index("<!-- pmtrack:begin") :]


@pytest.mark.parametrize("edit", [_without_block, _without_end, _fenced, _twice])
def test_fault_24_a_person_breaks_our_block(desk: Desk, edit: Callable[[str], str]) -> None:
    """No item is lost, no issue is written to, the author's words stay, and the mended document goes on."""
    good, before = desk.read(), desk.issues()
    broken = edit(good)
    (desk.postmortems / "a.md").write_text(broken)
    desk.run(yes=True)
    assert desk.issues() == before
    assert desk.numbers() == {ALERT: "1", RUNBOOK: "2", RESTORE: "3"}
    assert desk.read().startswith(_without_block(good))
    assert_quiet(desk)
    (desk.postmortems / "a.md").write_text(good)
    desk.run()
    assert desk.issues() == before
    assert_quiet(desk)


# ------------------------------------------------------------ documents that go and come


def test_fault_25_everything_that_an_author_can_do_between_two_runs(desk: Desk) -> None:
    """Renamed, one item reworded, one split, the order turned, one moved away, and at last reverted by git."""
    old = (desk.postmortems / "a.md").read_bytes()
    first, second = f"{ALERT} and the outbox", "Page the night shift when it rings"
    desk.move("a.md", "b.md")
    desk.write(f"- [x] {RUNBOOK}", box(second), box(first), path="b.md")
    desk.write(box(RESTORE), path="c.md", head="# Another day\n\n## Action items\n\n")
    desk.run()
    assert desk.numbers() == {
        f"{RUNBOOK} @b.md": "2",
        f"{second} @b.md": "4",
        f"{first} @b.md": "1",
        f"{RESTORE} @c.md": "3",
    }
    assert desk.comments() == {}
    assert_quiet(desk)
    for path in ("b.md", "c.md"):
        (desk.postmortems / path).unlink()
    (desk.postmortems / "a.md").write_bytes(old)
    desk.run()
    assert desk.numbers() == {ALERT: "1", RUNBOOK: "2", RESTORE: "3"}
    assert desk.titles() == {"1": ALERT, "2": RUNBOOK, "3": RESTORE, "4": second}
    assert desk.issues()["2"].fields.status is Status.OPEN
    assert desk.comments() == {}, "documents vanished, so what left with them waits for a yes"
    desk.run(yes=True)
    assert desk.comments() == {"4": 1}
    assert_quiet(desk)


def test_fault_26_two_documents_with_the_same_item_whose_answers_are_lost(empty: Desk) -> None:
    """Each item finds the issue that was made for it, also when the store is lost afterwards."""
    empty.write(box(ALERT), path="b.md")
    empty.memory.fault = always("create", "after", UnknownOutcome("502"))
    empty.run()
    empty.memory.fault = healthy
    empty.run()
    assert {issue.marker.path for issue in empty.issues().values() if issue.marker} == {"a.md", "b.md"}
    _assert_each_its_own(empty)
    empty.database.lose()
    empty.run()
    _assert_each_its_own(empty)
    assert_quiet(empty)


def _assert_each_its_own(desk: Desk) -> None:
    issues, known = desk.issues(), desk.known()
    paths = {known[ident].path: link.ref and issues[link.ref.id].marker for ident, link in desk.links().items()}
    assert {path: marker and marker.path for path, marker in paths.items()} == {"a.md": "a.md", "b.md": "b.md"}
    assert len(issues) == 2


def test_fault_28_an_editor_replaces_the_file_while_we_write_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """An editor that saves by renaming a new file over the old one, at the last moment that there is."""
    desk.write(f"- [x] {ALERT}", box(RUNBOOK), box(RESTORE))
    saved = desk.read().replace(RESTORE, f"{RESTORE} and say so")
    system = os.fsync

    def meanwhile(handle: int) -> None:
        swap = desk.postmortems / "4913"
        swap.write_text(saved)
        swap.rename(desk.postmortems / "a.md")
        system(handle)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", meanwhile)
        desk.run()
    assert desk.read() == saved
    desk.run()
    assert desk.titles()["3"] == f"{RESTORE} and say so"
    assert_quiet(desk)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EROFS, errno.EDQUOT])
def test_fault_28_the_disk_refuses_the_report(empty: Desk, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """The document is as it was, with nothing beside it; the issue is made, and the report comes later."""

    def refuse(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    before = empty.read()
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", refuse)
        empty.run()
    assert empty.read() == before
    assert len(empty.published.left) == 1
    assert [path.name for path in empty.postmortems.iterdir()] == ["a.md"]
    empty.run()
    assert "0 of 1 done" in empty.read()
    assert_one_issue(empty)


TEXT = f"# Outage\n\n## Action items\n\n- [ ] {ALERT}\n"
BYTES = {
    "CRLF": TEXT.replace("\n", "\r\n").encode(),
    "CR": TEXT.replace("\n", "\r").encode(),
    "BOM": b"\xef\xbb\xbf" + TEXT.encode(),
    "invalid UTF-8": TEXT.encode() + b"\nCaf\xe9 and \xff\xfe\n",
    "mojibake": TEXT.encode() + "\nCafÃ© â€œquotedâ€\x9d\n".encode(),
    "1 MB line": TEXT.encode() + b"\n" + b"word " * 200_000 + b"\n",
    "10 MB": TEXT.encode() + b"\n" + (b"A line of the log of that day. " * 64 + b"\n") * 5_000,
    "no last newline": TEXT.encode().rstrip(b"\n"),
}


@pytest.mark.parametrize("name", BYTES)
def test_fault_29_bytes_that_are_not_as_they_should_be(tmp_path: Path, name: str) -> None:
    """The item gets its issue, and around the report every byte is the author's."""
    desk = Desk.in_memory(tmp_path)
    file = desk.postmortems / "a.md"
    file.write_bytes(BYTES[name])
    desk.run()
    desk.run()
    assert desk.titles() == {"1": ALERT}
    assert block.remove(file.read_bytes()) == BYTES[name]
    assert_quiet(desk)


def test_fault_29_what_is_no_document(empty: Desk) -> None:
    """A loop of links, a pipe and bytes with NUL in them are said, each in a sentence; the others go on."""
    (empty.postmortems / "loop.md").symlink_to("loop.md")
    os.mkfifo(empty.postmortems / "pipe.md")
    (empty.postmortems / "nul.md").write_bytes(TEXT.encode() + b"\0")
    done = empty.run()
    assert sorted(line.split()[0] for line in done.observation.problems) == ["loop.md", "nul.md", "pipe.md"]
    assert_one_issue(empty)


# ------------------------------------------------------------ clocks, robots, and what the world was before


@pytest.mark.parametrize("jump", [timedelta(days=1), timedelta(days=-1), timedelta(days=400), timedelta(days=-400)])
def test_fault_31_the_clock_jumps(desk: Desk, jump: timedelta) -> None:
    """No issue hears of it, and both sides are heard at the wrong hour as at the right one."""
    desk.now += jump
    assert_quiet(desk)
    desk.write(f"- [x] {ALERT}", box(RUNBOOK), box(RESTORE), box("Rotate every certificate"))
    desk.memory.edit("2", status=Status.DONE)
    desk.run()
    desk.now -= jump
    desk.run()
    assert desk.memory.writes == 5
    assert "2 of 4 done" in desk.read()
    assert_quiet(desk)


def test_fault_31_the_clock_goes_back_while_an_answer_is_missing(empty: Desk) -> None:
    """An issue that never came is not asked for again before the clock is where it was: late, and never twice."""
    empty.memory.fault = once("create", "before", UnknownOutcome("time-out"))
    empty.run()
    empty.now -= timedelta(days=1)
    for _ in range(3):
        assert [str(step.verb) for step in empty.run().plan.steps] == ["wait"]
    empty.now += timedelta(days=1)
    empty.run()
    assert_one_issue(empty)


def test_fault_31_a_leap_day(empty: Desk) -> None:
    """Late is the day after, and nothing of it goes to the tracker."""
    empty.now = datetime(2028, 2, 27, 12, tzinfo=UTC)
    empty.write(box(f"{ALERT} (due 2028-02-29)"), box(f"{RUNBOOK} (due 2028-03-26)"))
    empty.run()
    assert [str(issue.fields.due) for issue in empty.issues().values()] == ["2028-02-29", "2028-03-26"]
    late = {}
    for day in ("02-28", "02-29", "03-01", "03-02"):
        empty.now = datetime.fromisoformat(f"2028-{day}T12:00Z")
        empty.run()
        late[day] = "1 overdue" in empty.read()
    assert late == {"02-28": False, "02-29": False, "03-01": True, "03-02": True}
    assert empty.memory.writes == 2


@pytest.mark.parametrize(
    ("zone", "moment", "late"),
    [
        ("America/New_York", "2026-11-02T04:30Z", False),  # 23:30 of the day on which the clock went back
        ("America/New_York", "2026-11-02T05:30Z", True),
        ("Pacific/Auckland", "2026-11-01T10:30Z", False),  # 23:30
        ("Pacific/Auckland", "2026-11-01T11:30Z", True),
        ("UTC", "2026-11-01T23:59Z", False),
    ],
)
def test_fault_31_daylight_saving_and_a_due_date_in_another_zone(
    tmp_path: Path, zone: str, moment: str, late: bool
) -> None:
    """A due date is a day of the team's own calendar: late is what is open when that day is over there."""
    config = CONFIG.replace('"UTC"', f'"{zone}"')
    text = f"# Outage\n\nDate: 2026-10-20\n\n## Action items\n\n- [ ] {ALERT} (due 2026-11-01)\n"
    scratch = Scratch.make(tmp_path, {"outage.md": text}, config=config)
    app = App(load(scratch.config), now=lambda: datetime.fromisoformat(moment))
    app.sync(Scope())
    assert ("1 overdue" in scratch.block()) is late
    before = scratch.files(), scratch.rows()
    app.sync(Scope())
    assert (scratch.files(), scratch.rows()) == before


@pytest.mark.parametrize("skew", [timedelta(minutes=5), timedelta(minutes=-5)])
def test_fault_31_the_clock_of_the_tracker_is_five_minutes_off(desk: Desk, skew: timedelta) -> None:
    """Its times are its own: no decision rests on them."""
    for number, issue in [*desk.memory.issues.items()]:
        desk.memory.issues[number] = replace(issue, updated_at=desk.now + skew)
    desk.memory.edit("1", status=Status.DONE)
    desk.memory.issues["1"] = replace(desk.memory.issues["1"], updated_at=desk.now + skew)
    desk.run()
    assert "1 of 3 done" in desk.read()
    assert_quiet(desk)


def test_fault_33_a_robot_turns_back_what_we_write(desk: Desk) -> None:
    """It is a side like a person: heard once. We do not answer, so there is no quarrel without an end."""

    def turn_back(verb: str, when: str) -> None:
        if (verb, when) == ("update", "after"):
            desk.memory.edit("1", status=Status.OPEN)

    desk.memory.fault = turn_back
    desk.write(f"- [x] {ALERT}", box(RUNBOOK), box(RESTORE))
    for _ in range(5):
        desk.run()
    assert desk.memory.writes == 4
    assert desk.issues()["1"].fields.status is Status.OPEN
    assert "0 of 3 done" in desk.read()
    assert_quiet(desk)


def test_fault_33_a_robot_answers_every_change_with_another(desk: Desk) -> None:
    """It labels, assigns and moves on whatever changes: its words are taken over, and ours are not repeated."""

    def answer(verb: str, when: str) -> None:
        if (verb, when) in (("update", "after"), ("comment", "after")):
            desk.memory.edit("1", owners=("robot",), priority="P1")

    desk.memory.fault = answer
    desk.write(f"- [x] {ALERT}", box(RESTORE))
    for _ in range(3):
        desk.run()
    assert (desk.memory.writes, desk.comments()) == (5, {"2": 1})
    assert _by_number(desk)["1"].agreed.owners == ("robot",)
    assert_quiet(desk)


def test_fault_33_our_own_echo_is_no_news(desk: Desk) -> None:
    """What we wrote comes back in the next list: it was our word already."""
    desk.write(f"- [x] {ALERT} (owner: Ana, P1)", box(RUNBOOK), box(RESTORE))
    desk.run()
    events = len(desk.history())
    assert_quiet(desk)
    assert len(desk.history()) == events


def test_fault_34_the_first_run_on_a_thousand_old_items(tmp_path: Path) -> None:
    """Nothing is filed before a person has seen how much that is; then all of it, once."""
    desk = Desk.in_memory(tmp_path)
    for number in range(25):
        words = [f"{ALERT} number {number * 40 + line}" for line in range(40)]
        desk.write(*map(box, words), path=f"{number:02}.md")
    done = desk.run()
    assert [(hold.kind, len(hold.idents)) for hold in done.plan.holds] == [("brake", 1000)]
    assert_quiet(desk)
    assert desk.memory.writes == 0
    desk.run(yes=True)
    assert desk.memory.writes == 1000
    assert_quiet(desk)


def lose_store(desk: Desk) -> None:
    desk.database.lose()


def test_fault_35_the_store_is_lost(desk: Desk) -> None:
    """Linked again by the markers; nothing made, closed, cleared or overwritten, whatever was edited meanwhile."""
    desk.memory.edit("2", status=Status.DONE, owners=("Dora",))
    desk.write(f"- [x] {ALERT}", box(f"{RUNBOOK} (owner: Ana)"), box(RESTORE))
    before = dict(desk.memory.issues)
    lose_store(desk)
    desk.run(yes=True)
    assert desk.memory.issues == before
    assert desk.numbers() == {ALERT: "1", RUNBOOK: "2", RESTORE: "3"}
    assert_quiet(desk)


def test_fault_35_the_store_is_lost_and_a_document_was_renamed_before(desk: Desk) -> None:
    """The markers name the old path, which no document has any more: the words are enough then."""
    desk.move("a.md", "b.md")
    desk.run()
    before = dict(desk.memory.issues)
    lose_store(desk)
    desk.run(yes=True)
    assert desk.memory.issues == before
    assert desk.numbers() == {f"{ALERT} @b.md": "1", f"{RUNBOOK} @b.md": "2", f"{RESTORE} @b.md": "3"}
    assert_quiet(desk)


def test_fault_35_the_store_of_yesterday_is_put_back(desk: Desk) -> None:
    """One item was added, one ticked, one reworded and one issue closed since: no second issue, nothing deleted."""
    desk.run()
    yesterday = desk.database.keep()
    desk.write(f"- [x] {ALERT}", box(f"{RUNBOOK} and queue"), box(RESTORE), box("Rotate every certificate"))
    desk.memory.edit("3", status=Status.DONE)
    desk.run()
    before = dict(desk.memory.issues)
    desk.database.restore(yesterday)
    desk.run(yes=True)
    assert desk.memory.issues == before
    assert list(desk.numbers().values()) == ["1", "2", "3", "4"]
    assert_quiet(desk)


def test_fault_36_the_configuration_names_another_tracker_for_new_issues(desk: Desk) -> None:
    """No existing issue moves: the old ones are followed where they are, new ones go to the new place."""
    other = MemoryTracker("other")
    desk.others, desk.targets = {"other": other}, {"pm": "other"}
    assert_quiet(desk)
    desk.write(f"- [x] {ALERT}", box(RUNBOOK), box(RESTORE), box("Rotate every certificate"))
    desk.run()
    assert desk.issues()["1"].fields.status is Status.DONE
    assert [issue.fields.title for issue in other.issues.values()] == ["Rotate every certificate"]
    assert_quiet(desk)


@pytest.mark.parametrize("others", [0, 5])
def test_fault_36_the_tracker_is_another_project_now(desk: Desk, others: int) -> None:
    """It has none of our issues: a mistake in the configuration, not three deletions. Put right, all is as before."""
    right, links = desk.memory, desk.links()
    wrong = MemoryTracker("board")
    for number in range(100, 100 + others):
        wrong.put(Issue(IssueRef("board", str(number), f"#{number}", ""), Fields(f"Theirs {number}", Status.OPEN)))
    desk.tracker = wrong
    desk.write(f"- [x] {ALERT}", box(RUNBOOK), box(RESTORE), box("Rotate every certificate"))
    done = desk.run(yes=True)
    assert "check that its place" in done.observation.problems[0]
    assert (wrong.writes, desk.links()) == (0, links)
    desk.tracker = right
    desk.run()
    assert desk.titles() == {"1": ALERT, "2": RUNBOOK, "3": RESTORE, "4": "Rotate every certificate"}
    assert desk.issues()["1"].fields.status is Status.DONE
    assert_quiet(desk)


def test_fault_36_the_folder_of_issues_is_another_one_with_the_same_numbers(tmp_path: Path) -> None:
    """Other people's issues 1 to 3 are not ours because of their numbers."""
    desk = Desk.in_files(tmp_path)
    desk.write(box(ALERT), box(RUNBOOK), box(RESTORE))
    desk.run()
    links, theirs = desk.links(), desk.folder / "theirs"
    theirs.mkdir()
    for number in (1, 2, 3):
        (theirs / f"{number:04}-x.md").write_text(f"---\ntitle: Theirs {number}\nstatus: open\n---\n")
    before = {path.name: path.read_bytes() for path in theirs.iterdir()}
    desk.tracker = FilesTracker("board", theirs, "theirs")
    desk.write(f"- [x] {ALERT}", box(f"{RUNBOOK} and queue"), box(RESTORE))
    done = desk.run(yes=True)
    assert "check that its place" in done.observation.problems[0]
    assert {path.name: path.read_bytes() for path in theirs.iterdir()} == before
    assert desk.links() == links
    desk.tracker = FilesTracker("board", desk.folder / "issues", "issues")
    desk.run()
    assert desk.issues()["1"].fields.status is Status.DONE
    assert_quiet(desk)


def test_fault_40_the_disk_is_full_at_the_intention(empty: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a committed intention no request is sent: the run ends with a sentence, and the next one goes on."""

    def full(*_: object) -> None:
        raise StoreError("the store cannot be written because the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(Writer, "intend", full)
        with pytest.raises(StoreError):
            empty.run()
    assert empty.memory.calls["create"] == 0
    assert (empty.links(), empty.rows()["intentions"]) == ({}, [])
    empty.run()
    assert_one_issue(empty)


def test_fault_40_the_disk_is_full_at_the_commit_of_the_intention(empty: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    intend, intended = Writer.intend, list[Intention]()
    commit: Any = DefaultDialect.do_commit

    def watched(writer: Writer, intention: Intention) -> None:
        intended.append(intention)
        intend(writer, intention)

    def full(dialect: DefaultDialect, connection: Any) -> None:
        if intended:
            raise failures()["database or disk is full"]()
        commit(dialect, connection)

    with monkeypatch.context() as patch:
        patch.setattr(Writer, "intend", watched)
        patch.setattr(DefaultDialect, "do_commit", full)
        with pytest.raises(StoreError, match="disk is full"):
            empty.run()
    assert empty.memory.calls["create"] == 0
    assert empty.rows()["intentions"] == []
    empty.run()
    assert_one_issue(empty)
