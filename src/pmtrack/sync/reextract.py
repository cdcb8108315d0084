"""What today's extractor makes of documents that an earlier one read and nobody changed since. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pmtrack.documents import extract, extractor, identity
from pmtrack.errors import DocumentError
from pmtrack.model import ActionItem, FieldChange, Known
from pmtrack.sources.base import Source
from pmtrack.store.database import Store
from pmtrack.sync.merge import NAMES


class Kind(StrEnum):
    """How a reading differs. The values are the words that people read."""

    NEW = "new item"
    GONE = "no longer an item"
    OTHER = "read otherwise"


@dataclass(frozen=True, slots=True)
class Difference:
    """One item that today's extractor reads otherwise.

    Attributes:
        line: where it stands, 1-based. changes: of an item that is one for both, what it says then and now.
    """

    kind: Kind
    source: str
    path: str
    line: int
    text: str
    changes: tuple[FieldChange, ...] = ()

    def __str__(self) -> str:
        said = ", ".join(f"{one.name}: {_shown(one.before)} -> {_shown(one.after)}" for one in self.changes)
        return f"{self.kind:<18} {self.path}:{self.line}  {self.text}{f'  ({said})' if said else ''}"


def differences(source: Source, store: Store, problems: list[str]) -> Iterator[Difference]:
    """In the order of the documents and their lines.

    A document that changed since it was read is left out: the next sync reads it.

    Args:
        problems: is told, in one sentence each, which documents cannot be read.
    """
    paths = store.outdated(source.name, extractor())
    documents = store.documents(source.name, paths)
    for path in sorted(paths):
        try:
            content = source.read(path)
        except DocumentError as error:
            problems.append(str(error))
            continue
        if content.version == documents[path].version:
            before = [known for known in store.items(source.name, [path]) if known.present]
            yield from sorted(_between(before, extract(content.data, path).items, source.name, path), key=_line)


def _between(before: Sequence[Known], now: Sequence[ActionItem], source: str, path: str) -> Iterator[Difference]:
    kept = _paired(before, now)
    was = {known.ident: known.item for known in before}
    for ident, item in was.items():
        if ident not in kept:
            yield Difference(Kind.GONE, source, path, item.line, item.fields.title)
    for one, item in zip(kept, now, strict=True):
        if one is None:
            yield Difference(Kind.NEW, source, path, item.line, item.fields.title)
        elif changes := tuple(_changes(was[one], item)):
            yield Difference(Kind.OTHER, source, path, item.line, item.fields.title, changes)


def _paired(before: Sequence[Known], now: Sequence[ActionItem]) -> list[str | None]:
    """The ident of each item: as a sync would find it, else that of the item on the same line."""
    kept = identity.match(before, now)
    left = {known.item.line: known.ident for known in before if known.ident not in kept}
    return [ident or left.pop(item.line, None) for ident, item in zip(kept, now, strict=True)]


def _changes(then: ActionItem, now: ActionItem) -> Iterator[FieldChange]:
    pairs: list[tuple[str, object, object]] = [
        (name, getattr(then.fields, name), getattr(now.fields, name)) for name in NAMES
    ]
    pairs += [(name, getattr(then, name), getattr(now, name)) for name in ("horizon", "ticket")]
    pairs.append(("proposal", then.confidence < 0.5, now.confidence < 0.5))
    return (FieldChange(name, before, after) for name, before, after in pairs if before != after)


def _line(difference: Difference) -> int:
    return difference.line


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value in (None, "", ()):
        return "none"
    return ", ".join(value) if isinstance(value, tuple) else str(value)
