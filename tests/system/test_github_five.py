"""The five example postmortems and a repository, by `config/github.toml` with nothing but its address changed.

The command keeps the pace that GitHub asks for: a second between two writes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from support.five import (
    ASSIGNED,
    BOTH,
    DONE,
    DROPPED,
    EDITED,
    FIRST,
    GAP,
    ISSUES,
    OWNED,
    POSTPONED,
    RAISED,
    RENAMED,
    REWORDED,
    TICKED,
    Story,
    Team,
    copied,
    edits_of_issues_are_reported,
    the_digest_says_the_same,
    the_numbers_are_right,
)
from support.github import Hub, Person, serve
from support.github.apps import App

REPOSITORY = "acme/shop"
BY_HAND = ("P0", "customer")
"""Labels that people bring in."""


class RepositoryTeam(Team):
    """Those who keep their issues in a repository."""

    def key(self, words: str) -> str:
        return f"#{self.number(words)}"

    def number(self, words: str) -> int:
        (found,) = [issue.number for issue in self.hub.issues(REPOSITORY) if issue.title.startswith(words)]
        return int(found)

    def writes(self, name: str) -> Counter[str]:
        """What changed something, by method and the end of the address."""
        told = self.asked(name)
        return Counter(f"{one.method} {one.path.partition('/issues')[2]}" for one in told if one.method != "GET")


@contextmanager
def team(folder: Path, documents: str = "*.md", *, as_app: bool = False) -> Iterator[RepositoryTeam]:
    """A repository of people, a copy of the examples, and the configuration as it is shipped."""
    hub = Hub()
    hub.add_repo(REPOSITORY, people="pmtrack-bot lisa-m tokafor ana")
    with serve(hub) as url:
        scratch = copied(folder, "github.toml", "https://api.github.com", url, documents)
        secrets = {"PMTRACK_ACME_PRIVATE_KEY": _app(hub).pem} if as_app else {"PMTRACK_SHOP_TOKEN": _token(hub)}
        yield RepositoryTeam(scratch, hub, secrets)


def _token(hub: Hub) -> str:
    return hub.add_token("pmtrack-bot").value


def _app(hub: Hub) -> App:
    """The one whose numbers stand in the configuration."""
    app = hub.add_app("pmtrack", "acme")
    app.id, app.installation = 1234, 5678
    hub.apps = {app.id: app}
    return app


def edit_issues(team: RepositoryTeam) -> None:
    """What people do on the page: two closes and one that is not planned, and each field once."""
    lisa = Person.at(team.hub, "lisa-m", REPOSITORY)
    lisa.close(team.number(DROPPED), "not_planned")
    lisa.close(team.number(BOTH))
    lisa.close(team.number(DONE))
    lisa.assign(team.number(ASSIGNED), "lisa-m")
    lisa.unlabel(team.number(RAISED), "P1")
    lisa.label(team.number(RAISED), *BY_HAND)
    postponed = team.number(POSTPONED)
    lisa.edit(postponed, body=re.sub(r"Due: \S+", "Due: 2020-01-02", lisa.look(postponed).body or ""))
    lisa.edit(team.number(RENAMED), title="Measure it every month")


def number(story: Story, words: str) -> int:
    return int(story.keys[words].removeprefix("#"))


def issue(story: Story, words: str) -> Any:
    return story.team.hub.issue(REPOSITORY, number(story, words))


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with team(tmp_path_factory.mktemp("five")) as made:
        told = Story(made, edit_issues)
        told.live()
        yield told


def test_the_configuration_as_shipped_is_fine(story: Story) -> None:
    assert "is fine: 1 source, 1 tracker" in story.checked


def test_every_open_item_becomes_an_issue_and_every_document_its_report(story: Story) -> None:
    assert story.team.counts(FIRST) == {"created": ISSUES, "documents written": 5}
    posts = Counter(one.path.rpartition("/")[2] for one in story.team.asked(FIRST) if one.method != "GET")
    assert posts == {"issues": ISSUES, "labels": len(story.team.hub.repo(REPOSITORY).labels) - len(BY_HAND)}


def test_writes_are_a_second_apart_and_no_limit_is_met(story: Story) -> None:
    """A second on the way out; they arrive a few milliseconds sooner or later."""
    times = [one.at for one in story.team.asked(FIRST) if one.method != "GET"]
    assert (times[-1] - times[0]).total_seconds() > 0.98 * (len(times) - 1)
    assert story.team.hub.bans == []
    assert story.team.hub.violations == []


@pytest.mark.parametrize("name", ["second", "third", "after", "last"])
def test_a_run_with_nothing_to_do_changes_nothing_anywhere(story: Story, name: str) -> None:
    assert story.team.counts(name) == {}
    assert story.team.writes(name) == {}
    assert story.same[name], "a byte of a document or a row changed"


@pytest.mark.parametrize("name", ["third", "last"])
def test_soon_all_that_is_asked_is_whether_anything_changed(story: Story, name: str) -> None:
    asked = story.team.asked(name)
    assert [(one.method, one.path.rpartition("/")[2], one.status) for one in asked] == [("GET", "issues", 304)]


def test_edits_of_a_document_reach_the_issue_in_one_request_each(story: Story) -> None:
    ticked, owned, reworded = (issue(story, words) for words in (TICKED, OWNED, REWORDED))
    assert (ticked.state, ticked.state_reason) == ("closed", "completed")
    assert (owned.title, owned.assignees) == ("Look taxes up once for a basket", ("lisa-m",))
    assert reworded.title == "Move certificate reminders to the rota of all facilities"
    wanted = [f"PATCH /{number(story, words)}" for words in (TICKED, OWNED, REWORDED)]
    assert story.team.writes(EDITED) == Counter(wanted)


def test_edits_of_an_issue_are_reported_and_stay(story: Story) -> None:
    edits_of_issues_are_reported(story)
    assert issue(story, RENAMED).title == "Measure it every month"
    labels = story.team.hub.label_names(REPOSITORY, number(story, RAISED))
    assert sorted(labels) == ["P0", "customer", "in progress", "postmortem"]


def test_what_is_closed_on_both_sides_is_done_and_nobody_writes_it(story: Story) -> None:
    assert story.row(BOTH)["status"] == "done"
    assert issue(story, BOTH).closed_by == "lisa-m"
    assert f"PATCH /{number(story, BOTH)}" not in story.team.writes(EDITED)


def test_the_numbers_of_status_are_those_of_the_documents_and_the_repository(story: Story) -> None:
    closed = Counter(one.state_reason for one in story.team.hub.issues(REPOSITORY) if one.state == "closed")
    assert closed == {"completed": 3, "not_planned": 1}
    the_numbers_are_right(story.team)


def test_the_digest_says_the_same(story: Story) -> None:
    the_digest_says_the_same(story.team)


def test_an_app_does_the_same_as_a_person(tmp_path: Path) -> None:
    """The configuration names one; its key comes through the environment."""
    with team(tmp_path, GAP, as_app=True) as made:
        made.run("check")
        made.sync(FIRST)
        assert made.counts(FIRST) == {"created": 4, "documents written": 1}
        assert {one.author for one in made.hub.issues(REPOSITORY)} == {"pmtrack[bot]"}
        files = made.scratch.files()
        made.sync("second")
        made.sync("third")
        assert made.counts("third") == {}
        assert [one.status for one in made.asked("third") if one.method == "GET"] == [304]
        assert made.scratch.files() == files
