"""Which words look like the name of a person: by their form, and by being no word of the work."""

from __future__ import annotations

import re
from functools import cached_property, lru_cache

from pmtrack.documents.vocabulary import fold, is_empty, phrases, table

WORD = r"[A-ZÀ-ÖØ-ÞА-ЯŁŚŻĆŐİŞĞČŠŽ][\w'’.-]{1,20}"
NAME = rf"{WORD}(?: (?:(?:van|von|de|da|der|den|del|di|dos) )?{WORD}){{0,2}}"
BETWEEN = r"(?:, | & | \+ |/| and | y | e | et | und | en | и | och | og | oraz )"
_PERSON = rf"(?:@[\w.-]{{1,40}}|{NAME})"
PEOPLE = rf"{_PERSON}(?:{BETWEEN}{_PERSON}){{0,4}}"
_CAMEL = re.compile(r"(?<!\bMc)(?<!\bMac)(?<!\bDe)(?<!\bDi)(?<!\bLa)(?<!\bLe)(?<!\bFitz)(?<=[a-z])[A-Z]")
_LONG = 7
_ONE = re.compile(rf"(?:{NAME})\Z")
_LETTERS = re.compile(r"[^\W\d_]+")
_MOST_LETTERS, _LOOKS = 200_000, 8
_LOGIN = re.compile(r"[a-z][a-z0-9_.-]{1,15}\Z")
_WIDE = re.compile(r"(?:[\u3400-\u9fff]{2,4}|[\u30a0-\u30ff・]{2,10}|[\uac00-\ud7af]{2,4})(?:さん|氏|님)?\Z")
_MIXED = re.compile(r"[A-Za-z](?!(?:さん|様|氏|君|님|씨)\Z)[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def is_name(words: str) -> bool:
    """Whether the words have the form of a name, and none of them is a word of the work."""
    if words.startswith("@"):
        return True
    if _WIDE.match(words):
        return not _is_of_work(words)
    return bool(_ONE.match(words)) and not _MIXED.search(words) and not any(map(_is_of_work, words.split()))


def is_login(words: str) -> bool:
    """Whether a word may be a name that is written small."""
    return bool(_LOGIN.match(words)) and not _is_of_work(words)


def split_names(words: str) -> tuple[str, ...]:
    """The names of "Ada and Jamal"."""
    return tuple(name.strip() for name in re.split(BETWEEN, words) if name.strip())


@lru_cache(maxsize=1)
def _words_of_work() -> frozenset[str]:
    lists = [phrases("words", name).all for name in ("verb", "thing", "role", "common", "subject", "past")]
    lists += [phrases("columns", role).all for role in table("columns")]
    lists += [phrases(name, part).all for name in ("sections", "status", "priority") for part in table(name)]
    lists += [phrases(name).all for name in ("months", "weekdays", "turns", "spans", "horizon")]
    return frozenset().union(*lists)


@lru_cache(maxsize=2048)
def _is_of_work(word: str) -> bool:
    folded = fold(word)
    shouts = word.isupper() and word.isascii() and len(word) > 1
    plural = folded.removesuffix("s")
    is_abstract = len(folded) >= _LONG and folded.endswith(tuple(table("words")["thing_ending"]))
    is_product = bool(_CAMEL.search(word))
    if folded in phrases("words", "given").all:
        return False
    return is_abstract or is_product or shouts or is_empty(word) or bool({folded, plural} & _words_of_work())


class Spoken:
    """The words of a document, looked at only where a name is in question."""

    def __init__(self, text: str) -> None:
        self._text = text[:_MOST_LETTERS]

    @cached_property
    def _words(self) -> frozenset[str]:
        return frozenset(_LETTERS.findall(self._text))

    def says(self, name: str) -> bool:
        """Whether the document also uses a word of the name as a common word."""
        return any(self._stands(word.casefold()) for word in _LETTERS.findall(name))

    def _stands(self, word: str) -> bool:
        """Whether a word stands in the text by itself; in most texts a few looks are enough to know."""
        at = -1
        for _ in range(_LOOKS):
            at = self._text.find(word, at + 1)
            if at < 0:
                return False
            end = at + len(word)
            if not (self._text[max(at - 1, 0) : at].isalpha() or self._text[end : end + 1].isalpha()):
                return True
        return word in self._words


@lru_cache(maxsize=1)
def spoken_in(text: str) -> Spoken:
    """The words of a document, the same for all that ask."""
    return Spoken(text)
