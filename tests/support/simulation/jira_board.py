"""The same lives on Jira's adapter: its stand-in over a real socket, on the simulation's clock.

What is otherwise here than on every remote board:

- a priority cannot be taken away, and the one that means none cannot be chosen as long as it means none; where it is on
  no screen people give labels, to issues that Jira's own priority does not speak for
- a due date in the description can be typed where pmtrack has put its line for one
- a way through several statuses that ends half-way is taken for the tracker's word, as if a person had gone there
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch
from urllib.parse import unquote

from pmtrack.model import Fields, IssueRef, Marker, Status
from pmtrack.model import Issue as Seen
from pmtrack.trackers.jira import cursor, paging
from pmtrack.trackers.limits import Notebook
from support.jira import Hub, Person, Transition, Workflow, serve
from support.jira.access import PERMISSIONS, Token
from support.jira.model import Issue, Project
from support.jira.spec import Spec, description
from support.jira.workflow import STRICT
from support.jira_shop import ASKING, welcome
from support.simulation.authors import OWNERS
from support.simulation.board import Weather
from support.simulation.jira_client import PROJECT, connect
from support.simulation.life import Life, has_disasters, live
from support.simulation.remote_board import RemoteBoard
from support.simulation.terrain import Terrain

ELSEWHERE = "OLD"
NATIVE = {"P0": "Highest", "P1": "High", "P2": "Medium", "P3": "Low"}
CANCELLED = ("Won't Do", "Duplicate", "Cannot Reproduce")
STATUS = {"new": Status.OPEN, "indeterminate": Status.IN_PROGRESS}
BACK = (Transition(51, "Stop work", "To Do", ("In Progress",)), Transition(61, "Rework", "In Progress", ("In Review",)))
"""What a strict workflow needs besides, so that a person and a document may take everything back."""
_DUE = re.compile(r'(Due: )([^"\n]*)')
_ANCHOR = re.compile(r"\{anchor:pmtrack-v1-([\w%.~]+)-[^-}]*-[^-}]*-?([^-}]*)\}")


@dataclass(eq=False)
class ProjectBoard(RemoteBoard):
    """Attributes:
    bare: dates and priorities are on no screen. settings: of the tracker, besides where it is.
    token: pmtrack's. journals: what accounts did lately.
    """

    bare: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)
    token: Token = field(init=False)
    journals: dict[str, Notebook] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.token = self.hub.add_token("bot")

    @property
    def home(self) -> Project:
        found: Project = self.hub.project(PROJECT)
        return found

    @property
    def person(self) -> Person:
        return Person.at(self.hub, "person", PROJECT)

    def new_run(self) -> None:
        """What the account lost it has back by the next run."""
        super().new_run()
        self.hub.grant("bot", PROJECT, *PERMISSIONS)

    def _replaces(self, ident: str, name: str, was: Any, now: Any, second: float) -> None:
        super()._replaces(ident, name, was, now, second)
        if name == "status" and now is Status.IN_PROGRESS:
            self.records[ident].typed[name] = now, second

    # ------------------------------------------------------------ what everybody sees at once

    def issues(self) -> dict[str, Seen]:
        self.settle()
        found = ((ident, self.shown(ident, self.hub.latest(ident))) for ident in self.hub.history)
        return {str(ident): seen for ident, seen in found if seen}

    def histories(self) -> Iterator[tuple[int, list[tuple[datetime, Any]]]]:
        yield from self.hub.history.items()

    def shown(self, name: int, version: Issue | None) -> Seen | None:
        if version is None:
            return None
        noted = self._noted(version).get("ident")
        marker, key = Marker(str(noted), "", "") if noted else None, self.hub.key(version)
        ref = IssueRef("board", str(name), key, f"{self.url}/browse/{key}")
        ours = bool(marker) and version.creator == self.token.account
        return Seen(ref, self.said(version), marker, ours, version.updated)

    def _noted(self, issue: Issue) -> Mapping[str, Any]:
        """Which item it is, and which priority means none: in the property, else beside it in markup."""
        anchor = _ANCHOR.search(str(issue.values.get("description")))
        beside = {"ident": anchor[1], "unset": unquote(anchor[2] or "")} if anchor else {}
        found: Mapping[str, Any] = issue.properties.get("pmtrack") or beside
        return found

    def said(self, issue: Issue) -> Fields:
        values, hub = issue.values, self.hub
        lines = _DUE.search(json.dumps(values.get("description")).replace("\\n", "\n"))
        due = values.get("duedate") or (lines[2].rstrip("\\r") if lines else "")
        off = hub.resolutions.get(values.get("resolution")) in CANCELLED
        done = Status.CANCELLED if off else Status.DONE
        return Fields(
            values["summary"],
            STATUS.get(hub.categories[values["status"]], done),
            (hub.users[values["assignee"]].name,) if "assignee" in values else (),
            self._priority(issue),
            date.fromisoformat(str(due)) if due else None,
        )

    def _priority(self, issue: Issue) -> str | None:
        native, unset = issue.values.get("priority"), self._noted(issue).get("unset")
        if native and unset not in ("*", str(native)):
            name = self.hub.priorities[native]
            return next(word for word, called in NATIVE.items() if called == name)
        return next(iter(sorted(set(issue.values.get("labels", ())) & NATIVE.keys())), None)

    def tickets(self) -> list[str]:
        here = f"{PROJECT}-"
        return [one.ref.key for one in self.issues().values() if one.marker is None and one.ref.key.startswith(here)]

    # ------------------------------------------------------------ its pages for people

    def place(self, ident: str) -> str | None:
        issue = self.hub.latest(int(ident))
        return self.hub.key(issue) if issue and issue.project == self.home.id else None

    def move(self, place: str, _ident: str) -> str:
        return self.person.move(place, ELSEWHERE)

    def type(self, name: str, place: str, value: Any) -> None:
        getattr(self, f"_type_{name}")(place, value)

    def _type_title(self, key: str, value: str) -> None:
        self.person.edit(key, summary=value)

    def _type_owners(self, key: str, value: tuple[str, ...]) -> None:
        self.person.assign(key, next(iter(value), None))

    def _type_status(self, key: str, value: Status) -> None:
        self.person.transition(key, "To Do")
        if value is Status.IN_PROGRESS:
            self.person.transition(key, "In Progress")
        elif value is not Status.OPEN:
            self.person.transition(key, "Done", "Won't Do" if value is Status.CANCELLED else "Done")

    def _type_priority(self, key: str, value: str | None) -> None:
        unset = self._noted(self.person.look(key)).get("unset")
        if unset == "*":
            self.person.unlabel(key, *NATIVE)
            self.person.label(key, *([value] if value else []))
        elif value and not self.bare and str(self.hub.priorities.id_of(NATIVE[value])) != unset:
            self.person.edit(key, priority=NATIVE[value])

    def _type_due(self, key: str, value: date | None) -> None:
        told = value.isoformat() if value else None
        if not self.bare:
            self.person.edit(key, duedate=told)
            return
        text = self.person.look(key).values.get("description")
        markup = text if isinstance(text, str) else json.dumps(text)
        after = _DUE.sub(lambda found: f"{found[1]}{told or ''}", markup, count=1)
        self.person.edit(key, description=after if isinstance(text, str) else json.loads(after))


# ---------------------------------------------------------------- a life there


@contextmanager
def opened(seed: int, terrain: Terrain, weather: Weather) -> Iterator[ProjectBoard]:
    """A project with its people, and another one to move issues to; served on a port of this machine."""
    hub = Hub(cloud=not is_data_center(seed), clock=terrain.now, spec=spec(seed))
    for key in (PROJECT, ELSEWHERE):
        project = hub.add_project(key, people="bot person")
        project.workflow = workflow(seed)
        welcome(hub, key, OWNERS)
        if is_bare(seed):
            project.create -= {"duedate", "priority"}
            project.edit -= {"duedate", "priority"}
    hub.page = paging.PAGE
    settings = {"api": 2} if has_markup(seed) else {}
    with TemporaryDirectory() as folder, serve(hub) as url:
        traits: dict[str, Any] = {"bare": is_bare(seed), "roams": not has_disasters(seed), "settings": settings}
        yield ProjectBoard(terrain, weather, hub, url, Path(folder), **traits)


def is_data_center(seed: int) -> bool:
    """One life of three is lived on Data Center."""
    return seed % 3 == 2


def is_strict(seed: int) -> bool:
    """In two lives of five the way to done takes three steps."""
    return seed % 5 in (1, 2)


def workflow(seed: int) -> Workflow:
    strict = Workflow.strict()
    return Workflow(strict.statuses, (*STRICT, *BACK)) if is_strict(seed) else ASKING


def is_bare(seed: int) -> bool:
    """In two lives of seven dates and priorities are on no screen."""
    return seed % 7 in (2, 3)


def has_markup(seed: int) -> bool:
    """Some of those on Cloud speak version 2."""
    return seed % 11 == 4


def has_small_pages(seed: int) -> bool:
    """In two lives of five a page has three entries, and the bookmark moves on after as many as four."""
    return seed % 5 < 2


def spec(seed: int) -> Spec | None:
    """One life of four is held against the description of the interface, which takes most of the time."""
    return description() if seed % 4 == 0 else None


def live_on_jira(seed: int, *, tracing: bool = False) -> Life:
    """Live this seed to its end; a broken promise carries the seed."""
    with ExitStack() as stack:
        if has_small_pages(seed):
            stack.enter_context(patch.object(paging, "PAGE", 3))
            stack.enter_context(patch.object(cursor, "ROLL", 4))

        def board(terrain: Terrain, weather: Weather) -> ProjectBoard:
            return stack.enter_context(opened(seed, terrain, weather))

        life = live(seed, tracing=tracing, boards=board, clients=connect)
        life.board.blameless()
        return life
