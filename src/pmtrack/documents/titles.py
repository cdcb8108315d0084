"""Which kind of section the words of a heading name."""

from __future__ import annotations

import re
from functools import lru_cache

from pmtrack.documents.vocabulary import fold, phrases

BRACKETS = re.compile(r"[(（\[][^()（）\[\]]{0,200}[)）\]]")
_NUMBERING = re.compile(
    r"^\s*(?:(?:\d{1,2}(?:\.\d{1,2}){0,3}|[ivxIVX]{1,4}|[A-Za-z])[.):]\s+|\d{1,2}(?:\.\d{1,2}){1,3}\s+|(?:\d{1,2}|[一二三四五六七八九十]{1,3})、)"
)
_NAMES = ("strong", "weak", "measure", "idea", "other")


@lru_cache(maxsize=1024)
def named(words: str) -> tuple[str, str]:
    """Which kind of section the words name, and by which phrase; ("", "") for none."""
    bare = _NUMBERING.sub("", BRACKETS.sub(" ", words))
    name, phrase = _looked_up(fold(bare))
    return (name, phrase) if name else _looked_up(fold(words))


def _looked_up(folded: str) -> tuple[str, str]:
    count = len(folded.split())
    hits: dict[str, str] = {}
    for name in _NAMES:
        known = phrases("sections", name)
        if folded and folded in known.all:
            return name, folded
        hit = known.inside(folded)
        if hit and (len(hit.split()) * 4 >= count or len(hit.split()) > 1):
            hits[name] = hit
    return _decided(hits)


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


@lru_cache(maxsize=1)
def _all_names() -> frozenset[str]:
    return frozenset().union(*(phrases("sections", name).all for name in _NAMES)) - {""}


def names_section(words: str) -> bool:
    """Whether the words are the name of a section and nothing else."""
    return fold(_NUMBERING.sub("", BRACKETS.sub(" ", words))) in _all_names()
