"""What one source says now: its documents read again where their bytes changed, and every item under its ident."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from pmtrack.documents import EXTRACTOR, block, extract, identity
from pmtrack.errors import DocumentError, SourceError
from pmtrack.model import Acceptance, ActionItem, Document, Known, Postmortem
from pmtrack.sources.base import Content, Seen, Source
from pmtrack.sync.terms import stated

Name = Callable[[str, ActionItem], str]
"""(path, new item) -> the ident that it gets."""


@dataclass(slots=True)
class Reading:
    """What one source says now.

    Attributes:
        documents, known: all of them by path and by ident, also those that are no longer present.
        unread: paths that exist but could not be read: nothing may rest on them.
        problems: one sentence each, for people.
        whole: False where the source could not even be listed.
    """

    source: str
    documents: dict[str, Document]
    known: dict[str, Known]
    unread: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)
    whole: bool = True


def read_source(
    source: Source, documents: Mapping[str, Document], known: Sequence[Known], *, today: date, name: Name
) -> Reading:
    """Read what changed since `documents` and `known` were stored."""
    reading = Reading(source.name, dict(documents), {k.ident: k for k in known})
    try:
        contents = _contents(source, reading)
    except SourceError as error:
        reading.whole = False
        reading.problems.append(str(error))
        return reading
    fresh = {path: extract(content.data, path) for path, content in contents.items()}
    for path, postmortem in fresh.items():
        reading.documents[path] = _document(reading, postmortem, contents[path], today)
    _take_items(reading, fresh, today, name)
    return reading


def _contents(source: Source, reading: Reading) -> dict[str, Content]:
    """The documents whose bytes are not those that are known; the vanished ones are marked."""
    contents: dict[str, Content] = {}
    listed = list(source.documents())
    for seen in listed:
        try:
            if content := _fresh(source, reading, seen):
                contents[seen.path] = content
        except DocumentError as error:
            reading.unread.add(seen.path)
            reading.problems.append(_named(seen.path, str(error)))
    there = {seen.path for seen in listed}
    for path, document in reading.documents.items():
        reading.documents[path] = replace(document, present=path in there)
    return contents


def _fresh(source: Source, reading: Reading, seen: Seen) -> Content | None:
    """The content of a document, None where it is what is known of it already."""
    if seen.problem:
        raise DocumentError(seen.problem)
    content = source.read(seen.path)
    if not _is_new(reading.documents.get(seen.path), content):
        return None
    block.find(content.data)  # with a block that cannot be trusted, nothing is read from it
    return content


def _named(path: str, sentence: str) -> str:
    return sentence if path in sentence else f"{path}: {sentence}"


def _is_new(before: Document | None, content: Content) -> bool:
    return before is None or not before.present or before.version != content.version


def _document(reading: Reading, postmortem: Postmortem, content: Content, today: date) -> Document:
    before = reading.documents.get(postmortem.path)
    return Document(
        source=reading.source,
        path=postmortem.path,
        version=content.version,
        extractor=EXTRACTOR,
        title=postmortem.title,
        first_seen=before.first_seen if before else today,
        incident_date=postmortem.incident_date,
        written=postmortem.written,
        severity=postmortem.severity,
        is_template=postmortem.is_template,
        confidential=postmortem.confidential,
        problems=postmortem.problems,
        review_on=today,
    )


def _take_items(reading: Reading, fresh: Mapping[str, Postmortem], today: date, name: Name) -> None:
    """Give every item of the fresh documents its ident, and mark those that are not there any more."""
    before: dict[str, list[Known]] = defaultdict(list)
    for known in reading.known.values():
        before[known.path].append(known)
    kept = {path: _match(before[path], postmortem.items) for path, postmortem in fresh.items()}
    vanished = _vanished(reading, kept, before)
    for path, idents in kept.items():
        _bring_along(vanished, fresh[path].items, idents)
        for position, (item, ident) in enumerate(zip(fresh[path].items, idents, strict=True)):
            known = _known(reading, path, item, ident or name(path, item), today)
            reading.known[known.ident] = replace(known, position=position)
    for known in vanished.values():
        reading.known[known.ident] = replace(known, present=False)


def _match(before: Sequence[Known], items: Sequence[ActionItem]) -> list[str | None]:
    tickets = {known.item.ticket: known.ident for known in before if known.item.ticket and known.present}
    return identity.match(before, items, tickets)


def _vanished(
    reading: Reading, kept: Mapping[str, list[str | None]], before: Mapping[str, list[Known]]
) -> dict[str, Known]:
    gone = [path for path, document in reading.documents.items() if not document.present]
    stay = {ident for idents in kept.values() for ident in idents}
    return {
        known.ident: known
        for path in (*kept, *gone)
        for known in before[path]
        if known.present and known.ident not in stay
    }


def _bring_along(vanished: dict[str, Known], items: Sequence[ActionItem], idents: list[str | None]) -> None:
    """An exact text that vanished elsewhere in this run moved here."""
    new = [index for index, ident in enumerate(idents) if ident is None]
    for index, ident in zip(new, identity.moved(vanished.values(), [items[i] for i in new]), strict=True):
        if ident is not None:
            idents[index] = ident
            del vanished[ident]


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
