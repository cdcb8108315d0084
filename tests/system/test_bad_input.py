"""What is broken is said in sentences, and nothing is lost: documents and issues stay as they are, byte for byte."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from support.scratch import OUTAGE, Answer, Scratch, assert_quiet, finish

BAD = "2026-broken.md"


def assert_refused(answer: Answer, *words: str) -> None:
    """Exit code 1, sentences on standard error that hold the words, and no traceback."""
    assert answer.code == 1, answer
    assert "Traceback" not in answer.err
    assert answer.err.splitlines(), answer
    assert answer.complaints == answer.err.splitlines(), answer.err
    for word in words:
        assert word in answer.err


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _broken_link(path: Path) -> None:
    path.symlink_to("nowhere.md")


def _link_out(path: Path) -> None:
    outside = path.parent.parent / "outside.md"
    outside.write_text(OUTAGE.replace("Add an alert", "Never read this"), encoding="utf-8")
    path.symlink_to(outside)


def _loop(path: Path) -> None:
    path.symlink_to(path.name)


def _large(path: Path) -> None:
    with path.open("wb") as file:
        file.write(b"# Big\n\n## Action items\n\n- [ ] Never read this\n")
        file.truncate(20_000_000)


def _binary(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 100)


def _two_begins(path: Path) -> None:
    begin = "<!-- pmtrack:begin v1 doc=dd3de740 sha=0000000000000000 -->\n"
    path.write_text(f"# Twice\n\n## Action items\n\n- [ ] Never read this\n\n{begin}\n{begin}\n", encoding="utf-8")


def _no_end(path: Path) -> None:
    begin = "<!-- pmtrack:begin v1 doc=dd3de740 sha=0000000000000000 -->\n"
    path.write_text(f"# Endless\n\n## Action items\n\n- [ ] Never read this\n\n{begin}\n", encoding="utf-8")


@pytest.mark.parametrize(
    "make",
    [_fifo, _broken_link, _link_out, _loop, _large, _two_begins, _no_end, _binary],
    ids=lambda make: make.__name__.strip("_"),
)
def test_one_bad_document_is_said_and_the_others_go_on(scratch: Scratch, make: Callable[[Path], None]) -> None:
    bad = scratch.postmortems / BAD
    make(bad)
    before = bad.lstat()

    answer = scratch.run("sync", "--yes")

    assert_refused(answer, BAD)
    assert len(answer.complaints) == 1
    assert "created 3" in answer.out
    assert (bad.lstat().st_ino, bad.lstat().st_size, bad.lstat().st_mtime_ns) == (
        before.st_ino,
        before.st_size,
        before.st_mtime_ns,
    )
    assert not any("Never read this" in path.read_text(encoding="utf-8") for path in scratch.issues)
    checked = scratch.run("check")
    assert (checked.code, [BAD in line for line in checked.out.splitlines()]) == (1, [True]), checked
    assert scratch.run("plan").code == 1
    assert_quiet(scratch)


def test_a_folder_with_the_name_of_a_document_is_a_folder(scratch: Scratch) -> None:
    (scratch.postmortems / BAD).mkdir()
    scratch.write(f"{BAD}/inner.md", "# Inner\n\n## Action items\n\n- [ ] Oil the hinges of the gate\n")
    assert "created 4" in scratch.sync("--yes").out
    assert_quiet(scratch)


def test_a_document_that_becomes_unreadable_loses_nothing(synced: Scratch) -> None:
    file = synced.postmortems / "outage.md"
    text = file.read_text(encoding="utf-8")
    issues = {name: data for name, data in synced.contents().items() if name.startswith("issues/")}
    file.unlink()
    _fifo(file)
    assert "outage.md" in synced.run("sync", "--yes").err
    assert {name: data for name, data in synced.contents().items() if name.startswith("issues/")} == issues
    file.unlink()
    file.write_text(text, encoding="utf-8")
    synced.sync()
    assert {row["state"] for row in synced.status()["items"]} == {"linked"}
    assert_quiet(synced)


def test_a_document_whose_block_breaks_loses_nothing(synced: Scratch) -> None:
    good = synced.read()
    synced.edit("<!-- pmtrack:end -->", "")
    broken = synced.read()
    issues = {name: data for name, data in synced.contents().items() if name.startswith("issues/")}
    answer = synced.run("sync", "--yes")
    assert "outage.md" in answer.err
    assert synced.read() == broken
    assert {name: data for name, data in synced.contents().items() if name.startswith("issues/")} == issues
    assert_quiet(synced)
    synced.write("outage.md", good)
    synced.sync()
    assert_quiet(synced)


def test_a_report_edited_by_hand_is_left_and_said(synced: Scratch) -> None:
    block = synced.block()
    edited = block.replace("0 of 3 done", "all done, honestly")
    synced.edit(block, edited)
    synced.edit("- [ ] Write", "- [x] Write")
    answer = synced.run("sync")
    assert_refused(answer, "edited by hand")
    assert synced.block() == edited
    assert "status: done" in synced.issue("Write the runbook").read_text(encoding="utf-8")
    synced.edit(edited, "")
    assert "documents written 1" in synced.sync().out
    assert "1 of 3 done" in synced.block()
    assert_quiet(synced)


def test_a_missing_folder_is_said_and_nothing_is_lost(synced: Scratch) -> None:
    before = synced.contents()
    synced.postmortems.rename(synced.folder / "away")
    for command in (("sync", "--yes"), ("plan",), ("sync", "--format", "json")):
        answer = synced.run(*command)
        assert "postmortems" in answer.err
        assert "Traceback" not in answer.err
    assert_refused(synced.run("sync"), "postmortems")
    (synced.folder / "away").rename(synced.postmortems)
    assert synced.contents() == before
    synced.sync()
    assert_quiet(synced)


def test_an_empty_folder_holds_every_removal(synced: Scratch) -> None:
    """A mount that failed looks like this."""
    (synced.postmortems / "outage.md").rename(synced.folder / "away.md")
    issues = synced.contents()
    answer = synced.run("sync")
    assert "Traceback" not in answer.err
    assert synced.contents() == issues
    (synced.folder / "away.md").rename(synced.postmortems / "outage.md")
    synced.sync()
    assert_quiet(synced)


def test_an_unknown_source_is_refused_with_those_there_are(synced: Scratch) -> None:
    before = synced.contents()
    assert_refused(synced.run("sync", "--source", "nosuch"), "nosuch", "postmortems")
    assert synced.contents() == before
    assert_refused(synced.run("plan", "--source", "nosuch"), "nosuch", "postmortems")


def test_no_configuration_at_all_is_said_with_the_next_step(tmp_path: Path) -> None:
    for command in ("sync", "plan", "status", "check", "digest", "serve"):
        assert_refused(Scratch(tmp_path).run(command), "pmtrack init", "--config")
    assert list(tmp_path.iterdir()) == []


def test_a_named_configuration_that_is_missing_is_said(scratch: Scratch) -> None:
    assert_refused(scratch.run("--config", "nosuch.toml", "sync"), "nosuch.toml")
    assert_refused(scratch.run("sync", environment={"PMTRACK_CONFIG": "other.toml"}), "other.toml")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"timezone = \n", "TOML"),
        (b"[[sources]\n", "TOML"),
        ("timezone = 'Pl\xe4tz'\n".encode("latin-1"), "UTF-8"),
        (b"\0\0\0\0", "TOML"),
        (b"", "sources"),
    ],
    ids=["value", "table", "latin-1", "zeros", "empty"],
)
def test_a_configuration_that_cannot_be_read_is_said(synced: Scratch, content: bytes, words: str) -> None:
    before = {name: data for name, data in synced.contents().items() if name != "pmtrack.toml"}
    synced.config.write_bytes(content)
    assert_refused(synced.run("sync", "--yes"), "pmtrack.toml", words)
    assert {name: data for name, data in synced.contents().items() if name != "pmtrack.toml"} == before


def test_a_configuration_that_is_a_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "x.toml").mkdir()
    assert_refused(Scratch(tmp_path).run("--config", "x.toml", "sync"), "x.toml")


def test_every_problem_of_the_configuration_is_said_at_once(scratch: Scratch) -> None:
    text = scratch.config.read_text(encoding="utf-8")
    text = text.replace('timezone = "UTC"', 'timezone = "Mars/Base"\nstor = "x"').replace('P0 = "7d"', 'P0 = "soon"')
    scratch.config.write_text(text.replace("include", "inclde"), encoding="utf-8")
    answer = scratch.run("sync")
    assert_refused(answer, "Mars/Base", "did you mean 'store'", "did you mean 'include'", "'soon'")
    assert len(answer.complaints) == 4
    assert scratch.issues == []


@pytest.mark.sqlite
@pytest.mark.parametrize("content", [b"this is no database, but long enough to be looked at " * 40, b"\0" * 8192])
def test_a_file_that_is_no_database_is_said_and_left_alone(synced: Scratch, content: bytes) -> None:
    before = synced.contents()
    for file in synced.folder.glob("pmtrack.db*"):
        file.unlink()
    synced.database.write_bytes(content)
    for command in ("sync", "plan", "status", "digest"):
        assert_refused(synced.run(command), "pmtrack.db")
    assert synced.database.read_bytes() == content
    assert synced.contents() == before


@pytest.mark.sqlite
def test_a_truncated_database_is_said_and_the_issues_survive(synced: Scratch) -> None:
    before = synced.contents()
    for file in synced.folder.glob("pmtrack.db-*"):
        file.unlink()
    synced.database.write_bytes(synced.database.read_bytes()[:6000])
    assert_refused(synced.run("sync"), "pmtrack.db")
    assert synced.contents() == before


@pytest.mark.sqlite
def test_a_store_in_a_folder_that_is_not_there_is_said(scratch: Scratch) -> None:
    text = scratch.config.read_text(encoding="utf-8").replace("pmtrack.db", "state/pmtrack.db")
    scratch.config.write_text(text, encoding="utf-8")
    assert_refused(scratch.run("sync"), "state")
    assert scratch.issues == []


@pytest.mark.sqlite
def test_a_database_that_another_process_holds_is_waited_for_and_then_said(synced: Scratch) -> None:
    before = synced.contents()
    with closing(sqlite3.connect(synced.database, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        assert_refused(synced.run("sync"), "pmtrack.db", "in use by another process")
        assert synced.run("status").code == 0, "looking needs no lock"
        connection.execute("ROLLBACK")
    assert synced.contents() == before
    synced.sync()
    assert_quiet(synced)


def test_of_two_syncs_at_once_one_does_the_work(tmp_path: Path) -> None:
    """The other one says so and does nothing; or it comes so late that nothing is left to do."""
    words = "".join(f"- [ ] Do the {number} thing of the list\n" for number in range(20))
    scratch = Scratch.make(tmp_path, {"list.md": f"# List\n\n## Action items\n\n{words}"})
    answers = [finish(process) for process in [scratch.start("sync", "--yes") for _ in range(4)]]
    assert {answer.code for answer in answers} <= {0, 1}
    assert any(answer.code == 0 for answer in answers)
    for answer in answers:
        if answer.code:
            assert_refused(answer, "another pmtrack sync is at work")
    scratch.sync("--yes")
    assert len(scratch.issues) == 20
    assert_quiet(scratch)


def test_an_unwritable_document_is_said_and_the_issues_are_made(scratch: Scratch) -> None:
    """Tests run as root: a document that is a link inside its root stands for one that cannot be replaced."""
    (scratch.postmortems / "real").mkdir()
    (scratch.postmortems / "outage.md").rename(scratch.postmortems / "real" / "outage.txt")
    (scratch.postmortems / "outage.md").symlink_to("real/outage.txt")
    answer = scratch.run("sync")
    assert "Traceback" not in answer.err
    assert (scratch.postmortems / "outage.md").is_symlink()
    assert_quiet(scratch)
