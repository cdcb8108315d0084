"""The folder that the crash tests start from, and what has to be the same after every crash.

A first sync of three postmortems, then edits on both sides: new items, one done, one reworded, one removed, one edited
and one closed in its issue, one that names an issue somebody made by hand, a new document, and a template.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

from pmtrack.app import App, Run, Scope
from pmtrack.config import load
from pmtrack.store import engine
from pmtrack.trackers import frontmatter, issuefile
from support.scratch import Scratch

STRIDE = 11
_KIND = re.compile(r"before sql \w+ (?:INTO |FROM )?\w+|before sql|.*", re.DOTALL)
"""What of a place's name is its kind: of a statement, its verb and its table."""

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)

CHECKOUT = """\
# Checkout refused cards

Date: 2026-11-02

## Action items

- [ ] Add an alert on card refusals (owner: Ana, P1, due 2099-12-01)
- [ ] Write the runbook for the payment queue (owner: Bo)
- [ ] Rotate the gateway certificate every quarter (owner: Bo)
- [ ] Buy a second pager for the night shift

## Lessons

Certificates expire on Sundays.
"""

QUEUE = """\
# Queue stood still

Date: 2026-11-09

## Action items

| Action | Owner | Due |
| --- | --- | --- |
| Page somebody when the queue stands | Dora | 2099-11-01 |
| Try a restore of the queue every month | Cleo | |
"""

TEMPLATE = """\
# Postmortem template

## Action items

- [ ] <what to do> (owner: <name>)
"""

LATE = """\
# Search was slow

Date: 2026-11-16

## Action items

- [ ] Measure the slowest tenth of searches (owner: Eve, P2)
- [ ] Give the index a machine of its own
"""

BY_HAND = """\
---
title: Split the queue by region
status: in progress
owner: Fay
---

Somebody wrote this before there was a postmortem.
"""

DONE = "- [ ] Write the runbook"
REWORDED = "Rotate the gateway certificate every quarter", "Rotate the gateway certificate every month"
REMOVED = "- [ ] Buy a second pager for the night shift\n"
ADDED = "- [ ] Show the refusals of each bank on the board (owner: Ana)\n"
ADOPTED = "- [ ] Split the queue by region (#40)\n"

_NAME = re.compile(r"issues/[0-9]{4}-")
_NUMBER = re.compile(r"\[[0-9]{4}\]\(")
_SEAL = re.compile(r"sha=[0-9a-f]{16}")
_IDENT = re.compile(r"\b01[0-9A-HJKMNP-TV-Z]{24}\b")


def begun(folder: Path) -> Scratch:
    """Three documents and an issue made by hand, never synced."""
    scratch = Scratch.make(folder, {"checkout.md": CHECKOUT, "queue.md": QUEUE, "template.md": TEMPLATE})
    issues = folder / "issues"
    issues.mkdir()
    (issues / "0040-split-the-queue.md").write_text(BY_HAND, encoding="utf-8")
    return scratch


def edited(folder: Path) -> Scratch:
    """The same after one sync and a busy day on both sides."""
    scratch = begun(folder)
    calm(folder)
    scratch.edit(DONE, DONE.replace("[ ]", "[x]"), "checkout.md")
    scratch.edit(*REWORDED, "checkout.md")
    scratch.edit(REMOVED, ADDED + ADOPTED, "checkout.md")
    scratch.write("search.md", LATE)
    scratch.edit_issue("Page somebody", "owner: Dora", "owner: Gus")
    scratch.edit_issue("Try a restore", "status: open", "status: done")
    return scratch


def calm(folder: Path) -> Run:
    """One sync in this process, at the one moment of these tests."""
    with _without_waiting():
        return App(load(folder / "pmtrack.toml"), now=lambda: NOW).sync(Scope(yes=True))


@contextmanager
def _without_waiting() -> Iterator[None]:
    """Nobody pulls the plug here: what a process wrote is there after its end, without waiting for the disk."""
    pragmas = [pragma.replace("synchronous=FULL", "synchronous=OFF") for pragma in engine.PRAGMAS]
    with mock.patch.object(engine, "PRAGMAS", pragmas), mock.patch.object(os, "fsync", return_value=None):
        yield


def taken(places: Sequence[str], part: int = 0, parts: int = 1) -> list[int]:
    """The numbers (from 1 on) of the places where a test is to strike: the first of each kind, and every eleventh.

    With `PMTRACK_CRASH_ALL=1` all of them.
    """
    numbers = range(1, len(places) + 1)
    if os.environ.get("PMTRACK_CRASH_ALL"):
        return list(numbers)[part::parts]
    first = {_kind(place): number for number, place in reversed(list(enumerate(places, 1)))}
    return sorted({*first.values(), *numbers[::STRIDE]})[part::parts]


def _kind(place: str) -> str:
    found = _KIND.match(place)
    return found[0] if found else place


def copied(scratch: Scratch, to: Path) -> Scratch:
    """The same folder, with the same times, under another name."""
    shutil.copytree(scratch.folder, to)
    copy = replace(scratch, folder=to)
    if (store := scratch.store).is_served:
        text = scratch.config.read_text(encoding="utf-8")
        copy.config.write_text(text.replace(store.url, store.copied(to).url), encoding="utf-8")
    return copy


@dataclass(frozen=True, slots=True)
class State:
    """What people and the next run see, without what may differ: idents, and the numbers of issues.

    A run that is killed between reserving a number and making its issue leaves a gap, since no number is given twice.
    `numbers` and `documents` are what is to be the same byte for byte where there is no gap.
    """

    written: dict[str, str]
    issues: list[str]
    tables: dict[str, list[tuple[Any, ...]]]
    intentions: int
    markers: list[str]
    leftovers: list[str]
    numbers: list[str] = field(compare=False)
    documents: dict[str, bytes] = field(compare=False)

    def is_as(self, other: State) -> bool:
        return self == other and (self.numbers != other.numbers or self.documents == other.documents)


def state(scratch: Scratch) -> State:
    contents = scratch.contents()
    documents = {path: data for path, data in contents.items() if path.startswith("postmortems/") and _is_md(path)}
    issues = _issues(contents)
    return State(
        written={path: _without_numbers(data.decode()) for path, data in documents.items()},
        issues=issue_texts(scratch),
        tables=_tables(scratch, documents),
        intentions=len(scratch.rows()["intentions"]),
        markers=sorted(_markers(issues)),
        leftovers=leftovers(scratch),
        numbers=sorted(issues),
        documents=documents,
    )


def issue_texts(scratch: Scratch) -> list[str]:
    """Name and text of every issue, without its number and the ident in its marker."""
    found = _issues(scratch.contents())
    return sorted(_IDENT.sub("IDENT", f"{_without_numbers(path)}\n{text}") for path, text in found.items())


def _issues(contents: Mapping[str, bytes]) -> dict[str, str]:
    return {path: data.decode() for path, data in contents.items() if path.startswith("issues/") and _is_md(path)}


def leftovers(scratch: Scratch) -> list[str]:
    """Files that are half written, or were."""
    return sorted(str(path.relative_to(scratch.folder)) for path in scratch.folder.rglob(".pmtrack-*"))


def _is_md(path: str) -> bool:
    return path.endswith(".md")


def _without_numbers(text: str) -> str:
    return _SEAL.sub("sha=", _NUMBER.sub("[N](", _NAME.sub(r"issues/N-", text)))


def _markers(issues: dict[str, str]) -> list[str]:
    """What the marker of each issue says without its ident: one for each item, and none twice."""
    found = [issuefile.marker(frontmatter.parse(text)) for text in issues.values()]
    return [f"{marker.digest} {marker.path}" for marker in found if marker]


def _tables(scratch: Scratch, documents: dict[str, bytes]) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of what is known of documents, items and issues, each of the latter by its name."""
    names = {hashlib.sha256(data).hexdigest(): "as it is" for data in documents.values()}
    for ident, path, item in scratch.store.ask("SELECT ident, path, item FROM items"):
        names[ident] = f"{path} {item}"
    for number, ref in scratch.store.ask("SELECT issue_id, ref FROM links"):
        _, of, key, url = json.loads(ref)
        assert number == of == str(int(key)), ref
        assert (scratch.folder / url).is_file(), ref
        names[number], names[ref] = "its number", _without_numbers(url)
    return {
        table: sorted((tuple(names.get(value, value) for value in row) for row in rows), key=repr)
        for table, rows in scratch.store.rows(("documents", "items", "links")).items()
    }
