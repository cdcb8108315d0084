"""Whatever fails, the store holds the old state or the new one, and a person reads one sentence."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, event
from sqlalchemy.pool import Pool

from pmtrack.errors import StoreError
from pmtrack.model import Document, Event, Hold, Intention, Known, Link, Snapshot
from pmtrack.store import engine, place, read
from pmtrack.store.database import Store, Writer
from support import pg, stored
from support.stored import Home

Everything = tuple[
    dict[str, Document], list[Known], dict[str, Link], dict[str, Intention], dict[str, Hold], list[Event], str
]


def everything(store: Store) -> Everything:
    return (
        store.documents("docs"),
        store.items("docs"),
        store.links(),
        store.intentions(),
        store.holds(),
        store.history(),
        store.cursor("tracker:board"),
    )


def rewrite(writer: Writer) -> None:
    """A change to every table."""
    writer.save_document(stored.document(title="Another day"))
    writer.save_items([stored.known(position=3), stored.known("I2")])
    writer.save_link(stored.link(gone=True))
    writer.drop_intention("I1")
    writer.record(stored.event("I2"))
    writer.save_holds("docs", [stored.hold("h2")])
    writer.beat("tracker:board", at=stored.NOON, cursor="c2")


def rewritten() -> Everything:
    with Store.open("sqlite://", Path()) as store:
        stored.fill(store)
        with store.writing() as writer:
            rewrite(writer)
        return everything(store)


def strike(connection: Connection, home: Home) -> None:
    """The disk of a file fails; a server ends our connection, as it does when it is stopped."""
    if not home.on_server:
        raise sqlite3.OperationalError("disk I/O error")
    raw = connection.connection.driver_connection
    assert raw is not None
    pg.server().ask(f"SELECT pg_terminate_backend({raw.info.backend_pid}, 5000)")


@contextmanager
def failing_at(number: int, home: Home) -> Iterator[list[str]]:
    """The statement of this number fails, of any engine, counted from 1; tells those that were begun."""
    begun: list[str] = []

    def count(connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        begun.append(statement)
        if len(begun) == number:
            strike(connection, home)

    event.listen(Engine, "before_cursor_execute", count)
    try:
        yield begun
    finally:
        event.remove(Engine, "before_cursor_execute", count)


def assert_sentence(error: pytest.ExceptionInfo[StoreError], name: Path | str) -> None:
    words = str(error.value)
    assert words.startswith(f"the store {name} ")
    assert "\n" not in words
    assert ":" in words.removeprefix(f"the store {name}"), f"does not say what to do: {words}"


def test_whatever_statement_fails_nothing_of_the_transaction_stays(home: Home) -> None:
    with home.opened() as store:
        stored.fill(store)
        old, new = everything(store), rewritten()
        for number in range(1, 100):
            try:
                with failing_at(number, home) as begun, store.writing() as writer:
                    rewrite(writer)
            except StoreError:
                assert everything(store) == old
            else:
                break
        assert len(begun) == number - 1 > 8
        assert everything(store) == new


def test_a_commit_that_fails_leaves_the_old_state(home: Home) -> None:
    with home.opened() as store:
        stored.fill(store)
        old = everything(store)

        def fail(connection: Connection) -> None:
            strike(connection, home)

        event.listen(store._engine, "commit", fail)
        told = r"full or failing|starting or stopping"
        with pytest.raises(StoreError, match=told) as caught, store.writing() as writer:
            rewrite(writer)
        event.remove(store._engine, "commit", fail)
        assert_sentence(caught, home.name)
        assert everything(store) == old
        with store.writing() as writer:
            rewrite(writer)
        assert everything(store) == rewritten()


def test_whatever_statement_fails_a_new_store_is_whole_or_not_there(empty_home: Home) -> None:
    stride = 8 if empty_home.on_server else 1  # there each try migrates for real
    for number in range(1, 200, stride):
        try:
            with failing_at(number, empty_home) as begun, empty_home.opened():
                break
        except StoreError:
            assert empty_home.snapshot() == Snapshot()
    assert number > len(begun) >= number - stride > 15
    with empty_home.opened() as store:
        stored.fill(store)


def test_an_exception_in_the_block_leaves_nothing(home: Home) -> None:
    with home.opened() as store:
        stored.fill(store)
        old = everything(store)

        def interrupted() -> None:
            with store.writing() as writer:
                rewrite(writer)
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            interrupted()
        assert everything(store) == old
        assert home.snapshot().rows[0].known == old[1][0]


def test_a_process_that_dies_in_a_transaction_leaves_the_old_state(home: Home) -> None:
    with home.opened() as store:
        stored.fill(store)
        old = everything(store)
    program = (
        "import os, sys; from pathlib import Path; from support import stored\n"
        "with stored.Home(Path(sys.argv[1]), sys.argv[2]).opened().writing() as writer:\n"
        "    writer.save_items(stored.known(f'I{n}', position=n) for n in range(20_000))\n"
        "    os._exit(9)"
    )
    command = [sys.executable, "-c", program, str(home.folder), home.url]
    tests = Path(stored.__file__).parents[1]
    assert subprocess.run(command, cwd=tests, check=False).returncode == 9
    assert home.snapshot().rows[0].known == old[1][0]
    with home.opened() as store:
        assert everything(store) == old


@pytest.mark.sqlite
def test_a_full_disk_is_a_sentence_and_leaves_the_old_state(tmp_path: Path) -> None:
    with stored.opened(tmp_path) as store:
        stored.fill(store)
        old = everything(store)
        with store._connected() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
        many = [stored.known(f"I{n}", position=n) for n in range(1000)]
        with pytest.raises(StoreError, match="disk is full") as caught, store.writing() as writer:
            writer.save_items(many)
        assert_sentence(caught, tmp_path / "pmtrack.db")
        assert everything(store) == old


@pytest.mark.sqlite
def test_a_disk_that_is_full_from_the_start_is_a_sentence(tmp_path: Path) -> None:
    def small(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA max_page_count=3")

    event.listen(Pool, "connect", small)
    try:
        with pytest.raises(StoreError, match="disk is full"):
            stored.opened(tmp_path)
    finally:
        event.remove(Pool, "connect", small)
    with stored.opened(tmp_path) as store:
        stored.fill(store)


@pytest.mark.sqlite
def test_a_read_only_file_is_a_sentence(tmp_path: Path) -> None:
    with stored.opened(tmp_path) as store:
        with store._connected() as connection:
            connection.exec_driver_sql("PRAGMA query_only=ON")
        with pytest.raises(StoreError, match="make it and its folder writable") as caught:
            stored.fill(store)
    assert_sentence(caught, tmp_path / "pmtrack.db")


HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def held_by_another_process(path: Path) -> Iterator[None]:
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        yield
        process.communicate("")


@pytest.mark.sqlite
def test_a_database_that_another_process_writes_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.05)
    with stored.opened(tmp_path) as store:
        stored.fill(store)
        with held_by_another_process(tmp_path / "pmtrack.db"):
            with pytest.raises(StoreError, match="in use by another process") as caught, store.writing():
                pass
            assert store.links() == {"I1": stored.link()}, "reading does not wait"
            assert len(read.snapshot(stored.URL, tmp_path).rows) == 1
        with store.writing() as writer:
            rewrite(writer)
    assert_sentence(caught, tmp_path / "pmtrack.db")


@pytest.mark.sqlite
def test_a_new_store_that_another_process_is_making_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.05)
    with (
        held_by_another_process(tmp_path / "pmtrack.db"),
        pytest.raises(StoreError, match="in use by another process") as caught,
    ):
        stored.opened(tmp_path)
    assert_sentence(caught, tmp_path / "pmtrack.db")


def _look(url: str, base: Path) -> None:
    Store.open(url, base, create=False).close()


WAYS: list[Callable[[str, Path], object]] = [Store.open, _look, read.snapshot, read.history]


def _garbage(path: Path) -> None:
    path.write_bytes(b"# An issue\n\nThis is no database at all.\n" * 100)


def _cut_short(path: Path) -> None:
    with stored.opened(path.parent) as store:
        stored.fill(store)
    path.write_bytes(path.read_bytes()[:5000])


@pytest.mark.sqlite
@pytest.mark.parametrize("use", WAYS)
@pytest.mark.parametrize(
    ("spoil", "advice"),
    [
        (_garbage, "is no pmtrack store: name another file, or move this one away"),
        (_cut_short, "is damaged: move it away and sync again"),
        (lambda path: path.mkdir(), "cannot be opened: make its folder"),
    ],
    ids=["garbage", "cut short", "a folder"],
)
def test_a_file_that_is_no_store_is_a_sentence_and_stays_as_it_is(
    tmp_path: Path, spoil: Callable[[Path], object], advice: str, use: Callable[[str, Path], object]
) -> None:
    path = tmp_path / "pmtrack.db"
    spoil(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(StoreError) as caught:
        use(stored.URL, tmp_path)
    assert_sentence(caught, path)
    assert advice in str(caught.value)
    assert (path.read_bytes() if path.is_file() else None) == before


OTHERS = ["CREATE TABLE bookmarks (url TEXT)"]
OTHERS_OF_ALEMBIC = [*OTHERS, "CREATE TABLE alembic_version (version_num TEXT)"]
OTHERS_OF_ALEMBIC += ["INSERT INTO alembic_version VALUES ('ae1027a6acf1')"]


@pytest.mark.parametrize("use", WAYS)
@pytest.mark.parametrize("statements", [OTHERS, OTHERS_OF_ALEMBIC], ids=["plain", "with alembic"])
def test_another_programs_database_is_a_sentence_and_stays_as_it_is(
    empty_home: Home, statements: list[str], use: Callable[[str, Path], object]
) -> None:
    _do(empty_home, *statements)
    with pytest.raises(StoreError, match=r"is another program's database: name another (file|database)") as caught:
        use(empty_home.url, empty_home.folder)
    assert_sentence(caught, empty_home.name)
    with pytest.raises(StoreError):
        empty_home.snapshot()


@pytest.mark.parametrize("use", WAYS)
def test_a_later_versions_store_is_a_sentence_and_stays_as_it_is(
    home: Home, use: Callable[[str, Path], object]
) -> None:
    _version(home, "9999")
    with pytest.raises(StoreError, match="was made by a later pmtrack: upgrade pmtrack") as caught:
        use(home.url, home.folder)
    assert_sentence(caught, home.name)
    _do(home, f"UPDATE alembic_version SET version_num = '{place.HEAD}'")
    assert len(home.snapshot().rows) == 1


def _do(home: Home, *statements: str) -> None:
    engine_of_it = engine.connect(home.place)
    with engine_of_it.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine_of_it.dispose()


def _version(home: Home, version: str) -> None:
    with home.opened() as store:
        stored.fill(store)
    _do(home, f"UPDATE alembic_version SET version_num = '{version}'")


@pytest.mark.sqlite
def test_a_folder_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened: make its folder") as caught:
        stored.opened(tmp_path / "none")
    assert_sentence(caught, tmp_path / "none" / "pmtrack.db")


@pytest.mark.sqlite
def test_an_empty_file_becomes_a_store(tmp_path: Path) -> None:
    (tmp_path / "pmtrack.db").touch()
    assert read.snapshot(stored.URL, tmp_path) == Snapshot()
    with stored.opened(tmp_path) as store:
        stored.fill(store)
    assert len(read.snapshot(stored.URL, tmp_path).rows) == 1


def test_a_store_of_an_earlier_version_asks_for_a_sync(home: Home) -> None:
    _version(home, "0000")
    with pytest.raises(StoreError, match="run `pmtrack sync` once") as caught:
        home.snapshot()
    assert_sentence(caught, home.name)
