"""A backup holds what the store held at one moment, is a store itself, and takes nothing's place by mistake."""

from __future__ import annotations

import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from pmtrack.app import App
from pmtrack.app.backup import back_up
from pmtrack.config import load
from pmtrack.errors import PmtrackError, StoreError
from pmtrack.store import migrations
from pmtrack.store.database import Store
from pmtrack.store.engine import connect
from pmtrack.store.outbox import Outcome
from pmtrack.store.tables import metadata
from support import stored
from support.database import Database
from support.stored import Home

TABLES = (*metadata.tables, "alembic_version")

CONFIG = """
store = "{url}"
[[sources]]
name = "docs"
path = "postmortems"
tracker = "board"
[trackers.board]
kind = "files"
path = "issues"
"""


def app(home: Home) -> App:
    config = home.folder / "pmtrack.toml"
    config.write_text(CONFIG.format(url=home.url), encoding="utf-8")
    return App(load(config))


def fill(store: Store) -> None:
    """A row in every table, and what is written in more than one way."""
    stored.fill(store)
    with store.writing() as writer:
        zone = timezone(timedelta(hours=-7))
        writer.record(
            stored.event("I2", at=datetime(2026, 3, 2, 23, 59, tzinfo=zone), after="\"\N{SNOWMAN}'", side=None)
        )
        writer.save_names({"ann": "Ann"})
        writer.hint("board", ["7"], urgent=False)
        writer.heard("d1", stored.NOON.replace(microsecond=0))
        writer.outbox.settle("2026-W10", "file:digest.md", Outcome.SENT, sent_at=stored.NOON)
    with store.journal("acme").turn() as turn:
        turn.add(1_790_000_000.123456, "create")
    store.leases("me", alone=False).take(["source:docs"])


def raw(file: Path) -> dict[str, list[tuple[object, ...]]]:
    return Database(f"sqlite:///{file}", file.parent).rows(TABLES)


def test_a_backup_opens_as_a_store_with_the_same_in_it(home: Home, tmp_path: Path) -> None:
    with home.opened() as store:
        fill(store)
        before = store.documents("docs"), store.items("docs"), store.links(), store.intentions(), store.history()
        more = store.holds(), store.hints(["board"]), store.journal("acme").news(0), store.cursor("tracker:board")
    assert back_up(app(home), tmp_path / "copy.db") == 1
    copy = Home(tmp_path, "sqlite:///copy.db")
    assert (copy.snapshot(), copy.history()) == (home.snapshot(), home.history())
    with copy.opened() as store:
        found = store.documents("docs"), store.items("docs"), store.links(), store.intentions(), store.history()
        assert found == before
        assert (
            store.holds(),
            store.hints(["board"]),
            store.journal("acme").news(0),
            store.cursor("tracker:board"),
        ) == more
        with store.writing() as writer:
            assert writer.heard("d1", stored.NOON)
            assert writer.outbox.of("2026-W10")["file:digest.md"].sent_at == stored.NOON
            writer.record(stored.event("I3"))
        with store.journal("acme").turn() as turn:
            assert turn.add(1_790_000_001.0, "write") > more[2][-1][0], "no number is given twice"
        assert store.history()[-1].ident == "I3"
    assert sorted(path.name for path in tmp_path.glob("copy*")) == ["copy.db"]
    assert list(tmp_path.glob(".pmtrack-*")) == []


def test_a_backup_from_a_server_is_written_as_a_store_in_a_file_would_be(server_home: Home, tmp_path: Path) -> None:
    """Sign by sign, since texts are compared in the database."""
    beside = Home(tmp_path, "sqlite:///beside.db")
    for home in (server_home, beside):
        with home.opened() as store:
            fill(store)
    back_up(app(server_home), tmp_path / "copy.db")
    copy, wanted = raw(tmp_path / "copy.db"), raw(tmp_path / "beside.db")
    for table in TABLES:
        if table != "leases":  # they began at two moments
            assert copy[table] == wanted[table], table
    (lease,) = copy["leases"]
    assert lease[:3] == wanted["leases"][0][:3]


def test_a_file_that_is_there_is_replaced_only_by_force(home: Home, tmp_path: Path) -> None:
    with home.opened() as store:
        stored.fill(store)
    file = tmp_path / "copy.db"
    file.write_text("precious", encoding="utf-8")
    with pytest.raises(PmtrackError, match="is there already: name another file, or replace it with --force"):
        back_up(app(home), file)
    assert file.read_text(encoding="utf-8") == "precious"
    assert back_up(app(home), file, force=True) == 1
    assert len(Home(tmp_path, "sqlite:///copy.db").snapshot().rows) == 1
    assert list(tmp_path.glob(".pmtrack-*")) == []


def test_a_backup_is_for_its_owner_only(home: Home, tmp_path: Path) -> None:
    home.opened().close()
    back_up(app(home), tmp_path / "copy.db")
    assert stat.S_IMODE((tmp_path / "copy.db").stat().st_mode) == 0o600


@pytest.mark.sqlite
@pytest.mark.parametrize("force", [True, False])
def test_the_store_itself_is_never_replaced(file_home: Home, force: bool) -> None:
    with file_home.opened() as store:
        stored.fill(store)
    link = file_home.folder / "link.db"
    link.symlink_to("pmtrack.db")
    for file in (file_home.folder / "pmtrack.db", link):
        with pytest.raises(PmtrackError, match="is the store itself: name another file"):
            back_up(app(file_home), file, force=force)
    assert len(file_home.snapshot().rows) == 1


def test_a_store_that_is_open_is_not_replaced(home: Home, tmp_path: Path) -> None:
    """Its log would be taken for the new one's."""
    home.opened().close()
    other = Home(tmp_path, "sqlite:///other.db")
    with other.opened() as store:
        stored.fill(store)
        with pytest.raises(PmtrackError, match="is in use as a store: name another file"):
            back_up(app(home), tmp_path / "other.db", force=True)


@pytest.mark.parametrize("place", ["none/copy.db", ""])
def test_a_place_where_no_file_can_be_is_a_sentence(home: Home, tmp_path: Path, place: str) -> None:
    home.opened().close()
    with pytest.raises(PmtrackError, match="name a file in") as caught:
        back_up(app(home), tmp_path / place)
    assert "\n" not in str(caught.value)


def test_without_a_store_there_is_no_backup(empty_home: Home, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is not there yet: run `pmtrack sync`, which makes it"):
        back_up(app(empty_home), tmp_path / "copy.db")
    assert list(tmp_path.glob("*copy*")) == list(tmp_path.glob(".pmtrack-*")) == []


def test_another_programs_database_is_not_copied(empty_home: Home, tmp_path: Path) -> None:
    Database(empty_home.url, empty_home.folder).change("CREATE TABLE bookmarks (url TEXT)")
    with pytest.raises(StoreError, match="is another program's database"):
        back_up(app(empty_home), tmp_path / "copy.db")


@pytest.mark.parametrize("revision", ["0001", "0003"])
def test_an_earlier_versions_store_is_copied_as_it_is(empty_home: Home, tmp_path: Path, revision: str) -> None:
    """Before an upgrade is when people make backups."""
    engine = connect(empty_home.place)
    migrations.upgrade(engine, empty_home.place, to=revision)
    engine.dispose()
    Database(empty_home.url, empty_home.folder).change(
        "INSERT INTO holds VALUES ('h1', 'creates', 'docs', '[]', 'look')"
    )
    assert back_up(app(empty_home), tmp_path / "copy.db") == 0
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute("SELECT version_num FROM alembic_version").fetchall() == [(revision,)]
    with Home(tmp_path, "sqlite:///copy.db").opened() as store:
        assert list(store.holds()) == ["h1"]


def test_a_backup_beside_a_writer_is_of_one_moment(home: Home, tmp_path: Path) -> None:
    """Each transaction moves the item and its link together."""
    with home.opened() as store:
        stored.fill(store)
        moves, stop = _moves(store), threading.Event()
        next(moves)

        def write() -> None:
            while not stop.is_set():
                next(moves)

        writer = threading.Thread(target=write)
        writer.start()
        try:
            for number in range(6):
                back_up(app(home), tmp_path / f"{number}.db")
        finally:
            stop.set()
            writer.join()
    seen = []
    for number in range(6):
        (row,) = Home(tmp_path, f"sqlite:///{number}.db").snapshot().rows
        assert row.link
        assert row.link.error == str(row.known.position) == row.document.title
        seen.append(row.known.position)
    assert seen == sorted(seen)


def _moves(store: Store) -> Iterator[None]:
    turn = 0
    while True:
        turn += 1
        with store.writing() as writer:
            writer.save_document(stored.document(title=str(turn)))
            writer.save_items([stored.known(position=turn)])
            writer.save_link(stored.link(error=str(turn)))
        yield


def test_the_last_of_all_moments_is_copied_as_well(server_home: Home, tmp_path: Path) -> None:
    far = datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
    with server_home.opened() as store, store.writing() as writer:
        writer.record(stored.event(at=far))
    back_up(app(server_home), tmp_path / "copy.db")
    assert Home(tmp_path, "sqlite:///copy.db").history()[0].at == far
