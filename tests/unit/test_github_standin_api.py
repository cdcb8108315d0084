"""Every operation of the stand-in once, and the rules that the library seldom meets. No socket: the rules alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from github import Auth

from contract.source_suite import Hub as Git
from support.github import HandClock, Hub, Person
from support.github.core import ROUTES, Route, handle
from support.github.wire import Answer, Request

SHOP, REPO = "acme/shop", "/repos/acme/shop"
ONE = f"{REPO}/issues/1"


class Asker:
    """Asks a hub directly; every answer is held against the description, where that is present."""

    def __init__(self) -> None:
        self.hub = Hub(clock=HandClock())
        self.hub.add_repo(SHOP, people="ana bo")
        self.field = self.hub.add_field("acme", "Points", "number").id
        text = self.hub.add_field("acme", "Why", "text").id
        self.values = [{"field_id": self.field, "value": 3}, {"field_id": text, "value": "So"}]
        self.ana = Person.at(self.hub, "ana", SHOP)
        self.token = self.hub.add_token("ana").value
        self.app = self.hub.add_app()

    def ask(self, method: str, path: str, body: Any = None, token: str | None = None, **query: str) -> Answer:
        raw = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        shown = self.token if token is None else token
        headers = {"authorization": f"Bearer {shown}"} if shown else {}
        return handle(self.hub, Request(method, path, query, headers, raw))

    def step(self, method: str, path: str, more: Any) -> int:
        """`more` is a token, or the query of a reading and the body of a writing request."""
        if isinstance(more, str):
            return self.ask(method, path, token=more).status
        return self.ask(method, path, **(more or {})).status if method == "GET" else self.ask(method, path, more).status

    def jwt(self) -> str:
        return Auth.AppAuth(self.app.id, self.app.pem).create_jwt()


@pytest.fixture
def asker(tmp_path: Path) -> Asker:
    asker = Asker()
    git = Git.make(tmp_path / "shop.git", {"a.md": b"1"})
    git.push({"a.md": b"2"}, branch="new", on=git.at())
    asker.hub.repo(SHOP).git = git.folder
    asker.ana.open("One", "Words", "P1")
    asker.ana.open("Two")
    asker.ana.comment(1, "Hello")
    return asker


Step = tuple[str, str, Any, int]
"""Method, path, the body or the query or the token, and the status."""


def tour_of_the_repository(asker: Asker) -> list[Step]:
    return [
        ("GET", "/user", None, 200),
        ("GET", "/users/bo", None, 200),
        ("GET", "/app", asker.jwt(), 200),
        ("GET", f"{REPO}/installation", asker.jwt(), 200),
        ("GET", "/rate_limit", None, 200),
        ("GET", "/search/issues", {"q": f"repo:{SHOP} is:issue state:open label:P1 author:ana"}, 200),
        ("GET", "/orgs/acme/issue-fields", None, 200),
        ("GET", REPO, None, 200),
        ("GET", f"{REPO}/assignees", None, 200),
        ("GET", f"{REPO}/assignees/bo", None, 204),
        ("GET", f"{REPO}/collaborators/bo/permission", None, 200),
        ("GET", f"{REPO}/issue-types", None, 200),
        ("GET", f"{REPO}/labels", None, 200),
        ("POST", f"{REPO}/labels", {"name": "P2", "color": "ff0000"}, 201),
        ("GET", f"{REPO}/labels/P1", None, 200),
        ("POST", f"{REPO}/milestones", {"title": "Q1"}, 201),
        ("GET", f"{REPO}/milestones", None, 200),
        ("GET", f"{REPO}/milestones/1", None, 200),
    ]


def tour_of_issues(asker: Asker) -> list[Step]:
    comment = f"{REPO}/issues/comments/{asker.hub.issue(SHOP, 1).comments[0].id}"
    wish = {"title": "Three", "milestone": 1, "type": "Task", "issue_field_values": asker.values}
    return [
        ("GET", f"{REPO}/issues", {"labels": "P1", "assignee": "none", "milestone": "none", "creator": "ana"}, 200),
        ("POST", f"{REPO}/issues", wish, 201),
        ("GET", comment, None, 200),
        ("PATCH", comment, {"body": "Hello again"}, 200),
        ("GET", ONE, None, 200),
        ("PATCH", ONE, {"assignee": "bo", "milestone": 1, "type": "Bug"}, 200),
        ("GET", f"{ONE}/comments", None, 200),
        ("POST", f"{ONE}/comments", {"body": "More"}, 201),
        ("GET", f"{ONE}/labels", None, 200),
        ("POST", f"{ONE}/labels", {"labels": ["new"]}, 200),
        ("PUT", f"{ONE}/labels", {"labels": ["P1", "P2"]}, 200),
        ("DELETE", f"{ONE}/labels/P2", None, 200),
        ("POST", f"{ONE}/assignees", {"assignees": ["ana", "nobody"]}, 201),
        ("DELETE", f"{ONE}/assignees", {"assignees": ["bo"]}, 200),
        ("DELETE", comment, None, 204),
    ]


def tour_of_their_parts(asker: Asker) -> list[Step]:
    child = {"sub_issue_id": asker.hub.issue(SHOP, 2).id}
    values = {"issue_field_values": asker.values}
    return [
        ("POST", f"{ONE}/sub_issues", child, 201),
        ("GET", f"{ONE}/sub_issues", None, 200),
        ("GET", f"{REPO}/issues/2/parent", None, 200),
        ("DELETE", f"{ONE}/sub_issue", child, 200),
        ("POST", f"{ONE}/issue-field-values", values, 200),
        ("GET", f"{ONE}/issue-field-values", None, 200),
        ("PUT", f"{ONE}/issue-field-values", {"issue_field_values": []}, 200),
        ("POST", f"{ONE}/issue-field-values", values, 200),
        ("DELETE", f"{ONE}/issue-field-values/{asker.field}", None, 204),
        ("GET", f"{ONE}/events", None, 200),
        ("GET", f"{ONE}/timeline", None, 200),
    ]


def tour_of_pull_requests(_asker: Asker) -> list[Step]:
    return [
        ("POST", f"{REPO}/pulls", {"title": "Four", "head": "new", "base": "main", "body": "Words"}, 201),
        ("GET", f"{REPO}/pulls", {"head": "acme:new", "base": "main"}, 200),
        ("GET", f"{REPO}/pulls/4", None, 200),
        ("PATCH", f"{REPO}/pulls/4", {"title": "Five", "state": "closed"}, 200),
    ]


def test_every_operation_answers_as_described(asker: Asker) -> None:
    tokens = f"/app/installations/{asker.app.installation}/access_tokens"
    installed = asker.ask("POST", tokens, {}, asker.jwt())
    last = ("DELETE", "/installation/token", installed.body["token"], 204)
    tour = [*tour_of_the_repository(asker), *tour_of_issues(asker), *tour_of_their_parts(asker)]
    tour += [*tour_of_pull_requests(asker), last]
    for method, path, more, status in tour:
        assert asker.step(method, path, more) == status, (method, path)
    met = {_route(method, path) for method, path, *_ in tour} | {_route("POST", tokens)}
    assert met == set(map(_key, ROUTES))
    assert asker.hub.violations == []


def test_what_the_tour_leaves_behind(asker: Asker) -> None:
    for method, path, more, _ in (
        *tour_of_the_repository(asker),
        *tour_of_issues(asker),
        *tour_of_their_parts(asker),
    ):
        asker.step(method, path, more)
    issue = asker.ask("GET", ONE).body
    assert [label["name"] for label in issue["labels"]] == ["P1"]
    assert [person["login"] for person in issue["assignees"]] == ["ana"]
    assert (issue["milestone"]["title"], issue["type"]["name"]) == ("Q1", "Bug")
    assert [value["value"] for value in issue["issue_field_values"]] == ["So"]


def _key(route: Route) -> tuple[str, str]:
    return route.method, route.template


def _route(method: str, path: str) -> tuple[str, str]:
    return next(_key(route) for route in ROUTES if route.match(Request(method, path)) is not None)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/users/nobody", None, 404),
        ("GET", "/repos/acme/other", None, 404),
        ("GET", "/repositories/1", None, 404),
        ("GET", f"{REPO}/assignees/nobody", None, 404),
        ("GET", f"{REPO}/collaborators/nobody/permission", None, 404),
        ("GET", f"{REPO}/labels/none", None, 404),
        ("GET", f"{REPO}/milestones/9", None, 404),
        ("GET", f"{REPO}/issues/9", None, 404),
        ("GET", f"{REPO}/issues/comments/9", None, 404),
        ("GET", f"{ONE}/parent", None, 404),
        ("GET", "/orgs/nobody/issue-fields", None, 404),
        ("GET", "/app", None, 401),
        ("DELETE", "/installation/token", None, 401),
        ("DELETE", f"{ONE}/labels/none", None, 404),
        ("DELETE", f"{ONE}/issue-field-values/9", None, 404),
        ("POST", f"{REPO}/issues", {"title": "A", "milestone": 9}, 422),
        ("POST", f"{REPO}/issues", {"title": "A", "milestone": "soon"}, 422),
        ("POST", f"{REPO}/issues", {"title": "A", "labels": [{"color": "red"}]}, 422),
        ("POST", f"{REPO}/issues", {"title": "A", "type": "Epic"}, 422),
        ("POST", f"{REPO}/issues", {"title": "A", "labels": [""]}, 422),
        ("POST", f"{REPO}/issues", {"title": "A", "issue_field_values": [{"field_id": 1, "value": 1}]}, 422),
        ("POST", f"{REPO}/labels", {"name": "x" * 51}, 422),
        ("POST", f"{ONE}/comments", {"body": " "}, 422),
        ("POST", f"{ONE}/comments", {"body": "x" * 65537}, 422),
        ("POST", f"{ONE}/sub_issues", {"sub_issue_id": 9}, 404),
    ],
)
def test_what_is_not_there_or_cannot_be(asker: Asker, method: str, path: str, body: Any, status: int) -> None:
    assert asker.ask(method, path, body).status == status
    assert asker.hub.violations == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        ({}, 422),
        ({"title": "A", "labels": 1}, 422),
        ({"title": "A", "body": 1}, 422),
    ],
)
def test_a_wrong_body_is_refused_and_held_against_the_sender(asker: Asker, body: Any, status: int) -> None:
    assert asker.ask("POST", f"{REPO}/issues", body).status == status
    assert bool(asker.hub.violations) == (asker.hub.spec is not None)


def test_a_wrong_state_is_refused(asker: Asker) -> None:
    assert asker.ask("PATCH", ONE, {"state": "done"}).status == 422
    assert asker.ask("PATCH", ONE, {"state": "closed", "state_reason": "wontfix"}).status == 422
    assert asker.hub.issue(SHOP, 1).state == "open"


def test_a_program_closes_as_duplicate_of_an_issue_that_exists(asker: Asker) -> None:
    wish = {"state": "closed", "state_reason": "duplicate", "duplicate_issue_id": asker.hub.issue(SHOP, 2).id}
    assert asker.ask("PATCH", ONE, {**wish, "duplicate_issue_id": 9}).status == 422
    assert asker.ask("PATCH", ONE, wish).body["state_reason"] == "duplicate"
    assert asker.ask("GET", f"{ONE}/events").body[-1]["event"] == "marked_as_duplicate"


def test_a_version_that_does_not_exist_is_400(asker: Asker) -> None:
    told = {"authorization": f"token {asker.token}", "x-github-api-version": "2026-03-10"}
    assert handle(asker.hub, Request("GET", "/user", headers=told)).status == 200
    assert handle(asker.hub, Request("GET", "/user", headers={"x-github-api-version": "2026-01-01"})).status == 400


def test_nobody_in_particular_reads_what_is_public_sixty_times_an_hour(asker: Asker) -> None:
    assert asker.ask("GET", REPO, token="").status == 404
    asker.ana.make_public()
    assert [asker.ask("GET", REPO, token="").status for _ in range(60)].count(200) == 59
    assert asker.ask("POST", f"{REPO}/issues", {"title": "A"}, token="").status == 403
    asker.hub.bans.clear()
    asker.hub.clock.advance(hours=1)
    assert asker.ask("POST", f"{REPO}/issues", {"title": "A"}, token="").status == 401
    assert asker.ask("GET", "/user", token="").status == 401


@pytest.mark.parametrize("lost", [403, 404])
def test_reading_without_the_permission(asker: Asker, lost: int) -> None:
    asker.hub.lost_permission = lost
    token = asker.hub.add_token("ana", "personal", contents="read").value
    assert asker.ask("GET", REPO, token=token).status == 200
    assert asker.ask("GET", f"{REPO}/issues", token=token).status == lost


def test_a_token_for_some_repositories_does_not_see_the_others(asker: Asker) -> None:
    other = asker.hub.add_repo("acme/other", people="ana")
    asker.app.repos = frozenset({other.id})
    path = f"/app/installations/{asker.app.installation}/access_tokens"
    made = asker.ask("POST", path, {}, asker.jwt()).body
    assert made["repository_selection"] == "selected"
    assert asker.ask("GET", "/repos/acme/other", token=made["token"]).status == 200
    assert asker.ask("GET", REPO, token=made["token"]).status == 404
    asker.ana.make_public()
    assert asker.ask("GET", f"{REPO}/issues", token=made["token"]).status == 200
    assert asker.ask("POST", f"{REPO}/issues", {"title": "A"}, token=made["token"]).status == 403


def test_an_app_proves_itself_or_gets_nothing(asker: Asker) -> None:
    path = f"/app/installations/{asker.app.installation}/access_tokens"
    assert asker.ask("POST", path, {}, "forged").status == 401
    assert asker.ask("POST", "/app/installations/9/access_tokens", {}, asker.jwt()).status == 404
    named = asker.ask("POST", path, {"repositories": ["other"]}, asker.jwt()).body["token"]
    assert asker.ask("GET", REPO, token=named).status == 404
    chosen = asker.ask("POST", path, {"repository_ids": [asker.hub.repo(SHOP).id]}, asker.jwt()).body["token"]
    assert asker.ask("GET", REPO, token=chosen).status == 200
    assert asker.ask("GET", "/user", token=chosen).status == 403
    assert asker.ask("DELETE", "/installation/token", token=chosen).status == 204
    assert asker.ask("GET", REPO, token=chosen).status == 401


def test_a_locked_issue_is_for_those_who_write_here(asker: Asker) -> None:
    asker.ana.make_public()
    asker.ana.lock(1)
    eve = asker.hub.add_token("eve").value
    assert asker.ask("POST", f"{ONE}/comments", {"body": "Hi"}, eve).status == 403
    assert asker.ask("POST", f"{ONE}/comments", {"body": "Hi"}).status == 201
    for method, path, body in (
        ("PUT", f"{ONE}/labels", {"labels": ["x"]}),
        ("PUT", f"{ONE}/issue-field-values", {"issue_field_values": []}),
    ):
        assert asker.ask(method, path, body, eve).status == 403
    assert asker.ask("POST", f"{REPO}/labels", {"name": "x"}, eve).status == 404


def test_what_became_a_discussion_is_404(asker: Asker) -> None:
    asker.ana.convert_to_discussion(1)
    assert asker.ask("GET", ONE).status == 404


def test_a_taken_name_leads_to_the_one_that_took_it(asker: Asker) -> None:
    old = asker.hub.repo(SHOP).id
    asker.ana.rename("store", owner="globex")
    assert asker.ask("GET", REPO).headers["Location"].endswith(f"/repositories/{old}")
    new = asker.hub.add_repo(SHOP, people="ana").id
    assert asker.ask("GET", REPO).body["id"] == new


def test_search_refuses_what_github_refuses(asker: Asker) -> None:
    assert asker.ask("GET", "/search/issues", q="x" * 257).status == 422
    assert asker.ask("GET", "/search/issues", q=" ").status == 422
    assert asker.ask("GET", "/search/issues", q="repo:acme/other x").status == 422
    found = asker.ask("GET", "/search/issues", q='"one" in:title is:issue', sort="created", order="asc").body
    assert [item["number"] for item in found["items"]] == [1]


def test_a_label_that_goes_is_gone_from_every_issue(asker: Asker) -> None:
    asker.ana.label(1, "P0")
    asker.ana.unlabel(1, "P1")
    assert asker.hub.label_names(SHOP, 1) == ["P0"]
    asker.ana.delete_label("P0")
    assert asker.ask("GET", ONE).body["labels"] == []


def test_a_second_parent_takes_over_only_when_told(asker: Asker) -> None:
    three = asker.ana.open("Three")
    wish = {"sub_issue_id": asker.hub.issue(SHOP, 2).id}
    assert asker.ask("POST", f"{ONE}/sub_issues", wish).status == 201
    assert asker.ask("POST", f"{REPO}/issues/{three}/sub_issues", {**wish, "replace_parent": True}).status == 201
    assert asker.ask("GET", f"{ONE}/sub_issues").body == []
    assert asker.ask("POST", f"{ONE}/sub_issues", {"sub_issue_id": asker.hub.issue(SHOP, 1).id}).status == 422
