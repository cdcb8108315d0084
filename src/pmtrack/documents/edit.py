"""Bring an item's own line in step with what is agreed on: byte-exact edits, proved by reading them back (pure).

`edit_places` proposes where a value could be written. A proposal is taken only if the extraction then reads exactly
that value, in that item, and everything else in the document as before; what no proposal can do is left as it is. So
no proposal can do harm, however simple it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from itertools import islice

from pmtrack.documents import edit_places
from pmtrack.documents.extract import extract
from pmtrack.model import ActionItem, Fields, Postmortem, Status

NAMES = ("status", "owners", "priority", "due", "ticket")
"""What can be written, in this order."""

MOST = 16
"""Proposals that are tried for one value."""

_HEAD = ("title", "incident_date", "written", "severity", "is_template", "confidential")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an item's line is to say; what is empty stays as it is.

    Attributes:
        ticket: the key of its issue; url: its address, or a path that is no address.
    """

    status: Status | None = None
    owners: tuple[str, ...] = ()
    priority: str | None = None
    due: date | None = None
    ticket: str | None = None
    url: str = ""

    @property
    def tickets(self) -> tuple[str, ...]:
        """What the issue may be called in a document."""
        number = (f"#{int(self.ticket)}",) if self.ticket and self.ticket.isdecimal() else ()
        return (self.url, self.ticket or "", *number)


def edit(data: bytes, at: int, wanted: Wanted, path: str = "") -> bytes:
    """The document with as much of what is wanted as can be written safely.

    Args:
        at: which of `extract(data, path).items` is meant.
    """
    before = extract(data, path)
    for name in NAMES:
        if _differs(before.items[at], name, wanted):
            data, before = _edited(data, before, at, name, wanted)
    return data


def _differs(item: ActionItem, name: str, wanted: Wanted) -> bool:
    """Whether something is wanted that the item does not say; a ticket that it names is its author's."""
    if name == "ticket":
        return bool(wanted.ticket) and item.ticket is None
    value = getattr(wanted, name)
    return bool(value) and getattr(item.fields, name) != value


def _edited(data: bytes, before: Postmortem, at: int, name: str, wanted: Wanted) -> tuple[bytes, Postmortem]:
    """By the first proposal that does what is wanted and nothing else; unchanged where there is none."""
    said = edit_places.Said(wanted.tickets, getattr(wanted, name))
    for proposal in islice(edit_places.proposals(data, before.items, at, name, said), MOST):
        after = extract(proposal, before.path)
        if _is_exact(before, after, at, name, wanted):
            return proposal, after
    return data, before


def _is_exact(before: Postmortem, after: Postmortem, at: int, name: str, wanted: Wanted) -> bool:
    if len(before.items) != len(after.items) or any(getattr(before, one) != getattr(after, one) for one in _HEAD):
        return False
    pairs = enumerate(zip(before.items, after.items, strict=True))
    return all(
        _says(old, new, name, wanted) if here == at else _meaning(old) == _meaning(new) for here, (old, new) in pairs
    )


def _says(old: ActionItem, new: ActionItem, name: str, wanted: Wanted) -> bool:
    """Whether the item says what is wanted now, and else what it said."""
    if name == "ticket":
        return new.ticket in wanted.tickets and _meaning(replace(new, ticket=old.ticket)) == _meaning(old)
    changed = replace(old, fields=replace(old.fields, **{name: getattr(wanted, name)}))
    return _meaning(changed, name) == _meaning(new, name)


def _meaning(item: ActionItem, changed: str = "") -> tuple[Fields, object, object, object, object]:
    """What an item says, wherever it stands; a date stands for the horizon that it replaces."""
    horizon = None if changed == "due" else item.horizon
    return item.fields, item.ticket, item.kind, horizon, item.confidence
