"""A turn with the store: nobody else does the same work meanwhile.

Beside a store in a file stands a lock that the kernel frees, so that one process works at a time. In a database that
several workers share each source is a lease of its own, and so is sending.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from pmtrack.app.setup import Setup
from pmtrack.errors import Busy

if TYPE_CHECKING:
    from pmtrack.store.database import Store
    from pmtrack.store.leases import Lease

SENDING = "sending"
"""The lease of whoever sends messages."""

PATIENCE = 30.0
"""Seconds that a person's decision waits for workers to finish with the sources that it is about."""

ASKED_AGAIN = 0.5
"""Seconds."""

BUSY = "another pmtrack sync is at work on {names}: wait for it to end, then try again (nothing was done)"
SENDS = "another pmtrack is sending messages: wait for it to end, then try again (nothing was sent)"


@dataclass(frozen=True, slots=True)
class Turn:
    """The open store, and the sources that are ours for now."""

    store: Store
    names: frozenset[str]


@contextmanager
def work(setup: Setup, names: Iterable[str]) -> Iterator[Turn]:
    """Have those of these sources that nobody else is at.

    Raises:
        Busy: there is none.
    """
    wanted = {lease(name): name for name in names}
    with _turn(setup, setup.lock(), wanted) as (store, taken):
        if not taken:
            raise Busy(BUSY.format(names=", ".join(wanted.values())))
        yield Turn(store, frozenset(wanted[one.name] for one in taken))


@contextmanager
def decision(setup: Setup, names: Iterable[str]) -> Iterator[Store]:
    """Have all of these sources, after a while if need be.

    Raises:
        Busy: somebody else is at one of them for longer than that.
    """
    wanted = {lease(name): name for name in names}
    with _turn(setup, setup.lock(), wanted, patience=PATIENCE) as (store, taken):
        if left := wanted.keys() - {one.name for one in taken}:
            raise Busy(BUSY.format(names=", ".join(wanted[name] for name in sorted(left))))
        yield store


@contextmanager
def sending(setup: Setup) -> Iterator[Store]:
    """Be the one who sends messages.

    Raises:
        Busy: somebody else is.
    """
    with _turn(setup, setup.lock(suffix="sending", busy=SENDS), [SENDING]) as (store, taken):
        if not taken:
            raise Busy(SENDS)
        yield store


@contextmanager
def _turn(
    setup: Setup, lock: AbstractContextManager[None], names: Collection[str], *, patience: float = 0.0
) -> Iterator[tuple[Store, Sequence[Lease]]]:
    """The store, and those of the leases that could be had within so many seconds."""
    from pmtrack.store.leases import guard

    with lock, setup.store() as store:
        leases = store.leases(holder(), alone=not store.is_shared, ttl=setup.config.service.lease.total_seconds())
        taken = leases.take(names)
        until = time.monotonic() + patience
        while len(taken) < len(names) and time.monotonic() < until:
            time.sleep(ASKED_AGAIN)
            taken += leases.take(set(names) - {one.name for one in taken})
        with leases.kept(taken):
            if store.is_shared:
                store.guard = guard(taken)
            yield store, taken


def holder() -> str:
    """A name that nobody else has, and that tells people where to look."""
    return f"{platform.node()}:{os.getpid()}:{uuid4().hex[:8]}"


def lease(source: str) -> str:
    """The name of the lease of a source."""
    return f"source:{source}"
