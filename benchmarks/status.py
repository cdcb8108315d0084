"""The overdue list of a large store, as a whole process, beside a Python that does nothing.

    python benchmarks/status.py [--items 50000] [--overdue 500] [--times 15]

All are run in turn, so that a busy machine slows all of them. The store is made once in a temporary folder.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from pmtrack.model import (
    ActionItem,
    Document,
    DueSource,
    Event,
    Fields,
    IssueRef,
    Known,
    Link,
    Side,
    Span,
    Status,
)
from pmtrack.store.database import Store

TODAY = datetime.now(UTC).date()
IN_DOCUMENT = 20
OWNERS = [f"Person {number}" for number in range(40)]
CONFIG = """\
timezone = "Europe/Paris"
store = "sqlite:///pmtrack.db"
people = "people.toml"
[[sources]]
name = "pm"
kind = "folder"
path = "postmortems"
tracker = "board"
[trackers.board]
kind = "files"
path = "issues"
"""
PEOPLE = "".join(f'[[person]]\nname = "{name}"\ngithub = "{name.lower().replace(" ", "-")}"\n' for name in OWNERS)

COMMANDS = {
    "nothing (python -c pass)": ("-c", "pass"),
    "status --overdue": ("-m", "pmtrack", "status", "--overdue"),
    "status --overdue --owner": ("-m", "pmtrack", "status", "--overdue", "--owner", OWNERS[0]),
    "status --overdue --format csv": ("-m", "pmtrack", "status", "--overdue", "--format", "csv"),
    "status --check": ("-m", "pmtrack", "status", "--overdue", "--check"),
    "status --due-within 7d": ("-m", "pmtrack", "status", "--due-within", "7d"),
}


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--items", type=int, default=50_000)
    asked.add_argument("--overdue", type=int, default=500)
    asked.add_argument("--times", type=int, default=15)
    asked.add_argument("--keep", type=Path, help="make the store here, or use the one that is here")
    wanted = asked.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        base = wanted.keep or Path(temporary)
        if not (base / "pmtrack.db").exists():
            make(base, wanted.items, wanted.overdue)
        size = (base / "pmtrack.db").stat().st_size / 1e6
        print(f"{wanted.items} items, {wanted.overdue} overdue, {size:.0f} MB; a whole process, ms")
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in COMMANDS}
        for _ in range(wanted.times):
            for name, arguments in COMMANDS.items():
                found[name].append(timed(arguments, base))
        for name, times in found.items():
            wall, cpu = ([1000 * time for time in of] for of in zip(*times, strict=True))
            print(
                f"{name:30} wall min {min(wall):4.0f}, median {statistics.median(wall):4.0f}; cpu min {min(cpu):4.0f}"
            )


def timed(arguments: Sequence[str], base: Path) -> tuple[float, float]:
    """Seconds by the clock, and of the processor."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run([sys.executable, *arguments], cwd=base, capture_output=True, check=False)
    took, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 4):
        raise SystemExit(done.stderr.decode())
    return took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def make(base: Path, items: int, overdue: int) -> None:
    """A team's store after years: most items closed, two lines of history for each closed one."""
    base.mkdir(parents=True, exist_ok=True)
    (base / "pmtrack.toml").write_text(CONFIG, encoding="utf-8")
    (base / "people.toml").write_text(PEOPLE, encoding="utf-8")
    every = items // overdue
    with Store.open("sqlite:///pmtrack.db", base) as store, store.writing() as writer:
        for number in range(0, items, IN_DOCUMENT):
            document = f"{number // IN_DOCUMENT:05}.md"
            writer.save_document(Document("pm", document, "v", "1", f"Outage {number}", day(number, items)))
            writer.save_items(known(n, document, every, items) for n in range(number, number + IN_DOCUMENT))
        for number in range(items):
            writer.save_link(link(number, every, items))
            for event in events(number, every, items):
                writer.record(event)
        writer.beat("source:pm", at=datetime.now(UTC))


def day(number: int, items: int) -> date:
    """When the item was first seen: over three years."""
    return TODAY - timedelta(days=1000 - 990 * number // items)


def fields(number: int, every: int, items: int) -> Fields:
    title = f"Do the thing number {number} that would have kept the outage of that day away from customers"
    owner = OWNERS[number % len(OWNERS)].lower().replace(" ", "-")
    if number % every == 0:
        return Fields(title, Status.OPEN, (owner,), f"P{number % 4}", TODAY - timedelta(days=1 + number % 90))
    if number % 10 == 1:
        return Fields(title, Status.OPEN, (owner,), f"P{number % 4}", TODAY + timedelta(days=number % 90))
    return Fields(title, Status.DONE, (owner,), f"P{number % 4}", day(number, items) + timedelta(days=30))


def known(number: int, document: str, every: int, items: int) -> Known:
    said = fields(number, every, items)
    item = ActionItem(said, 10 + number % IN_DOCUMENT, Span(number, number + 80), "Action items")
    position = number % IN_DOCUMENT
    return Known(f"{number:026}", "pm", document, position, item, said, day(number, items), DueSource.EXPLICIT)


def link(number: int, every: int, items: int) -> Link:
    said = fields(number, every, items)
    ref = IssueRef("board", str(number), f"#{number}", f"https://tracker.example/issues/{number}")
    return Link(f"{number:026}", "board", ref, said, said, said, DueSource.EXPLICIT)


def events(number: int, every: int, items: int) -> Iterator[Event]:
    began = datetime.combine(day(number, items), datetime.min.time(), UTC)
    yield Event(began, f"{number:026}", "created", after=f"#{number}", side=Side.DOCUMENT, run="R")
    if fields(number, every, items).status is Status.DONE:
        closed = began + timedelta(days=5 + number % 40)
        yield Event(closed, f"{number:026}", "changed", "status", "open", "done", Side.TRACKER, run="R")


if __name__ == "__main__":
    main()
