"""Whole lives of a world, each from one integer: no promise is broken in any of them, and they reach what they should.

`PMTRACK_SEEDS=2000` lives so many instead. A failure names its seed, and `live(seed, tracing=True)` tells its story.
"""

from __future__ import annotations

import os
from collections import Counter

import pytest

from pmtrack.documents import extract
from pmtrack.model import Postmortem
from support.simulation.life import has_disasters, live
from support.simulation.reading import READERS, quick_extract, remembered_reading

SEEDS = 1500
"""The same lives in every run, so that a failure is one of the code and not of the machine's speed."""

ALSO_REAL = tuple(seed for seed in range(12) if not has_disasters(seed))
"""These on the real store as well; losing and restoring it is played with the store of dictionaries only."""

ALSO_READ = 12
"""In so many, every document that is read is read in both ways."""

REACHED = (
    "author: add",
    "author: assign",
    "author: cut",
    "author: erase",
    "author: move",
    "author: refer",
    "author: rename",
    "author: reorder",
    "author: replace",
    "author: restore",
    "author: reword",
    "author: shred",
    "author: tick",
    "author: twin",
    "author: unshred",
    "person: cancel",
    "person: close",
    "person: copy",
    "person: delete",
    "person: edit",
    "person: open",
    "person: reopen",
    "person: start",
    "person: transfer",
    "acted during a run",
    "frozen",
    "step adopt",
    "step close",
    "step create",
    "step failed",
    "step forget",
    "step lose",
    "step note",
    "step relink",
    "step remove",
    "step reopen",
    "step restore",
    "step update",
    "step wait",
    "adopted with other values",
    "conflict",
    "hold emptied",
    "hold halved",
    "hold rebuilt",
    "hold replaced",
    "rate limit",
    "comment done and answered 502",
    "comment done and not answered",
    "comment unsent",
    "create done and answered 502",
    "create done and not answered",
    "create unsent",
    "update done and answered 502",
    "update done and not answered",
    "update unsent",
    "late create",
    "late update",
    "document unreadable",
    "list that lags",
    "root unreadable",
    "short list",
    "update refused for a person's edit",
    "killed after a commit",
    "killed after a document",
    "killed after create",
    "killed after fetch",
    "killed after listing",
    "killed after update",
    "killed before a commit",
    "killed before a document",
    "killed before create",
    "killed before fetch",
    "killed before listing",
    "killed before update",
    "refused at the lock",
    "killed, and the other goes on",
    "store lost",
    "store restored",
)
"""What the simulation has to come through to prove anything."""


@pytest.fixture(scope="module")
def reached() -> Counter[str]:
    """How often everything happened in the lives of this run; fails at the first broken promise."""
    seen: Counter[str] = Counter()
    with remembered_reading():
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


@pytest.mark.parametrize("seed", ALSO_REAL)
def test_the_real_store_lives_the_same_life(seed: int) -> None:
    """The store of dictionaries, which makes the simulation fast, hides nothing."""
    quick, real = (live(seed, tracing=True, real=real) for real in (False, True))
    assert quick.terrain.trace == real.terrain.trace
    assert quick.store.history() == real.store.history()


@pytest.mark.parametrize("seed", range(ALSO_READ))
def test_the_quick_reading_is_the_extractors(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Putting an answer together from what is known of each line, which makes it fast, hides nothing either."""
    texts: set[tuple[bytes, str]] = set()

    def remembering(data: bytes, path: str = "") -> Postmortem:
        texts.add((data, path))
        return extract(data, path)

    for module in READERS:
        monkeypatch.setattr(module, "extract", remembering)
    live(seed)
    assert len(texts) > 1
    for data, path in texts:
        assert quick_extract(data, path) == extract(data, path)
