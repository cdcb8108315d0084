"""The schema, brought to what this version needs by alembic, from whatever version made it."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from pmtrack.errors import StoreError


def config() -> Config:
    """The migrations of this package, without a file of their own."""
    found = Config()
    found.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return found


def upgrade(engine: Engine, name: str) -> None:
    """Run the migrations that this store has not seen, in one transaction.

    Raises:
        StoreError: it was made by a later version of pmtrack.
    """
    scripts = ScriptDirectory.from_config(config())
    with engine.begin() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
        if current == scripts.get_current_head():
            return
        if current and current not in {script.revision for script in scripts.walk_revisions()}:
            raise StoreError(f"the store {name} was made by a later pmtrack: upgrade pmtrack, or name another store")
        found = config()
        found.attributes["connection"] = connection
        command.upgrade(found, "head")
