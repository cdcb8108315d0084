"""What a person should mend in an action item."""

from __future__ import annotations

import re

from pmtrack.documents.vocabulary import fold, phrases
from pmtrack.model import ActionItem

_TWO = re.compile(r"[.;]\s+(\w+)|\s(?:and|y|e|et|und|и)\s+(?:then\s+|also\s+)?(\w+)")


def problems(item: ActionItem, ambiguous_date: bool) -> tuple[str, ...]:
    """One short phrase each; nothing is asked of work that is closed."""
    if item.fields.status is not None and item.fields.status.closed:
        return ()
    found = []
    if not item.fields.owners:
        found.append("no owner")
    elif all(is_role(owner) for owner in item.fields.owners):
        found.append("owner is a role, not a person")
    if ambiguous_date:
        found.append("ambiguous date")
    elif item.fields.due is None and item.horizon is None:
        found.append("no due date")
    if _asks_twice(item.fields.title):
        found.append("two actions in one line")
    return tuple(found)


def is_role(owner: str) -> bool:
    """Whether an owner is a team or a part that somebody plays ("DevOps", "Tech Lead")."""
    if owner.startswith("@"):
        return False
    words = fold(owner).split()
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
