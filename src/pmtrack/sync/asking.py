"""What an item asks of its tracker, and what has to be remembered before it is asked (pure)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from pmtrack.model import Draft, DueSource, Fields, Intention, Issue, Link, Marker
from pmtrack.sync.merge import reported
from pmtrack.sync.world import Tracked
from pmtrack.text import digest


def intended(tracked: Tracked) -> Link:
    """The link of an item whose issue is wanted and not yet known to exist."""
    return Link(
        ident=tracked.ident,
        tracker=tracked.tracker,
        ref=None,
        document=tracked.stated.raw,
        issue=tracked.wanted,
        agreed=reported(tracked.wanted, tracked.stated.raw),
        due_source=tracked.wanted_source,
    )


def created(tracked: Tracked, issue: Issue) -> Link:
    """The link of an item whose issue was just made."""
    agreed = reported(issue.fields, tracked.stated.raw)
    return replace(intended(tracked), ref=issue.ref, issue=issue.fields, agreed=agreed)


def draft(tracked: Tracked) -> Draft:
    """The issue that an item asks for."""
    known = tracked.known
    return Draft(
        marker=_marker(tracked),
        fields=tracked.wanted,
        words=known.item.fields.title,
        postmortem=tracked.document.title,
        source=known.source,
        line=known.item.line,
        notes=tuple(_notes(tracked)),
        link=tracked.address,
        labels=tracked.labels,
        components=tracked.components,
    )


def _notes(tracked: Tracked) -> list[str]:
    owners = tracked.stated.raw.owners
    notes = {
        "Owner as written": ", ".join(owners) if owners != tracked.wanted.owners else "",
        "Due as written": tracked.known.item.horizon or "",
        "Due date": "by the team's policy" if tracked.wanted_source is DueSource.POLICY else "",
    }
    return [f"{name}: {words}" for name, words in notes.items() if words]


def intention(tracked: Tracked, tracker: str, high_mark: str, sent: Fields, at: datetime) -> Intention:
    """What is about to be sent, so that it is found again where no answer comes."""
    return Intention(
        ident=tracked.ident,
        tracker=tracker,
        marker=_marker(tracked),
        document=tracked.stated.raw,
        sent=sent,
        sent_at=at,
        high_mark=high_mark,
        tries=tracked.intention.tries + 1 if tracked.intention else 1,
    )


def _marker(tracked: Tracked) -> Marker:
    known = tracked.known
    return Marker(known.ident, known.path, digest(known.item.fields.title))
