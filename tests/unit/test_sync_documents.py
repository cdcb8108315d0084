"""What a source says now: which documents are read again, what every item is known as, and what nothing may rest on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from pmtrack.documents import block, extractor, sketch
from pmtrack.errors import DocumentError, SourceError
from pmtrack.model import Acceptance, ActionItem, Document, DueSource, Known, Postmortem, Who
from pmtrack.sources.base import Content
from pmtrack.sync.documents import Reading, read_source
from support.bench import ALERT, HEAD, NOW, ROTATE, RUNBOOK, TODAY, BenchStore, Pages

EARLIER = date(2026, 11, 10)


def text(*items: str, head: str = HEAD) -> str:
    return head + "".join(f"- [ ] {item}\n" for item in items)


def untold(_before: Sequence[Known], now: Sequence[ActionItem]) -> list[str | None]:
    return [None] * len(now)


def read(
    pages: Pages,
    store: BenchStore,
    concerned: Iterable[str] = (),
    *,
    today: date = TODAY,
    now: datetime = NOW,
    anew: Callable[[str], bool] | None = None,
) -> Reading:
    """New items are called by their document and their words."""

    def name(path: str, item: ActionItem) -> str:
        return f"{path}: {item.fields.title}"

    return read_source(pages, store, concerned, today=today, now=now, name=name, named=untold, anew=anew)


def keep(store: BenchStore, reading: Reading) -> BenchStore:
    with store.writing() as writer:
        for document in reading.documents.values():
            writer.save_document(document)
        writer.save_items(reading.known.values())
    return store


def stored(pages: Pages, *, today: date = EARLIER) -> BenchStore:
    """A store that knows these documents as they are, since some days."""
    return keep(BenchStore(), read(pages, BenchStore(), today=today))


def present(reading: Reading) -> dict[str, bool]:
    return {ident: known.present for ident, known in reading.known.items()}


class TestANewDocument:
    def test_is_known_with_all_that_it_says_of_itself(self) -> None:
        head = "# Outage\n\nDate: 2026-11-20\nIncident date: 2026-11-18\nSeverity: SEV-1\n\n## Action items\n\n"
        pages = Pages(texts={"a.md": text(ALERT, head=head)})

        reading = read(pages, BenchStore())

        (document,) = reading.documents.values()
        assert document == Document(
            source="pm",
            path="a.md",
            version=pages.read("a.md").version,
            extractor=extractor(),
            title="Outage",
            first_seen=TODAY,
            incident_date=document.incident_date,
            written=date(2026, 11, 20),
            severity="SEV-1",
            problems=document.problems,
            review_on=TODAY,
            lines=document.lines,
            matter={},
            changed_at=NOW,
        )
        assert (reading.source, reading.count, reading.whole) == ("pm", 1, True)
        assert (reading.unread, reading.problems) == (set(), [])

    def test_who_saved_it_is_kept_on_one_line(self) -> None:
        class Signed(Pages):
            def read(self, path: str) -> Content:
                return replace(Pages.read(self, path), who=Who("An\na", "commit 7"))

        (document,) = read(Signed(texts={"a.md": text(ALERT)}), BenchStore()).documents.values()

        assert (document.actor, document.evidence) == ("An a", "commit 7")

    def test_the_sketch_of_its_lines_is_kept(self) -> None:
        (document,) = read(Pages(texts={"a.md": text(ALERT)}), BenchStore()).documents.values()

        assert document.lines == sketch(text(ALERT).encode())

    def test_all_that_was_read_of_it_is_kept(self, monkeypatch: pytest.MonkeyPatch) -> None:
        said = Postmortem(
            "a.md",
            "Fire",
            incident_date=date(2026, 11, 1),
            written=date(2026, 11, 2),
            severity="SEV-2",
            is_template=True,
            confidential=True,
            problems=("It is too long.",),
            matter={"status": "draft"},
        )
        monkeypatch.setattr("pmtrack.sync.documents.extract", lambda _data, _path: said)

        (kept,) = read(Pages(texts={"a.md": ""}), BenchStore()).documents.values()

        assert (kept.title, kept.incident_date, kept.written, kept.severity) == (
            said.title,
            said.incident_date,
            said.written,
            said.severity,
        )
        assert (kept.is_template, kept.confidential, kept.problems) == (True, True, said.problems)
        assert kept.matter == {"status": "draft"}

    def test_its_items_are_known_by_their_names_in_their_order(self) -> None:
        reading = read(Pages(texts={"a.md": text(ALERT, RUNBOOK)}), BenchStore())

        assert [(k.ident, k.position, k.source, k.path, k.first_seen) for k in reading.known.values()] == [
            (f"a.md: {ALERT}", 0, "pm", "a.md", TODAY),
            (f"a.md: {RUNBOOK}", 1, "pm", "a.md", TODAY),
        ]
        first = reading.known[f"a.md: {ALERT}"]
        assert first.item.fields.title == first.stated.title == ALERT
        assert (first.acceptance, first.decision, first.present) == (Acceptance.ACCEPTED, None, True)

    def test_a_horizon_is_counted_out(self) -> None:
        head = "# Outage\n\nDate: 2026-11-20\n\n## Action items\n\n| Action | Due |\n| --- | --- |\n"
        pages = Pages(texts={"a.md": f"{head}| {ALERT} | in 7 days |\n| {RUNBOOK} | 2026-12-24 |\n"})

        reading = read(pages, BenchStore())

        assert [(k.stated.due, k.due_source) for k in reading.known.values()] == [
            (date(2026, 11, 27), DueSource.HORIZON),
            (date(2026, 12, 24), DueSource.EXPLICIT),
        ]


LATER = NOW + timedelta(days=3)


def with_block(inside: str) -> str:
    return block.splice(text(ALERT).encode(), inside, block.doc_id("pm", "a.md"), None).decode()


EDITS: Mapping[str, tuple[str, bool]] = {
    "a word": (text(RUNBOOK), True),
    "a tick": (text(ALERT).replace("[ ]", "[x]"), True),
    "another date": (text(ALERT).replace("2026-11-20", "2026-11-21"), True),
    "a front matter": (f"---\nstatus: final\n---\n{text(ALERT)}", True),
    "a line more": (f"{text(ALERT)}\nMore.\n", True),
    "a blank line more": (f"{text(ALERT)}\n\n", False),
    "spaces at the end of a line": (text(ALERT).replace("Outage", "Outage  "), False),
    "other line ends": (text(ALERT).replace("\n", "\r\n"), False),
    "our block": (with_block("A table\n"), False),
}
"""What becomes of a document -> its text, and whether its words changed by that."""


class TestWhenWordsChanged:
    @pytest.mark.parametrize("edit", EDITS)
    def test_only_words_count(self, edit: str) -> None:
        pages = Pages(texts={"a.md": text(ALERT)})
        store, (now, is_change) = stored(pages), EDITS[edit]
        pages.texts["a.md"] = now

        (document,) = read(pages, store, now=LATER).documents.values()

        assert document.changed_at == (LATER if is_change else NOW)

    def test_a_block_that_is_written_anew_or_taken_out_is_no_change(self) -> None:
        pages = Pages(texts={"a.md": with_block("A table\n")})
        store = stored(pages)
        for other in (with_block("Another\ntable\n\n- and more\n"), text(ALERT)):
            pages.texts["a.md"] = other
            assert read(pages, store, now=LATER).documents["a.md"].changed_at == NOW

    def test_another_name_is_no_change(self) -> None:
        pages = Pages(texts={"a.md": text(ALERT), "c.md": text(ROTATE)})
        store = stored(pages)
        pages.texts = {"b.md": text(ALERT), "c.md": text(ROTATE)}

        assert read(pages, store, now=LATER).documents["b.md"].changed_at == NOW

    def test_a_document_that_comes_back_as_it_was_did_not_change(self) -> None:
        pages = Pages(texts={"a.md": text(ALERT), "c.md": text(ROTATE)})
        store = stored(pages)
        kept = pages.texts.pop("a.md")
        store = keep(store, read(pages, store, now=LATER))
        pages.texts["a.md"] = kept

        assert read(pages, store, now=LATER).documents["a.md"].changed_at == NOW

    def test_what_an_earlier_extractor_read_is_no_change_either(self) -> None:
        pages = Pages(texts={"a.md": text(ALERT)})
        store = stored(pages)
        with store.writing() as writer:
            writer.save_document(replace(store.documents("pm")["a.md"], extractor="0"))

        (document,) = read(pages, store, now=LATER, anew=lambda _path: True).documents.values()

        assert (document.extractor, document.changed_at) == (extractor(), NOW)


class TestTheFrontMatter:
    FINAL = f"---\nStatus: Final\n---\n{text(ALERT)}"

    @staticmethod
    def unlearnt(pages: Pages, **changes: Any) -> BenchStore:
        """As a version left it that did not keep what the front matter says."""
        store = stored(pages)
        with store.writing() as writer:
            for document in store.documents("pm").values():
                writer.save_document(replace(document, matter=None, **changes))
        return store

    def test_is_kept(self) -> None:
        (document,) = read(Pages(texts={"a.md": self.FINAL}), BenchStore()).documents.values()

        assert document.matter == {"status": "Final"}

    def test_is_read_later_where_it_was_not_kept_and_nothing_else_is(self) -> None:
        pages = Pages(texts={"a.md": self.FINAL})
        store = self.unlearnt(pages, extractor="0", title="As it was read")

        (document,) = read(pages, store, ["a.md"], now=LATER).documents.values()

        assert document == replace(store.documents("pm")["a.md"], matter={"status": "Final"})
        assert document.title == "As it was read"

    def test_is_not_asked_for_where_nothing_is_to_be_done(self) -> None:
        pages = Pages(texts={"a.md": self.FINAL})
        store = self.unlearnt(pages)
        pages.reads.clear()

        assert read(pages, store).documents == {}
        assert pages.reads == []

    def test_of_other_bytes_or_of_what_cannot_be_read_stays_unknown(self) -> None:
        pages = Pages(texts={"a.md": self.FINAL})
        store = self.unlearnt(pages)
        pages.locked = {"a.md": "not readable"}
        assert read(pages, store, ["a.md"]).documents["a.md"].matter is None

        class Changing(Pages):
            def read(self, path: str) -> Content:
                return replace(Pages.read(self, path), version="of somebody who was faster")

            def version(self, path: str) -> str:
                return Pages.read(self, path).version

        found = read(Changing(texts=pages.texts), store, ["a.md"]).documents["a.md"]
        assert found.matter is None

    @pytest.mark.parametrize("error", [DocumentError("not readable"), SourceError("not there")])
    def test_of_what_cannot_be_read_any_more_stays_unknown(self, error: Exception) -> None:
        class Going(Pages):
            def read(self, path: str) -> Content:
                raise error

        pages = Pages(texts={"a.md": self.FINAL})
        store = self.unlearnt(pages)

        assert read(Going(texts=pages.texts), store, ["a.md"]).documents["a.md"].matter is None

    def test_of_a_document_that_is_new_costs_no_second_look(self) -> None:
        pages = Pages(texts={"a.md": self.FINAL})
        read(pages, BenchStore())

        assert pages.reads == ["a.md"]

    def test_of_a_document_that_is_gone_stays_unknown(self) -> None:
        pages = Pages(texts={"a.md": self.FINAL, "c.md": text(ROTATE)})
        store = self.unlearnt(pages)
        del pages.texts["a.md"]

        assert read(pages, store, ["a.md"]).documents["a.md"].matter is None


class TestADocumentThatChanged:
    def test_only_those_are_in_the_reading(self) -> None:
        pages = Pages(texts={"a.md": text(ALERT), "b.md": text(RUNBOOK)})
        store = stored(pages)
        pages.texts["b.md"] = text(RUNBOOK, ROTATE)

        reading = read(pages, store)

        assert set(reading.documents) == {"b.md"}
        assert present(reading) == {f"b.md: {RUNBOOK}": True, f"b.md: {ROTATE}": True}
        assert reading.count == 2

    def test_it_and_its_items_were_first_seen_when_they_were(self) -> None:
        pages = Pages(texts={"a.md": text(ALERT)})
        store = stored(pages)
        pages.texts["a.md"] = text(RUNBOOK, ALERT)

        reading = read(pages, store)

        assert reading.documents["a.md"].first_seen == EARLIER
        assert reading.documents["a.md"].review_on == TODAY
        assert [(k.first_seen, k.position) for k in reading.known.values()] == [(EARLIER, 1), (TODAY, 0)]

    def test_an_item_that_left_it_is_not_present_any_more(self) -> None:
        pages = Pages(texts={"a.md": text(ALERT, RUNBOOK)})
        store = stored(pages)
        pages.texts["a.md"] = text(RUNBOOK)

        assert present(read(pages, store)) == {f"a.md: {ALERT}": False, f"a.md: {RUNBOOK}": True}

    def test_a_horizon_goes_on_counting_from_the_day_on_which_its_item_was_first_seen(self) -> None:
        pages = Pages(texts={"a.md": "# Outage\n\n## Action items\n\n| Action | Due |\n| --- | --- |\n"})
        pages.texts["a.md"] += f"| {ALERT} | in 7 days |\n"
        store = stored(pages)
        pages.texts["a.md"] += f"| {RUNBOOK} | in 7 days |\n"

        assert [known.stated.due for known in read(pages, store).known.values()] == [
            date(2026, 11, 17),
            date(2026, 11, 28),
        ]

    def test_what_is_known_of_its_report_stays(self) -> None:
        pages = Pages(texts={"a.md": text(ALERT)})
        store, edited = stored(pages), object()
        with store.writing() as writer:
            writer.save_document(replace(store.documents("pm")["a.md"], block=edited))  # type: ignore[arg-type]
        pages.texts["a.md"] = text(ALERT, RUNBOOK)

        assert read(pages, store).documents["a.md"].block is edited

    def test_bytes_whose_version_is_known_are_not_read(self) -> None:
        pages = Pages(texts={"a.md": text(ALERT)})
        store = stored(pages)
        pages.reads.clear()

        read(pages, store)

        assert pages.reads == []

    def test_where_only_a_look_at_the_bytes_can_tell_it_is_looked_at(self) -> None:
        class Blind(Pages):
            def version(self, path: str) -> str:
                return ""

        pages = Blind(texts={"a.md": text(ALERT)})
        store = stored(pages)
        pages.reads.clear()

        assert read(pages, store).documents == {}
        assert pages.reads == ["a.md"]

    def test_what_a_person_decided_stays(self) -> None:
        pages = Pages(texts={"a.md": text(ALERT)})
        store = stored(pages)
        with store.writing() as writer:
            writer.save_items([replace(known, decision="track") for known in store.items("pm")])
        pages.texts["a.md"] = text(ALERT, RUNBOOK)

        assert [known.decision for known in read(pages, store).known.values()] == ["track", None]


class TestADocumentThatVanished:
    def test_it_and_its_items_are_not_present_any_more(self) -> None:
        pages = Pages(texts={"a.md": text(ALERT), "b.md": text(RUNBOOK)})
        store = stored(pages)
        del pages.texts["a.md"]

        reading = read(pages, store)

        assert {path: document.present for path, document in reading.documents.items()} == {"a.md": False}
        assert reading.documents["a.md"].review_on == EARLIER
        assert present(reading) == {f"a.md: {ALERT}": False}
        assert reading.count == 1

    def test_it_is_said_once(self) -> None:
        pages = Pages(texts={"a.md": text(ALERT)})
        store = stored(pages)
        pages.texts.clear()
        keep(store, read(pages, store))

        assert read(pages, store).documents == {}

    def test_one_that_comes_back_is_present_again(self) -> None:
        pages = Pages(texts={"a.md": text(ALERT)})
        store = stored(pages)
        back = dict(pages.texts)
        pages.texts.clear()
        keep(store, read(pages, store))
        pages.texts = back

        reading = read(pages, store)

        assert reading.documents["a.md"].present
        assert present(reading) == {f"a.md: {ALERT}": True}

    def test_one_that_is_back_and_cannot_be_read_is_not_present_yet(self) -> None:
        pages = Pages(texts={"a.md": text(ALERT)})
        store = stored(pages)
        back = dict(pages.texts)
        pages.texts.clear()
        keep(store, read(pages, store))
        pages.texts, pages.locked = back, {"a.md": "not readable"}

        reading = read(pages, store, ["a.md"])

        assert not reading.documents["a.md"].present
        assert present(reading) == {f"a.md: {ALERT}": False}

    def test_what_moved_out_of_it_is_present_elsewhere(self) -> None:
        pages = Pages(texts={"a.md": text(ALERT), "b.md": text(RUNBOOK)})
        store = stored(pages)
        del pages.texts["a.md"]
        pages.texts["b.md"] = text(RUNBOOK, ALERT)

        moved = read(pages, store).known[f"a.md: {ALERT}"]

        assert (moved.path, moved.present, moved.first_seen) == ("b.md", True, EARLIER)


class TestWhatIsConcerned:
    def test_a_document_with_the_same_bytes_is_in_the_reading_as_it_is_known(self) -> None:
        pages = Pages(texts={"a.md": text(ALERT), "b.md": text(RUNBOOK)})
        store = stored(pages)

        reading = read(pages, store, ["a.md"])

        assert reading.documents == store.documents("pm", ["a.md"])
        assert list(reading.known.values()) == store.items("pm", ["a.md"])

    def test_nothing_changed_and_nothing_is_concerned(self) -> None:
        pages = Pages(texts={"a.md": text(ALERT)})

        reading = read(pages, stored(pages))

        assert reading == Reading("pm", count=1)


class TestWhatCannotBeRead:
    def test_a_source_that_cannot_be_listed_loses_nothing(self) -> None:
        pages = Pages(texts={"a.md": text(ALERT), "b.md": text(RUNBOOK)})
        store = stored(pages)
        pages.shut = "pm: no such folder"

        reading = read(pages, store, ["a.md"])

        assert (reading.whole, reading.problems, reading.count) == (False, ["pm: no such folder"], 2)
        assert reading.documents == store.documents("pm", ["a.md"])
        assert present(reading) == {f"a.md: {ALERT}": True}

    def test_a_listing_that_breaks_off_says_nothing(self) -> None:
        """Half a list is no list: what comes after the break is not gone, and what came before is read next time."""

        class Breaking(Pages):
            def documents(self):  # type: ignore[no-untyped-def]
                yield from list(Pages.documents(self))[:1]
                self.shut = "pm: the connection broke"
                Pages.documents(self)

        pages = Breaking(texts={"a.md": text(ALERT), "b.md": text(RUNBOOK)})
        whole = Pages(texts=dict(pages.texts))
        store = stored(whole)
        pages.texts["a.md"] = text(ALERT, ROTATE)

        reading = read(pages, store, ["b.md"])

        assert (reading.whole, set(reading.documents)) == (False, {"b.md"})
        assert present(reading) == {f"b.md: {RUNBOOK}": True}

    @pytest.mark.parametrize(
        ("how", "sentence", "said"),
        [
            ("broken", "is too large", "a.md: is too large"),
            ("locked", "is not readable", "a.md: is not readable"),
            ("locked", "/srv/a.md is not readable", "/srv/a.md is not readable"),
        ],
    )
    def test_a_document_that_cannot_be_read_is_left_as_it_is_known(self, how: str, sentence: str, said: str) -> None:
        pages = Pages(texts={"a.md": text(ALERT), "b.md": text(RUNBOOK)})
        store = stored(pages)
        pages.texts = {"a.md": text(ROTATE), "b.md": text(RUNBOOK, ROTATE)}
        getattr(pages, how)["a.md"] = sentence

        reading = read(pages, store, ["a.md"])

        assert (reading.unread, reading.problems, reading.whole) == ({"a.md"}, [said], True)
        assert reading.documents["a.md"].present
        assert reading.documents["a.md"].version == f"version of {text(ALERT)}"
        assert present(reading)[f"a.md: {ALERT}"]
        assert present(reading)[f"b.md: {ROTATE}"]
        assert reading.count == 2

    def test_one_that_was_never_read_may_be_one_that_is_gone_under_another_name(self) -> None:
        """Whoever vanished in this run is not let go before that one can be read."""
        pages = Pages(texts={"a.md": text(ALERT), "b.md": text(RUNBOOK)})
        store = stored(pages)
        pages.texts["new.md"] = pages.texts.pop("a.md")
        pages.texts["b.md"] = text(ROTATE)
        pages.locked = {"new.md": "not readable"}

        reading = read(pages, store)

        assert reading.unread == {"a.md", "new.md"}
        assert {path: document.present for path, document in reading.documents.items()} == {"a.md": True, "b.md": True}
        assert present(reading) == {f"a.md: {ALERT}": True, f"b.md: {RUNBOOK}": False, f"b.md: {ROTATE}": True}

    def test_one_that_was_read_before_is_no_other_one(self) -> None:
        pages = Pages(texts={"a.md": text(ALERT), "b.md": text(RUNBOOK)})
        store = stored(pages)
        del pages.texts["a.md"]
        pages.broken = {"b.md": "not readable"}

        reading = read(pages, store)

        assert reading.unread == {"b.md"}
        assert present(reading) == {f"a.md: {ALERT}": False}

    def test_a_document_that_the_listing_warns_of_is_not_even_opened(self) -> None:
        pages = Pages(texts={"a.md": text(ALERT)}, broken={"a.md": "leaves the root"})

        read(pages, BenchStore())

        assert pages.reads == []

    def test_nothing_is_read_from_a_document_whose_block_cannot_be_trusted(self) -> None:
        torn = text(ALERT) + "\n<!-- pmtrack:begin v1 -->\n"
        pages = Pages(texts={"a.md": torn})

        reading = read(pages, BenchStore())

        assert (reading.unread, reading.documents, reading.known) == ({"a.md"}, {}, {})
        (problem,) = reading.problems
        assert problem.startswith("a.md: ")

    def test_a_torn_block_in_bytes_that_are_known_is_no_news(self) -> None:
        pages = Pages(texts={"a.md": text(ALERT)})
        store = stored(pages)
        pages.texts["a.md"] += "\n<!-- pmtrack:begin v1 -->\n"
        with store.writing() as writer:
            version = pages.read("a.md").version
            writer.save_document(replace(store.documents("pm")["a.md"], version=version))

        assert read(pages, store).problems == []


class TestADocumentThatAnEarlierVersionRead:
    """A better extractor is no edit: what nobody touched keeps the meaning that it had."""

    @staticmethod
    def outdated(pages: Pages) -> BenchStore:
        """An earlier extractor read another priority everywhere, another title of each document, and no second item."""
        store = stored(pages)
        with store.writing() as writer:
            for document in store.documents("pm").values():
                writer.save_document(replace(document, extractor="0", title="Earlier"))
            for known in store.items("pm"):
                fields = replace(known.item.fields, priority="P0")
                writer.save_items([replace(known, item=replace(known.item, fields=fields), stated=fields)])
        store.tables.items = {ident: one for ident, one in store.tables.items.items() if one.position != 1}
        return store

    @staticmethod
    def priorities(reading: Reading) -> dict[str, str | None]:
        return {one.item.fields.title: one.item.fields.priority for one in reading.known.values() if one.present}

    def test_so_long_as_nobody_touches_it_nothing_is_read(self) -> None:
        pages = Pages(texts={"a.md": text(ALERT)})

        assert read(pages, self.outdated(pages)) == Reading("pm", count=1)

    def test_lines_that_stay_mean_what_they_meant_and_others_what_they_say(self) -> None:
        pages = Pages(texts={"a.md": text(ALERT, RUNBOOK)})
        store = self.outdated(pages)
        pages.texts["a.md"] = text(ALERT, RUNBOOK) + f"- [ ] {ROTATE}\n"

        reading = read(pages, store)

        assert self.priorities(reading) == {ALERT: "P0", ROTATE: None}
        assert (reading.documents["a.md"].title, reading.documents["a.md"].extractor) == ("Earlier", "earlier")

    def test_what_was_read_today_is_read_as_today(self) -> None:
        pages = Pages(texts={"a.md": text(ALERT, RUNBOOK)})
        store = self.outdated(pages)
        with store.writing() as writer:
            writer.save_document(replace(store.documents("pm")["a.md"], extractor=extractor()))
        pages.texts["a.md"] += f"- [ ] {ROTATE}\n"

        reading = read(pages, store)

        assert self.priorities(reading) == {ALERT: None, RUNBOOK: None, ROTATE: None}
        assert (reading.documents["a.md"].title, reading.documents["a.md"].extractor) == ("Outage", extractor())

    def test_what_was_gone_meanwhile_is_read_as_today(self) -> None:
        pages = Pages(texts={"a.md": text(ALERT)})
        store = self.outdated(pages)
        with store.writing() as writer:
            writer.save_document(replace(store.documents("pm")["a.md"], present=False))

        assert self.priorities(read(pages, store)) == {ALERT: None}

    def test_an_item_that_had_left_is_not_heard(self) -> None:
        pages = Pages(texts={"a.md": text(ALERT)})
        store = self.outdated(pages)
        with store.writing() as writer:
            writer.save_items([replace(known, present=False) for known in store.items("pm")])
        pages.texts["a.md"] += "\nMore words.\n"

        assert self.priorities(read(pages, store)) == {}

    def test_items_of_another_document_are_not_heard(self) -> None:
        pages = Pages(texts={"a.md": text(ALERT), "b.md": text("Call the vendor")})
        store = self.outdated(pages)
        pages.texts["a.md"] += "\nMore words.\n"

        assert self.priorities(read(pages, store, ["b.md"])) == {ALERT: "P0", "Call the vendor": "P0"}
        assert [one.path for one in read(pages, store, ["b.md"]).known.values()] == ["a.md", "b.md"]

    def test_the_same_bytes_under_another_name_mean_what_they_meant(self) -> None:
        pages = Pages(texts={"a.md": text(ALERT), "b.md": text("Call the vendor")})
        store = self.outdated(pages)
        pages.texts["new.md"] = pages.texts.pop("a.md")

        reading = read(pages, store)

        assert self.priorities(reading) == {ALERT: "P0"}
        assert reading.documents["new.md"].title == "Earlier"

    def test_a_copy_of_a_document_that_is_still_there_is_another_document(self) -> None:
        pages = Pages(texts={"a.md": text(ALERT)})
        store = self.outdated(pages)
        pages.texts["new.md"] = pages.texts["a.md"]

        reading = read(pages, store, ["a.md"])

        assert reading.documents["new.md"].title == "Outage"

    def test_other_bytes_under_another_name_are_another_document(self) -> None:
        pages = Pages(texts={"a.md": text(ALERT)})
        store = self.outdated(pages)
        del pages.texts["a.md"]
        pages.texts["new.md"] = text(RUNBOOK, ALERT)

        assert read(pages, store).documents["new.md"].title == "Outage"

    def test_on_demand_it_is_read_anew_where_somebody_wants_it(self) -> None:
        pages = Pages(texts={"a.md": text(ALERT), "b.md": text(RUNBOOK), "c.md": text(ROTATE)})
        store = self.outdated(pages)
        pages.texts["c.md"] += "\nMore words.\n"
        reading = read(pages, store, anew=lambda path: path == "a.md")

        assert self.priorities(reading) == {ALERT: None, ROTATE: "P0"}
        assert reading.documents["a.md"].extractor == extractor()

    def test_on_demand_what_was_read_today_is_not_read_again(self) -> None:
        pages = Pages(texts={"a.md": text(ALERT)})

        assert read(pages, stored(pages), anew=lambda _path: True).documents == {}


class TestAcceptance:
    DOUBTFUL = "# Outage\n\nDate: 2026-11-20\n\n## Ideas\n\n- Add an alert on the mail queue\n"

    def test_what_is_only_a_suggestion_is_proposed(self) -> None:
        (known,) = read(Pages(texts={"a.md": self.DOUBTFUL}), BenchStore()).known.values()

        assert known.item.confidence < 0.5
        assert known.acceptance is Acceptance.PROPOSED

    def test_a_promise_is_just_enough(self) -> None:
        promise = "# Outage\n\nDate: 2026-11-20\n\nWe are going to add an alert on the mail queue.\n"

        (known,) = read(Pages(texts={"a.md": promise}), BenchStore()).known.values()

        assert known.item.confidence == 0.5
        assert known.acceptance is Acceptance.ACCEPTED

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            (Acceptance.ACCEPTED, Acceptance.ACCEPTED),
            (Acceptance.DISMISSED, Acceptance.DISMISSED),
            (Acceptance.PROPOSED, Acceptance.PROPOSED),
        ],
    )
    def test_what_was_decided_of_it_stays(self, before: Acceptance, after: Acceptance) -> None:
        pages = Pages(texts={"a.md": self.DOUBTFUL})
        store = stored(pages)
        with store.writing() as writer:
            writer.save_items([replace(known, acceptance=before) for known in store.items("pm")])
        pages.texts["a.md"] += "\n## Thanks\n\nThat is all.\n"

        (known,) = read(pages, store).known.values()

        assert known.acceptance is after

    def test_a_suggestion_that_is_now_written_as_work_is_accepted(self) -> None:
        pages = Pages(texts={"a.md": text(ALERT)})
        store = stored(pages)
        with store.writing() as writer:
            writer.save_items([replace(known, acceptance=Acceptance.PROPOSED) for known in store.items("pm")])
        pages.texts["a.md"] = text(ALERT, RUNBOOK)

        assert {known.acceptance for known in read(pages, store).known.values()} == {Acceptance.ACCEPTED}
