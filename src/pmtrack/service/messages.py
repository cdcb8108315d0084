"""The digests and reminders of the daemon: looked after now and then, each a line in its log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pmtrack.app.post import Delivery
from pmtrack.errors import Busy, PmtrackError
from pmtrack.service.listener import Listener
from pmtrack.service.opened import Opened
from pmtrack.service.reload import Watched

DIGEST_EVERY, REMIND_EVERY = 10.0, 30.0
"""Seconds between two looks whether a message is to be sent."""


@dataclass(slots=True)
class Messages:
    """Args:
    stop: asked between two messages. clock: seconds.
    """

    watched: Watched
    opened: Opened
    log: Any
    stop: Callable[[], bool]
    listener: Listener
    clock: Callable[[], float]
    _looked: dict[str, float] = field(default_factory=dict)

    def send(self) -> bool:
        """Send the digests and reminders that are due. Whether all went out that should.

        A store that nothing was ever read into would have nothing to tell.
        """
        if not self._knows():
            return True
        sendings = {
            "digest": (DIGEST_EVERY, self.watched.app.send_digest),
            "reminder": (REMIND_EVERY, self.watched.app.send_reminders),
        }
        fine = True
        for what, (every, sending) in sendings.items():
            if not self.stop() and self.clock() - self._looked.get(what, -every) >= every:
                self._looked[what] = self.clock()
                fine &= self._send(what, sending)
        return fine

    def _send(self, what: str, sending: Callable[[], Iterator[Delivery]]) -> bool:
        fine = True
        try:
            for done in sending():
                self._tell_sent(what, done)
                fine &= not done.error
                if self.stop():
                    break
        except Busy as error:
            self.log.debug("sending skipped", what=what, reason=str(error))
        except PmtrackError as error:
            self.log.error("sending failed", what=what, error=str(error))
            return False
        except Exception:
            self.log.exception("sending failed by a bug: please report it", what=what)
            return False
        return fine

    def _tell_sent(self, what: str, done: Delivery) -> None:
        event = f"{what} {done.outcome.value}"
        self.listener.sent(what, done.outcome.value)
        if done.error:
            self.log.warning(event, to=done.recipient, error=done.error)
        else:
            self.log.info(event, to=done.recipient)

    def _knows(self) -> bool:
        pulses = self.opened.store().pulses()
        return any(pulse.last_success for pulse in pulses if pulse.name.startswith("source:"))
