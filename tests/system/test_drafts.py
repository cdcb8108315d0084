"""A source says when a document is ready: the real command on drafts in a folder and in a repository."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from contract.source_suite import Hub
from support.scratch import CONFIG, OUTAGE, Scratch, assert_quiet, finish

FINAL = CONFIG.replace('tracker = "board"', 'tracker = "board"\nready = "status: final"', 1)
SOON = CONFIG.replace('tracker = "board"', 'tracker = "board"\nready = "quiet 2s"', 1)
IN_GIT = FINAL.replace('kind = "folder"', 'kind = "git"').replace('path = "postmortems"', 'remote = "hub.git"')
DRAFT, READY = (f"---\nstatus: {word}\ntitle: Checkout\n---\n{OUTAGE}" for word in ("draft", "final"))
BANK = "- [ ] Ask the bank for a second line\n"


AGAIN = f"# Cards refused again\n\nDate: 2026-04-07\n\n## Action items\n\n{BANK}- [ ] Page the shift (owner: Bo)\n"
PATIENCE = 30
"""Seconds for a start on a busy machine."""


def git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=Ana", "-c", "user.email=ana@acme.example", "-c", "init.defaultBranch=main")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    subprocess.run(["git", *who, *words], cwd=folder, env=clean, capture_output=True, text=True, check=True)


def commit(scratch: Scratch) -> None:
    git(scratch.folder, "add", "--all")
    git(scratch.folder, "commit", "--quiet", "--message", "Write it down")


def holds(scratch: Scratch, command: str = "plan") -> list[Any]:
    return list(scratch.run(command, "--format", "json").json["holds"])


@pytest.fixture
def draft(tmp_path: Path) -> Scratch:
    scratch = Scratch.make(tmp_path, {"outage.md": DRAFT}, FINAL)
    scratch.sync()
    return scratch


class TestADraftInAFolder:
    def test_makes_no_issue_and_is_left_alone(self, draft: Scratch) -> None:
        assert (draft.issues, draft.read("outage.md")) == ([], DRAFT)
        assert_quiet(draft)
        assert "held 3" in draft.sync("--yes").out, "a yes to everything is no word on a draft"
        assert draft.issues == []

    def test_makes_its_issues_when_it_is_final_and_only_new_items_wait_when_it_is_one_again(
        self, draft: Scratch
    ) -> None:
        draft.edit("status: draft", "status: Final")
        assert "created 3" in draft.sync().out
        assert draft.block()
        assert_quiet(draft)

        draft.edit("status: Final", "status: draft")
        draft.edit("- [ ] Write", f"{BANK}- [x] Write")
        said = draft.sync().out
        assert "created 0, updated 0, closed 1, reopened 0, adopted 0, held 1" in said
        assert len(draft.issues) == 3
        assert draft.row("bank")["state"] == "held"
        assert "1 held" in draft.block()
        assert_quiet(draft)

        draft.edit("status: draft", "status: final")
        assert "created 1" in draft.sync().out
        assert draft.row("bank")["state"] == "linked"
        assert_quiet(draft)

    def test_every_command_says_what_it_waits_for(self, draft: Scratch) -> None:
        (hold,) = holds(draft)
        assert (hold["kind"], hold["changes"]) == ("draft", 3)
        waits = "outage.md is a draft (status is “draft”), so its 3 items make no issues until it says “status: final”"
        assert hold["sentence"] == f"{waits}; file all the same with `pmtrack sync --hold {hold['id']}`"
        for command in ("plan", "sync", "review", "status --format json"):
            assert waits in draft.run(*command.split()).out, command
        row = draft.row("alert")
        assert row["state"] == "held"
        explained = draft.run("explain", row["id"]).out
        assert explained.count(waits) == 1
        assert draft.run("plan", "--check").code == 4
        assert draft.run("check").code == 0

    def test_its_own_hold_files_it_all_the_same(self, draft: Scratch) -> None:
        (hold,) = holds(draft)
        assert "created 3" in draft.sync("--hold", hold["id"]).out
        assert draft.read("outage.md") == DRAFT, "somebody is writing: the report comes when it is final"
        assert_quiet(draft)
        draft.edit("status: draft", "status: final")
        draft.sync()
        assert draft.block()
        assert_quiet(draft)

    def test_one_item_is_filed_by_a_decision(self, draft: Scratch) -> None:
        sheet = f"id,decision\n{draft.row('runbook')['id']},create\n"
        (draft.folder / "sheet.csv").write_text(sheet, encoding="utf-8")
        assert draft.run("review", "--import", "sheet.csv").code == 0
        assert "created 1" in draft.sync().out
        assert len(draft.issues) == 1
        assert_quiet(draft)

    def test_a_ticket_in_it_is_adopted_when_it_is_final(self, draft: Scratch) -> None:
        (draft.folder / "issues").mkdir(exist_ok=True)
        issue = draft.folder / "issues" / "0007-runbook.md"
        issue.write_text("---\ntitle: Runbook\nstatus: open\n---\n", encoding="utf-8")
        draft.edit("payment queue", "payment queue (#7)")
        assert "adopted 0, held 3" in draft.sync().out
        draft.edit("status: draft", "status: final")
        assert "adopted 1" in draft.sync().out
        assert_quiet(draft)

    def test_a_rule_that_no_document_can_meet_is_told_by_check(self, draft: Scratch) -> None:
        draft.config.write_text(draft.config.read_text().replace("status: final", "stauts: final"), encoding="utf-8")
        answer = draft.run("check")
        assert answer.code == 1
        assert "sources.postmortems.ready: no document says 'stauts' in its front matter" in answer.out + answer.err

    def test_a_wrong_rule_is_one_sentence(self, draft: Scratch) -> None:
        draft.config.write_text(draft.config.read_text().replace("status: final", "final"), encoding="utf-8")
        answer = draft.run("plan")
        assert answer.code == 1
        (said,) = answer.complaints
        assert 'ready: write "always", a key of the front matter' in said


def test_a_document_that_is_left_alone_comes_by_itself(tmp_path: Path) -> None:
    done = OUTAGE.replace("- [ ]", "- [x]").replace("Checkout", "Till")
    scratch = Scratch.make(tmp_path, {"outage.md": OUTAGE, "done.md": done}, SOON)
    said = scratch.sync().out
    assert "held 3" in said
    assert "outage.md is a draft (its words changed 20" in said
    assert (scratch.issues, scratch.read("outage.md"), scratch.read("done.md")) == ([], OUTAGE, done)
    time.sleep(2)
    assert "created 3" in scratch.sync().out
    assert scratch.block()
    assert scratch.block("done.md")
    assert_quiet(scratch)


def test_the_daemon_files_what_is_left_alone_and_a_draft_is_no_trouble(tmp_path: Path) -> None:
    config = f'{SOON}\n[service]\nsync_every = "1s"\nlisten = ""\n'
    scratch = Scratch.make(tmp_path, {"outage.md": OUTAGE}, config)
    process, end = scratch.start("serve"), time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None and not scratch.block():
        time.sleep(0.05)
    process.terminate()
    lines = [json.loads(line) for line in finish(process).err.splitlines()]
    assert len(scratch.issues) == 3
    assert scratch.block()
    assert {line["level"] for line in lines if line["event"] == "held"} == {"info"}


def test_a_draft_in_a_repository(tmp_path: Path) -> None:
    hub = Hub.make(tmp_path / "hub.git", {"outage.md": DRAFT.encode()})
    scratch = Scratch.make(tmp_path, {}, IN_GIT)
    assert "held 3" in scratch.sync().out
    before = scratch.rows()
    assert "held 3" in scratch.sync().out
    assert (scratch.issues, hub.ours(), hub.read("outage.md")) == ([], [], DRAFT.encode())
    assert scratch.rows() == before
    hub.push({"outage.md": READY.encode()})
    assert "created 3" in scratch.sync().out
    assert (len(hub.ours()), b"pmtrack:begin" in hub.read("outage.md")) == (1, True)
    before = scratch.rows()
    assert "created 0" in scratch.sync().out
    assert (len(hub.ours()), scratch.rows()) == (1, before)


class TestThePreviewOfAPullRequest:
    @pytest.fixture
    def checkout(self, draft: Scratch) -> Scratch:
        git(draft.folder, "init", "--quiet")
        (draft.folder / ".gitignore").write_text("pmtrack.db*\n", encoding="utf-8")
        commit(draft)
        git(draft.folder, "checkout", "--quiet", "-b", "change")
        return draft

    @staticmethod
    def seen(scratch: Scratch) -> Any:
        commit(scratch)
        answer = scratch.run("preview", "--base", "main", "--format", "json")
        assert (answer.code, answer.err) == (0, ""), answer
        return answer.json

    def test_says_what_a_new_draft_waits_for(self, checkout: Scratch) -> None:
        checkout.write("again.md", f"---\nstatus: draft\n---\n{AGAIN}")
        seen = self.seen(checkout)
        assert seen["headline"] == "merging keeps 2 items in a draft"
        assert {one["waits"] for one in seen["create"]} == {"draft: again.md waits until it says “status: final”"}
        assert {one["draft"] for one in seen["create"]} == {True}

    def test_says_what_a_draft_that_becomes_final_creates(self, checkout: Scratch) -> None:
        checkout.edit("status: draft", "status: final")
        seen = self.seen(checkout)
        assert seen["headline"] == "merging creates 3 issues"

    def test_says_nothing_of_a_draft_that_stays_one(self, checkout: Scratch) -> None:
        checkout.edit("Certificates expire on Sundays.", "Certificates expire on Mondays.")
        assert self.seen(checkout)["headline"] == "merging changes nothing that concerns action items"

    def test_says_how_long_a_document_has_to_be_left_alone_and_no_moment(self, checkout: Scratch) -> None:
        """That would be another one in each preview, and none of them that of the merge."""
        checkout.config.write_text(checkout.config.read_text().replace("status: final", "quiet 24h"), encoding="utf-8")
        checkout.write("again.md", AGAIN)
        waits = {one["waits"] for one in self.seen(checkout)["create"]}
        assert waits == {"draft: again.md waits until nobody has changed it for 1d"}
