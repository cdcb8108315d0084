"""How issues are named, and the bookmark of a list; without a request."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmtrack.trackers.github import refs
from pmtrack.trackers.github.cursor import Cursor, parse
from pmtrack.trackers.github.refs import Place

NAMES = ("acme/shop", "acme/store")
CURSOR = Cursor(42, "acme/shop", "acme/store", "2026-12-01T10:00:00Z", 'W/"abc"', 7)


@pytest.mark.parametrize(
    ("ticket", "expected"),
    [
        ("#7", 7),
        (" #7 ", 7),
        ("GH-7", 7),
        ("acme/shop#7", 7),
        ("ACME/Store#7", 7),
        ("https://github.com/acme/shop/issues/7", 7),
        ("https://www.github.com/Acme/Shop/issues/7/", 7),
        ("https://github.com/acme/shop/issues/7#issuecomment-1", 7),
        ("https://github.com/acme/shop/issues/7?x=1", 7),
        ("https://github.com/acme/shop/pull/7", None),
        ("https://github.com/acme/other/issues/7", None),
        ("https://github.example/acme/shop/issues/7", None),
        ("https://github.com.example/acme/shop/issues/7", None),
        ("ftp://github.com/acme/shop/issues/7", None),
        ("acme/other#7", None),
        ("#0", None),
        ("#07", None),
        ("#12345678901", None),
        ("7", None),
        ("", None),
        ("#", None),
        ("see #7", None),
        ("#7 and more", None),
        ("OPS-7", None),
        ("#\u0667", None),
        ("https://[", None),
    ],
)
def test_what_people_call_an_issue_of_ours(ticket: str, expected: int | None) -> None:
    assert refs.number(ticket, NAMES, "github.com") == expected


@given(st.text())
def test_any_words_are_a_number_or_none(ticket: str) -> None:
    refs.number(ticket, NAMES, "github.com")
    refs.place(ticket, 42)


@pytest.mark.parametrize(
    ("ref", "expected"),
    [
        ("42/7", Place(42, 7)),
        ("9/7", Place(9, 7)),
        ("7", Place(42, 7)),
        ("#7", Place(42, 7)),
        ("", None),
        ("0", None),
        ("42/0", None),
        ("a/7", None),
        ("\u0667", None),
    ],
)
def test_an_id_is_a_repository_and_a_number(ref: str, expected: Place | None) -> None:
    assert refs.place(ref, 42) == expected
    assert expected is None or refs.place(str(expected), 1) == expected


@pytest.mark.parametrize(
    ("base_url", "expected"),
    [
        ("https://api.github.com", "github.com"),
        ("https://git.acme.example/api/v3", "git.acme.example"),
        ("https://api.acme.ghe.com", "acme.ghe.com"),
        ("http://127.0.0.1:8080", "127.0.0.1:8080"),
    ],
)
def test_where_the_pages_are(base_url: str, expected: str) -> None:
    assert refs.host(base_url) == expected


def test_a_cursor_is_compact_json_and_comes_back() -> None:
    assert parse(str(CURSOR)) == CURSOR
    assert json.loads(str(CURSOR))["v"] == 1
    assert " " not in str(CURSOR).replace(CURSOR.since, "")


@pytest.mark.parametrize(
    "text",
    ["", "x", "[]", "null", "{}", '{"v":1}', str(CURSOR).replace('"v":1', '"v":2'), str(CURSOR).replace("42", '"42"')],
)
def test_what_is_none_of_ours_is_no_cursor(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize(
    ("updated", "since"),
    [
        ([], "2026-12-01T10:00:00Z"),
        ([datetime(2026, 12, 1, 10, 10, tzinfo=UTC)], "2026-12-01T10:00:00Z"),
        ([datetime(2026, 12, 1, 11, 0, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)], "2026-12-01T10:45:00Z"),
    ],
)
def test_it_moves_on_with_an_overlap_and_never_back(updated: list[datetime], since: str) -> None:
    assert CURSOR.moved(updated).since == since
    assert (CURSOR.moved(updated) == CURSOR) == (since == CURSOR.since)
