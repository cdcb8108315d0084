"""Files read and replaced whole, or not at all.

The order (temporary file beside the target, fsync, look again at the target, rename, fsync the folder) is that of
"Files are hard": without the first fsync a crash can leave an empty file, without the second the rename can vanish.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

Stamp = tuple[int, ...]

TEMPORARY = ".pmtrack-"


class Changed(Exception):
    """The target is not what was read any more."""


def _stamp(found: os.stat_result) -> Stamp:
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


def read(path: Path, *, at_most: int | None = None) -> tuple[bytes, Stamp]:
    """The bytes of a regular file, and its stamp for `replace`.

    Raises:
        OSError: as the system says; also for a link, a device or a pipe, and (EFBIG) for more than `at_most` bytes.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(22, "not a regular file", str(path))
        if at_most is not None and found.st_size > at_most:
            raise OSError(27, f"{found.st_size} bytes, over the cap of {at_most}", str(path))
        with os.fdopen(os.dup(handle), "rb") as file:
            return file.read(), _stamp(found)
    finally:
        os.close(handle)


def replace(path: Path, data: bytes, expected: Stamp) -> Stamp:
    """Put `data` in the place of the file that has the stamp `expected`, and answer the new stamp.

    Raises:
        Changed: the file is another one by now. OSError: as the system says. Either way the old content stands.
    """
    temporary = _write_beside(path, data, mode=stat.S_IMODE(path.stat().st_mode))
    try:
        if _stamp(os.lstat(path)) != expected:
            raise Changed(str(path))
        new = _stamp(os.lstat(temporary))
        os.replace(temporary, path)  # noqa: PTH105 - the calls of this module are those that fault tests intercept
    except BaseException:
        _drop(temporary)
        raise
    _sync_folder(path.parent)
    return new


def create(path: Path, data: bytes) -> Stamp:
    """Make a file with this content.

    Raises:
        FileExistsError: there is one. OSError: as the system says. Either way nothing was made.
    """
    temporary = _write_beside(path, data, mode=0o644)
    try:
        os.link(temporary, path)  # unlike a rename, this never replaces
        made = _stamp(os.lstat(path))
    finally:
        _drop(temporary)
    _sync_folder(path.parent)
    return made


def _write_beside(path: Path, data: bytes, mode: int) -> Path:
    temporary = path.with_name(f"{TEMPORARY}{os.getpid()}-{os.urandom(4).hex()}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(handle, view) :]
            os.fchmod(handle, mode)
            os.fsync(handle)
        finally:
            os.close(handle)
    except BaseException:
        _drop(temporary)
        raise
    return temporary


def _drop(temporary: Path) -> None:
    with suppress(OSError):
        os.unlink(temporary)  # noqa: PTH108


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
