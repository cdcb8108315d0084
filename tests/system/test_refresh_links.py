"""Links in issues follow a moved line, a renamed file, another repository: a sync tells of it, a command does it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from contract.source_suite import Hub
from support.scratch import CONFIG, OUTAGE, Scratch, assert_quiet

SOURCE = """\
kind = "git"
remote = "hub.git"
host = "github"
web = "https://github.com/acme/pm"
publish = { min_interval = "0s" }"""
NOTHING = "every link leads to where its item stands\n"
LINK = re.compile(r"\[`(.+)`, line (\d+)\]\(https://github.com/(.+)/blob/[0-9a-f]{40}/(.+)\?plain=1#L(\d+)\)")
TELLS = (
    "3 issues of source postmortems link to where the item no longer stands: `pmtrack refresh-links` lets them follow"
)


@pytest.fixture
def scratch(tmp_path: Path) -> Scratch:
    return Scratch.make(tmp_path, config=CONFIG.replace('kind = "folder"\npath = "postmortems"', SOURCE))


@pytest.fixture
def hub(scratch: Scratch) -> Hub:
    """Three items with their issues, and all at rest."""
    hub = Hub.make(scratch.folder / "hub.git", {"outage.md": OUTAGE.encode()})
    scratch.sync("--yes")
    assert scratch.run("refresh-links").out == NOTHING
    assert_quiet(scratch)
    return hub


def links(scratch: Scratch) -> list[tuple[str, str, int]]:
    """Repository, document and line that each issue links to, and the same line in words."""
    found = []
    for issue in scratch.issues:
        text = issue.read_text()
        link = re.search(
            r"\[`(.+)`, line (\d+)\]\(https://github.com/(.+)/blob/[0-9a-f]{40}/(.+)\?plain=1#L(\d+)\)", text
        )
        assert link, text
        assert (link[1], link[2]) == (link[4], link[5])
        found.append((link[3], link[4], int(link[5])))
    return found


def lower(hub: Hub, lines: int = 2) -> None:
    """Somebody writes more above the items."""
    hub.push(
        {"outage.md": hub.read("outage.md").replace(b"## Action items", b"More.\n" * lines + b"## Action items", 1)}
    )


def test_a_moved_line_is_told_once_and_followed_by_the_command_only(scratch: Scratch, hub: Hub) -> None:
    assert links(scratch) == [("acme/pm", "outage.md", line) for line in (11, 12, 13)]
    issues = {issue: issue.read_bytes() for issue in scratch.issues}
    lower(hub)
    assert TELLS in scratch.sync().out.splitlines()
    assert scratch.run("sync", "--format", "json").json["remarks"] == []
    assert {issue: issue.read_bytes() for issue in scratch.issues} == issues, "no rewrite by itself"
    answer = scratch.run("refresh-links")
    assert (answer.code, answer.err, answer.out.count("follow   board/")) == (0, "", 3)
    assert answer.out.endswith("links refreshed 3, held 0\n")
    assert links(scratch) == [("acme/pm", "outage.md", line) for line in (13, 14, 15)]
    assert scratch.run("refresh-links").out == NOTHING
    assert_quiet(scratch)


def test_only_the_link_is_changed(scratch: Scratch, hub: Hub) -> None:
    issue = scratch.issue("Write the runbook")
    issue.write_bytes(
        issue.read_bytes().replace(b"From the", b"Mine.  \r\nSee https://github.com/acme/pm.\n\nFrom the")
    )
    before = issue.read_bytes().decode()
    lower(hub)
    scratch.run("sync")
    scratch.run("refresh-links")
    after = issue.read_bytes().decode()
    assert re.sub(r"[0-9a-f]{40}|line \d+|#L\d+", "", after) == re.sub(r"[0-9a-f]{40}|line \d+|#L\d+", "", before)
    assert "line 14" in after


def test_a_renamed_file_and_another_name_of_the_repository(scratch: Scratch, hub: Hub) -> None:
    hub.push({"outage.md": None, "2026/outage.md": hub.read("outage.md")})
    assert TELLS in scratch.sync().out
    config = scratch.config.read_text().replace("acme/pm", "newco/postmortems")
    scratch.config.write_text(config)
    assert (
        "the pages of source postmortems are at https://github.com/newco/postmortems now, no longer at "
        "https://github.com/acme/pm; the links of 3 issues stay as they are until `pmtrack refresh-links` lets them "
        "follow"
    ) in scratch.sync().out.splitlines()
    assert "newco" not in scratch.sync().out, "told once"
    scratch.run("refresh-links")
    assert links(scratch) == [("newco/postmortems", "2026/outage.md", line) for line in (11, 12, 13)]
    assert all("\npostmortem: 2026/outage.md\n" in issue.read_text() for issue in scratch.issues)
    assert scratch.run("refresh-links").out == NOTHING
    assert_quiet(scratch)


def test_a_commit_that_was_thrown_away_is_followed_too(scratch: Scratch, hub: Hub) -> None:
    """The line is the same, but the page at the old commit will be gone one day."""
    hub.git("update-ref", "-d", "refs/heads/main")
    hub.push({"outage.md": OUTAGE.encode()}, branch="trunk", message="imported anew")
    hub.git("symbolic-ref", "HEAD", "refs/heads/trunk")
    told = scratch.run("sync").out
    assert "the default branch of source postmortems is now trunk, no longer main" in told
    assert "the links of 3 issues stay as they are until `pmtrack refresh-links` lets them follow" in told
    assert scratch.run("refresh-links").out.endswith("links refreshed 3, held 0\n")
    assert all(
        str(hub.at("trunk") or "") in issue.read_text() or "blob/" in issue.read_text() for issue in scratch.issues
    )
    history = hub.git("rev-list", "trunk").split()
    commits = [re.findall(r"blob/([0-9a-f]{40})/", issue.read_text()) for issue in scratch.issues]
    assert all(one in history for (one,) in commits)
    assert scratch.run("refresh-links").out == NOTHING


def test_a_new_default_branch_with_the_same_history_is_told_and_needs_nothing(scratch: Scratch, hub: Hub) -> None:
    hub.git("update-ref", "refs/heads/trunk", str(hub.at()))
    hub.git("symbolic-ref", "HEAD", "refs/heads/trunk")
    assert "is now trunk, no longer main" in scratch.sync().out
    assert scratch.run("refresh-links").out == NOTHING
    assert_quiet(scratch)


def test_beyond_the_brake_it_shows_them_and_waits_for_a_yes(scratch: Scratch) -> None:
    items = "".join(f"- [ ] Replace lamp number {number} of the hall\n" for number in range(12))
    hub = Hub.make(scratch.folder / "hub.git", {"hall.md": f"# Hall\n\n## Action items\n\n{items}".encode()})
    scratch.sync("--yes")
    hub.push({"hall.md": hub.read("hall.md").replace(b"# Hall\n", b"# Hall\n\nDark.\n", 1)})
    scratch.sync()
    before = links(scratch)
    answer = scratch.run("refresh-links")
    assert answer.code == 0
    assert answer.out.count("follow   board/") == 12
    assert (
        "12 links of source postmortems are more than the brake allows at once, and none of them was touched: let them "
        "follow with `pmtrack refresh-links --yes`\nlinks refreshed 0, held 12\n"
    ) in answer.out
    assert links(scratch) == before
    assert scratch.run("refresh-links", "--yes").out.endswith("links refreshed 12, held 0\n")
    assert links(scratch) == [(web, path, line + 2) for web, path, line in before]
    assert scratch.run("refresh-links", "--yes").out == NOTHING


def test_a_link_follows_with_the_next_write_to_its_issue(scratch: Scratch, hub: Hub) -> None:
    lower(hub)
    hub.push({"outage.md": hub.read("outage.md").replace(b"- [ ] Write", b"- [x] Write", 1)})
    told = scratch.sync().out
    assert "2 issues of source postmortems link to where the item no longer stands" in told
    assert [line for _, _, line in links(scratch)] == [11, 14, 13]
    assert scratch.run("refresh-links").out.endswith("links refreshed 2, held 0\n")


def test_what_was_not_read_yet_waits_for_a_sync(scratch: Scratch, hub: Hub) -> None:
    lower(hub)
    answer = scratch.run("refresh-links")
    assert answer.code == 1
    assert answer.complaints == [
        "pmtrack: source postmortems has changed documents (1): run `pmtrack sync` first, then this again"
    ]
    assert [line for _, _, line in links(scratch)] == [11, 12, 13]


def test_an_issue_that_was_there_before_keeps_its_words(scratch: Scratch, hub: Hub) -> None:
    page = f"https://github.com/acme/pm/blob/{hub.at()}/outage.md?plain=1#L3"
    theirs = scratch.folder / "issues" / "0099-theirs.md"
    theirs.write_text(f"---\ntitle: Call the bank\nstatus: open\n---\n\nSee {page}\n")
    hub.push({"outage.md": hub.read("outage.md").replace(b"\n## Lessons", b"- [ ] Call the bank #99\n\n## Lessons", 1)})
    assert "adopted 1" in scratch.sync().out
    lower(hub)
    scratch.sync()
    before = theirs.read_bytes()
    assert scratch.run("refresh-links").out.count("follow   board/") == 3
    assert theirs.read_bytes() == before


def test_a_folder_with_a_link_of_its_own_follows_as_well(tmp_path: Path) -> None:
    config = CONFIG.replace('tracker = "board"', 'tracker = "board"\nlink = "https://wiki.example/{path}#{line}"')
    scratch = Scratch.make(tmp_path, config=config)
    scratch.sync("--yes")
    scratch.edit("## Summary", "More.\n\n## Summary")
    assert TELLS in scratch.sync().out
    assert scratch.run("refresh-links").out.endswith("links refreshed 3, held 0\n")
    assert "(https://wiki.example/outage.md#13)" in scratch.issue("Add an alert").read_text()
    assert scratch.run("refresh-links").out == NOTHING
    assert_quiet(scratch)


def test_without_addresses_there_is_nothing_to_follow(tmp_path: Path) -> None:
    scratch = Scratch.make(tmp_path)
    scratch.sync("--yes")
    scratch.edit("## Summary", "More.\n\n## Summary")
    assert "refresh-links" not in scratch.sync().out
    assert scratch.run("refresh-links").out == NOTHING
