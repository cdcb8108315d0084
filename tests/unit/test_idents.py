"""Which item is which over all documents of a source: what stays, what moved, what was renamed, what is gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from pmtrack.model import ActionItem, Document, Fields, Known
from pmtrack.sync.idents import Kept, keep
from support.worlds import DOCUMENT, TODAY, item

ALERT, ALERTS = "Add an alert on the mail queue", "Add some alerts on the mail queue"
RUNBOOK, ROTATE = "Write the runbook", "Rotate every certificate"


def there(ident: str, title: str, path: str = "a.md", **changes: Any) -> Known:
    said = Fields(title)
    return replace(Known(ident, "pm", path, 0, item(said), said, first_seen=TODAY), **changes)


def document(path: str, title: str = "", *, present: bool = True) -> Document:
    return replace(DOCUMENT, path=path, title=title or path, present=present)


def kept(
    known: Sequence[Known],
    fresh: Mapping[str, Sequence[str | ActionItem]],
    documents: Sequence[Document] = (),
    **tickets: str,
) -> tuple[Kept, list[str]]:
    """The idents by path, and those of the items that are gone. `tickets`: ticket -> ident of the item it names."""

    def named(_before: Sequence[Known], now: Sequence[ActionItem]) -> list[str | None]:
        return [tickets.get(one.ticket or "") for one in now]

    paths = {one.path: one for one in documents} or {path: document(path) for path in fresh}
    items = {
        path: [one if isinstance(one, ActionItem) else item(Fields(one)) for one in now] for path, now in fresh.items()
    }
    idents, gone = keep(paths, known, items, named)
    return idents, [one.ident for one in gone]


def _item(words: str | ActionItem) -> ActionItem:
    return words if isinstance(words, ActionItem) else item(Fields(words))


def test_an_item_keeps_its_ident_in_its_document_and_a_new_one_has_none() -> None:
    assert kept([there("A", ALERT)], {"a.md": [RUNBOOK, ALERT]}) == ({"a.md": [None, "A"]}, [])


def test_a_reworded_item_keeps_its_ident() -> None:
    assert kept([there("A", ALERT)], {"a.md": [ALERTS]}) == ({"a.md": ["A"]}, [])


def test_the_item_whose_issue_a_ticket_names_is_that_one() -> None:
    reworded = item(Fields(ROTATE), ticket="T7")

    assert kept([there("A", ALERT)], {"a.md": [reworded]}, T7="A") == ({"a.md": ["A"]}, [])


def test_an_item_that_is_nowhere_any_more_is_gone() -> None:
    assert kept([there("A", ALERT), there("B", RUNBOOK)], {"a.md": [ALERT]}) == ({"a.md": ["A"]}, ["B"])


def test_an_item_that_was_gone_before_is_not_gone_again() -> None:
    assert kept([there("A", ALERT, present=False)], {"a.md": [RUNBOOK]}) == ({"a.md": [None]}, [])


def test_a_document_that_is_there_and_did_not_change_loses_nothing() -> None:
    documents = [document("a.md"), document("b.md")]

    assert kept([there("A", ALERT, "b.md")], {"a.md": [RUNBOOK]}, documents) == ({"a.md": [None]}, [])


def test_what_was_in_a_deleted_document_is_gone() -> None:
    documents = [document("a.md"), document("b.md", present=False)]

    assert kept([there("A", ALERT, "b.md")], {"a.md": [RUNBOOK]}, documents) == ({"a.md": [None]}, ["A"])


class TestMoved:
    def test_the_same_words_in_another_document_are_the_same_item(self) -> None:
        before = [there("A", ALERT), there("B", RUNBOOK, "b.md")]

        assert kept(before, {"a.md": [], "b.md": [RUNBOOK, ALERT]}) == ({"a.md": [], "b.md": ["B", "A"]}, [])

    def test_other_words_in_a_document_that_was_there_are_another_item(self) -> None:
        before = [there("A", ALERT), there("B", RUNBOOK, "b.md")]

        assert kept(before, {"a.md": [], "b.md": [RUNBOOK, ALERTS]}) == ({"a.md": [], "b.md": ["B", None]}, ["A"])

    def test_a_ticket_is_followed_into_another_document_whatever_the_words(self) -> None:
        before = [there("A", ALERT), there("B", RUNBOOK, "b.md")]
        other = item(Fields(ROTATE), ticket="T7")

        assert kept(before, {"a.md": [], "b.md": [RUNBOOK, other]}, T7="A") == ({"a.md": [], "b.md": ["B", "A"]}, [])

    def test_one_item_moves_to_one_place(self) -> None:
        assert kept([there("A", ALERT)], {"a.md": [], "b.md": [ALERT], "c.md": [ALERT]}) == (
            {"a.md": [], "b.md": ["A"], "c.md": [None]},
            [],
        )

    def test_what_stayed_in_its_document_moves_nowhere(self) -> None:
        """Somebody copied a line: the copy is another piece of work."""
        assert kept([there("A", ALERT)], {"a.md": [ALERT], "b.md": [ALERT]}) == ({"a.md": ["A"], "b.md": [None]}, [])

    def test_of_several_that_moved_each_keeps_its_own(self) -> None:
        before = [there("A", ALERT), there("B", RUNBOOK), there("C", ROTATE)]

        assert kept(before, {"a.md": [RUNBOOK], "b.md": [ROTATE, "Another", ALERT]}) == (
            {"a.md": ["B"], "b.md": ["C", None, "A"]},
            [],
        )


class TestOfAlikeItems:
    """The same words stood in several documents, and in one more they are new."""

    GONE, NEW = document("old.md", "Outage", present=False), document("new.md", "Fire")

    def test_a_new_document_has_that_of_one_that_is_gone(self) -> None:
        documents = [document("a.md"), self.GONE, self.NEW]
        before = [there("A", ALERT), there("B", ALERT, "old.md")]

        assert kept(before, {"a.md": [], "new.md": [ALERT]}, documents) == ({"a.md": [], "new.md": ["B"]}, ["A"])

    def test_a_document_that_was_there_has_that_of_one_that_is_there(self) -> None:
        documents = [self.GONE, document("b.md"), document("c.md")]
        before = [there("A", ALERT, "old.md"), there("B", ALERT, "b.md"), there("C", RUNBOOK, "c.md")]

        assert kept(before, {"b.md": [], "c.md": [RUNBOOK, ALERT]}, documents) == (
            {"b.md": [], "c.md": ["C", "B"]},
            ["A"],
        )

    def test_a_new_document_has_those_of_the_one_that_it_shares_most_with(self) -> None:
        documents = [document("one.md", present=False), document("two.md", present=False), self.NEW]
        one = [there("A", ALERT, "one.md"), there("B", "Call the vendor", "one.md"), there("C", ROTATE, "one.md")]
        two = [there("D", ALERT, "two.md"), there("E", RUNBOOK.upper(), "two.md")]

        idents, gone = kept([*one, *two], {"new.md": [ALERT, RUNBOOK]}, documents)

        assert (idents, sorted(gone)) == ({"new.md": ["D", "E"]}, ["A", "B", "C"])


class TestRenamed:
    GONE = (document("old.md", "Outage", present=False), document("new.md", "Outage"))

    def test_a_document_with_the_same_title_is_the_same_under_a_new_name(self) -> None:
        assert kept([there("A", ALERT, "old.md")], {"new.md": [ALERTS]}, self.GONE) == ({"new.md": ["A"]}, [])

    def test_a_document_with_an_item_of_the_old_one_is_the_same_whatever_its_title(self) -> None:
        documents = [document("old.md", "Outage", present=False), document("new.md", "The outage of Friday")]
        before = [there("A", ALERT, "old.md"), there("B", RUNBOOK, "old.md")]

        assert kept(before, {"new.md": [RUNBOOK, ALERTS]}, documents) == ({"new.md": ["B", "A"]}, [])

    def test_another_title_and_no_item_in_common_is_another_document(self) -> None:
        documents = [document("old.md", "Outage", present=False), document("new.md", "Fire")]

        assert kept([there("A", ALERT, "old.md")], {"new.md": [ALERTS]}, documents) == ({"new.md": [None]}, ["A"])

    def test_a_document_with_the_same_title_that_is_still_there_was_not_renamed(self) -> None:
        documents = [document("old.md", "Outage"), document("new.md", "Outage")]

        assert kept([there("A", ALERT, "old.md")], {"old.md": [], "new.md": [ALERTS]}, documents) == (
            {"old.md": [], "new.md": [None]},
            ["A"],
        )

    def test_only_a_new_document_may_be_an_old_one_renamed(self) -> None:
        before = [there("A", ALERT, "old.md"), there("B", ROTATE, "new.md")]

        assert kept(before, {"new.md": [ROTATE, ALERTS]}, self.GONE) == ({"new.md": ["B", None]}, ["A"])

    def test_an_item_of_a_third_document_is_no_item_of_the_renamed_one(self) -> None:
        documents = [*self.GONE, document("third.md", "Fire")]
        before = [there("A", ALERT, "third.md"), there("B", RUNBOOK, "old.md")]

        assert kept(before, {"new.md": [ALERTS, RUNBOOK], "third.md": []}, documents) == (
            {"new.md": [None, "B"], "third.md": []},
            ["A"],
        )

    def test_a_ticket_is_followed_under_the_new_name(self) -> None:
        reworded = item(Fields(ROTATE), ticket="T7")

        assert kept([there("A", ALERT, "old.md")], {"new.md": [RUNBOOK, reworded]}, self.GONE, T7="A") == (
            {"new.md": [None, "A"]},
            [],
        )

    def test_reworded_items_between_new_ones_keep_their_own(self) -> None:
        before = [there("A", ALERT, "old.md"), there("B", "Write the runbook of the gateway", "old.md")]
        now = [ROTATE, "Write a runbook of the gateway", "Call the vendor", ALERTS]

        assert kept(before, {"new.md": now}, self.GONE) == ({"new.md": [None, "B", None, "A"]}, [])

    def test_two_new_documents_share_what_the_old_one_had(self) -> None:
        documents = [*self.GONE, document("more.md", "Outage")]
        before = [there("A", ALERT, "old.md"), there("B", RUNBOOK, "old.md")]

        assert kept(before, {"more.md": [RUNBOOK], "new.md": [ALERTS]}, documents) == (
            {"more.md": ["B"], "new.md": ["A"]},
            [],
        )


def test_nobody_asks_for_tickets_where_nothing_is_left_to_place() -> None:
    """A lookup goes to the store: it is made for those that may have moved, and with those that are new."""
    asked: list[tuple[list[str], list[str]]] = []

    def named(before: Sequence[Known], now: Sequence[ActionItem]) -> list[str | None]:
        asked.append(([one.ident for one in before], [one.fields.title for one in now]))
        return [None] * len(now)

    before = [there("A", ALERT), there("B", RUNBOOK)]
    items = {"a.md": [item(Fields(ALERT))], "b.md": [item(Fields(ROTATE))]}
    keep({path: document(path) for path in items}, before, items, named)

    assert asked[:3] == [(["A", "B"], [ALERT]), ([], [ROTATE]), (["B"], [ROTATE])]


@pytest.mark.parametrize("path", ["a.md", "b.md"])
def test_documents_without_items_have_no_idents(path: str) -> None:
    assert kept([], {path: []}) == ({path: []}, [])


def test_a_document_under_a_new_name_takes_its_items_before_another_that_says_the_same_now() -> None:
    documents = [document("a.md"), document("old.md", present=False), document("z.md")]

    idents, gone = kept(
        [there("I", ALERT, "old.md"), there("R", RUNBOOK)], {"a.md": [RUNBOOK, ALERT], "z.md": [ALERT]}, documents
    )
    assert (idents, gone) == ({"a.md": ["R", None], "z.md": ["I"]}, [])


def test_an_issue_that_names_just_this_place_is_heard_before_a_move() -> None:
    """Two lines with the same words are new at once; one has an issue of its own that the store does not remember."""
    known = [there("I", ALERT, "old.md")]
    items = {"a.md": [item(Fields(ALERT))], "b.md": [item(Fields(ALERT))], "old.md": []}
    paths = {path: document(path) for path in items}
    marks = {("a.md", ALERT): "M"}

    idents, gone = keep(
        paths, known, items, lambda _, now: [None] * len(now), lambda path, one: marks.get((path, one.fields.title))
    )

    assert (idents, gone) == ({"a.md": ["M"], "b.md": ["I"], "old.md": []}, [])
