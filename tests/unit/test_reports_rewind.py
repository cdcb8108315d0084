"""A report as of an earlier day, and naming one item."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pmtrack.errors import PmtrackError
from pmtrack.model import Acceptance, Event, Row, Side, Snapshot, State, Status
from pmtrack.reports import decisions, find, review_sheet, rewind, waiting
from support.rows import FIELDS, HOLD, NOW, TODAY, conflict, linked, report, row

ZONE = ZoneInfo("UTC")
WEEK_AGO = TODAY - timedelta(days=7)


def event(kind: str, at: str = "2026-11-20T10:00:00+00:00", **changes: object) -> Event:
    return replace(Event(datetime.fromisoformat(at), "I10", kind), **changes)  # type: ignore[arg-type]


def as_of(day: date, stored: Row, *events: Event, zone: ZoneInfo = ZONE) -> list[State]:
    found = report(*rewind(Snapshot((stored,)), events, day, zone).rows, today=day)
    return [made.state for made in (*found.rows, *found.aside)]


@pytest.mark.parametrize(
    ("kind", "stored", "before"),
    [
        ("created", linked(), State.NOT_CREATED),
        ("adopted", linked(ticket="7"), State.FOLLOWED),
        ("relinked", linked(), State.NOT_CREATED),
        ("removed", linked(present=False), State.LINKED),
        ("restored", linked(), State.REMOVED),
        ("gone", linked(link={"gone": True}), State.LINKED),
        ("returned", linked(), State.FAILED),
        ("decided", linked(), State.LINKED),
    ],
)
def test_what_happened_later_is_taken_back(kind: str, stored: Row, before: State) -> None:
    happened = event(kind)
    assert as_of(WEEK_AGO, stored, happened) == [before]
    assert as_of(date(2026, 11, 20), stored, happened) == as_of(TODAY, stored)  # on the day itself it had happened


@pytest.mark.parametrize(
    ("kind", "before", "after", "stored", "state"),
    [
        ("held", None, "brake", row(hold=HOLD), State.NOT_CREATED),
        ("held", "brake", None, linked(), State.LINKED),
        ("held", "brake", None, row(), State.HELD),
        ("failed", None, "no", linked(link={"error": "no"}), State.LINKED),
        ("failed", "no", None, linked(), State.FAILED),
        ("failed", "no", None, row(), State.FAILED),
        ("failed", None, "no", linked(link={"error": "no", "ref": None}), State.NOT_CREATED),
    ],
)
def test_what_began_later_is_not_there_yet_and_what_ended_later_still_is(
    kind: str, before: str | None, after: str | None, stored: Row, state: State
) -> None:
    assert as_of(WEEK_AGO, stored, event(kind, before=before, after=after)) == [state]


def test_before_it_had_an_issue_it_is_told_as_its_document_said_it_then() -> None:
    """Its issue got an account and a date by policy, and its author took the owner out later."""
    stored = linked(owners=(), due=None, link={"agreed": replace(FIELDS, owners=("ana-r",))})
    events = [
        event("created"),
        event("filed", name="owners", before="Payments team", after="ana-r"),
        event("filed", name="due", after="2026-12-01"),
    ]
    (undone,) = report(*rewind(Snapshot((stored,)), events, WEEK_AGO, ZONE).rows, today=WEEK_AGO).rows
    assert (undone.owners, undone.teams, undone.due) == (("payments",), ("payments",), None)


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ([event("changed", name="proposal", before="yes", after="no")], State.PROPOSED),
        ([event("changed", name="proposal", before="no", after="yes")], State.NOT_CREATED),
        (
            [event("decided", after="accept"), event("changed", name="proposal", before="yes", after="no")],
            State.PROPOSED,
        ),
        (
            [
                event("changed", "2026-11-12T10:00:00+00:00", name="proposal", before="yes", after="no"),
                event("decided", after="dismiss"),
            ],
            State.NOT_CREATED,
        ),
    ],
    ids=["a suggestion", "none yet", "before somebody decided", "its author made it one"],
)
def test_a_suggestion_is_one_by_its_words_of_then(events: list[Event], state: State) -> None:
    assert as_of(WEEK_AGO, row(), *events) == [state]


def test_an_item_followed_the_ticket_that_it_named_then() -> None:
    assert as_of(WEEK_AGO, row(), event("changed", name="ticket", before="OPS-7")) == [State.FOLLOWED]


def test_what_an_item_was_called_then_is_what_its_author_wrote() -> None:
    stored = linked("New words")
    by_tracker = event("changed", name="title", before="Their words", side=Side.TRACKER)
    by_author = event("changed", name="title", before="Old words", side=Side.DOCUMENT)
    for happened, words in ((by_tracker, "New words"), (by_author, "Old words")):
        (undone,) = report(*rewind(Snapshot((stored,)), [happened], WEEK_AGO, ZONE).rows).rows
        assert undone.text == words


def test_people_are_called_as_they_are_called_now() -> None:
    stored = linked(owners=("4711",))
    assert rewind(Snapshot((stored,), names={"4711": "Ana"}), (), WEEK_AGO, ZONE).names == {"4711": "Ana"}


def test_a_conflict_was_none_before_it_arose() -> None:
    stored = linked(conflicts=(conflict("I10", number=1), conflict("I10", number=2)))
    before = conflict("I10", number=1, at=NOW - timedelta(days=8))
    (undone,) = rewind(Snapshot((stored,)), [before, conflict("I10", number=2)], WEEK_AGO, ZONE).rows
    assert [left.id for left in undone.conflicts] == [1]


@pytest.mark.parametrize(
    ("name", "before", "value"),
    [
        ("status", "in_progress", Status.IN_PROGRESS),
        ("status", None, None),
        ("owners", "Ana, Bo", ("Ana", "Bo")),
        ("owners", None, ()),
        ("priority", "P0", "P0"),
        ("due", "2026-11-01", date(2026, 11, 1)),
        ("due", None, None),
        ("title", "Old words", "Old words"),
    ],
)
def test_a_field_gets_its_value_of_that_day_back(name: str, before: str | None, value: object) -> None:
    later = event("changed", name=name, before=before)
    (undone,) = rewind(Snapshot((linked(),)), [later], WEEK_AGO, ZONE).rows
    assert undone.link
    assert getattr(undone.link.agreed, name) == value


def test_of_several_changes_the_first_after_the_day_counts() -> None:
    events = [
        event("changed", "2026-11-10T10:00:00+00:00", name="priority", before="P4", after="P3"),
        event("changed", "2026-11-16T10:00:00+00:00", name="priority", before="P3", after="P2"),
        event("changed", "2026-11-18T10:00:00+00:00", name="priority", before="P2", after="P1"),
    ]
    (undone,) = rewind(Snapshot((linked(),)), events, WEEK_AGO, ZONE).rows
    assert undone.link
    assert undone.link.agreed.priority == "P3"


def test_an_item_was_not_there_before_it_was_seen() -> None:
    assert as_of(date(2026, 11, 1), row(first_seen=date(2026, 11, 2))) == []
    assert as_of(date(2026, 11, 2), row(first_seen=date(2026, 11, 2))) == [State.NOT_CREATED]


def test_a_day_ends_at_midnight_of_the_configured_zone() -> None:
    late = event("created", "2026-11-14T23:30:00+00:00")
    assert as_of(WEEK_AGO, linked(), late) == [State.LINKED]
    assert as_of(WEEK_AGO, linked(), late, zone=ZoneInfo("Europe/Paris")) == [State.NOT_CREATED]


ITEMS = Snapshot(
    (
        linked(line=10, ident="01JABCDEFGH0000000000AAAAA", key="0007"),
        row(line=11, ident="01JABCDEFGH0000000000BAAAA"),
        linked(line=12, ident="01JABCDEFGH0000000000CAAAA", key="0008"),
    )
)


@pytest.mark.parametrize(
    ("words", "line"),
    [("01JABCDEFGH0000000000AAAAA", 10), ("00BAAAA", 11), ("00baaaa", 11), ("0007", 10), ("2026/outage.md:12", 12)],
)
def test_an_item_is_named_by_id_key_or_place(words: str, line: int) -> None:
    assert find(ITEMS, f" {words} ").known.item.line == line


@pytest.mark.parametrize("words", ["", "0009", "AAAAA", "outage.md:12", "2026/outage.md:99"])
def test_a_name_of_nothing_is_a_sentence(words: str) -> None:
    with pytest.raises(PmtrackError, match=r"there is no item .*: see the ids in"):
        find(ITEMS, words)


def test_a_name_of_several_lists_them() -> None:
    twice = Snapshot((linked(line=10, key="0007", ident="A"), linked(line=11, key="0007", ident="B")))
    with pytest.raises(PmtrackError, match=r"names 2 items \(A, B\): use the id of one of them"):
        find(twice, "0007")


def test_what_waits_for_nobody_is_not_listed() -> None:
    calm = (
        linked(),
        row(),
        row(ticket="OPS-7"),
        row(acceptance=Acceptance.DISMISSED),
        linked(acceptance=Acceptance.DISMISSED, link={"gone": True}),
        row(acceptance=Acceptance.PROPOSED, present=False),
        linked(acceptance=Acceptance.PROPOSED),
    )
    assert waiting(Snapshot(calm)) == []


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        (row(acceptance=Acceptance.PROPOSED), "accept it, or dismiss it"),
        (row(hold=HOLD), "let them through with --hold h1"),
        (linked(link={"error": "mend it"}), "mend it"),
        (linked(link={"gone": True}), "dismiss the item"),
        (linked(conflicts=(conflict("I10"),)), "due: 2026-12-24 stands, 2026-12-01 was written too"),
    ],
)
def test_what_waits_says_what_to_do(stored: Row, words: str) -> None:
    (found,) = waiting(Snapshot((stored,)))
    assert words in found.sentence


def test_a_sheet_comes_back_as_decisions() -> None:
    lines = review_sheet(waiting(Snapshot((row(hold=HOLD), row(line=11, acceptance=Acceptance.PROPOSED))))).splitlines()
    sheet = "\n".join([lines[0], f"{lines[1][:-2]},create,", f"{lines[2][:-2]}, dismiss , it's a note"])
    assert [(made.item, made.words, made.reason) for made in decisions(sheet)] == [
        ("I10", "create", ""),
        ("I11", "dismiss", "it's a note"),
    ]
    assert list(decisions("\n".join(lines))) == []


def test_a_sheet_without_its_columns_is_refused() -> None:
    with pytest.raises(PmtrackError, match="the sheet has no column decision and no column id: export it anew"):
        list(decisions("a,b\n1,2\n"))
