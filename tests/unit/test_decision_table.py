"""The planner's decision table for one field: what each side did, what happened in the world, and what is done then.

The rows are all there are: the document says the same, something else, or nothing any more; the issue says the same,
something else, or is gone; there are snapshots of both sides, or the store was lost.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from itertools import product
from typing import Any

import pytest

from pmtrack.model import Fields, Side, Status
from pmtrack.sync.merge import NAMES, WINS, Stated
from pmtrack.sync.world import Step, Unseen
from support.worlds import FIELDS, issue, known, link, planned, tracked

DOCUMENT = ("same", "changed", "not stated")
ISSUE = ("same", "changed", "gone")
SNAPSHOTS = (True, False)

SAID = Fields("Add memory and CPU alerts", Status.IN_PROGRESS, ("Ben",), "P0", date(2026, 12, 5))
TOLD = Fields("Alert on memory", Status.DONE, ("Cleo",), "P3", date(2026, 12, 9))


@dataclass(frozen=True, slots=True)
class Row:
    """Attributes:
    verb: of the one step, None where there is nothing to do.
    reported: whose value readers are shown afterwards: "old", "said", "told", or "wins" of the table who wins.
    conflict: whether the loser's value is kept in a record.
    """

    happened: str
    verb: str | None
    reported: str
    conflict: bool = False


TABLE: dict[tuple[str, str, bool], Row] = {
    ("same", "same", True): Row("nothing happened", None, "old"),
    ("same", "changed", True): Row("somebody edited the issue", "note", "told"),
    ("same", "gone", True): Row("somebody deleted the issue: it is said, and none is made anew", "lose", "old"),
    ("changed", "same", True): Row("the author edited the document: the issue is told", "update", "said"),
    ("changed", "changed", True): Row("both edited: the table says who wins", "wins", "wins", conflict=True),
    ("changed", "gone", True): Row("the author edited what somebody deleted", "lose", "old"),
    ("not stated", "same", True): Row("the author took the value out: the issue keeps it", "note", "old"),
    ("not stated", "changed", True): Row("the author took it out, somebody edited the issue", "note", "told"),
    ("not stated", "gone", True): Row("the author took it out, somebody deleted the issue", "lose", "old"),
    ("same", "same", False): Row("the store was lost, the issue is found by its marker", "relink", "old"),
    ("same", "changed", False): Row("the store was lost; nobody knows who edited", "relink", "told", conflict=True),
    ("same", "gone", False): Row("the store was lost, and there is no issue with our marker", "create", "old"),
    ("changed", "same", False): Row("the store was lost; the issue stays as it is", "relink", "old", conflict=True),
    ("changed", "changed", False): Row("the store was lost; the issue stays", "relink", "told", conflict=True),
    ("changed", "gone", False): Row("the store was lost, the issue too: a new item", "create", "said"),
    ("not stated", "same", False): Row("the store was lost; only the issue has a value", "relink", "old"),
    ("not stated", "changed", False): Row("the store was lost; only the issue has one", "relink", "told"),
    ("not stated", "gone", False): Row("the store was lost; nothing has a value", "create", "nothing"),
}
"""After a lost store the creates wait for a yes; the brakes are not in this table."""


def test_no_row_is_missing() -> None:
    assert set(TABLE) == set(product(DOCUMENT, ISSUE, SNAPSHOTS))
    assert all(row.happened for row in TABLE.values())


def step_of(name: str, document: str, seen: str, *, snapshots: bool) -> Step | None:
    """What is planned where the two sides did this to one field."""
    words = {"same": getattr(FIELDS, name), "changed": getattr(SAID, name), "not stated": getattr(Fields(), name)}
    said = replace(FIELDS, **{name: words[document]})
    told = replace(FIELDS, **{name: getattr(TOLD, name)}) if seen == "changed" else FIELDS
    world: dict[str, Any] = {"known": known(fields=said), "stated": Stated(said, said)}
    if snapshots:
        world |= {"link": link(), "sight": Unseen.GONE if seen == "gone" else issue(told)}
    elif seen != "gone":
        world |= {"found": issue(told)}
    steps = planned(tracked(fields=said, **world)).steps
    return steps[0] if steps else None


@pytest.mark.parametrize("name", [name for name in NAMES if name != "status"])
@pytest.mark.parametrize(("case", "row"), TABLE.items(), ids=[row.happened for row in TABLE.values()])
def test_what_follows(name: str, case: tuple[str, str, bool], row: Row) -> None:
    document, seen, snapshots = case
    document_wins = WINS[name] is Side.DOCUMENT
    verb = ("update" if document_wins else "note") if row.verb == "wins" else row.verb
    wins = "said" if document_wins else "told"
    reported = wins if row.reported == "wins" else row.reported

    step = step_of(name, document, seen, snapshots=snapshots)

    assert (step and str(step.verb)) == verb
    values = {"old": FIELDS, "said": SAID, "told": TOLD, "nothing": Fields()}
    if step and step.merged:
        assert getattr(step.merged.link.agreed, name) == getattr(values[reported], name)
        assert [conflict.name for conflict in step.merged.conflicts] == ([name] if row.conflict else [])
        assert [change.name for change in step.merged.write] == ([name] if verb == "update" else [])
    elif step and verb == "create":
        assert getattr(step.tracked.wanted, name) == getattr(values[reported], name)
