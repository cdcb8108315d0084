"""Where the next page of a list is, and where our token must not go."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pmtrack.errors import TrackerError
from pmtrack.trackers.github import paging
from pmtrack.trackers.github.answers import Answer

HERE = "https://git.acme.example/api/v3"


def link(address: str) -> dict[str, str]:
    return {"link": f'<{HERE}/x?page=1>; rel="prev", <{address}>; rel="next", <{HERE}/x?page=9>; rel="last"'}


def entry(number: int, updated: str = "2026-12-01T10:00:00Z") -> dict[str, Any]:
    times = {"updated_at": updated, "created_at": updated}
    return {"number": number, "repository_url": f"{HERE}/repos/acme/shop", **times}


def page(entries: Any, **headers: str) -> Answer:
    return Answer(200, headers, json.dumps(entries))


def test_the_next_page_is_on_the_same_server() -> None:
    address = f"{HERE}/repositories/1/issues?page=2&state=all"
    assert paging.next_address(Answer(200, link(address), ""), HERE, 1) == address
    assert paging.last_address(Answer(200, link(address), ""), HERE) == f"{HERE}/x?page=9"
    assert paging.next_address(Answer(200, {}, ""), HERE, 1) is None
    assert paging.next_address(Answer(200, {"link": f'<{HERE}?page=1>; rel="first"'}, ""), HERE, 1) is None


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("https://evil.example/api/v3/x?page=2", "leads to another host"),
        ("http://git.acme.example/api/v3/x?page=2", "leads to another host"),
        ("https://git.acme.example:8443/api/v3/x?page=2", "leads to another host"),
        ("https://git.acme.example@evil.example/api/v3/x?page=2", "leads to another host"),
        ("https://git.acme.example/other/x?page=2", "leads to another host"),
        ("/api/v3/x?page=2", "leads to another host"),
        (f"{HERE}/x?page=1", "does not lead to its next page"),
        (f"{HERE}/x?page=3", "does not lead to its next page"),
        (f"{HERE}/x", "does not lead to its next page"),
    ],
)
def test_any_other_place_is_an_error(address: str, says: str) -> None:
    with pytest.raises(TrackerError, match=says):
        paging.next_address(Answer(200, link(address), ""), HERE, 1)


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {**entry(1), "number": "1"},
        {**entry(1), "updated_at": None},
        {**entry(1), "updated_at": "yesterday"},
        {**entry(1), "updated_at": "2026-12-01T10:00:00"},
        {**entry(1), "created_at": 5},
        {**entry(1), "repository_url": None},
    ],
)
def test_an_entry_that_is_no_issue_is_an_error(odd: dict[str, Any]) -> None:
    with pytest.raises(TrackerError, match="has entries that are no issues"):
        paging.issues(page([odd]), lambda: page([]), lambda _address, _params: page([]), HERE)


def test_what_moved_while_it_was_read_is_told() -> None:
    first = page([entry(number) for number in range(1, 101)], link=f'<{HERE}/x?page=2>; rel="next"', etag="E")
    moved = entry(3, "2026-12-02T10:00:00Z")
    found = paging.issues(first, lambda: first, lambda _address, _params: page([moved]), HERE)
    assert (len(found.entries), found.entries[3], found.count, found.etag) == (100, moved, 2, "E")
    assert found.shifted == "2026-12-01T10:00:00Z"
