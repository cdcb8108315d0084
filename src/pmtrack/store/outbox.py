"""What was sent to whom, for which period: claimed before it is sent, and written down after.

A process that sends is the only one (`app.turn.sending`). So a claim without an outcome that it finds is one that a
process died over: nobody knows whether it went out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, Row, select

from pmtrack.store.dialects import insert_into
from pmtrack.store.look import look
from pmtrack.store.place import Asked, Place, locate, revision
from pmtrack.store.tables import metadata
from pmtrack.store.values import CODECS, encode

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
        now = {"claimed_at": at, "outcome": Outcome.SENDING}
        new = insert_into(self.connection, _TABLE).values(period=period, recipient=recipient, tries=1, **now)
        again = {**now, "tries": _ROW.tries + 1, "retry_at": None}
        self.connection.execute(new.on_conflict_do_update(index_elements=[_ROW.period, _ROW.recipient], set_=again))

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
        values = {"outcome": outcome.value, "sent_at": sent_at, "retry_at": retry_at, "error": encode("error", error)}
        self.connection.execute(_TABLE.update().where(*_is(period, recipient)).values(**values))


def unsettled(url: str, base: Path, least: datetime) -> Sequence[Sending]:
    """The messages claimed since then that were refused, or of which nobody knows whether they arrived. Reads only."""
    place = locate(url, base)
    return look(place, lambda connection: _unsettled(connection, place, least), ())


def _unsettled(connection: Asked, place: Place, least: datetime) -> Sequence[Sending]:
    if (revision(connection, place) or "") < "0003":
        return ()
    query = "SELECT period, recipient, claimed_at, outcome, tries, error FROM digests WHERE outcome IN (:no, :who)"
    outcomes = {"no": Outcome.REFUSED.value, "who": Outcome.UNKNOWN.value}
    found = [
        Sending(period, recipient, CODECS["at"].decode(at), outcome=Outcome(outcome), tries=tries, error=error)
        for period, recipient, at, outcome, tries, error in connection.execute(query, outcomes)
    ]
    return sorted((one for one in found if one.claimed_at >= least), key=lambda one: (one.period, one.recipient))


def _is(period: str, recipient: str) -> tuple[ColumnElement[bool], ...]:
    return _ROW.period == period, _ROW.recipient == recipient


def _sending(row: Row[tuple[object, ...]]) -> Sending:
    values = dict(row._mapping)
    return Sending(**{**values, "outcome": Outcome(values["outcome"])})
