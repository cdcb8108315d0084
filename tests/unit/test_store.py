"""The store's questions and writes, one at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError

from pmtrack.errors import StoreError
from pmtrack.model import Acceptance, Fields, Known, Link, Status
from pmtrack.store import read
from pmtrack.store.database import Store, Writer
from support import stored
from support.stored import Home

LATER = stored.NOON + timedelta(hours=1)


@pytest.fixture
def store(home: Home) -> Iterator[Store]:
    with home.opened() as found:
        yield found


@pytest.fixture
def full(store: Store) -> Store:
    stored.fill(store)
    return store


def test_a_new_store_is_empty(store: Store) -> None:
    assert store.documents("docs") == store.links() == store.intentions() == store.holds() == {}
    assert store.items("docs") == store.history() == []
    assert store.cursor("tracker:board") == ""


def test_what_was_written_is_there_when_it_is_opened_again(home: Home) -> None:
    with home.opened() as store:
        stored.fill(store)
    with home.opened() as store:
        assert store.links() == {"I1": stored.link()}


def test_items_come_by_path_and_position_with_those_that_vanished(store: Store) -> None:
    wanted = [stored.known(f"I{n}", path, position=n, present=n != 2) for path in ("a.md", "b.md") for n in (1, 2)]
    wanted = [replace(item, ident=f"{item.path}{item.ident}") for item in wanted]
    with store.writing() as writer:
        for path in ("a.md", "b.md", "c.md"):
            writer.save_document(stored.document(path))
        writer.save_items([*reversed(wanted), stored.known("other", "c.md")])
    assert store.items("docs", ["a.md", "b.md"]) == wanted
    assert [item.path for item in store.items("docs")] == ["a.md", "a.md", "b.md", "b.md", "c.md"]
    assert store.items("docs", []) == []


def test_more_paths_than_sql_takes_at_once_can_be_asked_for(full: Store) -> None:
    sent: list[int] = []
    event.listen(full._engine, "before_cursor_execute", lambda *args: sent.append(len(args[3])))
    assert len(full.items("docs", [f"{n}.md" for n in range(4000)] + ["a.md"])) == 1
    assert 100 < max(sent) < 999, "the least limit that SQLite was ever built with"


def test_sources_are_kept_apart(full: Store) -> None:
    with full.writing() as writer:
        writer.save_document(stored.document(source="other", title="Another day"))
        writer.save_holds("other", [stored.hold("h2", "other")])
        writer.save_holds("docs", [])
    assert full.documents("docs")["a.md"].title == "A bad day"
    assert list(full.holds()) == ["h2"]
    assert full.items("other") == []


def test_an_item_needs_its_document(store: Store) -> None:
    with pytest.raises(IntegrityError), store.writing() as writer:
        writer.save_items([stored.known()])


@pytest.mark.parametrize(
    "write",
    [lambda writer: writer.save_link(stored.link("I9", "8")), lambda writer: writer.intend(stored.intention("I9"))],
    ids=["link", "intention"],
)
def test_a_link_and_an_intention_need_their_item(full: Store, write: Callable[[Writer], None]) -> None:
    with pytest.raises(IntegrityError), full.writing() as writer:
        write(writer)


def test_an_issue_belongs_to_one_item(full: Store) -> None:
    with full.writing() as writer:
        writer.save_items([stored.known("I2"), stored.known("I3"), stored.known("I4")])
        writer.save_link(replace(stored.link("I2"), tracker="other"))
        writer.save_link(replace(stored.link("I3"), ref=None))
        writer.save_link(replace(stored.link("I4"), ref=None))
    # Where others write at the same time, one of them may have been faster: that is no bug.
    with pytest.raises((IntegrityError, StoreError)), full.writing() as writer:
        writer.save_link(stored.link("I3"))
    assert full.links()["I3"].ref is None


def test_an_issue_that_is_gone_belongs_to_nobody(full: Store) -> None:
    """A tracker of files may give its number to another one."""
    with full.writing() as writer:
        writer.save_items([stored.known("I2")])
        writer.save_link(stored.link(gone=True))
        writer.save_link(stored.link("I2"))
    assert full.links()["I1"].ref == full.links()["I2"].ref
    assert full.linked("board") == {"7": "I2"}


def test_links_and_intentions_are_dropped(full: Store) -> None:
    with full.writing() as writer:
        writer.drop_intention("I1")
        writer.drop_link("I1")
        writer.drop_link("never there")
    assert full.links() == full.intentions() == {}


def test_history_is_in_the_order_of_writing_and_by_item(full: Store) -> None:
    with full.writing() as writer:
        writer.record(stored.event("I2", at=stored.NOON - timedelta(days=1)))
    assert [line.ident for line in full.history()] == ["I1", "I1", "I2"]
    assert [line.ident for line in full.history("I2")] == ["I2"]


def test_an_acknowledged_conflict_leaves_the_report(home: Home) -> None:
    with home.opened() as store:
        stored.fill(store)
        (row,) = home.snapshot().rows
        (conflict,) = row.conflicts
        with store.writing() as writer:
            writer.acknowledge(conflict.id or 0)
        assert home.snapshot().rows[0].conflicts == ()
        assert len(store.history()) == 2


def test_the_heartbeat_keeps_what_it_is_not_told(home: Home) -> None:
    with home.opened() as store:
        stored.fill(store)
        with store.writing() as writer:
            writer.beat("tracker:board", at=None, error="no answer")
        (pulse,) = home.snapshot().pulses
        assert (pulse.last_success, pulse.error) == (stored.NOON, "no answer")
        assert store.cursor("tracker:board") == "c1"
        with store.writing() as writer:
            writer.beat("tracker:board", at=LATER, cursor="")
        (pulse,) = home.snapshot().pulses
        assert (pulse.last_success, pulse.error) == (LATER, None)
        assert store.cursor("tracker:board") == ""


def test_saving_what_is_there_touches_no_row(full: Store) -> None:
    """Triggers see every row that is written, also one that is written as it was."""
    changes = _watched(full)
    with full.writing() as writer:
        writer.save_document(stored.document())
        writer.save_items([stored.known()])
        writer.save_link(stored.link())
        writer.intend(stored.intention())
        writer.save_holds("docs", [stored.hold()])
        writer.beat("tracker:board", at=stored.NOON, cursor="c1")
        writer.acknowledge(1)
    assert changes() == []
    with full.writing() as writer:
        writer.save_document(stored.document(severity="SEV1"))
        writer.save_items([stored.known(present=False)])
        writer.save_link(stored.link(error="x"))
        writer.intend(stored.intention(tries=2))
        writer.save_holds("docs", [])
        writer.beat("tracker:board", at=LATER)
        writer.acknowledge(2)
    assert sorted(set(changes())) == ["cursors", "documents", "history", "holds", "intentions", "items", "links"]


TABLES = ("documents", "items", "links", "intentions", "history", "holds", "cursors", "digests")
ON_SERVER = """
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN INSERT INTO touched VALUES (TG_TABLE_NAME); RETURN NULL; END $$
"""


def _watched(store: Store) -> Callable[[], list[str]]:
    with store._connected() as connection, connection.begin():
        connection.exec_driver_sql("CREATE TABLE touched (name TEXT)")
        for statement in [ON_SERVER, *map(_trigger, TABLES)] if store.is_shared else _triggers_in_file():
            connection.exec_driver_sql(statement)

    def changes() -> list[str]:
        with store._connected() as connection:
            return list(connection.exec_driver_sql("SELECT name FROM touched").scalars())

    return changes


def _trigger(table: str) -> str:
    verbs = "INSERT OR UPDATE OR DELETE"
    return f"CREATE TRIGGER touch AFTER {verbs} ON {table} FOR EACH ROW EXECUTE FUNCTION touch()"


def _triggers_in_file() -> Iterator[str]:
    for table in TABLES:
        for verb in ("INSERT", "UPDATE", "DELETE"):
            told = f"BEGIN INSERT INTO touched VALUES ('{table}'); END"
            yield f"CREATE TRIGGER {table}_{verb} AFTER {verb} ON {table} {told}"


def test_one_changed_item_among_many_is_one_row(store: Store) -> None:
    items = [stored.known(f"I{n:03}", position=n) for n in range(300)]
    with store.writing() as writer:
        writer.save_document(stored.document())
        writer.save_items(items)
    changes = _watched(store)
    with store.writing() as writer:
        writer.save_items([*items[:100], replace(items[100], stated=Fields("Another")), *items[101:]])
    assert changes() == ["items"]


@pytest.mark.sqlite
def test_a_writer_takes_the_lock_when_it_begins_and_a_reader_none(tmp_path: Path) -> None:
    with stored.opened(tmp_path) as store:
        begun: list[str] = []
        event.listen(store._engine, "before_cursor_execute", lambda *args: begun.append(args[2]))
        store.links()
        with store.writing() as writer:
            writer.save_document(stored.document())
        assert [text for text in begun if text.startswith("BEGIN")] == ["BEGIN", "BEGIN IMMEDIATE"]


def test_a_store_is_read_while_it_is_written(home: Home) -> None:
    with home.opened() as one, home.opened() as other, one.writing() as writer:
        writer.save_document(stored.document())
        assert other.documents("docs") == {}
        assert home.snapshot().documents == ()


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("pragma", "wanted"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 5000)],
)
def test_the_database_is_durable_keeps_its_references_and_waits(tmp_path: Path, pragma: str, wanted: object) -> None:
    stored.opened(tmp_path).close()
    with stored.opened(tmp_path) as store, store._connected() as connection:
        assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == wanted


@pytest.mark.sqlite
def test_looking_at_a_store_that_is_not_there_makes_none(tmp_path: Path) -> None:
    with Store.open(stored.URL, tmp_path, create=False) as store:
        stored.fill(store)
        assert store.links()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.sqlite
def test_looking_at_a_store_sees_a_copy(tmp_path: Path) -> None:
    with stored.opened(tmp_path) as store:
        stored.fill(store)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    with Store.open(stored.URL, tmp_path, create=False) as store:
        assert store.links() == {"I1": stored.link()}
        with store.writing() as writer:
            writer.drop_link("I1")
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.sqlite
def test_a_store_in_memory_leaves_no_file(tmp_path: Path) -> None:
    with Store.open("sqlite://", tmp_path) as store:
        stored.fill(store)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.sqlite
@pytest.mark.parametrize("name", ["odd name?x=1#y.db", "100%.db", "späť ☕.db"])
def test_the_file_may_have_any_name(tmp_path: Path, name: str) -> None:
    with Store.open(f"sqlite:///{name}", tmp_path) as store:
        stored.fill(store)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert len(read.snapshot(f"sqlite:///{name}", tmp_path).rows) == 1
    with Store.open(f"sqlite:///{name}", tmp_path, create=False) as store:
        assert store.links()


@pytest.mark.sqlite
def test_an_absolute_file_is_not_below_the_configuration(tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path}/x.db", tmp_path / "elsewhere"):
        pass
    assert (tmp_path / "x.db").exists()


@pytest.mark.parametrize(
    "url", ["mysql://pm:hunter2@db/pm", "pm:hunter2@db", "hunter2", "postgresql+x://pm:hunter2@db", "sqlite:///", ""]
)
@pytest.mark.parametrize("use", [Store.open, read.snapshot])
def test_another_kind_of_store_is_refused_without_its_secret(
    tmp_path: Path, url: str, use: Callable[[str, Path], object]
) -> None:
    with pytest.raises(StoreError, match=r"use sqlite:///pmtrack\.db or postgresql://user@host/database") as caught:
        use(url, tmp_path)
    assert "hunter2" not in str(caught.value)
    assert "\n" not in str(caught.value)


def _is_pending(item: Known, link: Link | None) -> bool:
    if link is None:
        closed = item.stated.status is not None and item.stated.status.closed
        return item.present and item.acceptance is Acceptance.ACCEPTED and not closed
    unheard = item.present and item.stated != link.document
    return unheard or item.present == link.orphaned or link.ref is None or link.error is not None


_OPEN = replace(stored.SAID, title='Words that say "status":"done"')
_SAID = st.sampled_from((stored.SAID, _OPEN, *(replace(_OPEN, status=status) for status in Status)))
_saves = st.builds(
    lambda said, present, acceptance: {"stated": said, "present": present, "acceptance": acceptance},
    _SAID,
    st.booleans(),
    st.sampled_from(Acceptance),
)
_links = st.none() | st.builds(
    lambda said, orphaned, error, asked: {"document": said, "orphaned": orphaned, "error": error} | asked,
    _SAID,
    st.booleans(),
    st.sampled_from((None, "x")),
    st.sampled_from(({}, {"ref": None})),
)


def _many(examples: int) -> settings:
    never = [HealthCheck.function_scoped_fixture]  # every walk starts by setting the store back
    return settings(max_examples=examples, deadline=None, derandomize=True, suppress_health_check=never)


_MOVES = st.lists(st.tuples(st.sampled_from("123"), _saves | _links), max_size=12)


@pytest.mark.sqlite
@_many(200)
@given(_MOVES)
def test_pending_is_what_the_two_sides_do_not_agree_on_yet(
    file_store: Store, moves: list[tuple[str, dict[str, Any] | None]]
) -> None:
    _assert_pending(file_store, moves)


@_many(40)
@given(_MOVES)
def test_pending_is_the_same_on_a_server(server_store: Store, moves: list[tuple[str, dict[str, Any] | None]]) -> None:
    _assert_pending(server_store, moves)


@pytest.fixture
def file_store() -> Iterator[Store]:
    with Store.open("sqlite://", Path()) as found:
        yield found


@pytest.fixture
def server_store(server_home: Home) -> Iterator[Store]:
    with server_home.opened() as found:
        yield found


def _assert_pending(store: Store, moves: list[tuple[str, dict[str, Any] | None]]) -> None:
    """After any saves of items and links, and drops of links (None), against the same said in Python."""
    items = {ident: stored.known(ident) for ident in "123"}
    links: dict[str, Link] = {}
    with store.writing() as writer:
        writer.save_document(stored.document())
        writer.save_items(items.values())
        for ident in items:
            writer.drop_link(ident)
        for ident, move in moves:
            if move is None:
                links.pop(ident, None)
                writer.drop_link(ident)
            elif "stated" in move:
                items[ident] = replace(items[ident], **move)
                writer.save_items([items[ident]])
            else:
                links[ident] = stored.link(ident, ident, **move)
                writer.save_link(links[ident])
    wanted = {ident: "a.md" for ident, item in items.items() if _is_pending(item, links.get(ident))}
    assert store.pending("docs") == wanted
    assert store.pending("another") == {}


def test_a_hint_is_one_however_often_it_is_given_and_stays_when_it_is_given_again(store: Store) -> None:
    with store.writing() as writer:
        writer.hint("shop", ["1", "2", "1"])
        writer.hint("ops", ["1"])
    first = store.hints(["shop"])
    assert [(hint.tracker, hint.issue) for hint in first] == [("shop", "1"), ("shop", "2")]
    with store.writing() as writer:
        writer.hint("shop", ["2"])
        writer.drop_hints(first)
    assert [(hint.tracker, hint.issue) for hint in store.hints(["shop", "ops"])] == [("ops", "1"), ("shop", "2")]


NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


def test_a_delivery_is_heard_once_and_forgotten_after_days(store: Store) -> None:
    with store.writing() as writer:
        assert [writer.heard("a", NOW), writer.heard("a", NOW), writer.heard("b", NOW)] == [False, True, False]
        assert writer.heard("c", NOW + timedelta(days=4)) is False
        assert writer.heard("a", NOW + timedelta(days=4)) is False
