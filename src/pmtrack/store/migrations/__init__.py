"""The schema, brought to what this version needs by alembic, from whatever version made it."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import cast

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine

from pmtrack.errors import StoreError
from pmtrack.store.engine import IMMEDIATE


def config(connection: Connection) -> Config:
    """The migrations of this package on a connection, without a file of their own."""
    found = Config(attributes={"connection": connection})
    found.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return found


def upgrade(engine: Engine, name: str, to: str = "head") -> None:
    """Run the migrations that this store has not seen, in one transaction.

    Raises:
        StoreError: what a migration left contradicts itself; the store is as it was.
    """
    with engine.connect().execution_options(**IMMEDIATE) as connection:
        raw = cast("sqlite3.Connection", connection.connection.driver_connection)
        # A table that is made anew must not take the rows with it that refer to it; SQLite heeds this only outside of
        # a transaction.
        raw.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                command.upgrade(config(connection), to)
                if raw.execute("PRAGMA foreign_key_check").fetchone():
                    raise StoreError(f"the store {name} does not fit this version: go back, and report it")
        finally:
            raw.execute("PRAGMA foreign_keys=ON")
