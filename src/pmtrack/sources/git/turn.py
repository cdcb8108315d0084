"""One process at a time works on a clone, by a lock beside it that the kernel frees."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from pmtrack.errors import SourceError
from pmtrack.sources.git.command import NoGit
from pmtrack.sources.git.trouble import NO_GIT

PATIENCE, LOOKS_UP = 60.0, 0.05
"""Seconds for which another process is waited for, and between two looks."""

IN_USE = (
    "another process is at work on the clone of source {name} in {where}: try again when it is done, or let each name "
    "a folder of its own with cache"
)
NO_PLACE = (
    "the clone of source {name} cannot be kept in {where} ({why}): make that writable, or name another folder with "
    "cache"
)


@contextmanager
def alone(where: Path, name: str, patience: float = PATIENCE) -> Iterator[None]:
    """Nobody else works on the clone meanwhile; somebody who does is waited for.

    Args:
        where: the clone. name: of the source, for sentences. patience: seconds.

    Raises:
        SourceError: they take too long; or there is no place for it, or no git.
    """
    try:
        where.parent.mkdir(parents=True, exist_ok=True)
        with where.with_name(f"{where.name}.lock").open("ab") as lock:
            _wait_for(lock, where, name, patience)
            yield
    except OSError as error:
        raise SourceError(NO_PLACE.format(name=name, where=where, why=error.strerror)) from None
    except NoGit:
        raise SourceError(NO_GIT) from None


def _wait_for(lock: IO[bytes], where: Path, name: str, patience: float) -> None:
    until = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise SourceError(IN_USE.format(name=name, where=where)) from None
            time.sleep(LOOKS_UP)
        else:
            return
