"""What the commands print: JSON of the shapes that are promised, and exit codes."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
from pathlib import Path

import pytest

from support.scratch import COMMAND, OUTAGE, Scratch, assert_quiet

ITEM = {
    "line",
    "text",
    "status",
    "owner",
    "due",
    "due_source",
    "horizon",
    "priority",
    "priority_text",
    "ticket",
    "confidence",
    "problems",
}
STATUS_ITEM = {
    "id",
    "postmortem",
    "line",
    "text",
    "status",
    "owner",
    "priority",
    "due",
    "due_source",
    "overdue_days",
    "ticket",
    "state",
    "error",
}
TOTALS = {"items", "open", "in_progress", "done", "cancelled", "overdue", "completion"}
LATE = OUTAGE.replace("2099-12-01", "2026-03-20")


def test_extract_works_in_an_empty_folder_without_a_configuration(tmp_path: Path) -> None:
    file = tmp_path / "elsewhere" / "outage.md"
    file.parent.mkdir()
    file.write_text(OUTAGE, encoding="utf-8")
    (tmp_path / "empty").mkdir()
    answer = Scratch(tmp_path / "empty").run("extract", str(file), "--format", "json")
    assert (answer.code, answer.err) == (0, "")
    (document,) = answer.json
    assert document.keys() == {"path", "title", "incident_date", "is_template", "items"}
    assert (document["title"], document["is_template"]) == ("Checkout refused cards", False)
    assert all(item.keys() >= ITEM for item in document["items"])
    assert document["items"][0] | {"problems": [], "confidence": 1} == {
        "line": 11,
        "text": "Add an alert on card refusals",
        "status": "open",
        "owner": "Ana",
        "due": "2099-12-01",
        "due_source": "explicit",
        "horizon": None,
        "priority": "P1",
        "priority_text": "P1",
        "ticket": None,
        "confidence": 1,
        "problems": [],
    }
    assert list((tmp_path / "empty").iterdir()) == []


def test_extract_of_a_folder_reads_all_its_documents(synced: Scratch) -> None:
    synced.write("2026/b.md", OUTAGE)
    answer = synced.run("extract", "postmortems", "--format", "json")
    assert [document["path"] for document in answer.json] == ["postmortems/2026/b.md", "postmortems/outage.md"]
    assert [len(document["items"]) for document in answer.json] == [3, 3]
    assert "Rotate the gateway" in synced.run("extract", "postmortems").out


def test_extract_of_what_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    answer = Scratch(tmp_path).run("extract", "nosuch.md", "--format", "json")
    assert (answer.code, answer.json, len(answer.complaints)) == (1, [], 1)


def test_the_shape_of_status(synced: Scratch) -> None:
    answer = synced.status()
    assert answer["schema"] == 1
    assert answer.keys() >= {"as_of", "totals", "items", "last_read"}
    assert answer["totals"].keys() >= TOTALS
    assert all(item.keys() >= STATUS_ITEM for item in answer["items"])
    assert answer["items"][0]["ticket"].keys() >= {"tracker", "key", "url"}
    assert answer["last_read"].keys() == {"source:postmortems", "tracker:board"}


def test_the_shape_of_plan_and_sync(scratch: Scratch) -> None:
    planned = scratch.run("plan", "--format", "json").json
    done = scratch.run("sync", "--format", "json").json
    assert planned["schema"] == done["schema"] == 1
    assert [change["verb"] for change in planned["changes"]] == ["create"] * 3
    texts = [change["text"] for change in planned["changes"]]
    assert texts == [change["text"] for change in done["changes"]]
    assert list(done["summary"]) == [
        "created",
        "updated",
        "closed",
        "reopened",
        "adopted",
        "held",
        "failed",
        "documents written",
    ]
    assert (done["summary"]["created"], done["summary"]["documents written"]) == (3, 1)


def test_the_last_line_of_a_sync_counts(scratch: Scratch) -> None:
    assert scratch.sync().out.splitlines()[-1] == (
        "created 3, updated 0, closed 0, reopened 0, adopted 0, held 0, failed 0, documents written 1"
    )


def test_plan_writes_nothing_at_all(scratch: Scratch) -> None:
    before = {path: path.stat().st_mtime_ns for path in scratch.folder.rglob("*")}
    answer = scratch.run("plan")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.count("create ") == 3
    assert {path: path.stat().st_mtime_ns for path in scratch.folder.rglob("*")} == before


def test_plan_check_is_4_while_something_is_to_do(scratch: Scratch) -> None:
    assert scratch.run("plan", "--check").code == 4
    assert scratch.run("plan").code == 0
    scratch.sync()
    answer = scratch.run("plan", "--check")
    assert (answer.code, answer.out) == (0, "nothing to do\n")


def test_plan_check_is_4_while_something_is_held(scratch: Scratch) -> None:
    with scratch.config.open("a", encoding="utf-8") as file:
        file.write("[sync]\nbrake = { creates = 0 }\n")
    assert scratch.run("plan", "--check").code == 4


def test_status_check_is_4_while_something_is_overdue(tmp_path: Path) -> None:
    scratch = Scratch.make(tmp_path, {"outage.md": LATE})
    scratch.sync()
    assert scratch.run("status").code == 0
    assert scratch.run("status", "--check").code == 4
    assert scratch.run("status", "--check", "--owner", "Bo").code == 0
    (late,) = scratch.status("--overdue")["items"]
    assert late["overdue_days"] > 0
    assert "1 overdue" in scratch.block()
    assert_quiet(scratch)
    scratch.edit("- [ ] Add", "- [x] Add")
    scratch.sync()
    assert scratch.run("status", "--check").code == 0
    assert_quiet(scratch)


def test_status_filters_by_owner_and_document(synced: Scratch) -> None:
    assert [row["owner"] for row in synced.status("--owner", "bo")["items"]] == ["Bo"]
    assert synced.status("--postmortem", "nosuch.md")["items"] == []
    assert len(synced.status("--source", "postmortems")["items"]) == 3


def test_status_of_an_earlier_day_is_what_was_true_then(synced: Scratch) -> None:
    """The day before anything was known."""
    answer = synced.status("--as-of", "2020-01-01")
    assert answer["as_of"] == "2020-01-01"
    assert answer["totals"]["items"] == 0


def test_status_as_csv_has_a_line_for_each_item(synced: Scratch) -> None:
    rows = list(csv.reader(io.StringIO(synced.run("status", "--format", "csv").out)))
    assert len(rows) == 4
    assert len({len(row) for row in rows}) == 1


def test_status_before_the_first_sync_is_empty_and_writes_nothing(scratch: Scratch) -> None:
    answer = scratch.status()
    assert (answer["items"], answer["totals"]["completion"]) == ([], None)
    assert scratch.store.is_served or not scratch.database.exists()


@pytest.mark.parametrize("command", ["status", "digest", "plan", "check"])
def test_a_command_that_looks_changes_nothing(synced: Scratch, command: str) -> None:
    before, rows = synced.files(), synced.rows()
    assert synced.run(command).code == 0
    assert synced.files() == before
    assert synced.rows() == rows


def test_check_finds_nothing_wrong_with_what_is_fine(synced: Scratch) -> None:
    assert synced.run("check").out.endswith("pmtrack.toml is fine: 1 source, 1 tracker\n")


@pytest.mark.sqlite
def test_the_configuration_is_found_in_its_usual_places(scratch: Scratch) -> None:
    (scratch.folder / "config").mkdir()
    text = scratch.config.read_text(encoding="utf-8").replace('path = "', 'path = "../')
    scratch.config.unlink()
    moved = scratch.folder / "config" / "pmtrack.toml"
    moved.write_text(text, encoding="utf-8")
    assert "created 3" in scratch.sync().out
    assert (scratch.folder / "config" / "pmtrack.db").exists(), "paths are relative to the configuration"
    elsewhere = scratch.folder / "elsewhere"
    elsewhere.mkdir()
    there = Scratch(elsewhere)
    assert there.run("--config", str(moved), "plan").out == "nothing to do\n"
    assert there.run("plan", environment={"PMTRACK_CONFIG": str(moved)}).out == "nothing to do\n"


def test_without_reports_no_document_is_written(tmp_path: Path) -> None:
    scratch = Scratch.make(tmp_path, extra="[publish]\nreport = false\n")
    scratch.sync()
    assert (scratch.read(), len(scratch.issues)) == (OUTAGE, 3)
    assert_quiet(scratch)


def test_a_pipe_that_is_closed_early_is_no_bug(synced: Scratch) -> None:
    shell = f"{' '.join(COMMAND)} status --format json | head -c 1"
    done = subprocess.run(
        ["bash", "-c", shell], cwd=synced.folder, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, "Traceback" in done.stderr) == ("{", False)


def test_names_with_control_signs_reach_no_terminal(tmp_path: Path) -> None:
    scratch = Scratch.make(tmp_path, {"a\x1b[31mb.md": OUTAGE.replace("Rotate", "\x1b[2JRotate")})
    for command in (("sync", "--yes"), ("plan",), ("status",), ("check",), ("extract", "postmortems")):
        answer = scratch.run(*command)
        assert "\x1b" not in answer.out + answer.err, command
        assert "Traceback" not in answer.err


def test_the_whole_job_on_real_postmortems(tmp_path: Path, shared: Path) -> None:
    """Five documents in the forms that companies use."""
    scratch = Scratch.make(tmp_path, {"outage.md": OUTAGE})
    (scratch.postmortems / "outage.md").unlink()
    seeds = sorted((shared / "corpus" / "seeds").glob("*.md"))
    for seed in seeds:
        shutil.copyfile(seed, scratch.postmortems / seed.name)
    originals = {seed.name: seed.read_bytes() for seed in seeds}

    assert scratch.run("check").code == 0
    scratch.sync("--yes")
    assert_quiet(scratch)

    rows = scratch.status()["items"]
    assert {row["postmortem"] for row in rows} <= set(originals)
    linked = [row for row in rows if row["state"] == "linked"]
    assert len(linked) == len(scratch.issues) > len(seeds)
    for name, data in originals.items():
        written = (scratch.postmortems / name).read_bytes()
        begin = written.find(b"<!-- pmtrack:begin")
        assert written[:begin].rstrip() == data[: len(written[:begin].rstrip())] if begin >= 0 else written == data

    closed = next(row for row in linked if row["status"] == "open")
    issue = scratch.folder / closed["ticket"]["url"]
    issue.write_text(issue.read_text(encoding="utf-8").replace("status: open", "status: done", 1), encoding="utf-8")
    scratch.sync()
    assert next(row for row in scratch.status()["items"] if row["id"] == closed["id"])["status"] == "done"
    assert_quiet(scratch)

    ticked = [(row, line) for row in linked if "- [ ]" in (line := _line(scratch, row["postmortem"], row["text"]))]
    if ticked:
        row, line = ticked[-1]
        scratch.edit(line, line.replace("- [ ]", "- [x]"), row["postmortem"])
        scratch.sync()
        assert "status: done" in (scratch.folder / row["ticket"]["url"]).read_text(encoding="utf-8")
        assert_quiet(scratch)


def _line(scratch: Scratch, path: str, text: str) -> str:
    """The author's line that holds a wording, or nothing."""
    lines = scratch.read(path).split("<!-- pmtrack:begin")[0].splitlines()
    return next((line for line in lines if text in line), "")
