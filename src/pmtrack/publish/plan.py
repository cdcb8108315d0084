"""Whether a document's report block has to be written, and what the document is then (pure)."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from pmtrack.documents import block
from pmtrack.errors import DocumentError
from pmtrack.model import BlockState, EditedBlock
from pmtrack.sources.base import Content

EDITED = (
    "the report block was edited by hand and is left as it is: keep it so with `pmtrack review --keep-block {path}`, "
    "or let the next sync write it anew, without those words, with `pmtrack review --replace-block {path}`"
)
BEYOND = "the report block cannot be written without a change around it, which is a bug: please report it"


@dataclass(frozen=True, slots=True)
class Page:
    """A document and the report that it is to hold.

    Attributes:
        doc: `block.doc_id` of the document. at: the byte before which a new block goes, None for the end.
        text: the inside of the block; "" for no block; None where what is there, if anything, is left.
        edited: what is known of a block that a person edited.
        lines: the document with its items' own lines as they are to be, None where they stay as they are.
    """

    content: Content
    doc: str
    at: int | None
    text: str | None
    edited: EditedBlock | None = None
    lines: bytes | None = None

    @property
    def data(self) -> bytes:
        """The document that the block is put into."""
        return self.content.data if self.lines is None else self.lines


@dataclass(frozen=True, slots=True)
class Rewrite:
    """The document has to be replaced by these bytes.

    Attributes:
        kept: its block stays as a person edited it, and they know.
    """

    content: Content
    data: bytes
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Left:
    """The document is left as it is; the reason is a sentence for people, with the path.

    Attributes:
        edited: its block, where a person edited that and nobody said yet what to do with it.
    """

    path: str
    reason: str
    edited: EditedBlock | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """The block stays as a person edited it, and they know."""


def plan(page: Page) -> Rewrite | Left | Kept | None:
    """What has to be done with one document; None where it says already what it should.

    A block that nobody edited is ours to replace, also one that was copied from another document; one that a person
    edited only when they said so of this very content.
    """
    try:
        edited = _edited(page)
        if edited and edited.state is BlockState.KEPT:
            return Kept() if page.data == page.content.data else Rewrite(page.content, page.data, kept=True)
        if edited and edited.state is BlockState.EDITED:
            path = page.content.path
            return Left(path, f"{path}: {EDITED.format(path=shlex.quote(path))}", edited)
        new = _wanted(page)
        if new == page.content.data:
            return None
        if block.remove(new) != block.remove(page.data):
            raise DocumentError(BEYOND)
    except DocumentError as error:
        return Left(page.content.path, f"{page.content.path}: {error}")
    return Rewrite(page.content, new)


def _edited(page: Page) -> EditedBlock | None:
    """The block, where what stands in it is neither what we wrote nor what we would write.

    Raises:
        DocumentError: there is one that cannot be trusted.
    """
    found = block.find(page.data) if page.text is not None else None
    if found is None or found.untouched or page.text is None:
        return None
    content = block.fingerprint(found.content)
    if content == block.fingerprint(page.text):
        return None
    told = page.edited if page.edited and page.edited.fingerprint == content else None
    return told or EditedBlock(BlockState.EDITED, content)


def _wanted(page: Page) -> bytes:
    """What the document should be.

    Raises:
        DocumentError: its block is not ours to write.
    """
    data = page.data
    if page.text is None:
        return data
    if found := block.find(data):
        says_so = block.fingerprint(found.content) == block.fingerprint(page.text)
        if says_so and found.untouched and found.doc == page.doc:
            return data
    return block.splice(data, page.text, page.doc, page.at) if page.text else block.remove(data)
