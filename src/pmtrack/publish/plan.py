"""Whether a document's report block has to be written, and what the document is then (pure)."""

from __future__ import annotations

from dataclasses import dataclass

from pmtrack.documents import block
from pmtrack.errors import DocumentError
from pmtrack.sources.base import Content

EDITED = (
    "the report block was edited by hand and is left as it is: "
    "move what you wrote elsewhere and delete the block, then the next sync writes it anew"
)
BEYOND = "the report block cannot be written without a change around it, which is a bug: please report it"


@dataclass(frozen=True, slots=True)
class Page:
    """A document and the report that it is to hold.

    Attributes:
        doc: `block.doc_id` of the document. at: the byte before which a new block goes, None for the end.
        text: the inside of the block; "" for no block; None where what is there, if anything, is left.
    """

    content: Content
    doc: str
    at: int | None
    text: str | None


@dataclass(frozen=True, slots=True)
class Rewrite:
    """The document has to be replaced by these bytes."""

    content: Content
    data: bytes


@dataclass(frozen=True, slots=True)
class Left:
    """The document is left as it is; the reason is a sentence for people, with the path."""

    path: str
    reason: str


def plan(page: Page) -> Rewrite | Left | None:
    """What has to be done with one document; None where it says already what it should.

    A block that nobody edited is ours to replace, also one that was copied from another document.
    """
    try:
        new = _wanted(page)
        if new == page.content.data:
            return None
        if block.remove(new) != block.remove(page.content.data):
            raise DocumentError(BEYOND)
    except DocumentError as error:
        return Left(page.content.path, f"{page.content.path}: {error}")
    return Rewrite(page.content, new)


def _wanted(page: Page) -> bytes:
    """What the document should be.

    Raises:
        DocumentError: its block is not ours to write.
    """
    data = page.content.data
    if page.text is None:
        return data
    if found := block.find(data):
        says_so = block.fingerprint(found.content) == block.fingerprint(page.text)
        if says_so and found.untouched and found.doc == page.doc:
            return data
        if not says_so and not found.untouched:
            raise DocumentError(EDITED)
    return block.splice(data, page.text, page.doc, page.at) if page.text else block.remove(data)
