"""Reading for reports: light, without a trace, at one moment."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from pmtrack.model import Snapshot
from pmtrack.store import look, read
from pmtrack.store.database import Store
from pmtrack.store.place import Asked
from support import stored
from support.stored import Home

State = dict[str, tuple[bytes, int]]


def state(folder: Path) -> State:
    """Everything in a folder; of SQLite's shared memory only that it is there, since its locks stand in it."""
    return {
        path.name: (b"", 0) if path.name.endswith("-shm") else (path.read_bytes(), path.stat().st_mtime_ns)
        for path in folder.iterdir()
    }


def ask_everything(folder: Path) -> None:
    read.snapshot(stored.URL, folder)
    read.history(stored.URL, folder)
    Store.open(stored.URL, folder, create=False).close()


@pytest.mark.sqlite
def test_no_store_is_an_empty_snapshot_and_stays_none(tmp_path: Path) -> None:
    assert read.snapshot(stored.URL, tmp_path) == Snapshot()
    assert read.history(stored.URL, tmp_path) == ()
    assert read.snapshot("sqlite://", tmp_path) == Snapshot()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.sqlite
def test_reading_leaves_no_trace(tmp_path: Path) -> None:
    with stored.opened(tmp_path) as store:
        stored.fill(store)
    before = state(tmp_path)
    assert list(before) == ["pmtrack.db"]
    ask_everything(tmp_path)
    assert state(tmp_path) == before


@pytest.mark.sqlite
def test_reading_beside_a_writer_leaves_no_trace_and_sees_its_log(tmp_path: Path) -> None:
    with stored.opened(tmp_path) as store:
        stored.fill(store)
        before = state(tmp_path)
        assert sorted(before) == ["pmtrack.db", "pmtrack.db-shm", "pmtrack.db-wal"]
        ask_everything(tmp_path)
        assert len(read.snapshot(stored.URL, tmp_path).rows) == 1
        assert state(tmp_path) == before


@pytest.mark.sqlite
def test_reading_what_a_dead_writer_left_leaves_no_trace_and_sees_its_log(tmp_path: Path) -> None:
    program = (
        "import os, sys; from pathlib import Path; from support import stored\n"
        "stored.fill(stored.opened(Path(sys.argv[1]))); os._exit(9)"
    )
    tests = Path(stored.__file__).parents[1]
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], cwd=tests, check=False)
    before = state(tmp_path)
    assert before["pmtrack.db-wal"][0]
    ask_everything(tmp_path)
    assert len(read.snapshot(stored.URL, tmp_path).rows) == 1
    assert state(tmp_path) == before


@pytest.mark.sqlite
def test_a_reader_without_the_right_to_write_can_read(tmp_path: Path) -> None:
    with stored.opened(tmp_path) as store:
        stored.fill(store)
    tmp_path.chmod(0o555)
    for folder in tmp_path.parents[:3]:  # of this test run and, on several processors, of this one
        folder.chmod(0o755)
    reader = os.fork()
    if reader == 0:
        try:
            if os.geteuid() == 0:  # whom no right is refused
                os.setuid(65534)
            os._exit(len(read.snapshot(stored.URL, tmp_path).rows))
        finally:
            os._exit(99)
    rows = os.waitstatus_to_exitcode(os.waitpid(reader, 0)[1])
    tmp_path.chmod(0o755)
    assert rows == 1


def _beside(folder: Path, title: str) -> None:
    with stored.opened(folder) as store, store.writing() as writer:
        writer.save_document(stored.document(title=title))


@pytest.mark.sqlite
def test_what_changed_while_it_was_read_is_read_again(tmp_path: Path) -> None:
    """A file without a log is read without locks, so another process may write it meanwhile."""
    _beside(tmp_path, "old")
    seen = []

    def reading(connection: sqlite3.Connection) -> str:
        (title,) = connection.execute("SELECT title FROM documents").fetchone()
        seen.append(title)
        if len(seen) == 1:
            _beside(tmp_path, "new")
        return str(title)

    assert look.at_file(tmp_path / "pmtrack.db", reading) == "new"
    assert seen == ["old", "new"]


@pytest.mark.sqlite
def test_an_error_while_it_was_changed_is_tried_again_and_another_is_told(tmp_path: Path) -> None:
    _beside(tmp_path, "old")
    tries = []

    def reading(_connection: sqlite3.Connection) -> str:
        tries.append(1)
        if len(tries) == 1:
            _beside(tmp_path, "new")
        if len(tries) in (1, 3):
            raise sqlite3.DatabaseError("malformed")
        return "read"

    assert look.at_file(tmp_path / "pmtrack.db", reading) == "read"
    with pytest.raises(sqlite3.DatabaseError):
        look.at_file(tmp_path / "pmtrack.db", reading)
    assert len(tries) == 3


@pytest.mark.sqlite
def test_a_file_that_changes_all_the_time_is_read_with_locks(tmp_path: Path) -> None:
    _beside(tmp_path, "0")
    seen = []

    def reading(connection: sqlite3.Connection) -> str:
        seen.append(connection.execute("SELECT title FROM documents").fetchone()[0])
        if len(seen) <= look.TRIES:
            _beside(tmp_path, str(len(seen)))
        return str(seen[-1])

    assert look.at_file(tmp_path / "pmtrack.db", reading) == str(look.TRIES)


def test_reading_is_at_one_moment(home: Home) -> None:
    """The link that a process records between two tables belongs to the next report."""
    with home.opened() as store:
        with store.writing() as writer:
            writer.save_document(stored.document())
            writer.save_items([stored.known()])

        def reading(connection: Asked) -> tuple[int, int]:
            items = connection.execute("SELECT count(*) FROM items").fetchone()[0]
            with store.writing() as writer:
                writer.save_link(stored.link())
            return items, connection.execute("SELECT count(*) FROM links").fetchone()[0]

        assert look.look(home.place, reading, (0, 0)) == (1, 0)
        assert len(store.links()) == 1


def test_rows_come_by_source_path_and_position_with_what_belongs_to_each(home: Home) -> None:
    with home.opened() as store, store.writing() as writer:
        for source, path in (("b", "a.md"), ("a", "b.md"), ("a", "a.md")):
            writer.save_document(stored.document(path, source))
            for position in (1, 0):
                ident = f"{source}{path}{position}"
                writer.save_items([stored.known(ident, path, source, position=position, present=position == 0)])
                writer.record(stored.event(ident, kind="conflict", loser="first", acknowledged=False))
                writer.record(stored.event(ident, kind="conflict", loser="second", acknowledged=False))
        writer.save_link(stored.link("aa.md0"))
        writer.save_holds("b", [stored.hold("h2", "b", ("ba.md0", "ba.md1"))])
    found = home.snapshot()
    assert [row.known.ident for row in found.rows] == ["aa.md0", "aa.md1", "ab.md0", "ab.md1", "ba.md0", "ba.md1"]
    assert [row.known.ident for row in found.rows if row.link] == ["aa.md0"]
    assert [row.known.ident for row in found.rows if row.hold] == ["ba.md0", "ba.md1"]
    assert all([event.loser for event in row.conflicts] == ["first", "second"] for row in found.rows)
    assert all(row.document.source == row.known.source for row in found.rows)
    assert len(found.documents) == 3


def test_one_document_is_reported_like_all_of_them(home: Home) -> None:
    with home.opened() as store:
        stored.fill(store)
        with store.writing() as writer:
            writer.save_document(stored.document("b.md"))
            writer.save_items([stored.known("I2", "b.md"), replace(stored.known("I3"), position=1)])
        whole = home.snapshot()
        one = store.snapshot("docs", "a.md")
        assert one.rows == tuple(row for row in whole.rows if row.known.path == "a.md")
        assert one.documents == tuple(document for document in whole.documents if document.path == "a.md")


HEAVY = {"sqlmodel", "sqlalchemy", "alembic", "pydantic", "pyromark", "yaml", "jinja2"}


def test_reading_loads_nothing_heavy(home: Home) -> None:
    with home.opened() as store:
        stored.fill(store)
    program = (
        "import json, sys; from pathlib import Path; from pmtrack.store import read\n"
        "assert len(read.snapshot(sys.argv[2], Path(sys.argv[1])).rows) == 1\n"
        "print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    )
    command = [sys.executable, "-c", program, str(home.folder), home.url]
    loaded = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert "sqlite3" in loaded
    assert HEAVY.isdisjoint(loaded)
    assert ("psycopg" in loaded) == home.on_server


def test_what_is_due_is_read_with_the_rows_that_belong_to_it(home: Home) -> None:
    early, late = date(2026, 3, 1), date(2026, 3, 3)
    with home.opened() as store, store.writing() as writer:
        for path, due in (("a.md", early), ("b.md", late), ("c.md", None)):
            writer.save_document(stored.document(path))
            said = replace(stored.SAID, due=due)
            for ident in ("linked", "alone"):
                writer.save_items([stored.known(f"{ident} {path}", path, stated=said)])
                writer.record(stored.event(f"{ident} {path}"))
            writer.save_link(stored.link(f"linked {path}", path, agreed=said))
    wanted = read.Wanted(due_before=date(2026, 3, 2))
    found, events = read.told(home.url, home.folder, wanted)
    assert [row.known.ident for row in found.rows] == ["linked a.md", "alone a.md"]
    assert [document.path for document in found.documents] == ["a.md"]
    assert [event.ident for event in events] == ["linked a.md", "alone a.md"]
    assert read.snapshot(home.url, home.folder, replace(wanted, path="b.md")).rows == ()
    assert len(read.snapshot(home.url, home.folder, read.Wanted("docs", "b.md")).rows) == 2


def test_more_places_than_sql_takes_at_once_can_be_due(home: Home) -> None:
    with home.opened() as store, store.writing() as writer:
        for number in range(2 * read.PORTION + 1):
            writer.save_document(stored.document(f"{number}.md"))
            writer.save_items([stored.known(f"I{number}", f"{number}.md")])
            writer.record(stored.event(f"I{number}"))
    found, events = read.told(home.url, home.folder, read.Wanted(due_before=date(2026, 3, 3)))
    assert len(found.rows) == len(found.documents) == len(events) == 2 * read.PORTION + 1
    assert [event.id for event in events] == sorted(event.id or 0 for event in events)


@pytest.fixture
def large(file_home: Home) -> Home:
    with file_home.opened() as store, store.writing() as writer:
        for number in range(500):
            writer.save_document(stored.document(f"{number}.md"))
        for number in range(0, 10_000, 20):
            path = f"{number // 20}.md"
            writer.save_items(stored.known(f"I{number + n}", path, position=n) for n in range(20))
        for number in range(10_000):
            writer.save_link(stored.link(f"I{number}", str(number)))
    return file_home


def _seconds(work: Callable[[], object]) -> float:
    """Of the processor, so that a busy machine does not matter."""
    start = time.process_time()
    work()
    return time.process_time() - start


@pytest.mark.sqlite
def test_ten_thousand_items_are_read_and_saved_fast(large: Home) -> None:
    """Several times what was measured, so that only work that grows faster than the store fails."""
    assert _seconds(large.snapshot) < 1
    with large.opened() as store:
        assert _seconds(store.links) < 1
        items = [replace(known, position=known.position + 1) for known in store.items("docs")]

        def save() -> None:
            with store.writing() as writer:
                writer.save_items(items)

        assert _seconds(save) < 3
        assert _seconds(save) < 3
        assert _seconds(lambda: [store.items("docs", [f"{number}.md"]) for number in range(100)]) < 1
