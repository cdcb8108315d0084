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
import re
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal

import pyromark

from pmtrack.errors import DocumentError
from pmtrack.model import Span

_MARKER = re.compile(
    rb"(?:\A(?:\xef\xbb\xbf)?|(?<=[\r\n]))(?P<prefix>[ \t>*+\-.)0-9]*)"
    rb"<!--[ \t]*pmtrack:(?P<kind>begin|end)\b(?P<rest>[^\r\n]*)"
)
_REST = {
    "begin": re.compile(rb"[ \t]+v1[ \t]+doc=([0-9a-f]{8})[ \t]+sha=([0-9a-f]{8,16})[ \t]*-->[ \t]*"),
    "end": re.compile(rb"[ \t]*-->[ \t]*"),
}
_NEWER = re.compile(rb"[ \t]+v(?!1\b)[0-9]")
_VISIBLE = re.compile(rb"[^\r\n]")
_LINE_END = re.compile(rb"\r\n|\r|\n")
_LONE_CR = re.compile(r"\r(?!\n)")

_DISORDER = {
    (0, "end"): "a pmtrack:end marker without a begin: delete this line",
    (1, "begin"): "a second pmtrack:begin marker before the end of the first: keep one block and delete the other",
    (2, "begin"): "a second pmtrack block: keep one and delete the other, from its begin to its end marker",
    (2, "end"): "a pmtrack:end marker without a begin: delete this line",
}
"""(place among the markers, kind) -> what is wrong with it. In order are a begin, an end, and no more."""

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


@dataclass(frozen=True, slots=True)
class _Mark:
    kind: Literal["begin", "end"]
    start: int  # of the line
    comment: int  # of the "<!--"
    end: int  # of the line, without its line end
    rest: bytes


def doc_id(source: str, path: str) -> str:
    """8 hex digits that name a document of a source."""
    return hashlib.sha256(f"{source}\0{path}".encode(errors="replace")).hexdigest()[:8]


def fingerprint(content: str) -> str:
    """16 hex digits of a block's content by its words and cells, whatever a formatter made of the spaces between."""
    content = _tidy(content)
    for pattern, replacement in _FORMS:
        content = pattern.sub(replacement, content)
    return hashlib.sha256(content.strip().encode(errors="replace")).hexdigest()[:16]


def blank(data: bytes) -> bytes:
    """The document with spaces for our blocks, at equal length and with its line ends, so that nothing in them is read.

    Of a malformed block (no end, two begins) only the marker lines become spaces. Never raises.
    """
    marks = _marks(data)
    view = bytearray(data)
    for mark, after in zip_longest(marks, marks[1:]):
        whole = mark.kind == "begin" and after is not None and after.kind == "end"
        end = after.end if whole else mark.end
        view[mark.start : end] = _VISIBLE.sub(b" ", data[mark.start : end])
    return bytes(view)


def find(data: bytes) -> Block | None:
    """The block of a document, or None.

    Raises:
        DocumentError: there is one that cannot be trusted: markers missing, doubled, damaged, or not on the top level.
            The sentence names the line, but not the document.
    """
    marks = _marks(data)
    if not marks:
        return None
    _check_order(data, marks)
    begin, end = marks
    doc, sha = _attributes(data, begin)
    _attributes(data, end)
    _check_place(data, marks)
    content = _tidy(data[begin.end : end.start].decode(errors="replace"))
    return Block(Span(begin.start, end.end), doc, sha, content, fingerprint(content).startswith(sha))


def splice(data: bytes, content: str, doc: str, at: int | None) -> bytes:
    """The document with `content` in its block.

    A block that is there is replaced where it stands. Else one is put after the last words before the byte `at` (a line
    start; None for the end), with a blank line before it, so that `remove` gives back the very same bytes.

    Raises:
        DocumentError: as `find`; or a block cannot stand there (in a code fence, a comment), or holds a marker itself.
    """
    found, line_end = find(data), _line_end(data)
    text = _rendered(_tidy(content), doc).replace(b"\n", line_end)
    if found:
        new = data[: found.span.start] + text + data[found.span.end :]
    else:
        new = _inserted(data, text, line_end, len(data) if at is None else at)
    try:
        find(new)
    except DocumentError as error:
        raise DocumentError(f"the status block cannot be written: {error}") from None
    return new


def remove(data: bytes) -> bytes:
    """The document without its block, and without the blank line that `splice` put before it.

    Raises:
        DocumentError: as `find`.
    """
    found = find(data)
    if found is None:
        return data
    before, after = data[: found.span.start], data[found.span.end :]
    if (shorter := _chopped(before)).endswith((b"\r", b"\n")):
        before = shorter
    line_end = _LINE_END.match(after)
    return before + after[line_end.end() :] if line_end else _chopped(before)


def _marks(data: bytes) -> list[_Mark]:
    if b"pmtrack:" not in data:
        return []
    return [
        _Mark(
            "begin" if found["kind"] == b"begin" else "end",
            found.start("prefix"),
            found.end("prefix"),
            found.end(),
            found["rest"],
        )
        for found in _MARKER.finditer(data)
    ]


def _check_order(data: bytes, marks: list[_Mark]) -> None:
    for place, mark in enumerate(marks[:3]):
        if problem := _DISORDER.get((place, mark.kind)):
            raise DocumentError(f"line {_line(data, mark)}: {problem}")
    if len(marks) == 1:
        raise DocumentError(
            f"line {_line(data, marks[0])}: a pmtrack:begin marker without an end: "
            "put <!-- pmtrack:end --> on a line of its own where the block ends, or delete the block"
        )


def _attributes(data: bytes, mark: _Mark) -> tuple[str, ...]:
    found = _REST[mark.kind].fullmatch(mark.rest)
    if found:
        return tuple(value.decode() for value in found.groups())
    if _NEWER.match(mark.rest):
        raise DocumentError(f"line {_line(data, mark)}: this block is of a newer pmtrack: upgrade this one")
    raise DocumentError(
        f"line {_line(data, mark)}: the pmtrack:{mark.kind} marker is damaged: "
        "delete the block, from its begin to its end marker, and the next run writes it anew"
    )


def _check_place(data: bytes, marks: list[_Mark]) -> None:
    places = _html_blocks(data)
    for mark in marks:
        if mark.comment not in places:
            raise DocumentError(
                f"line {_line(data, mark)}: the pmtrack:{mark.kind} marker stands in a code block, a comment, a quote, "
                "a list or other HTML: move the block out of it, with a blank line before and after each marker"
            )


def _html_blocks(data: bytes) -> set[int]:
    """Where the HTML blocks of the top level start."""
    text = data.decode(errors="surrogateescape").encode(errors="replace").decode()  # equal length: "?" for a bad byte
    text = _LONE_CR.sub("\n", text.replace("\ufeff", "   ", 1) if data.startswith(codecs.BOM_UTF8) else text)
    starts, depth = set(), 0
    for event, place in pyromark.events_with_range(text):
        if not isinstance(event, dict):
            continue
        if "Start" in event:
            if depth == 0 and event["Start"] == "HtmlBlock":
                starts.add(place["start"])
            depth += 1
        elif "End" in event:
            depth -= 1
    return starts


def _line(data: bytes, mark: _Mark) -> int:
    return len(_LINE_END.findall(data, 0, mark.start)) + 1


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
