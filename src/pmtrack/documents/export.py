"""A postmortem as the JSON object that `pmtrack extract --format json` prints."""

from __future__ import annotations

from typing import Any

from pmtrack.documents.horizon import horizon_due
from pmtrack.documents.vocabulary import normal_priority
from pmtrack.model import ActionItem, DueSource, Postmortem, Status


def as_json(postmortem: Postmortem) -> dict[str, Any]:
    """One object a document; dates as YYYY-MM-DD, `owner` as one string or null."""
    incident = postmortem.incident_date
    return {
        "path": postmortem.path,
        "title": postmortem.title,
        "incident_date": incident.isoformat() if incident else None,
        "is_template": postmortem.is_template,
        "items": [_item(item, postmortem) for item in postmortem.items],
    }


def _item(item: ActionItem, postmortem: Postmortem) -> dict[str, Any]:
    stated = item.fields
    base = postmortem.written or postmortem.incident_date
    counted = horizon_due(item.horizon, base) if item.horizon and base else None
    due = stated.due or counted
    source = DueSource.EXPLICIT if stated.due else DueSource.HORIZON if counted else None
    return {
        "line": item.line,
        "text": stated.title,
        "status": (stated.status or Status.OPEN).value,
        "owner": ", ".join(stated.owners) or None,
        "due": due.isoformat() if due else None,
        "due_source": source.value if source else None,
        "horizon": item.horizon,
        "priority": normal_priority(stated.priority) if stated.priority else None,
        "priority_text": stated.priority,
        "ticket": item.ticket,
        "confidence": item.confidence,
        "problems": list(item.problems),
    }
