"""Whole lives of a world, each from one integer: no promise is broken in any of them, and they reach what they should.

`PMTRACK_SEEDS=2000` lives so many instead. A failure names its seed, and `live(seed, tracing=True)` tells its story.
"""

from __future__ import annotations

import os
from collections import Counter

import pytest

from support.simulation.daemon import remembered_extraction
from support.simulation.life import live

SEEDS = 400
"""The same lives in every run, so that a failure is one of the code and not of the machine's speed."""

ALSO_REAL = 8
"""So many of them on the real store as well."""

REACHED = (
    "step create",
    "step update",
    "step close",
    "step reopen",
    "step note",
    "step relink",
    "step wait",
    "step forget",
    "step remove",
    "step restore",
    "step lose",
    "step failed",
    "conflict",
    "create with lost answer",
    "late create",
    "create unsent",
    "update with lost answer",
    "comment with lost answer",
    "update refused for a person's edit",
    "rate limit",
    "acted during a run",
    "hold replaced",
    "hold emptied",
    "hold halved",
    "line moved to another document",
    "line restored",
    "document renamed",
    "document restored",
    "block erased",
    "issue copied",
    "issue transferred",
    "issue deleted",
    "killed before a commit",
    "killed after a commit",
    "killed before create",
    "killed after create",
    "killed before update",
    "killed after update",
    "killed before listing",
    "killed before a document",
    "killed after a document",
)
"""What the simulation has to come through to prove anything."""


@pytest.fixture(scope="module")
def reached() -> Counter[str]:
    """How often everything happened in the lives of this run; fails at the first broken promise."""
    seen: Counter[str] = Counter()
    with remembered_extraction():
        for seed in range(int(os.environ.get("PMTRACK_SEEDS", SEEDS))):
            seen += live(seed).terrain.reached
            seen["lives"] += 1
    return seen


def test_no_promise_is_broken(reached: Counter[str]) -> None:
    """One issue per item, no edit lost, nobody's close undone, at most one field write, quiet, and bytes kept."""
    assert reached["lives"]


@pytest.mark.parametrize("what", REACHED)
def test_the_lives_come_through_it(reached: Counter[str], what: str) -> None:
    assert reached[what], reached


def test_an_integer_is_a_whole_life() -> None:
    first, second = (live(7, tracing=True).terrain.trace for _ in range(2))
    assert first == second
    assert len(first) > 20


@pytest.mark.parametrize("seed", range(ALSO_REAL))
def test_the_real_store_lives_the_same_life(seed: int) -> None:
    """The store of dictionaries, which makes the simulation fast, hides nothing."""
    quick, real = (live(seed, tracing=True, real=real) for real in (False, True))
    assert quick.terrain.trace == real.terrain.trace
    assert quick.store.history() == real.store.history()
