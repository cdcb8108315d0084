"""Who changed what of an issue, from Jira's history of it (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pmtrack.model import Who
from pmtrack.trackers.jira import shape
from pmtrack.trackers.jira.names import Names

FIELD: Mapping[str, str] = {
    "status": "status",
    "resolution": "status",
    "assignee": "owners",
    "summary": "title",
    "priority": "priority",
    "duedate": "due",
}
"""What the history calls a field -> ours; labels depend on the label."""


def told(histories: Iterable[Mapping[str, Any]], page: str, names: Names) -> dict[str, Who]:
    """By the name of each field, who gave it the value that it has now.

    Args:
        histories: oldest first. page: the address of the issue for people.
    """
    found = {}
    for history in histories:
        actor = shape.account(history.get("author"))
        for item in history.get("items") or ():
            name = FIELD.get(str(item.get("field"))) or _by_label(item, names)
            if name and actor:
                found[name] = Who(actor, f"{page}#changehistory-{history.get('id')}")
    return found


def _by_label(item: Mapping[str, Any], names: Names) -> str | None:
    if item.get("field") != "labels":
        return None
    before, after = (set(str(item.get(side) or "").casefold().split()) for side in ("fromString", "toString"))
    return "priority" if (before ^ after) & {name.casefold() for name in names.priorities} else None
