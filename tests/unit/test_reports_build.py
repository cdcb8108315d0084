"""Counting: states, totals, order, selections."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmtrack.model import Acceptance, DueSource, Link, Row, State, Status
from pmtrack.reports import Selection, for_document
from support.rows import DOCUMENT, HOLD, TEMPLATE, TODAY, conflict, everything, linked, report, row

STATES: list[tuple[State, Row]] = [
    (State.NOT_CREATED, row()),
    (State.LINKED, linked()),
    (State.HELD, row(hold=HOLD)),
    (State.FOLLOWED, row(ticket="OPS-7")),
    (State.FOLLOWED, row(decision="adopt OPS-7")),
    (State.NOT_CREATED, row(decision="track")),
    (State.PROPOSED, row(acceptance=Acceptance.PROPOSED)),
    (State.PROPOSED, row(acceptance=Acceptance.PROPOSED, hold=HOLD, ticket="OPS-7")),
    (State.PROPOSED, row(acceptance=Acceptance.DISMISSED)),
    (State.PROPOSED, linked(acceptance=Acceptance.DISMISSED, link={"gone": True})),
    (State.LINKED, linked(acceptance=Acceptance.PROPOSED)),  # its issue is there: it is work, however it is worded now
    (State.TEMPLATE, row(document=TEMPLATE)),
    (State.TEMPLATE, row(document=TEMPLATE, acceptance=Acceptance.PROPOSED)),
    (State.LINKED, linked(document=TEMPLATE)),
    (State.FAILED, linked(link={"error": "no access: ask for it"})),
    (State.FAILED, linked(link={"gone": True})),
    (State.FAILED, linked(link={"ref": None})),
    (State.FAILED, linked(link={"error": "no access: ask for it"}, conflicts=(conflict("I10"),))),
    (State.CONFLICT, linked(conflicts=(conflict("I10"),))),
    (State.CONFLICT, linked(conflicts=(conflict("I10"),), hold=HOLD)),
    (State.LINKED, linked(hold=HOLD)),  # what is held is a change of its issue
    (State.REMOVED, row(present=False)),
    (State.REMOVED, linked(present=False, link={"error": "no access: ask for it"})),
    (State.REMOVED, row(present=False, acceptance=Acceptance.DISMISSED)),
]


@pytest.mark.parametrize(("state", "stored"), STATES)
def test_an_item_is_in_one_state(state: State, stored: Row) -> None:
    found = report(stored)
    assert [made.state for made in (*found.rows, *found.aside)] == [state]


def test_the_table_above_shows_every_state() -> None:
    assert {state for state, _ in STATES} == set(State)


@pytest.mark.parametrize("state", [State.REMOVED, State.TEMPLATE, State.PROPOSED])
def test_what_is_no_agreed_work_is_kept_apart_and_not_counted(state: State) -> None:
    late = [replace(stored) for found, stored in STATES if found is state]
    found = report(*late, today=date(2030, 1, 1))
    assert (found.rows, found.totals.items, found.totals.overdue) == ((), 0, 0)
    assert [made.state for made in found.aside] == [state] * len(late)


def test_everything_is_counted_once() -> None:
    snapshot = everything()
    totals = report(*snapshot.rows).totals
    assert totals.items == totals.open + totals.in_progress + totals.done + totals.cancelled == 10
    assert (totals.open, totals.in_progress, totals.done, totals.cancelled) == (7, 1, 1, 1)
    assert totals.overdue == 3
    assert totals.due_soon == 1
    assert (totals.no_owner, totals.no_due) == (1, 1)  # the certificate has no date either, and is done
    assert (totals.held, totals.failed) == (1, 2)
    assert totals.completion == pytest.approx(1 / 9)


@pytest.mark.parametrize(
    ("statuses", "completion"),
    [
        ([], None),
        ([Status.CANCELLED], None),
        ([Status.OPEN], 0.0),
        ([Status.DONE], 1.0),
        ([Status.DONE, Status.CANCELLED], 1.0),
        ([Status.DONE, Status.OPEN, Status.IN_PROGRESS, Status.CANCELLED, Status.DONE], 0.5),
    ],
)
def test_completion_leaves_cancelled_work_out(statuses: list[Status], completion: float | None) -> None:
    rows = [row(line=line, status=status) for line, status in enumerate(statuses)]
    assert report(*rows).totals.completion == completion


@given(st.lists(st.sampled_from([None, *Status])))
@settings(deadline=None, derandomize=True, max_examples=100)
def test_completion_is_a_share_or_nothing(statuses: list[Status | None]) -> None:
    totals = report(*(row(line=line, status=status) for line, status in enumerate(statuses))).totals
    assert totals.completion is None or 0 <= totals.completion <= 1
    assert (totals.completion is None) == all(status is Status.CANCELLED for status in statuses)
    assert totals.items == len(statuses) == totals.open + totals.in_progress + totals.done + totals.cancelled


@pytest.mark.parametrize(("days", "soon"), [(-1, 0), (0, 1), (7, 1), (8, 0)])
def test_soon_is_today_and_the_next_seven_days(days: int, soon: int) -> None:
    assert report(row(due=TODAY + timedelta(days=days))).totals.due_soon == soon


def test_late_work_says_since_when() -> None:
    (late,) = report(row(due=TODAY - timedelta(days=3))).rows
    assert (late.overdue_days, late.overdue_since) == (3, TODAY - timedelta(days=2))
    (today,) = report(row(due=TODAY)).rows
    assert (today.overdue_days, today.overdue_since) == (0, None)
    (done,) = report(row(due=TODAY - timedelta(days=3), status=Status.DONE)).rows
    assert (done.overdue_days, done.overdue_since) == (0, None)


def test_a_linked_item_shows_what_both_sides_agreed_on() -> None:
    agreed = {"status": Status.DONE, "owners": ("ana-r",), "priority": "P0", "due": TODAY}
    stored = linked("Alert", due=date(2026, 1, 1))
    link = stored.link
    assert isinstance(link, Link)
    link = replace(link, agreed=replace(link.agreed, title="Other words", **agreed), due_source=DueSource.TRACKER)
    (made,) = report(replace(stored, link=link)).rows
    assert (made.status, made.owners, made.priority, made.due) == (Status.DONE, ("Ana Ruiz",), "P0", TODAY)
    assert made.due_source is DueSource.TRACKER
    assert made.text == "Alert"  # the words are the document's


def test_an_item_without_issue_shows_its_own_words_in_normal_terms() -> None:
    (made,) = report(row(status=None, owners=("@ana", "Zoe"), priority="Urgentish", due_source=DueSource.HORIZON)).rows
    assert (made.status, made.owners, made.priority) == (Status.OPEN, ("Ana Ruiz", "Zoe"), "Urgentish")
    assert (made.ticket, made.due_source) == (None, DueSource.HORIZON)
    assert report(row(priority="High")).rows[0].priority == "P1"


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({"owners": (), "due": None}, ("no owner", "no due date", "two actions in one line")),
        ({"owners": ("Ana",), "due": None}, ("no due date", "two actions in one line")),
        ({"owners": ("Ana",)}, ("two actions in one line",)),
        ({"owners": (), "due": None, "status": Status.DONE}, ()),
    ],
)
def test_a_problem_is_shown_until_either_side_mends_it(changes: dict[str, object], shown: tuple[str, ...]) -> None:
    stored = linked(problems=("no owner", "no due date", "two actions in one line"))
    assert stored.link
    agreed = replace(stored.link.agreed, **changes)  # type: ignore[arg-type]
    (made,) = report(replace(stored, link=replace(stored.link, agreed=agreed))).rows
    assert made.problems == shown


def test_a_failure_says_what_to_do_next() -> None:
    rows = [
        linked(link={"gone": True}),
        linked(line=11, link={"ref": None}),
        linked(line=12, link={"error": "Mend it"}),
    ]
    errors = [made.error for made in report(*rows).rows]
    assert errors[0]
    assert "deleted in the tracker: dismiss" in errors[0]
    assert errors[1]
    assert "the next sync looks again" in errors[1]
    assert errors[2] == "Mend it"


def test_notes_tell_of_conflicts_silence_and_holds() -> None:
    (made,) = report(linked(conflicts=(conflict("I10"),), link={"unstated": ("due",)}, hold=HOLD)).rows
    assert made.notes == (
        "due: 2026-12-24 stands, 2026-12-01 was written too",
        "due no longer stated in the document",
        HOLD.sentence,
    )


def test_what_is_most_overdue_comes_first_and_closed_work_last() -> None:
    rows = [
        row("done", line=1, status=Status.DONE, due=date(2020, 1, 1)),
        row("undated", line=2, due=None),
        row("later", line=3, due=TODAY + timedelta(days=9)),
        row("late", line=4, due=TODAY - timedelta(days=1)),
        row("sooner", line=5, due=TODAY),
        row("latest", line=6, due=TODAY - timedelta(days=30)),
    ]
    assert [made.text for made in report(*rows).rows] == ["latest", "late", "sooner", "later", "undated", "done"]


@pytest.mark.parametrize(
    ("only", "lines"),
    [
        (Selection(), [10, 11, 12]),
        (Selection(overdue=True), [12]),
        (Selection(owner="Ana Ruiz"), [10, 12]),
        (Selection(owner="@ana"), [10, 12]),  # any of the names that the team gave her
        (Selection(owner="ana-r"), [10, 12]),
        (Selection(owner="BO CHEN"), [11]),
        (Selection(owner="nobody"), []),
        (Selection(priority="p1"), [10, 12]),
        (Selection(source="pm"), [10, 11]),
        (Selection(postmortem="other.md"), [12]),
        (Selection(source="pm", postmortem="other.md"), []),
        (Selection(overdue=True, owner="Ana"), [12]),
    ],
)
def test_a_selection_takes_rows_and_counts_only_them(only: Selection, lines: list[int]) -> None:
    other = replace(DOCUMENT, source="old", path="other.md")
    rows = [
        row(line=10, owners=("Ana",)),
        linked(line=11, owners=("Bo",), priority="P3"),
        row(line=12, owners=("ana",), document=other, due=date(2026, 11, 1)),
    ]
    found = report(*rows, only=only)
    assert sorted(made.line for made in found.rows) == lines
    assert found.totals.items == len(lines)


def test_the_part_of_one_document_is_in_its_order_with_its_own_totals() -> None:
    other = replace(DOCUMENT, path="other.md")
    rows = [
        row(line=30, due=date(2026, 1, 1)),
        row(line=20),
        row(line=10, document=other),
        row(line=5, acceptance=Acceptance.PROPOSED),
    ]
    part = for_document(report(*rows), "pm", DOCUMENT.path)
    assert [made.line for made in part.rows] == [20, 30]
    assert [made.line for made in part.aside] == [5]
    assert (part.totals.items, part.totals.overdue) == (2, 1)
    assert for_document(report(*rows), "another source", DOCUMENT.path).rows == ()
