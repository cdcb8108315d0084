"""The limits of the stand-in for Jira, and everything that goes wrong on demand."""

from __future__ import annotations

import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests

from support.jira import faults
from support.jira.desk import KEY, Desk, body, serving


@pytest.fixture(params=["cloud", "center"])
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    with serving(Desk(cloud=request.param == "cloud")) as desk:
        yield desk


@pytest.fixture
def cloud() -> Iterator[Desk]:
    with serving(Desk()) as desk:
        yield desk


# ---------------------------------------------------------------- limits


def test_one_issue_takes_twenty_writes_in_two_seconds(cloud: Desk) -> None:
    cloud.make()
    cloud.make()
    codes = [cloud.edit("OPS-1", summary=f"S{one}").status_code for one in range(21)]
    assert codes == [204] * 20 + [429]
    told = cloud.edit("OPS-1", summary="too soon")
    assert told.headers["RateLimit-Reason"] == "jira-per-issue-on-write"
    assert (told.headers["Retry-After"], told.headers["X-RateLimit-Remaining"]) == ("2", "0")
    assert len(cloud.hub.bans) == 1  # it did not wait
    assert cloud.edit("OPS-2", summary="another issue").status_code == 204
    assert cloud.raw("GET", "/issue/OPS-1").status_code == 200
    cloud.clock.advance(seconds=2)
    assert cloud.edit("OPS-1", summary="now").status_code == 204
    cloud.hub.bans.clear()


def test_one_issue_takes_a_hundred_writes_in_half_a_minute(cloud: Desk) -> None:
    cloud.make()
    codes = []
    for number in range(101):
        cloud.clock.advance(seconds=0.2)
        codes.append(cloud.edit("OPS-1", summary=f"S{number}").status_code)
    assert codes == [204] * 100 + [429]


def test_a_burst_is_limited_by_endpoint_and_method(cloud: Desk) -> None:
    cloud.hub.limits.amounts["burst"] = 3
    codes = [cloud.raw("GET", "/myself").status_code for _ in range(4)]
    assert codes == [200, 200, 200, 429]
    near = cloud.raw("GET", "/priority")
    assert (near.status_code, near.headers["X-RateLimit-Limit"], near.headers["X-RateLimit-Remaining"]) == (
        200,
        "3",
        "2",
    )
    cloud.clock.advance(seconds=1)
    assert cloud.raw("GET", "/myself").status_code == 200


@pytest.mark.parametrize("date", [False, True])
def test_a_limit_out_of_the_blue(desk: Desk, date: bool) -> None:
    desk.hub.faults.next("GET", "/myself", faults.limited(7, date=date))
    answer = desk.raw("GET", "/myself")
    assert answer.status_code == 429
    wait = answer.headers["Retry-After"]
    seconds = (parsedate_to_datetime(wait) - desk.clock.now).total_seconds() if date else int(wait)
    assert seconds == 7
    assert desk.raw("GET", "/myself").status_code == 429
    assert len(desk.hub.bans) == 1
    desk.hub.bans.clear()
    desk.clock.advance(seconds=7)
    assert desk.raw("GET", "/myself").status_code == 200


def test_a_refusal_may_say_nothing_of_the_time(desk: Desk) -> None:
    desk.hub.faults.next("GET", "/myself", faults.limited(None))
    assert "Retry-After" not in desk.raw("GET", "/myself").headers
    assert desk.raw("GET", "/myself").status_code == 200


def test_data_center_has_no_limits_of_its_own(desk: Desk) -> None:
    desk.make()
    codes = {desk.edit("OPS-1", summary=f"S{one}").status_code for one in range(30)}
    assert codes == ({204, 429} if desk.hub.cloud else {204})
    desk.hub.bans.clear()


# ---------------------------------------------------------------- faults


@pytest.mark.parametrize(
    ("fault", "made"),
    [
        (faults.error(503), 0),
        (faults.error_after(502), 1),
        (faults.dropped(), 0),
        (faults.dropped_after(), 1),
        (faults.not_json(), 1),
        (faults.cut(), 1),
        (faults.refused(400, "No", summary="Not today"), 0),
        (faults.read_only(), 0),
        (faults.captcha(), 0),
    ],
    ids=lambda value: getattr(value, "name", str(value)),
)
def test_each_fault_leaves_what_it_says(desk: Desk, fault: faults.Fault, made: int) -> None:
    desk.hub.faults.next("POST", "/issue", fault)
    try:
        good = desk.make().json()["key"] == "OPS-1"
    except (requests.RequestException, KeyError):
        good = False
    assert not good
    assert len(desk.hub.issues(KEY)) == made
    assert desk.make().status_code == 201
    assert desk.hub.log.matching("POST", "/issue")[0].fault == fault.name


def test_every_wait_of_a_client_moves_the_clock(desk: Desk) -> None:
    before = desk.seconds()
    desk.sleep(1e-9)
    desk.sleep(2)
    assert 2 < desk.seconds() - before < 2.1


def test_a_late_effect_comes_when_its_time_has_come(desk: Desk) -> None:
    desk.hub.faults.next("POST", "/issue", faults.late(10))
    with pytest.raises(requests.RequestException):
        desk.make()
    assert desk.hub.issues(KEY) == []
    desk.clock.advance(seconds=10)
    assert len(desk.hub.issues(KEY)) == 1


def test_a_slow_answer_comes_in_its_time(desk: Desk) -> None:
    desk.hub.faults.next("GET", "/myself", faults.slow(0.2))
    before = time.monotonic()
    assert desk.raw("GET", "/myself").status_code == 200
    assert time.monotonic() - before > 0.15


@pytest.mark.parametrize("status", [0, 502])
def test_half_of_a_bulk_create_is_done(desk: Desk, status: int) -> None:
    desk.hub.faults.next("POST", "/issue/bulk", faults.half_done(2, status=status))
    rows = {"issueUpdates": [{"fields": body(f"Issue {one}")} for one in range(5)]}
    try:
        assert desk.raw("POST", "/issue/bulk", json=rows).status_code == status
    except requests.RequestException:
        assert status == 0
    assert [issue.number for issue in desk.hub.issues(KEY)] == [1, 2]


def test_a_token_loses_its_permissions_on_the_way(desk: Desk) -> None:
    desk.make()
    desk.hub.faults.next("GET", "/issue/OPS-1", faults.loses("ana", KEY))
    assert desk.raw("GET", "/issue/OPS-1").status_code == 404
    assert desk.raw("GET", f"/project/{KEY}").status_code == 404


def test_somebody_acts_meanwhile(desk: Desk) -> None:
    desk.make()
    desk.hub.faults.next("PUT", "/issue/OPS-1", faults.meanwhile(lambda: desk.bo.edit("OPS-1", summary="First")))
    assert desk.edit("OPS-1", summary="Second").status_code == 204
    assert [one.items[0].new_text for one in desk.hub.issue("OPS-1").changes] == ["First", "Second"]


def pages(desk: Desk) -> list[list[str]]:
    """All pages of a search, two issues each, as a client goes through them that believes what it is told."""
    found: list[list[str]] = []
    more: dict[str, Any] = {}
    while True:
        told = desk.jql("project = OPS order by key", maxResults=2, **more).json()
        found.append([row["key"] for row in told["issues"]])
        start = told.get("startAt", 0) + 2
        more = {"nextPageToken": told.get("nextPageToken")} if desk.hub.cloud else {"startAt": start}
        if told.get("isLast", False) or start >= told.get("total", 99) or not any(more.values()):
            return found


def test_pages_repeat_and_are_short(desk: Desk) -> None:
    for number in range(5):
        desk.bo.open(f"Issue {number}")
    path = "/search/jql" if desk.hub.cloud else "/search"
    assert pages(desk) == [["OPS-1", "OPS-2"], ["OPS-3", "OPS-4"], ["OPS-5"]]
    desk.hub.faults.next("POST", path, faults.page_repeated())
    assert pages(desk) == [["OPS-1", "OPS-2"], ["OPS-1", "OPS-2"], ["OPS-5"]]
    desk.hub.faults.next("POST", path, faults.page_short(1))
    assert pages(desk)[0] == ["OPS-1"]
    if desk.hub.cloud:
        desk.hub.faults.next("POST", path, faults.page_short(1, token=False))
        assert pages(desk) == [["OPS-1"]]
