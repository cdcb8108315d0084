"""One sync at a time, by a lock that the kernel frees when its holder dies, however it dies."""

from __future__ import annotations

import fcntl
import os
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from pmtrack.errors import Busy, StoreError
from pmtrack.store.place import locate

BUSY = "another pmtrack sync is at work on this store: wait for it to end, then try again (nothing was done)"


class Lock:
    """Held while the block runs. A store in memory needs none; on a server there are leases instead, see `leases`.

    Args:
        suffix: of the lock's file. busy: the sentence for whoever comes second.

    Raises:
        Busy: another process holds it. StoreError: its file cannot be made.
    """

    def __init__(self, url: str, base: Path, *, suffix: str = "lock", busy: str = BUSY) -> None:
        file = locate(url, base).file
        self._path = file.with_name(f"{file.name}.{suffix}") if file else None
        self._busy = busy
        self._held = ExitStack()

    def __enter__(self) -> None:
        if self._path is None:
            return
        try:
            self._held.callback(os.close, _locked(self._path))
        except BlockingIOError:
            raise Busy(self._busy) from None
        except OSError as error:
            raise StoreError(
                f"{self._path} cannot be locked ({error.strerror}): make its folder, and make it writable"
            ) from None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._held.close()


def _locked(path: Path) -> int:
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise
    return handle
