"""A GitHub tracker of a repository on the stand-in, in virtual time: a wait of the tracker moves the server's clock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pmtrack.model import Draft, Fields, Issue, IssueRef, Marker, Status
from pmtrack.text import digest
from pmtrack.trackers.github import connect
from pmtrack.trackers.github.tracker import GitHubTracker
from pmtrack.trackers.limits import Journal, Ledger, Notebook
from pmtrack.trackers.settings import Credential, GitHubSettings
from support import canary
from support.github import HandClock, Hub, Person, serve

FIELDS = Fields("Add retries to the importer", Status.OPEN, ("ana",), "P1", date(2026, 12, 1))
REPOSITORY = "acme/shop"


def draft(fields: Fields = FIELDS, ident: str = "01J0", words: str | None = None) -> Draft:
    marker = Marker(ident, "2026/checkout.md", digest(fields.title))
    return Draft(marker, fields, fields.title if words is None else words, "Checkout outage", "postmortems", line=12)


@dataclass
class Shop:
    """Attributes:
    said: what the tracker told people. slept: seconds of its waits.
    """

    hub: Hub
    url: str
    token: str
    clock: HandClock
    folder: Path
    journals: dict[str, Notebook] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)

    def connect(
        self, *, credential: Credential | None = None, environment: Any = None, **changes: Any
    ) -> GitHubTracker:
        """The tracker of a new run. It remembers nothing but how much its account did lately."""
        given = {"kind": "github", "repository": REPOSITORY, "base_url": self.url, **changes}
        settings = GitHubSettings.model_validate(given | ({"credential": "acme"} if credential else {}))
        return connect(
            "shop",
            settings,
            self.folder,
            {"acme": credential} if credential else {},
            Ledger(self.journal),
            environment={"PMTRACK_SHOP_TOKEN": self.token} if environment is None else environment,
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
        self.slept.append(seconds)
        self.clock.advance(seconds=seconds)

    def person(self, login: str = "ana") -> Person:
        return Person.at(self.hub, login, REPOSITORY)

    def requests(self) -> list[str]:
        """What was asked since the last look, as `GET /path 200`, the repository's number left out."""
        told = [f"{entry.method} {entry.path} {entry.status}" for entry in self.hub.log]
        self.hub.log.clear()
        ident = self.hub.names[REPOSITORY]
        return [line.replace(f"/repositories/{ident}", "") for line in told]

    def number(self, issue: Issue | IssueRef) -> int:
        ref = issue.ref if isinstance(issue, Issue) else issue
        return int(ref.id.split("/")[1])

    @property
    def now(self) -> datetime:
        return self.clock.now.astimezone(UTC)

    def later(self, **by: float) -> None:
        self.clock.now += timedelta(**by)


@contextmanager
def open_shop(**repository: Any) -> Iterator[Shop]:
    """A repository with its people, and at the end the proof that no limit was ignored."""
    clock = HandClock()
    hub = Hub(clock=clock)
    hub.add_repo(REPOSITORY, **{"people": "bot ana bo person", **repository})
    with serve(hub) as url, TemporaryDirectory() as folder:
        yield Shop(hub, url, hub.add_token("bot").value, clock, Path(folder))
        canary.look(Path(folder))
    assert hub.bans == []
    assert [path for _, path, _ in hub.limits.hasty if not path.endswith("/access_tokens")] == []
