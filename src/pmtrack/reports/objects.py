"""A report as JSON: `"schema": 1`, within which there are only additions (pure)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from pmtrack.reports.values import Group, InTime, Report, ReportRow, Totals, Week


def as_json(report: Report) -> str:
    """DESIGN: `{"schema", "as_of", "totals", "items", "last_read"}`."""
    return _dumped({**_head(report), "items": [_item(row) for row in report.rows], "last_read": _last_read(report)})


def numbers_as_json(report: Report, more: Mapping[str, Any] | None = None) -> str:
    """The numbers without the items: `{"schema", "as_of", "totals", "groups", "trend", "last_read"}`.

    Args:
        more: what else is told of them, by its key.
    """
    groups = {kind: [_group(group) for group in found] for kind, found in report.groups.items()}
    trend = [_week(week) for week in report.trend]
    return _dumped({**_head(report), "groups": groups, "trend": trend, **(more or {}), "last_read": _last_read(report)})


def _dumped(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _head(report: Report) -> dict[str, Any]:
    return {"schema": 1, "as_of": report.as_of.isoformat(), "totals": _totals(report.totals)}


def _totals(totals: Totals) -> dict[str, Any]:
    since = totals.overdue_since.isoformat() if totals.overdue_since else None
    in_time = {name: _in_time(found) for name, found in totals.in_time.items()}
    return {**asdict(totals), "overdue_since": since, "in_time": in_time}


def _in_time(found: InTime) -> dict[str, Any]:
    return {"met": found.met, "missed": found.missed, "share": found.share}


def _group(group: Group) -> dict[str, Any]:
    return {"name": group.name, "title": group.title, "totals": _totals(group.totals)}


def _week(week: Week) -> dict[str, Any]:
    return {**asdict(week), "ends": week.ends.isoformat(), "completion": week.completion}


def _last_read(report: Report) -> dict[str, Any]:
    return {
        pulse.name: {"at": pulse.last_success.isoformat() if pulse.last_success else None, "error": pulse.error}
        for pulse in report.pulses
    }


def _item(row: ReportRow) -> dict[str, Any]:
    ticket = row.ticket
    dates = {
        name: day.isoformat() if day else None
        for name in ("overdue_since", "first_seen", "closed_on", "first_due")
        for day in [getattr(row, name)]
    }
    return {
        "id": row.id,
        "source": row.source,
        "postmortem": row.postmortem,
        "line": row.line,
        "text": row.text,
        "status": row.status,
        "owner": ", ".join(row.owners) or None,
        "priority": row.priority,
        "due": row.due.isoformat() if row.due else None,
        "due_source": row.due_source,
        "overdue_days": row.overdue_days,
        "ticket": {"tracker": ticket.tracker, "key": ticket.key, "url": ticket.url} if ticket else None,
        "state": row.state,
        "error": row.error,
        "notes": list(row.notes),
        "problems": list(row.problems),
        **dates,
        "teams": list(row.teams),
        "slips": row.slips,
        "slip_days": row.slip_days,
    }
