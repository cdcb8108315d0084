"""Who changed what of an issue, from GitHub's list of its events (pure).

The JSON is that of `GET /repos/{owner}/{repo}/issues/{number}/events`, oldest first. What stands in the body leaves no
event, so a due date there is "not known".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pmtrack.model import Who
from pmtrack.trackers.github.names import Names

FIELD: Mapping[str, str] = {
    "closed": "status",
    "reopened": "status",
    "assigned": "owners",
    "unassigned": "owners",
    "renamed": "title",
}
"""Event -> field; that of a label depends on the label."""


def told(events: Iterable[Mapping[str, Any]], page: str, names: Names) -> dict[str, Who]:
    """By the name of each field, who gave it the value that it has now.

    Args:
        page: the address of the issue for people.
    """
    found = {}
    for event in events:
        field = FIELD.get(str(event.get("event"))) or _by_label(event, names)
        actor = (event.get("actor") or {}).get("login")
        if field and actor:
            found[field] = Who(str(actor), f"{page}#event-{event.get('id')}")
    return found


def _by_label(event: Mapping[str, Any], names: Names) -> str | None:
    label = str((event.get("label") or {}).get("name", "")).casefold()
    if event.get("event") not in ("labeled", "unlabeled") or not label:
        return None
    if label == names.in_progress.casefold():
        return "status"
    return "priority" if label in {name.casefold() for name in names.priorities.values()} else None
