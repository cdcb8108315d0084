"""What to send so that an issue says what is wanted, and nothing else of it changes (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pmtrack.model import Fields, Marker
from pmtrack.trackers.jira import region, shape, values
from pmtrack.trackers.jira.names import Names
from pmtrack.trackers.jira.screen import Screen

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What one screen of one Jira takes. Attributes:
    nodes: long texts are nodes. cloud: people are accountIds, and an edit may carry entity properties.
    """

    screen: Screen
    names: Names
    nodes: bool
    cloud: bool


@dataclass(frozen=True, slots=True)
class Placed:
    """Where values go. Attributes:
    fields: fields of Jira. labels: of ours. lines: of the panel in the description. unset: see `shape.PROPERTY`.
    """

    fields: Json = field(default_factory=dict)
    labels: tuple[str, ...] = ()
    lines: Mapping[str, str] = field(default_factory=dict)
    unset: str | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """Attributes:
    fields: for `PUT .../issue/{id}`. property: the value of our entity property, None where it stays.
    """

    fields: Json = field(default_factory=dict)
    property: Json | None = None

    def __bool__(self) -> bool:
        return bool(self.fields) or self.property is not None


def placed(wanted: Fields, sheet: Sheet) -> Placed:
    """Where the due date, the owner and the priority go on this screen."""
    fields, lines = {}, {}
    owner, due = next(iter(wanted.owners), None), wanted.due.isoformat() if wanted.due else None
    if "duedate" in sheet.screen:
        fields["duedate"] = due
    elif due:
        lines[region.DUE] = due
    if "assignee" in sheet.screen:
        fields["assignee"] = values.person(owner, sheet.cloud) if owner else None
    elif owner:
        lines[region.OWNER] = owner
    priority = _priority(wanted.priority, sheet)
    return Placed({**fields, **priority.fields}, priority.labels, {**lines, **priority.lines}, priority.unset)


def _priority(wanted: str | None, sheet: Sheet) -> Placed:
    """Jira's own priority, which is never empty: what means none is noted in our property."""
    is_there, neutral = "priority" in sheet.screen, sheet.screen.neutral()
    option = sheet.names.option(wanted, sheet.screen.options("priority")) if is_there else None
    if option:
        return Placed({"priority": {"id": str(option["id"])}})
    fields: Json = {"priority": {"id": neutral}} if is_there and neutral else {}
    unset = neutral if fields else shape.ANY
    if wanted is None:
        return Placed(fields, unset=unset)
    if "labels" in sheet.screen:
        return Placed(fields, labels=(wanted,), unset=unset)
    return Placed(fields, lines={region.PRIORITY: wanted}, unset=unset)


def missing(wanted: Fields, sheet: Sheet) -> list[str]:
    """What of these the screen has no place for, in people's words."""
    told = {
        "the due date": wanted.due and "duedate" not in sheet.screen,
        "the owner": wanted.owners and "assignee" not in sheet.screen,
        "the priority": wanted.priority and "priority" not in sheet.screen,
    }
    return [what for what, is_missing in told.items() if is_missing]


# ---------------------------------------------------------------- creating


def creation(
    wanted: Fields, sheet: Sheet, text: str, marker: Marker, *, extras: Mapping[str, Any], labels: Iterable[str]
) -> Json:
    """The body of a create.

    Args:
        text: Markdown. extras: further fields, project and issue type among them; what the item says itself counts.
        labels: besides that of a priority.
    """
    place = placed(wanted, sheet)
    fields: Json = {"summary": wanted.title, **{name: told for name, told in place.fields.items() if told}}
    if "description" in sheet.screen:
        given = None if sheet.cloud else marker
        fields["description"] = region.composed(text, place.lines, given, place.unset, nodes=sheet.nodes)
    if "labels" in sheet.screen:
        fields["labels"] = shape.tags(labels, place.labels)
    told = {"key": shape.PROPERTY, "value": shape.property_value(marker, place.unset)}
    sent = {"fields": {**extras, **fields}}
    return {**sent, "properties": [told]} if sheet.cloud else sent


# ---------------------------------------------------------------- changing


def edit(raw: Mapping[str, Any], wanted: Fields, sheet: Sheet, marker: Marker | None = None) -> Edit:
    """What turns an issue into one that says `wanted`, apart from its status; `marker` is refreshed where given."""
    now = shape.fields(raw, sheet.names)
    changed = {name for name in Fields.__slots__ if not shape.same(getattr(now, name), getattr(wanted, name))}
    place = placed(wanted, sheet)
    of = {"due": "duedate", "owners": "assignee", "priority": "priority"}
    fields = {of[name]: place.fields[of[name]] for name in changed & of.keys() if of[name] in place.fields}
    fields |= {"summary": wanted.title} if "title" in changed else {}
    fields |= _labels(raw, place, sheet) if "priority" in changed else {}
    fields |= _description(raw, place, sheet, marker, changed)
    told = _property(raw, place, marker, is_new="priority" in changed)
    return Edit(fields, told if told != shape.property_of(raw) else None)


def _labels(raw: Mapping[str, Any], place: Placed, sheet: Sheet) -> Json:
    """All labels of the issue with that of the priority put right, nothing where they are right already."""
    ours = {priority.casefold() for priority in sheet.names.priorities} - {label.casefold() for label in place.labels}
    there = shape.labels(raw)
    after = shape.tags([label for label in there if label.casefold() not in ours], place.labels)
    return {"labels": after} if after != there and "labels" in sheet.screen else {}


LINES = {"due": region.DUE, "owners": region.OWNER, "priority": region.PRIORITY}


def _description(
    raw: Mapping[str, Any], place: Placed, sheet: Sheet, marker: Marker | None, changed: Iterable[str]
) -> Json:
    before = raw["fields"].get("description")
    lines = region.kept(before)
    after = lines | {LINES[name]: place.lines.get(LINES[name], "") for name in changed if name in LINES}
    written = before
    if {name: words for name, words in after.items() if words} != lines:
        written = region.with_kept(before, after, nodes=sheet.nodes)
    if region.marker(written) and "description" in sheet.screen:
        written = region.with_marker(written, marker)
    return {"description": written} if written != before else {}


def _property(raw: Mapping[str, Any], place: Placed, marker: Marker | None, *, is_new: bool) -> Json:
    """Our property as it is to be; one that no issue of ours has stays away, unless there is something to note."""
    now = shape.property_of(raw)
    unset = place.unset if is_new else shape.unset(raw)
    mark = marker or shape.marker(raw)
    return shape.property_value(mark, unset) if mark or unset else dict(now)
