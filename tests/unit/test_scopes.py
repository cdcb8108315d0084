"""Runs that see to some of the sources: what they see of the others' issues is kept for these."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from pmtrack.errors import TrackerError
from pmtrack.model import Issue, IssueRef, Marker, Status
from pmtrack.store.reader import ALL
from pmtrack.sync import Sync
from pmtrack.sync.world import Verb
from pmtrack.text import digest
from pmtrack.trackers.memory import MemoryTracker
from support.bench import ALERT, HEAD, NOW, ROTATE, RUNBOOK, SETTLE, Bench, Lagging, Pages


def verbs(run: Sync) -> list[Verb]:
    return [step.verb for step in run.plan.steps]


@pytest.fixture
def bench() -> Bench:
    """Two sources, `pm` with issue 1 and `other` with issue 2, in one tracker."""
    bench = Bench()
    bench.sources["other"] = Pages("other", {"o.md": f"{HEAD}- [ ] {RUNBOOK}\n"})
    bench.targets["other"] = "board"
    bench.write(ALERT)
    bench.run()
    bench.run()
    return bench


def run(bench: Bench, only: str | None) -> Sync:
    bench.only = only
    return bench.run()


def of_other(bench: Bench) -> str:
    return next(number for number, issue in bench.tracker.issues.items() if issue.fields.title == RUNBOOK)


class TestWhatOthersAreToHear:
    def test_a_change_waits_for_the_run_that_sees_to_it(self, bench: Bench) -> None:
        bench.tracker.edit(of_other(bench), status=Status.DONE)

        assert verbs(run(bench, "pm")) == []
        assert verbs(run(bench, "pm")) == []
        assert verbs(run(bench, "other")) == [Verb.NOTE]
        assert not bench.store.tables.hints
        assert verbs(run(bench, None)) == []

    def test_two_changes_are_one_hint(self, bench: Bench) -> None:
        for status in (Status.DONE, Status.CANCELLED):
            bench.tracker.edit(of_other(bench), status=status)
            run(bench, "pm")

        assert len(bench.store.tables.hints) == 1
        (step,) = run(bench, "other").plan.steps
        assert step.merged
        assert step.merged.link.issue.status is Status.CANCELLED

    def test_a_deleted_issue_is_told_as_well(self, bench: Bench) -> None:
        del bench.tracker.issues[of_other(bench)]
        bench.tracker._clock += 1
        run(bench, "pm")

        assert verbs(run(bench, "other")) == [Verb.LOSE]

    def test_what_failed_is_heard_again(self, bench: Bench) -> None:
        bench.tracker.edit(of_other(bench), status=Status.DONE)
        run(bench, "pm")
        bench.sources["other"].texts["o.md"] = f"{HEAD}- [ ] {RUNBOOK}\n- [ ] {ROTATE}\n"

        def refuse(verb: str, when: str) -> None:
            if (verb, when) == ("create", "before"):
                raise TrackerError("no")

        bench.tracker.fault = refuse
        run(bench, "other")
        assert bench.store.tables.hints  # not everything was dealt with: the next run looks once more
        bench.tracker.fault = lambda _verb, _when: None
        run(bench, "other")
        assert not bench.store.tables.hints

    def test_a_hint_that_came_during_the_run_stays(self, bench: Bench) -> None:
        number = of_other(bench)
        with bench.store.writing() as writer:
            writer.hint("board", [number])
        bench.only = "other"
        observation = bench.observe()
        with bench.store.writing() as writer:
            writer.hint("board", [number])
            writer.drop_hints(observation.hints)

        assert len(bench.store.tables.hints) == 1

    def test_hints_of_issues_that_are_nobodys_are_dropped(self, bench: Bench) -> None:
        with bench.store.writing() as writer:
            writer.hint("board", ["77"])
        run(bench, "pm")

        assert not bench.store.tables.hints

    def test_a_whole_run_hands_nothing_over(self, bench: Bench) -> None:
        bench.tracker.edit(of_other(bench), status=Status.DONE)

        assert verbs(run(bench, None)) == [Verb.NOTE]
        assert not bench.store.tables.hints


class TestWhatIsRead:
    def test_a_tracker_that_is_to_be_read_whole_is_once(self, bench: Bench) -> None:
        bench.tracker = lagging(bench.tracker)
        run(bench, None)
        number = of_other(bench)
        issue = bench.tracker.issues[number]
        bench.tracker.issues[number] = replace(issue, fields=replace(issue.fields, priority="P0"))  # no list tells
        assert verbs(run(bench, "pm")) == []
        with bench.store.writing() as writer:
            writer.hint("board", [ALL])

        assert verbs(run(bench, "pm")) == []
        assert verbs(run(bench, "other")) == [Verb.NOTE]
        assert not bench.store.tables.hints

    def test_a_hinted_issue_is_read_directly_though_the_list_lags(self, bench: Bench) -> None:
        bench.tracker = lagging(bench.tracker)
        run(bench, None)
        bench.tracker.shown = ()
        bench.tracker.edit(of_other(bench), status=Status.DONE)
        assert verbs(run(bench, "other")) == []
        with bench.store.writing() as writer:
            writer.hint("board", [of_other(bench)])

        assert verbs(run(bench, "other")) == [Verb.NOTE]

    def test_a_hint_is_about_its_own_issue_only(self, bench: Bench) -> None:
        bench.write(ROTATE, path="b.md")
        run(bench, None)
        run(bench, None)
        with bench.store.writing() as writer:
            writer.hint("board", [of_other(bench)])

        assert [list(reading.documents) for reading in bench.observe().readings] == [[], ["o.md"]]

    def test_a_tracker_of_other_sources_only_is_left_alone(self, bench: Bench) -> None:
        bench.trackers["second"] = MemoryTracker("second")
        bench.sources["third"] = Pages("third", {"t.md": f"{HEAD}- [ ] {ROTATE}\n"})
        bench.targets["third"] = "second"
        run(bench, "third")
        bench.trackers["second"].calls.clear()
        bench.tracker.calls.clear()

        run(bench, "third")
        assert not bench.tracker.calls
        run(bench, "pm")
        assert bench.trackers["second"].calls["listing"] == 1

    def test_a_run_of_all_reads_the_tracker_of_a_source_that_is_gone_from_the_configuration(self, bench: Bench) -> None:
        bench.trackers["second"] = MemoryTracker("second", settle=SETTLE)
        bench.sources["third"] = Pages("third", {"t.md": f"{HEAD}- [ ] {ROTATE}\n"})
        bench.targets["third"] = "second"
        run(bench, None)
        del bench.sources["third"], bench.targets["third"]

        assert bench.places.concerned(bench.store) == ["board", "second"]
        bench.only = "pm"
        assert bench.places.concerned(bench.store) == ["board"]

    def test_another_worker_just_makes_an_issue(self, bench: Bench) -> None:
        """Its marker names an item that the store knows: no sign of a store that was lost, and nobody else's."""
        run(bench, None)
        made = bench.tracker.issues[of_other(bench)]
        assert made.marker
        bench.store.tables.links.pop(made.marker.ident)
        bench.write(ALERT, ROTATE)

        done = run(bench, "pm")

        assert (verbs(done), done.plan.holds) == ([Verb.CREATE], ())


class TestASourceThatIsNew:
    """It has no issue yet, in a tracker where others have theirs."""

    @pytest.fixture
    def new(self, bench: Bench) -> Bench:
        bench.sources["new"] = Pages("new", {"n.md": f"{HEAD}- [ ] {ROTATE}\n"})
        bench.targets["new"] = "board"
        return bench

    @staticmethod
    def stray(bench: Bench, marker: Marker) -> None:
        fields = bench.tracker.issues["1"].fields
        ref = IssueRef("board", "9", "9", "")
        bench.tracker.put(Issue(ref, fields, marker, ours=True, updated_at=NOW + timedelta(hours=1)))

    def test_a_stray_of_nobody_is_a_sign_that_its_store_was_lost(self, new: Bench) -> None:
        self.stray(new, Marker("LOST", "gone.md", digest("Gone")))

        assert [hold.kind for hold in run(new, "new").plan.holds] == ["rebuilt"]

    def test_but_not_in_a_run_of_all_since_the_store_knows_the_others(self, new: Bench) -> None:
        self.stray(new, Marker("LOST", "gone.md", digest("Gone")))

        done = run(new, None)

        assert (verbs(done), done.plan.holds) == ([Verb.CREATE], ())

    def test_nor_is_one_of_an_item_that_the_store_knows(self, new: Bench) -> None:
        made = new.tracker.issues[of_other(new)].marker
        assert made
        new.store.tables.links.pop(made.ident)

        done = run(new, "new")

        assert (verbs(done), done.plan.holds) == ([Verb.CREATE], ())


class TestTheDailySweep:
    def test_a_deleted_issue_is_found_that_no_list_tells_of(self, bench: Bench) -> None:
        bench.tracker = lagging(bench.tracker)
        run(bench, None)
        bench.tracker.delete("1")
        assert verbs(run(bench, None)) == []

        bench.sweep = True
        assert verbs(run(bench, None)) == [Verb.LOSE]
        assert verbs(run(bench, None)) == []

    def test_only_those_are_read_directly_that_the_list_does_not_show(self, bench: Bench) -> None:
        bench.tracker = lagging(bench.tracker)
        run(bench, None)
        bench.tracker.delete("1")
        bench.tracker.asked.clear()
        bench.sweep = True
        bench.observe()

        assert bench.tracker.asked == ["1"]

    def test_a_list_of_nothing_is_suspicious(self, bench: Bench) -> None:
        bench.tracker = lagging(bench.tracker)
        run(bench, None)
        bench.tracker.issues.clear()
        bench.tracker._clock += 1
        bench.sweep = True

        done = run(bench, None)

        assert verbs(done) == []
        assert "lists no issue at all" in done.observation.problems[0]


def lagging(tracker: MemoryTracker) -> Lagging:
    """The same tracker with a list that cannot tell what is gone."""
    fields = {name: getattr(tracker, name) for name in ("issues", "comments", "_clock", "_changed", "_made", "_hands")}
    return Lagging("board", settle=SETTLE, **fields)


def test_a_lost_store_is_rebuilt_source_by_source(bench: Bench) -> None:
    """An issue of another source, whose items are not known yet, is nobody's to take."""
    marker = Marker("LOST", "gone.md", digest(ROTATE))
    fields = bench.tracker.issues["1"].fields
    ref = IssueRef("board", "9", "9", "")
    bench.tracker.put(Issue(ref, fields, marker, ours=True, updated_at=NOW + timedelta(hours=1)))
    bench.sources["other"].texts["gone.md"] = f"{HEAD}- [ ] {ROTATE}\n"
    bench.write(ALERT, ROTATE)

    done = run(bench, "pm")

    assert verbs(done) == [Verb.CREATE]
    assert len(bench.tracker.issues) == 4
