"""Small values for the tests of reports: store rows, and one snapshot with an item in every state."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from pmtrack.documents import normal_priority
from pmtrack.model import (
    Acceptance,
    ActionItem,
    Document,
    DueSource,
    Event,
    Fields,
    Hold,
    IssueRef,
    Known,
    Link,
    Pulse,
    Row,
    Side,
    Snapshot,
    Span,
    Status,
)
from pmtrack.people import Directory, Person, Team
from pmtrack.reports import Report, Selection, build

TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DOCUMENT = Document("pm", "2026/outage.md", "v1", "1", "Checkout refused cards", first_seen=date(2026, 11, 2))
TEMPLATE = replace(DOCUMENT, path="template.md", title="Title of the incident", is_template=True)
FIELDS = Fields("Alert on refusals", Status.OPEN, ("Ana",), "High", date(2026, 12, 1))
HOLD = Hold("h1", "create", "pm", ("I1",), "held, since 40 issues at once are many: let them through with --hold h1")
DIRECTORY = Directory(
    (Person("Ana Ruiz", aliases=("Ana", "@ana"), github="ana-r"), Person("Bo Chen", aliases=("Bo",))),
    (Team("payments", aliases=("Payments team",), lead="Ana Ruiz"),),
)


def row(title: str = FIELDS.title, *, line: int = 10, document: Document = DOCUMENT, **changes: Any) -> Row:
    """An item that no issue stands for. `changes` are of its fields, or of `Known`, `ActionItem` and `Row`."""
    fields = _take(changes, FIELDS, title=title)
    item = _take(changes, ActionItem(fields, line=line, span=Span(0, 0)))
    ident = changes.pop("ident", f"I{line}")
    known = Known(ident, document.source, document.path, line, item, fields, first_seen=date(2026, 11, 2))
    return _take(changes, Row(_take(changes, known), document))


def linked(title: str = FIELDS.title, *, line: int = 10, key: str | None = None, **changes: Any) -> Row:
    """An item with its issue; `link` holds changes of the `Link`."""
    of_link = changes.pop("link", {})
    base = row(title, line=line, **changes)
    key = key or f"{line:04}"
    ref = IssueRef("board", key, key, f"issues/{key}.md")
    fields = base.known.stated
    return replace(base, link=replace(Link(base.known.ident, "board", ref, fields, fields, fields), **of_link))


def _take(changes: dict[str, Any], value: Any, **more: Any) -> Any:
    """The value with those of the changes that it has a field for, which are used up."""
    mine = {name: changes.pop(name) for name in [*changes] if name in value.__dataclass_fields__}
    return replace(value, **mine, **more)


def report(
    *rows: Row,
    today: date = TODAY,
    only: Selection | None = None,
    history: Iterable[Event] | None = None,
    **snapshot: Any,
) -> Report:
    return build(
        Snapshot(rows, **snapshot),
        today,
        normal_priority=normal_priority,
        directory=DIRECTORY,
        only=only,
        history=history,
    )


def conflict(ident: str, *, at: datetime = NOW, number: int = 1) -> Event:
    return Event(
        at, ident, "conflict", "due", "2026-11-01", "2026-12-24", Side.TRACKER, loser="2026-12-01",
        acknowledged=False, id=number,
    )  # fmt: skip


def everything() -> Snapshot:
    """One item in every state, two documents, and two pulses."""
    late, near = date(2026, 11, 1), date(2026, 11, 24)
    done = {"status": Status.DONE, "owners": ("Bo",)}
    return Snapshot(
        rows=(
            linked("Alert on refusals", line=10, due=late, link={"due_source": DueSource.EXPLICIT}),
            linked("Write the runbook", line=11, status=Status.IN_PROGRESS, due=near, owners=("Payments team",)),
            linked("Rotate the certificate", line=12, due=None, **done),
            linked("Drop the old cache", line=13, status=Status.CANCELLED),
            linked("Page the right team", line=14, conflicts=(conflict("I14"),)),
            linked("Try a restore", line=15, link={"error": "the board said no (403): give the account write access"}),
            linked("Test the fallback", line=16, link={"gone": True}, due=late),
            row("Limit the retries", line=17, hold=HOLD, owners=(), due=None, problems=("no owner", "no due date")),
            row("Ask the vendor", line=18, ticket="OPS-7", owners=("DevOps",), problems=("owner is a role",)),
            row("古い鍵を消す", line=19, priority=None, due=date(2026, 11, 20), due_source=DueSource.HORIZON),
            row("Maybe shard it", line=20, acceptance=Acceptance.PROPOSED, confidence=0.4),
            linked("Buy more disks", line=21, present=False, due=late),
            row("[Describe the action]", line=5, document=TEMPLATE),
        ),
        documents=(DOCUMENT, TEMPLATE),
        pulses=(
            Pulse("source:pm", datetime(2026, 11, 21, 8, 30, tzinfo=UTC)),
            Pulse("tracker:board", None, "the board did not answer: the next sync tries again"),
        ),
    )


def history() -> tuple[Event, ...]:
    """What happened lately to the items of `everything`."""
    done = Event(datetime(2026, 11, 19, 9, tzinfo=UTC), "I12", "changed", "status", "open", "done", Side.TRACKER, "bo")
    long_ago = replace(done, at=datetime(2026, 11, 3, 9, tzinfo=UTC), ident="I13", after="cancelled")
    return (long_ago, done)
