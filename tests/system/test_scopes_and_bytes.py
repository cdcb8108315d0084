"""Several sources and trackers, changes that look like another item, and bytes that are nobody's business of ours."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from support.scratch import OUTAGE, Scratch, assert_quiet

TWO_SOURCES = """\
store = "sqlite:///pmtrack.db"

[[sources]]
name = "shop"
path = "postmortems/shop"
tracker = "shop"

[[sources]]
name = "bank"
path = "postmortems/bank"
tracker = "bank"

[trackers.shop]
kind = "files"
path = "issues/shop"

[trackers.bank]
kind = "files"
path = "issues/bank"

[sync]
brake = { creates = 2 }
"""
BLOCK = re.compile(rb"(?:\r?\n)*<!-- pmtrack:begin.*?<!-- pmtrack:end -->(?:\r?\n)*", re.DOTALL)


@pytest.fixture
def sources(tmp_path: Path) -> Scratch:
    """Two, with three items each, which is more than their brake allows."""
    return Scratch.make(tmp_path, {"shop/a.md": OUTAGE, "bank/a.md": OUTAGE}, TWO_SOURCES)


def issues(scratch: Scratch, tracker: str) -> int:
    return len(list((scratch.folder / "issues" / tracker).glob("*.md")))


def test_a_yes_for_one_source_is_none_for_the_other(sources: Scratch) -> None:
    assert "held 6" in sources.sync().out
    sources.sync("--yes", "--source", "shop")
    assert (issues(sources, "shop"), issues(sources, "bank")) == (3, 0)
    assert "pmtrack:begin" in sources.read("shop/a.md")
    assert_quiet(sources)
    sources.sync("--yes")
    assert (issues(sources, "shop"), issues(sources, "bank")) == (3, 3)
    assert_quiet(sources)


def test_equal_items_of_two_sources_have_an_issue_each(sources: Scratch) -> None:
    sources.sync("--yes")
    assert (issues(sources, "shop"), issues(sources, "bank")) == (3, 3)
    assert len({row["id"] for row in sources.status()["items"]}) == 6
    assert_quiet(sources)


def test_a_source_that_cannot_be_listed_does_not_stop_the_other(sources: Scratch) -> None:
    sources.sync("--yes")
    (sources.postmortems / "bank").rename(sources.folder / "away")
    sources.edit("- [ ] Add", "- [x] Add", "shop/a.md")
    answer = sources.run("sync")
    assert answer.code == 1
    assert "closed 1" in answer.out
    assert len(answer.complaints) == 1
    (sources.folder / "away").rename(sources.postmortems / "bank")
    sources.sync()
    assert_quiet(sources)


def test_a_tracker_taken_out_of_the_configuration_loses_nothing(sources: Scratch) -> None:
    sources.sync("--yes")
    before = sources.contents()
    text = sources.config.read_text(encoding="utf-8")
    without = text.replace('tracker = "bank"', 'tracker = "shop"').replace('[trackers.bank]\nkind = "files"\n', "#")
    sources.config.write_text(without.replace('path = "issues/bank"', ""), encoding="utf-8")
    answer = sources.run("sync")
    assert "trackers.bank" in answer.err
    assert "Traceback" not in answer.err
    assert {k: v for k, v in sources.contents().items() if k.startswith("issues/")} == {
        k: v for k, v in before.items() if k.startswith("issues/")
    }
    sources.config.write_text(text, encoding="utf-8")
    sources.sync()
    assert_quiet(sources)


def test_another_item_in_the_place_of_one_is_asked_about(synced: Scratch) -> None:
    """It may be a new wording, and may be another thing."""
    synced.edit("Write the runbook for the payment queue", "Paint the fence of the data centre green")
    said = synced.sync().out
    assert "held 2" in said
    assert "stands in its place" in said
    assert len(synced.issues) == 3
    assert_quiet(synced)
    synced.sync("--yes")
    assert len(synced.issues) == 4
    assert "is no longer in" in synced.issue("Write the runbook").read_text(encoding="utf-8")
    assert_quiet(synced)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(b"\n", b"\r\n"),
        lambda text: b"\xef\xbb\xbf" + text,
        lambda text: text.rstrip(b"\n"),
        lambda text: text.replace(b"hour", b"hour   \t "),
        lambda text: text.replace(b"hour", b"h\xff\xfeour"),
        lambda text: text.replace(b"\n## Lessons", b"\n\n\n\n## Lessons"),
        lambda text: text.split(b"\n## Lessons")[0].rstrip(b"\n"),
    ],
    ids=["crlf", "bom", "no-last-line-end", "trailing-spaces", "not-utf8", "blank-lines", "items-at-the-end"],
)
def test_outside_the_report_every_byte_is_the_authors(tmp_path: Path, change: object) -> None:
    assert callable(change)
    data: bytes = change(OUTAGE.encode())
    scratch = Scratch.make(tmp_path)
    file = scratch.postmortems / "outage.md"
    file.write_bytes(data)
    scratch.sync("--yes")
    assert_quiet(scratch)
    _assert_kept(file.read_bytes(), data)
    scratch.edit_issue("Add an alert", "status: open", "status: done")
    scratch.sync()
    _assert_kept(file.read_bytes(), data)
    assert b"1 of 3 done" in file.read_bytes()
    assert_quiet(scratch)


def _assert_kept(written: bytes, author: bytes) -> None:
    """Around the one report stands the author's text; only blank lines may set it off."""
    parts = BLOCK.split(written)
    assert len(parts) == 2, "there is one report"
    start = author.startswith(parts[0])
    assert start
    rest = author[len(parts[0]) :]
    assert rest.lstrip(b"\r\n") == parts[1].lstrip(b"\r\n")


def test_taking_the_report_out_leaves_the_document_as_it_was(scratch: Scratch) -> None:
    before = (scratch.postmortems / "outage.md").read_bytes()
    scratch.sync("--yes")
    after = (scratch.postmortems / "outage.md").read_bytes()
    assert len(after) > len(before)
    assert BLOCK.sub(b"\n\n", after) == before


def test_a_report_moved_by_the_author_stays_where_it_was_put(synced: Scratch) -> None:
    block = synced.block()
    synced.edit(f"{block}\n\n", "")
    synced.edit("## Summary", f"{block}\n\n## Summary")
    synced.sync()
    synced.edit_issue("Add an alert", "status: open", "status: done")
    synced.sync()
    assert synced.read().index("pmtrack:begin") < synced.read().index("## Summary")
    assert synced.read().count("pmtrack:begin") == 1
    assert_quiet(synced)


def test_a_copied_document_gets_issues_of_its_own(synced: Scratch) -> None:
    """Somebody starts a new postmortem from an old one."""
    synced.write("copy.md", synced.read().replace("# Checkout refused cards", "# Checkout refused them again"))
    assert "created 3" in synced.sync("--yes").out
    keys = re.findall(r"\[(\d{4})\]", synced.block("copy.md"))
    assert keys == ["0004", "0005", "0006"]
    assert re.findall(r"\[(\d{4})\]", synced.block()) == ["0001", "0002", "0003"]
    assert_quiet(synced)


def test_an_issue_file_with_windows_line_ends_keeps_them(synced: Scratch) -> None:
    path = synced.issue("Add an alert")
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    synced.sync()
    before = path.read_bytes()
    synced.edit("- [ ] Add", "- [x] Add")
    synced.sync()
    assert path.read_bytes() == before.replace(b"status: open", b"status: done")
    assert_quiet(synced)


@pytest.mark.parametrize(
    "title",
    [
        "Add `rm -rf /` to the list: never",
        "Say \"no\" to 'yes' # and mean it",
        "Umlaute äöü und 日本語 and 🔥",
        "--- Three dashes ---",
        "[Link](javascript:alert(1)) in a title",
        "Use <script>alert(1)</script> nowhere",
        "Percent % and {braces} and | a pipe",
        "null",
        "x" * 300,
    ],
    ids=range(9),
)
def test_an_odd_wording_survives_the_way_to_the_issue_and_back(tmp_path: Path, title: str) -> None:
    scratch = Scratch.make(tmp_path, {"odd.md": f"# Odd\n\n## Action items\n\n- [ ] {title}\n- [ ] Mend the door\n"})
    scratch.sync("--yes")
    assert_quiet(scratch)
    count = len(scratch.issues)
    scratch.edit("- [ ] ", "- [x] ", "odd.md")
    scratch.sync("--yes")
    assert len(scratch.issues) == count
    assert_quiet(scratch)


SHARED = """
[trackers.board]
kind = "files"
path = "issues"
"""


@pytest.fixture
def shared_tracker(tmp_path: Path) -> Scratch:
    """Both sources file their issues in one place."""
    before, _, _ = TWO_SOURCES.partition("[trackers.")
    text = re.sub(r'^tracker = ".*"$', 'tracker = "board"', before, flags=re.MULTILINE)
    scratch = Scratch.make(tmp_path, {"shop/a.md": OUTAGE, "bank/b.md": OUTAGE}, text + SHARED)
    scratch.sync("--yes")
    return scratch


def of_bank(scratch: Scratch) -> Path:
    """An open issue of the bank's."""
    texts = {path: path.read_text(encoding="utf-8") for path in scratch.issues}
    return next(path for path, text in texts.items() if "b.md" in text and "status: open" in text)


def test_what_a_run_of_one_source_saw_is_not_lost_to_the_other(shared_tracker: Scratch) -> None:
    for _ in range(2):  # the second run of the shop has nothing to see any more, and tells nothing
        closed = of_bank(shared_tracker)
        text = closed.read_text(encoding="utf-8").replace("status: open", "status: done", 1)
        closed.write_text(text, encoding="utf-8")
        shared_tracker.sync("--source", "shop")
        shared_tracker.sync("--source", "shop")
    assert "0 of 3 done" in shared_tracker.block("bank/b.md")
    shared_tracker.sync("--source", "bank")
    assert "2 of 3 done" in shared_tracker.block("bank/b.md")
    assert_quiet(shared_tracker)


def test_a_deleted_issue_is_not_lost_to_the_other_source(shared_tracker: Scratch) -> None:
    of_bank(shared_tracker).unlink()
    shared_tracker.sync("--source", "shop")
    assert "was deleted" not in shared_tracker.block("bank/b.md")
    shared_tracker.sync("--source", "bank")
    assert shared_tracker.block("bank/b.md").count("was deleted") == 1
    assert_quiet(shared_tracker)
