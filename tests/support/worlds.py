"""Small values for the planner's tests: one item, one document, one link, with what a test cares about changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from pmtrack.model import (
    ActionItem,
    Document,
    Fields,
    Intention,
    Issue,
    IssueRef,
    Known,
    Link,
    Marker,
    Span,
    Status,
)
from pmtrack.sync.merge import Stated
from pmtrack.sync.plan import plan
from pmtrack.sync.world import Plan, Rules, Tracked, World
from pmtrack.text import digest

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TODAY = date(2026, 11, 21)
FIELDS = Fields("Add memory alerts", Status.OPEN, ("Ana",), "P1", date(2026, 12, 1))
DOCUMENT = Document("pm", "outage.md", "v1", "1", "Outage", first_seen=TODAY, written=date(2026, 11, 20))


def item(fields: Fields = FIELDS, **changes: Any) -> ActionItem:
    return replace(ActionItem(fields, line=12, span=Span(0, 0), section="Action items"), **changes)


def known(ident: str = "I1", fields: Fields = FIELDS, **changes: Any) -> Known:
    base = Known(ident, "pm", "outage.md", 0, item(fields), fields, first_seen=TODAY)
    return replace(base, **changes)


def issue(fields: Fields = FIELDS, number: int = 1, ident: str = "I1", **changes: Any) -> Issue:
    marker = Marker(ident, "outage.md", digest(fields.title))
    return replace(Issue(ref(number), fields, marker, ours=True), **changes)


def ref(number: int = 1) -> IssueRef:
    return IssueRef("board", str(number), f"{number:04}", f"issues/{number:04}-x.md")


def link(fields: Fields = FIELDS, ident: str = "I1", number: int = 1, **changes: Any) -> Link:
    return replace(Link(ident, "board", ref(number), fields, fields, fields), **changes)


def intention(ident: str = "I1", fields: Fields = FIELDS, sent_at: datetime = NOW, **changes: Any) -> Intention:
    marker = Marker(ident, "outage.md", digest(fields.title))
    return replace(Intention(ident, "board", marker, fields, fields, sent_at, ""), **changes)


def tracked(ident: str = "I1", fields: Fields = FIELDS, **changes: Any) -> Tracked:
    """An item that says `fields`, in the tracker's terms the same."""
    base = Tracked(
        known=known(ident, fields),
        document=DOCUMENT,
        tracker="board",
        stated=Stated(fields, fields),
        wanted=replace(fields, status=fields.status or Status.OPEN),
    )
    return replace(base, **changes)


def planned(*items: Tracked, rules: Rules | None = None, **world: Any) -> Plan:
    return plan(World(items, **world), rules or Rules(now=NOW))


def verbs(*items: Tracked, **options: Any) -> list[str]:
    return [str(step.verb) for step in planned(*items, **options).steps]
