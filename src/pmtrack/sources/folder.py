"""A folder of documents on this machine.

Links are never followed: what is linked to counts once, under its own path, where it is below the root. So nothing out
of the root is read or written, and no document is read twice. Hidden files and folders are not looked at. The root may
be in a working copy: see `workcopy`.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath
from urllib.parse import quote

from pmtrack import atomic
from pmtrack.errors import DocumentError, SourceError
from pmtrack.sources import globs, workcopy
from pmtrack.sources.base import Content, Seen
from pmtrack.sources.settings import FolderSettings
from pmtrack.text import plain

LEAVES = "is a link that leaves the folder of its source: put the document itself there, or exclude it"
LINK = "is a link to what is no document of its source: put the document itself there, or exclude it"
OUTSIDE = "is not below the folder of its source, or is a link: put the document itself there, or exclude it"
IRREGULAR = "is no regular file: exclude it"
NAME = "has control characters or bytes that are not UTF-8 in its name: rename it"
BINARY = "is not UTF-8 text (it holds NUL bytes or many control characters): save it as UTF-8, or exclude it"

READING: Mapping[int, str] = {
    errno.EFBIG: "is larger than the {cap} bytes that max_bytes of its source allows: raise that, or exclude it",
    errno.ELOOP: OUTSIDE,
    errno.EINVAL: IRREGULAR,
    errno.EISDIR: IRREGULAR,
    errno.ENXIO: IRREGULAR,
    errno.ENOENT: "is not there any more: the next run takes that up",
    errno.EACCES: "may not be read by this user: change its permissions, or exclude it",
    errno.EPERM: "may not be read by this user: change its permissions, or exclude it",
    errno.ESTALE: "is being written by somebody at this moment: the next run takes it up",
}
WRITING: Mapping[int, str] = {
    errno.EACCES: "or its folder may not be written by this user: change permissions, or set publish.report = false",
    errno.EPERM: "or its folder may not be written by this user: change permissions, or set publish.report = false",
    errno.EROFS: "is on a read-only file system: make that writable, or set publish.report = false",
    errno.ENOSPC: "cannot be written because the disk is full: make room; the document is as it was",
    errno.EDQUOT: "cannot be written because the quota is used up: make room; the document is as it was",
    errno.ESTALE: "changed since it was read and is left as it is: the next run takes it up",
}
"""What the system says -> what is wrong with the document and what to do."""

_LOOK = 8192
_CONTROLS = bytes({*range(32), 127} - {*b"\t\n\r\f\x1b"})
_MOST_CONTROLS = 0.1


def connect(settings: FolderSettings, base: Path) -> FolderSource:
    return FolderSource(settings, base)


class FolderSource:
    """The documents below one root."""

    def __init__(self, settings: FolderSettings, base: Path) -> None:
        self.name = settings.name
        self._settings = settings
        self._root = base / settings.path
        self._included = globs.matcher(settings.include)
        self._excluded = globs.matcher(settings.exclude)
        self._repository = workcopy.repository_of(self._root)
        self._walked: dict[str, str] = {}  # folder -> where it is, on whose way the last listing met no link

    def documents(self) -> Iterator[Seen]:
        try:
            return iter(sorted(self._walk(), key=lambda seen: seen.path))
        except OSError as error:
            where = f" ({plain(str(error.filename))})" if error.filename else ""
            raise SourceError(
                f"the folder {self._settings.path} of source {self.name} cannot be listed{where}: {error.strerror}: "
                "check its path and permissions; nothing was done that rests on a missing document"
            ) from None

    def version(self, path: str) -> str:
        where = self._walked_to(path)
        digest = where and atomic.digest(where, at_most=self._settings.max_bytes)
        return digest or ""

    def read(self, path: str) -> Content:
        try:
            data, stamp = atomic.read(self._walked_to(path) or self._below(path), at_most=self._settings.max_bytes)
        except OSError as error:
            raise self._failed(path, "read", READING, error) from None
        if is_binary(data):
            raise DocumentError(f"{path} {BINARY}")
        return _content(path, data, stamp)

    def write(self, content: Content, data: bytes) -> Content:
        try:
            stamp = atomic.replace(self._below(content.path), data, content.stamp)
        except OSError as error:
            raise self._failed(content.path, "written", WRITING, error) from None
        return _content(content.path, data, stamp)

    def locate(self, path: str) -> str:
        return (self._settings.path / path).as_posix()

    def address(self, path: str, line: int) -> str:
        pattern = self._settings.link or ""
        return pattern.replace("{path}", quote(path, safe="/")).replace("{line}", str(line))

    def in_hand(self, path: str) -> str | None:
        return workcopy.lock_of(self._root / path)

    def committed(self, path: str) -> bytes | None:
        return workcopy.committed(self._repository, self._root / path) if self._repository else None

    def _walk(self) -> Iterator[Seen]:
        folders, root = [""], os.path.realpath(self._root)
        self._walked = {}
        while folders:
            prefix = folders.pop()
            with os.scandir(f"{root}/{prefix}") as entries:
                self._walked[prefix] = f"{root}/{prefix}"
                for entry in entries:
                    path = f"{prefix}{entry.name}"
                    if entry.name.startswith(".") or self._excluded(path):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(f"{path}/")
                    elif seen := self._seen(entry, path):
                        yield seen

    def _seen(self, entry: os.DirEntry[str], path: str) -> Seen | None:
        """The entry as a document, with what is wrong with it; None where it is none."""
        problem = None
        if entry.is_symlink():
            problem = self._link_problem(path)
            wanted = problem is not None
        else:
            wanted = self._included(path)
            if not entry.is_file():
                problem = IRREGULAR
        if not wanted:
            return None
        clean = plain(path).replace("\n", "")
        problem = NAME if clean != path else problem
        return Seen(clean, f"{clean} {problem}" if problem else None)

    def _link_problem(self, path: str) -> str | None:
        """What a link holds back from being read; None for one to a document, or to what is none by its name."""
        root, target = _real(self._root), _real(self._root / path)
        if not target.is_relative_to(root):
            is_folder = os.path.isdir(target)  # noqa: PTH112 - False where the system does not let us look
            return LEAVES if is_folder or self._included(path) else None
        if not self._included(path):
            return None
        is_document = target.is_file() and self._is_listed(target.relative_to(root))
        return None if is_document else LINK

    def _is_listed(self, path: PurePath) -> bool:
        hidden = any(part.startswith(".") for part in path.parts)
        left_out = any(self._excluded(above.as_posix()) for above in (path, *path.parents))
        return self._included(path.as_posix()) and not hidden and not left_out

    def _walked_to(self, path: str) -> str | None:
        """The file of a document in a folder that the last listing went through: looking again would cost the most."""
        folder, slash, name = path.rpartition("/")
        where = self._walked.get(f"{folder}{slash}")
        return where and f"{where}{name}"

    def _below(self, path: str) -> Path:
        """The file of a document, on whose way is no link.

        Raises:
            DocumentError: it is not below the root, or reached by a link.
        """
        root = _real(self._root)
        target = root / path
        if _real(target) != target or not target.is_relative_to(root):
            raise DocumentError(f"{path} {OUTSIDE}")
        return target

    def _failed(self, path: str, verb: str, advice: Mapping[int, str], error: OSError) -> DocumentError:
        other = f"cannot be {verb} ({error.strerror}): mend that, then sync again"
        return DocumentError(f"{path} {advice.get(error.errno or 0, other).format(cap=self._settings.max_bytes)}")


def _real(path: Path) -> Path:
    """Without links; of a link in a circle what can be told."""
    return Path(os.path.realpath(path))


def is_binary(data: bytes) -> bool:
    """Whether it is no text, as far as its beginning tells."""
    head = data[:_LOOK]
    controls = len(head) - len(head.translate(None, _CONTROLS))
    return b"\0" in head or controls > len(head) * _MOST_CONTROLS


def _content(path: str, data: bytes, stamp: atomic.Stamp) -> Content:
    return Content(path, data, hashlib.sha256(data).hexdigest(), stamp)
