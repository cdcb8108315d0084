"""The words of vocabulary.toml, looked up. Which there are is data; here is how to compare."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from pmtrack.model import Status

_ACCENTS = re.compile(r"[\u0300-\u036f]")
_APART = re.compile(r"[\W_]+")
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_PRIORITY_CODE = re.compile(r"(?<!\w)(?:p|sev[ -]?|s)([0-5])(?!\w)", re.IGNORECASE)


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """The form in which words are compared: no case, accents, punctuation or emoji; single spaces."""
    bare = _ACCENTS.sub("", unicodedata.normalize("NFD", text.casefold()))
    return _APART.sub(" ", unicodedata.normalize("NFKC", bare)).strip()


class Phrases:
    """A set of phrases that can be looked for in a text, in time proportional to its length."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self.all = frozenset(map(fold, phrases))
        known = sorted(self.all - {""}, key=lambda phrase: (-len(phrase), phrase))
        self._unspaced = tuple(phrase for phrase in known if _UNSPACED.search(phrase))
        self._most_words = max((phrase.count(" ") + 1 for phrase in known), default=0)

    def __contains__(self, text: str) -> bool:
        return fold(text) in self.all

    def inside(self, text: str) -> str | None:
        """The longest phrase that stands in the text as whole words."""
        folded = fold(text)
        words = folded.split()
        runs = (
            " ".join(words[at : at + n]) for n in range(1, self._most_words + 1) for at in range(len(words) - n + 1)
        )
        found = [run for run in runs if run in self.all]
        if _UNSPACED.search(folded):
            found += [phrase for phrase in self._unspaced if phrase in folded]
        return max(found, key=len, default=None)

    def leading(self, text: str) -> str | None:
        """The longest phrase that the text starts with."""
        folded = fold(text)
        words = folded.split(" ", self._most_words)
        found = [run for n in range(1, self._most_words + 1) if (run := " ".join(words[:n])) in self.all]
        if _UNSPACED.match(folded):
            found += [phrase for phrase in self._unspaced if folded.startswith(phrase)]
        return max(filter(None, found), key=len, default=None)


@lru_cache(maxsize=1)
def _data() -> Mapping[str, Any]:
    return tomllib.loads(files(__package__).joinpath("vocabulary.toml").read_text(encoding="utf-8"))


def table(name: str) -> Mapping[str, Any]:
    """One table of the file as it stands there."""
    found: Mapping[str, Any] = _data()[name]
    return found


def _flat(value: Any) -> list[str]:
    return [str(p) for part in value.values() for p in part] if isinstance(value, dict) else list(value)


@cache
def phrases(name: str, part: str = "") -> Phrases:
    """The phrases of all languages of a table, or of one of its parts."""
    value = table(name)
    return Phrases(_flat(value[part] if part else value))


@lru_cache(maxsize=1)
def same() -> Mapping[str, str]:
    """Abbreviations, and what they stand for."""
    return {fold(short): fold(long) for short, long in _data()["words"]["same"].items()}


@lru_cache(maxsize=2048)
def column(heading: str) -> str | None:
    """What a table's column holds, by its heading: the name of a part of `columns` (action, owner, due, ...)."""
    folded = fold(heading)
    for role in table("columns"):
        if folded in phrases("columns", role).all:
            return str(role)
    found = [(len(hit), str(role)) for role in table("columns") if (hit := phrases("columns", role).inside(folded))]
    return max(found)[1] if found and len(folded.split()) <= 4 else None


@lru_cache(maxsize=4096)
def status_of(words: str) -> Status | None:
    """The status that these words state, where they state nothing but a status (and remarks after it)."""
    marked = status_mark(words.strip())
    folded = fold(words)
    if not folded:
        return marked
    found = [
        (len(hit), Status(name))
        for name in ("open", "in_progress", "done", "cancelled")
        if (hit := phrases("status", name).leading(folded))
    ]
    return max(found, key=lambda pair: pair[0])[1] if found else marked


@lru_cache(maxsize=4096)
def exact_status(words: str) -> Status | None:
    """The status that these words are the name of."""
    folded = fold(words)
    for name in ("open", "in_progress", "done", "cancelled"):
        if folded and folded in phrases("status", name).all:
            return Status(name)
    return None if folded else status_mark(words.strip())


def status_mark(words: str) -> Status | None:
    """The status of an emoji that the text starts with."""
    for name, marks in table("status_marks").items():
        if words.startswith(tuple(marks)):
            return Status(name)
    return None


@lru_cache(maxsize=2048)
def normal_priority(words: str) -> str | None:
    """What people write ("P1", "High", "Sev2", "Hoch", "🔺") as P0 to P4, or None where it is no priority."""
    code = _PRIORITY_CODE.search(words)
    if code:
        return f"P{min(int(code.group(1)), 4)}"
    folded = fold(words)
    for level, marks in table("priority_marks").items():
        if not folded and words.strip().startswith(tuple(marks)):
            return str(level)
    found = [
        (len(hit), str(level)) for level in table("priority") if (hit := phrases("priority", level).leading(folded))
    ]
    return max(found)[1] if found else None


@lru_cache(maxsize=2048)
def is_priority(words: str) -> bool:
    """Whether the words are the name of a priority and nothing else."""
    folded = fold(words)
    return any(folded in phrases("priority", level).all for level in table("priority")) and bool(folded)


def is_empty(words: str) -> bool:
    """Whether a cell or a bullet says that there is nothing."""
    return words in phrases("words", "empty")
