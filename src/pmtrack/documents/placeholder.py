"""Text that only holds a place for what an author has still to write."""

from __future__ import annotations

import re

from pmtrack.documents.vocabulary import is_empty, phrases

_PLACEHOLDER = re.compile(r"\s*(?:\[[^\[\]]{0,200}\]|<[^<>]{0,200}>)\s*(?:\([^()]{0,200}\))?\W*\Z")
_BRACES = re.compile(r"\s*\{{1,2}\s*\w+(?:\s+\w+)?\s*\}{1,2}\s*(?:\[[^\[\]]{0,80}\])?\W*\Z")
_UNFILLED = re.compile(r"[^:：]{1,40}[:：]\s*(?:\.{2,}|…|_{2,}|\?{2,}|xxx+)\s*\Z", re.IGNORECASE)
_LETTERS = frozenset("eEzZpP例예")
_LONGEST = 80
_BLANKS = frozenset("._…?xX")
_OPENINGS = frozenset(" \t\n[<{")
_EXAMPLE = re.compile(r"\s*(?:e\.?g\.?|example|ex|z\.?b|p\.?\s?ej|例|예)\s*[.:,：\"“'(]", re.IGNORECASE)


def is_placeholder(words: str) -> bool:
    """Whether the words only hold a place ("[action]", "<what>", "e.g. ...", "N/A"), or that nothing is to do."""
    if words[:1] in _OPENINGS and (_PLACEHOLDER.match(words) or _BRACES.match(words)):
        return True
    if len(words) <= _LONGEST and (is_empty(words) or phrases("words", "needless").leading(words) is not None):
        return True
    if words.rstrip()[-1:] in _BLANKS and _UNFILLED.match(words):
        return True
    return words.lstrip()[:1] in _LETTERS and _EXAMPLE.match(words) is not None
