"""Whether a document's report block has to be written, and what the document is then (pure)."""

from __future__ import annotations

from dataclasses import dataclass

from pmtrack.documents import block
from pmtrack.errors import DocumentError
from pmtrack.sources.base import Content

EDITED = (
    "the report block in {path} was edited by hand and is left as it is: "
    "move what you wrote elsewhere and delete the block, then the next sync writes it anew"
)


@dataclass(frozen=True, slots=True)
class Page:
    """A document and the report that it is to hold.

    Attributes:
        doc: `block.doc_id` of the document. at: the byte before which a new block goes, None for the end.
        text: the inside of the block; None where no block is wanted and what is there is left.
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
    """The document is left as it is; the reason is a sentence for people."""

    path: str
    reason: str


def plan(page: Page) -> Rewrite | Left | None:
    """What has to be done with one document; None where its block says already what it should."""
    path, data = page.content.path, page.content.data
    if page.text is None:
        return None
    try:
        found = block.find(data)
        if found and not found.untouched:
            return Left(path, EDITED.format(path=path))
        if found and found.doc == page.doc and found.sha == block.fingerprint(page.text):
            return None
        new = block.splice(data, page.text, page.doc, page.at)
    except DocumentError as error:
        return Left(path, f"{path}: {error}")
    return Rewrite(page.content, new) if new != data else None
