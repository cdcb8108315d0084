"""Somebody else's words in the Markdown that reports are written in: literally, and as formatters write them."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

from pmtrack.text import cell

_EMPHASIS = re.compile(r"(https?://\S+)|([*]|(?<![^\W_])_|_(?![^\W_])|(?<=\S)~)")
_ORDINAL = re.compile(r"\d{1,9}(?=[.)](?:\s|$))")


def in_cell(text: str) -> str:
    """Words for a cell: nothing in them is emphasised (`__init__.py` is seen as it is), and an address stays whole."""
    return _EMPHASIS.sub(lambda found: found[1] or f"\\{found[2]}", cell(text))


def in_bullet(text: str) -> str:
    """Words for the start of a list item: they open no heading, quote or list of their own."""
    words = in_cell(text)
    if words.startswith(("#", ">", "+", "-")):
        return f"\\{words}"
    ordinal = _ORDINAL.match(words)
    return f"{ordinal[0]}\\{words[ordinal.end() :]}" if ordinal else words


def linked(words: str, url: str | None) -> str:
    """A link in a cell, to the web or relative; the words alone where there is no such address."""
    if not url or not _is_safe(url):
        return in_cell(words)
    label = in_cell(words).replace("]", "&rbrack;")
    return f"[{label}]({quote(url, safe='/:#?&=%+,@')})"


def is_web(url: str) -> bool:
    """Whether it is an address of the web, which may be linked to from anywhere."""
    return url[:8].lower().startswith(("http://", "https://"))


def _is_safe(url: str) -> bool:
    return _scheme(url) in ("", "http", "https")


def _scheme(url: str) -> str | None:
    """None where it is no address at all."""
    try:
        return urlsplit(url).scheme.lower()
    except ValueError:
        return None
