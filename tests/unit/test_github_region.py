"""Our parts of an issue's body are found again whatever people did around them, and nothing else is touched."""

from __future__ import annotations

from datetime import date

import pyromark
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmtrack.model import Marker
from pmtrack.trackers.github.region import (
    BEGIN,
    END,
    Unreadable,
    composed,
    due,
    marker,
    parent,
    with_due,
    with_kept,
    with_marker,
    with_parent,
)

DAY, LATER = date(2026, 12, 1), date(2027, 1, 15)
MARK = Marker("01J0", "2026/check out.md", "0123456789abcdef")
REGION = f"{BEGIN}\nDue: 2026-12-01\n{END}"
some = settings(max_examples=200, deadline=None, derandomize=True)
words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40) | st.sampled_from(
    ["-->", "--", "---->", "a--b.md", "<!-- x -->", "%2D%2D", "a b", "é/日本.md", "-", "--->", "0>1"]
)


def test_a_new_body_has_text_region_and_marker_in_this_order() -> None:
    body = composed("Add retries.\n", DAY, MARK)
    assert body == (f"Add retries.\n\n{REGION}\n\n<!-- pmtrack:item v1 01J0 0123456789abcdef 2026/check%20out.md -->")
    assert (due(body), marker(body)) == (DAY, MARK)


def test_without_a_date_there_is_no_region() -> None:
    body = composed("Add retries.", None, MARK)
    assert BEGIN not in body
    assert (due(body), marker(body)) == (None, MARK)


def test_people_see_the_date_and_no_comment() -> None:
    html = pyromark.html(composed("Add retries.", DAY, MARK))
    assert "<p>Due: 2026-12-01</p>" in html
    assert html.count("<!--") == 3


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Due: 2026-12-01", DAY),
        ("due:2026-12-01", DAY),
        ("  - **Due:** 2026-12-01", DAY),
        ("**Due date**: `2026-12-01`", DAY),
        ("Due: 20261201", DAY),
        ("Due: 2026-12-01T09:00", DAY),
        ("Due:", None),
        ("Due: none", None),
        ("Nothing is due", None),
        ("", None),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_person_may_write_it_in_their_own_way(line: str, expected: date | None, newline: str) -> None:
    assert due(newline.join(["Text", BEGIN, line, END, "More"])) == expected


@pytest.mark.parametrize("value", ["next week", "2026-13-01", "1.12.2026", "Q4", "x" * 500])
def test_what_is_no_date_is_said_and_not_guessed(value: str) -> None:
    with pytest.raises(Unreadable, match="is no due date: write it as 2026-12-01") as caught:
        due(f"Text\n{BEGIN}\nDue: {value}\n{END}")
    assert len(str(caught.value)) < 100


def test_a_date_elsewhere_in_the_body_is_not_ours() -> None:
    assert due("Due: 2026-12-01") is None
    assert due(f"{BEGIN}\nDue: 2026-12-01") is None
    assert due(f"Due: 2026-12-01\n{END}") is None


@pytest.mark.parametrize(
    ("body", "day", "expected"),
    [
        ("", None, ""),
        ("Text", None, "Text"),
        ("", DAY, f"{REGION}\n"),
        ("Text", DAY, f"Text\n\n{REGION}\n"),
        ("A\r\nB", DAY, f"A\r\nB\r\n\r\n{BEGIN}\r\nDue: 2026-12-01\r\n{END}\r\n"),
        (f"Text\n\n{REGION}\nMore", LATER, f"Text\n\n{BEGIN}\nDue: 2027-01-15\n{END}\nMore"),
        (f"Text\n\n{REGION}\nMore", None, "Text\n\nMore"),
        (f"Text\n\n{REGION}", None, "Text"),
        (f"{BEGIN}\nseen by Ana\n**Due**: tomorrow  \n{END}", DAY, f"{BEGIN}\nseen by Ana\nDue: 2026-12-01\n{END}"),
        (f"{BEGIN}\nseen by Ana\n{END}", DAY, f"{BEGIN}\nseen by Ana\nDue: 2026-12-01\n{END}"),
    ],
)  # fmt: skip
def test_only_the_date_changes(body: str, day: date | None, expected: str) -> None:
    assert with_due(body, day) == expected


def test_a_region_of_an_old_issue_comes_before_its_marker() -> None:
    body = with_due(with_marker("Text", MARK), DAY)
    assert body.index(BEGIN) < body.index("pmtrack:item")
    assert with_due(body, None) == with_marker("Text", MARK)


def test_a_refreshed_marker_takes_the_place_of_the_old_one() -> None:
    body = composed("Text", DAY, MARK) + "\n\nA person added this."
    other = Marker("01J0", "2026/check out.md", "ffff")
    assert with_marker(body, other) == body.replace("0123456789abcdef", "ffff")
    assert marker(with_marker(body, other)) == other


@some
@given(ident=words, path=words, digest=words)
def test_a_marker_holds_any_words_and_ends_only_at_its_end(ident: str, path: str, digest: str) -> None:
    mark = Marker(ident, path, digest)
    body = with_marker("Text", mark)
    assert marker(body) == mark
    inner = body.removeprefix("Text\n\n<!--").removesuffix("-->")
    assert "--" not in inner
    assert ">" not in inner


@some
@given(before=st.text(max_size=30), after=st.text(max_size=30), day=st.none() | st.dates())
def test_what_people_wrote_around_it_stays(before: str, after: str, day: date | None) -> None:
    body = f"{before}\n{REGION}\n{after}"
    changed = with_due(body, day)
    assert due(changed) == day
    if day:
        assert changed == body.replace("2026-12-01", day.isoformat())
        assert with_due(changed, DAY) == body


KEPT = {"Milestone": "Reliability", "Part of": "#12"}


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_what_has_no_other_place_is_kept_through_every_change_of_the_date(newline: str) -> None:
    body = with_kept(composed("Text", DAY, MARK).replace("\n", newline), KEPT)
    lines = newline.join([BEGIN, "Due: 2026-12-01", "Milestone: Reliability", "Part of: #12", END])
    assert lines in body
    assert with_kept(body, KEPT) == body, "once"
    bare = with_due(body, None)
    assert (due(bare), marker(bare), "Part of: #12" in bare) == (None, MARK, True)
    again = with_due(bare, LATER)
    assert (due(again), "Milestone: Reliability" in again) == (LATER, True)


def test_without_a_date_what_is_kept_stands_before_the_marker() -> None:
    body = with_kept(composed("Text", None, MARK), {"Type": "Task"})
    assert body.startswith(f"Text\n\n{BEGIN}\nType: Task\n{END}\n<!-- pmtrack:item")
    assert due(body) is None


@some
@given(value=st.text(max_size=40) | st.sampled_from(["x\nDue: 2026-01-01", "Due: soon", END, "a\r\nb"]))
def test_what_is_kept_is_never_read(value: str) -> None:
    assert due(with_kept(composed("Text", DAY, MARK), {"Milestone": value.replace("<", "")})) == DAY


@some
@given(source=words, path=words)
def test_the_issue_of_a_whole_postmortem_says_so_and_is_no_item_s(source: str, path: str) -> None:
    body = with_parent("Text", source, path)
    assert (parent(body), marker(body)) == ((source, path), None)
    assert parent(with_marker(body, MARK)) is None
    inner = body.removeprefix("Text\n\n<!--").removesuffix("-->")
    assert "--" not in inner
    assert ">" not in inner


def test_a_huge_hostile_body_takes_no_time() -> None:
    for piece in (
        BEGIN,
        END,
        "<!-- pmtrack:item v1 a ",
        "Due: ",
        "\n",
        "<!-- pmtrack:item v1 a b c -->",
        "<!-- pmtrack:postmortem v1 a ",
    ):
        body = piece * (65_536 // len(piece))
        with_marker(with_due(body, DAY), MARK)
        with_kept(body, KEPT)
        parent(body)
