"""A sync is killed (SIGKILL, a real process) before, after and inside each of its effects, and the next ones mend it.

After every crash the folder comes to the state of a run that nobody killed, with one issue for each item, and rests.
By default every kind of place is taken once and then every eleventh; `PMTRACK_CRASH_ALL=1` takes them all.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.crash_runner import Runner
from support.crash_world import STRIDE, State, begun, copied, edited, state, taken
from support.scratch import Scratch

BEYOND = 1_000_000
RUNS = 4
PARTS = 2
"""The places are shared out to this many tests, which may run beside each other."""
WORLDS = {"first sync": begun, "both sides edited": edited}


@dataclass(frozen=True, slots=True)
class Calm:
    """A folder before a sync, where that sync comes to, and what it leaves."""

    before: Scratch
    points: list[str]
    after: State


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    with Runner() as running:
        yield running


@pytest.fixture(scope="module", params=WORLDS)
def calm(request: pytest.FixtureRequest, runner: Runner, tmp_path_factory: pytest.TempPathFactory) -> Calm:
    before = WORLDS[request.param](tmp_path_factory.mktemp("before"))
    after = copied(before, tmp_path_factory.mktemp("calm") / "folder")
    ended = runner.sync(after.folder, BEYOND)
    assert (ended.code, ended.problems) == (0, [])
    assert_is_mended(runner, after)
    return Calm(before, ended.points, state(after))


def assert_is_mended(runner: Runner, scratch: Scratch) -> None:
    """After a few runs, one more writes nothing: no byte, no time, no row."""
    before: object = None
    scratch.store.forget_leases()
    for _ in range(RUNS + 1):
        ended = runner.sync(scratch.folder)
        assert (ended.code, ended.problems) == (0, [])
        now = scratch.files(), scratch.rows()
        if now == before:
            return
        before = now
    raise AssertionError("it does not come to rest")


@pytest.mark.parametrize("part", range(PARTS))
def test_a_sync_that_is_killed_anywhere_is_mended_by_the_next_ones(
    calm: Calm, runner: Runner, tmp_path: Path, part: int
) -> None:
    for at in taken(calm.points, part, PARTS):
        scratch = copied(calm.before, tmp_path / str(at))
        where = f"killed at {at}: {calm.points[at - 1]}"
        assert runner.sync(scratch.folder, at).code == -signal.SIGKILL, where
        assert_is_mended(runner, scratch)
        found = state(scratch)
        assert found == calm.after, where
        assert found.is_as(calm.after), where


def test_a_run_that_mends_may_be_killed_as_well(calm: Calm, runner: Runner, tmp_path: Path) -> None:
    for at in taken(calm.points)[::5]:
        scratch = copied(calm.before, tmp_path / str(at))
        assert runner.sync(scratch.folder, at).code == -signal.SIGKILL
        scratch.store.forget_leases()
        again = 1 + at * STRIDE % 60
        assert runner.sync(scratch.folder, again).code in (-signal.SIGKILL, 0)
        assert_is_mended(runner, scratch)
        found, where = state(scratch), f"killed at {at}: {calm.points[at - 1]}, and at {again} of the next run"
        assert found == calm.after, where
        assert found.is_as(calm.after), where


def test_what_a_person_writes_into_an_issue_whose_answer_was_lost_is_kept(runner: Runner, tmp_path: Path) -> None:
    """Killed between the issue and its record; then somebody edits that issue, and another field in the document."""
    (tmp_path / "folder").mkdir()
    scratch = begun(tmp_path / "folder")
    points = runner.sync(copied(scratch, tmp_path / "calm").folder, BEYOND).points
    assert runner.sync(scratch.folder, points.index("after tracker.create") + 1).code == -signal.SIGKILL
    scratch.edit_issue("Add an alert", "owner: Ana", "owner: Zoe")
    scratch.edit("P1", "P0", "checkout.md")

    assert_is_mended(runner, scratch)

    head = scratch.issue("Add an alert").read_text(encoding="utf-8").split("\n---", 1)[0]
    assert "owner: Zoe" in head
    assert "priority: P0" in head
    assert "Zoe" in scratch.block("checkout.md")
    assert len(state(scratch).markers) == len(set(state(scratch).markers)) == 6
