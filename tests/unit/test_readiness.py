"""Ready is who read every source not long ago; decided from values alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pmtrack.model import Pulse
from pmtrack.service.readiness import late, shown

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
EVERY = {"docs": timedelta(minutes=5), "wiki": timedelta(hours=1)}


def pulse(name: str, ago: timedelta | None) -> Pulse:
    return Pulse(f"source:{name}", None if ago is None else NOW - ago, "whatever it was")


def told(docs: timedelta | None, wiki: timedelta | None = timedelta()) -> list[str]:
    return list(late([pulse("docs", docs), pulse("wiki", wiki)], EVERY, 3, NOW))


@pytest.mark.parametrize("ago", [timedelta(), timedelta(minutes=15), -timedelta(minutes=1)])
def test_so_many_intervals_may_pass(ago: timedelta) -> None:
    assert told(ago) == []


def test_one_more_moment_may_not() -> None:
    assert told(timedelta(minutes=15, seconds=1)) == [
        "source docs was read with success 15 min ago, and is to be every 5 min"
    ]


def test_each_source_has_its_own_interval() -> None:
    assert told(timedelta(minutes=5), timedelta(hours=2)) == []
    assert len(told(timedelta(days=3), timedelta(days=3))) == 2


def test_what_never_succeeded_is_not_ready() -> None:
    never = "source docs was never read with success: look into the log"
    assert told(None) == [never]
    assert list(late([pulse("wiki", timedelta())], EVERY, 3, NOW)) == [never]


def test_what_is_not_configured_any_more_keeps_nobody_from_being_ready() -> None:
    pulses = [pulse("gone", timedelta(days=9)), Pulse("tracker:docs", None)]
    assert list(late(pulses, {}, 3, NOW)) == []


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (59, "59 s"), (60, "1 min"), (7199, "1 h"), (86_399, "23 h"), (200_000, "2 d")]
)
def test_a_length_of_time_in_one_word(seconds: int, words: str) -> None:
    assert shown(timedelta(seconds=seconds)) == words
