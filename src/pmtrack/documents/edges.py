"""The two lines between which the managed block stands, and whether they are as pmtrack wrote them."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Literal

import pyromark

from pmtrack.errors import DocumentError

_EDGE = re.compile(
    rb"(?:\A(?:\xef\xbb\xbf)?|(?<=[\r\n]))(?P<prefix>[ \t>*+\-.)0-9]*)"
    rb"<!--[ \t]*pmtrack:(?P<kind>begin|end)\b(?P<rest>[^\r\n]*)"
)
_REST = {
    "begin": re.compile(rb"[ \t]+v1[ \t]+doc=([0-9a-f]{8})[ \t]+sha=([0-9a-f]{8,16})[ \t]*-->[ \t]*"),
    "end": re.compile(rb"[ \t]*-->[ \t]*"),
}
_NEWER = re.compile(rb"[ \t]+v(?!1\b)[0-9]")
_LINE_END = re.compile(rb"\r\n|\r|\n")
_LONE_CR = re.compile(r"\r(?!\n)")

NO_END = (
    "a pmtrack:begin marker without an end: "
    "put <!-- pmtrack:end --> on a line of its own where the block ends, or delete the block"
)
NEWER = "this block is of a newer pmtrack: upgrade this one"
DAMAGED = "this marker is damaged: delete the block, from its begin to its end marker, and the next run writes it anew"
MISPLACED = (
    "this pmtrack marker stands in a code block, a comment, a quote, a list or other HTML: "
    "move the block out of it, with a blank line before and after each marker"
)
_DISORDER = {
    (0, "end"): "a pmtrack:end marker without a begin: delete this line",
    (1, "begin"): "a second pmtrack:begin marker before the end of the first: keep one block and delete the other",
    (2, "begin"): "a second pmtrack block: keep one and delete the other, from its begin to its end marker",
    (2, "end"): "a pmtrack:end marker without a begin: delete this line",
}
"""(place among the markers, kind) -> what is wrong with it. In order are a begin, an end, and no more."""


@dataclass(frozen=True, slots=True)
class Edge:
    """A begin or an end marker.

    Attributes:
        start, end: of its line, without the line end. comment: where its `<!--` starts.
        rest: what follows `pmtrack:begin` or `pmtrack:end` on the line.
    """

    kind: Literal["begin", "end"]
    start: int
    comment: int
    end: int
    rest: bytes

    @property
    def values(self) -> tuple[str, ...] | None:
        """`doc` and `sha` of a begin, nothing of an end; None where the line is not as pmtrack writes it."""
        found = _REST[self.kind].fullmatch(self.rest)
        return tuple(value.decode() for value in found.groups()) if found else None


def edges(data: bytes) -> list[Edge]:
    """Every marker line of a document, wherever it stands."""
    if b"pmtrack:" not in data:
        return []
    return [
        Edge(
            "begin" if found["kind"] == b"begin" else "end",
            start=found.start("prefix"),
            comment=found.end("prefix"),
            end=found.end(),
            rest=found["rest"],
        )
        for found in _EDGE.finditer(data)
    ]


def pair(data: bytes) -> tuple[Edge, Edge] | None:
    """The begin and the end of the document's one block; None where it has no marker at all.

    Raises:
        DocumentError: anything else. The sentence names the line, but not the document.
    """
    found = edges(data)
    if not found:
        return None
    for problem, edge in chain(_disorder(found), _damages(found), _misplaced(data, found)):
        raise DocumentError(f"line {_line(data, edge)}: {problem}")
    begin, end = found
    return begin, end


def _disorder(found: Sequence[Edge]) -> Iterator[tuple[str, Edge]]:
    for place, edge in enumerate(found[:3]):
        if problem := _DISORDER.get((place, edge.kind)):
            yield problem, edge
    if len(found) == 1:
        yield NO_END, found[0]


def _damages(found: Sequence[Edge]) -> Iterator[tuple[str, Edge]]:
    for edge in found:
        if edge.values is None:
            yield (NEWER if _NEWER.match(edge.rest) else DAMAGED), edge


def _misplaced(data: bytes, found: Sequence[Edge]) -> Iterator[tuple[str, Edge]]:
    places = _html_blocks(data)
    yield from ((MISPLACED, edge) for edge in found if edge.comment not in places)


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


def _line(data: bytes, edge: Edge) -> int:
    return len(_LINE_END.findall(data, 0, edge.start)) + 1
