"""Which item is which: what a person would say who has both versions of the document before them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmtrack.documents.identity import match, moved
from pmtrack.model import ActionItem, Fields, Known, Span
from support.worlds import TODAY

ALERT = "Add an alert on the depth of the mail queue"
RUNBOOK = "Write the runbook of the payment gateway"
RESTORE = "Try a restore of the ledger every month"


def item(title: str, section: str = "Action items", ticket: str | None = None) -> ActionItem:
    return ActionItem(Fields(title), line=1, span=Span(0, 0), section=section, ticket=ticket)


def known(ident: str, title: str, section: str = "Action items", ticket: str | None = None, **changes: Any) -> Known:
    said = item(title, section, ticket)
    return Known(ident, "pm", "a.md", 0, said, said.fields, TODAY, **changes)


def matched(before: list[str], now: list[str]) -> list[str | None]:
    """Numbers of the old items, from 1, that the new ones keep."""
    return match([known(str(number), title) for number, title in enumerate(before, 1)], [item(title) for title in now])


@pytest.mark.parametrize(
    ("before", "now", "kept"),
    [
        ([], [], []),
        ([], [ALERT], [None]),
        ([ALERT], [], []),
        ([ALERT, RUNBOOK], [ALERT, RUNBOOK], ["1", "2"]),
        ([ALERT, RUNBOOK], [RUNBOOK, ALERT], ["2", "1"]),
        ([ALERT, RUNBOOK], [RESTORE, ALERT, RUNBOOK], [None, "1", "2"]),
        ([ALERT, RUNBOOK], [RUNBOOK], ["2"]),
    ],
    ids=["nothing", "new", "all gone", "as before", "reordered", "one more in front", "one less"],
)
def test_equal_words_keep_their_ident_wherever_they_stand(
    before: list[str], now: list[str], kept: list[str | None]
) -> None:
    assert matched(before, now) == kept


@pytest.mark.parametrize(
    "now",
    [
        ALERT.upper(),
        ALERT.replace(" ", "   "),
        f" {ALERT}. ",
        ALERT.replace("queue", "queues"),
        ALERT.replace("Add an alert", "Add an early alert"),
        "On the depth of the mail queue add an alert",
    ],
    ids=["case", "blanks", "full stop", "plural", "one word more", "other order of words"],
)
def test_a_small_rewording_keeps_the_ident(now: str) -> None:
    assert matched([ALERT, RUNBOOK], [now, RUNBOOK]) == ["1", "2"]


@pytest.mark.parametrize(
    "now",
    [
        RESTORE,
        "Add an alert",
        f"{ALERT} and page the night shift when it stays above a thousand for ten minutes",
        "Queue",
    ],
    ids=["another item", "the beginning of it", "much more of it", "one word of it"],
)
def test_a_large_rewording_is_a_new_item(now: str) -> None:
    """The beginning of a sentence is no likeness: by a subset alone "Add an alert" would be every alert."""
    assert matched([ALERT], [now]) == [None]


def test_two_equally_good_rewordings_are_nobodys() -> None:
    """A wrong issue under an item is worse than a new one."""
    assert matched([ALERT], [f"{ALERT} A", f"{ALERT} B"]) == [None, None]


def test_one_new_item_that_is_like_two_old_ones_is_new() -> None:
    assert matched([f"{ALERT} A", f"{ALERT} B"], [f"{ALERT} C"]) == [None]


def test_of_two_like_ones_the_clearly_better_keeps_the_ident() -> None:
    """An item that was split in two: the half that says nearly all of it has the issue."""
    first = "Add an alert on the depth of the mail queues"
    assert matched([ALERT], ["Add an alert on the age of every letter", first]) == [None, "1"]


def test_of_two_merged_ones_the_clearly_better_keeps_its_ident() -> None:
    assert matched(["Add an alert on the age of every letter", ALERT], [f"{ALERT} too"]) == ["2"]


def test_equal_words_are_not_given_away_for_like_ones() -> None:
    assert matched([ALERT], [f"{ALERT}s", ALERT]) == [None, "1"]


def test_alike_items_are_told_apart_by_their_section() -> None:
    before = [known("1", ALERT, "Mail"), known("2", ALERT, "Payments")]
    now = [item(ALERT, "Payments"), item(ALERT, "Mail")]
    assert match(before, now) == ["2", "1"]


def test_alike_items_of_one_section_are_told_apart_by_their_order() -> None:
    assert matched([ALERT, ALERT, ALERT], [ALERT, ALERT]) == ["1", "2"]
    assert matched([ALERT], [ALERT, ALERT]) == ["1", None]


def test_a_renamed_section_takes_its_items_along() -> None:
    assert match([known("1", ALERT, "Actions")], [item(ALERT, "Follow-ups")]) == ["1"]


def test_a_ticket_says_more_than_words() -> None:
    before = [known("1", ALERT, ticket="#7"), known("2", RUNBOOK)]
    now = [item(RUNBOOK, ticket="#7"), item(RESTORE)]
    assert match(before, now, ["1", None]) == ["1", None]


def test_a_ticket_named_twice_counts_where_it_stands_first() -> None:
    now = [item(RESTORE, ticket="#7"), item(RUNBOOK, ticket="#7")]
    assert match([known("1", ALERT, ticket="#7")], now, ["1", "1"]) == ["1", None]


def test_a_ticket_named_twice_counts_where_its_words_are() -> None:
    """A line that quotes the ticket of the next one does not take its issue."""
    now = [item(RESTORE, ticket="#7"), item(ALERT, ticket="#7")]
    assert match([known("1", ALERT, ticket="#7")], now, ["1", "1"]) == [None, "1"]


def test_a_ticket_that_an_item_never_wrote_does_not_take_it_away_from_its_words() -> None:
    now = [item(RESTORE, ticket="#7"), item(ALERT)]
    assert match([known("1", ALERT)], now, ["1", None]) == [None, "1"]
    assert match([known("1", ALERT)], now[:1], ["1"]) == ["1"]


def test_a_ticket_moves_to_another_document_with_other_words() -> None:
    vanished = [known("1", ALERT, ticket="#7")]
    assert moved(vanished, [item(ALERT), item(RESTORE, ticket="#7")], [None, "1"]) == [None, "1"]


def test_a_vanished_item_comes_back_by_its_exact_text_only() -> None:
    gone = known("1", ALERT, present=False)
    assert match([gone], [item(ALERT)]) == ["1"]
    assert match([gone], [item(f"{ALERT}s")]) == [None]


def test_one_that_is_still_there_goes_before_one_that_vanished() -> None:
    before = [known("1", ALERT, present=False), known("2", ALERT)]
    assert match(before, [item(ALERT)]) == ["2"]
    assert match(before, [item(ALERT), item(ALERT)]) == ["2", "1"]


def test_only_equal_words_move_to_another_document() -> None:
    vanished = [known("1", ALERT), known("2", RUNBOOK)]
    assert moved(vanished, [item(RUNBOOK), item(f"{ALERT}s"), item(RESTORE)]) == ["2", None, None]
    assert moved([], [item(ALERT)]) == [None]


TITLES = st.lists(st.sampled_from([ALERT, f"{ALERT}s", RUNBOOK, RESTORE, "", "Ä", "猫"]), max_size=6)


@given(TITLES, TITLES)
def test_nobody_gets_an_ident_twice_and_equal_words_never_lose_theirs(before: list[str], now: list[str]) -> None:
    kept = matched(before, now)
    given_out = [ident for ident in kept if ident]
    assert len(kept) == len(now)
    assert len(given_out) == len(set(given_out))
    for title in set(before):
        both = min(before.count(title), now.count(title))
        alike = [ident for ident, text in zip(kept, now, strict=True) if text == title]
        assert sum(ident is not None and before[int(ident) - 1] == title for ident in alike) == both


@given(TITLES)
def test_the_same_document_keeps_every_ident(titles: list[str]) -> None:
    assert matched(titles, titles) == [str(number) for number in range(1, len(titles) + 1)]
