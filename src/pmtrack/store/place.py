"""Where the database is, which version its tables have, and what SQLite's failures mean. Standard library only.

`pmtrack status` must not wait for SQLAlchemy to load, so what reading and writing share stands here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qs

from pmtrack.errors import ConfigError, StoreError
from pmtrack.secrets import has, secret

PREFIX = "sqlite:///"
MEMORY = "sqlite://"
BUSY_SECONDS = 5

HEAD = "0006"
"""The newest migration. Revisions are numbers of four digits, so that a later one is a greater one."""

OURS = "documents"
"""A table of every version. With alembic's own it tells our store from another program that uses alembic."""

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

_HOST = r"(?:\[[0-9A-Fa-f:.]+\]|[^][:@/?#,\s]*)(?::\d*)?"
_SERVER = re.compile(
    r"postgres(?:ql)?://"
    r"(?:[^:@/?#\s]*(?::[^@/?#\s]*)?@)?"  # user and password
    rf"(?P<hosts>{_HOST}(?:,{_HOST})*)"
    r"(?:/(?P<database>[^@/?#\s]*))?"
    r"(?:\?(?P<more>\w+=[^&@#\s]*(?:&\w+=[^&@#\s]*)*))?"
)
"""A PostgreSQL URL that can be read in one way only, so that no part of a password is taken for the host's name."""


class Answers(Protocol):
    """What a query found, as both databases have it."""

    def fetchone(self) -> Any: ...
    def fetchall(self) -> list[Any]: ...
    def __iter__(self) -> Iterator[Any]: ...


class Asked(Protocol):
    """A database that is only read. Parameters are written `:name`."""

    def execute(self, query: str, parameters: Mapping[str, Any] = ..., /) -> Answers: ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where a store is: in a file, on a server, or else in memory.

    Attributes:
        name: what sentences call it. server: its URL, which may hold a password.
    """

    name: str
    file: Path | None = None
    server: str | None = field(default=None, repr=False)

    @property
    def tables(self) -> str:
        """The query for the names of the tables that are there."""
        return _TABLES_ON_SERVER if self.server else _TABLES_IN_FILE


_TABLES_IN_FILE = "SELECT name FROM sqlite_master WHERE type = 'table'"
_TABLES_ON_SERVER = (
    "SELECT relname FROM pg_catalog.pg_class "
    "WHERE relkind IN ('r', 'p') AND relnamespace = to_regnamespace(quote_ident(current_schema()))"
)


def chosen(configured: str, environment: Mapping[str, str] = os.environ) -> str:
    """The URL of the store: from the environment, where a password may stand, else as the configuration has it.

    Raises:
        ConfigError: PMTRACK_STORE_URL and PMTRACK_STORE_URL_FILE are both set, or the file cannot be read.
    """
    if not has("store", "URL", environment):
        return configured
    return secret("store", "URL", environment, fails=lambda sentence: ConfigError([sentence]))


def locate(url: str, base: Path) -> Place:
    """The place that a store's URL names; a file's is relative to `base`.

    Raises:
        StoreError: the URL names no store. What stands in it is not told, since it may be a password.
    """
    if url == MEMORY:
        return Place("in memory")
    if url.startswith(PREFIX) and url != PREFIX:
        file = base / url.removeprefix(PREFIX)
        return Place(str(file), file=file)
    if not url.startswith(("postgresql://", "postgres://")):
        raise StoreError("store: this is no kind of store: use sqlite:///pmtrack.db or postgresql://user@host/database")
    if not (found := _SERVER.fullmatch(url)):
        advice = "write postgresql://user@host/database, and in a password %40 for @, %3A for :, %2F for /"
        raise StoreError(f"store: the PostgreSQL URL cannot be read: {advice}")
    more = parse_qs(found["more"] or "")
    host, database = found["hosts"] or more.get("host", [""])[0], found["database"] or more.get("dbname", [""])[0]
    return Place(f"postgresql://{host}/{database}", server=url)


def without_secret(url: str) -> str:
    """What tells this store from others."""
    return locate(url, Path()).name if url.startswith("postgres") else url


def failure(name: str, error: BaseException) -> StoreError:
    """The sentence for what SQLite says."""
    words = str(error)
    advice = next((say for word, say in ADVICE if word in words.lower()), f"failed ({words}): run `pmtrack check`")
    return StoreError(f"the store {name} {advice}")


def revision(connection: Asked, place: Place) -> str | None:
    """The migration that the database stands at, None where it is empty.

    Raises:
        StoreError: it is another program's, or a later version's.
    """
    tables = {table for (table,) in connection.execute(place.tables)}
    if not tables:
        return None
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone() if _is_ours(tables) else None
    found = str(row[0]) if row else None
    if not _is_ours(tables) or (found and OURS not in tables):
        other = "name another database" if place.server else "name another file"
        raise StoreError(f"the store {place.name} is another program's database: {other}")
    if found and found > HEAD:
        raise StoreError(f"the store {place.name} was made by a later pmtrack: upgrade pmtrack, or name another store")
    return found


def _is_ours(tables: set[str]) -> bool:
    return "alembic_version" in tables


def outdated(place: Place) -> StoreError:
    """What to say of a store that only writing may convert."""
    advice = "run `pmtrack sync` once, which converts it"
    return StoreError(f"the store {place.name} was made by an earlier pmtrack: {advice}")
