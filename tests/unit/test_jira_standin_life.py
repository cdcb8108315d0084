"""What happens to issues, people and projects in Jira while nobody asks the program, and the parts of an issue."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.jira.desk import KEY, Desk, adf, serving


@pytest.fixture(params=["cloud", "center"])
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    with serving(Desk(cloud=request.param == "cloud")) as desk:
        yield desk


@pytest.fixture
def cloud() -> Iterator[Desk]:
    with serving(Desk()) as desk:
        yield desk


# ---------------------------------------------------------------- people


def test_a_moved_issue_keeps_its_id_and_is_found_by_its_old_key(desk: Desk) -> None:
    desk.hub.add_project("WEB", people="ana bo")
    ident = desk.make().json()["id"]
    assert desk.bo.move("OPS-1", "WEB") == "WEB-1"
    for name in ("OPS-1", "WEB-1", ident):
        seen = desk.raw("GET", f"/issue/{name}?expand=changelog").json()
        assert (seen["id"], seen["key"], seen["fields"]["project"]["key"]) == (ident, "WEB-1", "WEB")
    items = {
        item["field"]: (item["fromString"], item["toString"]) for item in seen["changelog"]["histories"][0]["items"]
    }
    assert items == {"project": ("Ops", "Web"), "Key": ("OPS-1", "WEB-1")}
    assert desk.found("key = OPS-1") == ["WEB-1"]
    assert desk.make().json()["key"] == "OPS-2"


def test_an_issue_that_was_moved_out_of_sight_is_gone(desk: Desk) -> None:
    desk.hub.add_project("SEC", people="bo")
    ident = desk.make().json()["id"]
    desk.bo.move("OPS-1", "SEC")
    assert [desk.raw("GET", f"/issue/{name}").status_code for name in ("OPS-1", "SEC-1", ident)] == [404] * 3


def test_a_renamed_project_is_found_by_its_old_key(desk: Desk) -> None:
    desk.make()
    desk.bo.rename_project("CORE")
    told = desk.raw("GET", f"/project/{KEY}").json()
    assert (told["key"], told["id"]) == ("CORE", str(desk.project.id))
    assert desk.raw("GET", "/issue/OPS-1").json()["key"] == "CORE-1"
    assert desk.make().json()["key"] == "CORE-2"
    assert desk.found("project = OPS order by key") == ["CORE-1", "CORE-2"]


def test_people_edit_assign_comment_and_delete(desk: Desk) -> None:
    key = desk.bo.open("By hand", "Words", kind="Bug", priority="Low")
    desk.clock.advance(minutes=1)
    desk.bo.edit(key, summary="By two hands", duedate="2026-12-01")
    desk.bo.assign(key, "ana")
    desk.bo.label(key, "a", "b")
    desk.bo.unlabel(key, "a")
    desk.bo.comment(key, "Look")
    desk.bo.change_type(key, "Story")
    desk.bo.transition(key, "Done")
    seen = desk.client().issue(key, expand="changelog")
    assert (seen.fields.summary, seen.fields.labels, seen.fields.issuetype.name) == ("By two hands", ["b"], "Story")
    assert (str(seen.fields.assignee), seen.fields.comment.comments[0].body) == ("Ana", "Look")
    assert len(seen.changelog.histories) == 6
    copy = desk.bo.copy(key)
    assert desk.hub.fields(copy)["summary"] == "CLONE - By two hands"
    desk.bo.delete(key)
    assert desk.raw("GET", f"/issue/{key}").status_code == 404
    desk.bo.delete_project()
    assert desk.raw("GET", f"/project/{KEY}").status_code == 404


def test_a_copy_has_the_marks_of_a_program_too(desk: Desk) -> None:
    desk.make()
    desk.raw("PUT", "/issue/OPS-1/properties/pm", json={"id": "a"})
    copy = desk.bo.copy("OPS-1")
    assert desk.raw("GET", f"/issue/{copy}/properties/pm").json()["value"] == {"id": "a"}
    desk.bo.remove_property("OPS-1", "pm")
    assert desk.raw("GET", "/issue/OPS-1/properties/pm").status_code == 404


def test_the_history_of_cloud_comes_in_pages(cloud: Desk) -> None:
    key = cloud.bo.open("Issue")
    for number in range(5):
        cloud.clock.advance(minutes=1)
        cloud.bo.edit(key, summary=f"Issue {number}")
    told = cloud.raw("GET", f"/issue/{key}/changelog?startAt=3&maxResults=2").json()
    assert (told["total"], told["isLast"]) == (5, True)
    assert [row["items"][0]["toString"] for row in told["values"]] == ["Issue 3", "Issue 4"]
    assert told["values"][0]["author"]["accountId"] == cloud.bo.account


def test_people_are_found_by_name_and_by_mail(cloud: Desk) -> None:
    cloud.hub.add_user("zoe", display_name="Zoë van Dam").hidden_mail = True
    found = {text: len(cloud.raw("GET", f"/user/search?query={text}").json()) for text in ("zo", "van", "zoe@", "bo@")}
    assert found == {"zo": 1, "van": 1, "zoe@": 0, "bo@": 1}
    (zoe,) = cloud.raw("GET", "/user/search?query=zoe@example.org").json()
    assert "emailAddress" not in zoe
    cloud.hub.revoke("ana", "", "USER_PICKER")
    assert cloud.raw("GET", "/user/search?query=zo").json() == []
    assert cloud.raw("GET", "/user/search").status_code == 400
    assert cloud.raw("GET", "/user?accountId=nobody").status_code == 404


def test_comments_are_changed_by_who_wrote_them(desk: Desk) -> None:
    desk.make()
    word, other = (adf("One"), adf("Two")) if desk.hub.cloud else ("One", "Two")
    made = desk.raw("POST", "/issue/OPS-1/comment", json={"body": word}).json()
    path = f"/issue/OPS-1/comment/{made['id']}"
    assert desk.raw("PUT", path, json={"body": other}).json()["body"] == other
    assert desk.raw("PUT", path, desk.hub.add_token("bo"), json={"body": other}).status_code == 400
    assert desk.raw("POST", "/issue/OPS-1/comment", json={"body": None}).status_code == 400
    assert desk.raw("GET", "/issue/OPS-1/comment").json()["total"] == 1
    assert desk.raw("DELETE", path).status_code == 204
    assert desk.raw("GET", path).status_code == 404


def test_links_are_found_by_global_id_and_taken_away(desk: Desk) -> None:
    desk.make()
    link = {"globalId": "pm=1", "object": {"url": "https://wiki/1", "title": "Postmortem"}}
    ident = desk.raw("POST", "/issue/OPS-1/remotelink", json=link).json()["id"]
    assert desk.raw("GET", "/issue/OPS-1/remotelink?globalId=pm=1").json()["id"] == ident
    assert desk.raw("GET", f"/issue/OPS-1/remotelink/{ident}").json()["object"]["title"] == "Postmortem"
    assert desk.raw("GET", "/issue/OPS-1/remotelink?globalId=pm=2").status_code == 404
    bad = {"object": {"url": "https://wiki/1", "title": ""}}
    assert desk.raw("POST", "/issue/OPS-1/remotelink", json=bad).json()["errors"] == {"title": "'title' is required."}
    assert desk.raw("DELETE", "/issue/OPS-1/remotelink?globalId=pm=1").status_code == 204
    assert desk.raw("GET", "/issue/OPS-1/remotelink").json() == []


def test_watchers_come_and_go(desk: Desk) -> None:
    desk.make()
    assert desk.raw("GET", "/issue/OPS-1/watchers").json()["isWatching"]
    name = "accountId" if desk.hub.cloud else "username"
    me = desk.hub.account("ana") if desk.hub.cloud else "ana"
    assert desk.raw("DELETE", f"/issue/OPS-1/watchers?{name}={me}").status_code == 204
    assert desk.fields("OPS-1")["watches"]["watchCount"] == 0
    other = desk.hub.account("bo") if desk.hub.cloud else "bo"
    assert desk.raw("POST", "/issue/OPS-1/watchers", json=other).status_code == 403
