"""Text that came from somebody else, made harmless before it goes elsewhere; and the one normal form for comparing it.

One place for every direction: into trackers, documents, mail, CSV and terminals. All of it takes linear time, and none
changes a text that it already made harmless.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

TITLE_LIMIT = 256

_NO_WORDS = re.compile(r"[\W_]+")
_SPACES = re.compile(r"\s+")
# The escape sequences of terminals: CSI, OSC and the two-character ones (ECMA-48).
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
# Bidirectional overrides and isolates (Trojan Source, CVE-2021-42574), zero-width marks, byte order marks.
_INVISIBLE = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0xFEFF])

ZERO_WIDTH = "\u200b"
_MENTION = re.compile(r"@(?=[\w/-])")
_REFERENCE = re.compile(r"(#|\b[Gg][Hh]-)(?=\d)")
_COMMENT = re.compile(r"<(?=[!/?a-zA-Z])")
_IMAGE = re.compile(r"!(?=\[)")
_SCHEME = re.compile(r"\]\(\s*<?\s*(?!https?://)(?=[a-zA-Z][\w+.-]*:)")


def normal(text: str) -> str:
    """The form in which two wordings count as the same: case, punctuation, width and spaces do not matter."""
    return _NO_WORDS.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def digest(text: str) -> str:
    """16 hex digits of the normal form, for markers."""
    return hashlib.sha256(normal(text).encode(errors="replace")).hexdigest()[:16]


def plain(text: str) -> str:
    """For a terminal: no escape sequence, no control character but the line end, no bidirectional trick."""
    text = _ANSI.sub("", text).translate(_INVISIBLE)
    return "".join(c for c in text if c == "\n" or (c.isprintable() and not "\ud800" <= c <= "\udfff") or c in _WIDE)


_WIDE = "\u3000\u00a0\u200b\u200c\u200d"  # spaces and joiners that Python does not call printable


def one_line(text: str, limit: int = TITLE_LIMIT) -> str:
    """One line without control characters, of at most `limit` characters."""
    line = _SPACES.sub(" ", plain(_SPACES.sub(" ", _ANSI.sub("", text)))).strip()
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def neutral_title(text: str, limit: int = TITLE_LIMIT) -> str:
    """One line that mentions nobody and refers to nothing."""
    return one_line(_neutral(one_line(text, limit)), limit)


def neutral_markdown(text: str) -> str:
    """Words to be carried into a Markdown body: no mention, no cross-reference, no HTML, no image, links to http(s) only."""
    text = _neutral(plain(text))
    return _SCHEME.sub("](unsafe:", _IMAGE.sub("! ", _COMMENT.sub("&lt;", text)))


def cell(text: str) -> str:
    """Words for a cell of a Markdown table: neutral, on one line, without a bar of their own."""
    line = neutral_markdown(one_line(text, limit=len(text) + 1))
    return line.replace("\\", "&#92;").replace("|", "&#124;").replace("`", "&#96;").replace("[", "&#91;")


def csv_cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula (CVE-2021-41270): a leading apostrophe where one could."""
    risky = any(line.lstrip(" \u00a0\u3000").startswith(("=", "+", "-", "@", "\t", "\r")) for line in text.split("\n"))
    return f"'{text}" if risky else text


def _neutral(text: str) -> str:
    """A zero-width space after what would mention a person or refer to an issue (as Renovate does)."""
    return _REFERENCE.sub(rf"\1{ZERO_WIDTH}", _MENTION.sub(f"@{ZERO_WIDTH}", text))
