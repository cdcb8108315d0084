"""What the GitHub benchmarks share: the stand-in in a process of its own, and a team that works against it."""

from __future__ import annotations

import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from github import Auth, Github
from ulid import ULID

from pmtrack.people import Directory
from pmtrack.policy import Policy
from pmtrack.publish.reports import publish
from pmtrack.reports import Report, Totals
from pmtrack.sources.folder import FolderSource
from pmtrack.sources.settings import FolderSettings
from pmtrack.store.database import Store
from pmtrack.sync import Places, Recorder, Rules, Sync, Terms, sync
from pmtrack.trackers.github import connect
from pmtrack.trackers.github.tracker import GitHubTracker
from pmtrack.trackers.settings import Credential, GitHubSettings, Limits

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from support.github import Hub, serve
from support.github.limits import LIMITS

LIFTED = Limits(writes_per_second=1_000_000, creations_per_minute=10**9, creations_per_hour=10**9, settle_seconds=0)

# ---------------------------------------------------------------- the server


@dataclass(frozen=True, slots=True)
class Taken:
    """What the server did since the last look: its requests, and the seconds of processor time that they took it."""

    requests: Sequence[tuple[str, str, int]]
    seconds: float

    @property
    def told(self) -> str:
        """`GET 200 x 5`, and so on."""
        counts = Counter(f"{method} {status}" for method, _, status in self.requests)
        return ", ".join(f"{what} x {count}" for what, count in sorted(counts.items())) or "nothing"

    def count(self, method: str, end: str = "") -> int:
        return sum(verb == method and path.endswith(end) for verb, path, _ in self.requests)


@dataclass(frozen=True, slots=True)
class Server:
    url: str
    token: str
    pipe: Connection

    def take(self) -> Taken:
        self.pipe.send("take")
        taken: Taken = self.pipe.recv()
        return taken


@contextmanager
def hub_of(fill: Callable[[Hub], None]) -> Iterator[Server]:
    """The stand-in over a real socket, without GitHub's limits: what is measured is work and not waiting."""
    here, there = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=_run, args=(there, fill), daemon=True)
    process.start()
    url, token = here.recv()
    try:
        yield Server(url, token, here)
    finally:
        here.send("end")
        process.join()


def _run(pipe: Connection, fill: Callable[[Hub], None]) -> None:
    hub = Hub(spec=None)
    hub.limits.amounts = {limit.name: 10**9 for limit in LIMITS}
    fill(hub)
    with serve(hub) as url:
        pipe.send((url, hub.add_token("bot").value))
        since = time.process_time()
        while pipe.recv() == "take":
            now = time.process_time()
            pipe.send(Taken([(one.method, one.path, one.status) for one in hub.log], now - since))
            hub.log.clear()
            since = time.process_time()


# ---------------------------------------------------------------- the team


@dataclass
class Team:
    """One repository, source and tracker for each name, all with one account. A run is as new as that of a process.

    Attributes:
        reading: seconds that the run spent in lists of issues.
    """

    base: Path
    server: Server
    names: Sequence[str]
    limits: Limits = field(default_factory=Limits)
    reading: float = 0.0

    def run(self, store: Store) -> Sync:
        now = datetime.now(UTC)
        self.reading = 0.0
        sources = {name: _source(name, self.base) for name in self.names}
        trackers = {name: self._tracker(name) for name in self.names}
        recorder = Recorder(store, run=str(ULID()), now=lambda: datetime.now(UTC), today=now.date())
        places, rules = Places(sources, trackers, {name: name for name in self.names}), Rules(now, yes={*self.names})
        done = sync(places, Terms(Directory(), Policy()), rules, recorder, new_ident=lambda: str(ULID()))
        for source in sources.values():
            publish(source, store, _no_report, now.date())
        return done

    def _tracker(self, name: str) -> GitHubTracker:
        told = {"kind": "github", "repository": f"acme/{name}", "base_url": self.server.url, "credential": "acme"}
        known, secrets = {"acme": Credential(limits=self.limits)}, {"PMTRACK_ACME_TOKEN": self.server.token}
        settings = GitHubSettings.model_validate(told)
        tracker = connect(name, settings, self.base, known, environment=secrets, say=print)
        listing = tracker.listing

        def timed_listing(cursor: str) -> Any:
            started = time.perf_counter()
            try:
                return listing(cursor)
            finally:
                self.reading += time.perf_counter() - started

        tracker.listing = timed_listing
        return tracker


def _source(name: str, base: Path) -> FolderSource:
    return FolderSource(FolderSettings(name=name, path=Path("postmortems", name), tracker=name), base)


def _no_report(_source: str, _path: str) -> Report:
    """The cost of rendering is not what is measured here."""
    return Report(datetime.now(UTC).date(), Totals())


def pygithub(server: Server) -> Github:
    """Without its throttle and without its retry."""
    free = {"seconds_between_requests": None, "seconds_between_writes": None}
    return Github(base_url=server.url, auth=Auth.Token(server.token), per_page=100, retry=None, lazy=True, **free)


# ---------------------------------------------------------------- documents and figures

HEAD = "# Postmortem {0}\n\n**Date:** 2026-11-02\n\n## Action items\n\n"


def write_documents(folder: Path, count: int, items: Callable[[int], Sequence[str]]) -> None:
    """`items` gives the lines of a document, by its number."""
    folder.mkdir(parents=True)
    for number in range(count):
        text = HEAD.format(number) + "\n".join(items(number)) + "\n"
        (folder / f"{number:04}.md").write_text(text, encoding="utf-8")


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def report(name: str, seconds: Sequence[float]) -> None:
    middle = statistics.median(seconds)
    print(f"{name}: min {min(seconds):.3f} s, median {middle:.3f} s, max {max(seconds):.3f} s")


def report_ratio(name: str, ours: Sequence[float], theirs: Sequence[float]) -> None:
    ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
    shown = " ".join(f"{ratio:.3f}" for ratio in ratios)
    print(f"{name}, pair by pair: {shown}; median {statistics.median(ratios):.3f}")
