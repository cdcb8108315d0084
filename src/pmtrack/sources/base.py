"""What pmtrack asks of a place where documents live."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

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
        version: of the bytes (sha256); equal versions are equal bytes.
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
