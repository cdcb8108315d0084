"""One sync at a time, by a lock that the kernel frees when its holder dies, however it dies."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType

from pmtrack.errors import Busy, StoreError
from pmtrack.store.engine import database


class Lock:
    """Held while the block runs.

    Raises:
        Busy: another process holds it.
    """

    def __init__(self, url: str, base: Path) -> None:
        file = database(url, base)
        self._path = file.with_name(f"{file.name}.lock") if file else None
        self._handle = -1

    def __enter__(self) -> None:
        if self._path is None:
            return
        try:
            self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._handle)
            raise Busy(
                "another pmtrack sync is at work on this store: wait for it to end, then try again (nothing was done)"
            ) from None
        except OSError as error:
            raise StoreError(f"{self._path} cannot be written ({error.strerror}): make its folder writable") from None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._handle >= 0:
            os.close(self._handle)
