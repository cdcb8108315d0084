"""Which item of a source is which, over all its documents that changed in this run."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from pmtrack.documents import identity
from pmtrack.model import ActionItem, Document, Known
from pmtrack.text import normal

Named = Callable[[Sequence[Known], Sequence[ActionItem]], list[str | None]]
"""(items then, items now) -> for each of the latter the ident of the one whose issue its ticket names, if any."""

Marked = Callable[[str, ActionItem], str | None]
"""(path, new item) -> the ident in the marker of an issue that is linked to nothing and names just that place."""

Match = Callable[[Sequence[Known], Sequence[ActionItem], Sequence[str | None]], Sequence[str | None]]
"""(items then, items now, what tickets name) -> for each of the latter the ident of the one that it is, if any."""


def unmarked(_path: str, _item: ActionItem) -> None:
    """There is no such issue."""


Kept = dict[str, list[str | None]]
"""By path, the ident of each item; None for one that was not there before."""


def keep(
    documents: Mapping[str, Document],
    known: Iterable[Known],
    fresh: Mapping[str, Sequence[ActionItem]],
    named: Named,
    marked: Marked = unmarked,
) -> tuple[Kept, list[Known]]:
    """The idents of the items of the fresh documents, and the items that are nowhere any more.

    An issue of ours that says where its item stands, and that no store remembers, is heard before anything is taken
    for moved.
    """
    before: dict[str, list[Known]] = defaultdict(list)
    for one in known:
        before[one.path].append(one)
    kept = {path: identity.match(before[path], items, named(before[path], items)) for path, items in fresh.items()}
    for path, items in fresh.items():
        idents = kept[path]
        idents[:] = [ident or marked(path, item) for ident, item in zip(idents, items, strict=True)]
    vanished = _vanished(documents, kept, before)
    origins = {}
    for path, items in sorted(fresh.items(), key=lambda one: bool(before[one[0]])):  # a new name takes what was its own
        pool = _likeliest_first(vanished.values(), documents, items, renamed=not before[path])
        origins[path] = _bring(vanished, named, pool, items, kept[path], by=identity.moved)
    for path, items in fresh.items():
        if not before[path]:  # under a new name, what was reworded is still the same work
            names = _names_before(path, documents, origins[path])
            pool = [known for known in vanished.values() if known.path in names]
            _bring(vanished, named, pool, items, kept[path], by=identity.match)
    return kept, list(vanished.values())


def _vanished(documents: Mapping[str, Document], kept: Kept, before: Mapping[str, Sequence[Known]]) -> dict[str, Known]:
    gone = [path for path, document in documents.items() if not document.present]
    stay = {ident for idents in kept.values() for ident in idents}
    return {
        known.ident: known
        for path in (*kept, *gone)
        for known in before[path]
        if known.present and known.ident not in stay
    }


def _likeliest_first(
    vanished: Collection[Known], documents: Mapping[str, Document], items: Sequence[ActionItem], *, renamed: bool
) -> Sequence[Known]:
    """Of alike items a new document, which may be a renamed one, has that of the gone one that it shares most with."""
    words = {normal(item.fields.title) for item in items}
    shared = Counter(known.path for known in vanished if normal(known.item.fields.title) in words)
    return sorted(vanished, key=lambda known: (documents[known.path].present is renamed, -shared[known.path]))


def _names_before(path: str, documents: Mapping[str, Document], origins: set[str]) -> set[str]:
    """The documents that this new one may have been: gone, with the same title or an item that is here now."""
    title = documents[path].title
    return {
        gone
        for gone, document in documents.items()
        if not document.present and (gone in origins or document.title == title)
    }


def _bring(
    vanished: dict[str, Known],
    named: Named,
    pool: Sequence[Known],
    items: Sequence[ActionItem],
    idents: list[str | None],
    *,
    by: Match,
) -> set[str]:
    """Give new items the idents of those of the pool that they are; the answer is the paths where those stood."""
    new = [index for index, ident in enumerate(idents) if ident is None]
    if not pool or not new:
        return set()
    left, paths = [items[index] for index in new], set()
    for index, ident in zip(new, by(pool, left, named(pool, left)), strict=True):
        if ident is not None:
            idents[index] = ident
            paths.add(vanished.pop(ident).path)
    return paths
