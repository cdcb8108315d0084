"""The bookmark of "changed since", as compact JSON (pure)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta

VERSION = 1
OVERLAP = timedelta(minutes=15)
"""Search lags behind by "a few seconds to minutes", and two clocks may differ."""

ROLL = 50
"""Entries; so many are not read again and again, once search has certainly caught up with them."""

FORM = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True)
class Cursor:
    """Attributes:
    url, project: what the configuration called them. project_id: the project's number; key: what it is called now.
    cloud: Cloud, or else Data Center. me: the account that we write as.
    since: the moment to ask from, "" for the beginning. high: the highest number of an issue seen.
    """

    url: str
    project: str
    project_id: str
    key: str
    cloud: bool
    me: str
    since: str = ""
    high: int = 0

    def __str__(self) -> str:
        return json.dumps({"v": VERSION, **asdict(self)}, separators=(",", ":"))

    def moved(self, updated: Sequence[datetime], now: datetime) -> Cursor:
        """The same from shortly before the newest of these, never backwards.

        After a long answer that lies behind the overlap, everything in it is certain, and so the moment moves past it:
        the next answer is short again. That happens once, and then the bookmark stands.
        """
        if not updated:
            return self
        since = max(updated) - OVERLAP
        if len(updated) >= ROLL and max(updated) < now - OVERLAP:
            since = now - OVERLAP
        told = since.astimezone(UTC).strftime(FORM)
        return replace(self, since=told) if told > self.since else self

    def minutes(self, now: datetime) -> int | None:
        """How long ago that moment is, rounded up; None for the beginning."""
        if not self.since:
            return None
        began = datetime.strptime(self.since, FORM).replace(tzinfo=UTC)
        return max(1, -(-int((now - began).total_seconds()) // 60))


def parse(text: str) -> Cursor | None:
    """The cursor that a text is, None where it is none of ours: then everything is read anew."""
    try:
        said = json.loads(text)
        if said.pop("v") != VERSION:
            return None
        cursor = Cursor(**said)
        if cursor.since:
            datetime.strptime(cursor.since, FORM).replace(tzinfo=UTC)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    words = (cursor.url, cursor.project, cursor.project_id, cursor.key, cursor.me)
    is_sound = isinstance(cursor.high, int) and isinstance(cursor.cloud, bool)
    return cursor if is_sound and all(isinstance(word, str) for word in words) else None
