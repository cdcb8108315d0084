"""What today's extractor reads otherwise in documents that nobody changed: item by item, in the order of the lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from pmtrack.model import FieldChange, Fields, Known, Status
from pmtrack.sync.documents import read_source
from pmtrack.sync.reextract import Difference, Kind, differences
from support.bench import ALERT, HEAD, NOW, ROTATE, RUNBOOK, TODAY, BenchStore, Pages

EARLIER = "0"


def read_earlier(pages: Pages, otherwise: Callable[[Known], Known] = lambda known: known) -> BenchStore:
    """A store in which an earlier extractor has read these documents, each item `otherwise`."""
    store = BenchStore()
    reading = read_source(
        pages,
        store,
        (),
        today=TODAY,
        now=NOW,
        name=lambda path, item: f"{path}: {item.fields.title}",
        named=lambda _before, now: [None] * len(now),
    )
    with store.writing() as writer:
        for document in reading.documents.values():
            writer.save_document(replace(document, extractor=EARLIER))
        writer.save_items([otherwise(known) for known in reading.known.values()])
    return store


def said(known: Known, **changes: Any) -> Known:
    """The item with other fields."""
    return replace(known, item=replace(known.item, fields=replace(known.item.fields, **changes)))


def page(*items: str) -> str:
    return HEAD + "".join(f"- [ ] {item}\n" for item in items)


def found(pages: Pages, store: BenchStore, problems: list[str] | None = None) -> list[Difference]:
    return list(differences(pages, store, [] if problems is None else problems))


@pytest.fixture
def pages() -> Pages:
    return Pages(texts={"a.md": page(ALERT, RUNBOOK)})


class TestWhichDocuments:
    def test_what_is_read_as_before_differs_in_nothing(self, pages: Pages) -> None:
        assert found(pages, read_earlier(pages)) == []

    def test_what_todays_extractor_has_read_is_not_read_again(self, pages: Pages) -> None:
        store = read_earlier(pages, lambda known: said(known, title="Other"))
        with store.writing() as writer:
            for document in store.documents("pm").values():
                from pmtrack.documents import extractor

                writer.save_document(replace(document, extractor=extractor()))
        pages.reads.clear()

        assert found(pages, store) == []
        assert pages.reads == []

    def test_one_that_an_author_changed_since_is_left_to_the_next_sync(self, pages: Pages) -> None:
        store = read_earlier(pages, lambda known: said(known, priority="P1"))
        pages.texts["a.md"] += "\nMore words.\n"

        assert found(pages, store) == []

    def test_one_that_cannot_be_read_is_left_out_and_the_others_are_told(self, pages: Pages) -> None:
        pages.texts["b.md"] = page(ROTATE)
        store = read_earlier(pages, lambda known: said(known, priority="P1"))
        pages.locked = {"a.md": "not readable"}

        problems: list[str] = []

        assert [one.path for one in found(pages, store, problems)] == ["b.md"]
        assert problems == ["not readable"]

    def test_a_day_without_a_year_counts_from_the_name_of_the_document(self) -> None:
        """Read by the same words and the same name, it says the same."""
        text = f"# Outage\n\n## Action items\n\n| Action | Due |\n| --- | --- |\n| {ALERT} | Dec 24 |\n"
        dated = Pages(texts={"2020-11-18-outage.md": text})
        store = read_earlier(dated)
        assert [known.item.fields.due for known in store.items("pm")] == [date(2020, 12, 24)]

        assert found(dated, store) == []

    def test_they_are_told_by_path_and_line(self, pages: Pages) -> None:
        pages.texts = {name: page(ALERT, RUNBOOK) for name in ("c.md", "a.md", "b.md")}
        store = read_earlier(pages, lambda known: said(known, priority="P1"))

        assert [(one.source, one.path, one.line) for one in found(pages, store)] == [
            ("pm", path, line) for path in ("a.md", "b.md", "c.md") for line in (7, 8)
        ]


class TestWhichItems:
    def test_one_that_was_none_before(self, pages: Pages) -> None:
        store = read_earlier(pages)
        store.tables.items = {k: v for k, v in store.tables.items.items() if v.position}

        assert found(pages, store) == [Difference(Kind.NEW, "pm", "a.md", 7, ALERT)]

    def test_one_that_is_none_any_more(self, pages: Pages) -> None:
        store = read_earlier(pages)
        extra = next(iter(store.tables.items.values()))
        with store.writing() as writer:
            writer.save_items(
                [replace(said(extra, title=ROTATE), ident="X", item=replace(said(extra, title=ROTATE).item, line=5))]
            )

        assert found(pages, store) == [Difference(Kind.GONE, "pm", "a.md", 5, ROTATE)]

    def test_one_that_left_earlier_is_not_missed(self, pages: Pages) -> None:
        store = read_earlier(pages)
        extra = next(iter(store.tables.items.values()))
        with store.writing() as writer:
            writer.save_items([replace(said(extra, title=ROTATE), ident="X", present=False)])

        assert found(pages, store) == []

    def test_items_of_another_document_are_not_missed(self, pages: Pages) -> None:
        pages.texts["b.md"] = page(ROTATE)

        assert found(pages, read_earlier(pages)) == []

    def test_one_with_quite_other_words_on_the_same_line_is_the_same(self, pages: Pages) -> None:
        store = read_earlier(pages, lambda known: said(known, title="Done by Friday") if known.position else known)

        assert found(pages, store) == [
            Difference(Kind.OTHER, "pm", "a.md", 8, RUNBOOK, (FieldChange("title", "Done by Friday", RUNBOOK),))
        ]

    def test_told_in_the_order_of_the_lines(self, pages: Pages) -> None:
        def otherwise(known: Known) -> Known:
            there = said(known, title="Quite another thing")
            return (
                replace(there, item=replace(there.item, line=20))
                if known.position == 0
                else said(known, owners=("Bo",))
            )

        assert [(one.kind, one.line) for one in found(pages, read_earlier(pages, otherwise))] == [
            (Kind.NEW, 7),
            (Kind.OTHER, 8),
            (Kind.GONE, 20),
        ]

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("status", Status.DONE),
            ("owners", ("Bo", "Ana")),
            ("priority", "P1"),
            ("due", date(2026, 12, 24)),
        ],
    )
    def test_any_other_field_is_another_reading(self, pages: Pages, field: str, value: Any) -> None:
        pages.texts["a.md"] = page(ALERT)
        now = Fields(ALERT, Status.OPEN)

        (one,) = found(pages, read_earlier(pages, lambda known: said(known, **{field: value})))

        assert one.changes == (FieldChange(field, value, getattr(now, field)),)

    @pytest.mark.parametrize(
        ("field", "value", "change"),
        [
            ("horizon", "Next week", FieldChange("horizon", "Next week", None)),
            ("ticket", "#7", FieldChange("ticket", "#7", None)),
            ("confidence", 0.4, FieldChange("proposal", before=True, after=False)),
            ("confidence", 0.5, None),
            ("line", 99, None),
            ("section", "Elsewhere", None),
        ],
    )
    def test_also_what_makes_a_date_a_ticket_or_a_suggestion(
        self, pages: Pages, field: str, value: Any, change: FieldChange | None
    ) -> None:
        pages.texts["a.md"] = page(ALERT)
        store = read_earlier(pages, lambda known: replace(known, item=replace(known.item, **{field: value})))

        assert [one.changes for one in found(pages, store)] == ([(change,)] if change else [])

    def test_what_is_a_suggestion_now(self) -> None:
        """The other way round: today's extractor has doubts."""
        pages = Pages(texts={"a.md": HEAD.replace("Action items", "Ideas") + f"- {ALERT}\n"})
        doubtful = read_earlier(pages)
        (known,) = doubtful.items("pm")
        assert known.item.confidence < 0.5
        sure = read_earlier(pages, lambda one: replace(one, item=replace(one.item, confidence=0.5)))

        assert found(pages, doubtful) == []
        assert [one.changes for one in found(pages, sure)] == [(FieldChange("proposal", before=False, after=True),)]

    def test_a_promise_is_no_suggestion_and_was_none(self) -> None:
        pages = Pages(texts={"a.md": "# Outage\n\nWe are going to add an alert on the mail queue.\n"})
        store = read_earlier(pages)
        assert [known.item.confidence for known in store.items("pm")] == [0.5]

        assert found(pages, store) == []


class TestTheWords:
    @pytest.mark.parametrize(
        ("kind", "changes", "line"),
        [
            (Kind.NEW, (), "new item           a.md:7  Add alerts"),
            (Kind.GONE, (), "no longer an item  a.md:7  Add alerts"),
            (
                Kind.OTHER,
                (FieldChange("owners", ("Ana", "Bo"), ()), FieldChange("due", None, date(2026, 12, 24))),
                "read otherwise     a.md:7  Add alerts  (owners: Ana, Bo -> none, due: none -> 2026-12-24)",
            ),
            (
                Kind.OTHER,
                (FieldChange("proposal", before=True, after=False), FieldChange("title", "", "Add alerts")),
                "read otherwise     a.md:7  Add alerts  (proposal: yes -> no, title: none -> Add alerts)",
            ),
        ],
    )
    def test_a_difference_is_one_line(self, kind: Kind, changes: tuple[FieldChange, ...], line: str) -> None:
        assert str(Difference(kind, "pm", "a.md", 7, "Add alerts", changes)) == line
