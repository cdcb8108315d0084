"""What waits for a person: why, in which words, and what each kind of yes lets through."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from pmtrack.model import CREATE, Fields, Status
from pmtrack.ready import ready
from pmtrack.sync.hold import REASONS
from pmtrack.sync.world import BRAKED, Brake, Plan, Rules, Tracked, Verb
from support.worlds import DOCUMENT, FIELDS, NOW, issue, item, known, link, planned, tracked, verbs

TEMPLATE = replace(DOCUMENT, is_template=True)
DRAFT = replace(DOCUMENT, matter={"status": "in review"}, changed_at=NOW)
DELETED = replace(DOCUMENT, present=False)
PLACE = ("pm", "outage.md")
DONE = replace(FIELDS, status=Status.DONE)

YES = "look at `pmtrack plan`, then let it happen with `pmtrack sync --yes` or `pmtrack sync --hold {id}`"


def said(title: str) -> Fields:
    return replace(FIELDS, title=title)


def new(ident: str, title: str = "Train the team", position: int = 0, **changes: Any) -> Tracked:
    """An item without an issue."""
    where = {name: changes.pop(name) for name in ("source", "path", "decision") if name in changes}
    return tracked(ident, known=known(ident, position=position, item=item(said(title)), **where), **changes)


def left(ident: str, title: str = "Buy servers", position: int = 0, **changes: Any) -> Tracked:
    """A linked item that is no longer in its document."""
    where = {name: changes.pop(name) for name in ("source", "path", "decision") if name in changes}
    gone = known(ident, position=position, item=item(said(title)), present=False, **where)
    return tracked(ident, known=gone, **{"link": link(ident=ident), **changes})


def kinds(plan: Plan) -> list[tuple[str, tuple[str, ...]]]:
    return [(hold.kind, hold.idents) for hold in plan.holds]


def of_template(**options: Any) -> Plan:
    return planned(new("A", document=TEMPLATE), new("B", position=1, document=TEMPLATE), **options)


def of_emptied(**options: Any) -> Plan:
    return planned(left("A"), left("B", position=1), emptied=frozenset({PLACE}), **options)


def of_halved(**options: Any) -> Plan:
    items = (left("A", document=DELETED), left("B", path="fire.md", document=DELETED))
    return planned(*items, halved=frozenset({"pm"}), **options)


def of_rebuilt(**options: Any) -> Plan:
    return planned(new("A"), new("B", position=1), rebuilt=frozenset({"pm"}), **options)


def of_replaced(**options: Any) -> Plan:
    return planned(new("B"), left("A"), **options)


def of_draft(**options: Any) -> Plan:
    rules = replace(options.pop("rules", Rules(now=NOW)), ready={"pm": ready("status: final")})
    return planned(new("A", document=DRAFT), new("B", position=1, document=DRAFT), rules=rules, **options)


def of_exposed(**options: Any) -> Plan:
    return planned(new("A"), new("B", position=1), exposed=frozenset({"board"}), **options)


def of_brake(**options: Any) -> Plan:
    rules = replace(options.pop("rules", Rules(now=NOW)), brake=Brake(creates=1))
    return planned(new("A"), new("B", position=1), rules=rules, **options)


HELD = {
    "template": of_template,
    "emptied": of_emptied,
    "halved": of_halved,
    "rebuilt": of_rebuilt,
    "replaced": of_replaced,
    "draft": of_draft,
    "exposed": of_exposed,
    "brake": of_brake,
}

SENTENCES = {
    "template": "outage.md looks like a template (its title or dates are placeholders), so its 2 items make no issues: "
    "fill the placeholders in, or file them all the same with `pmtrack sync --hold {id}`",
    "emptied": "outage.md lost all its 2 items at once: if that is meant, " + YES,
    "halved": "pm lost more than half of its documents (2 items): " + YES,
    "rebuilt": "the store of pm is new although the tracker holds issues of ours, so 2 more wait: " + YES,
    "replaced": "in outage.md “Buy servers” is gone and “Train the team” stands in its place; if it is another item, "
    + YES,
    "draft": "outage.md is a draft (status is “in review”), so its 2 items make no issues until it says “status: "
    "final”; file all the same with `pmtrack sync --hold {id}`",
    "exposed": "everybody would read the issues of board, so 2 new ones of pm wait: set allow_public = true at "
    "[trackers.board] if that is right, or let its repository be private",
    "brake": "2 times create in pm is more than the brake allows at once: " + YES,
}

# People quote these in mails and chats: they stay what they are, also in a later version.
IDS = {
    "template": "de1ef3",
    "emptied": "07df4e",
    "halved": "489b2d",
    "rebuilt": "0c3417",
    "replaced": "9a7967",
    "draft": "0c635b",
    "exposed": "28aec6",
    "brake": "9d5ebf",
}


def test_every_reason_is_told_here_in_the_order_in_which_they_are_asked() -> None:
    assert [reason.kind for reason in REASONS] == list(HELD)


BY_YES = {"emptied", "halved", "rebuilt", "replaced", "brake"}
BY_ID = BY_YES | {"template", "draft"}
"""What is in neither goes by the configuration alone."""


@pytest.mark.parametrize("kind", HELD)
class TestEveryHold:
    @pytest.fixture
    def made(self, kind: str) -> Callable[..., Plan]:
        return HELD[kind]

    def test_holds_both_items_and_says_why(self, kind: str, made: Callable[..., Plan]) -> None:
        plan = made()

        (hold,) = plan.holds
        assert plan.steps == ()
        assert (hold.kind, hold.source, hold.idents) == (kind, "pm", ("A", "B"))
        assert hold.sentence == SENTENCES[kind].format(id=hold.id)
        assert [step.tracked.ident for step in plan.held[0][1]] == ["A", "B"]

    def test_keeps_the_id_that_people_wrote_down(self, kind: str, made: Callable[..., Plan]) -> None:
        assert made().holds[0].id == IDS[kind]

    def test_goes_by_its_id_where_it_may_and_the_plan_says_so(self, kind: str, made: Callable[..., Plan]) -> None:
        name = made().holds[0].id

        plan = made(rules=Rules(now=NOW, released_holds=frozenset({name, "0ther1"})))

        assert len(plan.steps) == (2 if kind in BY_ID else 0)
        assert len(plan.holds) == (0 if kind in BY_ID else 1)
        assert plan.released == ({name} if kind in BY_ID else set())

    def test_goes_by_yes_where_that_is_enough(self, kind: str, made: Callable[..., Plan]) -> None:
        plan = made(rules=Rules(now=NOW, yes=frozenset({"pm"})))

        assert len(plan.steps) == (2 if kind in BY_YES else 0)
        assert plan.released == frozenset()

    def test_yes_for_one_document_is_for_that_document(self, kind: str, made: Callable[..., Plan]) -> None:
        yes = Rules(now=NOW, yes=frozenset({"pm"}))

        assert len(made(rules=replace(yes, postmortem="other.md")).holds) == 1
        assert len(made(rules=replace(yes, postmortem="outage.md")).holds) == (kind not in BY_YES - {"halved"})

    def test_an_item_that_got_its_own_yes_goes_and_the_other_waits(self, kind: str, made: Callable[..., Plan]) -> None:
        plan = made(rules=Rules(now=NOW, released=frozenset({"B"})))

        assert [step.tracked.ident for step in plan.steps] == (["B"] if kind in BY_ID else [])
        assert kinds(plan) == [(kind, ("A",) if kind in BY_ID else ("A", "B"))]


def test_a_person_who_said_create_is_not_asked_again() -> None:
    plan = planned(new("A", document=TEMPLATE, decision=CREATE), new("B", position=1, document=TEMPLATE))

    assert [step.tracked.ident for step in plan.steps] == ["A"]
    assert kinds(plan) == [("template", ("B",))]


def test_not_even_create_makes_an_issue_that_everybody_would_read() -> None:
    plan = planned(new("A", decision=CREATE), new("B", position=1, tracker="own"), exposed=frozenset({"board"}))

    assert [step.tracked.ident for step in plan.steps] == ["B"]
    assert kinds(plan) == [("exposed", ("A",))]


class TestTheIdOfAHold:
    @staticmethod
    def name(*items: Tracked, **world: Any) -> str:
        (hold,) = planned(*items, **world).holds
        return hold.id

    def test_it_does_not_depend_on_the_order_or_on_idents(self) -> None:
        one = self.name(new("A", "X", document=TEMPLATE), new("B", "Y", 1, document=TEMPLATE))
        other = self.name(new("D", "Y", 1, document=TEMPLATE), new("C", "X", document=TEMPLATE))

        assert one == other

    @pytest.mark.parametrize(
        "other",
        [
            new("A", "X", document=TEMPLATE, source="more"),
            new("A", "X", document=TEMPLATE, path="fire.md"),
            new("A", "X", 1, document=TEMPLATE),
            new("A", "Z", document=TEMPLATE),
        ],
        ids=["source", "path", "position", "words"],
    )
    def test_another_content_is_another_hold(self, other: Tracked) -> None:
        """A yes to what somebody has looked at is no yes to what came later."""
        assert self.name(new("A", "X", document=TEMPLATE)) != self.name(other)

    def test_another_verb_is_another_hold(self) -> None:
        created = new("A", "X", document=TEMPLATE)

        assert self.name(created) != self.name(replace(created, ticket=issue(number=7, marker=None)))

    def test_another_reason_is_another_hold(self) -> None:
        assert self.name(new("A", document=TEMPLATE)) != self.name(new("A"), rebuilt=frozenset({"pm"}))


class TestWhatEachReasonConcerns:
    def test_a_template_holds_what_would_be_adopted_too(self) -> None:
        named = new("A", document=TEMPLATE, ticket=issue(number=7, marker=None))

        assert kinds(planned(named)) == [("template", ("A",))]

    def test_two_templates_are_two_holds(self) -> None:
        one, two = new("A", document=TEMPLATE), new("B", path="fire.md", document=TEMPLATE)

        assert kinds(planned(one, two)) == [("template", ("A",)), ("template", ("B",))]

    def test_the_same_path_in_two_sources_is_two_documents(self) -> None:
        one, two = new("A", document=TEMPLATE), new("B", source="more", document=TEMPLATE)

        assert kinds(planned(one, two)) == [("template", ("A",)), ("template", ("B",))]

    def test_only_removals_wait_where_a_document_lost_all_its_items(self) -> None:
        closing = tracked("B", DONE, known=known("B", DONE, position=1), link=link(ident="B"))

        plan = planned(left("A"), closing, emptied=frozenset({PLACE}))

        assert [step.tracked.ident for step in plan.steps] == ["B"]
        assert kinds(plan) == [("emptied", ("A",))]

    def test_another_document_that_lost_one_item_goes_on(self) -> None:
        assert verbs(left("A"), emptied=frozenset({("pm", "fire.md"), ("more", "outage.md")})) == ["remove"]

    def test_an_item_removed_from_a_document_that_is_there_goes_on_though_others_vanished(self) -> None:
        assert verbs(left("A"), halved=frozenset({"pm"})) == ["remove"]

    def test_a_vanished_document_of_a_source_that_is_whole_goes_on(self) -> None:
        assert verbs(left("A", document=DELETED), halved=frozenset({"more"})) == ["remove"]

    def test_an_issue_whose_document_vanished_earlier_is_still_followed(self) -> None:
        closed = left("A", document=DELETED, link=link(ident="A", orphaned=True), sight=issue(DONE))

        assert verbs(closed, halved=frozenset({"pm"})) == ["note"]

    def test_documents_that_vanished_are_one_hold(self) -> None:
        assert kinds(of_halved()) == [("halved", ("A", "B"))]

    def test_after_a_lost_store_what_has_its_issue_goes_on(self) -> None:
        closing = tracked("B", DONE, known=known("B", DONE, position=1), link=link(ident="B"))

        plan = planned(new("A"), closing, rebuilt=frozenset({"pm"}))

        assert [step.verb for step in plan.steps] == [Verb.CLOSE]
        assert verbs(new("A"), rebuilt=frozenset({"more"})) == ["create"]

    def test_the_first_reason_that_concerns_an_item_is_the_one_that_is_said(self) -> None:
        plan = planned(new("A", document=TEMPLATE), rebuilt=frozenset({"pm"}))

        assert [hold.kind for hold in plan.holds] == ["template"]


class TestADraft:
    FINAL = Rules(now=NOW, ready={"pm": ready("status: final")})
    DAY = Rules(now=NOW, ready={"pm": ready("quiet 24h")})

    @pytest.mark.parametrize("rules", [FINAL, DAY])
    def test_holds_what_would_be_adopted_too(self, rules: Rules) -> None:
        named = new("A", document=DRAFT, ticket=issue(number=7, marker=None))

        assert kinds(planned(named, rules=rules)) == [("draft", ("A",))]

    @pytest.mark.parametrize("rules", [FINAL, DAY])
    def test_is_a_matter_of_its_own_source(self, rules: Rules) -> None:
        assert verbs(new("A", document=DRAFT, source="more"), rules=rules) == ["create"]

    @pytest.mark.parametrize("rules", [FINAL, DAY])
    def test_keeps_nothing_from_an_issue_that_is_there(self, rules: Rules) -> None:
        closing = tracked("B", DONE, known=known("B", DONE, position=1), link=link(ident="B"), document=DRAFT)
        gone = left("C", position=2, document=DRAFT)
        found = new("D", "Ask the vendor", 3, document=DRAFT, found=issue(ident="D", number=4))

        steps = planned(new("A", document=DRAFT), closing, gone, found, rules=rules).steps

        assert sorted(step.verb for step in steps) == ["close", "relink", "remove"]

    def test_two_documents_are_two_holds(self) -> None:
        one, two = new("A", document=DRAFT), new("B", path="fire.md", document=DRAFT)

        assert kinds(planned(one, two, rules=self.FINAL)) == [("draft", ("A",)), ("draft", ("B",))]

    def test_a_document_that_says_so_goes_on(self) -> None:
        final = replace(DRAFT, matter={"status": "final"})

        assert verbs(new("A", document=final), rules=self.FINAL) == ["create"]

    def test_time_alone_ends_it_and_changes_neither_its_id_nor_its_words_before(self) -> None:
        def at(hours: float) -> Plan:
            return planned(new("A", document=DRAFT), rules=replace(self.DAY, now=NOW + timedelta(hours=hours)))

        first, *later = (at(hours).holds for hours in (0, 1, 12, 23.99))
        assert first
        assert first[0].sentence == (
            "outage.md is a draft (its words changed 2026-11-21 12:00 UTC), so its item makes no issue until "
            "2026-11-22 12:00 UTC, if nobody changes it before; file all the same with "
            f"`pmtrack sync --hold {first[0].id}`"
        )
        assert [*later] == [first] * 3
        assert (at(24).holds, len(at(24).steps)) == ((), 1)

    def test_what_was_reworded_is_asked_about_first(self) -> None:
        """Else the issue of the item that is gone would be told that, while the new one waits."""
        plan = planned(left("A", document=DRAFT), new("B", document=DRAFT), rules=self.FINAL)

        assert kinds(plan) == [("replaced", ("A", "B"))]
        said = replace(self.FINAL, released_holds=frozenset({plan.holds[0].id}))
        plan = planned(left("A", document=DRAFT), new("B", document=DRAFT), rules=said)
        assert [step.verb for step in plan.steps] == [Verb.ORPHAN]
        assert kinds(plan) == [("draft", ("B",))]

    def test_does_not_count_for_the_brake(self) -> None:
        drafts = [new(f"A{n}", f"Item {n}", n, document=DRAFT) for n in range(26)]

        final = new("B", path="fire.md", document=replace(DRAFT, matter={"status": "final"}))

        plan = planned(*drafts, final, rules=replace(self.FINAL, brake=Brake(creates=1)))

        assert [step.tracked.ident for step in plan.steps] == ["B"]
        assert [kind for kind, _ in kinds(plan)] == ["draft"]


class TestReplaced:
    @pytest.mark.parametrize(
        "other",
        [new("B", position=1), new("B", path="fire.md"), new("B", source="more")],
        ids=["another place", "another document", "another source"],
    )
    def test_a_new_item_elsewhere_replaces_nothing(self, other: Tracked) -> None:
        assert sorted(verbs(left("A"), other)) == ["create", "remove"]

    def test_a_new_item_under_another_heading_replaces_nothing(self) -> None:
        elsewhere = tracked("B", known=known("B", item=item(said("Train the team"), section="Timeline")))

        assert sorted(verbs(left("A"), elsewhere)) == ["create", "remove"]

    def test_the_case_of_a_heading_makes_no_other_heading(self) -> None:
        same = tracked("B", known=known("B", item=item(said("Train the team"), section="ACTION ITEMS:")))

        assert kinds(planned(left("A"), same)) == [("replaced", ("A", "B"))]

    def test_an_item_that_only_left_is_not_asked_about(self) -> None:
        assert verbs(left("A")) == ["remove"]

    def test_what_left_with_its_whole_document_is_replaced_by_nothing(self) -> None:
        """That a document is gone is another question than whether somebody reworded an item."""
        assert sorted(verbs(left("A", document=DELETED), new("B"))) == ["create", "remove"]

    def test_one_that_left_that_place_long_ago_hides_nothing(self) -> None:
        """Somebody closed its issue in the tracker, and in the same run another item took the place of a third."""
        long_gone = left("Z", "Old", link=link(ident="Z", orphaned=True), sight=issue(DONE))

        plan = planned(long_gone, left("A"), new("B"))

        assert [step.tracked.ident for step in plan.steps] == ["Z"]
        assert kinds(plan) == [("replaced", ("A", "B"))]

    def test_a_pair_does_not_keep_others_from_going_on(self) -> None:
        plan = planned(left("A"), new("B"), new("C", "Another", 5), left("D", "More", 6))

        assert [step.tracked.ident for step in plan.steps] == ["C", "D"]


class TestTheBrake:
    @staticmethod
    def closed_by_people(count: int) -> list[Tracked]:
        return [
            tracked(
                f"I{n}",
                known=known(f"I{n}", position=n),
                link=link(ident=f"I{n}", number=n),
                sight=issue(DONE, number=n, ident=f"I{n}"),
            )
            for n in range(count)
        ]

    def test_what_people_did_in_the_tracker_is_followed_however_much_it_is(self) -> None:
        assert verbs(*self.closed_by_people(60)) == ["note"] * 60

    def test_each_verb_is_counted_by_itself(self) -> None:
        removed = [left(f"R{n}", f"Item {n}", n) for n in range(10)]
        created = [new(f"C{n}", f"Item {n}", 100 + n) for n in range(25)]

        assert len(planned(*removed, *created).steps) == 35

    def test_each_source_is_counted_by_itself(self) -> None:
        here = [new(f"A{n}", f"Item {n}", n) for n in range(26)]
        there = [new(f"B{n}", f"Item {n}", n, source="more") for n in range(25)]

        plan = planned(*here, *there)

        assert len(plan.steps) == 25
        assert [(hold.source, len(hold.idents)) for hold in plan.holds] == [("pm", 26)]

    def test_a_source_of_which_nothing_was_counted_has_nothing_linked(self) -> None:
        strict = Rules(now=NOW, brake=Brake(others=0, percent=100))

        assert verbs(left("A"), rules=strict, linked={"more": 50}) == []
        assert verbs(left("A"), rules=strict, linked={"pm": 1}) == ["remove"]

    def test_only_what_writes_to_a_tracker_is_braked(self) -> None:
        assert {"create", "update", "close", "reopen", "remove"} == BRAKED
