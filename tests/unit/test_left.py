"""What a server's headers say is left, as each vendor says it."""

from __future__ import annotations

from email.utils import format_datetime

import pytest

from pmtrack.trackers.github import answers as github
from pmtrack.trackers.jira import answers as jira
from pmtrack.trackers.meter import Left
from support.github import Hub
from support.github.wire import Request

NOW = 1_795_000_000.0


def told(**headers: object) -> dict[str, str]:
    return {f"x-ratelimit-{name.replace('_', '-')}": str(value) for name, value in headers.items()}


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (told(remaining=4_999, limit=5_000, reset=int(NOW) + 600), Left(4_999, 5_000, NOW + 600)),
        (told(remaining=0, limit=60, reset=int(NOW) - 600), Left(0, 60, NOW + 1)),
        (told(remaining=7, limit=5_000), Left(7, 5_000, NOW + 60)),
        (told(remaining=7, limit=5_000, reset="soon"), Left(7, 5_000, NOW + 60)),
        (told(remaining=7), None),
        (told(limit=7), None),
        (told(remaining="few", limit="many"), None),
        ({}, None),
    ],
)
def test_github_tells_of_an_hour(headers: dict[str, str], expected: Left | None) -> None:
    assert github.left(github.Answer(200, headers, ""), NOW) == expected


def test_the_moment_is_one_of_our_clock() -> None:
    """The server's may go otherwise: it tells its own."""
    hub = Hub()
    asked = Request("GET", "/user")
    answered = {name.lower(): value for name, value in hub.limits.headers("bot", asked, hub.now()).items()}
    answered["date"] = format_datetime(hub.now(), usegmt=True)
    found = github.left(github.Answer(200, answered, ""), NOW)
    assert found
    assert (found.left, found.whole) == (5_000, 5_000)
    assert found.until == pytest.approx(NOW + 3_600, abs=2)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (told(remaining=349, limit=350), Left(349, 350, NOW + 1)),
        (told(remaining=0, limit=50, interval_seconds=30, fillrate=10), Left(0, 50, NOW + 30)),
        (told(remaining=0, limit=50, interval_seconds=86_400), Left(0, 50, NOW + 60)),
        (told(remaining=0, limit=50, interval_seconds="often"), None),
        (told(remaining=1), None),
        ({}, None),
    ],
)
def test_jira_tells_of_a_burst(headers: dict[str, str], expected: Left | None) -> None:
    assert jira.left(jira.Answer(200, headers, ""), NOW) == expected
