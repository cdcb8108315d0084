"""Files read and replaced whole, or not at all.

The order (temporary file beside the target, fsync, look again at the target, rename, fsync the folder) is that of
"Files are hard": without the first fsync a crash can leave an empty file, without the second the rename can vanish.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path

Stamp = tuple[int, ...]

TEMPORARY = ".pmtrack-"


class Changed(Exception):  # noqa: N818 - what happened, not a failure of ours
    """The target is not what was read any more."""


def _stamp(found: os.stat_result) -> Stamp:
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


def read(path: Path, *, at_most: int | None = None) -> tuple[bytes, Stamp]:
    """The bytes of a regular file, and its stamp for `replace`.

    Raises:
        OSError: as the system says; also for a link (ELOOP), a device or a pipe (EINVAL), for more than `at_most` bytes
            (EFBIG), and for a file that somebody writes while it is read (EAGAIN).
    """
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "not a regular file", str(path))
        if at_most is not None and found.st_size > at_most:
            raise OSError(errno.EFBIG, f"{found.st_size} bytes, over the cap of {at_most}", str(path))
        with os.fdopen(os.dup(handle), "rb") as file:
            data = file.read()
        if _stamp(os.fstat(handle)) != _stamp(found):
            raise OSError(errno.EAGAIN, "somebody is writing it", str(path))
        return data, _stamp(found)
    finally:
        os.close(handle)


def replace(path: Path, data: bytes, expected: Stamp) -> Stamp:
    """Put `data` in the place of the file that has the stamp `expected`, and answer the new stamp.

    Raises:
        Changed: the file is another one by now; it stands. OSError: as the system says; the file holds the old content
            or (where only its folder could not be flushed) the new one, and never a part of either.
    """
    temporary = _write_beside(path, data, like=os.lstat(path))
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
        FileExistsError: there is one; it stands. OSError: as the system says; there is no file, or a whole one.
    """
    temporary = _write_beside(path, data)
    try:
        os.link(temporary, path)  # unlike a rename, this never replaces
        made = _stamp(os.lstat(path))
    finally:
        _drop(temporary)
    _sync_folder(path.parent)
    return made


def _write_beside(path: Path, data: bytes, like: os.stat_result | None = None) -> Path:
    """A flushed file in the same folder, with the mode and, where we may, the owner of the one it replaces."""
    _sweep(path.parent)
    temporary = path.with_name(f"{TEMPORARY}{os.getpid()}-{os.urandom(4).hex()}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600 if like else 0o644)
    try:
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(handle, view) :]
            if like:
                with suppress(PermissionError):
                    os.fchown(handle, like.st_uid, like.st_gid)
                os.fchmod(handle, stat.S_IMODE(like.st_mode))
            os.fsync(handle)
        finally:
            os.close(handle)
    except BaseException:
        _drop(temporary)
        raise
    return temporary


def _sweep(folder: Path) -> None:
    """Remove what processes that were killed while they wrote left behind."""
    for name in os.listdir(folder):  # noqa: PTH208
        if name.startswith(TEMPORARY) and not _is_alive(name.removeprefix(TEMPORARY).partition("-")[0]):
            _drop(folder / name)


def _is_alive(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except (ProcessLookupError, ValueError):
        return False
    except OSError:
        return True  # somebody else's
    return True


def _drop(temporary: Path) -> None:
    with suppress(OSError):
        os.unlink(temporary)  # noqa: PTH108


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
