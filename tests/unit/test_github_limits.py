"""An account asks as fast as its server allows, and never faster; in virtual time."""

from __future__ import annotations

from itertools import pairwise

import pytest

from pmtrack.errors import TrackerError
from pmtrack.trackers.limits import Budget, Gate, Kind
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
        budget.spend(kind, 5.0)
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


def test_what_an_earlier_process_created_counts() -> None:
    budget = Budget(Limits())
    budget.seed([10.0 + n for n in range(475)] + [HOUR + 5, -3], 5000.0)
    assert budget.wait(Kind.CREATE, 5000.0) == pytest.approx(HOUR - 484)
    assert budget.wait(Kind.WRITE, 5000.0) == 0


def test_what_this_process_created_is_not_counted_twice() -> None:
    budget = Budget(Limits(creations_per_hour=10))
    for at in range(4):
        budget.spend(Kind.CREATE, float(at))
    budget.seed([3.0, 2.0, 1.0, 0.0], 3.0)
    assert budget.wait(Kind.CREATE, 100.0) == 0
