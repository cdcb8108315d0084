"""What one source says now: its documents read again where their bytes changed, and every item under its ident."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from pmtrack.documents import HEAD, Earlier, block, extract, extractor, heard, same_words, sketch
from pmtrack.errors import DocumentError, SourceError
from pmtrack.model import Acceptance, ActionItem, Document, Known, Postmortem
from pmtrack.sources.base import Content, Seen, Source
from pmtrack.store.database import Store
from pmtrack.sync.idents import Marked, Named, keep, unmarked
from pmtrack.sync.terms import stated
from pmtrack.sync.who import plainly

EARLIER = "earlier"
"""In the place of an extractor: some of the items are as an earlier one read them."""

Name = Callable[[str, ActionItem], str]
"""(path, new item) -> the ident that it gets."""


@dataclass(slots=True)
class Reading:
    """What one source says now, as far as it concerns this run.

    Attributes:
        documents, known: by path and by ident, of the documents that changed, vanished or have something pending; also
            items that are no longer present.
        count: how many documents there are in all.
        unread: paths that exist but could not be read: nothing may rest on them.
        problems: one sentence each, for people.
        whole: False where the source could not even be listed.
    """

    source: str
    documents: dict[str, Document] = field(default_factory=dict)
    known: dict[str, Known] = field(default_factory=dict)
    count: int = 0
    unread: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)
    whole: bool = True


def read_source(
    source: Source,
    store: Store,
    concerned: Iterable[str],
    *,
    today: date,
    now: datetime,
    name: Name,
    named: Named,
    marked: Marked = unmarked,
    anew: Callable[[str], bool] | None = None,
) -> Reading:
    """Read what changed in a source since it was stored.

    Args:
        concerned: paths of documents whose items are wanted although their bytes may be the same.
        now: UTC; today: the same in the configured time zone.
        anew: whether a document (by its path) that an earlier extractor read is read again though its bytes are the
            same, and what today's one makes of it is its word.
    """
    reading, versions = Reading(source.name), store.versions(source.name)
    known = _without_outdated(versions, source, store, anew) if anew else versions
    contents, there = _listed(source, reading, known) or ({}, versions.keys())
    reading.count = len(there)
    paths = {*contents, *concerned, *(versions.keys() - there)}
    reading.documents = store.documents(source.name, paths)
    reading.known = {known.ident: known for known in store.items(source.name, paths)}
    fresh = {path: extract(content.data, path) for path, content in contents.items()}
    meant = {
        path: read if anew and anew(path) else _as_meant(reading, contents[path], read, there)
        for path, read in fresh.items()
    }
    _take_presence(reading, there)
    for path, read in meant.items():
        document = _document(reading, read, contents[path], there, today=today, now=now)
        reading.documents[path] = document if read == fresh[path] else replace(document, extractor=EARLIER)
    vanished = _take_items(reading, meant, named, marked, today=today, name=name)
    _let_go(reading, vanished, _doubtful(reading, versions))
    _learn(reading, source)
    return reading


def _take_presence(reading: Reading, there: Set[str]) -> None:
    """Which documents are there; one that is back, and not read yet, is back when it is read."""
    for path, document in reading.documents.items():
        if path not in reading.unread:
            reading.documents[path] = replace(document, present=path in there)


def _without_outdated(
    versions: Mapping[str, str], source: Source, store: Store, anew: Callable[[str], bool]
) -> Mapping[str, str]:
    outdated = filter(anew, store.outdated(source.name, extractor()))
    return {path: versions[path] for path in versions.keys() - outdated}


def _listed(
    source: Source, reading: Reading, versions: Mapping[str, str]
) -> tuple[dict[str, Content], Set[str]] | None:
    """The same as `_contents`; None where the source cannot even be listed, which is a problem of the reading."""
    try:
        return _contents(source, reading, versions)
    except SourceError as error:
        reading.whole = False
        reading.problems.append(str(error))
        return None


def _contents(source: Source, reading: Reading, versions: Mapping[str, str]) -> tuple[dict[str, Content], Set[str]]:
    """The documents whose bytes are not those that are known, and the paths of all that are there."""
    contents: dict[str, Content] = {}
    there: set[str] = set()
    for seen in source.documents():
        there.add(seen.path)
        try:
            if content := _fresh(source, seen, versions):
                contents[seen.path] = content
        except DocumentError as error:
            reading.unread.add(seen.path)
            reading.problems.append(_named(seen.path, str(error)))
    return contents, there


def _fresh(source: Source, seen: Seen, versions: Mapping[str, str]) -> Content | None:
    """The content of a document, None where it is what is known of it already."""
    if seen.problem:
        raise DocumentError(seen.problem)
    before = versions.get(seen.path)
    if before and source.version(seen.path) == before:
        return None
    content = source.read(seen.path)
    if content.version == before:
        return None
    block.find(content.data)  # with a block that cannot be trusted, nothing is read from it
    return content


def _as_meant(reading: Reading, content: Content, now: Postmortem, there: Set[str]) -> Postmortem:
    """The reading; of a document that an earlier extractor read, without what only today's one makes of it."""
    before = _earlier(reading, content, there)
    if before is None or not before.present or before.extractor == extractor():
        return now
    items = [known.item for known in reading.known.values() if known.path == before.path and known.present]
    return heard(Earlier(items, before.lines, {name: getattr(before, name) for name in HEAD}), content.data, now)


def _earlier(reading: Reading, content: Content, there: Set[str]) -> Document | None:
    """What is known of a document: under its path, else of the one that had these very bytes and is gone by now."""
    if content.path in reading.documents:
        return reading.documents[content.path]
    gone = (one for path, one in reading.documents.items() if path not in there and one.version == content.version)
    return next(gone, None)


def _learn(reading: Reading, source: Source) -> None:
    """The front matter of documents that a version read which did not keep it; one that cannot be read waits."""
    for path, document in reading.documents.items():
        if document.matter is None and document.present and path not in reading.unread:
            with suppress(DocumentError, SourceError):
                content = source.read(path)
                if content.version == document.version:
                    reading.documents[path] = replace(document, matter=extract(content.data, path).matter)


def _named(path: str, sentence: str) -> str:
    return sentence if path in sentence else f"{path}: {sentence}"


def _document(
    reading: Reading, postmortem: Postmortem, content: Content, there: Set[str], *, today: date, now: datetime
) -> Document:
    before, who, lines = reading.documents.get(postmortem.path), plainly(content.who), sketch(content.data)
    earlier = _earlier(reading, content, there)
    # Neither our block nor another name changes words.
    is_same = earlier is not None and same_words(earlier.lines, lines)
    return Document(
        source=reading.source,
        path=postmortem.path,
        version=content.version,
        extractor=extractor(),
        title=postmortem.title,
        first_seen=before.first_seen if before else today,
        incident_date=postmortem.incident_date,
        written=postmortem.written,
        severity=postmortem.severity,
        is_template=postmortem.is_template,
        confidential=postmortem.confidential,
        problems=postmortem.problems,
        review_on=today,
        lines=lines,
        block=before.block if before else None,
        actor=who.actor,
        evidence=who.evidence,
        matter=postmortem.matter,
        changed_at=earlier.changed_at if earlier and is_same else now,
    )


def _take_items(
    reading: Reading, meant: Mapping[str, Postmortem], named: Named, marked: Marked, *, today: date, name: Name
) -> Iterable[Known]:
    """Give every item of the fresh documents its ident; the items that vanished from them."""
    items = {path: postmortem.items for path, postmortem in meant.items()}
    kept, vanished = keep(reading.documents, reading.known.values(), items, named, marked)
    for path, idents in kept.items():
        for position, (item, ident) in enumerate(zip(items[path], idents, strict=True)):
            known = _known(reading, path, item, ident or name(path, item), today)
            reading.known[known.ident] = replace(known, position=position)
    return vanished


def _doubtful(reading: Reading, versions: Mapping[str, str]) -> set[str]:
    """The documents that are not there, where one that was never read cannot be: that may be one of them, renamed."""
    if reading.unread <= versions.keys():
        return set()
    return {path for path, document in reading.documents.items() if not document.present}


def _let_go(reading: Reading, vanished: Iterable[Known], doubtful: Set[str]) -> None:
    """Mark the items that are not there any more, but for those of a document that may be."""
    for known in vanished:
        if known.path in doubtful:
            reading.unread.add(known.path)
            reading.documents[known.path] = replace(reading.documents[known.path], present=True)
        else:
            reading.known[known.ident] = replace(known, present=False)


def _known(reading: Reading, path: str, item: ActionItem, ident: str, today: date) -> Known:
    before = reading.known.get(ident)
    first_seen = before.first_seen if before else today
    fields, due_source = stated(item, reading.documents[path], first_seen)
    return Known(
        ident=ident,
        source=reading.source,
        path=path,
        position=0,
        item=item,
        stated=fields,
        first_seen=first_seen,
        due_source=due_source,
        acceptance=_acceptance(before, item),
        decision=before.decision if before else None,
    )


def _acceptance(before: Known | None, item: ActionItem) -> Acceptance:
    if before and before.acceptance is not Acceptance.PROPOSED:
        return before.acceptance
    return Acceptance.PROPOSED if item.confidence < 0.5 else Acceptance.ACCEPTED
