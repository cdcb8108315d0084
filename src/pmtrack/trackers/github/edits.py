"""What to send so that an issue says what is wanted, and nothing else of it changes (pure)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pmtrack.model import Fields, Marker, Status
from pmtrack.trackers.github import region, shape
from pmtrack.trackers.github.names import STATES, Names, Native

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Edit:
    """Attributes:
    patch: for `PATCH .../issues/{number}`. reopen: it has to be opened first, since GitHub takes another reason for
        being closed only from an open issue.
    values: for `POST .../issue-field-values`, which leaves other fields alone; cleared: ids of fields to be emptied.
    """

    patch: Json = field(default_factory=dict)
    reopen: bool = False
    values: tuple[Json, ...] = ()
    cleared: tuple[int, ...] = ()

    @property
    def native(self) -> bool:
        """Whether fields of the organisation take part."""
        return bool(self.values or self.cleared)

    def __bool__(self) -> bool:
        return bool(self.patch) or self.native


def creation(
    wanted: Fields, body: str, marker: Marker, names: Names, native: Native, *, further: Sequence[str] = ()
) -> Json:
    """The body of `POST .../issues`; what it cannot say (closed) is an edit afterwards.

    Args:
        further: labels that are only given, and never looked at again.
    """
    option = _option(wanted.priority, names, native)
    sent: Json = {
        "title": wanted.title,
        "body": region.composed(body, None if native.due else wanted.due, marker),
        "labels": [name for name in (names.label, *labels_needed(wanted, names, native), *further) if name],
        "assignees": list(wanted.owners),
        "issue_field_values": [*_due_value(wanted, native), *_priority_value(option, native)],
    }
    return {key: value for key, value in sent.items() if value}


def edit(raw: Mapping[str, Any], wanted: Fields, names: Names, native: Native, marker: Marker | None = None) -> Edit:
    """What turns an issue into one that says `wanted`; `marker` is refreshed where one is given."""
    native = shape.seen(raw, names, native)
    now = shape.fields(raw, names)
    changed = [name for name in Fields.__slots__ if not shape.same(getattr(now, name), getattr(wanted, name))]
    found = Edit()
    for name in changed:
        found = _merged(found, EDITS[name](raw, wanted, names, native))
    labels = _labels(raw, wanted, names, native, changed)
    body = _body(raw, wanted, native, marker, due="due" in changed)
    told = {"labels": labels, "body": body}
    return replace(found, patch={**found.patch, **{key: value for key, value in told.items() if value is not None}})


def leading(edit: Edit, raw: Mapping[str, Any], led: Callable[[str], str]) -> Edit:
    """The same edit, with the body that `led` makes of the one that it leaves."""
    before = str(edit.patch.get("body", shape.body(raw)))
    after = led(before)
    return edit if after == before else replace(edit, patch={**edit.patch, "body": after})


def labels_needed(wanted: Fields, names: Names, native: Native) -> list[str]:
    """Ours that such an issue carries, apart from the one that all carry."""
    label = names.priorities.get(wanted.priority or "") if not _option(wanted.priority, names, native) else None
    return [name for name in (label, names.in_progress if wanted.status is Status.IN_PROGRESS else None) if name]


def _merged(one: Edit, other: Edit) -> Edit:
    return Edit(
        {**one.patch, **other.patch},
        one.reopen or other.reopen,
        (*one.values, *other.values),
        (*one.cleared, *other.cleared),
    )


def _title(_raw: Mapping[str, Any], wanted: Fields, _names: Names, _native: Native) -> Edit:
    return Edit({"title": wanted.title})


def _owners(_raw: Mapping[str, Any], wanted: Fields, _names: Names, _native: Native) -> Edit:
    return Edit({"assignees": list(wanted.owners)})


def _status(raw: Mapping[str, Any], wanted: Fields, _names: Names, _native: Native) -> Edit:
    state, reason = STATES[wanted.status or Status.OPEN]
    if raw["state"] == state == "open":
        return Edit()  # its label tells the two apart
    sent: Json = {"state": state, "state_reason": reason} if reason else {"state": state}
    return Edit(sent, reopen=raw["state"] == state)


def _due(raw: Mapping[str, Any], wanted: Fields, _names: Names, native: Native) -> Edit:
    if native.due is None:
        return Edit()  # it stands in the body
    return _field(raw, native.due, _due_value(wanted, native))


def _priority(raw: Mapping[str, Any], wanted: Fields, names: Names, native: Native) -> Edit:
    if native.priority is None:
        return Edit()  # it is a label
    return _field(raw, native.priority, _priority_value(_option(wanted.priority, names, native), native))


EDITS = {"title": _title, "owners": _owners, "status": _status, "due": _due, "priority": _priority}
"""Field -> what its change sends, apart from labels and body, which several fields share."""


def _field(raw: Mapping[str, Any], ident: int, values: Sequence[Json]) -> Edit:
    has = any(value["issue_field_id"] == ident for value in raw.get("issue_field_values") or ())
    return Edit(values=tuple(values), cleared=(ident,) if has and not values else ())


def _due_value(wanted: Fields, native: Native) -> list[Json]:
    return [{"field_id": native.due, "value": wanted.due.isoformat()}] if native.due and wanted.due else []


def _priority_value(option: str | None, native: Native) -> list[Json]:
    return [{"field_id": native.priority, "value": option}] if option else []


def _option(priority: str | None, names: Names, native: Native) -> str | None:
    return names.option(priority, native.options) if priority and native.priority else None


def _labels(
    raw: Mapping[str, Any], wanted: Fields, names: Names, native: Native, changed: Sequence[str]
) -> list[str] | None:
    """All labels of the issue with ours put right, None where they are right already.

    Of a field that does not change, the labels stay as people have them.
    """
    ours = {label.casefold() for label in names.priorities.values() if "priority" in changed}
    ours |= {names.in_progress.casefold()} if "status" in changed else set()
    needed = [label for label in labels_needed(wanted, names, native) if label.casefold() in ours]
    keep = {label.casefold() for label in needed}
    there = shape.labels(raw)
    stay = [label for label in there if label.casefold() not in ours or label.casefold() in keep]
    known = {label.casefold() for label in stay}
    after = [*stay, *(label for label in needed if label.casefold() not in known)]
    return after if after != there else None


def _body(raw: Mapping[str, Any], wanted: Fields, native: Native, marker: Marker | None, *, due: bool) -> str | None:
    before = after = shape.body(raw)
    if due:
        after = region.with_due(after, None if native.due else wanted.due)
    if marker:
        after = region.with_marker(after, marker)
    return after if after != before else None
