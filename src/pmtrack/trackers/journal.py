"""What one account did lately, line by line, where all that use it can see it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Protocol

Entry = tuple[int, float, str]
"""A line: its number, a moment, and the `Kind` of request that is sent then (`read*10` for ten of them), or what the
server said of that moment (`limits.SHUT`, `limits.LOW`)."""


class Turn(Protocol):
    """A journal while nobody else writes to it."""

    def news(self, after: int) -> Sequence[Entry]:
        """As of the journal."""

    def add(self, at: float, what: str) -> int:
        """One line more. Returns its number."""


class Journal(Protocol):
    """What one account did lately, where all that use it can see it."""

    def news(self, after: int) -> Sequence[Entry]:
        """The lines with a greater number, in order; none that are older than an hour."""

    def turn(self) -> AbstractContextManager[Turn]:
        """Have it to oneself for a moment."""


@dataclass(slots=True)
class Notebook:
    """A journal of this process alone."""

    lines: list[Entry] = field(default_factory=list)

    @contextmanager
    def turn(self) -> Iterator[Turn]:
        yield self

    def news(self, after: int) -> Sequence[Entry]:
        return self.lines[after:]

    def add(self, at: float, what: str) -> int:
        self.lines.append((len(self.lines) + 1, at, what))
        return len(self.lines)
