"""Files read and replaced whole, or not at all.

The order (temporary file beside the target, fsync, look again at the target, rename, fsync the folder) is that of
"Files are hard": without the first fsync a crash can leave an empty file, without the second the rename can vanish.
A process that is killed in between can leave its temporary file (`.pmtrack-*`), never half a document; `sweep` removes
it later.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
from contextlib import suppress
from pathlib import Path

Stamp = tuple[int, ...]
"""Device, inode, size, 64 bits of the content's SHA-256, and the time of the last change in ns.

The content is in it because clocks of file systems are coarse: a tick of a box within one tick of the clock changes
neither size nor time.
"""
_SIZE = 2
_PART = 1 << 16

TEMPORARY = ".pmtrack-"
_LEFT = re.compile(re.escape(TEMPORARY) + "([0-9]{1,9})-[0-9a-f]{8}")

_ANOTHER = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EINVAL, errno.ENXIO, errno.EFBIG, errno.ESTALE})
"""What reading says where the file that was read has made way for something else."""


class Changed(OSError):
    """The target is not what was read any more."""

    def __init__(self, path: Path) -> None:
        super().__init__(errno.ESTALE, "changed in the meantime", str(path))


def read(path: Path | str, *, at_most: int | None = None) -> tuple[bytes, Stamp]:
    """The bytes of a regular file, and its stamp for `replace`.

    Raises:
        Changed: it was written to while it was read.
        OSError: as the system says; also for a link, a device or a pipe, and (EFBIG) for more than `at_most` bytes.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "not a regular file", str(path))
        if at_most is not None and found.st_size > at_most:
            raise OSError(errno.EFBIG, f"{found.st_size} bytes, over the cap of {at_most}", str(path))
        data = _read(handle, found.st_size + 1)
        after = os.fstat(handle)
        if len(data) != found.st_size or (after.st_size, after.st_mtime_ns) != (found.st_size, found.st_mtime_ns):
            raise Changed(Path(path))
    finally:
        os.close(handle)
    return data, _stamp(found, data)


def digest(path: Path | str, *, at_most: int) -> str | None:
    """The SHA-256 of what is there, to be compared with a known one; None where it is too large or cannot be read.

    Without the questions that `read` asks: bytes that were good once are good again.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            return _digest(handle, at_most)
        finally:
            os.close(handle)
    except OSError:
        return None


def _digest(handle: int, at_most: int) -> str | None:
    digest, size = hashlib.sha256(), 0
    while part := os.read(handle, _PART):
        digest.update(part)
        size += len(part)
        if len(part) < _PART or size > at_most:
            break
    return digest.hexdigest() if size <= at_most else None


def _read(handle: int, size: int) -> bytes:
    """At most so many bytes; of a regular file, less than asked for is its end."""
    data = part = os.read(handle, size)
    while part and len(data) < size - 1:
        part = os.read(handle, size - len(data))
        data += part
    return data


def replace(path: Path, data: bytes, expected: Stamp) -> Stamp:
    """Put `data` in the place of the file that has the stamp `expected`, and answer the new stamp.

    The new file has the mode of the old one, and its owner where the system lets us; hard links keep the old content.

    Raises:
        Changed: the file is another one by now, or gone. PermissionError: it is there for nobody to write.
        OSError: as the system says. In every case what was there is untouched.
    """
    old = _target(path)
    temporary, new = _write_beside(path, data, stat.S_IMODE(old.st_mode), old)
    try:
        if _now(path, expected[_SIZE]) != expected:
            raise Changed(path)
        os.replace(temporary, path)  # noqa: PTH105 - the calls of this module are those that fault tests intercept
    except BaseException:
        _drop(temporary)
        raise
    _sync_folder(path.parent)
    return new


def create(path: Path, data: bytes) -> Stamp:
    """Make a file with this content.

    Raises:
        FileExistsError: there is one. OSError: as the system says. In either case nothing was made.
    """
    temporary, made = _write_beside(path, data, 0o644)
    try:
        os.link(temporary, path)  # unlike a rename, this never replaces
    finally:
        _drop(temporary)
    _sync_folder(path.parent)
    return made


def sweep(folder: Path) -> None:
    """Remove the temporary files below a folder whose process was killed. Hidden folders are not looked at."""
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if (left := _LEFT.fullmatch(name)) and not _is_another_at_work(int(left[1])):
                _drop(Path(place, name))


def _is_another_at_work(process: int) -> bool:
    """Whether the process lives, and is not this one: in a container every run may have the same number."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return process != os.getpid()


def _stamp(found: os.stat_result, data: bytes) -> Stamp:
    content = int.from_bytes(hashlib.sha256(data).digest()[:8])
    return (found.st_dev, found.st_ino, found.st_size, content, found.st_mtime_ns)


def _target(path: Path) -> os.stat_result:
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        raise Changed(path) from None
    if not stat.S_IMODE(found.st_mode) & 0o222:  # a rename would not ask
        raise PermissionError(errno.EACCES, "nobody may write it", str(path))
    return found


def _now(path: Path, size: int) -> Stamp | None:
    """The stamp of what is there now; None where that cannot be what was read."""
    try:
        return read(path, at_most=size)[1]
    except OSError as error:
        if error.errno in _ANOTHER:
            return None
        raise


def _write_beside(path: Path, data: bytes, mode: int, owner: os.stat_result | None = None) -> tuple[Path, Stamp]:
    temporary = path.with_name(f"{TEMPORARY}{os.getpid()}-{os.urandom(4).hex()}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(handle, view) :]
            _give(handle, mode, owner)
            os.fsync(handle)
            return temporary, _stamp(os.fstat(handle), data)
        finally:
            os.close(handle)
    except BaseException:
        _drop(temporary)
        raise


def _give(handle: int, mode: int, owner: os.stat_result | None) -> None:
    made = os.fstat(handle)
    if owner and (owner.st_uid, owner.st_gid) != (made.st_uid, made.st_gid):
        with suppress(PermissionError):  # only root may give a file away
            os.fchown(handle, owner.st_uid, owner.st_gid)
    os.fchmod(handle, mode)


def _drop(temporary: Path) -> None:
    with suppress(OSError):
        os.unlink(temporary)  # noqa: PTH108


def _sync_folder(folder: Path) -> None:
    """Some network file systems cannot do this. It is no failure: the content is in place for everyone who looks."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
