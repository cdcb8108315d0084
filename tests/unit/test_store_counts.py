"""The database counts what the report counts, for every way in which an item can stand."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import product

from pmtrack.model import Acceptance, Fields, IssueRef, Known, Link, Snapshot, State, Status
from pmtrack.reports.build import build
from pmtrack.store.counts import Counted
from pmtrack.store.database import Store
from support import stored
from support.stored import Home

TODAY = stored.DAY
STATUSES = (None, *Status)
DUES = (None, TODAY - timedelta(days=1), TODAY, TODAY + timedelta(days=1))
LINKS = ("none", "linked", "asked for", "failed", "gone", "conflict")


def reported(snapshot: Snapshot) -> Counted:
    """The same by the report."""
    report = build(snapshot, TODAY, normal_priority=lambda words: words)
    late = Counter(row.source for row in report.rows if row.overdue_days)
    return Counted(
        dict(Counter((row.source, row.state, row.status) for row in (*report.rows, *report.aside))), dict(late)
    )


def items() -> Iterator[tuple[Known, Link | None, bool, bool]]:
    """A thousand of all the ways in which an item can stand: with its link, whether it is held and is in conflict."""
    every = product(
        (True, False),
        Acceptance,
        LINKS,
        ("a.md", "template.md"),
        (True, False),
        (None, "#7", "adopt #7"),
        STATUSES,
        DUES,
    )
    for at, way in enumerate(random.Random(4).sample(list(every), 1_000)):
        present, acceptance, link, path, held, ticket, status, due = way
        ident, said = f"I{at:05}", Fields('Say "ticket":null', status, (), None, due)
        decision = ticket if ticket and ticket.startswith("adopt") else None
        item = replace(stored.known().item, fields=said, ticket=None if decision else ticket)
        more = {"item": item, "stated": said, "acceptance": acceptance, "present": present, "decision": decision}
        known = stored.known(ident, path, "docs", **more)
        yield known, linked(ident, link, said, at), held, link == "conflict"


def linked(ident: str, how: str, said: Fields, at: int) -> Link | None:
    """The issue says something else than the document."""
    if how == "none":
        return None
    agreed = replace(said, status=Status.DONE if at % 3 else None, due=DUES[at % 4])
    ref = None if how == "asked for" else IssueRef("board", str(at), f"#{at}", "")
    made = Link(ident, "board", ref, document=said, issue=agreed, agreed=agreed)
    return replace(made, gone=how == "gone", error="no" if how == "failed" else None)


def fill(store: Store) -> None:
    found = list(items())
    with store.writing() as writer:
        writer.save_document(stored.document())
        writer.save_document(stored.document("template.md", is_template=True))
        writer.save_items([known for known, _, _, _ in found])
        for at, (known, link, _, is_conflict) in enumerate(found):
            if link:
                writer.save_link(link)
            if is_conflict or (link and at % 2):  # some had one that was seen
                writer.record(stored.event(known.ident, kind="conflict", loser="x", acknowledged=not is_conflict))
        idents = tuple(known.ident for known, _, held, _ in found if held)
        writer.save_holds("docs", [stored.hold("h1", idents=idents[::2]), stored.hold("h2", idents=idents[1::2])])


def test_the_database_and_the_report_count_alike(home: Home) -> None:
    with home.opened() as store:
        fill(store)
        found = store.counted(TODAY)
    assert found == reported(home.snapshot())
    assert {state for _, state, _ in found.items} == set(State)
    assert sum(found.items.values()) == 1_000
    assert found.overdue["docs"] > 10


def test_sources_are_counted_apart(home: Home) -> None:
    with home.opened() as store, store.writing() as writer:
        for at, source in enumerate(("docs", "docs", "wiki")):
            writer.save_document(stored.document(source=source))
            late = Fields("Late", Status.OPEN, due=TODAY - timedelta(days=1))
            writer.save_items([stored.known(f"I{at}", source=source, stated=late)])
    with home.opened() as store:
        found = store.counted(TODAY)
    each = (State.NOT_CREATED, Status.OPEN)
    assert found == Counted({("docs", *each): 2, ("wiki", *each): 1}, {"docs": 2, "wiki": 1})


def test_nothing_is_nothing(home: Home) -> None:
    with home.opened() as store:
        assert store.counted(TODAY) == Counted()
