"""The same lives on a real adapter: what the boards of the stand-ins have in common.

A board is what `Board` is to the rest of the simulation: what people do, and what the witness looks at. It reads the
stand-in's own records and not through the adapter. What is otherwise than on `Board`:

- a change is pmtrack's where no person made it; so no request has to be understood to know what was overwritten
- who types between the adapter's last look at an issue and its write cannot be known, since no vendor takes conditions
- an issue that was moved away keeps its id and leaves the list: nobody tells of what people type there from then on, so
  they type nothing, and where the store gets lost nobody moves any
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pmtrack.model import Issue
from pmtrack.sync.merge import NAMES
from pmtrack.trackers.limits import Notebook
from support.simulation.board import Overwritten, Record, Weather
from support.simulation.oracles import Witness
from support.simulation.remote_client import Told
from support.simulation.terrain import OracleError, Terrain


@dataclass(frozen=True, slots=True)
class Version:
    """What an issue became, and what it was before, None where it was not there."""

    at: datetime
    before: Issue | None
    after: Issue


@dataclass(eq=False)
class RemoteBoard(ABC):
    """Attributes:
    hub: the stand-in's. roams: whether people move issues away.
    words: of the drafts that issues were asked for with, by ident and title. seen: how many versions of each issue
    are known, by the stand-in's name for it. told: of the requests of the run under way. journals: what each account
    did lately, as all daemons see it.
    """

    terrain: Terrain
    weather: Weather
    hub: Any
    url: str
    folder: Path
    roams: bool = True
    records: dict[str, Record] = field(default_factory=dict)
    overwritten: list[Overwritten] = field(default_factory=list)
    words: dict[tuple[str, str], str] = field(default_factory=dict)
    seen: dict[Hashable, int] = field(default_factory=dict)
    told: Told = field(default_factory=Told)
    journals: dict[str, Notebook] = field(default_factory=dict)
    revisions: int = 0
    shut: float = 0.0
    witness: Witness = field(init=False)

    # ------------------------------------------------------------ what each stand-in has of its own

    @property
    @abstractmethod
    def person(self) -> Any:
        """Somebody who works in its pages."""

    @abstractmethod
    def histories(self) -> Iterator[tuple[Any, list[tuple[datetime, Any]]]]:
        """All versions of every issue, by the stand-in's name for it."""

    @abstractmethod
    def shown(self, name: Any, version: Any) -> Issue | None:
        """A version in our values, None where it is none."""

    @abstractmethod
    def issues(self) -> dict[str, Issue]:
        """What there is this second, by id."""

    @abstractmethod
    def place(self, ident: str) -> Any:
        """How people call an issue, None for one that has left or was deleted."""

    @abstractmethod
    def type(self, name: str, place: Any, value: Any) -> None:
        """A person gives a field a value, as far as the page lets them."""

    @abstractmethod
    def move(self, place: Any, ident: str) -> str:
        """A person moves an issue away: what it is called there."""

    # ------------------------------------------------------------ runs

    @property
    def made(self) -> int:
        return len(self.records)

    @property
    def asked(self) -> int:
        return self.told.writes

    def new_run(self) -> None:
        """What is counted by run begins anew, and nothing was done that must never be."""
        self.told.fields.clear()
        self.blameless()

    def blameless(self) -> None:
        if self.hub.bans or self.hub.violations:
            raise OracleError(f"bans {self.hub.bans}, violations {self.hub.violations}")

    # ------------------------------------------------------------ what pmtrack did

    def settle(self) -> None:
        """Let the late effects happen, and take note of what is not a person's doing."""
        with self.hub.lock:
            self.hub.settle()
            for version in list(self._unseen()):
                self._ours(version)
            self._all_seen()

    def _unseen(self) -> Iterator[Version]:
        for name, versions in self.histories():
            for index in range(self.seen.get(name, 0), len(versions)):
                at, what = versions[index]
                after = self.shown(name, what)
                if after:
                    yield Version(at, self.shown(name, versions[index - 1][1]) if index else None, after)

    def _all_seen(self) -> None:
        self.seen |= {name: len(versions) for name, versions in self.histories()}

    def _ours(self, version: Version) -> None:
        ident, marker = version.after.ref.id, version.after.marker
        if version.before is None:
            known = self.words.get((marker.ident, version.after.fields.title), "") if marker else ""
            self.records[ident] = Record([], words=known)
            self.terrain.tell(f"tracker has {ident} {marker and marker.ident} {known!r}")
            return
        was, now = version.before.fields, version.after.fields
        for name in NAMES:
            if getattr(was, name) != getattr(now, name):
                self._replaces(ident, name, getattr(was, name), getattr(now, name), self.terrain.second(version.at))

    def _replaces(self, ident: str, name: str, was: Any, now: Any, second: float) -> None:
        """Write down what of a person's is overwritten; who types while a request is under way cannot be known."""
        record = self.records[ident]
        self.terrain.tell(f"updated {ident} {name}: {was!r} -> {now!r}")
        value, typed = record.typed.get(name, (now, 0.0))
        if value == was:
            if typed <= self.told.looked_before(second):
                self.overwritten.append(Overwritten(ident, name, value, typed, second))
            record.typed.pop(name, None)
        record.told[name] = now, second

    # ------------------------------------------------------------ its pages for people

    def act(self, act: Callable[[], object]) -> bool:
        """Whether it changed anything."""
        self.settle()
        act()
        known = dict(self.seen)
        self._all_seen()
        self.revisions += known != self.seen
        return known != self.seen

    def edit(self, ident: str, name: str, value: Any) -> None:
        place = self.place(ident)
        if place and self.act(lambda: self.type(name, place, value)):
            now = self.issues()[ident].fields
            if getattr(now, name) != value:
                raise OracleError(f"a person could not type {name} = {value!r}: {now}")
            self.records[ident].typed[name] = value, self.terrain.seconds
            self.terrain.tell(f"person: {ident} {name} = {value!r}")

    def open(self, title: str) -> None:
        ident = self._by_hand(lambda: self.person.open(title))
        self.terrain.tell(f"person: opened {ident} {title!r}")

    def copy(self, ident: str) -> None:
        place = self.place(ident)
        if place:
            made = self._by_hand(lambda: self.person.copy(place))
            self.terrain.tell(f"person: copied issue {ident} as {made}")

    def _by_hand(self, make: Callable[[], object]) -> str:
        """All that it says, a person typed."""
        before = self.issues().keys()
        self.act(make)
        (ident,) = (found := self.issues()).keys() - before
        typed = {name: (getattr(found[ident].fields, name), self.terrain.seconds) for name in NAMES}
        self.records[ident] = Record([], typed, copy=True)
        return ident

    def delete(self, ident: str) -> None:
        place = self.place(ident)
        if place:
            self.act(lambda: self.person.delete(place))
            self.terrain.tell(f"person: deleted issue {ident}")

    def transfer(self, ident: str) -> None:
        place, there = self.place(ident), [""]
        if place and self._may_leave(ident):
            self.act(lambda: there.append(self.move(place, ident)))
            self.terrain.tell(f"person: moved issue {ident} to {there[-1]}")

    def _may_leave(self, ident: str) -> bool:
        """Only when the store has heard all that it says: later nobody would tell."""
        links = [link for link in self.witness.links.values() if link.ref and link.ref.id == ident]
        now = self.issues()[ident].fields
        return self.roams and all(link.issue == now for link in links)
