"""An account asks as fast as its server allows, and never faster; in virtual time."""

from __future__ import annotations

import random
import threading
from itertools import pairwise

import pytest

from pmtrack.errors import TrackerError
from pmtrack.trackers.limits import LOW, PORTION, SHUT, Budget, Gate, Kind, Ledger, Left, Meter, Notebook, spared
from pmtrack.trackers.settings import Limits
from pmtrack.trackers.windows import POINTS, POINTS_A_MINUTE

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


# ---------------------------------------------------------------- reads


def words(journal: Notebook) -> list[str]:
    return [what for _, _, what in journal.lines]


def test_reads_are_noted_in_portions_before_they_are_sent() -> None:
    journal = Notebook()
    budget = Budget(Limits(), journal)
    assert budget.take(Kind.READ, 1000.0) == 0
    assert words(journal) == [f"read*{PORTION}"]
    for _ in range(19):
        assert budget.take(Kind.READ, 1001.0) == 0
    assert words(journal) == ["read*10", "read*10"]
    assert budget.take(Kind.WRITE, 1002.0) == 0
    assert words(journal)[2:] == ["write"]


def test_where_a_portion_does_not_fit_reads_are_noted_one_by_one() -> None:
    journal = Notebook()
    budget = Budget(Limits(), journal)
    for _ in range(855):
        assert budget.take(Kind.READ, 1000.0) == 0
    assert words(journal) == ["read*10"] * 85 + ["read*1"] * 5
    assert budget.take(Kind.READ, 1000.0) == 60


def test_the_reads_of_another_process_count_here() -> None:
    journal = Notebook()
    other, here = Budget(Limits(), journal), Budget(Limits(), journal)
    for _ in range(850):
        other.take(Kind.READ, 1000.0)
    assert [here.take(Kind.READ, 1000.0 + at) for at in range(5)] == [0.0] * 5
    assert here.take(Kind.READ, 1005.0) == 55


@pytest.mark.parametrize("seed", range(6))
def test_five_runs_at_once_never_pass_what_the_server_counts(seed: int) -> None:
    """Each sends as fast as it may; the server counts a request when it is sent, not when it was noted."""
    dice, journal, now = random.Random(seed), Notebook(), 1000.0
    runs = [Budget(Limits(), journal) for _ in range(5)]
    sent: list[tuple[float, int]] = []
    while now < 1000 + 200:
        now += dice.choice((0.0, 0.001, 0.02))
        at = dice.randrange(5)
        kind = Kind.WRITE if dice.random() < 0.05 * (seed % 2) else Kind.READ
        if runs[at].take(kind, now) == 0:
            sent.append((now, POINTS[kind]))
        if dice.random() < 0.001 * (seed % 3):
            runs[at] = Budget(Limits(), journal)  # a run ended, and another began
    busy = max(sum(cost for at, cost in sent if end - 60 < at <= end) for end, _ in sent[::20])
    assert 800 <= busy <= POINTS_A_MINUTE


# ---------------------------------------------------------------- what the server says is left


@pytest.mark.parametrize(
    ("whole", "low", "shut"), [(15_000, 150, 30), (5_000, 50, 10), (1_000, 10, 2), (100, 5, 0), (60, 5, 0), (5, 0, 0)]
)
def test_how_much_is_left_alone(whole: int, low: int, shut: int) -> None:
    assert (spared(whole, LOW), spared(whole, SHUT)) == (low, shut)


def test_while_much_is_left_nothing_waits_and_nothing_is_noted() -> None:
    journal = Notebook()
    Budget(Limits(), journal).hear(Left(51, 5_000, 2000.0))
    assert words(journal) == []


def test_where_little_is_left_reads_wait_and_writes_go_on() -> None:
    journal = Notebook()
    here, other = Budget(Limits(), journal), Budget(Limits(), journal)
    here.take(Kind.READ, 999.0)
    here.hear(Left(50, 5_000, 2000.0))
    for one in (here, other):
        assert one.wait(Kind.READ, 1000.0) == one.take(Kind.READ, 1000.0) == 1000
    assert other.take(Kind.WRITE, 1000.0) == 0
    assert here.take(Kind.READ, 2000.0) == 0


def test_where_next_to_nothing_is_left_everything_waits() -> None:
    journal = Notebook()
    here, other = Budget(Limits(), journal), Budget(Limits(), journal)
    here.hear(Left(10, 5_000, 2000.0))
    assert [other.wait(kind, 1000.0) for kind in Kind] == [1000.0] * 3


def test_the_same_moment_is_noted_once_though_it_is_told_with_every_answer() -> None:
    journal = Notebook()
    here, other = Budget(Limits(), journal), Budget(Limits(), journal)
    for left in range(50, 10, -1):
        here.hear(Left(left, 5_000, 2000.0 + left / 100))
    other.wait(Kind.READ, 1000.0)
    other.hear(Left(30, 5_000, 2000.2))
    assert words(journal) == [LOW]
    here.hear(Left(30, 5_000, 5600.0))
    assert words(journal) == [LOW, LOW]


def test_a_word_of_a_later_version_is_left_aside() -> None:
    journal = Notebook()
    journal.add(1000.0, "dance*7")
    journal.add(1000.0, "read*855")
    assert Budget(Limits(), journal).wait(Kind.READ, 1000.0) == 60


# ---------------------------------------------------------------- what is counted


def test_requests_are_counted_by_tracker_and_kind() -> None:
    clock, ledger = Clock(), Ledger()
    for tracker in ("board", "shop"):
        budget = ledger.budget("acme", Limits(writes_per_second=100))
        one = Gate(budget, "GitHub", 60, clock, clock.sleep, clock.said.append, ledger.counter(tracker))
        for kind in (Kind.READ, Kind.READ, Kind.CREATE):
            one.enter(kind)
        one.ready(Kind.WRITE)
    each = {Kind.READ: 2, Kind.CREATE: 1}
    assert ledger.meter.requests() == {(name, kind): n for name in ("board", "shop") for kind, n in each.items()}


def test_what_was_not_let_in_is_not_counted() -> None:
    clock, ledger = Clock(), Ledger()
    one = Gate(ledger.budget("acme", Limits()), "GitHub", 1, clock, clock.sleep, print, ledger.counter("board"))
    one.shut(100)
    with pytest.raises(TrackerError):
        one.enter(Kind.READ)
    assert ledger.meter.requests() == {}


def test_what_is_left_of_each_limit_is_known_until_there_is_more() -> None:
    meter = Meter()
    budget = Ledger(meter=meter).budget("acme", Limits())
    budget.take(Kind.CREATE, 1000.0)
    budget.take(Kind.READ, 1001.0)
    budget.hear(Left(4_000, 5_000, 2000.0))
    limits = ("creations_per_minute", "creations_per_hour", "points_per_minute", "requests")
    found = {at: [meter.left(at)["acme", limit] for limit in limits] for at in (1001.0, 1061.0, 4600.0)}
    assert found == {
        1001.0: [75, 474, 840, 4_000],
        1061.0: [76, 474, 855, 4_000],
        4600.0: [76, 475, 855, 5_000],
    }


def test_threads_count_together() -> None:
    meter = Meter()

    def ask() -> None:
        for _ in range(2_000):
            meter.count("board", Kind.READ)
            meter.note("acme", "requests", Left(1, 2, 3.0))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert meter.requests() == {("board", Kind.READ): 16_000}
