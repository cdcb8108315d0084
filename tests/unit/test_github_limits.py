"""An account asks as fast as its server allows, and never faster; in virtual time."""

from __future__ import annotations

from itertools import pairwise

import pytest

from pmtrack.errors import TrackerError
from pmtrack.trackers.limits import Budget, Gate, Kind, Ledger, Notebook
from pmtrack.trackers.settings import Limits

HOUR = 3600.0


class Clock:
    """Virtual seconds; sleeping passes them."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.said: list[str] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds


def gate(clock: Clock, patience: float = 60, **limits: float) -> Gate:
    return Gate(
        Budget(Limits.model_validate(limits)), "GitHub", patience, clock, sleep=clock.sleep, say=clock.said.append
    )


def busiest(times: list[float], seconds: float) -> int:
    return max(sum(1 for other in times if start <= other < start + seconds) for start in times)


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ([], 0),
        ([Kind.READ] * 10, 0),
        ([Kind.WRITE], 1),
        ([Kind.CREATE], 1),
        ([Kind.READ, Kind.WRITE, Kind.READ], 1),
    ],
)
def test_a_write_waits_a_second_after_a_write(kinds: list[Kind], expected: float) -> None:
    budget = Budget(Limits())
    for kind in kinds:
        budget.take(kind, 5.0)
    assert budget.wait(Kind.WRITE, 5.0) == expected
    assert budget.wait(Kind.READ, 5.0) == 0


def test_a_day_of_creations_uses_the_hour_and_never_passes_a_limit() -> None:
    clock, times = Clock(), []
    gates = gate(clock, patience=HOUR)
    while clock.now < 1000 + 24 * HOUR:
        gates.enter(Kind.CREATE)
        times.append(clock.now)
    assert all(b - a >= 1 for a, b in pairwise(times))
    assert busiest(times[:600], 60) <= 60
    assert busiest(times[:1500], HOUR) == 475
    assert len(times) >= 0.95 * 500 * 24


def test_a_faster_server_is_asked_faster() -> None:
    clock, times = Clock(), []
    gates = gate(clock, writes_per_second=1000, creations_per_minute=100, creations_per_hour=9000)
    for _ in range(300):
        gates.enter(Kind.CREATE)
        times.append(clock.now)
    assert busiest(times, 60) == 95
    assert clock.now - 1000 == pytest.approx(180, abs=1)


def test_reads_are_counted_by_their_points() -> None:
    clock = Clock()
    gates = gate(clock)
    for _ in range(855):
        gates.enter(Kind.READ)
    assert clock.now == 1000
    gates.enter(Kind.READ)
    assert clock.now == 1060
    assert clock.said == ["waiting 60 s for GitHub's limit"]


def test_what_the_server_says_counts_for_everything() -> None:
    clock = Clock()
    gates = gate(clock)
    gates.shut(30)
    gates.shut(10)  # a shorter word does not open what a longer one shut
    gates.enter(Kind.READ)
    assert (clock.now, clock.said) == (1030, ["waiting 30 s for GitHub's limit"])


def test_a_short_wait_is_not_talked_about() -> None:
    clock = Clock()
    gates = gate(clock)
    gates.enter(Kind.WRITE)
    gates.enter(Kind.WRITE)
    assert (clock.now, clock.said) == (1001, [])


@pytest.mark.parametrize(
    ("seconds", "shown"), [(61, "61 s"), (119.2, "120 s"), (1800, "30 minutes"), (1801, "31 minutes")]
)
def test_what_takes_too_long_is_left_to_a_later_run(seconds: float, shown: str) -> None:
    clock = Clock()
    gates = gate(clock)
    gates.shut(seconds)
    with pytest.raises(TrackerError, match=f"GitHub's limit is used up for {shown}: a run after that") as caught:
        gates.enter(Kind.WRITE)
    assert caught.value.retry_after == pytest.approx(seconds)
    assert not caught.value.permanent
    assert (clock.now, clock.said) == (1000, [])


def test_a_refused_entry_is_not_counted() -> None:
    clock = Clock()
    gates = gate(clock)
    gates.shut(100)
    for _ in range(50):
        with pytest.raises(TrackerError):
            gates.enter(Kind.CREATE)
    clock.now += 100
    gates.enter(Kind.CREATE)
    assert clock.now == 1100


def test_what_an_earlier_process_did_counts() -> None:
    clock, journal = Clock(), Notebook()
    earlier, now = (Budget(Limits(creations_per_hour=10), journal) for _ in range(2))
    for at in range(9):
        assert earlier.take(Kind.CREATE, 1000.0 + at) == 0
    assert now.wait(Kind.CREATE, 2000.0) == 1000 + HOUR - 2000
    assert now.wait(Kind.WRITE, 1008.5) == 0.5
    earlier.shut(500, 2000.0)
    assert Budget(Limits(), journal).wait(Kind.READ, 2001.0) == 499
    assert clock.said == []


def test_two_processes_at_once_keep_to_one_accounts_limits() -> None:
    """Each asks as soon as it may; together they make a request a second, and never more than the hour allows."""
    clock, journal, times = Clock(), Notebook(), []
    gates = [Gate(Budget(Limits(), journal), "GitHub", HOUR, clock, clock.sleep, clock.said.append) for _ in range(3)]
    while clock.now < 1000 + 2 * HOUR:
        for one in gates:
            one.enter(Kind.CREATE)
            times.append(clock.now)
    assert all(b - a >= 1 for a, b in pairwise(times))
    assert busiest(times, HOUR) == 475


def test_who_lost_the_race_for_a_moment_waits_for_the_next() -> None:
    clock, journal = Clock(), Notebook()
    other = Budget(Limits(), journal)
    other.take(Kind.WRITE, clock.now)

    def sleep(seconds: float) -> None:
        clock.sleep(seconds)
        if clock.now < 1003:
            assert other.take(Kind.WRITE, clock.now) == 0

    Gate(Budget(Limits(), journal), "GitHub", 60, clock, sleep, clock.said.append).enter(Kind.WRITE)
    assert clock.now == 1003


@pytest.mark.parametrize("jump", [-30 * 24 * HOUR, -HOUR, 30 * 24 * HOUR])
def test_a_clock_that_jumps_shuts_nobody_out_for_longer_than_a_limit_lasts(jump: float) -> None:
    budget = Budget(Limits(creations_per_hour=1))
    budget.take(Kind.CREATE, 1e9)
    budget.shut(60, 1e9)
    assert budget.wait(Kind.CREATE, 1e9 + jump) <= HOUR + 60
    assert budget.wait(Kind.READ, 1e9 + jump) <= HOUR + 60


def test_all_that_name_an_account_get_one_budget() -> None:
    ledger = Ledger()
    assert ledger.budget("acme", Limits()) is ledger.budget("acme", Limits())
    assert ledger.budget("acme", Limits()) is not ledger.budget("other", Limits())
    assert Ledger().budget("acme", Limits()) is not ledger.budget("acme", Limits())
