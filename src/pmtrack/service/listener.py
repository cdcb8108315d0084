"""Who is told what the daemon did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Listener(Protocol):
    """Is told what was done; the metrics."""

    def ran(self, source: str, seconds: float, outcome: str, counts: Mapping[str, int]) -> None:
        """A source was synced, or should have been: ok, problems, failed, bug, stopped."""

    def sent(self, what: str, outcome: str) -> None:
        """A digest or a reminder was sent, or should have been."""


class Nobody:
    """A listener that does not listen."""

    def ran(self, source: str, seconds: float, outcome: str, counts: Mapping[str, int]) -> None: ...

    def sent(self, what: str, outcome: str) -> None: ...
