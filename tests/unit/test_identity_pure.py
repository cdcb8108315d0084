"""Which item is which, at the edge of what still counts as the same work."""

from __future__ import annotations

from typing import Any

from rapidfuzz import fuzz

from pmtrack.documents.identity import AHEAD, ALIKE, match, moved
from pmtrack.model import ActionItem, Fields, Known, Span
from pmtrack.text import normal
from support.worlds import TODAY


def item(title: str, ticket: str | None = None, section: str = "Action items") -> ActionItem:
    return ActionItem(Fields(title), line=1, span=Span(0, 0), ticket=ticket, section=section)


def known(ident: str, title: str, **changes: Any) -> Known:
    return Known(ident, "pm", "a.md", 0, item(title), Fields(title), TODAY, **changes)


def matched(before: list[str], now: list[str]) -> list[str | None]:
    return match([known(title, title) for title in before], [item(title) for title in now])


def likeness(one: str, other: str) -> float:
    return fuzz.token_sort_ratio(normal(one), normal(other))


def test_a_wording_that_is_just_like_enough_is_the_same_item() -> None:
    assert likeness("Add the runbook", "Fix the runbook") == ALIKE == 80
    assert matched(["Add the runbook"], ["Fix the runbook"]) == ["Add the runbook"]


def test_a_wording_that_is_not_quite_like_enough_is_another_item() -> None:
    assert likeness("Add a log", "Fix a log") < ALIKE
    assert matched(["Add a log"], ["Fix a log"]) == [None]


def test_a_wording_that_is_just_far_enough_ahead_is_the_same_item() -> None:
    """One line became two: the better one has the issue, and there is no doubt which that is."""
    old, better, other = "Fix disk A", "Fix disk B", "Fix dusk B"
    assert likeness(old, better) - likeness(old, other) == AHEAD == 10
    assert matched([old], [other, better]) == [None, old]
    assert matched([better, other], [old]) == [better]


def test_the_comparison_does_not_care_for_case_or_order_of_words() -> None:
    assert matched(["Fix disk A"], ["a: disk FIX!"]) == ["Fix disk A"]


def test_two_lines_with_the_same_words_and_the_same_ticket_are_not_the_same_item_twice() -> None:
    """Somebody pasted the line once more: the first one is the item, the second one is new."""
    now = [item("Fix disk A", "#7"), item("Fix disk A", "#7")]
    assert match([known("1", "Fix disk A")], now, ["1", "1"]) == ["1", None]


def test_a_pair_that_is_certain_goes_on_beside_one_that_is_not() -> None:
    now = ["Fix disk B", "Fix disk C", "Rotate all certificates now"]
    assert matched(["Fix disk A", "Rotate all certificates"], now) == [None, None, "Rotate all certificates"]


def test_the_heading_of_another_document_may_be_another_one() -> None:
    assert moved([known("1", "Fix disk A")], [item("Fix disk A", section="Follow-ups")]) == ["1"]


def test_an_item_comes_back_under_another_heading() -> None:
    gone = known("1", "Fix disk A", present=False)
    assert match([gone], [item("Fix disk A", section="Follow-ups")]) == ["1"]


def test_alike_items_that_all_went_under_another_heading_keep_their_order() -> None:
    """By likeness alone they would be nobody's: each is as good as the other."""
    now = [item("Fix disk A", section="Follow-ups")] * 2
    assert match([known("1", "Fix disk A"), known("2", "Fix disk A")], now) == ["1", "2"]
