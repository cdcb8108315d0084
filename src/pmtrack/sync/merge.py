"""One item, field by field: what each side says now against what that side said last (pure).

A side that did not change has no say. Where both changed, `WINS` (status: `_status_winner`) says who does, and the
loser's value is kept. An empty value of the document has no say; an empty value of the tracker means "none".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from pmtrack.model import DueSource, FieldChange, Fields, Link, Side, Status

NAMES = tuple(field.name for field in fields(Fields))

WINS: Mapping[str, Side] = {
    "title": Side.DOCUMENT,
    "owners": Side.TRACKER,
    "priority": Side.TRACKER,
    "due": Side.TRACKER,
}


@dataclass(frozen=True, slots=True)
class Stated:
    """What the document says now.

    Attributes:
        raw: as written; compared with what the document said last.
        said: the same in the tracker's terms; compared with what the tracker says.
        due_source: why `raw.due` is what it is.
    """

    raw: Fields
    said: Fields
    due_source: DueSource | None = None


@dataclass(frozen=True, slots=True)
class Conflict:
    """Both sides changed one field differently."""

    name: str
    winner: Side
    won: Any
    lost: Any


@dataclass(frozen=True, slots=True)
class Merged:
    """The outcome for one item.

    Attributes:
        write: what the tracker has to be told, from what it says now.
        pull: what changed for the reader because the tracker said so.
        link: the link once all of this is done.
    """

    link: Link
    write: tuple[FieldChange, ...] = ()
    pull: tuple[FieldChange, ...] = ()
    conflicts: tuple[Conflict, ...] = ()


def merge(link: Link, stated: Stated, issue: Fields, wins: Mapping[str, Side] = WINS) -> Merged:
    """What has to be done so that both sides have been heard."""
    merged = Merged(replace(link, document=stated.raw, issue=issue, unstated=_unstated(link, stated.raw), error=None))
    for name in NAMES:
        merged = _merge_field(merged, _Sides(link, stated, issue), name, wins)
    return merged


def silent(link: Link, issue: Fields) -> Merged:
    """The same where the document says nothing (any more): only the tracker is heard."""
    return merge(link, Stated(link.document, Fields()), issue)


def reported(told: Fields, raw: Fields) -> Fields:
    """What is reported of an issue that says `told`: where it could be assigned to nobody, whom the document names."""
    return told if told.owners else replace(told, owners=raw.owners)


def given(value: object) -> bool:
    """Whether a document's value states anything."""
    return value not in (None, "", ())


@dataclass(frozen=True, slots=True)
class _Sides:
    """Both sides, then and now."""

    link: Link
    stated: Stated
    issue: Fields


def _merge_field(merged: Merged, sides: _Sides, name: str, wins: Mapping[str, Side]) -> Merged:
    said, told = getattr(sides.stated.said, name), getattr(sides.issue, name)
    document = _document_speaks(sides, name)
    tracker = told != getattr(sides.link.issue, name)
    if not document and tracker:
        return _take_tracker(merged, name, told)
    if not document:
        return _take_name(merged, sides) if name == "owners" else merged
    if not tracker or said == told:
        return _take_document(merged, sides, name)
    if (_status_winner(sides) if name == "status" else wins[name]) is Side.DOCUMENT:
        lost = Conflict(name, Side.DOCUMENT, won=said, lost=told)
        return replace(_take_document(merged, sides, name), conflicts=(*merged.conflicts, lost))
    lost = Conflict(name, Side.TRACKER, won=told, lost=said)
    return replace(_take_tracker(merged, name, told), conflicts=(*merged.conflicts, lost))


def _document_speaks(sides: _Sides, name: str) -> bool:
    before, now = getattr(sides.link.document, name), getattr(sides.stated.raw, name)
    if before == now or not given(now) or not given(getattr(sides.stated.said, name)):
        return False
    # A bullet that became an unticked box was not reopened by anybody.
    return not (name == "status" and before is None and now is Status.OPEN)


def _take_document(merged: Merged, sides: _Sides, name: str) -> Merged:
    said, told = getattr(sides.stated.said, name), getattr(sides.issue, name)
    source = sides.stated.due_source if name == "due" else merged.link.due_source
    link = replace(merged.link, agreed=replace(merged.link.agreed, **{name: said}), due_source=source)
    write = () if said == told else (FieldChange(name, told, said),)
    return replace(merged, link=link, write=(*merged.write, *write))


def _take_name(merged: Merged, sides: _Sides) -> Merged:
    """Somebody else is named who has no account either: no issue changes, and the report does."""
    raw = sides.stated.raw
    if raw.owners in ((), sides.link.document.owners) or sides.issue.owners:
        return merged
    return replace(merged, link=replace(merged.link, agreed=replace(merged.link.agreed, owners=raw.owners)))


def _take_tracker(merged: Merged, name: str, told: Any) -> Merged:
    before = getattr(merged.link.agreed, name)
    source = DueSource.TRACKER if name == "due" else merged.link.due_source
    link = replace(merged.link, agreed=replace(merged.link.agreed, **{name: told}), due_source=source)
    pull = () if before == told else (FieldChange(name, before, told),)
    return replace(merged, link=link, pull=(*merged.pull, *pull))


def _status_winner(sides: _Sides) -> Side:
    """Done or cancelled beats open or in progress; close against reopen, done against cancelled: the tracker."""
    said, told, before = sides.stated.said.status, sides.issue.status, sides.link.issue.status
    closes = said is not None and said.closed
    still_open = not (told and told.closed) and not (before and before.closed)
    return Side.DOCUMENT if closes and still_open else Side.TRACKER


def _unstated(link: Link, now: Fields) -> tuple[str, ...]:
    """Once stated and not stated any more."""
    return tuple(
        name
        for name in NAMES
        if not given(getattr(now, name)) and (given(getattr(link.document, name)) or name in link.unstated)
    )
