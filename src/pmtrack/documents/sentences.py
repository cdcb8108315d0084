"""Where a sentence ends."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pmtrack.documents.inline import Inline

_SENTENCE_END = re.compile(r"[.!?]+(?=[\s)\"”»]|$)|[。！？]")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|approx|incl|ca|bzw|z\.B|d\.h|p\.ej|no|nr|sr|dr|mr|ms|st)|\b\w|^\s*\d{1,2})\Z",
    re.IGNORECASE,
)
_STOP = re.compile(r"[.!?。！？]")
_ENOUGH = 60


def _ends(text: str) -> Iterator[int]:
    """Behind each sentence but an unfinished last one."""
    at = 0
    for match in _SENTENCE_END.finditer(text):
        if match.group() == "." and _ABBREVIATION.search(text[max(at, match.start() - 12) : match.start()]):
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
