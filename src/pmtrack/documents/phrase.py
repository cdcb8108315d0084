"""An action item's words while its decorations are taken off: what is cut becomes spaces, so that places stay valid."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pmtrack.documents.inline import Inline, Link
from pmtrack.documents.vocabulary import fold, phrases

_EDGES = " \t\n-–—:：|,;，、；·•→⇒~*_\ufe0f\u200b"
_PAIRS = {"(": ")", "[": "]", "{": "}", "（": "）", "【": "】"}
_BRACKETS_OPEN = ("(", "[", "（")
_EMPTY_PAIR = re.compile(r"\(\s*\)|\[\s*\]|（\s*）|【\s*】|\*\*\s*\*\*")
_FEW = 6
_PAIRED = frozenset("([（【*")
_SPACED = (" .", " ,", " ;", " !", " ?")
_SPACE_BEFORE = re.compile(r" ([.,;!?])(?= |$)")


class Phrase:
    """Words that lose their decorations one by one."""

    def __init__(self, inline: Inline) -> None:
        text = inline.text
        if "\n" in text:
            text = text.replace("\n", " ")
        self.text = text if text.isascii() else text.replace("\ufe0f", " ").replace("\u00a0", " ")
        self.links: Sequence[Link] = inline.links
        self.bold = inline.bold
        self.struck = inline.struck

    def cut(self, start: int, end: int) -> None:
        """Characters `[start, end)` are no words of the work."""
        self.text = self.text[:start] + " " * (end - start) + self.text[end:]

    def length(self) -> int:
        """Where the last word ends."""
        return len(self.text.rstrip())

    def start(self) -> int:
        """Where the first word starts."""
        return len(self.text) - len(self.text.lstrip())

    def struck_out(self) -> bool:
        """Whether all words are struck through."""
        start, end = self.start(), self.length()
        return end > start and any(a <= start and b >= end - 1 for a, b in self.struck)

    def cut_struck(self) -> None:
        """Words that are struck through beside others are no longer meant."""
        for start, end in self.struck if not self.struck_out() else ():
            self.cut(start, end)

    def beside_struck(self) -> str:
        """What stands behind words that are struck through from the start, "" where nothing is."""
        start = self.start()
        return next((self.text[b:].strip(_EDGES) for a, b in self.struck if a <= start < b), "")

    def remark_behind_struck(self) -> bool:
        """Whether all that stands behind words that are struck through from the start is a remark in brackets."""
        start = self.start()
        behind = next((self.text[b:].strip() for a, b in self.struck if a <= start < b), "")
        return behind[:1] in _BRACKETS_OPEN and behind.find(_PAIRS[behind[0]]) >= len(behind.rstrip(".")) - 1

    def title(self) -> str:
        """What is left, tidied."""
        text = self.text if _PAIRED.isdisjoint(self.text) else _EMPTY_PAIR.sub(" ", self.text)
        text = " ".join(text.split())
        return tidy(_SPACE_BEFORE.sub(r"\1", text) if any(map(text.__contains__, _SPACED)) else text)


def only_points(words: str) -> bool:
    """Whether words beside the work only lead to it elsewhere ("see ticket here", "link to the issue")."""
    said = fold(words).split()
    leads = phrases("words", "pointer").all
    glue = phrases("words", "pointer_glue").all
    return 0 < len(said) <= _FEW and any(word in leads for word in said) and all(w in leads or w in glue for w in said)


def tidy(text: str) -> str:
    """A title without what is left over at its edges."""
    if "{{" in text or "}}" in text:
        text = text.replace("{{", "").replace("}}", "")
    text = text.strip(_EDGES)
    while len(text) > 1 and text[-1] in _PAIRS:
        text = text[:-1].rstrip(_EDGES)
    if text.endswith(".") and not text.endswith((" etc.", "..", "e.g.")):
        text = text[:-1]
    return " ".join(text.split()).strip(_EDGES)
