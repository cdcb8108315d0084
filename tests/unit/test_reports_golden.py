"""Every surface against a file in `tests/golden/reports`. After a wanted change: `PMTRACK_GOLDEN=1 pytest THIS`."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pmtrack.documents import normal_priority
from pmtrack.model import Event, IssueRef, Side, Snapshot, Status
from pmtrack.reports import Report, block, build, for_document, render, review_sheet, waiting
from pmtrack.reports.block import width
from pmtrack.reports.digest import digest
from pmtrack.reports.look import Look
from pmtrack.reports.numbers import numbers
from pmtrack.reports.objects import numbers_as_json
from pmtrack.reports.render import as_table
from support.rows import DIRECTORY, DOCUMENT, TODAY, everything, history, linked, report, row

GOLDEN = Path(__file__).parent.parent / "golden" / "reports"


@pytest.fixture(autouse=True)
def _no_wishes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What whoever runs the tests likes of terminals is no matter of theirs."""
    for name in ("FORCE_COLOR", "NO_COLOR", "COLUMNS", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)


def told(snapshot: Snapshot) -> Report:
    """With what the history tells: of one item done in time, and one that moved its date twice."""
    events = (
        Event(at(11, 5), "I10", "changed", "due", "2026-10-20", "2026-10-25", Side.DOCUMENT),
        Event(at(11, 9), "I10", "changed", "due", "2026-10-25", "2026-11-01", Side.TRACKER),
        Event(at(11, 12), "I12", "changed", "due", "2026-11-30", None, Side.TRACKER),
        *history(),
    )
    return build(snapshot, TODAY, normal_priority=normal_priority, directory=DIRECTORY, history=events)


def at(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 9, tzinfo=UTC)


def counted(snapshot: Snapshot) -> Report:
    return build(snapshot, TODAY, normal_priority=normal_priority, directory=DIRECTORY)


def in_document(snapshot: Snapshot) -> str:
    part = for_document(counted(snapshot), "pm", DOCUMENT.path)
    return block(part, lambda made: f"../../{made.ticket.url}" if made.ticket else None)


SURFACES: Mapping[str, Callable[[Snapshot], str]] = {
    "table.txt": lambda snapshot: render(counted(snapshot), "table"),
    "narrow.txt": lambda snapshot: as_table(counted(snapshot), Look(44)),
    "colour.txt": lambda snapshot: as_table(counted(snapshot), Look(colour=True, links=True)),
    "numbers.txt": lambda snapshot: numbers(told(snapshot)),
    "numbers.json": lambda snapshot: numbers_as_json(told(snapshot)),
    "page.html": lambda snapshot: render(told(snapshot), "html"),
    "status.json": lambda snapshot: render(told(snapshot), "json"),
    "status.md": lambda snapshot: render(counted(snapshot), "markdown"),
    "status.csv": lambda snapshot: render(counted(snapshot), "csv"),
    "block.md": in_document,
    "digest.md": lambda snapshot: digest(counted(snapshot), history()),
    "review.csv": lambda snapshot: review_sheet(waiting(snapshot)),
}


@pytest.mark.parametrize("name", SURFACES)
def test_a_surface_looks_as_it_was_agreed(name: str) -> None:
    file, text = GOLDEN / name, SURFACES[name](everything())
    if os.environ.get("PMTRACK_GOLDEN"):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SURFACES)
def test_a_surface_of_nothing_is_whole(name: str) -> None:
    text = SURFACES[name](Snapshot())
    assert text.endswith("\n")
    assert "None" not in text
    assert "nan" not in text.lower()


def test_every_file_belongs_to_a_surface() -> None:
    assert {file.name for file in GOLDEN.iterdir()} == set(SURFACES)


def test_json_says_what_the_design_promises() -> None:
    said = json.loads(SURFACES["status.json"](everything()))
    assert (said["schema"], said["as_of"]) == (1, "2026-11-21")
    assert {"items", "open", "in_progress", "done", "cancelled", "overdue", "completion"} <= set(said["totals"])
    promised = {"id", "postmortem", "line", "text", "status", "owner", "priority", "due", "due_source"}
    promised |= {"overdue_days", "ticket", "state", "error"}
    assert all(promised <= set(item) for item in said["items"])
    assert said["items"][0]["ticket"] == {"tracker": "board", "key": "0010", "url": "issues/0010.md"}
    assert said["totals"]["items"] == len(said["items"])
    assert json.loads(SURFACES["status.json"](Snapshot()))["totals"]["completion"] is None


@pytest.mark.parametrize("words", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1"])
def test_no_cell_of_a_sheet_is_a_formula(words: str) -> None:
    stored = linked(words, owners=(words,), priority=words, key=words, link={"error": words}, problems=(words,))
    for text in (render(report(stored), "csv"), review_sheet(waiting(Snapshot((stored,))))):
        cells = [cell for line in csv.reader(io.StringIO(text)) for cell in line]
        assert sum(cell.startswith("'") for cell in cells) >= 3
        assert not any(cell.lstrip().startswith(("=", "+", "-", "@")) for cell in cells)


def test_a_table_shows_no_orders_for_the_terminal() -> None:
    text = render(report(linked("\x1b[2Jgone\x07 [red]not red[/red] \u202eevil", owners=("\x1b]0;x\x07",))), "table")
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "\u202e" not in text
    assert "gone [red]not red[/red] evil" in text


@pytest.mark.parametrize("columns", [1, 12, 40, 80, 200])
@pytest.mark.parametrize("words", ["who does what " * 30, "x" * 900, "古い鍵を消す" * 60, "👩‍💻 é " * 40])
def test_a_table_is_as_wide_as_the_terminal(columns: int, words: str) -> None:
    long = row(words, owners=("Somebody with a name that takes all of the room",))
    lines = as_table(report(long), Look(columns)).splitlines()
    table = lines[: lines.index("")]
    assert max(map(width, table)) <= max(columns, 4)  # an emoji and its indent need four
    assert "".join(table).count(words[0]) >= words.count(words[0])  # wrapped, not cut off


def test_without_a_terminal_there_is_no_colour() -> None:
    assert "\x1b" not in SURFACES["table.txt"](everything())


def test_on_a_terminal_late_work_is_red_and_closed_work_pale() -> None:
    rows = [
        row("late", line=1, due=TODAY - timedelta(days=1)),
        row("soon", line=4, due=TODAY),
        row("waiting", line=2),
        row("closed", line=3, status=Status.DONE),
    ]
    lines = [line for line in as_table(report(*rows), Look(colour=True)).splitlines() if ".md:" in line]
    late, soon, waiting, closed = lines
    assert "\x1b[31m" in late
    assert "\x1b[33m" in soon
    assert "\x1b[2m" in closed
    assert "\x1b" not in waiting
    assert "\x1b" not in as_table(report(*rows))


@pytest.mark.parametrize(
    "url", ["https://x.example/7\x1b\\\nrm -rf", "HTTPS://x.example/7", "javascript:7", "issues/7.md", ""]
)
def test_only_the_web_is_linked_to_from_a_terminal(url: str) -> None:
    ref = IssueRef("board", "7", "#7\x1b]8;;https://evil.example\x07", url)
    lines = as_table(report(linked(link={"ref": ref})), Look(links=True)).splitlines()
    (shown,) = [line for line in lines if "#7" in line]
    links = re.findall("\x1b]8;;([^\x1b]*)\x1b\\\\", shown)
    assert "evil" not in shown
    assert links == ([url.replace("\x1b\\\n", " "), ""] if url.lower().startswith("https:") else [])
    assert len(lines) == 5
