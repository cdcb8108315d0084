"""A branch of ours and its pull request: made, updated in place, and closed when nothing is left.

The branch only ever grows by commits of ours; one that somebody else committed to is theirs until it is merged or
closed. What is proposed is not in the documents yet, so each run proposes all of it anew, and where the branch says
that already nothing happens. A pull request that a person closes stays closed until there is something else to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pmtrack.errors import SourceError
from pmtrack.sources.base import Committed, Pull, PullRequests
from pmtrack.sources.git.clone import Clone
from pmtrack.sources.git.message import TRAILER, body, subject
from pmtrack.sources.git.outbox import Staged
from pmtrack.sources.git.push import Author, commit, push
from pmtrack.sources.git.tree import Blob, Tree
from pmtrack.sources.git.trouble import PROTECTED, REFUSED, Push

DONE = "refs/pmtrack/proposals/"
"""With the name of a branch of ours: where it stood when it and its pull request were last in step with what is to be
written."""

_SEEN = "refs/pmtrack/proposal"
QUIETLY = ("--no-tags", "--no-write-fetch-head", "--no-auto-maintenance")

THEIRS = (
    "somebody else committed to {branch} of source {name}: merge or close its pull request; nothing is added there "
    "meanwhile"
)
NOT_NOW = "the branch {branch} of source {name} changed at this moment: the next run looks again"


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is to be merged into the branch `base`.

    Attributes:
        branch: ours, for this. staged: what is to be written, by path, into `tree`. words: the message of a commit.
    """

    clone: Clone
    pulls: PullRequests
    branch: str
    base: str
    staged: Mapping[str, Staged]
    tree: Tree
    words: str
    author: Author

    @property
    def _done(self) -> str:
        return f"{DONE}{self.branch}"

    def send(self) -> Committed:
        """Bring branch and pull request in step; the remote is asked only where they are not.

        Raises:
            SourceError: the remote does not take it. PmtrackError: the host does not. GitFailed: the clone is broken.
        """
        last = self.clone.at(self._done)
        proposed = Committed(proposed=tuple(sorted(self.staged)))
        if last and self.staged and self._commit(last) is None:
            return proposed
        head = self._fetched()
        if head and not self._is_ours(head):
            raise SourceError(self._sentence(THEIRS))
        pull = self.pulls.find(self.branch, self.base)
        if self.staged:
            self._propose(head, pull, is_new=last is None)
        else:
            self._withdraw(head, pull)
        return proposed

    def _propose(self, head: str | None, pull: Pull | None, *, is_new: bool) -> None:
        """On top of our branch; anew where its pull request was merged or closed, and there is more to say."""
        made = self._commit(head)
        if made and head and not pull:
            self._delete(head)
            head, made = None, self._commit(None)
        if made:
            self._push(made, head or "")
        if made or pull or is_new:
            self._tell(pull, sorted(self.staged))
        if now := made or head:
            self.clone.git("update-ref", self._done, now)

    def _withdraw(self, head: str | None, pull: Pull | None) -> None:
        if pull:
            self.pulls.close(pull)
        if head:
            self._delete(head)
        self.clone.git("update-ref", "-d", self._done)

    def _fetched(self) -> str | None:
        """Where our branch stands at the remote, None where there is none."""
        answer = self.clone.git.remotely("fetch", *QUIETLY, "origin", f"+refs/heads/{self.branch}:{_SEEN}")
        if answer.code == 0:
            return self.clone.at(_SEEN)
        if "couldn't find remote ref" in answer.words:
            return None
        raise SourceError(self._sentence(NOT_NOW))

    def _is_ours(self, head: str) -> bool:
        """Whether nobody else committed to our branch."""
        others = ["--invert-grep", f"--grep=^{TRAILER}: ", "--extended-regexp", "--max-count=1", "--format=%H"]
        return not self.clone.git.text("log", *others, f"{self.tree.commit}..{head}")

    def _commit(self, head: str | None) -> str | None:
        """What comes next on our branch, None where that says so already; without a head, what it begins with."""
        blobs = {path: Blob(one.base.mode, one.content.version) for path, one in self.staged.items()}
        for path in self._changed(head) if head else ():
            if path not in blobs and (blob := self.tree.blob(path)):
                blobs[path] = blob
        return commit(self.clone.git, head or self.tree.commit, blobs, self.words, self.author)

    def _changed(self, head: str) -> list[str]:
        """The documents that our branch changes."""
        listing = self.clone.git("diff", "--name-only", "--no-renames", "-z", f"{self.tree.commit}...{head}")
        return listing.decode(errors="surrogateescape").split("\0")[:-1]

    def _push(self, made: str, on: str) -> None:
        outcome, said = push(self.clone.git, self.branch, made, on)
        if outcome is not Push.DONE:
            forms = {Push.PROTECTED: PROTECTED, Push.REFUSED: REFUSED}
            raise SourceError(self._sentence(forms.get(outcome, NOT_NOW), said))

    def _delete(self, head: str) -> None:
        """Our branch, if it still stands where it was seen; a host may have done so already."""
        ref = f"refs/heads/{self.branch}"
        self.clone.git.remotely("push", "--porcelain", f"--force-with-lease={ref}:{head}", "origin", f":{ref}")

    def _tell(self, pull: Pull | None, paths: list[str]) -> None:
        title, text = subject(paths), body(paths)
        if pull is None:
            self.pulls.open(self.branch, self.base, title, text)
        elif (pull.title, pull.body) != (title, text):
            self.pulls.edit(pull, title, text)

    def _sentence(self, form: str, said: str = "") -> str:
        words = {"{branch}": self.branch, "{name}": self.clone.name, "{said}": said, "{variable}": self.clone.variable}
        for name, value in words.items():
            form = form.replace(name, value)
        return form
