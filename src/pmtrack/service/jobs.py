"""What the daemon does each time its timer rings. No failure ends the daemon; each is a line in its log."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pmtrack.app import App, Scope
from pmtrack.app.post import Delivery
from pmtrack.errors import Busy, PmtrackError, Stopped


@dataclass(frozen=True, slots=True)
class Jobs:
    """The work of one configuration.

    Args:
        stop: asked between two changes. synced: set once a sync succeeded.
    """

    app: App
    log: Any
    stop: Callable[[], bool]
    synced: threading.Event = field(default_factory=threading.Event)

    def sync(self) -> None:
        """One sync of every source."""
        try:
            run = self.app.sync(Scope(), stop=self.stop)
        except Busy as error:
            self.log.info("sync skipped", reason=str(error))
        except Stopped as error:
            self.log.info("sync stopped", reason=str(error))
        except PmtrackError as error:
            self.log.error("sync failed", error=str(error))
        except Exception:
            self.log.exception("sync failed by a bug: please report it")
        else:
            for problem in run.problems:
                self.log.warning("problem", problem=problem)
            for hold in run.sync.plan.holds:
                self.log.warning("held", id=hold.id, sentence=hold.sentence)
            self.log.info("synced", **{word.replace(" ", "_"): count for word, count in run.summary.items()})
            if not self.synced.is_set():  # what waited for the first sync need not wait for the next ring
                self.synced.set()
                self.digest()
                self.remind()

    def digest(self) -> None:
        """Send the digest of this week to whoever has not got it yet; before a first sync it would know nothing."""
        self._send("digest", self.app.send_digest)

    def remind(self) -> None:
        """Send today's reminders to whoever has not got any yet."""
        self._send("reminder", self.app.send_reminders)

    def _send(self, what: str, sending: Callable[[], Iterator[Delivery]]) -> None:
        if not self.synced.is_set():
            return
        try:
            for done in sending():
                self._tell(what, done)
                if self.stop():
                    return
        except Busy as error:
            self.log.info("sending skipped", what=what, reason=str(error))
        except PmtrackError as error:
            self.log.error("sending failed", what=what, error=str(error))
        except Exception:
            self.log.exception("sending failed by a bug: please report it", what=what)

    def _tell(self, what: str, done: Delivery) -> None:
        event = f"{what} {done.outcome.value}"
        if done.error:
            self.log.warning(event, to=done.recipient, error=done.error)
        else:
            self.log.info(event, to=done.recipient)
