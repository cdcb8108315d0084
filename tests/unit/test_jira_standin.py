"""The stand-in for Jira, asked by the client library that the product uses, over a real socket, in both kinds."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from jira import JIRA, JIRAError

from support.jira import Hub, Workflow, serve
from support.jira.__main__ import example, main, options
from support.jira.desk import KEY, Desk, adf, body, serving


@pytest.fixture(params=["cloud", "center"])
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    with serving(Desk(cloud=request.param == "cloud")) as desk:
        yield desk


@pytest.fixture
def cloud() -> Iterator[Desk]:
    with serving(Desk()) as desk:
        yield desk


@pytest.fixture
def center() -> Iterator[Desk]:
    with serving(Desk(cloud=False)) as desk:
        yield desk


def answers(status: int) -> Any:
    """The next call raises an error of the library with this status."""
    return pytest.raises(JIRAError, check=lambda error: error.status_code == status)


def who(desk: Desk, name: str) -> dict[str, str]:
    return {"accountId": desk.hub.account(name)} if desk.hub.cloud else {"name": name}


# ---------------------------------------------------------------- issues


def test_an_issue_is_made_with_everything_in_one_request(desk: Desk) -> None:
    component = desk.hub.add_component(KEY, "shop")
    more = {"labels": ["pm"], "duedate": "2026-12-01", "assignee": who(desk, "bo"), "components": [{"name": "shop"}]}
    words = body("Add retries", description="h2. Why", priority={"name": "High"}, **more)
    issue = desk.client().create_issue(fields=words, prefetch=False)
    assert len(desk.hub.log.writes()) == 1

    seen = desk.client().issue(issue.key).fields
    assert (issue.key, seen.summary, seen.description) == ("OPS-1", "Add retries", "h2. Why")
    assert (seen.priority.name, seen.duedate, seen.labels) == ("High", "2026-12-01", ["pm"])
    assert (seen.status.name, seen.status.statusCategory.key, seen.resolution) == ("To Do", "new", None)
    people: Any = (seen.assignee, seen.creator)
    assert [one.displayName for one in people] == ["Bo", "Ana"]
    assert [one.id for one in seen.components] == [str(component.id)]


def test_an_edit_changes_what_it_names_and_is_told_in_the_history(desk: Desk) -> None:
    desk.make(labels=["a"])
    desk.clock.advance(minutes=1)
    issue = desk.client().issue("OPS-1")
    issue.update(fields={"summary": "Add more"}, update={"labels": [{"add": "b"}, {"remove": "a"}]})

    seen = desk.client().issue("OPS-1", expand="changelog")
    assert (seen.fields.summary, seen.fields.labels) == ("Add more", ["b"])
    (change,) = seen.changelog.histories
    told = {item.field: (item.fromString, item.toString) for item in change.items}
    assert told == {"summary": ("Add retries", "Add more"), "labels": ("a", "b")}
    assert change.author.displayName == "Ana"
    assert change.created == seen.fields.updated != seen.fields.created


def test_an_edit_that_changes_nothing_leaves_no_trace(desk: Desk) -> None:
    desk.make()
    before = desk.fields("OPS-1")["updated"]
    desk.clock.advance(minutes=1)
    assert desk.edit("OPS-1", summary="Add retries").status_code == 204
    assert desk.fields("OPS-1")["updated"] == before
    assert desk.hub.issue("OPS-1").changes == ()


def test_the_library_walks_the_workflow_with_numbers_for_text(desk: Desk) -> None:
    desk.make()
    client = desk.client()
    client.transition_issue("OPS-1", "Done", comment="Done by hand")
    seen = client.issue("OPS-1").fields
    assert (seen.status.name, str(seen.resolution), seen.resolutiondate is None) == ("Done", "Done", False)
    assert [one.body for one in client.comments("OPS-1")] == ["Done by hand"]
    client.transition_issue("OPS-1", "To Do")
    assert client.issue("OPS-1").fields.resolution is None


def test_the_library_assigns_and_takes_off_again(desk: Desk) -> None:
    desk.make()
    client = desk.client()
    client.assign_issue("OPS-1", "bo")
    assert desk.hub.fields("OPS-1")["assignee"] == "bo"
    client.assign_issue("OPS-1", None)
    assert "assignee" not in desk.hub.fields("OPS-1")


def test_a_remote_link_with_the_same_global_id_is_the_same_link(desk: Desk) -> None:
    desk.make()
    client = desk.client()
    for title in ("One", "Two"):
        client.add_remote_link("OPS-1", {"url": "https://wiki/1", "title": title}, globalId="pm=1")
    (link,) = client.remote_links("OPS-1")
    assert (link.object.title, link.globalId) == ("Two", "pm=1")
    statuses = [entry.status for entry in desk.hub.log.matching("POST", "/remotelink")]
    assert statuses == [201, 200]


def test_an_entity_property_is_kept_and_is_no_change_of_the_issue(desk: Desk) -> None:
    desk.make()
    before = desk.fields("OPS-1")["updated"]
    desk.clock.advance(minutes=1)
    client = desk.client()
    client.add_issue_property("OPS-1", "pm", {"id": "a"})
    client.add_issue_property("OPS-1", "pm", {"id": "b"})
    assert desk.raw("GET", "/issue/OPS-1?properties=pm,other").json()["properties"] == {"pm": {"id": "b"}}
    assert desk.fields("OPS-1")["updated"] == before
    assert desk.raw("DELETE", "/issue/OPS-1/properties/pm").status_code == 204
    assert desk.raw("GET", "/issue/OPS-1/properties/pm").status_code == 404
    assert desk.raw("GET", "/issue/OPS-1/properties").json() == {"keys": []}


def test_bulk_makes_the_good_ones_and_names_the_others(desk: Desk) -> None:
    client = desk.client()
    rows = client.create_issues([body("One"), body("", labels=["a b"]), body("Three")], prefetch=False)
    assert [row["status"] for row in rows] == ["Success", "Error", "Success"]
    assert rows[1]["error"].keys() == {"summary", "labels"}
    rows = client.create_issues([body("")], prefetch=False)
    assert [row["status"] for row in rows] == ["Error"]
    assert desk.hub.log.statuses()[-2:] == [201, 400]


def test_bulk_takes_fifty_with_their_properties_and_no_more(desk: Desk) -> None:
    update = {"fields": body(), "properties": [{"key": "pm", "value": {"id": "a"}}]}
    assert desk.raw("POST", "/issue/bulk", json={"issueUpdates": [update] * 51}).status_code == 400
    assert len(desk.raw("POST", "/issue/bulk", json={"issueUpdates": [update] * 50}).json()["issues"]) == 50
    assert {issue.properties["pm"]["id"] for issue in desk.hub.issues(KEY)} == {"a"}


# ---------------------------------------------------------------- what differs


def test_cloud_takes_and_gives_adf_in_v3_and_wiki_in_v2(cloud: Desk) -> None:
    cloud.make(description=adf("One", "Two"))
    assert cloud.fields("OPS-1")["description"] == adf("One", "Two")
    assert cloud.client().issue("OPS-1").fields.description == "One\n\nTwo"
    cloud.client().issue("OPS-1").update(description="Three")
    assert cloud.fields("OPS-1")["description"] == adf("Three")


def test_data_center_knows_no_v3(center: Desk) -> None:
    assert center.raw("GET", "/rest/api/3/serverInfo").status_code == 404
    assert center.client().server_info()["deploymentType"] == "Server"


def test_the_old_search_is_gone_from_cloud_and_the_new_one_absent_from_data_center(cloud: Desk, center: Desk) -> None:
    gone = cloud.raw("GET", "/search?jql=project=OPS")
    assert (gone.status_code, gone.json()["errorMessages"][0][:34]) == (410, "The requested API has been removed")
    assert center.raw("GET", "/search/jql?jql=project=OPS").status_code == 404
    cloud.hub.violations.clear()


def test_people_have_an_account_id_in_cloud_and_a_name_in_data_center(cloud: Desk, center: Desk) -> None:
    assert {"name", "key"} & cloud.client().myself().keys() == set()
    me = center.client().myself()
    assert (me["name"], "accountId" in me) == ("ana", False)
    assert cloud.raw("GET", "/myself").headers["X-AAccountId"] == cloud.hub.account("ana")
    assert center.raw("GET", "/myself").headers["X-AUSERNAME"] == "ana"


def test_times_are_in_the_zone_of_who_asks(desk: Desk) -> None:
    desk.hub.users[desk.hub.account("ana")].zone = "Asia/Kolkata"
    desk.make()
    text = desk.fields("OPS-1")["created"]
    assert text.endswith("+0530")
    assert text[:16] != desk.clock.now.isoformat()[:16]


# ---------------------------------------------------------------- who asks


@pytest.mark.parametrize("wrong", ["a-wrong-token", ""])
def test_a_wrong_token_is_refused(cloud: Desk, wrong: str) -> None:
    answer = cloud.raw("GET", "/myself", auth=(cloud.token.email, wrong))
    assert (answer.status_code, answer.headers["X-Seraph-LoginReason"]) == (401, "AUTHENTICATED_FAILED")


def test_a_token_goes_with_its_own_address(cloud: Desk) -> None:
    assert cloud.raw("GET", "/myself", auth=("bo@example.org", cloud.token.value)).status_code == 401
    assert cloud.raw("GET", "/myself", auth=(cloud.token.email.upper(), cloud.token.value)).status_code == 200


def test_cloud_takes_no_bearer_and_data_center_no_revoked_token(cloud: Desk, center: Desk) -> None:
    bearer = {"Authorization": f"Bearer {cloud.token.value}"}
    assert requests.get(f"{cloud.url}/rest/api/3/myself", headers=bearer, timeout=5).status_code == 403
    center.token.revoked = True
    assert center.raw("GET", "/myself").status_code == 401


def test_who_is_nobody_finds_nothing_and_is_told_of_no_error(cloud: Desk) -> None:
    cloud.make()
    cloud.hub.bad_token_is_anonymous = True
    nobody = (cloud.token.email, "expired")
    told = cloud.raw("GET", "/search/jql?jql=created > 2000-01-01", auth=nobody)
    assert (told.status_code, told.json()["issues"]) == (200, [])
    assert told.headers["X-Seraph-LoginReason"] == "AUTHENTICATED_FAILED"
    assert cloud.raw("GET", "/issue/OPS-1", auth=nobody).status_code == 404
    assert cloud.raw("GET", "/myself", auth=nobody).status_code == 401


def test_data_center_wants_a_login_where_cloud_sees_nobody(desk: Desk) -> None:
    desk.make()
    for path in ("issue/OPS-1", "project/OPS"):
        answer = requests.get(f"{desk.url}/rest/api/2/{path}", timeout=5)
        assert answer.status_code == (404 if desk.hub.cloud else 401), path
    desk.project.anonymous = True
    assert requests.get(f"{desk.url}/rest/api/2/issue/OPS-1", timeout=5).json()["key"] == "OPS-1"
    assert requests.get(f"{desk.url}/rest/api/2/serverInfo", timeout=5).status_code == 200


def test_the_token_of_an_inactive_account_is_worth_nothing(desk: Desk) -> None:
    desk.bo.deactivate("ana")
    assert desk.raw("GET", "/myself").status_code == 401


# ---------------------------------------------------------------- by hand, and at once


def test_many_at_once_get_keys_of_their_own(desk: Desk) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = {answer.json()["key"] for answer in pool.map(lambda n: desk.make(f"Issue {n}"), range(40))}
    assert keys == {f"OPS-{number}" for number in range(1, 41)}


def test_a_hub_is_served_again_and_remembers() -> None:
    hub = Hub()
    hub.add_project(KEY, people="ana")
    token = hub.add_token("ana")
    for number in (1, 2):
        with serve(hub) as url:
            made = JIRA(url, basic_auth=token.basic).create_issue(fields=body(), prefetch=False)
            assert made.key == f"OPS-{number}"


@pytest.mark.parametrize("words", [["--strict"], ["--data-center"]])
def test_the_stand_in_runs_by_itself(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    stop = threading.Event()
    stop.set()
    main(["--port", "0", "--search-lag", "0", *words], until=stop)
    told = capsys.readouterr().out
    assert "project              OPS" in told
    assert ("Data Center" in told) == ("--data-center" in words)
    hub = example(options(words))
    assert [hub.fields(key)["status"] for key in ("OPS-1", "OPS-2")] == ["To Do", "Done"]
    assert (hub.project("OPS").workflow.statuses == Workflow.strict().statuses) == ("--strict" in words)


def test_what_is_missing_is_a_404(desk: Desk) -> None:
    desk.raw("GET", "/nothing")
    assert desk.hub.log.statuses() == [404]
    assert len(desk.hub.violations) == (1 if desk.hub.cloud and desk.hub.spec else 0)
    desk.hub.violations.clear()
    with answers(404):
        desk.client().issue("OPS-404")
