"""What a person should mend in an action item."""

from __future__ import annotations

import re
from datetime import date

from pmtrack.documents.horizon import horizon_due
from pmtrack.documents.vocabulary import fold, phrases
from pmtrack.model import Fields

_BRACKETS = re.compile(r"[(\[][^()\[\]]{0,100}[)\]]")
_TWO = re.compile(r"[.;]\s+(\w+)|\s(?:and|y|e|et|und|и)\s+(?:then\s+|also\s+)?(\w+)")
_ANY_DAY = date(2026, 1, 1)


def problems(stated: Fields, horizon: str | None, ambiguous_date: bool) -> tuple[str, ...]:
    """One short phrase each; nothing is asked of work that is closed."""
    if stated.status is not None and stated.status.closed:
        return ()
    found = []
    if not stated.owners:
        found.append("no owner")
    elif all(is_role(owner) for owner in stated.owners):
        found.append("owner is a role, not a person")
    if ambiguous_date:
        found.append("ambiguous date")
    elif stated.due is None and not _names_a_day(horizon):
        found.append("no due date")
    if _asks_twice(stated.title):
        found.append("two actions in one line")
    return tuple(found)


def _names_a_day(horizon: str | None) -> bool:
    return horizon is not None and horizon_due(horizon, _ANY_DAY) is not None


def is_role(owner: str) -> bool:
    """Whether an owner is a team or a part that somebody plays ("DevOps", "Tech Lead")."""
    if owner.startswith("@"):
        return False
    words = fold(_BRACKETS.sub(" ", owner)).split()
    return bool(words) and (
        words[-1] in phrases("words", "role").all or all(word in phrases("words", "role").all for word in words)
    )


def _asks_twice(title: str) -> bool:
    """Two verbs that ask for work, joined."""
    verbs = phrases("words", "verb").all
    words = fold(title).split()
    if not words or words[0] not in verbs:
        return False
    return any(
        (match[1] or match[2] or "").casefold() in verbs and title[match.start()] in ".;"
        for match in _TWO.finditer(title)
    )
