"""Processes on one store see what an account asked of a server, each line once, and forget what no limit looks at."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from pathlib import Path

from pmtrack.trackers.limits import Budget, Kind
from pmtrack.trackers.settings import Limits
from support import stored

HOUR = 3600.0
NOW = 1_790_000_000.0


def test_a_line_is_seen_once_by_each_that_reads_on(tmp_path: Path) -> None:
    with stored.opened(tmp_path) as one, stored.opened(tmp_path) as other:
        with one.journal("acme").turn() as turn:
            first = turn.add(NOW, "create")
            assert turn.news(first) == []
        with one.journal("ops").turn() as turn:
            turn.add(NOW, "write")
        with other.journal("acme").turn() as turn:
            assert turn.news(0) == [(first, NOW, "create")]
            second = turn.add(NOW + 1, "shut")
            assert turn.news(first) == [(second, NOW + 1, "shut")]


def test_lines_older_than_an_hour_go_and_their_numbers_do_not_come_back(tmp_path: Path) -> None:
    with stored.opened(tmp_path) as store:
        with store.journal("acme").turn() as turn:
            numbers = [turn.add(NOW + at, "create") for at in range(3)]
        with store.journal("acme").turn() as turn:
            later = turn.add(NOW + 2 * HOUR, "create")
            assert turn.news(0) == [(later, NOW + 2 * HOUR, "create")]
        assert later > max(numbers)


def test_a_budget_on_the_store_outlives_its_process(tmp_path: Path) -> None:
    limits = Limits(creations_per_hour=10)
    with stored.opened(tmp_path) as store:
        budget = Budget(limits, store.journal("acme"))
        assert [budget.take(Kind.CREATE, NOW + at) for at in range(9)] == [0.0] * 9
    with stored.opened(tmp_path) as store:
        assert Budget(limits, store.journal("acme")).wait(Kind.CREATE, NOW + 9) == HOUR - 9
        assert Budget(limits, store.journal("other")).wait(Kind.CREATE, NOW + 9) == 0


def test_reading_writes_nothing(tmp_path: Path) -> None:
    with stored.opened(tmp_path) as store:
        budget = Budget(Limits(), store.journal("acme"))
        before = (tmp_path / "pmtrack.db").read_bytes(), [path.stat().st_size for path in tmp_path.iterdir()]
        assert [budget.take(Kind.READ, NOW + at) for at in range(50)] == [0.0] * 50
        assert before == ((tmp_path / "pmtrack.db").read_bytes(), [path.stat().st_size for path in tmp_path.iterdir()])


PROGRAM = """
import sys, time
from pathlib import Path
from pmtrack.trackers.limits import Budget, Gate, Kind
from pmtrack.trackers.settings import Limits
from support import stored

with stored.opened(Path(sys.argv[1])) as store:
    limits = Limits(writes_per_second=20, creations_per_minute=10**6, creations_per_hour=10**6)
    gate = Gate(Budget(limits, store.journal("acme")), "GitHub", 60, time.time, time.sleep, print)
    for _ in range(12):
        gate.enter(Kind.CREATE)
"""


def test_three_processes_share_the_pause_between_two_writes(tmp_path: Path) -> None:
    stored.opened(tmp_path).close()
    command = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    tests = Path(stored.__file__).parents[1]
    running = [subprocess.Popen(command, cwd=tests) for _ in range(3)]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    with stored.opened(tmp_path) as store, store.journal("acme").turn() as turn:
        times = [at for _, at, _ in turn.news(0)]
    assert len(times) == 36
    assert min(later - earlier for earlier, later in pairwise(times)) >= 1 / 20 - 1e-3
