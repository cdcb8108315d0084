"""The item, or the document, that a person means (pure)."""

from __future__ import annotations

from pmtrack.errors import PmtrackError
from pmtrack.model import Document, Row, Snapshot

LEAST = 6
"""Characters of an id that are enough to name it."""


def find(snapshot: Snapshot, words: str) -> Row:
    """By its id or an end of it, by its issue's key, or by `path:line`.

    Raises:
        PmtrackError: nothing, or more than one item, is called so.
    """
    found = [row for row in snapshot.rows if words.strip() in _names(row) or _ends(row, words.strip())]
    if len(found) == 1:
        return found[0]
    if not found:
        raise PmtrackError(f"there is no item {words!r}: see the ids in `pmtrack status --format json`")
    names = ", ".join(row.known.ident for row in found[:3])
    raise PmtrackError(f"{words!r} names {len(found)} items ({names}): use the id of one of them")


def find_block(snapshot: Snapshot, words: str) -> Document:
    """The document with an edited report block, by its path or by `source:path`.

    Raises:
        PmtrackError: no document, or more than one, is called so; or its block was not edited.
    """
    found = [one for one in snapshot.documents if words.strip() in (one.path, f"{one.source}:{one.path}")]
    if len(found) > 1:
        raise PmtrackError(f"{words!r} names {len(found)} documents: write it as {found[0].source}:{found[0].path}")
    if not found:
        raise PmtrackError(f"there is no document {words!r}: see the paths in `pmtrack review`")
    if found[0].block is None:
        raise PmtrackError(f"the report block of {words} was not edited by hand when the last sync looked: sync first")
    return found[0]


def _names(row: Row) -> set[str]:
    key = {row.link.ref.key} if row.link and row.link.ref else set()
    return {row.known.ident, f"{row.known.path}:{row.known.item.line}", *key}


def _ends(row: Row, words: str) -> bool:
    return len(words) >= LEAST and row.known.ident.endswith(words.upper())
