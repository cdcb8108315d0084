"""The weekly digest: when it is due, what it says, where it goes."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pyromark
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from pmtrack.model import Event, Pulse, Row, Status
from pmtrack.reports.digest import WEEKDAYS, compose, digest, latest, material, pauses
from pmtrack.reports.digest_sections import Pause
from pmtrack.reports.repeat import repeats
from pmtrack.reports.settings import DigestSettings
from support.rows import DOCUMENT, TODAY, linked, report, row

PARIS = ZoneInfo("Europe/Paris")
ZONES = [ZoneInfo(name) for name in ("UTC", "Europe/Paris", "America/New_York", "Pacific/Kiritimati", "Asia/Kolkata")]


@pytest.mark.parametrize(
    ("now", "day", "at", "name"),
    [
        ("2026-11-23T08:00:00+00:00", "monday", "09:00", "2026-W48"),  # 09:00 in Paris to the second
        ("2026-11-23T07:59:59+00:00", "monday", "09:00", "2026-W47"),
        ("2026-11-22T23:30:00+00:00", "monday", "00:15", "2026-W48"),  # Monday already in Paris, Sunday in UTC
        ("2026-11-29T22:00:00+00:00", "monday", "09:00", "2026-W48"),
        ("2026-11-22T12:00:00+00:00", "sunday", "09:00", "2026-W47"),
        ("2026-11-21T12:00:00+00:00", "sunday", "09:00", "2026-W46"),
        ("2027-01-01T12:00:00+00:00", "friday", "09:00", "2026-W53"),
        ("2024-12-31T12:00:00+00:00", "monday", "09:00", "2025-W01"),
        # The night of 2026-03-29 skips 02:30 in Paris, the night of 2026-10-25 has it twice.
        ("2026-03-29T01:29:00+00:00", "sunday", "02:30", "2026-W12"),
        ("2026-03-29T01:30:00+00:00", "sunday", "02:30", "2026-W13"),
        ("2026-10-25T00:29:00+00:00", "sunday", "02:30", "2026-W42"),
        ("2026-10-25T00:30:00+00:00", "sunday", "02:30", "2026-W43"),
        ("2026-10-25T01:30:00+00:00", "sunday", "02:30", "2026-W43"),
    ],
)
def test_a_digest_is_named_by_the_week_of_the_moment_that_was_due_last(now: str, day: str, at: str, name: str) -> None:
    assert latest(datetime.fromisoformat(now), day, time.fromisoformat(at), PARIS).name == name


moments = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))  # noqa: DTZ001


@given(
    now=moments, day=st.sampled_from(WEEKDAYS), hour=st.integers(0, 23), minute=st.integers(0, 59),
    zone=st.sampled_from(ZONES),
)  # fmt: skip
@settings(deadline=None, derandomize=True, max_examples=300)
def test_there_is_one_digest_a_week_in_every_zone(
    now: datetime, day: str, hour: int, minute: int, zone: ZoneInfo
) -> None:
    at = time(hour, minute)
    period = latest(now, day, at, zone)
    assert period.moment <= now < period.moment + timedelta(days=7, hours=2)
    assert latest(period.moment, day, at, zone) == period
    before = latest(period.moment - timedelta(seconds=1), day, at, zone)
    assert before.name != period.name
    assert timedelta(days=7, hours=-2) < period.moment - before.moment < timedelta(days=7, hours=2)


def sections(*rows: Row, history: tuple[Event, ...] = (), zone: ZoneInfo | None = None) -> dict[str, list[str]]:
    """The titles of the items under each heading."""
    text = digest(report(*rows), history, zone or UTC)
    found: dict[str, list[str]] = {}
    for part in text.split("\n## ")[1:]:
        heading, *lines = part.splitlines()
        title, count = re.fullmatch(r"(.+) \((\d+)\)", heading).groups()  # type: ignore[union-attr]
        found[title] = [line.removeprefix("- ").partition(" (")[0] for line in lines if line.startswith("- ")]
        assert len(found[title]) == int(count)
    return found


def test_each_item_stands_where_somebody_looks_for_it() -> None:
    rows = [
        row("one day late", line=1, due=TODAY - timedelta(days=1)),
        row("a month late", line=2, due=TODAY - timedelta(days=30)),
        row("today", line=3, due=TODAY),
        row("in a week", line=4, due=TODAY + timedelta(days=7)),
        row("in eight days", line=5, due=TODAY + timedelta(days=8)),
        row("new", line=6, first_seen=TODAY - timedelta(days=6)),
        row("a week old", line=7, first_seen=TODAY - timedelta(days=7)),
        row("alone", line=8, owners=()),
        row("undated", line=9, due=None),
        row("late but done", line=10, due=TODAY - timedelta(days=1), status=Status.DONE, owners=()),
        row("late but gone", line=11, due=TODAY - timedelta(days=1), present=False),
    ]
    assert sections(*rows) == {
        "Overdue": ["a month late", "one day late"],
        "Due within 7 days": ["today", "in a week"],
        "New this week": ["new"],
        "Nobody's": ["alone"],
        "Without a date": ["undated"],
    }


def closed(ident: str, at: str, after: str = "done", name: str = "status") -> Event:
    return Event(datetime.fromisoformat(at), ident, "changed", name, "open", after)


def test_what_was_closed_this_week_is_told_once_and_only_if_it_still_is() -> None:
    rows = [
        linked("done", line=1, status=Status.DONE),
        linked("cancelled", line=2, status=Status.CANCELLED),
        linked("opened again", line=3),
        linked("done long ago", line=4, status=Status.DONE),
        linked("renamed", line=5, status=Status.DONE),
    ]
    history = (
        closed("I1", "2026-11-15T00:00:00+00:00"),
        closed("I1", "2026-11-20T00:00:00+00:00"),
        closed("I2", "2026-11-20T00:00:00+00:00", "cancelled"),
        closed("I3", "2026-11-20T00:00:00+00:00"),
        closed("I4", "2026-11-14T23:59:59+00:00"),
        closed("I5", "2026-11-20T00:00:00+00:00", name="title"),
    )
    assert sections(*rows, history=history)["Done or cancelled this week"] == ["done", "cancelled"]


def test_the_week_begins_at_midnight_of_the_configured_zone() -> None:
    rows = [linked("done", line=1, status=Status.DONE)]
    history = (closed("I1", "2026-11-14T23:30:00+00:00"),)
    assert "Done or cancelled this week" not in sections(*rows, history=history)
    assert sections(*rows, history=history, zone=PARIS)["Done or cancelled this week"] == ["done"]


def test_a_quiet_week_is_a_short_digest() -> None:
    text = digest(report(), ())
    assert text.startswith("# Action items, week 47 of 2026\n\n0 items: ")
    assert text.endswith("(no items)\n")


def test_the_digest_says_how_fresh_it_is() -> None:
    pulse = Pulse("source:pm", datetime(2026, 11, 20, 8, tzinfo=UTC), "the folder cannot be read")
    assert "source:pm: last read 2026-11-20 08:00 UTC; the folder cannot be read" in digest(report(pulses=(pulse,)), ())


@pytest.mark.parametrize(
    "words",
    ["@all #1", "<b>x</b> <!-- y -->", "[x](javascript:y)", "![x](https://x.example)", "# x", "> x", "1. x", "*x*"],
)
def test_nobodys_words_act_in_the_digest(words: str) -> None:
    stored = linked(words, owners=(words,), key=words, due=date(2026, 11, 1))
    page = pyromark.html(digest(report(stored), ()))
    assert set(re.findall(r"<(\w+)", page)) == {"h1", "h2", "p", "ul", "li"}
    assert page.count("<h2>") == page.count("<li>") == 1
    assert not re.search(r"[@#]\w", page)


def test_lateness_is_told_by_age() -> None:
    late = [row(f"by {days}", line=days, due=TODAY - timedelta(days=days)) for days in (1, 7, 8, 30, 31, 90, 91, 500)]
    text = digest(report(*late), ())
    said = "Late: 2 by more than 90 days, 2 by 31 to 90 days, 2 by 8 to 30 days, 2 by up to 7 days"
    assert said in text
    assert "Late:" not in digest(report(late[0]), ())


def said(ident: str, words: str, day: str = "2026-11-20", reason: str = "why") -> Event:
    return Event(datetime.fromisoformat(f"{day}T12:00:00+00:00"), ident, "decided", after=words, evidence=reason)


@pytest.mark.parametrize(
    ("words", "pause"),
    [
        (["snooze 2026-12-01"], Pause(date(2026, 12, 1), "why")),
        (["snooze 2026-11-22"], Pause(date(2026, 11, 22), "why")),
        (["snooze 2026-11-21"], None),  # reminders begin again on the day that was named
        (["cancel"], Pause(None, "why")),
        (["cancel", "wake"], None),
        (["snooze 2027-01-01", "cancel"], Pause(None, "why")),
        (["cancel", "snooze 2026-11-01"], None),
        (["cancel", "accept"], Pause(None, "why")),
        (["dismiss"], None),
    ],
)
def test_what_was_said_last_of_reminders_holds(words: list[str], pause: Pause | None) -> None:
    assert pauses([said("I1", word) for word in words], TODAY, UTC).get("I1") == pause


def test_what_was_said_later_holds_from_its_day_on() -> None:
    assert pauses([said("I1", "cancel", "2026-11-22")], TODAY, UTC) == {}


def test_what_is_paused_is_listed_apart() -> None:
    late = TODAY - timedelta(days=3)
    rows = [row("asleep", line=1, due=late), row("called off", line=2, due=late), row("waiting", line=3, due=late)]
    told = sections(*rows, history=(said("I1", "snooze 2026-12-24"), said("I2", "cancel")))
    assert told == {"Overdue": ["waiting"], "Snoozed": ["asleep"], "Called off, and still open": ["called off"]}
    text = digest(report(*rows), (said("I1", "snooze 2026-12-24"),))
    assert "asleep (Ana Ruiz, until 2026-12-24: why; " in text


def test_there_is_nothing_to_say_of_what_is_only_done_or_paused() -> None:
    paused = row("asleep", line=1, due=TODAY)
    history = (said("I1", "cancel"),)
    assert compose(material(report(), ())).empty
    assert compose(material(report(row("far", due=date(2027, 1, 1))), ())).empty
    assert compose(material(report(paused), history)).empty
    assert not compose(material(report(paused), ())).empty


def test_the_course_of_completion_is_told_from_the_second_week_on() -> None:
    done = linked("done", line=1, status=Status.DONE)
    history = (closed("I1", "2026-11-19T00:00:00+00:00"),)
    given = report(done, linked("open", line=2), history=history)
    assert "Completion over 3 weeks: 0%, 0%, 50% ▁▁▅" in digest(given, history)


def test_repeat_work_is_told_with_every_place_that_asks_for_it() -> None:
    rows = [
        row("Alert on card refusals", line=1, document=replace(DOCUMENT, path="2026/a.md")),
        row("Add an alert for refused cards", line=2, document=replace(DOCUMENT, path="2026/b.md")),
    ]
    made = report(*rows)
    given = replace(
        material(made, ()), repeats=repeats(made.rows), address=lambda one: f"https://x.example/{one.postmortem}"
    )
    (section,) = [section for section in compose(given).sections if section.title == "Asked for again and again"]
    (line,) = section.lines
    assert (line.words, line.about) == ("Alert on card refusals", ("asked for 2 times since November, never done",))
    assert [link.url for link in line.links] == ["https://x.example/2026/a.md", "https://x.example/2026/b.md"]


def test_settings_have_defaults() -> None:
    assert DigestSettings() == DigestSettings(day="monday", at=time(9), to=("file:digest.md",))


@pytest.mark.parametrize(
    ("given", "name", "value"),
    [
        ({"day": "Friday"}, "day", "friday"),
        ({"at": "17:30"}, "at", time(17, 30)),
        ({"at": time(7)}, "at", time(7)),  # TOML writes times without quotes too
        ({"to": ["stdout:", "file:a.md"]}, "to", ("stdout:", "file:a.md")),
        ({"to": []}, "to", ()),
    ],
)
def test_settings_take_what_people_write(given: dict[str, object], name: str, value: object) -> None:
    assert getattr(DigestSettings.model_validate(given), name) == value


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"day": "Montag"}, "'Montag' is no weekday: write one of monday, tuesday"),
        ({"day": "1"}, "'1' is no weekday"),
        ({"at": "9"}, "'9' is no time of day: write it as 09:00"),
        ({"at": "25:00"}, "'25:00' is no time of day"),
        ({"at": "09:00+02:00"}, "is no time of day"),
        ({"at": 9}, "'9' is no time of day"),
        ({"to": ["slack:#ops"]}, "'slack:#ops' is no recipient: write file:digest.md, mailto:"),
        ({"hour": 9}, "Extra inputs are not permitted"),
    ],
)
def test_settings_refuse_the_rest_in_a_sentence(given: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValidationError) as refused:
        DigestSettings.model_validate(given)
    assert [problem["msg"] for problem in refused.value.errors() if sentence in problem["msg"]]


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        DigestSettings().day = "friday"
