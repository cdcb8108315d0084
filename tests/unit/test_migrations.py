"""Every store of an earlier version becomes one of this version, with all that is in it, or stays as it was."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from pmtrack.errors import StoreError
from pmtrack.model import Snapshot
from pmtrack.store import database, migrations, place, read
from pmtrack.store.engine import connect
from pmtrack.store.tables import metadata
from support import stored


@pytest.fixture
def engine() -> Iterator[Engine]:
    found = connect(None)
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


def test_the_migrations_make_what_the_tables_say(engine: Engine) -> None:
    migrations.upgrade(engine, "x")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_the_checks_of_the_tables_are_in_the_database(engine: Engine) -> None:
    """Autogenerate does not see them."""
    wanted = {check for table in metadata.tables.values() for check in re.findall(r"CONSTRAINT ck_\w+", _ddl(table))}
    migrations.upgrade(engine, "x")
    with engine.connect() as connection:
        made = " ".join(connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE sql NOT NULL").scalars())
    assert wanted
    assert wanted == set(re.findall(r"CONSTRAINT ck_\w+", made))


def test_every_constraint_has_a_name() -> None:
    """Without one a later migration could not change it on SQLite."""
    assert all(constraint.name for table in metadata.tables.values() for constraint in table.constraints)
    assert all(index.name for table in metadata.tables.values() for index in table.indexes)


def test_the_tables_can_be_made_on_postgresql() -> None:
    types = {type(column.type).__name__ for table in metadata.tables.values() for column in table.columns}
    assert types <= {"AutoString", "Integer", "Float", "Boolean", "Date", "UTCDateTime"}
    assert all("CREATE TABLE" in _ddl(table) for table in metadata.tables.values())


def _ddl(table: object) -> str:
    return str(CreateTable(table).compile(dialect=postgresql.dialect()))  # type: ignore[arg-type]


def test_down_and_up_again_are_the_same_tables(engine: Engine) -> None:
    migrations.upgrade(engine, "x")
    with engine.begin() as connection:
        command.downgrade(migrations.config(connection), "base")
        left = (
            connection.exec_driver_sql(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            )
            .scalars()
            .all()
        )
        assert list(left) == ["alembic_version"]
    migrations.upgrade(engine, "x")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_an_up_to_date_store_is_opened_without_alembic(tmp_path: Path) -> None:
    stored.opened(tmp_path).close()
    program = (
        "import sys; from pathlib import Path; from support import stored\n"
        "stored.opened(Path(sys.argv[1])).close(); sys.exit('alembic' in sys.modules)"
    )
    tests = Path(stored.__file__).parents[1]
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], cwd=tests, check=True)


def test_two_processes_can_make_one_store_together(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from support import stored; import pmtrack.store.migrations\n"
        "print('ready', flush=True); sys.stdin.readline(); stored.opened(Path(sys.argv[1])).close()"
    )
    tests, command_line = Path(stored.__file__).parents[1], [sys.executable, "-c", program, str(tmp_path)]
    both = [
        subprocess.Popen(command_line, cwd=tests, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for process in both:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in both:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in both:
        process.communicate()
        assert process.returncode == 0
    with stored.opened(tmp_path) as store:
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
        patch.setattr(database, "HEAD", revision)
        yield revision


def test_rows_survive_tables_that_are_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Links and intentions refer to the items, items to the documents: with references heeded, they would go."""
    with stored.opened(tmp_path) as store, store.writing() as writer:
        writer.save_document(stored.document(severity="SEV1"))
        writer.save_items([stored.known()])
        writer.save_link(stored.link())
        writer.intend(stored.intention())
    with _next_version(tmp_path / "next", monkeypatch, REBUILD) as revision, stored.opened(tmp_path) as store:
        with store._connected() as connection:
            assert connection.exec_driver_sql("SELECT team, severity FROM items, documents").one() == ("none", "SEV1")
            assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == revision
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert store.links() == {"I1": stored.link()}
        assert store.intentions() == {"I1": stored.intention()}


@pytest.mark.parametrize(
    ("steps", "error"), [(FAIL_LATE, Exception), (LEAVE_ORPHANS, StoreError)], ids=["fails late", "leaves orphans"]
)
def test_a_migration_that_fails_leaves_the_store_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps: str, error: type[Exception]
) -> None:
    with stored.opened(tmp_path) as store:
        stored.fill(store)
    before = read.snapshot(stored.URL, tmp_path)
    with _next_version(tmp_path / "next", monkeypatch, steps), pytest.raises(error):
        stored.opened(tmp_path)
    assert read.snapshot(stored.URL, tmp_path) == before != Snapshot()
    with stored.opened(tmp_path) as store, store._connected() as connection:
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == place.HEAD


def test_looking_with_a_later_version_migrates_only_the_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with stored.opened(tmp_path) as store:
        stored.fill(store)
        with store.writing() as writer:
            writer.save_document(stored.document(severity="SEV1"))
    before = (tmp_path / "pmtrack.db").read_bytes()
    with (
        _next_version(tmp_path / "next", monkeypatch, REBUILD),
        database.Store.open(stored.URL, tmp_path, create=False) as store,
    ):
        assert store.links() == {"I1": stored.link()}
    assert (tmp_path / "pmtrack.db").read_bytes() == before


def test_what_an_earlier_version_sent_stays_sent(engine: Engine) -> None:
    """And what it claimed and did not write down is a message that it died over."""
    migrations.upgrade(engine, "x", to="0002")
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO digests VALUES ('2026-W10', 'file:a', '2026-03-02', '2026-03-02')")
        connection.exec_driver_sql("INSERT INTO digests VALUES ('2026-W10', 'file:b', '2026-03-02', NULL)")
    migrations.upgrade(engine, "x")
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT recipient, outcome, tries, error FROM digests ORDER BY recipient"
        ).all()
    assert [tuple(row) for row in rows] == [("file:a", "sent", 1, None), ("file:b", "sending", 1, None)]


def test_what_is_open_and_due_is_known_of_a_store_made_before_that_was_asked(tmp_path: Path) -> None:
    with stored.opened(tmp_path) as store:
        stored.fill(store)
        wanted = _open_due(store)
    assert any(due for _, due in wanted)
    engine = connect(tmp_path / "pmtrack.db")
    with engine.connect() as connection:
        connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
        with connection.begin():
            command.downgrade(migrations.config(connection), "0003")
    engine.dispose()
    with stored.opened(tmp_path) as store:
        assert _open_due(store) == wanted


def _open_due(store: database.Store) -> list[tuple[str, str | None]]:
    query = "SELECT ident, open_due FROM items UNION ALL SELECT ident, open_due FROM links ORDER BY 1, 2"
    with store._connected() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(query)]
