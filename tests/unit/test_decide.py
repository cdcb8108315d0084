"""What a person's words make of an item."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pmtrack.errors import PmtrackError
from pmtrack.model import CREATE, TRACK, Acceptance, BlockState, EditedBlock, Known
from pmtrack.sync.decide import ACKNOWLEDGE, DECISIONS, decided, decided_block
from support.worlds import DOCUMENT, item, known

PROPOSED = known(acceptance=Acceptance.PROPOSED)


@pytest.mark.parametrize(
    ("words", "changes"),
    [
        ("create", {"acceptance": Acceptance.ACCEPTED, "decision": CREATE}),
        ("track", {"acceptance": Acceptance.ACCEPTED, "decision": TRACK}),
        ("adopt OPS-3", {"acceptance": Acceptance.ACCEPTED, "decision": "adopt OPS-3"}),
        ("accept", {"acceptance": Acceptance.ACCEPTED}),
        ("dismiss", {"acceptance": Acceptance.DISMISSED}),
        ("acknowledge", {}),
    ],
)
@pytest.mark.parametrize("before", [PROPOSED, known(decision=TRACK), known(acceptance=Acceptance.DISMISSED)])
def test_a_decision_changes_what_it_says_and_nothing_else(
    words: str, changes: dict[str, object], before: Known
) -> None:
    assert decided(before, words, "it is a note") == replace(before, **changes)  # type: ignore[arg-type]


def test_the_words_are_these() -> None:
    assert list(DECISIONS) == ["create", "adopt", "track", "accept", "dismiss", ACKNOWLEDGE]


@pytest.mark.parametrize("words", [" adopt  OPS-3 ", "adopt OPS-3\n", "adopt   OPS-3"])
def test_blanks_around_the_words_are_nothing(words: str) -> None:
    made = decided(PROPOSED, words, "")

    assert made.decision == "adopt OPS-3"
    assert made.ticket == "OPS-3"


def test_the_name_of_an_issue_may_have_a_blank_in_it() -> None:
    assert decided(PROPOSED, "adopt issues/0007 mail.md", "").ticket == "issues/0007 mail.md"


def test_what_a_person_says_goes_before_the_ticket_in_the_document() -> None:
    named = known(item=item(ticket="#1"))

    assert decided(named, "adopt #2", "").ticket == "#2"
    assert decided(named, "create", "").ticket == "#1"


@pytest.mark.parametrize("words", ["", "close", "Create", "adopted OPS-3"])
def test_other_words_are_refused_with_those_that_can_be_said(words: str) -> None:
    with pytest.raises(PmtrackError) as refused:
        decided(PROPOSED, words, "")

    assert str(refused.value) == (
        f"{words!r} is no decision: write create, adopt, track, accept, dismiss or acknowledge"
    )


@pytest.mark.parametrize("words", ["adopt", "adopt  "])
def test_an_adoption_names_its_issue(words: str) -> None:
    with pytest.raises(PmtrackError, match=r"^adopt needs the issue: write adopt KEY$"):
        decided(PROPOSED, words, "because")


@pytest.mark.parametrize("reason", ["", "  "])
def test_nobody_dismisses_without_a_reason(reason: str) -> None:
    with pytest.raises(PmtrackError) as refused:
        decided(PROPOSED, "dismiss", reason)

    assert str(refused.value) == "dismiss needs a reason, for whoever asks later why this was not done"


@pytest.mark.parametrize(("words", "state"), [("keep", BlockState.KEPT), ("replace", BlockState.REPLACE)])
def test_what_a_person_wants_of_a_report_with_their_own_words(words: str, state: BlockState) -> None:
    edited = replace(DOCUMENT, block=EditedBlock(BlockState.EDITED, "f1"))

    assert decided_block(edited, words) == replace(DOCUMENT, block=EditedBlock(state, "f1"))
