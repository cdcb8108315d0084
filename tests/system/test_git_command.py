"""The real command on a git repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from contract.source_suite import Hub
from support.scratch import CONFIG, OUTAGE, Scratch

REMOTE = 'kind = "git"\nremote = "hub.git"\nbranch = "main"\npublish = { min_interval = "0s" }'


@pytest.fixture
def scratch(tmp_path: Path) -> Scratch:
    config = CONFIG.replace('kind = "folder"\npath = "postmortems"', REMOTE)
    return Scratch.make(tmp_path, config=config)


@pytest.fixture
def hub(scratch: Scratch) -> Hub:
    return Hub.make(scratch.folder / "hub.git", {"outage.md": OUTAGE.encode()})


def test_a_sync_makes_issues_and_one_commit_and_the_next_one_nothing(scratch: Scratch, hub: Hub) -> None:
    answer = scratch.run("sync", "--yes")
    assert (answer.code, answer.err) == (0, "")
    assert "created 3" in answer.out
    assert "documents written 1" in answer.out
    assert "0 of 3 done" in hub.read("outage.md").decode()
    assert len(hub.ours()) == 1
    head = hub.at()
    for command in (["sync"], ["sync"], ["plan"], ["status"], ["check"]):
        assert scratch.run(*command).code == 0
    assert hub.at() == head


def test_a_tick_in_the_document_closes_the_issue(scratch: Scratch, hub: Hub) -> None:
    scratch.run("sync", "--yes")
    hub.push({"outage.md": hub.read("outage.md").replace(b"- [ ] Write", b"- [x] Write")}, author="Bo")
    assert "closed 1" in scratch.run("sync").out
    assert "1 of 3 done" in hub.read("outage.md").decode()
    assert "Bo" in scratch.run("history").out
    assert len(hub.ours()) == 2


def test_a_remote_that_is_gone_stops_nothing_but_its_source(scratch: Scratch, hub: Hub) -> None:
    scratch.run("sync", "--yes")
    hub.folder.rename(hub.folder.with_name("away.git"))
    answer = scratch.run("sync")
    assert answer.code == 1
    (complaint,) = answer.complaints
    assert "of source postmortems is not there, or not for this account" in complaint
    assert "Traceback" not in answer.err
    assert scratch.run("status").code == 0


def test_an_undone_run_takes_the_reports_out_again(scratch: Scratch, hub: Hub) -> None:
    scratch.run("sync", "--yes")
    run = scratch.run("history", "--format", "json").json["events"][0]["run"]
    assert scratch.run("undo", run, "--yes").code == 0
    assert hub.read("outage.md") == OUTAGE.encode()
