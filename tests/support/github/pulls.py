"""Pull requests and the branches that they are about: those of the git repository behind a repository of the stand-in.

A pull request shares its number, title, body and state with an issue; here is what it has besides. What becomes of it
by a push is GitHub's rule: it is merged once its commits are in the base branch, and closed when its branch is deleted
("About pull request merges", "Deleting and restoring branches in a pull request").
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from . import changes
from .changes import Doer
from .model import Issue, Pull, Repo

if TYPE_CHECKING:
    from .hub import Hub


@dataclass(frozen=True, slots=True)
class Branches:
    """The branches of a bare repository."""

    folder: Path

    def git(self, *arguments: str) -> str | None:
        """One line of an answer, None where git says no."""
        command = [
            "git",
            "-c",
            "user.name=web",
            "-c",
            "user.email=web@github.com",
            f"--git-dir={self.folder}",
            *arguments,
        ]
        done = subprocess.run(command, capture_output=True, check=False)
        return done.stdout.decode().strip() if done.returncode == 0 else None

    def at(self, branch: str) -> str | None:
        return self.git("rev-parse", "--verify", "--quiet", f"refs/heads/{branch}")

    def holds(self, branch: str, commit: str) -> bool:
        """Whether a branch has a commit already."""
        return self.git("merge-base", "--is-ancestor", commit, f"refs/heads/{branch}") is not None

    def squash(self, base: str, head: str, words: str) -> str:
        """One commit on the base branch with all that the other one changes."""
        tree = self.git("merge-tree", "--write-tree", f"refs/heads/{base}", f"refs/heads/{head}")
        assert tree, f"{head} does not merge into {base}"
        made = self.git("commit-tree", "-p", f"refs/heads/{base}", "-m", words, tree)
        assert made
        self.git("update-ref", f"refs/heads/{base}", made)
        return made

    def delete(self, branch: str) -> None:
        self.git("update-ref", "-d", f"refs/heads/{branch}")


def branches(repo: Repo) -> Branches:
    assert repo.git is not None, f"{repo.full_name} has no git repository behind it: set Repo.git"
    return Branches(repo.git)


def listed(hub: Hub, repo: Repo) -> Iterator[tuple[Issue, Pull]]:
    """All of a repository, as what was pushed since made them; newest first."""
    for number in sorted(repo.pulls, reverse=True):
        issue = repo.latest(number)
        if isinstance(issue, Issue):
            yield _settled(hub, repo, issue, repo.pulls[number])


def _settled(hub: Hub, repo: Repo, issue: Issue, pull: Pull) -> tuple[Issue, Pull]:
    here, web = branches(repo), Doer(repo.owner)
    now = here.at(pull.head)
    if issue.state == "open" and now is None:
        issue = changes.change(hub, repo, issue, web, **changes.state_change(hub, issue, web, "closed", None))
    elif issue.state == "open" and now and here.holds(pull.base, now):
        return merged(hub, repo, issue, web, now)
    pull = replace(pull, sha=now or pull.sha)
    repo.pulls[issue.number] = pull
    return issue, pull


def merged(hub: Hub, repo: Repo, issue: Issue, doer: Doer, commit: str) -> tuple[Issue, Pull]:
    """It is merged by now, by this commit."""
    issue = changes.change(hub, repo, issue, doer, **changes.state_change(hub, issue, doer, "closed", None))
    found = repo.pulls[issue.number]
    sha = branches(repo).at(found.head) or found.sha
    repo.pulls[issue.number] = replace(found, sha=sha, merged_at=hub.now(), merged_by=doer.login, merge_sha=commit)
    return issue, repo.pulls[issue.number]


def is_merged(pull: Pull) -> bool:
    return isinstance(pull.merged_at, datetime)
