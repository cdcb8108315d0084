"""Foreign words made harmless for GitHub: beyond what Markdown does, what GitHub itself makes of text (pure).

Rules: docs.github.com, "Autolinked references and URLs": commit hashes and addresses of issues become links, and the
issue at the other end is told. Linear time, and what is harmless already stays as it is.
"""

from __future__ import annotations

import re

from pmtrack.text import ZERO_WIDTH, neutral_markdown, one_line

PUBLIC = "github.com"
REDIRECT = "redirect.github.com"
"""GitHub's own host that leads to the same page, and of which the page is not told (Renovate uses it so)."""

UNTITLED = "Untitled"

_HASH = re.compile(r"(?<![\w/.=-])[0-9a-fA-F]{7,40}(?!\w)")
_PIECE = 6  # the shortest hash that becomes a link has 7 digits
_ADDRESS = r"(https?://)((?:www\.)?{host})(?=/[\w.-]+/[\w.-]+/(?:issues|pull|discussions)/\d)"


def neutral(text: str, host: str = PUBLIC) -> str:
    """Words for a title or a body: no mention, reference, link to a commit or notice to another issue.

    Args:
        host: of the pages; github.com's own are always meant too.
    """
    text = _HASH.sub(_broken, neutral_markdown(text))
    for known in sorted({host, PUBLIC}):
        text = re.sub(_ADDRESS.format(host=re.escape(known)), _quiet, text, flags=re.IGNORECASE)
    return text


def title(text: str, host: str = PUBLIC) -> str:
    """A title as GitHub takes it: one line, at most 256 characters, never empty to the eye."""
    line = one_line(neutral(one_line(text), host))
    return line if any(char.isprintable() and not char.isspace() for char in line) else UNTITLED


def _broken(found: re.Match[str]) -> str:
    word = found[0]
    if word.isdigit() or not any(char.isdigit() for char in word):
        return word  # a number or a word: too many of them are no hashes
    return ZERO_WIDTH.join(word[at : at + _PIECE] for at in range(0, len(word), _PIECE))


def _quiet(found: re.Match[str]) -> str:
    public = found[2].lower().removeprefix("www.") == PUBLIC
    return found[1] + (REDIRECT if public else ZERO_WIDTH + found[2])
