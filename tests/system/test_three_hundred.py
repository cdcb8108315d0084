"""Starting late: three hundred items that there are already, with tickets and without."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from support.scratch import CONFIG, Scratch, assert_quiet

DOCUMENTS, ITEMS = 10, 30
ALL = DOCUMENTS * ITEMS
ISSUE = "---\ntitle: An older wording of number {0}\nstatus: {1}\nowner: Eve\n---\n\nWords of mine.\n"
OTHER = """
[[sources]]
name = "other"
kind = "folder"
path = "other"
tracker = "board"
"""


def words(number: int) -> str:
    return f"Mend part {number} of the old pump"


def documents(*, tickets: bool = False, first: int = 1) -> dict[str, str]:
    """Half of them of 2024, half of 2026."""
    found = {}
    for at in range(DOCUMENTS):
        numbers = range(first + at * ITEMS, first + (at + 1) * ITEMS)
        lines = "\n".join(f"- [ ] {words(n)}{f' (#{n})' if tickets else ''}" for n in numbers)
        year = 2024 if at < DOCUMENTS // 2 else 2026
        found[f"{at:02}.md"] = f"# Outage {at}\n\nDate: {year}-02-01\n\n## Action items\n\n{lines}\n"
    return found


def issues(scratch: Scratch, numbers: range) -> Path:
    """Issues that people wrote, in words of their own, some of them done."""
    folder = scratch.folder / "issues"
    folder.mkdir()
    for number in numbers:
        text = ISSUE.format(number, "done" if number % 5 == 0 else "open")
        (folder / f"{number:04}-by-hand.md").write_text(text, encoding="utf-8")
    return folder


def trace(folder: Path) -> Mapping[str, tuple[int, bytes]]:
    return {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in sorted(folder.iterdir())}


def holds(scratch: Scratch, *arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = scratch.run("plan", "--format", "json", *arguments).json["holds"]
    return found


def summary(scratch: Scratch, *arguments: str) -> dict[str, int]:
    found: dict[str, int] = scratch.run("sync", "--format", "json", *arguments).json["summary"]
    return {word: count for word, count in found.items() if count and word != "documents written"}


def test_items_that_name_their_tickets_are_adopted_without_a_write(tmp_path: Path) -> None:
    scratch = Scratch.make(tmp_path, documents(tickets=True))
    folder = issues(scratch, range(1, ALL + 1))
    before, modified = trace(folder), folder.stat().st_mtime_ns
    assert summary(scratch) == {"adopted": ALL}, "adopting needs no yes, since it writes nothing"
    assert_quiet(scratch)
    assert (trace(folder), folder.stat().st_mtime_ns) == (before, modified)
    rows = scratch.status()["items"]
    assert {(row["state"], row["owner"]) for row in rows} == {("linked", "Eve")}, "what the tracker says wins"
    assert sum(row["status"] == "done" for row in rows) == ALL // 5


@pytest.fixture
def old(tmp_path: Path) -> Scratch:
    """A source with three hundred items, another with one document, and no issue."""
    scratch = Scratch.make(tmp_path, documents(), CONFIG.replace("\n[trackers", f"{OTHER}\n[trackers", 1))
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "00.md").write_text(documents(first=1001)["00.md"], encoding="utf-8")
    return scratch


def test_items_without_tickets_wait_with_one_sentence(old: Scratch) -> None:
    lines = [line for line in old.sync().out.splitlines() if line.startswith("held")]
    assert len(lines) == 2, "one for each source"
    assert sum(f"{ALL} times create in postmortems" in line for line in lines) == 1
    assert all("pmtrack sync --yes" in line for line in lines)
    assert old.issues == []
    assert_quiet(old)


def test_a_hold_releases_exactly_its_own(old: Scratch) -> None:
    old.sync()
    (mine,) = [hold for hold in holds(old) if hold["source"] == "postmortems"]
    assert summary(old, "--hold", mine["id"]) == {"created": ALL, "held": ITEMS}
    linked = [row for row in old.status()["items"] if row["ticket"]]
    assert ({row["source"] for row in linked}, len(linked)) == ({"postmortems"}, ALL)
    assert len(old.issues) == ALL
    assert_quiet(old)


def test_a_yes_releases_what_is_in_its_scope(old: Scratch) -> None:
    assert summary(old, "--yes", "--source", "other") == {"created": ITEMS}
    assert {row["source"] for row in old.status()["items"] if row["ticket"]} == {"other"}
    assert summary(old, "--yes") == {"created": ALL}
    assert len(old.issues) == ALL + ITEMS
    assert holds(old) == []


def test_an_earliest_day_limits_what_is_filed(tmp_path: Path) -> None:
    scratch = Scratch.make(tmp_path, documents(), f'since = "2025-01-01"\n{CONFIG}')
    (hold,) = holds(scratch)
    assert hold["changes"] == ALL // 2
    assert summary(scratch, "--yes") == {"created": ALL // 2}
    rows = scratch.status()["items"]
    assert len(rows) == ALL, "what is older is read and counted"
    assert {row["postmortem"] for row in rows if row["ticket"]} == {f"{at:02}.md" for at in range(5, 10)}
    assert_quiet(scratch)


def test_a_sheet_decides_on_all_of_them(tmp_path: Path) -> None:
    scratch = Scratch.make(tmp_path, documents())
    folder = issues(scratch, range(1, 51))
    before = trace(folder)
    scratch.sync()
    assert scratch.run("review", "--export", "triage.csv").code == 0
    sheet = tmp_path / "triage.csv"
    with sheet.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == ALL
    said = [
        *[(f"adopt {number}", "") for number in range(1, 51)],
        *[("dismiss", "the pump is gone")] * 50,
        *[("track", "")] * 100,
        *[("create", "")] * 100,
    ]
    with sheet.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        for row, (decision, reason) in zip(rows, said, strict=True):
            writer.writerow({**row, "decision": decision, "reason": reason})
    answer = scratch.run("review", "--import", "triage.csv")
    assert (answer.code, answer.err) == (0, "")
    assert f"decided on {ALL} items" in answer.out
    assert summary(scratch) == {"created": 100, "adopted": 50}, "without a further yes"
    assert {name: found for name, found in trace(folder).items() if name in before} == before
    assert scratch.run("review").out == "nothing waits for you\n"
    assert_quiet(scratch)
    states = [row["state"] for row in scratch.status()["items"]]
    assert (len(states), states.count("linked"), states.count("not_created")) == (250, 150, 100)
    reasons = scratch.run("history", "--format", "csv").out
    assert reasons.count("the pump is gone") == 50


def test_a_sheet_with_one_mistake_decides_nothing(tmp_path: Path) -> None:
    scratch = Scratch.make(tmp_path, documents())
    scratch.sync()
    ids = [row["id"] for row in scratch.run("review", "--format", "json").json["waiting"]]
    lines = [f"{ident},create," for ident in ids[:-1]]
    (tmp_path / "triage.csv").write_text("\n".join(["id,decision,reason", *lines, f"{ids[-1]},dismiss,"]) + "\n")
    answer = scratch.run("review", "--import", "triage.csv")
    assert (answer.code, len(answer.complaints)) == (1, 1)
    assert f"line {ALL + 1}: dismiss needs a reason" in answer.err
    assert summary(scratch) == {"held": ALL}


def test_the_history_says_who_did_it_or_that_this_is_not_known(synced: Scratch) -> None:
    synced.edit_issue("Add an alert", "status: open", "status: done")
    synced.sync()
    event = synced.run("history", synced.row("Add an alert")["id"], "--format", "json").json["events"][-1]
    assert (event["field"], event["after"], event["side"]) == ("status", "done", "tracker")
    assert (event["who"], event["evidence"]) == ("not known", None)
    assert "by not known, tracker" in synced.run("history", "outage.md:11").out
