"""What a sync costs when nothing happened, side by side with a bare walk-and-hash of the same folder.

    python benchmarks/noop_sync.py [DOCUMENTS]

10,000 documents with 5 linked items each by default. Neither side counts the start of its process.
"""

from __future__ import annotations

import hashlib
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
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
ROUNDS = 7
CHANGED = 100
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)

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
        measure(base, count)


def write_documents(root: Path, count: int) -> None:
    for number in range(count):
        folder = root / f"{number % 100:02}"
        folder.mkdir(parents=True, exist_ok=True)
        items = "\n".join(f"- [ ] Add alert {item} to service {number}" for item in range(ITEMS))
        text = DOCUMENT.format(number=number, day=number % 20 + 1, items=items)
        (folder / f"{number:05}.md").write_text(text, encoding="utf-8")


def measure(base: Path, count: int) -> None:
    tracker = MemoryTracker("board")
    with Store.open("sqlite:///pmtrack.db", base) as store:
        run = runner(base, store, tracker)
        first = timed(run)
        tracker.calls.clear()
        writes = tracker.writes
        bare = base / "postmortems"
        pairs = [(timed(run), timed(lambda: walk_and_hash(bare))) for _ in range(ROUNDS)]
        print(f"{count} documents, {count * ITEMS} linked items; the first sync took {first:.1f} s")
        report("no-op sync", [ours for ours, _ in pairs])
        report("walk and hash", [theirs for _, theirs in pairs])
        print(f"ratio, pair by pair: median {statistics.median(ours / theirs for ours, theirs in pairs):.2f}")
        print(f"tracker requests a run: {sum(tracker.calls.values()) / ROUNDS:.0f}, writes: {tracker.writes - writes}")
        for path in sorted(bare.rglob("*.md"))[:CHANGED]:
            path.write_text(path.read_text(encoding="utf-8").replace("for an hour", "for two hours"), encoding="utf-8")
        print(f"with {CHANGED} documents changed: {timed(run):.2f} s")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


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
