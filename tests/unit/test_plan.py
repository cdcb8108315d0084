"""The decision table. Every case says what happened in the world."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from pmtrack.model import Acceptance, DueSource, FieldChange, Fields, Link, Side, Status
from pmtrack.sync.merge import Conflict, Merged, Stated
from pmtrack.sync.world import Brake, Rules, Tracked, Unseen, Verb
from support.worlds import (
    DOCUMENT,
    FIELDS,
    NOW,
    intention,
    issue,
    item,
    known,
    link,
    planned,
    ref,
    tracked,
    verbs,
)

DONE = replace(FIELDS, status=Status.DONE)
REWORDED = replace(FIELDS, title="Add memory and CPU alerts")
EARLY = timedelta(seconds=15)


class TestWithoutAnIssue:
    def test_a_new_item_gets_an_issue(self) -> None:
        assert verbs(tracked()) == ["create"]

    def test_a_bullet_that_states_no_status_gets_an_open_issue(self) -> None:
        (step,) = planned(tracked(fields=replace(FIELDS, status=None))).steps

        assert step.tracked.wanted.status is Status.OPEN

    @pytest.mark.parametrize("status", [Status.DONE, Status.CANCELLED])
    def test_an_item_that_was_closed_before_we_came_is_counted_and_not_filed(self, status: Status) -> None:
        assert verbs(tracked(fields=replace(FIELDS, status=status))) == []

    @pytest.mark.parametrize("acceptance", [Acceptance.PROPOSED, Acceptance.DISMISSED])
    def test_only_accepted_items_are_filed(self, acceptance: Acceptance) -> None:
        assert verbs(tracked(known=known(acceptance=acceptance))) == []

    def test_a_postmortem_from_before_since_is_not_filed(self) -> None:
        rules = Rules(now=NOW, since=date(2026, 11, 21))

        assert verbs(tracked(), rules=rules) == []
        assert verbs(tracked(document=replace(DOCUMENT, written=date(2026, 11, 21))), rules=rules) == ["create"]

    def test_a_confidential_postmortem_is_not_filed(self) -> None:
        assert verbs(tracked(document=replace(DOCUMENT, confidential=True))) == []

    def test_a_document_that_could_not_be_read_makes_nothing(self) -> None:
        assert verbs(tracked(document_read=False)) == []

    def test_an_item_that_vanished_before_it_had_an_issue_leaves_no_trace(self) -> None:
        assert verbs(tracked(known=known(present=False))) == []

    def test_a_ticket_of_ours_is_adopted_and_nothing_is_written(self) -> None:
        named = known(item=item(ticket="#7"))
        theirs = issue(replace(FIELDS, title="Old title", owners=("Zoe",)), number=7, marker=None)

        (step,) = planned(tracked(known=named, ticket=theirs)).steps

        assert step.verb is Verb.ADOPT
        assert step.merged is not None
        assert step.merged.write == ()
        assert step.merged.link.adopted
        assert step.merged.link.agreed == theirs.fields

    def test_after_an_adoption_the_same_world_asks_for_nothing(self) -> None:
        named = known(item=item(ticket="#7"))
        theirs = issue(replace(FIELDS, title="Old title"), number=7, marker=None)
        (step,) = planned(tracked(known=named, ticket=theirs)).steps
        assert step.merged is not None

        assert verbs(tracked(known=named, link=step.merged.link, sight=theirs)) == []

    @pytest.mark.parametrize("sight", [None, Unseen.GONE, Unseen.UNKNOWN])
    def test_a_ticket_elsewhere_or_not_readable_makes_no_second_issue(self, sight: Unseen | None) -> None:
        assert verbs(tracked(known=known(item=item(ticket="OPS-3")), ticket=sight)) == []


class TestAfterALostAnswer:
    def test_the_issue_is_found_by_its_marker(self) -> None:
        lost = tracked(link=link(ref=None), intention=intention(), found=issue())

        (step,) = planned(lost).steps

        assert step.verb is Verb.RELINK
        assert step.merged is not None
        assert step.merged.link.ref == ref()

    def test_an_edit_made_during_the_outage_is_not_lost(self) -> None:
        lost = tracked(fields=REWORDED, link=link(ref=None), intention=intention(), found=issue())

        (step,) = planned(lost).steps

        assert step.verb is Verb.UPDATE
        assert step.merged is not None
        assert [(change.name, change.after) for change in step.merged.write] == [("title", REWORDED.title)]

    def test_what_is_written_then_is_written_over_what_was_sent(self) -> None:
        lost = tracked(fields=REWORDED, link=link(ref=None), intention=intention(), found=issue(number=7))

        (step,) = planned(lost).steps

        assert step.tracked.link == link(number=7)
        assert step.tracked.sight == issue(number=7)

    def test_a_close_made_in_the_tracker_during_the_outage_is_not_lost(self) -> None:
        lost = tracked(link=link(ref=None), intention=intention(), found=issue(DONE))

        (step,) = planned(lost).steps

        assert step.merged is not None
        assert step.merged.link.agreed.status is Status.DONE
        assert step.merged.write == ()

    def test_nothing_is_tried_again_before_the_settle_time(self) -> None:
        waiting = tracked(
            link=link(ref=None),
            intention=intention(sent_at=NOW - timedelta(seconds=14)),
            settle=timedelta(seconds=15),
        )

        assert verbs(waiting) == ["wait"]

    def test_it_is_tried_again_after_the_settle_time(self) -> None:
        waiting = tracked(
            link=link(ref=None),
            intention=intention(sent_at=NOW - timedelta(seconds=15)),
            settle=timedelta(seconds=15),
        )

        assert verbs(waiting) == ["create"]

    def test_nothing_is_tried_again_while_the_tracker_cannot_be_read(self) -> None:
        assert verbs(tracked(link=link(ref=None), intention=intention(), sight=Unseen.UNKNOWN)) == []

    @pytest.mark.parametrize("status", [Status.DONE, Status.CANCELLED])
    def test_an_item_that_was_closed_meanwhile_needs_no_issue_any_more(self, status: Status) -> None:
        closed = replace(FIELDS, status=status)

        (step,) = planned(tracked(fields=closed, intention=intention(sent_at=NOW - EARLY), settle=EARLY)).steps

        assert (step.verb, step.reason) == (Verb.FORGET, "it was closed before its issue was made")

    @pytest.mark.parametrize("status", [Status.DONE, Status.CANCELLED])
    def test_an_item_that_was_closed_after_its_issue_was_refused_fails_no_longer(self, status: Status) -> None:
        closed = replace(FIELDS, status=status)

        (step,) = planned(tracked(fields=closed, link=link(ref=None, error="the board said no"))).steps

        assert (step.verb, step.reason) == (Verb.FORGET, "it was closed before its issue was made")
        assert verbs(tracked(fields=closed)) == []

    def test_an_item_that_left_meanwhile_is_forgotten(self) -> None:
        left = tracked(known=known(present=False), link=link(ref=None), intention=intention())

        assert verbs(left) == ["forget"]


class TestAfterALostStore:
    def test_the_issue_is_relinked_and_nothing_is_written(self) -> None:
        (step,) = planned(tracked(found=issue())).steps

        assert step.verb is Verb.RELINK
        assert step.merged is not None
        assert step.merged.write == step.merged.conflicts == ()

    def test_without_a_past_nothing_is_closed_and_the_difference_is_shown(self) -> None:
        (step,) = planned(tracked(fields=DONE, found=issue())).steps

        assert step.merged is not None
        assert step.merged.write == ()
        assert step.merged.link.agreed.status is Status.OPEN
        assert [(c.name, c.winner, c.lost) for c in step.merged.conflicts] == [("status", Side.TRACKER, Status.DONE)]

    def test_new_issues_wait_for_a_yes(self) -> None:
        plan = planned(tracked(), rebuilt=frozenset({"pm"}))

        assert plan.steps == ()
        assert [hold.kind for hold in plan.holds] == ["rebuilt"]


class TestWithAnIssue:
    def test_nothing_happened(self) -> None:
        assert verbs(tracked(link=link())) == []
        assert verbs(tracked(link=link(), sight=issue())) == []

    def test_the_author_ticked_the_box(self) -> None:
        assert verbs(tracked(fields=DONE, link=link())) == ["close"]

    def test_the_author_unticked_the_box(self) -> None:
        assert verbs(tracked(link=link(DONE))) == ["reopen"]

    def test_the_author_reworded_it(self) -> None:
        assert verbs(tracked(fields=REWORDED, link=link())) == ["update"]

    def test_somebody_closed_the_issue(self) -> None:
        (step,) = planned(tracked(link=link(), sight=issue(DONE))).steps

        assert step.verb is Verb.NOTE
        assert step.merged is not None
        assert step.merged.link.agreed.status is Status.DONE

    def test_all_that_changed_goes_into_one_step(self) -> None:
        both = replace(REWORDED, status=Status.DONE)

        (step,) = planned(tracked(fields=both, link=link(), sight=issue(replace(FIELDS, owners=("Zoe",))))).steps

        assert step.verb is Verb.CLOSE
        assert step.merged is not None
        assert {change.name for change in step.merged.write} == {"title", "status"}
        assert step.merged.link.agreed == replace(both, owners=("Zoe",))

    def test_while_the_tracker_cannot_be_read_everything_waits(self) -> None:
        assert verbs(tracked(fields=DONE, link=link(), sight=Unseen.UNKNOWN)) == []

    def test_while_the_document_cannot_be_read_only_the_tracker_is_heard(self) -> None:
        for said in (Fields(), REWORDED):
            (step,) = planned(tracked(fields=said, document_read=False, link=link(), sight=issue(DONE))).steps

            assert step.verb is Verb.NOTE
            assert step.merged is not None
            assert step.merged.link == replace(link(), issue=DONE, agreed=DONE)

    def test_an_item_that_left_is_not_back_because_its_document_cannot_be_read(self) -> None:
        assert verbs(tracked(document_read=False, link=link(orphaned=True))) == []

    def test_the_issue_was_deleted(self) -> None:
        assert verbs(tracked(link=link(), sight=Unseen.GONE)) == ["lose"]

    def test_a_deleted_issue_is_said_once_and_never_made_again(self) -> None:
        assert verbs(tracked(fields=DONE, link=link(gone=True), sight=Unseen.GONE)) == []

    def test_a_deleted_issue_that_comes_back_is_taken_up_again(self) -> None:
        (step,) = planned(tracked(link=link(gone=True), sight=issue())).steps

        assert step.merged is not None
        assert not step.merged.link.gone

    def test_the_item_left_its_document(self) -> None:
        (step,) = planned(tracked(known=known(present=False), link=link())).steps

        assert step.verb is Verb.ORPHAN
        assert step.merged is not None
        assert step.merged.write == ()
        assert step.merged.link.orphaned

    def test_a_removed_item_is_told_once_and_still_follows_its_issue(self) -> None:
        gone = link(orphaned=True)

        assert verbs(tracked(known=known(present=False), link=gone)) == []
        assert verbs(tracked(known=known(present=False), link=gone, sight=issue(DONE))) == ["note"]

    def test_the_text_came_back(self) -> None:
        (step,) = planned(tracked(link=link(orphaned=True))).steps

        assert step.merged is not None
        assert not step.merged.link.orphaned
        assert (step.verb, step.reason) == (Verb.RESTORE, "")

    def test_the_text_came_back_after_somebody_closed_its_issue(self) -> None:
        (step,) = planned(tracked(link=link(orphaned=True), sight=issue(DONE))).steps

        assert (step.verb, step.reason) == (Verb.RESTORE, "status is now done in the tracker")

    def test_the_text_came_back_with_a_tick(self) -> None:
        (step,) = planned(tracked(fields=DONE, link=link(orphaned=True))).steps

        assert step.verb is Verb.CLOSE
        assert step.merged is not None
        assert not step.merged.link.orphaned

    def test_a_moved_issue_is_followed(self) -> None:
        moved = replace(issue(), ref=replace(ref(), key="OPS-9"))

        (step,) = planned(tracked(link=link(), sight=moved)).steps

        assert step.merged is not None
        assert step.merged.link.ref == moved.ref

    def test_a_linked_item_stays_linked_whatever_its_confidence_or_its_document_becomes(self) -> None:
        proposed = known(fields=DONE, acceptance=Acceptance.PROPOSED)
        template = replace(DOCUMENT, is_template=True)

        assert verbs(tracked(fields=DONE, known=proposed, document=template, link=link())) == ["close"]


class TestHolds:
    @staticmethod
    def many(count: int, **changes: object) -> list[object]:
        return [
            tracked(f"I{n}", known=known(f"I{n}", position=n, item=item(replace(FIELDS, title=f"Item {n}"))), **changes)
            for n in range(count)
        ]

    def test_as_many_creates_as_the_brake_allows(self) -> None:
        assert len(planned(*self.many(25)).steps) == 25

    def test_one_more_holds_them_all(self) -> None:
        plan = planned(*self.many(26))

        assert plan.steps == ()
        assert [(hold.kind, len(steps)) for hold, steps in plan.held] == [("brake", 26)]

    def test_other_kinds_go_on(self) -> None:
        closing = tracked("X", fields=DONE, known=known("X", DONE, position=99), link=link(ident="X", number=99))

        assert [step.verb for step in planned(*self.many(26), closing).steps] == [Verb.CLOSE]

    @pytest.mark.parametrize(("linked", "count", "held"), [(0, 10, 0), (0, 11, 1), (100, 20, 0), (100, 21, 1)])
    def test_more_than_ten_and_a_fifth_of_the_other_changes_wait(self, linked: int, count: int, held: int) -> None:
        closing = [
            tracked(f"I{n}", fields=DONE, known=known(f"I{n}", DONE, position=n), link=link(ident=f"I{n}", number=n))
            for n in range(count)
        ]

        assert len(planned(*closing, linked={"pm": linked}).holds) == held

    def test_yes_lets_it_happen(self) -> None:
        plan = planned(*self.many(26), rules=Rules(now=NOW, yes=frozenset({"pm"})))

        assert len(plan.steps) == 26
        assert plan.holds == ()

    def test_yes_for_another_source_does_not(self) -> None:
        assert planned(*self.many(26), rules=Rules(now=NOW, yes=frozenset({"other"}))).steps == ()

    def test_its_id_lets_it_happen_and_stays_the_same(self) -> None:
        (hold,) = planned(*self.many(26)).holds
        (again,) = planned(*self.many(26)).holds

        assert hold.id == again.id
        assert len(planned(*self.many(26), rules=Rules(now=NOW, released_holds=frozenset({hold.id}))).steps) == 26

    def test_what_came_after_the_yes_is_not_covered_by_it(self) -> None:
        released = frozenset(f"I{n}" for n in range(26))

        plan = planned(*self.many(60), rules=Rules(now=NOW, released=released))

        assert len(plan.steps) == 26
        assert [len(steps) for _, steps in plan.held] == [34]

    def test_a_template_waits_for_its_own_id(self) -> None:
        template = tracked(document=replace(DOCUMENT, is_template=True))

        plan = planned(template, rules=Rules(now=NOW, yes=frozenset({"pm"})))

        assert plan.steps == ()
        (hold,) = plan.holds
        assert hold.kind == "template"
        assert verbs(template, rules=Rules(now=NOW, released_holds=frozenset({hold.id}))) == ["create"]

    def test_a_document_that_lost_all_its_items_waits(self) -> None:
        gone = tracked(known=known(present=False), link=link())

        plan = planned(gone, emptied=frozenset({("pm", "outage.md")}))

        assert [hold.kind for hold in plan.holds] == ["emptied"]

    def test_a_source_that_lost_half_of_its_documents_waits(self) -> None:
        gone = tracked(known=known(present=False), document=replace(DOCUMENT, present=False), link=link())

        plan = planned(gone, halved=frozenset({"pm"}))

        assert [hold.kind for hold in plan.holds] == ["halved"]

    def test_one_vanished_and_one_new_item_at_the_same_place_are_asked_about(self) -> None:
        old = tracked(known=known(present=False, item=item(replace(FIELDS, title="Buy {servers}"))), link=link())
        new = tracked("I2", known=known("I2", item=item(replace(FIELDS, title="Train the team"))))

        plan = planned(old, new)

        assert [hold.kind for hold in plan.holds] == ["replaced"]
        assert "“Buy {servers}” is gone and “Train the team” stands in its place" in plan.holds[0].sentence

    def test_every_sentence_says_what_to_do(self) -> None:
        for plan in (planned(*self.many(26)), planned(tracked(document=replace(DOCUMENT, is_template=True)))):
            (hold,) = plan.holds
            assert f"pmtrack sync --hold {hold.id}" in hold.sentence

    @pytest.mark.parametrize("verb", Verb)
    def test_the_brake_is_a_table(self, verb: Verb) -> None:
        brake = Brake(creates=2, others=3, percent=50)

        assert brake.allows(verb, 2, 0)
        assert brake.allows(verb, 3, 0) == (verb is not Verb.CREATE)
        assert brake.allows(verb, 5, 10) == (verb is not Verb.CREATE)
        assert not brake.allows(verb, 6, 10)


class TestWhatPeopleRead:
    @pytest.mark.parametrize(
        ("item", "verb", "reason"),
        [
            (tracked(link=link(), sight=Unseen.GONE), Verb.LOSE, "the issue was deleted in the tracker"),
            (
                tracked(intention=intention(), settle=timedelta(seconds=15)),
                Verb.WAIT,
                "an issue that was asked for may still appear",
            ),
            (
                tracked(known=known(present=False), intention=intention()),
                Verb.FORGET,
                "it left its document before its issue was made",
            ),
            (tracked(intention=intention()), Verb.CREATE, "no issue came of an earlier try"),
            (tracked(known=known(present=False), link=link()), Verb.ORPHAN, "it is no longer in its document"),
            (tracked(), Verb.CREATE, ""),
            (tracked(fields=DONE, link=link()), Verb.CLOSE, ""),
            (tracked(found=issue()), Verb.RELINK, ""),
        ],
    )
    def test_a_step_says_why(self, item: Tracked, verb: Verb, reason: str) -> None:
        (step,) = planned(item).steps

        assert (step.verb, step.reason) == (verb, reason)

    def test_what_changed_in_the_tracker_is_said_field_by_field(self) -> None:
        theirs = Fields("Add CPU alerts", Status.DONE, ("ana", "bo"), None, date(2026, 12, 24))

        (step,) = planned(tracked(link=link(), sight=issue(theirs))).steps

        assert step.reason == (
            "title is now Add CPU alerts in the tracker; status is now done in the tracker; "
            "owners is now ana, bo in the tracker; priority is now none in the tracker; "
            "due is now 2026-12-24 in the tracker"
        )

    def test_a_conflict_is_said_with_what_was_lost(self) -> None:
        mine = replace(REWORDED, owners=("Cleo", "Dan"))
        theirs = replace(FIELDS, title="Old", owners=(), priority="P3")

        (step,) = planned(tracked(fields=mine, link=link(), sight=issue(theirs))).steps

        assert step.verb is Verb.UPDATE
        assert step.reason == (
            "owners is now none in the tracker; priority is now P3 in the tracker; "
            "conflict: title Add memory and CPU alerts wins over Old; conflict: owners none wins over Cleo, Dan"
        )


class TestThePlan:
    def test_steps_are_taken_by_verb_then_as_the_documents_have_them(self) -> None:
        places = [("pm", "b.md", 1), ("pm", "b.md", 0), ("pm", "a.md", 5), ("all", "z.md", 9)]
        items = [
            tracked(f"C{n}", known=known(f"C{n}", source=source, path=path, position=position))
            for n, (source, path, position) in enumerate(places)
        ]
        items.append(tracked("N", known=known("N", path="c.md"), link=link(ident="N"), sight=issue(DONE)))
        items.append(tracked("X", DONE, known=known("X", DONE, path="a.md"), link=link(ident="X")))

        plan = planned(*reversed(items))

        assert [step.tracked.ident for step in plan.steps] == ["C3", "C2", "C1", "C0", "X", "N"]

    def test_one_document_alone_is_acted_on_and_the_plan_is_partial(self) -> None:
        items = [tracked("A"), tracked("B", known=known("B", path="fire.md"))]

        plan = planned(*items, rules=Rules(now=NOW, postmortem="fire.md"))

        assert [step.tracked.ident for step in plan.steps] == ["B"]
        assert plan.partial is True
        assert planned(*items[1:], rules=Rules(now=NOW, postmortem="fire.md")).partial is False
        assert planned(*items).partial is False

    def test_who_wins_is_the_teams_to_say(self) -> None:
        rules = Rules(now=NOW)
        both = tracked(fields=REWORDED, link=link(), sight=issue(replace(FIELDS, title="Old")))

        assert verbs(both, rules=rules) == ["update"]
        assert verbs(both, rules=replace(rules, wins={**rules.wins, "title": Side.TRACKER})) == ["note"]


class TestTheLinkThatIsMade:
    """Whatever way an item comes to an issue, its link says which item, which issue, and what each side said."""

    def test_by_an_answer_that_came_late(self) -> None:
        mine = replace(FIELDS, owners=("Ana Ruiz",))
        sent = intention(document=mine, sent=FIELDS)
        lost = tracked(
            stated=Stated(mine, FIELDS),
            link=link(ref=None, due_source=DueSource.POLICY),
            intention=sent,
            found=issue(number=7),
        )

        (step,) = planned(lost).steps

        assert step.merged is not None
        assert step.merged.link == Link("I1", "board", ref(7), mine, FIELDS, FIELDS, DueSource.POLICY)

    def test_by_an_answer_to_an_intention_that_left_no_link(self) -> None:
        (step,) = planned(tracked(intention=intention(), found=issue(number=7))).steps

        assert step.merged is not None
        assert step.merged.link == Link("I1", "board", ref(7), FIELDS, FIELDS, FIELDS)

    def test_by_its_marker_after_the_store_was_lost(self) -> None:
        """What the issue does not have is taken from the document, so that a report shows all that is known."""
        mine = Fields("Mine", Status.DONE, ("Ana",), "P1", date(2026, 12, 1))
        theirs = Fields("Theirs", Status.OPEN)

        (step,) = planned(tracked(fields=mine, found=issue(theirs, number=7))).steps

        assert step.merged is not None
        agreed = Fields("Theirs", Status.OPEN, ("Ana",), "P1", date(2026, 12, 1))
        assert step.merged.link == Link("I1", "board", ref(7), mine, theirs, agreed)
        assert step.merged.conflicts == (
            Conflict("title", Side.TRACKER, "Theirs", "Mine"),
            Conflict("status", Side.TRACKER, Status.OPEN, Status.DONE),
        )

    @pytest.mark.parametrize(("due", "source"), [(None, DueSource.HORIZON), (date(2026, 12, 24), DueSource.TRACKER)])
    def test_by_adoption_with_the_due_date_of_whoever_has_one(self, due: date | None, source: DueSource) -> None:
        theirs = replace(FIELDS, title="Theirs", due=due)
        named = tracked(stated=Stated(FIELDS, FIELDS, DueSource.HORIZON), ticket=issue(theirs, number=7))

        (step,) = planned(named).steps

        assert step.merged is not None
        assert step.merged.link == Link("I1", "board", ref(7), FIELDS, theirs, theirs, source, adopted=True)

    def test_in_the_tracker_where_the_issue_is(self) -> None:
        """The team's new issues go elsewhere by now."""
        (step,) = planned(tracked(tracker="new-board", ticket=issue(number=7))).steps

        assert step.merged is not None
        assert step.merged.link.tracker == "board"


class TestWhatIsFiled:
    """Item by item what is said to be filed, and what a person's decision changes."""

    @pytest.mark.parametrize(
        ("decision", "made"), [(None, ["create"]), ("create", ["create"]), ("track", []), ("adopt OPS-3", [])]
    )
    def test_a_person_decides(self, decision: str | None, made: list[str]) -> None:
        assert verbs(tracked(known=known(decision=decision))) == made

    def test_create_goes_before_a_ticket_in_the_document_only_where_it_says_so(self) -> None:
        assert verbs(tracked(known=known(item=item(ticket="#7"), decision="create"))) == []

    @pytest.mark.parametrize(
        ("written", "incident", "made"),
        [
            (date(2026, 11, 20), None, []),
            (date(2026, 11, 20), date(2026, 11, 22), []),
            (date(2026, 11, 22), date(2026, 11, 20), ["create"]),
            (None, date(2026, 11, 20), []),
            (None, date(2026, 11, 21), ["create"]),
            (None, None, ["create"]),
        ],
    )
    def test_since_goes_by_the_day_it_was_written_else_by_the_incident(
        self, written: date | None, incident: date | None, made: list[str]
    ) -> None:
        dated = replace(DOCUMENT, written=written, incident_date=incident)

        assert verbs(tracked(document=dated), rules=Rules(now=NOW, since=date(2026, 11, 21))) == made

    def test_an_open_status_and_none_are_both_work(self) -> None:
        for status in (None, Status.OPEN, Status.IN_PROGRESS):
            stated = replace(FIELDS, status=status)
            assert verbs(tracked(fields=stated, known=known(fields=stated))) == ["create"]


class TestVerbs:
    @pytest.mark.parametrize(
        ("before", "after", "verb"),
        [
            (Status.OPEN, Status.DONE, "close"),
            (Status.IN_PROGRESS, Status.CANCELLED, "close"),
            (None, Status.DONE, "close"),
            (Status.DONE, Status.OPEN, "reopen"),
            (Status.CANCELLED, Status.IN_PROGRESS, "reopen"),
            (Status.OPEN, Status.IN_PROGRESS, "update"),
            (Status.DONE, Status.CANCELLED, "update"),
            (None, Status.IN_PROGRESS, "update"),
        ],
    )
    def test_a_change_of_status_is_a_close_a_reopen_or_an_update(
        self, before: Status | None, after: Status, verb: str
    ) -> None:
        then, now = replace(FIELDS, status=before), replace(FIELDS, status=after)

        assert verbs(tracked(fields=now, link=link(then))) == [verb]

    def test_a_change_of_title_in_front_of_it_makes_no_difference(self) -> None:
        assert verbs(tracked(fields=replace(REWORDED, status=Status.DONE), link=link())) == ["close"]


class TestADeletedIssueThatComesBack:
    def test_nothing_is_done_while_there_is_nothing_new(self) -> None:
        assert verbs(tracked(fields=DONE, link=link(gone=True))) == []

    def test_the_author_is_heard_again(self) -> None:
        assert verbs(tracked(fields=DONE, link=link(gone=True), sight=issue())) == ["close"]

    def test_somebody_brought_it_back_from_its_marker(self) -> None:
        """Under another number: the link goes there, and nothing is made anew."""
        (step,) = planned(tracked(link=link(gone=True), sight=Unseen.GONE, found=issue(number=9))).steps

        assert step.merged is not None
        assert step.merged.link == link(number=9)

    def test_what_changed_in_it_meanwhile_is_heard(self) -> None:
        (step,) = planned(tracked(link=link(gone=True), sight=Unseen.GONE, found=issue(DONE))).steps

        assert (step.verb, step.reason) == (Verb.NOTE, "status is now done in the tracker")

    def test_an_issue_that_is_there_is_not_exchanged_for_a_copy_of_it(self) -> None:
        assert verbs(tracked(link=link(), found=issue(DONE, number=9))) == []


class TestAfterALostAnswerToAChange:
    """A change was sent, and nobody knows whether it came."""

    BOTH = replace(REWORDED, priority="P0")

    @staticmethod
    def sent(fields: Fields = REWORDED, **changes: Any) -> Tracked:
        """The author's words were sent a moment ago; without `settle` that is long enough ago."""
        said = changes.pop("said", fields)
        return tracked(fields=said, **{"link": link(), "intention": intention(fields=fields), **changes})

    def test_while_it_may_still_come_nothing_is_sent_again(self) -> None:
        for sight in (Unseen.UNCHANGED, issue()):
            (step,) = planned(self.sent(sight=sight, settle=EARLY)).steps

            assert (step.verb, step.reason) == (Verb.WAIT, "what was sent may still come")

    @pytest.mark.parametrize("settle", [timedelta(), EARLY])
    def test_what_came_was_said_by_the_document_and_not_by_the_tracker(self, settle: timedelta) -> None:
        (step,) = planned(self.sent(sight=issue(REWORDED), settle=settle)).steps

        assert (step.verb, step.reason) == (Verb.NOTE, "")
        assert step.merged == Merged(link(REWORDED))

    def test_what_did_not_come_is_sent_again(self) -> None:
        (step,) = planned(self.sent()).steps

        assert step.verb is Verb.UPDATE
        assert step.merged is not None
        assert step.merged.write == (FieldChange("title", FIELDS.title, REWORDED.title),)

    def test_an_author_may_take_back_what_did_not_come(self) -> None:
        (step,) = planned(self.sent(said=FIELDS)).steps

        assert step.verb is Verb.NOTE
        assert step.merged == Merged(link())

    def test_an_author_may_take_back_what_came(self) -> None:
        (step,) = planned(self.sent(said=FIELDS, sight=issue(REWORDED))).steps

        assert step.verb is Verb.UPDATE
        assert step.merged is not None
        assert step.merged.write == (FieldChange("title", REWORDED.title, FIELDS.title),)
        assert step.merged.conflicts == ()

    def test_what_did_not_come_is_written_over_what_did(self) -> None:
        (step,) = planned(self.sent(self.BOTH, sight=issue(REWORDED))).steps

        assert step.tracked.link == link(REWORDED, document=REWORDED)

    def test_of_two_changes_one_came(self) -> None:
        half = self.sent(self.BOTH, sight=issue(REWORDED))

        (step,) = planned(half).steps

        assert verbs(replace(half, settle=EARLY)) == ["wait"]
        assert step.merged is not None
        assert step.merged.write == (FieldChange("priority", "P1", "P0"),)
        assert step.merged.pull == step.merged.conflicts == ()
        assert step.merged.link.agreed == self.BOTH

    def test_what_a_person_changed_besides_is_heard(self) -> None:
        theirs = replace(REWORDED, owners=("zoe",))

        (step,) = planned(self.sent(sight=issue(theirs))).steps

        assert (step.verb, step.reason) == (Verb.NOTE, "owners is now zoe in the tracker")
        assert step.merged is not None
        assert step.merged.link.agreed == theirs

    def test_what_a_person_typed_over_it_is_a_conflict(self) -> None:
        mine = replace(FIELDS, owners=("Ben",))

        (step,) = planned(self.sent(mine, sight=issue(replace(FIELDS, owners=("zoe",))))).steps

        assert step.reason == "owners is now zoe in the tracker; conflict: owners zoe wins over Ben"

    @pytest.mark.parametrize(("day", "source"), [(date(2026, 12, 24), DueSource.HORIZON), (None, DueSource.EXPLICIT)])
    def test_a_due_date_that_came_is_the_documents_as_long_as_it_is_there(
        self, day: date | None, source: DueSource
    ) -> None:
        dated, now = replace(FIELDS, due=date(2026, 12, 24)), replace(FIELDS, due=day)
        came = self.sent(dated, sight=issue(dated), link=link(due_source=DueSource.EXPLICIT))

        (step,) = planned(replace(came, stated=Stated(now, now, DueSource.HORIZON if day else None))).steps

        assert step.merged is not None
        assert step.merged.link.due_source is source

    def test_another_change_that_came_leaves_the_due_date_whose_it_was(self) -> None:
        came = self.sent(sight=issue(REWORDED), link=link(due_source=DueSource.TRACKER))

        (step,) = planned(replace(came, stated=Stated(REWORDED, REWORDED, DueSource.HORIZON))).steps

        assert step.merged is not None
        assert step.merged.link.due_source is DueSource.TRACKER

    def test_the_settle_time_is_over_when_it_is_over(self) -> None:
        then = intention(fields=REWORDED, sent_at=NOW - timedelta(seconds=15))

        assert verbs(self.sent(intention=then, settle=timedelta(seconds=15))) == ["update"]
        assert verbs(self.sent(intention=then, settle=timedelta(seconds=16))) == ["wait"]

    def test_while_the_tracker_cannot_be_read_everything_waits(self) -> None:
        assert verbs(self.sent(sight=Unseen.UNKNOWN)) == []

    def test_an_issue_that_was_deleted_meanwhile_is_said(self) -> None:
        assert verbs(self.sent(sight=Unseen.GONE)) == ["lose"]

    def test_an_issue_that_came_back_is_taken_up_again(self) -> None:
        (step,) = planned(self.sent(link=link(gone=True), sight=issue(REWORDED))).steps

        assert step.merged == Merged(link(REWORDED))
