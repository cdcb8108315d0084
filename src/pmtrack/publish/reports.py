"""Bring the report blocks in the documents of one source up to date.

Only documents whose report is due for a look are read: those where something changed, and those where a day passed
that makes something overdue. The store knows that day, so an untouched document costs nothing.
"""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from pmtrack import reports
from pmtrack.documents import block, extract, sketch, stayed
from pmtrack.errors import DocumentError
from pmtrack.model import Document, Known, Span
from pmtrack.publish.plan import Kept, Left, Page, Rewrite, plan
from pmtrack.reports import Report, ReportRow, review_on
from pmtrack.sources.base import Content, Source
from pmtrack.store.database import Store


@dataclass(slots=True)
class Published:
    """What was written, by path, and a sentence for each document that was left as it is."""

    written: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def publish(source: Source, store: Store, report: Callable[[str, str], Report], today: date) -> Published:
    """Rewrite the blocks that no longer say what the report says.

    Args:
        report: (source, path) -> what is to be said of that document.
    """
    published = Published()
    for document in store.to_review(source.name, today):
        if not document.is_template and not document.confidential:
            try:
                _one(source, store, report(source.name, document.path), document, published)
            except DocumentError as error:
                published.left.append(str(error))
    return published


def unpublish(source: Source, store: Store, path: str) -> bool:
    """Take the block out of a document, which is then what it was before; a block that a person edited stays.

    Raises:
        DocumentError: the document cannot be read or written.
    """
    content = source.read(path)
    found = block.find(content.data, path)
    if found is None or not found.untouched:
        return False
    new = source.write(content, block.remove(content.data))
    document = store.documents(source.name)[path]
    _settle(store, replace(document, version=new.version, review_on=None), new)
    return True


def _one(source: Source, store: Store, report: Report, document: Document, published: Published) -> None:
    content = source.read(document.path)
    if content.version != document.version:
        raise DocumentError(f"{document.path}: changed while this run was going on: the next run takes it up")
    step = plan(replace(_page(source, report, content), edited=document.block))
    if isinstance(step, Left):
        with store.writing() as writer:
            writer.save_document(replace(document, block=step.edited or document.block))
        raise DocumentError(step.reason)
    if isinstance(step, Rewrite):
        content = source.write(step.content, step.data)
        published.written.append(document.path)
    block = document.block if isinstance(step, Kept) else None
    _settle(store, replace(document, version=content.version, review_on=review_on(report), block=block), content)


def _page(source: Source, report: Report, content: Content) -> Page:
    at = extract(content.data, content.path).block_at
    wanted = bool(report.rows) or block.find(content.data, content.path) is not None
    text = reports.block(report, lambda row: link(row, source.locate(content.path))) if wanted else None
    return Page(content, block.doc_id(source.name, content.path), at, text)


def link(row: ReportRow, place: str) -> str | None:
    """How the document at `place` links to a row's issue: an address as it is, a file from the document's folder."""
    if row.ticket is None:
        return None
    url = row.ticket.url
    return url if "://" in url or not url else posixpath.relpath(url, posixpath.dirname(place) or ".")


def _settle(store: Store, document: Document, content: Content) -> None:
    """Remember the bytes as ours, with the lines that the items stand on now."""
    lines = sketch(content.data)
    moved = stayed(document.lines, lines)
    now = defaultdict(list)
    for item in extract(content.data, document.path).items:
        now[item.line].append(item.span)
    known = (item for item in store.items(document.source, [document.path]) if item.present)
    with store.writing() as writer:
        writer.save_document(replace(document, lines=lines))
        writer.save_items(_moved(one, moved.get(one.item.line, one.item.line), now) for one in known)


def _moved(known: Known, line: int, now: Mapping[int, list[Span]]) -> Known:
    """Where the item stands now; what a newer extractor reads there is not heard. Uses up the place."""
    span = now[line].pop(0) if now.get(line) else known.item.span
    return replace(known, item=replace(known.item, line=line, span=span))
