"""Keep the items' own lines in step with their issues (`publish.items`).

A line is touched only for what the tracker's side changed last, of an item whose own words were all heard: what a
person wrote into the document stands until somebody says otherwise in the tracker. The ticket is added once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pmtrack.documents import extract, normal_priority
from pmtrack.documents.edit import Wanted, edit
from pmtrack.model import ActionItem, Document, DueSource, Event, Known, Link, Side, State, Status
from pmtrack.reports import Report, ReportRow
from pmtrack.store.database import Store
from pmtrack.sync.terms import stated

_NAMES = ("status", "owners", "priority", "due")

Shown = Callable[[str], str]
"""An account, or an owner's words in a document -> the name that people know."""


@dataclass(frozen=True, slots=True)
class Lines:
    """A document with its items' lines in step.

    Attributes:
        touched: ident -> which of its items was edited.
    """

    data: bytes
    touched: Mapping[str, int] = field(default_factory=dict)


def in_step(data: bytes, path: str, report: Report, store: Store, shown: Shown) -> Lines:
    """Write what can be written safely; what cannot is told by the report alone."""
    rows = {row.id: row for row in report.rows if row.state is State.LINKED and row.ticket}
    found = _paired(extract(data, path).items, store.items(report_source(report), [path]) if rows else ())
    links = store.links(known.ident for known, _ in found)
    touched = {}
    for known, at in found:
        row, link = rows.get(known.ident), links.get(known.ident)
        if row is None or link is None or not _is_heard(known, link):
            continue
        wanted = _wanted(row, known.item, shown, store)
        before, data = data, edit(data, at, wanted, path) if wanted != Wanted() else data
        if data != before:
            touched[known.ident] = at
    return Lines(data, touched)


def restated(known: Known, item: ActionItem, document: Document, link: Link) -> tuple[Known, Link]:
    """An item and its link after we wrote into its line: the document says now what its issue says."""
    fields, due_source = stated(item, document, known.first_seen)
    unstated = tuple(name for name in link.unstated if not getattr(fields, name))
    said = replace(known, item=item, stated=fields, due_source=due_source)
    return said, replace(link, document=fields, unstated=unstated)


def report_source(report: Report) -> str:
    """The source of the one document that a report is of."""
    return next((row.source for row in report.rows), "")


def _paired(items: Sequence[ActionItem], known: Iterable[Known]) -> list[tuple[Known, int]]:
    """Which item of the document is which that is known; one that says something else by now is none."""
    free = [one for one in known if one.present]
    found = []
    for at, item in enumerate(items):
        same = next((one for one in free if (one.item.fields, one.item.ticket) == (item.fields, item.ticket)), None)
        if same:
            free.remove(same)
            found.append((same, at))
    return found


def _is_heard(known: Known, link: Link) -> bool:
    """Whether the tracker was told all that the document says, and nothing is the matter."""
    return known.stated == link.document and not (link.error or link.gone or link.orphaned)


def _wanted(row: ReportRow, item: ActionItem, shown: Shown, store: Store) -> Wanted:
    """What the line is to say."""
    agreed = _agreed(row)
    others = {name for name in _NAMES if getattr(agreed, name) and not _says(item, name, agreed, shown)}
    theirs = others & _by_tracker(store.history(row.id)) if others else set()
    silent: dict[str, Any] = {name: getattr(Wanted(), name) for name in _NAMES if name not in theirs}
    if item.ticket is not None:
        silent |= {"ticket": None, "url": ""}
    return replace(agreed, **silent)


def _agreed(row: ReportRow) -> Wanted:
    """What both sides agreed on, as far as a document may state it: a date that a rule supplied is nobody's word."""
    due = row.due if row.due_source in (DueSource.TRACKER, DueSource.EXPLICIT) else None
    ticket, url = (row.ticket.key, row.ticket.url) if row.ticket else (None, "")
    return Wanted(row.status, row.owners, row.priority, due, ticket, url)


def _says(item: ActionItem, name: str, agreed: Wanted, shown: Shown) -> bool:
    """Whether the line says that already, in words of its own."""
    fields = item.fields
    if name == "owners":
        return tuple(map(shown, fields.owners)) == agreed.owners
    if name == "priority":
        return agreed.priority in (fields.priority, normal_priority(fields.priority or ""))
    if name == "status":
        return agreed.status is (fields.status or Status.OPEN)
    return fields.due == agreed.due


def _by_tracker(history: Iterable[Event]) -> set[str]:
    """The fields that the tracker's side changed last."""
    last = {event.name: event.side for event in history if event.name and event.kind in ("changed", "conflict")}
    return {name for name, side in last.items() if side is Side.TRACKER}
