"""An item's own line says what is agreed on, and nothing else in the document changes by a byte."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmtrack.documents import extract
from pmtrack.documents.edit import NAMES, Wanted, edit
from pmtrack.model import Status

URL = "https://github.com/acme/shop/issues/12"
TABLE = """\
# Outage

Date: 2026-03-02

## Action items

| Action | Owner | Priority | Due | Status | Ticket |
| ------ | ----- | -------- | --- | ------ | ------ |
| Add an alert on card refusals | Ana | P2 | 2026-12-01 | Open |  |
| Write the runbook             |     |    |            |      |  |
| Rotate the certificate        | Bo  | P1 | 2026-11-01 | Done | #7 |

## Lessons

Nothing.
"""
BOXES = """\
# Outage

## Action items

- [ ] Add an alert on card refusals (owner: Ana, P2, due 2026-12-01)
- [x] Write the runbook
* [ ] Rotate the certificate
  for the gateway
1. [ ] Call the bank
"""
BULLETS = """\
# Outage

## Action items

- Add an alert on card refusals (Completed)
- Write the runbook (In progress)
- Rotate the certificate
"""
PROSE = """\
# Outage

## Action items

We will add an alert on card refusals by next week. Ana is going to write the runbook.
"""
NESTED = """\
# Outage

Severity: SEV2

## Action items

1. Add an alert on card refusals
   - Owner: Ana
   - Due: 2026-12-01
   - Status: Open
2. Write the runbook
   - Owner: Ana
   - Priority: P2
3. Rotate the certificate
   Owner: Bo
   Status: In progress
"""
SHAPES = {"table": TABLE, "boxes": BOXES, "bullets": BULLETS, "nested": NESTED}
VALUES: dict[str, list[Any]] = {
    "status": list(Status),
    "owners": [("Bo",), ("Cy Miller", "Dee")],
    "priority": ["P0", "P3"],
    "due": [date(2027, 1, 15)],
    "ticket": ["#12"],
}


def wanted(name: str, value: Any) -> Wanted:
    return Wanted(**{name: value}, url=URL if name == "ticket" else "")


def changed(text: str, at: int, want: Wanted) -> tuple[bytes, bytes]:
    data = text.encode()
    return data, edit(data, at, want)


def lines(before: bytes, after: bytes) -> list[str]:
    """The lines that are other ones now."""
    pairs = zip(before.split(b"\n"), after.split(b"\n"), strict=True)
    return [new.decode() for old, new in pairs if old != new]


CELLS = [
    (0, Wanted(status=Status.DONE), "| Add an alert on card refusals | Ana | P2 | 2026-12-01 | Done |  |"),
    (1, Wanted(status=Status.DONE), "| Write the runbook             |     |    |            | Done |  |"),
    (1, Wanted(owners=("Bo",)), "| Write the runbook             | Bo  |    |            |      |  |"),
    (1, Wanted(due=date(2027, 1, 15)), "| Write the runbook             |     |    | 2027-01-15 |      |  |"),
    (1, Wanted(priority="P0"), "| Write the runbook             |     | P0 |            |      |  |"),
    (
        1,
        Wanted(ticket="#12", url=URL),
        f"| Write the runbook             |     |    |            |      | [#12]({URL}) |",
    ),
    (2, Wanted(status=Status.OPEN), "| Rotate the certificate        | Bo  | P1 | 2026-11-01 | Open | #7 |"),
]


@pytest.mark.parametrize(("at", "want", "line"), CELLS)
def test_a_cell_is_filled_and_keeps_its_width(at: int, want: Wanted, line: str) -> None:
    before, after = changed(TABLE, at, want)
    assert lines(before, after) == [line]


LINES = [
    (0, Wanted(status=Status.DONE), "- [x] Add an alert on card refusals (owner: Ana, P2, due 2026-12-01)"),
    (1, Wanted(status=Status.OPEN), "- [ ] Write the runbook"),
    (3, Wanted(status=Status.DONE), "1. [x] Call the bank"),
    (0, Wanted(due=date(2027, 1, 15)), "- [ ] Add an alert on card refusals (owner: Ana, P2, due 2027-01-15)"),
    (0, Wanted(owners=("Bo",)), "- [ ] Add an alert on card refusals (owner: Bo, P2, due 2026-12-01)"),
    (0, Wanted(priority="P0"), "- [ ] Add an alert on card refusals (owner: Ana, P0, due 2026-12-01)"),
    (1, Wanted(ticket="OPS-3", url="https://acme.atlassian.net/browse/OPS-3"), None),
    (3, Wanted(ticket="0007", url="issues/0007-x.md"), "1. [ ] Call the bank (#7)"),
]


@pytest.mark.parametrize(("at", "want", "line"), LINES)
def test_a_list_item_says_it_in_its_own_way(at: int, want: Wanted, line: str | None) -> None:
    before, after = changed(BOXES, at, want)
    assert lines(before, after) == [line or f"- [x] Write the runbook ([OPS-3]({want.url}))"]


SUFFIXES = [
    (2, Status.DONE, "- Rotate the certificate (Completed)"),
    (1, Status.DONE, "- Write the runbook (Completed)"),
    (0, Status.IN_PROGRESS, "- Add an alert on card refusals (In progress)"),
    (2, Status.CANCELLED, "- Rotate the certificate (Cancelled)"),
]


@pytest.mark.parametrize(("at", "status", "line"), SUFFIXES)
def test_words_in_brackets_are_used_where_the_document_uses_them(at: int, status: Status, line: str) -> None:
    before, after = changed(BULLETS, at, Wanted(status=status))
    assert lines(before, after) == [line]


BELOW = [
    (0, Wanted(owners=("Bo",)), "   - Owner: Bo"),
    (0, Wanted(due=date(2027, 1, 15)), "   - Due: 2027-01-15"),
    (0, Wanted(status=Status.DONE), "   - Status: Done"),
    (1, Wanted(priority="P0"), "   - Priority: P0"),
    (2, Wanted(owners=("Ana",)), "   Owner: Ana"),
    (2, Wanted(status=Status.DONE), "   Status: Done"),
]


@pytest.mark.parametrize(("at", "want", "line"), BELOW)
def test_what_is_written_below_an_item_is_changed_there(at: int, want: Wanted, line: str) -> None:
    before, after = changed(NESTED, at, want)
    assert lines(before, after) == [line]


def test_a_style_that_the_document_does_not_have_is_not_brought_in() -> None:
    text = "# Outage\n\n## Action items\n\n- Add an alert\n- Write the runbook\n"
    before, after = changed(text, 0, Wanted(status=Status.DONE, owners=("Bo",), priority="P1", due=date(2027, 1, 1)))
    assert after == before
    before, after = changed(BOXES, 0, Wanted(status=Status.IN_PROGRESS))
    assert after == before, "[/] is no box to GitHub"


@pytest.mark.parametrize("value", [{"status": Status.DONE}, {"owners": ("Bo",)}, {"ticket": "#12", "url": URL}])
def test_prose_is_left(value: Any) -> None:
    items = extract(PROSE.encode()).items
    for at in range(len(items)):
        before, after = changed(PROSE, at, Wanted(**value))
        assert extract(after).items[at].fields.title == items[at].fields.title
        assert after == before


LANGUAGES = [
    ("| Aktion | Verantwortlich | Status |", "Offen", "Erledigt"),
    ("| Acci\u00f3n | Responsable | Estado |", "Pendiente", "Hecho"),
    ("| \u30a2\u30af\u30b7\u30e7\u30f3 | \u62c5\u5f53\u8005 | \u72b6\u614b |", "\u672a\u7740\u624b", "\u5b8c\u4e86"),
    ("| Action | Owner | Status |", "OPEN", "DONE"),
    ("| Action | Owner | Status |", "open", "done"),
]


@pytest.mark.parametrize(("head", "opened", "done"), LANGUAGES)
def test_a_status_is_said_in_the_words_of_the_table(head: str, opened: str, done: str) -> None:
    text = f"# Outage\n\n## Action items\n\n{head}\n|---|---|---|\n| Rotate the certificate | Bo | {opened} |\n"
    before, after = changed(text, 0, Wanted(status=Status.DONE))
    assert [" ".join(line.split()) for line in lines(before, after)] == [f"| Rotate the certificate | Bo | {done} |"]


def test_a_date_is_written_as_the_document_writes_dates() -> None:
    text = TABLE.replace("2026-12-01", "December 01, 2026").replace("2026-11-01", "November 01, 2026")
    before, after = changed(text, 0, Wanted(due=date(2027, 1, 15)))
    assert "| January 15, 2027  |" in lines(before, after)[0]


def test_a_ticket_that_somebody_wrote_is_theirs() -> None:
    before, after = changed(TABLE, 2, Wanted(ticket="#12", url=URL))
    assert after == before


HOSTILE = [
    Wanted(owners=("Bo | Cy",)),
    Wanted(owners=("@everyone",)),
    Wanted(owners=("<!-- pmtrack:end -->",)),
    Wanted(owners=("Bo\n| forged | row |",)),
    Wanted(priority="P1 | [x](javascript:1)"),
    Wanted(ticket="#1](http://evil)", url=URL),
    Wanted(ticket="#1", url="javascript:alert(1)"),
    Wanted(ticket="#1", url="https://host/) evil ("),
]


@pytest.mark.parametrize("want", HOSTILE, ids=str)
@pytest.mark.parametrize("text", [TABLE, BOXES], ids=["table", "boxes"])
def test_hostile_values_change_no_meaning(text: str, want: Wanted) -> None:
    before, after = changed(text, 0, want)
    assert len(lines(before, after)) <= 1
    old, new = extract(before).items, extract(after).items
    assert [item.fields.title for item in old] == [item.fields.title for item in new]
    assert b"javascript" not in after
    assert b"@everyone" not in after


def everything() -> list[tuple[str, str, Any]]:
    return [(shape, name, value) for shape, name in product(SHAPES, NAMES) for value in VALUES[name]]


@pytest.mark.parametrize(("shape", "name", "value"), everything())
@pytest.mark.parametrize("form", ["lf", "crlf", "bom", "no end", "odd bytes"])
def test_reading_back_gives_exactly_what_was_written_and_a_second_time_is_quiet(
    shape: str, name: str, value: Any, form: str
) -> None:
    data = SHAPES[shape].encode()
    data = {
        "lf": data,
        "crlf": data.replace(b"\n", b"\r\n"),
        "bom": b"\xef\xbb\xbf" + data,
        "no end": data.rstrip(b"\n"),
        "odd bytes": data.replace(b"Nothing.", b"\xff\xfe caf\xe9").replace(b"the bank", b"the b\xc3\xa4nk"),
    }[form]
    before = extract(data).items
    for at in range(len(before)):
        after = edit(data, at, wanted(name, value))
        check(data, after, at, name, value)
        assert edit(after, at, wanted(name, value)) == after


def check(data: bytes, after: bytes, at: int, name: str, value: Any) -> None:
    """Either nothing changed, or exactly this value of exactly this item."""
    old, new = extract(data).items, extract(after).items
    rest = [item for index, item in enumerate(new) if index != at]
    assert [(item.fields, item.ticket) for item in rest] == [
        (item.fields, item.ticket) for index, item in enumerate(old) if index != at
    ]
    if after == data:
        return
    if name == "ticket":
        assert (new[at].fields, new[at].ticket) == (old[at].fields, URL)
    else:
        assert new[at].fields == replace(old[at].fields, **{name: value})
    assert len(lines(data, after)) == 1


COVERED = {("table", name) for name in NAMES} | {("boxes", "ticket"), ("boxes", "status"), ("bullets", "status")}


@pytest.mark.parametrize(("shape", "name"), sorted(COVERED))
def test_what_has_a_place_is_written(shape: str, name: str) -> None:
    data = SHAPES[shape].encode()
    at = 1
    value = (
        Status.OPEN if (shape, name) == ("boxes", "status") else Status.DONE if name == "status" else VALUES[name][0]
    )
    assert edit(data, at, wanted(name, value)) != data


words = st.text(st.characters(codec="utf-8", categories=("L", "N", "Zs", "P", "S")), min_size=1, max_size=20)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    shape=st.sampled_from(sorted(SHAPES)),
    at=st.integers(0, 2),
    status=st.none() | st.sampled_from(Status),
    owners=st.lists(words, max_size=2).map(tuple),
    priority=st.none() | words,
    due=st.none() | st.dates(date(2000, 1, 1), date(2099, 1, 1)),
    ticket=st.none() | words,
)
def test_whatever_is_wanted_nothing_else_changes(shape: str, at: int, ticket: Any, **values: Any) -> None:
    data = SHAPES[shape].encode()
    want = Wanted(**values, ticket=ticket, url=URL)
    after = edit(data, at, want)
    assert edit(after, at, want) == after
    assert len(lines(data, after)) <= (5 if shape == "nested" else 1), "an item there has a line for each value"
    old, new = extract(data).items, extract(after).items
    assert len(old) == len(new)
    for index, (was, now) in enumerate(zip(old, new, strict=True)):
        if index != at:
            assert (was.fields, was.ticket) == (now.fields, now.ticket)
            continue
        for name in ("status", "owners", "priority", "due"):
            assert getattr(now.fields, name) in (getattr(was.fields, name), getattr(want, name))
        assert now.fields.title == was.fields.title
