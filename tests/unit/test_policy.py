"""Due dates by rule, and what overdue means."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmtrack.model import Status
from pmtrack.policy import PRESETS, Policy, base_day, due_by_policy, overdue_days, parse_days

TODAY = date(2026, 11, 21)
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


@pytest.mark.parametrize(
    ("due", "status", "days"),
    [
        (YESTERDAY, Status.OPEN, 1),
        (YESTERDAY, Status.IN_PROGRESS, 1),
        (YESTERDAY, None, 1),
        (YESTERDAY, Status.DONE, 0),
        (YESTERDAY, Status.CANCELLED, 0),
        (TODAY, Status.OPEN, 0),
        (TOMORROW, Status.OPEN, 0),
        (None, Status.OPEN, 0),
        (date(2025, 11, 21), Status.OPEN, 365),
    ],
)
def test_open_work_is_late_from_the_day_after_its_due_date(due: date | None, status: Status | None, days: int) -> None:
    assert overdue_days(due, status, TODAY) == days


@pytest.mark.parametrize(
    ("text", "days"),
    [("7d", 7), ("2w", 14), ("8 weeks", 56), ("1 day", 1), ("3 DAYS", 3), (" 0d ", 0), ("9999w", 69993)],
)
def test_lengths_of_time_are_days(text: str, days: int) -> None:
    assert parse_days(text) == days


@pytest.mark.parametrize("text", ["", "7", "d", "-1d", "1.5w", "7 months", "7d 2w", "99999d", "seven days"])
def test_another_length_of_time_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match="is no length of time: write 7d, 2w or 8 weeks"):
        parse_days(text)


@pytest.mark.parametrize(
    ("written", "incident", "seen", "base"),
    [
        (date(2026, 3, 2), date(2026, 3, 1), date(2026, 3, 5), date(2026, 3, 2)),
        (None, date(2026, 3, 1), date(2026, 3, 5), date(2026, 3, 1)),
        (None, None, date(2026, 3, 5), date(2026, 3, 5)),
        (date(2026, 3, 2), None, date(2026, 4, 1), date(2026, 3, 2)),  # 30 days after: late, but not imported
        (date(2026, 3, 2), None, date(2026, 4, 2), date(2026, 4, 2)),  # 31 days after
        (date(2024, 1, 1), date(2023, 12, 31), TODAY, TODAY),
        (TOMORROW, None, TODAY, TOMORROW),  # its author lives further east
    ],
)
def test_time_counts_from_the_postmortem_unless_it_was_imported(
    written: date | None, incident: date | None, seen: date, base: date
) -> None:
    assert base_day(written, incident, seen) == base


POLICY = Policy(due={"P0": 7, "P2": 30}, severity={"sev1": 14})


@pytest.mark.parametrize(
    ("priority", "severity", "days"),
    [
        ("P0", None, 7),
        ("P0", "SEV-1", 7),  # the priority of the item says more than the severity of the incident
        ("P1", "SEV-1", 14),
        (None, "sev 1", 14),
        ("P1", None, None),
        (None, None, None),
        (None, "minor", None),
    ],
)
def test_policy_goes_by_priority_and_then_by_severity(
    priority: str | None, severity: str | None, days: int | None
) -> None:
    expected = None if days is None else TODAY + timedelta(days=days)
    assert due_by_policy(POLICY, priority, severity, TODAY) == expected


def test_a_date_beyond_the_calendar_is_its_last_day() -> None:
    assert due_by_policy(POLICY, "P2", None, date(9999, 12, 20)) == date.max


@pytest.mark.parametrize(("name", "days"), [("default", [7, 14, 30, 90]), ("atlassian-4-8-weeks", [28, 28, 56, 56])])
def test_a_preset_gives_the_days_that_its_name_promises(name: str, days: list[int]) -> None:
    assert [PRESETS[name].due[priority] for priority in ("P0", "P1", "P2", "P3")] == days


@given(due=st.dates(date(2020, 1, 1), date(2030, 1, 1)), today=st.dates(date(2020, 1, 1), date(2030, 1, 1)))
@settings(deadline=None, derandomize=True, max_examples=200)
def test_work_gets_one_day_later_with_each_day(due: date, today: date) -> None:
    late = overdue_days(due, Status.OPEN, today)
    assert (late > 0) == (due < today)
    assert overdue_days(due, Status.OPEN, today + timedelta(days=1)) == (late + 1 if today >= due else 0)
