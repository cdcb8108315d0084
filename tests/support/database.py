"""The store of a test's folder, looked at and tampered with from outside, wherever it is."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from support import pg

IN_FILE = "sqlite:///pmtrack.db"
_STORE = re.compile(r'^store = "(.*)"$', re.MULTILINE)


def url_of(folder: Path) -> str:
    """The URL of the store of a folder, of a new one where all stores of this test run are on a server."""
    if not pg.WANTED:
        return IN_FILE
    made = pg.databases(folder)
    return pg.server().url(made[0]) if made else pg.database_of(folder)


def configured(text: str, folder: Path) -> str:
    """A configuration that names such a store where it named one in a file."""
    return text.replace(IN_FILE, url_of(folder)) if IN_FILE in text else text


def failures() -> dict[str, Callable[[], Exception]]:
    """What a database says in SQLite's words -> how the one of this test run says it."""
    words = ("disk I/O error", "database is locked", "database or disk is full")
    if not pg.WANTED:
        return {word: partial(sqlite3.OperationalError, word) for word in words}
    from psycopg.errors import DiskFull, IoError, LockNotAvailable

    return {word: partial(kind, word) for word, kind in zip(words, (IoError, LockNotAvailable, DiskFull), strict=True)}


@dataclass(frozen=True, slots=True)
class Database:
    """One store.

    Args:
        url: as a configuration in this folder names it.
    """

    url: str
    folder: Path

    @classmethod
    def named_in(cls, config: Path) -> Database:
        found = _STORE.search(config.read_text(encoding="utf-8"))
        assert found, f"{config} names no store"
        return cls(found[1], config.parent)

    @property
    def file(self) -> Path:
        assert not self.is_served, "is in no file: mark the test with pytest.mark.sqlite"
        return self.folder / self.url.removeprefix("sqlite:///")

    @property
    def is_served(self) -> bool:
        return self.url.startswith("postgresql")

    @property
    def _name(self) -> str:
        return self.url.partition("?")[0].rpartition("/")[2]

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """A query that changes nothing."""
        if self.is_served:
            return pg.server().ask(query, self._name)
        with closing(sqlite3.connect(self.file)) as connection:
            return list(connection.execute(query))

    def change(self, *statements: str) -> None:
        if self.is_served:
            for statement in statements:
                pg.server().ask(statement, self._name)
            return
        with closing(sqlite3.connect(self.file)) as connection, connection:
            for statement in statements:
                connection.execute(statement)

    def rows(self, tables: Iterable[str]) -> dict[str, list[tuple[Any, ...]]]:
        """Every row, in an order that rests on what is in them only."""
        return {table: sorted(self.ask(f"SELECT * FROM {table}"), key=repr) for table in tables}

    def forget_leases(self) -> None:
        """As if so much time had passed that nobody waits for a worker that was killed."""
        if self.is_served:
            self.change("UPDATE leases SET until = 0")

    def lose(self) -> None:
        """As if somebody had removed it."""
        if self.is_served:
            pg.server().drop(self._name)
            pg.server().make("template0", self._name)
            return
        for file in self.file.parent.glob(f"{self.file.name}*"):
            file.unlink()

    def keep(self) -> str:
        """A copy for `restore`."""
        if self.is_served:
            return pg.database_of(self.folder, self._name)
        kept = self.file.with_name("pmtrack.kept")
        with closing(sqlite3.connect(self.file)) as source, closing(sqlite3.connect(kept)) as target:
            source.backup(target)
        return str(kept)

    def restore(self, kept: str) -> None:
        """As if somebody had restored that copy, which goes."""
        if self.is_served:
            copy = Database(kept, self.folder)._name
            pg.server().drop(self._name)
            pg.server().make(copy, self._name)
            pg.server().drop(copy)
            return
        self.lose()
        Path(kept).rename(self.file)

    def copied(self, to: Path) -> Database:
        """A store on the server with the same in it, for another folder."""
        return Database(pg.database_of(to, self._name), to)
