"""What one run sees, and the rules that it decides by (values only)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from pmtrack.model import Document, DueSource, FieldChange, Fields, Hold, Intention, Issue, Known, Link, Side, Who
from pmtrack.ready import Ready
from pmtrack.sync.merge import WINS, Merged, Stated

REBUILT = "rebuilt"
"""The kind of a hold on creates after the store was lost."""

EXPOSED = "exposed"
"""The kind of a hold on creates that everybody would read."""

TEMPLATE = "template"
"""The kind of a hold on the items of a document that nobody filled in."""

DRAFT = "draft"
"""The kind of a hold on the items of a document that is not ready yet."""

LASTING = frozenset({EXPOSED, TEMPLATE, DRAFT})
"""The kinds of holds that may stay for long and wait for no news of a tracker: before they go on, all of it is read."""


class Unseen(StrEnum):
    """Why there is no issue to look at."""

    UNCHANGED = "unchanged"  # the tracker was read, and has nothing new on it
    GONE = "gone"  # the tracker was read, and does not have it any more
    UNKNOWN = "unknown"  # the tracker was not read; nothing may rest on that


Sight = Issue | Unseen


@dataclass(frozen=True, slots=True)
class Tracked:
    """One item with everything that is known of it in this run.

    Attributes:
        known: as its document says it now; not `present` once it vanished from a readable document.
        document_read: whether the document could be read in this run; if not, it is silent.
        tracker: the name of the one where its issue is or goes; settle: that tracker's settle time.
        stated: what the document says, raw and in the tracker's terms.
        wanted: what its issue is to say if one is created (policy's due date filled in).
        sight: of the linked issue; found: an issue of ours, linked to nothing, that carries its marker.
        ticket: what its ticket names in a tracker of ours, None where it names none there.
        address, labels, components: for its issue if one is created, as `Draft` says.
    """

    known: Known
    document: Document
    tracker: str
    stated: Stated
    wanted: Fields
    wanted_source: DueSource | None = None
    document_read: bool = True
    settle: timedelta = timedelta()
    link: Link | None = None
    sight: Sight = Unseen.UNCHANGED
    intention: Intention | None = None
    found: Issue | None = None
    ticket: Sight | None = None
    address: str = ""
    labels: tuple[str, ...] = ()
    components: tuple[str, ...] = ()

    @property
    def ident(self) -> str:
        return self.known.ident

    @property
    def place(self) -> str:
        """Where a person finds it: `path:line`."""
        return f"{self.known.path}:{self.known.item.line}"


@dataclass(frozen=True, slots=True)
class World:
    """What was seen in this run.

    Attributes:
        tracked: the items that something may have to be done about.
        linked: how many items of each source have an issue, for the brake.
        unread: tracker name -> why it could not be read.
        rebuilt: sources without a single link although a tracker of theirs holds issues of ours: the store was lost;
            and those where creates still wait for that reason.
        emptied: (source, path) of documents that are there but lost all their items.
        halved: sources that lost more than half of their documents.
        exposed: names of trackers where everybody would read a new issue, and the team did not allow that.
    """

    tracked: tuple[Tracked, ...]
    linked: Mapping[str, int] = field(default_factory=dict)
    unread: Mapping[str, str] = field(default_factory=dict)
    rebuilt: frozenset[str] = frozenset()
    emptied: frozenset[tuple[str, str]] = frozenset()
    halved: frozenset[str] = frozenset()
    exposed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Brake:
    """More than this in one run waits for a yes: `creates` issues, or `others` and `percent` of what is linked."""

    creates: int = 25
    others: int = 10
    percent: int = 20

    def allows(self, verb: Verb, count: int, linked: int) -> bool:
        if verb is Verb.CREATE:
            return count <= self.creates
        return count <= max(self.others, linked * self.percent // 100)


@dataclass(frozen=True, slots=True)
class Rules:
    """What the team decided, and what a person just said.

    Attributes:
        since: older postmortems are read and reported, never filed.
        ready: source -> when a document of it is ready; always, where none is named.
        postmortem: only the document with this path is acted on, None for all.
        yes: sources whose holds are released for this run; released: idents of held items that got a yes;
            released_holds: ids of holds that got one.
    """

    now: datetime
    wins: Mapping[str, Side] = field(default_factory=lambda: dict(WINS))
    brake: Brake = Brake()
    since: date | None = None
    ready: Mapping[str, Ready] = field(default_factory=dict)
    postmortem: str | None = None
    yes: frozenset[str] = frozenset()
    released: frozenset[str] = frozenset()
    released_holds: frozenset[str] = frozenset()


class Verb(StrEnum):
    """What a step does. The values are the words that people read."""

    CREATE = "create"
    ADOPT = "adopt"  # the document names an issue that was there before
    RELINK = "relink"  # an issue of ours is found again by its marker
    UPDATE = "update"
    CLOSE = "close"
    REOPEN = "reopen"
    NOTE = "note"  # the tracker changed; only our own records follow
    ORPHAN = "remove"  # the item left its document; its issue gets one comment
    RESTORE = "restore"  # its text came back
    LOSE = "lose"  # the tracker no longer has the issue
    WAIT = "wait"  # a create of unknown outcome may still appear
    FORGET = "forget"  # an intention that came to nothing, for an item that is no longer wanted


BRAKED = frozenset({Verb.CREATE, Verb.UPDATE, Verb.CLOSE, Verb.REOPEN, Verb.ORPHAN})
"""The verbs that write to a tracker: too many of one kind at once wait for a yes."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a plan.

    Attributes:
        merged: what to write and what the link is afterwards (update, close, reopen, note, restore, relink, adopt).
        reason: for people.
        who: by its name, who changed a field in the tracker; asked for only when the step is taken.
    """

    verb: Verb
    tracked: Tracked
    merged: Merged | None = None
    reason: str = ""
    who: Mapping[str, Who] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        title = self.tracked.known.item.fields.title
        changes = ", ".join(_shown(change) for change in self.merged.write) if self.merged else ""
        target = self.merged.link.ref.key if self.merged and self.merged.link.ref else ""
        tail = "; ".join(part for part in (changes, self.reason) if part)
        place = f"{self.tracked.tracker}{'/' + target if target else ''}"
        return f"{self.verb:<8} {place:<12} {self.tracked.place}  {title}{f'  ({tail})' if tail else ''}"


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do, in order; `held` waits, each step under its hold.

    Attributes:
        partial: something was left out on purpose, so what was seen of the trackers has to be seen again.
        released: ids of the holds that got their yes.
    """

    steps: tuple[Step, ...] = ()
    held: tuple[tuple[Hold, tuple[Step, ...]], ...] = ()
    partial: bool = False
    released: frozenset[str] = frozenset()

    @property
    def holds(self) -> tuple[Hold, ...]:
        return tuple(hold for hold, _ in self.held)


def _shown(change: FieldChange) -> str:
    return f"{change.name}: {_value(change.before)} -> {_value(change.after)}"


def _value(value: object) -> str:
    if value in (None, "", ()):
        return "none"
    return ", ".join(value) if isinstance(value, tuple) else str(value)
