"""The five example postmortems and a Jira project, by `config/jira.toml` with nothing but its address changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from support.five import (
    ASSIGNED,
    BOTH,
    CHECKOUT,
    DONE,
    DROPPED,
    EDITED,
    FIRST,
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
from support.jira import Hub, Person, Workflow, serve
from support.jira.access import PERMISSIONS
from support.jira.model import User
from support.jira_shop import ASKING

PROJECT = "OPS"
READING = ("/search/jql", "/issue/bulkfetch")
LISA = "5b10a2844c20165700ede21g"
"""Her account in the shipped people.toml."""


class ProjectTeam(Team):
    """Those who keep their issues in a project."""

    def key(self, words: str) -> str:
        (found,) = [self.hub.key(one) for one in self.hub.issues(PROJECT) if one.values["summary"].startswith(words)]
        return str(found)

    def writes(self, name: str) -> Counter[str]:
        """What changed something, by method and the end of the address, and the key of the issue."""
        told = [one for one in self.asked(name) if one.method != "GET" and not one.path.endswith(READING)]
        return Counter(f"{one.method} {self._named(one.path)}" for one in told)

    def _named(self, path: str) -> str:
        ident, _, rest = path.partition("/issue/")[2].partition("/")
        issue = self.hub.find(ident) if ident.isdigit() else None
        return "/".join(filter(None, [self.hub.key(issue) if issue else ident, rest]))


@contextmanager
def team(folder: Path, workflow: Workflow, documents: str = "*.md", *, cloud: bool = True) -> Iterator[ProjectTeam]:
    """A project of people, a copy of the examples, and the configuration as it is shipped."""
    hub = Hub(cloud=cloud)
    project = hub.add_project(PROJECT, people="pmtrack-bot ana")
    project.workflow = workflow
    hub.users[LISA] = User(LISA, LISA, "Lisa M.", "lisa@acme.example")
    project.grants[LISA] = set(PERMISSIONS)
    hub.add_component(PROJECT, "Payments")
    token = hub.add_token("pmtrack-bot")
    secrets = {"PMTRACK_OPS_TOKEN": token.value} | ({"PMTRACK_OPS_EMAIL": token.email} if cloud else {})
    with serve(hub) as url:
        yield ProjectTeam(copied(folder, "jira.toml", "https://acme.atlassian.net", url, documents), hub, secrets)


def edit_issues(team: ProjectTeam) -> None:
    """What people do on the page: two closes and one that is called off, and each field once."""
    lisa = Person.at(team.hub, LISA, PROJECT)
    lisa.transition(team.key(DROPPED), "Done", "Won't Do")
    lisa.transition(team.key(BOTH), "Done")
    lisa.transition(team.key(DONE), "Done")
    lisa.assign(team.key(ASSIGNED), LISA)
    lisa.edit(team.key(RAISED), priority="Highest")
    lisa.label(team.key(RAISED), "customer")
    lisa.edit(team.key(POSTPONED), duedate="2020-01-02")
    lisa.edit(team.key(RENAMED), summary="Measure it every month")


def values(story: Story, words: str) -> Any:
    return story.team.hub.fields(story.keys[words])


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with team(tmp_path_factory.mktemp("five"), ASKING) as made:
        told = Story(made, edit_issues)
        told.live()
        yield told


def test_the_configuration_as_shipped_is_fine(story: Story) -> None:
    assert "is fine: 1 source, 1 tracker" in story.checked


def test_every_open_item_becomes_an_issue_and_every_document_its_report(story: Story) -> None:
    """All in one request; what was in progress is taken there afterwards."""
    assert story.team.counts(FIRST) == {"created": ISSUES, "documents written": 5}
    assert story.team.writes(FIRST) == {"POST bulk": 1, f"POST {story.keys[RAISED]}/transitions": 1}


@pytest.mark.parametrize("name", ["second", "third", "after", "last"])
def test_a_run_with_nothing_to_do_changes_nothing_anywhere(story: Story, name: str) -> None:
    assert story.team.counts(name) == {}
    assert story.team.writes(name) == {}
    assert story.same[name], "a byte of a document or a row changed"
    asked = [(one.method, one.path.rpartition("/")[2], one.status) for one in story.team.asked(name)]
    assert asked == [("POST", "jql", 200)], "whether anything changed"


def test_edits_of_a_document_reach_the_issue_in_one_request_each(story: Story) -> None:
    ticked, owned, reworded = (values(story, words) for words in (TICKED, OWNED, REWORDED))
    assert (ticked["status"], ticked["resolution"]) == ("Done", "Done")
    assert (owned["summary"], owned["assignee"]) == ("Look taxes up once for a basket", LISA)
    assert reworded["summary"] == "Move certificate reminders to the rota of all facilities"
    wanted = [f"PUT {story.keys[words]}" for words in (OWNED, REWORDED)]
    assert story.team.writes(EDITED) == Counter([*wanted, f"POST {story.keys[TICKED]}/transitions"])


def test_edits_of_an_issue_are_reported_and_stay(story: Story) -> None:
    edits_of_issues_are_reported(story)
    assert values(story, RENAMED)["summary"] == "Measure it every month"
    assert values(story, RAISED)["labels"] == ("postmortem", "customer")


def test_what_is_closed_on_both_sides_is_done_and_nobody_writes_it(story: Story) -> None:
    assert story.row(BOTH)["status"] == "done"
    assert not any(story.keys[BOTH] in line for line in story.team.writes(EDITED))


def test_the_numbers_of_status_are_those_of_the_documents_and_the_project(story: Story) -> None:
    hub = story.team.hub
    closed = Counter(hub.resolutions.get(one.values.get("resolution")) for one in hub.issues(PROJECT))
    assert closed == {None: ISSUES - 4, "Done": 3, "Won't Do": 1}
    the_numbers_are_right(story.team)


def test_the_digest_says_the_same(story: Story) -> None:
    the_digest_says_the_same(story.team)


def test_on_data_center_an_issue_goes_through_a_strict_workflow(tmp_path: Path) -> None:
    with team(tmp_path, Workflow.strict(), CHECKOUT, cloud=False) as made:
        made.run("check")
        made.sync(FIRST)
        count = made.counts(FIRST)["created"]
        marked = sum(line.endswith("properties/pmtrack") for line in made.writes(FIRST).elements())
        assert (len(made.hub.issues(PROJECT)), marked) == (count, count)
        key = made.key(TICKED)
        made.scratch.edit(f"- [ ] {TICKED}", f"- [x] {TICKED}", CHECKOUT)
        made.sync(EDITED)
        assert (made.hub.fields(key)["status"], made.hub.fields(key)["resolution"]) == ("Done", "Done")
        assert made.writes(EDITED) == {f"POST {key}/transitions": 3}
        made.sync("last")
        assert made.counts("last") == {}
        assert [one.path for one in made.asked("last")] == ["/rest/api/2/search"]
