"""Reminders: on which day who is told of what, over quiet days, missed days and clock changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from pmtrack.model import Row, Status
from pmtrack.people import Directory, Person, Team
from pmtrack.policy import Policy
from pmtrack.reports.digest_letter import Letter
from pmtrack.reports.digest_sections import Pause
from pmtrack.reports.policy_settings import PolicySettings
from pmtrack.reports.remind import DAY, Calendar, Reminding, Rounds, begins
from pmtrack.reports.settings import ReminderSettings
from support.rows import TODAY, report, row

PARIS = ZoneInfo("Europe/Paris")
HEAD, SRE, ANA = "mailto:head@acme.example", "slack:ops", "mailto:ana@acme.example"
PEOPLE = Directory(
    (Person("Ana Ruiz", aliases=("Ana",), email="ana@acme.example"), Person("Bo Chen", aliases=("Bo",))),
    (Team("payments", aliases=("Payments team",), lead="Ana Ruiz"),),
)
HOW = Reminding((7, 1, 0), 7, 14, (HEAD,), (SRE,))


def days(how: Reminding, due: date, first: int, last: int) -> list[int]:
    """The days, counted from the due date, on which the owner is reminded."""
    return [count for count in range(first, last) if how.reminds(due, due + timedelta(days=count))]


def test_an_owner_is_reminded_before_and_then_every_so_often() -> None:
    assert days(HOW, TODAY, -30, 23) == [-7, -1, 0, 1, 8, 15, 22]
    assert days(Reminding((3,)), TODAY, -30, 30) == [-3]
    assert days(Reminding(overdue_every=1), TODAY, -3, 4) == [1, 2, 3]
    assert days(Reminding(), TODAY, -30, 30) == []


def test_somebody_else_is_told_when_it_is_long_overdue_and_then_as_often() -> None:
    told = [count for count in range(60) if HOW.escalates(TODAY, TODAY + timedelta(days=count))]
    assert told == [14, 21, 28, 35, 42, 49, 56]
    once = Reminding(escalate_after=5, escalate_to=(HEAD,))
    assert [count for count in range(60) if once.escalates(TODAY, TODAY + timedelta(days=count))] == [5]


def rounds(**more: object) -> Rounds:
    return replace(Rounds({"": HOW}, PEOPLE), **more)  # type: ignore[arg-type]


def letter(*rows: Row, to: str = ANA, after: date = TODAY - DAY, plan: Rounds | None = None) -> Letter | None:
    return (plan or rounds()).letter(report(*rows), to, after, TODAY)


def told(found: Letter | None) -> dict[str, list[str]]:
    return {one.title: [line.words for line in one.lines] for one in found.sections} if found else {}


def due(days: int, title: str = "x", line: int = 1, **more: object) -> Row:
    return row(title, line=line, due=TODAY + timedelta(days=days), **more)


def test_a_message_says_what_is_late_first() -> None:
    rows = [due(1, "tomorrow"), due(7, "in a week", 2), due(-1, "late", 3), due(-8, "later", 4), due(2, "not yet", 5)]
    found = letter(*rows)
    assert told(found) == {"Overdue": ["later", "late"], "Due soon": ["tomorrow", "in a week"]}
    assert found
    assert found.title == "4 action items need you: 2 overdue, 2 due soon"
    assert found.sections[0].lines[0].about == ("Ana Ruiz", "overdue since 2026-11-14")


def test_there_is_one_message_for_somebody_who_owns_and_leads() -> None:
    plan = rounds(by_source={"": replace(HOW, escalate_to=(ANA,))})
    found = letter(due(-15, "long late"), due(1, "tomorrow", 2), plan=plan)
    assert told(found) == {"Overdue": ["long late"], "Due soon": ["tomorrow"]}
    found = letter(due(-14, "long late"), due(1, "tomorrow", 2), plan=plan)
    assert told(found) == {"Long overdue, and brought to you": ["long late"], "Due soon": ["tomorrow"]}


@pytest.mark.parametrize(
    "item", [due(1, status=Status.DONE), due(1, present=False), due(1, ident="I1", status=Status.CANCELLED)]
)
def test_nobody_is_reminded_of_what_is_closed_or_gone(item: Row) -> None:
    assert letter(item) is None


def test_nobody_is_reminded_of_what_is_paused() -> None:
    assert letter(due(1), plan=rounds(pauses={"I1": Pause(None, "no need")})) is None


@pytest.mark.parametrize(
    ("owners", "to"),
    [
        (("Ana",), (ANA,)),
        (("Payments team",), (ANA,)),  # its lead
        (("Ana", "Payments team"), (ANA,)),
        (("Bo",), (SRE,)),  # no address: whoever stands in
        (("Bo", "Ana"), (ANA,)),
        ((), (SRE,)),
        (("Somebody",), (SRE,)),
    ],
)
def test_a_reminder_goes_to_the_owners(owners: tuple[str, ...], to: tuple[str, ...]) -> None:
    (shown,) = report(due(1, owners=owners)).rows
    assert rounds().recipients(shown) == to


def test_what_fell_on_missed_and_quiet_days_is_said_on_the_next() -> None:
    fell = due(5, "two days ago it was a week")
    assert letter(fell) is None
    assert told(letter(fell, after=TODAY - 3 * DAY)) == {"Due soon": ["two days ago it was a week"]}
    assert letter(fell, after=TODAY - 2 * DAY) is None
    assert told(letter(due(-3, "was due soon"), after=TODAY - 5 * DAY)) == {"Overdue": ["was due soon"]}


def test_a_message_does_not_look_back_for_ever() -> None:
    plan = rounds(by_source={"": Reminding((30,))})
    assert letter(due(17, "13 days ago"), after=date(2020, 1, 1), plan=plan)
    assert letter(due(15, "15 days ago"), after=date(2020, 1, 1), plan=plan) is None


@given(
    st.integers(-40, 40), st.sets(st.integers(0, 20), max_size=3), st.integers(0, 9), st.integers(1, 10),
    st.frozensets(st.sampled_from(("monday", "saturday", "sunday"))),
)  # fmt: skip
@settings(deadline=None, derandomize=True, max_examples=100)
def test_quiet_days_lose_no_reminder_and_double_none(
    offset: int, before: set[int], every: int, run_every: int, quiet: frozenset[str]
) -> None:
    """Over a month, whatever the days on which it runs: each reminder is in the first message after it fell due."""
    how, calendar = Reminding(tuple(before), every), Calendar(quiet=frozenset(quiet))
    deadline = TODAY + timedelta(days=offset)
    every_day = [TODAY + DAY * count for count in range(30)]
    runs = [day for day in every_day if not calendar.is_quiet(day) and (day.toordinal() % run_every == 0)]
    last, sent = TODAY - DAY, set()
    for day in runs:
        if any(how.reminds(deadline, last + DAY * n) for n in range(1, (day - last).days + 1)):
            sent.add(day)
        last = day
    fell = {day for day in every_day if how.reminds(deadline, day) and any(run >= day for run in runs)}
    assert sent == {min(run for run in runs if run >= day) for day in fell}


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2026-11-20T07:59:59+00:00", None),  # 08:59 in Paris
        ("2026-11-20T08:00:00+00:00", date(2026, 11, 20)),
        ("2026-11-20T22:59:00+00:00", date(2026, 11, 20)),
        ("2026-11-20T23:00:00+00:00", None),  # Saturday in Paris
        ("2026-11-22T23:30:00+00:00", None),  # Monday, half past midnight
        ("2026-11-23T08:00:00+00:00", date(2026, 11, 23)),
        ("2026-12-25T12:00:00+00:00", None),  # a Friday
    ],
)
def test_reminders_have_their_time_in_the_teams_zone(now: str, day: date | None) -> None:
    calendar = Calendar(time(9), frozenset({"saturday", "sunday", date(2026, 12, 25)}))
    assert calendar.day(datetime.fromisoformat(now), PARIS) == day


@pytest.mark.parametrize("night", ["2026-03-29", "2026-10-25"])
def test_a_clock_change_neither_skips_nor_doubles_a_day(night: str) -> None:
    """02:30 is not there on one night and twice on the other; minute by minute there is one beginning a day."""
    calendar, start = Calendar(time(2, 30)), datetime.fromisoformat(f"{night}T00:00:00+00:00") - timedelta(hours=12)
    found = [calendar.day(start + timedelta(minutes=count), PARIS) for count in range(36 * 60)]
    change = date.fromisoformat(night)
    assert [day for day in dict.fromkeys(found) if day] == [change - DAY, change]
    assert sum(one != other for one, other in pairwise(found)) == 3  # midnight, half past two, midnight


@pytest.mark.parametrize(
    ("last", "after"),
    [
        ((None, None), TODAY - DAY),
        ((TODAY - 3 * DAY, None), TODAY - 3 * DAY),
        ((TODAY - 3 * DAY, TODAY - DAY), TODAY - DAY),
    ],
)
def test_a_message_looks_from_the_last_one_on(last: tuple[date | None, ...], after: date) -> None:
    assert begins(last, TODAY) == after


def test_a_source_has_its_own_way() -> None:
    given = {
        "due": {"P0": "7d", "P1": "14d"},
        "reminders": {"before": ["1w", "1d"], "overdue_every": "7d", "escalate_after": 14, "escalate_to": [HEAD]},
        "sources": {
            "shop": {"due": {"P0": "2d"}, "reminders": {"before": [], "escalate_to": [ANA]}},
            "lab": {"preset": "atlassian-4-8-weeks"},
        },
    }
    settings = PolicySettings.model_validate(given)
    policy, how = settings.policy(), settings.reminding()
    assert policy.of("other").due == {"P0": 7, "P1": 14}
    assert policy.of("shop") == Policy({"P0": 2, "P1": 14})
    assert policy.of("lab").due["P2"] == 56
    assert how[""] == Reminding((7, 1), 7, 14, (HEAD,))
    assert how["shop"] == Reminding((), 7, 14, (ANA,))
    assert how["lab"] == how[""]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"escalate_after": "14d"}, "escalate_after needs somebody to tell: add escalate_to"),
        ({"quiet": ["someday"]}, "'someday' is no weekday"),
        (
            {"quiet": ["Monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]},
            "every weekday is quiet",
        ),
        ({"before": ["soon"]}, "'soon' is no length of time"),
        ({"escalate_to": ["head@acme.example"]}, "is no recipient: write file:digest.md"),
        ({"at": "9"}, "is no time of day"),
    ],
)
def test_settings_refuse_the_rest_in_a_sentence(given: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        ReminderSettings.model_validate(given)


def test_quiet_days_are_weekdays_and_dates() -> None:
    quiet = ReminderSettings.model_validate({"quiet": ["Sunday", "2026-12-25", date(2026, 12, 26)]}).calendar().quiet
    assert quiet == {"sunday", date(2026, 12, 25), date(2026, 12, 26)}


def test_the_clock_that_is_asked_may_be_of_any_zone() -> None:
    now = datetime(2026, 11, 20, 9, tzinfo=PARIS)
    assert Calendar().day(now, PARIS) == Calendar().day(now.astimezone(UTC), PARIS) == date(2026, 11, 20)
