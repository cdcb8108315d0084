"""When a source is synced: by the store alone, whatever happened to the process, the machine and its clock."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmtrack.service.due import JITTER, SWEPT_EVERY, Moment, share
from pmtrack.store.leases import Standing

EVERY = timedelta(minutes=5)
NOW = 1_800_000_000.0
LEAST, MOST = (EVERY.total_seconds() * (1 + part) for part in (-JITTER, JITTER))


def moment(standing: Standing | None, *, asked: bool = False, alone: bool = True) -> Moment:
    return Moment(NOW, {"a": standing} if standing else {}, {}, frozenset({"a"}) if asked else frozenset(), alone=alone)


def is_due(standing: Standing | None, *, asked: bool = False, alone: bool = True) -> bool:
    return moment(standing, asked=asked, alone=alone).due({"a": EVERY}, "w") == ["a"]


def ago(seconds: float, until: float | None = None, epoch: int = 1) -> Standing:
    return Standing(epoch, NOW - seconds, until)


@pytest.mark.parametrize(
    ("standing", "asked", "alone", "wanted"),
    [
        pytest.param(None, False, True, True, id="it was never synced"),
        pytest.param(ago(1), False, True, False, id="it was synced just now, by whatever process"),
        pytest.param(ago(LEAST - 1), False, True, False, id="its interval is not over"),
        pytest.param(ago(MOST + 1), False, True, True, id="its interval is over"),
        pytest.param(ago(10**6), False, True, True, id="the machine slept for days"),
        pytest.param(ago(-3600), False, True, True, id="the clock was set back"),
        pytest.param(ago(2), True, True, True, id="a webhook came"),
        pytest.param(ago(0.5), True, True, False, id="a flood of webhooks came"),
        pytest.param(ago(1, NOW + 29), False, True, True, id="the only worker died over it"),
        pytest.param(ago(1, NOW + 29), True, False, False, id="another worker is at it"),
        pytest.param(ago(31, NOW - 1), False, False, True, id="another worker died over it, or froze"),
    ],
)
def test_when_it_is_due(standing: Standing | None, asked: bool, alone: bool, wanted: bool) -> None:
    assert is_due(standing, asked=asked, alone=alone) is wanted


def test_the_longest_waiting_comes_first() -> None:
    standings = {"new": ago(MOST + 1), "old": ago(MOST + 1000), "none": ago(0)}
    every = dict.fromkeys((*standings, "never"), EVERY)
    assert Moment(NOW, standings, {}).due(every, "w") == ["never", "old", "new"]


def test_workers_begin_at_different_ends() -> None:
    every = {f"s{number}": EVERY for number in range(30)}
    firsts = {Moment(NOW, {}, {}).due(every, f"worker {number}")[0] for number in range(10)}
    assert len(firsts) > 5


@given(st.integers(1, 10**6), st.text(max_size=20))
def test_an_interval_is_kept_within_its_jitter(epoch: int, name: str) -> None:
    standing = {name: Standing(epoch, NOW - LEAST + 0.01, None)}
    assert Moment(NOW, standing, {}).due({name: EVERY}, "w") == []
    assert Moment(NOW + (MOST - LEAST), standing, {}).due({name: EVERY}, "w") == [name]


def test_thirty_sources_that_began_together_are_spread() -> None:
    shares = sorted(share(f"s{number} 1") for number in range(30))
    assert shares[0] < 0.2
    assert shares[-1] > 0.8


@pytest.mark.parametrize(
    ("began", "wanted"), [(None, True), (0, False), (SWEPT_EVERY - 1, False), (SWEPT_EVERY, True), (-60, True)]
)
def test_all_of_it_is_read_once_a_day(began: float | None, wanted: bool) -> None:
    swept = {} if began is None else {"a": ago(began)}
    assert Moment(NOW, {}, swept).to_be_swept("a") is wanted
