"""The values that flow between the packages. Frozen, no I/O.

A document says `ActionItem`s, a tracker says `Issue`s, and a `Link` remembers what each side said last.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum


class Status(StrEnum):
    """What is the state of the work. Cancelled counts neither as open nor as done."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    CANCELLED = "cancelled"

    @property
    def closed(self) -> bool:
        """Whether nobody is expected to work on it any more."""
        return self in (Status.DONE, Status.CANCELLED)


class Side(StrEnum):
    """Who said a value."""

    DOCUMENT = "document"
    TRACKER = "tracker"


class DueSource(StrEnum):
    """Why an item has its due date."""

    EXPLICIT = "explicit"  # a date in the document
    HORIZON = "horizon"  # "Next week" in the document, counted from the postmortem
    POLICY = "policy"  # the team's rule for its priority or severity
    TRACKER = "tracker"  # a person set it in the issue


@dataclass(frozen=True, slots=True)
class Fields:
    """What both sides can say of one item.

    An empty value (`""`, `None`, `()`) means *not stated* when a document says it, and *none* when a tracker says it.
    In a document `owners` and `priority` are the words as written; in an issue they are the tracker's own.
    """

    title: str = ""
    status: Status | None = None
    owners: tuple[str, ...] = ()
    priority: str | None = None
    due: date | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes `[start, end)` of a document."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ActionItem:
    """One action item as a document words it.

    Attributes:
        fields: title without decorations, and what else the item states. `due` only where an explicit date is written;
            a title may hold inline Markdown (code spans, links are reduced to their words).
        line: 1-based line where the item's text starts.
        span: the bytes of the item's own text.
        section: the words of the heading that it stands under, for telling alike items apart.
        confidence: 0 to 1; under 0.5 it is a suggestion.
        horizon: the words of a relative deadline ("Next week"), or None.
        ticket: a reference to an existing issue as written (URL, KEY-1, #4, owner/repo#4), or None.
        kind: the type as written (prevent, detect, mitigate, ...), or None.
        problems: what a person should mend, one short phrase each ("no owner").
    """

    fields: Fields
    line: int
    span: Span
    section: str = ""
    confidence: float = 1.0
    horizon: str | None = None
    ticket: str | None = None
    kind: str | None = None
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Postmortem:
    """One document, read.

    Attributes:
        path: relative to the source, with `/`.
        incident_date: when it happened; written: the postmortem's own date.
        block_at: the byte offset where a report block goes that the document does not have yet (after the section with
            the action items, at a line start or the end), or None where there are no items.
        problems: of the document as a whole, one sentence each.
        matter: what its front matter says in plain values: folded key -> text.
    """

    path: str
    title: str
    incident_date: date | None = None
    written: date | None = None
    severity: str | None = None
    is_template: bool = False
    confidential: bool = False
    items: tuple[ActionItem, ...] = ()
    block_at: int | None = None
    problems: tuple[str, ...] = ()
    matter: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Marker:
    """What an issue carries so that its item is found again without a store.

    Attributes:
        ident: of the item (ULID).
        path: of the document, relative to the source.
        digest: of the item's normalised text, see `text.digest`.
    """

    ident: str
    path: str
    digest: str


@dataclass(frozen=True, slots=True)
class IssueRef:
    """Names one issue.

    Attributes:
        id: never changes, not even when the issue is renamed or moved.
        key: what people call it ("0007", "#12", "OPS-3").
        url: an address with a scheme, or a path relative to the configuration file.
    """

    tracker: str
    id: str
    key: str
    url: str


@dataclass(frozen=True, slots=True)
class Issue:
    """One issue as the tracker says it is.

    Attributes:
        marker: ours, where the issue carries one; `ours`: whether an account of ours wrote the issue, without which
            the marker proves nothing.
        updated_at: by the tracker's clock, UTC.
        names: account of an owner -> what people call it, where that is another word.
    """

    ref: IssueRef
    fields: Fields
    marker: Marker | None = None
    ours: bool = False
    updated_at: datetime | None = None
    names: Mapping[str, str] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Draft:
    """An issue to be created: `fields` in the tracker's terms, the rest for its body.

    Attributes:
        words: the item's text as the document has it.
        notes: further lines for the body, one paragraph each ("Owner as written: ...").
        link: the address of the postmortem at the item's line, "" where its source knows none.
        labels, components: what the issue carries besides, because of the item's team and kind.
    """

    marker: Marker
    fields: Fields
    words: str
    postmortem: str
    source: str
    line: int
    notes: tuple[str, ...] = ()
    link: str = ""
    labels: tuple[str, ...] = ()
    components: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """An item and its issue.

    Attributes:
        ref: None while an issue is intended but not yet known to exist.
        document, issue: what each side said last *and whose consequence is done*.
        agreed: what is reported, in the tracker's terms; an owner whom it cannot assign, as the document names them.
        unstated: names of fields which the document once stated and no longer does.
        adopted: the issue was there before us; its title is not ours until the document's changes.
        gone: the tracker no longer has the issue.
        orphaned: the item left its document, and the issue was told.
        error: why its last change failed, and what to do next.
    """

    ident: str
    tracker: str
    ref: IssueRef | None
    document: Fields
    issue: Fields
    agreed: Fields
    due_source: DueSource | None = None
    unstated: tuple[str, ...] = ()
    adopted: bool = False
    gone: bool = False
    orphaned: bool = False
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Intention:
    """Committed before an issue is created or changed, and deleted in the step that records the answer.

    Attributes:
        sent: what the issue was to say; document: what the document said then.
        high_mark: the newest issue of the tracker known then (its own notation), "" where there was none.
        tries: how often creating was tried.
    """

    ident: str
    tracker: str
    marker: Marker
    document: Fields
    sent: Fields
    sent_at: datetime
    high_mark: str
    tries: int = 1


class State(StrEnum):
    """What `pmtrack status` calls the state of an item's tracking."""

    LINKED = "linked"
    PROPOSED = "proposed"
    HELD = "held"
    TEMPLATE = "template"
    NOT_CREATED = "not_created"
    REMOVED = "removed"
    FOLLOWED = "followed"
    FAILED = "failed"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Who:
    """Who did something, as far as the side where it was done can tell; None is "not known".

    Attributes:
        actor: an account, or a name. evidence: where that can be seen (a commit, an event of the tracker).
    """

    actor: str | None = None
    evidence: str | None = None


NOT_KNOWN = Who()


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One changed field."""

    name: str
    before: object
    after: object


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the history.

    Attributes:
        kind: created, changed, conflict, adopted, relinked, filed, removed, restored, gone, returned, held, failed,
            decided: `reports.rewind.UNDO` says what each of them did. Of held and failed, `after` is None at their end.
        side: who changed it; actor and evidence: where the side tells them, else None ("not known").
        loser: of a conflict, the value that did not win; shown until `acknowledged`.
    """

    at: datetime
    ident: str
    kind: str
    name: str = ""
    before: str | None = None
    after: str | None = None
    side: Side | None = None
    actor: str | None = None
    evidence: str | None = None
    loser: str | None = None
    acknowledged: bool = True
    run: str = ""
    id: int | None = field(default=None, compare=False)


class Acceptance(StrEnum):
    """Whether an item counts as work that was agreed on."""

    ACCEPTED = "accepted"
    PROPOSED = "proposed"  # confidence under 0.5 and nobody said yes
    DISMISSED = "dismissed"


class BlockState(StrEnum):
    """What a person wants of a report block with their own words in it."""

    EDITED = "edited"  # nobody said so yet: it is left as it is, and told in every run
    KEPT = "kept"  # it stays as it is, and is not told any more
    REPLACE = "replace"  # the next sync writes it anew


BLOCKS: Mapping[str, BlockState] = {"keep": BlockState.KEPT, "replace": BlockState.REPLACE}
"""What a person says of such a block -> what becomes of it."""


@dataclass(frozen=True, slots=True)
class EditedBlock:
    """A report block that a person edited.

    Attributes:
        fingerprint: of its content, see `documents.block.fingerprint`: another content was not decided on.
    """

    state: BlockState
    fingerprint: str


LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it was last read.

    Attributes:
        version: of its bytes, see `sources.base.Content`; extractor: version of the extraction that its items are read
            by, see `documents.extractor`; lines: a sketch of its lines, see `documents.lines`.
        first_seen: the day in the configured time zone; present: False once it vanished from a readable source.
        review_on: the next day on which its report changes though nobody does anything (something becomes overdue);
            `date.min` of a draft that gets one once it is ready.
        block: its report block where a person edited that, None for no such block.
        actor, evidence: who saved these bytes, and where that can be seen; None where its source does not tell.
        matter: as of the postmortem; None where a version read it that did not keep that.
        changed_at: when its words (see `lines`) were first seen as they are, UTC; what we wrote is no change.
    """

    source: str
    path: str
    version: str
    extractor: str
    title: str
    first_seen: date
    incident_date: date | None = None
    written: date | None = None
    severity: str | None = None
    is_template: bool = False
    confidential: bool = False
    present: bool = True
    problems: tuple[str, ...] = ()
    review_on: date | None = None
    lines: str = ""
    block: EditedBlock | None = None
    actor: str | None = None
    evidence: str | None = None
    matter: Mapping[str, str] | None = field(default=None, hash=False)
    changed_at: datetime = LONG_AGO


CREATE, TRACK, ADOPT = "create", "track", "adopt"
"""What a person decided on one item: file it whatever holds it back, never file it, or `adopt KEY`."""


@dataclass(frozen=True, slots=True)
class Known:
    """An item as its document last said it, under the ident that it keeps.

    Attributes:
        position: its place among the items of its document, from 0.
        decision: what a person decided on it (`CREATE`, `TRACK`, "adopt KEY"), None where nobody did.
        stated: `item.fields`, with the horizon counted out as `due`.
        present: False once it vanished from a readable document.
    """

    ident: str
    source: str
    path: str
    position: int
    item: ActionItem
    stated: Fields
    first_seen: date
    due_source: DueSource | None = None
    acceptance: Acceptance = Acceptance.ACCEPTED
    decision: str | None = None
    present: bool = True

    @property
    def ticket(self) -> str | None:
        """The issue that it names, by its own words or by a person's decision."""
        verb, _, key = (self.decision or "").partition(" ")
        return key if verb == ADOPT else self.item.ticket


@dataclass(frozen=True, slots=True)
class Hold:
    """Changes that wait for a person's yes.

    Attributes:
        id: derived from what it holds, so that the same hold keeps its id.
        sentence: why, and what to do.
    """

    id: str
    kind: str
    source: str
    idents: tuple[str, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class Row:
    """One item with everything that a report says of it."""

    known: Known
    document: Document
    link: Link | None = None
    hold: Hold | None = None
    conflicts: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class Pulse:
    """When a source or a tracker was last read with success.

    Attributes:
        name: "source:NAME" or "tracker:NAME"; error: of the last try, None where it succeeded.
    """

    name: str
    last_success: datetime | None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the store holds for reports. Attributes:
    names: account of a tracker -> what people call it, where that is another word.
    """

    rows: tuple[Row, ...] = ()
    documents: tuple[Document, ...] = ()
    pulses: tuple[Pulse, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
