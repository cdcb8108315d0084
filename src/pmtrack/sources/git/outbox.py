"""What a run wrote, on its way to the remote: one commit, made again on top of what others pushed meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pmtrack.errors import DocumentError
from pmtrack.sources.base import Again, Committed, Content
from pmtrack.sources.git.clone import PUSH, Clone
from pmtrack.sources.git.message import message
from pmtrack.sources.git.push import Author, commit, push
from pmtrack.sources.git.tree import Blob, Tree
from pmtrack.sources.git.trouble import FASTER, PROTECTED, REFUSED, Push

TRIES = 5
"""How often a commit is offered in one run."""

GONE = "is not there any more: the next run takes that up"
THEIRS = "was changed by somebody at this moment and is left as it is: the next run takes it up"
_VERDICTS: Mapping[Push, str] = {Push.PROTECTED: PROTECTED, Push.REFUSED: REFUSED}


@dataclass(frozen=True, slots=True)
class Staged:
    """A document as it is to be: what was read, and the content that is to stand in its place."""

    base: Blob
    content: Content


@dataclass(slots=True)
class Outbox:
    """Documents laid ready.

    Attributes:
        clone: where they go out from. look: a commit -> its documents. read: the bytes of one of them.
        stage: content and new bytes -> what is laid ready.
    """

    clone: Clone
    look: Callable[[str], Tree]
    read: Callable[[str, Blob], Content]
    stage: Callable[[Content, Blob, bytes], Staged]
    staged: dict[str, Staged] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)

    def send(self, tree: Tree, run: str, author: Author, again: Again, *, skip_ci: bool) -> tuple[Committed, Tree]:
        """Commit and push all, and answer what became of each and what the branch holds now.

        Args:
            tree: what the documents were read from.

        Raises:
            GitFailed: the clone does not work. SourceError: the remote does not answer.
        """
        branch, said = self.clone.target(), ""
        for _ in range(TRIES):
            made = self._commit(tree, run, author, skip_ci=skip_ci)
            if made is None:
                return self._done(), tree
            outcome, said = push(self.clone.git, branch, made, tree.commit)
            if outcome in _VERDICTS:
                return self._nothing(self._sentence(_VERDICTS[outcome], branch, said)), tree
            now = made if outcome is Push.DONE else self.clone.fetch(PUSH)
            if outcome is Push.DONE or self.clone.is_within(made, now):
                return self._done(), self.look(now)
            tree = self._anew(tree, now, again)
        return self._nothing(self._sentence(FASTER, branch, said)), tree

    def _commit(self, tree: Tree, run: str, author: Author, *, skip_ci: bool) -> str | None:
        if not self.staged:
            return None
        blobs = {path: Blob(one.base.mode, one.content.version) for path, one in self.staged.items()}
        words = message(sorted(blobs), run, skip_ci=skip_ci)
        return commit(self.clone.git, tree.commit, blobs, words, author)

    def _anew(self, before: Tree, now: str, again: Again) -> Tree:
        """Lay ready again what stands in documents that somebody changed; the branch as it is now."""
        if now == before.commit:
            return before
        tree = self.look(now)
        for path, one in list(self.staged.items()):
            try:
                self.staged[path] = self._again(path, one, tree.blob(path), again)
            except DocumentError as error:
                self.left[path] = str(error)
                del self.staged[path]
        return tree

    def _again(self, path: str, one: Staged, blob: Blob | None, again: Again) -> Staged:
        """Raises:
        DocumentError: nothing can be written into it now.
        """
        if blob is None:
            raise DocumentError(f"{path} {GONE}")
        if blob == one.base:
            return one
        content = self.read(path, blob)
        if (data := again(content)) is None:
            raise DocumentError(f"{path} {THEIRS}")
        return self.stage(content, blob, data)

    def _done(self) -> Committed:
        return Committed({path: one.content for path, one in self.staged.items()}, dict(self.left))

    def _nothing(self, sentence: str) -> Committed:
        return Committed({}, {**self.left, **dict.fromkeys(self.staged, sentence)})

    def _sentence(self, form: str, branch: str, said: str) -> str:
        words = {"{branch}": branch, "{name}": self.clone.name, "{said}": said, "{tries}": str(TRIES)}
        for name, value in {"{variable}": self.clone.variable, **words}.items():
            form = form.replace(name, value)
        return form
