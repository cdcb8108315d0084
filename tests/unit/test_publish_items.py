"""The items' own lines follow their issues, in a folder: what the tracker changed, and nothing that a person wrote."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pmtrack.documents import block
from pmtrack.model import BlockState, Status
from pmtrack.people import Directory
from pmtrack.policy import Policy
from pmtrack.publish.reports import publish
from pmtrack.sources.folder import FolderSource
from pmtrack.sources.settings import FolderSettings
from pmtrack.sync import Places, Recorder, Rules, Sync, Terms, sync
from pmtrack.trackers.memory import MemoryTracker
from support.desk import BOARD, SETTLE, SOURCE, Desk

ALERT, RUNBOOK = "Add an alert on card refusals", "Write the runbook"
HEAD = "# Outage\n\nDate: 2026-11-20\n\n## Action items\n\n"
TABLE = (
    "| Action | Owner | Priority | Due | Status | Ticket |",
    "| --- | --- | --- | --- | --- | --- |",
    f"| {ALERT} | Ana | P2 | 2026-12-01 | Open |  |",
    f"| {RUNBOOK} |  |  |  |  |  |",
)


@dataclass(slots=True)
class Editing(Desk):
    """A desk whose items' lines are kept in step."""

    shown: Callable[[str], str] | None = str.title

    def run(self, *, yes: bool = True, report: bool = True, reextract: bool = False, **rules: Any) -> Sync:
        self.now += self.step
        source = FolderSource(FolderSettings(name=SOURCE, path=Path(SOURCE), tracker=BOARD), self.folder)
        places = Places({SOURCE: source}, {BOARD: self.tracker}, self.targets)
        wanted = Rules(now=self.now, yes=frozenset({SOURCE} if yes else ()), **rules)
        with self.store() as store:
            recorder = Recorder(store, "R", lambda: self.now, self.now.date())
            terms = Terms(Directory(), Policy())
            done = sync(places, terms, wanted, recorder, new_ident=self._ident, reextract=reextract)
            self.published = publish(source, store, self._reporting(store), self.now.date(), items=self.shown)
        return done

    @property
    def memory(self) -> MemoryTracker:
        assert isinstance(self.tracker, MemoryTracker)
        return self.tracker

    def change(self, title: str = ALERT, **changes: Any) -> None:
        number = next(number for number, found in self.titles().items() if found == title)
        self.memory.edit(number, **changes)


@pytest.fixture
def desk(tmp_path: Path) -> Editing:
    (tmp_path / SOURCE).mkdir()
    return Editing(tmp_path, MemoryTracker(BOARD, settle=SETTLE), step=timedelta(hours=1))


def start(desk: Editing, *lines: str) -> None:
    desk.write(*lines, head=HEAD)
    desk.run()
    quiet(desk)


def quiet(desk: Editing) -> None:
    """Runs without a cause write nothing, also not after a person saved the document without a change of its items."""
    before, writes = desk.trace(), desk.memory.writes
    for _ in range(2):
        again = desk.run()
        assert (again.plan.steps, desk.published.written, desk.published.left) == ((), [], [])
    assert desk.trace() == before
    path = desk.postmortems / "a.md"
    path.write_text(path.read_text() + "\nA remark.\n")
    again = desk.run()
    assert (again.plan.steps, desk.published.written, desk.memory.writes) == ((), [], writes)
    path.write_text(path.read_text().removesuffix("\nA remark.\n"))
    desk.run()
    assert desk.memory.writes == writes


def test_our_own_words_are_no_change_of_the_documents(desk: Editing) -> None:
    """Else a document that is ready once nobody writes in it would be a draft again because we did."""
    start(desk, f"- [ ] {ALERT}")
    before = changed_at(desk)

    desk.change(status=Status.DONE)
    desk.run()

    assert f"- [x] {ALERT}" in desk.read()
    assert changed_at(desk) == before
    quiet(desk)
    desk.write(f"- [x] {ALERT}", f"- [ ] {RUNBOOK}")
    desk.run()
    assert changed_at(desk) == desk.now > before


def changed_at(desk: Editing) -> datetime:
    with desk.store() as store:
        return store.documents(SOURCE)["a.md"].changed_at


def rows(desk: Editing) -> list[str]:
    return [" ".join(line.split()) for line in desk.author().splitlines() if line.startswith("|")][2:]


def test_the_ticket_is_filled_in_once(desk: Editing) -> None:
    start(desk, *TABLE)
    assert rows(desk) == [f"| {ALERT} | Ana | P2 | 2026-12-01 | Open | #1 |", f"| {RUNBOOK} | | | | | #2 |"]


@pytest.mark.parametrize(
    ("changes", "row"),
    [
        ({"status": Status.DONE}, f"| {ALERT} | Ana | P2 | 2026-12-01 | Done | #1 |"),
        ({"status": Status.CANCELLED}, f"| {ALERT} | Ana | P2 | 2026-12-01 | Cancelled | #1 |"),
        ({"status": Status.IN_PROGRESS}, f"| {ALERT} | Ana | P2 | 2026-12-01 | In progress | #1 |"),
        ({"owners": ("Bo",)}, f"| {ALERT} | Bo | P2 | 2026-12-01 | Open | #1 |"),
        ({"priority": "P0"}, f"| {ALERT} | Ana | P0 | 2026-12-01 | Open | #1 |"),
        ({"due": date(2027, 1, 15)}, f"| {ALERT} | Ana | P2 | 2027-01-15 | Open | #1 |"),
    ],
)
def test_what_somebody_changes_in_the_tracker_comes_into_the_cell(desk: Editing, changes: Any, row: str) -> None:
    start(desk, *TABLE)
    desk.change(**changes)
    desk.run()
    assert (rows(desk)[0], desk.published.written) == (row, ["a.md"])
    quiet(desk)
    assert desk.history()[-1].name != "title"
    desk.change(status=Status.DONE)
    desk.change(RUNBOOK, status=Status.DONE, owners=("Cy",), due=date(2027, 2, 1), priority="P1")
    desk.run()
    assert rows(desk)[1] == f"| {RUNBOOK} | Cy | P1 | 2027-02-01 | Done | #2 |"
    quiet(desk)


def test_boxes_are_ticked_and_unticked(desk: Editing) -> None:
    start(desk, f"- [ ] {ALERT}", f"- [ ] {RUNBOOK} (owner: Ana)")
    assert f"- [ ] {ALERT} (#1)" in desk.author()
    desk.change(status=Status.DONE)
    desk.run()
    assert f"- [x] {ALERT} (#1)" in desk.author()
    quiet(desk)
    desk.change(status=Status.OPEN)
    desk.run()
    assert f"- [ ] {ALERT} (#1)" in desk.author()
    quiet(desk)


def test_a_tick_by_a_person_after_ours_is_heard(desk: Editing) -> None:
    start(desk, f"- [ ] {ALERT}", f"- [ ] {RUNBOOK}")
    desk.change(status=Status.DONE)
    desk.run()
    text = desk.read()
    (desk.postmortems / "a.md").write_text(text.replace(f"- [x] {ALERT}", f"- [ ] {ALERT}"))
    desk.run()
    assert next(iter(desk.issues().values())).fields.status is Status.OPEN
    assert f"- [ ] {ALERT}" in desk.author()
    quiet(desk)


def test_what_the_document_says_and_the_tracker_never_changed_stays(desk: Editing) -> None:
    start(desk, f"- {ALERT} (owner: the payments people, high priority, by next week)", f"- {RUNBOOK} - high - Ana/Bo")
    before = desk.author()
    desk.change(status=Status.DONE)
    desk.run()
    assert desk.author() == before, "no box, no word for it: the report says it"
    assert "1 of" in desk.read()
    quiet(desk)


def test_a_change_that_waits_for_a_yes_is_not_written_over(desk: Editing) -> None:
    items = [f"Do number {at} of the list" for at in range(30)]
    start(desk, *(f"- [ ] {item}" for item in items))
    text = desk.read()
    for item in items:
        text = text.replace(f"- [ ] {item}", f"- [x] {item}")
    (desk.postmortems / "a.md").write_text(text)
    desk.run(yes=False)
    assert all(f"- [x] {item}" in desk.author() for item in items), "the brake holds the closes, the ticks stay"
    assert all(issue.fields.status is Status.OPEN for issue in desk.issues().values())


def test_off_by_default(desk: Editing) -> None:
    desk.shown = None
    start(desk, *TABLE)
    before = desk.author()
    desk.change(status=Status.DONE)
    desk.run()
    assert desk.author() == before
    quiet(desk)


def test_a_report_that_a_person_keeps_does_not_keep_the_lines_from_being_written(desk: Editing) -> None:
    start(desk, f"- [ ] {ALERT}", f"- [ ] {RUNBOOK}")
    path = desk.postmortems / "a.md"
    path.write_text(path.read_text().replace("0 of 2 done", "0 of 2 done, alas"))
    desk.run()
    with desk.store() as store, store.writing() as writer:
        from dataclasses import replace

        document = store.documents(SOURCE)["a.md"]
        assert document.block is not None
        kept = replace(document.block, state=BlockState.KEPT)
        writer.save_document(replace(document, block=kept, review_on=desk.now.date()))
    desk.run()
    desk.change(status=Status.DONE)
    desk.run()
    assert f"- [x] {ALERT} (#1)" in desk.author()
    found = block.find(path.read_bytes())
    assert found is not None
    assert "alas" in found.content
    quiet(desk)
