"""Every shape that extraction knows, by its golden cases: what is written into an item's own line reads back exactly.

A line either takes a value, and then says just that and nothing else of the document changes; or it stays byte for byte.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmtrack.documents import extract
from pmtrack.documents.edit import NAMES, Wanted, edit
from pmtrack.model import Status
from unit.test_extract_cases import Case, _cases
from unit.test_publish_edit import URL, check

VALUES: dict[str, list[Any]] = {
    "status": list(Status),
    "owners": [("Robin Q",), ("Cy Miller", "Dee")],
    "priority": ["P0", "P3"],
    "due": [date(2027, 1, 15), date(2030, 12, 31)],
    "ticket": ["#12"],
}
CASES = [case for case in _cases() if extract(case.data).items]
FIRST = 4
"""Items of a case that are tried."""


def wanted(name: str, value: Any) -> Wanted:
    return Wanted(**{name: value}, url=URL if name == "ticket" else "")


def written(case: Case) -> Counter[str]:
    """How often a value of each field was taken; each was read back, and a second time changes nothing."""
    found: Counter[str] = Counter()
    for at in range(min(FIRST, len(extract(case.data).items))):
        for name in NAMES:
            for value in VALUES[name]:
                after = edit(case.data, at, wanted(name, value))
                check(case.data, after, at, name, value)
                assert edit(after, at, wanted(name, value)) == after
                found[name] += after != case.data
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_a_line_takes_reads_back_and_the_rest_stays(case: Case) -> None:
    written(case)
