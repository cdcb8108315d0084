"""Who did it: told by the side that knows, asked for only where something changed, and harmless to show."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pmtrack.errors import TrackerError
from pmtrack.model import Event, IssueRef, Status, Who
from pmtrack.reports import history
from pmtrack.sources.base import Content
from pmtrack.sources.folder import FolderSource
from pmtrack.trackers.base import TellsWho
from pmtrack.trackers.memory import MemoryTracker
from support.desk import Desk, assert_quiet, once

LINES = ("- [ ] Add an alert", "- [ ] Write the runbook", "- [ ] Try a restore")
HOSTILE = "ana\x1b[2J\n\u202egnp"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk.in_memory(tmp_path)
    desk.write(*LINES)
    desk.run()
    return desk


def changes(desk: Desk) -> list[tuple[str, str, str | None, str | None]]:
    return [(e.kind, e.name, e.actor, e.evidence) for e in desk.history() if e.kind in {"changed", "conflict"}]


def test_the_tracker_tells_who_closed_an_issue(desk: Desk) -> None:
    desk.memory.edit("2", by="Ana", status=Status.DONE, owners=("Bo",))
    desk.run()
    assert changes(desk) == [("changed", "status", "Ana", "event 4"), ("changed", "owners", "Ana", "event 4")]
    assert_quiet(desk)


def test_it_is_asked_once_for_a_changed_issue_and_never_for_another(desk: Desk) -> None:
    desk.run()
    desk.write("- [x] Add an alert", *LINES[1:])
    desk.run()
    assert desk.memory.calls["who"] == 0, "a change in the document is no question to the tracker"
    desk.memory.edit("2", title="Write a runbook")
    desk.run()
    assert desk.memory.calls["who"] == 0, "a title is reworded by anybody"
    desk.memory.edit("3", by="Ana", status=Status.IN_PROGRESS, priority="P0")
    desk.run()
    assert desk.memory.calls["who"] == 1
    assert_quiet(desk)
    assert desk.memory.calls["who"] == 1


def test_the_winner_of_a_conflict_is_told(desk: Desk) -> None:
    desk.memory.edit("1", by="Ana", owners=("Bo",))
    desk.write("- [ ] Add an alert (owner: Cy)", *LINES[1:])
    desk.run()
    assert changes(desk) == [("changed", "owners", "Ana", "event 4"), ("conflict", "owners", "Ana", "event 4")]


def test_a_tracker_that_does_not_answer_is_no_failure(desk: Desk) -> None:
    for number in "12":
        desk.memory.edit(number, status=Status.DONE)
    desk.memory.fault = once("who", "before", TrackerError("the board did not answer"))
    done = desk.run()
    assert done.outcome is not None
    assert (done.outcome.failures, desk.memory.calls["who"]) == ([], 1)
    assert changes(desk) == [("changed", "status", None, None)] * 2
    assert_quiet(desk)


def test_a_tracker_that_cannot_tell_is_not_known(tmp_path: Path) -> None:
    desk = Desk.in_files(tmp_path)
    desk.write(*LINES)
    desk.run()
    assert not isinstance(desk.tracker, TellsWho)
    (file,) = (tmp_path / "issues").glob("0001-*")
    file.write_text(file.read_text(encoding="utf-8").replace("status: open", "status: done"), encoding="utf-8")
    desk.run()
    assert changes(desk) == [("changed", "status", None, None)]
    assert "by not known, tracker" in history(desk.history(), "table")


class Answering(MemoryTracker):
    """Answers more than it was asked, in a stranger's words."""

    def who(self, ref: IssueRef, names: Sequence[str]) -> Mapping[str, Who]:
        return dict.fromkeys(["title", *names], Who(HOSTILE, " \n "))


def test_a_strangers_words_are_harmless(tmp_path: Path) -> None:
    desk = Desk.in_memory(tmp_path)
    desk.tracker = Answering("board")
    desk.write(*LINES)
    desk.run()
    desk.memory.edit("1", status=Status.DONE, title="Another title")
    desk.run()
    assert changes(desk) == [("changed", "title", None, None), ("changed", "status", "ana gnp", None)]


def test_a_source_that_knows_tells_who_saved_the_document(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    read = FolderSource.read

    def signed(source: FolderSource, path: str) -> Content:
        return replace(read(source, path), who=Who("Ana <ana@example.org>", "commit 1f0c9a2"))

    monkeypatch.setattr(FolderSource, "read", signed)
    desk.write("- [x] Add an alert", *LINES[1:])
    desk.run()
    assert changes(desk) == [("changed", "status", "Ana <ana@example.org>", "commit 1f0c9a2")]
    assert_quiet(desk)


def test_a_change_that_waited_keeps_its_author(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from pmtrack.sync import Brake

    read = FolderSource.read
    with monkeypatch.context() as patch:
        patch.setattr(FolderSource, "read", lambda *a: replace(read(*a), who=Who("Ana", "commit 1f0c9a2")))
        desk.write("- [x] Add an alert", *LINES[1:])
        desk.run(brake=Brake(others=0, percent=0), report=False)
    assert changes(desk) == []
    desk.run(yes=True)
    assert changes(desk) == [("changed", "status", "Ana", "commit 1f0c9a2")]


def shown(event: Event, form: str) -> Any:
    text = history([event], form)
    if form == "json":
        return json.loads(text)["events"][0]
    return next(csv.DictReader(io.StringIO(text))) if form == "csv" else text


@pytest.mark.parametrize("form", ["json", "csv"])
@pytest.mark.parametrize(("actor", "says"), [("Ana", "Ana"), (None, "not known")])
def test_the_history_says_who_and_where_that_is_seen(desk: Desk, form: str, actor: str | None, says: str) -> None:
    (event, *_) = desk.history()
    found = shown(replace(event, actor=actor, evidence="event 7"), form)
    assert (found["who"], found["evidence"]) == (says, "event 7")


def test_the_history_for_people_is_one_line_each(desk: Desk) -> None:
    (event, *_) = desk.history()
    text = history([replace(event, actor=HOSTILE, evidence=HOSTILE)], "table")
    assert (text.count("\n"), "\x1b" in text, "\u202e" in text) == (1, False, False)
    assert history([replace(event, actor="=1+1")], "csv").splitlines()[1].count("'=1+1") == 1
