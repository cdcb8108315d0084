"""Under which ident a new item is known, and whose issue a ticket names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import pytest

from pmtrack.model import Fields, Issue, Known, Link, Marker
from pmtrack.sources.base import Seen
from pmtrack.sync.documents import Reading
from pmtrack.sync.issues import Board
from pmtrack.sync.naming import Naming, by_ticket, holders
from pmtrack.text import digest
from pmtrack.trackers.memory import MemoryTracker
from support.bench import BenchStore, Pages
from support.worlds import DOCUMENT, FIELDS, issue, item, known, link, ref

TITLE = FIELDS.title
NOW = item(FIELDS)


def stray(ident: str, path: str = "outage.md", title: str = TITLE, number: int = 1) -> Issue:
    return issue(number=number, marker=Marker(ident, path, digest(title)))


def board(*strays: Issue, error: str | None = None) -> Board:
    return Board("board", MemoryTracker("board"), strays=strays, error=error)


@dataclass(slots=True)
class Listed(Pages):
    """Counts how often it was listed."""

    times: list[int] = field(default_factory=list)

    def documents(self) -> Iterator[Seen]:
        self.times.append(1)
        return Pages.documents(self)


def naming(*paths: str, given: Iterable[str] = (), shut: str | None = None) -> Naming:
    numbers = count(1)
    pages = Listed(texts=dict.fromkeys(paths, ""), shut=shut)
    return Naming({"pm": pages}, lambda: f"N{next(numbers)}", set(given))


class TestTheNameOfANewItem:
    def test_a_new_one_where_no_issue_speaks_of_it(self) -> None:
        name = naming().at(board())

        assert [name("outage.md", NOW), name("outage.md", NOW)] == ["N1", "N2"]

    def test_that_in_the_marker_of_an_issue_of_its_document_with_its_words(self) -> None:
        assert naming("outage.md").at(board(stray("A")))("outage.md", NOW) == "A"

    def test_an_ident_is_given_once(self) -> None:
        """Two lines with the same words, and one issue from before: the second is another item."""
        name = naming("outage.md").at(board(stray("A")))

        assert [name("outage.md", NOW), name("outage.md", NOW)] == ["A", "N1"]

    def test_two_lines_with_the_same_words_get_their_two_issues_back(self) -> None:
        name = naming("outage.md").at(board(stray("A"), stray("B", number=2)))

        assert [name("outage.md", NOW), name("outage.md", NOW)] == ["A", "B"]

    def test_an_ident_that_belongs_to_an_item_already_is_not_given(self) -> None:
        assert naming("outage.md", given=["A"]).at(board(stray("A")))("outage.md", NOW) == "N1"

    def test_a_new_ident_is_given_as_well(self) -> None:
        names = naming()

        names.at(board())("outage.md", NOW)

        assert names.given == {"N1"}

    def test_an_issue_of_another_document_that_is_there_is_another_item(self) -> None:
        assert naming("outage.md", "fire.md").at(board(stray("A", "fire.md")))("outage.md", NOW) == "N1"

    def test_an_issue_with_other_words_is_another_item(self) -> None:
        assert naming("outage.md").at(board(stray("A", title="Buy servers")))("outage.md", NOW) == "N1"

    def test_the_case_of_the_words_does_not_matter(self) -> None:
        assert naming("outage.md").at(board(stray("A", title=TITLE.upper())))("outage.md", NOW) == "A"

    def test_an_issue_of_a_document_that_is_not_there_speaks_of_a_renamed_one(self) -> None:
        name = naming("new.md").at(board(stray("A", "old.md")))

        assert [name("new.md", NOW), name("new.md", NOW)] == ["A", "N1"]

    def test_an_issue_of_this_document_goes_before_one_of_a_renamed_document(self) -> None:
        name = naming("outage.md").at(board(stray("A", "old.md"), stray("B", number=2)))

        assert name("outage.md", NOW) == "B"


class TestRenamed:
    def test_nothing_rests_on_the_absence_of_a_document_when_a_source_cannot_be_listed(self) -> None:
        assert naming("new.md", shut="no such folder").renamed(board(stray("A", "old.md")), NOW, ()) is None

    def test_a_document_of_any_source_is_there(self) -> None:
        names = naming("new.md")
        names.sources = {**names.sources, "more": Pages("more", {"old.md": ""})}

        assert names.renamed(board(stray("A", "old.md")), NOW, ()) is None

    def test_the_sources_are_listed_once_and_only_when_it_matters(self) -> None:
        names = naming("new.md")
        pages = names.sources["pm"]
        assert isinstance(pages, Listed)

        names.renamed(board(), NOW, ())
        assert pages.times == []
        for _ in range(2):
            assert names.renamed(board(stray("A", "old.md")), NOW, ()) == stray("A", "old.md")
        assert pages.times == [1]

    def test_one_whose_ident_is_taken_is_left_to_its_item(self) -> None:
        found = naming("new.md").renamed(board(stray("A", "old.md"), stray("B", "old.md", number=2)), NOW, {"A"})

        assert found == stray("B", "old.md", number=2)


class TestHolders:
    @staticmethod
    def there(ident: str, path: str, title: str = TITLE, **changes: Any) -> Known:
        return known(ident, replace(FIELDS, title=title), path=path, **changes)

    def held(self, *stored: Known, fresh: Sequence[Known] = (), links: Sequence[Link] = ()) -> dict[str, set[str]]:
        """By the words: what was stored and what was read now."""
        store = BenchStore()
        with store.writing() as writer:
            for one in stored:
                writer.save_document(replace(DOCUMENT, source=one.source, path=one.path))
            writer.save_items(stored)
            for one in links:
                writer.save_link(one)
        reading = Reading("pm", known={one.ident: one for one in fresh})
        return dict(holders(store, [reading, Reading("more")]))

    def test_the_documents_in_which_the_words_stand(self) -> None:
        items = [self.there("A", "a.md"), self.there("B", "b.md", TITLE.upper()), self.there("C", "c.md", "Other")]

        assert self.held(*items) == {digest(TITLE): {"a.md", "b.md"}, digest("Other"): {"c.md"}}

    def test_in_every_source_that_is_read(self) -> None:
        items = [self.there("A", "a.md"), self.there("B", "b.md", source="more"), self.there("C", "c.md", source="old")]

        assert self.held(*items) == {digest(TITLE): {"a.md", "b.md"}}

    @pytest.mark.parametrize(
        ("has", "holds"),
        [(link(ident="A"), False), (link(ident="A", ref=None), True), (link(ident="A", gone=True), True)],
        ids=["an issue", "one that is only intended", "one that was deleted"],
    )
    def test_an_item_that_has_its_issue_needs_no_other(self, has: Link, holds: bool) -> None:
        items = [self.there("A", "a.md"), self.there("B", "b.md")]

        assert self.held(*items, links=[has]) == {digest(TITLE): {"a.md", "b.md"} if holds else {"b.md"}}

    def test_words_that_left_stand_nowhere(self) -> None:
        assert self.held(self.there("A", "a.md", present=False)) == {}

    def test_what_was_read_now_goes_before_what_is_stored(self) -> None:
        stored = [self.there("A", "a.md"), self.there("B", "b.md")]

        assert self.held(*stored, fresh=[self.there("A", "new.md"), self.there("B", "b.md", present=False)]) == {
            digest(TITLE): {"new.md"}
        }


class TestByTicket:
    """`("I1", "#7")` is an item that names the issue 7 by its own words."""

    @staticmethod
    def before(ident: str, ticket: str | None = None, *, present: bool = True) -> Known:
        return known(ident, item=item(FIELDS, ticket=ticket), present=present)

    @staticmethod
    def named(before: Sequence[Known], *tickets: str | None, links: Sequence[Link] = ()) -> list[str | None]:
        store = BenchStore()
        with store.writing() as writer:
            writer.save_document(DOCUMENT)
            writer.save_items(before)
            for one in links:
                writer.save_link(one)
        now = [item(Fields(f"Item {n}"), ticket=ticket) for n, ticket in enumerate(tickets)]
        return by_ticket(board(), store)(before, now)

    def test_a_line_that_names_what_an_item_named_is_that_item(self) -> None:
        assert self.named([self.before("A", "#7"), self.before("B")], None, "#7", "#8") == [None, "A", None]

    def test_a_ticket_may_be_written_in_another_way(self) -> None:
        assert self.named([self.before("A", "#7")], "0007") == ["A"]

    def test_a_ticket_of_another_tracker_is_compared_as_it_is_written(self) -> None:
        assert self.named([self.before("A", "OPS-3")], "OPS-3", "OPS-4") == ["A", None]

    def test_an_item_that_left_names_nothing_any_more(self) -> None:
        assert self.named([self.before("A", "#7", present=False)], "#7") == [None]

    def test_a_line_that_names_the_issue_of_an_item_is_that_item(self) -> None:
        assert self.named([self.before("A")], "1", "#1", links=[link(ident="A")]) == ["A", "A"]

    def test_the_issue_of_an_item_that_left_still_says_whose_it_is(self) -> None:
        assert self.named([self.before("A", present=False)], "#1", links=[link(ident="A")]) == ["A"]

    def test_an_issue_of_another_tracker_has_the_same_number_by_chance(self) -> None:
        assert self.named([self.before("A")], "#1", links=[link(ident="A", tracker="jira")]) == [None]

    def test_an_issue_that_is_only_intended_has_no_number(self) -> None:
        assert self.named(
            [self.before("A"), self.before("B")], "#2", links=[link(ident="A", ref=None), link(ident="B", number=2)]
        ) == ["B"]

    def test_the_issue_that_an_item_has_goes_before_what_another_one_says(self) -> None:
        items = [self.before("A"), self.before("B", "#1")]

        assert self.named(items, "#1", links=[link(ident="A")]) == ["A"]

    def test_items_without_tickets_are_not_looked_up(self) -> None:
        assert self.named([self.before("A", "#7")], None, None) == [None, None]
        assert self.named([self.before("A", "#7")]) == []

    def test_a_tracker_that_is_configured_no_more_understands_nothing(self) -> None:
        store = BenchStore()
        gone = Board("board", None, error="there is no [trackers.board] any more")

        found = by_ticket(gone, store)([self.before("A", "#7")], [item(ticket="#7"), item(ticket="7")])

        assert found == ["A", None]

    def test_only_the_links_of_these_items_are_looked_at(self) -> None:
        """The same issue may have been another item's, before that was moved to another document."""
        store = BenchStore()
        with store.writing() as writer:
            writer.save_document(DOCUMENT)
            writer.save_items([self.before("A"), self.before("Z")])
            writer.save_link(link(ident="Z", ref=replace(ref(), id="7", key="#7")))

        assert by_ticket(board(), store)([self.before("A")], [item(ticket="#7")]) == [None]
