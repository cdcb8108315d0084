"""What a server told us to wait for, remembered for the next process: a run by hand or by cron knows no earlier one.

A small file beside the configuration, there only while a wait lasts. It is a courtesy to the server and never a reason
to fail: a file that cannot be read or written is as good as none.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pmtrack import atomic

FILE = ".pmtrack-waits.json"
MAX_BYTES = 100_000
LONGEST = 24 * 3600.0
"""Seconds; a longer wait is a damaged file or a clock that jumped."""


@dataclass(frozen=True, slots=True)
class Waits:
    """The waits of one account.

    Args:
        key: names the account: its server and the variable of its secret. wall: seconds since 1970.
    """

    folder: Path
    key: str
    wall: Callable[[], float]

    def left(self) -> float:
        """Seconds that are still to be waited, 0 for none."""
        seconds = self._read()[0].get(self._name, 0.0) - self.wall()
        return seconds if 0 < seconds <= LONGEST else 0.0

    def note(self, seconds: float) -> None:
        """We were told to come back after so many seconds."""
        known, stamp = self._read()
        now = self.wall()
        lasting = {name: until for name, until in known.items() if now < until <= now + LONGEST}
        lasting[self._name] = max(lasting.get(self._name, 0.0), now + seconds)
        data = json.dumps(lasting).encode()
        with suppress(OSError):
            if stamp is None:
                atomic.create(self.folder / FILE, data)
            else:
                atomic.replace(self.folder / FILE, data, stamp)

    def clear(self) -> None:
        """Take the file away once nobody waits any more."""
        known, stamp = self._read()
        if stamp is not None and all(until <= self.wall() for until in known.values()):
            with suppress(OSError):
                (self.folder / FILE).unlink()

    @property
    def _name(self) -> str:
        return hashlib.sha256(self.key.encode()).hexdigest()[:16]

    def _read(self) -> tuple[dict[str, float], atomic.Stamp | None]:
        try:
            data, stamp = atomic.read(self.folder / FILE, at_most=MAX_BYTES)
        except OSError:
            return {}, None
        try:
            said = json.loads(data)
            return {str(name): float(until) for name, until in said.items()}, stamp
        except (ValueError, TypeError, AttributeError):
            return {}, stamp
