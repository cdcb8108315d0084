"""Who may do what in the stand-in for Jira, and which ways its workflows allow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from support.jira import Person, Transition, Workflow
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


# ---------------------------------------------------------------- permissions


def test_what_is_hidden_does_not_exist(desk: Desk) -> None:
    desk.hub.add_project("SEC", people="bo")
    secret = Person.at(desk.hub, "bo", "SEC").open("Secret")
    for path in (f"/issue/{secret}", "/project/SEC", f"/issue/{secret}/comment", f"/issue/{secret}/properties/x"):
        assert desk.raw("GET", path).status_code == 404, path
    assert list(desk.make(project={"key": "SEC"}).json()["errors"]) == ["project"]
    assert desk.jql("project = SEC").status_code == 400
    desk.make()
    desk.bo.restrict("OPS-1", "bo")
    assert desk.raw("GET", "/issue/OPS-1").status_code == 404
    desk.hub.hidden_status = 403
    assert desk.raw("GET", "/issue/OPS-1").status_code == 403
    assert desk.found("project = OPS") == []


@pytest.mark.parametrize(
    ("permission", "method", "path", "json"),
    [
        ("CREATE_ISSUES", "POST", "/issue", {"fields": body()}),
        ("EDIT_ISSUES", "PUT", "/issue/OPS-1", {"fields": {"summary": "x"}}),
        ("EDIT_ISSUES", "PUT", "/issue/OPS-1/properties/x", {"a": 1}),
        ("ASSIGN_ISSUES", "PUT", "/issue/OPS-1/assignee", {"accountId": None}),
        ("ADD_COMMENTS", "POST", "/issue/OPS-1/comment", {"body": adf("x")}),
        ("LINK_ISSUES", "POST", "/issue/OPS-1/remotelink", {"object": {"url": "http://x", "title": "x"}}),
    ],
)
def test_each_permission_is_asked_for(desk: Desk, permission: str, method: str, path: str, json: Any) -> None:
    desk.make()
    desk.hub.revoke("ana", KEY, permission)
    answer = desk.raw(method, path, json=json)
    assert (answer.status_code, len(answer.json()["errorMessages"])) == (403, 1)
    told = desk.raw("GET", f"/mypermissions?projectKey={KEY}&permissions={permission},BROWSE_PROJECTS").json()
    assert [row["havePermission"] for row in told["permissions"].values()] == [False, True]


def test_without_the_permission_to_transition_there_is_no_way(desk: Desk) -> None:
    desk.make()
    desk.hub.revoke("ana", KEY, "TRANSITION_ISSUES")
    assert desk.raw("GET", "/issue/OPS-1/transitions").json()["transitions"] == []
    answer = desk.raw("POST", "/issue/OPS-1/transitions", json={"transition": {"id": "31"}})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("permission", "field"), [("SCHEDULE_ISSUES", "duedate"), ("ASSIGN_ISSUES", "assignee"), ("", "reporter")]
)
def test_some_fields_need_a_permission_of_their_own(desk: Desk, permission: str, field: str) -> None:
    if permission:
        desk.hub.revoke("ana", KEY, permission)
    value: Any = "2026-12-01" if field == "duedate" else {"accountId": "x"}
    assert "appropriate screen" in desk.make(**{field: value}).json()["errors"][field]


def test_only_administrators_keep_the_mails_back(desk: Desk) -> None:
    desk.make()
    quiet = "/issue/OPS-1?notifyUsers=false"
    assert desk.raw("PUT", quiet, json={"fields": {"summary": "x"}}).status_code == 403
    assert desk.fields("OPS-1")["summary"] == "Add retries"
    desk.hub.grant("ana", KEY, "ADMINISTER_PROJECTS")
    assert desk.raw("PUT", quiet, json={"fields": {"summary": "x"}}).status_code == 204


def test_an_archived_project_is_for_reading(desk: Desk) -> None:
    desk.make()
    desk.bo.archive()
    assert desk.edit("OPS-1", summary="x").status_code == 403
    assert desk.make().status_code == 403
    assert (desk.raw("GET", "/issue/OPS-1").status_code, desk.found("project = OPS")) == (200, [])
    assert desk.raw("GET", f"/project/{KEY}").json()["archived"] is True


def test_cloud_wants_to_know_which_permissions(cloud: Desk) -> None:
    assert cloud.raw("GET", "/mypermissions").status_code == 400
    assert cloud.raw("GET", "/mypermissions?permissions=FLY").status_code == 400
    assert cloud.raw("GET", "/mypermissions?permissions=EDIT_ISSUES&projectKey=NONE").status_code == 404


# ---------------------------------------------------------------- the workflow


def go(desk: Desk, number: Any, **fields: Any) -> Any:
    return desk.raw("POST", "/issue/OPS-1/transitions", json={"transition": {"id": number}, "fields": fields})


def test_several_steps_and_a_resolution_lead_to_the_end(desk: Desk) -> None:
    desk.project.workflow = Workflow.strict()
    desk.make()
    assert go(desk, "31").status_code == 400
    assert [go(desk, "11").status_code, go(desk, 21).status_code] == [204, 204]
    ways = desk.raw("GET", "/issue/OPS-1/transitions?expand=transitions.fields").json()["transitions"]
    assert [(way["id"], way["to"]["statusCategory"]["key"]) for way in ways] == [("31", "done")]
    assert ways[0]["fields"]["resolution"]["required"]
    assert ways[0]["fields"]["resolution"]["allowedValues"][1]["name"] == "Won't Do"
    assert go(desk, "31").json()["errors"] == {"resolution": "Resolution is required."}
    assert list(go(desk, "31", resolution={"name": "Done"}, priority={"name": "Low"}).json()["errors"]) == ["priority"]
    assert go(desk, "31", resolution={"name": "Won't Do"}).status_code == 204
    assert desk.fields("OPS-1")["resolution"]["name"] == "Won't Do"
    assert go(desk, "41").status_code == 204
    assert desk.fields("OPS-1")["resolution"] is None


@pytest.mark.parametrize("wrong", [None, "Done", {}, {"name": "Done"}, {"id": "x"}, {"id": "99"}])
def test_a_step_is_named_by_its_number(desk: Desk, wrong: Any) -> None:
    desk.make()
    answer = desk.raw("POST", "/issue/OPS-1/transitions", json={"transition": wrong})
    assert answer.status_code == 400
    desk.hub.violations.clear()


def test_a_workflow_may_end_without_a_resolution_and_without_an_end(desk: Desk) -> None:
    desk.project.workflow = Workflow(transitions=(Transition(5, "Finish", "Done", ("To Do",)),))
    desk.make()
    assert go(desk, "5").status_code == 204
    seen = desk.fields("OPS-1")
    assert (seen["status"]["statusCategory"]["key"], seen["resolution"]) == ("done", None)
    assert desk.raw("GET", "/issue/OPS-1/transitions").json()["transitions"] == []


def test_a_status_may_keep_its_issues_from_being_edited(desk: Desk) -> None:
    desk.project.workflow.locked = frozenset({"Done"})
    desk.make()
    assert go(desk, "31").status_code == 204
    answer = desk.edit("OPS-1", summary="x")
    assert (answer.status_code, "not editable" in answer.json()["errorMessages"][0]) == (400, True)
    assert desk.raw("GET", "/issue/OPS-1/editmeta").json() == {"fields": {}}
    assert go(desk, "11").status_code == 204
    assert desk.edit("OPS-1", summary="x").status_code == 204


def test_the_statuses_of_a_project_have_categories(desk: Desk) -> None:
    desk.project.workflow = Workflow.strict()
    rows = desk.raw("GET", f"/project/{KEY}/statuses").json()
    found = {one["name"]: one["statusCategory"]["key"] for one in rows[0]["statuses"]}
    assert found == {"To Do": "new", "In Progress": "indeterminate", "In Review": "indeterminate", "Done": "done"}
    assert len(desk.raw("GET", "/status").json()) == 4
