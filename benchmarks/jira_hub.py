"""What the Jira benchmarks share: the stand-in in a process of its own, and a team that works against it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from time import process_time
from typing import Any

from github_hub import Taken, report, report_ratio, timed, write_documents
from jira import JIRA
from ulid import ULID

from pmtrack.people import Directory
from pmtrack.policy import Policy
from pmtrack.publish.reports import publish
from pmtrack.reports import Report, Totals
from pmtrack.sources.folder import FolderSource
from pmtrack.sources.settings import FolderSettings
from pmtrack.store.database import Store
from pmtrack.sync import Places, Recorder, Rules, Sync, Terms, sync
from pmtrack.trackers.jira import connect
from pmtrack.trackers.jira.tracker import JiraTracker
from pmtrack.trackers.settings import JiraSettings, Limits
from support.jira import Hub, adf, serve

__all__ = ["Hub", "Server", "Taken", "Team", "hub_of", "library", "report", "report_ratio", "timed", "write_documents"]

LIFTED = Limits(writes_per_second=1_000_000, creations_per_minute=10**9, creations_per_hour=10**9, settle_seconds=0)

# ---------------------------------------------------------------- the server


@dataclass(frozen=True, slots=True)
class Server:
    """Attributes:
    email: of the token's account, "" on Data Center.
    """

    url: str
    token: str
    email: str
    pipe: Connection

    def take(self) -> Taken:
        return self._ask("take")  # type: ignore[no-any-return]

    def do(self, what: Callable[[Hub], None]) -> None:
        """Let people do something in its pages."""
        self._ask(what)

    def _ask(self, what: Any) -> Any:
        self.pipe.send(what)
        return self.pipe.recv()


@contextmanager
def hub_of(fill: Callable[[Hub], None], *, cloud: bool = True) -> Iterator[Server]:
    """The stand-in over a real socket, without Jira's limits and schemas: what is measured is work and not waiting."""
    here, there = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=_run, args=(there, fill, cloud), daemon=True)
    process.start()
    url, token, email = here.recv()
    try:
        yield Server(url, token, email, here)
    finally:
        here.send("end")
        process.join()


def _run(pipe: Connection, fill: Callable[[Hub], None], cloud: bool) -> None:
    adf.schema = lambda: None  # holding each description against it takes ten times as long as all else
    hub = Hub(cloud=cloud, spec=None)
    hub.limits.on = False
    fill(hub)
    token = hub.add_token("bot")
    with serve(hub) as url:
        pipe.send((url, token.value, token.email))
        taking = Taking(hub)
        while (what := pipe.recv()) != "end":
            pipe.send(taking.taken() if what == "take" else what(hub))


@dataclass(slots=True)
class Taking:
    """What the server did since the last look."""

    hub: Hub
    since: float = field(default_factory=process_time)

    def taken(self) -> Taken:
        now = process_time()
        requests = [(one.method, one.path, one.status) for one in self.hub.log]
        self.hub.log.clear()
        seconds, self.since = now - self.since, now
        return Taken(requests, seconds)


def expect(what: str, found: int, most: int) -> None:
    """Fail where it took more requests than promised."""
    if found > most:
        raise SystemExit(f"{what}: {found} requests, and {most} were promised")


# ---------------------------------------------------------------- the team


@dataclass
class Team:
    """One project, source and tracker for each name, all with one account. A run is as new as that of a process.

    Attributes:
        link: pattern for where people read a document, "" for none.
    """

    base: Path
    server: Server
    names: Sequence[str]
    link: str = ""
    said: list[str] = field(default_factory=list)

    def run(self, store: Store) -> Sync:
        now = datetime.now(UTC)
        sources = {name: self._source(name) for name in self.names}
        trackers = {name: self._tracker(name) for name in self.names}
        recorder = Recorder(store, run=str(ULID()), now=lambda: datetime.now(UTC), today=now.date())
        places, rules = Places(sources, trackers, {name: name for name in self.names}), Rules(now, yes={*self.names})
        done = sync(places, Terms(Directory(), Policy()), rules, recorder, new_ident=lambda: str(ULID()))
        for source in sources.values():
            publish(source, store, _no_report, now.date())
        return done

    def _source(self, name: str) -> FolderSource:
        settings = FolderSettings(name=name, path=Path("postmortems", name), tracker=name, link=self.link or None)
        return FolderSource(settings, self.base)

    def _tracker(self, name: str) -> JiraTracker:
        settings = JiraSettings(kind="jira", url=self.server.url, project=name, limits=LIFTED)
        secrets = {f"PMTRACK_{name}_TOKEN": self.server.token}
        secrets |= {f"PMTRACK_{name}_EMAIL": self.server.email} if self.server.email else {}
        return connect(name, settings, self.base, environment=secrets, say=self.said.append)


def _no_report(_source: str, _path: str) -> Report:
    """The cost of rendering is not what is measured here."""
    return Report(datetime.now(UTC).date(), Totals())


def library(server: Server) -> JIRA:
    """The client library by itself, without its retry."""
    login: dict[str, Any] = {"token_auth": server.token}
    login = {"basic_auth": (server.email, server.token)} if server.email else login
    return JIRA(server.url, max_retries=0, **login)  # it asks which Jira it is
