"""Where documents and issues live, as far as one run goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pmtrack.model import Intention
from pmtrack.sources.base import Source
from pmtrack.store.database import Store
from pmtrack.sync.issues import Board, read_board
from pmtrack.trackers.base import Tracker


@dataclass(frozen=True, slots=True)
class Places:
    """Where documents and issues live.

    Attributes:
        targets: source name -> name of the tracker where its new issues go.
        unreachable: tracker name -> why there is none of that name to talk to.
        others: the sources that the configuration names besides, which other runs see to.
        sweep: whether everything is to be read, and issues that no list shows by direct reads.
    """

    sources: Mapping[str, Source]
    trackers: Mapping[str, Tracker]
    targets: Mapping[str, str]
    unreachable: Mapping[str, str] = field(default_factory=dict)
    others: Mapping[str, Source] = field(default_factory=dict)
    sweep: bool = False

    def concerned(self, store: Store) -> list[str]:
        """The names of the trackers that this run has to do with."""
        return sorted({*self.targets.values(), *store.trackers(self.sources if self.others else None)})

    def board(self, name: str, store: Store, intentions: Sequence[Intention], *, whole: bool) -> Board:
        """Read one tracker."""
        if name in self.trackers:
            return read_board(name, self.trackers[name], store, intentions, whole=whole or self.sweep, sweep=self.sweep)
        gone = f"there is no [trackers.{name}] any more: put it back; its issues are left as they are"
        return Board(name, None, error=self.unreachable.get(name, gone))
