"""The parser's events of one block as words with their marks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pmtrack.documents import html
from pmtrack.documents.inline import MAX_CHARACTERS, Collector, Inline
from pmtrack.documents.mojibake import is_meant

Pair = tuple[Any, Mapping[str, int]]
"""An event of the parser, and the bytes that it stands at."""
Run = list[Pair]
"""What a block says."""

_MARKS = frozenset({"Strong", "Emphasis", "Strikethrough", "Superscript", "Subscript"})
MARKS = frozenset({"Strong", "Emphasis", "Strikethrough", "Link", "Image", "Superscript", "Subscript"})


def put_together(run: Run, shift: int = 0) -> Inline:
    """The words of a run; offsets are those of its events, and `shift` more."""
    return _simple(run, shift) or _marked(run, shift)


def _simple(run: Run, shift: int) -> Inline | None:
    """The words of a run without links, pictures and tags, which most runs are; None for another."""
    parts: list[str] = []
    anchors: list[tuple[int, int]] = []
    marks: dict[str, list[tuple[int, int]]] = {}
    opened: list[int] = []
    length = end = 0
    for event, place in run:
        if "Text" in event:
            part, start = event["Text"], place["start"] + shift
        elif event.__class__ is str:
            part, start = "\n", place["start"] + shift
        elif "Code" in event:
            part, start = event["Code"], place["start"] + shift + 1
        elif "Start" in event and event["Start"].__class__ is str:
            opened.append(length)
            continue
        elif "End" in event and event["End"] in _MARKS:
            marks.setdefault(event["End"], []).append((opened.pop(), length))
            continue
        else:
            return None
        if not (part.isascii() or is_meant(part)):
            return None
        parts.append(part)
        anchors.append((length, start))
        length += len(part)
        if length > MAX_CHARACTERS:
            return None
        end = place["end"] + shift
    text = parts[0] if len(parts) == 1 else "".join(parts)
    if not marks:
        return Inline(text, (), (), (), tuple(anchors), end)
    bold, struck = tuple(marks.get("Strong", ())), tuple(marks.get("Strikethrough", ()))
    return Inline(text, (), bold, struck, tuple(anchors), end)


def _marked(run: Run, shift: int) -> Inline:
    collector, images = Collector(), 0
    for event, place in run:
        start, end = place["start"] + shift, place["end"] + shift
        said = _said(event)
        if said is None:
            images += _mark(collector, event, start, end, silent=images > 0)
        elif not images and not collector.add(said, start + ("Code" in event), end):
            collector.close()
            break
    return collector.inline()


def _said(event: Any) -> str | None:
    if event.__class__ is str:
        return "\n"
    said: str | None = event.get("Text") or event.get("Code")
    return said


def _mark(collector: Collector, event: Any, start: int, end: int, *, silent: bool) -> int:
    """Take a mark or a tag; whether an image begins (1) or ends (-1), whose words are none of the block."""
    tag = event.get("Start")
    if tag is not None:
        name, value = (tag, None) if tag.__class__ is str else next(iter(tag.items()))
        if name != "Image":
            collector.enter(name, str(value["dest_url"]) if isinstance(value, Mapping) and "dest_url" in value else "")
        return name == "Image"
    ended = event.get("End")
    if ended is None:
        _tag(collector, event["InlineHtml"], start, end, silent=silent)
    elif ended == "Image":
        return -1
    else:
        collector.leave()
    return 0


def _tag(collector: Collector, source: str, start: int, end: int, *, silent: bool) -> None:
    """HTML inside of words: a line break, a mark, and what is no tag at all."""
    if marked := html.mark(source):
        name, ends = marked
        if ends:
            collector.leave(name)
        else:
            collector.enter(name, "")
    elif not silent and html.is_break(source):
        collector.add(" ", start, end)
    elif not silent and html.is_words(source):
        collector.add(source, start, end)


def says_nothing(run: Run) -> bool:
    """Whether there is no word; most runs begin with one."""
    if run and "Text" in run[0][0] and not run[0][0]["Text"].isspace():
        return False
    if any("Start" in event and event["Start"].__class__ is not str for event, _ in run):  # it may be a picture's
        return not put_together(run).text.strip()
    said = (
        event.get("Text") or event.get("Code") or event.get("InlineHtml") for event, _ in run if event.__class__ is dict
    )
    return not any(text and not text.isspace() for text in said)


def from_first_word(run: Run) -> Run:
    """A run without the pictures, and the tags that mean nothing, before its first word or mark."""
    images = 0
    for at, (event, _) in enumerate(run):
        if event.__class__ is str or "Text" in event or "Code" in event:
            if not images:
                return run[at:] if at else run
            continue
        change = _image(event)
        images += change
        if not (images or change or ("InlineHtml" in event and not html.means(event["InlineHtml"]))):
            return run[at:] if at else run
    return []


def _image(event: Any) -> int:
    """1 where a picture begins, -1 where it ends."""
    if event.get("End") == "Image":
        return -1
    tag = event.get("Start", "")
    return int(tag.__class__ is not str and "Image" in tag)
