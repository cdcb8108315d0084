"""What a step leaves behind: the link, the history with who said what, and a report to look at again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from pmtrack.model import Event, FieldChange, Fields, Issue, Known, Link, Side, Status
from pmtrack.sync.merge import Conflict, Merged
from pmtrack.sync.record import KINDS, Recorder
from pmtrack.sync.world import Step, Tracked, Verb
from support.bench import BenchStore
from support.worlds import DOCUMENT, FIELDS, NOW, TODAY, intention, issue, known, link, tracked

RUN = "R1"
REWORDED = replace(FIELDS, title="Add memory and CPU alerts")
CONFLICT = Conflict("title", Side.DOCUMENT, won=REWORDED.title, lost="Buy servers")
EARLIER = date(2026, 11, 1)


@pytest.fixture
def store() -> BenchStore:
    """One item, linked and intended, whose document was reviewed long ago."""
    store = BenchStore()
    with store.writing() as writer:
        writer.save_document(replace(DOCUMENT, review_on=EARLIER))
        writer.save_items([tracked().known])
        writer.save_link(link())
        writer.intend(intention())
    store.commits = 0
    return store


@pytest.fixture
def recorder(store: BenchStore) -> Recorder:
    return Recorder(store, RUN, lambda: NOW, TODAY)


def event(kind: str, **changes: Any) -> Event:
    return replace(Event(NOW, "I1", kind, run=RUN), **changes)


def step(verb: Verb, merged: Merged | None = None, **item: Any) -> Step:
    return Step(verb, tracked(**{"link": link(), **item}), merged)


def reviewed(store: BenchStore) -> bool:
    return store.documents("pm")["outage.md"].review_on == TODAY


class TestDone:
    def test_all_of_it_is_one_transaction(self, store: BenchStore, recorder: Recorder) -> None:
        after = link(REWORDED)

        recorder.done(step(Verb.UPDATE), Merged(after, conflicts=(CONFLICT,)))

        assert store.tables.links == {"I1": after}
        assert store.intentions() == {}
        assert len(store.history()) == 2
        assert reviewed(store)
        assert store.commits == 1

    @pytest.mark.parametrize(
        ("verb", "kind", "side"),
        [
            (Verb.CREATE, "created", Side.DOCUMENT),
            (Verb.ADOPT, "adopted", Side.DOCUMENT),
            (Verb.RELINK, "relinked", Side.DOCUMENT),
            (Verb.LOSE, "gone", Side.TRACKER),
        ],
    )
    def test_some_steps_are_a_line_of_history(
        self, store: BenchStore, recorder: Recorder, verb: Verb, kind: str, side: Side
    ) -> None:
        recorder.done(step(verb), Merged(link()))

        assert store.history() == [event(kind, after="0001", side=side)]

    def test_an_issue_found_by_its_words_is_told_with_the_marker_that_it_carries(
        self, store: BenchStore, recorder: Recorder
    ) -> None:
        recorder.done(step(Verb.RELINK, found=issue(ident="OLD")), Merged(link()))

        assert store.history() == [event("relinked", after="0001", side=Side.DOCUMENT, evidence="marker OLD")]

    @pytest.mark.parametrize("found", [issue(), issue(marker=None), None])
    def test_one_with_the_marker_of_its_item_needs_no_evidence(
        self, store: BenchStore, recorder: Recorder, found: Issue | None
    ) -> None:
        recorder.done(step(Verb.RELINK, found=found), Merged(link()))

        assert [line.evidence for line in store.history()] == [None]

    def test_what_is_no_relink_is_told_without_a_marker(self, store: BenchStore, recorder: Recorder) -> None:
        recorder.done(step(Verb.ADOPT, found=issue(ident="OLD")), Merged(link()))

        assert [line.evidence for line in store.history()] == [None]

    @pytest.mark.parametrize("verb", [verb for verb in Verb if verb not in KINDS])
    def test_of_the_others_only_what_changed_is(self, store: BenchStore, recorder: Recorder, verb: Verb) -> None:
        recorder.done(step(verb), Merged(link()))

        assert store.history() == []

    def test_an_issue_without_a_number_is_told_without_one(self, store: BenchStore, recorder: Recorder) -> None:
        recorder.done(step(Verb.LOSE), Merged(link(ref=None)))

        assert store.history() == [event("gone", after=None, side=Side.TRACKER)]

    def test_what_the_document_changed_is_the_documents(self, store: BenchStore, recorder: Recorder) -> None:
        recorder.done(step(Verb.UPDATE), Merged(link(REWORDED)))

        expected = event("changed", name="title", before=FIELDS.title, after=REWORDED.title, side=Side.DOCUMENT)
        assert store.history() == [expected]

    def test_what_the_tracker_changed_is_the_trackers(self, store: BenchStore, recorder: Recorder) -> None:
        both = replace(REWORDED, owners=("ana", "bo"), due=None)
        pull = (FieldChange("owners", ("Ana",), ("ana", "bo")), FieldChange("due", FIELDS.due, None))

        recorder.done(step(Verb.UPDATE), Merged(link(both), pull=pull))

        assert [(line.name, line.before, line.after, line.side) for line in store.history()] == [
            ("title", FIELDS.title, REWORDED.title, Side.DOCUMENT),
            ("owners", "Ana", "ana, bo", Side.TRACKER),
            ("due", "2026-12-01", None, Side.TRACKER),
        ]

    def test_what_a_new_issue_says_changed_nothing(self, store: BenchStore, recorder: Recorder) -> None:
        recorder.done(step(Verb.CREATE, link=link(Fields())), Merged(link()))

        assert [line.kind for line in store.history()] == ["created"]

    def test_an_item_without_a_link_had_nothing_that_could_change(self, store: BenchStore, recorder: Recorder) -> None:
        recorder.done(step(Verb.RELINK, link=None), Merged(link()))

        assert [line.kind for line in store.history()] == ["relinked"]

    def test_after_a_lost_answer_only_what_the_store_does_not_have_is_told(
        self, store: BenchStore, recorder: Recorder
    ) -> None:
        """The plan's own link has moved on already by what was sent and came."""
        known_by_plan = step(Verb.NOTE, link=link(REWORDED), intention=intention(fields=REWORDED))

        recorder.done(known_by_plan, Merged(link(REWORDED)))

        assert [(line.name, line.before, line.after) for line in store.history()] == [
            ("title", FIELDS.title, REWORDED.title)
        ]

    def test_an_intended_issue_without_a_link_had_nothing_that_could_change(self, recorder: Recorder) -> None:
        store = BenchStore()
        with store.writing() as writer:
            writer.save_document(DOCUMENT)
            writer.save_items([tracked().known])

        replace(recorder, store=store).done(step(Verb.RELINK, intention=intention()), Merged(link(REWORDED)))

        assert [line.kind for line in store.history()] == ["relinked"]

    def test_what_its_author_was_told_to_have_reworded_is_not_told_again(
        self, store: BenchStore, recorder: Recorder
    ) -> None:
        reworded = tracked(fields=REWORDED, link=link())
        with store.writing() as writer:
            recorder.sight(writer, reworded, tracked().known, turned=False)

        recorder.done(Step(Verb.UPDATE, reworded), Merged(link(REWORDED)))

        assert [(line.name, line.before, line.after) for line in store.history()] == [
            ("title", FIELDS.title, REWORDED.title)
        ]

    def test_an_issue_that_is_there_again_has_returned(self, store: BenchStore, recorder: Recorder) -> None:
        recorder.done(step(Verb.NOTE, link=link(gone=True)), Merged(link()))

        assert store.history() == [event("returned", after="0001", side=Side.TRACKER)]

    def test_an_issue_found_by_a_change_that_follows_at_once_is_told(
        self, store: BenchStore, recorder: Recorder
    ) -> None:
        with store.writing() as writer:
            writer.save_link(link(ref=None))
        found = step(Verb.UPDATE, intention=intention())

        recorder.begin(found, link(), intention())
        recorder.done(found, Merged(link()))

        assert [line.kind for line in store.history()] == ["relinked"]

    def test_what_an_issue_says_otherwise_is_told_where_a_report_told_that_before(
        self, store: BenchStore, recorder: Recorder
    ) -> None:
        raw = Fields(FIELDS.title, None, ("Ana Ruiz",), "P1")
        waited = tracked(known=known(fields=raw, first_seen=EARLIER))

        recorder.done(Step(Verb.CREATE, waited), Merged(link()))

        assert store.history() == [
            event("created", after="0001", side=Side.DOCUMENT),
            event("filed", name="owners", before="Ana Ruiz", after="Ana"),
            event("filed", name="due", after="2026-12-01"),
        ]

    def test_a_change_that_failed_and_came_to_be_fails_no_longer(self, store: BenchStore, recorder: Recorder) -> None:
        recorder.done(step(Verb.NOTE, link=link(error="no")), Merged(link()))

        assert store.history() == [event("failed", before="no")]


class TestSight:
    """What an author did is told when it is read, and what an issue follows when it does."""

    @pytest.fixture(autouse=True)
    def _written(self, store: BenchStore, recorder: Recorder) -> None:
        self.store, self.recorder = store, recorder

    def told(self, now: Tracked, before: Known | None = None, *, turned: bool = False) -> list[Event]:
        with self.store.writing() as writer:
            self.recorder.sight(writer, now, before or known(), turned=turned)
        return self.store.history()

    @pytest.mark.parametrize("asked", [None, link(ref=None)], ids=["none", "asked for"])
    def test_all_of_an_item_without_an_issue_is_its_authors(self, asked: Link | None) -> None:
        now = replace(REWORDED, due=None)
        told = self.told(tracked(fields=now, link=asked, document=replace(DOCUMENT, actor="ana", evidence="c1")))
        by = {"side": Side.DOCUMENT, "actor": "ana", "evidence": "c1"}
        assert told == [
            event("changed", name="title", before=FIELDS.title, after=REWORDED.title, **by),
            event("changed", name="due", before="2026-12-01", **by),
        ]

    def test_of_one_with_an_issue_only_the_words_are(self) -> None:
        told = self.told(tracked(fields=replace(REWORDED, due=None), link=link()))
        assert [line.name for line in told] == ["title"]

    @pytest.mark.parametrize("linked", [None, link()])
    @pytest.mark.parametrize("before", [True, False])
    def test_an_item_leaves_and_comes_back(self, linked: Link | None, before: bool) -> None:
        now = tracked(known=known(present=not before), link=linked)
        kind, key = "removed" if before else "restored", "0001" if linked else None
        assert self.told(now, known(present=before)) == [event(kind, after=key, side=Side.DOCUMENT)]

    def test_what_only_documents_say_is_told_of_every_item(self) -> None:
        sure = replace(known().item, ticket="OPS-7", confidence=0.9)
        unsure = replace(known(), item=replace(known().item, confidence=0.3))
        told = self.told(tracked(known=known(item=sure), link=link()), unsure)
        assert [(line.kind, line.name, line.before, line.after) for line in told] == [
            ("changed", "ticket", None, "OPS-7"),
            ("changed", "proposal", "yes", "no"),
        ]

    def test_of_what_is_new_or_as_it_was_there_is_nothing_to_tell(self) -> None:
        assert self.told(tracked()) == []
        with self.store.writing() as writer:
            self.recorder.sight(writer, tracked(fields=REWORDED), None, turned=False)
        assert self.store.history() == []
        assert not reviewed(self.store)

    def test_the_report_of_what_waits_or_waits_no_more_is_looked_at(self) -> None:
        self.told(tracked(), turned=True)
        assert reviewed(self.store)

    def test_what_waits_is_told_once_and_what_waits_no_more(self) -> None:
        with self.store.writing() as writer:
            self.recorder.held(writer, {"I1": "brake", "I2": "brake"}, {"I2": "brake", "I3": "replaced"})
        assert self.store.history() == [event("held", before="brake"), event("held", ident="I3", after="replaced")]


class TestConflicts:
    def test_a_conflict_is_told_with_who_lost_until_somebody_has_seen_it(
        self, store: BenchStore, recorder: Recorder
    ) -> None:
        recorder.done(step(Verb.NOTE), Merged(link(), conflicts=(CONFLICT,)))

        assert store.history() == [
            event(
                "conflict",
                name="title",
                after=REWORDED.title,
                loser="Buy servers",
                side=Side.DOCUMENT,
                acknowledged=False,
            )
        ]

    def test_an_empty_value_is_told_as_none(self, store: BenchStore, recorder: Recorder) -> None:
        lost = Conflict("owners", Side.TRACKER, won=(), lost=("Ana", "Ben"))

        recorder.done(step(Verb.NOTE), Merged(link(), conflicts=(lost,)))

        (line,) = store.history()
        assert (line.after, line.loser, line.side) == (None, "Ana, Ben", Side.TRACKER)

    def test_one_that_is_on_record_and_open_is_not_told_again(self, store: BenchStore, recorder: Recorder) -> None:
        for _ in range(2):
            recorder.done(step(Verb.NOTE), Merged(link(), conflicts=(CONFLICT,)))

        assert len(store.history()) == 1

    @pytest.mark.parametrize(
        "before",
        [
            {"acknowledged": True},
            {"name": "priority"},
            {"after": "Sell servers"},
            {"loser": "Sell servers"},
            {"ident": "I2"},
        ],
        ids=["somebody has seen it", "another field", "another winner", "another loser", "another item"],
    )
    def test_one_that_only_looks_like_it_is_told(
        self, store: BenchStore, recorder: Recorder, before: dict[str, Any]
    ) -> None:
        open_one = event("conflict", name="title", after=REWORDED.title, loser="Buy servers", acknowledged=False)
        with store.writing() as writer:
            writer.record(replace(open_one, **before))

        recorder.done(step(Verb.NOTE), Merged(link(), conflicts=(CONFLICT,)))

        assert len(store.history()) == 2

    def test_of_several_those_that_are_new_are_told(self, store: BenchStore, recorder: Recorder) -> None:
        another = Conflict("priority", Side.TRACKER, won="P3", lost="P0")
        recorder.done(step(Verb.NOTE), Merged(link(), conflicts=(CONFLICT,)))

        recorder.done(step(Verb.NOTE), Merged(link(), conflicts=(CONFLICT, another)))

        assert [line.name for line in store.history()] == ["title", "priority"]


class TestBegin:
    def test_what_is_asked_for_is_on_record_before_it_is_asked(self, store: BenchStore, recorder: Recorder) -> None:
        asked = intention(fields=REWORDED)

        recorder.begin(step(Verb.UPDATE, link=link(error="late")), link(), asked)

        assert store.tables.links == {"I1": link(error="late")}
        assert store.intentions() == {"I1": asked}
        assert store.history() == []
        assert store.commits == 1

    def test_what_is_about_to_be_overwritten_is_on_record_too(self, store: BenchStore, recorder: Recorder) -> None:
        recorder.begin(step(Verb.UPDATE), link(), intention(), Merged(link(), conflicts=(CONFLICT,)))

        assert [(line.kind, line.loser) for line in store.history()] == [("conflict", "Buy servers")]
        assert reviewed(store)

    def test_what_came_of_an_earlier_try_is_the_documents_word(self, store: BenchStore, recorder: Recorder) -> None:
        again = step(Verb.UPDATE, link=link(REWORDED), intention=intention(fields=REWORDED))

        recorder.begin(again, link(REWORDED), intention())

        assert [(line.kind, line.after, line.side) for line in store.history()] == [
            ("changed", REWORDED.title, Side.DOCUMENT)
        ]
        assert reviewed(store)

    def test_without_a_line_of_history_no_report_has_to_be_looked_at(
        self, store: BenchStore, recorder: Recorder
    ) -> None:
        recorder.begin(step(Verb.UPDATE), link(), intention(), Merged(link()))

        assert not reviewed(store)


class TestFailed:
    def test_the_sentence_is_on_the_link(self, store: BenchStore, recorder: Recorder) -> None:
        recorder.failed(tracked(), link(), "the board said no", refused=False)

        assert store.tables.links == {"I1": link(error="the board said no")}
        assert reviewed(store)
        assert store.commits == 1

    @pytest.mark.parametrize(("refused", "left"), [(True, []), (False, ["I1"])])
    def test_what_certainly_did_not_happen_leaves_no_intention(
        self, store: BenchStore, recorder: Recorder, refused: bool, left: list[str]
    ) -> None:
        recorder.failed(tracked(), link(), "the board said no", refused=refused)

        assert list(store.intentions()) == left

    @pytest.mark.parametrize(("before", "told"), [(None, [(None, "no")]), ("never", [])])
    def test_it_is_told_once_and_not_each_try(
        self, store: BenchStore, recorder: Recorder, before: str | None, told: list[tuple[str | None, str]]
    ) -> None:
        recorder.failed(tracked(link=link(error=before)), link(), "no", refused=True)

        assert [(line.before, line.after) for line in store.history()] == told

    def test_what_came_of_an_earlier_try_is_told_all_the_same(self, store: BenchStore, recorder: Recorder) -> None:
        """A comment fails, and the plan's own link has moved on by what was sent and came."""
        moved = tracked(link=link(REWORDED), intention=intention(fields=REWORDED))

        recorder.failed(moved, link(REWORDED), "no", refused=False)

        assert [line.kind for line in store.history()] == ["changed", "failed"]


@pytest.mark.parametrize(("error", "told"), [(None, []), ("no", [("no", None)])])
def test_what_is_forgotten_fails_no_longer(
    store: BenchStore, recorder: Recorder, error: str | None, told: list[tuple[str, None]]
) -> None:
    recorder.forgotten(tracked(link=link(ref=None, error=error)))

    assert [(line.before, line.after) for line in store.history()] == told
    assert (store.tables.links, store.intentions()) == ({}, {})


def test_a_status_is_told_by_its_word(store: BenchStore, recorder: Recorder) -> None:
    recorder.done(step(Verb.NOTE), Merged(link(replace(FIELDS, status=Status.DONE))))

    (line,) = store.history()
    assert (line.before, line.after) == ("open", "done")


def test_nothing_is_written_down_for_what_stays_as_it_was(store: BenchStore, recorder: Recorder) -> None:
    before: Link = link(agreed=FIELDS, document=REWORDED)
    same: Tracked = tracked(link=before)

    recorder.done(Step(Verb.NOTE, same), Merged(before))

    assert store.history() == []
