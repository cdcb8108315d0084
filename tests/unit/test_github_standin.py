"""The stand-in for GitHub, asked by the client library that the product uses, over a real socket."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import requests
from github import Auth, Github, GithubException, GithubIntegration, UnknownObjectException
from github.Repository import Repository

from support.github import HandClock, Hub, Person, changes, faults, serve
from support.github.__main__ import example, main, options
from support.github.limits import Limits
from support.github.wire import Refused, Request

SHOP = "acme/shop"
NO_PAUSES: dict[str, Any] = {"seconds_between_requests": None, "seconds_between_writes": None}
"""The library's own pauses, off."""


class Desk:
    """A hub that serves, a moved clock, and a client for each token."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.hub = Hub(clock=self.clock)
        self.hub.add_repo(SHOP, people="ana bo")
        self.token = self.hub.add_token("ana").value
        self.ana = Person.at(self.hub, "ana", SHOP)
        self.url = ""

    def client(self, token: str | None = None, **options: Any) -> Github:
        auth = Auth.Token(token or self.token)
        return Github(base_url=self.url, auth=auth, retry=None, **NO_PAUSES, **options)

    @property
    def repo(self) -> Repository:
        return self.client().get_repo(SHOP)

    def raw(self, method: str, path: str, **more: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}", **more.pop("headers", {})}
        return requests.request(method, self.url + path, headers=headers, **{"timeout": 5, **more})

    def answers(self, status: int) -> Any:
        """The next call raises an error of the library with this status."""
        return pytest.raises(GithubException, check=lambda error: error.status == status)


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    with serve(desk.hub) as desk.url:
        yield desk


def numbers(repo: Repository, **how: Any) -> list[int]:
    return [issue.number for issue in repo.get_issues(**how)]


# ---------------------------------------------------------------- issues


def test_an_issue_is_made_with_everything_in_one_request(desk: Desk) -> None:
    issue = desk.repo.create_issue("Add retries", "Words", labels=["P1", "new"], assignees=["bo"])

    assert (issue.number, issue.title, issue.body, issue.state) == (1, "Add retries", "Words", "open")
    assert [label.name for label in issue.labels] == ["P1", "new"]
    assert [person.login for person in issue.assignees] == ["bo"]
    assert issue.user.login == "ana"
    assert len(desk.hub.log.writes()) == 1


def test_an_edit_changes_what_it_names_and_nothing_else(desk: Desk) -> None:
    issue = desk.repo.create_issue("Add retries", "Words", labels=["P1"])
    desk.clock.advance(minutes=1)
    issue.edit(title="Add more retries", state="closed", state_reason="not_planned")

    seen = desk.repo.get_issue(1)
    assert (seen.title, seen.body, seen.state, seen.state_reason) == (
        "Add more retries",
        "Words",
        "closed",
        "not_planned",
    )
    assert seen.closed_by.login == "ana"
    assert seen.closed_at == seen.updated_at == desk.clock.now
    assert [event.event for event in seen.get_events()] == ["labeled", "renamed", "closed"]


def test_an_edit_that_changes_nothing_leaves_no_trace(desk: Desk) -> None:
    issue = desk.repo.create_issue("Add retries")
    desk.clock.advance(minutes=1)
    issue.edit(title="Add retries", state="open")
    assert issue.updated_at == issue.created_at


def test_a_reason_is_ignored_unless_the_state_changes(desk: Desk) -> None:
    issue = desk.repo.create_issue("Add retries")
    issue.edit(state="closed")
    issue.edit(state="closed", state_reason="not_planned")
    assert issue.state_reason == "completed"
    issue.edit(state="open")
    assert issue.state_reason == "reopened"


def test_the_library_sends_an_empty_text_for_no_milestone(desk: Desk) -> None:
    milestone = desk.repo.create_milestone("Q1")
    issue = desk.repo.create_issue("Add retries", milestone=milestone)
    assert issue.milestone.title == "Q1"
    issue.edit(milestone=None)
    assert issue.milestone is None


@pytest.mark.parametrize(
    ("wish", "field", "code"),
    [
        ({"title": "x" * 257}, "title", "custom"),
        ({"title": "  "}, "title", "missing_field"),
        ({"title": "A", "assignees": ["nobody"]}, "assignees", "invalid"),
        ({"title": "A", "body": "x" * 65537}, "body", "custom"),
    ],
)
def test_what_cannot_be_is_422_with_its_errors(desk: Desk, wish: dict[str, Any], field: str, code: str) -> None:
    with desk.answers(422) as caught:
        desk.repo.create_issue(**wish)
    assert [(error["field"], error["code"]) for error in caught.value.data["errors"]] == [(field, code)]
    assert desk.hub.issues(SHOP) == []


def test_without_push_access_labels_and_people_are_silently_dropped(desk: Desk) -> None:
    desk.hub.repo(SHOP).roles["eve"] = "read"
    eve = desk.client(desk.hub.add_token("eve").value).get_repo(SHOP)
    issue = eve.create_issue("Add retries", labels=["P1"], assignees=["bo"])
    assert (issue.labels, issue.assignees) == ([], [])
    desk.ana.open("Not hers")
    with desk.answers(403):
        eve.get_issue(2).edit(title="Mine")


def test_pull_requests_take_numbers_and_appear_in_the_list(desk: Desk) -> None:
    desk.ana.pull_request("Fix it")
    assert desk.repo.create_issue("Add retries").number == 2
    assert [issue.pull_request is not None for issue in desk.repo.get_issues(direction="asc")] == [True, False]


def test_comments_are_made_and_edited_in_place(desk: Desk) -> None:
    issue = desk.repo.create_issue("Add retries")
    comment = issue.create_comment("Removed")
    comment.edit("Back again")
    assert [one.body for one in issue.get_comments()] == ["Back again"]
    assert [event.event for event in issue.get_timeline()] == ["commented"]


def test_a_label_name_can_be_had_once(desk: Desk) -> None:
    desk.repo.create_label("P1", "ff0000")
    assert desk.repo.get_label("P1").color == "ff0000"
    with desk.answers(422) as caught:
        desk.repo.create_label("p1", "00ff00")
    assert caught.value.data["errors"][0]["code"] == "already_exists"


def test_who_can_be_assigned_is_asked_beforehand(desk: Desk) -> None:
    assert desk.repo.has_in_assignees("bo")
    desk.ana.give_role("bo", None)
    assert not desk.repo.has_in_assignees("bo")


def test_sub_issues_go_by_id_and_have_one_parent(desk: Desk) -> None:
    parent, child, other = (desk.repo.create_issue(title) for title in "ABC")
    parent.add_sub_issue(child)
    assert [one.number for one in parent.get_sub_issues()] == [2]
    assert desk.repo.get_issue(1).sub_issues_summary.total == 1
    with desk.answers(422):
        other.add_sub_issue(child)
    with desk.answers(404):
        parent.add_sub_issue(2)


# ---------------------------------------------------------------- issue fields


def test_an_issue_takes_a_hundred_sub_issues(desk: Desk) -> None:
    ana = desk.ana
    parent, extra = ana.open("Parent"), ana.open("One too many")
    for number in range(100):
        child = ana.look(ana.open(f"Child {number}"))
        changes.adopt(desk.hub, ana.repo, ana.look(parent), child, ana.doer)
    with desk.answers(422):
        desk.repo.get_issue(parent).add_sub_issue(ana.look(extra).id)


def test_fields_are_kept_where_the_organisation_has_them(desk: Desk) -> None:
    priority = desk.hub.add_field("acme", "Priority", "single_select", "P0", "P1")
    due = desk.hub.add_field("acme", "Due date", "date")
    ask = desk.client().requester.requestJsonAndCheck
    known = {one["name"]: one["id"] for one in ask("GET", "/orgs/acme/issue-fields")[1]}
    assert known == {"Priority": priority.id, "Due date": due.id}

    wish = [{"field_id": due.id, "value": "2026-12-01"}, {"field_id": priority.id, "value": "P1"}]
    ask("POST", f"/repos/{SHOP}/issues", input={"title": "A", "issue_field_values": wish})
    values = ask("GET", f"/repos/{SHOP}/issues/1/issue-field-values")[1]
    assert values[0]["value"] == "2026-12-01"
    assert values[1]["single_select_option"]["name"] == "P1"

    desk.ana.set_field(1, "Due date", None)
    shown = ask("GET", f"/repos/{SHOP}/issues/1")[1]["issue_field_values"]
    assert [one["issue_field_name"] for one in shown] == ["Priority"]
    bad = [{"field_id": due.id, "value": "soon"}]
    with desk.answers(422):
        ask("POST", f"/repos/{SHOP}/issues/1/issue-field-values", input={"issue_field_values": bad})


def test_fields_are_silently_dropped_where_the_feature_is_off(desk: Desk) -> None:
    ask = desk.client().requester.requestJsonAndCheck
    wish = [{"field_id": 1, "value": "P1"}]
    made = ask("POST", f"/repos/{SHOP}/issues", input={"title": "A", "issue_field_values": wish})[1]
    assert made["issue_field_values"] == []
    with desk.answers(404):
        ask("GET", "/orgs/acme/issue-fields")


# ---------------------------------------------------------------- lists


@pytest.mark.parametrize("cursors", [True, False])
def test_a_list_comes_in_pages_whose_links_name_the_repository_by_number(desk: Desk, cursors: bool) -> None:
    desk.hub.cursors = cursors
    for number in range(1, 6):
        desk.ana.open(f"Item {number}")
    assert numbers(desk.client(per_page=2).get_repo(SHOP), direction="asc") == [1, 2, 3, 4, 5]
    assert numbers(desk.client(per_page=2).get_repo(SHOP)) == [5, 4, 3, 2, 1]

    link = desk.raw("GET", f"/repos/{SHOP}/issues?per_page=2&page=2").links
    assert set(link) == ({"next"} if cursors else {"prev", "next", "last", "first"})
    assert f"/repositories/{desk.hub.repo(SHOP).id}/issues?" in link["next"]["url"]
    assert ("after=" in link["next"]["url"]) == cursors


def test_far_in_a_list_only_a_cursor_leads_on(desk: Desk) -> None:
    path = f"/repos/{SHOP}/issues?per_page=100"
    assert desk.raw("GET", f"{path}&page=99").status_code == 200
    assert desk.raw("GET", f"{path}&page=100").status_code == 422
    assert desk.raw("GET", f"{path}&after=x").status_code == 422


def test_since_counts_whole_seconds_and_includes_its_own(desk: Desk) -> None:
    desk.ana.open("Old")
    desk.clock.advance(minutes=1)
    since = desk.clock.now
    desk.clock.advance(milliseconds=400)
    desk.ana.open("New")
    assert numbers(desk.repo, state="all", since=since, sort="updated", direction="asc") == [2]


def test_304_costs_nothing(desk: Desk) -> None:
    desk.ana.open("One")
    path = f"/repos/{SHOP}/issues?state=all"
    first = desk.raw("GET", path)
    again = desk.raw("GET", path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["X-RateLimit-Used"] == first.headers["X-RateLimit-Used"] == "1"
    desk.ana.edit(1, title="Other")
    assert desk.raw("GET", path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_lists_and_search_lag_while_single_issues_are_fresh(desk: Desk) -> None:
    desk.hub.list_lag, desk.hub.search_lag = timedelta(minutes=5), timedelta(minutes=10)
    desk.ana.open("Add retries")
    desk.clock.advance(hours=1)
    desk.ana.open("Add more retries")

    def seen() -> tuple[list[int], int]:
        return numbers(desk.repo, direction="asc"), desk.client().search_issues(f"repo:{SHOP} retries").totalCount

    assert desk.repo.get_issue(2).title == "Add more retries"
    assert seen() == ([1], 1)
    desk.clock.advance(minutes=7)
    assert seen() == ([1, 2], 1)
    desk.clock.advance(minutes=7)
    assert seen() == ([1, 2], 2)


# ---------------------------------------------------------------- access


def test_a_bad_token_is_401_even_for_what_is_public(desk: Desk) -> None:
    desk.ana.make_public()
    with desk.answers(401):
        desk.client("wrong").get_repo(SHOP)
    assert requests.get(f"{desk.url}/repos/{SHOP}", timeout=5).status_code == 200


def test_a_private_repository_does_not_exist_for_strangers(desk: Desk) -> None:
    stranger = desk.client(desk.hub.add_token("eve").value)
    with pytest.raises(UnknownObjectException):
        stranger.get_repo(SHOP)
    desk.ana.make_public()
    assert stranger.get_repo(SHOP).permissions.push is False


def test_a_token_without_the_permission_may_not_write(desk: Desk) -> None:
    token = desk.hub.add_token("ana", "personal", issues="read").value
    with pytest.raises(GithubException, match="Resource not accessible by personal access token"):
        desk.client(token).get_repo(SHOP).create_issue("Add retries")


def test_an_app_gets_tokens_that_live_for_an_hour(desk: Desk) -> None:
    app = desk.hub.add_app()
    auth = Auth.AppAuth(app.id, app.pem)
    integration = GithubIntegration(auth=auth, base_url=desk.url)
    assert integration.get_app().slug == "pmtrack"
    assert integration.get_repo_installation("acme", "shop").id == app.installation
    installed = auth.get_installation_auth(app.installation, {"issues": "write"})
    repo = Github(base_url=desk.url, auth=installed, retry=None, **NO_PAUSES).get_repo(SHOP)
    assert repo.create_issue("Add retries").user.login == "pmtrack[bot]"
    desk.clock.advance(minutes=61)
    with desk.answers(401):
        repo.get_issue(1)


def test_an_installation_that_loses_a_permission_is_told_so(desk: Desk) -> None:
    app = desk.hub.add_app(issues="read")
    installed = Auth.AppAuth(app.id, app.pem).get_installation_auth(app.installation)
    repo = Github(base_url=desk.url, auth=installed, retry=None).get_repo(SHOP)
    with pytest.raises(GithubException, match="Resource not accessible by integration"):
        repo.create_issue("Add retries")
    with desk.answers(422):
        Github(
            base_url=desk.url,
            retry=None,
            auth=Auth.AppAuth(app.id, app.pem).get_installation_auth(app.installation, {"issues": "write"}),
        ).get_repo(SHOP)


# ---------------------------------------------------------------- what people do


def test_a_deleted_issue_is_410_and_its_number_is_not_given_again(desk: Desk) -> None:
    desk.ana.open("One")
    desk.ana.delete(1)
    with desk.answers(410):
        desk.repo.get_issue(1)
    assert numbers(desk.repo, state="all") == []
    assert desk.repo.create_issue("Two").number == 2


def test_a_transferred_issue_has_a_new_id_and_only_itself_is_redirected(desk: Desk) -> None:
    desk.hub.add_repo("acme/other", people="ana")
    desk.ana.open("One", None, "P1")
    before = desk.repo.get_issue(1)
    number = desk.ana.transfer(1, "acme/other")
    after = desk.repo.get_issue(1)
    assert (after.number, after.repository.full_name, after.labels) == (number, "acme/other", [])
    assert after.id != before.id
    with desk.answers(404):
        list(before.get_comments())
    desk.hub.repo("acme/other").roles.clear()
    with desk.answers(404):
        desk.repo.get_issue(1)


def test_a_renamed_repository_redirects_reads_and_writes(desk: Desk) -> None:
    old = desk.repo
    desk.ana.rename("store")
    issue = old.create_issue("Add retries")
    issue.edit(title="Add more")
    assert old.get_issue(1).title == "Add more"
    assert 301 in desk.hub.log.statuses()
    issue.edit(state="closed")
    assert numbers(old, state="all") == []  # the library loses the query on its way: without it, only what is open
    assert desk.client().get_repo("acme/store").id == desk.hub.repo(SHOP).id


@pytest.mark.parametrize(
    ("happens", "status"),
    [
        (lambda ana: ana.archive(), 403),
        (lambda ana: ana.switch_issues(on=False), 410),
        (lambda ana: ana.delete_repository(), 404),
    ],
)
def test_a_repository_that_takes_no_issues_says_why(desk: Desk, happens: Any, status: int) -> None:
    happens(desk.ana)
    with desk.answers(status):
        desk.repo.create_issue("Add retries")


def test_people_close_as_duplicate_copy_label_and_rename_labels(desk: Desk) -> None:
    desk.repo.create_issue("One", "words\nmarker", labels=["P1"])
    copy = desk.ana.copy(1)
    desk.ana.close_as_duplicate(copy, of=1)
    desk.ana.rename_label("P1", "high")
    seen = desk.repo.get_issue(copy)
    assert (seen.state_reason, [label.name for label in seen.labels]) == ("duplicate", ["high"])
    assert seen.body == "words\r\nmarker"  # as a browser sends it
    assert [event.event for event in seen.get_events()][-1] == "marked_as_duplicate"


# ---------------------------------------------------------------- limits


def test_the_creation_limit_holds_and_tells_how_long(desk: Desk) -> None:
    desk.hub.limits.amounts["content a minute"] = 3
    repo = desk.repo
    for number in range(3):
        repo.create_issue(f"Item {number}")
    with desk.answers(403) as caught:
        repo.create_issue("One too many")
    assert len(desk.hub.issues(SHOP)) == 3
    desk.clock.advance(seconds=int(caught.value.headers["retry-after"]))
    repo.create_issue("Later")


@pytest.mark.parametrize(
    ("method", "path", "apart", "amount"),
    [
        ("POST", f"/repos/{SHOP}/issues", 0.1, 80),
        ("POST", f"/repos/{SHOP}/issues/1/comments", 1, 500),
        ("PATCH", f"/repos/{SHOP}/issues/1", 0.1, 180),
        ("GET", f"/repos/{SHOP}/issues", 0.01, 900),
        ("GET", f"/repos/{SHOP}/issues", 0.5, 5000),
        ("GET", "/search/issues", 1, 30),
    ],
)
def test_the_numbers_of_the_limits(method: str, path: str, apart: float, amount: int) -> None:
    limits, clock, request = Limits(), HandClock(), Request(method, path)
    for _ in range(amount):
        limits.admit("ana", request, clock())
        clock.advance(seconds=apart)
    limits.admit("bo", request, clock())
    with pytest.raises(Refused):
        limits.admit("ana", request, clock())


def test_points_run_out_and_come_back(desk: Desk) -> None:
    desk.hub.limits.amounts["core"] = 3
    issue = desk.repo.create_issue("One")
    issue.update()
    with desk.answers(403) as caught:
        issue.update()
    assert caught.value.headers["x-ratelimit-remaining"] == "0"
    assert desk.client().get_rate_limit().resources.core.remaining == 0
    desk.clock.advance(minutes=60)
    issue.update()


@pytest.mark.parametrize(("status", "retry_after"), [(403, 30), (429, 30), (429, None)])
def test_going_on_before_the_time_is_a_ban(desk: Desk, status: int, retry_after: int | None) -> None:
    desk.hub.faults.next("GET", "/issues", faults.limited(status, retry_after))
    with desk.answers(status):
        numbers(desk.repo)
    desk.clock.advance(seconds=29)
    with desk.answers(403):
        numbers(desk.repo)
    (ban,) = desk.hub.bans
    assert (ban.account, ban.method) == ("ana", "GET")
    desk.hub.bans.clear()
    desk.clock.advance(seconds=31)
    numbers(desk.repo)


def test_what_was_on_its_way_when_the_limit_was_reached_is_no_ban() -> None:
    limits, clock = Limits(), HandClock()
    on_its_way = Request("GET", "/user", arrived=time.monotonic())
    limits.block("ana", clock.now + timedelta(seconds=30))
    with pytest.raises(Refused):
        limits.admit("ana", on_its_way, clock.now)
    assert limits.bans == []


def test_a_ban_fails_the_test_that_caused_it(desk: Desk) -> None:
    repo = desk.repo
    desk.hub.limits.amounts["content a minute"] = 0
    for _ in range(2):
        with desk.answers(403):
            repo.create_issue("One")
    with pytest.raises(AssertionError, match="told to wait"):
        desk.hub.check()
    desk.hub.bans.clear()


def test_writes_in_one_second_are_noted_but_not_refused(desk: Desk) -> None:
    desk.repo.create_issue("One")
    desk.repo.create_issue("Two")
    assert len(desk.hub.hasty) == 1


# ---------------------------------------------------------------- faults


@pytest.mark.parametrize("fault", [faults.error_after(502), faults.dropped_after(), faults.cut()])
def test_the_effect_has_happened_and_the_client_does_not_know(desk: Desk, fault: faults.Fault) -> None:
    desk.hub.faults.next("POST", "/issues", fault)
    with pytest.raises((GithubException, requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        desk.repo.create_issue("One")
    assert [issue.title for issue in desk.hub.issues(SHOP)] == ["One"]
    (entry,) = desk.hub.log.writes()
    assert (entry.effect, entry.fault) == (201, fault.name)


def test_a_foreign_answer_passes_the_library_as_an_issue_without_a_number(desk: Desk) -> None:
    desk.hub.faults.next("POST", "/issues", faults.not_json(201))
    issue = desk.repo.create_issue("One")
    assert issue.raw_data == {"data": "<html>Unicorn!</html>"}
    assert len(desk.hub.issues(SHOP)) == 1


@pytest.mark.parametrize("fault", [faults.error(500), faults.dropped(), faults.refused(422, "No")])
def test_nothing_has_happened(desk: Desk, fault: faults.Fault) -> None:
    desk.hub.faults.next("POST", "/issues", fault)
    with pytest.raises((GithubException, requests.ConnectionError)):
        desk.repo.create_issue("One")
    assert desk.hub.issues(SHOP) == []


def test_the_librarys_own_retry_makes_eleven_issues_of_one(desk: Desk) -> None:
    desk.hub.faults.next("POST", "/issues", faults.error_after(502), times=None)
    client = Github(base_url=desk.url, auth=Auth.Token(desk.token), **NO_PAUSES)
    with pytest.raises(requests.exceptions.RetryError):
        client.get_repo(SHOP).create_issue("One")
    assert len(desk.hub.issues(SHOP)) == 11


def test_many_clients_at_once_get_numbers_of_their_own(desk: Desk) -> None:
    repos = [desk.repo for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda index: repos[index % 4].create_issue(f"Item {index}").number, range(40)))
    assert sorted(made) == list(range(1, 41))


def test_an_effect_may_come_ten_seconds_late(desk: Desk) -> None:
    desk.hub.faults.next("POST", "/issues", faults.late(10))
    with pytest.raises(requests.ConnectionError):
        desk.repo.create_issue("One")
    desk.clock.advance(seconds=9)
    assert desk.hub.issues(SHOP) == []
    desk.clock.advance(seconds=5)
    (issue,) = desk.hub.issues(SHOP)
    assert (desk.clock.now - issue.created_at).total_seconds() == 4


def test_an_answer_after_the_time_of_the_client(desk: Desk) -> None:
    desk.hub.faults.next("POST", "/issues", faults.slow(5))
    with pytest.raises(requests.ReadTimeout):
        desk.raw("POST", f"/repos/{SHOP}/issues", json={"title": "One"}, timeout=0.1)
    assert len(desk.hub.issues(SHOP)) == 1


def test_a_page_may_come_again_or_short(desk: Desk) -> None:
    for number in range(1, 5):
        desk.ana.open(f"Item {number}")
    repo = desk.client(per_page=2).get_repo(SHOP)
    desk.hub.faults.next("GET", "/issues", faults.page_repeated())
    assert numbers(repo, direction="asc") == [1, 2, 1, 2]
    desk.hub.faults.next("GET", "/issues", faults.page_short(1))
    assert numbers(repo, direction="asc") == [1, 3, 4]
    desk.hub.faults.next("GET", "/issues", faults.page_short(0, link=False))
    assert numbers(repo, direction="asc") == []


def test_a_fault_waits_for_its_turn_or_stays(desk: Desk) -> None:
    repo = desk.repo
    desk.hub.faults.next("POST", "/issues", faults.error(500), skip=1)
    assert [_made(repo) for _ in range(3)] == [True, False, True]
    desk.hub.faults.next("POST", "/issues", faults.error(503), times=None)
    assert [_made(repo) for _ in range(3)] == [False] * 3
    desk.hub.faults.clear()
    assert _made(repo)


def _made(repo: Repository) -> bool:
    try:
        return bool(repo.create_issue("One").number)
    except GithubException:
        return False


@pytest.mark.parametrize(("cursors", "seen"), [(True, [1, 2, 3, 1]), (False, [1, 2, 1])])
def test_what_moves_while_pages_are_read_by_number_pushes_another_aside(
    desk: Desk, cursors: bool, seen: list[int]
) -> None:
    desk.hub.cursors = cursors
    for number in range(1, 4):
        desk.ana.open(f"Item {number}")
    desk.clock.advance(minutes=1)
    second = faults.meanwhile(lambda: desk.ana.edit(1, title="Moved to the end"))
    desk.hub.faults.next("GET", "/issues", second, skip=1)
    assert numbers(desk.client(per_page=2).get_repo(SHOP), sort="updated", direction="asc") == seen


def test_a_link_may_lead_elsewhere(desk: Desk) -> None:
    desk.ana.open("One")
    desk.hub.faults.next("GET", "/issues", faults.foreign_link())
    with pytest.raises(AssertionError):
        numbers(desk.repo)


def test_304_may_be_stale_once(desk: Desk) -> None:
    desk.ana.open("One")
    issue = desk.repo.get_issue(1)
    desk.ana.edit(1, title="Other")
    desk.hub.faults.next("GET", "/issues/1", faults.stale())
    assert issue.update() is False
    assert issue.update() is True


def test_the_clock_of_the_server_may_be_wrong(desk: Desk) -> None:
    desk.hub.skew = timedelta(minutes=5)
    issue = desk.repo.create_issue("One")
    assert issue.created_at - desk.clock.now == desk.hub.skew


# ---------------------------------------------------------------- by itself


def test_it_runs_by_itself_and_says_how_to_reach_it(capsys: pytest.CaptureFixture[str]) -> None:
    ended = threading.Event()
    ended.set()
    main(["--port", "0"], ended)
    said = capsys.readouterr().out
    assert "http://127.0.0.1:" in said
    assert "ghp_" in said


def test_people_have_a_page_in_it() -> None:
    hub = example(options([]))
    with serve(hub, page_for="ana") as url:
        repo = Github(base_url=url, auth=Auth.Token(hub.add_token("bo").value), retry=None, **NO_PAUSES).get_repo(SHOP)
        page = repo.get_issue(1).html_url
        assert page == f"{url}/{SHOP}/issues/1"
        assert "second look" in requests.get(f"{url}/{SHOP}/issues", timeout=5).text
        requests.post(page, data={"do": "close"}, timeout=5)
        assert "closed completed" in requests.get(page, timeout=5).text
        assert repo.get_issue(1).closed_by.login == "ana"


def test_it_is_also_there_at_the_path_of_a_server_of_one_s_own(desk: Desk) -> None:
    for title in ("one", "two", "three"):
        desk.ana.open(title)
    desk.url += "/api/v3"
    client = desk.client(per_page=2)
    issues = list(client.get_repo(SHOP).get_issues())
    assert sorted(issue.title for issue in issues) == ["one", "three", "two"]
    assert all(issue.url.startswith(desk.url) for issue in issues)
