"""What a person should mend in an action item."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from pmtrack.documents.horizon import horizon_due
from pmtrack.documents.vocabulary import fold, phrases
from pmtrack.model import Fields

NO_OWNER = "no owner"
ROLE_OWNER = "owner is a role, not a person"
NO_DUE_DATE = "no due date"
AMBIGUOUS_DATE = "ambiguous date"
TWO_ACTIONS = "two actions in one line"
CONTRADICTED = "another place says another status"

_BRACKETS = re.compile(r"[(\[][^()\[\]]{0,100}[)\]]")
_TWO = re.compile(
    r"(?:[.;]\s+|(?<=\w\s)(?<!\A)\w+,?\s+and\s+(?:then\s+|also\s+)?(?=\w+\s+(?:an?|the|our|it|them|all|every|each)\b))(\w+)"
)
_JOINED = (". ", "; ", " and ", ".\n")
_ANY_DAY = date(2026, 1, 1)


def problems(stated: Fields, horizon: str | None, *, ambiguous_date: bool, contradicted: bool) -> tuple[str, ...]:
    """One short phrase each; nothing but a contradiction is asked of work that is closed."""
    found = [CONTRADICTED] if contradicted else []
    if stated.status is not None and stated.status.closed:
        return tuple(found)
    if not stated.owners:
        found.append(NO_OWNER)
    elif all(is_role(owner) for owner in stated.owners):
        found.append(ROLE_OWNER)
    if ambiguous_date:
        found.append(AMBIGUOUS_DATE)
    elif stated.due is None and not _names_a_day(horizon):
        found.append(NO_DUE_DATE)
    if _asks_twice(stated.title):
        found.append(TWO_ACTIONS)
    return tuple(found)


@lru_cache(maxsize=1024)
def _names_a_day(horizon: str | None) -> bool:
    return horizon is not None and horizon_due(horizon, _ANY_DAY) is not None


def is_role(owner: str) -> bool:
    """Whether an owner is a team or a part that somebody plays ("DevOps", "Tech Lead")."""
    if owner.startswith("@"):
        return False
    words = fold(_BRACKETS.sub(" ", owner)).split()
    return bool(words) and (
        words[-1] in phrases("words", "role").all
        or words[0] in phrases("words", "team").all
        or all(word in phrases("words", "role").all for word in words)
    )


def _asks_twice(title: str) -> bool:
    """Two requests in one: verbs that ask for work, in two sentences or joined, each with what it asks for."""
    verbs = phrases("words", "verb").all
    words = fold(title).split()
    if not words or words[0] not in verbs:
        return False
    if not any(sign in title for sign in _JOINED):
        return False
    found = next((match for match in _TWO.finditer(title) if match[1].casefold() in verbs), None)
    return found is not None and " to " not in title[: found.start()]  # what is done to an end is one action
