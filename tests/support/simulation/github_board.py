"""The same lives on the real adapter: GitHub's stand-in over a real socket, on the simulation's clock.

`HubBoard` is what `Board` is to the rest of the simulation: what people do, and what the witness looks at. It reads the
stand-in's own records and not through the adapter. What is otherwise than on `Board`:

- a change is pmtrack's where no person made it; so no request has to be understood to know what was overwritten
- who types between the adapter's last look at an issue and its write cannot be known, since GitHub takes no conditions
- an issue that was transferred keeps its id in our notation and leaves the list: nobody tells of what people type there
  from then on, so they type nothing, and where the store gets lost nobody transfers any
- a list that leaves out issues without a sign is met only where a bookmark says that it was read before: nothing else
  tells a store that was lost what there is
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from pmtrack.model import Fields, IssueRef, Marker, Status
from pmtrack.model import Issue as Seen
from pmtrack.sync.merge import NAMES
from pmtrack.trackers.github import cursor, paging
from support.github import Hub, Person, serve
from support.github.model import Issue, Moved, Repo
from support.simulation.board import Overwritten, Record, Weather
from support.simulation.github_client import Told, connect
from support.simulation.life import Life, has_disasters, live
from support.simulation.oracles import Witness
from support.simulation.terrain import OracleError, Terrain

HOME, ELSEWHERE = "acme/shop", "acme/attic"
PEOPLE = "bot person Ana Bo Cy Dee"
LABELS = ("postmortem", "in progress", "P0", "P1", "P2", "P3")
REASONS = {"not_planned": Status.CANCELLED, "duplicate": Status.CANCELLED}
_DUE = re.compile(r"(?m)^Due: ?(\S*?)(\r?)$")
_IDENT = re.compile(r"<!-- pmtrack:item v1 (\S+) ")


@dataclass(eq=False)
class HubBoard:
    """Attributes:
    native: whether the organisation has fields for dates and priorities. roams: whether people transfer issues.
    words: of the drafts that issues were asked for with, by ident and title. seen: how many versions of each issue
    are known, by repository and number. moved: where they are by now -> the number that they had.
    told: of the requests of the run under way.
    """

    terrain: Terrain
    weather: Weather
    hub: Hub
    url: str
    folder: Path
    native: bool = False
    roams: bool = True
    records: dict[str, Record] = field(default_factory=dict)
    overwritten: list[Overwritten] = field(default_factory=list)
    words: dict[tuple[str, str], str] = field(default_factory=dict)
    seen: dict[tuple[int, int], int] = field(default_factory=dict)
    moved: dict[tuple[int, int], str] = field(default_factory=dict)
    told: Told = field(default_factory=Told)
    revisions: int = 0
    shut: float = 0.0
    witness: Witness = field(init=False)

    @property
    def home(self) -> Repo:
        return self.hub.repo(HOME)

    @property
    def person(self) -> Person:
        return Person.at(self.hub, "person", HOME)

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

    # ------------------------------------------------------------ what everybody sees at once

    def issues(self) -> dict[str, Seen]:
        self.settle()
        found = ((self._id(self.home, number), self._whereabouts(number)) for number in self.home.history)
        return {ident: self._shown(ident, *where) for ident, where in found if where}

    def _whereabouts(self, number: int) -> tuple[Repo, Issue] | None:
        repo, what = self.home, self.home.latest(number)
        if isinstance(what, Moved):
            repo = self.hub.repos[what.repo]
            what = repo.latest(what.number)
        return (repo, what) if isinstance(what, Issue) else None

    def _shown(self, ident: str, repo: Repo, issue: Issue) -> Seen:
        key = f"{'' if repo is self.home else repo.full_name}#{issue.number}"
        notes = _IDENT.findall(issue.body or "")
        marker = Marker(notes[-1], "", "") if notes else None
        ref = IssueRef("board", ident, key, f"{self.hub.web}/{repo.full_name}/issues/{issue.number}")
        return Seen(ref, self.said(repo, issue), marker, bool(marker) and issue.author == "bot", issue.updated_at)

    def said(self, repo: Repo, issue: Issue) -> Fields:
        labels = {repo.labels[one].name for one in issue.labels}
        values = {one.name: issue.values.get(one.id) for one in self.hub.fields.get("acme", ())}
        due = values.get("Due date") or next((found[1] for found in _DUE.finditer(issue.body or "")), "")
        doing = Status.IN_PROGRESS if "in progress" in labels else Status.OPEN
        return Fields(
            issue.title,
            REASONS.get(issue.state_reason or "", Status.DONE) if issue.state == "closed" else doing,
            tuple(sorted(issue.assignees)),
            values.get("Priority") or next(iter(sorted(labels & {"P0", "P1", "P2", "P3"})), None),
            date.fromisoformat(str(due)) if due else None,
        )

    def _id(self, repo: Repo, number: int) -> str:
        return self.moved.get((repo.id, number), f"{self.home.id}/{number}")

    # ------------------------------------------------------------ what pmtrack did

    def settle(self) -> None:
        """Let the late effects happen, and take note of what is not a person's doing."""
        with self.hub.lock:
            self.hub.settle()
            for repo, number, at, before, after in list(self._unseen()):
                if isinstance(after, Issue):
                    self._ours(self._id(repo, number), repo, at, before, after)
            self._all_seen()

    def _unseen(self) -> Iterator[tuple[Repo, int, datetime, object, object]]:
        for repo in self.hub.repos.values():
            for number, versions in repo.history.items():
                for index in range(self.seen.get((repo.id, number), 0), len(versions)):
                    at, after = versions[index]
                    yield repo, number, at, versions[index - 1][1] if index else None, after

    def _all_seen(self) -> None:
        for repo in self.hub.repos.values():
            self.seen |= {(repo.id, number): len(versions) for number, versions in repo.history.items()}

    def _ours(self, ident: str, repo: Repo, at: datetime, before: object, after: Issue) -> None:
        second = self.terrain.second(at)
        if not isinstance(before, Issue):
            marker = self._shown(ident, repo, after).marker
            known = self.words.get((marker.ident, after.title), "") if marker else ""
            self.records[ident] = Record([], words=known)
            self.terrain.tell(f"tracker has {ident} {marker and marker.ident} {known!r}")
            return
        was, now = self.said(repo, before), self.said(repo, after)
        for name in NAMES:
            if getattr(was, name) != getattr(now, name):
                self._replaces(ident, name, getattr(was, name), getattr(now, name), second)

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

    def _act(self, act: Callable[[], object]) -> bool:
        """Whether it changed anything."""
        self.settle()
        act()
        known = dict(self.seen)
        self._all_seen()
        self.revisions += known != self.seen
        return known != self.seen

    def _number(self, ident: str) -> int | None:
        """None for one that has left."""
        number = int(ident.split("/")[1])
        return number if isinstance(self.home.latest(number), Issue) else None

    def edit(self, ident: str, name: str, value: Any) -> None:
        number = self._number(ident)
        if number and self._act(lambda: getattr(self, f"_type_{name}")(number, value)):
            now = self.said(self.home, self.person.look(number))
            if getattr(now, name) != value:
                raise OracleError(f"a person could not type {name} = {value!r}: {now}")
            self.records[ident].typed[name] = value, self.terrain.seconds
            self.terrain.tell(f"person: {ident} {name} = {value!r}")

    def _type_title(self, number: int, value: str) -> None:
        self.person.edit(number, title=value)

    def _type_owners(self, number: int, value: tuple[str, ...]) -> None:
        self.person.assign(number, *value)

    def _type_status(self, number: int, value: Status) -> None:
        closed = {Status.DONE: "completed", Status.CANCELLED: "not_planned"}
        self.person.reopen(number)
        if value in closed:
            self.person.close(number, closed[value])
        elif value is Status.IN_PROGRESS:
            self.person.label(number, "in progress")
        else:
            self.person.unlabel(number, "in progress")

    def _type_priority(self, number: int, value: str | None) -> None:
        self.person.unlabel(number, "P0", "P1", "P2", "P3")
        if self.native:
            self.person.set_field(number, "Priority", value)
        elif value:
            self.person.label(number, value)

    def _type_due(self, number: int, value: date | None) -> None:
        """Where the body has its place for it, or the organisation a field."""
        body = self.person.look(number).body or ""
        if self.native:
            self.person.set_field(number, "Due date", value and value.isoformat())
        if _DUE.search(body):
            self.person.edit(number, body=_DUE.sub(rf"Due: {'' if self.native else value or ''}\2", body, count=1))

    def open(self, title: str) -> None:
        made: list[int] = []
        self._act(lambda: made.append(self.person.open(title)))
        self._by_hand(made[0])
        self.terrain.tell(f"person: opened #{made[0]} {title!r}")

    def tickets(self) -> list[str]:
        return [issue.ref.key for issue in self.issues().values() if issue.marker is None and issue.ref.key[0] == "#"]

    def delete(self, ident: str) -> None:
        if number := self._number(ident):
            self._act(lambda: self.person.delete(number))
            self.terrain.tell(f"person: deleted issue {ident}")

    def transfer(self, ident: str) -> None:
        if (number := self._number(ident)) and self._may_leave(ident):
            made: list[int] = []
            self._act(lambda: made.append(self.person.transfer(number, ELSEWHERE)))
            self.moved[self.hub.repo(ELSEWHERE).id, made[0]] = ident
            self.terrain.tell(f"person: moved issue {ident} to {ELSEWHERE}#{made[0]}")

    def _may_leave(self, ident: str) -> bool:
        """Only when the store has heard all that it says: later nobody would tell."""
        links = [link for link in self.witness.links.values() if link.ref and link.ref.id == ident]
        now = self.issues()[ident].fields
        return self.roams and all(link.issue == now for link in links)

    def copy(self, ident: str) -> None:
        if number := self._number(ident):
            made: list[int] = []
            self._act(lambda: made.append(self.person.copy(number)))
            self._by_hand(made[0])
            self.terrain.tell(f"person: copied issue {ident} as {made[0]}")

    def _by_hand(self, number: int) -> None:
        """All that it says, a person typed."""
        said = self.said(self.home, self.person.look(number))
        typed = {name: (getattr(said, name), self.terrain.seconds) for name in NAMES}
        self.records[f"{self.home.id}/{number}"] = Record([], typed, copy=True)


# ---------------------------------------------------------------- a life there


@contextmanager
def opened(terrain: Terrain, weather: Weather, **traits: bool) -> Iterator[HubBoard]:
    """A repository with its people, and another one to move issues to; served on a port of this machine."""
    hub = Hub(clock=terrain.now)
    for name in (HOME, ELSEWHERE):
        hub.add_repo(name, people=PEOPLE)
    for label in LABELS:
        hub.add_label(ELSEWHERE, label)
    if traits.get("native"):
        hub.add_field("acme", "Priority", "single_select", "P0", "P1", "P2", "P3")
        hub.add_field("acme", "Due date", "date")
    with TemporaryDirectory() as folder, serve(hub) as url:
        yield HubBoard(terrain, weather, hub, url, Path(folder), **traits)


def has_fields(seed: int) -> bool:
    """In one life of three the organisation has fields of its own."""
    return seed % 3 == 2


def has_small_pages(seed: int) -> bool:
    """In two lives of five a page has three entries, and the bookmark moves on after as many as four."""
    return seed % 5 < 2


def live_on_github(seed: int, *, tracing: bool = False) -> Life:
    """Live this seed to its end; a broken promise carries the seed."""
    with ExitStack() as stack:
        if has_small_pages(seed):
            stack.enter_context(patch.object(paging, "PAGE", 3))
            stack.enter_context(patch.object(cursor, "ROLL", 4))

        def board(terrain: Terrain, weather: Weather) -> HubBoard:
            traits = {"native": has_fields(seed), "roams": not has_disasters(seed)}
            return stack.enter_context(opened(terrain, weather, **traits))

        life = live(seed, tracing=tracing, boards=board, clients=connect)
        life.board.blameless()
        return life
