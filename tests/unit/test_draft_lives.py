"""A draft over days: its items and its report wait, come by themselves, and nothing is written meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pmtrack.model import Document, Status
from pmtrack.ready import Ready, ready
from pmtrack.sources.folder import FolderSource
from pmtrack.sync import Sync
from pmtrack.trackers.memory import MemoryTracker
from support.bench import ALERT, ROTATE, RUNBOOK
from support.desk import BOARD, HEAD, SETTLE, SOURCE, Desk

DRAFT, FINAL = (f"---\nstatus: {word}\n---\n{HEAD}" for word in ("draft", "final"))
LATE = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)


@dataclass(slots=True)
class Ruled(Desk):
    """A desk whose source has a rule."""

    rule: Ready = field(default_factory=Ready)

    def run(self, **rules: Any) -> Sync:
        return Desk.run(self, ready={SOURCE: self.rule}, **rules)

    def at(self, moment: datetime) -> Sync:
        """A run at this moment."""
        self.now = moment - self.step
        return self.run()

    def quiet(self) -> None:
        before = self.trace()
        for _ in range(2):
            again = self.run()
            assert (again.plan.steps, self.published.written, self.published.left) == ((), [], [])
            assert self.trace() == before

    def document(self, path: str = "a.md") -> Document:
        with self.store() as store:
            return store.documents(SOURCE)[path]

    def holds(self) -> list[str]:
        with self.store() as store:
            return [hold.kind for hold in store.holds().values()]

    @property
    def has_block(self) -> bool:
        return "pmtrack:begin" in self.read()


def made(folder: Path, rule: str) -> Ruled:
    (folder / SOURCE).mkdir()
    return Ruled(folder, MemoryTracker(BOARD, settle=SETTLE), rule=ready(rule))


@pytest.fixture
def stated(tmp_path: Path) -> Ruled:
    return made(tmp_path, "status: final")


@pytest.fixture
def day(tmp_path: Path) -> Ruled:
    return made(tmp_path, "quiet 24h")


class TestByItsFrontMatter:
    def test_the_items_wait_until_it_is_final_and_the_document_is_left_alone(self, stated: Ruled) -> None:
        stated.write(f"- [ ] {ALERT}", f"- [ ] {RUNBOOK}", head=DRAFT)
        before = stated.read()

        stated.run()

        assert (stated.holds(), stated.issues(), stated.read()) == (["draft"], {}, before)
        stated.quiet()
        stated.write(f"- [ ] {ALERT}", f"- [ ] {RUNBOOK}", head=FINAL)
        stated.run()
        assert sorted(stated.titles().values()) == sorted([ALERT, RUNBOOK])
        assert (stated.holds(), stated.has_block) == ([], True)
        stated.quiet()

    def test_an_issue_that_is_there_is_never_affected_and_the_report_stays_current(self, stated: Ruled) -> None:
        stated.write(f"- [ ] {ALERT}", head=FINAL)
        stated.run()

        stated.write(f"- [x] {ALERT}", f"- [ ] {RUNBOOK}", head=DRAFT)
        stated.run()

        assert [issue.fields.status for issue in stated.issues().values()] == [Status.DONE]
        assert stated.holds() == ["draft"]
        assert "1 of 2 done" in stated.read()
        assert "status is “draft”" in stated.read()
        stated.quiet()
        stated.memory.edit("1", status=Status.OPEN)
        stated.run()
        assert "0 of 2 done" in stated.read()
        stated.quiet()

    def test_its_own_hold_lets_it_be_filed_and_the_report_comes_later(self, stated: Ruled) -> None:
        stated.write(f"- [ ] {ALERT}", head=DRAFT)
        (hold,) = stated.run().plan.holds
        stated.run(yes=True)
        assert stated.issues() == {}

        stated.run(released_holds=frozenset({hold.id}))

        assert len(stated.issues()) == 1
        assert not stated.has_block
        stated.quiet()
        stated.write(f"- [ ] {ALERT}", head=FINAL)
        stated.run()
        assert stated.has_block
        stated.quiet()

    def test_a_rule_that_is_given_up_lets_all_go_on(self, stated: Ruled) -> None:
        stated.write(f"- [ ] {ALERT}", head=DRAFT)
        stated.run()
        stated.rule = Ready()
        stated.run()
        assert (len(stated.issues()), stated.has_block, stated.holds()) == (1, True, [])
        stated.quiet()

    def test_that_lets_also_the_report_of_finished_work_come(self, stated: Ruled) -> None:
        stated.write(f"- [x] {ALERT}", head=DRAFT)
        stated.run()
        stated.quiet()
        assert not stated.has_block
        stated.rule = Ready()
        stated.run()
        assert stated.has_block
        stated.quiet()

    def test_a_rule_that_comes_later_touches_nothing_that_is_there(self, stated: Ruled) -> None:
        stated.rule, rule = Ready(), stated.rule
        stated.write(f"- [ ] {ALERT}", head=DRAFT)
        stated.run()
        stated.rule = rule
        stated.quiet()
        assert (len(stated.issues()), stated.has_block, stated.holds()) == (1, True, [])

    @pytest.mark.parametrize(("head", "filed"), [(FINAL, 1), (DRAFT, 0)])
    def test_after_an_upgrade_what_waits_goes_by_what_its_document_says(
        self, stated: Ruled, head: str, filed: int
    ) -> None:
        """The version before kept no front matter; it left an item that waits for something else than this rule."""
        stated.write(f"- [ ] {ALERT}", head=head)
        stated.rule, rule = ready("status: nothing"), stated.rule
        stated.run()
        with stated.store() as store, store.writing() as writer:
            writer.save_document(replace(store.documents(SOURCE)["a.md"], matter=None))
        stated.rule = rule

        stated.run()

        assert len(stated.issues()) == filed
        assert stated.document().matter == {"status": "final" if filed else "draft"}
        stated.quiet()


class TestByTime:
    def test_the_items_come_by_time_alone(self, day: Ruled) -> None:
        day.write(f"- [ ] {ALERT}")
        before = day.read()
        day.at(LATE)
        for hours in (0, 1, 12, 23):
            day.now = LATE + timedelta(hours=hours)
            day.quiet()
        assert (day.holds(), day.issues(), day.read()) == (["draft"], {}, before)

        day.at(LATE + timedelta(hours=24))

        assert (len(day.issues()), day.has_block, day.holds()) == (1, True, [])
        day.quiet()

    def test_who_writes_on_starts_it_anew_and_our_own_words_do_not(self, day: Ruled) -> None:
        day.write(f"- [ ] {ALERT}")
        day.at(LATE)
        day.write(f"- [ ] {ALERT}", f"- [ ] {RUNBOOK}")
        day.at(LATE + timedelta(hours=23))
        day.at(LATE + timedelta(hours=25))
        assert day.issues() == {}
        day.at(LATE + timedelta(hours=47))
        assert (len(day.issues()), day.has_block) == (2, True)

        day.write(f"- [ ] {ALERT}", f"- [ ] {RUNBOOK}", f"- [ ] {ROTATE}")
        day.at(LATE + timedelta(hours=48))

        changed = day.document().changed_at
        assert changed == LATE + timedelta(hours=48)
        assert "1 held" in day.read(), "its block is kept current, and that is no change of its words"
        assert day.document().review_on is None, "its item tells when its hold goes"
        day.quiet()
        day.memory.edit("1", status=Status.DONE)
        day.at(LATE + timedelta(hours=60))
        assert "1 of 3 done" in day.read()
        assert day.document().changed_at == changed
        day.at(LATE + timedelta(hours=72))
        assert len(day.issues()) == 3
        day.quiet()

    def test_a_document_whose_work_is_done_gets_its_report_by_time_alone(self, day: Ruled) -> None:
        """No item of it waits for anything."""
        day.write(f"- [x] {ALERT}")
        before = day.read()
        day.at(LATE)
        assert (day.holds(), day.document().review_on) == ([], date.min)
        day.quiet()
        assert day.read() == before

        day.at(LATE + timedelta(hours=24))

        assert day.has_block
        assert day.document().review_on is None
        day.quiet()

    def test_a_draft_without_a_report_is_not_read_again(self, day: Ruled, monkeypatch: pytest.MonkeyPatch) -> None:
        """Nor is a host asked whether it may be written into."""
        day.write(f"- [ ] {ALERT} (due 2026-11-21)")
        day.at(LATE)
        read: list[str] = []
        with monkeypatch.context() as patch:
            patch.setattr(FolderSource, "read", lambda _self, path: read.append(path))
            day.at(LATE + timedelta(hours=1))
        assert read == []
        day.at(LATE + timedelta(hours=24))
        assert "overdue since 2026-11-22" in day.read()
        day.quiet()

    @pytest.mark.parametrize("when", [timedelta(), timedelta(hours=23)])
    def test_a_document_without_items_is_never_written_into(self, day: Ruled, when: timedelta) -> None:
        day.write("Nothing to do.")
        before = day.read()
        day.at(LATE)
        day.at(LATE + when)
        day.at(LATE + timedelta(hours=25))
        assert day.read() == before
        assert day.document().review_on is None
        day.quiet()
