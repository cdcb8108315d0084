"""Text that came from somebody else, made harmless before it goes elsewhere; and the one normal form for comparing it."""

from __future__ import annotations

import hashlib
import re
import unicodedata

_WORDS = re.compile(r"[^\w]+")


def normal(text: str) -> str:
    """The form in which two wordings count as the same: case, punctuation, width and spaces do not matter."""
    return _WORDS.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def digest(text: str) -> str:
    """16 hex digits of the normal form, for markers."""
    return hashlib.sha256(normal(text).encode()).hexdigest()[:16]
