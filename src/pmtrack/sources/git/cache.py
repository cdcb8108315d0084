"""The folder that a clone is kept in: made, marked as ours, tidied up, removed."""

from __future__ import annotations

import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pmtrack.errors import SourceError
from pmtrack.sources.git.command import Git

_OURS = "pmtrack-clone"
_FILES = "pmtrack-files"
_NOTE = "pmtrack-note-"
_WHOLE = "made by pmtrack, which may remove this folder and make it again\n"
_PACKS, _LOOSE = 50, 27
"""More packs, or more files in one of 256 folders of objects, are too many (the limits of `git gc --auto`)."""

INDEX = "index-"
"""How the names of temporary folders begin, in which a commit is put together."""
_OLD = 3600
"""Seconds."""

_LOCKS = ("*.lock", "refs/pmtrack/*.lock", "objects/info/*.lock", "objects/pack/*.lock")
_PARTIAL = {"remote.origin.promisor": "true", "remote.origin.partialclonefilter": "blob:none"}
_EXTENDED = {"core.repositoryformatversion": "1", "extensions.partialClone": "origin"}


@dataclass(frozen=True, slots=True)
class Cache:
    """The folder of a clone.

    Args:
        name: of the source, for sentences.
    """

    git: Git
    name: str

    @property
    def folder(self) -> Path:
        return self.git.folder

    def is_whole(self) -> bool:
        """Whether it was made to the end."""
        mark = self.folder / _OURS
        return mark.is_file() and mark.read_text(encoding="utf-8") == _WHOLE and (self.folder / "HEAD").is_file()

    def make(self) -> None:
        """An empty repository that knows its remote; the mark first, so that it is known as ours if we die here.

        Raises:
            SourceError: something else stands there. GitFailed: git cannot.
        """
        self.remove()
        self.folder.mkdir(parents=True)
        (self.folder / _OURS).write_text("", encoding="utf-8")
        self.git("init", "--bare", "--quiet", "--template=", "--initial-branch=pmtrack", str(self.folder))
        for name, value in {**_PARTIAL, **_EXTENDED}.items():
            self.git("config", name, value)
        (self.folder / _OURS).write_text(_WHOLE, encoding="utf-8")

    def condemn(self) -> None:
        """From now on it is not whole."""
        (self.folder / _OURS).write_text("", encoding="utf-8")

    def remove(self) -> None:
        """Raises:
        SourceError: something else stands there, which is not ours to remove.
        """
        if not self.folder.exists():
            return
        if any(self.folder.iterdir()) and not (self.folder / _OURS).is_file():
            raise SourceError(
                f"{self.folder} is no clone that pmtrack made: name another folder with cache in source {self.name}"
            )
        shutil.rmtree(self.folder)

    def unlock(self) -> None:
        """Remove what a process that was killed left locked or half made; nobody else may be at work here."""
        for pattern in _LOCKS:
            for lock in self.folder.glob(pattern):
                lock.unlink(missing_ok=True)
        for index in self.folder.glob(f"{INDEX}*"):
            shutil.rmtree(index, ignore_errors=True)
        for half in self.folder.glob("objects/pack/tmp_*"):
            with suppress(FileNotFoundError):  # a git may outlive its killed parent, and still be at work on it
                if time.time() - half.stat().st_mtime > _OLD:
                    half.unlink()

    def tidy(self) -> None:
        """As git does by itself; it is asked only where there is something to do, because that costs a process."""
        objects = self.folder / "objects"
        if sum(1 for _ in objects.glob("pack/*.pack")) > _PACKS or sum(1 for _ in objects.glob("17/*")) > _LOOSE:
            self.git("gc", "--auto", "--quiet")

    def noted(self, name: str) -> str:
        """What was noted last under this name, "" for nothing."""
        file = self.folder / f"{_NOTE}{name}"
        return file.read_text(encoding="utf-8") if file.is_file() else ""

    def note(self, name: str, value: str) -> None:
        (self.folder / f"{_NOTE}{name}").write_text(value, encoding="utf-8")

    def is_partial(self) -> bool:
        """Whether files may be missing in it that the remote has."""
        return "promisor = true" in (self.folder / "config").read_text(encoding="utf-8", errors="replace")

    def forget_filter(self) -> None:
        """The remote cannot leave out files: this clone has them all."""
        for name in (*_PARTIAL, "extensions.partialClone"):
            self.git("config", "--unset-all", name)

    def has_files(self) -> bool:
        """Whether all documents are in it, and new ones come along with their commits."""
        return (self.folder / _FILES).is_file() and self.is_partial()

    def note_files(self) -> None:
        (self.folder / _FILES).touch()
