"""What pmtrack asks of a place where documents live."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from pmtrack.model import NOT_KNOWN, Who


@dataclass(frozen=True, slots=True)
class Seen:
    """One document of a listing.

    Attributes:
        path: relative to the source, with `/`.
        problem: why it cannot be read (too large, leaves the root, not readable), else None.
    """

    path: str
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of one document as they were read.

    Attributes:
        version: of the bytes (sha256, or the id of git's blob); equal versions are equal bytes.
        stamp: what `write` compares to be sure that it replaces what was read.
        who: saved these bytes, where the place knows it.
    """

    path: str
    data: bytes
    version: str
    stamp: tuple[int, ...] = ()
    who: Who = NOT_KNOWN


class Source(Protocol):
    """One place where documents live."""

    name: str

    def documents(self) -> Iterator[Seen]:
        """Every document, in the order of their paths.

        Raises:
            SourceError: the root is missing or not readable. Then nothing may rest on the absence of a document.
        """

    def version(self, path: str) -> str:
        """The version of the bytes, without a look at what they say; "" where only `read` can tell what is wrong."""

    def read(self, path: str) -> Content:
        """The bytes as they are.

        Raises:
            DocumentError: not readable, over the size cap, binary, outside the root.
        """

    def write(self, content: Content, data: bytes) -> Content:
        """Replace what was read by `data`, whole or not at all, and answer the new content.

        Raises:
            DocumentError: the document changed since it was read, or the place does not let itself be written; the
                old content stands.
        """

    def locate(self, path: str) -> str:
        """Where a person opens the document: a URL, or a path relative to the configuration file."""

    def address(self, path: str, line: int) -> str:
        """The page that shows the document at a line to whoever reads the tracker, "" where there is none."""


Again = Callable[[Content], bytes | None]
"""What a document that somebody changed in the meantime is to be now; None where it is left as it is."""


@dataclass(frozen=True, slots=True)
class Committed:
    """What became of the documents that were written.

    Attributes:
        written: by path, as they stand there now: not what `write` answered where somebody was faster, and the change
            was made again on top of theirs.
        left: by path, why it is not there, in a sentence for people.
        proposed: by path, what waits for somebody's review; it is not there yet.
    """

    written: Mapping[str, Content] = field(default_factory=dict)
    left: Mapping[str, str] = field(default_factory=dict)
    proposed: tuple[str, ...] = ()


@runtime_checkable
class Commits(Protocol):
    """A source where `write` only lays a change ready, and all of them go out at once at the end of a run."""

    def closed(self) -> str | None:
        """Why nothing can be written now though nothing is wrong (the last commit is too young); None where it can."""

    def commit(self, run: str, again: Again) -> Committed:
        """Bring out what was written, whole or not at all, and forget it; also to be called where nothing was.

        Args:
            run: id of the run, for whoever reads the history.
        """


@dataclass(frozen=True, slots=True)
class Pull:
    """An open pull request, as its host names it."""

    number: int
    title: str
    body: str


class PullRequests(Protocol):
    """What a host of git repositories does with the pull requests of one of them. All verbs raise `PmtrackError`."""

    def find(self, branch: str, base: str) -> Pull | None:
        """The open one that asks to merge this branch of the repository itself into `base`."""

    def open(self, branch: str, base: str, title: str, body: str) -> Pull:
        """Ask for a review."""

    def edit(self, pull: Pull, title: str, body: str) -> None:
        """Say something else, in place."""

    def close(self, pull: Pull) -> None:
        """There is nothing to be merged any more."""


@dataclass(frozen=True, slots=True)
class Host:
    """Where a repository is to be talked with otherwise than by git.

    Attributes:
        kind: github, gitlab, ... web: its address, "https://github.com". repository: "owner/name".
    """

    kind: str
    web: str
    repository: str


@runtime_checkable
class Hosted(Protocol):
    """A source that is a repository on a host, which knows accounts and reviews."""

    name: str

    @property
    def credential(self) -> str | None:
        """Whose account it uses, None for its own."""

    def host(self) -> Host | None:
        """None where that is not known."""

    def use_token(self, token: Callable[[], str]) -> None:
        """Ask this for a token each time the place is talked with, since that of an App lives for an hour only.

        It may raise a `PmtrackError`.
        """

    def proposes(self) -> bool:
        """Whether what it writes is to be reviewed."""

    def by(self, pulls: PullRequests) -> None:
        """Ask for reviews by these."""


@runtime_checkable
class Remarks(Protocol):
    """A source that noticed what people should know, and that keeps nothing from being done."""

    def remarks(self, issues: Callable[[], int]) -> list[str]:
        """One sentence each, since the last listing; what is told is not new any more.

        Args:
            issues: how many link to its documents, asked where that matters.
        """


@runtime_checkable
class Lasts(Protocol):
    """A source whose addresses name a moment of its history, which may be thrown away."""

    def keeps(self, address: str) -> bool:
        """Whether that moment is still part of the history; also where the address names none, or nobody can tell."""


@runtime_checkable
class InHand(Protocol):
    """A source whose documents people edit in place, so that one may be half written at this moment."""

    def in_hand(self, path: str) -> str | None:
        """Who seems to have the document open (an editor's lock file), None for nobody."""

    def committed(self, path: str) -> bytes | None:
        """The document as it was last committed; None where nobody commits it, or nothing was changed since."""
