"""Which kind of section the words of a heading name."""

from __future__ import annotations

import re
from functools import lru_cache

from pmtrack.documents.vocabulary import Lexicon, exact_status, fold, is_priority, normal_priority, phrases, table

BRACKETS = re.compile(r"[(（\[][^()（）\[\]]{0,200}[)）\]]")
_NUMBERING = re.compile(
    r"^\s*(?:(?:\d{1,2}(?:\.\d{1,2}){0,3}|[ivxIVX]{1,4}|[A-Za-z])[.):]\s+|\d{1,2}(?:\.\d{1,2}){1,3}\s+|(?:\d{1,2}|[一二三四五六七八九十]{1,3})、)"
)
_OPENINGS = frozenset("(（[")
_AND = re.compile(r"\s*[&+/,]\s*|\s(?:and|y|e|et|und|en|и)\s")
_JOINTS = frozenset("&+/,")
_JOINS = frozenset(("and", "y", "e", "et", "und", "en", "и"))
_NAMES = ("strong", "weak", "measure", "idea", "other")


@lru_cache(maxsize=1024)
def named(words: str) -> tuple[str, str]:
    """Which kind of section the words name, and by which phrase; ("", "") for none."""
    folded = fold(words)
    bare = folded if _is_bare(words) else _bare(words)
    name, phrase = _joined(words) or _looked_up(bare)
    return (name, phrase) if name or bare == folded else _looked_up(folded)


def _is_bare(words: str) -> bool:
    """Whether there is certainly neither a number before the words nor a bracket in them."""
    return words[:5].isalpha() and _OPENINGS.isdisjoint(words)


def unnumbered(words: str) -> str:
    """The words of a heading without its number."""
    number = None if words[:5].isalpha() else _NUMBERING.match(words)
    return words[number.end() :] if number else words


@lru_cache(maxsize=1024)
def _bare(words: str) -> str:
    """The words folded, without their number and what stands in brackets."""
    return fold(unnumbered(words if _OPENINGS.isdisjoint(words) else BRACKETS.sub(" ", words)))


def _joined(words: str) -> tuple[str, str] | None:
    """Of two names in one heading ("Lessons & actions") the one of work, but for what happened at which time."""
    if _JOINTS.isdisjoint(words) and _JOINS.isdisjoint(fold(words).split(" ")):
        return None
    split = _AND.split(words)
    if len(split) < 2:
        return None
    parts = [_bare(part) for part in split]
    if any(phrases("words", "log").inside(part) for part in parts):
        return None
    known = _sections().names
    named = [(known[part][0], part) for part in parts if part in known]
    return next((pair for pair in named if pair[0] in ("strong", "weak", "measure")), None)


def _looked_up(folded: str) -> tuple[str, str]:
    known = _sections()
    if folded in known.names:
        return known.names[folded][0], folded
    count = folded.count(" ") + 1
    hits = {
        name: hit
        for name, hit in known.inside(folded).items()
        if (words := hit.count(" ") + 1) * 4 >= count or words > 1
    }
    return _decided(hits)


@lru_cache(maxsize=1)
def _sections() -> Lexicon:
    return Lexicon({name: table("sections")[name] for name in _NAMES})


def _decided(hits: dict[str, str]) -> tuple[str, str]:
    """Explicit work wins; what happened wins over vague work; else the longer words win."""
    if "idea" in hits:
        return "idea", hits["idea"]
    if "strong" in hits and hits["strong"] not in hits.get("other", ""):
        return "strong", hits["strong"]
    if "other" in hits and len(hits["other"]) >= len(hits.get("measure", "")):
        return "other", hits["other"]
    for name in ("measure", "other", "strong", "weak"):
        if name in hits:
            return name, hits[name]
    return "", ""


@lru_cache(maxsize=1024)
def groups_work(words: str) -> bool:
    """Whether the words over a list are a priority or a status ("High priority", "Done")."""
    folded = fold(words)
    of_priority = phrases("words", "priority_heading").inside(folded) is not None or is_priority(words)
    return (of_priority and normal_priority(words) is not None) or exact_status(words) is not None


def names_section(words: str) -> bool:
    """Whether the words are the name of a section and nothing else."""
    return (fold(words) if _is_bare(words) else _bare(words)) in _sections().names
