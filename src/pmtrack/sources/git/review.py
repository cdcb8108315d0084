"""The pull requests of a source: one for all its documents, or one for each folder, for its owners' review."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pmtrack.errors import PmtrackError
from pmtrack.sources.base import Committed, PullRequests
from pmtrack.sources.git.clone import Clone
from pmtrack.sources.git.groups import each, grouped, one
from pmtrack.sources.git.message import message
from pmtrack.sources.git.outbox import Staged
from pmtrack.sources.git.proposal import DONE, QUIETLY, Proposal
from pmtrack.sources.git.push import Author
from pmtrack.sources.git.tree import Tree

KNOWN = "pmtrack.proposals"
"""Set in a clone that knows the branches of ours which were there before it."""


@dataclass(frozen=True, slots=True)
class Review:
    """Attributes:
    base: the branch to be merged into. roots: the folders from which folders are counted.
    """

    clone: Clone
    pulls: PullRequests
    base: str
    roots: Sequence[str]
    per_folder: bool = False
    skip_ci: bool = False

    def propose(self, staged: Mapping[str, Staged], tree: Tree, run: str, author: Author) -> Committed:
        """Bring all branches in step; one that cannot be keeps the others from nothing.

        Args:
            staged: what is to be written, by path, into `tree`.

        Raises:
            GitFailed: the clone does not work.
        """
        wanted = grouped(self.clone.name, staged, self.roots, per_folder=self.per_folder)
        proposed: list[str] = []
        left: dict[str, str] = {}
        for branch in sorted({*wanted, *self._known()}):
            part = {path: staged[path] for path in wanted.get(branch, ())}
            words = message(sorted(part) or [""], run, skip_ci=self.skip_ci)
            proposal = Proposal(self.clone, self.pulls, branch, self.base, part, tree, words, author)
            try:
                proposed += proposal.send().proposed
            except PmtrackError as error:
                left |= dict.fromkeys(part or [branch], str(error))
        return Committed(left=left, proposed=tuple(proposed))

    def _known(self) -> list[str]:
        """The branches of ours that were proposed, as far as the clone knows; a new one asks the remote once."""
        git = self.clone.git
        if not git.text("config", "--default=", "--get", KNOWN):
            self._learn()
        refs = git.text("for-each-ref", "--format=%(refname)", DONE).splitlines()
        return [ref.removeprefix(DONE) for ref in refs]

    def _learn(self) -> None:
        """Take the branches for ours that the remote has from before; where it does not answer, the next run asks."""
        git, name, heads = self.clone.git, self.clone.name, "refs/heads/"
        answer = git.remotely("ls-remote", "origin", f"{heads}{one(name)}", f"{heads}{each(name)}*")
        there = [line.partition("\t")[2] for line in answer.out.decode(errors="replace").splitlines()]
        if answer.code == 0 and there:
            wanted = (f"+{ref}:{DONE}{ref.removeprefix(heads)}" for ref in there)
            answer = git.remotely("fetch", *QUIETLY, "origin", *wanted)
        if answer.code == 0:
            git("config", KNOWN, "true")
