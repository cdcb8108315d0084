"""What a sync costs when nothing happened, side by side with a bare walk-and-hash of the same folder.

    python benchmarks/noop_sync.py [DOCUMENTS]

10,000 documents with 5 linked items each by default. The first sync and the measured ones are processes of their own,
as they are for a person; neither side counts the start of its process.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import resource
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

from ulid import ULID

from pmtrack.people import Directory
from pmtrack.policy import Policy
from pmtrack.publish.reports import publish
from pmtrack.reports import Report, Totals
from pmtrack.sources.folder import FolderSource
from pmtrack.sources.settings import FolderSettings
from pmtrack.store.database import Store
from pmtrack.sync import Places, Recorder, Rules, Terms, sync
from pmtrack.trackers.memory import MemoryTracker

ITEMS = 5
ROUNDS = 9
CHANGED = 100
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
HEARTBEAT = "cursors"

DOCUMENT = """# Postmortem {number}

**Date:** 2026-11-{day:02}

## What happened

The service number {number} did not answer for an hour.

## Action items

{items}
"""


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as name:
        base = Path(name)
        write_documents(base / "postmortems", count)
        for work in (first_sync, quiet_syncs, changed_sync):
            apart(work, base)


def apart(work: Callable[[Path], None], base: Path) -> None:
    """In a process of its own, whose peak of memory is that of this work."""
    process = get_context("spawn").Process(target=work, args=(base,))
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(process.exitcode)


def write_documents(root: Path, count: int) -> None:
    for number in range(count):
        folder = root / f"{number % 100:02}"
        folder.mkdir(parents=True, exist_ok=True)
        items = "\n".join(f"- [ ] Add alert {item} to service {number}" for item in range(ITEMS))
        text = DOCUMENT.format(number=number, day=number % 20 + 1, items=items)
        (folder / f"{number:05}.md").write_text(text, encoding="utf-8")


def first_sync(base: Path) -> None:
    """Make an issue of every item, and keep the tracker for the processes that follow."""
    tracker = MemoryTracker("board")
    with Store.open("sqlite:///pmtrack.db", base) as store:
        seconds = timed(runner(base, store, tracker))
    tracker.calls.clear()
    tracker.writes = 0
    (base / "tracker").write_bytes(pickle.dumps(tracker))
    print(f"{len(tracker.issues)} items, all linked; the first sync took {seconds:.1f} s")


def quiet_syncs(base: Path) -> None:
    bare, before, empty = base / "postmortems", rows(base), peak()
    tracker = kept(base)
    foreign = peak() - empty
    with Store.open("sqlite:///pmtrack.db", base) as store:
        run = runner(base, store, tracker)
        pairs = [(timed(run), timed(lambda: walk_and_hash(bare))) for _ in range(ROUNDS)]
    report("no-op sync", [ours for ours, _ in pairs])
    report("walk and hash", [theirs for _, theirs in pairs])
    print(f"ratio, pair by pair: median {statistics.median(ours / theirs for ours, theirs in pairs):.2f}")
    print(f"tracker requests a run: {sum(tracker.calls.values()) / ROUNDS:.0f}, writes: {tracker.writes}")
    highest = peak()
    changed = [name for name, digest in rows(base).items() if digest != before[name]]
    print(f"tables that changed, but the heartbeat: {', '.join(changed) or 'none'}")
    print(
        f"peak memory: {highest:.0f} MB, of these {foreign:.0f} for the {len(tracker.issues)} issues of the other side"
    )


def changed_sync(base: Path) -> None:
    """The time beyond that of a quiet sync, for some documents and for ten times as many."""
    with Store.open("sqlite:///pmtrack.db", base) as store:
        run = runner(base, store, kept(base))
        quiet = statistics.median(timed(run) for _ in range(3))
        for changed in (CHANGED // 10, CHANGED):
            change(base / "postmortems", changed)
            extra = timed(run) - quiet
            print(f"{changed} documents changed: {extra:.3f} s more, {extra / changed * 1000:.1f} ms for each")


def change(root: Path, count: int) -> None:
    """Somebody writes a word elsewhere in these documents."""
    for path in sorted(root.rglob("*.md"))[:count]:
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("for an hour", "for more than an hour"), encoding="utf-8")


def kept(base: Path) -> MemoryTracker:
    tracker: MemoryTracker = pickle.loads((base / "tracker").read_bytes())
    return tracker


def rows(base: Path) -> dict[str, str]:
    """Table -> a digest of all its rows, but for the heartbeat; one row at a time, since memory is measured as well."""
    with sqlite3.connect(base / "pmtrack.db") as database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {name: digest_of(database, name) for name in names if name != HEARTBEAT}


def digest_of(database: sqlite3.Connection, name: str) -> str:
    seen = hashlib.sha256()
    for row in database.execute(f'SELECT * FROM "{name}"'):
        seen.update(repr(row).encode())
    return seen.hexdigest()


def peak() -> float:
    """MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def runner(base: Path, store: Store, tracker: MemoryTracker) -> Callable[[], object]:
    source = FolderSource(FolderSettings(name="pm", path=Path("postmortems"), tracker="board"), base)
    places = Places({"pm": source}, {"board": tracker}, {"pm": "board"})
    rules = Rules(now=NOW, yes=frozenset({"pm"}))

    def run() -> None:
        recorder = Recorder(store, run=str(ULID()), now=lambda: NOW, today=NOW.date())
        sync(places, Terms(Directory(), Policy()), rules, recorder, new_ident=lambda: str(ULID()))
        publish(source, store, no_report, NOW.date())

    return run


def no_report(_source: str, _path: str) -> Report:
    """The cost of rendering is not what is measured here."""
    return Report(NOW.date(), Totals())


def walk_and_hash(root: Path) -> int:
    """The least that tells whether any document changed."""
    hashes = []
    for folder, _, names in os.walk(root):
        for name in names:
            with open(os.path.join(folder, name), "rb") as file:  # noqa: PTH118, PTH123 - the bare way
                hashes.append(hashlib.sha256(file.read()).digest())
    return len(hashes)


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def report(name: str, seconds: list[float]) -> None:
    print(f"{name}: min {min(seconds):.3f} s, median {statistics.median(seconds):.3f} s, max {max(seconds):.3f} s")


if __name__ == "__main__":
    main()
