"""Calls that fail while a sync is going on, in this process."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from pmtrack.app import Run
from pmtrack.errors import PmtrackError
from support.crash_effects import statements, watched
from support.crash_world import calm
from support.database import failures

Failure = Callable[[], Exception]


def of_system(number: int) -> Failure:
    return lambda: OSError(number, os.strerror(number))


def of_database(words: str) -> Failure:
    return failures()[words]


FAILURES_OF_SYSTEM = {errno.errorcode[number]: of_system(number) for number in (errno.ENOSPC, errno.EIO, errno.EROFS)}
FAILURES_OF_DATABASE = failures()
CALLS = ("open", "open to read", "write", "fsync", "replace", "link")
PLACES_OF_SYSTEM = (*(f"before os.{call}" for call in CALLS), "half os.write")
PLACES_OF_DATABASE = ("before sql", "before store.commit", "before store.look")


@dataclass(slots=True)
class Fault:
    """Fails at the `at`-th of the places whose names begin so, or from there on.

    Attributes:
        met: the place where it failed first. came_to: all the places of the run. counted: of these, the named ones.
    """

    places: Sequence[str]
    at: int = 0
    failure: Failure = OSError
    stays: bool = False
    met: str = ""
    came_to: list[str] = field(default_factory=list)
    counted: list[str] = field(default_factory=list)

    def visit(self, name: str) -> None:
        self.came_to.append(name)
        if not name.startswith(tuple(self.places)):
            return
        self.counted.append(name)
        count = len(self.counted)
        if count == self.at or (self.stays and 0 < self.at < count):
            self.met = self.met or name
            raise self.failure()


@dataclass(frozen=True, slots=True)
class Told:
    """How a run ended: the sentences that it said, where it failed or left something undone."""

    sentences: list[str]
    run: Run | None


def sync_with(fault: Fault, folder: Path) -> Told:
    """One sync; anything but a sentence that it raises goes on to the test."""
    with ExitStack() as stack:
        stack.enter_context(watched(fault.visit))
        stack.enter_context(statements(fault.visit))
        try:
            run = calm(folder)
        except PmtrackError as error:
            return Told([str(error)], None)
    return Told(run.problems, run)
