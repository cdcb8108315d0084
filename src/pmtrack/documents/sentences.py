"""Where a sentence ends."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pmtrack.documents.dates import month_numbers
from pmtrack.documents.inline import Inline
from pmtrack.documents.vocabulary import fold

_SENTENCE_END = re.compile(r"[.!?]+(?=[\s)\"”»]|$)|[。！？]")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|approx|incl|ca|bzw|z\.B|d\.h|p\.ej|no|nr|sr|dr|mr|ms|st)|\b\w|^\s*\d{1,2})\Z",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?:([^\W\d_]{3,12})\.? )?(?<!\d)\d{1,2}\Z")
_NEAR = 24
_STOP = re.compile(r"[.!?。！？]")
_ENOUGH = 60


def _goes_on(before: str, behind: str) -> bool:
    """Whether a dot ends no sentence: that of an abbreviation or of a day ("am 12. Mai"), but for "on May 8."."""
    number = _NUMBER.search(before) if before[-1:].isdigit() else None
    if number is None:
        return _ABBREVIATION.search(before[-12:]) is not None
    if fold(number[1] or "") in month_numbers():
        return False
    following = fold(behind).split(" ", 1)[0]
    return following in month_numbers() or _ABBREVIATION.search(before[-12:]) is not None


def _ends(text: str) -> Iterator[int]:
    """Behind each sentence but an unfinished last one."""
    at = 0
    for match in _SENTENCE_END.finditer(text):
        if match.group() == "." and _goes_on(
            text[max(at, match.start() - _NEAR) : match.start()], text[match.end() : match.end() + _NEAR]
        ):
            continue
        at = match.end()
        while text[at : at + 1] in tuple(')"”»'):
            at += 1
        yield at


def sentences(inline: Inline) -> Iterator[Inline]:
    """The sentences of a paragraph."""
    at = 0
    for end in _ends(inline.text):
        yield inline.part(at, end)
        at = end
    if inline.text[at:].strip():
        yield inline.part(at, len(inline.text))


def work(text: str) -> str:
    """The sentences that state the work: the first, and more where it is short; the rest explains."""
    if len(text) <= _ENOUGH or not _STOP.search(text, _ENOUGH - 2):
        return text.strip()
    end = next((end for end in _ends(text) if end >= _ENOUGH), len(text))
    return text[:end].strip()
