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
from importlib import import_module
from pathlib import Path

import pytest

from pmtrack.store.tables import metadata
from support.github import Person
from support.workflow import DOCUMENT, LOCK, REPOSITORY, ROOT, STORE, Workflow, action, on_this_machine

installs = pytest.mark.skipif(
    os.environ.get("PMTRACK_TEST_DOCKERFILE") != "1",
    reason="asks a package index: PMTRACK_TEST_DOCKERFILE=1 lets it, as in .ci/run",
)


@pytest.fixture
def workflow(tmp_path: Path) -> Iterator[Workflow]:
    with on_this_machine(tmp_path) as made:
        yield made


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

    def test_what_is_not_worth_saving_are_tables_of_the_store(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.syspath_prepend(ROOT / "action")
        branch = import_module("branch")
        assert branch.HEARTBEAT - {"sqlite_sequence"} < metadata.tables.keys()

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
        assert action()["outputs"].keys() <= ran.outputs.keys()
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


class TestLease:
    """The branch is changed only where it still is what was read."""

    @pytest.fixture
    def closed(self, workflow: Workflow) -> Workflow:
        """Synced, and then somebody closed an issue."""
        workflow.run("push")
        Person.at(workflow.hub, "ana", REPOSITORY).close(1)
        return workflow

    def test_a_store_that_somebody_else_saved_is_taken_up_and_not_lost(self, closed: Workflow) -> None:
        tree = closed.git(closed.origin, "rev-parse", f"{STORE}^{{tree}}")
        other = closed.git(closed.origin, "commit-tree", tree, "-m", "somebody else's")
        update = f"$git --git-dir={closed.origin} update-ref {STORE} {other}"
        ran = closed.run("schedule", **closed.with_git(f'*" push --"*:{STORE}*', update))
        assert ran.code == 0, ran.log
        assert "once more, with theirs" in ran.log
        assert ran.log.count("status is now done in the tracker") == 2
        assert closed.ref(STORE) != other
        assert closed.git(closed.origin, "rev-list", "--count", STORE) == "1"

    @pytest.mark.parametrize("does", ['$git "$@"', "true"], ids=["that arrived", "that did not arrive"])
    def test_a_push_without_an_answer_is_tried_again(self, closed: Workflow, does: str) -> None:
        hangs_up = f'{does}; echo "fatal: the remote end hung up unexpectedly" >&2; exit 128'
        before = closed.ref(STORE)
        ran = closed.run("schedule", **closed.with_git(f'*" push --"*:{STORE}*', hangs_up))
        assert ran.code == 0, ran.log
        assert ran.log.count("status is now done in the tracker") == 1
        assert closed.ref(STORE) not in ("", before)
        assert closed.ref(LOCK) == ""

    def test_a_token_that_may_not_push_is_said_at_once(self, workflow: Workflow) -> None:
        denied = 'echo "fatal: unable to access: The requested URL returned error: 403" >&2; exit 128'
        ran = workflow.run("push", **workflow.with_git('*" push --"*', denied))
        assert ran.code == 1
        assert "contents: write" in ran.warnings[0]
        assert workflow.hub.issues(REPOSITORY) == []
