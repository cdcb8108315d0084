"""The same lives on the real adapter: GitHub's stand-in over a real socket, on the simulation's clock.

What is otherwise here than on every remote board: a list that leaves out issues without a sign is met only where a
bookmark says that it was read before; nothing else tells a store that was lost what there is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from pmtrack.model import Fields, IssueRef, Marker, Status
from pmtrack.model import Issue as Seen
from pmtrack.trackers.github import cursor, paging
from support.github import Hub, Person, serve
from support.github.model import Issue, Moved, Repo
from support.simulation.board import Weather
from support.simulation.github_client import connect
from support.simulation.life import Life, has_disasters, live
from support.simulation.remote_board import RemoteBoard
from support.simulation.terrain import Terrain

HOME, ELSEWHERE = "acme/shop", "acme/attic"
PEOPLE = "bot person Ana Bo Cy Dee"
LABELS = ("postmortem", "in progress", "P0", "P1", "P2", "P3")
REASONS = {"not_planned": Status.CANCELLED, "duplicate": Status.CANCELLED}
_DUE = re.compile(r"(?m)^Due: ?(\S*?)(\r?)$")
_IDENT = re.compile(r"<!-- pmtrack:item v1 (\S+) ")

Name = tuple[int, int]
"""Repository and number."""


@dataclass(eq=False)
class HubBoard(RemoteBoard):
    """Attributes:
    native: whether the organisation has fields for dates and priorities.
    moved: where they are by now -> the id that they had.
    """

    native: bool = False
    moved: dict[Name, str] = field(default_factory=dict)

    @property
    def home(self) -> Repo:
        found: Repo = self.hub.repo(HOME)
        return found

    @property
    def person(self) -> Person:
        return Person.at(self.hub, "person", HOME)

    # ------------------------------------------------------------ what everybody sees at once

    def issues(self) -> dict[str, Seen]:
        self.settle()
        found = ((f"{self.home.id}/{number}", self._whereabouts(number)) for number in self.home.history)
        return {ident: seen for ident, seen in found if seen}

    def _whereabouts(self, number: int) -> Seen | None:
        what = self.home.latest(number)
        if isinstance(what, Moved):
            there = what.repo, what.number
            return self.shown(there, self.hub.repos[what.repo].latest(what.number))
        return self.shown((self.home.id, number), what)

    def histories(self) -> Iterator[tuple[Name, list[tuple[datetime, Any]]]]:
        for repo in self.hub.repos.values():
            for number, versions in repo.history.items():
                yield (repo.id, number), versions

    def shown(self, name: Name, version: Any) -> Seen | None:
        if not isinstance(version, Issue):
            return None
        repo = self.hub.repos[name[0]]
        ident = self.moved.get(name, f"{self.home.id}/{name[1]}")
        key = f"{'' if repo is self.home else repo.full_name}#{version.number}"
        notes = _IDENT.findall(version.body or "")
        marker = Marker(notes[-1], "", "") if notes else None
        ref = IssueRef("board", ident, key, f"{self.hub.web}/{repo.full_name}/issues/{version.number}")
        return Seen(ref, self.said(repo, version), marker, bool(marker) and version.author == "bot", version.updated_at)

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

    def tickets(self) -> list[str]:
        return [issue.ref.key for issue in self.issues().values() if issue.marker is None and issue.ref.key[0] == "#"]

    # ------------------------------------------------------------ its pages for people

    def place(self, ident: str) -> int | None:
        number = int(ident.split("/")[1])
        return number if isinstance(self.home.latest(number), Issue) else None

    def move(self, place: int, ident: str) -> str:
        number = self.person.transfer(place, ELSEWHERE)
        self.moved[self.hub.repo(ELSEWHERE).id, number] = ident
        return f"{ELSEWHERE}#{number}"

    def type(self, name: str, place: int, value: Any) -> None:
        getattr(self, f"_type_{name}")(place, value)

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
