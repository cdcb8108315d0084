"""A branch as a source: listed by blob ids, read from the clone, written by one commit at the end of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from pmtrack.errors import DocumentError, PmtrackError, SourceError
from pmtrack.model import NOT_KNOWN
from pmtrack.sources.base import Again, Committed, Content, Host, PullRequests, Seen
from pmtrack.sources.folder import BINARY, is_binary
from pmtrack.sources.git.account import Account
from pmtrack.sources.git.clone import Clone
from pmtrack.sources.git.command import Git, GitFailed, NoGit
from pmtrack.sources.git.history import History
from pmtrack.sources.git.news import PAGES
from pmtrack.sources.git.objects import Objects
from pmtrack.sources.git.outbox import Outbox, Staged
from pmtrack.sources.git.proposal import DONE
from pmtrack.sources.git.push import Author
from pmtrack.sources.git.remote import Place, address, filled, host, place
from pmtrack.sources.git.review import Review
from pmtrack.sources.git.tree import Blob, Tree, roots, tree, wanted
from pmtrack.sources.git.who import Authors
from pmtrack.sources.settings import GitSettings

CACHE = Path(".pmtrack", "clones")
"""Where clones are kept, beside the configuration file."""

CHANGED = "changed since it was read and is left as it is: the next run takes it up"
GONE = "is not there any more: the next run takes that up"
TOO_LARGE = "is larger than the {cap} bytes that max_bytes of its source allows: raise that, or exclude it"
IN_LFS = "is kept in Git LFS, which holds no text to be read: keep it in git itself, or exclude it"
DAMAGED = "cannot be read from the clone of its source: the next run makes that anew"
OFF = "publish.mode is off for source {name}: nothing is written into its documents"
NO_HOST = (
    'source {name} has publish.mode = "pull-request", and its host is none that pmtrack opens pull requests at: set it '
    'to "push" or "off"'
)
YOUNG = "source {name} was written to at {last}: the next commit is made from {next} on (publish.min_interval)"

PROPOSING = "pull-request"

_LFS = b"version https://git-lfs.github.com/spec/"


def utc_now() -> datetime:
    return datetime.now(UTC)


def connect(settings: GitSettings, base: Path) -> GitSource:
    """The source; nothing is asked of the remote yet."""
    return GitSource(settings, base)


class GitSource:
    """The documents of one branch.

    Args:
        base: the configuration's folder. now: the clock, UTC, for the times of commits.
    """

    def __init__(self, settings: GitSettings, base: Path, now: Callable[[], datetime] = utc_now) -> None:
        self.name = settings.name
        self._settings = settings
        self._now = now
        self._remote = address(settings, base)
        self._place: Place = place(settings)
        folder = base / (settings.cache or CACHE / f"{settings.name}.git")
        settled = {"remote.origin.url": self._remote}
        who = Account(self.name, settings.credential, self._remote, settings.user, self._place.kind)
        git = Git(folder, settings.timeout.total_seconds(), who.secret, settled)
        self._wanted = wanted(settings.include, settings.exclude)
        self._roots = roots(settings.include)
        largest = 0 if self._roots else settings.max_bytes
        self._account = who
        self._clone = Clone(git, self.name, self._remote, who.variable, settings.branch, settings.depth, largest)
        self._tree: Tree | None = None
        self._trouble: SourceError | None = None
        self._at: str | None = None
        self._history: History | None = None
        self._pulls: PullRequests | None = None
        self._objects = Objects(git)
        self._authors: Authors | None = None
        self._damaged = False
        self._outbox = Outbox(self._clone, self._listed, self._read, self._stage)

    # ------------------------------------------------------------ reading

    def documents(self) -> Iterator[Seen]:
        self._look()
        return self._listing.seen()

    def version(self, path: str) -> str:
        staged = self._outbox.staged.get(path)
        return staged.content.version if staged else self._listing.oid(path)

    def read(self, path: str) -> Content:
        if path in self._outbox.staged:
            return self._outbox.staged[path].content
        blob = self._listing.blob(path)
        if blob is None:
            raise DocumentError(f"{path} {GONE}")
        self._begin()
        try:
            return self._read(path, blob)
        except GitFailed:
            self._clone.condemn()
            self._damaged = True
            raise DocumentError(f"{path} {DAMAGED}") from None

    def use_token(self, token: Callable[[], str]) -> None:
        self._account.granted = token

    def remarks(self, issues: Callable[[], int]) -> list[str]:
        return self._clone.news.told(issues)

    def keeps(self, address: str) -> bool:
        try:
            return self._past.keeps(address)
        except GitFailed:
            return True

    def locate(self, path: str) -> str:
        branch = self._settings.branch or "HEAD"
        if found := self._by_link(path, None, branch) or self._place.current(path, branch):
            return found
        return f"{self._remote if '://' in self._remote else Path(self._remote).as_uri()}/{quote(path)}"

    def address(self, path: str, line: int) -> str:
        self._at = self._at or self._clone.head()
        if self._at is None:
            return ""
        return self._by_link(path, line, self._at) or self._place.page(path, self._at, line)

    # ------------------------------------------------------------ writing

    def write(self, content: Content, data: bytes) -> Content:
        staged, path = self._outbox.staged.get(content.path), content.path
        blob = self._listing.blob(path)
        if blob is None or content.stamp != _stamp(staged.content.version if staged else blob.oid):
            raise DocumentError(f"{path} {CHANGED}")
        try:
            self._outbox.staged[path] = self._stage(content, blob, data)
        except GitFailed as error:
            raise DocumentError(f"{path} cannot be written into the clone ({error.words}): mend that") from None
        return self._outbox.staged[path].content

    def closed(self) -> str | None:
        publish = self._settings.publish
        if publish.mode == "off":
            return OFF.format(name=self.name)
        if self.proposes() and self._pulls is None:
            return NO_HOST.format(name=self.name)
        now, last = self._now(), self._past.last_of_ours([f"--glob={DONE}*"] if self.proposes() else [])
        if last is None or abs(now - last) >= publish.min_interval:
            return None
        return YOUNG.format(name=self.name, last=f"{last:%H:%M}", next=f"{last + publish.min_interval:%H:%M} UTC")

    @property
    def credential(self) -> str | None:
        return self._settings.credential

    def host(self) -> Host | None:
        return host(self._place)

    def proposes(self) -> bool:
        return self._settings.publish.mode == PROPOSING

    def by(self, pulls: PullRequests) -> None:
        self._pulls = pulls

    def commit(self, run: str, again: Again) -> Committed:
        staged, pulls = self._outbox.staged, self._pulls
        self._objects.close()  # a daemon would keep the process that reads until its next run
        if self._tree is None or not (staged or pulls) or (pulls and self._damaged):
            return Committed()  # of what could not be read nobody knows whether it is still to be proposed
        try:
            with self._clone.alone():
                done = self._proposed(run, pulls) if pulls else self._pushed(run, again)
        except (GitFailed, PmtrackError) as error:
            done = Committed({}, dict.fromkeys(staged or [""], str(error)))
        self._outbox = Outbox(self._clone, self._listed, self._read, self._stage)
        return done

    def _pushed(self, run: str, again: Again) -> Committed:
        publish, seen = self._settings.publish, self._listing
        author = Author.of(publish.author, self._now())
        done, self._tree = self._outbox.send(seen, run, author, again, skip_ci=publish.skip_ci)
        self._advance(seen.commit, self._tree.commit)
        return done

    def _proposed(self, run: str, pulls: PullRequests) -> Committed:
        publish, base = self._settings.publish, self._settings.branch or self._clone.known_default()
        how = {"per_folder": publish.per_folder, "skip_ci": publish.skip_ci}
        review = Review(self._clone, pulls, base, self._roots, **how)
        return review.propose(self._outbox.staged, self._listing, run, Author.of(publish.author, self._now()))

    # ------------------------------------------------------------ the parts

    @property
    def _listing(self) -> Tree:
        """What was listed last; of a source that was not listed yet, what is there now.

        Raises:
            SourceError: that cannot be told.
        """
        if self._trouble:
            raise self._trouble
        return self._tree or self._look()

    def _look(self) -> Tree:
        """Raises:
        SourceError: the remote cannot be read; then it is not asked again for every document.
        """
        self._objects.close()
        self._outbox.staged.clear()
        self._tree, self._authors, self._damaged = None, None, False
        try:
            self._tree = self._clone.look(self._listed)
        except SourceError as error:
            self._trouble = error
            raise
        self._trouble, self._at = None, self._tree.commit
        if pages := self._settings.link or self._place.web:
            self._clone.news.compare("pages", pages, PAGES)
        return self._tree

    def _listed(self, commit: str) -> Tree:
        """Raises:
        GitFailed: the clone does not work.
        """
        git = self._clone.git
        listing = git("ls-tree", "-r", "-z", commit, "--", *self._roots)
        return tree(commit, listing, self._wanted, lambda oid: git("cat-file", "blob", oid).decode(errors="replace"))

    def _begin(self) -> None:
        """Before the first read of a listing: get at once what will be asked for one by one."""
        if self._authors is not None:
            return
        listing, git = self._listing, self._clone.git
        self._authors = Authors(git, listing.commit, self._clone.before, self._roots, self._place)
        try:
            if self._clone.lacks_files() and self._objects.prefetch(listing.oids()):
                self._clone.note_files()
        except (GitFailed, NoGit):
            return

    def _read(self, path: str, blob: Blob) -> Content:
        """Raises:
        DocumentError: too large, or no text. GitFailed: the clone does not work.
        """
        data = self._objects.read(blob.oid, self._settings.max_bytes)
        if data is None:
            raise DocumentError(f"{path} {TOO_LARGE.format(cap=self._settings.max_bytes)}")
        if data.startswith(_LFS):
            raise DocumentError(f"{path} {IN_LFS}")
        return self._content(path, data, blob.oid)

    def _stage(self, content: Content, blob: Blob, data: bytes) -> Staged:
        oid = self._clone.git("hash-object", "-w", "--stdin", data=data).decode().strip()
        return Staged(blob, Content(content.path, data, oid, _stamp(oid), content.who))

    def _content(self, path: str, data: bytes, oid: str) -> Content:
        if is_binary(data):
            raise DocumentError(f"{path} {BINARY}")
        return Content(path, data, oid, _stamp(oid), self._authors.of(path) if self._authors else NOT_KNOWN)

    def _advance(self, seen: str, now: str) -> None:
        """Lines that were read hold in our own commit as well, but not in one on top of what others pushed."""
        if now != seen and self._clone.git.text("rev-parse", f"{now}^") == seen:
            self._clone.advance(now)
            self._at = now

    @property
    def _past(self) -> History:
        commit = self._listing.commit
        if self._history is None or self._history.head != commit:
            self._history = History(self._clone, commit)
        return self._history

    def _by_link(self, path: str, line: int | None, commit: str) -> str:
        values = {"{path}": quote(path, safe="/"), "{line}": str(line or 1), "{commit}": quote(commit, safe="/")}
        return filled(self._settings.link or "", values)


def _stamp(oid: str) -> tuple[int, ...]:
    return (int(oid, 16),)
