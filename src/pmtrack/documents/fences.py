"""Code fences: one that is never closed would swallow the rest of a document."""

from __future__ import annotations

import re

_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})([^`\n]*)$", re.MULTILINE)
_HEADING = re.compile(r"^#{1,6}[ \t]+\S", re.MULTILINE)


def closed(text: str) -> str:
    """The text without a last fence that nothing closes though headings follow; at equal byte length."""
    if text.count("```") % 2 == 0 and text.count("~~~") % 2 == 0:
        return text
    opened: re.Match[str] | None = None
    for fence in _FENCE.finditer(text):
        if opened is None:
            opened = fence
        elif fence[1].startswith(opened[1]) and not fence[2].strip():
            opened = None
    if opened is None or not _HEADING.search(text, opened.end()):
        return text
    hidden = re.sub(r"[^\s]", lambda char: " " * len(char.group().encode()), opened.group())
    return text[: opened.start()] + hidden + text[opened.end() :]
