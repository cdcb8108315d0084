"""`pmtrack backup`: a copy of the store beside its place, and then in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pmtrack.app.setup import Setup
from pmtrack.atomic import TEMPORARY
from pmtrack.errors import PmtrackError

LEFT = ("", "-wal", "-shm", "-journal")
"""What SQLite may have made beside a file that was not finished."""


def back_up(setup: Setup, file: Path, *, force: bool = False) -> int:
    """Copy the store into a file that was not there, and answer how many items it holds.

    Args:
        force: it may be there, and is replaced once the copy is whole.

    Raises:
        PmtrackError: it is there, or is the store itself, or cannot be written. StoreError: as `store.backup`.
    """
    from pmtrack.store.backup import copied
    from pmtrack.store.place import locate

    place = locate(setup.config.store, setup.config.base)
    _refuse(file, place.file, force=force)
    with _beside(file) as temporary:
        count = copied(place, temporary)
        _bring(temporary, file, force=force)
    return count


def _refuse(file: Path, store: Path | None, *, force: bool) -> None:
    if store and file.exists() and store.exists() and file.samefile(store):
        raise PmtrackError(f"{file} is the store itself: name another file")
    if file.is_dir():
        raise PmtrackError(f"{file} is a folder: name a file in it")
    if file.with_name(f"{file.name}-wal").exists():
        raise PmtrackError(f"{file} is in use as a store: name another file")
    if file.exists() and not force:
        raise _there(file)


def _there(file: Path) -> PmtrackError:
    return PmtrackError(f"{file} is there already: name another file, or replace it with --force")


@contextmanager
def _beside(file: Path) -> Iterator[Path]:
    """An empty file in the same folder that only its owner may read; it is gone in the end."""
    temporary = file.with_name(f"{TEMPORARY}{os.getpid()}-{os.urandom(4).hex()}")
    try:
        os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        yield temporary
    except OSError as error:
        raise PmtrackError(f"{file} cannot be written ({error.strerror}): name a file in a folder of yours") from None
    finally:
        for end in LEFT:
            with suppress(OSError):
                temporary.with_name(f"{temporary.name}{end}").unlink()


def _bring(temporary: Path, file: Path, *, force: bool) -> None:
    """Into its place, where it is whole or not at all, also after a power cut."""
    _to_disk(temporary, os.O_RDWR)
    if force:
        temporary.replace(file)
    else:
        try:
            os.link(temporary, file)  # unlike a rename, this never replaces
        except FileExistsError:
            raise _there(file) from None
    with suppress(OSError):  # some network file systems cannot do this
        _to_disk(file.parent, os.O_RDONLY | os.O_DIRECTORY)


def _to_disk(path: Path, how: int) -> None:
    handle = os.open(path, how | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
