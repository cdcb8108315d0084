"""Text that came from somebody else, made harmless before it goes elsewhere; and the one normal form for comparing it.

One place for every direction: into trackers, documents, mail, CSV and terminals. All of it takes linear time, and what
is harmless already stays as it is.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

TITLE_LIMIT = 256

_NO_WORDS = re.compile(r"[\W_]+")

# The escape sequences of terminals: CSI, OSC and the two-character ones (ECMA-48).
_ANSI = re.compile(r"(?:\x1b\[|\x9b)[0-?]*+[ -/]*+[@-~]|\x1b\][^\x07\x1b\n]*+(?:\x07|\x1b\\)?|\x1b[@-Z\\-_]")
_SPACING = str.maketrans(dict.fromkeys("\t\v\f\x1c\x1d\x1e\x1f\x85\u2028\u2029", " ") | {"\r": "\n"})
# Controls, surrogates, and format characters: overrides and isolates (Trojan Source, CVE-2021-42574), tags, marks.
_HARMFUL = frozenset({"Cc", "Cf", "Cs"})
_HARMLESS = frozenset("\n\u200b\u200c\u200d")  # the joiners are part of words and of emoji

ZERO_WIDTH = "\u200b"
_NEUTRAL = (
    (re.compile(r"&(?=#|commat;|num;)"), f"&{ZERO_WIDTH}"),  # a trigger written as an entity
    (re.compile(r"@(?=[\w/-])"), f"@{ZERO_WIDTH}"),  # a mention
    (re.compile(r"(#|\b[Gg][Hh]-)(?=\d)"), rf"\1{ZERO_WIDTH}"),  # a cross-reference, also after "fixes"
    (re.compile(r"<(?=[!/?a-zA-Z])"), f"<{ZERO_WIDTH}"),  # HTML, and with it comments and our own markers
    (re.compile(r"!(?=\[)"), f"!{ZERO_WIDTH}"),  # an image, which would call home
    (re.compile(r"^([ \t]*+)(?=```|~~~)", re.MULTILINE), rf"\1{ZERO_WIDTH}"),  # a fence, which would swallow the rest
    (re.compile(r"(\]\(\s*+)(?!https?://|unsafe:)(?=[a-z][\w+.-]*+:)", re.IGNORECASE), r"\1unsafe:"),
    (re.compile(r"(\]:\s*+)(?!https?://|unsafe:)(?=[a-z][\w+.-]*+:\S)", re.IGNORECASE), r"\1unsafe:"),
)
"""What Markdown would act on -> the same to the eye, without effect (Renovate does it so for mentions)."""

_CELL = str.maketrans({"\\": "&bsol;", "|": "&vert;", "`": "&grave;", "[": "&lbrack;"})
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # the last four are the wide ones


def normal(text: str) -> str:
    """The form in which two wordings count as the same: case, punctuation, width and spaces do not matter."""
    return _NO_WORDS.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def digest(text: str) -> str:
    """16 hex digits of the normal form, for markers."""
    return hashlib.sha256(normal(text).encode(errors="replace")).hexdigest()[:16]


def plain(text: str) -> str:
    """For a terminal: no escape sequence, no control character but the line end, no bidirectional trick."""
    if text.isprintable():
        return text
    text = _ANSI.sub("", text.replace("\r\n", "\n")).translate(_SPACING)
    return text.translate({ord(c): None for c in set(text) - _HARMLESS if unicodedata.category(c) in _HARMFUL})


def one_line(text: str, limit: int = TITLE_LIMIT) -> str:
    """One line without control characters, of at most `limit` characters."""
    line = " ".join(plain(text).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def neutral_markdown(text: str) -> str:
    """Words for a Markdown body: no mention, no cross-reference, no HTML, no image, links to http(s) only."""
    text = plain(text)
    for trigger, harmless in _NEUTRAL:
        text = trigger.sub(harmless, text)
    return text


def cell(text: str) -> str:
    """Words for a cell of a Markdown table: neutral, on one line, without a bar, a link or a code span."""
    return neutral_markdown(" ".join(plain(text).split())).translate(_CELL)


def csv_cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula (CVE-2021-41270): a leading apostrophe where one could."""
    risky = text.startswith(("\t", "\r")) or text.lstrip().startswith(_FORMULA)
    return f"'{text}" if risky else text
