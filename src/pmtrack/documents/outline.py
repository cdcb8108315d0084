"""Texts that are indented all over, in which Markdown would see code."""

from __future__ import annotations

import re

_INDENTED = re.compile(r"\n(?: {4}|\t)[ \t]*[^\s]")
_TOLD = re.compile(r"\n[ \t]*[^\s]")
_SHARE = 0.4


def is_outline(text: str) -> bool:
    """Whether what is indented like code is no code: a text without fences of which a good part is indented so."""
    if not ("\n\n    " in text or "\n\n\t" in text) or "```" in text or "~~~" in text:
        return False
    return len(_INDENTED.findall(text)) >= _SHARE * len(_TOLD.findall(text))
