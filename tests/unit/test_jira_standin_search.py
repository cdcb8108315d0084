"""Searching in the stand-in for Jira: the language, what it knows when, and how its pages go."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from support.jira import Person
from support.jira.desk import KEY, Desk, serving
from support.jira.jql import parse
from support.jira.wire import Refused


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


def fill(desk: Desk, number: int) -> list[str]:
    """Issues a minute apart, by hand."""
    keys = []
    for one in range(number):
        keys.append(desk.bo.open(f"Issue {one}"))
        desk.clock.advance(minutes=1)
    return keys


# ---------------------------------------------------------------- the language

MALFORMED = (
    "project = ",
    "project OPS",
    "project = OPS AND",
    "project = OPS OR OR key = OPS-1",
    "(project = OPS",
    "project = OPS)",
    "project = OPS key = OPS-1",
    "project == OPS",
    "key in OPS-1",
    "key in (OPS-1",
    "key in ()",
    'summary ~ "open',
    "summary ~ open's",
    'summary ~ "a" b"',
    "summary ~ a@b",
    "summary ~ a.b",
    "summary ~ what?",
    "summary ~ [a]",
    "summary ~ and",
    "summary ~ select",
    "from = OPS",
    r'summary ~ "\q"',
    "project = OPS order key",
    "project = OPS order by",
    "project is OPS",
    "project = OPS; drop",
)


@pytest.mark.parametrize("text", MALFORMED)
def test_what_is_no_jql_is_refused(desk: Desk, text: str) -> None:
    answer = desk.jql(text)
    assert (answer.status_code, len(answer.json()["errorMessages"])) == (400, 1)


UNKNOWN = (
    "project = NONE",
    "key = OPS-99",
    "key in (OPS-1, OPS-99)",
    "id = 999999",
    "colour = red",
    "status = Nowhere",
    "priority = Urgent",
    "project = OPS order by colour",
    "updated > 2026-13-01",
    "updated > yesterday",
    'updated > "2026-11-21T10:00:00Z"',
    'updated > "2026-11-21 10:00:00"',
    "updated ~ x",
    "summary = x",
    "project ~ OPS",
    "status > Done",
    "key ~ x",
    "issue.property[pm].id = a",
)


@pytest.mark.parametrize("text", UNKNOWN)
def test_a_name_or_value_that_does_not_exist_is_refused(desk: Desk, text: str) -> None:
    desk.make()
    assert desk.jql(text).status_code == 400


FINDS = (
    ("project = OPS", "OPS-2 OPS-1"),
    ('PROJECT = "OPS" order by key', "OPS-1 OPS-2"),
    ("project = ops ORDER BY created DESC, key asc", "OPS-2 OPS-1"),
    ("key in (OPS-1, 'OPS-2') and key != OPS-2", "OPS-1"),
    ("project = OPS and issuekey not in (OPS-1)", "OPS-2"),
    ("project = OPS && NOT key = OPS-1", "OPS-2"),
    ("key = OPS-1 OR key = OPS-2 AND project = SEC", "OPS-1"),
    ("(key = OPS-1 OR key = OPS-2) AND project = SEC", ""),
    ("labels = pm", "OPS-1"),
    ("labels = PM and labels is not EMPTY", "OPS-1"),
    ("project = OPS and labels is empty", "OPS-2"),
    ("labels != pm", ""),
    ("project = OPS and assignee = currentUser()", "OPS-2"),
    ("project = OPS and resolution is null", "OPS-2"),
    ("project = OPS and resolution = Done", "OPS-1"),
    ("project = OPS and statusCategory = Done", "OPS-1"),
    ('project = OPS and status in ("To Do", "In Progress")', "OPS-2"),
    ("project = OPS and priority = high", "OPS-2"),
    ("project = OPS and issuetype = Bug", ""),
    ("project = OPS and duedate <= 2026-12-01", "OPS-2"),
    ("project = OPS and due is empty", "OPS-1"),
    ('summary ~ "say hello"', "OPS-1"),
    ('summary ~ "hel*"', "OPS-1"),
    (r'summary ~ "\"quoted\""', "OPS-2"),
    (r"summary ~ 'it\u0027s'", "OPS-2"),
    ("text ~ because", "OPS-1"),
    ("parent = OPS-3", ""),
    ("project = OPS and reporter in (currentUser())", "OPS-2 OPS-1"),
)


@pytest.mark.parametrize(("text", "keys"), FINDS)
def test_what_a_query_finds(desk: Desk, text: str, keys: str) -> None:
    desk.hub.add_project("SEC", people="ana")
    ana = Person.at(desk.hub, "ana", KEY)
    ana.transition(ana.open("Say hello", "Because", labels=["pm"]), "Done")
    desk.clock.advance(minutes=1)
    ana.open('It\'s "quoted"', priority="High", assignee="ana", duedate="2026-12-01")
    Person.at(desk.hub, "ana", "SEC").open("Third")
    if "OPS-3" in text:
        ana.open("A parent")
    found = desk.jql(text)
    assert found.status_code == 200, found.text
    assert " ".join(row["key"] for row in found.json()["issues"] if row["key"] != "OPS-3") == keys


def test_ids_are_found_and_compared(desk: Desk) -> None:
    first, second = (desk.hub.issue(key).id for key in fill(desk, 2))
    assert desk.found(f"id in ({first}, {second}) order by id") == ["OPS-1", "OPS-2"]
    assert desk.found(f"id > {first}") == ["OPS-2"]
    assert desk.found("key > OPS-1") == ["OPS-2"]


def test_times_are_in_the_zone_of_who_asks_and_have_minutes(desk: Desk) -> None:
    desk.hub.users[desk.hub.account("ana")].zone = "Asia/Kolkata"
    desk.clock.now = desk.clock.now.replace(hour=20, minute=0, second=30)
    desk.make()
    day = (desk.clock.now + timedelta(hours=5, minutes=30)).date()
    assert desk.found(f'updated >= "{day} 01:30"') == ["OPS-1"]
    assert desk.found(f'updated >= "{day:%Y/%m/%d} 01:31"') == []
    assert desk.found("updated >= -1m") == ["OPS-1"]
    stamp = int(desk.clock.now.timestamp() * 1000)
    assert desk.found(f"updated >= {stamp}") == ["OPS-1"]


def test_search_knows_only_properties_that_an_app_has_declared(desk: Desk) -> None:
    desk.make()
    desk.raw("PUT", "/issue/OPS-1/properties/pm", json={"id": "a b", "tags": ["x"]})
    assert desk.jql('issue.property[pm].id = "a b"').status_code == 400
    desk.hub.indexed.add("pm")
    assert desk.found('issue.property[pm].id = "a b"') == ["OPS-1"]
    assert desk.found("issue.property[pm].tags = x") == ["OPS-1"]
    assert desk.found("issue.property[pm].id = b") == []


def test_a_value_that_is_put_in_without_care_means_something_else() -> None:
    evil = 'x" OR project = "SEC'
    query: Any = parse(f'summary ~ "{evil}"')
    assert query.where.kind == "or"
    quoted = evil.replace("\\", "\\\\").replace('"', '\\"')
    query = parse(f'summary ~ "{quoted}"')
    assert query.where.values == (evil,)
    with pytest.raises(Refused):
        parse(f"summary ~ {evil}")


# ---------------------------------------------------------------- what it knows, and when


def test_search_lags_behind_and_single_issues_do_not(desk: Desk) -> None:
    desk.hub.search_lag = timedelta(seconds=30)
    desk.make("One")
    assert desk.found("project = OPS") == []
    assert desk.fields("OPS-1")["summary"] == "One"
    desk.clock.advance(seconds=30)
    desk.edit("OPS-1", summary="Two")
    (row,) = desk.jql("project = OPS").json()["issues"]
    assert row["fields"]["summary"] == "One"
    desk.clock.advance(seconds=30)
    desk.bo.delete("OPS-1")
    assert desk.found("project = OPS") == ["OPS-1"]
    assert desk.raw("GET", "/issue/OPS-1").status_code == 404


def test_reconciling_makes_exactly_the_named_issues_fresh(cloud: Desk) -> None:
    cloud.hub.search_lag = timedelta(minutes=5)
    first, _second = (int(cloud.make(f"Issue {one}").json()["id"]) for one in (1, 2))
    assert cloud.found("project = OPS", reconcileIssues=[first]) == ["OPS-1"]
    found = cloud.client().enhanced_search_issues("project = OPS", reconcileIssues=[first], fields="summary")
    assert [issue.key for issue in found] == ["OPS-1"]
    assert cloud.jql("project = OPS", reconcileIssues=list(range(51))).status_code == 400
