"""The bookmark of "changed since", as compact JSON (pure)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta

VERSION = 1
OVERLAP = timedelta(minutes=15)
"""GitHub's list was seen to lag for 8 minutes, and its times have whole seconds."""

ROLL = 50
"""Entries; with so many in one answer the moment is moved on, so that the next answers are short again."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Attributes:
    repository: its numeric id. configured: what the configuration called it; name: what it was called last.
    since: the moment in the request, "" for the beginning (`2026-12-01T10:00:00Z`).
    etag: of the answer to that request, where it had one page, else "". high: the highest number seen.
    """

    repository: int
    configured: str
    name: str
    since: str = ""
    etag: str = ""
    high: int = 0

    def __str__(self) -> str:
        return json.dumps({"v": VERSION, **asdict(self)}, separators=(",", ":"))

    def moved(self, updated: Sequence[datetime]) -> Cursor:
        """The same from shortly before the newest of these, never backwards; the ETag belongs to the old moment."""
        since = (max(updated) - OVERLAP).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if updated else ""
        return replace(self, since=since, etag="") if since > self.since else self


def parse(text: str) -> Cursor | None:
    """The cursor that a text is, None where it is none of ours: then everything is read anew."""
    try:
        said = json.loads(text)
        if said.pop("v") != VERSION:
            return None
        cursor = Cursor(**said)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    numbers = isinstance(cursor.repository, int) and isinstance(cursor.high, int)
    words = (cursor.configured, cursor.name, cursor.since, cursor.etag)
    return cursor if numbers and all(isinstance(word, str) for word in words) else None
