"""One call of a sync fails: any statement of the store, any call to the file system, once or from then on.

The run says so in a sentence; every file holds what it held or what it was to hold; the next runs come to the state of
a run where nothing failed. By default the first call of each kind and every eleventh is taken;
`PMTRACK_CRASH_ALL=1` takes them all.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pmtrack.documents import block
from support.crash_faults import (
    FAILURES_OF_DATABASE,
    FAILURES_OF_SYSTEM,
    PLACES_OF_DATABASE,
    PLACES_OF_SYSTEM,
    Fault,
    of_database,
    of_system,
    sync_with,
)
from support.crash_world import State, begun, calm, copied, edited, issue_texts, leftovers, state, taken
from support.scratch import Scratch

WORLDS = {"first sync": begun, "both sides edited": edited}
KINDS = {
    "system": (PLACES_OF_SYSTEM, FAILURES_OF_SYSTEM),
    "database": (PLACES_OF_DATABASE, FAILURES_OF_DATABASE),
}
RUNS = 4


@dataclass(frozen=True, slots=True)
class Calm:
    """A folder before a sync, and what that sync leaves."""

    before: Scratch
    after: State


@pytest.fixture(scope="module", params=WORLDS)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Calm:
    before = WORLDS[request.param](tmp_path_factory.mktemp("before"))
    after = copied(before, tmp_path_factory.mktemp("calm") / "folder")
    calm(after.folder)
    assert_is_mended(after)
    return Calm(before, state(after))


def assert_is_mended(scratch: Scratch) -> None:
    """After a few runs, one more writes nothing: no byte, no time, no row."""
    before: object = None
    scratch.store.forget_leases()
    for _ in range(RUNS + 1):
        assert calm(scratch.folder).problems == []
        now = scratch.files(), scratch.rows()
        if now == before:
            return
        before = now
    raise AssertionError("it does not come to rest")


def assert_files_are_whole(scratch: Scratch, world: Calm) -> None:
    """No part of a file: a document is the author's bytes with a whole report or none, an issue is old or new."""
    assert leftovers(scratch) == []
    for path, data in scratch.contents().items():
        if path.startswith("postmortems/"):
            found = block.find(data)
            assert found is None or found.untouched
            assert block.remove(data) == block.remove((world.before.folder / path).read_bytes())
    assert set(issue_texts(scratch)) <= {*issue_texts(world.before), *world.after.issues}


def faults(world: Calm, folder: Path, kind: str, stays: bool) -> Iterator[Fault]:
    """The calls of a run, with one failure after the other in turn."""
    places, failures = KINDS[kind]
    calls = Fault(places)
    sync_with(calls, copied(world.before, folder / "counted").folder)
    made = list(failures.values())
    for at in taken(calls.counted):
        yield Fault(places, at, made[(at + stays) % len(made)], stays)


@pytest.mark.parametrize("stays", [False, True], ids=["once", "from then on"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_call_that_fails_is_a_sentence_and_is_made_up_for(
    world: Calm, tmp_path: Path, kind: str, stays: bool
) -> None:
    for number, fault in enumerate(faults(world, tmp_path, kind, stays)):
        scratch = copied(world.before, tmp_path / str(number))
        told = sync_with(fault, scratch.folder)
        where = f"{fault.failure()} at {fault.at}: {fault.met}"
        assert fault.met, where
        assert_files_are_whole(scratch, world)
        if not told.sentences:
            assert state(scratch) == world.after, where
        assert_is_mended(scratch)
        assert state(scratch) == world.after, where


def test_a_disk_that_is_full_when_the_intention_is_committed_means_no_issue(world: Calm, tmp_path: Path) -> None:
    """The commit of the intention fails: the tracker is not asked to create anything."""
    scratch = copied(world.before, tmp_path / "folder")
    fault = FullAtIntention(PLACES_OF_DATABASE, failure=of_database("database or disk is full"))

    told = sync_with(fault, scratch.folder)

    assert fault.met
    assert "the disk is full" in told.sentences[0]
    assert not [place for place in fault.came_to if place.startswith(("before os.link", "before os.write"))]
    assert issue_texts(scratch) == issue_texts(world.before)
    assert_is_mended(scratch)
    assert state(scratch) == world.after


def test_an_issue_that_was_made_and_could_not_be_read_back_keeps_its_past(tmp_path: Path) -> None:
    """Then somebody edits that issue, and another field in the document: both are seen as changes."""
    scratch = begun(tmp_path)
    read_back = Fault(["before os.open to read in tracker.create"], 3, of_system(errno.EIO))
    (sentence,) = sync_with(read_back, scratch.folder).sentences
    assert "cannot be read" in sentence
    scratch.edit_issue("Add an alert", "owner: Ana", "owner: Zoe")
    scratch.edit("P1", "P0", "checkout.md")

    assert_is_mended(scratch)

    head = scratch.issue("Add an alert").read_text(encoding="utf-8").split("\n---", 1)[0]
    assert "owner: Zoe" in head
    assert "priority: P0" in head


class FullAtIntention(Fault):
    """Fails at the first commit of an intention."""

    def visit(self, name: str) -> None:
        intended = any("INSERT INTO intentions" in place for place in self.came_to[-8:])
        self.came_to.append(name)
        if name.startswith("before store.commit") and intended and not self.met:
            self.met = name
            raise self.failure()
