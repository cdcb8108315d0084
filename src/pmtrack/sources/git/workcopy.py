"""A folder of documents that may be a working copy: people edit there, and commit themselves.

What somebody has under their hands is theirs: while a document holds changes that nobody committed, or an editor has it
open, nothing should be written into it. git is asked, and nothing of its state is changed.
"""

from __future__ import annotations

import os
from pathlib import Path

from pmtrack.sources.folder import FolderSource
from pmtrack.sources.git.command import Git, GitFailed, NoGit
from pmtrack.sources.settings import FolderSettings

LOCKS = (".{name}.swp", ".{name}.swo", ".#{name}", ".~lock.{name}#", ".{name}.kate-swp")
"""What editors put beside a file that they have open: Vim, Emacs, LibreOffice, Kate."""

_SECONDS = 20


def connect(settings: FolderSettings, base: Path) -> WorkingCopy:
    return WorkingCopy(settings, base)


class WorkingCopy(FolderSource):
    """A folder, and what git knows of it."""

    def __init__(self, settings: FolderSettings, base: Path) -> None:
        super().__init__(settings, base)
        self._folder = base / settings.path
        self._repository = _repository(self._folder)

    def in_hand(self, path: str) -> str | None:
        target = self._folder / path
        for lock in LOCKS:
            beside = target.with_name(lock.format(name=target.name))
            if os.path.lexists(beside):
                return beside.name
        return None

    def committed(self, path: str) -> bytes | None:
        if self._repository is None:
            return None
        git = Git(self._repository / ".git", timeout=_SECONDS)
        try:
            inside = (self._folder.resolve() / path).relative_to(self._repository).as_posix()
            at = (f"--work-tree={self._repository}", "status", "--porcelain", "-z", "--untracked-files=no", "--")
            changed = git("--no-optional-locks", *at, f":(top,literal){inside}")
            return git("cat-file", "blob", f"HEAD:{inside}") if changed else None
        except (GitFailed, NoGit, ValueError):
            return None


def _repository(folder: Path) -> Path | None:
    """The working copy that a folder is in, None where it is in none."""
    real = folder.resolve()
    return next((above for above in (real, *real.parents) if (above / ".git").exists()), None)
