"""A folder of documents on this machine."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from pmtrack import atomic
from pmtrack.errors import DocumentError, SourceError
from pmtrack.sources.base import Content, Seen
from pmtrack.sources.settings import FolderSettings

LEAVES = "is a link that leaves the folder of its source: put the document itself there, or exclude it"
BINARY = "is not text (it holds NUL bytes): exclude it, or save it as UTF-8"
TOO_LARGE = "is larger than the cap of {cap} bytes and was left out: raise max_bytes of the source, or exclude it"
CHANGED = "changed while it was being written: the next run takes it up"

ADVICE = {
    errno.EFBIG: TOO_LARGE,
    errno.ELOOP: "is a link: put the document itself there, or exclude it",
    errno.EINVAL: "is no regular file: exclude it",
    errno.ENOENT: "is not there any more: the next run takes that up",
    errno.EAGAIN: "is being written by somebody: the next run takes it up",
    errno.EACCES: "may not be read or written by this user: change its permissions",
    errno.EPERM: "may not be read or written by this user: change its permissions",
    errno.EROFS: "is on a read-only file system: make it writable, or set publish.report = false",
    errno.ENOSPC: "cannot be written because the disk is full: make room; the document is as it was",
    errno.EDQUOT: "cannot be written because the quota is used up: make room; the document is as it was",
}


def connect(settings: FolderSettings, base: Path) -> FolderSource:
    return FolderSource(settings, base)


class FolderSource:
    """Every document is below one root; links are followed only as long as they stay there."""

    def __init__(self, settings: FolderSettings, base: Path) -> None:
        self.name = settings.name
        self._settings = settings
        self._root = base / settings.path
        self._include = [_pattern(glob) for glob in settings.include]
        self._exclude = [_pattern(glob) for glob in settings.exclude]

    def documents(self) -> Iterator[Seen]:
        try:
            root = self._root.resolve(strict=True)
            found = sorted(self._walk(root, ""), key=lambda seen: seen.path)
        except OSError as error:
            where = f" ({error.filename})" if error.filename else ""
            raise SourceError(
                f"the folder {self._settings.path} of source {self.name} cannot be listed{where}: {error.strerror}: "
                "check its path and permissions; nothing was done that rests on a missing document"
            ) from None
        return iter(found)

    def read(self, path: str) -> Content:
        try:
            data, stamp = atomic.read(self._target(path), at_most=self._settings.max_bytes)
        except OSError as error:
            raise self._failed(path, error) from None
        if b"\0" in data[:8192]:
            raise DocumentError(f"{path} {BINARY}")
        return Content(path, data, hashlib.sha256(data).hexdigest(), stamp)

    def write(self, content: Content, data: bytes) -> Content:
        try:
            stamp = atomic.replace(self._target(content.path), data, content.stamp)
        except atomic.Changed:
            raise DocumentError(f"{content.path} {CHANGED}") from None
        except OSError as error:
            raise self._failed(content.path, error) from None
        return Content(content.path, data, hashlib.sha256(data).hexdigest(), stamp)

    def locate(self, path: str) -> str:
        return f"{self._settings.path.as_posix()}/{path}"

    def _walk(self, folder: Path, prefix: str) -> Iterator[Seen]:
        with os.scandir(folder) as entries:
            for entry in entries:
                path = f"{prefix}{entry.name}"
                if entry.name.startswith("."):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    yield from self._walk(Path(entry.path), f"{path}/")
                elif self._is_wanted(path):
                    yield Seen(path, self._problem(entry, path))

    def _is_wanted(self, path: str) -> bool:
        return _any(self._include, path) and not _any(self._exclude, path)

    def _problem(self, entry: os.DirEntry[str], path: str) -> str | None:
        if entry.is_symlink():
            try:
                self._target(path)
            except (OSError, DocumentError) as error:
                return str(error) if isinstance(error, DocumentError) else str(self._failed(path, error))
        elif not stat.S_ISREG(entry.stat(follow_symlinks=False).st_mode):
            return f"{path} {ADVICE[errno.EINVAL]}"
        return None

    def _target(self, path: str) -> Path:
        """The file itself, below the root.

        Raises:
            DocumentError: a link leads out. OSError: it is not there, or links go round in a circle.
        """
        try:
            target = (self._root / path).resolve(strict=True)
        except RuntimeError:  # Python before 3.13 says so of a circle of links
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path) from None
        if not target.is_relative_to(self._root.resolve()):
            raise DocumentError(f"{path} {LEAVES}")
        return target

    def _failed(self, path: str, error: OSError) -> DocumentError:
        advice = ADVICE.get(
            error.errno or 0, f"cannot be read or written: {error.strerror}: mend that, then sync again"
        )
        return DocumentError(f"{path} {advice.format(cap=self._settings.max_bytes)}")


def _any(patterns: Sequence[re.Pattern[str]], path: str) -> bool:
    return any(pattern.fullmatch(path) for pattern in patterns)


_GLOB = re.compile(r"\*\*/|\*\*|\*|\?|.", re.DOTALL)
_MEANING = {"**/": r"(?:[^/]+/)*", "**": r".*", "*": r"[^/]*", "?": r"[^/]"}


def _pattern(glob: str) -> re.Pattern[str]:
    """`**/` is any number of folders, `*` and `?` stay within one."""
    return re.compile("".join(_MEANING.get(part) or re.escape(part) for part in _GLOB.findall(glob)), re.DOTALL)
