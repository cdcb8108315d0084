"""What somebody asked to read again: a webhook, or a run that saw to other sources."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from pmtrack.store.database import Store
from pmtrack.store.reader import ALL, Hint
from pmtrack.sync.places import Places


@dataclass(frozen=True, slots=True)
class Hints:
    """What somebody asked to read again, as far as this run sees to it; also what is linked to nothing any more.

    Attributes:
        idents: of the items; by_tracker: name -> id of an issue -> ident. whole: trackers to be read altogether.
    """

    heeded: Sequence[Hint]
    idents: Collection[str]
    by_tracker: Mapping[str, Mapping[str, str]]
    whole: frozenset[str] = frozenset()

    @classmethod
    def read(cls, places: Places, store: Store) -> Hints:
        found = store.hints(places.concerned(store))
        linked = {name: store.linked(name, issues) for name, issues in _grouped(found).items()}
        where = store.places(ident for idents in linked.values() for ident in idents.values())
        theirs = {ident for ident, (source, _) in where.items() if source in places.others}
        mine = {
            name: {issue: ident for issue, ident in issues.items() if ident not in theirs}
            for name, issues in linked.items()
        }
        heeded = [hint for hint in found if linked[hint.tracker].get(hint.issue) not in theirs]
        idents = {ident for issues in mine.values() for ident in issues.values()}
        return cls(heeded, idents, mine, frozenset(hint.tracker for hint in found if hint.issue == ALL))


def _grouped(hints: Iterable[Hint]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for hint in hints:
        found[hint.tracker].append(hint.issue)
    return found
