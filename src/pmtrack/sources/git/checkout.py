"""A repository as somebody has checked it out, and the documents of one of its commits, which are only looked at."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import quote, urlsplit

from pmtrack.errors import DocumentError, SourceError
from pmtrack.sources.base import Content, Seen
from pmtrack.sources.folder import BINARY, is_binary
from pmtrack.sources.git.command import Git, GitFailed, NoGit
from pmtrack.sources.git.objects import Objects
from pmtrack.sources.git.remote import filled, place
from pmtrack.sources.git.tree import Tree, tree, wanted
from pmtrack.sources.settings import FolderSettings, GitSettings

SECONDS = 120
"""For one command of git; none of them talks with a remote."""

NO_REPOSITORY = "{} is in no git repository: run this in the checkout of your postmortems"
NO_COMMIT = "there is no commit {!r} in this checkout: fetch it, or name another one"
TOO_LARGE = "is larger than the {cap} bytes that max_bytes of its source allows: raise that, or exclude it"
READ_ONLY = "{path} is read from a commit, which nothing is written into"

_SCP = re.compile(r"(?:[\w.-]+@)?(?P<host>[\w.-]+):(?!//)(?P<path>.+)")


@dataclass(frozen=True)
class Checkout:
    """Attributes:
    top: the folder that its files are in. git: on the repository itself.
    """

    top: Path
    git: Git

    @classmethod
    def around(cls, folder: Path) -> Checkout:
        """The one that a folder is in.

        Raises:
            SourceError: there is none.
        """
        start = folder.resolve()
        for top in (start, *start.parents):
            if (found := _git_folder(top / ".git")) is not None:
                return cls(top, Git(found, SECONDS))
        raise SourceError(NO_REPOSITORY.format(folder))

    def commit(self, name: str) -> str:
        """The id of a commit by what a person calls it.

        Raises:
            SourceError: there is none of that name here.
        """
        try:
            return self.git.text("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        except (GitFailed, NoGit):
            raise SourceError(NO_COMMIT.format(name)) from None

    def documents(self, settings: FolderSettings | GitSettings, base: Path, commit: str) -> CommitSource | None:
        """What a source held at a commit; None where it is elsewhere than in this repository.

        Args:
            base: the configuration's folder.
        """
        root = self._root(settings, base)
        return None if root is None else CommitSource(settings, self.git, commit, root)

    def _root(self, settings: FolderSettings | GitSettings, base: Path) -> str | None:
        """Where a source begins, "" for the top of the repository."""
        if isinstance(settings, GitSettings):
            return "" if _key(settings.remote, base) in self._remotes else None
        there = (base / settings.path).resolve()
        inside = there.relative_to(self.top).as_posix() if there.is_relative_to(self.top) else None
        return "" if inside == "." else inside and f"{inside}/"

    @cached_property
    def _remotes(self) -> set[str]:
        try:
            listed = self.git("config", "--null", "--get-regexp", r"^remote\..*\.url$").decode(errors="replace")
        except GitFailed:
            return set()
        return {_key(entry.partition("\n")[2], self.top) for entry in listed.split("\0") if entry}


class CommitSource:
    """The documents that a commit holds below a folder.

    Args:
        root: the folder, with a slash behind it; "" for all of the commit.
    """

    def __init__(self, settings: FolderSettings | GitSettings, git: Git, commit: str, root: str) -> None:
        self.name = settings.name
        self._settings = settings
        self._commit = commit
        self._root = root
        self._git = git
        self._objects = Objects(git)

    def documents(self) -> Iterator[Seen]:
        return self._tree.seen()

    def version(self, path: str) -> str:
        """A folder's documents are known by a sum of their bytes, which only reading tells."""
        return self._tree.oid(path) if isinstance(self._settings, GitSettings) else ""

    def read(self, path: str) -> Content:
        blob, cap = self._tree.blob(path), self._settings.max_bytes
        if blob is None:
            raise DocumentError(f"{path} is not in the commit {self._commit[:12]}")
        data = self._objects.read(blob.oid, cap)
        if data is None:
            raise DocumentError(f"{path} {TOO_LARGE.format(cap=cap)}")
        if is_binary(data):
            raise DocumentError(f"{path} {BINARY}")
        is_git = isinstance(self._settings, GitSettings)
        return Content(path, data, blob.oid if is_git else hashlib.sha256(data).hexdigest())

    def write(self, content: Content, data: bytes) -> Content:  # noqa: ARG002 - the Protocol's
        raise DocumentError(READ_ONLY.format(path=content.path))

    def locate(self, path: str) -> str:
        return f"{self._root}{path}"

    def address(self, path: str, line: int) -> str:
        link = self._settings.link or ""
        if link or not isinstance(self._settings, GitSettings):
            values = {"{path}": quote(path, safe="/"), "{line}": str(line), "{commit}": self._commit}
            return filled(link, values)
        return place(self._settings).page(path, self._commit, line)

    def close(self) -> None:
        """End what reads."""
        self._objects.close()

    @cached_property
    def _tree(self) -> Tree:
        where = f"{self._commit}:{self._root.rstrip('/')}" if self._root else self._commit
        fits = wanted(self._settings.include, self._settings.exclude)
        try:
            listing = self._git("ls-tree", "-r", "-z", where)
        except GitFailed:  # the folder came or went with the commit
            listing = b""
        return tree(self._commit, listing, fits, self._leads)

    def _leads(self, oid: str) -> str:
        return self._git("cat-file", "blob", oid).decode(errors="replace")


def _git_folder(path: Path) -> Path | None:
    """The repository itself: `.git`, or what the file of that name leads to."""
    if path.is_dir():
        return path
    if not path.is_file():
        return None
    named = path.read_text(encoding="utf-8", errors="replace").strip()
    return (path.parent / named.removeprefix("gitdir: ")).resolve() if named.startswith("gitdir: ") else None


def _key(address: str, base: Path) -> str:
    """The same for every way to write the address of one repository."""
    if "://" in address:
        parts = urlsplit(address)
        host, path = parts.hostname or "", parts.path
    elif found := _SCP.fullmatch(address):
        host, path = found["host"], found["path"]
    else:
        host, path = "", str((base / Path(address).expanduser()).resolve())
    return f"{host}/{path.strip('/').removesuffix('.git')}".casefold()
