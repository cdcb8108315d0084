"""Who saved a document: the newest commit that touched it and is not ours. Asked only where something changed."""

from __future__ import annotations

from collections.abc import Sequence

from pmtrack.model import NOT_KNOWN, Who
from pmtrack.sources.git.command import Git, GitFailed
from pmtrack.sources.git.message import TRAILER
from pmtrack.sources.git.remote import Place

FAR = 2_000
"""How many commits are looked through for a document that did not change since the last look."""

_FORMAT = "--format=%x01%H%x02%aN%x02"


class Authors:
    """Who saved what in the history of a commit.

    Args:
        since: the commit that the last look ended at, None for the first look.
    """

    def __init__(self, git: Git, head: str, since: str | None, roots: Sequence[str], place: Place) -> None:
        self._git = git
        self._place = place
        self._roots = roots
        self._ranges = [*([[f"{since}..{head}"]] if since else []), [f"--max-count={FAR}", head]]
        self._known: dict[str, Who] = {}

    def of(self, path: str) -> Who:
        """`NOT_KNOWN` where that is too long ago, or the clone does not reach so far."""
        while path not in self._known and self._ranges:
            for found, who in self._told(self._ranges.pop(0)).items():
                self._known.setdefault(found, who)
        return self._known.get(path, NOT_KNOWN)

    def _told(self, which: Sequence[str]) -> dict[str, Who]:
        ours = ["--invert-grep", f"--grep=^{TRAILER}: ", "--extended-regexp"]
        try:
            log = self._git(
                "--literal-pathspecs",
                "log",
                "--no-renames",
                "--name-only",
                "-z",
                _FORMAT,
                *ours,
                *which,
                "--",
                *self._roots,
            )
        except GitFailed:
            return {}
        return told(log, self._place)


def told(log: bytes, place: Place) -> dict[str, Who]:
    """Path -> who touched it last, by the answer of `git log`, newest first."""
    found: dict[str, Who] = {}
    for entry in log.decode(errors="surrogateescape").split("\x01")[1:]:
        commit, name, paths = entry.split("\x02", 2)
        who = Who(name or None, place.commit(commit))
        for path in paths.strip("\n").split("\0"):
            if path := path.removeprefix("\n"):
                found.setdefault(path, who)
    return found
