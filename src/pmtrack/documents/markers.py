"""The lines that mark the managed block, and whether they stand where they may."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pyromark

from pmtrack.errors import DocumentError

_MARKER = re.compile(
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

_DISORDER = {
    (0, "end"): "a pmtrack:end marker without a begin: delete this line",
    (1, "begin"): "a second pmtrack:begin marker before the end of the first: keep one block and delete the other",
    (2, "begin"): "a second pmtrack block: keep one and delete the other, from its begin to its end marker",
    (2, "end"): "a pmtrack:end marker without a begin: delete this line",
}
"""(place among the markers, kind) -> what is wrong with it. In order are a begin, an end, and no more."""


@dataclass(frozen=True, slots=True)
class Marker:
    kind: Literal["begin", "end"]
    start: int  # of the line
    comment: int  # of the "<!--"
    end: int  # of the line, without its line end
    rest: bytes


def markers(data: bytes) -> list[Marker]:
    if b"pmtrack:" not in data:
        return []
    return [
        Marker(
            "begin" if found["kind"] == b"begin" else "end",
            found.start("prefix"),
            found.end("prefix"),
            found.end(),
            found["rest"],
        )
        for found in _MARKER.finditer(data)
    ]


def check_order(data: bytes, found: Sequence[Marker]) -> None:
    for place, mark in enumerate(found[:3]):
        if problem := _DISORDER.get((place, mark.kind)):
            raise DocumentError(f"line {_line(data, mark)}: {problem}")
    if len(found) == 1:
        raise DocumentError(
            f"line {_line(data, found[0])}: a pmtrack:begin marker without an end: "
            "put <!-- pmtrack:end --> on a line of its own where the block ends, or delete the block"
        )


def attributes(data: bytes, mark: Marker) -> tuple[str, ...]:
    found = _REST[mark.kind].fullmatch(mark.rest)
    if found:
        return tuple(value.decode() for value in found.groups())
    if _NEWER.match(mark.rest):
        raise DocumentError(f"line {_line(data, mark)}: this block is of a newer pmtrack: upgrade this one")
    raise DocumentError(
        f"line {_line(data, mark)}: the pmtrack:{mark.kind} marker is damaged: "
        "delete the block, from its begin to its end marker, and the next run writes it anew"
    )


def check_place(data: bytes, found: Sequence[Marker]) -> None:
    places = _html_blocks(data)
    for mark in found:
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


def _line(data: bytes, mark: Marker) -> int:
    return len(_LINE_END.findall(data, 0, mark.start)) + 1
