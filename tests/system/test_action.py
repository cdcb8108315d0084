"""The GitHub Action: its step as GitHub would run it, on a repository and an interface of this machine."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from support.github import Hub, Person, serve
from support.workflow import BOT, DOCUMENT, LOCK, REPOSITORY, ROOT, STORE, Workflow, action

NEW = """\
# Cards again

Date: 2026-04-07

## Action items

- [ ] Add an alert on the card refusals (due 2099-12-01)
- [ ] Improve monitoring @everyone <img src=x>
"""


installs = pytest.mark.skipif(
    os.environ.get("PMTRACK_TEST_DOCKERFILE") != "1",
    reason="asks a package index: PMTRACK_TEST_DOCKERFILE=1 lets it, as in .ci/run",
)


@pytest.fixture
def workflow(tmp_path: Path) -> Iterator[Workflow]:
    hub = Hub()
    with serve(hub) as url:
        yield Workflow.make(tmp_path, hub, url)
        hub.bans.clear()  # some of these are turned away on purpose


def links(workflow: Workflow, folder: Path) -> int:
    """How many issues the store on the branch knows."""
    file = folder / "looked.db"
    data = subprocess.run(
        ["git", f"--git-dir={workflow.origin}", "cat-file", "blob", f"{STORE}:pmtrack.db"],
        stdout=subprocess.PIPE,
        check=True,
    )
    file.write_bytes(data.stdout)
    with closing(sqlite3.connect(file)) as connection:
        (count,) = connection.execute("SELECT count(*) FROM links WHERE ref IS NOT NULL").fetchone()
    return int(count)


class TestAsWritten:
    def test_no_input_becomes_part_of_a_script(self) -> None:
        for step in action()["runs"]["steps"]:
            assert "${{" not in step.get("run", ""), step["name"]

    def test_every_input_is_used_and_described(self) -> None:
        text = (ROOT / "action.yml").read_text(encoding="utf-8")
        for name, one in action()["inputs"].items():
            assert f"inputs.{name} " in text, name
            assert one["description"]

    def test_actions_of_others_are_pinned_by_commit(self) -> None:
        used = [step["uses"] for step in action()["runs"]["steps"] if "uses" in step]
        assert used
        assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", one) for one in used)

    def test_every_output_is_one_that_the_run_writes(self, workflow: Workflow) -> None:
        written = workflow.run("schedule").outputs
        assert action()["outputs"].keys() <= written.keys()

    @installs
    def test_what_is_installed_is_locked_and_needs_no_building(self, tmp_path: Path) -> None:
        """A dry run: the same files are installed by the Dockerfile's test."""
        environment = {"RUNNER_TEMP": str(tmp_path), "GITHUB_ACTION_PATH": str(ROOT), "PIP_DRY_RUN": "1"}
        install = subprocess.run(
            [ROOT / "action" / "install"],
            env={**os.environ, **environment, "PIP_QUIET": "0"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert install.returncode == 0, install.stderr


class TestSync:
    def test_the_first_run_makes_issues_and_a_branch_for_the_store(self, workflow: Workflow, tmp_path: Path) -> None:
        ran = workflow.run("push")
        assert (ran.code, ran.warnings) == (0, []), ran.log
        assert [one.title for one in workflow.hub.issues(REPOSITORY)] == [
            "Add an alert on card refusals",
            "Rotate the gateway certificate",
        ]
        assert ran.outputs["created"] == "2"
        assert ran.outputs["documents-written"] == "1"
        assert "Rotate the gateway certificate" in ran.summary
        assert "<!-- pmtrack:begin" in workflow.read("main", "outage.md")
        assert links(workflow, tmp_path) == 2
        assert workflow.git(workflow.origin, "rev-list", "--count", STORE) == "1"
        assert workflow.ref(LOCK) == ""

    def test_the_second_run_is_quiet(self, workflow: Workflow) -> None:
        workflow.run("push")
        before = {name: workflow.ref(name) for name in (STORE, "refs/heads/main")}
        writes = [one for one in workflow.hub.log if one.method != "GET"]
        for _ in range(2):
            ran = workflow.run("schedule")
            assert (ran.code, ran.outputs["created"], "nothing to do" in ran.log) == (0, "0", True), ran.log
        assert {name: workflow.ref(name) for name in (STORE, "refs/heads/main")} == before
        assert [one for one in workflow.hub.log if one.method != "GET"] == writes

    def test_a_change_replaces_the_one_commit_of_the_branch(self, workflow: Workflow) -> None:
        workflow.run("push")
        first = workflow.ref(STORE)
        Person.at(workflow.hub, "ana", REPOSITORY).close(1)
        ran = workflow.run("schedule")
        assert ran.code == 0, ran.log
        assert workflow.ref(STORE) not in ("", first)
        assert workflow.git(workflow.origin, "rev-list", "--count", STORE) == "1"
        assert "| done" in workflow.read("main", "outage.md")

    def test_two_runs_at_once_make_each_issue_once_and_lose_no_store(self, workflow: Workflow, tmp_path: Path) -> None:
        both = [(workflow.start("push"), number) for number in (1, 2)]
        ran = [workflow.finish(*one) for one in both]
        assert [one.code for one in ran] == [0, 0], "\n".join(one.log for one in ran)
        assert sorted(one.outputs["created"] for one in ran) == ["0", "2"]
        assert len(workflow.hub.issues(REPOSITORY)) == 2
        assert links(workflow, tmp_path) == 2
        assert workflow.ref(LOCK) == ""

    def test_a_cancelled_run_saves_what_it_did_and_frees_the_lock(self, workflow: Workflow, tmp_path: Path) -> None:
        more = "".join(f"- [ ] Write the runbook of part {number} (owner: Ana)\n" for number in range(20))
        workflow.push("main", {"outage.md": DOCUMENT + more})
        process = workflow.start("push")
        until = time.monotonic() + 60
        while len(workflow.hub.issues(REPOSITORY)) < 2 and time.monotonic() < until:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        ran = workflow.finish(process, 1)
        made = len(workflow.hub.issues(REPOSITORY))
        assert 2 <= made < 22
        assert ran.code != 0
        assert links(workflow, tmp_path) in (made, made - 1), "one may be on its way"
        assert workflow.ref(LOCK) == ""

    def test_a_lost_branch_makes_no_second_issue(self, workflow: Workflow) -> None:
        workflow.run("push")
        workflow.git(workflow.origin, "update-ref", "-d", STORE)
        assert workflow.run("schedule").code == 0
        assert len(workflow.hub.issues(REPOSITORY)) == 2
        assert workflow.ref(STORE)

    def test_what_waits_is_released_by_the_input_alone(self, workflow: Workflow) -> None:
        config = workflow.read("main", "pmtrack.toml") + "\n[sync]\nbrake = { creates = 1 }\n"
        workflow.push("main", {"pmtrack.toml": config})
        held = workflow.run("push")
        assert (held.outputs["created"], held.outputs["held"]) == ("0", "2")
        assert workflow.run("workflow_dispatch", release="true").outputs["created"] == "2"

    def test_the_code_of_pmtrack_is_the_code_of_the_step(self, workflow: Workflow) -> None:
        """And the store is kept all the same."""
        ran = workflow.run("push", PMTRACK_SHOP_TOKEN="ghs_wrong")
        assert ran.code == 1
        assert "token" in ran.log
        assert workflow.ref(STORE)

    def test_without_a_branch_nothing_is_kept(self, workflow: Workflow) -> None:
        assert workflow.run("push", store_branch="").code == 0
        assert workflow.ref(STORE) == ""

    def test_a_database_takes_the_place_of_the_branch(self, workflow: Workflow) -> None:
        ran = workflow.run("push", store_url="postgresql://nobody@127.0.0.1:9/none")
        assert ran.code == 1
        assert "postgresql://127.0.0.1" in ran.log
        assert workflow.ref(STORE) == ""

    def test_words_of_a_document_are_no_commands_and_no_markup(self, workflow: Workflow) -> None:
        workflow.push("main", {"outage.md": DOCUMENT + "- [ ] ::error::Restart <b>it</b> @ana (owner: Ana)\n"})
        ran = workflow.run("push")
        word = re.search(r"^::stop-commands::(\w+)$", ran.log, re.MULTILINE)
        assert word
        inside = ran.log[word.end() : ran.log.index(f"::{word[1]}::")]
        assert "Restart" in inside
        assert "<b>" not in ran.summary
        assert "@ana" not in ran.summary

    @pytest.mark.parametrize(
        ("given", "sentence"),
        [
            ({"config": "nosuch.toml"}, "there is no nosuch.toml in the checkout"),
            ({"event": "pull_request_target"}, "use `on: pull_request` instead"),
        ],
    )
    def test_what_is_wrong_is_a_sentence(self, workflow: Workflow, given: dict[str, str], sentence: str) -> None:
        ran = workflow.run(given.pop("event", "push"), **given)
        assert ran.code == 1
        assert sentence in ran.warnings[0]
        assert workflow.hub.issues(REPOSITORY) == []

    def test_a_store_outside_the_checkout_is_refused(self, workflow: Workflow) -> None:
        config = workflow.read("main", "pmtrack.toml").replace("sqlite:///pmtrack.db", "sqlite:///../../x.db")
        workflow.push("main", {"pmtrack.toml": config})
        assert "outside the checkout" in workflow.run("push").warnings[0]

    def test_a_folder_whose_reports_would_be_thrown_away_is_said(self, workflow: Workflow) -> None:
        config = re.sub(
            r'kind = "git"\nremote = .*', 'kind = "folder"\npath = "."', workflow.read("main", "pmtrack.toml")
        )
        config = config.replace('[sources.publish]\nmin_interval = "0s"\n', "")
        workflow.push("main", {"pmtrack.toml": config})
        assert "is thrown away" in workflow.run("push").warnings[0]
        workflow.push("main", {"pmtrack.toml": config + "\n[publish]\nreport = false\n"})
        assert workflow.run("push").warnings == []


class TestLock:
    def test_a_run_that_is_at_work_is_waited_for_and_then_said(self, workflow: Workflow) -> None:
        _hold(workflow, int(time.time()))
        ran = workflow.run("push", INPUT_PATIENCE="1")
        assert ran.code == 1
        assert "another run of pmtrack is at work" in ran.warnings[0]
        assert workflow.hub.issues(REPOSITORY) == []

    def test_the_mark_of_a_dead_run_is_taken_over(self, workflow: Workflow) -> None:
        _hold(workflow, int(time.time()) - 3600)
        assert workflow.run("push").code == 0
        assert len(workflow.hub.issues(REPOSITORY)) == 2
        assert workflow.ref(LOCK) == ""


def _hold(workflow: Workflow, at: int) -> None:
    tree = workflow.git(workflow.origin, "write-tree")
    commit = workflow.git(workflow.origin, "commit-tree", tree, "-m", f"pmtrack is at work in run 0\n\nat {at}")
    workflow.git(workflow.origin, "update-ref", LOCK, commit)


class TestPullRequest:
    @pytest.fixture
    def number(self, workflow: Workflow) -> int:
        """A branch with a second postmortem; there was no sync yet."""
        workflow.push("cards", {"again.md": NEW}, base="main")
        return Person.at(workflow.hub, "ana", REPOSITORY).pull_request("Write down what happened to cards")

    def comments(self, workflow: Workflow, number: int) -> list[str]:
        return [one.body for one in workflow.hub.issue(REPOSITORY, number).comments]

    def test_it_says_what_merging_would_do_in_one_comment(self, workflow: Workflow, number: int) -> None:
        workflow.run("push")
        (issue,) = [one.number for one in workflow.hub.issues(REPOSITORY) if one.title.startswith("Add")]
        ran = workflow.preview("cards", number=number)
        assert (ran.code, ran.warnings) == (0, []), ran.log
        (said,) = self.comments(workflow, number)
        for words in (
            "merging creates 2 issues",
            "| **nobody** | 2099-12-01 |",
            '"Improve monitoring',
            "asked for 2 times since March",
            f"(https://github.com/acme/postmortems/issues/{issue})",
        ):
            assert words in said, said
            assert words in ran.summary
        assert len(workflow.hub.issues(REPOSITORY)) == 2, "nothing was made"

    def test_the_second_time_it_writes_nothing_and_then_it_edits(self, workflow: Workflow, number: int) -> None:
        workflow.preview("cards", number=number)
        writes = len([one for one in workflow.hub.log if one.method != "GET"])
        workflow.preview("cards", number=number)
        assert len([one for one in workflow.hub.log if one.method != "GET"]) == writes
        workflow.push("cards", {"again.md": NEW.replace("(due", "(owner: Bo, due")})
        workflow.preview("cards", number=number)
        (said,) = self.comments(workflow, number)
        assert "| Bo | 2099-12-01 |" in said
        workflow.push("cards", {"again.md": None})
        workflow.preview("cards", number=number)
        (said,) = self.comments(workflow, number)
        assert "merging changes nothing that concerns action items" in said

    def test_hostile_words_mention_nobody_and_load_nothing(self, workflow: Workflow, number: int) -> None:
        workflow.preview("cards", number=number)
        (said,) = self.comments(workflow, number)
        assert "@everyone" not in said
        assert "<img" not in said

    def test_a_change_without_action_items_gets_no_comment(self, workflow: Workflow, number: int) -> None:
        workflow.push("words", {"README.md": "# Postmortems\n"}, base="main")
        ran = workflow.preview("words", number=number)
        assert ran.code == 0
        assert self.comments(workflow, number) == []
        assert "changes nothing" in ran.summary

    def test_a_comment_of_somebody_else_is_left_alone(self, workflow: Workflow, number: int) -> None:
        Person.at(workflow.hub, "bo", REPOSITORY).comment(number, "mine\n<!-- pmtrack:preview -->\n")
        workflow.preview("cards", number=number)
        first, second = workflow.hub.issue(REPOSITORY, number).comments
        assert (first.author, first.body.startswith("mine")) == ("bo", True)
        assert second.author == BOT

    def test_a_strangers_pull_request_has_the_summary_only(self, workflow: Workflow, number: int) -> None:
        """Its token may only read, and it has no secrets."""
        token = workflow.add_token(issues="read", contents="read")
        ran = workflow.preview("cards", fork=True, number=number, token=token, PMTRACK_SHOP_TOKEN="")
        assert ran.code == 0, ran.log
        assert "merging creates 2 issues" in ran.summary
        assert "may only read" in ran.warnings[0]
        assert self.comments(workflow, number) == []

    def test_a_strangers_pull_request_needs_no_database(self, workflow: Workflow, number: int) -> None:
        config = workflow.read("main", "pmtrack.toml").replace("sqlite:///pmtrack.db", "postgresql://127.0.0.1:9/none")
        workflow.push("cards", {"pmtrack.toml": config})
        ran = workflow.preview("cards", fork=True, number=number, comment="false", store_branch="")
        assert ran.code == 0, ran.log
        assert "merging creates" in ran.summary

    def test_the_comment_can_be_switched_off(self, workflow: Workflow, number: int) -> None:
        assert "merging creates 2" in workflow.preview("cards", number=number, comment="false").summary
        assert self.comments(workflow, number) == []

    @pytest.mark.parametrize("depth", [0, 1, 2])
    def test_however_deep_the_checkout_is(self, workflow: Workflow, number: int, depth: int) -> None:
        ran = workflow.preview("cards", number=number, depth=depth, comment="false")
        assert "merging creates 2 issues" in ran.summary, ran.log

    def test_the_store_is_only_looked_at(self, workflow: Workflow, number: int) -> None:
        workflow.run("push")
        before = workflow.ref(STORE)
        workflow.preview("cards", number=number)
        assert (workflow.ref(STORE), workflow.ref(LOCK)) == (before, "")
