"""The schema, brought to what this version needs by alembic, from whatever version made it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine

from pmtrack.errors import StoreError
from pmtrack.store.dialects import alone
from pmtrack.store.engine import WRITES, stands_at
from pmtrack.store.place import Place


def config(connection: Connection) -> Config:
    """The migrations of this package on a connection, without a file of their own."""
    found = Config(attributes={"connection": connection})
    found.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return found


def upgrade(engine: Engine, place: Place, to: str = "head") -> None:
    """Run the migrations that this store has not seen, in one transaction; where others come at once, one does.

    Raises:
        StoreError: what a migration left contradicts itself; the store is as it was.
    """
    with engine.connect().execution_options(**WRITES) as connection:
        how = _on_server if place.server else _in_file
        with how(connection, place):
            stands_at(connection, place)
            command.upgrade(config(connection), to)


@contextmanager
def _on_server(connection: Connection, _place: Place) -> Iterator[None]:
    with connection.begin():
        alone(connection, "migrations")
        yield


@contextmanager
def _in_file(connection: Connection, place: Place) -> Iterator[None]:
    raw = cast("sqlite3.Connection", connection.connection.driver_connection)
    # A table that is made anew must not take the rows with it that refer to it; SQLite heeds this only outside of
    # a transaction.
    raw.execute("PRAGMA foreign_keys=OFF")
    try:
        with connection.begin():
            yield
            if raw.execute("PRAGMA foreign_key_check").fetchone():
                raise StoreError(f"the store {place.name} does not fit this version: go back, and report it")
    finally:
        raw.execute("PRAGMA foreign_keys=ON")
