"""The pages of a search in the stand-in for Jira: by token in Cloud, by number in Data Center."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.jira.desk import Desk, serving


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


def test_cloud_gives_nothing_but_ids_unless_more_is_wanted(cloud: Desk) -> None:
    fill(cloud, 1)
    ident = str(cloud.hub.issue("OPS-1").id)
    plain = cloud.raw("GET", "/search/jql?jql=project=OPS").json()
    assert plain == {"issues": [{"id": ident}], "isLast": True}
    whole = cloud.raw("GET", "/search/jql?jql=project=OPS&fields=*all,-comment&fields=summary").json()
    assert {"status", "summary"} <= whole["issues"][0]["fields"].keys()
    assert "comment" not in whole["issues"][0]["fields"]
    assert "total" not in whole


def test_cloud_wants_a_restriction(cloud: Desk) -> None:
    for text in ("", "order by created"):
        assert "Unbounded" in cloud.jql(text).json()["errorMessages"][0]


def test_a_page_of_cloud_has_a_hundred_and_a_token_for_the_next(cloud: Desk) -> None:
    keys = fill(cloud, 205)
    first = cloud.jql("project = OPS order by key", maxResults=1000).json()
    assert (len(first["issues"]), first["isLast"]) == (100, False)
    found = cloud.client().enhanced_search_issues("project = OPS order by key", maxResults=0, use_post=True)
    assert [issue.key for issue in found] == keys
    assert len(cloud.jql("project = OPS", maxResults=1000, fields=["id"]).json()["issues"]) == 205
    count = cloud.raw("POST", "/search/approximate-count", json={"jql": "project = OPS"}).json()
    assert count == {"count": 205}


def test_a_page_may_be_smaller_than_was_asked_for(cloud: Desk) -> None:
    keys = fill(cloud, 5)
    cloud.hub.page = 2
    found = cloud.client().enhanced_search_issues("project = OPS order by key", maxResults=0)
    assert [issue.key for issue in found] == keys


def test_an_issue_that_moves_between_pages_is_neither_lost_nor_doubled_in_cloud(cloud: Desk) -> None:
    fill(cloud, 4)
    query = "project = OPS order by updated asc"
    first = cloud.jql(query, maxResults=2).json()
    cloud.bo.edit("OPS-1", summary="Later")
    rest = cloud.jql(query, nextPageToken=first["nextPageToken"]).json()
    assert [row["key"] for row in rest["issues"]] == ["OPS-3", "OPS-4"]


def test_an_issue_that_moves_between_pages_of_data_center_hides_another(center: Desk) -> None:
    fill(center, 4)
    query = "project = OPS order by updated asc"
    assert center.found(query, startAt=0, maxResults=2) == ["OPS-1", "OPS-2"]
    center.bo.edit("OPS-1", summary="Later")
    assert center.found(query, startAt=2, maxResults=2) == ["OPS-4", "OPS-1"]


def test_a_token_is_for_one_query_and_a_week(cloud: Desk) -> None:
    fill(cloud, 3)
    token = cloud.jql("project = OPS", maxResults=1).json()["nextPageToken"]
    assert cloud.jql("project = OPS AND id > 1", nextPageToken=token).status_code == 400
    assert cloud.jql("project = OPS", nextPageToken="nonsense").status_code == 400
    assert cloud.jql("project = OPS", nextPageToken=token).status_code == 200
    cloud.clock.advance(days=7, seconds=1)
    assert cloud.jql("project = OPS", nextPageToken=token).status_code == 400


def test_data_center_pages_by_number_with_a_total(center: Desk) -> None:
    keys = fill(center, 120)
    told = center.raw("GET", "/search?jql=project=OPS order by key&startAt=100&maxResults=50&fields=summary").json()
    assert (told["total"], told["startAt"], len(told["issues"])) == (120, 100, 20)
    found = center.client().search_issues("project = OPS order by key", maxResults=False, fields="summary")
    assert [issue.key for issue in found] == keys
    assert center.raw("GET", "/search?jql=project=OPS&startAt=x").status_code == 400


def test_many_are_fetched_by_id_or_key_and_the_missing_told_apart(cloud: Desk) -> None:
    fill(cloud, 2)
    ident = str(cloud.hub.issue("OPS-2").id)
    wanted = {"issueIdsOrKeys": ["OPS-1", ident, "OPS-9"], "fields": ["summary"], "properties": ["pm"]}
    told = cloud.raw("POST", "/issue/bulkfetch", json=wanted).json()
    assert [row["key"] for row in told["issues"]] == ["OPS-1", "OPS-2"]
    assert [row["id"] for row in told["issueErrors"]] == ["OPS-9"]
    many = {"issueIdsOrKeys": [str(one) for one in range(101)]}
    assert cloud.raw("POST", "/issue/bulkfetch", json=many).status_code == 400
