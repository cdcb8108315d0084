"""A wait for a limit is seen, and does not keep anybody from stopping; what was done until then stands."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from support.github import Hub, serve
from support.scratch import Scratch, finish

REPOSITORY = "acme/shop"
TRACKER = """
[trackers.board]
kind = "github"
repository = "acme/shop"
base_url = "{url}"
label = ""
priorities = {{}}
limits = {{ writes_per_second = 0.05, settle_seconds = 0 }}
"""


@dataclass
class Slow:
    """A team whose server takes one write in twenty seconds."""

    scratch: Scratch
    hub: Hub

    def __post_init__(self) -> None:
        self.secrets = {"PMTRACK_BOARD_TOKEN": self.hub.add_token("bot").value}

    def waiting_after_one(self, *command: str) -> subprocess.Popen[str]:
        process = self.scratch.start(*command, environment=self.secrets)
        until(lambda: len(self.hub.issues(REPOSITORY)) == 1, process)
        time.sleep(1)
        assert process.poll() is None
        return process

    def goes_on(self) -> None:
        """Another process keeps to the same limit, makes what is left, and nothing twice."""
        config = self.scratch.config
        config.write_text(config.read_text().replace("writes_per_second = 0.05", "writes_per_second = 0.5"))
        for _ in range(2):
            self.scratch.run("sync", "--yes", environment=self.secrets)
        titles = [issue.title for issue in self.hub.issues(REPOSITORY)]
        assert len(titles) == len(set(titles)) == 3
        assert "nothing to do" in self.scratch.run("sync", environment=self.secrets).out


@pytest.fixture
def slow(scratch: Scratch) -> Iterator[Slow]:
    hub = Hub()
    hub.add_repo(REPOSITORY, people="bot ana bo")
    with serve(hub) as url:
        before, _, _ = scratch.config.read_text().partition("[trackers.board]")
        scratch.config.write_text(before + TRACKER.format(url=url))
        yield Slow(scratch, hub)


def until(happened: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + 30
    while not happened():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.05)


def test_a_sync_that_waits_says_so_and_can_be_interrupted(slow: Slow) -> None:
    process = slow.waiting_after_one("sync", "--yes")
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    answer = finish(process)
    assert time.monotonic() - began < 5
    assert (answer.code, answer.err) == (130, "waiting 20 s for GitHub's limit\n")
    slow.goes_on()


def test_a_daemon_that_waits_stops_at_once_when_it_is_told_to(slow: Slow) -> None:
    process = slow.waiting_after_one("serve")
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    answer = finish(process)
    assert time.monotonic() - began < 5
    assert answer.code == 0
    told = [json.loads(line) for line in answer.err.splitlines()]
    assert ("warning", "waiting 20 s for GitHub's limit") in [(line["level"], line["event"]) for line in told]
    assert told[-1]["event"] == "stopped"
    slow.goes_on()
