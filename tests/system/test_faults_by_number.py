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
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pmtrack import atomic
from pmtrack.documents import block
from pmtrack.errors import TrackerError, UnknownOutcome
from pmtrack.model import IssueRef, Link, Status
from pmtrack.sources.base import Content
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
    assert "0 of 2 done" in desk.read() or "0 of 3 done" in desk.read()
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
    for file in empty.folder.glob("pmtrack.db*"):
        file.unlink()
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
        patch.setattr(atomic.os, "fsync", meanwhile)
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
        patch.setattr(atomic.os, "write", refuse)
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
    "10 MB": TEXT.encode() + b"\nA line of the log of that day.\n" * 320_000,
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
