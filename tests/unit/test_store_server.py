"""What only a store on PostgreSQL has: URLs with secrets, a server that refuses or goes away, a pooler's wishes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, event, select

from pmtrack.errors import ConfigError, StoreError
from pmtrack.model import Snapshot
from pmtrack.store import postgres, read
from pmtrack.store.database import Store
from pmtrack.store.dbtime import database_now
from pmtrack.store.outbox import Outcome, unsettled
from pmtrack.store.place import chosen, locate, without_secret
from pmtrack.store.tables import metadata
from support import canary, pg, stored
from support.stored import Home

SECRET = pg.PASSWORD


# ---------------------------------------------------------------- the URL


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("postgresql://pm@db/pmtrack", "postgresql://db/pmtrack"),
        ("postgres://pm@db/pmtrack", "postgresql://db/pmtrack"),
        (f"postgresql://pm:{SECRET}@db.example:5433/pm?sslmode=require", "postgresql://db.example:5433/pm"),
        (f"postgresql://pm:{SECRET}%40%2F@a:1,[::1]:2/pm", "postgresql://a:1,[::1]:2/pm"),
        (f"postgresql:///pm?host=/run/postgresql&user=pm&password={SECRET}", "postgresql:///run/postgresql/pm"),
        (f"postgresql://?service=pmtrack&password={SECRET}", "postgresql:///"),
        (f"postgresql://host?dbname=pm&password={SECRET}", "postgresql://host/pm"),
        ("postgresql://", "postgresql:///"),
    ],
)
def test_sentences_name_host_and_database_only(url: str, name: str) -> None:
    place = locate(url, Path())
    assert (place.name, place.server, place.file) == (name, url, None)
    assert SECRET not in repr(place)
    assert without_secret(url) == name


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://pm:{SECRET}/x@db/pm",
        f"postgresql://pm:x/{SECRET}@db/pm",
        f"postgresql://pm:x?{SECRET}@db/pm",
        f"postgresql://pm:12?{SECRET}@db/pm",
        f"postgresql://pm:x#{SECRET}@db/pm",
        f"postgresql://pm:x@{SECRET}@db/pm",
        f"postgresql://pm:{SECRET}@db/pm?password=x@y",
        f"postgresql://pm: {SECRET}@db/pm\n",
        f"postgresql://pm:{SECRET}",
        f"postgresql://pm:{SECRET}@" + "a," * 5000 + "@",
    ],
)
def test_a_url_that_can_be_read_in_two_ways_is_refused_without_its_secret(url: str) -> None:
    with pytest.raises(StoreError, match="the PostgreSQL URL cannot be read: write postgresql://") as caught:
        locate(url, Path())
    assert SECRET not in str(caught.value)


def test_an_option_that_libpq_does_not_know_is_a_sentence_without_a_secret() -> None:
    with pytest.raises(StoreError, match="cannot be reached: correct the options in its URL") as caught:
        read.snapshot(f"postgresql://pm:{SECRET}@db/pm?frobnicate=1", Path())
    assert SECRET not in str(caught.value)


def test_the_environment_comes_before_the_configuration(tmp_path: Path) -> None:
    url = f"postgresql://pm:{SECRET}@db/pm"
    file = tmp_path / "url"
    file.write_text(f"{url}\n", encoding="utf-8")
    assert chosen("sqlite:///x.db", {}) == "sqlite:///x.db"
    assert chosen("sqlite:///x.db", {"PMTRACK_STORE_URL": url}) == url
    assert chosen("sqlite:///x.db", {"PMTRACK_STORE_URL_FILE": str(file)}) == url
    for wrong in (
        {"PMTRACK_STORE_URL_FILE": str(tmp_path)},
        dict.fromkeys(("PMTRACK_STORE_URL", "PMTRACK_STORE_URL_FILE"), url),
    ):
        with pytest.raises(ConfigError) as caught:
            chosen("sqlite:///x.db", wrong)
        assert SECRET not in str(caught.value)


# ---------------------------------------------------------------- a server that refuses


def _look(url: str, base: Path) -> None:
    Store.open(url, base, create=False).close()


WAYS: list[Callable[[str, Path], object]] = [Store.open, _look, read.snapshot, read.history]


def refused(url: str, use: Callable[[str, Path], object] = Store.open) -> str:
    """What a person is told."""
    with pytest.raises(StoreError) as caught:
        use(url, Path())
    words = str(caught.value)
    assert words.startswith(f"the store {locate(url, Path()).name} ")
    assert "\n" not in words
    assert ": " in words, f"does not say what to do: {words}"
    assert SECRET not in words
    return words


@pytest.fixture
def folder(server_home: Home) -> Path:
    return pg.server().folder


@pytest.mark.parametrize("use", WAYS)
def test_a_wrong_password_is_a_sentence(server_home: Home, use: Callable[[str, Path], object]) -> None:
    url = server_home.url.replace("postgres@", f"secretive:not{SECRET}@")
    assert "refuses the user or the password: set PMTRACK_STORE_URL or PGPASSWORD" in refused(url, use)


@pytest.mark.parametrize("use", WAYS)
def test_no_password_is_a_sentence(server_home: Home, use: Callable[[str, Path], object]) -> None:
    assert "wants a password" in refused(server_home.url.replace("postgres@", "secretive@"), use)


@pytest.mark.parametrize("use", WAYS)
@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql://postgres@/nowhere?host={folder}", "does not exist: make it with `createdb`"),
        ("postgresql://stranger@/postgres?host={folder}", "does not know the user: make it with `createuser`"),
        ("postgresql://postgres@/x?host={folder}/none", "cannot be reached: start its server"),
        ("postgresql://postgres@127.0.0.1:1/x", "cannot be reached: start its server"),
        (f"postgresql://postgres@{'x' * 64}.example/x", "cannot be found: nobody knows this host"),
        ("postgresql://postgres@/x?host={folder}&connect_timeout=soon", "correct the options in its URL"),
    ],
)
def test_what_cannot_be_reached_is_a_sentence(
    folder: Path, url: str, told: str, use: Callable[[str, Path], object]
) -> None:
    assert told in refused(url.format(folder=folder), use)


@pytest.mark.parametrize("use", WAYS)
@pytest.mark.parametrize(
    "error", [socket.gaierror(-2, "Name or service not known"), socket.gaierror(-3, "Temporary failure")]
)
def test_a_host_that_nobody_knows_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, error: OSError, use: Callable[[str, Path], object]
) -> None:
    def ask(*_arguments: object, **_more: object) -> None:
        raise error

    monkeypatch.setattr(socket, "getaddrinfo", ask)
    assert "cannot be found: nobody knows this host" in refused(f"postgresql://pm:{SECRET}@db.example/pm", use)


def test_a_server_without_a_free_connection_is_a_sentence(server_home: Home) -> None:
    name = server_home.url.rpartition("?")[0].rpartition("/")[2]
    pg.server().ask(f"ALTER DATABASE {name} CONNECTION LIMIT 0")
    assert "has no connection left for us" in refused(server_home.url.replace("postgres@", "nobody_special@"))


def test_too_few_rights_are_a_sentence(empty_server: str, server_home: Home) -> None:
    url = empty_server.replace("postgres@", "nobody_special@")
    assert "does not let its user do that (permission denied for schema public)" in refused(url)
    url = server_home.url.replace("postgres@", "nobody_special@")
    assert "make the user the owner" in refused(url, read.snapshot)


@pytest.fixture
def empty_server() -> Iterator[str]:
    with pg.server().database("template0") as url:
        yield url


def test_a_database_that_can_only_be_read_is_a_sentence_and_is_read(server_home: Home) -> None:
    with server_home.opened() as store:
        stored.fill(store)
    name = server_home.url.rpartition("?")[0].rpartition("/")[2]
    pg.server().ask(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    with server_home.opened() as store, pytest.raises(StoreError, match="can only be read: name its primary"):
        stored.fill(store)
    assert len(server_home.snapshot().rows) == 1


def test_a_database_in_another_encoding_is_a_sentence(folder: Path) -> None:
    name = f"latin_{os.getpid()}"
    pg.server().ask(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    try:
        assert "is not in UTF-8: make it anew with `createdb --encoding=UTF8`" in refused(pg.server().url(name))
    finally:
        pg.server().drop(name)


def test_no_schema_to_make_tables_in_is_a_sentence(empty_server: str) -> None:
    name = empty_server.rpartition("?")[0].rpartition("/")[2]
    pg.server().ask("DROP SCHEMA public", name)
    assert "has no schema for our tables" in refused(empty_server)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (psycopg.errors.DiskFull("could not extend file"), "disk is full: make room"),
        (psycopg.errors.DeadlockDetected("deadlock detected"), "changed by another worker at the same moment"),
        (psycopg.errors.SerializationFailure("x"), "changed by another worker at the same moment"),
        (psycopg.errors.AdminShutdown("terminating connection"), "is starting or stopping"),
        (psycopg.errors.DataCorrupted("invalid page"), "is damaged: restore a backup"),
        (psycopg.errors.QueryCanceled("x"), "statement_timeout"),
        (psycopg.errors.ProgramLimitExceeded("index row size 3000 exceeds"), "cannot hold that (index row size 3000"),
        (psycopg.errors.FeatureNotSupported("no such thing"), "failed (no such thing): run `pmtrack check`"),
        (psycopg.OperationalError("consuming input failed: server closed\nthe connection"), "lost the connection"),
        (psycopg.InterfaceError("the connection is closed"), "lost the connection"),
        (
            psycopg.OperationalError("connection failed: SSL error\nmore of it"),
            "cannot be reached (connection failed: S",
        ),
    ],
)
def test_every_failure_is_one_sentence(error: psycopg.Error, told: str) -> None:
    found = str(postgres.failure(locate(f"postgresql://pm:{SECRET}@db/pm", Path()), error))
    assert told in found
    assert found.startswith("the store postgresql://db/pm ")
    assert "\n" not in found


@pytest.mark.parametrize(
    "error",
    [
        psycopg.errors.SyntaxError("syntax error"),
        psycopg.errors.ForeignKeyViolation("x"),
        psycopg.errors.UndefinedColumn("x"),
        psycopg.DataError("cannot dump"),
        psycopg.ProgrammingError("cannot adapt type"),
    ],
)
def test_a_statement_that_is_wrong_stays_a_bug(error: psycopg.Error) -> None:
    assert postgres.failure(locate("postgresql://db/pm", Path()), error) is None


@pytest.mark.parametrize("use", ["Store.open", "read.snapshot"])
def test_without_psycopg_a_sentence_says_what_to_install(use: str) -> None:
    program = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from pathlib import Path; from pmtrack.errors import StoreError; from pmtrack.store import read\n"
        "from pmtrack.store.database import Store\n"
        f"try: {use}('postgresql://pm:{SECRET}@db/pm', Path())\n"
        "except StoreError as error: print(error)"
    )
    found = subprocess.run([sys.executable, "-"], input=program, capture_output=True, text=True, check=True)
    assert found.stdout == "the store postgresql://db/pm needs psycopg: install pmtrack[postgres]\n"


# ---------------------------------------------------------------- passwords from where libpq looks


@pytest.fixture
def guarded(server_home: Home) -> Home:
    """A store whose user needs a password."""
    name = server_home.url.rpartition("?")[0].rpartition("/")[2]
    pg.server().ask(f"ALTER DATABASE {name} OWNER TO secretive")
    pg.server().ask("GRANT ALL ON ALL TABLES IN SCHEMA public TO secretive", name)
    pg.server().ask("GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO secretive", name)
    return Home(server_home.folder, server_home.url.replace("postgres@", "secretive@"))


def test_the_password_may_stand_in_pgpassword(guarded: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", SECRET)
    with guarded.opened() as store:
        stored.fill(store)
    assert len(guarded.snapshot().rows) == 1


def test_the_password_may_stand_in_pgpass(guarded: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "pgpass"
    canary.allow(file)
    file.write_text(f"*:*:*:secretive:{SECRET}\n", encoding="utf-8")
    file.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(file))
    with guarded.opened() as store:
        stored.fill(store)
    assert len(guarded.snapshot().rows) == 1


def test_the_password_may_stand_in_the_url(guarded: Home) -> None:
    url = guarded.url.replace("secretive@", f"secretive:{SECRET}@")
    with Store.open(url, Path()) as store:
        stored.fill(store)
        assert SECRET not in repr(store._engine.url) + repr(store._engine)
    assert len(read.snapshot(url, Path()).rows) == 1


# ---------------------------------------------------------------- a server that goes away


@pytest.fixture
def own_server() -> Iterator[Path]:
    """One that may be stopped. A socket's path has to be short."""
    with tempfile.TemporaryDirectory(prefix="pm", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        pg.start(folder, pg.UNSAFE)
        try:
            yield folder
        finally:
            pg.stop(folder)


def test_a_server_that_restarts_costs_one_transaction_and_the_same_store_goes_on(own_server: Path) -> None:
    url = pg.Server(own_server).url("postgres")
    with Store.open(url, Path()) as store:
        stored.fill(store)

        def interrupted() -> None:
            with store.writing() as writer:
                writer.save_document(stored.document(title="Another day"))
                pg.stop(own_server, "fast")
                writer.drop_link("I1")

        with pytest.raises(StoreError, match="try again") as caught:
            interrupted()
        assert str(caught.value).startswith("the store postgresql://")
        for use in (store.links, lambda: read.snapshot(url, Path()), lambda: store.journal("acme").news(0)):
            with pytest.raises(StoreError, match="cannot be reached: start its server"):
                use()
        pg.start(own_server, pg.UNSAFE)
        assert store.links() == {"I1": stored.link()}
        assert store.documents("docs") == {"a.md": stored.document()}
        with store.writing() as writer:
            writer.drop_link("I1")


def test_a_server_that_restarted_between_two_runs_is_no_failure(own_server: Path) -> None:
    with Store.open(pg.Server(own_server).url("postgres"), Path()) as store:
        stored.fill(store)
        pg.stop(own_server, "fast")
        pg.start(own_server, pg.UNSAFE)
        with store.writing() as writer:
            writer.drop_link("I1")
        assert store.links() == {}


# ---------------------------------------------------------------- looking


def test_a_look_sees_the_store_itself_and_can_write_nothing_but_a_journal(server_home: Home) -> None:
    with server_home.opened() as store:
        stored.fill(store)
    with server_home.opened(create=False) as looking:
        assert looking.links() == {"I1": stored.link()}
        with pytest.raises(StoreError, match="can only be read"), looking.writing() as writer:
            writer.drop_link("I1")
        with looking.journal("acme").turn() as turn:
            turn.add(1.0, "create")
        assert looking.links() == {"I1": stored.link()}
    with server_home.opened() as store:
        assert len(store.journal("acme").news(0)) == 1
        with store.writing() as writer:
            writer.drop_link("I1")
        assert store.links() == {}


def test_a_look_at_an_empty_database_leaves_it_empty(empty_server: str) -> None:
    with Store.open(empty_server, Path(), create=False) as looking:
        stored.fill(looking)
        assert looking.links()
    assert read.snapshot(empty_server, Path()) == Snapshot()
    assert read.history(empty_server, Path()) == unsettled(empty_server, Path(), stored.NOON) == ()
    name = empty_server.rpartition("?")[0].rpartition("/")[2]
    assert pg.server().ask("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace", name) == []


def test_a_look_at_an_earlier_versions_store_says_what_converts_it(server_home: Home) -> None:
    name = server_home.url.rpartition("?")[0].rpartition("/")[2]
    pg.server().ask("UPDATE alembic_version SET version_num = '0001'", name)
    assert "run `pmtrack sync` once, which converts it" in refused(server_home.url, _look)


def test_what_did_not_arrive_is_read_lightly(home: Home) -> None:
    with home.opened() as store, store.writing() as writer:
        writer.outbox.claim("2026-W10", "a:", stored.NOON)
        assert writer.outbox.of("2026-W10")["a:"].claimed_at == stored.NOON
        writer.outbox.settle("2026-W10", "a:", Outcome.REFUSED, error="550")
    (one,) = unsettled(home.url, home.folder, stored.NOON)
    assert (one.recipient, one.error, one.claimed_at) == ("a:", "550", stored.NOON)
    assert one.claimed_at.tzinfo == UTC


# ---------------------------------------------------------------- what a pooler needs, and what time it is


def test_nothing_is_said_that_outlives_a_transaction(empty_server: str) -> None:
    said: list[str] = []

    def hear(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        said.append(statement.strip().upper())

    event.listen(Engine, "before_cursor_execute", hear)
    try:
        with Store.open(empty_server, Path()) as store:
            stored.fill(store)
            with store.writing() as writer:
                writer.hint("board", ["1"])
                writer.heard("d1", stored.NOON)
                writer.save_names({"a": "b"})
            with store.journal("acme").turn() as turn:
                turn.add(1.0, "create")
            for _ in range(10):
                store.links(["I1"])
            with store._connected() as connection:
                assert connection.exec_driver_sql("SELECT count(*) FROM pg_prepared_statements").scalar() == 0
    finally:
        event.remove(Engine, "before_cursor_execute", hear)
    words = ("SET ", "LISTEN", "PREPARE", "DECLARE", "CREATE TEMP")
    assert [one for one in said if one.startswith(words) or "ADVISORY_LOCK(" in one] == []
    assert any("PG_ADVISORY_XACT_LOCK(" in one for one in said)


def test_ids_have_64_bits(home: Home) -> None:
    far = 2**40
    with home.opened() as store:
        with store.writing() as writer:
            writer.save_document(stored.document())
            writer.save_items([stored.known(position=far)])
            writer.record(stored.event())
        if home.on_server:
            with store._connected() as connection, connection.begin():
                for table in ("history", "requests", "hints"):
                    connection.exec_driver_sql(f"SELECT setval('{table}_id_seq', {far})")
            with store.writing() as writer:
                writer.record(stored.event())
                writer.hint("board", ["1"])
            with store.journal("acme").turn() as turn:
                assert turn.add(1.0, "create") > far
            assert store.history()[-1].id == far + 1
            assert store.hints(["board"])[0].id > far
        assert store.items("docs")[0].position == far


def test_the_clock_is_the_databases_and_goes_on_within_a_transaction(home: Home) -> None:
    leases = metadata.tables["leases"]
    with home.opened() as store:
        before = store.clock()
        with store._transaction() as connection:
            now = connection.execute(select(database_now())).scalar_one()
            values = {"name": "x", "holder": "h", "epoch": 1, "began": database_now(), "until": database_now() + 60}
            connection.execute(leases.insert().values(values))
            connection.execute(leases.update().values(until=database_now() + 90))
            began, until = connection.execute(select(leases.c.began, leases.c.until)).one()
            assert connection.execute(select(leases.c.name).where(leases.c.until > database_now())).all()
        assert before <= now <= began <= until - 90 < store.clock() + 0.01
        assert 89.9 < until - began < 95


def test_a_guard_is_asked_before_anything_is_written(home: Home) -> None:
    with home.opened() as store:

        def refuse(_connection: object) -> None:
            raise StoreError("not yours: try again")

        store.guard = refuse
        with pytest.raises(StoreError, match="not yours"), store.writing():
            pytest.fail("it was let in")
        with store.journal("acme").turn() as turn:
            turn.add(1.0, "create")
