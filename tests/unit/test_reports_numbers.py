"""The numbers that need the history: times to close, in time or not, slips; groups; and what is said of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmtrack.documents import normal_priority
from pmtrack.model import Acceptance, Event, Row, Snapshot, State, Status
from pmtrack.reports import Report, Selection, build, rewind
from pmtrack.reports.count import median
from pmtrack.reports.numbers import numbers
from pmtrack.reports.render import pace
from pmtrack.reports.values import InTime
from support.rows import DIRECTORY, DOCUMENT, TODAY, linked, row

ZONE = UTC


def event(name: str, before: str | None, after: str | None, day: str, ident: str = "I10") -> Event:
    return Event(datetime.fromisoformat(f"{day}T10:00:00+00:00"), ident, "changed", name, before, after)


def told(*rows: Row, history: tuple[Event, ...] = (), only: Selection | None = None) -> Report:
    whole = {"directory": DIRECTORY, "normal_priority": normal_priority}
    return build(Snapshot(rows), TODAY, **whole, history=history, only=only)  # type: ignore[arg-type]


DONE = linked(status=Status.DONE, due=date(2026, 11, 10), first_seen=date(2026, 11, 1))
OPEN = linked(due=date(2026, 11, 30))


@pytest.mark.parametrize(
    ("history", "closed_on"),
    [
        ([], None),  # it was done before anybody looked
        ([event("status", "open", "done", "2026-11-05")], date(2026, 11, 5)),
        (
            [event("status", "open", "done", "2026-11-05"), event("owners", None, "Ana", "2026-11-07")],
            date(2026, 11, 5),
        ),
        (
            [
                event("status", "open", "done", "2026-11-05"),
                event("status", "done", "open", "2026-11-06"),
                event("status", "open", "done", "2026-11-09"),
            ],
            date(2026, 11, 9),
        ),
        (
            [event("status", "open", "cancelled", "2026-11-05"), event("status", "cancelled", "done", "2026-11-06")],
            date(2026, 11, 5),
        ),
        ([event("status", "open", "done", "2026-11-25")], None),  # after the day of the report
    ],
)
def test_an_item_was_closed_when_it_stopped_being_open_for_the_last_time(
    history: list[Event], closed_on: date | None
) -> None:
    (made,) = told(DONE, history=tuple(history)).rows
    assert made.closed_on == closed_on


def test_an_open_item_was_not_closed_though_it_once_was() -> None:
    history = (event("status", "open", "done", "2026-11-05"), event("status", "done", "open", "2026-11-06"))
    (made,) = told(OPEN, history=history).rows
    assert made.closed_on is None


def test_a_moment_is_a_day_in_the_teams_zone() -> None:
    late = replace(event("status", "open", "done", "2026-11-05"), at=datetime(2026, 11, 5, 23, 30, tzinfo=UTC))
    zone = timezone(timedelta(hours=2))
    found = build(Snapshot((DONE,)), TODAY, normal_priority=normal_priority, history=(late,), zone=zone)
    assert found.rows[0].closed_on == date(2026, 11, 6)


@pytest.mark.parametrize(
    ("moves", "first", "slips", "days"),
    [
        ([], "2026-11-30", 0, 0),
        ([("2026-11-10", "2026-11-30")], "2026-11-10", 1, 20),
        ([("2026-11-10", "2026-11-20"), ("2026-11-20", "2026-11-30")], "2026-11-10", 2, 20),
        ([("2026-12-10", "2026-11-30")], "2026-12-10", 0, 0),  # earlier is no slip
        ([("2026-11-10", "2026-12-10"), ("2026-12-10", "2026-11-30")], "2026-11-10", 1, 30),
        ([(None, "2026-11-30")], "2026-11-30", 0, 0),  # its first date is no slip
        ([("2026-11-10", None), (None, "2026-11-30")], "2026-11-10", 0, 0),
    ],
)
def test_a_slip_is_a_date_that_moved_to_a_later_day(
    moves: list[tuple[str | None, str | None]], first: str, slips: int, days: int
) -> None:
    history = tuple(event("due", before, after, f"2026-11-{at + 2:02}") for at, (before, after) in enumerate(moves))
    found = told(OPEN, history=history)
    (made,) = found.rows
    assert (str(made.first_due), made.slips, made.slip_days) == (first, slips, days)
    assert (found.totals.slipped, found.totals.slips, found.totals.slip_days) == (int(bool(slips)), slips, days)


def closed(day: str) -> tuple[Event, ...]:
    return (event("status", "open", "done", day),)


@pytest.mark.parametrize(
    ("stored", "history", "counted"),
    [
        (DONE, closed("2026-11-10"), InTime(1, 0)),  # on the day itself
        (DONE, closed("2026-11-11"), InTime(0, 1)),
        (DONE, (), None),  # nobody knows when
        (DONE, (event("due", "2026-11-04", "2026-11-10", "2026-11-03"), *closed("2026-11-09")), InTime(0, 1)),
        (linked(due=TODAY), (), None),  # still to be decided
        (linked(due=TODAY - timedelta(days=1)), (), InTime(0, 1)),
        (linked(due=None), (), None),
        (linked(due=date(2027, 1, 1)), (event("due", "2026-11-04", "2027-01-01", "2026-11-03"),), InTime(0, 1)),
        (linked(due=date(2026, 11, 1), status=Status.CANCELLED), (), None),
    ],
)
def test_in_time_is_by_the_first_due_date(stored: Row, history: tuple[Event, ...], counted: InTime | None) -> None:
    found = told(stored, history=history).totals.in_time
    assert found == ({} if counted is None else {"all": counted, "P1": counted})


def test_in_time_is_told_by_priority() -> None:
    rows = [
        linked(line=10, due=date(2026, 11, 1), priority="P0"),
        linked(line=11, due=date(2026, 11, 9), priority="Low", status=Status.DONE),
        linked(line=12, due=date(2026, 11, 1), priority=None),
    ]
    history = (event("status", "open", "done", "2026-11-08", "I11"),)
    found = told(*rows, history=history).totals.in_time
    assert found == {"all": InTime(1, 2), "P0": InTime(0, 1), "P3": InTime(1, 0), "none": InTime(0, 1)}
    assert [*found] == ["all", "P0", "P3", "none"]
    assert found["all"].share == pytest.approx(1 / 3)
    assert InTime().share is None


def test_ages_count_from_the_postmortem() -> None:
    rows = [
        linked(line=10, document=replace(DOCUMENT, written=date(2026, 11, 11), incident_date=date(2026, 1, 1))),
        linked(line=11, document=replace(DOCUMENT, incident_date=TODAY - timedelta(days=400))),
        linked(line=12, document=replace(DOCUMENT, written=date(2027, 1, 1)), first_seen=TODAY),
        linked(line=13, status=Status.DONE),
    ]
    found = told(*rows)
    assert sorted((TODAY - row.began).days for row in found.rows if row.began) == [0, 19, 19, 400]
    assert found.totals.median_age == 19


def test_time_to_close_is_of_what_was_done() -> None:
    rows = [
        linked(line=10, status=Status.DONE, first_seen=date(2026, 11, 1)),
        linked(line=11, status=Status.DONE, first_seen=date(2026, 11, 1)),
        linked(line=12, status=Status.CANCELLED, first_seen=date(2026, 11, 1)),
    ]
    history = tuple(
        event("status", "open", after, f"2026-11-{day:02}", ident)
        for after, day, ident in (("done", 3, "I10"), ("done", 8, "I11"), ("cancelled", 20, "I12"))
    )
    assert told(*rows, history=history).totals.median_to_close == 4.5


@given(st.lists(st.integers(-1000, 1000)))
@settings(derandomize=True)
def test_a_median_has_as_many_below_as_above(numbers: list[int]) -> None:
    found = median(numbers)
    if not numbers:
        assert found is None
        return
    assert found is not None
    assert sum(number < found for number in numbers) <= len(numbers) / 2
    assert sum(number > found for number in numbers) <= len(numbers) / 2


def test_the_worst_one_says_since_when_something_is_late() -> None:
    rows = [linked(line=10 + days, due=TODAY - timedelta(days=days)) for days in (1, 5, 3)]
    found = told(*rows, linked(line=30, due=date(2020, 1, 1), status=Status.DONE)).totals
    assert (found.overdue, found.overdue_days, found.overdue_since) == (3, 5, TODAY - timedelta(days=4))
    assert told(linked(due=TODAY)).totals.overdue_since is None


def test_groups_are_counted_each_by_itself_the_most_overdue_first() -> None:
    other = replace(DOCUMENT, source="old", path="other.md", title="Another outage")
    rows = [
        row(line=10, owners=("ana", "Bo")),
        linked(line=11, owners=("Bo",), priority="P3", due=date(2026, 11, 1)),
        row(line=12, owners=(), priority=None, document=other),
        row(line=13, owners=("Payments team",), document=other, status=Status.DONE),
        row(line=14, acceptance=Acceptance.PROPOSED),
    ]
    groups = told(*rows).groups
    names = {kind: [(group.name, group.totals.items) for group in found] for kind, found in groups.items()}
    assert names == {
        "postmortem": [("pm:2026/outage.md", 2), ("old:other.md", 2)],
        "owner": [("Bo Chen", 2), ("Ana Ruiz", 1), ("nobody", 1), ("payments", 1)],
        "team": [("payments", 1)],
        "priority": [("P3", 1), ("P1", 2), ("none", 1)],
        "source": [("pm", 2), ("old", 2)],
    }
    assert [group.title for group in groups["postmortem"]] == ["Checkout refused cards", "Another outage"]


def test_an_item_is_its_teams_though_the_tracker_names_the_lead() -> None:
    stored = linked(owners=("Payments team",))
    assert stored.link
    given_to_lead = replace(stored, link=replace(stored.link, agreed=replace(stored.link.agreed, owners=("ana-r",))))
    found = told(given_to_lead)
    assert [(made.owners, made.teams) for made in found.rows] == [(("Ana Ruiz",), ("payments",))]
    assert [group.name for group in found.groups["team"]] == ["payments"]
    assert len(told(given_to_lead, only=Selection(owner="payments team")).rows) == 1


def test_without_the_history_nothing_is_claimed() -> None:
    found = build(Snapshot((linked(due=date(2026, 11, 1)), DONE)), TODAY, normal_priority=normal_priority)
    assert (found.groups, found.trend, found.totals.in_time, found.totals.median_to_close) == ({}, (), {}, None)


def test_what_the_history_tells_is_said_in_sentences() -> None:
    history = (event("due", "2026-11-01", "2026-11-10", "2026-11-02"), *closed("2026-11-03"))
    assert list(pace(told(DONE, linked(line=11, due=None), history=history).totals)) == [
        "half of the open items are older than 19 days",
        "half of the done items took longer than 2 days",
        "done by the first due date: 0 of 1 (0%)",
        "done by the first due date of P1: 0 of 1 (0%)",
        "due dates moved to a later day: once, of 1 item, by 9 days in all",
    ]
    assert list(pace(told().totals)) == []


def test_of_many_groups_the_first_are_told_and_the_rest_counted() -> None:
    rows = [linked(line=at, key=str(at), owners=(f"Person {at:03}",)) for at in range(30)]
    said = numbers(told(*rows))
    assert "Person 019" in said
    assert "Person 020" not in said
    assert "and 10 more: see `pmtrack report --format json`" in said


def test_numbers_show_no_orders_for_the_terminal() -> None:
    evil = "\x1b[2JAna\n\x07\u202e"
    said = numbers(told(linked(owners=(evil,)), linked(line=11)))
    assert "Ana" in said
    assert not {"\x1b", "\x07", "\u202e"} & set(said)


@pytest.mark.parametrize(
    ("words", "now", "before", "earlier"),
    [
        ("dismiss", Acceptance.DISMISSED, State.LINKED, ()),
        ("accept", Acceptance.ACCEPTED, State.LINKED, ("dismiss",)),
        ("acknowledge", Acceptance.ACCEPTED, State.LINKED, ()),
        ("snooze 2026-12-01", Acceptance.DISMISSED, State.PROPOSED, ("dismiss",)),
    ],
)
def test_a_decision_of_a_later_day_is_taken_back(
    words: str, now: Acceptance, before: State, earlier: tuple[str, ...]
) -> None:
    decided = [
        Event(datetime(2026, 11, 3 + at, tzinfo=UTC), "I10", "decided", after=word) for at, word in enumerate(earlier)
    ]
    later = Event(datetime(2026, 11, 20, tzinfo=UTC), "I10", "decided", after=words)
    found = rewind(Snapshot((linked(acceptance=now),)), [*decided, later], date(2026, 11, 10), ZONE)
    shown = told(*found.rows)
    expected = State.PROPOSED if earlier else before
    assert [made.state for made in (*shown.rows, *shown.aside)] == [expected]


def test_a_suggestion_was_one_before_somebody_accepted_it() -> None:
    stored = row(confidence=0.3, decision="create")
    later = Event(datetime(2026, 11, 20, tzinfo=UTC), "I10", "decided", after="create")
    (found,) = rewind(Snapshot((stored,)), [later], date(2026, 11, 10), ZONE).rows
    assert (found.known.acceptance, found.known.decision) == (Acceptance.PROPOSED, None)
    (kept,) = rewind(Snapshot((stored,)), [later], date(2026, 11, 20), ZONE).rows
    assert (kept.known.acceptance, kept.known.decision) == (Acceptance.ACCEPTED, "create")


def test_a_decision_that_stood_then_stands() -> None:
    stored = row(decision="adopt OPS-9")
    decided = [
        Event(datetime(2026, 11, 5, tzinfo=UTC), "I10", "decided", after="adopt OPS-7"),
        Event(datetime(2026, 11, 20, tzinfo=UTC), "I10", "decided", after="adopt OPS-9"),
    ]
    (found,) = rewind(Snapshot((stored,)), decided, date(2026, 11, 10), ZONE).rows
    assert found.known.ticket == "OPS-7"
