"""Every effect of a sync, with a place before and after it where a test may kill the process or let a call fail.

Watched are the commits of the store, the writing verbs of the tracker, `atomic.replace` and `atomic.create`, and inside
them every call to the operating system; of a write also the moment when half of it is done.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from sqlalchemy.engine.default import DefaultDialect

from pmtrack import atomic
from pmtrack.store import look
from pmtrack.trackers.files import FilesTracker

Visit = Callable[[str], None]
"""Told where the run is, as `before os.fsync in atomic.create in tracker.create`; what it raises, that call raises."""

CALLS = ("fsync", "fchmod", "close", "replace", "link", "unlink")
WITHOUT_EFFECT = tuple(f"{moment} {call}" for moment in ("before", "after") for call in ("os.open to read", "os.close"))
VERBS = ("create", "update", "comment")


@contextmanager
def watched(visit: Visit) -> Iterator[None]:
    """Tell `visit` every place that a run comes to."""
    within: list[str] = []

    def told(place: str) -> None:
        visit(f"{place} in {' in '.join(reversed(within))}" if within else place)

    with ExitStack() as stack:
        for owner, name, label in (
            (DefaultDialect, "do_commit", "store.commit"),
            (atomic, "replace", "atomic.replace"),
            (atomic, "create", "atomic.create"),
            *((FilesTracker, verb, f"tracker.{verb}") for verb in VERBS),
        ):
            around = _around(getattr(owner, name), label, told, within)
            stack.enter_context(mock.patch.object(owner, name, around))
        stack.enter_context(mock.patch.object(atomic, "os", System(told)))
        yield


def _around(call: Callable[..., Any], label: str, visit: Visit, within: list[str] | None = None) -> Callable[..., Any]:
    @functools.wraps(call)
    def told(*arguments: Any, **named: Any) -> Any:
        visit(f"before {label}")
        with _inside([] if within is None else within, label):
            answer = call(*arguments, **named)
        visit(f"after {label}")
        return answer

    return told


@contextmanager
def _inside(within: list[str], label: str) -> Iterator[None]:
    within.append(label)
    try:
        yield
    finally:
        within.pop()


@contextmanager
def statements(visit: Visit) -> Iterator[None]:
    """Tell `visit` every statement that the store is about to be asked (`before sql INSERT ...`), and every look."""
    with ExitStack() as stack:
        for name in ("do_execute", "do_executemany", "do_execute_no_params"):
            around = _asking(getattr(DefaultDialect, name), visit)
            stack.enter_context(mock.patch.object(DefaultDialect, name, around))
        stack.enter_context(mock.patch.object(look, "_read", _around(look._read, "store.look", visit)))
        yield


def _asking(call: Callable[..., Any], visit: Visit) -> Callable[..., Any]:
    @functools.wraps(call)
    def told(dialect: Any, cursor: Any, statement: str, *rest: Any, **named: Any) -> Any:
        visit(f"before sql {statement}")
        return call(dialect, cursor, statement, *rest, **named)

    return told


class System:
    """The module `os` as `atomic` sees it."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit

    def __getattr__(self, name: str) -> Any:
        found = getattr(os, name)
        return _around(found, f"os.{name}", self._visit) if name in CALLS else found

    def open(self, path: Path, flags: int, mode: int = 0o777) -> int:
        label = "os.open" if flags & os.O_CREAT else "os.open to read"
        return _around(os.open, label, self._visit)(path, flags, mode)  # type: ignore[no-any-return]

    def write(self, handle: int, data: memoryview) -> int:
        """In two halves: after the first one the file holds a part."""
        self._visit("before os.write")
        half = os.write(handle, data[: len(data) // 2])
        self._visit("half os.write")
        written = half + os.write(handle, data[half:])
        self._visit("after os.write")
        return written
