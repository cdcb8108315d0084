"""Hours of the daemon in virtual time, with all that goes wrong; `make nightly` has a day of it with 50,000 items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from support.soak.daemon import Held
from support.soak.figures import LOG, Database, Figures, Hour
from support.soak.scale import Scale
from support.soak.story import Story

SMALL = Scale(
    documents=200, sources=4, begins=21.5, hours=3, every="30m", tick=300.0, authors=60, team=40, warm=1, seed=4
)
"""Over midnight, when very much is overdue at once."""

REACHED = ("author: tick", "author: add", "author: cut", "author: shred", "author: rename", "author: break", "fetch")
REACHED += ("person: edit", "person: close", "list that lags")
COUNTED = ("webhooks", "acted during a run", "asked: create", "asked: update", "asked: comment")


def test_nothing_grows_that_must_not_and_every_item_has_one_issue_in_the_end(tmp_path: Path) -> None:
    story = Story(tmp_path, SMALL)
    figures = story.tell()
    assert figures.problems() == [], figures.table()
    assert [name for name in REACHED if not story.terrain.reached[name]] == []
    assert [name for name in COUNTED if not story.counted[name]] == []
    assert figures.hours[-1].database.rows["history"] > figures.hours[0].database.rows["history"]
    assert story.counted["items"] > 900


ROWS = {"items": 100, "links": 90, "leases": 3, "history": 500}
WORLD = {"items": 100, "links": 100, "leases": 3}
HOUR = Hour(1, Held(100_000_000, 12, 2), Database(ROWS, 5_000_000, 0, 1_000_000), WORLD, 1.0)


def later(held: Mapping[str, Any] | None = None, **database: Any) -> Hour:
    return replace(HOUR, hour=2, held=replace(HOUR.held, **(held or {})), database=replace(HOUR.database, **database))


@pytest.mark.parametrize(
    ("hour", "problem"),
    [
        (later({"memory": 112_000_000}), "hour 2: memory is +12% from 95 MB"),
        (later({"memory": 85_000_000}), "hour 2: memory is -15% from 95 MB"),
        (later({"files": 13}), "hour 2: 13 open files, 12 after the warm-up"),
        (later({"threads": 3}), "hour 2: 3 threads, 2 after the warm-up"),
        (later(rows=ROWS | {"leases": 4}), "hour 2: 4 rows in leases, for 3 there can be"),
        (later(log=LOG + 1), "hour 2: the database's log has 64 MB"),
        (later(size=7_000_000), "hour 2: the database grew by 1.9 MB beside its history"),
    ],
)
def test_what_grows_is_told(hour: Hour, problem: str) -> None:
    assert Figures(0, [HOUR, hour]).problems() == [problem]


def test_the_history_may_grow_and_so_may_the_file_with_it() -> None:
    grown = later({"memory": 109_000_000, "files": 11}, rows=ROWS | {"history": 900}, size=7_000_000, history=3_000_000)
    assert Figures(0, [HOUR, grown]).problems() == []


def test_a_new_table_has_to_be_bounded_by_something() -> None:
    with pytest.raises(KeyError, match="gossip"):
        Figures(0, [HOUR, later(rows=ROWS | {"gossip": 1})]).problems()
