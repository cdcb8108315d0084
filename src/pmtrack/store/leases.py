"""Who may do a piece of work now, where several workers share one store: a row for each piece of work.

A lease runs out by the database's clock, so that the work of a worker that died or froze goes to another one. Whoever
takes a lease raises its epoch. A worker that wakes up late is told by its old epoch that the work is another's now,
before it writes anything (`guard`). What it may still do is the one request that it was just about to send.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, literal, or_, select

from pmtrack.errors import Busy, StoreError
from pmtrack.store.dbtime import database_now
from pmtrack.store.dialects import insert_into
from pmtrack.store.tables import metadata

TTL = 30.0
"""Seconds that a lease lasts without a sign of life; well above a slow transaction, and what a dead worker costs."""

_TABLE = metadata.tables["leases"]
_ROW = _TABLE.c


@dataclass(frozen=True, slots=True)
class Lease:
    """What we hold: `epoch` tells it from the same lease in other hands, before and after."""

    name: str
    holder: str
    epoch: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A lease as everybody sees it.

    Attributes:
        began: when it was last taken, in seconds since 1970 by the database's clock.
        until: when it runs out, None where it was given back.
    """

    epoch: int
    began: float
    until: float | None


@dataclass(frozen=True, slots=True)
class Leases:
    """The leases of one store, for one worker.

    Args:
        holder: the worker's name, which nobody else has. ttl: seconds.
        alone: whether something else makes sure that no other worker is alive; then every lease can be taken.
    """

    reading: Callable[[], AbstractContextManager[Connection]]
    transaction: Callable[[], AbstractContextManager[Connection]]
    holder: str
    ttl: float = TTL
    alone: bool = False

    def take(self, names: Iterable[str]) -> list[Lease]:
        """Those of these leases that could be had; the others are another worker's."""
        with self.transaction() as connection:
            taken = [(name, self._take(connection, name)) for name in sorted(names)]
        return [Lease(name, self.holder, epoch) for name, epoch in taken if epoch is not None]

    def _take(self, connection: Connection, name: str) -> int | None:
        now = database_now()
        values = {"holder": self.holder, "until": now + self.ttl, "began": now}
        new = insert_into(connection, _TABLE).values(name=name, epoch=1, **values)
        free = or_(_ROW.until.is_(None), _ROW.until < now, literal(self.alone))
        again = {**values, "epoch": _ROW.epoch + 1}
        taking = new.on_conflict_do_update(index_elements=[_ROW.name], set_=again, where=free)
        epoch: int | None = connection.execute(taking.returning(_ROW.epoch)).scalar()
        return epoch

    def renew(self, leases: Iterable[Lease]) -> None:
        """A sign of life. A lease that ran out is not ours any more, though nobody else has it."""
        with self.transaction() as connection:
            for lease in leases:
                connection.execute(_TABLE.update().where(_is_held(lease)).values(until=database_now() + self.ttl))

    def give_back(self, leases: Iterable[Lease]) -> None:
        with self.transaction() as connection:
            for lease in leases:
                connection.execute(_TABLE.update().where(_is(lease)).values(until=None))

    def standings(self) -> tuple[float, Mapping[str, Standing]]:
        """The database's time, and every lease that was ever taken."""
        with self.reading() as connection:
            now = float(connection.execute(select(database_now())).scalar_one())
            rows = connection.execute(select(_ROW.name, _ROW.epoch, _ROW.began, _ROW.until)).all()
        return now, {name: Standing(epoch, began, until) for name, epoch, began, until in rows}

    @contextmanager
    def kept(self, leases: Sequence[Lease]) -> Iterator[None]:
        """Give signs of life while the block runs, where that is needed, and give the leases back at its end."""
        ended = threading.Event()
        thread = threading.Thread(target=self._keep, args=(leases, ended), name="leases", daemon=True)
        if not self.alone:
            thread.start()
        try:
            yield
        finally:
            ended.set()
            if not self.alone:
                thread.join()
            with suppress(StoreError):  # then they run out by themselves
                self.give_back(leases)

    def _keep(self, leases: Sequence[Lease], ended: threading.Event) -> None:
        while not ended.wait(self.ttl / 3):
            try:
                self.renew(leases)
            except StoreError:  # whoever writes next is told; the database may be back before the leases run out
                continue


def guard(leases: Iterable[Lease]) -> Callable[[Connection], None]:
    """What makes sure, at the beginning of a transaction and until it ends, that these leases are ours.

    Raises:
        Busy: by the answer, where one is not.
    """
    held = tuple(leases)

    def check(connection: Connection) -> None:
        for lease in held:
            query = select(_ROW.epoch).where(_is_held(lease)).with_for_update(read=True)
            if connection.execute(query).scalar() is None:
                sentence = f"another worker has taken over {lease.name} since this one gave no sign of life"
                raise Busy(f"{sentence}: what is left is for its next run")

    return check


def _is(lease: Lease) -> ColumnElement[bool]:
    return and_(_ROW.name == lease.name, _ROW.holder == lease.holder, _ROW.epoch == lease.epoch)


def _is_held(lease: Lease) -> ColumnElement[bool]:
    return and_(_is(lease), _ROW.until > database_now())
