"""What was sent to whom, for which period: claimed before it is sent, and written down after.

A process that sends holds `sending_lock`, which the kernel frees when it dies. So a claim without an outcome that is
found under the lock is one that a process died over: nobody knows whether it went out.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, Row, select
from sqlalchemy.dialects.sqlite import insert

from pmtrack.store.lock import Lock
from pmtrack.store.look import look
from pmtrack.store.place import database, revision
from pmtrack.store.tables import metadata

BUSY = "another pmtrack is sending messages: wait for it to end, then try again (nothing was sent)"

ALL = "*"
"""Stands for everybody in the row that marks a day as done."""

_TABLE = metadata.tables["digests"]
_ROW = _TABLE.c


class Outcome(StrEnum):
    """What became of one message."""

    SENDING = "sending"  # claimed; a process is at it, or died over it
    SENT = "sent"
    REFUSED = "refused"  # certainly not sent: tried again
    UNKNOWN = "unknown"  # it may have arrived
    EMPTY = "empty"  # there was nothing to say


@dataclass(frozen=True, slots=True)
class Sending:
    """One message to one recipient.

    Attributes:
        period: "2026-W47" of a digest, "2026-11-21" of a day's reminders.
        claimed_at, sent_at, retry_at: UTC. retry_at: not before then; None for at once, or never.
        tries: how often it was tried. error: why it was refused, or is unknown.
    """

    period: str
    recipient: str
    claimed_at: datetime
    sent_at: datetime | None = None
    outcome: Outcome = Outcome.SENDING
    tries: int = 1
    retry_at: datetime | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Outbox:
    """The messages, in one transaction."""

    connection: Connection

    def of(self, period: str) -> dict[str, Sending]:
        """By recipient."""
        found = self.connection.execute(select(_TABLE).where(_ROW.period == period))
        return {row.recipient: _sending(row) for row in found}

    def last(self, recipient: str, periods: Iterable[str]) -> str | None:
        """The latest of these periods in which something was, or may have been, sent to somebody.

        Args:
            recipient: or `ALL`, for the last period that was marked.
        """
        went = _ROW.outcome.in_([Outcome.SENT, Outcome.UNKNOWN, Outcome.SENDING])
        query = select(_ROW.period).where(_ROW.recipient == recipient, _ROW.period.in_(list(periods)), went)
        return max(self.connection.execute(query).scalars(), default=None)

    def claim(self, period: str, recipient: str, at: datetime) -> None:
        """This message is about to be sent, for the first time or again."""
        new = insert(_TABLE).values(period=period, recipient=recipient, claimed_at=at, outcome=Outcome.SENDING, tries=1)
        again = {"claimed_at": at, "outcome": Outcome.SENDING, "tries": _ROW.tries + 1, "retry_at": None}
        keys = [_ROW.period, _ROW.recipient]
        self.connection.execute(new.on_conflict_do_update(index_elements=keys, set_=again))

    def is_over(self, period: str, now: datetime) -> bool:
        """Whether everybody of this period was seen to, and nobody is to be tried again yet."""
        known = self.of(period)
        if ALL not in known or known[ALL].outcome is Outcome.SENT:
            return ALL in known
        return not any(one.retry_at and one.retry_at <= now for one in known.values())

    def note(self, period: str, at: datetime) -> None:
        """Everybody of this period was tried, and somebody has to be tried again."""
        self.claim(period, ALL, at)
        self.settle(period, ALL, Outcome.EMPTY)

    def mark(self, period: str, at: datetime) -> None:
        """Everybody of this period was seen to; an earlier mark goes."""
        self.connection.execute(_TABLE.delete().where(_ROW.recipient == ALL))
        self.claim(period, ALL, at)
        self.settle(period, ALL, Outcome.SENT, sent_at=at)

    def settle(
        self,
        period: str,
        recipient: str,
        outcome: Outcome,
        *,
        sent_at: datetime | None = None,
        retry_at: datetime | None = None,
        error: str | None = None,
    ) -> None:
        """What became of it."""
        values = {"outcome": outcome.value, "sent_at": sent_at, "retry_at": retry_at, "error": error}
        self.connection.execute(_TABLE.update().where(*_is(period, recipient)).values(**values))


def sending_lock(url: str, base: Path) -> Lock:
    """What one process at a time holds while it sends.

    Raises:
        Busy: on entering, where another process holds it.
    """
    return Lock(url, base, suffix="sending", busy=BUSY)


def unsettled(url: str, base: Path, least: datetime) -> Sequence[Sending]:
    """The messages claimed since then that were refused, or of which nobody knows whether they arrived. Reads only."""
    path = database(url, base)
    if path is None or not path.exists():
        return ()
    return look(path, lambda connection: _unsettled(connection, str(path), least))


def _unsettled(connection: sqlite3.Connection, name: str, least: datetime) -> Sequence[Sending]:
    if (revision(connection, name) or "") < "0003":
        return ()
    query = "SELECT period, recipient, claimed_at, outcome, tries, error FROM digests WHERE outcome IN (?, ?)"
    found = [
        Sending(period, recipient, _utc(at), outcome=Outcome(outcome), tries=tries, error=error)
        for period, recipient, at, outcome, tries, error in connection.execute(
            query, (Outcome.REFUSED.value, Outcome.UNKNOWN.value)
        )
    ]
    return sorted((one for one in found if one.claimed_at >= least), key=lambda one: (one.period, one.recipient))


def _utc(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _is(period: str, recipient: str) -> tuple[ColumnElement[bool], ...]:
    return _ROW.period == period, _ROW.recipient == recipient


def _sending(row: Row[tuple[object, ...]]) -> Sending:
    values = dict(row._mapping)
    return Sending(**{**values, "outcome": Outcome(values["outcome"])})
