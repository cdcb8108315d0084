"""From a webhook to the report in the document: within seconds, whatever the interval, and once for a flood."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from support import canary
from support.github import Hub, Person, serve
from support.scratch import CONFIG, Scratch, assert_quiet, finish

REPOSITORY = "acme/shop"
SECRET = f"{canary.WORD}-hook"
LONGEST = 5.0
"""Seconds from the webhook to the written document, on an idle machine; the tests beside this one make it busier."""

BUSY = 3
TRACKER = """
[service]
sync_every = "1h"
listen = "127.0.0.1:0"
log = "json"
[trackers.board]
kind = "github"
repository = "acme/shop"
base_url = "{url}"
label = ""
priorities = {{}}
limits = {{ writes_per_second = 100, settle_seconds = 0 }}
"""


@dataclass
class Team:
    scratch: Scratch
    hub: Hub
    process: subprocess.Popen[str]
    log: Path

    def lines(self) -> list[dict[str, str]]:
        text = self.log.read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]

    def events(self, event: str) -> list[dict[str, str]]:
        return [line for line in self.lines() if line["event"] == event]

    def until(self, words: str, seconds: float) -> float:
        """Seconds until the report in the document says so."""
        began = time.monotonic()
        while words not in self.scratch.block():
            assert time.monotonic() - began < seconds, self.log.read_text(encoding="utf-8")
            time.sleep(0.02)
        return time.monotonic() - began


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    hub = Hub()
    hub.add_repo(REPOSITORY, people="bot ana")
    before, _, after = CONFIG.partition('[trackers.board]\nkind = "files"\npath = "issues"\n')
    with serve(hub) as url, (tmp_path / "log").open("w") as log:
        folder = tmp_path / "work"
        folder.mkdir()
        scratch = Scratch.make(folder, config=before + TRACKER.format(url=url) + after)
        secrets = {"PMTRACK_BOARD_TOKEN": hub.add_token("bot").value, "PMTRACK_BOARD_WEBHOOK_SECRET": SECRET}
        process = scratch.start("serve", environment=secrets, stderr=log.fileno())
        found = Team(scratch, hub, process, tmp_path / "log")
        try:
            found.until("0 of 3 done", 60)
            (line,) = found.events("listening")
            hub.hooks.to(f"http://{line['address']}/webhooks/github", SECRET)
            yield found
            process.send_signal(signal.SIGTERM)
            assert finish(process).code == 0
            assert_quiet(scratch, environment=secrets)
        finally:
            process.kill()
            process.communicate()


def test_a_closed_issue_is_in_the_document_within_seconds(team: Team) -> None:
    for number in (1, 2):
        Person.at(team.hub, "ana", REPOSITORY).close(number)
        assert team.hub.hooks.deliver() == [202]
        print(f"{team.until(f'{number} of 3 done', LONGEST * BUSY):.2f} s from the webhook to the document")


def test_a_flood_is_a_run_or_two(team: Team) -> None:
    Person.at(team.hub, "ana", REPOSITORY).close(1)
    (delivery,) = team.hub.hooks.pending
    team.hub.hooks.lose()
    for number in range(200):
        again = type(delivery)(f"{delivery.id}-{number}", delivery.event, delivery.body)
        assert team.hub.hooks.send(again) == 202
    team.until("1 of 3 done", LONGEST * BUSY)
    time.sleep(3)
    assert len(team.events("synced")) - 1 <= 200 // 20


def test_a_forged_webhook_changes_nothing(team: Team) -> None:
    Person.at(team.hub, "ana", REPOSITORY).close(1)
    (delivery,) = team.hub.hooks.lose()
    forged = "sha256=" + "0" * 64
    assert [team.hub.hooks.send(delivery, signed) for signed in ("", forged)] == [401, 401]
    time.sleep(3)
    assert "0 of 3 done" in team.scratch.block()
    assert SECRET not in team.log.read_text(encoding="utf-8")
    assert team.hub.hooks.send(delivery) == 202
    team.until("1 of 3 done", LONGEST * BUSY)
