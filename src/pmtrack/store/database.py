"""Reading and writing what is remembered between two runs: model values in and out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, Engine, select

from pmtrack.store.dbtime import database_now
from pmtrack.store.engine import WRITES, sentences
from pmtrack.store.journal import Journal
from pmtrack.store.leases import TTL, Leases
from pmtrack.store.opening import opened
from pmtrack.store.place import Place, locate
from pmtrack.store.reader import Reader
from pmtrack.store.writer import Writer

__all__ = ["Store", "Writer"]


READS = {"postgresql_readonly": True}
"""The execution options of a transaction in which the server refuses every write."""

Guard = Callable[[Connection], None]


def _let_everybody(_connection: Connection) -> None:
    """The guard of a store that nobody guards."""


class Store(Reader):
    """One open store. A context manager that closes it.

    Attributes:
        guard: called in each `writing` before anything is written; what it raises ends the transaction.
    """

    def __init__(self, engine: Engine, place: Place, *, reads_only: bool = False) -> None:
        self._engine = engine
        self._place = place
        self._reads_only = reads_only
        self.guard: Guard = _let_everybody

    @classmethod
    def open(cls, url: str, base: Path, *, create: bool = True) -> Self:
        """Open the store that a configuration names, migrated to what this version needs.

        Args:
            url: see `place.locate`.
            create: False to look only. What is then written goes to a copy in memory, an empty one where there is no
                store yet; on a server nothing can be written but the journals.

        Raises:
            StoreError: it cannot be opened, or is another program's or a later version's; or it is on a server, an
                earlier version's, and only to be looked at.
        """
        place = locate(url, base)
        with sentences(place):
            engine = opened(place, create=create)
        return cls(engine, place, reads_only=bool(place.server) and not create)

    def close(self) -> None:
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """One transaction: all of it, or nothing. Other processes wait for it to end, so it is to be short."""
        with self._transaction(**READS if self._reads_only else {}) as connection:
            self.guard(connection)
            yield Writer(connection)

    def clock(self) -> float:
        """Seconds since 1970 by the clock of the database, which all workers share."""
        with self._connected() as connection:
            return float(connection.execute(select(database_now())).scalar_one())

    def journal(self, account: str) -> Journal:
        """What an account did lately, shared with every process on this store."""
        return Journal(account, self._connected, self._transaction)

    @property
    def is_shared(self) -> bool:
        """Whether workers on other machines may have it open, too."""
        return self._engine.dialect.name != "sqlite"

    def leases(self, holder: str, *, alone: bool, ttl: float = TTL) -> Leases:
        """Who may do what, for a worker of this name; see `Leases`."""
        return Leases(self._connected, self._transaction, holder, ttl, alone)

    @contextmanager
    def _transaction(self, **options: Any) -> Iterator[Connection]:
        with self._connected(**WRITES, **options) as connection, connection.begin():
            yield connection

    @contextmanager
    def _connected(self, **options: Any) -> Iterator[Connection]:
        with sentences(self._place), self._engine.connect().execution_options(**options) as connection:
            yield connection
