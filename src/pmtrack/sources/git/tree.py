"""What a commit holds: the answer of `git ls-tree`, and which of it are documents (pure)."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from pmtrack.sources import globs
from pmtrack.sources.base import Seen
from pmtrack.sources.folder import LINK, NAME
from pmtrack.text import plain

FILE, SYMLINK = "100", "120"
"""How the mode of an entry begins."""
_WILD = frozenset("*?")


@dataclass(frozen=True, slots=True)
class Blob:
    """A file of a commit: its mode and the id of its bytes."""

    mode: str
    oid: str


@dataclass(frozen=True, slots=True)
class Tree:
    """The documents of a commit.

    Attributes:
        heads: path -> mode, kind and id, as git lists them; in the order of paths.
        problems: path -> why what would be a document is none, in a sentence.
    """

    commit: str
    heads: Mapping[str, str]
    problems: Mapping[str, str]

    def blob(self, path: str) -> Blob | None:
        """None where there is no such document."""
        oid = self.oid(path)
        return Blob(self.heads[path].partition(" ")[0], oid) if oid else None

    def oid(self, path: str) -> str:
        """The id of a document's bytes, "" where there is no such document."""
        return self.heads.get(path, "").rpartition(" ")[2]

    def oids(self) -> Iterator[str]:
        """The ids of all documents."""
        return (head.rpartition(" ")[2] for head in self.heads.values())

    def seen(self) -> Iterator[Seen]:
        """What a listing tells, in the order of paths."""
        if not self.problems:
            return map(Seen, self.heads)
        return (Seen(path, self.problems.get(path)) for path in sorted({*self.heads, *self.problems}))


def roots(patterns: Iterable[str]) -> list[str]:
    """The folders below which everything is that fits; none where that is the whole repository."""
    found = {_fixed(pattern) for pattern in patterns}
    return [] if "" in found else sorted(found)


def wanted(include: Iterable[str], exclude: Iterable[str]) -> Callable[[str], bool]:
    """Whether a path is one of a document: it fits, is not hidden, and in no folder that is left out."""
    included, excluded, leaves_out = globs.matcher(include), globs.matcher(exclude), bool(tuple(exclude))

    @cache
    def is_out(folder: str) -> bool:
        return bool(folder) and (excluded(folder) or is_out(folder.rpartition("/")[0]))

    def fits(path: str) -> bool:
        if path[0] == "." or "/." in path or not included(path):
            return False
        return not leaves_out or not (excluded(path) or is_out(path.rpartition("/")[0]))

    return fits


def tree(commit: str, listing: bytes, wanted: Callable[[str], bool], target: Callable[[str], str]) -> Tree:
    """The documents among the entries of `git ls-tree -r -z`.

    Args:
        wanted: whether a path is one of a document. target: id of a link -> where it leads.
    """
    lines = listing.decode(errors="surrogateescape").split("\0")
    found = {path: head for head, tab, path in (line.partition("\t") for line in lines) if tab and wanted(path)}
    heads = {path: found[path] for path in sorted(found) if found[path].startswith(FILE) and _clean(path) == path}
    odd = {path: head for path, head in found.items() if path not in heads}
    return Tree(commit, heads, dict(_problems(odd, heads, target)))


def _problems(
    odd: Mapping[str, str], documents: Container[str], target: Callable[[str], str]
) -> Iterator[tuple[str, str]]:
    """Why they are none; nothing of a link to a document, which counts once, under its own path, nor of a submodule."""
    for path, head in odd.items():
        clean, oid = _clean(path), head.rpartition(" ")[2]
        if head.startswith(FILE):
            yield clean, f"{clean} {NAME}"
        elif head.startswith(SYMLINK):
            leads = posixpath.normpath(posixpath.join(posixpath.dirname(path), target(oid)))
            if leads not in documents:
                yield clean, f"{clean} {LINK}"


def _fixed(pattern: str) -> str:
    """The folders at the beginning of a glob that are no pattern."""
    parts = pattern.split("/")
    wild = next((at for at, part in enumerate(parts) if _WILD & set(part)), len(parts))
    return "/".join(parts[:wild])


def _clean(path: str) -> str:
    return path if path.isprintable() else plain(path).replace("\n", "")
