"""`pmtrack report` and the options of `pmtrack status`, as real commands on real files."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest

from support.scratch import Scratch, assert_quiet

LATE = """\
# Refunds were sent twice

Date: 2026-03-02

## Action items

- [ ] Add an alert on refunds (owner: Ana, P1, due 2026-03-09)
- [x] Write the runbook for the refund queue (owner: Bo)
- [ ] Rotate the gateway certificate (owner: Payments team, due 2099-01-01)
"""
PEOPLE = '[[person]]\nname = "Ana Ruiz"\naliases = ["Ana"]\n[[team]]\nname = "payments"\naliases = ["Payments team"]\n'


@pytest.fixture
def late(tmp_path: Path) -> Scratch:
    scratch = Scratch.make(tmp_path, {"2026/refunds.md": LATE, "2025/refunds.md": LATE.replace("twice", "thrice")})
    text = scratch.config.read_text(encoding="utf-8")
    scratch.config.write_text(f'people = "people.toml"\n{text}', encoding="utf-8")
    (tmp_path / "people.toml").write_text(PEOPLE, encoding="utf-8")
    scratch.sync("--yes")
    return scratch


def inside(block: str) -> str:
    """What a block says, without its marks."""
    return re.sub(r"<!-- pmtrack:[^>]*-->\n*", "", block).strip("\n")


@pytest.mark.parametrize("name", ["2026/refunds.md", "postmortems:2026/refunds.md"])
def test_the_report_of_a_postmortem_is_what_its_block_says(late: Scratch, name: str) -> None:
    answer = late.run("report", name)
    assert (answer.code, answer.err) == (0, "")
    assert inside(late.block("2026/refunds.md")) == answer.out.strip("\n")
    assert answer.out.startswith("**Action items:** 1 of 3 done · 1 overdue")
    assert_quiet(late)


def test_a_postmortem_is_named_by_the_end_of_its_path_where_that_is_one(late: Scratch) -> None:
    answer = late.run("report", "refunds.md")
    assert answer.code == 1
    assert answer.complaints == [
        "pmtrack: 'refunds.md' names 2 postmortems (postmortems:2025/refunds.md, postmortems:2026/refunds.md): "
        "write one of them"
    ]
    late.write("2026/other.md", LATE)
    late.sync("--yes")
    assert late.run("report", "other.md").code == 0


def test_a_postmortem_that_is_not_there_is_said(late: Scratch) -> None:
    answer = late.run("report", "nosuch.md")
    assert (answer.code, answer.out) == (1, "")
    assert answer.complaints == [
        "pmtrack: there is no postmortem 'nosuch.md': see the paths in `pmtrack status`, or sync first"
    ]


def test_the_report_of_a_postmortem_as_json_has_its_numbers(late: Scratch) -> None:
    said = late.run("report", "2026/refunds.md", "--format", "json").json
    assert (said["schema"], said["totals"]["items"], len(said["items"])) == (1, 3, 3)
    assert said["totals"]["in_time"]["P1"] == {"met": 0, "missed": 1, "share": 0.0}
    assert said["totals"]["overdue_since"] == "2026-03-10"


def test_the_report_of_everything_counts_by_postmortem_owner_and_team(late: Scratch) -> None:
    out = late.run("report").out
    for line in (
        "By postmortem",
        "By owner",
        "By team",
        "By priority",
        "Refunds were sent thrice",
        "Ana Ruiz",
        "payments",
    ):
        assert line in out
    assert out.startswith("6 items: 4 open, 0 in progress, 2 done, 0 cancelled, 2 overdue")
    said = late.run("report", "--format", "json").json
    assert said.keys() >= {"schema", "as_of", "totals", "groups", "trend", "last_read"}
    assert [(group["name"], group["totals"]["items"]) for group in said["groups"]["team"]] == [("payments", 2)]
    assert said["trend"][-1]["items"] == 6
    assert_quiet(late)


def test_a_report_of_an_earlier_day_is_of_that_day(late: Scratch) -> None:
    assert late.run("report", "--as-of", "2020-01-01").out.startswith("0 items")
    assert late.run("report", "2026/refunds.md", "--as-of", "2020-01-01").out == "**Action items:** 0 of 0 done\n"
    assert late.run("report", "--as-of", "yesterday").code == 2


def test_a_page_is_written_and_written_anew(late: Scratch) -> None:
    first = late.run("report", "--html", "page.html")
    assert (first.code, first.out, first.err) == (0, "wrote page.html\n", "")
    page = (late.folder / "page.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert "Refunds were sent thrice" in page
    late.edit("- [ ] Add", "- [x] Add", "2026/refunds.md")
    late.sync()
    assert late.run("report", "--html", "page.html").code == 0
    assert (late.folder / "page.html").read_text(encoding="utf-8") != page


def test_a_page_takes_no_other_files_place(late: Scratch) -> None:
    before = late.read("2026/refunds.md")
    answer = late.run("report", "--html", "postmortems/2026/refunds.md")
    assert (answer.code, answer.complaints) == (
        1,
        ["pmtrack: refunds.md is there already and is no page of pmtrack: name another file"],
    )
    assert late.read("2026/refunds.md") == before
    assert late.run("report", "--html", "nosuch/page.html").complaints[0].endswith("name a file in a folder of yours")
    assert late.run("report", "2026/refunds.md", "--html", "page.html").code == 2
    assert not (late.folder / "page.html").exists()


def test_a_report_before_the_first_sync_is_empty(scratch: Scratch) -> None:
    assert scratch.run("report").out == "0 items: 0 open, 0 in progress, 0 done, 0 cancelled, 0 overdue, " + (
        "0 due within 7 days (no items)\n"
    )
    assert scratch.store.is_served or not scratch.database.exists()


@pytest.mark.parametrize(
    ("arguments", "count"),
    [
        (["--overdue"], 2),
        (["--overdue", "--owner", "Ana Ruiz"], 2),
        (["--owner", "payments"], 2),
        (["--priority", "P1"], 2),
        (["--priority", "high"], 2),
        (["--state", "linked"], 4),
        (["--state", "not_created"], 2),
        (["--due-within", "1d"], 0),
        (["--due-within", "1d", "--overdue"], 2),
        (["--due-within", "9999w", "--sort", "due"], 2),
        (["--postmortem", "2026/refunds.md", "--source", "postmortems"], 3),
    ],
)
def test_status_shows_what_is_asked_for(late: Scratch, arguments: list[str], count: int) -> None:
    assert len(late.status(*arguments)["items"]) == count
    rows = list(csv.reader(io.StringIO(late.run("status", "--format", "csv", *arguments).out)))
    assert len(rows) == count + 1
    shown = late.run("status", *arguments).out
    assert shown.count("/refunds.md:") == count
    assert f"\n{count} items: " in f"\n{shown}"


def test_status_sorts(late: Scratch) -> None:
    owners = [item["owner"] for item in late.status("--sort", "owner")["items"]]
    assert owners == ["Ana Ruiz"] * 2 + ["Bo"] * 2 + ["payments"] * 2


def test_status_as_a_page(late: Scratch) -> None:
    page = late.run("status", "--overdue", "--format", "html").out
    assert page.startswith("<!doctype html>")
    assert "Add an alert on refunds" in page
    assert "Write the runbook" not in page


def test_status_check_looks_at_what_was_asked_for(late: Scratch) -> None:
    assert late.run("status", "--check").code == 4
    assert late.run("status", "--check", "--overdue").code == 4
    assert late.run("status", "--check", "--due-within", "7d").code == 0
    assert late.run("status", "--check", "--as-of", "2020-01-01").code == 0


@pytest.mark.parametrize(
    "arguments", [["--due-within", "soon"], ["--state", "nosuch"], ["--sort", "nosuch"], ["--format", "xml"]]
)
def test_what_status_does_not_know_is_a_usage_error(late: Scratch, arguments: list[str]) -> None:
    answer = late.run("status", *arguments)
    assert (answer.code, answer.out) == (2, "")
    assert "Traceback" not in answer.err


def test_status_of_a_source_that_is_not_there_is_refused(late: Scratch) -> None:
    """Or a mistyped name would let `--check` pass."""
    answer = late.run("status", "--check", "--source", "postmortem")
    assert (answer.code, answer.complaints) == (
        1,
        ["pmtrack: there is no source 'postmortem': use one of postmortems"],
    )
