"""The words by which documents are read: what a person who adds to them may get wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from pmtrack.documents.vocabulary import Lexicon, fold, table

_EXCLUSIVE = ("sections", "status")
_LANGUAGES = {
    *("en", "es", "pt", "fr", "de", "it", "ru", "ja", "ko", "zh", "vi", "tr", "nl", "pl"),
    *("id", "uk", "cs", "sv", "da", "no", "fi", "ro", "hu", "el", "ar", "th", "hi"),
}
_TABLES = ("sections", "columns", "labels", "status", "priority", "horizon", "words", "lint", "months", "weekdays")


def _lists(value: Any, name: str) -> Iterator[tuple[str, list[str]]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _lists(inner, f"{name}.{key}")
    elif isinstance(value, list):
        yield name, value


@pytest.mark.parametrize("name", _TABLES)
def test_every_entry_is_a_list_of_words(name: str) -> None:
    """No number, no empty line, and no word that folds to nothing but where nothing is meant."""
    for place, words in _lists(table(name), name):
        assert words, place
        assert all(isinstance(word, str) for word in words), place
        assert place in ("columns.number.en", "words.empty") or all(map(fold, words)), place


@pytest.mark.parametrize("name", _EXCLUSIVE)
def test_no_words_mean_two_things(name: str) -> None:
    """A section is not both work and history, a status not both done and open."""
    kinds: dict[str, set[str]] = defaultdict(set)
    for kind, languages in table(name).items():
        for _, words in _lists(languages, kind):
            for word in words:
                kinds[fold(word)].add(kind)
    doubled = {word: found for word, found in kinds.items() if len(found) > 1}
    assert not [word for word, found in doubled.items() if "other" in found and "strong" in found]
    assert name != "status" or not [word for word, found in doubled.items() if {"done", "in_progress"} <= found]


def test_the_languages_are_known() -> None:
    """A slip in the name of a language is found here."""
    for name in ("sections", "columns", "status", "priority"):
        for kind, languages in table(name).items():
            assert set(languages) <= _LANGUAGES, f"{name}.{kind}"


def test_words_are_compared_without_case_accents_and_marks() -> None:
    """Also where the script has no spaces."""
    assert fold("Nächste Schritte:") == fold("nachste schritte")
    assert fold("What's next?") == "what s next"
    assert fold("№") == "no"
    assert fold("「再発防止策」") == "再発防止策"


def test_the_longest_phrase_of_each_set_is_found() -> None:
    """In one pass for all sets."""
    known = Lexicon({"work": ["actions", "next actions"], "past": ["actions taken"]})
    assert known.inside("next actions taken") == {"work": "next actions", "past": "actions taken"}
    assert known.inside("nothing of it") == {}
    assert "actions" in known
