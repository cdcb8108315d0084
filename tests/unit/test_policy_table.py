"""Due dates by rule: the corners of the table."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from pmtrack.policy import LATE, PRESETS, Policy, base_day, due_by_policy, normal_severity, parse_days

DAY = date(2026, 3, 2)


@pytest.mark.parametrize(("text", "days"), [("2W", 14), ("2 Weeks", 14), ("2 WEEK", 14), ("2D", 2), ("2 Day", 2)])
def test_a_length_of_time_may_be_written_large(text: str, days: int) -> None:
    assert parse_days(text) == days


def test_a_refused_length_of_time_is_quoted() -> None:
    with pytest.raises(ValueError, match=r"^' 7 moons' is no length of time: write 7d, 2w or 8 weeks$"):
        parse_days(" 7 moons")


@pytest.mark.parametrize("words", ["SEV-1", "sev1", "Sev 1", " sev - 1 "])
def test_people_write_one_severity_in_many_ways(words: str) -> None:
    assert normal_severity(words) == "sev1"


def test_an_item_is_late_from_the_thirty_first_day() -> None:
    assert timedelta(days=30) == LATE
    assert base_day(DAY, None, DAY + LATE) == DAY
    assert base_day(DAY, None, DAY + LATE + timedelta(days=1)) == DAY + LATE + timedelta(days=1)


@pytest.mark.parametrize(
    ("preset", "days"),
    [("default", (7, 14, 30, 90, None)), ("atlassian-4-8-weeks", (28, 28, 56, 56, None))],
)
def test_what_the_presets_give(preset: str, days: tuple[int | None, ...]) -> None:
    """P4 is work that may never be done: it has no date, and no severity gives it one."""
    given = [due_by_policy(PRESETS[preset], f"P{n}", "SEV-1", DAY) for n in range(5)]

    assert given == [None if n is None else DAY + timedelta(days=n) for n in days]


def test_a_rule_of_no_days_is_a_rule() -> None:
    """A P0 that is due on the day itself does not fall back to what the severity gives."""
    policy = Policy(due={"P0": 0}, severity={"sev1": 14})

    assert due_by_policy(policy, "P0", "SEV-1", DAY) == DAY


def test_without_rules_there_is_no_date() -> None:
    assert due_by_policy(Policy(), "P0", "SEV-1", DAY) is None
