"""Names at the end of the items of a list ("... - Bob", "... (Anna Weiss)"): owners where the list has the habit."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from pmtrack.documents.candidate import Candidate
from pmtrack.documents.phrase import tidy
from pmtrack.documents.vocabulary import fold, phrases

_NAME = r"[A-ZÀ-ÖØ-ÝА-Я][\w'’.-]{1,20}(?: [A-ZÀ-ÖØ-ÝА-Я][\w'’.-]{1,20}){0,2}"
_AT_END = re.compile(rf"(?:\s[-–—]\s|\s\()({_NAME}(?:(?:, | & |/){_NAME}){{0,4}})\)?\Z")
_TAIL = 120


def name_owners(found: Sequence[Candidate]) -> None:
    """Give the items of a list their owners where at least half of them, and two, have one."""
    lists: dict[tuple[int, str], list[Candidate]] = defaultdict(list)
    for one in found:
        if one.group[1] in ("list", "box"):
            lists[one.group].append(one)
    for members in lists.values():
        named = [(one, match) for one in members if not one.stated.owners and (match := _name(one.stated.title))]
        owned = len(named) + sum(bool(one.stated.owners) for one in members)
        if owned >= 2 and owned * 2 >= len(members):
            for one, match in named:
                one.stated.owners = tuple(name.strip() for name in re.split(r", | & |/", match[1]))
                one.stated.title = tidy(one.stated.title[: match.start()])


def _name(title: str) -> re.Match[str] | None:
    tail = max(len(title) - _TAIL, 1)
    match = _AT_END.search(title, tail)
    if match is None or any(word in phrases("words", "verb").all for word in fold(match[1]).split()):
        return None
    return match
