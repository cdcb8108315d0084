"""What the two databases are asked for in different words: an upsert, and to be alone for a moment."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Connection, Select, Table, func, select

if TYPE_CHECKING:
    from sqlalchemy.dialects.sqlite import Insert

POSTGRESQL = "postgresql"


def insert_into(connection: Connection, table: Table) -> Insert:
    """An INSERT that knows `on_conflict_do_update` and `on_conflict_do_nothing`."""
    return _insert(connection.dialect.name, table)


@cache
def _insert(dialect: str, table: Table) -> Insert:
    # Only the dialect that is used is loaded. Both have the same methods.
    return cast("Insert", import_module(f"sqlalchemy.dialects.{dialect}").insert(table))


def alone(connection: Connection, what: str) -> None:
    """Until this transaction ends nobody else is in one that asked for the same.

    SQLite has one writer at a time anyway. On PostgreSQL the lock belongs to the transaction, since behind a pooler a
    session is not ours.
    """
    if connection.dialect.name == POSTGRESQL:
        connection.execute(select(func.pg_advisory_xact_lock(_key(what))))


def locked(connection: Connection, query: Select[Any]) -> None:
    """Until this transaction ends nobody else changes these rows."""
    if connection.dialect.name == POSTGRESQL:
        connection.execute(query.with_for_update(key_share=True))


def _key(what: str) -> int:
    """64 bits of a name."""
    return int.from_bytes(sha256(f"pmtrack {what}".encode()).digest()[:8], signed=True)
