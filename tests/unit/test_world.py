"""A plan as people read it, and the figures that hold where nobody configured any."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from pmtrack.model import FieldChange, Hold, Side
from pmtrack.policy import Policy
from pmtrack.sync.hold import Reason, Sorted
from pmtrack.sync.merge import Conflict, Merged, Stated
from pmtrack.sync.world import Brake, Plan, Rules, Step, Tracked, Unseen, Verb, World
from support.worlds import link, tracked


def shown(verb: Verb, *changes: FieldChange, **step: Any) -> str:
    return str(Step(verb, tracked(), Merged(link(), write=changes), **step))


def test_a_new_item_is_told_with_its_tracker_its_place_and_its_words() -> None:
    assert str(Step(Verb.CREATE, tracked())) == "create   board        outage.md:12  Add memory alerts"


def test_an_item_with_an_issue_is_told_with_its_key() -> None:
    assert shown(Verb.NOTE) == "note     board/0001   outage.md:12  Add memory alerts"


def test_an_item_whose_issue_is_not_known_yet_is_told_without_a_key() -> None:
    intended = Step(Verb.RELINK, tracked(), Merged(link(ref=None)))

    assert str(intended) == "relink   board        outage.md:12  Add memory alerts"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (FieldChange("title", "Old", "New"), "title: Old -> New"),
        (FieldChange("owners", ("Ana", "Bo"), ()), "owners: Ana, Bo -> none"),
        (FieldChange("priority", None, "P1"), "priority: none -> P1"),
        (FieldChange("title", "", "New"), "title: none -> New"),
        (FieldChange("due", date(2026, 12, 1), date(2026, 12, 2)), "due: 2026-12-01 -> 2026-12-02"),
    ],
)
def test_a_change_is_told_from_what_to_what(change: FieldChange, words: str) -> None:
    assert shown(Verb.UPDATE, change) == f"update   board/0001   outage.md:12  Add memory alerts  ({words})"


def test_the_changes_come_before_the_reason() -> None:
    changes = (FieldChange("title", "Old", "New"), FieldChange("priority", "P1", "P0"))

    line = shown(Verb.UPDATE, *changes, reason="a person said so")

    assert line.endswith("  Add memory alerts  (title: Old -> New, priority: P1 -> P0; a person said so)")


def test_a_reason_stands_alone_where_nothing_is_written() -> None:
    assert str(Step(Verb.WAIT, tracked(), reason="later")).endswith("  Add memory alerts  (later)")


def test_the_verbs_are_carried_out_in_this_order_and_read_so() -> None:
    assert " ".join(Verb) == "create adopt relink update close reopen note remove restore lose wait forget"


def test_an_item_is_found_where_its_document_has_it() -> None:
    item = tracked("I7")

    assert (item.ident, item.place) == ("I7", "outage.md:12")


def test_the_holds_of_a_plan_are_those_of_what_waits() -> None:
    holds = [Hold(name, "brake", "pm", (), "wait") for name in ("h1", "h2")]
    steps = (Step(Verb.CREATE, tracked()),)

    assert Plan(held=((holds[0], steps), (holds[1], steps))).holds == tuple(holds)


def test_without_a_configuration_the_brake_is_this() -> None:
    assert Brake() == Brake(creates=25, others=10, percent=20)


@pytest.mark.parametrize(("linked", "allowed"), [(0, 10), (54, 10), (55, 11), (59, 11), (60, 12), (1000, 200)])
def test_a_share_of_what_is_linked_is_rounded_down(linked: int, allowed: int) -> None:
    assert Brake().allows(Verb.CLOSE, allowed, linked)
    assert not Brake().allows(Verb.CLOSE, allowed + 1, linked)


def test_creates_know_no_share() -> None:
    assert Brake().allows(Verb.CREATE, 25, 0)
    assert not Brake().allows(Verb.CREATE, 26, 1000)


def test_without_a_word_from_anybody_the_rules_hold_everything_back() -> None:
    rules = Rules(now=datetime(2026, 11, 21, tzinfo=UTC))

    assert rules.wins == {
        "title": Side.DOCUMENT,
        "owners": Side.TRACKER,
        "priority": Side.TRACKER,
        "due": Side.TRACKER,
    }
    assert rules.brake == Brake()
    assert rules.since is rules.postmortem is None
    assert rules.yes == rules.released == rules.released_holds == frozenset()


def test_a_world_in_which_nothing_was_seen() -> None:
    empty = World(())

    assert empty.linked == empty.unread == {}
    assert empty.rebuilt == empty.emptied == empty.halved == frozenset()
    assert Plan() == Plan((), (), partial=False, released=frozenset())


def test_an_item_of_which_nothing_else_is_known() -> None:
    base = tracked()
    bare = Tracked(base.known, base.document, "board", base.stated, base.wanted)

    assert bare.document_read
    assert bare.settle == timedelta()
    assert bare.sight is Unseen.UNCHANGED
    assert bare.link is bare.intention is bare.found is bare.ticket is bare.wanted_source is None
    assert base.stated.due_source is None


@pytest.mark.parametrize(
    "kind", [Stated, Conflict, Merged, Tracked, World, Brake, Rules, Step, Plan, Policy, Reason, Sorted]
)
def test_what_was_seen_and_decided_is_never_changed_afterwards(kind: type) -> None:
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert "__slots__" in vars(kind)
