"""Keep out of a document that somebody has under their hands: open in an editor, or changed and not committed."""

from __future__ import annotations

from pmtrack.documents import block
from pmtrack.errors import DocumentError
from pmtrack.sources.base import Content, InHand, Source

OPEN = "{path}: somebody has it open ({lock}): its report is written when that is closed"
DIRTY = "{path}: holds changes that nobody committed yet: its report is written when they are"


def check_hands(source: Source, content: Content) -> None:
    """Raises:
    DocumentError: somebody is at work on the document, so it is left for this run.
    """
    if not isinstance(source, InHand):
        return
    if lock := source.in_hand(content.path):
        raise DocumentError(OPEN.format(path=content.path, lock=lock))
    before = source.committed(content.path)
    if before is not None and _theirs(before) != _theirs(content.data):
        raise DocumentError(DIRTY.format(path=content.path))


def _theirs(data: bytes) -> bytes:
    """What people wrote: the document without our block, whatever a checkout makes of line ends."""
    try:
        data = block.remove(data)
    except DocumentError:
        return data
    return data.replace(b"\r\n", b"\n")
