"""The managed block: the one part of a document that is ours, between two marker lines.

    <!-- pmtrack:begin v1 doc=1f0c9a2e sha=0123456789abcdef -->

    what the report says

    <!-- pmtrack:end -->

`doc` names the document that the block was written for, `sha` is the fingerprint of what stands between the markers, so
that a person's edit is seen without a store. Bytes in, bytes out; nothing outside the block is ever changed.
"""

from __future__ import annotations

import codecs
import hashlib
import html
import re
from dataclasses import dataclass
from itertools import zip_longest

from pmtrack.documents.edges import edges, pair
from pmtrack.errors import DocumentError
from pmtrack.model import Span

_VISIBLE = re.compile(rb"[^\r\n]")
_LINE_END = re.compile(rb"\r\n|\r|\n")

_FORMS = (
    (re.compile(r"^[ \t]*[*+-][ \t]+", re.MULTILINE), "- "),  # bullets
    (re.compile(r"^[ \t]*[0-9]+[.)][ \t]+", re.MULTILINE), "1. "),  # numbers
    (re.compile(r"\\([!-/:-@\[-`{}~])"), r"\1"),  # escapes, but for that of a pipe, which holds a cell together
    (re.compile(r"_"), "*"),  # emphasis
    (re.compile(r"\s+"), " "),
    (re.compile(r" ?(?<!\\)\| ?"), "|"),  # padding of cells
    (re.compile(r"(?<=\|)(:?)-+(:?)(?=\|)"), r"\1-\2"),  # the line under a table's head
)
"""What formatters (Prettier, mdformat, markdownlint) write in one way or another -> one form."""


@dataclass(frozen=True, slots=True)
class Block:
    """The managed block of a document.

    Attributes:
        span: from the begin marker's line start to the end marker's last byte, without the line end after it.
        doc, sha: as the begin marker says.
        content: what stands between the markers, with LF line ends and without blank lines around it.
        untouched: nobody edited the content since pmtrack wrote it; a formatter's reflow is no edit.
    """

    span: Span
    doc: str
    sha: str
    content: str
    untouched: bool


def doc_id(source: str, path: str) -> str:
    """8 hex digits that name a document of a source."""
    return hashlib.sha256(f"{source}\0{path}".encode(errors="replace")).hexdigest()[:8]


def fingerprint(content: str) -> str:
    """16 hex digits of a block's content by its words and cells, whatever a formatter made of the spaces between."""
    content = html.unescape(_tidy(content).replace("&#124;", r"\|"))  # mdformat writes entities as escapes
    for pattern, replacement in _FORMS:
        content = pattern.sub(replacement, content)
    return hashlib.sha256(content.strip().encode(errors="replace")).hexdigest()[:16]


def blank(data: bytes) -> bytes:
    """The document with spaces for our blocks, at equal length and with its line ends, so that nothing in them is read.

    Of a malformed block (no end, two begins) only the marker lines become spaces. Never raises.
    """
    if b"pmtrack:" not in data:
        return data
    found = edges(data)
    view = bytearray(data)
    for edge, after in zip_longest(found, found[1:]):
        whole = edge.kind == "begin" and after is not None and after.kind == "end"
        end = after.end if whole else edge.end
        view[edge.start : end] = _VISIBLE.sub(b" ", data[edge.start : end])
    return bytes(view)


def find(data: bytes, path: str = "") -> Block | None:
    """The block of a document, or None.

    Args:
        path: names the document in the sentence of an error, before the line.

    Raises:
        DocumentError: there is one that cannot be trusted: markers missing, doubled, damaged, or not on the top level.
    """
    try:
        return _found(data)
    except DocumentError as error:
        raise DocumentError(f"{path}: {error}" if path else str(error)) from None


def splice(data: bytes, content: str, doc: str, at: int | None) -> bytes:
    """The document with `content` in its block.

    A block that is there is replaced where it stands. Else one is put after the last words before the byte `at` (a line
    start; None for the end), with a blank line before it, so that `remove` gives back the very same bytes.

    Raises:
        DocumentError: as `find`; or a block cannot stand there (in a code fence, a comment), or holds a marker itself.
    """
    found, line_end = _found(data), _line_end(data)
    text = _rendered(_tidy(content), doc).replace(b"\n", line_end)
    if found:
        new = data[: found.span.start] + text + data[found.span.end :]
    else:
        new = _inserted(data, text, line_end, len(data) if at is None else at)
    try:
        _found(new)
    except DocumentError as error:
        raise DocumentError(f"the status block cannot be written: {error}") from None
    return new


def remove(data: bytes) -> bytes:
    """The document without its block, and without the blank line that `splice` put before it.

    Raises:
        DocumentError: as `find`.
    """
    found = _found(data)
    if found is None:
        return data
    before, after = data[: found.span.start], data[found.span.end :]
    if (shorter := _chopped(before)).endswith((b"\r", b"\n")):
        before = shorter
    line_end = _LINE_END.match(after)
    return before + after[line_end.end() :] if line_end else _chopped(before)


def _found(data: bytes) -> Block | None:
    found = pair(data)
    if found is None:
        return None
    begin, end = found
    doc, sha = begin.values or ("", "")
    content = _tidy(data[begin.end : end.start].decode(errors="replace"))
    return Block(Span(begin.start, end.end), doc, sha, content, fingerprint(content).startswith(sha))


def _line_end(data: bytes) -> bytes:
    """What ends most lines of the document; LF where none ends."""
    crlf = data.count(b"\r\n")
    counts = {b"\n": data.count(b"\n") - crlf, b"\r\n": crlf, b"\r": data.count(b"\r") - crlf}
    return max(counts, key=lambda line_end: counts[line_end])


def _tidy(content: str) -> str:
    return content.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd").strip()


def _rendered(content: str, doc: str) -> bytes:
    begin = f"<!-- pmtrack:begin v1 doc={doc} sha={fingerprint(content)} -->"
    return f"{begin}\n\n{content}\n\n<!-- pmtrack:end -->".encode(errors="replace")


def _inserted(data: bytes, text: bytes, line_end: bytes, at: int) -> bytes:
    """The block after the last words before `at`: blank lines that were there stay behind it, so only one is added.

    What joins a CR and an LF of two line ends would make one of them; CRLF keeps them apart.
    """
    top = len(codecs.BOM_UTF8) if data.startswith(codecs.BOM_UTF8) else 0
    spot = _after_words(data, at, top)
    before, after = data[:spot], data[spot:]
    if spot > top and not before.endswith((b"\r", b"\n")):
        return before + line_end * 2 + text
    lead = b"\r\n" if before.endswith(b"\r") and line_end == b"\n" else line_end
    tail = b"\r\n" if after.startswith(b"\n") and line_end == b"\r" else line_end
    return before + (lead if spot > top else b"") + text + tail + after


def _after_words(data: bytes, at: int, top: int) -> int:
    words = len(data[:at].rstrip(b" \t\r\n"))
    if words <= top:
        return top
    line_end = _LINE_END.search(data, words)
    return line_end.end() if line_end else len(data)


def _chopped(data: bytes) -> bytes:
    """Without its last line end."""
    if data.endswith(b"\r\n"):
        return data[:-2]
    return data[:-1] if data.endswith((b"\r", b"\n")) else data
