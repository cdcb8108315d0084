"""A folder that people edit in place: nothing is written into what somebody has under their hands."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from support.scratch import Scratch, assert_quiet

DIRTY = "outage.md: holds changes that nobody committed yet: its report is written when they are"


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=Ana", "-c", "user.email=ana@acme.example", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def commit(folder: Path) -> None:
    git(folder, "add", "--all", "postmortems")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "work")


@pytest.fixture
def tracked(scratch: Scratch) -> Scratch:
    """The documents are committed in a working copy above them."""
    git(scratch.folder, "init", "--quiet")
    commit(scratch.folder)
    return scratch


def test_a_clean_document_gets_its_report_and_so_does_one_with_our_report_only(tracked: Scratch) -> None:
    assert "documents written 1" in tracked.sync("--yes").out
    tracked.edit("- [ ] Write", "- [x] Write")
    commit(tracked.folder)
    tracked.sync()
    assert "1 of 3 done" in tracked.block()
    assert_quiet(tracked)


def test_our_own_report_is_nobodys_change(tracked: Scratch) -> None:
    tracked.sync("--yes")
    issue = next(tracked.folder.glob("issues/0001-*.md"))
    issue.write_text(issue.read_text().replace("status: open", "status: done"))
    assert "documents written 1" in tracked.sync().out, "though the report was never committed"
    assert "1 of 3 done" in tracked.block()


def test_an_uncommitted_change_waits_until_it_is_committed(tracked: Scratch) -> None:
    tracked.edit("Certificates expire on Sundays.", "Certificates expire on")
    answer = tracked.run("sync", "--yes")
    assert DIRTY in answer.err
    assert "documents written 0" in answer.out
    assert "pmtrack:begin" not in tracked.postmortems.joinpath("outage.md").read_text()
    assert DIRTY in tracked.run("sync").err
    commit(tracked.folder)
    assert "documents written 1" in tracked.sync().out
    assert_quiet(tracked)


def test_a_staged_change_is_none_that_was_committed(tracked: Scratch) -> None:
    tracked.edit("Certificates expire on Sundays.", "Certificates expire on")
    git(tracked.folder, "add", "--all", "postmortems")
    assert DIRTY in tracked.run("sync", "--yes").err


@pytest.mark.parametrize("lock", [".outage.md.swp", ".#outage.md", ".~lock.outage.md#"])
def test_a_document_that_an_editor_has_open_waits_until_it_is_closed(scratch: Scratch, lock: str) -> None:
    beside = scratch.postmortems / lock
    if lock.startswith(".#"):
        beside.symlink_to("ana@desk.1234:1")  # as Emacs does: a link to nothing
    else:
        beside.write_bytes(b"b0VIM")
    answer = scratch.run("sync", "--yes")
    assert f"outage.md: somebody has it open ({lock}): its report is written when that is closed" in answer.err
    beside.unlink()
    assert "documents written 1" in scratch.sync().out
    assert_quiet(scratch)


def test_line_ends_that_a_checkout_made_are_no_change(tracked: Scratch) -> None:
    document = tracked.postmortems / "outage.md"
    document.write_bytes(document.read_bytes().replace(b"\n", b"\r\n"))
    assert "documents written 1" in tracked.sync("--yes").out


def test_a_document_that_nobody_tracks_is_no_change(scratch: Scratch) -> None:
    git(scratch.folder, "init", "--quiet")
    assert "documents written 1" in scratch.sync("--yes").out


def test_a_repository_that_cannot_be_read_keeps_nothing_from_being_done(scratch: Scratch) -> None:
    (scratch.folder / ".git").write_text("gitdir: /nosuch\n")
    assert "documents written 1" in scratch.sync("--yes").out
