"""How a plan is carried out: what is written where, what is on record, and what a failure or a stop leaves behind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import ClassVar

import pytest

from pmtrack.errors import TrackerError, UnknownOutcome
from pmtrack.model import (
    Draft,
    DueSource,
    Fields,
    Intention,
    Issue,
    IssueRef,
    Link,
    Marker,
    Pulse,
    Status,
)
from pmtrack.people import Directory, Person
from pmtrack.policy import Policy
from pmtrack.ready import ready
from pmtrack.reports.rows import agreed
from pmtrack.sync.apply import REMOVED, VERBS, Outcome
from pmtrack.sync.asking import intended
from pmtrack.sync.world import Brake, Step, Verb
from pmtrack.text import digest
from pmtrack.trackers.base import Sending, untold
from pmtrack.trackers.memory import MemoryTracker
from support.bench import ALERT, HEAD, ROTATE, RUNBOOK, TODAY, Bench, BenchStore, Lagging, Pages

TICK = "[x] " + ALERT
YES = {"yes": frozenset({"pm"})}


def failing(verb: str, when: str, error: Exception) -> Callable[[str, str], None]:
    def fault(called: str, moment: str) -> None:
        if (called, moment) == (verb, when):
            raise error

    return fault


def healthy(_verb: str, _when: str) -> None:
    """No fault."""


@dataclass(slots=True)
class Watched(MemoryTracker):
    """Keeps what it was asked to create, and what stood in the store at that moment."""

    bench: Bench | None = None
    drafts: list[Draft] = field(default_factory=list)
    before: list[tuple[Link, Intention]] = field(default_factory=list)

    def create(self, draft: Draft, sending: Sending = untold) -> Issue:
        sending()
        self._look(draft)
        return MemoryTracker.create(self, draft)

    def update(self, ref, changes, draft):  # type: ignore[no-untyped-def]
        self._look(draft)
        return MemoryTracker.update(self, ref, changes, draft)

    def _look(self, draft: Draft) -> None:
        assert self.bench is not None
        self.drafts.append(draft)
        ident = draft.marker.ident
        self.before.append((self.bench.link(ident), self.bench.store.intentions()[ident]))


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def watched(bench: Bench) -> Watched:
    bench.tracker = Watched("board", bench=bench)
    return bench.tracker


@pytest.fixture
def linked(bench: Bench) -> Bench:
    bench.write(ALERT)
    bench.run()
    bench.run()
    return bench


class TestCreate:
    TABLE = "| Action | Owner | Priority | Due |\n| --- | --- | --- | --- |\n"

    def test_the_issue_says_all_that_the_document_does(self, bench: Bench, watched: Watched) -> None:
        bench.directory = Directory((Person("Ana Ruiz", aliases=("Ana",)),))
        bench.pages.texts["a.md"] = f"{HEAD}{self.TABLE}| {ALERT} | Ana, Zoe | P1 | in 7 days |\n"

        outcome = bench.run().outcome

        fields = Fields(ALERT, Status.OPEN, ("Ana Ruiz", "Zoe"), "P1", date(2026, 11, 27))
        assert watched.drafts == [
            Draft(
                marker=Marker("I1", "a.md", digest(ALERT)),
                fields=fields,
                words=ALERT,
                postmortem="Outage",
                source="pm",
                line=9,
                notes=("Owner as written: Ana, Zoe", "Due as written: in 7 days"),
            )
        ]
        assert outcome is not None
        assert (dict(outcome.counts), outcome.failures, outcome.stopped, outcome.shut) == (
            {"create": 1},
            [],
            False,
            set(),
        )

    def test_what_needs_no_word_gets_none(self, bench: Bench, watched: Watched) -> None:
        bench.pages.texts["a.md"] = f"{HEAD}{self.TABLE}| {ALERT} | Zoe | P1 | 2026-12-24 |\n"

        bench.run()

        assert watched.drafts[0].notes == ()

    def test_a_date_by_policy_is_said_to_be_one(self, bench: Bench, watched: Watched) -> None:
        bench.policy = Policy(due={"P1": 14})
        bench.pages.texts["a.md"] = f"{HEAD}{self.TABLE}| {ALERT} | Zoe | P1 | |\n"

        bench.run()

        assert watched.drafts[0].notes == ("Due date: by the team's policy",)
        assert bench.link().due_source is DueSource.POLICY

    def test_what_is_asked_for_is_on_record_before_it_is_asked(self, bench: Bench, watched: Watched) -> None:
        bench.tracker.put(Issue(IssueRef("board", "7", "#7", ""), Fields("Theirs", Status.OPEN)))
        bench.write(ALERT)

        bench.run()

        wanted = Fields(ALERT, Status.OPEN)
        raw = bench.link().document
        assert watched.before == [
            (
                Link("I1", "board", None, raw, wanted, wanted),
                Intention("I1", "board", Marker("I1", "a.md", digest(ALERT)), raw, wanted, bench.now, "7", tries=1),
            )
        ]

    def test_the_link_says_what_the_tracker_answered(self, bench: Bench) -> None:
        class Shouting(MemoryTracker):
            def create(self, draft: Draft, sending: Sending = untold) -> Issue:
                made = MemoryTracker.create(self, draft, sending)
                return replace(made, fields=replace(made.fields, title=made.fields.title.upper()))

        bench.tracker = Shouting("board")
        bench.write(ALERT)
        bench.run()

        said = Fields(ALERT.upper(), Status.OPEN)
        ref = IssueRef("board", "1", "#1", "memory://board/1")
        assert bench.link() == Link("I1", "board", ref, bench.link().document, said, said)
        assert bench.link().document.title == ALERT
        assert bench.store.intentions() == {}
        assert [(line.kind, line.after) for line in bench.events()] == [("created", "#1")]

    def test_each_try_is_counted(self, bench: Bench, watched: Watched) -> None:
        bench.write(ALERT)
        bench.tracker.fault = failing("create", "before", UnknownOutcome("502"))
        for _ in range(3):
            bench.run()

        assert [intention.tries for _, intention in watched.before] == [1, 2, 3]

    def test_an_issue_that_was_intended_says_what_was_wanted(self, bench: Bench) -> None:
        bench.policy = Policy(due={"P1": 14})
        bench.pages.texts["a.md"] = f"{HEAD}{self.TABLE}| {ALERT} | Zoe | High | |\n"
        (tracked,) = bench.observe().world.tracked

        raw = tracked.known.stated
        assert intended(tracked) == Link("I1", "board", None, raw, tracked.wanted, tracked.wanted, DueSource.POLICY)


class TestWrite:
    def test_only_what_changed_is_written(self, linked: Bench) -> None:
        linked.write(TICK)
        linked.tracker.edit("1", owners=("zoe",))

        outcome = linked.run().outcome

        assert outcome is not None
        assert dict(outcome.counts) == {"close": 1}
        assert linked.tracker.issues["1"].fields == Fields(ALERT, Status.DONE, ("zoe",))
        assert linked.link().agreed == linked.link().issue == Fields(ALERT, Status.DONE, ("zoe",))
        assert linked.store.intentions() == {}

    def test_it_is_on_record_before_it_is_asked(self, bench: Bench, watched: Watched) -> None:
        bench.write(ALERT)
        bench.run()
        bench.run()
        remembered = bench.link()
        bench.write(TICK)

        bench.run()

        sent = replace(remembered.issue, status=Status.DONE)
        marker = Marker("I1", "a.md", digest(ALERT))
        said = bench.link().document
        assert watched.before[1] == (remembered, Intention("I1", "board", marker, said, sent, bench.now, "1"))
        assert watched.drafts[1].marker == marker

    def test_what_a_person_changed_meanwhile_is_still_to_be_seen(self, bench: Bench) -> None:
        class Busy(MemoryTracker):
            def update(self, ref, changes, draft):  # type: ignore[no-untyped-def]
                self.edit("1", owners=("zoe",))
                return MemoryTracker.update(self, ref, changes, draft)

        bench.tracker = Busy("board")
        bench.write(ALERT)
        bench.run()
        bench.run()
        bench.write(TICK)

        bench.run()
        assert bench.link().agreed == bench.link().issue == Fields(ALERT, Status.DONE)
        bench.run()
        assert bench.link().agreed.owners == ("zoe",)

    def test_what_the_tracker_made_of_it_is_remembered(self, bench: Bench) -> None:
        class Shouting(MemoryTracker):
            def update(self, ref, changes, draft):  # type: ignore[no-untyped-def]
                issue = MemoryTracker.update(self, ref, changes, draft)
                moved = replace(issue.ref, key="OPS-1")
                return replace(issue, ref=moved, fields=replace(issue.fields, title=issue.fields.title.upper()))

        bench.tracker = Shouting("board")
        bench.write(ALERT)
        bench.run()
        bench.run()
        bench.write(f"{ALERT} soon")

        bench.run()

        title = f"{ALERT} soon".upper()
        assert bench.link().agreed.title == bench.link().issue.title == title
        assert bench.link().ref == IssueRef("board", "1", "OPS-1", "memory://board/1")

    def test_a_conflict_is_on_record_before_the_loser_is_overwritten(self, linked: Bench) -> None:
        linked.tracker.edit("1", title="A better title")
        linked.write(f"{ALERT} soon")
        linked.tracker.fault = failing("update", "before", TrackerError("422"))

        linked.run()

        assert [(line.name, line.loser) for line in linked.events("conflict")] == [("title", "A better title")]


class TestTheOtherVerbs:
    def test_a_change_in_the_tracker_is_only_noted(self, linked: Bench) -> None:
        linked.tracker.edit("1", status=Status.DONE)
        writes = linked.tracker.writes

        outcome = linked.run().outcome

        assert outcome is not None
        assert dict(outcome.counts) == {"note": 1}
        assert linked.link().agreed.status is Status.DONE
        assert linked.tracker.writes == writes

    def test_an_item_that_left_is_told_in_its_issue(self, bench: Bench) -> None:
        bench.write(ALERT, RUNBOOK)
        bench.run()
        bench.write(RUNBOOK)

        bench.run()

        words = "This action item is no longer in a.md. Nothing was closed: if the work is off, close the issue."
        assert bench.tracker.comments == {("1", "removed"): words}
        assert words == REMOVED.format(path="a.md")
        assert bench.link("I1").orphaned
        assert [line.kind for line in bench.events() if line.ident == "I1"] == ["created", "removed"]

    def test_an_issue_that_was_deleted_is_remembered_as_that(self, linked: Bench) -> None:
        before = linked.link()
        linked.tracker.delete("1")
        linked.tracker.put(Issue(IssueRef("board", "9", "#9", ""), Fields("Theirs", Status.OPEN)))

        linked.run()

        assert linked.link() == replace(before, gone=True)
        assert linked.events("gone")

    def test_an_issue_that_was_there_before_is_adopted(self, bench: Bench) -> None:
        bench.tracker.put(Issue(IssueRef("board", "7", "#7", ""), Fields("Theirs", Status.OPEN)))
        bench.pages.texts["a.md"] = f"{HEAD}| Action | Ticket |\n| --- | --- |\n| {ALERT} | #7 |\n"

        bench.run()

        assert (bench.link().adopted, bench.link().agreed.title) == (True, "Theirs")
        assert bench.tracker.writes == 0

    def test_what_came_to_nothing_and_is_wanted_no_more_is_forgotten(self, bench: Bench) -> None:
        bench.write(ALERT, RUNBOOK)
        bench.tracker.fault = failing("create", "before", UnknownOutcome("502"))
        bench.run()
        bench.tracker.fault = healthy
        bench.write(RUNBOOK)

        outcome = bench.run().outcome

        assert outcome is not None
        assert outcome.counts == {"create": 1, "forget": 1}
        assert list(bench.store.tables.links) == ["I2"]
        assert bench.store.intentions() == {}

    def test_what_may_still_come_is_waited_for(self, bench: Bench) -> None:
        bench.tracker = Lagging("board")
        bench.tracker.settle = 10 * bench.tracker.settle or bench.tracker.settle
        bench.write(ALERT)
        bench.tracker.fault = failing("create", "before", UnknownOutcome("502"))
        bench.run()
        bench.tracker.settle = bench.now - bench.now.replace(hour=0)
        before = bench.store.tables

        outcome = bench.run().outcome

        assert outcome is not None
        assert dict(outcome.counts) == {"wait": 1}
        assert (bench.store.tables.links, bench.store.tables.intentions) == (before.links, before.intentions)

    def test_every_verb_can_be_carried_out(self) -> None:
        assert list(VERBS) == list(Verb)


class TestAFailure:
    @pytest.mark.parametrize(
        ("error", "kept"), [(TrackerError("the board said no"), False), (UnknownOutcome("timed out"), True)]
    )
    def test_of_a_create(self, bench: Bench, error: TrackerError, kept: bool) -> None:
        """What certainly did not happen leaves no intention."""
        bench.write(ALERT)
        bench.tracker.fault = failing("create", "before", error)

        outcome = bench.run().outcome

        assert outcome is not None
        assert (dict(outcome.counts), outcome.failures) == ({"failed": 1}, [f"a.md:7: {error}"])
        assert (bench.link().ref, bench.link().error, bench.link().agreed.status) == (None, str(error), Status.OPEN)
        assert list(bench.store.intentions()) == (["I1"] if kept else [])
        bench.run()
        assert [(event.kind, event.before, event.after) for event in bench.events()] == [("failed", None, str(error))]
        bench.tracker.fault = healthy
        bench.run()
        assert [(event.kind, event.before) for event in bench.events()][-1] == ("failed", str(error))

    @pytest.mark.parametrize(
        ("error", "kept"), [(TrackerError("the board said no"), False), (UnknownOutcome("timed out"), True)]
    )
    def test_of_a_change(self, linked: Bench, error: TrackerError, kept: bool) -> None:
        before = linked.link()
        linked.write(TICK)
        linked.tracker.fault = failing("update", "before", error)

        linked.run()

        assert linked.link() == replace(before, error=str(error))
        assert list(linked.store.intentions()) == (["I1"] if kept else [])

    def test_what_has_no_issue_is_reported_as_its_document_says_it_all_the_same(self, bench: Bench) -> None:
        bench.write(ALERT)
        bench.tracker.fault = failing("create", "before", TrackerError("the board said no"))
        bench.run()
        bench.write(TICK)

        bench.run()

        (row,) = bench.store.snapshot("pm", "a.md").rows
        assert agreed(row).status is Status.DONE

    def test_of_a_comment_is_no_word_on_what_was_asked_for(self, linked: Bench) -> None:
        """A change of unknown outcome is not known any better because a comment was refused."""
        linked.write(TICK)
        linked.tracker.fault = failing("update", "after", UnknownOutcome("timed out"))
        linked.run()
        del linked.pages.texts["a.md"]
        linked.tracker.fault = failing("comment", "before", TrackerError("403"))

        outcome = linked.run(rules=YES).outcome

        assert outcome is not None
        assert outcome.failures == ["a.md:7: 403"]
        assert list(linked.store.intentions()) == ["I1"]

    def test_the_others_go_on(self, bench: Bench) -> None:
        bench.write(ALERT, RUNBOOK, ROTATE)
        waiting = [TrackerError("422")]

        def fault(verb: str, when: str) -> None:
            if (verb, when) == ("create", "before") and waiting:
                raise waiting.pop()

        bench.tracker.fault = fault

        outcome = bench.run().outcome

        assert outcome is not None
        assert (outcome.counts["create"], outcome.counts["failed"]) == (2, 1)
        assert sorted(one.fields.title for one in bench.tracker.issues.values()) == sorted([RUNBOOK, ROTATE])

    def test_who_is_told_to_wait_asks_nothing_more_of_this_tracker(self, bench: Bench) -> None:
        bench.write(ALERT, RUNBOOK)
        bench.sources = {"more": Pages("more", {"z.md": f"{HEAD}- [ ] {ROTATE}\n"})}
        bench.targets, bench.trackers = {"more": "other"}, {"other": MemoryTracker("other")}
        bench.tracker.fault = failing("create", "before", TrackerError("429", retry_after=0.0))
        said: list[Step] = []

        outcome = bench.run(say=said.append).outcome

        assert outcome is not None
        assert outcome.shut == {"board"}
        assert (outcome.counts["create"], outcome.counts["failed"]) == (1, 1)
        assert [step.tracked.known.item.fields.title for step in said] == [ROTATE, ALERT]

    def test_a_tracker_that_cannot_be_read_is_written_to_by_nobody(self, bench: Bench) -> None:
        """That was said once, and is not said again for each of its items."""
        bench.write(ALERT)
        bench.tracker.fault = failing("listing", "before", TrackerError("timed out"))
        said: list[Step] = []

        outcome = bench.run(say=said.append).outcome

        assert outcome == Outcome()
        assert said == []
        assert bench.tracker.calls["create"] == 0

    def test_each_failure_is_counted_and_said(self, bench: Bench) -> None:
        bench.write(ALERT, RUNBOOK)
        bench.tracker.fault = failing("create", "before", TrackerError("422"))

        outcome = bench.run().outcome

        assert outcome is not None
        assert (dict(outcome.counts), outcome.failures) == ({"failed": 2}, ["a.md:7: 422", "a.md:8: 422"])


class TestAStop:
    def test_the_rest_is_left_for_the_next_run(self, bench: Bench) -> None:
        bench.write(ALERT, RUNBOOK, ROTATE)
        asked = iter([False, True])

        outcome = bench.run(stop=lambda: next(asked)).outcome

        assert outcome is not None
        assert (outcome.stopped, outcome.counts["create"]) == (True, 1)
        assert bench.store.cursor("tracker:board") == ""
        bench.run()
        assert bench.tracker.writes == 3

    def test_each_step_is_told_before_it_is_done(self, bench: Bench) -> None:
        bench.write(ALERT, RUNBOOK)
        told: list[tuple[str, int]] = []

        bench.run(say=lambda step: told.append((step.tracked.known.item.fields.title, bench.tracker.writes)))

        assert told == [(ALERT, 0), (RUNBOOK, 1)]


class TestWhatWasSeen:
    def test_documents_items_and_holds_are_kept(self, bench: Bench) -> None:
        bench.write(*(f"Item number {n}" for n in range(26)))

        decided = bench.run().plan

        assert list(bench.store.documents("pm")) == ["a.md"]
        assert len(bench.store.items("pm")) == 26
        assert tuple(bench.store.holds().values()) == decided.holds
        assert [hold.kind for hold in decided.holds] == ["brake"]

    def test_a_hold_stays_with_its_source(self, bench: Bench) -> None:
        template = HEAD.replace("Outage", "[Title of the incident]").replace("2026-11-20", "YYYY-MM-DD")
        bench.write(ALERT, head=template)
        bench.sources = {"more": Pages("more", {"z.md": f"{template}- [ ] {ROTATE}\n"})}
        bench.targets = {"more": "board"}

        bench.run()
        assert sorted(hold.source for hold in bench.store.holds().values()) == ["more", "pm"]
        bench.sources["more"].texts["z.md"] = f"{HEAD}- [ ] {ROTATE}\n"
        bench.run()
        assert [hold.source for hold in bench.store.holds().values()] == ["pm"]

    def test_a_report_is_looked_at_when_its_item_begins_or_ends_to_be_held(self, bench: Bench) -> None:
        def reviewed() -> bool:
            there = bench.store.documents("pm")["a.md"].review_on == bench.today
            with bench.store.writing() as writer:
                writer.save_document(replace(bench.store.documents("pm")["a.md"], review_on=date(2027, 1, 1)))
            return there

        for n in range(26):
            bench.write(f"Item number {n}", path=f"{n}.md")
        bench.write(ALERT)
        bench.tracker.fault = failing("listing", "before", TrackerError("timed out"))
        bench.run(rules={"brake": Brake(creates=100)})
        assert reviewed()
        bench.run(rules={"brake": Brake(creates=100)})
        assert not reviewed()
        bench.run()
        assert reviewed()  # it is held, and was not before
        bench.run()
        assert not reviewed()
        bench.run(rules={"brake": Brake(creates=100)})
        assert reviewed()


class TestTheHeartbeat:
    def test_of_a_run_in_which_all_went_well(self, bench: Bench) -> None:
        bench.write(ALERT)
        bench.run()
        bench.run()

        assert bench.store.pulses == {
            "tracker:board": Pulse("tracker:board", bench.now),
            "source:pm": Pulse("source:pm", bench.now),
        }
        assert bench.store.cursor("tracker:board") == "1"

    def test_what_could_not_be_read_says_why_and_when_it_last_could(self, linked: Bench) -> None:
        before = linked.now
        linked.pages.shut = "no such folder"
        linked.tracker.fault = failing("listing", "before", TrackerError("timed out"))

        linked.run()

        assert linked.store.pulses == {
            "tracker:board": Pulse("tracker:board", before, "timed out"),
            "source:pm": Pulse("source:pm", before, "no such folder"),
        }
        assert linked.store.cursor("tracker:board") == "1"

    def test_one_document_that_cannot_be_read_does_not_stop_the_heart(self, linked: Bench) -> None:
        linked.pages.locked = {"a.md": "not readable"}
        linked.write(TICK)

        linked.run()

        assert linked.store.pulses["source:pm"] == Pulse("source:pm", linked.now)

    def test_after_a_failure_what_changed_is_read_again(self, linked: Bench) -> None:
        linked.write(ALERT, RUNBOOK)
        linked.tracker.edit("1", owners=("zoe",))
        linked.tracker.fault = failing("create", "before", TrackerError("422"))

        linked.run()

        assert linked.store.cursor("tracker:board") == "1"
        assert linked.store.pulses["tracker:board"] == Pulse("tracker:board", linked.now)

    def test_after_a_run_for_one_document_too(self, linked: Bench) -> None:
        linked.write(RUNBOOK, path="b.md")
        linked.tracker.edit("1", owners=("zoe",))

        linked.run(rules={"postmortem": "a.md"})

        assert linked.store.cursor("tracker:board") == "1"

    def test_where_something_is_held_its_tracker_alone_is_read_again(self, linked: Bench) -> None:
        other = MemoryTracker("other")
        linked.sources = {"more": Pages("more", {"z.md": f"{HEAD}- [ ] {ROTATE}\n"})}
        linked.targets, linked.trackers = {"more": "other"}, {"other": other}
        linked.run()
        linked.run()
        linked.write()
        linked.tracker.edit("1", owners=("zoe",))
        other.edit("1", owners=("zoe",))

        held = linked.run().plan.holds

        assert [hold.kind for hold in held] == ["emptied"]
        assert linked.store.cursor("tracker:board") == "1"
        assert linked.store.cursor("tracker:other") == "2"


class TestADraft:
    """It may stay one for weeks: what people do in the tracker meanwhile is read once."""

    DRAFT = f"---\nstatus: draft\n---\n{HEAD}"
    RULES: ClassVar = {"ready": {"pm": ready("status: final")}}

    def test_its_tracker_is_read_from_where_it_was_read_last(self, linked: Bench) -> None:
        linked.write(ROTATE, path="b.md", head=self.DRAFT)
        linked.tracker.edit("1", owners=("zoe",))

        held = linked.run(rules=self.RULES).plan.holds

        assert [hold.kind for hold in held] == ["draft"]
        assert linked.store.cursor("tracker:board") == "2"

    def test_so_it_is_with_a_template_which_stays_one_for_ever(self, linked: Bench) -> None:
        linked.write(ROTATE, path="b.md", head=HEAD.replace("Outage", "[Title of the incident]"))
        linked.tracker.edit("1", owners=("zoe",))

        held = linked.run().plan.holds

        assert [hold.kind for hold in held] == ["template"]
        assert linked.store.cursor("tracker:board") == "2"

    def test_an_issue_of_ours_is_found_again_though_its_document_is_a_draft(self, bench: Bench) -> None:
        bench.write(RUNBOOK)
        bench.run()
        kept = bench.tracker.issues["1"]
        bench.store.tables = BenchStore().tables
        bench.write(RUNBOOK, head=self.DRAFT)

        bench.run(rules=self.RULES)

        assert list(bench.tracker.issues.values()) == [kept]
        assert bench.link().ref == kept.ref


def test_an_outcome_of_nothing() -> None:
    assert (Outcome().counts, Outcome().failures, Outcome().stopped, Outcome().shut) == ({}, [], False, set())
    assert Bench().today == TODAY


@dataclass(slots=True)
class Many(Watched):
    """Makes up to three at once. `answers`: what it says to a request instead of making all of it."""

    at_once: int = 3
    sizes: list[int] = field(default_factory=list)
    refused: frozenset[str] = frozenset()

    def create_many(self, drafts: Sequence[Draft], sending: Sending = untold) -> Sequence[Issue | TrackerError]:
        sending()
        self.sizes.append(len(drafts))
        self._call("create_many")
        made = [self._one(draft) for draft in drafts]
        self._called("create_many")
        return made

    def _one(self, draft: Draft) -> Issue | TrackerError:
        if draft.fields.title in self.refused:
            return TrackerError("it is refused: mend it", permanent=True)
        return Watched.create(self, draft)


class TestCreateMany:
    TITLES = tuple(f"Alert on queue number {word}" for word in ("one", "two", "three", "four", "five", "six", "seven"))

    @pytest.fixture
    def many(self, bench: Bench) -> Many:
        bench.tracker = Many("board", bench=bench)
        bench.write(*self.TITLES)
        return bench.tracker

    def test_as_many_as_fit_go_in_one_request_each_with_its_intention_before(self, bench: Bench, many: Many) -> None:
        outcome = bench.run().outcome
        assert outcome is not None
        assert many.sizes == [3, 3]
        assert [draft.words for draft in many.drafts] == list(self.TITLES)
        assert [intention.marker.ident for _, intention in many.before] == [f"I{n}" for n in range(1, 8)]
        assert (dict(outcome.counts), outcome.failures) == ({"create": 7}, [])
        assert bench.store.intentions() == {}
        assert bench.run().plan.steps == ()

    def test_one_that_is_refused_keeps_none_of_the_others_back(self, bench: Bench, many: Many) -> None:
        many.refused = frozenset({self.TITLES[1], self.TITLES[4]})
        outcome = bench.run().outcome
        assert outcome is not None
        assert dict(outcome.counts) == {"create": 5, "failed": 2}
        assert [line.split(": ", 1)[1] for line in outcome.failures] == ["it is refused: mend it"] * 2
        assert bench.link("I2").error == "it is refused: mend it"
        assert bench.store.intentions() == {}
        many.refused = frozenset()
        bench.run()
        assert sorted(issue.fields.title for issue in many.issues.values()) == sorted(self.TITLES)
        assert bench.run().plan.steps == ()

    def test_what_refuses_the_whole_request_is_said_once_and_the_rest_is_not_asked(
        self, bench: Bench, many: Many
    ) -> None:
        error = TrackerError("the project is archived: name another one", permanent=True, retry_after=0.0)
        many.fault = failing("create_many", "before", error)
        outcome = bench.run().outcome
        assert outcome is not None
        assert many.sizes == [3]
        assert [line.split(" and ", 1)[1] for line in outcome.failures] == [
            "2 more: the project is archived: name another one"
        ]
        assert (many.issues, bench.store.intentions()) == ({}, {})
        many.fault = healthy
        bench.run()
        assert len(many.issues) == 7
        assert bench.run().plan.steps == ()

    def test_an_answer_that_is_lost_makes_none_of_them_twice(self, bench: Bench, many: Many) -> None:
        many.fault = failing("create_many", "after", UnknownOutcome("nobody knows"))
        bench.run()
        assert len(many.issues) == 7  # the last one goes by itself
        many.fault = healthy
        for _ in range(3):
            bench.run()
        assert sorted(issue.fields.title for issue in many.issues.values()) == sorted(self.TITLES)
        assert bench.store.intentions() == {}
        assert bench.run().plan.steps == ()
