"""A Jira tracker of a project on the stand-in, in virtual time: a wait of the tracker moves the server's clock."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pmtrack.model import Draft, FieldChange, Fields, Issue, IssueRef, Marker, Status
from pmtrack.text import digest
from pmtrack.trackers.jira import connect
from pmtrack.trackers.jira.tracker import JiraTracker
from pmtrack.trackers.limits import Journal, Ledger, Notebook
from pmtrack.trackers.settings import Credential, JiraSettings
from support import canary
from support.jira import HandClock, Hub, Person, Transition, Workflow, serve
from support.jira.model import User

FIELDS = Fields("Add retries to the importer", Status.OPEN, (), "P1", date(2026, 12, 1))
PROJECT = "OPS"
STEPS = ("To Do", "In Progress", "Done")

ASKING = Workflow(
    transitions=(
        Transition(11, "To Do", "To Do", resolution=""),
        Transition(21, "In Progress", "In Progress", resolution=""),
        Transition(31, "Close", "Done", screen=("resolution",), required=("resolution",)),
    )
)
"""From each status to each, and who closes says why."""


def draft(fields: Fields = FIELDS, ident: str = "01J0", words: str | None = None, **changes: Any) -> Draft:
    marker = Marker(ident, "2026/checkout.md", digest(fields.title))
    told = fields.title if words is None else words
    return Draft(marker, fields, told, "Checkout outage", "postmortems", line=12, **changes)


def to(name: str, before: object, after: object) -> list[FieldChange]:
    return [FieldChange(name, before, after)]


def welcome(hub: Hub, key: str, accounts: Sequence[str]) -> None:
    """These accounts exist, by just these names, and can be assigned."""
    for account in accounts:
        ident = account if hub.cloud else f"JIRAUSER-{account}"
        hub.users.setdefault(ident, User(ident, account, account, f"{account}@example.org"))
        hub.project(key).grants.setdefault(ident, {"ASSIGNABLE_USER"})


@dataclass
class Shop:
    """Attributes:
    said: what the tracker told people. slept: seconds of its waits.
    """

    hub: Hub
    url: str
    token: Any
    clock: HandClock
    folder: Path
    journals: dict[str, Notebook] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)

    def environment(self) -> dict[str, str]:
        email = {"PMTRACK_SHOP_EMAIL": self.token.email} if self.hub.cloud else {}
        return {"PMTRACK_SHOP_TOKEN": self.token.value, **email}

    def connect(self, *, environment: Any = None, credential: Credential | None = None, **changes: Any) -> JiraTracker:
        """The tracker of a new run. It remembers nothing but how much its account did lately."""
        given = {"kind": "jira", "project": PROJECT, "url": self.url, **changes}
        settings = JiraSettings.model_validate(given | ({"credential": "acme"} if credential else {}))
        return connect(
            "shop",
            settings,
            self.folder,
            {"acme": credential} if credential else {},
            Ledger(self.journal),
            environment=self.environment() if environment is None else environment,
            clock=self.seconds,
            sleep=self.sleep,
            say=self.said.append,
        )

    def journal(self, account: str) -> Journal:
        """What outlives a process: a tracker that is connected anew knows no more of the past."""
        return self.journals.setdefault(account, Notebook())

    def seconds(self) -> float:
        return self.clock.now.timestamp()

    def sleep(self, seconds: float) -> None:
        """Whole milliseconds: the clock cannot be moved by less than a microsecond, which waits may come down to."""
        self.slept.append(seconds)
        self.clock.advance(milliseconds=math.ceil(seconds * 1000))

    def person(self, name: str = "ana") -> Person:
        return Person.at(self.hub, name, PROJECT)

    def account(self, name: str) -> str:
        """What fields call a person: the accountId, or the name on Data Center."""
        return self.hub.account(name) if self.hub.cloud else name

    def requests(self) -> list[str]:
        """What was asked since the last look, as `GET /path 200`, without `/rest/api/3`."""
        told = [f"{entry.method} {entry.path.split('/', 4)[-1]} {entry.status}" for entry in self.hub.log]
        self.hub.log.clear()
        return told

    def writes(self) -> list[str]:
        """Those of them that change something."""
        reading = ("search", "bulkfetch")
        return [line for line in self.requests() if line[:3] != "GET" and not any(word in line for word in reading)]

    def values(self, issue: Issue | IssueRef) -> dict[str, Any]:
        """What the stand-in holds, in people's words."""
        ref = issue.ref if isinstance(issue, Issue) else issue
        return self.hub.fields(ref.id)

    def later(self, **by: float) -> None:
        self.clock.advance(**by)


@contextmanager
def open_shop(*, cloud: bool = True, **hub: Any) -> Iterator[Shop]:
    """A project with its people, and at the end the proof that no limit and no rule of the interface was broken."""
    clock = HandClock()
    served = Hub(cloud=cloud, clock=clock, **hub)
    served.add_project(PROJECT, people="bot ana bo person")
    with serve(served) as url, TemporaryDirectory() as folder:
        yield Shop(served, url, served.add_token("bot"), clock, Path(folder))
        canary.look(Path(folder))
