"""The bytes of a document as text that a Markdown parser can read, at equal byte length.

Nothing here is ever written back: it is a view, so that every offset in it is an offset in the original.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from pmtrack.documents.block import blank
from pmtrack.documents.bullets import as_lists
from pmtrack.documents.dialects import as_markdown
from pmtrack.documents.fences import closed

_LONE_CR = re.compile(r"\r(?!\n)")
_FRONT = re.compile(rb"\A[ \t]*(---|\+\+\+)[ \t]*\r?\n")
_FENCES = {
    b"---": re.compile(rb"^---[ \t]*\r?$|^\.\.\.[ \t]*\r?$", re.MULTILINE),
    b"+++": re.compile(rb"^\+\+\+[ \t]*\r?$", re.MULTILINE),
}
_MARKS = re.compile(r"\n([-|: \t\r]+)(?=\n|\Z)")
_FRONT_LIMIT = 65536
_ESCAPED_HEADING = re.compile(r"^\\#{1,6} ", re.MULTILINE)
_HEADING = re.compile(r"^#{1,6} ", re.MULTILINE)
_ESCAPED_MARK = re.compile(r"^( {0,12})\\([#*+-])", re.MULTILINE)
_ESCAPED_NUMBER = re.compile(r"^( {0,12})(\d{1,3})\\([.)]) ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class View:
    """What is parsed.

    Attributes:
        text: as many UTF-8 bytes as the document.
        front: the front matter without its fences, "" where there is none; front_fence: "---" (YAML) or "+++" (TOML).
    """

    text: str
    front: str = ""
    front_fence: str = ""


def _mask(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)  # noqa: S101  (decoding raises nothing else)
    return "?" * (error.end - error.start), error.end


codecs.register_error("pmtrack-mask", _mask)


def view(data: bytes) -> View:
    """The document as text, without byte order mark, front matter and our own block; never raises."""
    data = blank(data)
    if data.startswith(codecs.BOM_UTF8):
        data = b"   " + data[3:]
    data, front, fence = _without_front_matter(data)
    data = data.replace(b"\x00", b" ") if b"\x00" in data else data
    text = data.decode("utf-8", errors="pmtrack-mask")
    text = closed(_unescaped(_LONE_CR.sub("\n", text) if "\r" in text else text))
    return View(_joined_rows(as_lists(as_markdown(text))), front, fence)


def _without_front_matter(data: bytes) -> tuple[bytes, str, str]:
    opening = _FRONT.match(data)
    if opening is None:
        return data, "", ""
    fence = opening.group(1)
    closing = _FENCES[fence].search(data, opening.end(), opening.end() + _FRONT_LIMIT)
    if closing is None:
        return data, "", ""
    inner = data[opening.end() : closing.start()].decode("utf-8", errors="replace")
    hidden = re.sub(rb"[^\r\n]", b" ", data[: closing.end()])
    return hidden + data[closing.end() :], inner, fence.decode()


def _unescaped(text: str) -> str:
    """Some exporters escape every mark of a document ("\\## Title", "\\- item"); then the marks are what was meant."""
    if "\\#" not in text or not _ESCAPED_HEADING.search(text) or _HEADING.search(text):
        return text
    return _ESCAPED_NUMBER.sub(r" \1\2\3 ", _ESCAPED_MARK.sub(r" \1\2", text))


def _joined_rows(text: str) -> str:
    """Some exporters put an empty line between the rows of a table, which takes it apart; a view without them."""
    if "|" not in text:
        return text
    if not any(_is_apart(text, marks) for marks in _MARKS.finditer(text) if _is_delimiter(marks[1])):
        return text
    lines = text.split("\n")
    ends = ["\n"] * (len(lines) - 1) + [""]
    pipes = 0
    for at in range(len(lines) - 2):
        if _is_delimiter(lines[at]):
            pipes = lines[at].count("|")
        elif lines[at].strip() and not _is_row(lines[at], pipes):
            pipes = 0
        joins = not lines[at + 1].strip() and bool(lines[at].strip())
        below = lines[at + 2]
        head = _is_delimiter(below) and _is_row(lines[at], below.count("|"))
        if joins and (head or (pipes and _is_row(below, pipes))):
            lines[at], ends[at] = lines[at].replace("\r", " "), " "
    return "".join(line + end for line, end in zip(lines, ends, strict=True))


def _is_apart(text: str, line: re.Match[str]) -> bool:
    """Whether an empty line stands beside the line between a table's head and its rows."""
    start, end = line.span(1)
    if end == len(text):
        return False
    above = text[text.rfind("\n", 0, start - 1) + 1 : start]
    below = text[end + 1 : text.find("\n", end + 1) + 1 or len(text)]
    return not (above.strip() and below.strip())


def _is_row(line: str, pipes: int) -> bool:
    """A line with pipes at both ends, or with as many as the line below the head has."""
    bare = line.strip()
    return (bare.startswith("|") and bare.endswith("|")) or line.count("|") == pipes > 0


def _is_delimiter(line: str) -> bool:
    return "|" in line and "-" in line and not line.strip("|-: \t\r")
