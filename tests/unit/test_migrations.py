"""Every store of an earlier version becomes one of this version, with all that is in it, or stays as it was."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.schema import CreateTable

from pmtrack.errors import StoreError
from pmtrack.model import Document, Snapshot
from pmtrack.store import migrations, opening, place
from pmtrack.store.database import Store
from pmtrack.store.engine import connect
from pmtrack.store.outbox import Outcome
from pmtrack.store.tables import metadata
from support import stored
from support.stored import Home


@pytest.fixture
def engine(empty_home: Home) -> Iterator[Engine]:
    found = connect(empty_home.place)
    yield found
    found.dispose()


def scripts(engine: Engine) -> ScriptDirectory:
    with engine.connect() as connection:
        return ScriptDirectory.from_config(migrations.config(connection))


def test_there_is_one_head_and_the_light_reader_knows_it(engine: Engine) -> None:
    assert scripts(engine).get_heads() == [place.HEAD]


def test_a_later_revision_is_a_greater_number(engine: Engine) -> None:
    revisions = [script.revision for script in scripts(engine).walk_revisions("base", "heads")]
    assert revisions == sorted(revisions, reverse=True)
    assert all(re.fullmatch(r"\d{4}", revision) for revision in revisions)


def test_the_migrations_make_what_the_tables_say(empty_home: Home, engine: Engine) -> None:
    migrations.upgrade(engine, empty_home.place)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_the_checks_of_the_tables_are_in_the_database(empty_home: Home, engine: Engine) -> None:
    """Autogenerate does not see them."""
    wanted = {check for table in metadata.tables.values() for check in re.findall(r"CONSTRAINT (ck_\w+)", _ddl(table))}
    migrations.upgrade(engine, empty_home.place)
    with engine.connect() as connection:
        made = {str(one["name"]) for name in metadata.tables for one in inspect(connection).get_check_constraints(name)}
    assert wanted
    assert wanted == made


def test_every_constraint_has_a_name() -> None:
    """Without one a later migration could not change it on SQLite."""
    assert all(constraint.name for table in metadata.tables.values() for constraint in table.constraints)
    assert all(index.name for table in metadata.tables.values() for index in table.indexes)


def test_the_tables_can_be_made_on_postgresql() -> None:
    types = {type(column.type).__name__ for table in metadata.tables.values() for column in table.columns}
    assert types <= {"AutoString", "Whole", "Float", "Boolean", "Date", "UTCDateTime"}
    assert all("CREATE TABLE" in _ddl(table) for table in metadata.tables.values())


def _ddl(table: object) -> str:
    return str(CreateTable(table).compile(dialect=postgresql.dialect()))  # type: ignore[arg-type]


def test_down_and_up_again_are_the_same_tables(empty_home: Home, engine: Engine) -> None:
    migrations.upgrade(engine, empty_home.place)
    with engine.begin() as connection:
        command.downgrade(migrations.config(connection), "base")
        assert inspect(connection).get_table_names() == ["alembic_version"]
    migrations.upgrade(engine, empty_home.place)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_an_up_to_date_store_is_opened_without_alembic(home: Home) -> None:
    home.opened().close()
    program = (
        "import sys; from pathlib import Path; from support import stored\n"
        "stored.Home(Path(sys.argv[1]), sys.argv[2]).opened().close(); sys.exit('alembic' in sys.modules)"
    )
    command_line = [sys.executable, "-c", program, str(home.folder), home.url]
    subprocess.run(command_line, cwd=Path(stored.__file__).parents[1], check=True)


def test_three_processes_can_make_one_store_together(empty_home: Home) -> None:
    program = (
        "import sys; from pathlib import Path; from support import stored; import pmtrack.store.migrations\n"
        "home = stored.Home(Path(sys.argv[1]), sys.argv[2])\n"
        "print('ready', flush=True); sys.stdin.readline(); home.opened().close()"
    )
    tests = Path(stored.__file__).parents[1]
    command_line = [sys.executable, "-c", program, str(empty_home.folder), empty_home.url]
    all_of_them = [
        subprocess.Popen(command_line, cwd=tests, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    for process in all_of_them:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in all_of_them:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in all_of_them:
        process.communicate()
        assert process.returncode == 0
    with empty_home.opened() as store:
        stored.fill(store)


NEXT = '''"""The next version."""
import sqlalchemy as sa
from alembic import op

revision, down_revision = "{revision}", "{head}"
branch_labels = depends_on = None


def upgrade() -> None:
{steps}


def downgrade() -> None:
    pass
'''
REBUILD = """
    with op.batch_alter_table("items", recreate="always") as batch:
        batch.add_column(sa.Column("team", sa.String(), nullable=False, server_default="none"))
    with op.batch_alter_table("documents", recreate="always") as batch:
        batch.alter_column("severity", nullable=False, server_default="?", existing_type=sa.String())
"""
FAIL_LATE = REBUILD.replace('"documents"', '"nowhere"')
LEAVE_ORPHANS = """
    op.execute("DELETE FROM items")
"""


@contextmanager
def _next_version(folder: Path, monkeypatch: pytest.MonkeyPatch, steps: str) -> Iterator[str]:
    """A pmtrack with one migration more."""
    revision = f"{int(place.HEAD) + 1:04}"
    folder.mkdir()
    (folder / f"{revision}_next.py").write_text(NEXT.format(revision=revision, head=place.HEAD, steps=steps))
    own = migrations.config

    def config(connection: Connection) -> Config:
        found = own(connection)
        home = found.get_main_option("script_location")
        found.set_main_option("path_separator", "newline")
        found.set_main_option("version_locations", f"{home}/versions\n{folder}")
        return found

    with monkeypatch.context() as patch:
        patch.setattr(migrations, "config", config)
        patch.setattr(place, "HEAD", revision)
        patch.setattr(opening, "HEAD", revision)
        yield revision


def test_rows_survive_tables_that_are_made_anew(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Links and intentions refer to the items, items to the documents: with references heeded, they would go."""
    with home.opened() as store, store.writing() as writer:
        writer.save_document(stored.document(severity="SEV1"))
        writer.save_items([stored.known()])
        writer.save_link(stored.link())
        writer.intend(stored.intention())
    steps = REBUILD.replace("always", "auto") if home.on_server else REBUILD
    with _next_version(tmp_path / "next", monkeypatch, steps) as revision, home.opened() as store:
        with store._connected() as connection:
            assert connection.exec_driver_sql("SELECT team, severity FROM items, documents").one() == ("none", "SEV1")
        assert _version(store) == revision
        assert store.links() == {"I1": stored.link()}
        assert store.intentions() == {"I1": stored.intention()}
        with pytest.raises(IntegrityError), store.writing() as writer:
            writer.save_link(stored.link("I9", "9"))


@pytest.mark.parametrize("steps", [FAIL_LATE, LEAVE_ORPHANS], ids=["fails late", "leaves orphans"])
def test_a_migration_that_fails_leaves_the_store_as_it_was(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps: str
) -> None:
    with home.opened() as store:
        stored.fill(store)
    before = home.snapshot()
    steps = steps.replace("always", "auto") if home.on_server else steps
    with _next_version(tmp_path / "next", monkeypatch, steps), pytest.raises((StoreError, SQLAlchemyError)):
        home.opened()
    assert home.snapshot() == before != Snapshot()
    with home.opened() as store:
        assert _version(store) == place.HEAD


@pytest.mark.sqlite
def test_a_migration_that_leaves_orphans_in_a_file_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """References are not heeded while it runs, so they are looked at in the end."""
    with stored.opened(tmp_path) as store:
        stored.fill(store)
    with (
        _next_version(tmp_path / "next", monkeypatch, LEAVE_ORPHANS),
        pytest.raises(StoreError, match="does not fit this version: go back, and report it"),
    ):
        stored.opened(tmp_path)


def _version(store: Store) -> object:
    with store._connected() as connection:
        return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()


@pytest.mark.sqlite
def test_looking_with_a_later_version_migrates_only_the_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with stored.opened(tmp_path) as store:
        stored.fill(store)
        with store.writing() as writer:
            writer.save_document(stored.document(severity="SEV1"))
    before = (tmp_path / "pmtrack.db").read_bytes()
    with (
        _next_version(tmp_path / "next", monkeypatch, REBUILD),
        Store.open(stored.URL, tmp_path, create=False) as store,
    ):
        assert store.links() == {"I1": stored.link()}
    assert (tmp_path / "pmtrack.db").read_bytes() == before


REVISIONS = [f"{number:04}" for number in range(1, int(place.HEAD))]

SAID = '{"due":"2026-03-02","owners":[],"priority":null,"status":"open","title":"Half \\ud83d and \\u0000"}'
CLOSED = SAID.replace("open", "done")
OPEN_DUE = {"I1": date(2026, 3, 2), "I2": None, "I3": date(2026, 3, 2)}

OLD_ROWS = [
    """INSERT INTO documents VALUES ('docs', 'a.md', 'v1', '1', 'A bad day', '2026-03-02', NULL, NULL, NULL,
       FALSE, FALSE, TRUE, '[]', NULL, '', NULL, NULL, NULL)""",
    *(
        f"""INSERT INTO items (ident, source, path, position, item, stated, first_seen, acceptance, present)
        VALUES ('{ident}', 'docs', 'a.md', 0, '{{}}', '{said}', '2026-03-02', 'accepted', TRUE)"""
        for ident, said in (("I1", SAID), ("I2", CLOSED), ("I3", SAID.replace('"open"', "null")))
    ),
    *(
        f"""INSERT INTO links
        (ident, tracker, issue_id, ref, document, issue, agreed, unstated, adopted, gone, orphaned)
        VALUES ('{ident}', 'board', '{ident}', '["board","{ident}","#","x"]', '{said}', '{said}', '{said}', '[]',
        FALSE, FALSE, FALSE)"""
        for ident, said in (("I1", SAID), ("I2", CLOSED), ("I3", SAID))
    ),
    f"""INSERT INTO intentions VALUES
        ('I1', 'board', '["I1","a.md","d"]', '{SAID}', '{SAID}', '2026-03-02 12:00:00+00:00', '6', 1)""",
    """INSERT INTO history (at, ident, kind, name, acknowledged, run)
       VALUES ('2026-03-02 12:00:00+00:00', 'I1', 'changed', 'title', TRUE, 'r1')""",
    "INSERT INTO holds VALUES ('h1', 'creates', 'docs', '[]', 'look')",
    "INSERT INTO cursors VALUES ('tracker:board', 'c1', '2026-03-02 12:00:00+00:00', NULL)",
    """INSERT INTO digests (period, recipient, claimed_at, sent_at)
       VALUES ('2026-W10', 'file:a', '2026-03-02', '2026-03-02')""",
    "INSERT INTO digests (period, recipient, claimed_at) VALUES ('2026-W10', 'file:b', '2026-03-02')",
]
"""What the first version may have left, in words that both databases take."""


@pytest.mark.parametrize("revision", REVISIONS)
def test_the_rows_of_every_earlier_version_are_there_afterwards(
    empty_home: Home, engine: Engine, revision: str
) -> None:
    """With what later versions keep besides worked out of them; what was claimed and not sent, somebody died over."""
    migrations.upgrade(engine, empty_home.place, to=revision)
    with engine.begin() as connection:
        for statement in OLD_ROWS:
            connection.exec_driver_sql(statement)
        if revision >= "0003":
            connection.exec_driver_sql("UPDATE digests SET outcome = 'sent' WHERE sent_at IS NOT NULL")
        if revision >= "0004":
            connection.exec_driver_sql("UPDATE items SET open_due = '2026-03-02' WHERE ident <> 'I2'")
            connection.exec_driver_sql("UPDATE links SET open_due = '2026-03-02' WHERE ident <> 'I2'")
    with empty_home.opened() as store:
        assert _version(store) == place.HEAD
        assert sorted(store.links()) == sorted(ident for (ident,) in _items(store)) == ["I1", "I2", "I3"]
        assert store.links()["I1"].agreed.title == "Half \ud83d and \0"
        assert (len(store.history()), list(store.intentions()), list(store.holds())) == (1, ["I1"], ["h1"])
        assert store.cursor("tracker:board") == "c1"
        assert _open_due(store, "items") == _open_due(store, "links") == OPEN_DUE
        document = store.documents("docs")["a.md"]
        assert (document.matter, document.changed_at) == (None, datetime(2026, 3, 2, tzinfo=UTC))
        assert _saving_writes_nothing(store, document)
        with store.writing() as writer:
            sent = writer.outbox.of("2026-W10")
        assert {to: (one.outcome, one.tries) for to, one in sent.items()} == {
            "file:a": (Outcome.SENT, 1),
            "file:b": (Outcome.SENDING, 1),
        }
        with store.writing() as writer:
            writer.record(stored.event("I2"))
        assert [event.ident for event in store.history()] == ["I1", "I2"]


def _items(store: Store) -> list[tuple[str, ...]]:
    with store._connected() as connection:
        return list(connection.execute(select(metadata.tables["items"].c.ident)))


def _saving_writes_nothing(store: Store, document: Document) -> bool:
    """What a migration filled in stands there as a later run would write it."""
    with store._connected() as connection:
        before = connection.exec_driver_sql("SELECT * FROM documents").all()
    with store.writing() as writer:
        writer.save_document(document)
    with store._connected() as connection:
        return bool(before == connection.exec_driver_sql("SELECT * FROM documents").all())


def _open_due(store: Store, table: str) -> dict[str, date | None]:
    columns = metadata.tables[table].c
    with store._connected() as connection:
        return dict(connection.execute(select(columns.ident, columns.open_due)).all())
