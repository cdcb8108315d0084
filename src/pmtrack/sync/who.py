"""Who did it: asked of a tracker that can tell, and only where somebody changed a field there."""

from __future__ import annotations

from collections.abc import Mapping

from pmtrack.model import Who
from pmtrack.sync.merge import Merged
from pmtrack.text import one_line
from pmtrack.trackers.base import TellsWho, Tracker

ASKED = frozenset({"status", "owners", "priority", "due"})
"""The fields that people ask about: a title is reworded by anybody."""

WORTH = frozenset({"status", "owners"})
"""Those of which one has to have changed, since asking costs a request; the others are then told in the same answer."""

LIMIT = 200
"""Characters of a name or of a piece of evidence."""


def who_changed(merged: Merged | None, tracker: Tracker) -> Mapping[str, Who]:
    """By the name of each field that the tracker's side changed, as far as the tracker can tell; else empty.

    Raises:
        TrackerError: it can tell, and did not now.
    """
    ref = merged.link.ref if merged else None
    if merged is None or ref is None or not isinstance(tracker, TellsWho):
        return {}
    names = {change.name for change in merged.pull} | {conflict.name for conflict in merged.conflicts}
    asked = sorted(names & ASKED) if names & WORTH else []
    return {name: plainly(who) for name, who in tracker.who(ref, asked).items() if name in asked} if asked else {}


def plainly(who: Who) -> Who:
    """A name and its evidence are somebody else's words: on one line, without control characters."""
    return Who(*(one_line(words, LIMIT) or None if words else None for words in (who.actor, who.evidence)))
