"""Reading a document as the extractor does, quickly: extraction is most of a run's time, and its lines repeat.

What these authors write differs in its items only, one line each. So the extractor reads each line once, alone, and
each document once without its items, and the answer is put together from both. Whatever looks otherwise it reads
itself.
`test_lives` compares the two.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from unittest.mock import patch

from pmtrack.documents import block, extract, sketch
from pmtrack.model import ActionItem, Postmortem, Span
from pmtrack.publish import reports as publishing
from pmtrack.sync import documents as reading

READERS = (reading, publishing)
"""The modules that read documents."""

BEGIN, END = b"<!-- pmtrack:begin", b"<!-- pmtrack:end"
BLOCK = b"<!-- pmtrack:begin v1 doc=00000000 sha=0000000000000000 -->\n\nx\n\n<!-- pmtrack:end -->\n"
BOX = (b"- [ ] ", b"- [x] ")
ONE = b"- [ ] One item (owner: Ana, P1, due 2026-12-01)\n"
HEAD = b"# One\n\nDate: 2026-11-01\n\n## Action items\n\n"


@contextmanager
def remembered_reading() -> Iterator[None]:
    """What is pure is not done twice for the same bytes."""
    with ExitStack() as stack:
        for module in READERS:
            stack.enter_context(patch.object(module, "extract", _quick))
            stack.enter_context(patch.object(module, "sketch", _sketch))
        stack.enter_context(patch.object(block, "_found", lru_cache(maxsize=4096)(block._found)))
        stack.enter_context(patch.object(block, "fingerprint", lru_cache(maxsize=4096)(block.fingerprint)))
        yield


@dataclass(slots=True)
class Shape:
    """A document without its items.

    Attributes:
        items: line number, offset and bytes of each item's line.
        rest: the other lines, one item for all, and a short block for the block.
        where: offset in `rest` -> offset in the document.
    """

    items: list[tuple[int, int, bytes]] = field(default_factory=list)
    rest: bytes = b""
    where: dict[int, int] = field(default_factory=dict)

    def take(self, line: bytes, offset: int) -> None:
        self.where[len(self.rest)] = offset
        self.rest += line


def quick_extract(data: bytes, path: str = "") -> Postmortem:
    """What `extract` says."""
    shape = _shape(data)
    items = [_item(number, offset, line) for number, offset, line in shape.items] if shape else [None]
    if shape is None or None in items:
        return extract(data, path)
    frame = _frame(shape.rest)
    at = None if frame.block_at is None else shape.where[frame.block_at]
    return replace(frame, path=path, items=tuple(item for item in items if item), block_at=at)


def _shape(data: bytes) -> Shape | None:
    """None where the items' lines do not stand together."""
    shape, offset, inside = Shape(), 0, False
    for number, line in enumerate(data.splitlines(keepends=True), start=1):
        if line.startswith(BEGIN):
            inside = True
            shape.take(BLOCK, offset)
        elif not inside and line.startswith(BOX):
            if not shape.items:
                shape.take(ONE, offset)
            elif shape.items[-1][0] != number - 1:
                return None
            shape.items.append((number, offset, line.rstrip()))
        elif not inside:
            shape.take(line, offset)
        inside = inside and not line.startswith(END)
        offset += len(line)
    shape.take(b"", offset)
    return shape


def _item(number: int, offset: int, line: bytes) -> ActionItem | None:
    said = _said(line)
    return said and replace(said, line=number, span=Span(offset + said.span.start, offset + said.span.end))


@lru_cache(maxsize=65536)
def _said(line: bytes) -> ActionItem | None:
    """What one line states, with its span from the line's start."""
    items = extract(HEAD + line + b"\n").items
    if len(items) != 1:
        return None
    span = items[0].span
    return replace(items[0], span=Span(span.start - len(HEAD), span.end - len(HEAD)))


_frame = lru_cache(maxsize=1024)(extract)
_quick = lru_cache(maxsize=4096)(quick_extract)
_sketch = lru_cache(maxsize=4096)(sketch)
