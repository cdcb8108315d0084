"""Documents, a tracker and a store in memory: a whole run takes milliseconds, for tests that run by the thousand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any, cast

from pmtrack.errors import DocumentError, SourceError
from pmtrack.model import Event, Issue, Link, Pulse
from pmtrack.people import Directory
from pmtrack.policy import Policy
from pmtrack.sources.base import Content, Seen
from pmtrack.store.database import Writer
from pmtrack.sync import Places, Recorder, Rules, Sync, Terms, sync, take_back
from pmtrack.sync.observe import Observation, observe
from pmtrack.trackers.base import Listing, Missing, Tracker
from pmtrack.trackers.memory import MemoryTracker
from support.simulation.memory_store import MemoryStore, MemoryWriter

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TODAY = NOW.date()
SETTLE = timedelta(seconds=15)
HEAD = "# Outage\n\nDate: 2026-11-20\n\n## Action items\n\n"
ALERT = "Add an alert on the depth of the mail queue"
RUNBOOK = "Write the runbook of the payment gateway"
ROTATE = "Rotate every certificate"


@dataclass(slots=True)
class PulseWriter(MemoryWriter):
    """Keeps the heartbeat whole: what is None stays as it was, and an error is the last try's."""

    pulses: dict[str, Pulse] = field(default_factory=dict)

    def beat(self, name: str, *, at: datetime | None, cursor: str | None = None, error: str | None = None) -> None:
        MemoryWriter.beat(self, name, at=at, cursor=cursor, error=error)
        before = self.pulses.get(name)
        self.pulses[name] = Pulse(name, at or (before.last_success if before else None), error)


class BenchStore(MemoryStore):
    """A store of dictionaries that knows the heartbeat. `commits` counts the transactions."""

    def __init__(self) -> None:
        super().__init__(lambda _name: None, lambda: None)
        self.pulses: dict[str, Pulse] = {}
        self.commits = 0

    def links(self, idents: Iterable[str] | None = None) -> dict[str, Link]:
        assert idents is not None, "there may be very many links: no run looks at all of them"
        return MemoryStore.links(self, idents)

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        tables, pulses = self.tables.copy(), dict(self.pulses)
        yield cast("Writer", PulseWriter(tables, pulses))
        tables.check()
        self.tables, self.pulses = tables, pulses
        self.commits += 1


@dataclass(slots=True)
class Pages:
    """A source in memory.

    Attributes:
        broken: path -> why the listing says that it cannot be read. locked: path -> why reading it fails.
        shut: why the source cannot be listed.
    """

    name: str = "pm"
    texts: dict[str, str] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)
    locked: dict[str, str] = field(default_factory=dict)
    shut: str | None = None
    reads: list[str] = field(default_factory=list)

    def documents(self) -> Iterator[Seen]:
        if self.shut:
            raise SourceError(self.shut)
        return iter([Seen(path, self.broken.get(path)) for path in sorted(self.texts)])

    def read(self, path: str) -> Content:
        self.reads.append(path)
        if path in self.locked:
            raise DocumentError(self.locked[path])
        return Content(path, self.texts[path].encode(), version_of(self.texts[path]))

    def version(self, path: str) -> str:
        """What `read` would answer, without counting as one; nothing of what cannot be read."""
        return "" if path in self.locked else version_of(self.texts[path])

    def write(self, content: Content, data: bytes) -> Content:
        raise AssertionError("a sync writes no document")

    def locate(self, path: str) -> str:
        return path

    def address(self, path: str, line: int) -> str:
        return ""


def version_of(text: str) -> str:
    return f"version of {text}"


@dataclass(slots=True)
class Lagging(MemoryTracker):
    """Its list cannot tell what exists, and shows an older moment where one is given. `asked`: by direct reads."""

    shown: tuple[Issue, ...] | None = None
    asked: list[str] = field(default_factory=list)

    def fetch(self, refs: Sequence[str]) -> Mapping[str, Issue | Missing]:
        self.asked += refs
        return MemoryTracker.fetch(self, refs)

    def listing(self, cursor: str) -> Listing:
        found = MemoryTracker.listing(self, cursor)
        return Listing(found.issues if self.shown is None else self.shown, found.cursor)


@dataclass(slots=True)
class Bench:
    """One source and one tracker (more where a test adds them), a store, and a clock that each run moves on."""

    pages: Pages = field(default_factory=Pages)
    tracker: MemoryTracker = field(default_factory=lambda: MemoryTracker("board", settle=SETTLE))
    store: BenchStore = field(default_factory=BenchStore)
    directory: Directory = field(default_factory=Directory)
    policy: Policy = field(default_factory=Policy)
    now: datetime = NOW
    sources: dict[str, Pages] = field(default_factory=dict)
    trackers: dict[str, Tracker] = field(default_factory=dict)
    targets: dict[str, str] = field(default_factory=dict)
    unreachable: dict[str, str] = field(default_factory=dict)
    only: str | None = None
    sweep: bool = False
    idents: Iterator[int] = field(default_factory=lambda: count(1))

    def write(self, *titles: str, path: str = "a.md", head: str = HEAD) -> None:
        """A document with these items, each `[ ]` unless it begins with a box of its own."""
        boxes = (title if title.startswith("[") else f"[ ] {title}" for title in titles)
        self.pages.texts[path] = head + "".join(f"- {line}\n" for line in boxes)

    @property
    def places(self) -> Places:
        sources = {self.pages.name: self.pages, **self.sources}
        ours = {name: pages for name, pages in sources.items() if self.only in (None, name)}
        targets = {self.pages.name: "board", **self.targets}
        return Places(
            ours,
            {"board": self.tracker, **self.trackers},
            {name: target for name, target in targets.items() if name in ours},
            self.unreachable,
            {name: pages for name, pages in sources.items() if name not in ours},
            self.sweep,
        )

    @property
    def terms(self) -> Terms:
        return Terms(self.directory, self.policy)

    def recorder(self, run: str = "R") -> Recorder:
        return Recorder(self.store, run, lambda: self.now, self.today)

    @property
    def today(self) -> date:
        return self.now.date()

    def ident(self) -> str:
        return f"I{next(self.idents)}"

    def observe(self, **options: Any) -> Observation:
        given = {"today": self.today, "now": self.now, "new_ident": self.ident, **options}
        return observe(self.places, self.store, self.terms, **given)

    def run(self, *, run: str = "R", rules: Mapping[str, Any] | None = None, **options: Any) -> Sync:
        """One sync, a minute later."""
        self.now += timedelta(minutes=1)
        wanted = Rules(now=self.now, **(rules or {}))
        return sync(self.places, self.terms, wanted, self.recorder(run), new_ident=self.ident, **options)

    def undo(self, run: str, **options: Any) -> Sync:
        self.now += timedelta(minutes=1)
        rules = Rules(now=self.now)
        return take_back(run, self.places, self.terms, rules, self.recorder("U"), new_ident=self.ident, **options)

    def link(self, ident: str = "I1") -> Link:
        return self.store.tables.links[ident]

    def events(self, *kinds: str) -> list[Event]:
        return [event for event in self.store.history() if not kinds or event.kind in kinds]
