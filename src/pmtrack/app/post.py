"""Sending: a message is claimed, sent, and its outcome written down, so that none goes out twice and none is lost.

| what happened | mail, file, comment | chat, standard output |
| --- | --- | --- |
| sent, and written down | never again | never again |
| refused | tried again, later each time | tried again, later each time |
| nobody knows, or we died over it | tried again, as the same message | shown as unknown, and left |
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING

from pmtrack.app.setup import Setup
from pmtrack.errors import PmtrackError, TrackerError
from pmtrack.reports.channels import REPEATABLE, Means, Message, NotSent, Unsure, ready, send
from pmtrack.reports.digest_letter import Letter
from pmtrack.store.outbox import Outcome, Sending
from pmtrack.store.place import without_secret

if TYPE_CHECKING:
    from pmtrack.store.database import Store

UNKNOWN_TRIES = 3
"""How often a mail of unknown outcome is sent altogether."""

FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
"""Before a refused message is tried again: twice as long each time."""

DIED = "pmtrack ended while it was sent: look there whether it arrived"
DIGEST = "digest"
"""The purpose of our comment on an issue, of which there is one."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one message in this run."""

    recipient: str
    outcome: Outcome
    error: str | None = None

    def __str__(self) -> str:
        told = {Outcome.SENT: "sent to", Outcome.EMPTY: "nothing to say to", Outcome.REFUSED: "not sent to"}
        words = told.get(self.outcome, "not known whether it was sent to")
        return f"{words} {self.recipient}" + (f": {self.error}" if self.error else "")


@dataclass(frozen=True, slots=True)
class Post:
    """Sends the messages of one period. The sending lock is held meanwhile.

    Args:
        again: also to those who have it, and without a wait after a refusal.
        empty: whether a letter without anything to know or do is sent.
    """

    store: Store
    means: Means
    now: Callable[[], datetime]
    period: str
    empty: bool = False
    eager: bool = False
    again: bool = False

    def send(self, recipients: Iterable[str], letter: Callable[[str], Letter | None]) -> Iterator[Delivery]:
        """Send to each who has not got it, and tell what became of it.

        Args:
            letter: what somebody gets, None for nothing; asked only for those who get something.
        """
        with self.store.writing() as writer:
            known = writer.outbox.of(self.period)
        for to in recipients:
            if self._is_lost(to, known.get(to)):
                yield self._settle(Delivery(to, Outcome.UNKNOWN, DIED))
            elif self._is_due(to, known.get(to)) and (made := letter(to)):
                yield self._one(to, made, known.get(to))

    def wants(self, recipients: Iterable[str]) -> bool:
        """Whether there is anything to send, or to write down; asked before what is sent is made."""
        with self.store.writing() as writer:
            known = writer.outbox.of(self.period)
        return any(self._is_lost(to, known.get(to)) or self._is_due(to, known.get(to)) for to in recipients)

    def _one(self, to: str, letter: Letter, before: Sending | None) -> Delivery:
        with self.store.writing() as writer:
            writer.outbox.claim(self.period, to, self.now())
        if letter.empty and not self.empty:
            return self._settle(Delivery(to, Outcome.EMPTY))
        tries = before.tries + 1 if before else 1
        try:
            send(to, Message(letter, self.period, self.now()), self.means)
        except NotSent as error:
            return self._settle(Delivery(to, Outcome.REFUSED, str(error)), tries)
        except Unsure as error:
            return self._settle(Delivery(to, Outcome.UNKNOWN, str(error)), tries)
        return self._settle(Delivery(to, Outcome.SENT))

    def _settle(self, done: Delivery, tries: int = 1) -> Delivery:
        now = self.now()
        waits = done.outcome is Outcome.REFUSED or (done.outcome is Outcome.UNKNOWN and _repeats(done.recipient))
        with self.store.writing() as writer:
            writer.outbox.settle(
                self.period,
                done.recipient,
                done.outcome,
                sent_at=now if done.outcome is Outcome.SENT else None,
                retry_at=now + min(FIRST_WAIT * 2 ** min(tries - 1, 10), LONGEST_WAIT) if waits else None,
                error=done.error,
            )
        return done

    def _is_lost(self, to: str, before: Sending | None) -> bool:
        """Whether a process died over a message that must not go out once more."""
        if before is None or before.outcome is not Outcome.SENDING or self.again:
            return False
        return not _repeats(to) or before.tries >= UNKNOWN_TRIES

    def _is_due(self, to: str, before: Sending | None) -> bool:
        if before is None or self.again:
            return True
        over = self.eager or before.retry_at is None or self.now() >= before.retry_at
        unsure = before.outcome in (Outcome.SENDING, Outcome.UNKNOWN) and _repeats(to) and before.tries < UNKNOWN_TRIES
        return over and (before.outcome is Outcome.REFUSED or unsure)


def means(setup: Setup, store: Store | None) -> Means:
    """What the channels of a configuration send with; without a store nothing can be commented on."""
    config = setup.config
    smtp = config.digest.smtp
    origin = sha256(f"{config.base}\n{without_secret(config.store)}".encode()).hexdigest()
    made = Means(config.base, smtp.server(config.base) if smtp else None, origin=origin)
    return replace(made, comment=partial(_comment, setup, store)) if store else made


def unready(setup: Setup) -> Iterator[str]:
    """A sentence for each recipient of the configuration whose secret or tracker is missing. Nothing is sent."""
    from pmtrack.reports.policy_settings import recipients

    config = setup.config
    for to in dict.fromkeys(recipients(config.digest, config.policy, config.directory)):
        scheme, _, rest = to.partition(":")
        try:
            ready(scheme, rest, means(setup, None))
        except NotSent as error:
            yield f"{to}: {error}"


def _comment(setup: Setup, store: Store, name: str, key: str, text: str) -> None:
    """Edit our comment on an issue in place.

    Raises:
        TrackerError, NotSent: as `channels.send`.
    """
    from pmtrack.trackers.base import Missing

    if name not in setup.config.trackers:
        known = ", ".join(sorted(setup.config.trackers)) or "none yet"
        raise NotSent(f"there is no tracker {name!r} to comment on {key}: known trackers are {known}")
    try:
        tracker = setup.tracker(name, setup.ledger(store), time.sleep)
        found = tracker.fetch([key])[key]
        if isinstance(found, Missing):
            raise NotSent(f"there is no issue {key} in {name}, or it cannot be read: make it, or name another")
        tracker.comment(found.ref, DIGEST, text)
    except TrackerError:
        raise
    except PmtrackError as error:
        raise NotSent(str(error)) from None


def _repeats(to: str) -> bool:
    return to.partition(":")[0] in REPEATABLE
