"""Of everything that may be an action item: the richest list wins, and the same work is one item."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache

from pmtrack.documents.candidate import Candidate, Rank
from pmtrack.documents.placeholder import is_placeholder
from pmtrack.documents.sections import Kind
from pmtrack.documents.vocabulary import fold, phrases, same
from pmtrack.text import normal

CONFIDENCE = {
    Rank.PROMISE: 0.5,
    Rank.MEASURE: 0.7,
    Rank.LOOSE_BOX: 0.6,
    Rank.PROSE: 0.6,
    Rank.LIST: 0.9,
    Rank.HEADING: 0.85,
    Rank.BOX: 0.95,
    Rank.TABLE: 0.9,
    Rank.FULL_TABLE: 1.0,
}
SUGGESTION = 0.3
_EXPLICIT = Rank.PROSE
_ALIKE = 0.8
_ENDINGS = ("ations", "ation", "ings", "ing", "ies", "ers", "er", "ed", "es", "s", "e", "y")
_MANY = 400
_PLACES = 2
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_BRACKETS = re.compile(r"[(（][^()（）]{0,200}[)）]")


def choose(found: Iterable[Candidate]) -> list[tuple[Candidate, float]]:
    """The action items with their confidence, in the order of the document."""
    real = _without_restoring(_without_sign_off([one for one in found if _is_real(one)]))
    explicit = any(one.rank >= _EXPLICIT and one.scope.kind is not Kind.IDEA for one in real)
    if explicit or any(one.rank is Rank.MEASURE for one in real):
        real = [one for one in real if one.rank is not Rank.LOOSE_BOX]
    kept = _once(real)
    beside = {one.scope.origin for one in kept if one.rank >= _EXPLICIT and one.scope.kind is Kind.MEASURE}
    rated = [(one, _confidence(one, explicit and one.scope.origin not in beside)) for one in kept]
    return sorted(rated, key=lambda pair: pair[0].start)


def _is_real(one: Candidate) -> bool:
    return bool(one.stated.title) and not one.stated.hollow and not is_placeholder(one.stated.title)


def _confidence(one: Candidate, explicit: bool) -> float:
    if one.scope.kind is Kind.IDEA or (one.rank is Rank.MEASURE and explicit):
        return SUGGESTION
    return CONFIDENCE[one.rank]


def _without_sign_off(found: Sequence[Candidate]) -> list[Candidate]:
    """A list of boxes that mostly speaks of the document itself is its sign-off."""
    lists: dict[tuple[int, str], list[Candidate]] = defaultdict(list)
    for one in found:
        lists[one.group].append(one)
    signed = {
        group
        for group, members in lists.items()
        if group[1] == "box" and sum(map(_about_document, members)) * 2 > len(members)
    }
    return [one for one in found if one.group not in signed]


def _without_restoring(found: Sequence[Candidate]) -> list[Candidate]:
    """What was done on the spot, and is only reported beside a list of work, restored the service."""
    spots: dict[str, list[Candidate]] = defaultdict(list)
    for one in found:
        if one.scope.works and phrases("words", "immediate").inside(one.scope.title):
            spots[one.scope.title].append(one)
    done = {title for title, members in spots.items() if all(map(_only_reports, members))}
    rest = [one for one in found if one.scope.title not in done]
    return rest if any(one.rank >= _EXPLICIT for one in rest) else list(found)


def _only_reports(one: Candidate) -> bool:
    stated = one.stated
    return stated.reported and not (stated.owners or stated.due or stated.ticket)


def _about_document(one: Candidate) -> bool:
    return bool(phrases("words", "about_document").inside(one.stated.title))


def _once(found: Sequence[Candidate]) -> list[Candidate]:
    """Without what a richer place says already; within one list everything stays."""
    if len({one.group for one in found}) < _PLACES:
        return list(found)
    ordered = sorted(found, key=lambda one: (-one.rank, one.start))
    if len(ordered) > _MANY:
        return _exactly_once(ordered)
    kept: list[Candidate] = []
    for one in ordered:
        twin = next((other for other in kept if other.group != one.group and _same_work(one, other)), None)
        if twin is None:
            kept.append(one)
        elif _contradict(one, twin):
            twin.stated.contradicted = True
    return kept


def _contradict(one: Candidate, other: Candidate) -> bool:
    """Whether one place says that the work is done or dropped, and another that it is not."""
    said = [each.stated.status or each.scope.status for each in (one, other)]
    return None not in said and said[0] != said[1] and any(status is not None and status.closed for status in said)


def _exactly_once(ordered: Sequence[Candidate]) -> list[Candidate]:
    seen: dict[str, tuple[int, str]] = {}
    return [one for one in ordered if seen.setdefault(_normal(one.stated.title), one.group) == one.group]


_normal = lru_cache(maxsize=2048)(normal)


def _same_work(one: Candidate, other: Candidate) -> bool:
    if one.stated.ident and one.stated.ident == other.stated.ident:
        return True
    if _normal(one.stated.title) == _normal(other.stated.title):
        return True
    return alike(one.stated.title, other.stated.title)


def alike(one: str, other: str) -> bool:
    """Whether two titles ask for the same work: nearly all telling words of the shorter stand in the longer."""
    a, b = _telling(one), _telling(other)
    if min(len(a), len(b)) < 2:
        return False
    return len(a & b) >= _ALIKE * min(len(a), len(b)) and not any(map(str.isdigit, a ^ b))


@lru_cache(maxsize=4096)
def _telling(title: str) -> frozenset[str]:
    folded = fold(_BRACKETS.sub(" ", title))
    if _WIDE.search(folded):
        squeezed = folded.replace(" ", "")
        return frozenset(squeezed[at : at + 2] for at in range(len(squeezed) - 1))
    words = (same().get(word, word) for word in folded.split())
    return frozenset(_stem(word) for word in words if word not in phrases("words", "common").all)


def _stem(word: str) -> str:
    if word.isdigit() or not word.isascii():
        return word
    if not word.endswith(_ENDINGS):
        return word
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word
