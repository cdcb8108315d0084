"""The item that a person means (pure)."""

from __future__ import annotations

from pmtrack.errors import PmtrackError
from pmtrack.model import Row, Snapshot

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


def _names(row: Row) -> set[str]:
    key = {row.link.ref.key} if row.link and row.link.ref else set()
    return {row.known.ident, f"{row.known.path}:{row.known.item.line}", *key}


def _ends(row: Row, words: str) -> bool:
    return len(words) >= LEAST and row.known.ident.endswith(words.upper())
