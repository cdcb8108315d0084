"""What accounts asked of servers lately, so that all processes on a store keep to one account's limits together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from pmtrack.store.dialects import alone
from pmtrack.store.tables import metadata

KEPT = 3600.0
"""Seconds; no limit looks further back."""

_REQUESTS = metadata.tables["requests"]
_ROW = _REQUESTS.c


@dataclass(frozen=True, slots=True)
class Journal:
    """The lines of one account.

    Args:
        reading: opens a connection to look; writing: a transaction.
    """

    account: str
    reading: Callable[[], AbstractContextManager[Connection]]
    writing: Callable[[], AbstractContextManager[Connection]]

    def news(self, after: int) -> Sequence[tuple[int, float, str]]:
        with self.reading() as connection:
            return Turn(self.account, connection).news(after)

    @contextmanager
    def turn(self) -> Iterator[Turn]:
        with self.writing() as connection:
            alone(connection, f"journal {self.account}")
            yield Turn(self.account, connection)


@dataclass(frozen=True, slots=True)
class Turn:
    """One transaction."""

    account: str
    connection: Connection

    def news(self, after: int) -> Sequence[tuple[int, float, str]]:
        query = select(_ROW.id, _ROW.at, _ROW.what).where(_ROW.account == self.account, _ROW.id > after)
        return [(ident, at, what) for ident, at, what in self.connection.execute(query.order_by(_ROW.id))]

    def add(self, at: float, what: str) -> int:
        """One line more; those that no limit looks at any more go."""
        self.connection.execute(_REQUESTS.delete().where(_ROW.account == self.account, _ROW.at < at - KEPT))
        line = insert(_REQUESTS).values(account=self.account, at=at, what=what).returning(_ROW.id)
        return int(self.connection.execute(line).scalar_one())
