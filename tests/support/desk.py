"""A folder of postmortems, a tracker and a store on disk, synced in this process at a clock that the test moves."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from pmtrack.documents import normal_priority
from pmtrack.model import Event, Issue, IssueRef, Known, Link
from pmtrack.people import Directory
from pmtrack.policy import Policy
from pmtrack.publish.reports import Published, publish
from pmtrack.ready import ALWAYS, wait
from pmtrack.reports import Report, build, for_document
from pmtrack.sources.folder import FolderSource
from pmtrack.sources.settings import FolderSettings
from pmtrack.store.database import Store
from pmtrack.sync import Places, Recorder, Rules, Sync, Terms, sync
from pmtrack.trackers.base import Tracker
from pmtrack.trackers.files import FilesTracker
from pmtrack.trackers.memory import Fault, MemoryTracker
from support.database import Database, url_of

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SOURCE, BOARD = "pm", "board"
HEAD = "# Outage\n\nDate: 2026-11-20\n\n## Action items\n\n"
TABLES = ("documents", "items", "links", "intentions", "history", "holds")
SETTLE = timedelta(seconds=15)


class Killed(BaseException):
    """The process is gone. No `except Exception` of the program may see it."""


def once(verb: str, when: str, error: BaseException | Callable[[], object]) -> Fault:
    """What happens around the next call of this verb only: it fails, or somebody acts."""
    waiting = [error]

    def fault(called: str, moment: str) -> None:
        if (called, moment) == (verb, when) and waiting:
            happens = waiting.pop()
            if isinstance(happens, BaseException):
                raise happens
            happens()

    return fault


def always(verb: str, when: str, error: BaseException) -> Fault:
    """Every call of this verb fails."""

    def fault(called: str, moment: str) -> None:
        if (called, moment) == (verb, when):
            raise error

    return fault


def healthy(_verb: str, _when: str) -> None:
    """No fault."""


@dataclass(slots=True)
class Desk:
    """Attributes:
    now: what the clock says; each run comes a `step` later. published: what the last run wrote into documents.
    targets: source -> tracker of its new issues. others: trackers besides the first one.
    """

    folder: Path
    tracker: Tracker
    now: datetime = NOW
    step: timedelta = timedelta(minutes=1)
    published: Published = field(default_factory=Published)
    targets: dict[str, str] = field(default_factory=lambda: {SOURCE: BOARD})
    others: dict[str, Tracker] = field(default_factory=dict)
    _idents: Iterator[int] = field(default_factory=lambda: count(1))

    @classmethod
    def in_memory(cls, folder: Path) -> Desk:
        return cls(_made(folder), MemoryTracker(BOARD, settle=SETTLE))

    @classmethod
    def in_files(cls, folder: Path) -> Desk:
        return cls(_made(folder), FilesTracker(BOARD, folder / "issues", "issues"))

    @property
    def memory(self) -> MemoryTracker:
        assert isinstance(self.tracker, MemoryTracker)
        return self.tracker

    # ------------------------------------------------------------ documents

    @property
    def postmortems(self) -> Path:
        return self.folder / SOURCE

    def write(self, *lines: str, path: str = "a.md", head: str = HEAD) -> None:
        """The whole document, as its author saves it: the report in it stays."""
        old = self.read(path) if (self.postmortems / path).exists() else ""
        report = old[old.index("<!-- pmtrack:begin") :] if "<!-- pmtrack:begin" in old else ""
        text = head + "\n".join(lines) + "\n"
        (self.postmortems / path).write_text(f"{text}\n{report}" if report else text, encoding="utf-8")

    def read(self, path: str = "a.md") -> str:
        return (self.postmortems / path).read_text(encoding="utf-8")

    def author(self, path: str = "a.md") -> str:
        """What stands before the report."""
        return self.read(path).split("<!-- pmtrack:begin")[0].rstrip("\n")

    def move(self, path: str, to: str) -> None:
        (self.postmortems / path).rename(self.postmortems / to)

    # ------------------------------------------------------------ a run

    def run(self, *, yes: bool = False, report: bool = True, reextract: bool = False, **rules: Any) -> Sync:
        """One sync, and the reports in the documents unless they are not wanted."""
        self.now += self.step
        source = FolderSource(FolderSettings(name=SOURCE, path=Path(SOURCE), tracker=BOARD), self.folder)
        places = Places({SOURCE: source}, {BOARD: self.tracker, **self.others}, self.targets)
        wanted = Rules(now=self.now, yes=frozenset({SOURCE} if yes else ()), **rules)
        with self.store() as store:
            recorder = Recorder(store, "R", lambda: self.now, self.now.date())
            terms = Terms(Directory(), Policy())
            done = sync(places, terms, wanted, recorder, new_ident=self._ident, reextract=reextract)
            if report:
                waits = partial(wait, wanted.ready.get(SOURCE, ALWAYS), now=self.now)
                self.published = publish(source, store, self._reporting(store), self.now.date(), waits=waits)
        return done

    def store(self) -> Store:
        return Store.open(url_of(self.folder), self.folder)

    def _ident(self) -> str:
        return f"I{next(self._idents)}"

    def _reporting(self, store: Store) -> Any:
        def report(source: str, path: str) -> Report:
            found = build(
                store.snapshot(source, path), self.now.date(), directory=Directory(), normal_priority=normal_priority
            )
            return for_document(found, source, path)

        return report

    # ------------------------------------------------------------ what is there

    def issues(self) -> dict[str, Issue]:
        """By number."""
        return {issue.ref.id: issue for issue in self.tracker.listing("").issues}

    def titles(self) -> dict[str, str]:
        return {number: issue.fields.title for number, issue in self.issues().items()}

    def comments(self) -> dict[str, int]:
        """Number of an issue -> how many comments say that its item was removed."""
        if isinstance(self.tracker, MemoryTracker):
            return {number: 1 for number, purpose in self.tracker.comments if purpose == "removed"}
        files = (self.folder / "issues").glob("*.md")
        found = {str(int(file.name[:4])): file.read_text(encoding="utf-8").count("is no longer in") for file in files}
        return {number: times for number, times in found.items() if times}

    def links(self) -> dict[str, Link]:
        with self.store() as store:
            return dict(store.links())

    def known(self) -> dict[str, Known]:
        with self.store() as store:
            return {known.ident: known for known in store.items(SOURCE)}

    def history(self) -> list[Event]:
        with self.store() as store:
            return list(store.history())

    def numbers(self) -> dict[str, str | None]:
        """Words of every item that is there -> number of its issue, None for none."""
        links = self.links()
        return {
            f"{known.item.fields.title}{'' if known.path == 'a.md' else f' @{known.path}'}": _number(
                links.get(known.ident)
            )
            for known in self.known().values()
            if known.present
        }

    # ------------------------------------------------------------ what people do in the tracker

    def copy_issue(self, number: str, *, ours: bool = True) -> str:
        """A person copies an issue with all that stands in it, or pastes its marker into an issue of their own."""
        new = str(max(map(int, self.issues())) + 1)
        if isinstance(self.tracker, MemoryTracker):
            self.tracker.put(replace(self.tracker.issues[number], ref=IssueRef(BOARD, new, f"#{new}", ""), ours=ours))
        else:
            (file,) = (self.folder / "issues").glob(f"{int(number):04}-*.md")
            shutil.copy(file, file.with_name(f"{int(new):04}-copy.md"))
        return new

    # ------------------------------------------------------------ what must not change

    def trace(self) -> Mapping[str, Any]:
        """Everything that a run without a cause may not touch: the heartbeat alone is left out."""
        return {**dict(self._files()), **self.rows(), "tracker": self._tracker_trace()}

    def rows(self) -> dict[str, list[Any]]:
        return self.database.rows(TABLES)

    @property
    def database(self) -> Database:
        return Database(url_of(self.folder), self.folder)

    def _tracker_trace(self) -> Any:
        tracker = self.tracker
        return (tracker.writes, dict(tracker.issues)) if isinstance(tracker, MemoryTracker) else None

    def _files(self) -> Iterable[tuple[str, Any]]:
        for path in sorted(self.folder.rglob("*")):
            if path.is_file() and not path.name.startswith("pmtrack."):
                yield str(path.relative_to(self.folder)), (path.stat().st_mtime_ns, path.read_bytes())


def assert_quiet(desk: Desk) -> None:
    """Two more runs have nothing to do, and write nothing."""
    before = desk.trace()
    for _ in range(2):
        again = desk.run()
        assert again.plan.steps == ()
        assert desk.published.written == []
        assert desk.trace() == before


def _made(folder: Path) -> Path:
    (folder / SOURCE).mkdir()
    return folder


def _number(link: Link | None) -> str | None:
    return link.ref.id if link and link.ref else None
