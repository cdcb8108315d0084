"""Which words ask for work, and which report it."""

from __future__ import annotations

import re
from functools import lru_cache

from pmtrack.documents.vocabulary import fold, phrases

_ENDINGS = ("した", "しました", "했다", "하였다", "했음", "하였음")
_INFINITIVE = re.compile(r"[a-z]{3,}(?:ar|er|ir|re)\Z")
_REPORTED = re.compile(
    r"(?<!\bwho )(?<!\bthat )(?<!\bwhich )(?<!\bwhat )"
    r"\b(?:was|were|has been|have been|wurden?|foi|foram|fue|fueron|ete|stat[oia])\b"
)
_PAST = re.compile(
    r"se (?:ha|han|[a-z]{3,}(?:o|aron|ieron))(?: |\Z)|(?:nous avons|on a|wir haben|abbiamo|hemos|temos) "
    r"|[а-я]{3,}(?:али|или|ели|яли|ули|лось|лись|лся)(?: |\Z)"
)
_ROMANCE = re.compile(
    r"(?<!\w)(?:de|del|la|el|las|los|do|da|dos|das|para|em|en|com|con|des|les|le|un|una|uma|une|sobre|di|il|per|os|as|no|na|au|aux|que|e|y)(?!\w)"
)


@lru_cache(maxsize=1)
def gerunds() -> frozenset[str]:
    """The verbs that ask for work, as in "we are adding"."""
    verbs = phrases("words", "verb").all
    return frozenset(form for verb in verbs for form in (f"{verb}ing", f"{verb[:-1]}ing", f"{verb}{verb[-1:]}ing"))


@lru_cache(maxsize=1)
def third_persons() -> frozenset[str]:
    """The same verbs, as in "Ann adds"."""
    verbs = phrases("words", "verb").all
    return frozenset(form for verb in verbs for form in (f"{verb}s", f"{verb}es", f"{verb[:-1]}ies"))


@lru_cache(maxsize=2048)
def asks_for_work(title: str) -> bool:
    """Whether the first word is a verb that asks for work ("Add", "Documentar")."""
    words = fold(title).split()
    if not words:
        return False
    if words[0] in phrases("words", "verb").all:
        return words[1:2] == [] or words[1] not in phrases("words", "predicate").all
    return bool(_INFINITIVE.match(words[0])) and bool(_ROMANCE.search(" ".join(words[1:])))


@lru_cache(maxsize=2048)
def is_past(title: str) -> bool:
    """Whether the words report work instead of asking for it ("Added alerts", "We fixed the leak")."""
    folded = fold(title)
    words = folded.split()
    for subject in (["we"], ["i"], ["the", "team"], ["also"], ["have"], ["has"], ["been"]):
        if words[: len(subject)] == subject:
            words = words[len(subject) :]
    if not words:
        return False
    first = words[0]
    if first in phrases("words", "past").all and first not in phrases("words", "verb").all:
        return True
    if first.endswith("ed") and len(first) > 4 and first not in phrases("words", "present").all:
        return True
    early = " ".join(words[:8])
    if _PAST.match(early) or folded.endswith(_ENDINGS):
        return True
    return not phrases("words", "reports").all.isdisjoint(words[:8]) and bool(_REPORTED.search(early))
