"""The stand-in's pull requests: what GitHub allows, and what becomes of them by pushes and by people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from contract.source_suite import Hub as Git
from support.github import Hub, Person, serve

PULLS = "/repos/acme/pm/pulls"


class Site:
    """A repository with a branch `new`, and requests by a token of its person."""

    def __init__(self, hub: Hub, url: str, git: Git) -> None:
        self.hub, self.url, self.git = hub, url, git
        self.token = hub.add_token("ana").value

    def ask(self, verb: str, path: str, body: Any = None, token: str | None = None, **query: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {token or self.token}"}
        return requests.request(verb, f"{self.url}{path}", json=body, params=query, headers=headers, timeout=5)

    def open(self, **more: str) -> requests.Response:
        return self.ask("POST", PULLS, {"title": "Report", "head": "new", "base": "main", **more})

    def states(self) -> list[tuple[int, str, bool]]:
        found = self.ask("GET", PULLS, state="all").json()
        return [(one["number"], one["state"], one["merged_at"] is not None) for one in found]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    git = Git.make(tmp_path / "pm.git", {"a.md": b"one"})
    git.push({"a.md": b"two"}, branch="new", on=git.at())
    hub = Hub()
    hub.add_repo("acme/pm", people="ana").git = git.folder
    with serve(hub) as url:
        yield Site(hub, url, git)


def test_one_is_opened_found_by_its_branch_edited_and_closed(site: Site) -> None:
    made = site.open(body="Words")
    assert (made.status_code, made.json()["number"], made.json()["head"]["sha"]) == (201, 1, site.git.at("new"))
    assert [one["number"] for one in site.ask("GET", PULLS, head="acme:new", base="main").json()] == [1]
    assert site.ask("GET", PULLS, head="acme:other").json() == []
    assert site.ask("GET", PULLS, base="other").json() == []
    assert site.ask("PATCH", f"{PULLS}/1", {"title": "Other", "body": "x"}).json()["title"] == "Other"
    assert site.ask("PATCH", f"{PULLS}/1", {"state": "closed"}).json()["state"] == "closed"
    assert site.ask("GET", PULLS).json() == []
    assert site.states() == [(1, "closed", False)]
    assert [(issue.title, pull.head) for issue, pull in site.hub.pulls("acme/pm", "all")] == [("Other", "new")]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"head": "nosuch"}, "'field': 'head'"),
        ({"head": "bo:new"}, "'field': 'head'"),
        ({"base": "nosuch"}, "'field': 'base'"),
        ({"head": "main"}, "No commits between main and main"),
        ({"title": " "}, "'field': 'title'"),
    ],
)
def test_what_cannot_be_asked_for_is_named(site: Site, more: dict[str, str], words: str) -> None:
    answer = site.open(**more)
    assert (answer.status_code, words in str(answer.json()["errors"])) == (422, True), answer.json()


def test_a_branch_has_one_open_pull_request_into_another(site: Site) -> None:
    site.open()
    assert "A pull request already exists for acme:new." in str(site.open().json()["errors"])
    site.ask("PATCH", f"{PULLS}/1", {"state": "closed"})
    assert site.open().json()["number"] == 2


def test_it_is_merged_by_a_person_and_its_branch_deleted(site: Site) -> None:
    site.open()
    Person.at(site.hub, "ana", "acme/pm").merge(1)
    assert (site.states(), site.git.read("a.md"), site.git.at("new")) == ([(1, "closed", True)], b"two", None)
    assert site.git.log()[0] == "Report (#1)"


def test_it_is_merged_once_its_commits_are_in_the_base(site: Site) -> None:
    site.open()
    site.git.git("update-ref", "refs/heads/main", str(site.git.at("new")))
    assert site.states() == [(1, "closed", True)]


def test_it_is_closed_when_its_branch_is_deleted_and_cannot_be_opened_again(site: Site) -> None:
    site.open()
    site.git.git("update-ref", "-d", "refs/heads/new")
    assert site.states() == [(1, "closed", False)]
    answer = site.ask("PATCH", f"{PULLS}/1", {"state": "open"})
    assert (answer.status_code, "The new branch has been deleted" in str(answer.json())) == (422, True)


@pytest.mark.parametrize(
    ("permissions", "read", "write"),
    [({"pull_requests": "write"}, 200, 201), ({"pull_requests": "read"}, 200, 403), ({"contents": "write"}, 403, 403)],
)
def test_a_token_needs_the_permission(site: Site, permissions: dict[str, str], read: int, write: int) -> None:
    token = site.hub.add_token("ana", "personal", **permissions).value
    wish = {"title": "Report", "head": "new", "base": "main"}
    assert site.ask("GET", PULLS, token=token).status_code == read
    assert site.ask("POST", PULLS, wish, token=token).status_code == write


def test_who_only_reads_opens_none_from_a_branch_of_the_repository(site: Site) -> None:
    site.hub.repo("acme/pm").roles["bo"] = "read"
    wish = {"title": "Report", "head": "new", "base": "main"}
    assert site.ask("POST", PULLS, wish, token=site.hub.add_token("bo").value).status_code == 403
