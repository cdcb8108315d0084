"""What people have under their hands in a folder that may be a working copy: they edit there, and commit themselves.

While a document holds changes that nobody committed, or an editor has it open, nothing should be written into it. git
is asked only where the folder is in a working copy, and nothing of its state is changed.
"""

from __future__ import annotations

import os
from pathlib import Path

LOCKS = (".{name}.swp", ".{name}.swo", ".#{name}", ".~lock.{name}#", ".{name}.kate-swp")
"""What editors put beside a file that they have open: Vim, Emacs, LibreOffice, Kate."""

_SECONDS = 20


def lock_of(file: Path) -> str | None:
    """The name of an editor's lock beside a file, None for none."""
    beside = (lock.format(name=file.name) for lock in LOCKS)
    return next((name for name in beside if os.path.lexists(file.with_name(name))), None)


def repository_of(folder: Path) -> Path | None:
    """The working copy that a folder is in, None where it is in none."""
    real = folder.resolve()
    return next((above for above in (real, *real.parents) if (above / ".git").exists()), None)


def committed(repository: Path, file: Path) -> bytes | None:
    """A file as it was last committed; None where nothing was changed since, nobody commits it, or git cannot tell."""
    from pmtrack.sources.git.command import Git, GitFailed, NoGit  # noqa: PLC0415 - most folders are no working copy

    git = Git(repository / ".git", timeout=_SECONDS)
    try:
        inside = (file.parent.resolve() / file.name).relative_to(repository).as_posix()
        at = (f"--work-tree={repository}", "status", "--porcelain", "-z", "--untracked-files=no", "--")
        changed = git("--no-optional-locks", *at, f":(top,literal){inside}")
        return git("cat-file", "blob", f"HEAD:{inside}") if changed else None
    except (GitFailed, NoGit, ValueError):
        return None
