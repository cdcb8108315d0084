"""One run from the look to the last step, and taking back what a run made."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from pmtrack.errors import TrackerError
from pmtrack.model import Status
from pmtrack.people import Directory, Person
from pmtrack.sync import Sync
from pmtrack.sync.world import Step, Verb
from pmtrack.trackers.memory import MemoryTracker
from support.bench import ALERT, HEAD, ROTATE, RUNBOOK, Bench

TICK = "[x] " + ALERT


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    made.write(ALERT)
    return made


class TestSync:
    def test_sees_decides_and_does(self, bench: Bench) -> None:
        done = bench.run()

        assert [one.ident for one in done.observation.world.tracked] == ["I1"]
        assert [step.verb for step in done.plan.steps] == [Verb.CREATE]
        assert done.outcome is not None
        assert done.outcome.counts == {"create": 1}
        assert [(event.run, event.at) for event in bench.events()] == [("R", bench.now)]

    def test_a_plan_writes_nothing(self, bench: Bench) -> None:
        done = bench.run(carry_out=False)

        assert [step.verb for step in done.plan.steps] == [Verb.CREATE]
        assert [one.ident for one in done.observation.world.tracked] == ["I1"]
        assert done.outcome is None
        assert (bench.store.commits, bench.tracker.writes) == (0, 0)

    def test_by_the_rules_of_this_run(self, bench: Bench) -> None:
        assert bench.run(rules={"postmortem": "other.md"}).plan.steps == ()

    def test_in_the_terms_of_the_team(self, bench: Bench) -> None:
        bench.directory = Directory((Person("Ana Ruiz", aliases=("Ana",)),))
        bench.write(f"{ALERT} (owner: Ana)")
        bench.run()

        assert bench.tracker.issues["1"].fields.owners == ("Ana Ruiz",)

    def test_each_step_is_said_and_between_two_of_them_it_may_be_stopped(self, bench: Bench) -> None:
        bench.write(ALERT, RUNBOOK, ROTATE)
        said: list[Step] = []

        done = bench.run(say=said.append, stop=lambda: len(said) == 2)

        assert [step.tracked.ident for step in said] == ["I1", "I2"]
        assert done.outcome is not None
        assert done.outcome.stopped


class TestReadingAnew:
    """A better extractor came: what it makes of unchanged documents is heard where somebody asks for that."""

    @pytest.fixture
    def outdated(self, bench: Bench) -> Bench:
        bench.write(RUNBOOK, path="b.md")
        bench.run()
        bench.run()
        with bench.store.writing() as writer:
            for document in bench.store.documents("pm").values():
                writer.save_document(replace(document, extractor="0"))
        return bench

    @staticmethod
    def read(done: Sync) -> set[str]:
        return {path for reading in done.observation.readings for path in reading.documents}

    def test_not_unless_it_is_asked_for(self, outdated: Bench) -> None:
        assert self.read(outdated.run()) == set()

    def test_all_documents(self, outdated: Bench) -> None:
        assert self.read(outdated.run(reextract=True)) == {"a.md", "b.md"}

    def test_one_document(self, outdated: Bench) -> None:
        assert self.read(outdated.run(reextract=True, rules={"postmortem": "a.md"})) == {"a.md"}


class TestBeforeAnIssueIsMade:
    """All issues are searched for its marker: the store may have been restored from an older copy."""

    @pytest.fixture
    def restored(self, bench: Bench) -> Bench:
        bench.run()
        bench.run()
        older = bench.store.tables
        bench.write(ALERT, RUNBOOK)
        bench.run()
        bench.run()
        bench.store.tables = replace(older, cursors=bench.store.tables.cursors)
        return bench

    def test_one_that_is_there_is_found_though_nothing_changed(self, restored: Bench) -> None:
        done = restored.run()

        assert [step.verb for step in done.plan.steps] == [Verb.RELINK]
        assert done.observation.boards["board"].since == ""
        assert set(restored.tracker.issues) == {"1", "2"}

    def test_where_none_is_made_only_the_changes_are_read(self, bench: Bench) -> None:
        bench.run()
        bench.run()
        bench.write(TICK)
        calls = bench.tracker.calls["listing"]

        assert bench.run().observation.boards["board"].since == "1"
        assert bench.tracker.calls["listing"] == calls + 1

    def test_only_the_tracker_where_it_is_made_is_read_again(self, bench: Bench) -> None:
        other = MemoryTracker("other")
        bench.trackers = {"other": other}
        bench.targets = {"pm": "other"}
        bench.run()
        bench.run()
        bench.targets = {"pm": "board"}
        bench.write(TICK, RUNBOOK)
        calls = other.calls["listing"]

        done = bench.run()

        assert sorted(step.verb for step in done.plan.steps) == [Verb.CLOSE, Verb.CREATE]
        assert other.calls["listing"] == calls + 1

    def test_what_was_read_whole_is_not_read_twice(self, bench: Bench) -> None:
        bench.run()

        assert bench.tracker.calls["listing"] == 1

    def test_a_tracker_that_told_us_to_wait_is_not_read_again(self, bench: Bench) -> None:
        bench.run()
        bench.run()
        bench.write(ALERT, f"{RUNBOOK} #7", ROTATE)
        calls = bench.tracker.calls["listing"]

        def fault(verb: str, _when: str) -> None:
            if verb == "fetch":
                raise TrackerError("429", retry_after=60.0)

        bench.tracker.fault = fault
        done = bench.run()

        assert [step.verb for step in done.plan.steps] == [Verb.CREATE]
        assert bench.tracker.calls["listing"] == calls + 1
        assert bench.tracker.calls["create"] == 1

    def test_a_second_look_gives_no_second_names(self, restored: Bench) -> None:
        restored.write(ALERT, RUNBOOK, ROTATE)

        done = restored.run()

        assert done.outcome is not None
        assert done.outcome.counts == {"create": 1, "relink": 1}
        assert sorted(issue.fields.title for issue in restored.tracker.issues.values()) == sorted(
            [ALERT, RUNBOOK, ROTATE]
        )


class TestTakingBack:
    PROSE = HEAD.replace("Date:", "A sentence that somebody added.\n\nDate:")

    def test_an_issue_of_which_there_is_no_news_is_closed(self, bench: Bench) -> None:
        bench.run(run="R1")
        bench.undo("R1")

        assert bench.tracker.issues["1"].fields.status is Status.CANCELLED

    def test_the_issues_that_a_run_made_are_closed(self, bench: Bench) -> None:
        bench.run(run="R1")
        bench.write(ALERT, RUNBOOK)
        bench.run(run="R2")
        bench.write(ALERT, RUNBOOK, head=self.PROSE)
        said: list[Step] = []

        done = bench.undo("R2", say=said.append)

        assert [step.tracked.known.item.fields.title for step in done.plan.steps] == [RUNBOOK]
        assert said == list(done.plan.steps)
        assert [bench.tracker.issues[n].fields.status for n in "12"] == [Status.OPEN, Status.CANCELLED]
        assert done.outcome is not None
        assert done.outcome.counts == {"close": 1}
        assert done.observation.world.tracked != ()
        assert [event.run for event in bench.events("changed")] == ["U"]

    def test_without_a_listener(self, bench: Bench) -> None:
        bench.run(run="R1")
        bench.write(ALERT, head=self.PROSE)
        bench.undo("R1")

        assert bench.tracker.issues["1"].fields.status is Status.CANCELLED

    def test_it_may_only_be_planned(self, bench: Bench) -> None:
        bench.run(run="R1")
        bench.write(ALERT, head=self.PROSE)
        commits, writes = bench.store.commits, bench.tracker.writes

        done = bench.undo("R1", carry_out=False)

        assert [step.verb for step in done.plan.steps] == [Verb.CLOSE]
        assert done.outcome is None
        assert (bench.store.commits, bench.tracker.writes) == (commits, writes)

    def test_what_waits_goes_on_waiting(self, bench: Bench) -> None:
        bench.run(run="R1")
        bench.write(ALERT, *(f"Item number {n}" for n in range(26)))
        held = bench.run(run="R2").plan.holds

        assert bench.undo("R1").plan.holds == held
        assert tuple(bench.store.holds().values()) == held

    def test_a_new_item_is_named_and_waits_for_the_next_run(self, bench: Bench) -> None:
        bench.run(run="R1")
        bench.now += timedelta(days=1)
        bench.write(ALERT, RUNBOOK)

        bench.undo("R1")

        assert [(known.ident, known.first_seen) for known in bench.store.items("pm")] == [
            ("I1", bench.today - timedelta(days=1)),
            ("I2", bench.today),
        ]
        assert bench.tracker.calls["create"] == 1
