"""Processes on one store see what an account asked of a server, each line once, and forget what no limit looks at."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

from pmtrack.trackers.limits import Budget, Kind
from pmtrack.trackers.settings import Limits
from support import stored
from support.stored import Home

HOUR = 3600.0
NOW = 1_790_000_000.0


def test_a_line_is_seen_once_by_each_that_reads_on(home: Home) -> None:
    with home.opened() as one, home.opened() as other:
        with one.journal("acme").turn() as turn:
            first = turn.add(NOW, "create")
            assert turn.news(first) == []
        with one.journal("ops").turn() as turn:
            turn.add(NOW, "write")
        with other.journal("acme").turn() as turn:
            assert turn.news(0) == [(first, NOW, "create")]
            second = turn.add(NOW + 1, "shut")
            assert turn.news(first) == [(second, NOW + 1, "shut")]


def test_lines_older_than_an_hour_go_and_their_numbers_do_not_come_back(home: Home) -> None:
    with home.opened() as store:
        with store.journal("acme").turn() as turn:
            numbers = [turn.add(NOW + at, "create") for at in range(3)]
        with store.journal("acme").turn() as turn:
            later = turn.add(NOW + 2 * HOUR, "create")
            assert turn.news(0) == [(later, NOW + 2 * HOUR, "create")]
        assert later > max(numbers)


def test_a_budget_on_the_store_outlives_its_process(home: Home) -> None:
    limits = Limits(creations_per_hour=10)
    with home.opened() as store:
        budget = Budget(limits, store.journal("acme"))
        assert [budget.take(Kind.CREATE, NOW + at) for at in range(9)] == [0.0] * 9
    with home.opened() as store:
        assert Budget(limits, store.journal("acme")).wait(Kind.CREATE, NOW + 9) == HOUR - 9
        assert Budget(limits, store.journal("other")).wait(Kind.CREATE, NOW + 9) == 0


def test_looking_writes_nothing(file_home: Home) -> None:
    with file_home.opened() as store:
        with store.journal("acme").turn() as turn:
            turn.add(NOW, "create")
        before = [(path.name, path.stat().st_size) for path in file_home.folder.iterdir()]
        assert [what for _, _, what in store.journal("acme").news(0)] == ["create"]
        assert before == [(path.name, path.stat().st_size) for path in file_home.folder.iterdir()]


def test_the_lines_of_an_account_are_numbered_in_the_order_in_which_others_see_them(home: Home) -> None:
    """Who reads what has a greater number than the last line that was seen must never miss one."""
    with home.opened() as one, home.opened() as other, ThreadPoolExecutor() as pool:
        begun = threading.Event()

        def second() -> list[tuple[int, float, str]]:
            begun.set()
            with other.journal("acme").turn() as turn:
                turn.add(NOW + 1, "second")
                return list(turn.news(0))

        with one.journal("acme").turn() as turn:
            first = turn.add(NOW, "first")
            later = pool.submit(second)
            begun.wait()
            time.sleep(0.3)
            assert not later.done()
            assert one.journal("acme").news(first) == []
        assert [what for _, _, what in later.result(10)] == ["first", "second"]
        assert [what for _, _, what in one.journal("acme").news(first)] == ["second"]


def test_on_a_server_two_accounts_do_not_wait_for_each_other(server_home: Home) -> None:
    with server_home.opened() as one, server_home.opened() as other:
        with one.journal("acme").turn() as turn, other.journal("ops").turn() as its:
            assert turn.add(NOW, "create") != its.add(NOW, "write")
        assert len(one.journal("acme").news(0)) == len(one.journal("ops").news(0)) == 1


PROGRAM = """
import sys, time
from pathlib import Path
from pmtrack.trackers.limits import Budget, Gate, Kind
from pmtrack.trackers.settings import Limits
from support import stored

with stored.Home(Path(sys.argv[1]), sys.argv[2]).opened() as store:
    limits = Limits(writes_per_second=20, creations_per_minute=10**6, creations_per_hour=10**6)
    gate = Gate(Budget(limits, store.journal("acme")), "GitHub", 60, time.time, time.sleep, print)
    for _ in range(12):
        gate.enter(Kind.CREATE)
"""


def test_three_processes_share_the_pause_between_two_writes(home: Home) -> None:
    home.opened().close()
    command = [sys.executable, "-c", PROGRAM, str(home.folder), home.url]
    tests = Path(stored.__file__).parents[1]
    running = [subprocess.Popen(command, cwd=tests) for _ in range(3)]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    with home.opened() as store, store.journal("acme").turn() as turn:
        times = [at for _, at, _ in turn.news(0)]
    assert len(times) == 36
    assert min(later - earlier for earlier, later in pairwise(times)) >= 1 / 20 - 1e-3
