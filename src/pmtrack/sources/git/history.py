"""The history of a branch: when we wrote to it last, and whether a commit is part of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pmtrack.sources.git.clone import Clone
from pmtrack.sources.git.command import GitFailed
from pmtrack.sources.git.message import TRAILER

FAR_ENOUGH = 500
"""Commits of a branch among which our last one is looked for; more than are made in an hour."""

COMMIT = re.compile(r"(?<![0-9a-fA-F])[0-9a-f]{40}(?![0-9a-fA-F])")


@dataclass(slots=True)
class History:
    """The history up to a commit."""

    clone: Clone
    head: str
    _commits: frozenset[str] | None = None

    def last_of_ours(self, refs: Sequence[str] = ()) -> datetime | None:
        """When the newest of our commits was made, as far as the last few tell; not by `--since`, which ends at the
        first commit with an old date.

        Args:
            refs: what else to look through, in the notation of `git log`.
        """
        form = f"--format=%ct %(trailers:key={TRAILER},valueonly,separator=%x20)"
        try:
            log = self.clone.git.text("log", f"--max-count={FAR_ENOUGH}", form, self.head, *refs)
        except GitFailed:
            return None
        ours = [int(words[0]) for words in map(str.split, log.splitlines()) if len(words) > 1]
        return datetime.fromtimestamp(max(ours), UTC) if ours else None

    def keeps(self, address: str) -> bool:
        """Whether the commit that an address names is part of it; also where it names none, or nobody can tell.

        Raises:
            GitFailed: the clone does not work.
        """
        commit = COMMIT.search(address)
        if commit is None or self.clone.is_shallow():
            return True
        if self._commits is None:
            self._commits = frozenset(self.clone.git.text("rev-list", self.head).split())
        return commit[0] in self._commits
