"""Where the database is, which version its tables have, and what its failures mean. Standard library only.

`pmtrack status` must not wait for SQLAlchemy to load, so what reading and writing share stands here.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from pmtrack.errors import StoreError

PREFIX = "sqlite:///"
MEMORY = "sqlite://"
BUSY_SECONDS = 5

HEAD = "0005"
"""The newest migration. Revisions are numbers of four digits, so that a later one is a greater one."""

ADVICE = (
    ("locked", "is in use by another process: let it finish, or stop it, then try again"),
    ("full", "cannot be written because the disk is full: make room, then try again"),
    ("disk i/o", "cannot be read or written because the disk is full or failing: make room, then try again"),
    ("readonly", "is read-only: make it and its folder writable"),
    ("unable to open", "cannot be opened: make its folder, and make it readable and writable"),
    ("not a database", "is no pmtrack store: name another file, or move this one away"),
    ("malformed", "is damaged: move it away and sync again, the markers in the issues rebuild it"),
)
"""A word of SQLite's message -> what to tell a person."""


def database(url: str, base: Path) -> Path | None:
    """The file that a store's URL names, or None for one in memory.

    Raises:
        StoreError: the URL names no store of this version.
    """
    if url == MEMORY:
        return None
    if not url.startswith(PREFIX) or url == PREFIX:
        raise StoreError(f"store: {url.split(':', 1)[0]}: is not in this version yet: use sqlite:///pmtrack.db")
    return base / url.removeprefix(PREFIX)


def failure(name: str, error: BaseException) -> StoreError:
    """The sentence for what SQLite says."""
    words = str(error)
    advice = next((say for word, say in ADVICE if word in words.lower()), f"failed ({words}): run `pmtrack check`")
    return StoreError(f"the store {name} {advice}")


def revision(connection: sqlite3.Connection, name: str) -> str | None:
    """The migration that the database stands at, None where it is empty.

    Raises:
        StoreError: it is another program's, or a later version's.
    """
    tables = {table for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables:
        return None
    if "alembic_version" not in tables:
        raise StoreError(f"the store {name} is another program's database: name another file")
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    found = str(row[0]) if row else None
    if found and found > HEAD:
        raise StoreError(f"the store {name} was made by a later pmtrack: upgrade pmtrack, or name another store")
    return found
