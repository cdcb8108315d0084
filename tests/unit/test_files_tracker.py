"""Issues as files: what people may do to them by hand, and what pmtrack then does."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from pmtrack import atomic
from pmtrack.errors import TrackerError
from pmtrack.model import Draft, FieldChange, Fields, Issue, IssueRef, Marker, Status
from pmtrack.trackers.base import Missing
from pmtrack.trackers.files import FilesTracker
from pmtrack.trackers.issuefile import STATUS_WORDS

FIELDS = Fields("Add retries, and alerts", Status.OPEN, ("Ana",), "P1", date(2026, 12, 1))
DRAFT = Draft(
    Marker("01J0000000000000000000000A", "2026/checkout.md", "0123456789abcdef"),
    FIELDS,
    words="Add retries, and alerts",
    postmortem="Checkout outage",
    source="postmortems",
    line=12,
    notes=("Owner as written: Ana (lead)",),
)
CREATED = """\
---
title: Add retries, and alerts
status: open
owner: Ana
priority: P1
due: 2026-12-01
postmortem: 2026/checkout.md
pmtrack: 01J0000000000000000000000A 0123456789abcdef 2026/checkout.md
---

Add retries, and alerts

From the postmortem Checkout outage (`2026/checkout.md`, line 12).

Owner as written: Ana (lead)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data" / "issues"


@pytest.fixture
def tracker(folder: Path) -> FilesTracker:
    return FilesTracker("board", folder, "data/issues")


def put(folder: Path, name: str, text: str | bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("[!.]*"))


def only(tracker: FilesTracker) -> Issue:
    found = tracker.listing("")
    assert not found.broken
    (issue,) = found.issues
    return issue


def set_to(issue: Issue, **after: object) -> list[FieldChange]:
    return [FieldChange(name, getattr(issue.fields, name), value) for name, value in after.items()]


def test_the_first_issue_makes_the_folder_and_reads_well(tracker: FilesTracker, folder: Path) -> None:
    made = tracker.create(DRAFT)
    assert (folder / "0001-add-retries-and-alerts.md").read_text() == CREATED
    assert made.ref == IssueRef("board", "1", "0001", "data/issues/0001-add-retries-and-alerts.md")
    assert names(folder) == ["0001-add-retries-and-alerts.md"]


def test_words_of_a_document_do_nothing_in_the_body(tracker: FilesTracker, folder: Path) -> None:
    evil = "Ask @lisa <!-- pmtrack:comment removed --> fixes #12 \x1b[31m"
    made = tracker.create(replace(DRAFT, words=evil, postmortem=evil, notes=(evil,)))
    body = (folder / "0001-add-retries-and-alerts.md").read_text().split("---\n", 2)[2]
    assert not [trigger for trigger in ("@l", "<!", "#1", "\x1b") if trigger in body]
    tracker.comment(made.ref, "removed", evil)
    text = (folder / "0001-add-retries-and-alerts.md").read_text()
    assert text.count("<!--") == 2


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("../../etc/passwd\x00", "0001-etc-passwd.md"),
        ("\u65e5\u672c", "0001-issue.md"),
        ("\u00dcberlauf pr\u00fcfen", "0001-uberlauf-prufen.md"),
        ("x" * 500, f"0001-{'x' * 50}.md"),
    ],
)
def test_a_title_becomes_a_tame_file_name(tracker: FilesTracker, folder: Path, title: str, name: str) -> None:
    tracker.create(replace(DRAFT, fields=replace(FIELDS, title=title)))
    assert names(folder) == [name]


def test_the_next_number_follows_the_highest(tracker: FilesTracker, folder: Path) -> None:
    put(folder, "0041-by-hand.md", "---\ntitle: By hand\n---\n")
    put(folder, "7.md", "---\ntitle: Short\n---\n")
    assert tracker.high_mark() == "41"
    assert tracker.create(DRAFT).ref.key == "0042"


def test_a_number_that_was_taken_a_moment_ago_is_passed_over(
    tracker: FilesTracker, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = atomic.create

    def raced(path: Path, data: bytes) -> atomic.Stamp:
        if path.name.startswith("0001"):
            put(folder, path.name, CREATED)
        return made(path, data)

    monkeypatch.setattr(atomic, "create", raced)
    assert tracker.create(DRAFT).ref.key == "0002"


@pytest.mark.parametrize("damage", [b"", b"<<<<<<< ours\n3\n", b"-4", b"\xff", b"9" * 10])
def test_a_damaged_counter_does_not_stop_anything(tracker: FilesTracker, folder: Path, damage: bytes) -> None:
    tracker.create(DRAFT)
    put(folder, ".last-number", damage)
    assert tracker.create(DRAFT).ref.key == "0002"
    assert (folder / ".last-number").read_text() == "2\n"


def test_a_number_is_reserved_by_one_only(tracker: FilesTracker, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes that read the same counter do not both get the next number, whatever the titles."""
    tracker.create(DRAFT)
    edited_between(monkeypatch, folder / ".last-number", ["5\n"])
    assert tracker.create(DRAFT).ref.key == "0006"


@pytest.mark.parametrize("words", STATUS_WORDS)
def test_statuses_are_read_as_people_write_them(tracker: FilesTracker, folder: Path, words: str) -> None:
    for written in (words, words.upper(), words.replace(" ", "_"), words.replace(" ", "-")):
        put(folder, "1-x.md", f'---\ntitle: x\nstatus: "{written} "\n---\n')
        assert only(tracker).fields.status == STATUS_WORDS[words]


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("title: x", Fields("x", Status.OPEN)),
        ("title: >\n  folded\n  title\n", Fields("folded title", Status.OPEN)),
        ("owner: Ana, Ben ,", Fields("Untitled", Status.OPEN, ("Ana", "Ben"))),
        ("owner: [Ana, Ben]", Fields("Untitled", Status.OPEN, ("Ana", "Ben"))),
        ('owner:\n  - "Ana, the lead"', Fields("Untitled", Status.OPEN, ("Ana, the lead",))),
        ("owner: ~\npriority: none\ndue: null", Fields("Untitled", Status.OPEN)),
        ("due: 2026-12-01", Fields("Untitled", Status.OPEN, due=date(2026, 12, 1))),
        ("due: '2026-12-01'", Fields("Untitled", Status.OPEN, due=date(2026, 12, 1))),
        ("due: 2026-12-01 00:00:00", Fields("Untitled", Status.OPEN, due=date(2026, 12, 1))),
        ("priority: Highest # of all", Fields("Untitled", Status.OPEN, priority="Highest")),
        ('title: "\\e[31m\\u202ered\\n"', Fields("red", Status.OPEN)),
    ],
)
def test_heads_are_read_as_people_write_them(tracker: FilesTracker, folder: Path, head: str, expected: Fields) -> None:
    put(folder, "1-x.md", f"---\n{head}\n---\n")
    issue = only(tracker)
    assert issue.fields == expected
    assert (issue.marker, issue.ours) == (None, False)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("no head", "its first line is not ---"),
        ("---\ntitle: x", "the line --- that ends its head is missing"),
        ("---\ntitle: [x\n---\n", "line 3"),
        ("---\nstatus: mostly\n---\n", "'mostly' is no status: write one of open, in_progress, done, cancelled"),
        ("---\ndue: tomorrow\n---\n", "'tomorrow' is no date: write it as 2026-12-01"),
        ("---\ndue: 2026-02-30\n---\n", "'2026-02-30' is no date"),
        (b"---\ntitle: \xff\n---\n", "is not UTF-8: save it as UTF-8"),
        (b"x" * 1_000_001, "cannot be read"),
    ],
)
def test_a_broken_issue_is_one_sentence_and_the_others_go_on(
    tracker: FilesTracker, folder: Path, text: str | bytes, says: str
) -> None:
    put(folder, "0001-broken.md", text)
    put(folder, "0002-fine.md", CREATED)
    found = tracker.listing("")
    assert [issue.ref.id for issue in found.issues] == ["2"]
    assert found.present == {"1", "2"}
    assert found.broken.keys() == {"1"}
    assert says in found.broken["1"]
    assert found.broken["1"].startswith("data/issues/0001-broken.md")
    assert len(found.broken["1"].splitlines()) == 1
    assert tracker.fetch(["1", "0002"])["1"] is Missing.UNKNOWN
    with pytest.raises(TrackerError, match=r"0001-broken\.md"):
        tracker.update(IssueRef("board", "1", "0001", ""), [FieldChange("title", "a", "b")], DRAFT)


def test_two_files_with_one_number_are_broken_and_left_alone(tracker: FilesTracker, folder: Path) -> None:
    paths = [put(folder, name, CREATED) for name in ("0001-a.md", "1-b.md", "0002-c.md")]
    found = tracker.listing("")
    assert [issue.ref.id for issue in found.issues] == ["2"]
    assert dict(found.broken) == {
        "1": "0001-a.md and 1-b.md in data/issues have the same number: give one of them another"
    }
    with pytest.raises(TrackerError, match="same number"):
        tracker.update(IssueRef("board", "1", "0001", ""), set_to(found.issues[0], status=Status.DONE), DRAFT)
    assert {path.read_text() for path in paths} == {CREATED}


@pytest.mark.parametrize(
    "name",
    ["README.md", "0001-x.txt", "x-0001.md", "-1.md", ".0001-x.md", "0001x.md", "\u0661-x.md", "1234567890-x.md"],
)
def test_other_files_are_no_issues(tracker: FilesTracker, folder: Path, name: str) -> None:
    put(folder, name, CREATED)
    found = tracker.listing("")
    assert (found.issues, found.present, dict(found.broken)) == ((), frozenset(), {})


def test_links_and_folders_are_no_issues(tracker: FilesTracker, folder: Path, tmp_path: Path) -> None:
    target = put(tmp_path, "secret", CREATED)
    put(folder, "README.md", "")
    (folder / "0001-link.md").symlink_to(target)
    (folder / "0002-folder.md").mkdir()
    os.mkfifo(folder / "0003-pipe.md")
    assert tracker.listing("").present == frozenset()
    assert tracker.fetch(["1", "2", "3"]) == dict.fromkeys("123", Missing.GONE)


def test_a_folder_that_cannot_be_listed_is_an_error_and_not_empty(tracker: FilesTracker, folder: Path) -> None:
    put(folder.parent, "issues", "a file stands in its place")
    with pytest.raises(TrackerError, match=r"data/issues cannot be listed .*: make it a folder"):
        tracker.listing("")


def test_a_disk_that_is_full_makes_nothing(
    tracker: FilesTracker, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = tracker.create(DRAFT)

    def full(*_args: object, **_options: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(
        TrackerError, match=r"issues/add-retries-and-alerts\.md cannot be made \(No space left on device\): mend that"
    ):
        tracker.create(DRAFT)
    with pytest.raises(TrackerError, match=r"0001-.* cannot be written \(No space left on device\): mend that"):
        tracker.update(made.ref, set_to(made, status=Status.DONE), DRAFT)
    assert [path.read_text() for path in folder.glob("*.md")] == [CREATED]
    assert len(list(folder.iterdir())) == 2


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_what_a_person_added_stays_byte_for_byte(tracker: FilesTracker, folder: Path, newline: str) -> None:
    text = "\ufeff" + (
        "---\n# ours\nseverity: high\nstatus:   Todo  # soon\ntitle: 'Add retries'\n"
        "labels: [a,  b]\n---\nNotes of a person   \n\n- [x] one\n--- \n\ttail without a line end"
    ).replace("\n", newline)
    path = put(folder, "0007-by-hand.md", text)
    tracker.update(only(tracker).ref, set_to(only(tracker), status=Status.DONE, due=date(2026, 12, 1)), DRAFT)
    expected = text.replace("Todo", "done").replace(f"b]{newline}", f"b]{newline}due: 2026-12-01{newline}")
    assert path.read_bytes() == expected.encode()


def test_a_value_that_means_the_same_is_not_rewritten(tracker: FilesTracker, folder: Path) -> None:
    path = put(folder, "0007-x.md", "---\ntitle: 'x'\nstatus: Closed\nowner: [ Ana ]\n---\n")
    before = path.stat()
    issue = only(tracker)
    changes = [FieldChange("status", Status.OPEN, Status.DONE), FieldChange("owners", (), ("Ana",))]
    assert tracker.update(issue.ref, changes, DRAFT) == issue
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    tracker.update(issue.ref, [*changes, FieldChange("priority", None, "P1")], DRAFT)
    assert path.read_text() == "---\ntitle: 'x'\nstatus: Closed\nowner: [ Ana ]\npriority: P1\n---\n"


def test_the_rest_of_the_name_is_a_persons(tracker: FilesTracker, folder: Path) -> None:
    made = tracker.create(DRAFT)
    (folder / "0001-add-retries-and-alerts.md").rename(folder / "0001-renamed.md")
    updated = tracker.update(made.ref, set_to(made, title="Add backoff"), DRAFT)
    assert updated.ref == replace(made.ref, url="data/issues/0001-renamed.md")
    assert names(folder) == ["0001-renamed.md"]


def edited_between(monkeypatch: pytest.MonkeyPatch, path: Path, edits: list[str]) -> None:
    """A person saves the file after it was read and before it is replaced, as often as there are edits."""
    replace_file = atomic.replace

    def raced(target: Path, data: bytes, expected: atomic.Stamp) -> atomic.Stamp:
        if edits:
            path.write_text(edits.pop(0))
        return replace_file(target, data, expected)

    monkeypatch.setattr(atomic, "replace", raced)


def test_an_edit_in_between_is_kept_and_ours_added(
    tracker: FilesTracker, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = tracker.create(DRAFT)
    path = folder / "0001-add-retries-and-alerts.md"
    edited_between(monkeypatch, path, [CREATED + "A person's line\n", CREATED + "Another line\n"])
    tracker.update(made.ref, set_to(made, status=Status.DONE), DRAFT)
    assert path.read_text() == CREATED.replace("open", "done") + "Another line\n"


def test_an_edit_of_the_same_field_in_between_wins(
    tracker: FilesTracker, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = tracker.create(DRAFT)
    path, edited = folder / "0001-add-retries-and-alerts.md", CREATED.replace("open", "wontfix")
    edited_between(monkeypatch, path, [edited])
    with pytest.raises(TrackerError, match="status was changed a moment ago"):
        tracker.update(made.ref, set_to(made, status=Status.DONE), DRAFT)
    assert path.read_text() == edited


def test_a_file_that_never_rests_is_given_up(
    tracker: FilesTracker, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = tracker.create(DRAFT)
    path = folder / "0001-add-retries-and-alerts.md"
    edited_between(monkeypatch, path, [f"{CREATED}{n}\n" for n in range(9)])
    with pytest.raises(TrackerError, match="changes all the time: the next run tries again"):
        tracker.update(made.ref, set_to(made, status=Status.DONE), DRAFT)
    assert path.read_text() == f"{CREATED}2\n"


def test_a_head_that_cannot_be_changed_is_left_alone(tracker: FilesTracker, folder: Path) -> None:
    path = put(folder, "0001-x.md", "---\n{title: x, status: open}\n---\n")
    with pytest.raises(TrackerError, match=r"issues/0001-x\.md: its head cannot be changed .* mend it"):
        tracker.update(only(tracker).ref, set_to(only(tracker), priority="P1"), DRAFT)
    assert path.read_text() == "---\n{title: x, status: open}\n---\n"


def test_a_comment_stands_at_the_end_and_is_edited_where_it_stands(tracker: FilesTracker, folder: Path) -> None:
    made = tracker.create(DRAFT)
    path = folder / "0001-add-retries-and-alerts.md"
    note = "<!-- pmtrack:comment removed -->\n{}\n<!-- /pmtrack:comment -->\n"
    tracker.comment(made.ref, "removed", "It left.")
    assert path.read_text() == CREATED + "\n" + note.format("It left.")
    path.write_text(path.read_text() + "\nA person's answer")
    tracker.comment(made.ref, "removed", "It left\nagain.")
    assert path.read_text() == CREATED + "\n" + note.format("It left again.") + "\nA person's answer"
    tracker.comment(made.ref, "late", "x")
    assert path.read_text().endswith(
        "A person's answer\n\n<!-- pmtrack:comment late -->\nx\n<!-- /pmtrack:comment -->\n"
    )


@pytest.mark.parametrize(
    ("marker", "ident"),
    [
        ("I1 0123 a path with spaces.md", "I1"),
        ("'I1 0123 quoted.md'", "I1"),
        ("I1", None),
        ("", None),
        ("[I1, 0123]", None),
    ],
)
def test_a_damaged_marker_is_none(tracker: FilesTracker, folder: Path, marker: str, ident: str | None) -> None:
    put(folder, "0001-x.md", f"---\ntitle: x\npmtrack: {marker}\n---\n")
    issue = only(tracker)
    assert (issue.marker and issue.marker.ident, issue.ours) == (ident, ident is not None)


@pytest.mark.parametrize(
    ("ticket", "ref"),
    [
        ("0007", "7"),
        ("#7", "7"),
        (" #0007 ", "7"),
        ("7", "7"),
        ("0007-x.md", "7"),
        ("issues/0007-x.md", "7"),
        ("../data/issues/0007-anything.md", "7"),
        ("./issues/7.md", "7"),
        ("postmortems/2024-01-05-outage.md", None),
        ("issues/7", "7"),
        ("OPS-7", None),
        ("owner/repo#7", None),
        ("https://example.org/data/issues/0007-x.md", None),
        ("issues/README.md", None),
        ("seven", None),
        ("1234567890", None),
        ("", None),
    ],
)
def test_an_issue_is_named_by_number_key_or_file(tracker: FilesTracker, ticket: str, ref: str | None) -> None:
    assert tracker.understands(ticket) == ref


def test_the_moment_of_the_last_change_is_the_files(tracker: FilesTracker, folder: Path) -> None:
    path = put(folder, "0001-x.md", CREATED)
    os.utime(path, (1_000_000_000, 1_000_000_000))
    moment = only(tracker).updated_at
    assert moment is not None
    assert moment.isoformat() == "2001-09-09T01:46:40+00:00"
