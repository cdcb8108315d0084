"""Every shape that extraction knows, by its golden cases: what is written into an item's own line reads back exactly.

A line either takes a value, and then says just that while all else of the document says what it said; or it stays as it
is, byte for byte.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pmtrack.documents import extract
from pmtrack.documents.edit import NAMES, Wanted, edit
from pmtrack.model import Status
from unit.test_extract_cases import _cases
from unit.test_publish_edit import URL, check

CASES = [case for case in _cases() if extract(case.data).items]

people = st.sampled_from(["Robin Q", "Ana", "Jörg Ö.", "李雷", "O'Neil", "@dma", "x" * 40, "and", "P1", "Done"])
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "status": st.sampled_from(Status),
    "owners": st.lists(people, min_size=1, max_size=3, unique=True).map(tuple),
    "priority": st.sampled_from(["P0", "P1", "P2", "P3", "P4", "high", "Sev 1"]),
    "due": st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    "ticket": st.sampled_from(["#12", "OPS-3", "0007", "acme/shop#9"]),
}
ONE: dict[str, Any] = {
    "status": Status.DONE,
    "owners": ("Robin Q",),
    "priority": "P0",
    "due": date(2030, 12, 31),
    "ticket": "#12",
}

LEAST = {"status": 60, "owners": 130, "priority": 20, "due": 90, "ticket": 150}
"""Of the first items of about 300 cases, how many take such a value at least; the others have no place for it."""


def wanted(name: str, value: Any) -> Wanted:
    return Wanted(**{name: value}, url=URL if name == "ticket" else "")


def test_each_shape_takes_what_it_has_a_place_for() -> None:
    taken: Counter[str] = Counter()
    for case in CASES:
        for name, value in ONE.items():
            after = edit(case.data, 0, wanted(name, value))
            check(case.data, after, 0, name, value)
            taken[name] += after != case.data
    assert {name: count for name, count in taken.items() if count < LEAST[name]} == {}


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.data())
def test_whatever_shape_takes_whatever_value_it_reads_back_and_the_rest_stays(data: st.DataObject) -> None:
    case = data.draw(st.sampled_from(CASES), label="case")
    at = data.draw(st.integers(0, len(extract(case.data).items) - 1), label="item")
    name = data.draw(st.sampled_from(NAMES), label="field")
    value = data.draw(VALUES[name], label="value")
    want = wanted(name, value)
    after = edit(case.data, at, want)
    if name != "ticket":
        check(case.data, after, at, name, value)
    elif after != case.data:
        assert extract(after).items[at].ticket in want.tickets
    assert edit(after, at, want) == after, "the next run is quiet"


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.data())
def test_several_values_one_after_the_other_come_to_rest(data: st.DataObject) -> None:
    """As a line follows its issue through its life: each value reads back, and the first one again at the end."""
    case = data.draw(st.sampled_from(CASES), label="case")
    name = data.draw(st.sampled_from(["status", "owners", "priority", "due"]), label="field")
    text = case.data
    for value in data.draw(st.lists(VALUES[name], min_size=2, max_size=4), label="values"):
        after = edit(text, 0, wanted(name, value))
        check(text, after, 0, name, value)
        text = after
