"""`pmtrack backup` as a person uses it: before an upgrade, by cron beside the daemon, and to go back."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.database import Database
from support.scratch import OUTAGE, Scratch, assert_quiet, finish


def restored(scratch: Scratch, file: str) -> Scratch:
    """The same folder, whose store is now the copy."""
    text = scratch.config.read_text(encoding="utf-8").replace(scratch.store.url, f"sqlite:///{file}")
    scratch.config.write_text(text, encoding="utf-8")
    return scratch


def test_a_copy_takes_the_stores_place(synced: Scratch) -> None:
    answer = synced.run("backup", "pmtrack.copy.db")
    assert (answer.code, answer.out, answer.err) == (0, "pmtrack.copy.db: 3 items\n", "")
    status, history = synced.run("status", "--format", "json").out, synced.run("history").out
    restored(synced, "pmtrack.copy.db")
    assert synced.run("status", "--format", "json").out == status
    assert synced.run("history").out == history
    assert_quiet(synced)


def test_a_file_that_is_there_stays_unless_one_says_so(synced: Scratch) -> None:
    assert synced.run("backup", "pmtrack.copy.db").code == 0
    before = (synced.folder / "pmtrack.copy.db").read_bytes()
    answer = synced.run("backup", "pmtrack.copy.db")
    assert (answer.code, answer.complaints) == (
        1,
        ["pmtrack: pmtrack.copy.db is there already: name another file, or replace it with --force"],
    )
    assert (synced.folder / "pmtrack.copy.db").read_bytes() == before
    assert synced.run("backup", "--force", "pmtrack.copy.db").out == "pmtrack.copy.db: 3 items\n"


def test_before_the_first_sync_of_a_new_folder_there_is_nothing_to_copy(tmp_path: Path) -> None:
    scratch = Scratch.make(tmp_path)
    if scratch.store.is_served:
        scratch.store.lose()
    answer = scratch.run("backup", "pmtrack.copy.db")
    assert answer.code == 1
    assert answer.complaints[0].endswith("is not there yet: run `pmtrack sync`, which makes it")
    assert not (scratch.folder / "pmtrack.copy.db").exists()


def test_a_backup_while_a_sync_is_at_work_opens_and_is_of_one_moment(tmp_path: Path) -> None:
    """Every item that is in it stands in a document that is in it, and every link has its item."""
    items = "\n".join(f"- [ ] Replace valve {number} (owner: Ana)" for number in range(60))
    scratch = Scratch.make(
        tmp_path, {f"{n}.md": OUTAGE.replace("- [ ] Write the runbook", f"{items}\n- [ ] W") for n in "ab"}
    )
    scratch.sync("--yes", "--postmortem", "a.md")
    with scratch.start("sync", "--yes") as process:
        counts = [_count(scratch, number) for number in range(5)]
        assert finish(process).code == 0
    counts.append(_count(scratch, 5))
    assert counts == sorted(counts)
    assert counts[-1] == 126
    before = scratch.files()
    restored(scratch, "pmtrack.5.db")
    scratch.sync()
    assert scratch.files() == before


def _count(scratch: Scratch, number: int) -> int:
    file = f"pmtrack.{number}.db"
    said = scratch.run("backup", file)
    assert said.code == 0, said
    copy = Database(f"sqlite:///{file}", scratch.folder)
    assert copy.ask("PRAGMA foreign_key_check") == []
    ((count,),) = copy.ask("SELECT count(*) FROM items")
    assert said.out == f"{file}: {count} items\n"
    return int(count)


@pytest.mark.parametrize("arguments", [[], ["a.db", "b.db"]])
def test_it_takes_one_file(synced: Scratch, arguments: list[str]) -> None:
    assert synced.run("backup", *arguments).code == 2
