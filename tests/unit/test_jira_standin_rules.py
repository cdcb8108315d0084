"""What Jira refuses, and how it says so: the stand-in must not accept what the service would not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

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


# ---------------------------------------------------------------- fields

WRONG: tuple[tuple[str, Any, str], ...] = (
    ("summary", "", "You must specify a summary"),
    ("summary", None, "You must specify a summary"),
    ("summary", "a\nb", "newline"),
    ("summary", "a" * 256, "less than 255"),
    ("summary", 7, "must be a string"),
    ("priority", {"name": "Urgent"}, "Priority name 'Urgent' is not valid"),
    ("priority", {"id": "99"}, "selected is invalid"),
    ("priority", "High", "Could not find valid"),
    ("duedate", "2026-02-30", "Error parsing date string"),
    ("duedate", "20261201", "Error parsing date string"),
    ("duedate", 7, "must be a string"),
    ("labels", ["two words"], "contains spaces"),
    ("labels", ["a" * 256], "exceeds"),
    ("labels", [""], "empty"),
    ("labels", "one", "not an array"),
    ("components", [{"name": "none"}], "Component name 'none' is not valid"),
    ("parent", {"key": "OPS-99"}, "Could not find issue"),
    ("nonsense", 1, "It is not on the appropriate screen, or unknown."),
    ("status", {"name": "Done"}, "It is not on the appropriate screen, or unknown."),
    ("resolution", {"name": "Done"}, "It is not on the appropriate screen, or unknown."),
    ("assignee", "bo", "data was not an object"),
)


@pytest.mark.parametrize(("name", "value", "words"), WRONG)
def test_a_wrong_value_is_refused_and_named(desk: Desk, name: str, value: Any, words: str) -> None:
    answer = desk.make(**{name: value}) if name != "summary" else desk.make(value)
    assert answer.status_code == 400
    assert words in answer.json()["errors"][name]
    assert desk.hub.issues(KEY) == []


def test_all_errors_are_told_together(desk: Desk) -> None:
    answer = desk.make("", duedate="soon", labels=["a b"])
    assert answer.json()["errors"].keys() == {"summary", "duedate", "labels"}
    assert answer.json()["errorMessages"] == []


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"project": {"key": "NONE"}}, "project"),
        ({"project": "OPS"}, "project"),
        ({"issuetype": {"name": "Thing"}}, "issuetype"),
        ({"issuetype": None}, "issuetype"),
    ],
)
def test_a_new_issue_needs_a_project_and_a_type(desk: Desk, wrong: dict[str, Any], name: str) -> None:
    answer = desk.raw("POST", "/issue", json={"fields": {**body(), **wrong}})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [name])


def test_a_text_may_have_32767_characters(desk: Desk) -> None:
    whole, over = ("x" * 32_767, "x" * 32_768) if not desk.hub.cloud else (adf("x" * 32_600), adf("x" * 32_767))
    assert desk.make(description=whole).status_code == 201
    answer = desk.make(description=over)
    assert (answer.status_code, "32,767" in answer.json()["errors"]["description"]) == (400, True)
    assert desk.raw("POST", "/issue/OPS-1/comment", json={"body": over}).status_code == 400


def test_v3_takes_only_adf_and_v2_only_text(desk: Desk) -> None:
    answer = desk.make(description="words" if desk.hub.cloud else adf("words"))
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["description"])
    answer = desk.raw("POST", "/rest/api/2/issue", json={"fields": body(description=adf("words"))})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "document",
    [
        {"version": 1, "type": "doc"},
        {"version": 2, "type": "doc", "content": []},
        {"version": 1, "type": "doc", "content": [{"type": "paragraf"}]},
        {"version": 1, "type": "doc", "content": [{"type": "text", "text": "bare"}]},
        {"version": 1, "type": "doc", "content": [{"type": "paragraph", "content": [{"type": "text", "text": ""}]}]},
        {"version": 1, "type": "doc", "content": [{"type": "heading", "attrs": {"level": 7}}]},
    ],
)
def test_adf_is_held_against_its_schema(cloud: Desk, document: Any) -> None:
    from support.jira.adf import ABSENT, schema

    if schema() is None:
        pytest.skip(ABSENT)
    assert "Atlassian Document" in cloud.make(description=document).json()["errors"]["description"]
    cloud.make()
    told = cloud.raw("POST", "/issue/OPS-1/comment", json={"body": document})
    assert told.json()["errors"] == {"comment": "Comment body is not valid!"}


def test_people_are_named_as_this_kind_of_jira_names_them(cloud: Desk, center: Desk) -> None:
    assert "GDPR" in cloud.make(assignee={"name": "bo"}).json()["errors"]["assignee"]
    assert "'name'" in center.make(assignee={"accountId": "x"}).json()["errors"]["assignee"]
    assert "does not exist" in cloud.make(assignee={"accountId": "x"}).json()["errors"]["assignee"]
    assert "does not exist" in center.make(assignee={"name": "nobody"}).json()["errors"]["assignee"]


def test_who_has_left_or_has_no_access_cannot_be_assigned(cloud: Desk) -> None:
    stranger, bo = cloud.hub.account("stranger"), cloud.hub.account("bo")
    assert "cannot be assigned" in cloud.make(assignee={"accountId": stranger}).json()["errors"]["assignee"]
    cloud.make()
    assert cloud.edit("OPS-1", assignee={"accountId": bo}).status_code == 204
    cloud.bo.deactivate("bo")
    answer = cloud.raw("PUT", "/issue/OPS-1/assignee", json={"accountId": bo})
    assert (answer.status_code, "cannot be assigned" in answer.json()["errors"]["assignee"]) == (400, True)
    assert cloud.fields("OPS-1")["assignee"]["active"] is False  # the old assignment stays
    assert cloud.raw("GET", f"/user/assignable/search?project={KEY}&query=bo").json() == []
    assert cloud.raw("GET", f"/user?accountId={bo}").json()["active"] is False


def test_a_field_that_is_not_on_the_screen_cannot_be_set(desk: Desk) -> None:
    desk.make()
    desk.bo.take_off_screen("duedate")
    answer = desk.edit("OPS-1", duedate="2026-12-01", summary="New")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["duedate"])
    assert desk.fields("OPS-1")["summary"] == "Add retries"
    assert "duedate" not in desk.raw("GET", "/issue/OPS-1/editmeta").json()["fields"]


def test_a_required_field_is_wanted_from_then_on(desk: Desk) -> None:
    field = desk.hub.add_field("Severity", "option", "Sev1", "Sev2", on=KEY)
    assert desk.make().status_code == 201
    desk.bo.require(field.id)
    assert desk.make().json()["errors"] == {field.id: "Severity is required."}
    wrong: Any = {field.id: {"value": "Sev9"}}
    assert "Specify" in desk.make(**wrong).json()["errors"][field.id]
    right: Any = {field.id: {"value": "Sev2"}}
    assert desk.make(**right).status_code == 201
    assert desk.fields("OPS-2")[field.id] == {"id": "2", "value": "Sev2"}
    assert list(desk.edit("OPS-2", **{field.id: None}).json()["errors"]) == [field.id]


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [("string", "x", 1), ("number", 1.5, "1"), ("date", "2026-12-01", "soon"), ("array", ["a"], ["a b"])],
)
def test_a_custom_field_has_a_type(desk: Desk, kind: str, good: Any, bad: Any) -> None:
    field = desk.hub.add_field("Extra", kind, on=KEY)
    assert desk.make(**{field.id: bad}).status_code == 400
    assert desk.make(**{field.id: good}).status_code == 201
    assert desk.fields("OPS-1")[field.id] == good


def test_a_field_is_in_fields_or_in_update_and_not_in_both(desk: Desk) -> None:
    desk.make()
    both = {"fields": {"labels": ["a"]}, "update": {"labels": [{"add": "b"}]}}
    assert list(desk.raw("PUT", "/issue/OPS-1", json=both).json()["errors"]) == ["labels"]
    odd = {"update": {"summary": [{"add": "b"}]}}
    assert list(desk.raw("PUT", "/issue/OPS-1", json=odd).json()["errors"]) == ["summary"]


def test_a_priority_must_be_in_the_scheme_of_the_project(cloud: Desk) -> None:
    cloud.project.priorities[:] = ["High", "Low"]
    assert cloud.make(priority={"name": "Medium"}).status_code == 400
    assert cloud.make().status_code == 201
    assert cloud.fields("OPS-1")["priority"]["name"] == "High"
    found = cloud.raw("GET", f"/priority/search?projectId={cloud.project.id}").json()
    assert [row["name"] for row in found["values"]] == ["High", "Low"]
    assert len(cloud.raw("GET", "/priority").json()) == 5
    cloud.bo.rename_priority("High", "Now")
    assert cloud.fields("OPS-1")["priority"]["name"] == "Now"
    assert cloud.make(priority={"name": "High"}).status_code == 400


def test_a_sub_task_needs_a_parent_of_the_right_level(cloud: Desk) -> None:
    epic = cloud.make("Epic", issuetype={"name": "Epic"}).json()["key"]
    assert list(cloud.make(issuetype={"name": "Sub-task"}).json()["errors"]) == ["parent"]
    wrong = cloud.make(issuetype={"name": "Sub-task"}, parent={"key": epic})
    assert "hierarchy" in wrong.json()["errors"]["parent"]
    task = cloud.make(parent={"key": epic}).json()["key"]
    assert cloud.fields(task)["parent"]["key"] == epic
    assert cloud.make(issuetype={"name": "Sub-task"}, parent={"key": task}).status_code == 201


def test_data_center_has_parents_for_sub_tasks_only(center: Desk) -> None:
    epic = center.make("Epic", issuetype={"name": "Epic"}).json()["key"]
    assert "screen" in center.make(parent={"key": epic}).json()["errors"]["parent"]


# ---------------------------------------------------------------- metadata


def test_the_metadata_tells_what_is_required_and_allowed(desk: Desk) -> None:
    name = "issueTypes" if desk.hub.cloud else "values"
    kinds = desk.raw("GET", f"/issue/createmeta/{KEY}/issuetypes").json()[name]
    task = next(kind["id"] for kind in kinds if kind["name"] == "Task")
    name = "fields" if desk.hub.cloud else "values"
    told = desk.raw("GET", f"/issue/createmeta/{KEY}/issuetypes/{task}?maxResults=3").json()
    assert (len(told[name]), told["total"] > 3, told["startAt"]) == (3, True, 0)
    rows = desk.raw("GET", f"/issue/createmeta/{KEY}/issuetypes/{task}?maxResults=200").json()[name]
    by_id = {row["fieldId"]: row for row in rows}
    assert [name for name, row in by_id.items() if row["required"]] == ["summary", "issuetype", "project"]
    assert [one["name"] for one in by_id["priority"]["allowedValues"]][:2] == ["Highest", "High"]


def test_the_old_metadata_is_gone(desk: Desk) -> None:
    assert desk.raw("GET", "/issue/createmeta").status_code == 404


def test_the_library_reads_the_metadata_of_data_center(center: Desk) -> None:
    client = center.client()
    (task,) = [kind for kind in client.project_issue_types(KEY) if kind.name == "Task"]
    assert "Summary" in [field.name for field in client.project_issue_fields(KEY, task.id)]
