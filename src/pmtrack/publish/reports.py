"""Bring the report blocks in the documents of one source up to date.

Only documents whose report is due for a look are read: those where something changed, and those where a day passed
that makes something overdue. The store knows that day, so an untouched document costs nothing. What is written is
remembered when it is there: where a source commits, after its commit.
"""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial

from pmtrack import reports
from pmtrack.documents import block, extract, sketch, stayed
from pmtrack.errors import DocumentError, SourceError
from pmtrack.model import Document, Known, Span
from pmtrack.publish.hands import check_hands
from pmtrack.publish.items import Lines, Shown, in_step, restated
from pmtrack.publish.plan import Kept, Left, Page, Rewrite, plan
from pmtrack.ready import Wait
from pmtrack.reports import Report, ReportRow, review_on
from pmtrack.sources.base import Commits, Content, Source
from pmtrack.store.database import Store

NOTHING: Mapping[str, int] = {}

UNTIL_READY = date.min
"""The day on which a draft without a report is to be looked at: every day, and read only once it is ready, which it
may be because time passed or a team has another rule.
"""

Waits = Callable[[Document], Wait | None]
"""What a document waits for before its report is put into it; None where it is ready."""


def at_once(_document: Document) -> Wait | None:
    """Every document is ready."""
    return None


@dataclass(slots=True)
class Published:
    """What was written, by path, and a sentence for each document that was left as it is.

    Attributes:
        proposed: what waits in a pull request.
        waiting: why nothing was written now though nothing is wrong; what waits comes with a later run.
    """

    written: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    proposed: list[str] = field(default_factory=list)
    waiting: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A document that was written.

    Attributes:
        document: as it is to be remembered, but for its version. content: as it was written.
        again: what another content of it is to be instead, None where that is left.
        touched: ident -> which item of the document says something else by our hand.
    """

    document: Document
    content: Content
    again: Callable[[Content], bytes | None]
    touched: Mapping[str, int] = field(default_factory=dict)


def publish(
    source: Source,
    store: Store,
    report: Callable[[str, str], Report],
    today: date,
    *,
    run: str = "",
    items: Shown | None = None,
    waits: Waits = at_once,
) -> Published:
    """Rewrite the blocks that no longer say what the report says.

    A document that somebody still writes gets none; one that has a block keeps it current.

    Args:
        report: (source, path) -> what is to be said of that document. run: its id, for a source that commits.
        items: where the items' own lines are kept in step as well, how people call an owner.
    """
    published = Published()
    due = [one for one in store.to_review(source.name, today) if not one.is_template and not one.confidential]
    found = [(one, wait) for one in due if not (wait := waits(one)) or one.review_on != UNTIL_READY]
    if not found or not _is_closed(source, published):
        steps = (partial(_one, source, store, report, one, items=items, wait=wait) for one, wait in found)
        _bring_out(source, store, steps, published, run)
    return published


def unpublish(source: Source, store: Store, path: str) -> bool:
    """Take the block out of a document, which is then what it was before; a block that a person edited stays.

    Raises:
        DocumentError: the document cannot be read or written.
    """
    done = unpublish_all(source, store, [path])
    if done.left:
        raise DocumentError(done.left[0])
    return bool(done.written)


def unpublish_all(source: Source, store: Store, paths: Iterable[str], *, run: str = "") -> Published:
    """The same for some documents of a source, in one commit where it commits."""
    published, documents = Published(), store.documents(source.name)
    steps = (partial(_without, source, documents[path]) for path in paths)
    _bring_out(source, store, steps, published, run)
    return published


def _is_closed(source: Source, published: Published) -> bool:
    try:
        published.waiting = source.closed() if isinstance(source, Commits) else None
    except SourceError as error:
        published.waiting = str(error)
    return published.waiting is not None


def _bring_out(
    source: Source, store: Store, steps: Iterable[Callable[[], Draft | None]], published: Published, run: str
) -> None:
    """Do the steps, each of which writes a document or has nothing to write; then commit, where the source does."""
    drafts: dict[str, Draft] = {}
    for step in steps:
        try:
            draft = step()
        except DocumentError as error:
            published.left.append(str(error))
            continue
        if draft and isinstance(source, Commits):
            drafts[draft.document.path] = draft
        elif draft:
            _take(store, draft, draft.content, published)
    if isinstance(source, Commits) and (drafts or not published.left):
        _commit(source, store, drafts, published, run)


def _commit(source: Commits, store: Store, drafts: Mapping[str, Draft], published: Published, run: str) -> None:
    done = source.commit(run, lambda content: drafts[content.path].again(content))
    for path, content in done.written.items():
        if content.version == drafts[path].content.version:
            _take(store, drafts[path], content, published)
        else:  # on top of what somebody else wrote, which the next run has to read
            published.written.append(path)
    published.proposed += done.proposed
    published.left += dict.fromkeys(done.left.values())


def _take(store: Store, draft: Draft, content: Content, published: Published) -> None:
    published.written.append(content.path)
    _settle(store, replace(draft.document, version=content.version), content, draft.touched)


def _one(
    source: Source,
    store: Store,
    report: Callable[[str, str], Report],
    document: Document,
    *,
    items: Shown | None,
    wait: Wait | None,
) -> Draft | None:
    """Write one document where it has to be.

    Raises:
        DocumentError: it is left as it is.
    """
    content = source.read(document.path)
    if content.version != document.version:
        raise DocumentError(f"{document.path}: changed while this run was going on: the next run takes it up")
    said = report(source.name, document.path)
    lines, page_of = partial(_lines, said, store, items), partial(_page, source, said, document, wait=wait)
    wanted = lines(content)
    page = page_of(content, wanted)
    step = plan(page)
    if isinstance(step, Left):
        with store.writing() as writer:
            writer.save_document(replace(document, block=step.edited or document.block))
        raise DocumentError(step.reason)
    is_kept = isinstance(step, Kept) or (isinstance(step, Rewrite) and step.kept)
    settled = replace(document, review_on=_next(said, page, wait), block=document.block if is_kept else None)
    if isinstance(step, Rewrite):
        check_hands(source, content)
        return Draft(settled, source.write(content, step.data), partial(_again, page_of, lines), wanted.touched)
    _settle(store, settled, content)
    return None


def _lines(report: Report, store: Store, items: Shown | None, content: Content) -> Lines:
    if items is None:
        return Lines(content.data)
    return in_step(content.data, content.path, report, store, items)


def _again(
    page_of: Callable[[Content, Lines], Page], lines: Callable[[Content], Lines], content: Content
) -> bytes | None:
    """The same on top of what somebody else wrote in the meantime."""
    step = plan(page_of(content, lines(content)))
    if isinstance(step, Rewrite):
        return step.data
    return content.data if step is None else None


def _without(source: Source, document: Document) -> Draft | None:
    """Raises:
    DocumentError: the document cannot be read or written.
    """

    def removed(content: Content) -> bytes | None:
        found = block.find(content.data, content.path)
        return block.remove(content.data) if found and found.untouched else None

    content = source.read(document.path)
    new = removed(content)
    if new is None:
        return None
    check_hands(source, content)
    return Draft(replace(document, review_on=None), source.write(content, new), removed)


def _next(report: Report, page: Page, wait: Wait | None) -> date | None:
    """The day on which the report is to be looked at again though nobody does anything."""
    is_kept_out = wait and report.rows and page.text is None
    return UNTIL_READY if is_kept_out else review_on(report)


def _page(
    source: Source, report: Report, document: Document, content: Content, lines: Lines, *, wait: Wait | None
) -> Page:
    at = extract(lines.data, content.path).block_at
    wanted = (report.rows and not wait) or block.find(content.data, content.path) is not None
    text = reports.block(report, lambda row: link(row, source.locate(content.path))) if wanted else None
    return Page(content, block.doc_id(source.name, content.path), at, text, document.block, lines.data)


def link(row: ReportRow, place: str) -> str | None:
    """How the document at `place` links to a row's issue: an address as it is, a file from the document's folder."""
    if row.ticket is None:
        return None
    url = row.ticket.url
    if "://" in url or not url:
        return url
    return None if "://" in place else posixpath.relpath(url, posixpath.dirname(place) or ".")


def _settle(store: Store, document: Document, content: Content, touched: Mapping[str, int] = NOTHING) -> None:
    """Remember the bytes as ours, with the lines that the items stand on now, and what we made them say."""
    lines = sketch(content.data)
    moved = stayed(document.lines, lines)
    now, items = defaultdict(list), extract(content.data, document.path).items
    for item in items:
        now[item.line].append(item.span)
    known = [item for item in store.items(document.source, [document.path]) if item.present]
    links = store.links(touched) if touched else {}
    with store.writing() as writer:
        writer.save_document(replace(document, lines=lines))
        writer.save_items(_moved(one, moved.get(one.item.line, one.item.line), now) for one in known)
        for one in known:
            if one.ident in touched:
                said, link = restated(one, items[touched[one.ident]], document, links[one.ident])
                writer.save_items([said])
                writer.save_link(link)


def _moved(known: Known, line: int, now: Mapping[int, list[Span]]) -> Known:
    """Where the item stands now; what a newer extractor reads there is not heard. Uses up the place."""
    span = now[line].pop(0) if now.get(line) else known.item.span
    return replace(known, item=replace(known.item, line=line, span=span))
