"""Processes on one store that share an account stop before the server has to stop any of them."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import stored
from support.github import Hub, serve

READER = """
import sys
from pathlib import Path
from pmtrack.errors import TrackerError
from pmtrack.trackers.github import connect
from pmtrack.trackers.limits import Kind, Ledger
from pmtrack.trackers.settings import GitHubSettings
from support import stored

folder, url = sys.argv[1:]
settings = GitHubSettings(kind="github", repository="acme/shop", base_url=url, patience=0)
with stored.opened(Path(folder)) as store:
    tracker = connect("board", settings, Path(folder), ledger=Ledger(store.journal))
    done = 0
    try:
        while True:
            assert tracker.client.read("/user").status == 200
            done += 1
    except TrackerError as error:
        print(done, round(error.retry_after), error)
"""
TESTS = Path(stored.__file__).parents[1]


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Hub, list[str]]]:
    """A server, and how to start somebody who reads there as fast as may be, until that would take a wait."""
    stored.opened(tmp_path).close()
    hub = Hub()
    hub.add_repo("acme/shop", people="bot")
    monkeypatch.setenv("PMTRACK_BOARD_TOKEN", hub.add_token("bot").value)
    with serve(hub) as url:
        yield hub, [sys.executable, "-c", READER, str(tmp_path), url]


def run(command: list[str], times: int) -> list[tuple[int, int]]:
    """(reads, seconds until there may be more) of each of so many processes at once."""
    running = [subprocess.Popen(command, cwd=TESTS, stdout=subprocess.PIPE, text=True) for _ in range(times)]
    said = [process.communicate(timeout=120)[0] for process in running]
    assert [process.returncode for process in running] == [0] * times, said
    return [(int(one.split()[0]), int(one.split()[1])) for one in said]


def statuses(hub: Hub) -> Counter[int]:
    return Counter(hub.log.statuses())


def test_three_readers_share_the_points_of_a_minute(hub: tuple[Hub, list[str]]) -> None:
    server, command = hub
    found = run(command, 3)
    assert set(statuses(server)) == {200}
    assert not server.limits.bans
    assert 855 - 3 * 9 <= sum(reads for reads, _ in found) <= 855
    assert all(0 < wait <= 60 for _, wait in found)
    assert min(reads for reads, _ in found) > 0


def test_readers_stop_before_the_requests_of_an_hour_are_used_up(hub: tuple[Hub, list[str]]) -> None:
    server, command = hub
    server.limits.amounts["core"] = 300
    found = run(command, 2)
    assert set(statuses(server)) == {200}
    assert not server.limits.bans
    left = 300 - sum(reads for reads, _ in found)
    assert 3 <= left <= 5  # one of them may have asked while the other heard
    assert all(60 < wait <= 3600 for _, wait in found)
    later = run(command, 1)
    assert later[0][0] == 0
    assert set(statuses(server)) == {200}
