"""Who did it, without a run: what a tracker is asked, what is kept of its answer, and whose name a line gets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from pmtrack.errors import TrackerError
from pmtrack.model import FieldChange, IssueRef, Side, Status, Who
from pmtrack.sync.merge import Conflict, Merged
from pmtrack.sync.record import Recorder
from pmtrack.sync.who import LIMIT, plainly, who_changed
from pmtrack.sync.world import Step, Verb
from pmtrack.trackers.memory import MemoryTracker
from support.bench import ALERT, RUNBOOK, Bench, BenchStore
from support.worlds import DOCUMENT, FIELDS, NOW, TODAY, issue, link, ref, tracked

ANA, BO = Who("Ana", "event 3"), Who("Bo", "event 4")
DONE = replace(FIELDS, status=Status.DONE)


class Telling(MemoryTracker):
    """Attributes:
    asked: which fields of which issue.
    """

    def __init__(self, answer: Mapping[str, Who] | None = None) -> None:
        super().__init__("board")
        self.answer = answer or {}
        self.asked: list[tuple[str, Sequence[str]]] = []

    def who(self, ref: IssueRef, names: Sequence[str]) -> Mapping[str, Who]:
        self.asked.append((ref.id, names))
        return self.answer


def pulled(*names: str, conflicts: Sequence[str] = ()) -> Merged:
    changes = tuple(FieldChange(name, None, "x") for name in names)
    return Merged(link(), pull=changes, conflicts=tuple(Conflict(n, Side.TRACKER, "x", "y") for n in conflicts))


class TestWhatIsAsked:
    def test_the_fields_that_the_tracker_changed_each_once(self) -> None:
        tracker = Telling({"status": ANA, "owners": BO})

        assert who_changed(pulled("status", "owners", conflicts=["due", "owners"]), tracker) == {
            "status": ANA,
            "owners": BO,
        }
        assert tracker.asked == [("1", ["due", "owners", "status"])]

    @pytest.mark.parametrize("names", [("title",), ("priority",), ("due",), ("title", "priority", "due")])
    def test_nothing_but_a_status_or_an_owner_is_worth_a_request(self, names: tuple[str, ...]) -> None:
        tracker = Telling()

        assert who_changed(pulled(*names), tracker) == {}
        assert tracker.asked == []

    def test_what_was_not_asked_is_not_heard(self) -> None:
        assert who_changed(pulled("status"), Telling({"status": ANA, "owners": BO})) == {"status": ANA}

    def test_nobody_is_asked_where_nothing_changed_or_no_issue_is_known(self) -> None:
        tracker = Telling()

        assert who_changed(None, tracker) == who_changed(Merged(link()), tracker) == {}
        assert who_changed(replace(pulled("status"), link=link(ref=None)), tracker) == {}
        assert tracker.asked == []

    def test_a_tracker_that_cannot_tell_is_not_asked(self) -> None:
        class Mute:
            """No `who`."""

        assert who_changed(pulled("status"), Mute()) == {}  # type: ignore[arg-type]


class TestWhatIsKept:
    def test_a_name_is_one_harmless_line_of_some_length(self) -> None:
        assert plainly(Who("ana\x1b[2J\n\u202egnp", "commit\n7")) == Who("ana gnp", "commit 7")
        assert plainly(Who("a" * LIMIT, "b" * LIMIT)) == Who("a" * LIMIT, "b" * LIMIT)
        assert plainly(Who("a" * (LIMIT + 1))) == Who("a" * (LIMIT - 1) + "…")
        assert LIMIT == 200

    @pytest.mark.parametrize("words", [None, "", " \n", "\x1b[2J"])
    def test_a_name_of_nothing_is_not_known(self, words: str | None) -> None:
        assert plainly(Who(words, words)) == Who(None, None)

    def test_the_answer_of_a_tracker_is_made_harmless(self) -> None:
        assert who_changed(pulled("status"), Telling({"status": Who("a\nna", " ")})) == {"status": Who("a na")}


class TestOnRecord:
    """The document was saved by Cy; in the tracker Ana closed the issue."""

    ITEM = tracked(document=replace(DOCUMENT, actor="Cy", evidence="commit 7"), link=link())

    @staticmethod
    def recorded(step: Step, merged: Merged) -> list[tuple[str, str | None, str | None]]:
        store = BenchStore()
        with store.writing() as writer:
            writer.save_document(DOCUMENT)
            writer.save_items([step.tracked.known])
            writer.save_link(link())
        Recorder(store, "R", lambda: NOW, TODAY).done(step, merged)
        return [(event.name or event.kind, event.actor, event.evidence) for event in store.history()]

    def test_each_change_is_that_sides_own(self) -> None:
        both = replace(DONE, title="Add memory and CPU alerts", due=None)
        pull = (FieldChange("status", Status.OPEN, Status.DONE), FieldChange("due", FIELDS.due, None))
        step = Step(Verb.UPDATE, self.ITEM, who={"status": ANA})

        assert self.recorded(step, Merged(link(both), pull=pull)) == [
            ("title", "Cy", "commit 7"),
            ("status", "Ana", "event 3"),
            ("due", None, None),
        ]

    @pytest.mark.parametrize(("verb", "who"), [(Verb.ADOPT, ("Cy", "commit 7")), (Verb.LOSE, (None, None))])
    def test_a_step_is_of_whoever_caused_it(self, verb: Verb, who: tuple[str | None, str | None]) -> None:
        ((_, *told),) = self.recorded(Step(verb, self.ITEM, who={"status": ANA}), Merged(link()))

        assert tuple(told) == who

    def test_the_marker_that_an_issue_carries_says_more_than_who_saved_the_document(self) -> None:
        step = Step(Verb.RELINK, replace(self.ITEM, found=issue(ident="OLD")))

        assert self.recorded(step, Merged(link())) == [("relinked", "Cy", "marker OLD")]

    @pytest.mark.parametrize(
        ("winner", "who"), [(Side.TRACKER, ("Ana", "event 3")), (Side.DOCUMENT, ("Cy", "commit 7"))]
    )
    def test_a_conflict_is_told_with_who_won(self, winner: Side, who: tuple[str, str]) -> None:
        lost = Conflict("status", winner, Status.DONE, Status.OPEN)
        step = Step(Verb.NOTE, self.ITEM, who={"status": ANA, "title": BO})

        assert self.recorded(step, Merged(link(), conflicts=(lost,))) == [("status", *who)]


class TestInARun:
    def test_who_closed_an_issue_is_on_record(self) -> None:
        bench = Bench()
        bench.write(ALERT)
        bench.run()
        bench.tracker.edit("1", by="Ana", status=Status.DONE)
        bench.run()

        (event,) = bench.events("changed")
        assert event.actor == "Ana"

    def test_a_tracker_that_does_not_tell_now_is_asked_no_more_and_the_step_is_taken(self) -> None:
        bench = Bench()
        bench.write(ALERT, RUNBOOK)
        bench.run()
        for number in ("1", "2"):
            bench.tracker.edit(number, by="Ana", status=Status.DONE)

        def fault(verb: str, _when: str) -> None:
            if verb == "who":
                raise TrackerError("403")

        bench.tracker.fault = fault
        outcome = bench.run().outcome

        assert outcome is not None
        assert (outcome.silent, dict(outcome.counts), outcome.failures) == ({"board"}, {"note": 2}, [])
        assert bench.tracker.calls["who"] == 1
        assert [event.actor for event in bench.events("changed")] == [None, None]
        assert ref().tracker == "board"
