"""SIGTERM while somebody else does not answer: the end comes within ten seconds, and nothing is done twice after it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.github import Hub, faults, serve
from support.scratch import CONFIG, Scratch, assert_quiet, finish

REPOSITORY = "acme/shop"
LONGEST = 10.0
TRACKER = """
[service]
listen = ""
[trackers.board]
kind = "github"
repository = "acme/shop"
base_url = "{url}"
label = ""
priorities = {{}}
limits = {{ writes_per_second = 100, settle_seconds = 0 }}
"""


@pytest.fixture
def hub() -> Hub:
    hub = Hub()
    hub.add_repo(REPOSITORY, people="bot ana")
    return hub


@pytest.fixture
def team(tmp_path: Path, hub: Hub) -> Iterator[tuple[Scratch, dict[str, str]]]:
    before, _, after = CONFIG.partition('[trackers.board]\nkind = "files"\npath = "issues"\n')
    with serve(hub) as url:
        scratch = Scratch.make(tmp_path, config=before + TRACKER.format(url=url) + after)
        yield scratch, {"PMTRACK_BOARD_TOKEN": hub.add_token("bot").value}


def stopped(process: subprocess.Popen[str]) -> tuple[float, list[str]]:
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    answer = finish(process)
    assert answer.code == 0, answer
    return time.monotonic() - began, [json.loads(line)["event"] for line in answer.err.splitlines()]


def test_a_server_that_takes_a_request_and_does_not_answer(team: tuple[Scratch, dict[str, str]], hub: Hub) -> None:
    scratch, secrets = team
    hub.faults.next("POST", "/issues", faults.slow(60))
    process = scratch.start("serve", environment=secrets)
    end = time.monotonic() + 60
    while not hub.issues(REPOSITORY):
        assert time.monotonic() < end
        time.sleep(0.1)
    seconds, events = stopped(process)
    assert seconds < LONGEST
    assert "stopped while waiting for an answer: the next start looks what became of it" in events
    scratch.store.forget_leases()  # it could not give them back
    for _ in range(2):
        scratch.run("sync", environment=secrets)
    titles = [issue.title for issue in hub.issues(REPOSITORY)]
    assert len(titles) == len(set(titles)) == 3
    assert_quiet(scratch, environment=secrets)


def test_a_git_that_hangs(tmp_path: Path) -> None:
    """Its process is ended as well: it would keep the clone to itself."""
    git = tmp_path / "bin" / "git"
    git.parent.mkdir()
    marker = tmp_path / "pid"
    git.write_text(f"#!/bin/sh\necho $$ > {marker}\nexec sleep 300\n", encoding="utf-8")
    git.chmod(0o755)
    source = '[[sources]]\nname = "pm"\nkind = "git"\nremote = "/nowhere.git"\ntracker = "board"\n'
    board = '[trackers.board]\nkind = "files"\npath = "issues"\n[service]\nlisten = ""\n'
    folder = tmp_path / "work"
    folder.mkdir()
    scratch = Scratch.make(folder, config=f'store = "sqlite:///pmtrack.db"\n{source}{board}')
    process = scratch.start("serve", environment={"PATH": f"{git.parent}:{os.environ['PATH']}"})
    end = time.monotonic() + 60
    while not marker.exists():
        assert time.monotonic() < end
        time.sleep(0.1)
    seconds, _ = stopped(process)
    assert seconds < LONGEST
    pid = int(marker.read_text())
    until = time.monotonic() + 5
    while Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text():
        assert time.monotonic() < until, "git goes on"
        time.sleep(0.1)
