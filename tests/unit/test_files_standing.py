"""A folder of issues in which nothing changed is not read again; and every change is one."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pmtrack import atomic
from pmtrack.trackers.files import FilesTracker

ISSUE = "---\ntitle: Add retries\nstatus: open\n---\n"
LATER = 3_000_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("0001-a.md", "0002-b.md"):
        (tmp_path / name).write_text(ISSUE, encoding="utf-8")
    return tmp_path


@pytest.fixture
def tracker(folder: Path) -> FilesTracker:
    return FilesTracker("board", folder, "issues", clock=lambda: time.time_ns() + LATER)


def test_where_nothing_changed_no_file_is_opened(tracker: FilesTracker, monkeypatch: pytest.MonkeyPatch) -> None:
    before = tracker.listing("")
    monkeypatch.setattr(atomic, "read", pytest.fail)
    after = tracker.listing(before.cursor)
    assert (after.issues, after.cursor, after.present) == ((), before.cursor, {"1", "2"})


def _tick_in_place(path: Path) -> None:
    """Another word of the same length, and a clock that somebody set back."""
    before = path.stat()
    with path.open("r+", encoding="utf-8") as file:
        file.write(ISSUE.replace("open", "done"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def _replace(path: Path) -> None:
    new = path.with_suffix(".new")
    new.write_bytes(path.read_bytes())
    new.replace(path)


CHANGES: dict[str, Callable[[Path], object]] = {
    "edited": lambda path: path.write_text(ISSUE + "more", encoding="utf-8"),
    "edited in place": _tick_in_place,
    "deleted": lambda path: path.unlink(),
    "renamed": lambda path: path.rename(path.with_name("0001-other.md")),
    "put in another's place": _replace,
    "one more": lambda path: path.with_name("0003-c.md").write_text(ISSUE, encoding="utf-8"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_every_change_is_seen(tracker: FilesTracker, folder: Path, change: Callable[[Path], object]) -> None:
    before = tracker.listing("")
    change(folder / "0001-a.md")
    after = tracker.listing(before.cursor)
    assert after.cursor != before.cursor
    assert {issue.ref.id for issue in after.issues} == after.present


def test_what_came_and_went_is_a_change(tracker: FilesTracker, folder: Path) -> None:
    """The cursor is of the time before our own writes: what we made and somebody deleted is not as if it never was."""
    before = tracker.listing("")
    (folder / "0003-c.md").write_text(ISSUE, encoding="utf-8")
    (folder / "0003-c.md").unlink()
    assert tracker.listing(before.cursor).cursor != before.cursor


def test_a_folder_that_is_not_there_proves_nothing(tmp_path: Path) -> None:
    assert FilesTracker("board", tmp_path / "away", "away").listing("").cursor == ""


def test_what_changed_a_moment_ago_proves_nothing(folder: Path) -> None:
    """A second change within one tick of the clock could look the same."""
    assert FilesTracker("board", folder, "issues").listing("").cursor == ""


def test_a_broken_issue_is_told_every_time(tracker: FilesTracker, folder: Path) -> None:
    (folder / "0002-b.md").write_text("---\ntitle: [\n---\n", encoding="utf-8")
    first = tracker.listing("")
    assert first.broken.keys() == tracker.listing(first.cursor).broken.keys() == {"2"}
