"""The cached clone: made once, brought up to date in each run, made anew when it is broken.

It is bare and, where the remote can do that, holds no files but those that were read (`--filter=blob:none`). All that
is in it can be had again from the remote, so whatever is wrong with it is mended by throwing it away. One process at a
time works on it, by a lock that the kernel frees; what a killed one left locked is unlocked.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from pmtrack.errors import SourceError
from pmtrack.sources.git.cache import Cache
from pmtrack.sources.git.command import Answer, Git, GitFailed, NoGit
from pmtrack.sources.git.news import BRANCH, News
from pmtrack.sources.git.trouble import OTHERWISE, fetching, shortly
from pmtrack.sources.git.turn import PATIENCE, alone

T = TypeVar("T")

HEAD = "refs/pmtrack/head"
"""The branch as it was last listed."""
PUSH = "refs/pmtrack/push"
"""The branch as it was seen while something was pushed."""

_BROKEN = re.compile(
    r"not a git repository|corrupt|bad (object|tree|config|numeric|boolean|revision)|unable to (read|parse|resolve)"
    r"|missing (blob|tree)|invalid object|hash mismatch|valid object|packfile|pack-objects died|update local ref"
    r"|did not send all necessary objects|repository version|shallow file|ambiguous arg|reference broken"
)
_DEFAULT = re.compile(r"^ref: refs/heads/(\S+)\tHEAD\n(?:.*\n)*?([0-9a-f]{40,64})\tHEAD$", re.MULTILINE)
_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_REDIRECTED = re.compile(r"redirecting to (\S+)")


@dataclass(slots=True)
class Clone:
    """The clone of one branch.

    Attributes:
        name: of the source, for sentences. variable: the one that may hold the token, for advice.
        branch: None for the default one. depth: commits of the first clone, None for all.
        largest: bytes of the files that come along with later commits; 0 for none, where most of the repository is no
            document.
        news: what was noticed about the remote in the last look. before: the commit that the look before it saw.
        default: the name of the default branch, as the last look saw it.
        patience: seconds to wait for another process.
    """

    git: Git
    name: str
    remote: str
    variable: str
    branch: str | None = None
    depth: int | None = None
    largest: int = 0
    before: str | None = None
    default: str = ""
    patience: float = PATIENCE
    news: News = field(init=False)

    def __post_init__(self) -> None:
        self.news = News(self._cache, self.name)

    def look(self, at: Callable[[str], T]) -> T:
        """Fetch, and answer what `at` makes of the commit that the branch is at.

        Raises:
            SourceError: the remote cannot be read, or the clone cannot be kept.
        """
        with self.alone():
            self.news.clear()
            return self.mended(lambda: at(self._fetched()))

    def mended(self, work: Callable[[], T]) -> T:
        """Work on the clone; where that fails, once more on a new one.

        Raises:
            SourceError: it fails on that as well.
        """
        try:
            return work()
        except GitFailed:
            self._cache.remove()
        try:
            return work()
        except GitFailed as error:
            raise SourceError(
                f"the clone of source {self.name} does not work ({error}): remove {self._where}"
            ) from None

    @property
    def _where(self) -> Path:
        return self.git.folder

    @property
    def _cache(self) -> Cache:
        return Cache(self.git, self.name)

    def alone(self) -> AbstractContextManager[None]:
        """Nobody else works on the clone meanwhile, see `turn`."""
        return alone(self._where, self.name, self.patience)

    def head(self) -> str | None:
        """The commit that was last seen, without asking the remote; None where there is none."""
        return self.at(HEAD)

    def at(self, ref: str) -> str | None:
        """What a ref of ours stands at, None where there is none."""
        try:
            return self._commit(ref)
        except (GitFailed, NoGit, OSError):
            return None

    def known_default(self) -> str:
        """The name of the default branch as it was last seen, else asked of the remote.

        Raises:
            SourceError: it cannot be told.
        """
        return self.default or self._default()[0]

    def advance(self, commit: str) -> None:
        """The branch is at this commit now, and nobody else changed anything since it was last seen."""
        self.git("update-ref", HEAD, commit)

    def target(self) -> str:
        """The name of the branch, asked of the remote where it is the default one.

        Raises:
            SourceError: it cannot be told.
        """
        return self.branch or self._default()[0]

    def is_within(self, commit: str, head: str) -> bool:
        """Whether a commit is part of the history of another one."""
        try:
            self.git("merge-base", "--is-ancestor", commit, head)
        except GitFailed:
            return False
        return True

    def fetch(self, into: str = HEAD) -> str:
        """The commit that the branch is at now.

        Raises:
            SourceError: it cannot be told. GitFailed: the clone is broken.
        """
        ref = f"refs/heads/{self.branch}" if self.branch else "HEAD"
        more = [f"--depth={self.depth}"] if self.depth and not self.head() else []
        if self.largest and self._cache.has_files():
            more.append(f"--filter=blob:limit={self.largest}")
        options = ["--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--no-auto-maintenance", *more]
        answer = self.git.remotely("fetch", *options, "origin", f"+{ref}:{into}")
        self._check(answer, "fetch")
        if "filtering not recognized" in answer.words:
            self._cache.forget_filter()
        if found := _REDIRECTED.search(answer.words):
            self.news.moved(found[1])
        return self._commit(into)

    def _commit(self, ref: str) -> str:
        """What a ref stands at: by its file, as long as it is one.

        Raises:
            GitFailed: there is no such ref.
        """
        file = self._where / ref
        loose = file.read_text(encoding="ascii", errors="replace").strip() if file.is_file() else ""
        return loose if _ID.fullmatch(loose) else self.git.text("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")

    def _fetched(self) -> str:
        if not self._cache.is_whole():
            self._cache.make()
        self._cache.unlock()
        self.before = before = self.head()
        if self.branch is None and before and self._default()[1] == before:
            return before
        now = self.fetch()
        self._cache.tidy()
        return now

    def _default(self) -> tuple[str, str]:
        """Name and commit of the remote's default branch; a new one is noticed."""
        answer = self.git.remotely("ls-remote", "--symref", "origin", "HEAD")
        self._check(answer, "ls-remote")
        found = _DEFAULT.search(answer.out.decode(errors="replace"))
        if not found:
            raise SourceError(
                f"the repository of source {self.name} has no default branch with a commit: push one, or name a branch"
            )
        self.default = found[1]
        self.news.compare("branch", found[1], BRANCH)
        return found[1], found[2]

    def _check(self, answer: Answer, command: str) -> None:
        """Raises:
        SourceError: the remote is to blame. GitFailed: the clone is.
        """
        if answer.code == 0:
            return
        here = [line for line in answer.words.lower().splitlines() if not line.startswith("remote:")]
        if _BROKEN.search("\n".join(here)) or not self._works():
            raise GitFailed((command,), answer.code, answer.words)
        said = (fetching(answer.words) or OTHERWISE).format(
            branch=self.branch or "HEAD", variable=self.variable, said=shortly(answer.words)
        )
        raise SourceError(
            f"the repository {self.remote} of source {self.name} {said}; "
            "nothing was done that rests on a missing document"
        )

    def _works(self) -> bool:
        """Whether the clone can be read as far as a look at its newest commit tells."""
        try:
            self.git("rev-parse", "--is-bare-repository")
            if head := self.head():
                self.git("ls-tree", "-r", "-z", head)
        except GitFailed:
            return False
        return True

    def condemn(self) -> None:
        """Something in it cannot be read: the next look makes it anew."""
        self._cache.condemn()

    def is_shallow(self) -> bool:
        """Whether a part of the history is missing in it."""
        return (self._where / "shallow").is_file()

    def lacks_files(self) -> bool:
        """Whether documents may be missing in it that the remote has."""
        return self._cache.is_partial() and not self._cache.has_files()

    def note_files(self) -> None:
        """All documents are here now; from now on they come along with the commits."""
        if self.largest:
            self._cache.note_files()
