"""The history of an item, or of all, in the forms that it is shown in (pure)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence

from pmtrack.model import Event
from pmtrack.text import csv_cell, plain

COLUMNS: Mapping[str, Callable[[Event], str | None]] = {
    "at": lambda event: event.at.isoformat(timespec="seconds"),
    "item": lambda event: event.ident,
    "event": lambda event: event.kind,
    "field": lambda event: event.name or None,
    "before": lambda event: event.before,
    "after": lambda event: event.after,
    "lost": lambda event: event.loser,
    "side": lambda event: event.side,
    "who": lambda event: event.actor or "not known",
    "evidence": lambda event: event.evidence,
    "run": lambda event: event.run or None,
}


def history(events: Sequence[Event], form: str) -> str:
    """The events in one of the forms "table", "json" or "csv"."""
    return {"table": _table, "json": _json, "csv": _csv}[form](events)


def _table(events: Sequence[Event]) -> str:
    return "".join(f"{' '.join(plain(_line(event)).split())}\n" for event in events)


def _line(event: Event) -> str:
    change = f" {event.name}: {event.before or 'none'} -> {event.after or 'none'}" if event.name else ""
    key = f" {event.after}" if event.after and not event.name else ""
    key = f" no longer ({event.before})" if event.before and not event.after and not event.name else key
    lost = f" (lost: {event.loser})" if event.loser else ""
    why = f" ({event.evidence})" if event.evidence else ""
    by = f" by {event.actor or 'not known'}" + (f", {event.side}" if event.side else "")
    return f"{event.at:%Y-%m-%d %H:%M} {event.ident} {event.kind}{change}{key}{lost}{why}{by}"


def _json(events: Sequence[Event]) -> str:
    rows = [{name: get(event) for name, get in COLUMNS.items()} for event in events]
    return json.dumps({"schema": 1, "events": rows}, ensure_ascii=False, indent=2) + "\n"


def _csv(events: Sequence[Event]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([csv_cell(plain(get(event) or "")) for get in COLUMNS.values()] for event in events)
    return out.getvalue()
