"""Field by field: what happened in the world, and what follows from it."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from pmtrack.model import DueSource, FieldChange, Fields, IssueRef, Link, Side, Status
from pmtrack.sync.merge import NAMES, WINS, Conflict, Merged, Stated, merge, silent

REF = IssueRef("board", "1", "0001", "issues/0001-x.md")

OLD = Fields("Add alerts", Status.OPEN, ("Ana",), "P1", date(2026, 12, 1))
DOCUMENT = Fields("Add memory alerts", Status.IN_PROGRESS, ("Ben",), "P0", date(2026, 12, 5))
TRACKER = Fields("Add CPU alerts", Status.DONE, ("Cleo",), "P3", date(2026, 12, 9))


def linked(fields: Fields = OLD) -> Link:
    return Link("I", "board", REF, document=fields, issue=fields, agreed=fields, due_source=DueSource.EXPLICIT)


def one(name: str, value: Any, base: Fields = OLD) -> Fields:
    return replace(base, **{name: value})


def merged(link: Link, document: Fields, issue: Fields, **options: Any) -> Merged:
    return merge(link, Stated(document, document, DueSource.EXPLICIT), issue, **options)


def empty(name: str) -> Any:
    return getattr(Fields(), name)


@pytest.mark.parametrize("name", NAMES)
class TestOneField:
    def test_nobody_changed_anything(self, name: str) -> None:
        assert merged(linked(), OLD, OLD) == Merged(linked())

    def test_the_author_changed_it(self, name: str) -> None:
        new = getattr(DOCUMENT, name)

        outcome = merged(linked(), one(name, new), OLD)

        assert outcome.write == (FieldChange(name, getattr(OLD, name), new),)
        assert getattr(outcome.link.agreed, name) == new
        assert outcome.pull == outcome.conflicts == ()

    def test_somebody_changed_the_issue(self, name: str) -> None:
        new = getattr(TRACKER, name)

        outcome = merged(linked(), OLD, one(name, new))

        assert outcome.write == ()
        assert outcome.pull == (FieldChange(name, getattr(OLD, name), new),)
        assert getattr(outcome.link.agreed, name) == new

    def test_both_changed_it_to_the_same(self, name: str) -> None:
        new = getattr(DOCUMENT, name)

        outcome = merged(linked(), one(name, new), one(name, new))

        assert outcome.write == outcome.conflicts == ()
        assert getattr(outcome.link.agreed, name) == new

    def test_both_changed_it_differently(self, name: str) -> None:
        said, told = getattr(DOCUMENT, name), getattr(TRACKER, name)
        winner = Side.TRACKER if name == "status" else WINS[name]

        outcome = merged(linked(), one(name, said), one(name, told))

        won, lost = (said, told) if winner is Side.DOCUMENT else (told, said)
        assert getattr(outcome.link.agreed, name) == won
        assert outcome.conflicts == (Conflict(name, winner, won, lost),)
        assert outcome.write == ((FieldChange(name, told, said),) if winner is Side.DOCUMENT else ())

    def test_the_author_no_longer_states_it(self, name: str) -> None:
        outcome = merged(linked(), one(name, empty(name)), OLD)

        assert outcome.write == ()
        assert getattr(outcome.link.agreed, name) == getattr(OLD, name)
        assert outcome.link.unstated == (name,)

    def test_it_stays_no_longer_stated_until_it_is_stated_again(self, name: str) -> None:
        silent_now = merged(linked(), one(name, empty(name)), OLD).link
        again = merged(silent_now, one(name, empty(name)), OLD)
        back = merged(again.link, OLD, OLD)

        assert again.link == silent_now
        assert back.link.unstated == ()

    def test_the_issue_no_longer_has_it(self, name: str) -> None:
        outcome = merged(linked(), OLD, one(name, empty(name)))

        assert outcome.write == ()
        assert getattr(outcome.link.agreed, name) == empty(name)

    def test_whatever_happened_is_settled_by_one_merge(self, name: str) -> None:
        """Once the writes are done, the same world asks for nothing."""
        values = [getattr(OLD, name), getattr(DOCUMENT, name), getattr(TRACKER, name), empty(name)]
        for said, told in itertools.product(values, values):
            document, issue = one(name, said), one(name, told)
            first = merged(linked(), document, issue)
            written = {change.name: change.after for change in first.write}
            after = replace(issue, **written)
            settled = replace(first.link, issue=replace(first.link.issue, **written))

            second = merged(settled, document, after)

            assert second == Merged(settled), (said, told)


@pytest.mark.parametrize("winner", Side)
@pytest.mark.parametrize("name", WINS)
def test_who_wins_is_configurable(name: str, winner: Side) -> None:
    """But for the status, see TestStatus."""
    said, told = getattr(DOCUMENT, name), getattr(TRACKER, name)

    outcome = merged(linked(), one(name, said), one(name, told), wins={**WINS, name: winner})

    assert getattr(outcome.link.agreed, name) == (said if winner is Side.DOCUMENT else told)


class TestStatus:
    """The status space, whole: document and issue, then and now."""

    SPACE = tuple(itertools.product([None, *Status], [None, *Status], Status, Status))

    @staticmethod
    def outcome(before: Status | None, said: Status | None, known: Status, told: Status) -> Status | None:
        link = replace(
            linked(), document=one("status", before), issue=one("status", known), agreed=one("status", known)
        )
        return merged(link, one("status", said), one("status", told)).link.agreed.status

    @pytest.mark.parametrize(("before", "said", "known", "told"), SPACE)
    def test_a_side_that_did_not_change_has_no_say(
        self, before: Status | None, said: Status | None, known: Status, told: Status
    ) -> None:
        agreed = self.outcome(before, said, known, told)

        if said == before or said is None:
            assert agreed == told
        elif told == known and not (before is None and said is Status.OPEN):
            assert agreed == said

    @pytest.mark.parametrize(("before", "said", "known", "told"), SPACE)
    def test_closing_beats_progress(
        self, before: Status | None, said: Status | None, known: Status, told: Status
    ) -> None:
        if said in (before, None) or told == known:
            return
        if said.closed and not told.closed and not known.closed:
            assert self.outcome(before, said, known, told) == said
        else:
            assert self.outcome(before, said, known, told) in (told, said if said == told else told)

    def test_a_new_unticked_box_reopens_nothing(self) -> None:
        assert self.outcome(None, Status.OPEN, Status.DONE, Status.DONE) is Status.DONE

    def test_unticking_a_box_reopens(self) -> None:
        assert self.outcome(Status.DONE, Status.OPEN, Status.DONE, Status.DONE) is Status.OPEN


def test_a_person_who_cannot_be_resolved_clears_nobody() -> None:
    """The document names somebody whom the tracker does not know: the assignee stays."""
    said = replace(OLD, owners=())

    outcome = merge(linked(), Stated(replace(OLD, owners=("Nobody",)), said), OLD)

    assert outcome.write == ()
    assert outcome.link.agreed.owners == ("Ana",)
    assert outcome.link.document.owners == ("Nobody",)


class TestAnOwnerWithoutAnAccount:
    """The tracker can assign nobody; whoever the document names is reported until the tracker has somebody."""

    NOBODY = replace(OLD, owners=())

    def link(self, owner: str, agreed: tuple[str, ...]) -> Link:
        known = linked(self.NOBODY)
        return replace(known, document=one("owners", (owner,)), agreed=one("owners", agreed))

    def outcome(self, link: Link, owner: tuple[str, ...], told: tuple[str, ...]) -> tuple[tuple[str, ...], bool]:
        stated = Stated(one("owners", owner), self.NOBODY)
        found = merge(link, stated, replace(OLD, owners=told))
        return found.link.agreed.owners, bool(found.write)

    def test_they_stay_whom_the_document_names(self) -> None:
        assert self.outcome(self.link("Zoe", ("Zoe",)), ("Zoe",), ()) == (("Zoe",), False)

    def test_another_name_takes_their_place(self) -> None:
        assert self.outcome(self.link("Zoe", ("Zoe",)), ("Yan",), ()) == (("Yan",), False)

    def test_no_name_any_more_has_no_say(self) -> None:
        assert self.outcome(self.link("Zoe", ("Zoe",)), (), ()) == (("Zoe",), False)

    def test_whoever_is_assigned_by_hand_counts(self) -> None:
        assert self.outcome(self.link("Zoe", ("Zoe",)), ("Zoe",), ("ana",)) == (("ana",), False)

    def test_another_name_does_not_take_the_place_of_who_is_assigned(self) -> None:
        link = replace(self.link("Zoe", ("ana",)), issue=one("owners", ("ana",)))
        assert self.outcome(link, ("Yan",), ("ana",)) == (("ana",), False)

    def test_whoever_was_taken_off_by_hand_is_not_put_back(self) -> None:
        link = replace(self.link("Zoe", ("ana",)), issue=one("owners", ("ana",)))
        assert self.outcome(link, ("Zoe",), ()) == ((), False)
        assert self.outcome(self.link("Zoe", ()), ("Zoe",), ()) == ((), False)


def test_all_fields_go_in_one_write() -> None:
    outcome = merged(linked(), DOCUMENT, OLD)

    assert [change.name for change in outcome.write] == list(NAMES)


def test_a_silent_document_has_no_say() -> None:
    outcome = silent(linked(), TRACKER)

    assert outcome.link.agreed == TRACKER
    assert outcome.link.document == OLD
    assert outcome.write == outcome.conflicts == outcome.link.unstated == ()


def test_the_source_of_a_due_date_follows_who_set_it() -> None:
    by_issue = merged(linked(), OLD, one("due", date(2027, 1, 1)))
    by_author = merge(
        linked(), Stated(one("due", date(2027, 1, 2)), one("due", date(2027, 1, 2)), DueSource.HORIZON), OLD
    )

    assert by_issue.link.due_source is DueSource.TRACKER
    assert by_author.link.due_source is DueSource.HORIZON


@pytest.mark.parametrize("name", [name for name in NAMES if name != "due"])
def test_a_change_of_another_field_leaves_the_due_date_whose_it_was(name: str) -> None:
    by_author = merge(linked(), Stated(one(name, getattr(DOCUMENT, name)), DOCUMENT, DueSource.HORIZON), OLD)
    by_issue = merged(linked(), OLD, one(name, getattr(TRACKER, name)))

    assert by_author.link.due_source is DueSource.EXPLICIT
    assert by_issue.link.due_source is DueSource.EXPLICIT


@pytest.mark.parametrize("name", NAMES)
def test_a_write_that_went_through_unnoticed_is_no_news_from_the_tracker(name: str) -> None:
    """The document asked for it, the answer was lost, and now the issue says just that."""
    new = getattr(DOCUMENT, name)
    asked = replace(linked(), document=one(name, new), agreed=one(name, new))

    outcome = merged(asked, one(name, new), one(name, new))

    assert outcome.write == outcome.pull == outcome.conflicts == ()


def test_only_the_fields_that_changed_are_heard() -> None:
    """The author changed the priority, somebody else the due date: both are done, and nothing is in conflict."""
    outcome = merged(linked(), one("priority", "P0"), one("due", date(2027, 1, 1)))

    assert outcome.write == (FieldChange("priority", "P1", "P0"),)
    assert outcome.pull == (FieldChange("due", OLD.due, date(2027, 1, 1)),)
    assert outcome.conflicts == ()
    assert outcome.link.agreed == replace(OLD, priority="P0", due=date(2027, 1, 1))


@pytest.mark.parametrize("winner", Side)
def test_every_field_that_is_in_conflict_is_told(winner: Side) -> None:
    outcome = merged(linked(), DOCUMENT, TRACKER, wins=dict.fromkeys(WINS, winner))

    winners = {**dict.fromkeys(WINS, winner), "status": Side.TRACKER}
    assert [(conflict.name, conflict.winner) for conflict in outcome.conflicts] == [(n, winners[n]) for n in NAMES]


def test_what_was_never_stated_is_not_missed() -> None:
    """A document that names no owner and no date has not taken them back."""
    bare = Fields("Add alerts")

    assert merged(linked(bare), bare, OLD).link.unstated == ()


def test_the_author_takes_back_one_thing_and_another_was_never_there() -> None:
    before = Fields("Add alerts", priority="P1")

    assert merged(linked(before), Fields("Add alerts"), before).link.unstated == ("priority",)


def test_a_value_that_the_document_does_not_write_is_not_said() -> None:
    """Whatever a tracker's terms would add to an empty word, the author has said nothing."""
    outcome = merge(linked(), Stated(one("due", None), one("due", date(2027, 1, 1))), OLD)

    assert outcome.write == ()


def test_an_issue_without_a_status_is_open_to_closing() -> None:
    """The author ticks the box in the moment in which somebody gives the issue its first status."""
    link = replace(linked(), issue=one("status", None), agreed=one("status", None))

    for told in (Status.OPEN, Status.IN_PROGRESS):
        outcome = merged(link, one("status", Status.DONE), one("status", told))
        assert outcome.link.agreed.status is Status.DONE
    assert merged(linked(), one("status", Status.DONE), one("status", None)).link.agreed.status is Status.DONE


def test_who_wins_where_nobody_says_otherwise() -> None:
    """People reword in the document; whom and when they settle in the tracker."""
    assert WINS == {
        "title": Side.DOCUMENT,
        "owners": Side.TRACKER,
        "priority": Side.TRACKER,
        "due": Side.TRACKER,
    }


def test_a_merge_that_succeeds_clears_the_last_error() -> None:
    assert merged(replace(linked(), error="disk full"), OLD, OLD).link.error is None
