"""One commit on top of a branch, and its push: accepted only if the branch still stands where it was seen."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pmtrack.sources.git.cache import INDEX
from pmtrack.sources.git.command import Git
from pmtrack.sources.git.tree import Blob
from pmtrack.sources.git.trouble import Push, pushed, shortly


@dataclass(frozen=True, slots=True)
class Author:
    """Who signs our commits, and when."""

    name: str
    mail: str
    at: datetime

    @classmethod
    def of(cls, words: str, at: datetime) -> Author:
        """From `Name <mail>`."""
        name, _, mail = words.partition("<")
        return cls(name.strip(), mail.rstrip(">"), at)

    @property
    def variables(self) -> dict[str, str]:
        """As git wants them."""
        when = f"{int(self.at.timestamp())} +0000"
        parts = {"NAME": self.name, "EMAIL": self.mail, "DATE": when}
        return {f"GIT_{role}_{part}": value for role in ("AUTHOR", "COMMITTER") for part, value in parts.items()}


def commit(git: Git, base: str, blobs: Mapping[str, Blob], words: str, author: Author) -> str | None:
    """A commit with one parent that puts these blobs in their places; None where they stand there already.

    Raises:
        GitFailed: the clone does not work.
    """
    with tempfile.TemporaryDirectory(prefix=INDEX, dir=git.folder) as folder:
        index = {"GIT_INDEX_FILE": str(Path(folder, "index"))}
        git("read-tree", base, extra=index)
        lines = (f"{blob.mode} {blob.oid}\t{path}\0" for path, blob in blobs.items())
        git("update-index", "-z", "--index-info", data="".join(lines).encode(), extra=index)
        tree = git("write-tree", "--missing-ok", extra=index).decode().strip()
    if tree == git.text("rev-parse", f"{base}^{{tree}}"):
        return None
    made = git("commit-tree", "-p", base, "-F", "-", tree, data=words.encode(), extra=author.variables)
    return made.decode().strip()


def push(git: Git, branch: str, commit: str, base: str) -> tuple[Push, str]:
    """What became of it, and why in one line.

    The lease makes it fail where the branch moved on, was moved back, or is gone; and as `base` is the only parent of
    the commit, what is accepted is never but a step forward.
    """
    ref = f"refs/heads/{branch}"
    answer = git.remotely("push", "--porcelain", f"--force-with-lease={ref}:{base}", "origin", f"{commit}:{ref}")
    said = f"{answer.out.decode(errors='replace')}\n{answer.words}"
    return pushed(answer.code, said), shortly(said)
