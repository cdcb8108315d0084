"""Taking a run back: which of its issues are closed, and which somebody has made their own meanwhile."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pmtrack.model import Event, FieldChange, Fields, Link, Status
from pmtrack.sync.merge import Merged
from pmtrack.sync.undo import undo
from pmtrack.sync.world import Plan, Step, Tracked, Unseen, Verb, World
from support.worlds import DOCUMENT, FIELDS, NOW, issue, known, link, planned, ref, tracked

RUN, LATER = "R1", "R2"
REWORDED = replace(FIELDS, title="Add memory and CPU alerts")
DONE = replace(FIELDS, status=Status.DONE)


def event(ident: str = "I1", kind: str = "created", run: str = RUN, **changes: Any) -> Event:
    return replace(Event(NOW, ident, kind, run=run), **changes)


def made(ident: str = "I1", **changes: Any) -> Tracked:
    """An item whose issue a run has made, with nothing new on either side."""
    return tracked(ident, **{"link": link(ident=ident), **changes})


def taken_back(*items: Tracked, history: list[Event] | None = None) -> list[str]:
    """Idents of the items whose issues are closed."""
    events = [event(item.ident) for item in items] if history is None else history
    return [step.tracked.ident for step in undo(RUN, events, World(items), Plan()).steps]


def test_an_issue_that_the_run_made_is_closed_as_not_planned() -> None:
    item = made()

    plan = undo(RUN, [event()], World((item,)), Plan())

    after = link(agreed=replace(FIELDS, status=Status.CANCELLED))
    change = FieldChange("status", Status.OPEN, Status.CANCELLED)
    assert plan.steps == (Step(Verb.CLOSE, item, Merged(after, write=(change,)), "the run that made it is taken back"),)


def test_an_issue_in_progress_is_closed_from_there() -> None:
    started = replace(FIELDS, status=Status.IN_PROGRESS)

    (step,) = undo(RUN, [event()], World((made(fields=started, link=link(started)),)), Plan()).steps

    assert step.merged
    assert step.merged.write == (FieldChange("status", Status.IN_PROGRESS, Status.CANCELLED),)


def test_an_issue_of_a_tracker_without_states_is_closed_too() -> None:
    bare = replace(FIELDS, status=None)

    assert taken_back(made(fields=bare, link=link(bare))) == ["I1"]


def test_only_what_this_run_made_is_taken_back() -> None:
    history = [event("A", run=LATER), event("B"), event("C", "adopted"), event("D", "relinked")]

    assert taken_back(*(made(ident) for ident in "ABCDE"), history=history) == ["B"]


def test_what_another_run_had_to_do_with_since_is_left() -> None:
    """Somebody worked on it: a later run has written that down."""
    history = [event("A"), event("B"), event("A", "changed", run=LATER)]

    assert taken_back(made("A"), made("B"), history=history) == ["B"]


def test_what_happened_before_the_issue_was_made_is_no_hindrance() -> None:
    earlier = [event(kind=kind, run="R0") for kind in ("held", "failed", "changed")]

    assert taken_back(made(), history=[*earlier, event()]) == ["I1"]


def test_what_the_run_itself_wrote_down_is_no_hindrance() -> None:
    assert taken_back(made(), history=[event(), event(kind="conflict")]) == ["I1"]


def test_events_of_other_items_are_no_hindrance() -> None:
    assert taken_back(made(), history=[event(), event("X", "changed", run=LATER)]) == ["I1"]


@pytest.mark.parametrize(
    "changes",
    [
        {"sight": issue(REWORDED)},
        {"sight": issue(DONE)},
        {"sight": Unseen.GONE},
        {"sight": Unseen.UNKNOWN},
        {"link": None},
        {"link": link(ref=None)},
        {"link": link(gone=True)},
        {"link": link(DONE), "known": known(fields=DONE)},
        {"link": link(replace(FIELDS, status=Status.CANCELLED), document=FIELDS)},
        {"known": known(fields=REWORDED)},
        {"known": known(fields=DONE)},
    ],
    ids=[
        "somebody reworded the issue",
        "somebody closed the issue in this moment",
        "somebody deleted the issue",
        "its tracker cannot be read",
        "it has no issue",
        "its issue is only intended",
        "its issue was deleted earlier",
        "it is done on both sides",
        "its issue is closed already",
        "the author reworded it",
        "the author ticked it",
    ],
)
def test_what_somebody_touched_is_left_and_the_next_one_is_taken_back(changes: dict[str, Any]) -> None:
    assert taken_back(made("I1", **changes), made("I2")) == ["I2"]


def test_an_issue_that_was_read_again_and_says_the_same_is_taken_back() -> None:
    assert taken_back(made(sight=issue())) == ["I1"]


def test_what_waits_for_a_yes_goes_on_waiting_and_the_tracker_is_seen_again() -> None:
    """Taking back carries out no other step: what was decided besides has to be decided anew."""
    waits = planned(tracked(document=replace(DOCUMENT, is_template=True)))

    plan = undo(RUN, [], World(()), waits)

    assert plan == Plan((), waits.held, partial=True)


def test_the_link_moves_on_only_in_what_is_agreed() -> None:
    before = Link("I1", "board", ref(), FIELDS, replace(FIELDS, owners=("ana",)), Fields("Agreed"), error="late")

    (step,) = undo(RUN, [event()], World((made(link=before),)), Plan()).steps

    assert step.merged
    assert step.merged.link == replace(before, agreed=Fields("Agreed", Status.CANCELLED))
