"""The words of vocabulary.toml, looked up. Which there are is data; here is how to compare."""

from __future__ import annotations

import hashlib
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from pmtrack.model import Status

_ACCENTS = re.compile(r"[\u0300-\u036f]")
_APART = re.compile(r"[\W_]+")
_MOST_LETTERS = 20_000
_ASCII = {code: chr(code).lower() if chr(code).isalnum() else " " for code in range(128)}
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_MOST_WORDS = 12
_FEW_WORDS = 4
_CLOSED = frozenset(("done", "cancelled"))
_OF_ACTIONS = frozenset({"owner", "due", "priority", "status", "kind"})
_PRIORITY_CODE = re.compile(r"(?<!\w)(?:p|sev[ -]?|s|(?:priority|severity)::)([0-5])(?!\w)", re.IGNORECASE)


class _Letters(dict[int, str]):
    """Each character as it is compared, looked up in the tables of Unicode when it is first met."""

    def __missing__(self, code: int) -> str:
        folded = _folded(chr(code))
        if len(self) < _MOST_LETTERS:
            self[code] = folded
        return folded


def _folded(text: str) -> str:
    bare = _ACCENTS.sub("", unicodedata.normalize("NFD", text.casefold()))
    return _APART.sub(" ", unicodedata.normalize("NFKC", bare).casefold())


_LETTERS = _Letters()


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """The form in which words are compared: no case, accents, punctuation or emoji; single spaces."""
    if text.isascii():
        return " ".join(text.translate(_ASCII).split())
    whole = unicodedata.is_normalized("NFC", text)  # else letters may have to be put together first
    return " ".join((text.translate(_LETTERS) if whole else _folded(text)).split())


def words_of(text: str) -> list[str]:
    """The words of a text in the form in which they are compared."""
    return text.translate(_ASCII).split() if text.isascii() else fold(text).split(" ")


def unspaced(text: str) -> bool:
    """Whether the text is of a script that puts no spaces between its words."""
    return _UNSPACED.search(text) is not None


def _longest_first(phrase: str) -> tuple[int, str]:
    return -len(phrase), phrase


class Phrases:
    """A set of phrases that can be looked for in a text, in time proportional to its length."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self.all = frozenset(map(fold, phrases))
        known = sorted(self.all - {""}, key=_longest_first)
        self._unspaced: dict[str, list[str]] = {}
        """The phrases of scripts without spaces, the longest first, by their first character."""
        for phrase in known:
            if _UNSPACED.search(phrase):
                self._unspaced.setdefault(phrase[0], []).append(phrase)
        self.begins = frozenset(phrase.split(" ")[0] for phrase in known)  # the first words of all phrases
        lengths: dict[str, set[int]] = {}
        for phrase in known:
            first, *more = phrase.split(" ")
            lengths.setdefault(first, set()).add(1 + len(more))
        # how many words the phrases have that begin with a word
        self._lengths = {first: tuple(sorted(counts)) for first, counts in lengths.items()}

    def __contains__(self, text: str) -> bool:
        return fold(text) in self.all

    def inside(self, text: str) -> str | None:
        """The longest phrase that stands in the text as whole words."""
        found = self.within(fold(text))
        return max(found, key=len) if found else None

    def within(self, folded: str) -> list[str]:
        """The phrases that stand in a folded text as whole words, in their order; then those that need no spaces."""
        words = folded.split(" ")
        found: list[str] = []
        if not self._lengths.keys().isdisjoint(words):
            found = [run for at, word in enumerate(words) if word in self._lengths for run in self._runs(words, at)]
        if self._unspaced and not folded.isascii() and not self._unspaced.keys().isdisjoint(folded):
            firsts = self._unspaced.keys() & set(folded)
            inside = [phrase for first in firsts for phrase in self._unspaced[first] if phrase in folded]
            found += sorted(inside, key=_longest_first)
        return found

    def leading(self, text: str) -> str | None:
        """The longest phrase that the text starts with."""
        found = self.beginning(fold(text))
        return max(found, key=len) if found else None

    def beginning(self, folded: str) -> list[str]:
        """The phrases that a folded text starts with."""
        found = list(self._runs(folded.split(" ", _MOST_WORDS), 0))
        found += [phrase for phrase in self._unspaced.get(folded[:1], ()) if folded.startswith(phrase)]
        return found

    def _runs(self, words: Sequence[str], at: int) -> Iterator[str]:
        """The phrases that stand at a word."""
        for count in self._lengths.get(words[at], ()):
            run = " ".join(words[at : at + count])
            if run in self.all:
                yield run


class Lexicon:
    """Several sets of phrases by their names, looked for together in one pass over a text."""

    def __init__(self, sets: Mapping[str, Any]) -> None:
        self.names: dict[str, list[str]] = {}
        """Each phrase, and the sets that it is of."""
        for name, listed in sets.items():
            for phrase in sorted({fold(words) for words in _flat(listed)} - {""}):
                self.names.setdefault(phrase, []).append(name)
        self._all = Phrases(self.names)

    def __contains__(self, folded: str) -> bool:
        return folded in self.names

    def leading(self, folded: str) -> list[str]:
        """The phrases that a folded text starts with."""
        return self._all.beginning(folded)

    def inside(self, folded: str) -> dict[str, str]:
        """The longest phrase of each set that stands in the folded text."""
        found: dict[str, str] = {}
        for phrase in self._all.within(folded):
            for name in self.names[phrase]:
                if len(phrase) > len(found.get(name, "")):
                    found[name] = phrase
        return found


@lru_cache(maxsize=1)
def _data() -> Mapping[str, Any]:
    return tomllib.loads(_bytes().decode())


def vocabulary_digest() -> str:
    """8 hex digits of the file; takes no time, since nothing in it is looked up."""
    return hashlib.sha256(_bytes()).hexdigest()[:8]


def _bytes() -> bytes:
    return files(__package__).joinpath("vocabulary.toml").read_bytes()


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
    if not folded:
        return "number"
    known = _columns()
    if folded in known:
        return known.names[folded][0]
    found = [(len(hit), role) for role, hit in known.inside(folded).items()]
    if not found and heading.rstrip().endswith(".") and len(folded) >= _FEW_WORDS:  # "Verantw."
        return next((roles[0] for name, roles in known.names.items() if name.startswith(folded)), None)
    if {role for _, role in found} & _OF_ACTIONS:  # "action type" is no action
        found = [pair for pair in found if pair[1] != "action"]
    return max(found)[1] if found and len(folded.split()) <= 4 else None


@lru_cache(maxsize=1)
def _columns() -> Lexicon:
    return Lexicon(table("columns"))


@lru_cache(maxsize=4096)
def status_of(words: str) -> Status | None:
    """The status that these words state, where they state nothing but a status (and remarks after it)."""
    marked = status_mark(words.strip())
    folded = fold(words)
    if not folded:
        return marked
    known = _statuses()
    found = [(hit, known.names[hit][0]) for hit in known.leading(folded)]
    return Status(max(found, key=lambda pair: len(pair[0]))[1]) if found else marked


@lru_cache(maxsize=4096)
def exact_status(words: str) -> Status | None:
    """The status that these words are the name of."""
    folded = fold(words)
    if folded:
        names = _statuses().names.get(folded)
        return Status(names[0]) if names else None
    return status_mark(words.strip())


def is_done_since(words: str, most: int = _FEW_WORDS) -> bool:
    """Whether the words say when or how it was done ("live since Tuesday", "fixed in 2.3")."""
    return said_since(words, most) is Status.DONE


@lru_cache(maxsize=2048)
def said_since(words: str, most: int = _FEW_WORDS) -> Status | None:
    """Done or cancelled, where the words say so and go on with when, how or why ("rejected for its price")."""
    folded = fold(words)
    known = _statuses()
    hits = [(hit, name) for hit in known.leading(folded) for name in known.names[hit][:1] if name in _CLOSED]
    if not hits:
        return None
    hit, name = max(hits, key=lambda pair: len(pair[0]))
    rest = folded[len(hit) :].strip()
    is_remark = 0 < len(rest.split()) <= most and phrases("words", "since").leading(rest) is not None
    return Status(name) if is_remark else None


@lru_cache(maxsize=1)
def _statuses() -> Lexicon:
    return Lexicon({name: table("status")[name] for name in ("open", "in_progress", "done", "cancelled")})


def status_mark(words: str) -> Status | None:
    """The status of an emoji that the text starts with."""
    return None if words[:1].isascii() else next((s for s, marks in _status_marks() if words.startswith(marks)), None)


@lru_cache(maxsize=1)
def _status_marks() -> tuple[tuple[Status, tuple[str, ...]], ...]:
    return tuple((Status(name), tuple(marks)) for name, marks in table("status_marks").items())


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
    return folded in _priorities()


@lru_cache(maxsize=1)
def _priorities() -> Lexicon:
    return Lexicon(table("priority"))


def is_empty(words: str) -> bool:
    """Whether a cell or a bullet says that there is nothing."""
    return words in phrases("words", "empty")
